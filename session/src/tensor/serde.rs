//! Tensors as data of serde: a shape and a list of numbers, checked on the way in.

use ::serde::de::Error as _;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use shapes::Shape;

use super::{DynTensor, Tensor};
use crate::ir::DynShape;
use crate::scalar::Float;

#[derive(Serialize)]
#[serde(rename = "Tensor")]
struct Written<'a, T> {
    shape: &'a [usize],
    data: &'a [T],
}

#[derive(Deserialize)]
#[serde(rename = "Tensor", deny_unknown_fields)]
struct Read<T> {
    shape: Vec<usize>,
    data: Vec<T>,
}

impl<T: Float + Serialize> Serialize for DynTensor<T> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        Written { shape: &self.shape(), data: self.as_slice() }.serialize(serializer)
    }
}

impl<T: Float + Serialize, S: Shape> Serialize for Tensor<T, S> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        Written { shape: S::DIMS, data: self.as_slice() }.serialize(serializer)
    }
}

impl<'de, T: Float + Deserialize<'de>> Deserialize<'de> for DynTensor<T> {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        let Read { shape, data } = Read::deserialize(deserializer)?;
        let shape = DynShape::try_new(&shape).ok_or_else(|| R::Error::custom("a shape has at most 8 axes"))?;
        Self::new(shape, data).map_err(R::Error::custom)
    }
}

impl<'de, T: Float + Deserialize<'de>, S: Shape> Deserialize<'de> for Tensor<T, S> {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        DynTensor::deserialize(deserializer)?.into_shape().map_err(R::Error::custom)
    }
}
