//! A client of a plugin, and its devices.

use std::fmt;
use std::ptr::null_mut;
use std::slice;
use std::sync::Arc;

use crate::api::{
    self, Client_AddressableDevices_Args, Client_Create_Args, Client_Destroy_Args, Client_PlatformName_Args,
    Client_PlatformVersion_Args, Device_GetDescription_Args, DeviceDescription_Id_Args, DeviceDescription_Kind_Args,
    NamedValue, NamedValue_Value, NamedValue_kBool, NamedValue_kFloat, NamedValue_kInt64, NamedValue_kInt64List,
    NamedValue_kString,
};
use crate::error::Error;
use crate::layout::Start;
use crate::plugin::{Plugin, string};

/// An option of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Several whole numbers.
    Integers(&'a [i64]),
    /// A number.
    Number(f32),
    /// Yes or no.
    Flag(bool),
}

impl Value<'_> {
    fn named(self, name: &str) -> NamedValue {
        let (kind, value, value_size) = match self {
            Self::Text(text) => {
                let start = text.as_ptr().cast_mut().cast();
                (NamedValue_kString, NamedValue_Value { string_value: start }, text.len())
            }
            Self::Integer(number) => (NamedValue_kInt64, NamedValue_Value { int64_value: number }, 1),
            Self::Integers(list) => {
                let start = list.as_ptr().cast_mut();
                (NamedValue_kInt64List, NamedValue_Value { int64_array_value: start }, list.len())
            }
            Self::Number(number) => (NamedValue_kFloat, NamedValue_Value { float_value: number }, 1),
            Self::Flag(flag) => (NamedValue_kBool, NamedValue_Value { bool_value: flag }, 1),
        };
        let (text, name_size) = (name.as_ptr().cast_mut().cast(), name.len());
        NamedValue { name: text, name_size, r#type: kind, value, value_size, ..NamedValue::START }
    }
}

/// A client as the plugin has it, destroyed when the last thing made of it is gone.
pub(crate) struct Handle {
    pub(crate) plugin: Plugin,
    pub(crate) raw: *mut api::Client,
}

// SAFETY: the plugin owns what the pointer leads to, and PJRT asks of plugins that clients and what is made of them can
// be used by several threads at once; JAX and PyTorch do so. It is destroyed once, by whoever has it last.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        let arguments = Client_Destroy_Args { client: self.raw, ..Client_Destroy_Args::START };
        // SAFETY: whatever was made of the client had a reference to this handle, so it is gone. There is nobody to be
        // told of an error.
        let _ = unsafe { self.plugin.call(arguments) };
    }
}

/// A connection to the devices of a plugin. Clones share it.
#[derive(Clone)]
pub struct Client {
    pub(crate) handle: Arc<Handle>,
}

impl Plugin {
    /// A client with these options, whose names are the plugin's: `cpu_device_count` for the CPU,
    /// `memory_fraction` for CUDA. Their types have to be those that the plugin expects: that of CPUs ends the process
    /// for another one.
    ///
    /// # Errors
    /// [`Error::Plugin`], such as for an option that it does not know, or without a device.
    pub fn client(&self, options: &[(&str, Value<'_>)]) -> Result<Client, Error> {
        let mut named: Vec<NamedValue> = options.iter().map(|(name, value)| value.named(name)).collect();
        let create_options = named.as_mut_ptr();
        let arguments = Client_Create_Args { create_options, num_options: named.len(), ..Client_Create_Args::START };
        // SAFETY: the options and what they lead to live until the function returns; it only reads them.
        let raw = unsafe { self.call(arguments) }?.client;
        Ok(Client { handle: Arc::new(Handle { plugin: *self, raw }) })
    }
}

impl Client {
    /// The name of the platform, such as `cpu` or `cuda`.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn platform(&self) -> Result<String, Error> {
        let Handle { plugin, raw } = *self.handle;
        // SAFETY: the client is alive, and so is the text, which is the client's.
        unsafe {
            let name = plugin.call(Client_PlatformName_Args { client: raw, ..Client_PlatformName_Args::START })?;
            Ok(string(name.platform_name, name.platform_name_size))
        }
    }

    /// What the platform says of its version.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn platform_version(&self) -> Result<String, Error> {
        let Handle { plugin, raw } = *self.handle;
        // SAFETY: as above.
        unsafe {
            let name =
                plugin.call(Client_PlatformVersion_Args { client: raw, ..Client_PlatformVersion_Args::START })?;
            Ok(string(name.platform_version, name.platform_version_size))
        }
    }

    /// The devices that this process can use.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn devices(&self) -> Result<Vec<Device>, Error> {
        let Handle { plugin, raw } = *self.handle;
        let arguments = Client_AddressableDevices_Args { client: raw, ..Client_AddressableDevices_Args::START };
        // SAFETY: the client is alive.
        let list = unsafe { plugin.call(arguments) }?;
        let devices = match list.addressable_devices.is_null() {
            true => &[],
            // SAFETY: the list is the client's and has so many entries.
            false => unsafe { slice::from_raw_parts(list.addressable_devices, list.num_addressable_devices) },
        };
        Ok(devices.iter().map(|&raw| Device { client: self.clone(), raw }).collect())
    }

    /// Whether it is the same connection.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client of {}", self.platform().unwrap_or_else(|error| error.to_string()))
    }
}

/// A device of a client.
#[derive(Clone)]
pub struct Device {
    pub(crate) client: Client,
    pub(crate) raw: *mut api::Device,
}

// SAFETY: a device lasts as long as its client and does not change; see there.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}

impl Device {
    /// The client that it is of.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its number, unlike that of any other device of the client.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn id(&self) -> Result<i32, Error> {
        let device_description = self.description()?;
        let arguments = DeviceDescription_Id_Args { device_description, ..DeviceDescription_Id_Args::START };
        // SAFETY: the description is the client's, which is alive.
        Ok(unsafe { self.client.handle.plugin.call(arguments) }?.id)
    }

    /// What kind of device it is, such as `cpu` or `NVIDIA H100 80GB HBM3`.
    ///
    /// # Errors
    /// [`Error::Plugin`].
    pub fn kind(&self) -> Result<String, Error> {
        let device_description = self.description()?;
        let arguments = DeviceDescription_Kind_Args { device_description, ..DeviceDescription_Kind_Args::START };
        // SAFETY: as above; the text is the description's.
        unsafe {
            let kind = self.client.handle.plugin.call(arguments)?;
            Ok(string(kind.device_kind, kind.device_kind_size))
        }
    }

    fn description(&self) -> Result<*mut api::DeviceDescription, Error> {
        let arguments = Device_GetDescription_Args {
            device: self.raw,
            device_description: null_mut(),
            ..Device_GetDescription_Args::START
        };
        // SAFETY: the device is the client's, which is alive.
        Ok(unsafe { self.client.handle.plugin.call(arguments) }?.device_description)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id(), self.kind()) {
            (Ok(id), Ok(kind)) => write!(f, "Device {id}, {kind}"),
            (Err(error), _) | (_, Err(error)) => write!(f, "Device: {error}"),
        }
    }
}
