//! What can go wrong between here and a device.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// What is wrong, and where.
///
/// ```
/// use session_pjrt::{Error, Plugin};
///
/// let Err(error) = Plugin::load("no/such/plugin.so") else { panic!("there is no such file") };
/// assert!(matches!(error, Error::NotLoaded { .. }));
/// assert!(error.to_string().starts_with("no/such/plugin.so: not a plugin of PJRT: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The variable that names the plugin is not set.
    NotNamed {
        /// The variable.
        variable: &'static str,
    },
    /// A file that is no shared library, or none with a table of PJRT.
    NotLoaded {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A plugin of another version of the interface.
    Version {
        /// The file.
        path: PathBuf,
        /// The version that this crate was written for. The first number has to be the same.
        expected: (i32, i32),
        /// The version found.
        found: (i32, i32),
        /// The bytes of the table that is needed.
        expected_size: usize,
        /// The bytes of the table found.
        found_size: usize,
    },
    /// A function that the table of the plugin lacks.
    Lacking {
        /// Its name.
        function: &'static str,
    },
    /// What the plugin says of a call.
    Plugin {
        /// The function that was called.
        function: &'static str,
        /// The name of the code.
        code: &'static str,
        /// The message.
        message: String,
    },
    /// Something given that does not fit.
    Argument {
        /// What does not fit what.
        reason: String,
    },
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed { variable } => {
                write!(f, "the variable {variable} is not set: it has the path of a plugin of PJRT")
            }
            Self::NotLoaded { path, reason } => write!(f, "{}: not a plugin of PJRT: {reason}", path.display()),
            Self::Version { path, expected, found, expected_size, found_size } => write!(
                f,
                "{}: is a plugin of PJRT {}.{} with a table of {found_size} bytes, expected {}.x with at least {expected_size}",
                path.display(),
                found.0,
                found.1,
                expected.0,
            ),
            Self::Lacking { function } => write!(f, "the plugin has no function {function}"),
            Self::Plugin { function, code, message } => write!(f, "{function}: {code}: {message}"),
            Self::Argument { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    pub(crate) fn argument(reason: impl Into<String>) -> Self {
        Self::Argument { reason: reason.into() }
    }
}
