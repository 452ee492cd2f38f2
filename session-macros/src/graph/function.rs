//! What a function of `graph!` expands to: the function, and an empty type of its name with the closed graph.

use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, GenericParam, Generics, Path, Result, TypeParamBound, WhereClause};

use super::expression::{Expression, Kind};
use super::item::{Function, Parameter};
use super::lower::{self, Lowering};
use super::scope::{Binding, Scope, Surroundings};
use super::statement::Block;
use super::types::{ParameterType, ValueType, Writer};

/// Dimensions and constants: as declared, and as arguments.
pub struct Parameters {
    pub declared: Vec<TokenStream>,
    pub names: Vec<Ident>,
    pub constants: Vec<Ident>,
    pub clause: Option<WhereClause>,
    /// Where the declaration ends.
    end: Span,
    /// Whether every dimension may be any: no bound, no constant.
    pub free: bool,
}

impl Parameters {
    /// Every type of `generics` is a dimension.
    pub fn new(generics: &Generics, session: &Path) -> Self {
        let mut parameters = Self {
            declared: Vec::new(),
            names: Vec::new(),
            constants: Vec::new(),
            clause: generics.where_clause.clone(),
            end: generics.gt_token.map_or_else(Span::call_site, |end| end.span),
            free: generics.where_clause.is_none(),
        };
        for parameter in &generics.params {
            match parameter {
                GenericParam::Type(dimension) => {
                    let (name, bounds) = (&dimension.ident, &dimension.bounds);
                    let dimension = (!bounds.iter().any(is_dimension)).then(|| quote!(#session::Dimension));
                    parameters.free &= bounds.len() == usize::from(dimension.is_none());
                    let bounds = dimension.into_iter().chain(bounds.iter().map(|bound| quote!(#bound)));
                    parameters.declared.push(quote!(#name: #(#bounds)+*));
                    parameters.names.push(name.clone());
                }
                GenericParam::Const(constant) => {
                    let (name, kind) = (&constant.ident, &constant.ty);
                    parameters.free = false;
                    parameters.declared.push(quote!(const #name: #kind));
                    parameters.names.push(name.clone());
                    parameters.constants.push(name.clone());
                }
                GenericParam::Lifetime(_) => {}
            }
        }
        parameters
    }

    /// `<A, B>`, or nothing: the end is that of the declaration, behind which rustc proposes a `where`.
    pub fn arguments(&self) -> Option<TokenStream> {
        let names = &self.names;
        (!names.is_empty()).then(|| quote_spanned!(self.end=> <#(#names),*>))
    }
}

/// A name for the type of numbers that none of these has.
pub fn number(mut names: impl Iterator<Item = Ident>) -> Ident {
    Ident::new(if names.any(|name| name == "T") { "__T" } else { "T" }, Span::call_site())
}

fn is_dimension(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|last| last.ident == "Dimension")
}

/// `<A, B>`, or nothing.
pub fn angled<T: quote::ToTokens>(parameters: &[T]) -> Option<TokenStream> {
    (!parameters.is_empty()).then(|| quote!(<#(#parameters),*>))
}

/// The parts of a function that its expansions share.
pub struct Signature<'a> {
    pub function: &'a Function,
    pub session: &'a Path,
    pub generics: Parameters,
    /// All constants that may stand as an axis.
    constants: Vec<Ident>,
    /// All parameters, as declared.
    pub parameters: Vec<TokenStream>,
    pub result: TokenStream,
    /// In braces: the statements, or what stops the compiler in their place.
    pub body: TokenStream,
}

impl<'a> Signature<'a> {
    /// `outer` are the constants of the model around it.
    pub fn new(function: &'a Function, session: &'a Path, around: &Surroundings, outer: &[Ident]) -> Self {
        let generics = Parameters::new(&function.generics, session);
        let constants: Vec<Ident> = generics.constants.iter().chain(outer).cloned().collect();
        let writer = Writer { session, constants };
        let parameters = function.parameters.iter().map(|Parameter { name, kind }| {
            let kind = writer.parameter(kind);
            quote!(#name: #kind)
        });
        let body = match body(function, &writer, around) {
            Ok(_) if around.broken => {
                let names = function.parameters.iter().map(|parameter| &parameter.name);
                quote!(let _ = (#(&#names,)*); ::core::unreachable!())
            }
            Ok(body) => body,
            Err(errors) => {
                let errors = errors.to_compile_error();
                quote!(#errors ::core::unreachable!())
            }
        };
        // Everything of the user's function that rustc takes for a place has the user's: else it is part of a macro, of
        // which lints say nothing.
        let place = function.body.as_ref().map_or_else(|_| function.name.span(), |body| body.last);
        let body = lower::enclosed(Delimiter::Brace, body, place).into();
        Self {
            parameters: parameters.collect(),
            result: writer.value(&function.result),
            body,
            generics,
            constants: writer.constants,
            session,
            function,
        }
    }

    /// The values among the parameters: their names and types.
    fn values(&self) -> impl Iterator<Item = (&Ident, TokenStream)> {
        let arguments = self.function.parameters.iter().zip(&self.parameters);
        arguments.filter(|(parameter, _)| is_value(parameter)).map(|(parameter, _)| {
            let writer = Writer { session: self.session, constants: self.constants.clone() };
            (&parameter.name, writer.parameter(&parameter.kind))
        })
    }

    /// The others, as a closed graph declares them.
    pub fn plain(&self) -> Vec<TokenStream> {
        let others = self.function.parameters.iter().enumerate().filter(|(_, parameter)| !is_value(parameter));
        let writer = Writer { session: self.session, constants: self.constants.clone() };
        let declared = others.map(|(index, parameter)| {
            let (name, kind) = (self.closed_name(index), writer.parameter(&parameter.kind));
            quote!(#name: #kind)
        });
        declared.collect()
    }

    /// The names of the others in a closed graph.
    pub fn plain_names(&self) -> Vec<Ident> {
        let others = self.function.parameters.iter().enumerate().filter(|(_, parameter)| !is_value(parameter));
        others.map(|(index, _)| self.closed_name(index)).collect()
    }

    /// The name of a parameter in a closed graph: its own for a number, where it does not hide the function; that of a
    /// value is seen nowhere.
    fn closed_name(&self, index: usize) -> Ident {
        let parameter = &self.function.parameters[index];
        if is_value(parameter) || parameter.name == self.function.name {
            lower::private(&format!("{}_{index}", parameter.name.unraw()), Span::call_site())
        } else {
            parameter.name.clone()
        }
    }

    /// Whether it is a graph of its own: a function of values and numbers that gives values.
    pub fn is_closed(&self) -> bool {
        let models = self.function.parameters.iter().any(|parameter| match Binding::of(&parameter.kind) {
            Binding::Array(item) => *item != Binding::Plain,
            other => other == Binding::Model,
        });
        let naturals = |result: &ValueType| matches!(result, ValueType::Naturals(..) | ValueType::Tuple(..));
        let tuples = self.function.parameters.iter();
        let tuples = tuples.filter(|parameter| matches!(parameter.kind, ParameterType::Value(ValueType::Tuple(..))));
        !models
            && tuples.count() == 0
            && self.values().count() <= MOST_VALUES
            && match &self.function.result {
                ValueType::Tensor(..) => true,
                ValueType::Naturals(..) => false,
                ValueType::Tuple(results, _) => {
                    (1..=MOST_RESULTS).contains(&results.len()) && !results.iter().any(naturals)
                }
            }
    }

    /// `(TensorRef<..>, ..)`, `(x, ..)`, `&["x", ..]`, `&["logits"]`: the arguments of a closed graph.
    pub fn closed(&self) -> Closed {
        let (names, types): (Vec<&Ident>, Vec<TokenStream>) = self.values().unzip();
        let texts = names.iter().map(|name| name.unraw().to_string());
        let parameters = self.function.parameters.iter().enumerate();
        let names = parameters.filter(|(_, parameter)| is_value(parameter)).map(|(index, _)| self.closed_name(index));
        Closed {
            types: quote!((#(#types,)*)),
            names: quote!((#(#names,)*)),
            inputs: quote!(&[#(#texts),*]),
            outputs: outputs(self.function),
        }
    }

    /// Attributes that go to everything that is made of the function.
    pub fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        let goes = |attribute: &&Attribute| ["cfg", "allow"].iter().any(|name| attribute.path().is_ident(name));
        self.function.attributes.iter().filter(goes)
    }

    /// The names of all parameters in a closed graph.
    pub fn arguments(&self) -> impl Iterator<Item = Ident> {
        (0..self.function.parameters.len()).map(|index| self.closed_name(index))
    }
}

/// The most values that a closed graph takes, and gives.
const MOST_VALUES: usize = 32;
const MOST_RESULTS: usize = 12;

/// How a closed graph takes and gives its values.
pub struct Closed {
    pub types: TokenStream,
    pub names: TokenStream,
    pub inputs: TokenStream,
    pub outputs: TokenStream,
}

pub fn is_value(parameter: &Parameter) -> bool {
    matches!(parameter.kind, ParameterType::Value(_)) || Binding::of(&parameter.kind) == Binding::Value
}

/// The names of the results: those of the names given back, else by number.
fn outputs(function: &Function) -> TokenStream {
    let result = function.body.as_ref().ok().and_then(|body| body.result.as_deref());
    let name = |expression: Option<&Expression>, other: String| {
        expression.and_then(Expression::ident).map_or(other, |name| name.unraw().to_string())
    };
    let names: Vec<String> = match &function.result {
        ValueType::Tuple(results, _) => {
            let values = match result.map(|result| &result.kind) {
                Some(Kind::Tuple(values)) => values.as_slice(),
                _ => &[],
            };
            (0..results.len()).map(|index| name(values.get(index), format!("output{index}"))).collect()
        }
        _ => vec![name(result, "output".to_owned())],
    };
    quote!(&[#(#names),*])
}

fn body(function: &Function, writer: &Writer<'_>, around: &Surroundings) -> Result<TokenStream> {
    let body: &Block = match &function.body {
        Ok(body) => body,
        Err(errors) => return Err(errors.clone()),
    };
    let parameters = function.parameters.iter();
    let parameters = parameters.map(|parameter| (parameter.name.to_string(), Binding::of(&parameter.kind)));
    let constants = writer.constants.iter().map(|constant| (constant.to_string(), Binding::Plain));
    Lowering::new(writer, around, Scope::new(constants.chain(parameters))).body(body)
}

/// The function, and the empty type with its closed graph.
pub fn expand(function: &Function, session: &Path, around: &Surroundings) -> TokenStream {
    let signature = Signature::new(function, session, around, &[]);
    let Function { attributes, visibility, keyword, name, .. } = function;
    let Signature { generics, parameters, result, body, .. } = &signature;
    let recording = recording(function, session);
    let (declared, clause) = (angled(&generics.declared), generics.clause.as_ref());
    let closed = closed(&signature);
    quote! {
        #(#attributes)*
        #[allow(clippy::too_many_arguments, clippy::type_complexity)]
        #visibility #keyword #name #declared(
            #recording,
            #(#parameters),*
        ) -> #result
        #clause
        #body

        #closed
    }
}

/// The parameter that is the session: all of it in one place and one hygiene, so that messages that show the parameters
/// of a function do not show the whole macro.
pub fn recording(function: &Function, session: &Path) -> TokenStream {
    let place = Span::mixed_site().located_at(function.name.span());
    let name = lower::session(place);
    quote_spanned!(place=> #name: &#session::Session<impl #session::Float>)
}

fn closed(signature: &Signature<'_>) -> TokenStream {
    let Signature { function, session, generics, result, .. } = signature;
    let Function { visibility, name, .. } = function;
    if !signature.is_closed() {
        return TokenStream::new();
    }
    // Of another hygiene than the user's function, so that rustc says of that alone that nothing uses it.
    let written = quiet(name);
    let Closed { types, names, inputs, outputs } = signature.closed();
    let (conditions, plain, arguments) = (signature.conditions(), signature.plain(), signature.arguments());
    let [recording, options] = ["session", "options"].map(|name| lower::private(name, Span::call_site()));
    let number = number(generics.names.iter().cloned());
    let (declared, clause) = (angled(&generics.declared), generics.clause.as_ref());
    let turbofish = angled(&generics.names).map(|names| quote!(::#names));
    let all = [quote!(#number: #session::Float)].into_iter().chain(generics.declared.iter().cloned());
    let body = quote!(|#recording, (), #names| #name #turbofish(#recording, #(#arguments),*));
    let documentation = format!("The closed graph of the function [`{name}`](fn@{name}).");
    let conditions: Vec<_> = conditions.collect();
    quote! {
        #(#conditions)*
        #[doc = #documentation]
        #[allow(non_camel_case_types)]
        #visibility enum #written {}

        #(#conditions)*
        #[allow(clippy::too_many_arguments, clippy::type_complexity, deprecated)]
        impl #written {
            /// The graph, without values.
            #visibility fn graph #declared(#(#plain),*) -> #session::ir::Graph
            #clause
            {
                #session::function::graph::<f32, #types, #result, ()>(
                    #inputs,
                    |_| ::core::result::Result::Ok(()),
                    #body,
                )
                .expect("a recording without parameters meets no errors")
            }

            /// The graph as a function object, which runs without recording again.
            ///
            /// # Errors
            /// If the graph cannot be recorded.
            #visibility fn compile<#(#all),*>(
                #options: #session::Options,
                #(#plain),*
            ) -> ::core::result::Result<#session::Function<#number, #types, #result>, #session::Error>
            #clause
            {
                #session::Function::record(
                    #options,
                    #inputs,
                    #outputs,
                    |_| ::core::result::Result::Ok(()),
                    #body,
                )
            }
        }
    }
}

/// The same name, of which no lint speaks.
pub fn quiet(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site().located_at(name.span()));
    name
}
