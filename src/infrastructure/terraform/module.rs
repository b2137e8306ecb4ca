//! What the files of one folder declare: variables, locals, resources, modules.

use std::collections::BTreeMap;

use super::hcl::{Attribute, Block, Body, Expr};
use crate::source::{FileId, Span};

/// A file of a folder.
#[derive(Debug)]
pub struct File<'u> {
    /// Its path, relative to the checkout, with `/`.
    pub name: String,
    /// The file in spans.
    pub id: FileId,
    /// What it says.
    pub body: &'u Body,
}

/// A folder of files: what Terraform calls a module.
#[derive(Debug, Default)]
pub struct Module<'m> {
    /// The folder, relative to the checkout, without a `/` at its end.
    pub folder: String,
    /// The variables that it takes.
    pub variables: BTreeMap<&'m str, Layers<'m>>,
    /// Names for expressions.
    pub locals: BTreeMap<&'m str, &'m Attribute>,
    /// What it hands out.
    pub outputs: BTreeMap<&'m str, Layers<'m>>,
    /// Resources and data sources.
    pub resources: Vec<Declared<'m>>,
    /// By data source or not, type and name, the position in `resources`.
    by_name: BTreeMap<(bool, &'m str, &'m str), usize>,
    /// The modules that it calls.
    pub calls: BTreeMap<&'m str, Layers<'m>>,
    /// The configurations of providers.
    pub providers: Vec<&'m Block>,
    /// The blocks called `moved`.
    pub moved: Vec<&'m Block>,
    /// The blocks called `terraform`.
    pub settings: Vec<&'m Block>,
    /// Whether it stands in for one that is not here.
    pub stands_in: bool,
    /// Values of variables that Terraform reads by itself; of several for one variable the last counts.
    pub values: Vec<&'m Attribute>,
}

/// A resource or a data source.
#[derive(Debug, Clone)]
pub struct Declared<'m> {
    /// Whether it is a data source.
    pub is_data: bool,
    /// Its type, such as `aws_kms_key`.
    pub kind: &'m str,
    /// Its name.
    pub name: &'m str,
    /// What is written of it.
    pub layers: Layers<'m>,
}

/// A block, and what files called `override.tf` or `…_override.tf` put in its place: the last first.
#[derive(Debug, Clone)]
pub struct Layers<'m> {
    blocks: Vec<&'m Block>,
}

impl<'m> Layers<'m> {
    fn new(block: &'m Block) -> Self {
        Self {
            blocks: vec![block],
        }
    }

    /// Where it is declared: the kind and the labels of its block.
    pub fn header(&self) -> Option<Span> {
        self.blocks.last().map(|block| block.header)
    }

    /// Its last label.
    pub fn name(&self) -> &'m str {
        let block = self.blocks.last();
        block
            .and_then(|block| block.labels.last())
            .map_or("", |label| &label.text)
    }

    /// The attribute called `name`.
    pub fn attribute(&self, name: &str) -> Option<&'m Attribute> {
        self.blocks
            .iter()
            .find_map(|block| block.body.attribute(name))
    }

    /// The attributes, each once.
    pub fn attributes(&self) -> impl Iterator<Item = &'m Attribute> {
        let layers = self.blocks.iter().enumerate();
        layers.flat_map(move |(at, block)| {
            let over = &self.blocks[..at];
            let is_over = |name: &str| over.iter().any(|b| b.body.attribute(name).is_some());
            let attributes = block.body.attributes.iter();
            attributes.filter(move |attribute| !is_over(&attribute.name.text))
        })
    }

    /// The blocks in it. Those of an override stand for all of their kind.
    pub fn blocks(&self) -> impl Iterator<Item = &'m Block> {
        let layers = self.blocks.iter().enumerate();
        layers.flat_map(move |(at, block)| {
            let over = &self.blocks[..at];
            let is_over = |kind: &str| over.iter().any(|b| b.body.blocks_of(kind).next().is_some());
            let blocks = block.body.blocks.iter();
            blocks.filter(move |block| !is_over(&block.kind.text))
        })
    }

    /// The block of a module that is called: where it comes from.
    pub fn source(&self) -> Option<&'m Expr> {
        self.attribute("source").map(|source| &source.value)
    }
}

