//! Terraform without Terraform: the values of expressions, modules in modules, and each resource as
//! often as it is repeated.
//!
//! Nothing is asked of providers, of the network or of a state. What only they know is unknown, with
//! the reason, and stays a reference where it refers to a resource.

mod call;
mod cidr;
mod expand;
mod expression;
mod functions;
mod json;
mod operators;
mod policy_document;
mod reference;
mod template;
mod texts;
mod types;
mod value;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::hcl::{Attribute, Body};
use super::module::{Layers, Module};
use crate::source::{FileId, Span};
use crate::syntax::Limits;

pub use json::decode;
use value::Origin;
pub use value::{Cause, Data, Entry, Role, Value};

/// Bounds on the evaluation of one root.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most expressions that are evaluated.
    pub steps: u32,
    /// Most resources and modules, each as often as it is repeated.
    pub instances: usize,
    /// How deep modules may call modules.
    pub modules: usize,
    /// Most bytes that are read by `file` and the like.
    pub bytes: usize,
    /// Most values in values that are made, counted each time that one is made of others.
    pub nodes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            instances: 10_000,
            modules: 12,
            bytes: 64 << 20,
            nodes: 20_000_000,
        }
    }
}

/// Most values in one value, a text counted by its length: those that are made of others twice each
/// would double at every step.
const LARGEST: usize = 50_000;

/// How deep expressions may refer to expressions: each level is a level of recursion here.
const DEPTH: u16 = 200;

/// The files of the checkout, for functions that read one. Paths are relative to the checkout.
pub trait Texts {
    /// The text of a file, and the file in spans.
    fn text(&self, path: &str) -> Option<(FileId, Arc<str>)>;
    /// The paths of all files under a folder, in order.
    fn under(&self, folder: &str) -> Vec<String>;
    /// The folder that a path leads to, if links are followed.
    fn folder(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is wrong, or not understood: what Terraform calls an error, which `try` passes over.
    Error(String),
    /// It cannot be read; a problem says so.
    Broken,
    /// A limit was reached.
    Limit(&'static str),
}

type Evaluated = Result<Value, Fault>;

/// Which of the repetitions of a block something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The block is not repeated.
    Single,
    /// By number.
    Number(usize),
    /// By name.
    Name(Arc<str>),
    /// How often the block is repeated is unknown: this stands for all.
    Unknown,
}

/// A resource, a data source, or a module that is not here; one of its repetitions.
#[derive(Debug)]
pub struct Instance<'m> {
    /// The module that it is in.
    pub module: u32,
    /// Its type; of a module that is not here its source.
    pub kind: &'m str,
    /// Its name.
    pub name: &'m str,
    /// What it is.
    pub mode: Mode,
    /// Which of its repetitions.
    pub key: Key,
    /// What is written of it.
    pub layers: Layers<'m>,
    scope: Scope<'m>,
}

/// What sort of thing an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A resource.
    Managed,
    /// A data source.
    Data,
    /// A module that is not here.
    Remote,
}

/// A module, one of its repetitions.
#[derive(Debug)]
pub struct ModuleInstance<'m> {
    /// What it declares.
    pub module: &'m Module<'m>,
    /// Its address, such as `module.key["a"]`; empty for the root.
    pub address: String,
    /// The call, and what it is evaluated in; none for the root.
    pub call: Option<(Layers<'m>, Scope<'m>)>,
    depth: usize,
}

/// What names stand for where an expression is.
#[derive(Debug, Clone)]
pub struct Scope<'m> {
    module: u32,
    each: Option<Rc<(Value, Value)>>,
    count: Option<Value>,
    names: Option<Rc<Names<'m>>>,
    instance: Option<u32>,
}

#[derive(Debug)]
struct Names<'m> {
    name: &'m str,
    value: Value,
    next: Option<Rc<Names<'m>>>,
}

impl<'m> Scope<'m> {
    fn of_module(module: u32) -> Self {
        Self {
            module,
            each: None,
            count: None,
            names: None,
            instance: None,
        }
    }

    /// The module that it is in.
    pub fn module(&self) -> u32 {
        self.module
    }

    fn with(&self, name: &'m str, value: Value) -> Self {
        let next = self.names.clone();
        Self {
            names: Some(Rc::new(Names { name, value, next })),
            ..self.clone()
        }
    }

    fn name(&self, name: &str) -> Option<&Value> {
        let mut names = std::iter::successors(self.names.as_deref(), |names| names.next.as_deref());
        names
            .find(|names| names.name == name)
            .map(|names| &names.value)
    }
}

