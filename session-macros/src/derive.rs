//! `#[derive(Model)]`, and the implementation of `Model` that it shares with `graph!`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericParam, Index, Member as Field, Path, Result, Type,
    TypeParamBound, WhereClause, WherePredicate, parse_quote_spanned,
};

use crate::shape::single_name;

/// A field of a model.
pub struct Member {
    place: Field,
    /// Whether it is no part of the model.
    skipped: bool,
}

impl Member {
    pub fn named(name: &Ident) -> Self {
        Self { place: Field::Named(name.clone()), skipped: false }
    }

    /// The name in dotted names.
    fn text(&self) -> String {
        match &self.place {
            Field::Named(name) => name.to_string().trim_start_matches("r#").to_owned(),
            Field::Unnamed(index) => index.index.to_string(),
        }
    }
}

/// The struct that gets an implementation.
pub struct Target<'a> {
    pub session: &'a Path,
    pub name: &'a Ident,
    /// `<H: Dimension, T: Float>`
    pub declared: TokenStream,
    /// `<H, T>`
    pub arguments: TokenStream,
    pub clause: Option<TokenStream>,
    /// The type of numbers.
    pub number: TokenStream,
    /// The struct of the leaves: its name and its arguments.
    pub refs: TokenStream,
    pub refs_name: Ident,
    /// Attributes of the implementation.
    pub conditions: TokenStream,
}

/// The path of the crate at a place of the user's, so that a type that begins with it is underlined there.
pub fn placed(session: &Path, place: Span) -> TokenStream {
    let tokens = session.to_token_stream().into_iter();
    let tokens = tokens.map(|mut token| {
        token.set_span(place.resolved_at(token.span()));
        token
    });
    tokens.collect()
}

