//! What is deployed together: each overlay that no other one uses, and each folder of manifests.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::content::Content;
use super::kustomize::Builder;
use super::manifest::{File, is_kustomization, resources_of};
use super::rendered::{Charts, is_chart};
use super::resource::Resource;
use super::{file_name, folder, unread};
use crate::infrastructure::Lowering;

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
        .filter(|file| is_chart(file.name))
        .map(|file| folder(file.name))
        .collect();
    let mut builder = Builder::new(files, lowering);
    let overlays = builder.build();
    let used = std::mem::take(&mut builder.used);
    let is_built: Vec<bool> = files
        .iter()
        .map(|file| builder.is_built(folder(file.name)))
        .collect();
    let mut plain: BTreeMap<&str, Vec<Resource>> = BTreeMap::new();
    // Secrets that nothing deploys, and that stand in the source.
    let mut idle: Vec<(&str, Vec<Resource>)> = Vec::new();
    // The charts of which something is said already, or what they come to is read.
    let mut known_charts = BTreeSet::new();
    let all_charts = Charts::of(files);
    let mut rendered = BTreeMap::new();
    for file in files {
        if lowering.is_rendered(file.name) {
            let resources = all_charts.resources(file, &mut known_charts, lowering);
            rendered.insert(file.name, resources);
        }
    }
    for (file, is_built) in files.iter().zip(is_built) {
        if is_chart(file.name) {
            lowering.foreign(file.file);
            continue;
        }
        if used.contains(file.name) {
            lowering.document(file.file);
            continue;
        }
        let rendered = rendered.remove(file.name);
        let chart = chart_of(file.name, &charts);
        if let Some(chart) = chart.filter(|_| rendered.is_none()) {
            if known_charts.insert(chart) {
                let what = ("Helm chart", "Helm charts");
                let help = "render it with `helm template` into a file, and list that under \
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
                    (
                        "manifest that is not valid YAML",
                        "manifests that are not valid YAML",
                    ),
                    "fix it, or list it under `exclude`",
                ),
            };
            lowering.unread(unread(what, file.name, help, span));
        }
        // What is made into the folder of an overlay is no part of that.
        let (at, is_built) = match (is_built, &rendered) {
            (true, Some(_)) => (file.name, false),
            _ => (folder(file.name), is_built),
        };
        let resources = rendered.unwrap_or_else(|| resources_of(file));
        match resources.is_empty() || is_kustomization(file.name) {
            true => lowering.foreign(file.file),
            // It is in a folder that is built, and what is built does not use it. What is written down there is
            // so all the same.
            false if is_built && resources.iter().all(is_secret_in_source) => {
                lowering.document(file.file);
                idle.push((file.name, resources));
            }
            false if is_built => {
                let what = (
                    "manifest that the kustomization beside it does not use",
                    "manifests that the kustomization beside them does not use",
                );
                let help = "it is not deployed with it";
                lowering.unread(unread(what, file.name, help, resources[0].node.span));
                let secrets = resources.into_iter().filter(is_secret_in_source);
                let secrets: Vec<_> = secrets.collect();
                match secrets.is_empty() {
                    true => lowering.foreign(file.file),
                    false => {
                        lowering.document(file.file);
                        idle.push((file.name, secrets));
                    }
                }
            }
            false => {
                lowering.document(file.file);
                plain.entry(at).or_default().extend(resources);
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
    let systems = systems
        .into_iter()
        .chain(idle)
        .chain(overlays)
        .map(|(name, resources)| System {
            name: name.to_owned(),
            resources: told_apart(resources),
        });
    systems.collect()
}

/// Whether a resource is a Secret with a key or a credential written in it.
fn is_secret_in_source(resource: &Resource) -> bool {
    let written = || Content::of(resource).written;
    resource.kind() == "Secret"
        && resource.group().is_empty()
        && written()
            .iter()
            .any(|value| value.is_credential || value.is_private_key)
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
