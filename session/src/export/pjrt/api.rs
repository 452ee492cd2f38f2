//! The structures of PJRT's C interface 0.81: written by `generate.py`, not by hand.

use std::ffi::{c_char, c_int, c_void};

use crate::layout::{functions, handles, structures, unions};

/// The version of the header that this was written from.
pub(crate) const VERSION: (c_int, c_int) = (0, 81);

pub(crate) const NamedValue_kString: c_int = 0;
pub(crate) const NamedValue_kInt64: c_int = 1;
pub(crate) const NamedValue_kInt64List: c_int = 2;
pub(crate) const NamedValue_kFloat: c_int = 3;
pub(crate) const NamedValue_kBool: c_int = 4;
pub(crate) const Buffer_Type_S32: c_int = 4;
pub(crate) const Buffer_Type_S64: c_int = 5;
pub(crate) const Buffer_Type_F32: c_int = 11;
pub(crate) const Buffer_Type_F64: c_int = 12;
pub(crate) const HostBufferSemantics_kImmutableOnlyDuringCall: c_int = 0;
pub(crate) const Buffer_MemoryLayout_Type_Tiled: c_int = 0;

handles! { Error Event Client Device DeviceDescription LoadedExecutable Executable Buffer }

unions! {
    NamedValue_Value { string_value: *mut c_char, int64_value: i64, int64_array_value: *mut i64, float_value: f32,
        bool_value: bool }
    Buffer_MemoryLayout_Value { tiled: Buffer_MemoryLayout_Tiled, strides: Buffer_MemoryLayout_Strides }
}

