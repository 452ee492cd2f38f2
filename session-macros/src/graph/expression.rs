//! Expressions of `graph!`: what they are made of and how they are read.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Ident, Lit, Member, Path, Result, Token, Type, token};

use super::statement::Block;

/// An expression with the places of its first and last token.
pub struct Expression {
    pub kind: Kind,
    pub first: Span,
    pub last: Span,
}

/// What an expression is.
pub enum Kind {
    Literal(Lit),
    Path(Path),
    Negate(Span, Box<Expression>),
    Reference(TokenStream, Box<Expression>),
    Binary(Box<Expression>, Operator, Box<Expression>),
    Cast(Box<Expression>, Type),
    Call(Path, Vec<Argument>),
    Method(Box<Expression>, Ident, Vec<Argument>),
    Field(Box<Expression>, Member),
    /// The brackets and what is in them: a position, or two ends of a range.
    Index(Box<Expression>, Box<Expression>),
    Range(Option<Box<Expression>>, Span, Option<Box<Expression>>),
    Parenthesised(Box<Expression>),
    Tuple(Vec<Expression>),
    /// In brackets: values, or the axes of a shape.
    Array(Group),
    Block(Block),
    If(If),
}

/// A binary operator at its place.
pub struct Operator {
    pub kind: Binary,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    MatMul,
}

/// An argument of a call: `x`, or `stride = 2`.
pub struct Argument {
    pub keyword: Option<Ident>,
    pub value: Expression,
}

/// `if` with a condition in plain Rust.
pub struct If {
    pub keyword: Token![if],
    pub condition: TokenStream,
    pub then: Block,
    pub otherwise: Option<Box<Expression>>,
}

/// What Rust has and `graph!` has not, with what is there instead.
const FOREIGN: &[(&str, &str)] = &[
    ("match", "`match` is not part of `graph!`: choose with `if` on constants, or outside of it"),
    (
        "while",
        "`while` is not part of `graph!`: a graph has no loops that depend on values; `for i in 0..N` is unrolled",
    ),
    ("loop", "`loop` is not part of `graph!`: `for i in 0..N` is unrolled"),
    ("return", "`return` is not part of `graph!`: the last expression is the result"),
    ("break", "`break` is not part of `graph!`: `for i in 0..N` is unrolled as a whole"),
    ("continue", "`continue` is not part of `graph!`: `for i in 0..N` is unrolled as a whole"),
    ("move", CLOSURE),
    ("async", "`async` is not part of `graph!`"),
    ("unsafe", "`unsafe` is not part of `graph!`"),
    ("let", "`let` stands at the start of a statement"),
];

const CLOSURE: &str = "closures are not part of `graph!`: write a function that takes a session and call it";

impl Expression {
    fn new(kind: Kind, first: Span, last: Span) -> Self {
        Self { kind, first, last }
    }

    /// The one identifier that this is.
    pub fn ident(&self) -> Option<&Ident> {
        match &self.kind {
            Kind::Path(path) => path.get_ident(),
            _ => None,
        }
    }

    /// A place that covers it, for errors.
    pub fn span(&self) -> Span {
        self.first.join(self.last).unwrap_or(self.first)
    }
}

/// Reads `a + b`, the loosest operators.
impl Parse for Expression {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut left = product(input)?;
        loop {
            let kind = match () {
                () if input.peek(Token![+]) => Binary::Add,
                () if input.peek(Token![-]) => Binary::Sub,
                () => break,
            };
            left = binary(input, left, kind, product)?;
        }
        for (operator, reason) in [
            ("==", "a comparison stands in the condition of an `if` only"),
            ("!=", "a comparison stands in the condition of an `if` only"),
            ("<", "a comparison stands in the condition of an `if` only; of values, `select_gt(a, b, x, y)` is one"),
            (">", "a comparison stands in the condition of an `if` only; of values, `select_gt(a, b, x, y)` is one"),
            ("?", "`?` is not part of `graph!`: recording gives no errors"),
            ("%", "`%` is not part of `graph!`"),
            ("^", "`^` is not part of `graph!`: `pow(x, 2.0)` is a power"),
            ("&&", "`&&` stands in the condition of an `if` only"),
            ("||", "`||` stands in the condition of an `if` only"),
        ] {
            if starts_with(input, operator) {
                return Err(input.error(reason));
            }
        }
        Ok(left)
    }
}

