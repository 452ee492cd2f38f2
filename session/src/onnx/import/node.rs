//! A node of a model as the rules see it.

use std::cell::{Cell, RefCell};

use crate::onnx::message::{Attribute, Node, Tensor, kind};

/// A node whose operands and attributes are asked for. Those that nobody asked for are refused in the end.
pub(super) struct Call<'a> {
    pub(super) node: &'a Node,
    /// How many operands, up to the last one that was asked for.
    operands: Cell<usize>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        Self { node, operands: Cell::new(0), asked: RefCell::new(Vec::new()) }
    }

    /// The name of an operand, if there is one.
    pub(super) fn operand(&self, index: usize) -> Option<&'a str> {
        self.operands.set(self.operands.get().max(index + 1));
        self.node.input.get(index).map(|name| &**name).filter(|name| !name.is_empty())
    }

    /// What `found` finds in the attribute of this name, which is to be of this kind, if there is one.
    fn attribute<R>(
        &self,
        name: &'static str,
        kind: i32,
        what: &str,
        found: impl FnOnce(&'a Attribute) -> Option<R>,
    ) -> Result<Option<R>, String> {
        self.asked.borrow_mut().push(name);
        let Some(attribute) = self.node.attribute.iter().find(|attribute| attribute.name == name) else {
            return Ok(None);
        };
        // Files from before the field have no kind.
        let value = if [0, kind].contains(&attribute.kind) { found(attribute) } else { None };
        value.map(Some).ok_or_else(|| format!("the attribute `{name}` is no {what}"))
    }

    pub(super) fn int(&self, name: &'static str) -> Result<Option<i64>, String> {
        self.attribute(name, kind::INT, "whole number", |attribute| attribute.i)
    }

    pub(super) fn flag(&self, name: &'static str, default: bool) -> Result<bool, String> {
        Ok(self.int(name)?.map_or(default, |number| number != 0))
    }

    /// A number, as the nearest of single precision.
    pub(super) fn float(&self, name: &'static str, default: f64) -> Result<f64, String> {
        Ok(self.attribute(name, kind::FLOAT, "number", |attribute| attribute.f)?.map_or(default, f64::from))
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'a str>, String> {
        self.attribute(name, kind::STRING, "text", |attribute| std::str::from_utf8(attribute.s.as_deref()?).ok())
    }

    pub(super) fn tensor(&self, name: &'static str) -> Result<Option<&'a Tensor>, String> {
        self.attribute(name, kind::TENSOR, "tensor", |attribute| attribute.t.as_deref())
    }

    pub(super) fn ints(&self, name: &'static str) -> Result<Option<&'a [i64]>, String> {
        // An empty list has no trace but the kind.
        let list = |attribute: &'a Attribute| Some(&*attribute.ints);
        self.attribute(name, kind::INTS, "list of whole numbers", list)
    }

    /// One natural number for each axis.
    pub(super) fn sizes(&self, name: &'static str, count: usize, default: usize) -> Result<Vec<usize>, String> {
        let Some(list) = self.ints(name)? else { return Ok(vec![default; count]) };
        let sizes: Result<Vec<usize>, _> = list.iter().map(|&number| usize::try_from(number)).collect();
        match sizes {
            Ok(sizes) if sizes.len() == count => Ok(sizes),
            _ => Err(format!("the attribute `{name}` is {list:?}, not {count} natural numbers")),
        }
    }

    /// Refuses another value than this one.
    pub(super) fn only(&self, name: &'static str, value: i64) -> Result<(), String> {
        match self.int(name)? {
            Some(found) if found != value => Err(format!("the attribute `{name}` is {found}; only {value} is read")),
            _ => Ok(()),
        }
    }

    /// Refuses operands and attributes that were not asked for, and attributes that are there twice.
    pub(super) fn finish(&self) -> Result<(), String> {
        let rest = self.node.input.iter().enumerate().skip(self.operands.get());
        if let Some((index, _)) = rest.into_iter().find(|(_, name)| !name.is_empty()) {
            return Err(format!("its operand {index} is not read"));
        }
        let asked = self.asked.borrow();
        for (index, attribute) in self.node.attribute.iter().enumerate() {
            let name = &attribute.name;
            if !asked.contains(&&**name) {
                return Err(format!("the attribute `{name}` is not read"));
            }
            if self.node.attribute[..index].iter().any(|before| before.name == *name) {
                return Err(format!("the attribute `{name}` is there twice"));
            }
        }
        Ok(())
    }
}
