//! What a model of `graph!` expands to: the struct, its leaves, initial values, methods, and `Model`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Error, Path, PathArguments, parse_quote};

use super::function::{self, Closed, Parameters, Signature, angled, number, quiet};
use super::item::{Field, FieldType, Function, Initial, Model};
use super::lower::{self, private};
use super::scope::{Binding, Surroundings};
use super::types::Writer;
use crate::derive::{self, Member};

/// The functions of `init` under the names that `graph!` knows, with what stands before the generator.
const INITIAL: &[(&str, &str, Option<&str>)] = &[
    ("zeros", "zeros", None),
    ("ones", "ones", None),
    ("constant", "constant", None),
    ("uniform", "uniform", Some("")),
    ("normal", "normal", Some("")),
    ("xavier", "xavier_uniform", Some("1.0")),
    ("xavier_uniform", "xavier_uniform", Some("1.0")),
    ("xavier_normal", "xavier_normal", Some("1.0")),
    ("kaiming", "kaiming_uniform", Some("0.0")),
    ("kaiming_uniform", "kaiming_uniform", Some("0.0")),
    ("kaiming_normal", "kaiming_normal", Some("0.0")),
    ("bias_uniform", "bias_uniform", Some("")),
    ("orthogonal", "orthogonal", Some("1.0")),
];

/// The functions that every model has.
const RESERVED: &[&str] = &[
    "new",
    "with_rng",
    "bind",
    "parameters",
    "num_parameters",
    "name_parameters",
    "save_safetensors",
    "load_safetensors",
    "deep_clone",
    "summary",
];

pub fn expand(model: &Model, session: &Path, around: &Surroundings) -> TokenStream {
    let generics = Parameters::new(&model.generics, session);
    let of_methods = model.methods.iter().map(|method| Parameters::new(&method.generics, session));
    let number = number(of_methods.flat_map(|method| method.names).chain(generics.names.iter().cloned()));
    let writer = Writer { session, constants: generics.constants.clone() };
    let expansion = Expansion { model, session, generics, number, writer };
    let parts =
        [expansion.structs(), expansion.construction(), expansion.model_trait(around), expansion.methods(around)];
    let taken = model.methods.iter().filter(|method| RESERVED.iter().any(|name| method.name == name));
    let taken = taken.map(|method| {
        let message = format!("every model has `{}` already: give the method another name", method.name);
        Error::new(method.name.span(), message).to_compile_error()
    });
    let errors: TokenStream = model.errors.as_ref().map(Error::to_compile_error).into_iter().chain(taken).collect();
    [errors].into_iter().chain(parts).collect()
}

struct Expansion<'a> {
    model: &'a Model,
    session: &'a Path,
    generics: Parameters,
    /// The name of the type of numbers.
    number: Ident,
    writer: Writer<'a>,
}

