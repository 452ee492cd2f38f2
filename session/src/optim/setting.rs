//! Hyper-parameters by name.

use std::fmt;

/// A hyper-parameter of an optimiser: its name, its value, and the values it may have.
///
/// ```
/// use session::optim::Setting;
///
/// let mut rate = Setting::new("rate", 0.1);
/// rate.set(0.05);
/// assert_eq!((rate.name(), rate.value()), ("rate", 0.05));
/// assert!(!rate.allows(-1.0) && !rate.allows(f64::NAN) && !rate.allows(f64::INFINITY));
/// assert!(!Setting::below_one("beta1", 0.9).allows(1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    name: &'static str,
    value: f64,
    /// The values are smaller than this.
    end: f64,
}

impl Setting {
    /// A hyper-parameter that is at least 0 and finite.
    ///
    /// # Panics
    /// If the value is not.
    #[track_caller]
    pub fn new(name: &'static str, value: f64) -> Self {
        let mut setting = Self { name, value: 0.0, end: f64::INFINITY };
        setting.set(value);
        setting
    }

    /// A hyper-parameter that is at least 0 and below 1.
    ///
    /// # Panics
    /// If the value is not.
    #[track_caller]
    pub fn below_one(name: &'static str, value: f64) -> Self {
        let mut setting = Self { name, value: 0.0, end: 1.0 };
        setting.set(value);
        setting
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether it may have this value. NaN is no value of any.
    pub fn allows(&self, value: f64) -> bool {
        (0.0..self.end).contains(&value)
    }

    /// Changes the value.
    ///
    /// # Panics
    /// If it may not have this value.
    #[track_caller]
    pub fn set(&mut self, value: f64) {
        assert!(self.allows(value), "the hyper-parameter {} cannot be {value}: {}", self.name, Range(self.end));
        self.value = value;
    }
}

/// The values from 0 to below an end, in words.
struct Range(f64);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            f64::INFINITY => write!(f, "it is at least 0 and finite"),
            end => write!(f, "it is at least 0 and below {end}"),
        }
    }
}
