//! A curve of losses on a logarithmic axis: in dots of Braille for a terminal, and as SVG.

use std::fmt::Write;

/// What a picture looks like, on a light screen and on a dark one.
const STYLE: &str = "\
.paper { fill: #ffffff }
text { fill: #1c2430 }
.grid { stroke: #e3e7ec }
.axis { stroke: #66707f; fill: none }
.step { stroke: #9cc3f0; fill: none }
.mean { stroke: #1261b8; fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.paper { fill: #12161c }
text { fill: #e4e8ee }
.grid { stroke: #2a323d }
.axis { stroke: #97a3b3 }
.step { stroke: #2d5484 }
.mean { stroke: #6db0ff }
}
";

/// The loss of every step, and where the epochs end.
///
/// ```
/// let chart = session_examples::Chart::new((1..=100).map(|step| 1.0 / step as f32), 4);
/// assert!(chart.terminal(40, 8).starts_with("     1 │"));
/// assert!(chart.svg("a hyperbola").contains(">a hyperbola<"));
/// ```
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

    /// A drawing of every step, and of the mean of the last fiftieth of them. The title is plain text, without `<`
    /// or `&`.
    pub fn svg(&self, title: &str) -> String {
        let (left, top, width, height) = (72.0, 40.0, 720.0, 320.0);
        let right = left + width;
        let bottom = top + height;
        let y = |loss: f64| bottom - self.height(loss) * height;
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<style>\n{STYLE}</style>\n\
             <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
            right + 20.0,
            bottom + 50.0
        );
        let label = |text: &mut String, x: f64, y: f64, anchor: &str, label: &str| {
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{label}</text>");
        };
        for decade in self.decades[0]..=self.decades[1] {
            let y = y(10_f64.powi(decade));
            let _ = writeln!(text, "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>");
            label(&mut text, left - 8.0, y + 4.0, "end", &power(decade));
        }
        // At most twenty of them have a label.
        for epoch in (1..=self.epochs).filter(|epoch| epoch.is_multiple_of(self.epochs.div_ceil(20))) {
            let x = left + width * epoch as f64 / self.epochs as f64;
            let _ = writeln!(text, "<path class=\"axis\" d=\"M{x:.1} {bottom}v5\"/>");
            label(&mut text, x, bottom + 18.0, "middle", &epoch.to_string());
        }
        let (middle, centre) = (left + width / 2.0, top + height / 2.0);
        let _ = writeln!(text, "<path class=\"axis\" d=\"M{left} {top}V{bottom}H{right}\"/>");
        label(&mut text, middle, bottom + 38.0, "middle", "epoch");
        label(&mut text, middle, top - 14.0, "middle", title);
        let _ =
            writeln!(text, "<text transform=\"translate(18 {centre}) rotate(-90)\" text-anchor=\"middle\">loss</text>");
        let mut curve = |class: &str, losses: &[f64]| {
            let x = |step: usize| left + width * (step + 1) as f64 / losses.len() as f64;
            let point = |(step, &loss): (usize, &f64)| format!("{:.1},{:.1}", x(step), y(loss));
            let points: Vec<String> = losses.iter().enumerate().map(point).collect();
            let _ = writeln!(text, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
        };
        curve("step", &self.losses);
        curve("mean", &self.means(self.losses.len().div_ceil(50)));
        text + "</svg>\n"
    }

    /// For every step the mean of the last so many losses.
    fn means(&self, count: usize) -> Vec<f64> {
        let mut sum = 0.0;
        let mean = |(step, &loss): (usize, &f64)| {
            sum += loss;
            if step >= count {
                sum -= self.losses[step - count];
            }
            sum / count.min(step + 1) as f64
        };
        self.losses.iter().enumerate().map(mean).collect()
    }
}

/// `100`, `0.01`.
fn power(decade: i32) -> String {
    match usize::try_from(decade) {
        Ok(decade) => format!("1{}", "0".repeat(decade)),
        Err(_) => format!("0.{}1", "0".repeat(decade.unsigned_abs() as usize - 1)),
    }
}
