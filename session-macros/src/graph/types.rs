//! The types of `graph!`: shapes, natural numbers, plain Rust.

use proc_macro2::extra::DelimSpan;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Path, Result, Token, Type, token};

use crate::derive::placed;
use crate::shape::{self, Axis};

/// The axes of a shape in brackets: `[B, 784]`.
pub type Axes = Punctuated<Axis, Token![,]>;

/// The type of a value: `[B, 10]`, `nat[B]`, or a tuple of these.
pub enum ValueType {
    Tensor(Axes, Place),
    Naturals(Axes, Place),
    Tuple(Vec<ValueType>, Place),
}

/// From where to where something stands.
#[derive(Clone, Copy)]
pub struct Place {
    pub first: Span,
    pub last: Span,
}

/// The type of a parameter: that of a value, or plain Rust.
pub enum ParameterType {
    Value(ValueType),
    /// `f64`, `usize`, `Mask<N>`: a value of Rust, handed on as it is.
    Plain(Type),
    /// `&BlockRefs`: a bound model, whose methods take a session.
    Model(Type),
}

impl Place {
    fn of(brackets: &DelimSpan) -> Self {
        Self { first: brackets.open(), last: brackets.close() }
    }
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
        let (name, axes, Place { first, last }) = match value {
            ValueType::Tensor(axes, place) => ("TensorRef", axes, *place),
            ValueType::Naturals(axes, place) => ("NatTensorRef", axes, *place),
            ValueType::Tuple(values, place) => {
                let values = values.iter().map(|value| self.value(value));
                let mut tuple = Group::new(Delimiter::Parenthesis, quote!(#(#values,)*));
                tuple.set_span(place.last);
                return TokenTree::from(tuple).into();
            }
        };
        let (session, name, shape) = (placed(self.session, first), Ident::new(name, first), self.shape(axes));
        quote_spanned!(last=> #session::#name<#shape>)
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
pub fn bracketed(input: ParseStream) -> Result<(Axes, Place)> {
    let content;
    let place = Place::of(&syn::bracketed!(content in input).span);
    Ok((shape::axes(&content)?, place))
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
            return bracketed(input).map(|(axes, place)| Self::Tensor(axes, place));
        }
        if is_naturals(input) {
            let first = input.parse::<Ident>()?.span();
            return bracketed(input).map(|(axes, place)| Self::Naturals(axes, Place { first, ..place }));
        }
        if input.peek(token::Paren) {
            let content;
            let place = Place::of(&syn::parenthesized!(content in input).span);
            let values: Punctuated<Self, Token![,]> = Punctuated::parse_terminated(&content)?;
            return Ok(Self::Tuple(values.into_iter().collect(), place));
        }
        Err(input.error("expected a shape such as `[B, 10]`, natural numbers such as `nat[B]`, or a tuple of these"))
    }
}

impl Parse for ParameterType {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(token::Bracket) && !is_array(input) || is_naturals(input) {
            return input.parse().map(Self::Value);
        }
        // A tuple of values, if it is not one of Rust's types.
        if input.peek(token::Paren) {
            let ahead = input.fork();
            if let Ok(value) = ahead.parse() {
                input.advance_to(&ahead);
                return Ok(Self::Value(value));
            }
        }
        let span = input.span();
        let parsed: Type = input.parse().map_err(|_| {
            Error::new(span, "expected a shape such as `[B, 10]`, natural numbers such as `nat[B]`, or a type of Rust")
        })?;
        Ok(if matches!(parsed, Type::Reference(_)) { Self::Model(parsed) } else { Self::Plain(parsed) })
    }
}
