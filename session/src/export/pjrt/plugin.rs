//! A shared library with a table of functions.

use std::ffi::{OsString, c_char};
use std::fmt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};
use std::{env, slice};

use libloading::Library;

use crate::api::{
    self, Api, CODES, Error_Destroy_Args, Error_GetCode_Args, Error_Message_Args, Event_Await_Args, Event_Destroy_Args,
    Plugin_Initialize_Args, VERSION,
};
use crate::error::Error;
use crate::layout::{Call, Start};

/// A plugin of PJRT: a shared library that compiles modules and runs them on devices of one kind.
///
/// It stays loaded until the process ends: plugins start threads that they do not end.
///
/// ```no_run
/// use session_pjrt::{Plugin, Value};
///
/// let client = Plugin::from_environment()?.client(&[("cpu_device_count", Value::Integer(4))])?;
/// assert_eq!(client.devices()?.len(), 4);
/// # Ok::<(), session_pjrt::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Plugin {
    api: &'static Api,
}

/// The tables of the plugins that have been set up, by their addresses.
static READY: Mutex<Vec<usize>> = Mutex::new(Vec::new());

type GetApi = unsafe extern "C" fn() -> *const Api;

impl Plugin {
    /// The variable of the environment that has the path of a plugin.
    pub const VARIABLE: &'static str = "PJRT_PLUGIN";

    /// The plugin whose path the variable `PJRT_PLUGIN` has.
    ///
    /// # Errors
    /// [`Error::NotNamed`] without the variable; else as [`load`](Self::load).
    pub fn from_environment() -> Result<Self, Error> {
        Self::load(Self::named(env::var_os(Self::VARIABLE))?)
    }

    /// The path in the value of the variable.
    pub(crate) fn named(value: Option<OsString>) -> Result<PathBuf, Error> {
        let named = value.filter(|path| !path.is_empty());
        named.map(PathBuf::from).ok_or(Error::NotNamed { variable: Self::VARIABLE })
    }

