//! Kustomizations: what an overlay makes of its bases (`kubectl kustomize`, API
//! kustomize.config.k8s.io/v1beta1).

use std::collections::{BTreeMap, BTreeSet};

use super::generate::generated;
use super::manifest::{File, is_kustomization, resources_of};
use super::patch::{inline, merge, operate};
use super::resource::{Resource, text};
use super::target::{is_same, is_target};
use super::transform::{add_labels, rename, set_namespaces};
use super::{folder, unread};
use crate::infrastructure::Lowering;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeValue};

/// How deep overlays may use each other.
const DEPTH: usize = 32;

/// Most resources that all overlays of a project may come to.
const RESOURCES: usize = 200_000;

/// What builds the overlays of a project.
pub(super) struct Builder<'f, 'l, 'x> {
    /// The kustomizations, by folder.
    kustomizations: BTreeMap<&'f str, &'f Node>,
    /// All files, by name.
    files: BTreeMap<&'f str, File<'f>>,
    /// The files that an overlay uses.
    pub(super) used: BTreeSet<&'f str>,
    lowering: &'l mut Lowering<'x>,
    built: usize,
}

impl<'f, 'l, 'x> Builder<'f, 'l, 'x> {
    /// What builds the overlays among `files`.
    pub(super) fn new(files: &[File<'f>], lowering: &'l mut Lowering<'x>) -> Self {
        let mut kustomizations = BTreeMap::new();
        for file in files {
            if is_kustomization(file.name)
                && let Some(document) = file.manifest.documents.first()
            {
                kustomizations.insert(folder(file.name), document);
            }
        }
        Self {
            kustomizations,
            files: files.iter().map(|file| (file.name, *file)).collect(),
            used: BTreeSet::new(),
            lowering,
            built: 0,
        }
    }

    /// Whether a folder has a kustomization.
    pub(super) fn is_built(&self, folder: &str) -> bool {
        self.kustomizations.contains_key(folder)
    }

    /// The overlays that no other one uses, each with what it comes to.
    pub(super) fn build(&mut self) -> Vec<(&'f str, Vec<Resource>)> {
        let all = self.kustomizations.clone();
        let mut inner = BTreeSet::new();
        for (at, node) in &all {
            for list in ["resources", "bases", "components"] {
                for item in node.get(list).map_or(&[][..], Node::items) {
                    inner.extend(item.str().map(|path| join(at, path)));
                }
            }
        }
        let mut systems = Vec::new();
        for (at, node) in all {
            if inner.contains(at) {
                continue;
            }
            if node.get("kind").and_then(Node::str) == Some("Component") {
                let what = ("component", "components");
                let help = "no kustomization uses it";
                self.lowering
                    .unread(unread(what, named(at), help, node.span));
                self.use_kustomization(at);
                continue;
            }
            let resources = self.folder(at, &mut Vec::new());
            systems.push((at, resources));
        }
        systems
    }

    fn use_kustomization(&mut self, at: &str) {
        let files = self.files.keys().copied();
        let own = files.filter(|name| folder(name) == at && is_kustomization(name));
        let own: Vec<_> = own.collect();
        self.used.extend(own);
    }

    /// What the kustomization in a folder comes to.
    fn folder(&mut self, at: &'f str, stack: &mut Vec<&'f str>) -> Vec<Resource> {
        let Some(node) = self.kustomizations.get(at).copied() else {
            return Vec::new();
        };
        if stack.contains(&at) || stack.len() >= DEPTH {
            let what = ("kustomization", "kustomizations");
            let help = "it uses itself, over others or not";
            self.lowering
                .unread(unread(what, named(at), help, node.span));
            return Vec::new();
        }
        self.use_kustomization(at);
        stack.push(at);
        let mut all: Vec<Resource> = Vec::new();
        for list in ["resources", "bases"] {
            for item in node.get(list).map_or(&[][..], Node::items) {
                self.add(at, item, stack, &mut all);
            }
        }
        generated(at, node, self.lowering, &mut all);
        for item in node.get("components").map_or(&[][..], Node::items) {
            let path = item.str().map(|path| join(at, path)).unwrap_or_default();
            match self.kustomizations.get_key_value(path.as_str()) {
                Some((component, node)) => {
                    let (component, node) = (*component, *node);
                    let own = self.folder(component, stack);
                    all.extend(own);
                    self.transform(component, node, &mut all);
                }
                None => self.missing(item),
            }
        }
        let is_component = node.get("kind").and_then(Node::str) == Some("Component");
        if !is_component {
            self.transform(at, node, &mut all);
        }
        stack.pop();
        self.built += all.len();
        all
    }

    fn add(&mut self, at: &str, item: &Node, stack: &mut Vec<&'f str>, all: &mut Vec<Resource>) {
        let Some(path) = item.str() else {
            return;
        };
        if is_remote(path) {
            let what = ("remote base", "remote bases");
            let help = "nothing is downloaded: print what it comes to with `kubectl kustomize`, and \
                        name that under `infrastructure: { rendered: … }`";
            self.lowering.unread(unread(what, path, help, item.span));
            return;
        }
        if self.built > RESOURCES {
            let what = ("kustomization", "kustomizations");
            let help = "all of them come to more resources than are read";
            self.lowering
                .unread(unread(what, named(at), help, item.span));
            return;
        }
        let path = join(at, path);
        let folder = self.kustomizations.get_key_value(path.as_str());
        if let Some((folder, _)) = folder {
            let folder = *folder;
            let further = self.folder(folder, stack);
            all.extend(further);
        } else if let Some((name, file)) = self.files.get_key_value(path.as_str()) {
            let (name, file) = (*name, *file);
            self.used.insert(name);
            all.extend(resources_of(&file));
        } else {
            self.missing(item);
        }
    }

    fn missing(&mut self, item: &Node) {
        let name = item.scalar().unwrap_or_default();
        let what = ("resource of a kustomization", "resources of kustomizations");
        let help = "it is not among what is looked at";
        self.lowering.unread(unread(what, name, help, item.span));
    }

    /// Applies what a kustomization changes.
    fn transform(&mut self, at: &str, node: &Node, all: &mut Vec<Resource>) {
        for list in ["patches", "patchesJson6902"] {
            for patch in node.get(list).map_or(&[][..], Node::items) {
                let documents = match (patch.get("patch"), patch.get("path")) {
                    (Some(text), _) => inline(text, self.lowering),
                    (None, Some(path)) => self.documents(at, path),
                    _ => Vec::new(),
                };
                if documents.is_empty() {
                    self.unreadable(patch.span);
                }
                for document in documents {
                    self.patch(&document, patch.get("target"), all);
                }
            }
        }
        let strategic = node.get("patchesStrategicMerge");
        for patch in strategic.map_or(&[][..], Node::items) {
            let is_path = patch.str().is_some_and(|text| !text.contains('\n'));
            let documents = match is_path {
                true => self.documents(at, patch),
                false => inline(patch, self.lowering),
            };
            if documents.is_empty() {
                self.unreadable(patch.span);
            }
            for document in documents {
                self.patch(&document, None, all);
            }
        }
        if let Some(namespace) = node.get("namespace").and_then(text) {
            set_namespaces(all, &namespace, self.lowering);
        }
        let affix = |key| node.get(key).and_then(Node::str).unwrap_or("");
        let (prefix, suffix) = (affix("namePrefix"), affix("nameSuffix"));
        if !prefix.is_empty() || !suffix.is_empty() {
            rename(all, prefix, suffix);
        }
        for pairs in node.get("labels").map_or(&[][..], Node::items) {
            add_labels(all, pairs.get("pairs"));
        }
        add_labels(all, node.get("commonLabels"));
        for list in [
            "helmCharts",
            "helmChartInflationGenerator",
            "generators",
            "transformers",
        ] {
            for item in node.get(list).map_or(&[][..], Node::items) {
                let name = item.get("name").unwrap_or(item).scalar();
                let what = ("plugin of a kustomization", "plugins of kustomizations");
                let help = "render it with `kubectl kustomize`, and list the result under \
                            `infrastructure: { rendered: … }`";
                let name = name.unwrap_or_else(|| list.to_owned());
                self.lowering.unread(unread(what, name, help, item.span));
            }
        }
    }

    fn unreadable(&mut self, span: Span) {
        let what = ("patch", "patches");
        let help = "it cannot be read, or its file is not among what is looked at";
        let name = self.lowering.name(span.file).to_owned();
        self.lowering.unread(unread(what, name, help, span));
    }

    /// The documents of a file that a patch names.
    fn documents(&mut self, at: &str, path: &Node) -> Vec<Node> {
        let path = path.str().map(|path| join(at, path)).unwrap_or_default();
        let Some((name, file)) = self.files.get_key_value(path.as_str()) else {
            return Vec::new();
        };
        self.used.insert(name);
        file.manifest.documents.clone()
    }

    fn patch(&mut self, patch: &Node, target: Option<&Node>, all: &mut Vec<Resource>) {
        let is_list = matches!(patch.value, NodeValue::Seq(_));
        let mut kept = Vec::with_capacity(all.len());
        for mut resource in std::mem::take(all) {
            let is_meant = match target {
                Some(target) => is_target(&resource, target),
                None => !is_list && is_same(&resource, patch),
            };
            if !is_meant {
                kept.push(resource);
                continue;
            }
            if is_list {
                if let Err(span) = operate(&mut resource.node, patch, self.lowering) {
                    self.unreadable(span);
                }
                kept.push(resource);
            } else {
                let names = (resource.node.get("kind").cloned(), resource.name());
                if merge(&mut resource.node, patch, self.lowering) {
                    // A patch says which resource it is for, and does not rename it.
                    if target.is_some() {
                        restore(&mut resource.node, names);
                    }
                    kept.push(resource);
                }
            }
        }
        *all = kept;
    }
}

fn restore(node: &mut Node, (kind, name): (Option<Node>, Spanned<Box<str>>)) {
    let NodeValue::Map(entries) = &mut node.value else {
        return;
    };
    for (key, value) in entries {
        match (&*key.value, &kind) {
            ("kind", Some(kind)) => *value = kind.clone(),
            ("metadata", _) => {
                if let NodeValue::Map(entries) = &mut value.value {
                    let named = entries.iter_mut().find(|(key, _)| &*key.value == "name");
                    if let Some((_, value)) = named {
                        value.value = NodeValue::Str(name.value.clone());
                        value.span = name.span;
                    }
                }
            }
            _ => {}
        }
    }
}

/// A path, relative to a folder, as one from the same place as the folder's.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn named(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.contains("?ref=")
        || path.starts_with("git@")
        || path.starts_with("github.com/")
}
