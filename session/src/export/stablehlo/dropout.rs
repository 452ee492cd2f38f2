//! Dropout: the bits of the definition, in whole numbers.

use super::writer::Element;
use super::{Lower, Value, Writer};
use crate::ir::DynShape;
use crate::ir::op::Dropout;
use crate::ops::STREAM;

/// The factors and the steps of the key of Philox4x32.
const FACTORS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u64; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The low half of a number.
fn low(to: &mut Writer, x: Value) -> Value {
    let mask = to.natural(u32::MAX.into(), x.shape, x.element);
    to.binary("and", x, mask)
}

/// The low and the high half of a number.
fn halves(to: &mut Writer, x: Value) -> [Value; 2] {
    let bits = to.natural(32, x.shape, x.element);
    [low(to, x), to.binary("shift_right_logical", x, bits)]
}

/// The four words of each block under a key: ten rounds, in numbers of 64 bits below 2^32.
fn philox(to: &mut Writer, mut counter: [Value; 4], mut key: [Value; 2]) -> [Value; 4] {
    let shape = counter[0].shape;
    for _ in 0..10 {
        let product = |to: &mut Writer, x: Value, factor: u64| {
            let factor = to.natural(factor, shape, Element::U64);
            let product = to.binary("multiply", x, factor);
            halves(to, product)
        };
        let [first_low, first_high] = product(to, counter[0], FACTORS[0]);
        let [second_low, second_high] = product(to, counter[2], FACTORS[1]);
        let mixed = |to: &mut Writer, high: Value, word: Value, key: Value| {
            let mixed = to.binary("xor", high, word);
            let key = to.broadcast(key, &[], shape);
            to.binary("xor", mixed, key)
        };
        counter = [
            mixed(to, second_high, counter[1], key[0]),
            second_low,
            mixed(to, first_high, counter[3], key[1]),
            first_low,
        ];
        for (key, step) in key.iter_mut().zip(KEY_STEPS) {
            let step = to.natural(step, DynShape::SCALAR, Element::U64);
            let sum = to.binary("add", *key, step);
            *key = low(to, sum);
        }
    }
    counter
}

impl Lower for Dropout {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let (x, key) = (operands[0], naturals[self.key.index()]);
        let unsigned = if key.element == Element::I32 { Element::U32 } else { Element::U64 };
        let key = to.bitcast(key, unsigned);
        let key = to.convert(key, Element::U64);
        let key = halves(to, key);

        let elements = x.shape.elements();
        let blocks = DynShape::new(&[elements.div_ceil(4)]);
        let block = to.iota(0, blocks, Element::U64);
        let [low, high] = halves(to, block);
        let stream = STREAM.map(|half| to.natural(half.into(), blocks, Element::U64));
        let words = philox(to, [low, high, stream[0], stream[1]], key);
        let columns = words.map(|word| to.reshape(word, DynShape::new(&[blocks[0], 1])));
        let words = to.concatenate(&columns, 1);
        let words = to.reshape(words, DynShape::new(&[4 * blocks[0]]));
        let words = to.slice(words, 0, [0, elements, 1]);
        let words = to.reshape(words, x.shape);

        let threshold = to.natural(self.threshold(), x.shape, Element::U64);
        let stays = to.compare("GE", words, threshold);
        let divided = to.with_number("divide", x, 1.0 - self.rate.value());
        to.keep(stays, divided)
    }
}