/// Whether Terraform reads a file of values by itself, in the folder of a root module.
fn is_automatic(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let names = ["terraform.tfvars", "terraform.tfvars.json"];
    names.contains(&name) || name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
}

/// Whether a file holds values of variables.
pub fn holds_values(name: &str) -> bool {
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// Whether a file holds values that Terraform reads only where its command line names it.
pub fn is_idle(name: &str) -> bool {
    holds_values(name) && !is_automatic(name)
}

/// Whether a file puts something in the place of what other files say.
fn is_override(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let stem = [".tf", ".tofu", ".tf.json", ".tofu.json"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

impl<'m> Module<'m> {
    /// The module of `files`, which are those of `folder` in the order of their names. Values are
    /// those that Terraform reads by itself, then those of the files that `chosen` names.
    pub fn of(folder: &str, files: &[&File<'m>], chosen: &[&File<'m>]) -> Self {
        let mut module = Self {
            folder: folder.to_owned(),
            ..Self::default()
        };
        let code = files.iter().filter(|file| !holds_values(&file.name));
        let (overrides, plain): (Vec<&&File<'_>>, Vec<&&File<'_>>) =
            code.partition(|file| is_override(&file.name));
        for file in plain {
            for block in &file.body.blocks {
                module.declare(block, false);
            }
        }
        for file in overrides {
            for block in &file.body.blocks {
                module.declare(block, true);
            }
        }
        let automatic = files.iter().filter(|file| is_automatic(&file.name));
        let mut automatic: Vec<_> = automatic.collect();
        automatic.sort_by_key(|file| (file.name.contains(".auto.tfvars"), &file.name));
        for file in automatic.into_iter().chain(chosen) {
            module.values.extend(&file.body.attributes);
        }
        module
    }

    fn declare(&mut self, block: &'m Block, overrides: bool) {
        let label = |at: usize| block.labels.get(at).map(|label| &*label.text);
        match (&*block.kind.text, label(0), label(1)) {
            ("variable", Some(name), _) => put(&mut self.variables, name, block, overrides),
            ("output", Some(name), _) => put(&mut self.outputs, name, block, overrides),
            ("module", Some(name), _) => put(&mut self.calls, name, block, overrides),
            ("locals", ..) => {
                let locals = block.body.attributes.iter();
                self.locals
                    .extend(locals.map(|local| (&*local.name.text, local)));
            }
            ("provider", ..) => self.providers.push(block),
            ("moved", ..) => self.moved.push(block),
            ("terraform", ..) => self.settings.push(block),
            (mode @ ("resource" | "data" | "ephemeral"), Some(kind), Some(name)) => {
                let is_data = mode != "resource";
                match self.by_name.get(&(is_data, kind, name)) {
                    Some(at) if overrides => {
                        self.resources[*at].layers.blocks.insert(0, block);
                    }
                    _ => {
                        let at = self.resources.len();
                        self.by_name.insert((is_data, kind, name), at);
                        self.resources.push(Declared {
                            is_data,
                            kind,
                            name,
                            layers: Layers::new(block),
                        });
                    }
                }
            }
            _ => {}
        }
    }

    /// The position of a resource.
    pub fn position(&self, is_data: bool, kind: &str, name: &str) -> Option<usize> {
        self.by_name.get(&(is_data, kind, name)).copied()
    }
}

fn put<'m>(
    all: &mut BTreeMap<&'m str, Layers<'m>>,
    name: &'m str,
    block: &'m Block,
    overrides: bool,
) {
    match all.get_mut(name) {
        Some(layers) if overrides => layers.blocks.insert(0, block),
        Some(_) => {}
        None => _ = all.insert(name, Layers::new(block)),
    }
}

/// `path` taken from the folder `from`, without `.`, and without `..` but at its start: where a run
/// starts in a folder of the checkout, paths lead out of that. `None` if it leads above the root of the
/// file system.
pub fn joined(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let is_absolute = from.starts_with('/');
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_none_or(|last| *last == "..") => match is_absolute {
                true => return None,
                false => parts.push(part),
            },
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(match is_absolute {
        true => format!("/{joined}"),
        false => joined,
    })
}