/// What is evaluated once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Once<'m> {
    Local(u32, &'m str),
    Variable(u32, &'m str),
    Output(u32, &'m str),
    /// An attribute of an instance, by its name.
    Attribute(u32, &'m str),
    /// A block of an instance, by its kind.
    Blocks(u32, &'m str),
    /// The JSON of a policy document.
    Document(u32),
}

/// Evaluates one root.
pub struct Evaluator<'m> {
    folders: &'m HashMap<String, Module<'m>>,
    texts: &'m dyn Texts,
    limits: &'m Limits,
    budget: Budget,
    depth: u16,
    root: String,
    /// The modules, the root first.
    pub modules: Vec<ModuleInstance<'m>>,
    /// All repetitions of resources that were looked at.
    pub instances: Vec<Instance<'m>>,
    once: HashMap<Once<'m>, Option<Evaluated>>,
    resources: HashMap<(u32, usize), Repeated>,
    calls: HashMap<(u32, &'m str), Repeated>,
    /// The first limit that was reached.
    pub exceeded: Option<&'static str>,
}

/// The repetitions of a block.
#[derive(Debug, Clone)]
struct Repeated {
    /// What a reference to the block as a whole stands for.
    value: Value,
    /// Instances or modules, by position.
    all: Rc<Vec<u32>>,
}

impl<'m> Evaluator<'m> {
    /// An evaluator of the root in `folder`; `None` if there is nothing in it.
    pub fn new(
        folders: &'m HashMap<String, Module<'m>>,
        folder: &str,
        texts: &'m dyn Texts,
        limits: &'m Limits,
        budget: Budget,
    ) -> Option<Self> {
        let module = folders.get(folder)?;
        Some(Self {
            folders,
            texts,
            limits,
            budget,
            depth: 0,
            root: folder.to_owned(),
            modules: vec![ModuleInstance {
                module,
                address: String::new(),
                call: None,
                depth: 0,
            }],
            instances: Vec::new(),
            once: HashMap::new(),
            resources: HashMap::new(),
            calls: HashMap::new(),
            exceeded: None,
        })
    }

    /// The address of an instance, such as `module.key.aws_kms_key.k["a"]`.
    pub fn address(&self, instance: u32) -> String {
        let Some(of) = self.instances.get(instance as usize) else {
            return String::new();
        };
        let module = self.modules.get(of.module as usize);
        let module = module.map_or("", |module| &module.address);
        let dot = if module.is_empty() { "" } else { "." };
        let key = key_text(&of.key);
        match of.mode {
            Mode::Managed => format!("{module}{dot}{}.{}{key}", of.kind, of.name),
            Mode::Data => format!("{module}{dot}data.{}.{}{key}", of.kind, of.name),
            Mode::Remote => format!("{module}{dot}module.{}{key}", of.name),
        }
    }

    /// Evaluates something once; what refers to itself has no value.
    fn once(&mut self, what: Once<'m>, evaluate: impl FnOnce(&mut Self) -> Evaluated) -> Evaluated {
        match self.once.get(&what) {
            Some(Some(done)) => return done.clone(),
            Some(None) => return Err(Fault::Error("it refers to itself".to_owned())),
            None => {}
        }
        self.once.insert(what.clone(), None);
        let result = evaluate(self);
        self.once.insert(what, Some(result.clone()));
        result
    }

    fn limit<T>(&mut self, which: &'static str) -> Result<T, Fault> {
        self.exceeded.get_or_insert(which);
        Err(Fault::Limit(which))
    }

    /// All that is written of an instance, as one map: each block is a list under its kind.
    pub fn whole(&mut self, instance: u32) -> Value {
        let Some(of) = self.instances.get(instance as usize) else {
            return Value::null(Span::file_start(FileId(0)));
        };
        let (layers, scope) = (of.layers.clone(), of.scope.clone());
        let at = layers
            .header()
            .unwrap_or_else(|| Span::file_start(FileId(0)));
        let attributes: Vec<_> = layers.attributes().collect();
        let blocks: Vec<_> = layers.blocks().collect();
        self.object(&attributes, &blocks, &scope, at)
    }

    /// The value of an expression in the root module.
    pub fn of_root(&mut self, expr: &'m super::hcl::Expr) -> Value {
        self.value(expr, &Scope::of_module(0))
    }

    /// A body as a map.
    fn body(&mut self, body: &'m Body, scope: &Scope<'m>, at: Span) -> Value {
        let attributes: Vec<_> = body.attributes.iter().collect();
        let blocks: Vec<_> = body.blocks.iter().collect();
        self.object(&attributes, &blocks, scope, at)
    }

    /// The value of an attribute where it is used: if it is unknown, what is written there is.
    fn used(&mut self, attribute: &'m Attribute, scope: &Scope<'m>) -> Value {
        let at = attribute.value.at;
        let value = self.value(&attribute.value, scope);
        match value.data {
            Data::Unknown(_) | Data::Choice(_) if value.origin.at != at => {
                let Value { data, origin } = value;
                let mut here = Origin::at(at);
                here.of = origin.of;
                let steps: Vec<_> = origin.links().filter(|link| link.at != at).collect();
                here = here.linked(origin.at, Role::Operand);
                for link in steps.into_iter().rev() {
                    here = here.linked(link.at, link.role);
                }
                Value { data, origin: here }
            }
            _ => value,
        }
    }

    /// What Terraform reports as an error is unknown here.
    fn value(&mut self, expr: &'m super::hcl::Expr, scope: &Scope<'m>) -> Value {
        match self.evaluate(expr, scope) {
            Ok(value) => value,
            Err(fault) => unknown_of(fault, expr.at),
        }
    }
}

/// Something that has no value, as a value.
fn unknown_of(fault: Fault, at: Span) -> Value {
    match fault {
        Fault::Error(message) => Value::unknown(Cause::Wrong, message, at),
        Fault::Broken => Value::unknown(Cause::Broken, "what cannot be read", at),
        Fault::Limit(message) => Value::unknown(Cause::Limit, message, at),
    }
}

/// A key as addresses show it.
pub fn key_text(key: &Key) -> String {
    match key {
        Key::Single => String::new(),
        Key::Number(number) => format!("[{number}]"),
        Key::Name(name) => format!("[\"{name}\"]"),
        Key::Unknown => "[?]".to_owned(),
    }
}
