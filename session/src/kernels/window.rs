//! The geometry of a window that slides over up to three spatial axes, and of the convolutions made of such
//! windows: shared by the definition and the kernels.

/// The largest number of spatial axes.
pub const MAX_SPATIAL: usize = 3;

/// One spatial axis of a sliding window, in elements of that axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    /// The size of the input.
    pub input: usize,
    /// The number of positions the window covers.
    pub kernel: usize,
    /// The distance between neighbouring windows, at least 1.
    pub stride: usize,
    /// The number of cells added on each side of the input.
    pub padding: usize,
    /// The distance between neighbouring positions of the window, at least 1.
    pub dilation: usize,
    /// The number of windows.
    pub output: usize,
}

impl Axis {
    /// An axis that does not exist: of size 1.
    pub const ABSENT: Self = Self { input: 1, kernel: 1, stride: 1, padding: 0, dilation: 1, output: 1 };

    /// The axis with the largest number of windows that fit, or `None` if none fits, the kernel is
    /// empty, or the stride or dilation is 0.
    pub fn new(input: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Option<Self> {
        if kernel == 0 || stride == 0 || dilation == 0 {
            return None;
        }
        let extent = (kernel - 1).checked_mul(dilation)?.checked_add(1)?;
        let room = input.checked_add(padding.checked_mul(2)?)?.checked_sub(extent)?;
        Some(Self { input, kernel, stride, padding, dilation, output: room / stride + 1 })
    }

    /// The input cell that position `offset` of window `position` covers, or `None` in the padding.
    #[inline(always)]
    pub fn cell(&self, position: usize, offset: usize) -> Option<usize> {
        let cell = (position * self.stride + offset * self.dilation).wrapping_sub(self.padding);
        (cell < self.input).then_some(cell)
    }

    /// The window that covers input cell `cell` with its position `offset`, if there is one: the
    /// inverse of [`Axis::cell`].
    #[inline(always)]
    pub fn position(&self, cell: usize, offset: usize) -> Option<usize> {
        let start = (cell + self.padding).checked_sub(offset * self.dilation)?;
        let position = start / self.stride;
        (start % self.stride == 0 && position < self.output).then_some(position)
    }
}

/// A window over one to three spatial axes, with axes of size 1 put in front where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The spatial axes, outermost first.
    pub axes: [Axis; MAX_SPATIAL],
}

impl Window {
    /// A window over these axes.
    ///
    /// # Panics
    /// With more than three axes.
    pub fn new(axes: &[Axis]) -> Self {
        let mut window = Self { axes: [Axis::ABSENT; MAX_SPATIAL] };
        window.axes[MAX_SPATIAL - axes.len()..].copy_from_slice(axes);
        window
    }

    /// The numbers of windows along the last `count` axes.
    pub fn output_sizes(&self, count: usize) -> impl Iterator<Item = usize> + use<> {
        self.axes.into_iter().skip(MAX_SPATIAL - count).map(|axis| axis.output)
    }

    /// The number of input cells.
    pub fn inputs(&self) -> usize {
        self.axes.iter().map(|axis| axis.input).product()
    }

