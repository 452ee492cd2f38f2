//! `shape!`, `dims!` and `dim!`.

use std::collections::HashSet;

use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream, discouraged::Speculative};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, Lit, LitInt, Path, Result, Token, Type, Visibility, parse_quote_spanned, token};

/// The largest size that is a `Dim`; above, sizes are written in decimal digits.
const LARGEST_DIM: u64 = 4096;

/// The number of digits that `Digits` has room for.
const MAX_DIGITS: usize = 10;

/// The largest number of axes.
const MAX_RANK: usize = 8;

/// One axis, as written.
pub enum Axis {
    Number(LitInt),
    Type(Box<Type>),
    Constant(Group),
}

/// The axes of a shape.
pub struct Axes {
    session: Path,
    axes: Punctuated<Axis, Token![,]>,
}

/// The declarations of `dim!`.
pub struct Names {
    session: Path,
    names: Punctuated<Name, Token![,]>,
}

struct Name {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    size: Axis,
}

/// `crate = path;`, or else `::session`.
pub fn session(input: ParseStream) -> Result<Path> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        // At a place of the user's: the types that are written with it are underlined in messages.
        return Ok(parse_quote_spanned!(input.span()=> ::session));
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    input.parse::<Token![;]>()?;
    Ok(path)
}

impl Parse for Axis {
    fn parse(input: ParseStream) -> Result<Self> {
        let start = input.span();
        if input.peek(Token![-]) {
            return Err(Error::new(
                start,
                "the size of an axis is not negative; where others write -1, `s.flatten(..)` and `s.flatten_from(..)` compute it",
            ));
        }
        let axis = if input.peek(token::Brace) {
            Self::Constant(input.parse()?)
        } else if input.peek(Lit) {
            match input.parse()? {
                Lit::Int(number) => Self::Number(check(number)?),
                other => {
                    return Err(Error::new(
                        other.span(),
                        "the size of an axis is a whole number, as in `shape![64, 784]`",
                    ));
                }
            }
        } else {
            let ahead = input.fork();
            let parsed: Box<Type> = ahead.parse().map_err(|_| {
                Error::new(start, "expected the size of an axis: a number, a dimension such as `B`, or a constant in braces such as `{N}`")
            })?;
            refuse_value(&parsed)?;
            input.advance_to(&ahead);
            Self::Type(parsed)
        };
        if input.is_empty() || input.peek(Token![,]) {
            Ok(axis)
        } else {
            Err(input.error("expected `,`; an expression is written in braces, as in `shape![{2 * N}, 784]`"))
        }
    }
}

/// Fails for what is most likely a variable: types do not begin with a small letter.
fn refuse_value(axis: &Type) -> Result<()> {
    if let Type::Path(path) = axis
        && let Some(name) = path.path.get_ident()
        && name.to_string().starts_with(|c: char| c.is_lowercase())
    {
        let text = format!(
            "`{name}` is no dimension: a size is a number, a type such as `B`, or a constant in braces such as `{{N}}`"
        );
        return Err(Error::new(name.span(), text));
    }
    Ok(())
}

/// A number that has a dimension.
fn check(number: LitInt) -> Result<LitInt> {
    if !matches!(number.suffix(), "" | "usize") {
        return Err(Error::new(number.span(), "the size of an axis has no suffix"));
    }
    let value: u64 = number.base10_parse()?;
    if value.to_string().len() > MAX_DIGITS {
        return Err(Error::new(number.span(), format!("the size of an axis has at most {MAX_DIGITS} digits")));
    }
    Ok(number)
}

