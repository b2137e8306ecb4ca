//! What is deployed together: each overlay that no other one uses, and each folder of manifests.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::manifest::Manifest;
use super::resource::Resource;
use super::{file_name, folder, unread};
use crate::infrastructure::Lowering;
use crate::source::FileId;
use crate::syntax::Node;

/// A parsed file.
#[derive(Clone, Copy)]
pub(super) struct File<'f> {
    pub(super) file: FileId,
    pub(super) name: &'f str,
    pub(super) manifest: &'f Manifest,
}

/// What is deployed together.
#[derive(Debug)]
pub(super) struct System {
    /// Its folder, as shown to people; empty at the root.
    pub(super) name: String,
    /// What is applied, in the order of the files.
    pub(super) resources: Vec<Resource>,
}

/// What the files of a project deploy.
pub(super) fn of(files: &[File<'_>], lowering: &mut Lowering<'_>) -> Vec<System> {
    let charts: BTreeSet<&str> = files
        .iter()
        .filter(|file| file_name(file.name) == "Chart.yaml")
        .map(|file| folder(file.name))
        .collect();
    let mut plain: BTreeMap<&str, Vec<Resource>> = BTreeMap::new();
    let mut read_charts = BTreeSet::new();
    for file in files {
        if file_name(file.name) == "Chart.yaml" {
            lowering.foreign(file.file);
            continue;
        }
        if let Some(chart) = chart_of(file.name, &charts) {
            if read_charts.insert(chart) {
                let what = ("Helm chart", "Helm charts");
                let help = "print it with `helm template` into a file, and name that under \
                            `infrastructure: { rendered: … }`";
                let span = crate::source::Span::file_start(file.file);
                let name = if chart.is_empty() { "." } else { chart };
                lowering.unread(unread(what, name, help, span));
            }
            lowering.foreign(file.file);
            continue;
        }
        if let Some(span) = file.manifest.broken {
            let (what, help) = match file.manifest.is_template {
                true => (
                    ("template", "templates"),
                    "fill it in, and name what comes out under `infrastructure: { rendered: … }`",
                ),
                false => (
                    ("manifest that is no YAML", "manifests that are no YAML"),
                    "mend it, or list it under `exclude`",
                ),
            };
            lowering.unread(unread(what, file.name, help, span));
        }
        let resources = resources(file);
        match resources.is_empty() {
            true => lowering.foreign(file.file),
            false => {
                lowering.document(file.file);
                plain
                    .entry(folder(file.name))
                    .or_default()
                    .extend(resources);
            }
        }
    }
    let folders: Vec<&str> = plain.keys().copied().collect();
    let mut systems: BTreeMap<&str, Vec<Resource>> = BTreeMap::new();
    for (at, resources) in plain {
        // What lies below manifests is applied with them, as `kubectl apply --recursive` does.
        let above = folders.iter().filter(|folder| is_within(at, folder));
        let above = above.min_by_key(|folder| folder.len());
        systems
            .entry(above.copied().unwrap_or(at))
            .or_default()
            .extend(resources);
    }
    let systems = systems.into_iter().map(|(name, resources)| System {
        name: name.to_owned(),
        resources: told_apart(resources),
    });
    systems.collect()
}

/// Whether a folder is another one, or lies in it. Everything lies in the root; manifests there do not
/// make one system of a whole repository.
fn is_within(folder: &str, other: &str) -> bool {
    folder == other
        || !other.is_empty()
            && folder
                .strip_prefix(other)
                .is_some_and(|rest| rest.starts_with('/'))
}

/// The chart that a file is a template of, or that it belongs to.
fn chart_of<'c>(name: &str, charts: &BTreeSet<&'c str>) -> Option<&'c str> {
    let chart = charts
        .iter()
        .copied()
        .filter(|chart| is_within(folder(name), chart) || chart.is_empty());
    let chart = chart.min_by_key(|chart| chart.len())?;
    let inside = name.strip_prefix(chart)?.trim_start_matches('/');
    let is_of = ["templates/", "charts/", "crds/", "values"];
    is_of
        .iter()
        .any(|part| inside.starts_with(part))
        .then_some(chart)
}

/// The resources of a file: its documents, lists taken apart.
fn resources(file: &File<'_>) -> Vec<Resource> {
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

/// Resources, each of which is called otherwise than all before it: what is there twice in the same
/// words is dropped.
fn told_apart(resources: Vec<Resource>) -> Vec<Resource> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept: Vec<Resource> = Vec::new();
    for mut resource in resources {
        if !seen.insert(resource.address()) {
            resource.twin = Some(file_name(&resource.path).into());
            if !seen.insert(resource.address()) {
                continue;
            }
        }
        kept.push(resource);
    }
    kept
}
