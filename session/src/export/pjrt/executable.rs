//! A compiled module.

use std::fmt;
use std::ptr::null_mut;

use crate::api::{
    self, Client_Compile_Args, Executable_Destroy_Args, Executable_NumOutputs_Args, ExecuteOptions,
    LoadedExecutable_Destroy_Args, LoadedExecutable_Execute_Args, LoadedExecutable_GetExecutable_Args, Program,
};
use crate::buffer::Buffer;
use crate::client::{Client, Device};
use crate::error::Error;
use crate::layout::Start;
use crate::options::compile_options;

/// A module that has been compiled for one device or for several.
pub struct Executable {
    client: Client,
    raw: *mut api::LoadedExecutable,
    devices: Vec<Device>,
    results: usize,
}

// SAFETY: an executable does not change once it is there; see `Handle`.
unsafe impl Send for Executable {}
// SAFETY: as above.
unsafe impl Sync for Executable {}

impl Client {
    /// Compiles the text of a module of StableHLO.
    ///
    /// For several devices it is compiled as one program in which the devices exchange what they need: which part of an
    /// argument a device has is what the text says of shardings, and everything where it says nothing.
    ///
    /// # Errors
    /// [`Error::Argument`] without a device, or for one of another client; [`Error::Plugin`] with what the compiler says.
    pub fn compile(&self, text: &str, devices: &[Device]) -> Result<Executable, Error> {
        if devices.is_empty() {
            return Err(Error::argument("a module is compiled for at least one device"));
        }
        if devices.iter().any(|device| !device.client().is(self)) {
            return Err(Error::argument("a module is compiled for devices of the client that compiles it"));
        }
        let ids: Vec<i32> = devices.iter().map(Device::id).collect::<Result<_, _>>()?;
        let mut options = compile_options(&ids);
        let format = "mlir";
        let mut program = Program {
            code: text.as_ptr().cast_mut().cast(),
            code_size: text.len(),
            format: format.as_ptr().cast_mut().cast(),
            format_size: format.len(),
            ..Program::START
        };
        let plugin = self.handle.plugin;
        let arguments = Client_Compile_Args {
            client: self.handle.raw,
            program: &raw mut program,
            compile_options: options.as_mut_ptr().cast(),
            compile_options_size: options.len(),
            ..Client_Compile_Args::START
        };
        // SAFETY: the client is alive; the program and the options live until the function returns, and are only read.
        let raw = unsafe { plugin.call(arguments) }?.executable;
        let mut executable = Executable { client: self.clone(), raw, devices: devices.to_vec(), results: 0 };
        executable.results = executable.count_results()?;
        Ok(executable)
    }
}

impl Executable {
    fn count_results(&self) -> Result<usize, Error> {
        let plugin = self.client.handle.plugin;
        let arguments = LoadedExecutable_GetExecutable_Args {
            loaded_executable: self.raw,
            ..LoadedExecutable_GetExecutable_Args::START
        };
        // SAFETY: the executable is alive; what the first function gives is freed by the last, and not used after that.
        unsafe {
            let executable = plugin.call(arguments)?.executable;
            let counted = plugin.call(Executable_NumOutputs_Args { executable, ..Executable_NumOutputs_Args::START });
            plugin.call(Executable_Destroy_Args { executable, ..Executable_Destroy_Args::START })?;
            Ok(counted?.num_outputs)
        }
    }

    /// The devices that it runs on, in the order in which arguments are given.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// How many results each device gives.
    pub fn results(&self) -> usize {
        self.results
    }

    /// Runs it, and waits until all devices are done. There is a list of arguments for each device; each gives its list
    /// of results.
    ///
    /// Whether there are as many arguments as the module has, of its types and shapes and on the right devices, the
    /// plugin finds out.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is not one list for each device, all of one length, or for a buffer of another
    /// client; [`Error::Plugin`].
    pub fn run(&self, arguments: &[Vec<&Buffer>]) -> Result<Vec<Vec<Buffer>>, Error> {
        let (devices, count) = (self.devices.len(), arguments.first().map_or(0, Vec::len));
        if arguments.len() != devices {
            return Err(Error::argument(format!("{} lists of arguments for {devices} devices", arguments.len())));
        }
        if arguments.iter().any(|list| list.len() != count) {
            return Err(Error::argument("the devices have different numbers of arguments"));
        }
        if arguments.iter().flatten().any(|buffer| !buffer.client().is(&self.client)) {
            return Err(Error::argument("an argument is on a device of another client"));
        }
        let plugin = self.client.handle.plugin;
        let mut inputs: Vec<Vec<*mut api::Buffer>> =
            arguments.iter().map(|list| list.iter().map(|buffer| buffer.raw()).collect()).collect();
        let mut input_lists: Vec<_> = inputs.iter_mut().map(|list| list.as_mut_ptr()).collect();
        let mut outputs = vec![vec![null_mut(); self.results]; devices];
        let mut output_lists: Vec<_> = outputs.iter_mut().map(|list| list.as_mut_ptr()).collect();
        let mut events = vec![null_mut(); devices];
        let mut options = ExecuteOptions::START;
        let call = LoadedExecutable_Execute_Args {
            executable: self.raw,
            options: &raw mut options,
            argument_lists: input_lists.as_mut_ptr(),
            num_devices: devices,
            num_args: count,
            output_lists: output_lists.as_mut_ptr(),
            device_complete_events: events.as_mut_ptr(),
            ..LoadedExecutable_Execute_Args::START
        };
        // SAFETY: the executable and the arguments are alive; the lists have the lengths that are said, one for each
        // device, those of the outputs as many places as the executable has results, and all live until the function
        // returns. No argument is given away: the text has no aliases, and buffers that are read stay what they are.
        unsafe { plugin.call(call) }?;
        // SAFETY: the function has given these buffers, nobody else has them.
        let buffer = |raw| unsafe { Buffer::new(self.client.clone(), raw) };
        let results = outputs.into_iter().map(|list| list.into_iter().map(buffer).collect()).collect();
        let mut done = Ok(());
        for event in events {
            // SAFETY: likewise.
            done = done.and(unsafe { plugin.wait(event) });
        }
        done.map(|()| results)
    }
}

impl Drop for Executable {
    fn drop(&mut self) {
        let arguments = LoadedExecutable_Destroy_Args { executable: self.raw, ..LoadedExecutable_Destroy_Args::START };
        // SAFETY: nobody else has the executable, and nothing of it runs. There is nobody to be told of an error.
        let _ = unsafe { self.client.handle.plugin.call(arguments) };
    }
}

impl fmt::Debug for Executable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Executable for {} devices, {} results", self.devices.len(), self.results)
    }
}
