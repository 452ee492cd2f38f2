//! The types of `graph!`: shapes, natural numbers, plain Rust.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Path, Result, Token, Type, token};

use crate::shape::{self, Axis};

/// The axes of a shape in brackets: `[B, 784]`.
pub type Axes = Punctuated<Axis, Token![,]>;

/// The type of a value: `[B, 10]`, `nat[B]`, or a tuple of these.
pub enum ValueType {
    Tensor(Axes),
    Naturals(Axes),
    Tuple(Vec<ValueType>),
}

/// The type of a parameter: that of a value, or plain Rust.
pub enum ParameterType {
    Value(ValueType),
    /// `f64`, `usize`, `Mask<N>`: a value of Rust, handed on as it is.
    Plain(Type),
    /// `&BlockRefs`: a bound model, whose methods take a session.
    Model(Type),
}

/// What types are written with: the path of the crate, and the constants that may stand as an axis.
pub struct Writer<'a> {
    pub session: &'a Path,
    pub constants: Vec<Ident>,
}

impl Writer<'_> {
    /// The type of a shape.
    pub fn shape(&self, axes: &Axes) -> TokenStream {
        let axes = axes.iter().map(|axis| axis.as_type(self.session, &self.constants));
        quote!((#(#axes,)*))
    }

    /// The value of a shape's type.
    pub fn dims(&self, axes: &Axes) -> TokenStream {
        let axes = axes.iter().map(|axis| axis.as_value(self.session, &self.constants));
        quote!((#(#axes,)*))
    }

    /// The type of a value.
    pub fn value(&self, value: &ValueType) -> TokenStream {
        let session = self.session;
        match value {
            ValueType::Tensor(axes) => {
                let shape = self.shape(axes);
                quote!(#session::TensorRef<#shape>)
            }
            ValueType::Naturals(axes) => {
                let shape = self.shape(axes);
                quote!(#session::NatTensorRef<#shape>)
            }
            ValueType::Tuple(values) => {
                let values = values.iter().map(|value| self.value(value));
                quote!((#(#values,)*))
            }
        }
    }

    /// The type of a parameter.
    pub fn parameter(&self, parameter: &ParameterType) -> TokenStream {
        match parameter {
            ParameterType::Value(value) => self.value(value),
            ParameterType::Plain(plain) | ParameterType::Model(plain) => quote!(#plain),
        }
    }
}

/// The axes in brackets.
pub fn bracketed(input: ParseStream) -> Result<Axes> {
    let content;
    syn::bracketed!(content in input);
    shape::axes(&content)
}

fn is_naturals(input: ParseStream) -> bool {
    input.cursor().ident().is_some_and(|(word, _)| word == "nat") && input.peek2(token::Bracket)
}

/// Whether the brackets are those of an array, `[f64; 3]`.
fn is_array(input: ParseStream) -> bool {
    let is_semicolon = |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let content = input.cursor().group(Delimiter::Bracket);
    content.is_some_and(|(content, ..)| content.token_stream().into_iter().any(is_semicolon))
}

impl Parse for ValueType {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(token::Bracket) {
            return bracketed(input).map(Self::Tensor);
        }
        if is_naturals(input) {
            input.parse::<Ident>()?;
            return bracketed(input).map(Self::Naturals);
        }
        if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            let values: Punctuated<Self, Token![,]> = Punctuated::parse_terminated(&content)?;
            return Ok(Self::Tuple(values.into_iter().collect()));
        }
        Err(input.error("expected a shape such as `[B, 10]`, natural numbers such as `nat[B]`, or a tuple of these"))
    }
}

impl Parse for ParameterType {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(token::Bracket) && !is_array(input) || is_naturals(input) {
            return input.parse().map(Self::Value);
        }
        let span = input.span();
        let parsed: Type = input.parse().map_err(|_| {
            Error::new(span, "expected a shape such as `[B, 10]`, natural numbers such as `nat[B]`, or a type of Rust")
        })?;
        Ok(if matches!(parsed, Type::Reference(_)) { Self::Model(parsed) } else { Self::Plain(parsed) })
    }
}
