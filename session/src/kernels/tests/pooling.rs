use proptest::prelude::*;

use super::super::Pooling;
use super::*;
use crate::window::Axis;

/// The real cells of the windows of a plane, both row-major.
fn windows([first, middle, last]: &[Axis; 3]) -> Vec<Vec<usize>> {
    let mut windows = Vec::new();
    for i in 0..first.output {
        for j in 0..middle.output {
            for k in 0..last.output {
                let mut cells = Vec::new();
                for a in (0..first.kernel).filter_map(|a| first.cell(i, a)) {
                    for b in (0..middle.kernel).filter_map(|b| middle.cell(j, b)) {
                        for c in (0..last.kernel).filter_map(|c| last.cell(k, c)) {
                            cells.push((a * middle.input + b) * last.input + c);
                        }
                    }
                }
                windows.push(cells);
            }
        }
    }
    windows
}

/// The real cells of one window with their offsets in it.
fn offsets(axes @ [first, middle, last]: &[Axis; 3], window: usize) -> Vec<(usize, usize)> {
    let [i, j, k] = [window / last.output / middle.output, window / last.output % middle.output, window % last.output];
    let mut cells = Vec::new();
    let mut offset = 0;
    for a in 0..axes[0].kernel {
        for b in 0..axes[1].kernel {
            for c in 0..axes[2].kernel {
                if let (Some(a), Some(b), Some(c)) = (first.cell(i, a), middle.cell(j, b), last.cell(k, c)) {
                    cells.push((offset, (a * middle.input + b) * last.input + c));
                }
                offset += 1;
            }
        }
    }
    cells
}

fn check<T: Float>(pooling: &Pooling, (seed, special): (u64, u64)) {
    let windows = windows(&pooling.axes);
    if windows.iter().any(Vec::is_empty) {
        return;
    }
    let input: usize = pooling.axes.iter().map(|axis| axis.input).product();
    let mut numbers = Numbers::new(seed, special);
    let mut x = numbers.take::<T>(pooling.planes * input);
    for x in &mut x {
        // Some equal numbers.
        *x = T::from_f64(if special > 0 { (x.to_f64() * 4.0).round() / 4.0 } else { x.to_f64() });
    }
    let v = numbers.take::<T>(x.len());
    let delta = numbers.take::<T>(pooling.planes * windows.len());

    let (mut selected, mut maxima, mut scattered) = (Vec::new(), Vec::new(), Vec::new());
    for plane in 0..pooling.planes {
        let (x, v) = (&x[plane * input..][..input], &v[plane * input..][..input]);
        let mut gradient = vec![None; input];
        for (i, cells) in windows.iter().enumerate() {
            let mut winner = cells[0];
            for &cell in cells {
                let (value, best) = (x[cell].to_f64(), x[winner].to_f64());
                if !best.is_nan() && (value > best || value.is_nan()) {
                    winner = cell;
                }
            }
            selected.push(v[winner]);
            maxima.push(x[winner]);
            for &cell in cells {
                let share = if cell == winner { delta[plane * windows.len() + i] } else { T::from_f64(0.0) };
                gradient[cell] = Some(gradient[cell].map_or(share, |sum: T| sum + share));
            }
        }
        scattered.extend(gradient.into_iter().map(|sum| sum.unwrap_or(T::from_f64(0.0))));
    }
    let passes = |x: T| x > T::from_f64(0.0) || x.is_nan();
    let gated = scattered.iter().zip(&x).map(|(&sum, &x)| if passes(x) { sum } else { T::from_f64(0.0) });
    let gated: Vec<T> = gated.collect();
    let kernel: usize = pooling.axes.iter().map(|axis| axis.kernel).product();
    let count = T::from_f64(kernel as f64);
    let (mut averages, mut spread) = (Vec::new(), Vec::new());
    for plane in 0..pooling.planes {
        let mut gradient = vec![None; input];
        for (i, cells) in windows.iter().enumerate() {
            let mut lanes = [T::from_f64(0.0); 16];
            for (offset, cell) in offsets(&pooling.axes, i) {
                lanes[offset % 16] = lanes[offset % 16] + x[plane * input + cell];
            }
            for half in [8, 4, 2, 1] {
                for lane in 0..half {
                    lanes[lane] = lanes[lane] + lanes[lane + half];
                }
            }
            averages.push(lanes[0] / count);
            let share = delta[plane * windows.len() + i] / count;
            for &cell in cells {
                gradient[cell] = Some(gradient[cell].map_or(share, |sum: T| sum + share));
            }
        }
        spread.extend(gradient.into_iter().map(|sum| sum.unwrap_or(T::from_f64(0.0))));
    }
    on_every_processor(|processor| {
        let garbage = T::from_f64(f64::NAN);
        let mut out = vec![garbage; selected.len()];
        pooling.select(processor, &x, &v, &mut out);
        assert_bits(processor, &format!("select {pooling:?}"), &out, &selected);
        pooling.select(processor, &x, &x, &mut out);
        assert_bits(processor, &format!("maximum {pooling:?}"), &out, &maxima);
        let mut out = vec![garbage; x.len()];
        pooling.scatter(processor, &x, &delta, false, &mut out);
        assert_bits(processor, &format!("scatter {pooling:?}"), &out, &scattered);
        pooling.scatter(processor, &x, &delta, true, &mut out);
        assert_bits(processor, &format!("gated scatter {pooling:?}"), &out, &gated);
        let mut out = vec![garbage; averages.len()];
        pooling.average(processor, &x, &mut out);
        assert_bits(processor, &format!("average {pooling:?}"), &out, &averages);
        let mut out = vec![garbage; x.len()];
        pooling.spread(processor, &delta, &mut out);
        assert_bits(processor, &format!("spread {pooling:?}"), &out, &spread);
    });
}

fn axis(largest: usize) -> impl Strategy<Value = Axis> {
    (0..=largest, 1..4usize, 1..4usize, 0..2usize, 1..3usize)
        .prop_filter_map("no window", |(i, k, s, p, d)| Axis::new(i, k, s, p.min(k / 2), d))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn two_axes(planes in 0..5usize, rows in axis(9), columns in axis(30), numbers in numbers()) {
        both!(check(&Pooling { planes, axes: [Axis::ABSENT, rows, columns] }, numbers));
    }

    #[test]
    fn three_axes(first in axis(4), middle in axis(5), last in axis(6), numbers in numbers()) {
        both!(check(&Pooling { planes: 2, axes: [first, middle, last] }, numbers));
    }

    #[test]
    fn halving(
        planes in 0..4usize, first in 1..3usize, rows in 1..12usize, height in 1..4usize,
        columns in prop_oneof![2..24usize, 24..300usize], numbers in numbers(),
    ) {
        let axis = |size: usize, kernel| Axis::new(size.max(kernel), kernel, kernel, 0, 1).unwrap();
        both!(check(&Pooling { planes, axes: [axis(first, 1), axis(rows, height), axis(columns, 2)] }, numbers));
    }
}
