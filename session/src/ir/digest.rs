//! What stands for a graph or a schedule where neither is at hand.

use std::fmt;
use std::hash::Hasher;

/// A fast 128-bit hash for keys that are compared after they are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHasher([u64; 2]);

impl Default for KeyHasher {
    fn default() -> Self {
        // Digits of pi.
        Self([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344])
    }
}

impl KeyHasher {
    // Inlined, it would be most of the hash of an operation.
    #[inline(never)]
    fn mix(&mut self, word: u64) {
        let [a, b] = self.0;
        let product = u128::from(a ^ word) * u128::from(b.rotate_left(23) ^ 0x9e37_79b9_7f4a_7c15);
        // A product forgets much where one factor is 0; the sums keep the word and the other lane.
        self.0 = [
            (product as u64).wrapping_add(b).rotate_left(29) ^ word,
            ((product >> 64) as u64).wrapping_add(a).wrapping_add(word.wrapping_mul(0xd6e8_feb8_6659_fd93)),
        ];
    }

    pub(crate) fn digest(self) -> u128 {
        u128::from(self.0[0]) << 64 | u128::from(self.0[1])
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn finish(&self) -> u64 {
        self.0[0] ^ self.0[1]
    }
}

/// 128 bits that stand for a text: the text form of a graph or of a tape.
///
/// The same on every machine. It tells things apart that differ by accident; it is no protection from somebody who
/// looks for two texts of the same digest.
///
/// ```
/// use session::ir::Digest;
///
/// let digest = Digest::of("graph 1");
/// assert_ne!(digest, Digest::of("graph 2"));
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u128);

impl Digest {
    /// The digest of a text.
    pub fn of(text: &str) -> Self {
        let mut hash = KeyHasher::default();
        hash.write(text.as_bytes());
        Self(hash.digest())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}