fn starts_with(input: ParseStream, operator: &str) -> bool {
    let mut cursor = input.cursor();
    operator.chars().all(|character| match cursor.punct() {
        Some((punct, rest)) if punct.as_char() == character => {
            cursor = rest;
            true
        }
        _ => false,
    })
}

fn product(input: ParseStream) -> Result<Expression> {
    let mut left = unary(input)?;
    loop {
        let kind = match () {
            () if input.peek(Token![*]) => Binary::Mul,
            () if input.peek(Token![/]) => Binary::Div,
            () if input.peek(Token![@]) => Binary::MatMul,
            () => return Ok(left),
        };
        left = binary(input, left, kind, unary)?;
    }
}

fn binary(
    input: ParseStream,
    left: Expression,
    kind: Binary,
    operand: fn(ParseStream) -> Result<Expression>,
) -> Result<Expression> {
    let operator = next_token(input)?;
    if input.peek(Token![=]) {
        return Err(Error::new(operator.span(), "no assignment with an operator: write `h = h + x`"));
    }
    let right = operand(input)?;
    let (first, last) = (left.first, right.last);
    let operator = Operator { kind, span: operator.span() };
    Ok(Expression::new(Kind::Binary(Box::new(left), operator, Box::new(right)), first, last))
}

fn next_token(input: ParseStream) -> Result<TokenTree> {
    input.step(|cursor| cursor.token_tree().ok_or_else(|| cursor.error("unexpected end")))
}

fn unary(input: ParseStream) -> Result<Expression> {
    let first = input.span();
    // Before `peek`, which looks into the group.
    if is_fragment(input) {
        return postfix(input);
    }
    if input.peek(Token![-]) {
        input.parse::<Token![-]>()?;
        let operand = unary(input)?;
        let last = operand.last;
        return Ok(Expression::new(Kind::Negate(first, Box::new(operand)), first, last));
    }
    if input.peek(Token![&]) && !input.peek(Token![&&]) {
        let mut reference: TokenStream = next_token(input)?.into();
        if input.peek(Token![mut]) {
            reference.extend([next_token(input)?]);
        }
        let operand = unary(input)?;
        let last = operand.last;
        return Ok(Expression::new(Kind::Reference(reference, Box::new(operand)), first, last));
    }
    let mut value = postfix(input)?;
    while input.peek(Token![as]) {
        input.parse::<Token![as]>()?;
        let to = input.call(Type::without_plus)?;
        let (first, last) = (value.first, to.span());
        value = Expression::new(Kind::Cast(Box::new(value), to), first, last);
    }
    Ok(value)
}

fn postfix(input: ParseStream) -> Result<Expression> {
    let mut value = primary(input)?;
    loop {
        let first = value.first;
        if input.peek(Token![.]) && !input.peek(Token![..]) {
            input.parse::<Token![.]>()?;
            if input.peek(Token![await]) {
                return Err(input.error("`await` is not part of `graph!`"));
            }
            let member: Member = input.parse()?;
            match member {
                Member::Named(name) if input.peek(token::Paren) => {
                    let (arguments, last) = arguments(input)?;
                    value = Expression::new(Kind::Method(Box::new(value), name, arguments), first, last);
                }
                member => {
                    let last = member.span();
                    value = Expression::new(Kind::Field(Box::new(value), member), first, last);
                }
            }
        } else if input.peek(token::Bracket) {
            let content;
            let brackets = syn::bracketed!(content in input);
            let index = range(&content)?;
            if content.peek(Token![,]) {
                return Err(content.error(
                    "one position or range in brackets: `slice(x, axis = 1, range = 0..4)` takes another axis",
                ));
            }
            end(&content)?;
            let last = brackets.span.close();
            value = Expression::new(Kind::Index(Box::new(value), Box::new(index)), first, last);
        } else {
            return Ok(value);
        }
    }
}

