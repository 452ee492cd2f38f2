//! Graphs and digests in serde's formats: as their text form, which is validated on the way in.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Digest, Graph};

macro_rules! as_text {
    ($($type:ident)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

as_text! { Graph Digest }

#[cfg(test)]
mod tests {
    use crate::ir::{DynShape, Graph, op};

    #[test]
    fn graphs_come_back() {
        let mut graph = Graph::default();
        let x = graph.leaf(DynShape::new(&[2, 3]));
        graph.push(op::Softmax { axis: 1 }, &[x]).unwrap();
        let text = serde_json::to_string(&graph).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&text).unwrap(), graph);
        let wrong = text.replace("axis=1", "axis=2");
        let error = serde_json::from_str::<Graph>(&wrong).unwrap_err().to_string();
        assert!(error.contains("softmax of [2, 3]: there is no axis 2"), "{error}");
    }
}
