//! Faults of how it is computed: kernels, and which of them computes what.

use super::{Fault, Room, faults};
use crate::layers::Layer::{Kernels, Runs};

faults! {
    Kernels "session/src/kernels/matmul.rs" {
        "one matrix of a stack":
            "let b = «&b[item * k * n..][..k * n]»;"
            => "&b[..k * n]",
            "Every product of a stack reads the first right matrix.",
            Kernels;
    }
    Kernels "session/src/kernels/activation.rs" {
        "activation of whole vectors only":
            "if «whole < columns» {"
            => "false",
            "What fills no vector of a row is left without its activation.",
            Kernels;
        "relu of another sign":
            "*x = «x.gated_by(*x)»;"
            => "*x",
            "The relu of a linear layer keeps what is negative.",
            Kernels;
    }
    Kernels "session/src/kernels/matmul/product.rs" {
        "last column dropped":
            "lanes: «columns - (vectors - 1) * V::LANES»,"
            => "(columns - (vectors - 1) * V::LANES).max(2) - 1",
            "The last column of a tile is not written.",
            Kernels;
        "sums not read again":
            "from_zero: «self.first == 0»,"
            => "true",
            "Between blocks of k the result is overwritten, not continued.",
            Kernels;
        "bias in every block":
            "let bias = if «self.last» {"
            => "true",
            "The bias is added after every block of k.",
            Kernels;
        "bias of the first column":
            "sums.add_rows(|i| [V::splat(«*bias.add(i)»); VECTORS]);"
            => "*bias",
            "Every column of a transposed product gets the bias of the first.",
            Kernels;
        "update of the first tile":
            "partners: partners.map(|partners| «partners.at(row * c_row + place)»),"
            => "partners",
            "Every tile of a gradient is added to the first part of the parameter.",
            Kernels;
        "rows of the first tile":
            "(first, c) = («first.wrapping_add(ROWS * a_row)», c"
            => "first",
            "All tiles that lie below each other are products of the same rows.",
            Kernels;
        "no relu":
            "if «rectified» {"
            => "false",
            "A layer of several rows goes without its relu.",
            Kernels;
        "no gate":
            "Rule::Gate => «sums.gate(row)»,"
            => "()",
            "A product that goes through the gate of a relu passes where that is shut.",
            Kernels;
        "first row copied":
            "source = source.wrapping_add(«source_row»);"
            => "0",
            "A right matrix that is copied has its first row in the place of each.",
            Kernels;
        "rows copied to the first":
            "store_full_row(row, «b.cast_mut()»);"
            => "self.0.b.cast_mut()",
            "All rows of a right matrix that is copied are written to the place of the first.",
            Kernels;
        "update after every block":
            "partners.filter(|_| «self.last»)"
            => "true",
            "The sums of every block of k are scaled and added to, not only the last ones.",
            Kernels;
    }
    Kernels "session/src/kernels/matmul/column.rs" {
        "rest of a column product dropped":
            "if «rest != 0» {\n                let skipped"
            => "false",
            "A product with a vector leaves out the terms that fill no square.",
            Kernels;
        "bias of the first row":
            "sum = sum.add(if «bias_step == 0» { V::splat"
            => "true",
            "Every row of a product with a vector gets the bias of the first.",
            Kernels;
        "terms of the last square again":
            "for p in «skipped»..TERMS {"
            => "0",
            "The terms that the last square has in common with the one before are added twice.",
            Kernels;
    }
    Kernels "session/src/kernels/matmul/row.rs" {
        "first columns again":
            "let b = Matrix { start: b.at(0, «first»), ..b };"
            => "0",
            "Each part of a long row is the product with the first columns.",
            Kernels;
        "first row again":
            "load(b.at(«p», 0))"
            => "0",
            "All elements of a vector are multiplied with the first row of a matrix.",
            Kernels;
    }
    Kernels "session/src/kernels/threads.rs" {
        "a row lost between threads":
            "let rows = «part_range(part, parts, items)»;\n            // SAFETY"
            => "{ let rows = part_range(part, parts, items); rows.start..rows.end - usize::from(rows.len() > 1) }",
            "Each thread leaves out its last row.",
            Kernels;
    }
    Kernels "session/src/kernels/elementwise.rs" {
        "last element dropped":
            "copy_few(values, out, «rest»)"
            => "rest - 1",
            "The last element of arrays shorter than a chunk is not written.",
            Kernels Runs;
        "end of the wrong chunk":
            "from[n] = inputs[n].add(«length - CHUNK»);"
            => "length - rest - CHUNK.min(length - rest)",
            "The elements beyond whole chunks are those of the chunk before.",
            Kernels;
    }
    Kernels "session/src/kernels/reduce.rs" {
        "reassociated sum":
            "vector.store(lanes.as_mut_ptr()) }\n    }\n    «for half in [8, 4, 2, 1] {\n        for lane in 0..half {\n            lanes[lane] = lanes[lane] + lanes[lane + half];\n        }\n    }»"
            => "lanes[0] = lanes.into_iter().fold(T::number(0.0), |sum, lane| sum + lane);",
            "The lanes of a sum are added one after the other: the same terms in another order.",
            Kernels;
        "tail of a sum dropped":
            "        if «whole < x.len()» {"
            => "false",
            "A sum leaves out the elements beyond whole rows of lanes.",
            Kernels;
        "blocks of a chain ignored":
            "«add(&mut sums, load(row));»"
            => "add(&mut outer, load(row));",
            "A sum over a long axis is one chain instead of blocks.",
            Kernels;
        "an element lost between blocks":
            "let x = &x[range.start * BLOCK..«x.len().min(range.end * BLOCK)»];"
            => "x.len().min(range.end * BLOCK) - 1",
            "Each thread leaves out the last element of a long sum.",
            Kernels;
        "maximum that ignores NaN":
            "«values[lane] = values[lane].greatest(values[lane + half]);»"
            => "if values[lane + half] > values[lane] { values[lane] = values[lane + half] }",
            "A NaN in the second half of the lanes loses against a number.",
            Kernels;
    }
    Kernels "session/src/kernels/softmax.rs" {
        "lanes of a narrow row":
            "if «half * inner < lanes.len()» {"
            => "(half + 1) * inner < lanes.len()",
            "A sum over a narrow row leaves out its last element.",
            Kernels;
        "first element for the maximum":
            "*maximum = «unsafe { run_maximum::<T, V>(x) }»;"
            => "x[0]",
            "The first element is subtracted instead of the largest.",
            Kernels;
        "reciprocal for a division":
            "|(e, sum)| «*e = *e / *sum»);"
            => "*e = *e * (T::number(1.0) / *sum)",
            "A softmax over columns multiplies by a rounded reciprocal.",
            Kernels;
        "reassociated difference":
            "«(x - self.maximum) - self.logarithm»"
            => "x - (self.maximum + self.logarithm)",
            "The maximum and the logarithm are added before they are subtracted.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution.rs" {
        "off-by-one window":
            "Direction::Forward => «axis.cell(place, kernel)»,"
            => "axis.cell(place, kernel).filter(|&cell| cell + 1 < axis.input)",
            "Windows do not cover the last cell of an axis.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/correlate.rs" {
        "bias of the first group":
            "copy_from_slice(«&values[group * to_channels..][..to_channels]»);"
            => "&values[..to_channels]",
            "All groups get the bias of the first.",
            Kernels;
        "source of the first group":
            "from[(images.start * geometry.groups + «group») * from_image..]"
            => "0",
            "All groups read the channels of the first.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/weights.rs" {
        "stale sums":
            "«std::slice::from_raw_parts_mut(sums, length).fill(T::number(0.0));»"
            => "{}",
            "The gradient of a weight begins with what scratch held before.",
            Kernels Runs;
        "image dropped":
            "let images = «together.min(geometry.batch - image)»;"
            => "together.min(geometry.batch - image).max(2) - 1",
            "The gradient of a weight leaves out the last images.",
            Kernels;
        "last column for padding":
            "((self.first + column as isize) as usize) < «self.cells»"
            => "(self.cells - 1)",
            "The gradient of a weight takes the last cell of a line for padding in windows at the border.",
            Kernels;
        "padding in half a pair":
            "(true, false) => {
                                «V::choose(left, V::splat(*cell(line, column)).mul_add(factors, sums), sums)»"
            => "V::splat(*cell(line, column)).mul_add(factors, sums)",
            "The gradient of a weight whose cell is padding takes the cell of its neighbour.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/tiles.rs" {
        "last line of a tile":
            "let lines = «if kernel.len() == 1 { 0..lines } else { first..last }»;"
            => "if kernel.len() == 1 { 0..lines } else { first..(last - 1).max(first + 1) }",
            "The gradients of the weights of the last line of a tile leave out windows.",
            Kernels;
        "padding off by one":
            "let end = «(input + padding).saturating_sub(kernel * dilation)».div_ceil(stride)"
            => "(input + padding).saturating_sub(kernel * dilation + 1)",
            "The gradient of a weight takes the last window for padding.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/depthwise.rs" {
        "weights of the first channels":
            "let w = w[«first * weights»..]"
            => "0",
            "All strips of channels of a depthwise convolution have the weights of the first.",
            Kernels;
        "later results of a line again":
            "cells = cells.wrapping_add(«count * block.across[0]»);"
            => "0",
            "Results of a line that are not computed at once with the first ones have the cells of these.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/depthwise_weights.rs" {
        "border of a line left out":
            "if ((cell + (column * axis.dilation) as isize) as usize) < «axis.input» {"
            => "0",
            "Windows of which a part is padding add nothing to the gradient of depthwise weights.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/columns.rs" {
        "neighbouring row for padding":
            "«V::choose(are_cells, sum, sums[i][j])»"
            => "sum",
            "What lies beside a row counts as its cells.",
            Kernels;
    }
    Kernels "session/src/kernels/convolution/images.rs" {
        "first block of images for all":
            "let from = &source[(«image_block» * geometry.groups + group)"
            => "0",
            "Every block of images is computed from the first.",
            Kernels;
        "last rows of images dropped":
            "let rows = part_range(row_block, «row_blocks», sizes.sides.to[1]);"
            => "row_blocks + 1",
            "The last rows of the result are not written.",
            Kernels;
    }
    Kernels "session/src/kernels/pooling/halving.rs" {
        "windows of the first plane":
            "(plane * self.rows * self.cells, «plane * self.lines * self.windows»)"
            => "0",
            "All planes are pooled into the first.",
            Kernels;
        "neighbour instead of winner":
            "let takes_fourth = «winner.loses_to(fourth)»;"
            => "third.loses_to(fourth)",
            "The last cell of a square gets the gradient if it is larger than its neighbour.",
            Kernels;
        "gate by another cell than the winner":
            "delta.gated_by(«V::choose(takes_fourth, fourth, winner)»)"
            => "winner",
            "A gradient is zero where only the last cell of a square is positive.",
            Kernels;
        "smallest cell of a window":
            "let loses = «self.x.loses_to(rivals.x)»;"
            => "rivals.x.loses_to(self.x)",
            "The largest cell of a window loses.",
            Kernels;
    }
    Kernels "session/src/kernels/pooling/windows.rs" {
        "last winner of a tie":
            "let wins = «!(x[i] <= self.x[i])» & !self.x[i].is_nan();"
            => "!(x[i] < self.x[i])",
            "The last of several largest cells wins a window.",
            Kernels;
        "NaN that does not win":
            "let wins = (x > self.x[window] || «x.is_nan()»)"
            => "false",
            "A NaN loses in windows at the border.",
            Kernels;
    }
    Kernels "session/src/kernels/pooling.rs" {
        "sign of a zero":
            "loss[i] = «T::number(0.0)»;"
            => "T::number(-0.0)",
            "Cells that lose get -0 instead of +0.",
            Kernels;
    }
    Kernels "session/src/kernels/pooling/average.rs" {
        "divisor of an average":
            "(pooling.axes.map(|axis| axis.kernel), «T::number(pooling.kernel() as f64)»);"
            => "T::number((pooling.kernel() + 1) as f64)",
            "An average is divided by one cell too many.",
            Kernels;
    }
    Kernels "session/src/tape/bind.rs" {
        "gate that is left out":
            "(pool.gated, *out) = («true», *value);"
            => "false",
            "The gradient of a pool that stands for a gate too leaves it out.",
            Kernels;
        "convolution without its relu":
            "After { bias, relu: «true» }, x[last]"
            => "false",
            "A convolution that stands for its relu too leaves it out.",
            Kernels;
        "linear layer without its activation":
            "Op::Linear(_) => self.linear(&steps[0], «activation(&steps[1].op)»),"
            => "None",
            "A linear layer that stands for its activation too leaves it out.",
            Kernels;
        "update at another rate":
            "let then = Then::Update { alpha: «alpha[0]»,"
            => "T::from_f64(1.0)",
            "A gradient is added as it is, whatever the rate.",
            Kernels Runs;
    }
    Kernels "session/src/tape/elementwise.rs" {
        "sum of the wrong zero":
            "Op::Sum(_) => AddScalar { number: «0.0».into() }.into(),"
            => "-0.0_f64",
            "A sum of single elements leaves a negative zero as it is.",
            Kernels;
    }
    Kernels "session/src/tape/together.rs" {
        "few elements at another rate":
            "apply(Scaled { alpha: «alpha[0]» }, &[x, y], out);"
            => "T::from_f64(1.0)",
            "Of few elements, `axpy` leaves out its factor.",
            Kernels Runs;
        "product of vectors at another rate":
            "let then = Then::Update { alpha: «alpha[0]»,"
            => "T::from_f64(1.0)",
            "The gradient of one row is added as it is, whatever the rate.",
            Kernels Runs;
        "difference of one without its square":
            "difference * «difference»"
            => "T::from_f64(1.0)",
            "The mean square of a single difference is the difference.",
            Kernels;
        "other weights multiplied":
            "layer.run(x, «transpose», bias, out);"
            => "w",
            "Weights whose transpose is kept are read as they are.",
            Runs;
    }
    Kernels "session/src/tape/lasting.rs" {
        "weights of the last run":
            "self.unchanged[leaf.index()] = complete && «is_same»;"
            => "true",
            "A function goes on with the weights of its first run.",
            Runs;
        "weights that have settled":
            "if complete && self.unmoved && «leaves.are_settled()» {"
            => "true",
            "A function goes on with weights that were the same in two runs.",
            Runs;
    }
    Kernels "session/src/tape/fast.rs" {
        "mean by a reciprocal":
            "«map(processor, DivScalar { c: T::from_f64(count as f64) }, [sums], out);»"
            => "bound(&crate::ir::op::Scale { factor: (1.0 / count as f64).into() }.into()).map(processor, &[sums], out);",
            "A mean multiplies by a rounded reciprocal instead of dividing.",
            Kernels;
        "masked terms that are not zero":
            "*out = «T::from_f64(0.0)»;\n                        }"
            => "*out",
            "What a query may not attend to keeps the exponential that was computed.",
            Kernels;
    }
    Kernels "session/src/kernels/fused.rs" {
        "planes of the first tile":
            "let planes = «self.range.start / self.plane..self.range.end / self.plane»;"
            => "0..self.range.len() / self.plane",
            "Each tile of a loop reads the first planes of an array.",
            Kernels;
        "tiles of the wrong input":
            "*slice = «&input[elements.clone()]»;"
            => "&input[..elements.len()]",
            "Every tile of a fused loop reads the first tile of its inputs.",
            Kernels;
        "locals over each other":
            "let start = «(part * locals + index) * room»;"
            => "part * locals * room",
            "The values between the steps of a fused loop share their memory.",
            Kernels;
        "every tile repeats the beginning":
            "Repetition { source: self.whole[input], inner, start: «self.range.start», out"
            => "0",
            "What a loop repeats begins anew with every tile.",
            Kernels;
        "no last tile":
            "let elements = «start..range.end.min(start + step)»;"
            => "start..if range.end - start < step && start > 0 { start } else { range.end.min(start + step) }",
            "A fused loop leaves out the last tile if it is not full.",
            Kernels;
    }
}
