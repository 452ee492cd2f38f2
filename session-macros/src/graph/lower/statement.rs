//! Blocks, statements and branches.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::quote;

use super::{Lowered, Lowering, enclosed};
use crate::graph::expression::{Expression, If, Kind};
use crate::graph::scope::Binding;
use crate::graph::statement::{Block, Names, Statement};

impl Lowering<'_> {
    pub(super) fn statements(&mut self, block: &Block, needs_result: bool) -> (TokenStream, Binding) {
        let mut tokens: TokenStream = block.statements.iter().map(|statement| self.statement(statement)).collect();
        let mut binding = Binding::Plain;
        match &block.result {
            Some(result) => {
                let value = self.argument(result);
                tokens.extend(value.tokens);
                binding = value.binding;
            }
            None if needs_result => self.error(block.last, "expected a value at the end, without `;`"),
            None => {}
        }
        (tokens, binding)
    }

    pub(super) fn block(&mut self, block: &Block, needs_result: bool) -> Lowered {
        self.scope.enter();
        let (tokens, binding) = self.statements(block, needs_result);
        self.scope.leave();
        Lowered { tokens: enclosed(Delimiter::Brace, tokens, block.first).into(), binding }
    }

    fn declare(&mut self, name: &Ident, binding: Binding) {
        self.scope.add(name, binding);
    }

    fn statement(&mut self, statement: &Statement) -> TokenStream {
        match statement {
            Statement::Let { mutable, names, shape, value } => {
                let value = self.argument(value);
                let annotation = shape.as_ref().map(|shape| {
                    let shape = self.writer.parameter(shape);
                    quote!(: #shape)
                });
                let binding = shape.as_ref().map_or(value.binding, |shape| Binding::of(shape));
                names.iter().for_each(|name| self.declare(name, binding.clone()));
                let value = value.tokens;
                let pattern = match names {
                    Names::One(name) => quote!(#mutable #name),
                    Names::Several(names) => {
                        let names = names.iter().map(|(mutable, name)| quote!(#mutable #name));
                        quote!((#(#names,)*))
                    }
                };
                quote!(let #pattern #annotation = #value;)
            }
            Statement::Assign { name, value } => {
                if self.scope.get(&name.to_string()).is_none() {
                    self.error(name.span(), format_args!("`{name}` is assigned to before a `let mut {name} = ..;`"));
                }
                let value = self.argument(value).tokens;
                quote!(#name = #value;)
            }
            Statement::For { name, over, body } => {
                let (over, item) = self.iteration(over);
                self.scope.enter();
                self.declare(name, item);
                let body = self.block(body, false).tokens;
                self.scope.leave();
                quote!(for #name in #over #body)
            }
            Statement::If(branch) => self.branch(branch, false).tokens,
        }
    }

    /// What a `for` goes through, and what each item is.
    fn iteration(&mut self, over: &TokenStream) -> (TokenStream, Binding) {
        let array = syn::parse2::<Expression>(over.clone()).ok().and_then(|array| {
            // Ranges and calls of Rust are no expressions of graph!, or stay what they are.
            let is_name = matches!(array.kind, Kind::Path(_) | Kind::Field(..) | Kind::Array(_));
            is_name.then(|| self.lower(&array))
        });
        match array {
            Some(Lowered { tokens, binding: Binding::Array(item) }) => match *item {
                Binding::Value | Binding::Plain | Binding::Member => {
                    (quote!(::core::iter::Iterator::copied(#tokens.iter())), *item)
                }
                _ => (quote!(#tokens.iter()), *item),
            },
            Some(Lowered { tokens, binding: Binding::Member }) => (quote!(#tokens.iter()), Binding::Model),
            _ => (over.clone(), Binding::Plain),
        }
    }

    pub(super) fn branch(&mut self, branch: &If, needs_result: bool) -> Lowered {
        let condition = &branch.condition;
        let Lowered { tokens: then, binding } = self.block(&branch.then, needs_result);
        let otherwise = match &branch.otherwise {
            None => {
                if needs_result {
                    self.error(branch.then.last, "an `if` that gives a value has an `else`");
                }
                None
            }
            Some(otherwise) => Some(match &otherwise.kind {
                Kind::If(next) => self.branch(next, needs_result).tokens,
                Kind::Block(block) => self.block(block, needs_result).tokens,
                _ => unreachable!("after `else` comes a block or an `if`"),
            }),
        };
        let otherwise = otherwise.map(|otherwise| quote!(else #otherwise));
        let keyword = &branch.keyword;
        Lowered { tokens: quote!(#keyword #condition #then #otherwise), binding }
    }
}