/// Nothing more, or else what is there instead of an operator.
pub fn end(input: ParseStream) -> Result<()> {
    if input.is_empty() { Ok(()) } else { Err(input.error("expected an operator or the end of the expression")) }
}

/// An expression, or a range of two.
pub fn range(input: ParseStream) -> Result<Expression> {
    let first = input.span();
    let low = if input.peek(Token![..]) { None } else { Some(input.parse::<Expression>()?) };
    if !input.peek(Token![..]) {
        return low.ok_or_else(|| input.error("expected an expression"));
    }
    if input.peek(Token![..=]) {
        return Err(input.error("a range is written without its end, as in `1..4`"));
    }
    let dots = input.parse::<Token![..]>()?.span();
    let high = if input.is_empty() || input.peek(Token![,]) { None } else { Some(input.parse::<Expression>()?) };
    let last = high.as_ref().map_or(dots, |high| high.last);
    Ok(Expression::new(Kind::Range(low.map(Box::new), dots, high.map(Box::new)), first, last))
}

/// Whether next is an expression that a `macro_rules` has taken as a whole, `$x:expr`.
pub fn is_fragment(input: ParseStream) -> bool {
    input.cursor().group(Delimiter::None).is_some()
}

/// Such an expression, which stays one: as if it were in parentheses.
fn fragment(input: ParseStream) -> Result<Expression> {
    let first = input.span();
    let content = input.step(|cursor| match cursor.group(Delimiter::None) {
        Some((content, _, rest)) => Ok((content.token_stream(), rest)),
        None => Err(cursor.error("expected an expression")),
    })?;
    let whole = |input: ParseStream| {
        let expression: Expression = input.parse()?;
        end(input)?;
        Ok(expression)
    };
    let value = whole.parse2(content)?;
    match value.kind {
        Kind::Path(function) if input.peek(token::Paren) => {
            let (arguments, last) = arguments(input)?;
            Ok(Expression::new(Kind::Call(function, arguments), first, last))
        }
        Kind::Path(_) | Kind::Literal(_) => Ok(value),
        _ => {
            let (first, last) = (value.first, value.last);
            Ok(Expression::new(Kind::Parenthesised(Box::new(value)), first, last))
        }
    }
}

fn primary(input: ParseStream) -> Result<Expression> {
    let first = input.span();
    if is_fragment(input) {
        return fragment(input);
    }
    if let Some((word, _)) = input.cursor().ident()
        && let Some((_, reason)) = FOREIGN.iter().find(|(foreign, _)| word == foreign)
    {
        return Err(Error::new(first, reason));
    }
    if input.peek(Token![|]) || input.peek(Token![||]) {
        return Err(Error::new(first, CLOSURE));
    }
    if input.peek(Lit) {
        let literal: Lit = input.parse()?;
        return match literal {
            Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) | Lit::Str(_) => {
                Ok(Expression::new(Kind::Literal(literal), first, first))
            }
            other => Err(Error::new(other.span(), "expected a value or a number")),
        };
    }
    if input.peek(token::Paren) {
        let content;
        let parentheses = syn::parenthesized!(content in input);
        let last = parentheses.span.close();
        let values: Punctuated<Expression, Token![,]> = Punctuated::parse_terminated(&content)?;
        let single = values.len() == 1 && !values.trailing_punct();
        let mut values: Vec<Expression> = values.into_iter().collect();
        let kind = match values.pop() {
            Some(value) if single => Kind::Parenthesised(Box::new(value)),
            Some(value) => {
                values.push(value);
                Kind::Tuple(values)
            }
            None => return Err(Error::new(first, "expected a value: a graph has no `()`")),
        };
        return Ok(Expression::new(kind, first, last));
    }
    if input.peek(token::Bracket) {
        let array: Group = input.parse()?;
        let last = array.span_close();
        return Ok(Expression::new(Kind::Array(array), first, last));
    }
    if input.peek(token::Brace) {
        let block: Block = input.parse()?;
        let last = block.last;
        return Ok(Expression::new(Kind::Block(block), first, last));
    }
    if input.peek(Token![if]) {
        let (branch, last) = branch(input)?;
        return Ok(Expression::new(Kind::If(branch), first, last));
    }
    if input.peek(Token![for]) {
        return Err(Error::new(first, "`for` is a statement: assign to a `let mut` before it"));
    }
    if !(input.peek(Ident::peek_any) || input.peek(Token![::]) || input.peek(Token![<])) {
        return Err(Error::new(first, "expected a value: a name, a number, a call such as `relu(x)`, or `(..)`"));
    }
    path(input)
}

