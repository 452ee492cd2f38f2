//! Named tensors in the safetensors format, as PyTorch, JAX and NumPy read and write it.
//!
//! Eight bytes with the length of a header, the header as JSON (name, dtype, shape and place of each
//! tensor), then the numbers of all tensors without gaps; everything little-endian.
//!
//! ```
//! use session::io::safetensors;
//! use session::ir::DynShape;
//!
//! let path = std::env::temp_dir().join("session-example.safetensors");
//! let shape = DynShape::new(&[2, 2]);
//! safetensors::save(&path, &[("weight", shape, &[1.0_f32, 2.0, 3.0, 4.0])]).unwrap();
//!
//! let tensors = safetensors::load::<f32>(&path, &[("weight", shape)]).unwrap();
//! assert_eq!(tensors[0].as_slice(), [1.0, 2.0, 3.0, 4.0]);
//!
//! let error = safetensors::load::<f32>(&path, &[("weight", DynShape::new(&[4]))]).unwrap_err();
//! assert!(error.to_string().ends_with("has shape [2, 2], expected [4]"));
//! ```

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use nojson::{DisplayJson, RawJson, RawJsonValue};

use super::write_atomically;
use crate::error::Error;
use crate::ir::DynShape;
use crate::ir::checked_elements;
use crate::order::sort;
use crate::scalar::Float;
use crate::tensor::DynTensor;

/// Texts beside the tensors, by their keys.
pub(super) type Metadata = Vec<(String, String)>;

/// The name that the header keeps for itself.
const METADATA: &str = "__metadata__";
/// The longest header that the format allows.
const LONGEST_HEADER: u64 = 100_000_000;

/// Writes named tensors, each with its shape and its numbers in row-major order
/// (`safetensors.torch.save_file`).
///
/// The file appears as a whole or not at all: a crash leaves the old one.
///
/// # Errors
/// [`Error::LengthMismatch`] if a tensor does not have one number per element, [`Error::TensorName`]
/// if a name occurs twice or is `__metadata__`, [`Error::Io`] if the file cannot be written.
pub fn save<T: Float>(path: impl AsRef<Path>, tensors: &[(&str, DynShape, &[T])]) -> Result<(), Error> {
    save_with_metadata(path.as_ref(), tensors, &Metadata::new())
}

/// As [`save`], with texts beside the tensors.
pub(super) fn save_with_metadata<T: Float>(
    path: &Path,
    tensors: &[(&str, DynShape, &[T])],
    metadata: &Metadata,
) -> Result<(), Error> {
    let mut places = BTreeMap::new();
    let mut end = 0;
    for (name, shape, data) in tensors {
        if checked_elements(shape) != Some(data.len()) {
            let expected = checked_elements(shape).unwrap_or(usize::MAX);
            let what = format!("the data for tensor `{name}` of shape {shape}");
            return Err(Error::LengthMismatch { what, expected, found: data.len() });
        }
        let start = end;
        end += size_of_val(*data);
        if *name == METADATA || places.insert(*name, (shape, [start, end])).is_some() {
            return Err(Error::TensorName { path: path.to_owned(), tensor: (*name).to_owned() });
        }
    }
    let header = header(T::NAME, &places, metadata);
    let mut bytes = Vec::with_capacity(8 + header.len() + end);
    bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    for (_, _, data) in tensors {
        match T::NAME {
            "F32" => data.iter().for_each(|x| bytes.extend_from_slice(&(x.to_f64() as f32).to_le_bytes())),
            _ => data.iter().for_each(|x| bytes.extend_from_slice(&x.to_f64().to_le_bytes())),
        }
    }
    write_atomically(path, &bytes)
}

