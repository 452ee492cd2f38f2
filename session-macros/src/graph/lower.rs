//! From what was read to the calls that record it.
//!
//! Every token that is written has the place of the user's token it comes from: `x @ w` becomes
//! `session.matmul(x, w)` with `matmul` at the place of `@`, so that rustc's message about the call underlines the
//! operands and the operator.

mod operation;
mod statement;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Lit, LitFloat, Member, Path, Token};

use super::expression::{Argument, Binary, Expression, Kind, Operator};
use super::item::combine;
use super::operations;
use super::scope::{Binding, Scope, Surroundings, is_primitive_name};
use super::statement::Block;
use super::types::Writer;

/// A name in what is written that no name of the user's can meet, at a place of the user's.
pub fn private(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(place))
}

/// The name of the session in what is written.
pub fn session(place: Span) -> Ident {
    private("session", place)
}

/// The session before a `.`, at a place of the user's.
///
/// rustc joins the places of the first and the last token of an expression only if both are of one hygiene; else it
/// underlines the whole macro. The parentheses are of the user's.
fn recording(place: Span) -> TokenTree {
    enclosed(Delimiter::Parenthesis, session(place).into_token_stream(), place)
}

/// Writes bodies.
pub struct Lowering<'a> {
    writer: &'a Writer<'a>,
    around: &'a Surroundings,
    scope: Scope,
    /// The user's mistakes so far.
    errors: Option<Error>,
}

/// What an expression became.
struct Lowered {
    tokens: TokenStream,
    binding: Binding,
}

impl<'a> Lowering<'a> {
    pub fn new(writer: &'a Writer<'a>, around: &'a Surroundings, scope: Scope) -> Self {
        Self { writer, around, scope, errors: None }
    }

    /// The statements and the result of a body, or the user's mistakes.
    pub fn body(mut self, block: &Block) -> Result<TokenStream, Error> {
        let (tokens, _) = self.statements(block, true);
        match self.errors {
            None => Ok(tokens),
            Some(errors) => Err(errors),
        }
    }

    /// The `self` of the method that is written.
    fn receiver(&self, place: Span) -> Ident {
        Ident::new("self", place.resolved_at(self.around.hygiene.unwrap_or(place)))
    }

    fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        combine(&mut self.errors, Error::new(span, message));
    }

    /// Says a mistake; what stands in its place is never compiled.
    fn mistake(&mut self, span: Span, message: impl std::fmt::Display) -> Lowered {
        self.error(span, message);
        Lowered { tokens: TokenStream::new(), binding: Binding::Value }
    }

    /// An expression that stands alone: without parentheses around it.
    fn argument(&mut self, expression: &Expression) -> Lowered {
        match &expression.kind {
            Kind::Parenthesised(inner) => self.argument(inner),
            Kind::Binary(left, operator, right) => self.binary(expression, left, operator, right, false),
            Kind::Cast(value, to) => {
                let value = self.lower(value).tokens;
                Lowered { tokens: quote!(#value as #to), binding: Binding::Plain }
            }
            _ => self.lower(expression),
        }
    }

    fn lower(&mut self, expression: &Expression) -> Lowered {
        let plain = |tokens| Lowered { tokens, binding: Binding::Plain };
        match &expression.kind {
            Kind::Literal(literal) => plain(literal.to_token_stream()),
            Kind::Path(path) => self.path(path),
            Kind::Negate(span, operand) => {
                let value = self.lower(operand);
                if value.binding.is_value() {
                    return self.record("neg", *span, expression, [value.tokens]);
                }
                let value = value.tokens;
                plain(quote_spanned!(*span=> -#value))
            }
            Kind::Reference(reference, operand) => {
                let Lowered { tokens, binding } = self.lower(operand);
                Lowered { tokens: quote!(#reference #tokens), binding }
            }
            Kind::Binary(left, operator, right) => self.binary(expression, left, operator, right, true),
            Kind::Cast(value, to) => {
                let value = self.lower(value).tokens;
                plain(enclosed(Delimiter::Parenthesis, quote!(#value as #to), expression.first).into())
            }
            Kind::Call(function, arguments) => self.call(expression, function, arguments),
            Kind::Method(receiver, name, arguments) => self.method(expression, receiver, name, arguments),
            Kind::Field(base, member) => self.field(base, member),
            Kind::Index(base, index) => self.index(expression, base, index),
            Kind::Range(..) => self.mistake(expression.span(), "a range stands in brackets, as in `x[1..4]`"),
            Kind::Parenthesised(inner) => {
                let Lowered { tokens, binding } = self.lower(inner);
                if binding != Binding::Plain {
                    return Lowered { tokens, binding };
                }
                plain(enclosed(Delimiter::Parenthesis, tokens, expression.first).into())
            }
            Kind::Tuple(values) => {
                let values: Vec<TokenStream> = values.iter().map(|value| self.argument(value).tokens).collect();
                let tokens = enclosed(Delimiter::Parenthesis, quote!(#(#values,)*), expression.first);
                Lowered { tokens: tokens.into(), binding: Binding::Value }
            }
            Kind::Array(array) => match self.array(array) {
                Some(values) => {
                    let item = values.first().map_or(Binding::Plain, |value| value.binding.clone());
                    let values = values.iter().map(|value| &value.tokens);
                    let tokens = enclosed(Delimiter::Bracket, quote!(#(#values),*), expression.first);
                    Lowered { tokens: tokens.into(), binding: Binding::Array(Box::new(item)) }
                }
                None => plain(TokenStream::new()),
            },
            Kind::Block(block) => self.block(block, true),
            Kind::If(branch) => self.branch(branch, true),
        }
    }

    fn array(&mut self, array: &Group) -> Option<Vec<Lowered>> {
        let values = Punctuated::<Expression, Token![,]>::parse_terminated.parse2(array.stream());
        match values {
            Ok(values) => Some(values.iter().map(|value| self.argument(value)).collect()),
            Err(error) => {
                self.error(error.span(), error);
                None
            }
        }
    }

    fn path(&mut self, path: &Path) -> Lowered {
        let tokens = path.to_token_stream();
        let Some(name) = path.get_ident() else { return Lowered { tokens, binding: Binding::Plain } };
        let text = name.to_string();
        if let Some(binding) = self.scope.get(&text) {
            return Lowered { tokens, binding: binding.clone() };
        }
        if let Some(binding) = self.around.fields.get(&text) {
            let receiver = self.receiver(name.span());
            return Lowered { tokens: quote!(#receiver.#name), binding: binding.clone() };
        }
        if text == "self" && self.around.is_model() {
            return self
                .mistake(name.span(), "`self` stands before a field or a method only: `self.w`, `self.forward(x)`");
        }
        // A constant by its writing; all other names that graph! has not seen are values or models from around it.
        let constant = text.chars().all(|character| !character.is_lowercase());
        Lowered { tokens, binding: if constant { Binding::Plain } else { Binding::Member } }
    }

    fn binary(
        &mut self,
        whole: &Expression,
        left: &Expression,
        operator: &Operator,
        right: &Expression,
        enclosed: bool,
    ) -> Lowered {
        let (a, b) = (self.lower(left), self.lower(right));
        for (side, operand) in [(left, &a), (right, &b)] {
            if matches!(operand.binding, Binding::Model | Binding::Array(_)) {
                let what = if operand.binding == Binding::Model { "a model" } else { "an array" };
                return self.mistake(
                    side.span(),
                    format_args!("this is {what}, not a value: operators take values and numbers"),
                );
            }
        }
        let Operator { kind, span } = *operator;
        match (kind, a.binding.is_value(), b.binding.is_value()) {
            (Binary::MatMul, ..) if self.may_be_value(left, &a) && self.may_be_value(right, &b) => {
                self.record("matmul", span, whole, [a.tokens, b.tokens])
            }
            (Binary::MatMul, ..) => self.mistake(span, "`@` multiplies matrices; `*` is the product with a number"),
            (_, true, true) => {
                let method = match kind {
                    Binary::Add => "broadcast_add",
                    Binary::Sub => "broadcast_sub",
                    Binary::Mul => "broadcast_mul",
                    _ => "broadcast_div",
                };
                self.record(method, span, whole, [a.tokens, b.tokens])
            }
            (_, true, false) => {
                let number = self.number(right);
                match kind {
                    Binary::Add => self.record("add_scalar", span, whole, [a.tokens, number]),
                    Binary::Sub => self.record("add_scalar", span, whole, [a.tokens, negative(right, number)]),
                    Binary::Mul => self.record("scale", span, whole, [a.tokens, number]),
                    _ => self.record("div_scalar", span, whole, [a.tokens, number]),
                }
            }
            (_, false, true) => {
                let number = self.number(left);
                match kind {
                    Binary::Add => self.record("add_scalar", span, whole, [b.tokens, number]),
                    Binary::Sub => self.record("scalar_sub", span, whole, [number, b.tokens]),
                    Binary::Mul => self.record("scale", span, whole, [b.tokens, number]),
                    _ => self.record("scalar_div", span, whole, [number, b.tokens]),
                }
            }
            (_, false, false) => {
                let bare = arithmetic(kind, span, &a.tokens, &b.tokens);
                let parentheses = |bare| self::enclosed(Delimiter::Parenthesis, bare, whole.first).into();
                Lowered { tokens: if enclosed { parentheses(bare) } else { bare }, binding: Binding::Plain }
            }
        }
    }

    /// Whether it is a value, or a name in capitals from around the macro: a matrix, where no number can be.
    fn may_be_value(&self, expression: &Expression, lowered: &Lowered) -> bool {
        let unknown = |name: &Ident| self.scope.get(&name.to_string()).is_none();
        lowered.binding.is_value() || expression.ident().is_some_and(unknown)
    }

    /// A plain number where an `f64` is expected: whole literals are written with a point.
    fn number(&mut self, expression: &Expression) -> TokenStream {
        match &expression.kind {
            Kind::Literal(Lit::Int(number)) if number.suffix().is_empty() => {
                let mut float = LitFloat::new(&format!("{}.0", number.base10_digits()), number.span());
                float.set_span(number.span());
                float.to_token_stream()
            }
            Kind::Parenthesised(inner) => self.number(inner),
            Kind::Negate(span, operand) => {
                let operand = self.operand(operand);
                quote_spanned!(*span=> -#operand)
            }
            Kind::Binary(left, operator, right) => {
                let (left, right) = (self.operand(left), self.operand(right));
                arithmetic(operator.kind, operator.span, &left, &right)
            }
            _ => {
                let lowered = self.argument(expression);
                // A name from around the macro may be a number.
                if !matches!(lowered.binding, Binding::Plain | Binding::Member) {
                    self.error(expression.span(), "expected a number, not a value of the graph");
                }
                lowered.tokens
            }
        }
    }

    /// A number as an operand of an operator.
    fn operand(&mut self, expression: &Expression) -> TokenStream {
        let bare = match &expression.kind {
            Kind::Parenthesised(inner) => inner,
            _ => expression,
        };
        let number = self.number(bare);
        match bare.kind {
            Kind::Binary(..) | Kind::Negate(..) | Kind::Cast(..) => quote!((#number)),
            _ => number,
        }
    }

    /// `session.method(arguments)`, at the place of `whole`.
    fn record(
        &mut self,
        method: &str,
        place: Span,
        whole: &Expression,
        arguments: impl IntoIterator<Item = TokenStream>,
    ) -> Lowered {
        let tokens = dotted(recording(whole.first).into(), &Ident::new(method, place), arguments, whole.last);
        Lowered { tokens, binding: Binding::Value }
    }

    /// `path(session, arguments)`.
    fn apply(&mut self, function: TokenStream, whole: &Expression, arguments: Vec<TokenStream>) -> Lowered {
        let session = session(whole.first).to_token_stream();
        let mut tokens = function;
        tokens.extend(parentheses([session].into_iter().chain(arguments), whole.first, whole.last));
        Lowered { tokens, binding: Binding::Value }
    }

    fn call(&mut self, whole: &Expression, function: &Path, arguments: &[Argument]) -> Lowered {
        if let Some(name) = function.get_ident() {
            let text = name.to_string();
            if self.around.methods.contains(&text) {
                let receiver = self.receiver(name.span());
                let arguments = self.plain_arguments(arguments);
                return self.apply(quote!(#receiver.#name), whole, arguments);
            }
            if !self.around.functions.contains(&text) && operations::operations(&text).next().is_some() {
                return self.operation(whole, name, None, arguments);
            }
        }
        let arguments = self.plain_arguments(arguments);
        let local = function.get_ident().is_some_and(|name| self.scope.get(&name.to_string()) == Some(&Binding::Plain));
        if local || is_associated(function) {
            let mut tokens = function.to_token_stream();
            tokens.extend(parentheses(arguments, whole.first, whole.last));
            return Lowered { tokens, binding: Binding::Plain };
        }
        self.apply(function.to_token_stream(), whole, arguments)
    }

    fn method(&mut self, whole: &Expression, receiver: &Expression, name: &Ident, arguments: &[Argument]) -> Lowered {
        let text = name.to_string();
        if receiver.ident().is_some_and(|receiver| receiver == "self" && self.around.is_model()) {
            let receiver = self.receiver(receiver.first);
            let arguments = self.plain_arguments(arguments);
            return self.apply(quote!(#receiver.#name), whole, arguments);
        }
        let known = !self.around.functions.contains(&text) && operations::operations(&text).next().is_some();
        let Lowered { tokens, binding } = match &receiver.kind {
            Kind::Index(base, index) if !known => self.element(receiver, base, index),
            _ => self.lower(receiver),
        };
        match binding {
            Binding::Value | Binding::Member if known => self.operation(whole, name, Some(tokens), arguments),
            Binding::Value => {
                let mut all = vec![tokens];
                all.extend(self.plain_arguments(arguments));
                self.apply(name.to_token_stream(), whole, all)
            }
            Binding::Model | Binding::Member => {
                let arguments = self.plain_arguments(arguments);
                self.apply(quote!(#tokens.#name), whole, arguments)
            }
            Binding::Plain | Binding::Array(_) => {
                let arguments = self.plain_arguments(arguments);
                Lowered { tokens: dotted(tokens, name, arguments, whole.last), binding: Binding::Plain }
            }
        }
    }

    /// The arguments of a function, which has no keywords.
    fn plain_arguments(&mut self, arguments: &[Argument]) -> Vec<TokenStream> {
        let mut tokens = Vec::new();
        for argument in arguments {
            if let Some(keyword) = &argument.keyword {
                let message = "only operations have keywords; a function of Rust takes its arguments in their order";
                self.error(keyword.span(), message);
            }
            tokens.push(self.argument(&argument.value).tokens);
        }
        tokens
    }

    fn field(&mut self, base: &Expression, member: &Member) -> Lowered {
        if let (Some(receiver), Member::Named(name)) = (base.ident(), member)
            && receiver == "self"
            && self.around.is_model()
        {
            return match self.around.fields.get(&name.to_string()) {
                Some(binding) => {
                    let receiver = self.receiver(base.first);
                    Lowered { tokens: quote!(#receiver.#name), binding: binding.clone() }
                }
                None => self.mistake(name.span(), format_args!("the model has no field `{name}`")),
            };
        }
        let Lowered { tokens, binding } = self.lower(base);
        let binding = match binding {
            Binding::Model | Binding::Member => Binding::Member,
            Binding::Value => Binding::Value,
            _ => Binding::Plain,
        };
        Lowered { tokens: quote!(#tokens.#member), binding }
    }

    /// The receiver of a method that is no operation: of what only its own macro knows, an element is a model.
    fn element(&mut self, whole: &Expression, base: &Expression, index: &Expression) -> Lowered {
        let Lowered { tokens, binding } = self.lower(base);
        if binding != Binding::Member || matches!(index.kind, Kind::Range(..)) {
            return self.index(whole, base, index);
        }
        let index = self.argument(index).tokens;
        Lowered { tokens: quote!(#tokens[#index]), binding: Binding::Model }
    }

    fn index(&mut self, whole: &Expression, base: &Expression, index: &Expression) -> Lowered {
        let Lowered { tokens, binding } = self.lower(base);
        match binding {
            Binding::Array(item) => {
                let index = enclosed(Delimiter::Bracket, self.argument(index).tokens, whole.last);
                Lowered { tokens: quote!(#tokens #index), binding: *item }
            }
            Binding::Plain => {
                let index = enclosed(Delimiter::Bracket, self.argument(index).tokens, whole.last);
                Lowered { tokens: quote!(#tokens #index), binding: Binding::Plain }
            }
            Binding::Model => self.mistake(base.span(), "a model has no positions"),
            Binding::Value | Binding::Member => {
                let (method, position) = match &index.kind {
                    Kind::Range(..) => ("slice", self.static_range(index, index.first)),
                    _ => ("at", self.static_number("Index", index, index.first)),
                };
                self.record(method, index.first, whole, [tokens, position])
            }
        }
    }
}

/// A function of a type or of a primitive, `Mask::causal` or `f64::from`: plain Rust.
fn is_associated(function: &Path) -> bool {
    let mut segments = function.segments.iter().rev().skip(1);
    segments.next().is_some_and(|owner| {
        owner.ident.to_string().starts_with(|character: char| character.is_uppercase())
            || (function.segments.len() == 2 && is_primitive_name(&owner.ident))
    })
}

fn symbol(kind: Binary) -> char {
    match kind {
        Binary::Add => '+',
        Binary::Sub => '-',
        Binary::Mul => '*',
        Binary::Div => '/',
        Binary::MatMul => '@',
    }
}

/// Arithmetic of plain numbers.
fn arithmetic(kind: Binary, span: Span, left: &TokenStream, right: &TokenStream) -> TokenStream {
    let mut operator = Punct::new(symbol(kind), Spacing::Alone);
    operator.set_span(span);
    quote!(#left #operator #right)
}

/// `-number`, with parentheses where it is more than one token.
fn negative(expression: &Expression, number: TokenStream) -> TokenStream {
    match expression.kind {
        Kind::Literal(_) | Kind::Path(_) => quote!(-#number),
        _ => quote!(-(#number)),
    }
}

/// `receiver.method(arguments)` that ends at `last`.
fn dotted(
    receiver: TokenStream,
    method: &Ident,
    arguments: impl IntoIterator<Item = TokenStream>,
    last: Span,
) -> TokenStream {
    let place = method.span();
    let arguments = parentheses(arguments, place, last);
    quote_spanned!(place=> #receiver.#method #arguments)
}

/// In brackets at a place.
pub fn enclosed(delimiter: Delimiter, tokens: TokenStream, place: Span) -> TokenTree {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(place);
    group.into()
}

/// `(a, b)` that ends at `last`.
fn parentheses(arguments: impl IntoIterator<Item = TokenStream>, place: Span, last: Span) -> TokenStream {
    let mut tokens = TokenStream::new();
    for (index, argument) in arguments.into_iter().enumerate() {
        if index > 0 {
            let mut comma = Punct::new(',', Spacing::Alone);
            comma.set_span(place);
            tokens.extend([TokenTree::from(comma)]);
        }
        tokens.extend(argument);
    }
    enclosed(Delimiter::Parenthesis, tokens, last).into()
}
