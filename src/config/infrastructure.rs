//! What a `palisade.yaml` says of infrastructure code: what to read, and what no code says.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Config, Reader, Unknowns, matcher, problem};
use crate::infrastructure::{Binding, DIALECTS, MATCHES, Mapping, Match, Said};
use crate::model::Kind;
use crate::source::{Spanned, quote};
use crate::syntax::{Node, NodeRef, NodeValue, Value, choose};

/// Which infrastructure code is read.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Infrastructure {
    /// The languages to read. If omitted, all; an empty list turns it off.
    pub read: Option<Vec<Spanned<String>>>,
    /// Files that another tool made, such as what `helm template` prints; globs.
    pub rendered: Vec<Spanned<String>>,
    /// What Terraform is told on its command line, by the folder of a root module.
    #[schemars(with = "std::collections::BTreeMap<String, WrittenRoot>")]
    pub roots: Vec<RootModule>,
    /// What custom resources of Kubernetes mean.
    #[schemars(with = "Vec<WrittenMapping>")]
    pub mappings: Vec<Mapping>,
}

/// What Terraform is told on its command line of one root module.
#[derive(Debug, Clone)]
pub struct RootModule {
    /// Its folder, relative to that of the configuration.
    pub folder: Spanned<String>,
    /// The files that `-var-file` names, relative to the folder of the root, in their order.
    pub var_files: Vec<Spanned<String>>,
}

/// What Terraform is told of a root module, as the file says it.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
#[derive(Default)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct WrittenRoot {
    /// The files that `-var-file` names, relative to the folder of the root; the last one counts.
    var_files: Vec<String>,
}

/// What a type of custom resource means, as the file says it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct WrittenMapping {
    /// The kind and the API group of the resource: `ExternalSecret.external-secrets.io`.
    #[schemars(rename = "type")]
    ty: String,
    /// The kind of entity that it becomes, such as `data item`.
    kind: String,
    /// What is known of it, by attribute: a value, or where it is written.
    #[schemars(default)]
    set: std::collections::BTreeMap<String, WrittenSaid>,
}

// The value of an attribute, or where it is written.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) enum WrittenSaid {
    Written(WrittenPath),
    Text(String),
    Number(i64),
    Truth(bool),
    List(Vec<Json>),
}

// Where the value of an attribute is written in a resource.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct WrittenPath {
    /// The keys that lead there, with dots between them, or as a list.
    path: Json,
    /// What the words there mean. If omitted, they are the values.
    #[schemars(default)]
    table: std::collections::BTreeMap<String, Json>,
    /// The value if nothing is written; needs a `source`.
    #[schemars(default)]
    default: Option<Json>,
    /// Where the default is documented.
    #[schemars(default)]
    source: Option<String>,
}

impl Infrastructure {
    /// Whether code in this language is read.
    pub fn reads(&self, language: &str) -> bool {
        let named = |all: &Vec<Spanned<String>>| all.iter().any(|name| name.value == language);
        self.read.as_ref().is_none_or(named)
    }
}

/// What becomes of a question that depends on what infrastructure code has no word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unsaid {
    /// It is counted, and no finding.
    #[default]
    List,
    /// It is an undetermined finding.
    Fail,
}

impl Unsaid {
    /// The word for it in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Fail => "fail",
        }
    }
}

// What a finding depends on that is unknown, as the file says it. Editors show a text here in the place
// of the attribute's.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) enum WrittenUnknowns {
    All(Unknowns),
    Each(EachUnknown),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, default)]
#[derive(Default)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct EachUnknown {
    /// What an undetermined finding does. If omitted, `fail`.
    undetermined: Option<Unknowns>,
    /// What becomes of a question that depends on what infrastructure code has no word for. If
    /// omitted, `list`.
    unsaid: Option<Unsaid>,
}

/// A binding, as the file says it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct WrittenBinding {
    /// What the binding is for: all must match.
    #[schemars(rename = "match")]
    matches: WrittenMatch,
    /// Attributes to state, by name.
    #[schemars(default)]
    set: std::collections::BTreeMap<String, Json>,
    /// A zone that a document declares, in which they are.
    #[schemars(default)]
    zone: Option<String>,
}

/// What a binding is for; each is a glob.
#[derive(JsonSchema, Default)]
#[schemars(deny_unknown_fields, default)]
#[allow(dead_code, reason = "it is only a schema")]
pub(super) struct WrittenMatch {
    /// The file, relative to the folder of this one.
    path: Option<String>,
    /// The language, such as `kubernetes`.
    format: Option<String>,
    /// What is deployed together: the folder of a root module or of an overlay.
    system: Option<String>,
    /// The type of the resource: `aws_kms_key`, `Deployment`.
    #[schemars(rename = "type")]
    ty: Option<String>,
    /// The kind of entity, such as `zone`; `workload`.
    kind: Option<String>,
    /// The name of the resource.
    name: Option<String>,
    /// The namespace; empty where none is written.
    namespace: Option<String>,
    /// What its language calls the resource: `module.key.aws_kms_key.k`, `Deployment/shop/cart`.
    address: Option<String>,
    /// The provider and its alias: `aws.backup`.
    provider: Option<String>,
    /// The module call: `network`.
    module: Option<String>,
    /// A tag, label or annotation by name, and its value.
    tag: Option<std::collections::BTreeMap<String, String>>,
}