/// The header of tensors of one dtype, each with its shape and its place in the data.
fn header(dtype: &str, places: &BTreeMap<&str, (&DynShape, [usize; 2])>, metadata: &Metadata) -> String {
    // Values as one type: the members of an object are compiled for each.
    type Value<'a> = &'a dyn DisplayJson;
    let texts = nojson::object(|f| metadata.iter().try_for_each(|(key, text)| f.member(&key[..], text as Value<'_>)));
    let mut header = nojson::object(|f| {
        if !metadata.is_empty() {
            f.member(METADATA, &texts as Value<'_>)?;
        }
        places.iter().try_for_each(|(name, (shape, offsets))| {
            let entry = nojson::object(|f| {
                f.member("data_offsets", offsets as Value<'_>)?;
                f.member("dtype", &dtype as Value<'_>)?;
                f.member("shape", &&shape[..] as Value<'_>)
            });
            f.member(*name, &entry as Value<'_>)
        })
    })
    .to_string();
    // Spaces, so that the numbers start at a multiple of eight.
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    header
}

/// Reads the tensors of these names and shapes, in this order; all of them or none.
///
/// Tensors of the file that are not asked for are left alone.
///
/// # Errors
/// [`Error::TensorMissing`], [`Error::ShapeMismatch`] or [`Error::DtypeMismatch`] for the first tensor
/// that is not in the file as asked for; [`Error::NotSafetensors`], [`Error::Truncated`],
/// [`Error::TrailingBytes`] or [`Error::Io`] if the file itself is not right.
pub fn load<T: Float>(path: impl AsRef<Path>, tensors: &[(&str, DynShape)]) -> Result<Vec<DynTensor<T>>, Error> {
    let file = Safetensors::read(path.as_ref())?;
    tensors.iter().map(|(name, shape)| file.load(name, *shape)).collect()
}

/// Reads every tensor of a file, in the order of their places in it
/// (`safetensors.torch.load_file`).
///
/// # Errors
/// Those of [`load`], and [`Error::TooManyAxes`] for a tensor with more than eight axes.
pub fn load_all<T: Float>(path: impl AsRef<Path>) -> Result<Vec<(String, DynTensor<T>)>, Error> {
    let file = Safetensors::read(path.as_ref())?;
    file.entries.iter().map(|entry| Ok((entry.name.clone(), file.tensor(entry, None)?))).collect()
}

/// A file whose header has been read and checked.
pub(super) struct Safetensors {
    path: PathBuf,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    metadata: Metadata,
}

/// One tensor by the header.
pub(super) struct Entry {
    pub(super) name: String,
    dtype: String,
    pub(super) shape: Vec<usize>,
    /// Its place in the bytes of the file.
    place: Range<usize>,
}

impl Safetensors {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let length = bytes.len() as u64;
        let path = path.to_owned();
        let Some(header_length) = bytes.first_chunk().copied().map(u64::from_le_bytes) else {
            return Err(Error::Truncated { path, expected: 8, found: length });
        };
        if header_length > LONGEST_HEADER {
            let reason = format!("its header would have {header_length} bytes, more than the format allows");
            return Err(Error::NotSafetensors { path, reason });
        }
        if length < 8 + header_length {
            return Err(Error::Truncated { path, expected: 8 + header_length, found: length });
        }
        let data = 8 + header_length as usize;
        let (entries, metadata) = match entries(&bytes[8..data], data) {
            Ok(header) => header,
            Err(reason) => return Err(Error::NotSafetensors { path, reason }),
        };
        let end = entries.last().map_or(data, |last| last.place.end);
        if bytes.len() < end {
            return Err(Error::Truncated { path, expected: end as u64, found: length });
        }
        if bytes.len() > end {
            return Err(Error::TrailingBytes { path, expected: end as u64 });
        }
        Ok(Self { path, bytes, entries, metadata })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A text beside the tensors.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, text)| &**text)
    }

    /// The tensor of this name and shape.
    pub(super) fn load<T: Float>(&self, name: &str, shape: DynShape) -> Result<DynTensor<T>, Error> {
        self.tensor(self.find(name)?, Some(shape))
    }

    fn find(&self, name: &str) -> Result<&Entry, Error> {
        self.entries.iter().find(|entry| entry.name == name).ok_or_else(|| Error::TensorMissing {
            path: self.path.clone(),
            tensor: name.to_owned(),
            present: self.entries.iter().map(|entry| entry.name.clone()).collect(),
        })
    }

    fn tensor<T: Float>(&self, entry: &Entry, expected: Option<DynShape>) -> Result<DynTensor<T>, Error> {
        let what = || format!("{}: tensor `{}`", self.path.display(), entry.name);
        if let Some(expected) = expected
            && expected[..] != entry.shape
        {
            return Err(Error::shape(what(), &expected, &entry.shape));
        }
        if entry.dtype != T::NAME {
            let (path, tensor, found) = (self.path.clone(), entry.name.clone(), entry.dtype.clone());
            return Err(Error::DtypeMismatch { path, tensor, expected: T::NAME, found });
        }
        let too_many = || Error::TooManyAxes { what: what(), found: entry.shape.len() };
        let shape = DynShape::try_new(&entry.shape).ok_or_else(too_many)?;
        let bytes = &self.bytes[entry.place.clone()];
        let data = match T::NAME {
            "F32" => bytes.as_chunks().0.iter().map(|x| T::from_f64(f32::from_le_bytes(*x).into())).collect(),
            _ => bytes.as_chunks().0.iter().map(|x| T::from_f64(f64::from_le_bytes(*x))).collect(),
        };
        DynTensor::new(shape, data)
    }
}

/// The tensors of a header in the order of their places, which start at `data`, and the texts beside them; or what
/// is wrong.
fn entries(header: &[u8], data: usize) -> Result<(Vec<Entry>, Metadata), String> {
    let header = str::from_utf8(header).map_err(not_an_object)?;
    // Nested too deeply for the stack is an error like others.
    let header = RawJson::parse(header).map_err(not_an_object)?;
    let (mut entries, mut metadata, mut names) = (Vec::<Entry>::new(), Metadata::new(), HashSet::new());
    for (name, value) in header.value().to_object().map_err(not_an_object)? {
        let name = name.to_unquoted_string_str().map_err(not_an_object)?.into_owned();
        if !names.insert(name.clone()) {
            return Err(format!("its header has two entries `{name}`"));
        }
        if name == METADATA {
            metadata = texts(value).unwrap_or_default();
            if let Some(key) = repeated(metadata.iter().map(|(key, _)| &**key)) {
                return Err(format!("its metadata has two texts `{key}`"));
            }
        } else {
            entries.push(entry(name, value, data)?);
        }
    }
    sort(&mut entries, |entry| [entry.place.start as u64, entry.place.end as u64]);
    let mut end = data;
    for Entry { name, place, .. } in &entries {
        if place.start != end {
            return Err(format!("tensor `{name}` does not start where the one before it ends"));
        }
        end = place.end;
    }
    Ok((entries, metadata))
}

/// The first that is not new.
fn repeated<'a>(keys: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut known = HashSet::new();
    keys.into_iter().find(|key| !known.insert(*key))
}

fn not_an_object(error: impl Display) -> String {
    format!("its header is not a JSON object: {error}")
}

/// What is text in a JSON object.
fn texts(value: RawJsonValue<'_, '_>) -> Option<Metadata> {
    let text = |value: RawJsonValue<'_, '_>| value.to_unquoted_string_str().ok().map(Cow::into_owned);
    Some(value.to_object().ok()?.filter_map(|(key, value)| text(key).zip(text(value))).collect())
}

fn entry(name: String, value: RawJsonValue<'_, '_>, data: usize) -> Result<Entry, String> {
    let object = value.to_object().map_err(|_| format!("tensor `{name}` is not described by a JSON object"))?;
    let keys: Vec<_> = object.filter_map(|(key, _)| key.to_unquoted_string_str().ok()).collect();
    // Readers differ in which of the two they take.
    if let Some(key) = repeated(keys.iter().map(|key| &**key)) {
        return Err(format!("tensor `{name}` has two entries `{key}`"));
    }
    let member = |key: &str| value.to_member(key).ok()?.optional();
    let list = |key: &str| member(key)?.to_array().ok()?.map(number).collect::<Option<Vec<_>>>();
    let lacks = |what: &'static str| {
        let name = &name;
        move || format!("tensor `{name}` has no {what}")
    };
    let dtype = member("dtype").and_then(|dtype| dtype.to_unquoted_string_str().ok()).ok_or_else(lacks("`dtype`"))?;
    let shape = list("shape").ok_or_else(lacks("`shape` that is a list of sizes"))?;
    let offsets = list("data_offsets").ok_or_else(lacks("`data_offsets` that are a list of places"))?;
    let place = match offsets[..] {
        [start, end] if start <= end => start.checked_add(data).zip(end.checked_add(data)),
        _ => None,
    };
    let Some((start, end)) = place else {
        return Err(format!("tensor `{name}` has the data offsets {offsets:?}"));
    };
    if let Some(width) = dtype_width(&dtype)
        && checked_elements(&shape).and_then(|count| count.checked_mul(width)) != Some(end - start)
    {
        return Err(format!("tensor `{name}` of shape {shape:?} and dtype {dtype} has {} bytes", end - start));
    }
    Ok(Entry { name, dtype: dtype.into_owned(), shape, place: start..end })
}

/// A natural number: digits only, as large as the machine counts.
pub(super) fn number(value: RawJsonValue<'_, '_>) -> Option<usize> {
    value.as_integer_str().ok()?.parse().ok()
}

/// The bytes of one number of a dtype that this version of the format knows.
fn dtype_width(dtype: &str) -> Option<usize> {
    match dtype {
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" | "F8_E8M0" => Some(1),
        "U16" | "I16" | "F16" | "BF16" => Some(2),
        "U32" | "I32" | "F32" => Some(4),
        "U64" | "I64" | "F64" | "C64" => Some(8),
        _ => None,
    }
}