    /// The number of positions that a window covers.
    pub fn kernels(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// The number of windows.
    pub fn outputs(&self) -> usize {
        self.axes.iter().map(|axis| axis.output).product()
    }

    /// The real cells that a window covers, as (kernel position, input cell), row-major; cells in the
    /// padding are skipped.
    pub fn cells(&self, window: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [a, b, c] = self.axes;
        let [i, j, k] = unravel(window, [b.output, c.output]);
        product([a.kernel, b.kernel, c.kernel]).filter_map(move |[p, q, r]| {
            let kernel = (p * b.kernel + q) * c.kernel + r;
            let cell = (a.cell(i, p)? * b.input + b.cell(j, q)?) * c.input + c.cell(k, r)?;
            Some((kernel, cell))
        })
    }

    /// The windows that cover an input cell, as (kernel position, window), kernel positions row-major.
    pub fn covering(&self, cell: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [a, b, c] = self.axes;
        let [i, j, k] = unravel(cell, [b.input, c.input]);
        product([a.kernel, b.kernel, c.kernel]).filter_map(move |[p, q, r]| {
            let kernel = (p * b.kernel + q) * c.kernel + r;
            let window = (a.position(i, p)? * b.output + b.position(j, q)?) * c.output + c.position(k, r)?;
            Some((kernel, window))
        })
    }

    /// The (window, input cell) pairs at one kernel position, windows row-major; padding is skipped.
    pub fn pairs(&self, kernel: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [a, b, c] = self.axes;
        let [p, q, r] = unravel(kernel, [b.kernel, c.kernel]);
        product([a.output, b.output, c.output]).filter_map(move |[i, j, k]| {
            let window = (i * b.output + j) * c.output + k;
            let cell = (a.cell(i, p)? * b.input + b.cell(j, q)?) * c.input + c.cell(k, r)?;
            Some((window, cell))
        })
    }
}

/// The geometry of a convolution. Values are `[batch, channels, spatial..]`, weights
/// `[output channels, input channels of a group, kernel..]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// The number of images.
    pub batch: usize,
    /// The channels of the input, over all groups.
    pub input_channels: usize,
    /// The channels of the output, over all groups.
    pub output_channels: usize,
    /// The number of groups: output channels see the input channels of their group only.
    pub groups: usize,
    /// The spatial axes; leading ones that do not exist are [`Axis::ABSENT`].
    pub axes: [Axis; MAX_SPATIAL],
}

impl Convolution {
    /// Input channels of a group.
    pub fn group_inputs(&self) -> usize {
        self.input_channels / self.groups
    }

    /// Output channels of a group.
    pub fn group_outputs(&self) -> usize {
        self.output_channels / self.groups
    }

    /// The window over the spatial axes.
    pub fn window(&self) -> Window {
        Window { axes: self.axes }
    }
}

/// The three indices of a row-major position, given the sizes of the last two axes.
fn unravel(position: usize, [middle, last]: [usize; 2]) -> [usize; 3] {
    [position / last / middle, position / last % middle, position % last]
}

/// All triples of indices below the sizes, row-major.
fn product(sizes: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let mut next = if sizes.contains(&0) { sizes } else { [0; 3] };
    std::iter::from_fn(move || {
        let present = next;
        for axis in (0..3).rev() {
            next[axis] += 1;
            if axis == 0 || next[axis] < sizes[axis] {
                break;
            }
            next[axis] = 0;
        }
        (present[0] < sizes[0]).then_some(present)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn axes() -> impl Strategy<Value = Axis> {
        (1usize..7, 1usize..4, 1usize..4, 0usize..3, 1usize..3)
            .prop_filter_map("the window fits", |(input, kernel, stride, padding, dilation)| {
                Axis::new(input, kernel, stride, padding, dilation)
            })
    }

    proptest! {
        /// The three walks list the same (window, kernel position, cell) triples.
        #[test]
        fn walks_agree(axes in proptest::collection::vec(axes(), 1..=3)) {
            let window = Window::new(&axes);
            let mut by_window: Vec<_> = (0..window.outputs())
                .flat_map(|w| window.cells(w).map(move |(kernel, cell)| (w, kernel, cell))).collect();
            let mut by_cell: Vec<_> = (0..window.inputs())
                .flat_map(|cell| window.covering(cell).map(move |(kernel, w)| (w, kernel, cell))).collect();
            let mut by_kernel: Vec<_> = (0..window.kernels())
                .flat_map(|kernel| window.pairs(kernel).map(move |(w, cell)| (w, kernel, cell))).collect();
            by_window.sort_unstable();
            by_cell.sort_unstable();
            by_kernel.sort_unstable();
            prop_assert_eq!(&by_window, &by_cell);
            prop_assert_eq!(&by_window, &by_kernel);
        }
    }

    #[test]
    fn sizes_follow_the_formula() {
        let axis = Axis::new(28, 5, 1, 2, 1).unwrap();
        assert_eq!(axis.output, 28);
        assert_eq!(Axis::new(7, 2, 2, 0, 1).unwrap().output, 3);
        assert_eq!(Axis::new(4, 5, 1, 0, 1), None);
        assert_eq!(Axis::new(4, 2, 0, 0, 1), None);
    }
}
