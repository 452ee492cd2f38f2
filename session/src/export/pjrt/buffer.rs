//! Numbers on a device.

use std::fmt;
use std::slice;

use crate::api::{
    self, Buffer_Destroy_Args, Buffer_Dimensions_Args, Buffer_ElementType_Args, Buffer_MemoryLayout,
    Buffer_MemoryLayout_Tiled, Buffer_MemoryLayout_Type_Tiled, Buffer_MemoryLayout_Value, Buffer_ToHostBuffer_Args,
    Buffer_Type_F32, Buffer_Type_F64, Buffer_Type_S32, Buffer_Type_S64, Client_BufferFromHostBuffer_Args,
    HostBufferSemantics_kImmutableOnlyDuringCall,
};
use crate::client::{Client, Device};
use crate::error::Error;
use crate::layout::Start;

/// A type of numbers that buffers can have: `f32`, `f64`, `i32` and `i64`. Sealed.
pub trait Element: Copy + Default + sealed::Element {}

impl<T: Copy + Default + sealed::Element> Element for T {}

mod sealed {
    use super::{Buffer_Type_F32, Buffer_Type_F64, Buffer_Type_S32, Buffer_Type_S64};

    /// Every pattern of bits is one of its numbers.
    pub trait Element {
        const KIND: i32;
        const NAME: &'static str;
    }

    macro_rules! elements {
        ($($kind:ident $constant:ident;)*) => {$(
            impl Element for $kind {
                const KIND: i32 = $constant;
                const NAME: &'static str = stringify!($kind);
            }
        )*};
    }

    elements! {
        f32 Buffer_Type_F32;
        f64 Buffer_Type_F64;
        i32 Buffer_Type_S32;
        i64 Buffer_Type_S64;
    }
}

/// Numbers on a device: an array, its rows one after the other.
pub struct Buffer {
    client: Client,
    raw: *mut api::Buffer,
}

// SAFETY: a buffer does not change once it is there; see `Handle`.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Device {
    /// Copies numbers to the device.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many as the shape has elements; [`Error::Plugin`], such as for a device
    /// without so much memory.
    pub fn upload<T: Element>(&self, numbers: &[T], shape: &[usize]) -> Result<Buffer, Error> {
        if elements(shape) != Some(numbers.len()) {
            return Err(Error::argument(format!("{} numbers are no array of shape {shape:?}", numbers.len())));
        }
        let mut dims = signed(shape)?;
        let Client { handle } = &self.client;
        let arguments = Client_BufferFromHostBuffer_Args {
            client: handle.raw,
            data: numbers.as_ptr().cast_mut().cast(),
            r#type: T::KIND,
            dims: dims.as_mut_ptr(),
            num_dims: dims.len(),
            host_buffer_semantics: HostBufferSemantics_kImmutableOnlyDuringCall,
            device: self.raw,
            ..Client_BufferFromHostBuffer_Args::START
        };
        // SAFETY: the client and its device are alive; the data has as many numbers of the type as the dimensions say, and
        // the function is told that it may only read it until it returns.
        let made = unsafe { handle.plugin.call(arguments) }?;
        let buffer = Buffer { client: self.client.clone(), raw: made.buffer };
        // SAFETY: the function has given the event, nobody else has it.
        unsafe { handle.plugin.wait(made.done_with_host_buffer) }?;
        Ok(buffer)
    }
}

impl Buffer {
    /// # Safety
    /// The buffer is one of the client's, and nobody else has it.
    pub(crate) unsafe fn new(client: Client, raw: *mut api::Buffer) -> Self {
        Self { client, raw }
    }

    pub(crate) fn raw(&self) -> *mut api::Buffer {
        self.raw
    }

    /// The client on one of whose devices it is.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its sizes, one for each axis.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn shape(&self) -> Result<Vec<usize>, Error> {
        let arguments = Buffer_Dimensions_Args { buffer: self.raw, ..Buffer_Dimensions_Args::START };
        // SAFETY: the buffer is alive.
        let found = unsafe { self.client.handle.plugin.call(arguments) }?;
        if found.num_dims == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: the list is the buffer's and has so many entries.
        let dims = unsafe { slice::from_raw_parts(found.dims, found.num_dims) };
        let size = |&size| usize::try_from(size).map_err(|_| Error::argument(format!("a buffer of shape {dims:?}")));
        dims.iter().map(size).collect()
    }

    /// Copies the numbers from the device, when they have been computed.
    ///
    /// # Errors
    /// [`Error::Argument`] if they are of another type; [`Error::Plugin`], also for what went wrong in computing them.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, Error> {
        let plugin = self.client.handle.plugin;
        let arguments = Buffer_ElementType_Args { buffer: self.raw, ..Buffer_ElementType_Args::START };
        // SAFETY: the buffer is alive.
        let kind = unsafe { plugin.call(arguments) }?.r#type;
        if kind != T::KIND {
            return Err(Error::argument(format!("a buffer has numbers of type {kind} of PJRT, not {}", T::NAME)));
        }
        let shape = self.shape()?;
        let count = elements(&shape).ok_or_else(|| Error::argument(format!("a buffer of shape {shape:?}")))?;
        let mut numbers = vec![T::default(); count];

        // A device may keep columns together, or tiles; here rows are wanted.
        let mut order: Vec<i64> = signed(&(0..shape.len()).rev().collect::<Vec<_>>())?;
        let tiled = Buffer_MemoryLayout_Tiled {
            minor_to_major: order.as_mut_ptr(),
            minor_to_major_size: order.len(),
            ..Buffer_MemoryLayout_Tiled::START
        };
        let mut layout = Buffer_MemoryLayout {
            value: Buffer_MemoryLayout_Value { tiled },
            r#type: Buffer_MemoryLayout_Type_Tiled,
            ..Buffer_MemoryLayout::START
        };
        let arguments = Buffer_ToHostBuffer_Args {
            src: self.raw,
            host_layout: &raw mut layout,
            dst: numbers.as_mut_ptr().cast(),
            dst_size: size_of_val(&*numbers),
            ..Buffer_ToHostBuffer_Args::START
        };
        // SAFETY: the buffer is alive; the layout lives until the function returns, and the numbers until the event says
        // that they are written: they are not read before, and the wait ends before they are dropped. Any bits are
        // numbers.
        unsafe {
            let event = plugin.call(arguments)?.event;
            plugin.wait(event)?;
        }
        Ok(numbers)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let arguments = Buffer_Destroy_Args { buffer: self.raw, ..Buffer_Destroy_Args::START };
        // SAFETY: nobody else has the buffer; a plugin keeps its memory as long as something that runs reads it. There is
        // nobody to be told of an error.
        let _ = unsafe { self.client.handle.plugin.call(arguments) };
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape() {
            Ok(shape) => write!(f, "Buffer of shape {shape:?}"),
            Err(error) => write!(f, "Buffer: {error}"),
        }
    }
}

/// The number of elements of a shape, if it can be counted.
fn elements(shape: &[usize]) -> Option<usize> {
    // Not to be fooled by a product that is zero only in the end.
    let positive = shape.iter().filter(|&&size| size > 0).try_fold(1_usize, |product, &size| product.checked_mul(size));
    positive.map(|product| if shape.contains(&0) { 0 } else { product })
}

fn signed(sizes: &[usize]) -> Result<Vec<i64>, Error> {
    let size = |&size| i64::try_from(size).map_err(|_| Error::argument(format!("a shape of {sizes:?}")));
    sizes.iter().map(size).collect()
}
