//! One file, parsed: its documents, and what of it is no YAML.

use super::file_name;
use super::resource::Resource;
use crate::infrastructure::Source;
use crate::source::{Code, Expansion, FileId, Span};
use crate::syntax::{Limits, Node, Syntax, parse};

/// What is in a file.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its documents, the empty ones left out.
    pub(super) documents: Vec<Node>,
    /// Where the first thing is that cannot be read.
    pub(super) broken: Option<Span>,
    /// Whether it is a template, to be filled in by another tool.
    pub(super) is_template: bool,
}

impl Manifest {
    pub(super) fn parse(source: &Source<'_>, limits: &Limits) -> (Self, Vec<Expansion>) {
        let syntax = Syntax::of(source.name.as_ref()).unwrap_or(Syntax::Yaml);
        let (tree, problems) = parse(syntax, source.file, source.text, limits);
        let documents = tree.documents().map(Node::of);
        let documents = documents.filter(|document| !document.is_null());
        // Kubernetes takes the last of two equal keys, and its tools warn of that.
        let mut broken = problems.iter().filter(|it| it.code != Code::DuplicateKey);
        let broken = broken.next().map(|problem| {
            let label = problem.labels.first();
            label.map_or(Span::file_start(source.file), |label| label.span)
        });
        let manifest = Self {
            documents: documents.collect(),
            broken,
            is_template: broken.is_some() && source.text.contains("{{"),
        };
        (manifest, tree.into_expansions())
    }
}

/// Whether a file is a kustomization by its name: one of the three that `kubectl kustomize` looks for.
pub(super) fn is_kustomization(path: &str) -> bool {
    let name = file_name(path);
    matches!(
        name,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    )
}

/// What the kustomization of a folder is called where that folder is.
pub(super) fn kustomization_in(folder: &str) -> String {
    match folder {
        "" => "kustomization.yaml".to_owned(),
        folder => format!("{folder}/kustomization.yaml"),
    }
}

/// A parsed file.
#[derive(Clone, Copy)]
pub(super) struct File<'f> {
    pub(super) file: FileId,
    pub(super) name: &'f str,
    pub(super) manifest: &'f Manifest,
}

/// The resources of a file: its documents, lists taken apart.
pub(super) fn resources_of(file: &File<'_>) -> Vec<Resource> {
    let mut all = Vec::new();
    for document in &file.manifest.documents {
        add(file, document, &mut all);
    }
    all
}

fn add(file: &File<'_>, node: &Node, all: &mut Vec<Resource>) {
    let text = |key| node.get(key).and_then(Node::str);
    let (Some(kind), Some(version)) = (text("kind"), text("apiVersion")) else {
        return;
    };
    let is_list = kind.ends_with("List") && node.get("items").is_some();
    if is_list {
        let items = node.get("items").map_or(&[][..], Node::items);
        for item in items {
            add(file, item, all);
        }
    } else if is_kubernetes(version) {
        all.push(Resource::new(file.name, node.clone()));
    }
}

/// Whether a version is one that a cluster could serve: of the core group, or of a group with a name.
fn is_kubernetes(version: &str) -> bool {
    let is_version = |text: &str| {
        let mut rest = text.chars();
        rest.next() == Some('v') && rest.next().is_some_and(|c| c.is_ascii_digit())
    };
    match version.split_once('/') {
        None => version == "v1",
        Some((group, version)) => !group.is_empty() && is_version(version),
    }
}
