//! How the structures in `api.rs` are laid out: each begins with its size and a pointer to extensions, has the fields of
//! C in their order, and starts as zeros.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// What a field starts as: zero, which is no pointer, and nothing said.
pub(crate) trait Start {
    const START: Self;
}

impl<T> Start for *mut T {
    const START: Self = null_mut();
}

impl Start for usize {
    const START: Self = 0;
}

impl Start for i64 {
    const START: Self = 0;
}

impl Start for c_int {
    const START: Self = 0;
}

/// A function of the table with the pointers before it that are not used.
#[repr(C)]
pub(crate) struct Slot<const UNUSED: usize, A, R> {
    _unused: [*mut c_void; UNUSED],
    pub(crate) function: Option<unsafe extern "C" fn(*mut A) -> R>,
}

/// The arguments of a function: `R` is what it returns.
pub(crate) trait Call<R>: Sized {
    /// The name of the function.
    const NAME: &'static str;

    /// The function, if the table has one.
    fn function(api: &crate::api::Api) -> Option<unsafe extern "C" fn(*mut Self) -> R>;
}

macro_rules! handles {
    ($($name:ident)*) => {$(
        /// What only the plugin looks into.
        #[repr(C)]
        pub(crate) struct $name {
            _private: [u8; 0],
        }
    )*};
}

macro_rules! unions {
    ($($name:ident { $first:ident: $kind:ty $(, $field:ident: $other:ty)* })*) => {$(
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub(crate) union $name {
            pub(crate) $first: $kind,
            $(pub(crate) $field: $other,)*
        }

        impl $crate::layout::Start for $name {
            const START: Self = Self { $first: <$kind as $crate::layout::Start>::START };
        }
    )*};
}

macro_rules! structures {
    ($($name:ident $size:literal { $($field:ident: $kind:ty),* })*) => {$(
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub(crate) struct $name {
            pub(crate) struct_size: usize,
            pub(crate) extension_start: *mut c_void,
            $(pub(crate) $field: $kind,)*
        }

        impl $crate::layout::Start for $name {
            const START: Self = Self {
                struct_size: $size,
                extension_start: std::ptr::null_mut(),
                $($field: <$kind as $crate::layout::Start>::START,)*
            };
        }

        // What C says, where pointers are as long as where this was written.
        #[cfg(target_pointer_width = "64")]
        const _: () = assert!(size_of::<$name>() == usize::next_multiple_of($size, align_of::<$name>()));
    )*};
}

macro_rules! functions {
    ($size:literal; $($unused:literal $name:ident($arguments:ty) -> $result:ty;)*) => {
        /// The table of functions.
        #[repr(C)]
        pub(crate) struct Api {
            pub(crate) struct_size: usize,
            pub(crate) extension_start: *mut c_void,
            pub(crate) pjrt_api_version: Api_Version,
            $(pub(crate) $name: $crate::layout::Slot<$unused, $arguments, $result>,)*
        }

        // SAFETY: nothing changes the table once the plugin has given it.
        unsafe impl Sync for Api {}

        $(impl $crate::layout::Call<$result> for $arguments {
            const NAME: &'static str = stringify!($name);

            fn function(api: &Api) -> Option<unsafe extern "C" fn(*mut Self) -> $result> {
                api.$name.function
            }
        })*

        #[cfg(target_pointer_width = "64")]
        const _: () = assert!(size_of::<Api>() == $size);
    };
}

pub(crate) use {functions, handles, structures, unions};
