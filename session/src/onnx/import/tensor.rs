//! Tensors of a file.

use crate::ir::{DynShape, MAX_RANK, checked_elements};
use crate::onnx::message::{Tensor, element};
use crate::scalar::Float;
use crate::tensor::DynTensor;

/// A tensor that is part of a model.
#[derive(Clone)]
pub(super) enum Initial<T: Float> {
    Numbers(DynTensor<T>),
    Whole(DynShape, Vec<i64>),
    Truths(DynShape, Vec<bool>),
}

/// The shape of these sizes, or what is wrong with them.
pub(super) fn shape(dims: &[i64]) -> Result<DynShape, String> {
    if dims.len() > MAX_RANK {
        return Err(format!("it has {} axes, at most {MAX_RANK} are possible", dims.len()));
    }
    let sizes = dims.iter().map(|&size| usize::try_from(size));
    let sizes: Vec<usize> =
        sizes.collect::<Result<_, _>>().map_err(|_| format!("the shape {dims:?} has a negative size"))?;
    checked_elements(&sizes).ok_or_else(|| format!("the shape {sizes:?} has too many elements"))?;
    Ok(DynShape::new(&sizes))
}

/// The name of a type of numbers.
pub(super) fn type_name(element: i32) -> String {
    let known = ["", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "string", "bool", "f16", "f64"];
    match usize::try_from(element).ok().and_then(|element| known.get(element)) {
        Some(name) if !name.is_empty() => (*name).to_owned(),
        _ => format!("number {element}"),
    }
}

/// The type of a float, as ONNX numbers it.
pub(super) fn element_of<T: Float>() -> i32 {
    if T::NAME == f32::NAME { element::FLOAT } else { element::DOUBLE }
}

/// The numbers in the bytes of the tensor or, without those, in a field of its own.
fn list<U, V: Clone, const WIDTH: usize>(
    tensor: &Tensor,
    count: usize,
    field: &[V],
    of_bytes: impl Fn([u8; WIDTH]) -> U,
    of_field: impl Fn(V) -> U,
) -> Result<Vec<U>, String> {
    let expected = |found: usize, what: &str, expected: Option<usize>| {
        let expected = expected.map_or_else(|| "more than can be counted".to_owned(), |count| count.to_string());
        format!("it has {found} {what}, its shape {:?} asks for {expected}", tensor.dims)
    };
    match &tensor.raw_data {
        Some(bytes) => {
            if Some(bytes.len()) != count.checked_mul(WIDTH) {
                return Err(expected(bytes.len(), "bytes", count.checked_mul(WIDTH)));
            }
            let (chunks, _) = bytes.as_chunks::<WIDTH>();
            Ok(chunks.iter().map(|&chunk| of_bytes(chunk)).collect())
        }
        None if field.len() != count => Err(expected(field.len(), "numbers", Some(count))),
        None => Ok(field.iter().cloned().map(of_field).collect()),
    }
}

impl<T: Float> Initial<T> {
    /// The tensor, of which nothing is allocated that the file does not hold.
    pub(super) fn read(tensor: &Tensor) -> Result<Self, String> {
        let shape = shape(&tensor.dims)?;
        let count = shape.elements();
        if tensor.data_location != 0 || !tensor.external_data.is_empty() {
            return Err("its numbers are in another file, which is not read".to_owned());
        }
        if tensor.segment.is_some() {
            return Err("it is a part of a tensor".to_owned());
        }
        let lists = [
            tensor.raw_data.is_some(),
            !tensor.float_data.is_empty(),
            !tensor.double_data.is_empty(),
            !tensor.int32_data.is_empty(),
            !tensor.int64_data.is_empty(),
        ];
        if lists.into_iter().filter(|&given| given).count() > 1 {
            return Err("it has its numbers twice".to_owned());
        }
        match tensor.data_type {
            found if found == element_of::<T>() => {
                let data = if found == element::FLOAT {
                    let number = |number: f32| T::from_f64(f64::from(number));
                    list(tensor, count, &tensor.float_data, |bytes| number(f32::from_le_bytes(bytes)), number)?
                } else {
                    list(
                        tensor,
                        count,
                        &tensor.double_data,
                        |bytes| T::from_f64(f64::from_le_bytes(bytes)),
                        T::from_f64,
                    )?
                };
                Ok(Self::Numbers(DynTensor::new(shape, data).map_err(|error| error.to_string())?))
            }
            element::INT64 => list(tensor, count, &tensor.int64_data, i64::from_le_bytes, |number| number)
                .map(|data| Self::Whole(shape, data)),
            element::INT32 => {
                let number = |bytes| i64::from(i32::from_le_bytes(bytes));
                list(tensor, count, &tensor.int32_data, number, i64::from).map(|data| Self::Whole(shape, data))
            }
            element::BOOL => list(tensor, count, &tensor.int32_data, |[byte]: [u8; 1]| byte != 0, |number| number != 0)
                .map(|data| Self::Truths(shape, data)),
            other => Err(format!(
                "it is of the type {}; read are {}, i64, i32 and bool",
                type_name(other),
                type_name(element_of::<T>())
            )),
        }
    }
}
