//! Statements of `graph!`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Result, Token, token};

use super::expression::{Expression, If, Kind, before_brace, branch, is_fragment};
use super::item::combine;
use super::types::ParameterType;

/// Statements and a result, in braces.
pub struct Block {
    pub statements: Vec<Statement>,
    pub result: Option<Box<Expression>>,
    pub first: Span,
    pub last: Span,
}

pub enum Statement {
    Let { mutable: Option<Token![mut]>, names: Names, shape: Option<Box<ParameterType>>, value: Expression },
    Assign { name: Ident, value: Expression },
    For { name: Ident, over: TokenStream, body: Block },
    If(If),
}

/// What a `let` names.
pub enum Names {
    One(Ident),
    Several(Vec<(Option<Token![mut]>, Ident)>),
}

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &Ident> {
        let (one, several) = match self {
            Self::One(name) => (Some(name), &[][..]),
            Self::Several(names) => (None, names.as_slice()),
        };
        one.into_iter().chain(several.iter().map(|(_, name)| name))
    }
}

impl Parse for Block {
    fn parse(input: ParseStream) -> Result<Self> {
        if !input.peek(token::Brace) {
            return Err(input.error("expected `{`"));
        }
        let content;
        let braces = syn::braced!(content in input);
        let (statements, result) = statements(&content)?;
        Ok(Self { statements, result, first: braces.span.open(), last: braces.span.close() })
    }
}

impl Block {
    /// Statements and a result without braces.
    /// They stand behind `arrow`.
    pub fn bare(input: ParseStream, arrow: Span) -> Result<Self> {
        let (statements, result) = statements(input)?;
        Ok(Self { statements, result, first: arrow, last: arrow })
    }
}

/// Reads to the end. After an error it goes on with the next statement, so that all errors are said at once.
fn statements(input: ParseStream) -> Result<(Vec<Statement>, Option<Box<Expression>>)> {
    let (mut statements, mut result) = (Vec::new(), None);
    let mut errors: Option<Error> = None;
    while !input.is_empty() {
        match line(input) {
            Ok(Line::Statement(statement)) => statements.push(statement),
            Ok(Line::Result(value)) => result = Some(Box::new(value)),
            Err(error) => {
                combine(&mut errors, error);
                skip_statement(input)?;
            }
        }
    }
    match errors {
        None => Ok((statements, result)),
        Some(errors) => Err(errors),
    }
}

fn skip_statement(input: ParseStream) -> Result<()> {
    while !input.is_empty() {
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            return Ok(());
        }
        input.step(|cursor| cursor.token_tree().map(|(_, rest)| ((), rest)).ok_or_else(|| cursor.error("the end")))?;
    }
    Ok(())
}

enum Line {
    Statement(Statement),
    Result(Expression),
}

fn line(input: ParseStream) -> Result<Line> {
    if is_fragment(input) {
        return value(input);
    }
    if input.peek(Token![let]) {
        return assignment(input).map(Line::Statement);
    }
    if input.peek(Token![for]) {
        return repetition(input).map(Line::Statement);
    }
    if input.peek(Token![if]) {
        let (first, (branch, last)) = (input.span(), branch(input)?);
        // An `if` at the end is the result if it has one.
        if !input.is_empty() || branch.then.result.is_none() {
            return Ok(Line::Statement(Statement::If(branch)));
        }
        return Ok(Line::Result(Expression { kind: Kind::If(branch), first, last }));
    }
    if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        semicolon(input)?;
        return Ok(Line::Statement(Statement::Assign { name, value }));
    }
    value(input)
}

fn value(input: ParseStream) -> Result<Line> {
    let first = input.span();
    let value: Expression = input.parse()?;
    if input.peek(Token![;]) {
        return Err(Error::new(
            first,
            "a value that nothing uses: name it by `let`, or leave out the `;` to give it back",
        ));
    }
    if input.is_empty() { Ok(Line::Result(value)) } else { Err(expected_operator(input)) }
}

fn expected_operator(input: ParseStream) -> Error {
    input.error("expected `;` or an operator")
}

fn semicolon(input: ParseStream) -> Result<()> {
    if !input.peek(Token![;]) {
        return Err(expected_operator(input));
    }
    input.parse::<Token![;]>()?;
    Ok(())
}

/// `let h = ..;`, `let h: [B, 10] = ..;`, `let (a, b) = ..;`
fn assignment(input: ParseStream) -> Result<Statement> {
    input.parse::<Token![let]>()?;
    let mutable = input.parse()?;
    let names = if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        let names: Punctuated<(Option<Token![mut]>, Ident), Token![,]> = content.parse_terminated(name, Token![,])?;
        Names::Several(names.into_iter().collect())
    } else {
        Names::One(identifier(input)?)
    };
    let shape = if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
        Some(Box::new(input.parse()?))
    } else {
        None
    };
    if !input.peek(Token![=]) {
        return Err(input.error("expected `=` and a value"));
    }
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    semicolon(input)?;
    Ok(Statement::Let { mutable, names, shape, value })
}

fn name(input: ParseStream) -> Result<(Option<Token![mut]>, Ident)> {
    Ok((input.parse()?, identifier(input)?))
}

/// A name, or `_`.
fn identifier(input: ParseStream) -> Result<Ident> {
    if input.peek(Token![_]) {
        return input.call(Ident::parse_any);
    }
    input.parse().map_err(|error| Error::new(error.span(), "expected a name, or names in parentheses"))
}

/// `for i in 0..N { .. }`
fn repetition(input: ParseStream) -> Result<Statement> {
    input.parse::<Token![for]>()?;
    let name = identifier(input)?;
    if !input.peek(Token![in]) {
        return Err(input.error("expected `in`, as in `for i in 0..N`"));
    }
    input.parse::<Token![in]>()?;
    let start = input.span();
    let over = before_brace(input)?;
    if over.is_empty() {
        return Err(Error::new(start, "expected a range such as `0..N`, or an array of parameters or models"));
    }
    let body: Block = input.parse()?;
    if let Some(result) = &body.result {
        return Err(Error::new(result.span(), "the body of `for` gives nothing: assign to a `let mut` before it"));
    }
    Ok(Statement::For { name, over, body })
}