/// The implementation of `Model`.
pub fn implementation(target: &Target<'_>, members: &[Member], graphs: Option<TokenStream>) -> TokenStream {
    let Target { session, name, declared, arguments, clause, number, refs, refs_name, conditions } = target;
    let model = members.iter().filter(|member| !member.skipped);
    let places: Vec<&Field> = model.clone().map(|member| &member.place).collect();
    let texts = model.map(Member::text);
    let copies = members.iter().map(|member| {
        let place = &member.place;
        if member.skipped {
            quote!(#place: ::core::clone::Clone::clone(&self.#place))
        } else {
            quote!(#place: copies.copy(&self.#place))
        }
    });
    let graphs = graphs.map(|graphs| {
        quote! {
            fn method_graphs(&self) -> ::std::vec::Vec<(&'static str, #session::ir::Graph)> {
                #graphs
            }
        }
    });
    // A model without parameters uses none of these.
    let unused = places.is_empty().then(|| quote!(#[allow(unused_variables)]));
    quote! {
        #conditions
        #unused
        impl #declared #session::Model<#number> for #name #arguments #clause {
            type Refs = #refs;

            fn bind_with(
                &self,
                binder: &mut #session::model::Binder<'_, #number>,
            ) -> ::core::result::Result<Self::Refs, #session::Error> {
                ::core::result::Result::Ok(#refs_name { #(#places: binder.bind(&self.#places)?,)* })
            }

            fn visit(&self, visitor: &mut #session::model::Visitor<'_, #number>) {
                #(visitor.field(#texts, &self.#places);)*
            }

            fn copy_with(&self, copies: &mut #session::model::Copies<#number>) -> Self {
                Self { #(#copies,)* }
            }

            #graphs
        }
    }
}

/// What `#[model(..)]` says.
struct Settings {
    session: Path,
    refs: Option<Ident>,
    number: Option<Type>,
}

/// `#[derive(Model)]`.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let settings = settings(&input.attrs, input.ident.span())?;
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        _ => return Err(Error::new(input.ident.span(), "a model is a struct: its fields are parameters and models")),
    };
    let session = &settings.session;
    let (number, parameter) = number(input, settings.number);
    let mut members = Vec::new();
    let mut leaves = Vec::new();
    let mut closed = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let place = match &field.ident {
            Some(name) => Field::Named(name.clone()),
            None => Field::Unnamed(Index { index: index as u32, span: field.ty.span() }),
        };
        let skipped = is_skipped(&field.attrs)?;
        if !skipped {
            // The leaves are the same for every type of numbers.
            let one = if parameter.is_some() { quote!(f32) } else { number.clone() };
            let kind = substituted(field.ty.to_token_stream(), parameter.as_ref());
            if !is_generic(field.ty.to_token_stream(), input) {
                let (place, session) = (field.ty.span(), placed(session, field.ty.span()));
                closed.push(quote_spanned!(place=> #kind: #session::Model<#one>));
            }
            leaves.push((field.ident.clone(), quote!(<#kind as #session::Model<#one>>::Refs)));
        }
        members.push(Member { place, skipped });
    }
    if matches!(fields, Fields::Unnamed(_)) && members.iter().any(|member| member.skipped) {
        return Err(Error::new(input.ident.span(), "`#[model(skip)]` needs fields with names"));
    }
    let refs_name = settings.refs.unwrap_or_else(|| format_ident!("{}Refs", input.ident));
    let (generics, arguments, clause) = input.generics.split_for_impl();
    let (refs_generics, refs_arguments, refs_clause) = without_number(input, parameter.as_ref());
    // A field that is no model is one error here, at its type, not one for each of its uses.
    let clause = with_conditions(quote!(#clause), &closed);
    let refs_clause = with_conditions(refs_clause, &closed);
    let target = Target {
        session,
        name: &input.ident,
        declared: quote!(#generics),
        arguments: quote!(#arguments),
        clause: Some(clause),
        number,
        refs: quote!(#refs_name #refs_arguments),
        refs_name: refs_name.clone(),
        conditions: quote!(#[allow(trivial_bounds)]),
    };
    let implementation = implementation(&target, &members, None);
    let structure = refs_struct(input, fields, &refs_name, &leaves, &refs_generics, &refs_clause);
    Ok(quote!(#structure #implementation))
}

/// The struct of the leaves.
fn refs_struct(
    input: &DeriveInput,
    fields: &Fields,
    name: &Ident,
    leaves: &[(Option<Ident>, TokenStream)],
    generics: &TokenStream,
    clause: &TokenStream,
) -> TokenStream {
    let visibility = &input.vis;
    let documentation = format!("The parameters of [`{}`] as leaves of a recording.", input.ident);
    let members = leaves.iter().map(|(field, kind)| match field {
        Some(field) => {
            let documentation = format!("The leaf of `{field}`.");
            quote!(#[doc = #documentation] pub #field: #kind)
        }
        None => quote!(#[doc = "A leaf."] pub #kind),
    });
    let body = match fields {
        Fields::Unnamed(_) => quote!((#(#members),*) #clause;),
        _ => quote!(#clause { #(#members),* }),
    };
    quote! {
        #[doc = #documentation]
        #[allow(trivial_bounds)]
        #visibility struct #name #generics #body
    }
}

/// The type of numbers, and the parameter that it is.
fn number(input: &DeriveInput, said: Option<Type>) -> (TokenStream, Option<Ident>) {
    if let Some(number) = said {
        return (number.to_token_stream(), None);
    }
    let is_float = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Float"),
        _ => false,
    };
    let bounded = |predicate: &WherePredicate, name: &Ident| match predicate {
        WherePredicate::Type(predicate) => {
            single_name(&predicate.bounded_ty) == Some(name) && predicate.bounds.iter().any(is_float)
        }
        _ => false,
    };
    let clause = input.generics.where_clause.as_ref();
    let parameter = input.generics.type_params().find(|parameter| {
        parameter.bounds.iter().any(is_float)
            || clause
                .is_some_and(|clause| clause.predicates.iter().any(|predicate| bounded(predicate, &parameter.ident)))
    });
    match parameter {
        Some(parameter) => (parameter.ident.to_token_stream(), Some(parameter.ident.clone())),
        None => (quote!(f32), None),
    }
}

/// The generics of the leaves, which have no type of numbers: declared, as arguments, and what holds for them.
fn without_number(input: &DeriveInput, number: Option<&Ident>) -> (TokenStream, TokenStream, TokenStream) {
    let mut generics = input.generics.clone();
    if let Some(number) = number {
        let others = generics.params.into_iter().filter(|parameter| match parameter {
            GenericParam::Type(parameter) => parameter.ident != *number,
            _ => true,
        });
        generics.params = others.collect();
        if let Some(clause) = &mut generics.where_clause {
            let predicates = std::mem::take(&mut clause.predicates).into_iter();
            clause.predicates = predicates.filter(|predicate| !mentions(predicate.to_token_stream(), number)).collect();
        }
    }
    let (declared, arguments, clause) = generics.split_for_impl();
    (quote!(#declared), quote!(#arguments), quote!(#clause))
}

/// Whether a type depends on what the struct is generic over.
fn is_generic(tokens: TokenStream, input: &DeriveInput) -> bool {
    let mut names = input.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    });
    input.generics.lifetimes().next().is_some() || names.any(|name| mentions(tokens.clone(), name))
}

/// The clause with more conditions.
fn with_conditions(clause: TokenStream, more: &[TokenStream]) -> TokenStream {
    let said = syn::parse2::<Option<WhereClause>>(clause).ok().flatten();
    let said = said.iter().flat_map(|clause| clause.predicates.iter().map(ToTokens::to_token_stream));
    let all: Vec<TokenStream> = said.chain(more.iter().cloned()).collect();
    if all.is_empty() { TokenStream::new() } else { quote!(where #(#all),*) }
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// `f32` in place of the type of numbers.
fn substituted(tokens: TokenStream, number: Option<&Ident>) -> TokenStream {
    let Some(name) = number else { return tokens };
    let one = |token| match token {
        TokenTree::Ident(ident) if ident == *name => TokenTree::Ident(Ident::new("f32", ident.span())),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), substituted(group.stream(), number));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        token => token,
    };
    tokens.into_iter().map(one).collect()
}

/// `place` is of the user's.
fn settings(attributes: &[Attribute], place: Span) -> Result<Settings> {
    let mut settings = Settings { session: parse_quote_spanned!(place=> ::session), refs: None, number: None };
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                settings.session = meta.value()?.call(Path::parse_mod_style)?;
            } else if meta.path.is_ident("refs") {
                settings.refs = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("number") {
                settings.number = Some(meta.value()?.parse()?);
            } else {
                return Err(
                    meta.error("expected `refs = Name`, `number = f64` or `crate = path`; `skip` stands at a field")
                );
            }
            Ok(())
        })?;
    }
    Ok(settings)
}

fn is_skipped(attributes: &[Attribute]) -> Result<bool> {
    let mut skipped = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("skip") {
                return Err(meta.error("expected `skip`: the field is no part of the model"));
            }
            skipped = true;
            Ok(())
        })?;
    }
    Ok(skipped)
}
