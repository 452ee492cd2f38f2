//! IDX files: the format of the MNIST digits.
//!
//! Two zero bytes, a byte for the type of the numbers (8: unsigned bytes), a byte for the number of
//! axes, the size of each axis as a big-endian 32-bit number, then the numbers, last axis fastest.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::Path;

use crate::error::Error;

/// The bytes of an IDX file with `AXES` axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx<const AXES: usize> {
    /// The size of each axis.
    pub sizes: [usize; AXES],
    /// The bytes, last axis fastest.
    pub bytes: Vec<u8>,
}

impl<const AXES: usize> Idx<AXES> {
    /// Reads a file, with the feature `gzip` also a gzipped one: its first bytes decide, not its name.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read or decompressed, [`Error::Gzipped`] if it is gzipped and the
    /// feature is off, [`Error::NotIdx`] if it starts in another way or has another number of axes,
    /// [`Error::Truncated`] and [`Error::TrailingBytes`] if it ends earlier or later than its sizes say.
    ///
    /// ```
    /// # #[cfg(feature = "gzip")] {
    /// use session::data::idx::Idx;
    ///
    /// let path = "../examples/data/mnist/t10k-labels-idx1-ubyte.gz";
    /// let labels = Idx::<1>::read(path).unwrap();
    /// assert_eq!(labels.sizes, [2000]);
    /// assert!(Idx::<3>::read(path).unwrap_err().to_string().contains("starts with [00, 00, 08, 01]"));
    /// # }
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut file = BufReader::new(File::open(path).map_err(Error::io(path))?);
        let gzipped = start_of(&mut file).map_err(Error::io(path))? == [0x1f, 0x8b];
        match gzipped {
            #[cfg(feature = "gzip")]
            true => Self::parse(flate2::read::MultiGzDecoder::new(file), path),
            #[cfg(not(feature = "gzip"))]
            true => Err(Error::Gzipped { path: path.to_owned() }),
            false => Self::parse(file, path),
        }
    }

    fn parse(mut file: impl Read, path: &Path) -> Result<Self, Error> {
        let header_length = 4 + 4 * AXES as u64;
        let header = read_at_most(&mut file, 0, header_length, header_length, path)?;
        let magic = [0, 0, 8, AXES as u8];
        match header.first_chunk() {
            Some(found) if *found != magic => {
                return Err(Error::NotIdx { path: path.to_owned(), expected_axes: AXES as u8, found: *found });
            }
            _ if (header.len() as u64) < header_length => {
                let found = header.len() as u64;
                return Err(Error::Truncated { path: path.to_owned(), expected: header_length, found });
            }
            _ => {}
        }
        let size = |axis: usize| {
            let at = 4 + 4 * axis;
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let sizes: [u32; AXES] = std::array::from_fn(size);
        let count = match sizes.contains(&0) {
            true => 0,
            false => sizes.iter().fold(1_u64, |product, &size| product.saturating_mul(size.into())),
        };
        let expected = count.saturating_add(header_length);
        // One byte more than there should be tells whether the file goes on; a header that promises
        // too much costs no memory.
        let bytes = read_at_most(&mut file, header_length, count.saturating_add(1), expected, path)?;
        let path = path.to_owned();
        let found = bytes.len() as u64;
        if found < count {
            return Err(Error::Truncated { path, expected, found: found + header_length });
        }
        if found > count {
            return Err(Error::TrailingBytes { path, expected });
        }
        Ok(Self { sizes: sizes.map(|size| size as usize), bytes })
    }
}

/// The first two bytes of a file, which is then read from its start again.
fn start_of(file: &mut (impl Read + Seek)) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(2).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start)
}

/// Up to `limit` bytes, fewer only at the end of the file. A compressed file that breaks off before
/// byte `expected` is as truncated as a plain one.
fn read_at_most(file: impl Read, already: u64, limit: u64, expected: u64, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match file.take(limit).read_to_end(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof && already + (bytes.len() as u64) < expected => {
            let found = already + bytes.len() as u64;
            Err(Error::Truncated { path: path.to_owned(), expected, found })
        }
        Err(error) => Err(Error::io(path)(error)),
        Ok(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::io::Scratch;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Idx<2>, Error> {
        let scratch = Scratch::new();
        Idx::read(scratch.file("data", bytes))
    }

    /// As a plain file, and gzipped where that can be read.
    fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
        if cfg!(feature = "gzip") { vec![bytes.to_vec(), gzipped(bytes)] } else { vec![bytes.to_vec()] }
    }

    const FILE: [u8; 18] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    #[test]
    fn plain_and_gzipped_files_read_the_same() {
        let expected = Idx { sizes: [2, 3], bytes: vec![1, 2, 3, 4, 5, 6] };
        for bytes in forms(&FILE) {
            assert_eq!(read(&bytes).unwrap(), expected);
        }
    }

    #[test]
    #[cfg(not(feature = "gzip"))]
    fn a_gzipped_file_asks_for_the_feature() {
        let error = read(&gzipped(&FILE)).unwrap_err();
        assert!(matches!(error, Error::Gzipped { .. }), "{error:?}");
        assert!(error.to_string().ends_with("data: is gzipped: the feature `gzip` of `session` reads such files"));
    }

    #[test]
    fn a_file_cut_off_anywhere_is_truncated() {
        for length in 0..FILE.len() {
            let expected = if length < 12 { 12 } else { 18 };
            for bytes in forms(&FILE[..length]) {
                match read(&bytes) {
                    Err(Error::Truncated { expected: e, found, .. }) => {
                        assert_eq!((e, found), (expected, length as u64))
                    }
                    other => panic!("{length}: {other:?}"),
                }
            }
        }
    }

    #[test]
    #[cfg(feature = "gzip")]
    fn a_gzip_stream_cut_off_anywhere_is_an_error_that_names_the_file() {
        let bytes = gzipped(&FILE);
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            assert!(matches!(error, Error::Truncated { .. } | Error::Io { .. } | Error::NotIdx { .. }), "{error:?}");
            assert!(error.to_string().contains("data"), "{error}");
        }
    }

    #[test]
    #[cfg(feature = "gzip")]
    fn a_gzip_stream_with_a_flipped_bit_is_an_error() {
        let mut bytes = gzipped(&FILE);
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 1;
        assert!(matches!(read(&bytes), Err(Error::Io { .. })));
    }

    #[test]
    fn bytes_after_the_end_are_an_error() {
        let bytes = [&FILE[..], &[7]].concat();
        for bytes in forms(&bytes) {
            assert!(matches!(read(&bytes), Err(Error::TrailingBytes { expected: 18, .. })));
        }
    }

    #[test]
    fn another_type_or_number_of_axes_is_an_error() {
        for start in [[0, 0, 13, 2], [0, 0, 8, 3], [1, 0, 8, 2], *b"PK\x03\x04"] {
            let error = read(&[&start[..], &FILE[4..]].concat()).unwrap_err();
            assert!(matches!(error, Error::NotIdx { expected_axes: 2, found, .. } if found == start));
            assert!(error.to_string().ends_with("expected [00, 00, 08, 02]"), "{error}");
        }
    }

    #[test]
    fn sizes_beyond_all_memory_are_an_error() {
        let error = read(&[0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1]).unwrap_err();
        assert!(matches!(error, Error::Truncated { expected: 0xffff_fffe_0000_000d, found: 13, .. }), "{error}");
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let error = Idx::<1>::read("/no/such/file").unwrap_err();
        assert!(error.to_string().starts_with("/no/such/file: "), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(read(&bytes).is_err() || bytes[..4] == FILE[..4]);
        }
    }
}
