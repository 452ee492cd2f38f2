//! What a name stands for: a macro sees no types, so it keeps account of the names it has seen.

use std::collections::{HashMap, HashSet};

use proc_macro2::Span;
use syn::{Ident, Type, TypeArray, TypeSlice};

use super::types::ParameterType;
use crate::shape::single_name;

/// What kind of thing an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A value of the recording, natural numbers, or a tuple of these: its operators are operations.
    Value,
    /// A number or another value of Rust, handed on as it is.
    Plain,
    /// A bound model: its methods take the session.
    Model,
    /// A member of a bound model, or a name from around the macro: a value or a model, as it is used.
    Member,
    /// Several in an array of Rust.
    Array(Box<Binding>),
}

/// What the parameters, fields and functions around a body are.
#[derive(Default)]
pub struct Surroundings {
    /// The functions of the same `graph!`.
    pub functions: HashSet<String>,
    /// The methods of the model that is being written.
    pub methods: HashSet<String>,
    /// Its fields.
    pub fields: HashMap<String, Binding>,
    /// Whether the model has mistakes, so that bodies would only repeat them.
    pub broken: bool,
    /// Where the `self` of the method is declared.
    pub hygiene: Option<Span>,
}

impl Surroundings {
    /// Whether a model is being written, whose `self` this is.
    pub fn is_model(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// The names in force, innermost block last.
pub struct Scope(Vec<HashMap<String, Binding>>);

impl Scope {
    pub fn new(names: impl IntoIterator<Item = (String, Binding)>) -> Self {
        Self(vec![names.into_iter().collect()])
    }

    pub fn enter(&mut self) {
        self.0.push(HashMap::new());
    }

    pub fn leave(&mut self) {
        self.0.pop();
    }

    pub fn add(&mut self, name: &Ident, binding: Binding) {
        let innermost = self.0.last_mut().expect("the outermost block is never left");
        innermost.insert(name.to_string(), binding);
    }

    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.0.iter().rev().find_map(|names| names.get(name))
    }
}

impl Binding {
    /// What a parameter of this type is.
    pub fn of(parameter: &ParameterType) -> Self {
        match parameter {
            ParameterType::Value(_) => Self::Value,
            ParameterType::Plain(plain) | ParameterType::Model(plain) => Self::of_type(plain),
        }
    }

    fn of_type(plain: &Type) -> Self {
        match plain {
            Type::Array(array) => Self::Array(Box::new(Self::of_type(&array.elem))),
            Type::Slice(slice) => Self::Array(Box::new(Self::of_type(&slice.elem))),
            Type::Reference(reference) => Self::of_type(&reference.elem).behind_reference(&reference.elem),
            Type::Path(path) => match path.path.segments.last() {
                Some(last) if REFERENCES.contains(&&*last.ident.to_string()) => Self::Value,
                _ => Self::Plain,
            },
            _ => Self::Plain,
        }
    }

    /// What is behind `&`: what is plain and no number is a bound model.
    fn behind_reference(self, kind: &Type) -> Self {
        match (self, kind) {
            (Self::Array(item), Type::Array(TypeArray { elem, .. }) | Type::Slice(TypeSlice { elem, .. })) => {
                Self::Array(Box::new(item.behind_reference(elem)))
            }
            (Self::Plain, kind) if !is_primitive(kind) => Self::Model,
            (other, _) => other,
        }
    }

    /// Whether operations take it.
    pub fn is_value(&self) -> bool {
        matches!(self, Self::Value | Self::Member)
    }
}

const REFERENCES: [&str; 4] = ["TensorRef", "NatTensorRef", "NatVecRef", "NatRef"];

fn is_primitive(plain: &Type) -> bool {
    single_name(plain).is_some_and(is_primitive_name)
}

/// Whether this names a primitive type.
pub fn is_primitive_name(name: &Ident) -> bool {
    let name = name.to_string();
    ["bool", "str", "char", "f32", "f64", "usize", "isize"].contains(&&*name)
        || (name.starts_with(['u', 'i']) && name.len() > 1 && name[1..].bytes().all(|byte| byte.is_ascii_digit()))
}
