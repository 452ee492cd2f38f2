//! Changes the fields of messages of protocol buffers, with the lengths around them put right.

use std::ops::Range;

use crate::mutator::Mutator;

/// Numbers at which readers go wrong.
const NUMBERS: [u64; 14] =
    [0, 1, 2, 3, 7, 9, 21, 255, 1 << 31, 1 << 32, 1 << 40, i64::MAX as u64, i64::MIN as u64, u64::MAX];

/// A field of a message: its bytes, the number that it is, or the bytes that it holds.
#[derive(Clone)]
struct Field {
    key: u64,
    all: Range<usize>,
    number: u64,
    content: Range<usize>,
}

/// A number and the place after it.
fn number(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 127).checked_shl(shift).unwrap_or(0);
        if byte < 128 {
            return Some((value, at));
        }
    }
    None
}

fn write(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The fields of a message, or nothing if it is none.
fn fields(bytes: &[u8]) -> Option<Vec<Field>> {
    let (mut found, mut start) = (Vec::new(), 0);
    while start < bytes.len() {
        let (key, at) = number(bytes, start)?;
        let (value, content) = match key & 7 {
            0 => number(bytes, at).map(|(value, end)| (value, end..end))?,
            1 => (0, at..at + 8),
            2 => number(bytes, at).and_then(|(length, at)| Some((0, at..at.checked_add(length as usize)?)))?,
            5 => (0, at..at + 4),
            _ => return None,
        };
        if key < 8 || content.end > bytes.len() {
            return None;
        }
        found.push(Field { key, all: start..content.end, number: value, content: content.clone() });
        start = content.end;
    }
    Some(found)
}

pub fn is_message(bytes: &[u8]) -> bool {
    fields(bytes).is_some_and(|fields| !fields.is_empty())
}

/// One of the files with one to three fields changed.
pub fn mutant(mutator: &mut Mutator, files: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = files[mutator.below(files.len())].clone();
    for _ in 0..=mutator.below(3) {
        bytes = changed(mutator, &bytes, files);
    }
    bytes
}

/// The message with one field changed, somewhere within.
fn changed(mutator: &mut Mutator, bytes: &[u8], files: &[Vec<u8>]) -> Vec<u8> {
    let fields = fields(bytes).unwrap_or_default();
    let Some(field) = fields.get(mutator.below(fields.len())) else {
        let mut bytes = bytes.to_vec();
        mutator.change(&mut bytes, files);
        return bytes;
    };
    let (whole, content) = (&bytes[field.all.clone()], &bytes[field.content.clone()]);
    let inner = field.key & 7 == 2;
    let mut new = Vec::new();
    match mutator.below(if inner { 24 } else { 12 }) {
        // Gone, twice, another's, with another number, or of another kind.
        0 => {}
        1 => new = [whole, whole].concat(),
        2 => new.extend(&bytes[fields[mutator.below(fields.len())].all.clone()]),
        3 => {
            write(&mut new, (mutator.below(16) as u64 + 1) << 3 | field.key & 7);
            new.extend(&bytes[after_key(bytes, field)..field.all.end]);
        }
        4 => {
            write(&mut new, field.key & !7);
            write(&mut new, NUMBERS[mutator.below(NUMBERS.len())]);
        }
        _ if inner => {
            write(&mut new, field.key);
            let content = changed(mutator, content, files);
            write(&mut new, content.len() as u64);
            new.extend(content);
        }
        _ => {
            write(&mut new, field.key & !7);
            let near = [field.number.wrapping_add(1), field.number.wrapping_sub(1)];
            let limit = NUMBERS[mutator.below(NUMBERS.len())];
            write(&mut new, [near[0], near[1], limit][mutator.below(3)]);
        }
    }
    [&bytes[..field.all.start], &new, &bytes[field.all.end..]].concat()
}

/// Where the key of a field ends.
fn after_key(bytes: &[u8], field: &Field) -> usize {
    number(bytes, field.all.start).expect("it was read").1
}