    /// Loads a plugin and sets it up. A library is code that runs here: load only what you would run as a program.
    ///
    /// # Errors
    /// [`Error::NotLoaded`] if the file is no shared library or has no function `GetPjrtApi`; [`Error::Version`] if its
    /// interface is another one; [`Error::Plugin`] if it cannot be set up.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let not_loaded = |reason: String| Error::NotLoaded { path: path.to_owned(), reason };
        // What the system says is the source.
        let failed = |error: libloading::Error| match std::error::Error::source(&error) {
            Some(source) => not_loaded(source.to_string()),
            None => not_loaded(error.to_string()),
        };
        // SAFETY: what a library does when it is loaded is its own; that it is trusted like a program is documented.
        let library = unsafe { Library::new(path) }.map_err(failed)?;
        // SAFETY: the header of PJRT declares the function of this name with this type.
        let function = unsafe { library.get::<GetApi>(b"GetPjrtApi\0") }.map_err(failed)?;
        // SAFETY: it takes nothing; the library is loaded.
        let api = unsafe { function() };
        // The table is used until the process ends.
        std::mem::forget(library);
        if api.is_null() {
            return Err(not_loaded("GetPjrtApi gives no table".to_owned()));
        }
        // SAFETY: the table is one of PJRT, which lasts as long as the library, and that is never unloaded.
        unsafe { Self::from_table(path, api) }
    }

    /// The plugin of a table.
    ///
    /// # Safety
    /// The table begins with its size and its version, has as many bytes as it says, and lasts; its functions are those
    /// of the interface.
    pub(crate) unsafe fn from_table(path: &Path, api: *const Api) -> Result<Self, Error> {
        // SAFETY: by the contract. Only these two fields are known to be there; they come before all that can differ.
        let (found_size, version) =
            unsafe { ((&raw const (*api).struct_size).read(), (&raw const (*api).pjrt_api_version).read()) };
        let found = (version.major_version, version.minor_version);
        // Later versions only append to the table, so that its size says which functions are there.
        let expected_size = size_of::<Api>();
        if found.0 != VERSION.0 || found_size < expected_size {
            let path = path.to_owned();
            return Err(Error::Version { path, expected: VERSION, found, expected_size, found_size });
        }
        // SAFETY: the table is as long as this one, and lasts.
        let plugin = Self { api: unsafe { &*api } };
        let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&api.addr()) {
            // SAFETY: the arguments have no pointers.
            unsafe { plugin.call(Plugin_Initialize_Args::START) }?;
            ready.push(api.addr());
        }
        Ok(plugin)
    }

    /// The version of the interface that the plugin was compiled with.
    pub fn version(&self) -> (i32, i32) {
        let version = &self.api.pjrt_api_version;
        (version.major_version, version.minor_version)
    }

    /// Calls a function, and gives its arguments with what it has written there.
    ///
    /// # Safety
    /// The pointers among the arguments are what the function expects of them.
    pub(crate) unsafe fn call<A: Call<*mut api::Error>>(&self, mut arguments: A) -> Result<A, Error> {
        let function = A::function(self.api).ok_or(Error::Lacking { function: A::NAME })?;
        // SAFETY: by the contract; the arguments live here while it runs.
        let error = unsafe { function(&raw mut arguments) };
        if error.is_null() {
            return Ok(arguments);
        }
        // SAFETY: the function has given the error, nobody else has it.
        Err(unsafe { self.take(A::NAME, error) })
    }

    /// What an error says. Frees it.
    ///
    /// # Safety
    /// The error is one of this plugin's, and nobody else has it.
    unsafe fn take(&self, function: &'static str, error: *mut api::Error) -> Error {
        let mut text = Error_Message_Args { error, ..Error_Message_Args::START };
        let mut message = String::new();
        if let Some(read) = Error_Message_Args::function(self.api) {
            // SAFETY: the error is alive, and the text belongs to it.
            message = unsafe {
                read(&raw mut text);
                string(text.message, text.message_size)
            };
        }
        let mut number = Error_GetCode_Args { error, ..Error_GetCode_Args::START };
        let second = match Error_GetCode_Args::function(self.api) {
            // SAFETY: the error is alive.
            Some(read) => unsafe { read(&raw mut number) },
            None => null_mut(),
        };
        let code = usize::try_from(number.code).ok().and_then(|code| CODES.get(code)).copied().unwrap_or("UNKNOWN");
        for error in [second, error].into_iter().filter(|error| !error.is_null()) {
            let mut last = Error_Destroy_Args { error, ..Error_Destroy_Args::START };
            if let Some(free) = Error_Destroy_Args::function(self.api) {
                // SAFETY: nobody else has it, and it is not used from here on.
                unsafe { free(&raw mut last) };
            }
        }
        Error::Plugin { function, code, message }
    }

    /// Waits for an event, if there is one, and frees it.
    ///
    /// # Safety
    /// The event is one of this plugin's, and nobody else has it.
    pub(crate) unsafe fn wait(&self, event: *mut api::Event) -> Result<(), Error> {
        if event.is_null() {
            return Ok(());
        }
        // SAFETY: by the contract.
        let waited = unsafe { self.call(Event_Await_Args { event, ..Event_Await_Args::START }) };
        // SAFETY: by the contract; it is not used from here on.
        let freed = unsafe { self.call(Event_Destroy_Args { event, ..Event_Destroy_Args::START }) };
        waited.map(|_| ()).and(freed.map(|_| ()))
    }
}

/// A copy of a text of the plugin's.
///
/// # Safety
/// At the pointer are so many bytes, or it is null.
pub(crate) unsafe fn string(start: *const c_char, bytes: usize) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: by the contract.
    String::from_utf8_lossy(unsafe { slice::from_raw_parts(start.cast(), bytes) }).into_owned()
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version();
        write!(f, "Plugin of PJRT {major}.{minor}")
    }
}
