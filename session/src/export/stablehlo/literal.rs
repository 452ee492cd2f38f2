//! Numbers, as they are written.

use std::fmt::Write;

use super::writer::{Element, list};

/// A number as it is written: its shortest decimal where a reader gets back the same one from it, else its bits.
pub(super) fn decimal(number: f64, element: Element) -> String {
    let (shortest, exact, digits) = match element {
        Element::F32 => {
            let single = number as f32;
            let shortest = format!("{single:?}");
            // A reader may round to f64 first.
            let read = shortest.parse::<f64>().map(|double| (double as f32).to_bits());
            let bits = if single.is_nan() { f32::NAN.to_bits() } else { single.to_bits() };
            (shortest, single.is_finite() && read == Ok(bits), format!("0x{bits:08X}"))
        }
        _ => {
            let bits = if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() };
            (format!("{number:?}"), number.is_finite(), format!("0x{bits:016X}"))
        }
    };
    match shortest.split_once('e') {
        _ if !exact => digits,
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => shortest,
    }
}

/// The bits of numbers as one string.
pub(super) fn bits(numbers: &[f64], element: Element) -> String {
    let mut text = String::from("\"0x");
    let mut push =
        |bytes: &[u8]| bytes.iter().for_each(|byte| write!(text, "{byte:02X}").expect("a string takes any text"));
    for &number in numbers {
        match element {
            Element::F32 => push(&(number as f32).to_le_bytes()),
            _ => push(&number.to_le_bytes()),
        }
    }
    text + "\""
}

/// The numbers of a tensor between as many brackets as it has axes.
pub(super) fn nested(shape: &[usize], numbers: &mut impl Iterator<Item = String>) -> String {
    match shape {
        [] => numbers.next().expect("as many numbers as the shape says"),
        [size, rest @ ..] => list((0..*size).map(|_| nested(rest, numbers)).collect::<Vec<_>>()),
    }
}
