//! Event files, which TensorBoard shows: numbers by step.
//!
//! A file is a row of records (length, its checksum, the bytes, their checksum), a record one `Event` as protocol buffers
//! write it. Of its fields there are four: 1 `wall_time`, 2 `step`, 3 `file_version` and 5 `summary`, in which field 1 is
//! a value of 1 `tag` and 2 `simple_value`.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use session::Error;

/// A file of numbers by step: `tensorboard --logdir DIR` draws them.
pub struct Events {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Events {
    /// A new file in this folder, which is made if there is none.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn create(directory: &Path) -> Result<Self, Error> {
        let io = |path: &Path, source| Error::Io { path: path.to_owned(), source };
        fs::create_dir_all(directory).map_err(|source| io(directory, source))?;
        let now = seconds();
        // A process may begin several in a second.
        static BEGUN: AtomicUsize = AtomicUsize::new(0);
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("events.out.tfevents.{now:.0}.session.{}.{number}", process::id()));
        let file = File::create_new(&path).map_err(|source| io(&path, source))?;
        let mut events = Self { path, file: BufWriter::new(file) };
        events.write(&event(now, None, 3, b"brain.Event:2"))?;
        events.flush()?;
        Ok(events)
    }

    /// The number with this name at this step.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn scalar(&mut self, name: &str, step: u64, value: f64) -> Result<(), Error> {
        self.write(&scalar(seconds(), name, step, value))
    }

    /// Gives the system what was written so far, so that others see it.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn flush(&mut self) -> Result<(), Error> {
        self.file.flush().map_err(|source| Error::Io { path: self.path.clone(), source })
    }

    fn write(&mut self, event: &[u8]) -> Result<(), Error> {
        self.file.write_all(&record(event)).map_err(|source| Error::Io { path: self.path.clone(), source })
    }
}

/// Since 1970.
fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// An event with one number.
fn scalar(time: f64, name: &str, step: u64, value: f64) -> Vec<u8> {
    let mut number = field(1, name.as_bytes());
    number.push(2 << 3 | 5);
    number.extend((value as f32).to_le_bytes());
    event(time, Some(step), 5, &field(1, &number))
}

/// An event with a time, perhaps a step, and one field more.
fn event(time: f64, step: Option<u64>, number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1 << 3 | 1];
    bytes.extend(time.to_le_bytes());
    if let Some(step) = step {
        bytes.push(2 << 3);
        varint(step, &mut bytes);
    }
    bytes.extend(field(number, content));
    bytes
}

/// A field of so many bytes.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    varint(content.len() as u64, &mut bytes);
    bytes.extend(content);
    bytes
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), event, &masked(event)].concat()
}

/// The checksum as TensorFlow's records have it: of bytes that may hold checksums themselves.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Castagnoli's checksum, bit by bit: an event has some fifty bytes.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| (sum >> 1) ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(b""), 0);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&ascending), 0x46dd_794e);
    }

    #[test]
    fn numbers_of_any_size_are_written_in_groups_of_seven_bits() {
        for (number, expected) in [(0, &[0][..]), (127, &[127]), (128, &[0x80, 1]), (300, &[0xac, 2])] {
            let mut bytes = Vec::new();
            varint(number, &mut bytes);
            assert_eq!(bytes, expected);
        }
    }

    #[test]
    fn an_event_has_its_fields() {
        let time = 1.0_f64.to_le_bytes();
        let value = 0.5_f32.to_le_bytes();
        let expected = [&[9][..], &time, &[16, 0xac, 2, 42, 13, 10, 11, 10, 4], b"loss", &[21], &value].concat();
        assert_eq!(scalar(1.0, "loss", 300, 0.5), expected);
    }

    #[test]
    fn a_record_is_framed() {
        let record = record(b"123456789");
        assert_eq!(record[..8], [9, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&record[12..21], b"123456789");
        let masked = 0xe306_9283_u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(record[21..], masked.to_le_bytes());
    }
}
