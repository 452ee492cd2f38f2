//! The loss curve on a logarithmic axis: in dots of Braille for a terminal, and as SVG.

use std::fmt::Write;

/// The loss of every step, and where the epochs end.
pub struct Chart {
    losses: Vec<f64>,
    epochs: usize,
    /// The decades of the axis: 10 to the power of these.
    decades: [i32; 2],
}

impl Chart {
    /// Of all steps of so many epochs of equal length.
    pub fn new(losses: impl Iterator<Item = f32>, epochs: usize) -> Self {
        // A loss of 0 has no logarithm.
        let losses: Vec<f64> = losses.map(|loss| f64::from(loss).max(1e-9)).collect();
        let (low, high) = losses.iter().fold((1.0_f64, 1.0_f64), |(low, high), &loss| (low.min(loss), high.max(loss)));
        Self { losses, epochs, decades: [low.log10().floor() as i32, high.log10().ceil() as i32] }
    }

    /// How far up a loss is: 0 at the lower end of the axis, 1 at the upper.
    fn height(&self, loss: f64) -> f64 {
        let [low, high] = self.decades.map(f64::from);
        (loss.log10() - low) / (high - low).max(1.0)
    }

    /// Rows of characters with two by four dots each: in each column of dots the mean of its steps.
    pub fn terminal(&self, columns: usize, rows: usize) -> String {
        let mut dots = vec![vec![0_u8; columns]; rows];
        let width = (2 * columns).min(self.losses.len());
        for x in 0..width {
            let steps = &self.losses[x * self.losses.len() / width..(x + 1) * self.losses.len() / width];
            let mean = steps.iter().sum::<f64>() / steps.len() as f64;
            let y = ((1.0 - self.height(mean)) * (4 * rows - 1) as f64).round() as usize;
            dots[y / 4][x / 2] |= [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][x % 2][y % 4];
        }
        let mut text = String::new();
        for (row, cells) in dots.iter().enumerate() {
            let label = match row {
                0 => power(self.decades[1]),
                _ if row + 1 == rows => power(self.decades[0]),
                _ => String::new(),
            };
            let cells: String =
                cells.iter().map(|&cell| char::from_u32(0x2800 + u32::from(cell)).unwrap_or(' ')).collect();
            let _ = writeln!(text, "{label:>6} │{}", cells.trim_end_matches('\u{2800}'));
        }
        let _ = writeln!(text, "       └{}", "─".repeat(columns));
        let _ = writeln!(text, "        loss over {} steps, {} epochs", self.losses.len(), self.epochs);
        text
    }

    /// A drawing of every step.
    pub fn svg(&self) -> String {
        let (left, top, width, height) = (60.0, 20.0, 720.0, 320.0);
        let right = left + width;
        let bottom = top + height;
        let y = |loss: f64| bottom - self.height(loss) * height;
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
            right + 20.0,
            bottom + 50.0
        );
        for decade in self.decades[0]..=self.decades[1] {
            let (y, label) = (y(10_f64.powi(decade)), power(decade));
            let _ = writeln!(text, "<path d=\"M{left} {y:.1}H{right}\" stroke=\"#ddd\"/>");
            let _ =
                writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", left - 8.0, y + 4.0);
        }
        for epoch in 1..=self.epochs {
            let x = left + width * epoch as f64 / self.epochs as f64;
            let _ = writeln!(text, "<path d=\"M{x:.1} {bottom}v5\" stroke=\"black\"/>");
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{epoch}</text>", bottom + 18.0);
        }
        let middle = left + width / 2.0;
        let _ = writeln!(text, "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"black\"/>");
        let _ = writeln!(text, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">epoch</text>", bottom + 38.0);
        let _ =
            writeln!(text, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">loss of every step</text>", top - 6.0);
        let point = |(step, &loss): (usize, &f64)| {
            let x = left + width * (step + 1) as f64 / self.losses.len() as f64;
            format!(" {x:.1},{:.1}", y(loss))
        };
        let points: String = self.losses.iter().enumerate().map(point).collect();
        let _ = writeln!(text, "<polyline points=\"{}\" fill=\"none\" stroke=\"#06c\"/>\n</svg>", points.trim_start());
        text
    }
}

/// `100`, `0.01`.
fn power(decade: i32) -> String {
    match usize::try_from(decade) {
        Ok(decade) => format!("1{}", "0".repeat(decade)),
        Err(_) => format!("0.{}1", "0".repeat(decade.unsigned_abs() as usize - 1)),
    }
}
