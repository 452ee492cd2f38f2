//! The items of `graph!`: functions, and models with their methods.

use proc_macro2::{Span, TokenStream};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Generics, Ident, Path, Result, Token, Visibility, WhereClause, token};

use super::expression::Expression;
use super::statement::Block;
use super::types::{self, Axes, ParameterType, ValueType};
use crate::shape;

/// What stands in `graph!`.
pub enum Input {
    /// What could be read, and the mistakes in the rest.
    Items(Path, Vec<Item>, Option<Error>),
    /// `session => values`
    Inline(Path, TokenStream, Block),
}

pub enum Item {
    Function(Function),
    Model(Model),
    /// A model that could not be read: the functions after it are its own.
    Broken,
}

/// `fn name<B>(x: [B, 3]) -> [B] { .. }`
pub struct Function {
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub keyword: Token![fn],
    pub name: Ident,
    pub generics: Generics,
    pub parameters: Vec<Parameter>,
    pub result: ValueType,
    /// The body, or the mistakes in it.
    pub body: Result<Block>,
}

pub struct Parameter {
    pub name: Ident,
    pub kind: ParameterType,
}

/// `struct Name<H> { fields }` and the functions after it.
pub struct Model {
    /// Mistakes that leave the types as they are.
    pub errors: Option<Error>,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    pub generics: Generics,
    pub fields: Vec<Field>,
    pub methods: Vec<Function>,
}

/// `name: [8, 1, 5, 5] = kaiming`
pub struct Field {
    pub attributes: Vec<Attribute>,
    pub frozen: bool,
    pub name: Ident,
    pub kind: FieldType,
    pub initial: Option<Initial>,
}

/// What a field holds.
pub enum FieldType {
    Parameter(Axes),
    Model(Path),
    /// So many of one type.
    Array(Box<FieldType>, TokenStream),
}

/// Where the first values come from.
pub enum Initial {
    /// `kaiming`, `normal(0.0, 0.02)`, `init::mine`: a function and its arguments before the generator.
    Function(Path, TokenStream),
    /// `tied(embedding)`: the parameter of another field.
    Tied(TokenStream),
}

impl Parse for Input {
    fn parse(input: ParseStream) -> Result<Self> {
        let session = shape::session(input)?;
        if let Some(inline) = inline(input)? {
            let (inline, arrow) = inline;
            return Ok(Self::Inline(session, inline, Block::bare(input, arrow)?));
        }
        if input.is_empty() {
            return Err(input.error("expected a function, a model, or `session => values`"));
        }
        let mut items = Vec::new();
        let mut errors: Option<Error> = None;
        while !input.is_empty() {
            let start = input.fork();
            if let Err(error) = item(input, &mut items, &mut errors) {
                combine(&mut errors, error);
                skip_item(&start)?;
                input.advance_to(&start);
            }
        }
        Ok(Self::Items(session, items, errors))
    }
}

/// Says a mistake beside those before it.
pub fn combine(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(errors) => errors.combine(error),
        None => *errors = Some(error),
    }
}

/// The tokens before `=>` and its place, if there is one outside of brackets.
fn inline(input: ParseStream) -> Result<Option<(TokenStream, Span)>> {
    let ahead = input.fork();
    let mut session = TokenStream::new();
    while !ahead.is_empty() {
        if ahead.peek(Token![=>]) {
            let arrow = ahead.parse::<Token![=>]>()?;
            let arrow = arrow.spans[0];
            if session.is_empty() {
                return Err(Error::new(arrow, "expected the session before `=>`"));
            }
            input.advance_to(&ahead);
            return Ok(Some((session, arrow)));
        }
        if ahead.peek(Token![fn]) || ahead.peek(Token![struct]) {
            return Ok(None);
        }
        session.extend([ahead.parse::<proc_macro2::TokenTree>()?]);
    }
    Err(Error::new(input.span(), "expected `fn`, `struct`, or a session and `=>`, as in `graph!(s => relu(x))`"))
}

/// Goes on behind the next braces or `;`.
fn skip_item(input: ParseStream) -> Result<()> {
    while !input.is_empty() {
        let end = input.peek(token::Brace) || input.peek(Token![;]);
        input.parse::<proc_macro2::TokenTree>()?;
        if end {
            break;
        }
    }
    Ok(())
}

