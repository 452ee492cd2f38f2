//! `graph!`: models and graphs as items, and expressions in a recording.
//!
//! ```text
//! graph/expression.rs   expressions, as read
//! graph/statement.rs    statements
//! graph/types.rs        shapes, natural numbers, plain types
//! graph/item.rs         functions and models
//! graph/operations.rs   the operations and their keywords
//! graph/scope.rs        what a name stands for
//! graph/lower.rs        from what was read to the calls of a session
//! graph/function.rs     what a function expands to
//! graph/model.rs        what a model expands to
//! ```
//!
//! A macro sees tokens, not types. It keeps account of which names are values of the recording, numbers of Rust and
//! bound models, turns operators and keywords into calls of a session's methods, and leaves all typing to rustc. The
//! grammar and the expansion of each construct are in `docs/graph-macro.md`.

mod expression;
mod function;
mod item;
mod lower;
mod model;
mod operations;
mod scope;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Path, Result};

use self::item::{Input, Item};
use self::lower::Lowering;
use self::scope::{Scope, Surroundings};
use self::statement::Block;
use self::types::Writer;

/// What `graph!` expands to.
pub fn expand(input: TokenStream) -> TokenStream {
    let mut read = None;
    let parser = |input: ParseStream| {
        read = Some(Input::parse(input)?);
        Ok(())
    };
    match (parser.parse2(input), read) {
        // That tokens are left over follows from the mistakes.
        (_, Some(Input::Items(session, items, errors @ Some(_))))
        | (Ok(()), Some(Input::Items(session, items, errors))) => {
            // The rest stands, so that other code finds it.
            let errors = errors.map(|errors| errors.to_compile_error());
            let items = self::items(&session, &items);
            quote!(#errors #items)
        }
        (Ok(()), Some(Input::Inline(session, recording, block))) => inline(&session, &recording, &block)
            .unwrap_or_else(|errors| {
                let errors = errors.to_compile_error();
                quote!({ #errors })
            }),
        (Err(errors), _) => errors.to_compile_error(),
        (Ok(()), None) => unreachable!("it is read or an error"),
    }
}

fn items(session: &Path, items: &[Item]) -> TokenStream {
    let functions = items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function.name.to_string()),
        Item::Model(_) | Item::Broken => None,
    });
    let around = Surroundings { functions: functions.collect(), ..Surroundings::default() };
    let expanded = items.iter().map(|item| match item {
        Item::Function(function) => function::expand(function, session, &around),
        Item::Model(model) => model::expand(model, session, &around),
        Item::Broken => TokenStream::new(),
    });
    expanded.collect()
}

/// `graph!(s => relu(x @ w))`: the calls, in a block that borrows the session.
fn inline(session: &Path, recording: &TokenStream, block: &Block) -> Result<TokenStream> {
    let writer = Writer { session, constants: Vec::new() };
    let around = Surroundings::default();
    let body = Lowering::new(&writer, &around, Scope::new([])).body(block)?;
    let name = lower::session(Span::call_site());
    // A session or a reference to one.
    let place = recording.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    let recording = match syn::parse2::<Ident>(recording.clone()) {
        Ok(recording) => quote_spanned!(place=> &#recording),
        Err(_) => quote_spanned!(place=> &(#recording)),
    };
    Ok(quote!({
        let #name: &#session::Session<_> = #recording;
        #body
    }))
}