impl Expansion<'_> {
    fn refs(&self) -> Ident {
        format_ident!("{}Refs", self.model.name)
    }

    /// `<H, T>`: the arguments of the struct.
    fn arguments(&self, number: &TokenStream) -> TokenStream {
        let names = &self.generics.names;
        quote!(<#(#names,)* #number>)
    }

    /// `<H: Dimension, T: Float>`.
    fn declared(&self) -> TokenStream {
        let (declared, number, session) = (&self.generics.declared, &self.number, self.session);
        quote!(<#(#declared,)* #number: #session::Float>)
    }

    /// The type of a field for this type of numbers.
    fn field_type(&self, kind: &FieldType, number: &TokenStream) -> TokenStream {
        let session = self.session;
        match kind {
            FieldType::Parameter(axes) => {
                let shape = self.writer.shape(axes);
                quote!(#session::Param<#shape, #number>)
            }
            FieldType::Model(path) => {
                let path = with_number(path, number);
                quote!(#path)
            }
            FieldType::Array(item, count) => {
                let item = self.field_type(item, number);
                quote!([#item; #count])
            }
        }
    }

    /// Attributes that go to everything that is made of the model.
    fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        self.model.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
    }

    /// The struct and that of its leaves.
    fn structs(&self) -> TokenStream {
        let Model { attributes, visibility, name, fields, .. } = self.model;
        let (session, number, refs) = (self.session, &self.number, self.refs());
        let (declared, clause) = (&self.generics.declared, self.generics.clause.as_ref());
        let members = fields.iter().map(|field| {
            let (attributes, name, kind) =
                (&field.attributes, &field.name, self.field_type(&field.kind, &quote!(#number)));
            let documentation = documentation(field);
            quote!(#documentation #(#attributes)* pub #name: #kind)
        });
        let leaves = fields.iter().map(|field| {
            let kind = self.field_type(&field.kind, &quote!(f32));
            let (name, documentation) = (&field.name, format!("The leaf of `{}`.", field.name));
            quote!(#[doc = #documentation] pub #name: <#kind as #session::Model<f32>>::Refs)
        });
        let cloned = {
            let names: Vec<&Ident> = fields.iter().map(|field| &field.name).collect();
            quote!(Self { #(#names: ::core::clone::Clone::clone(&self.#names),)* })
        };
        let shown = |title: &Ident| {
            let title = title.unraw().to_string();
            let names = fields.iter().map(|field| &field.name);
            let texts = fields.iter().map(|field| field.name.unraw().to_string());
            quote!(f.debug_struct(#title)#(.field(#texts, &self.#names))*.finish())
        };
        let (model_shown, refs_shown) = (shown(name), shown(&refs));
        let (all, arguments) = (self.declared(), self.arguments(&quote!(#number)));
        let (refs_declared, refs_arguments) = (angled(declared), self.generics.arguments());
        let conditions: Vec<_> = self.conditions().collect();
        let documentation = format!("The parameters of [`{name}`] as leaves of a recording.");
        let debug = quote!((&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result);
        quote! {
            #(#attributes)*
            #visibility struct #name<#(#declared,)* #number: #session::Float = f32> #clause {
                #(#members,)*
            }

            #(#conditions)*
            #[doc = #documentation]
            #visibility struct #refs #refs_declared #clause {
                #(#leaves,)*
            }

            #(#conditions)*
            impl #all ::core::clone::Clone for #name #arguments #clause {
                fn clone(&self) -> Self { #cloned }
            }

            #(#conditions)*
            impl #all ::core::fmt::Debug for #name #arguments #clause {
                fn fmt #debug { #model_shown }
            }

            #(#conditions)*
            impl #refs_declared ::core::clone::Clone for #refs #refs_arguments #clause {
                fn clone(&self) -> Self { #cloned }
            }

            #(#conditions)*
            impl #refs_declared ::core::fmt::Debug for #refs #refs_arguments #clause {
                fn fmt #debug { #refs_shown }
            }
        }
    }

    /// `new` and `with_rng`.
    fn construction(&self) -> TokenStream {
        let Model { name, visibility, fields, .. } = self.model;
        let (session, number) = (self.session, &self.number);
        let [generator, bound] = ["rng", "model"].map(|name| private(name, Span::call_site()));
        let (declared, arguments, clause) =
            (self.declared(), self.arguments(&quote!(#number)), self.generics.clause.as_ref());
        let values = fields.iter().map(|field| {
            let (name, value) = (&field.name, self.initial(field));
            let kind = self.field_type(&field.kind, &quote!(#number));
            quote!(let #name: #kind = #value;)
        });
        let names = fields.iter().map(|field| &field.name);
        // `new` is for f32 only, as `HashMap::new` is for one hasher: `LeNet::new(0)` says all.
        let conditions: Vec<_> = self.conditions().collect();
        let (f32_declared, f32_arguments) = (angled(&self.generics.declared), self.arguments(&quote!(f32)));
        quote! {
            #(#conditions)*
            impl #f32_declared #name #f32_arguments #clause {
                /// With initial values that follow from the seed, in `f32`; [`with_rng`](Self::with_rng) makes others.
                #[must_use]
                #visibility fn new(seed: u64) -> Self {
                    Self::with_rng(&mut #session::random::Rng::new(seed))
                }
            }

            #(#conditions)*
            impl #declared #name #arguments #clause {
                /// With initial values from a generator; every parameter has its dotted name.
                #[must_use]
                #visibility fn with_rng(#generator: &mut #session::random::Rng) -> Self {
                    #(#values)*
                    let #bound = Self { #(#names),* };
                    #session::Model::<#number>::name_parameters(&#bound);
                    #bound
                }
            }
        }
    }

    fn initial(&self, field: &Field) -> TokenStream {
        let value = match &field.initial {
            Some(Initial::Tied(other)) => {
                return quote_spanned!(field.name.span()=> ::core::clone::Clone::clone(&#other));
            }
            Some(Initial::Function(path, arguments)) => Some((path, arguments)),
            None => None,
        };
        self.initial_of(&field.kind, value, field.frozen)
    }

    fn initial_of(&self, kind: &FieldType, value: Option<(&Path, &TokenStream)>, frozen: bool) -> TokenStream {
        let session = self.session;
        let generator = private("rng", Span::call_site());
        match (kind, value) {
            (FieldType::Array(item, _), _) => {
                let item = self.initial_of(item, value, frozen);
                quote!(::core::array::from_fn(|_| #item))
            }
            (FieldType::Parameter(_), Some((path, arguments))) => {
                let value = initial_call(session, path, arguments, &generator);
                let frozen = frozen.then(|| quote!(.frozen()));
                quote!(#session::Param::new(#value) #frozen)
            }
            // A mistake, which is said.
            (FieldType::Parameter(_), None) => quote!(#session::Param::new(#session::init::zeros())),
            (kind, _) => {
                let number = &self.number;
                let kind = self.field_type(kind, &quote!(#number));
                quote!(<#kind>::with_rng(#generator))
            }
        }
    }

    fn model_trait(&self, around: &Surroundings) -> TokenStream {
        let names: Vec<Member> = self.model.fields.iter().map(|field| Member::named(&field.name)).collect();
        let (session, number, refs) = (self.session, &self.number, self.refs());
        let refs_arguments = angled(&self.generics.names);
        let target = derive::Target {
            session,
            name: &self.model.name,
            declared: self.declared(),
            arguments: self.arguments(&quote!(#number)),
            clause: self.generics.clause.as_ref().map(ToTokens::to_token_stream),
            number: quote!(#number),
            refs: quote!(#refs #refs_arguments),
            refs_name: refs.clone(),
            conditions: self.conditions().map(ToTokens::to_token_stream).collect(),
        };
        derive::implementation(&target, &names, Some(self.method_graphs(around)))
    }

    /// The graphs of the methods whose dimensions may all be 1.
    fn method_graphs(&self, around: &Surroundings) -> TokenStream {
        let one = {
            let session = self.session;
            quote!(#session::Dim<1>)
        };
        let entries = self.model.methods.iter().filter_map(|method| {
            let signature = self.signature(method, around);
            if !(signature.generics.free && signature.plain().is_empty() && signature.is_closed()) {
                return None;
            }
            let ones: Vec<&TokenStream> = signature.generics.names.iter().map(|_| &one).collect();
            let turbofish = angled(&ones).map(|ones| quote!(::#ones));
            let (graph, text) = (hidden_graph(&method.name), method.name.unraw().to_string());
            let conditions = signature.conditions();
            Some(quote!(#(#conditions)* graphs.push((#text, self.#graph #turbofish()));))
        });
        let entries: Vec<TokenStream> = entries.collect();
        if entries.is_empty() {
            return quote!(::std::vec::Vec::new());
        }
        quote! {
            #[allow(unused_mut)]
            let mut graphs = ::std::vec::Vec::new();
            #(#entries)*
            graphs
        }
    }

    fn signature<'a>(&'a self, method: &'a Function, around: &Surroundings) -> Signature<'a> {
        let around = Surroundings {
            functions: around.functions.clone(),
            methods: self.model.methods.iter().map(|method| method.name.to_string()).collect(),
            fields: self.model.fields.iter().map(|field| (field.name.to_string(), binding(&field.kind))).collect(),
            broken: self.model.errors.is_some(),
            hygiene: Some(method.name.span()),
        };
        Signature::new(method, self.session, &around, &self.generics.constants)
    }

    /// The methods of the leaves, and those of the model that bind it first.
    fn methods(&self, around: &Surroundings) -> TokenStream {
        let (mut of_refs, mut of_model, mut of_f32) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
        for method in &self.model.methods {
            let signature = self.signature(method, around);
            of_refs.extend(self.recording(&signature));
            of_model.extend(self.binding(&signature));
            if signature.is_closed() {
                of_model.extend(self.closed(&signature));
                of_f32.extend(self.graph(&signature));
            }
        }
        let (name, refs, number) = (&self.model.name, self.refs(), &self.number);
        let (declared, clause) = (&self.generics.declared, self.generics.clause.as_ref());
        let (all, arguments) = (self.declared(), self.arguments(&quote!(#number)));
        let (refs_declared, refs_arguments) = (angled(declared), self.generics.arguments());
        let f32_arguments = self.arguments(&quote!(f32));
        let conditions: Vec<_> = self.conditions().collect();
        quote! {
            #(#conditions)*
            #[allow(clippy::too_many_arguments, clippy::type_complexity)]
            impl #refs_declared #refs #refs_arguments #clause {
                #of_refs
            }

            #(#conditions)*
            #[allow(clippy::too_many_arguments, clippy::type_complexity, deprecated)]
            impl #all #name #arguments #clause {
                #of_model
            }

            #(#conditions)*
            #[allow(clippy::too_many_arguments, clippy::type_complexity)]
            impl #refs_declared #name #f32_arguments #clause {
                #of_f32
            }
        }
    }

    /// The method of the leaves: only nodes.
    fn recording(&self, signature: &Signature<'_>) -> TokenStream {
        let Signature { function, session, generics, parameters, result, body, .. } = signature;
        let Function { attributes, visibility, keyword, name, .. } = function;
        let recording = function::recording(function, session);
        let receiver = Ident::new("self", name.span());
        let (declared, clause) = (angled(&generics.declared), generics.clause.as_ref());
        quote! {
            #(#attributes)*
            #visibility #keyword #name #declared(
                &#receiver,
                #recording,
                #(#parameters),*
            ) -> #result
            #clause
            #body
        }
    }

    /// The method of the model: binds it and records the method of the leaves.
    fn binding(&self, signature: &Signature<'_>) -> TokenStream {
        let Signature { function, session, generics, parameters, result, .. } = signature;
        let Function { attributes, visibility, name, .. } = function;
        let (recording, bound) = (lower::session(Span::call_site()), private("model", Span::call_site()));
        let (declared, clause, number) = (angled(&generics.declared), generics.clause.as_ref(), &self.number);
        let turbofish = angled(&generics.names).map(|names| quote!(::#names));
        let arguments = function.parameters.iter().map(|parameter| &parameter.name);
        // Of the two methods of this name, rustc says of that of the leaves alone that nothing uses it.
        let written = quiet(name);
        let note = format!("Binds the model and records [`{name}`]({}::{name}) of its leaves.", self.refs());
        quote! {
            #(#attributes)*
            ///
            #[doc = #note]
            ///
            /// # Errors
            /// If a parameter is not yet a leaf of the recording and a node exists.
            #visibility fn #written #declared(
                &self,
                #recording: &#session::Session<#number>,
                #(#parameters),*
            ) -> ::core::result::Result<#result, #session::Error>
            #clause
            {
                let #bound = #session::Model::<#number>::bind(self, #recording)?;
                ::core::result::Result::Ok(#bound.#name #turbofish(#recording, #(#arguments),*))
            }
        }
    }

    /// The closed graph of a method, and the function object.
    fn closed(&self, signature: &Signature<'_>) -> TokenStream {
        let Signature { function, session, generics, result, .. } = signature;
        let Function { visibility, name, .. } = function;
        let [recording, bound, options] = ["session", "model", "options"].map(|name| private(name, Span::call_site()));
        let (declared, clause, number) = (angled(&generics.declared), generics.clause.as_ref(), &self.number);
        let turbofish = angled(&generics.names).map(|names| quote!(::#names));
        let Closed { types, names, inputs, outputs } = signature.closed();
        let conditions: Vec<_> = signature.conditions().collect();
        let (plain, arguments) = (signature.plain(), signature.arguments());
        let bind = quote!(|#recording| #session::Model::<#number>::bind(self, #recording));
        let body = quote!(|#recording, #bound, #names| #bound.#name #turbofish(#recording, #(#arguments),*));
        let (graph, compile) = (hidden_graph(name), format_ident!("compile_{}", name.unraw()));
        let documentation = format!("The method `{name}` as a function object, which runs without recording again.");
        quote! {
            #(#conditions)*
            fn #graph #declared(&self, #(#plain),*) -> #session::ir::Graph
            #clause
            {
                #session::function::graph::<#number, #types, #result, _>(#inputs, #bind, #body)
                    .expect("leaves come before the nodes of a new recording")
            }

            #(#conditions)*
            #[doc = #documentation]
            ///
            /// It reads the parameters anew in each run.
            ///
            /// # Errors
            /// If the graph cannot be recorded.
            #visibility fn #compile #declared(
                &self,
                #options: #session::Options,
                #(#plain),*
            ) -> ::core::result::Result<#session::Function<#number, #types, #result>, #session::Error>
            #clause
            {
                #session::Function::record(#options, #inputs, #outputs, #bind, #body)
            }
        }
    }

    /// The closed graph of a method by the type alone.
    fn graph(&self, signature: &Signature<'_>) -> TokenStream {
        let Signature { function, session, generics, .. } = signature;
        let Function { visibility, name, .. } = function;
        let (declared, clause) = (angled(&generics.declared), generics.clause.as_ref());
        let turbofish = angled(&generics.names).map(|names| quote!(::#names));
        let conditions = signature.conditions();
        let (plain, names) = (signature.plain(), signature.plain_names());
        let (graph, hidden) = (format_ident!("{}_graph", name.unraw()), hidden_graph(name));
        let documentation = format!(
            "The graph of the method `{name}`, without values. Its leaves are the parameters, then the inputs."
        );
        quote! {
            #(#conditions)*
            #[doc = #documentation]
            #[must_use]
            #visibility fn #graph #declared(#(#plain),*) -> #session::ir::Graph
            #clause
            {
                Self::with_rng(&mut #session::random::Rng::blank()).#hidden #turbofish(#(#names),*)
            }
        }
    }
}

/// The graph of a method with the parameters at hand.
fn hidden_graph(method: &Ident) -> Ident {
    format_ident!("__{}_graph", method.unraw())
}

/// Arguments without the comma behind the last.
fn without_comma(arguments: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = arguments.clone().into_iter().collect();
    if matches!(tokens.last(), Some(TokenTree::Punct(last)) if last.as_char() == ',') {
        tokens.pop();
    }
    tokens.into_iter().collect()
}

fn binding(kind: &FieldType) -> Binding {
    match kind {
        FieldType::Parameter(_) => Binding::Value,
        FieldType::Model(_) => Binding::Model,
        FieldType::Array(item, _) => Binding::Array(Box::new(binding(item))),
    }
}

/// The doc comment of a field that has none.
fn documentation(field: &Field) -> Option<TokenStream> {
    let documented = field.attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    let text = format!("The field `{}` of the model.", field.name);
    (!documented).then(|| quote!(#[doc = #text]))
}

/// The type of a nested model for this type of numbers, its last argument.
fn with_number(path: &Path, number: &TokenStream) -> Path {
    let mut path = path.clone();
    let last = path.segments.last_mut().expect("a path has a segment");
    match &mut last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.push(parse_quote!(#number)),
        other => *other = PathArguments::AngleBracketed(parse_quote!(<#number>)),
    }
    path
}

/// A call of a function that gives initial values.
fn initial_call(session: &Path, path: &Path, arguments: &TokenStream, generator: &Ident) -> TokenStream {
    let arguments = &without_comma(arguments);
    let known = INITIAL.iter().find(|(name, ..)| path.is_ident(name));
    let Some((_, function, default)) = known else {
        let separator = (!arguments.is_empty()).then(|| quote!(,));
        return quote!(#path(#arguments #separator &mut *#generator));
    };
    let function = Ident::new(function, path.get_ident().map_or_else(Span::call_site, Ident::span));
    let Some(default) = default else { return quote!(#session::init::#function(#arguments)) };
    let arguments = if arguments.is_empty() { default.parse().unwrap_or_default() } else { arguments.clone() };
    let separator = (!arguments.is_empty()).then(|| quote!(,));
    quote!(#session::init::#function(#arguments #separator &mut *#generator))
}
