//! One file, parsed: its documents, and what of it is no YAML.

use super::file_name;
use crate::infrastructure::Source;
use crate::source::{Code, Expansion, Span};
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
