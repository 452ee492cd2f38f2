//! Dropout: which elements stay follows from a key, which is a natural-number input.

use super::index::natural;
use super::{Emit, Operation, Site, View, one};
use crate::ir::op::Dropout;
use crate::ir::{DynShape, Id};
use crate::random::{halves, philox};
use crate::scalar::Scalar;

/// The stream of each key that masks are drawn from, so that they are not the numbers of a generator with the
/// same seed: "dropout" in ASCII, its low half first.
pub(crate) const STREAM: [u32; 2] = [0x706f_7574, 0x0064_726f];

impl Dropout {
    /// An element stays if its 32 random bits are at least this.
    pub(crate) fn threshold(&self) -> u64 {
        (self.rate.value() * (1_u64 << 32) as f64).round() as u64
    }
}

impl Operation for Dropout {
    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        if !(0.0..=1.0).contains(&self.rate.value()) {
            return Err(format!("the rate must be a probability, not {}", self.rate));
        }
        match natural(naturals, self.key)? {
            DynShape::SCALAR => Ok(one(operands)),
            key => Err(format!("the key must be one natural number, not {key} of them")),
        }
    }

    /// Element i stays by word i mod 4 of the Philox block i / 4 of a stream under the key.
    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let key = naturals[self.key.index()][0] as u64;
        let (threshold, kept) = (self.threshold(), S::literal(1.0 - self.rate.value()));
        for (block, (out, x)) in out.chunks_mut(4).zip(one(operands).data.chunks(4)).enumerate() {
            let words = philox([block as u32, (block as u64 >> 32) as u32, STREAM[0], STREAM[1]], halves(key));
            for ((out, &x), word) in out.iter_mut().zip(x).zip(words) {
                *out = if u64::from(word) >= threshold { x / kept } else { S::literal(0.0) };
            }
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.clone(), &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}
