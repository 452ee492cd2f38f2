//! A node of a model as the rules see it.

use std::cell::RefCell;

use crate::onnx::message::{Attribute, Node, Tensor};

/// A node whose attributes are asked for by name. Those that nobody asked for are refused in the end.
pub(super) struct Call<'a> {
    pub(super) node: &'a Node,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        Self { node, asked: RefCell::new(Vec::new()) }
    }

    fn attribute(&self, name: &'static str) -> Option<&'a Attribute> {
        self.asked.borrow_mut().push(name);
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &'static str) -> Result<Option<i64>, String> {
        let Some(attribute) = self.attribute(name) else { return Ok(None) };
        attribute.i.map(Some).ok_or_else(|| format!("the attribute `{name}` is no whole number"))
    }

    pub(super) fn flag(&self, name: &'static str, default: bool) -> Result<bool, String> {
        Ok(self.int(name)?.map_or(default, |number| number != 0))
    }

    /// A number, as the nearest of single precision.
    pub(super) fn float(&self, name: &'static str, default: f64) -> Result<f64, String> {
        let Some(attribute) = self.attribute(name) else { return Ok(default) };
        attribute.f.map(f64::from).ok_or_else(|| format!("the attribute `{name}` is no number"))
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'a str>, String> {
        let Some(attribute) = self.attribute(name) else { return Ok(None) };
        let text = attribute.s.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.map(Some).ok_or_else(|| format!("the attribute `{name}` is no text"))
    }

    pub(super) fn tensor(&self, name: &'static str) -> Option<&'a Tensor> {
        self.attribute(name)?.t.as_ref()
    }

    pub(super) fn ints(&self, name: &'static str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| &*attribute.ints)
    }

    /// One natural number for each axis.
    pub(super) fn sizes(&self, name: &'static str, count: usize, default: usize) -> Result<Vec<usize>, String> {
        let Some(list) = self.ints(name) else { return Ok(vec![default; count]) };
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

    /// Refuses attributes that were not asked for.
    pub(super) fn finish(&self) -> Result<(), String> {
        let asked = self.asked.borrow();
        match self.node.attribute.iter().find(|attribute| !asked.contains(&&*attribute.name)) {
            Some(attribute) => Err(format!("the attribute `{}` is not read", attribute.name)),
            None => Ok(()),
        }
    }
}
