//! The cases of the golden files: values and derivatives by PyTorch, one case a line.

use serde_json::Value;
use session::builder::{Argument, operations};
use session::ir::{DynShape, Graph, Id, NatId};
use session::semantics::Array;
use session::{Error, GraphBuilder};

/// One line of a file.
pub struct Golden(pub Value);

/// All lines of all files.
///
/// # Panics
/// If one is not JSON.
pub fn golden() -> Vec<Golden> {
    let files = [include_str!("../data/ops.jsonl"), include_str!("../data/more.jsonl")];
    let lines = files.iter().flat_map(|file| file.lines());
    lines.map(|line| Golden(serde_json::from_str(line).expect("a line of JSON"))).collect()
}

fn sizes(list: &Value) -> Vec<usize> {
    list.as_array().expect("a list").iter().map(|size| size.as_u64().expect("a natural number") as usize).collect()
}

/// A tensor of a file.
///
/// # Panics
/// If it is none.
pub fn array(tensor: &Value) -> Array<f64> {
    let data = tensor["data"].as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number"));
    Array::new(DynShape::new(&sizes(&tensor["shape"])), data.collect())
}

/// Tensors of a file.
///
/// # Panics
/// If one is none.
pub fn arrays(list: &Value) -> Vec<Array<f64>> {
    list.as_array().expect("a list").iter().map(array).collect()
}

impl Golden {
    /// The name of the operation, as the file has it.
    ///
    /// # Panics
    /// If it has none.
    pub fn name(&self) -> &str {
        self.0["op"].as_str().expect("a name")
    }

    /// The graph of the case and the values of its natural-number inputs.
    ///
    /// # Errors
    /// What the builder refuses.
    ///
    /// # Panics
    /// If the file has something of another kind.
    pub fn graph(&self) -> Result<(Graph, Vec<Vec<usize>>), Error> {
        let mut builder = GraphBuilder::new();
        let inputs = arrays(&self.0["inputs"]);
        let operands = inputs.iter().map(|input| builder.input(input.shape)).collect::<Result<Vec<Id>, Error>>()?;
        let mut lists = Vec::new();
        let mut natural = |builder: &mut GraphBuilder, sizes: &[usize], list: Vec<usize>| -> Result<NatId, Error> {
            lists.push(list);
            builder.input_nats(DynShape::new(sizes))
        };
        let indices = sizes(&self.0["nats"]);
        let mut naturals = Vec::new();
        if !indices.is_empty() {
            let shape = self.0.get("nats_shape").map_or_else(|| vec![indices.len()], sizes);
            naturals.push(natural(&mut builder, &shape, indices)?);
        }
        let mut arguments = Vec::new();
        for (key, value) in self.0["params"].as_object().expect("arguments") {
            let argument = match value {
                Value::Null => continue,
                Value::Number(number) => Argument::Number(number.as_f64().expect("a number")),
                &Value::Bool(flag) => Argument::Flag(flag),
                Value::Array(rows) if rows.first().is_some_and(Value::is_array) => {
                    let rows: Vec<Vec<usize>> = rows.iter().map(sizes).collect();
                    Argument::Natural(natural(&mut builder, &[rows.len(), rows[0].len()], rows.concat())?)
                }
                list => Argument::Numbers(sizes(list)),
            };
            arguments.push((key.as_str(), argument));
        }
        // The file tells the length of a slice, the operation takes its end.
        if let Some(Argument::Number(start)) =
            arguments.iter().find(|(key, _)| *key == "start").map(|(_, start)| start.clone())
            && let Some((key, Argument::Number(length))) = arguments.iter_mut().find(|(key, _)| *key == "len")
        {
            (*key, *length) = ("end", start + *length);
        }
        // Of the two kinds of gathers the one whose indices are inputs.
        let by_input = format!("{}_ref", self.name());
        let known = |name: &str| operations().flat_map(|(_, rows)| rows).any(|row| row.name == name);
        let name = if !naturals.is_empty() && known(&by_input) { &by_input } else { self.name() };
        builder.call(name, &operands, &naturals, &arguments)?;
        // The numbers that the operation has captured come after those of the inputs.
        lists.extend(builder.captured().map(|(_, list)| list.to_vec()));
        Ok((builder.into_graph(), lists))
    }
}