structures! {
    Api_Version 24 { major_version: c_int, minor_version: c_int }
    NamedValue 56 { name: *mut c_char, name_size: usize, r#type: c_int, value: NamedValue_Value, value_size: usize }
    Program 48 { code: *mut c_char, code_size: usize, format: *mut c_char, format_size: usize }
    Buffer_MemoryLayout_Tiled 56 { minor_to_major: *mut i64, minor_to_major_size: usize, tile_dims: *mut i64,
        tile_dim_sizes: *mut usize, num_tiles: usize }
    Buffer_MemoryLayout_Strides 32 { byte_strides: *mut i64, num_byte_strides: usize }
    Buffer_MemoryLayout 76 { value: Buffer_MemoryLayout_Value, r#type: c_int }
    ExecuteOptions 112 { send_callbacks: *mut *mut c_void, recv_callbacks: *mut *mut c_void, num_send_ops: usize,
        num_recv_ops: usize, launch_id: c_int, non_donatable_input_indices: *mut i64,
        num_non_donatable_input_indices: usize, context: *mut c_void, call_location: *mut c_char, num_tasks: usize,
        task_ids: *mut c_int, incarnation_ids: *mut i64 }
    Error_Destroy_Args 24 { error: *mut Error }
    Error_Message_Args 40 { error: *mut Error, message: *mut c_char, message_size: usize }
    Error_GetCode_Args 28 { error: *mut Error, code: c_int }
    Plugin_Initialize_Args 16 {}
    Event_Destroy_Args 24 { event: *mut Event }
    Event_Await_Args 24 { event: *mut Event }
    Client_Create_Args 88 { create_options: *mut NamedValue, num_options: usize, kv_get_callback: *mut c_void,
        kv_get_user_arg: *mut c_void, kv_put_callback: *mut c_void, kv_put_user_arg: *mut c_void, client: *mut
        Client, kv_try_get_callback: *mut c_void, kv_try_get_user_arg: *mut c_void }
    Client_Destroy_Args 24 { client: *mut Client }
    Client_PlatformName_Args 40 { client: *mut Client, platform_name: *mut c_char, platform_name_size: usize }
    Client_PlatformVersion_Args 40 { client: *mut Client, platform_version: *mut c_char, platform_version_size:
        usize }
    Client_AddressableDevices_Args 40 { client: *mut Client, addressable_devices: *mut *mut Device,
        num_addressable_devices: usize }
    Client_Compile_Args 56 { client: *mut Client, program: *mut Program, compile_options: *mut c_char,
        compile_options_size: usize, executable: *mut LoadedExecutable }
    Client_BufferFromHostBuffer_Args 120 { client: *mut Client, data: *mut c_void, r#type: c_int, dims: *mut i64,
        num_dims: usize, byte_strides: *mut i64, num_byte_strides: usize, host_buffer_semantics: c_int, device: *mut
        Device, memory: *mut c_void, device_layout: *mut Buffer_MemoryLayout, done_with_host_buffer: *mut Event,
        buffer: *mut Buffer }
    DeviceDescription_Id_Args 28 { device_description: *mut DeviceDescription, id: c_int }
    DeviceDescription_Kind_Args 40 { device_description: *mut DeviceDescription, device_kind: *mut c_char,
        device_kind_size: usize }
    Device_GetDescription_Args 32 { device: *mut Device, device_description: *mut DeviceDescription }
    LoadedExecutable_Destroy_Args 24 { executable: *mut LoadedExecutable }
    LoadedExecutable_GetExecutable_Args 32 { loaded_executable: *mut LoadedExecutable, executable: *mut Executable }
    LoadedExecutable_Execute_Args 80 { executable: *mut LoadedExecutable, options: *mut ExecuteOptions,
        argument_lists: *mut *mut *mut Buffer, num_devices: usize, num_args: usize, output_lists: *mut *mut *mut
        Buffer, device_complete_events: *mut *mut Event, execute_device: *mut Device }
    Executable_Destroy_Args 24 { executable: *mut Executable }
    Executable_NumOutputs_Args 32 { executable: *mut Executable, num_outputs: usize }
    Buffer_Destroy_Args 24 { buffer: *mut Buffer }
    Buffer_ElementType_Args 28 { buffer: *mut Buffer, r#type: c_int }
    Buffer_Dimensions_Args 40 { buffer: *mut Buffer, dims: *mut i64, num_dims: usize }
    Buffer_ToHostBuffer_Args 56 { src: *mut Buffer, host_layout: *mut Buffer_MemoryLayout, dst: *mut c_void,
        dst_size: usize, event: *mut Event }
}

// The table up to the last function that is used, and its size.
functions! {
    608;
    0 Error_Destroy(Error_Destroy_Args) -> ();
    0 Error_Message(Error_Message_Args) -> ();
    0 Error_GetCode(Error_GetCode_Args) -> *mut Error;
    0 Plugin_Initialize(Plugin_Initialize_Args) -> *mut Error;
    1 Event_Destroy(Event_Destroy_Args) -> *mut Error;
    2 Event_Await(Event_Await_Args) -> *mut Error;
    1 Client_Create(Client_Create_Args) -> *mut Error;
    0 Client_Destroy(Client_Destroy_Args) -> *mut Error;
    0 Client_PlatformName(Client_PlatformName_Args) -> *mut Error;
    1 Client_PlatformVersion(Client_PlatformVersion_Args) -> *mut Error;
    1 Client_AddressableDevices(Client_AddressableDevices_Args) -> *mut Error;
    3 Client_Compile(Client_Compile_Args) -> *mut Error;
    1 Client_BufferFromHostBuffer(Client_BufferFromHostBuffer_Args) -> *mut Error;
    0 DeviceDescription_Id(DeviceDescription_Id_Args) -> *mut Error;
    2 DeviceDescription_Kind(DeviceDescription_Kind_Args) -> *mut Error;
    2 Device_GetDescription(Device_GetDescription_Args) -> *mut Error;
    10 Executable_Destroy(Executable_Destroy_Args) -> *mut Error;
    3 Executable_NumOutputs(Executable_NumOutputs_Args) -> *mut Error;
    5 LoadedExecutable_Destroy(LoadedExecutable_Destroy_Args) -> *mut Error;
    0 LoadedExecutable_GetExecutable(LoadedExecutable_GetExecutable_Args) -> *mut Error;
    3 LoadedExecutable_Execute(LoadedExecutable_Execute_Args) -> *mut Error;
    2 Buffer_Destroy(Buffer_Destroy_Args) -> *mut Error;
    0 Buffer_ElementType(Buffer_ElementType_Args) -> *mut Error;
    0 Buffer_Dimensions(Buffer_Dimensions_Args) -> *mut Error;
    9 Buffer_ToHostBuffer(Buffer_ToHostBuffer_Args) -> *mut Error;
}

/// The names of the codes of errors.
pub(crate) const CODES: &[&str] = &[
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];
