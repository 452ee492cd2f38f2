//! The numbers afterwards, as text.

use std::fmt::Write;

use crate::training::{Confusion, Epoch};

/// One line for every epoch.
pub fn table(epochs: &[Epoch]) -> String {
    let mut text = "epoch    loss     train      test  seconds\n".to_owned();
    for (index, epoch) in epochs.iter().enumerate() {
        let Epoch { train_accuracy, test_accuracy, time, .. } = epoch;
        let (train, test) = (percent(*train_accuracy), percent(*test_accuracy));
        let (number, loss, seconds) = (index + 1, epoch.loss(), time.as_secs_f64());
        let _ = writeln!(text, "{number:5}  {loss:.4}  {train:>8}  {test:>8}  {seconds:7.2}");
    }
    text
}

/// A row for every digit: how often it was taken for each of them, and how often for itself.
pub fn confusion_matrix(confusion: &Confusion) -> String {
    let columns: String = (0..10).map(|digit| format!("{digit:5}")).collect();
    let mut text = format!("taken for  {columns}\n");
    for (digit, row) in confusion.0.iter().enumerate() {
        let cells: String =
            row.iter().map(|&count| if count == 0 { "    .".into() } else { format!("{count:5}") }).collect();
        let images: usize = row.iter().sum();
        let recognised = if images == 0 { "-".into() } else { percent(row[digit] as f64 / images as f64) };
        let _ = writeln!(text, "digit {digit}    {cells}  {recognised:>9}");
    }
    text
}

/// `97.90 %`.
pub fn percent(part: f64) -> String {
    format!("{:.2} %", 100.0 * part)
}
