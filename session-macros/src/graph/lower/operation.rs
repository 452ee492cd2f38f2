//! Calls of operations: which row they are, and their arguments, static ones as types.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Lit, Token};

use super::{Lowered, Lowering};
use crate::graph::expression::{Argument, Expression, Kind};
use crate::graph::operations::{self, Operation, Parameter};
use crate::graph::scope::Binding;
use crate::shape;

const STATIC: &str = "expected a literal or a constant, as the number becomes a type";

impl Lowering<'_> {
    /// The call of an operation: its arguments by order and by keyword.
    pub(super) fn operation(
        &mut self,
        whole: &Expression,
        name: &Ident,
        receiver: Option<TokenStream>,
        arguments: &[Argument],
    ) -> Lowered {
        let positional = arguments.iter().filter(|argument| argument.keyword.is_none()).count() + receiver.iter().len();
        let keywords: Vec<&Ident> = arguments.iter().filter_map(|argument| argument.keyword.as_ref()).collect();
        let rows: Vec<&Operation> = operations::operations(&name.to_string()).collect();
        for (index, keyword) in keywords.iter().enumerate() {
            if keywords[..index].contains(keyword) {
                return self.mistake(keyword.span(), format_args!("`{keyword}` is given twice"));
            }
        }
        let Some(operation) = rows.iter().find(|row| row.takes(positional, &keywords)) else {
            let (place, message) = unfit(name, &rows, positional, &keywords);
            return self.mistake(place, message);
        };
        let mut receiver = receiver;
        let mut in_order = arguments.iter().filter(|argument| argument.keyword.is_none());
        let mut tokens = Vec::new();
        for parameter in operation.parameters {
            let named =
                |argument: &&Argument| argument.keyword.as_ref().is_some_and(|keyword| keyword == parameter.name);
            tokens.push(match arguments.iter().find(named) {
                Some(argument) => self.parameter(parameter, argument),
                None if parameter.kind.is_static() => self.default(parameter, name.span()),
                None => match receiver.take() {
                    Some(receiver) => receiver,
                    None => {
                        let argument = in_order.next().expect("the row takes so many");
                        self.parameter(parameter, argument)
                    }
                },
            });
        }
        self.record(operation.method, name.span(), whole, tokens)
    }

    fn default(&mut self, parameter: &Parameter, place: Span) -> TokenStream {
        match (parameter.kind, parameter.default) {
            (operations::Kind::Static(name), Some(number)) => {
                let number = Literal::u32_unsuffixed(number);
                self.static_type(name, [number.to_token_stream()], place, place)
            }
            _ => quote_spanned!(place=> ::core::option::Option::None),
        }
    }

    fn parameter(&mut self, parameter: &Parameter, argument: &Argument) -> TokenStream {
        use operations::Kind::{Dims, Kernel, Mask, Number, Plain, Range, Static, Value, Values};
        let Argument { keyword, value } = argument;
        let first = keyword.as_ref().map_or(value.first, Ident::span);
        match parameter.kind {
            Value | Values | Plain => self.argument(value).tokens,
            Number => self.number(value),
            Mask => {
                let mask = self.argument(value).tokens;
                quote_spanned!(first=> ::core::option::Option::Some(#mask))
            }
            Static(name) => self.static_number(name, value, first),
            Range => self.static_range(value, first),
            Kernel => {
                let sizes = match &value.kind {
                    Kind::Array(array) => {
                        match Punctuated::<Expression, Token![,]>::parse_terminated.parse2(array.stream()) {
                            Ok(sizes) => sizes.into_iter().collect(),
                            Err(error) => {
                                self.error(error.span(), error);
                                return TokenStream::new();
                            }
                        }
                    }
                    _ => Vec::new(),
                };
                let sizes: Vec<TokenStream> = match sizes.len() {
                    0 => {
                        let size = self.static_argument(value);
                        vec![size.clone(), size]
                    }
                    _ => sizes.iter().map(|size| self.static_argument(size)).collect(),
                };
                self.static_type("Kernel", sizes, first, value.last)
            }
            Dims => match &value.kind {
                Kind::Array(array) => match shape::axes.parse2(array.stream()) {
                    Ok(axes) => {
                        let mut dims = self.writer.dims(&axes).into_iter();
                        match dims.next() {
                            Some(TokenTree::Group(mut dims)) => {
                                dims.set_span(array.span());
                                dims.to_token_stream()
                            }
                            _ => unreachable!("the value of a shape is a tuple"),
                        }
                    }
                    Err(error) => {
                        self.error(error.span(), error);
                        TokenStream::new()
                    }
                },
                _ => {
                    let message = format_args!("`{}` is a list in brackets, such as `[49, 16]`", parameter.name);
                    self.mistake(value.span(), message).tokens
                }
            },
        }
    }

    /// `::session::Stride::<2>` from `2`, underlined from `first` on.
    pub(super) fn static_number(&mut self, name: &str, value: &Expression, first: Span) -> TokenStream {
        let number = self.static_argument(value);
        self.static_type(name, [number], first, value.last)
    }

    pub(super) fn static_range(&mut self, value: &Expression, first: Span) -> TokenStream {
        let Kind::Range(low, dots, high) = &value.kind else {
            return self.mistake(value.span(), "expected a range such as `1..4`").tokens;
        };
        let low = match low {
            Some(low) => self.static_argument(low),
            None => quote_spanned!(*dots=> 0),
        };
        let Some(high) = high else {
            return self
                .mistake(*dots, "a range has an end here, as in `1..4`: the macro does not see how long the axis is")
                .tokens;
        };
        let high = self.static_argument(high);
        self.static_type("Slice", [low, high], first, value.last)
    }

    /// A number that types are made of: a literal or a constant.
    fn static_argument(&mut self, value: &Expression) -> TokenStream {
        match &value.kind {
            Kind::Literal(Lit::Int(number)) => number.to_token_stream(),
            Kind::Path(path) if path.get_ident().is_some_and(|name| self.is_variable(name)) => {
                let name = path.to_token_stream();
                let message = format!("`{name}` is known when the program runs only: {STATIC}");
                self.mistake(value.span(), message).tokens
            }
            Kind::Path(path) if self.path(path).binding == Binding::Plain => {
                let path = path.to_token_stream();
                quote_spanned!(value.first=> { #path })
            }
            Kind::Block(block) => {
                let Lowered { tokens, binding } = self.block(block, true);
                if binding != Binding::Plain {
                    self.error(value.span(), STATIC);
                }
                tokens
            }
            Kind::Negate(..) => self.mistake(value.span(), "a static number is not negative").tokens,
            _ => self.mistake(value.span(), STATIC).tokens,
        }
    }

    /// Whether this is a parameter or a variable, not a constant.
    fn is_variable(&self, name: &Ident) -> bool {
        !self.writer.constants.contains(name) && self.scope.get(&name.to_string()).is_some()
    }

    fn static_type(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = TokenStream>,
        first: Span,
        last: Span,
    ) -> TokenStream {
        let (session, name) = (self.writer.session, Ident::new(name, last));
        let arguments = arguments.into_iter();
        let path = quote_spanned!(last=> #session::#name::<#(#arguments),*>);
        path.into_iter()
            .enumerate()
            .map(|(index, token)| at_place(token, if index == 0 { first } else { last }))
            .collect()
    }
}

impl Operation {
    /// Whether so many arguments in their order and these keywords give every parameter once.
    fn takes(&self, positional: usize, keywords: &[&Ident]) -> bool {
        let named = |parameter: &&Parameter| keywords.iter().any(|keyword| *keyword == parameter.name);
        let known = |keyword: &&Ident| self.parameters.iter().any(|parameter| *keyword == parameter.name);
        let (given, missing): (Vec<_>, Vec<_>) = self.parameters.iter().partition(named);
        let (fixed, open): (Vec<_>, Vec<_>) = missing.into_iter().partition(|parameter| parameter.kind.is_static());
        let optional = |parameter: &&Parameter| parameter.default.is_some();
        given.len() <= keywords.len()
            && keywords.iter().all(known)
            && open.len() == positional
            && fixed.iter().all(optional)
    }

    /// What a call lacks that gives too little.
    fn missing(&self, positional: usize, keywords: &[&Ident]) -> Vec<String> {
        let open =
            self.parameters.iter().filter(|parameter| !keywords.iter().any(|keyword| *keyword == parameter.name));
        let (keywords, in_order): (Vec<_>, Vec<_>) = open.partition(|parameter| parameter.kind.is_static());
        let values = in_order.iter().skip(positional).map(|parameter| format!("`{}`", parameter.name));
        let keywords = keywords.iter().filter(|parameter| parameter.default.is_none());
        values.chain(keywords.map(|parameter| format!("`{} = ..`", parameter.name))).collect()
    }

    /// How it is written, as in `sum(x, axis = ..)`.
    fn usage(&self) -> String {
        let parameters = self.parameters.iter().map(|parameter| match parameter.kind {
            kind if kind.is_static() => format!("{} = ..", parameter.name),
            operations::Kind::Dims => format!("[{}]", parameter.name),
            _ => parameter.name.to_owned(),
        });
        format!("`{}({})`", self.name, parameters.collect::<Vec<_>>().join(", "))
    }
}

/// Why no row takes the arguments, and the place of the mistake.
fn unfit(name: &Ident, rows: &[&Operation], positional: usize, keywords: &[&Ident]) -> (Span, String) {
    let usage = rows.iter().map(|row| row.usage()).collect::<Vec<_>>().join(" or ");
    let has = |row: &&&Operation, keyword: &Ident| row.parameters.iter().any(|parameter| keyword == parameter.name);
    if let Some(keyword) = keywords.iter().find(|keyword| !rows.iter().any(|row| has(&row, keyword))) {
        return (keyword.span(), format!("`{name}` has no keyword `{keyword}`: it is written {usage}"));
    }
    // Of the rows with all of the keywords, the first is the least.
    let row = rows.iter().find(|row| keywords.iter().all(|keyword| has(row, keyword)));
    let missing = row.map(|row| row.missing(positional, keywords)).unwrap_or_default();
    let message = match (missing.as_slice(), positional) {
        ([], 1) => format!("one argument in order does not fit `{name}`: it is written {usage}"),
        ([], _) => format!("{positional} arguments in order do not fit `{name}`: it is written {usage}"),
        (missing, _) => format!("`{name}` lacks {}: it is written {usage}", missing.join(" and ")),
    };
    (name.span(), message)
}

fn at_place(mut token: TokenTree, place: Span) -> TokenTree {
    token.set_span(place);
    token
}