fn item(input: ParseStream, items: &mut Vec<Item>, errors: &mut Option<Error>) -> Result<()> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility: Visibility = input.parse()?;
    if input.peek(Token![struct]) {
        items.push(Item::Broken);
        let model = model(input, attributes, visibility)?;
        items.pop();
        items.push(Item::Model(model));
        return Ok(());
    }
    if !input.peek(Token![fn]) {
        return Err(input.error("expected `fn` or `struct`"));
    }
    let function = function(input, attributes, visibility)?;
    match items.last_mut() {
        Some(Item::Model(model)) => model.methods.push(function),
        Some(Item::Broken) => {
            if let Err(mistakes) = function.body {
                combine(errors, mistakes);
            }
        }
        _ => items.push(Item::Function(function)),
    }
    Ok(())
}

fn function(input: ParseStream, attributes: Vec<Attribute>, visibility: Visibility) -> Result<Function> {
    let keyword = input.parse()?;
    let name: Ident = input.parse()?;
    let mut generics = generics(input)?;
    let content;
    syn::parenthesized!(content in input);
    let parameters = Punctuated::<Parameter, Token![,]>::parse_terminated(&content)?;
    if !input.peek(Token![->]) {
        return Err(input.error("expected `->` and the shape of the result, as in `-> [B, 10]`"));
    }
    input.parse::<Token![->]>()?;
    let result = input.parse()?;
    generics.where_clause = input.parse::<Option<WhereClause>>()?;
    if !input.peek(token::Brace) {
        return Err(input.error("expected the body in braces"));
    }
    let body: proc_macro2::Group = input.parse()?;
    let body = syn::parse2(proc_macro2::TokenTree::from(body).into());
    Ok(Function {
        attributes,
        visibility,
        keyword,
        name,
        generics,
        parameters: parameters.into_iter().collect(),
        result,
        body,
    })
}

fn generics(input: ParseStream) -> Result<Generics> {
    let generics: Generics = input.parse()?;
    if let Some(lifetime) = generics.lifetimes().next() {
        return Err(Error::new(lifetime.span(), "no lifetimes: a graph borrows nothing"));
    }
    Ok(generics)
}

impl Parse for Parameter {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(Token![self]) || input.peek(Token![&]) {
            return Err(input.error("no `self`: the functions after a model see its fields by their names"));
        }
        let name: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(input.error(format_args!("expected `:` and a shape, as in `{name}: [B, 10]`")));
        }
        input.parse::<Token![:]>()?;
        Ok(Self { name, kind: input.parse()? })
    }
}

fn model(input: ParseStream, attributes: Vec<Attribute>, visibility: Visibility) -> Result<Model> {
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    let mut generics = generics(input)?;
    generics.where_clause = input.parse::<Option<WhereClause>>()?;
    if !input.peek(token::Brace) {
        return Err(input.error("expected the parameters in braces"));
    }
    let content;
    syn::braced!(content in input);
    if content.is_empty() {
        return Err(Error::new(name.span(), "a model without parameters is a function: write `fn`"));
    }
    let (mut fields, mut errors): (Vec<Field>, Option<Error>) = (Vec::new(), None);
    while !content.is_empty() {
        let field = field(&content, &mut errors)?;
        if fields.iter().any(|other| other.name == field.name) {
            return Err(Error::new(field.name.span(), format!("`{}` is declared twice", field.name)));
        }
        fields.push(field);
    }
    Ok(Model { errors, attributes, visibility, name, generics, fields, methods: Vec::new() })
}

