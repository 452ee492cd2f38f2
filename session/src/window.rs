//! The geometry of a window that slides over up to three spatial axes: shared by convolution and
//! pooling, by the definition and by the kernels.

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