impl Axis {
    /// The name of a dimension of this size and its arguments, or `None` for a type other than one of `constants`.
    fn number(&self, constants: &[Ident]) -> Option<(TokenStream, TokenStream)> {
        match self {
            Self::Number(number) => {
                let value: u64 = number.base10_parse().expect("checked when parsed");
                if value <= LARGEST_DIM {
                    let value = LitInt::new(&value.to_string(), number.span());
                    return Some((quote!(Dim), quote!(#value)));
                }
                let digits = value.to_string();
                let digits = digits.chars().map(|digit| LitInt::new(&digit.to_string(), number.span()));
                Some((quote!(Digits), quote!(#(#digits),*)))
            }
            Self::Constant(constant) => Some((quote!(Dim), quote!(#constant))),
            Self::Type(axis) => {
                let constant = single_name(axis).filter(|name| constants.contains(name))?;
                Some((quote!(Dim), quote!({ #constant })))
            }
        }
    }

    pub fn as_type(&self, session: &Path, constants: &[Ident]) -> TokenStream {
        match (self.number(constants), self) {
            (Some((name, arguments)), _) => quote!(#session::#name<#arguments>),
            (None, Self::Type(axis)) => quote!(#axis),
            (None, _) => unreachable!("only a type has no number"),
        }
    }

    pub fn as_value(&self, session: &Path, constants: &[Ident]) -> TokenStream {
        match (self.number(constants), self) {
            (Some((name, arguments)), _) => quote!(#session::#name::<#arguments>),
            (None, Self::Type(axis)) => quote!(<#axis as ::core::default::Default>::default()),
            (None, _) => unreachable!("only a type has no number"),
        }
    }
}

impl Parse for Axes {
    fn parse(input: ParseStream) -> Result<Self> {
        Ok(Self { session: session(input)?, axes: axes(input)? })
    }
}

/// The name that a type is, if it is no more than that.
pub fn single_name(name: &Type) -> Option<&Ident> {
    match name {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

/// Axes to the end.
pub fn axes(input: ParseStream) -> Result<Punctuated<Axis, Token![,]>> {
    let start = input.span();
    let axes = Punctuated::parse_terminated(input)?;
    if axes.len() > MAX_RANK {
        return Err(Error::new(start, format!("a shape has at most {MAX_RANK} axes, not {}", axes.len())));
    }
    Ok(axes)
}

impl Axes {
    /// The tuple type.
    pub fn shape(&self) -> TokenStream {
        let axes = self.axes.iter().map(|axis| axis.as_type(&self.session, &[]));
        quote!((#(#axes,)*))
    }

    /// The tuple value.
    pub fn dims(&self) -> TokenStream {
        let axes = self.axes.iter().map(|axis| axis.as_value(&self.session, &[]));
        quote!((#(#axes,)*))
    }
}

impl Parse for Names {
    fn parse(input: ParseStream) -> Result<Self> {
        let session = session(input)?;
        let names: Punctuated<Name, _> = Punctuated::parse_terminated(input)?;
        let mut seen = HashSet::new();
        for Name { name, .. } in &names {
            if !seen.insert(name) {
                return Err(Error::new(name.span(), format!("`{name}` is declared twice")));
            }
        }
        Ok(Self { session, names })
    }
}

impl Parse for Name {
    fn parse(input: ParseStream) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let name: Ident = input.parse()?;
        if name.to_string().starts_with(|c: char| c.is_lowercase()) {
            return Err(Error::new(name.span(), "a dimension is a type, whose name begins with a capital letter"));
        }
        if !input.peek(Token![=]) {
            return Err(Error::new(name.span(), format!("expected a size, as in `dim!({name} = 50257)`")));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { attributes, visibility, name, size: input.parse()? })
    }
}

impl Names {
    /// A unit struct for each name.
    pub fn declare(&self) -> TokenStream {
        let session = &self.session;
        self.names
            .iter()
            .map(|Name { attributes, visibility, name, size }| {
                let documented = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
                let documentation = (!documented).then(|| {
                    let text = format!("The dimension `{name}`.");
                    quote!(#[doc = #text])
                });
                let size = size.as_type(session, &[]);
                let text = name.to_string();
                let text = text.trim_start_matches("r#");
                quote! {
                    #documentation
                    #(#attributes)*
                    #[derive(
                        ::core::clone::Clone,
                        ::core::marker::Copy,
                        ::core::fmt::Debug,
                        ::core::default::Default,
                        ::core::cmp::PartialEq,
                        ::core::cmp::Eq,
                        ::core::hash::Hash,
                    )]
                    #visibility struct #name;

                    impl #session::Named for #name {
                        type Size = #size;
                        const NAME: &'static str = #text;
                    }
                }
            })
            .collect()
    }
}
