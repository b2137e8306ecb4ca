//! Kubernetes manifests and kustomizations, as `kubectl apply` and `kubectl kustomize` read them.
//!
//! What is read of each kind is Rust and no table: a pod's Secrets stand in five places of its
//! template, who may read them follows from four other kinds, and which network reaches it from labels.
//! A table of paths would have to be a language for joins.
//!
//! API defaults are facts, and stand at the name of the resource: that a pod does not share the
//! processes of its host is so unless it says otherwise (Kubernetes API reference 1.34, PodSpec).

mod accounts;
mod cluster;
mod conduits;
mod content;
mod custom;
mod debug;
mod entrances;
mod generate;
mod keys;
mod kubelet;
mod kustomize;
mod labels;
mod lower;
mod manifest;
mod network;
mod patch;
mod pods;
mod policies;
mod rbac;
mod rendered;
mod resource;
mod rights;
mod secrets;
mod selection;
mod systems;
mod target;
mod transform;

use super::{Claim, Dialect, Lowering, Parsed, Source, Unit};
use crate::source::Unread;
use crate::syntax::{Limits, Syntax};
use manifest::Manifest;

/// Kubernetes.
#[derive(Debug)]
pub struct Kubernetes;

impl Dialect for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn doc(&self) -> &'static str {
        "Kubernetes manifests, in YAML or JSON, and kustomizations."
    }

    fn may_hold(&self, name: &str) -> bool {
        Syntax::of(name.as_ref()).is_some() || file_name(name) == "Kustomization"
    }

    fn claims(&self, name: &str, text: &[u8]) -> Claim {
        if manifest::is_kustomization(name) {
            return Claim::Yes;
        }
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        if file_name(name) == "Chart.yaml" {
            return Claim::Maybe;
        }
        let (kind, api) = (has_key(text, "kind"), has_key(text, "apiVersion"));
        if kind && api {
            return Claim::Yes;
        }
        // A patch, as RFC 6902 has it, or one without its header.
        match has("op:") || has("\"op\"") {
            true if has("path") => Claim::Maybe,
            _ => Claim::No,
        }
    }

    fn parse(&self, source: &Source<'_>, limits: &Limits) -> Parsed {
        let (manifest, expansions) = Manifest::parse(source, limits);
        Parsed {
            content: Box::new(manifest),
            problems: Vec::new(),
            expansions,
        }
    }

    fn lower(&self, units: &[Unit<'_>], lowering: &mut Lowering<'_>) {
        let files: Vec<_> = units
            .iter()
            .filter_map(|unit| {
                let manifest = unit.content.downcast_ref::<Manifest>()?;
                Some(manifest::File {
                    file: unit.file,
                    name: unit.name,
                    manifest,
                })
            })
            .collect();
        let systems = systems::of(&files, lowering);
        for system in &systems {
            lower::lower(system, lowering);
        }
        custom::list_unused(&systems, lowering);
    }
}

/// What a file that is there and not read is.
fn unread(
    what: (&'static str, &'static str),
    name: impl Into<String>,
    help: &'static str,
    span: crate::source::Span,
) -> Unread {
    Unread {
        what,
        name: name.into(),
        help,
        span,
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of a file; empty for one at the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a text has a key of this name, in YAML at the start of a line or in JSON in quotes.
fn has_key(text: &[u8], key: &str) -> bool {
    memchr::memmem::find_iter(text, key.as_bytes()).any(|at| {
        let rest = &text[at + key.len()..];
        let before = at.checked_sub(1).map(|at| text[at]);
        match before {
            None | Some(b'\n' | b'\r') => rest.starts_with(b":"),
            Some(b' ' | b'{' | b',') => rest.starts_with(b":"),
            Some(b'"') => rest.starts_with(b"\""),
            _ => false,
        }
    })
}