impl Reader<'_> {
    pub(super) fn unknowns(&mut self, config: &mut Config, node: NodeRef<'_>) {
        let Value::Map(_) = node.value() else {
            config.unknowns = self.value(node);
            return;
        };
        for (name, key, value) in self.entries(node) {
            match name {
                "undetermined" => config.unknowns = self.value(value),
                "unsaid" => config.unsaid = self.value(value),
                _ => self.unknown_key(name, key, &["undetermined", "unsaid"]),
            }
        }
    }

    pub(super) fn infrastructure(&mut self, node: NodeRef<'_>) -> Infrastructure {
        let mut all = Infrastructure::default();
        for (name, key, value) in self.entries(node) {
            match name {
                "read" => {
                    let read: Vec<Spanned<String>> = self.value(value);
                    for language in &read {
                        let known = DIALECTS.iter().map(|dialect| dialect.name());
                        let known: Vec<_> = known.collect();
                        if !known.contains(&language.value.as_str()) {
                            let message = format!("{} is not read", quote(&language.value));
                            self.problems.push(
                                problem(message)
                                    .at(language.span, "no language that is known")
                                    .help(choose(&language.value, &known)),
                            );
                        }
                    }
                    all.read = Some(read);
                }
                "rendered" => all.rendered = self.globs(value),
                "roots" => all.roots = self.root_modules(value),
                "mappings" => all.mappings = self.mappings(value),
                _ => self.unknown_key(name, key, &["read", "rendered", "roots", "mappings"]),
            }
        }
        all
    }

    fn root_modules(&mut self, node: NodeRef<'_>) -> Vec<RootModule> {
        let mut all = Vec::new();
        for (folder, key, value) in self.entries(node) {
            let mut root = RootModule {
                folder: Spanned::new(folder.to_owned(), key.span()),
                var_files: Vec::new(),
            };
            for (name, key, value) in self.entries(value) {
                match name {
                    "var-files" => root.var_files = self.value(value),
                    _ => self.unknown_key(name, key, &["var-files"]),
                }
            }
            all.push(root);
        }
        all
    }

    fn mappings(&mut self, node: NodeRef<'_>) -> Vec<Mapping> {
        let Value::Seq(items) = node.value() else {
            if !matches!(node.value(), Value::Null) {
                let problem = problem("`mappings` is a list").at(node.span(), "expected a list");
                self.problems
                    .push(problem.help("write `- type: Kind.group` with `kind` and `set`"));
            }
            return Vec::new();
        };
        items.iter().filter_map(|item| self.mapping(item)).collect()
    }

    fn mapping(&mut self, node: NodeRef<'_>) -> Option<Mapping> {
        let before = self.problems.len();
        let (mut ty, mut kind, mut set) = (None, None, Vec::new());
        for (name, key, value) in self.entries(node) {
            match name {
                "type" => {
                    let text: String = self.value(value);
                    if !text.contains('.') {
                        let problem = problem(format!("{} names no API group", quote(&text)));
                        self.problems.push(
                            problem
                                .at(value.span(), "no type of custom resource")
                                .help("write the kind and the group: `Bucket.s3.example.com`"),
                        );
                    }
                    ty = Some(Spanned::new(text.into(), value.span()));
                }
                "kind" => kind = self.mapped_kind(value),
                "set" => {
                    for (name, key, value) in self.entries(value) {
                        let name = Spanned::new(name.into(), key.span());
                        set.extend(self.said(value).map(|said| (name, said)));
                    }
                }
                _ => self.unknown_key(name, key, &["type", "kind", "set"]),
            }
        }
        if let (Some(ty), Some(kind)) = (&ty, kind) {
            let mapping = Mapping {
                ty: ty.clone(),
                kind,
                set,
            };
            self.problems.extend(mapping.problems());
            return (self.problems.len() == before).then_some(mapping);
        }
        if self.problems.len() == before {
            let problem = problem("a mapping has no `type`, or no `kind`");
            let problem = problem.at(node.span(), "what becomes what?");
            self.problems
                .push(problem.help("write `type: Kind.group` and `kind: data item`"));
        }
        None
    }

    fn mapped_kind(&mut self, node: NodeRef<'_>) -> Option<Kind> {
        let name: String = self.value(node);
        let declared = Kind::ALL.iter().filter(|kind| kind.def().section.is_some());
        let names: Vec<_> = declared.clone().map(|kind| kind.def().label).collect();
        let found = declared.copied().find(|kind| kind.def().label == name);
        if found.is_none() {
            let problem = problem(format!("unknown kind of entity {}", quote(&name)));
            self.problems.push(
                problem
                    .at(node.span(), "not known")
                    .help(choose(&name, &names)),
            );
        }
        found
    }

    /// A value, or where it is written.
    fn said(&mut self, node: NodeRef<'_>) -> Option<Said> {
        let Value::Map(map) = node.value() else {
            return Some(Said::Value(Node::of(node)));
        };
        if map.get("path").is_none() {
            let problem = problem("a value has no `path`");
            let problem = problem.at(node.span(), "where is it written?");
            self.problems
                .push(problem.help("write `{ path: spec.field }`, or the value itself"));
            return None;
        }
        let (mut path, mut table, mut default) = (Vec::new(), Vec::new(), None);
        let (mut span, mut has_source) = (node.span(), false);
        for (name, key, value) in self.entries(node) {
            match name {
                "path" => {
                    let keys: Vec<String> = match value.value() {
                        Value::Seq(_) => self.value(value),
                        _ => self
                            .value::<String>(value)
                            .split('.')
                            .map(str::to_owned)
                            .collect(),
                    };
                    path = keys.into_iter().map(Into::into).collect();
                }
                "table" => {
                    span = value.span();
                    let entries = self.entries(value).into_iter();
                    table = entries
                        .map(|(word, _, value)| (word.into(), Node::of(value)))
                        .collect();
                }
                "default" => default = Some(Node::of(value)),
                "source" => has_source = !self.value::<String>(value).is_empty(),
                _ => self.unknown_key(name, key, &["path", "table", "default", "source"]),
            }
        }
        if let Some(default) = default.as_ref().filter(|_| !has_source) {
            let problem = problem("a default has no `source`");
            self.problems.push(
                problem
                    .at(default.span, "who says so?")
                    .help("name the page that documents it: `source: https://…`"),
            );
            return None;
        }
        Some(Said::Written {
            path,
            table,
            span,
            default,
        })
    }

    pub(super) fn bindings(&mut self, node: NodeRef<'_>) -> Vec<Binding> {
        let items = match node.value() {
            Value::Null => return Vec::new(),
            Value::Seq(items) => items,
            _ => {
                let problem = problem("`bindings` is a list");
                let problem = problem.at(node.span(), "expected a list");
                self.problems
                    .push(problem.help("write `- match: { … }` with `set` or `zone`"));
                return Vec::new();
            }
        };
        items.iter().filter_map(|item| self.binding(item)).collect()
    }

    fn binding(&mut self, node: NodeRef<'_>) -> Option<Binding> {
        let before = self.problems.len();
        let mut binding = Binding {
            span: node.span(),
            matches: Vec::new(),
            set: Vec::new(),
            zone: None,
        };
        for (name, key, value) in self.entries(node) {
            match name {
                "match" => self.matches(&mut binding.matches, value),
                "set" => {
                    for (name, key, value) in self.entries(value) {
                        let name = Spanned::new(name.into(), key.span());
                        binding.set.push((name, Node::of(value)));
                    }
                }
                "zone" => {
                    let zone: Spanned<String> = match crate::syntax::read(value) {
                        Ok(zone) => zone,
                        Err(error) => {
                            self.wrong(error, value);
                            continue;
                        }
                    };
                    binding.zone = Some(Spanned::new(zone.value.into(), zone.span));
                }
                _ => self.unknown_key(name, key, &["match", "set", "zone"]),
            }
        }
        if binding.matches.is_empty() && self.problems.len() == before {
            let message = "a binding has no `match`";
            let problem = problem(message).at(node.span(), "what is it for?");
            self.problems
                .push(problem.help("write `match: { path: \"prod/**\" }`, or another fact"));
        }
        if binding.set.is_empty() && binding.zone.is_none() && self.problems.len() == before {
            let problem = problem("a binding says nothing").at(node.span(), "says nothing");
            self.problems
                .push(problem.help("add `set: { environment: production }` or `zone: …`"));
        }
        (self.problems.len() == before).then_some(binding)
    }

    fn matches(&mut self, matches: &mut Vec<Match>, node: NodeRef<'_>) {
        for (name, key, value) in self.entries(node) {
            let key_of = match name {
                "label" => "tag",
                name => name,
            };
            if !MATCHES.contains(&key_of) {
                self.unknown_key(name, key, &MATCHES);
            } else if key_of == "tag" {
                for (tag, _, value) in self.entries(value) {
                    self.one_match(matches, key_of, Some(tag), value);
                }
            } else {
                self.one_match(matches, key_of, None, value);
            }
        }
    }

    fn one_match(
        &mut self,
        matches: &mut Vec<Match>,
        key: &str,
        name: Option<&str>,
        value: NodeRef<'_>,
    ) {
        let node = Node::of(value);
        let text = match node.value {
            NodeValue::Null => Some(String::new()),
            _ => node.scalar(),
        };
        let glob = text.ok_or_else(|| "a glob is a text".to_owned());
        match glob.and_then(|glob| matcher(&glob)) {
            Ok(glob) => matches.push(Match {
                key: key.into(),
                name: name.map(Into::into),
                glob,
                span: value.span(),
            }),
            Err(error) => {
                let problem = problem(error).at(value.span(), "no glob");
                self.problems.push(problem);
            }
        }
    }
}
