//! What needs no plugin: tables made here, and files that are none.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr::{null_mut, without_provenance_mut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs};

use super::api::{
    self, Api, Api_Version, Client_Create_Args, Client_Destroy_Args, Error_Destroy_Args, Error_GetCode_Args,
    Error_Message_Args, Plugin_Initialize_Args, VERSION,
};
use super::layout::Start;
use super::{Error, Plugin, Value};

/// A table of a version and a size that it says of itself, with functions that do nothing but fail in `Client_Create`.
fn table(version: (c_int, c_int), size: usize) -> &'static mut Api {
    // SAFETY: zeros are no functions, null pointers and numbers.
    let mut api: Api = unsafe { MaybeUninit::zeroed().assume_init() };
    api.struct_size = size;
    api.pjrt_api_version = Api_Version { major_version: version.0, minor_version: version.1, ..Api_Version::START };
    api.Plugin_Initialize.function = Some(initialize);
    api.Client_Create.function = Some(create);
    api.Error_Message.function = Some(message);
    api.Error_GetCode.function = Some(code);
    api.Error_Destroy.function = Some(destroy);
    Box::leak(Box::new(api))
}

fn plugin(api: &'static Api) -> Result<Plugin, Error> {
    // SAFETY: the table lasts, and has more than it says where it says less.
    unsafe { Plugin::from_table(Path::new("fake.so"), api) }
}

/// The number of errors that have been freed, by the code that they had.
static FREED: [AtomicUsize; 20] = [const { AtomicUsize::new(0) }; 20];

unsafe extern "C" fn initialize(_: *mut Plugin_Initialize_Args) -> *mut api::Error {
    null_mut()
}

/// Fails with the first option as the code.
unsafe extern "C" fn create(arguments: *mut Client_Create_Args) -> *mut api::Error {
    // SAFETY: the caller gives options that live, the first a whole number.
    without_provenance_mut(unsafe { (*(*arguments).create_options).value.int64_value } as usize)
}

unsafe extern "C" fn message(arguments: *mut Error_Message_Args) {
    let text = "there is no such device";
    // SAFETY: the caller gives arguments that live.
    unsafe { ((*arguments).message, (*arguments).message_size) = (text.as_ptr().cast_mut().cast(), text.len()) };
}

unsafe extern "C" fn code(arguments: *mut Error_GetCode_Args) -> *mut api::Error {
    // SAFETY: as above.
    unsafe { (*arguments).code = (*arguments).error.addr() as c_int };
    null_mut()
}

unsafe extern "C" fn destroy(arguments: *mut Error_Destroy_Args) {
    // SAFETY: as above.
    FREED[unsafe { (*arguments).error.addr() }].fetch_add(1, Ordering::Relaxed);
}

#[test]
fn errors_have_their_code_and_their_message_and_are_freed_once() {
    let plugin = plugin(table(VERSION, size_of::<Api>())).unwrap();
    for (number, name) in [(5, "NOT_FOUND"), (19, "UNKNOWN")] {
        let error = plugin.client(&[("code", Value::Integer(number))]).unwrap_err();
        let message = "there is no such device".to_owned();
        assert_eq!(error, Error::Plugin { function: "Client_Create", code: name, message });
        assert_eq!(FREED[number as usize].load(Ordering::Relaxed), 1);
    }
}

#[test]
fn later_versions_that_append_fit() {
    let later = plugin(table((VERSION.0, VERSION.1 + 34), size_of::<Api>() + 800)).unwrap();
    assert_eq!(later.version(), (0, VERSION.1 + 34));
    assert_eq!(format!("{later:?}"), format!("Plugin of PJRT 0.{}", VERSION.1 + 34));
}

#[test]
fn another_interface_is_refused() {
    let error = plugin(table((1, 2), size_of::<Api>())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "fake.so: is a plugin of PJRT 1.2 with a table of 608 bytes, expected 0.x with at least 608"
    );
    let error = plugin(table((0, 3), 400)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "fake.so: is a plugin of PJRT 0.3 with a table of 400 bytes, expected 0.x with at least 608"
    );
}

#[test]
fn a_function_that_is_not_there_is_named() {
    let api = table(VERSION, size_of::<Api>());
    api.Client_Create.function = None;
    let error = plugin(api).unwrap().client(&[]).unwrap_err();
    assert_eq!(error, Error::Lacking { function: "Client_Create" });
    let api = table(VERSION, size_of::<Api>());
    api.Plugin_Initialize.function = None;
    assert_eq!(plugin(api).unwrap_err(), Error::Lacking { function: "Plugin_Initialize" });
}

/// How often a client was destroyed.
static DESTROYED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn succeed(arguments: *mut Client_Create_Args) -> *mut api::Error {
    // SAFETY: the caller gives arguments that live.
    unsafe { (*arguments).client = without_provenance_mut(8) };
    null_mut()
}

unsafe extern "C" fn end(_: *mut Client_Destroy_Args) -> *mut api::Error {
    DESTROYED.fetch_add(1, Ordering::Relaxed);
    null_mut()
}

#[test]
fn a_client_ends_with_the_last_that_has_it() {
    let api = table(VERSION, size_of::<Api>());
    api.Client_Create.function = Some(succeed);
    api.Client_Destroy.function = Some(end);
    let client = plugin(api).unwrap().client(&[]).unwrap();
    let other = client.clone();
    drop(client);
    assert_eq!(DESTROYED.load(Ordering::Relaxed), 0);
    drop(other);
    assert_eq!(DESTROYED.load(Ordering::Relaxed), 1);
}

#[test]
fn files_that_are_no_plugins_are_refused() {
    let refused = |path: &Path| match Plugin::load(path).unwrap_err() {
        Error::NotLoaded { path: found, reason } if found == path => reason,
        error => panic!("{error}"),
    };
    assert!(!refused(Path::new("no/such/file.so")).is_empty());
    let text = env::temp_dir().join(format!("no-plugin-{}.so", std::process::id()));
    fs::write(&text, "a text").unwrap();
    assert!(!refused(&text).is_empty());
    fs::remove_file(&text).unwrap();
    // A shared library that every Linux has, and that is no plugin.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        assert!(refused(Path::new("libc.so.6")).contains("GetPjrtApi"));
    }
}

#[test]
fn a_plugin_that_is_not_named_is_an_error() {
    for value in [None, Some("".into())] {
        let error = Plugin::named(value).unwrap_err();
        assert_eq!(error.to_string(), "the variable PJRT_PLUGIN is not set: it has the path of a plugin of PJRT");
    }
    assert_eq!(Plugin::named(Some("a.so".into())).unwrap(), Path::new("a.so"));
}

#[test]
fn everything_may_go_to_other_threads() {
    fn check<T: Send + Sync>() {}
    check::<Plugin>();
    check::<super::Client>();
    check::<super::Device>();
    check::<super::Buffer>();
    check::<super::Executable>();
    check::<Error>();
}