/// A field and the comma behind it. Mistakes behind its type are collected.
fn field(input: ParseStream, errors: &mut Option<Error>) -> Result<Field> {
    let mut attributes = input.call(Attribute::parse_outer)?;
    let all = attributes.len();
    attributes.retain(|attribute| !attribute.path().is_ident("frozen"));
    let frozen = attributes.len() < all;
    // Parameters are public with their model, whether it is said or not.
    input.parse::<Visibility>()?;
    let name: Ident = input.parse()?;
    if !input.peek(Token![:]) {
        return Err(
            input.error(format_args!("expected `:` and a shape or a model, as in `{name}: [10, 784] = kaiming`"))
        );
    }
    input.parse::<Token![:]>()?;
    let kind: FieldType = input.parse()?;
    if let Some(condition) = attributes.iter().find(|attribute| attribute.path().is_ident("cfg")) {
        let message = "`#[cfg]` stands at a whole model or function: every build has the same parameters";
        combine(errors, Error::new(condition.span(), message));
        attributes.retain(|attribute| !attribute.path().is_ident("cfg"));
    }
    let initial = match initial(input, &name, &kind, frozen) {
        Ok(initial) => initial,
        Err(error) => {
            combine(errors, error);
            while !(input.is_empty() || input.peek(Token![,])) {
                input.parse::<proc_macro2::TokenTree>()?;
            }
            None
        }
    };
    input.parse::<Option<Token![,]>>()?;
    Ok(Field { attributes, frozen, name, kind, initial })
}

fn initial(input: ParseStream, name: &Ident, kind: &FieldType, frozen: bool) -> Result<Option<Initial>> {
    let end = input.span();
    let initial = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    match (kind.is_model(), &initial) {
        (false, None) => {
            let message = format!("`{name}` has no initial value, such as `= kaiming` or `= zeros`");
            Err(Error::new(if input.is_empty() { name.span() } else { end }, message))
        }
        (_, Some(Initial::Tied(_))) if frozen => {
            Err(Error::new(name.span(), "a tied parameter is frozen at the field that it is tied to"))
        }
        (true, Some(Initial::Function(..))) => Err(Error::new(end, "a model has initial values of its own")),
        (true, _) if frozen => Err(Error::new(
            name.span(),
            "freeze the fields of the model itself, or each of its `parameters()` once it is made",
        )),
        _ if !(input.is_empty() || input.peek(Token![,])) => Err(input.error("expected `,`")),
        _ => Ok(initial),
    }
}

impl Parse for FieldType {
    fn parse(input: ParseStream) -> Result<Self> {
        if !(input.peek(token::Bracket) || starts_path(input)) {
            return Err(input.error("expected a shape such as `[10, 784]`, a model, or an array such as `[Block; 3]`"));
        }
        if !input.peek(token::Bracket) {
            let path = input.call(Path::parse_mod_style).and_then(|mut path| {
                if input.peek(Token![<])
                    && let Some(last) = path.segments.last_mut()
                {
                    last.arguments = syn::PathArguments::AngleBracketed(input.parse()?);
                }
                Ok(path)
            });
            return path.map(Self::Model);
        }
        // An array has a `;` in its brackets, a shape has none.
        let ahead = input.fork();
        let content;
        syn::bracketed!(content in ahead);
        if let Ok(item) = content.parse::<Self>()
            && content.peek(Token![;])
        {
            content.parse::<Token![;]>()?;
            let count: TokenStream = content.parse()?;
            input.advance_to(&ahead);
            return Ok(Self::Array(Box::new(item), count));
        }
        types::bracketed(input).map(|(axes, _)| Self::Parameter(axes))
    }
}

impl FieldType {
    pub fn is_model(&self) -> bool {
        match self {
            Self::Parameter(_) => false,
            Self::Model(_) => true,
            Self::Array(item, _) => item.is_model(),
        }
    }
}

impl Parse for Initial {
    fn parse(input: ParseStream) -> Result<Self> {
        if !starts_path(input) {
            return Err(
                input.error("expected where the first values come from, such as `kaiming` or `normal(0.0, 0.02)`")
            );
        }
        let path = input.call(Path::parse_mod_style)?;
        let arguments = if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            content.parse()?
        } else {
            TokenStream::new()
        };
        if !path.is_ident("tied") {
            return Ok(Self::Function(path, arguments));
        }
        if syn::parse2::<Expression>(arguments.clone()).is_err() {
            return Err(Error::new(span(&path), "expected the field of the same parameter, as in `tied(embedding)`"));
        }
        Ok(Self::Tied(arguments))
    }
}

fn starts_path(input: ParseStream) -> bool {
    input.peek(Ident)
        || input.peek(Token![::])
        || input.peek(Token![crate])
        || input.peek(Token![self])
        || input.peek(Token![super])
}

fn span(path: &Path) -> Span {
    path.span()
}
