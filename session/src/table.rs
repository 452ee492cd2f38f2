//! Tables of names and numbers, to print.

use crate::mapped::mapped;
/// A number with a comma after each three digits.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: "1 value", "2 values".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count as u64), if count == 1 { "" } else { "s" })
}

/// A number of FLOPs in the unit in which it is easily read.
pub(crate) fn flops(number: u64) -> String {
    let units = [(1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP")];
    match units.into_iter().find(|(size, _)| number as f64 >= 0.1 * size) {
        Some((size, unit)) => format!("{:.2} {unit}", number as f64 / size),
        None => format!("{} FLOP", thousands(number)),
    }
}

/// Rows as lines with columns two spaces apart: texts begin together, `numbers` end together.
pub(crate) fn lines<const N: usize>(numbers: [bool; N], rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cell = |column: usize| {
            let (text, width) = (&row[column], widths[column]);
            if numbers[column] { format!("{text:>width$}") } else { format!("{text:width$}") }
        };
        let cells: [String; N] = std::array::from_fn(cell);
        cells.join("  ").trim_end().to_owned()
    };
    mapped(rows, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easily_read() {
        assert_eq!([0, 999, 1000, 1234567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 2000].map(|count| counted(count, "value")), ["0 values", "1 value", "2,000 values"]);
        assert_eq!([99_999, 560_000, 12_345_678].map(flops), ["99,999 FLOP", "0.56 MFLOP", "12.35 MFLOP"]);
        assert_eq!([100_000_000, 3_000_000_000_000].map(flops), ["0.10 GFLOP", "3.00 TFLOP"]);
    }
}
