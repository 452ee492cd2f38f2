//! Changes bytes at random, the same way each time, in the ways in which files are broken and attacked.

use std::ops::Range;

/// Numbers at which readers go wrong: limits of types, of ranks, of what can be counted.
const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "2",
    "7",
    "8",
    "9",
    "255",
    "256",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "1099511627776",
    "4611686018427387904",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1e400",
    "nan",
];

/// A source of changes.
pub struct Mutator(u64);

impl Mutator {
    /// The same number gives the same changes.
    pub fn new(seed: u64) -> Self {
        // The state must not be 0.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Xorshift: no number of the library's, which may change.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count.max(1)
    }

    /// A short range of a list, perhaps empty.
    fn range(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 16 };
        start..(start + self.below(most + 1)).min(length)
    }

    /// One of the files with one to four changes.
    pub fn mutant(&mut self, files: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = files[self.below(files.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, files);
        }
        bytes
    }

    pub fn change(&mut self, bytes: &mut Vec<u8>, files: &[Vec<u8>]) {
        let at = self.below(bytes.len());
        match self.below(10) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[at] = [0, 0x7f, 0x80, 0xff, b' ', b'"', b'[', b'{', b'%'][self.below(9)],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(self.range(bytes.len()))),
            4 => {
                let part = bytes[self.range(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            5 => {
                // The start of this file and the end of another, or a part of the other put in.
                let other = &files[self.below(files.len())];
                let part = other[self.range(other.len())].to_vec();
                let end = if self.below(2) == 0 { bytes.len() } else { at };
                bytes.splice(at..end, part);
            }
            6 => self.change_binary(bytes, at),
            7 => {
                let count = self.below(8);
                let noise: Vec<u8> = (0..count).map(|_| self.next() as u8).collect();
                bytes.splice(at..at, noise);
            }
            _ => self.change_decimal(bytes),
        }
    }

    /// A number of four or eight bytes becomes one at a limit.
    fn change_binary(&mut self, bytes: &mut [u8], at: usize) {
        let width = [4, 8][self.below(2)];
        let limits = [0, 1, 0x7f, 0xff, 1 << 31, u64::from(u32::MAX), 1 << 40, 1 << 62, 1 << 63, u64::MAX];
        let value = limits[self.below(limits.len())];
        let mut number = value.to_le_bytes()[..width].to_vec();
        if self.below(2) == 0 {
            number.reverse();
        }
        // The first bytes of a file hold its lengths.
        let at = if self.below(2) == 0 { 4 * self.below(4) } else { at };
        if let Some(place) = bytes.get_mut(at..at + width) {
            place.copy_from_slice(&number);
        }
    }

    /// A number written in digits becomes another.
    fn change_decimal(&mut self, bytes: &mut Vec<u8>) {
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let starts: Vec<usize> =
            (0..bytes.len()).filter(|&at| is_digit(at) && (at == 0 || !is_digit(at - 1))).collect();
        let Some(&start) = starts.get(self.below(starts.len())) else { return };
        let end = (start..).find(|&at| !is_digit(at)).unwrap_or(bytes.len());
        let number = match self.below(3) {
            0 => {
                let known: u64 =
                    str::from_utf8(&bytes[start..end]).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
                known.wrapping_add([1, u64::MAX][self.below(2)]).to_string()
            }
            _ => NUMBERS[self.below(NUMBERS.len())].to_owned(),
        };
        bytes.splice(start..end, number.into_bytes());
    }
}