/// A name or a call of a function.
fn path(input: ParseStream) -> Result<Expression> {
    let first = input.span();
    let ExprPath { qself, path, .. } = input.parse()?;
    if let Some(qself) = qself {
        return Err(Error::new(qself.span(), "expected a name: a path begins with a name in `graph!`"));
    }
    if input.peek(Token![!]) && !input.peek(Token![!=]) {
        return Err(Error::new(
            first,
            "macros are not part of `graph!`: shapes are written in brackets, as in `[B, 10]`",
        ));
    }
    if input.peek(token::Paren) {
        let (arguments, last) = arguments(input)?;
        return Ok(Expression::new(Kind::Call(path, arguments), first, last));
    }
    let last = path.segments.last().map_or(first, |segment| segment.ident.span());
    Ok(Expression::new(Kind::Path(path), first, last))
}

fn arguments(input: ParseStream) -> Result<(Vec<Argument>, Span)> {
    let content;
    let parentheses = syn::parenthesized!(content in input);
    let arguments: Punctuated<Argument, Token![,]> = Punctuated::parse_terminated(&content)?;
    Ok((arguments.into_iter().collect(), parentheses.span.close()))
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> Result<Self> {
        let named =
            !is_fragment(input) && input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        let keyword = if named {
            let keyword = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            Some(keyword)
        } else {
            None
        };
        let value = range(input)?;
        if !(input.is_empty() || input.peek(Token![,])) {
            return Err(input.error("expected `,` or an operator"));
        }
        Ok(Self { keyword, value })
    }
}

/// `if` with its branches, and the place of the last token.
pub fn branch(input: ParseStream) -> Result<(If, Span)> {
    let keyword = input.parse()?;
    let start = input.span();
    let condition = before_brace(input)?;
    if condition.is_empty() {
        return Err(Error::new(start, "expected a condition, a constant of Rust such as `N > 1`"));
    }
    let then: Block = input.parse()?;
    let mut last = then.last;
    let mut otherwise = None;
    if input.peek(Token![else]) {
        input.parse::<Token![else]>()?;
        let first = input.span();
        let (kind, end) = if input.peek(Token![if]) {
            let (branch, last) = branch(input)?;
            (Kind::If(branch), last)
        } else {
            let block: Block = input.parse()?;
            let last = block.last;
            (Kind::Block(block), last)
        };
        last = end;
        otherwise = Some(Box::new(Expression::new(kind, first, end)));
    }
    Ok((If { keyword, condition, then, otherwise }, last))
}

/// Tokens of plain Rust up to the next `{`.
pub fn before_brace(input: ParseStream) -> Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(token::Brace) {
        tokens.extend([next_token(input)?]);
    }
    Ok(tokens)
}
