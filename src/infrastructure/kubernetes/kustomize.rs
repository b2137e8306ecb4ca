//! Kustomizations: what an overlay makes of its bases (`kubectl kustomize`, API
//! kustomize.config.k8s.io/v1beta1).

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{File, is_kustomization, kustomization_in, resources_of};
use super::patch::{inline, merge, operate};
use super::resource::{Resource, is_namespaced, text};
use super::{folder, unread};
use crate::infrastructure::Lowering;
use crate::source::{Span, Spanned, Via};
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
            for resource in all.iter_mut() {
                set_namespace(resource, &namespace, self.lowering);
            }
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
                let help = "print what it comes to with `kubectl kustomize`, and name that under \
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

/// Whether a resource is one that a strategic patch is for.
fn is_same(resource: &Resource, patch: &Node) -> bool {
    let of = |path: &[&str]| patch.at(path).and_then(Node::scalar);
    let group = |version: String| match version.split_once('/') {
        Some((group, _)) => group.to_owned(),
        None => String::new(),
    };
    let name = resource.name().value;
    of(&["kind"]).as_deref() == Some(resource.kind())
        && of(&["metadata", "name"]).is_some_and(|it| *it == *name || *it == *resource.first_name)
        && of(&["apiVersion"]).is_none_or(|version| group(version) == resource.group())
        && of(&["metadata", "namespace"]).is_none_or(|namespace| {
            resource
                .namespace()
                .is_none_or(|it| *it.value == *namespace)
        })
}

/// Whether a resource is among what a patch names as its target; names are regular expressions there,
/// of which the plain ones and `.*` are understood.
fn is_target(resource: &Resource, target: &Node) -> bool {
    let matches = |key: &str, value: &str| {
        let wanted = target.get(key).and_then(Node::scalar);
        wanted.is_none_or(|wanted| wanted.is_empty() || is_match(&wanted, value))
    };
    let namespace = resource.namespace().map(|it| it.value).unwrap_or_default();
    let version = resource
        .node
        .get("apiVersion")
        .and_then(Node::str)
        .unwrap_or("");
    let version = version.rsplit('/').next().unwrap_or(version);
    let selects = |key: &str, part: &str| {
        let selector = target.get(key).and_then(Node::str);
        selector.is_none_or(|selector| {
            let all = resource.node.at(&["metadata", part]);
            selector.split(',').all(|term| match term.split_once('=') {
                Some((name, value)) => {
                    let label = all.and_then(|all| all.get(name.trim()));
                    let value = value.trim_start_matches('=').trim();
                    label.and_then(Node::scalar).as_deref() == Some(value)
                }
                None => all.is_some_and(|all| all.get(term.trim()).is_some()),
            })
        })
    };
    matches("kind", resource.kind())
        && matches("group", resource.group())
        && matches("version", version)
        && (matches("name", &resource.name().value) || matches("name", &resource.first_name))
        && matches("namespace", &namespace)
        && selects("labelSelector", "labels")
        && selects("annotationSelector", "annotations")
}

/// Whether an anchored pattern of alternatives and `.*` matches a text.
fn is_match(pattern: &str, text: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let pattern = pattern
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or(pattern);
    pattern.split('|').any(|pattern| {
        let parts: Vec<&str> = pattern.split(".*").collect();
        let (first, last) = (parts[0], parts[parts.len() - 1]);
        if parts.len() == 1 {
            return pattern == text;
        }
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        for part in &parts[1..parts.len() - 1] {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    })
}

/// The ConfigMaps and Secrets that a kustomization makes: there is such a thing, and of its content
/// only what is written in the kustomization itself.
fn generated(at: &str, node: &Node, lowering: &Lowering<'_>, all: &mut Vec<Resource>) {
    for (list, kind) in [
        ("secretGenerator", "Secret"),
        ("configMapGenerator", "ConfigMap"),
    ] {
        for item in node.get(list).map_or(&[][..], Node::items) {
            let Some(name) = item.get("name") else {
                continue;
            };
            let key = |name: &str, span| Spanned::new(name.into(), span);
            let scalar = |text: &str, span| Node {
                span,
                value: NodeValue::Str(text.into()),
            };
            let span = item.span;
            let mut metadata = vec![(key("name", name.span), name.clone())];
            if let Some(namespace) = item.get("namespace") {
                metadata.push((key("namespace", namespace.span), namespace.clone()));
            }
            let mut entries = vec![
                (key("apiVersion", span), scalar("v1", span)),
                (key("kind", span), scalar(kind, span)),
                (
                    key("metadata", span),
                    Node {
                        span,
                        value: NodeValue::Map(metadata),
                    },
                ),
            ];
            if let Some(ty) = item.get("type") {
                entries.push((key("type", ty.span), ty.clone()));
            }
            let literals = item.get("literals").map_or(&[][..], Node::items).iter();
            let literals = literals.filter_map(|literal| {
                let text = literal.str()?;
                let (name, value) = text.split_once('=')?;
                let raw = lowering.text(literal.span);
                let before = raw.find('=').and_then(|at| u32::try_from(at + 1).ok());
                let start = literal.span.start + before.unwrap_or_default();
                let span = Span::new(literal.span.file, start, literal.span.end);
                Some((key(name, literal.span), scalar(value, span)))
            });
            let literals: Vec<_> = literals.collect();
            if !literals.is_empty() {
                let part = if kind == "Secret" {
                    "stringData"
                } else {
                    "data"
                };
                let value = NodeValue::Map(literals);
                entries.push((key(part, span), Node { span, value }));
            }
            let made = Node {
                span,
                value: NodeValue::Map(entries),
            };
            all.push(Resource::new(&kustomization_in(at), made));
        }
    }
}

/// Puts a resource into a namespace, and with it the service accounts that a binding names.
fn set_namespace(
    resource: &mut Resource,
    namespace: &Spanned<Box<str>>,
    lowering: &mut Lowering<'_>,
) {
    if is_namespaced(resource) && resource.kind() != "Namespace" {
        set_in(&mut resource.node, "metadata", namespace, lowering);
    }
    if matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding") {
        let NodeValue::Map(entries) = &mut resource.node.value else {
            return;
        };
        let subjects = entries
            .iter_mut()
            .find(|(key, _)| &*key.value == "subjects");
        if let Some((_, subjects)) = subjects
            && let NodeValue::Seq(items) = &mut subjects.value
        {
            for item in items {
                if item.get("kind").and_then(Node::str) == Some("ServiceAccount") {
                    set(item, "namespace", namespace, lowering);
                }
            }
        }
    }
}

fn set_in(node: &mut Node, part: &str, value: &Spanned<Box<str>>, lowering: &mut Lowering<'_>) {
    if let NodeValue::Map(entries) = &mut node.value {
        let found = entries.iter_mut().find(|(key, _)| &*key.value == part);
        if let Some((_, part)) = found {
            set(part, "namespace", value, lowering);
        }
    }
}

fn set(node: &mut Node, name: &str, value: &Spanned<Box<str>>, lowering: &mut Lowering<'_>) {
    let NodeValue::Map(entries) = &mut node.value else {
        return;
    };
    let text = NodeValue::Str(value.value.clone());
    match entries.iter_mut().find(|(key, _)| &*key.value == name) {
        Some((_, old)) => {
            old.span = lowering.place(value.span, &[(old.span, Via::Replaced)]);
            old.value = text;
        }
        None => entries.push((
            Spanned::new(name.into(), value.span),
            Node {
                span: value.span,
                value: text,
            },
        )),
    }
}

/// Renames what there is, and what refers to it.
fn rename(all: &mut [Resource], prefix: &str, suffix: &str) {
    let is_renamed = |kind: &str| {
        !matches!(
            kind,
            "Namespace" | "CustomResourceDefinition" | "APIService"
        )
    };
    let kinds: BTreeSet<(String, String)> = all
        .iter()
        .filter(|resource| is_renamed(resource.kind()))
        .map(|resource| {
            (
                resource.kind().to_owned(),
                resource.name().value.to_string(),
            )
        })
        .collect();
    let new = |kind: &str, name: &str| {
        let known = kinds.contains(&(kind.to_owned(), name.to_owned()));
        known.then(|| format!("{prefix}{name}{suffix}"))
    };
    for resource in all {
        let kind = resource.kind().to_owned();
        refer(&mut resource.node, &mut Vec::new(), &|path, node, name| {
            let last = path.last().map_or("", String::as_str);
            let before = path.len().checked_sub(2).map_or("", |at| path[at].as_str());
            let named = match (before, last) {
                ("metadata", "name") if path.len() == 2 => Some(kind.clone()),
                ("secretKeyRef" | "secretRef" | "secret", "name") | (_, "secretName") => {
                    Some("Secret".to_owned())
                }
                ("configMapKeyRef" | "configMapRef" | "configMap", "name") => {
                    Some("ConfigMap".to_owned())
                }
                (_, "serviceAccountName" | "serviceAccount") => Some("ServiceAccount".to_owned()),
                ("service", "name") | (_, "serviceName") => Some("Service".to_owned()),
                ("roleRef" | "subjects", "name") => {
                    node.get("kind").and_then(Node::str).map(str::to_owned)
                }
                _ => None,
            };
            new(&named?, name)
        });
    }
}

/// Says what a text at a path is to be called, in a mapping of which the kind is given.
type Rename<'r> = dyn Fn(&[String], &Node, &str) -> Option<String> + 'r;

/// Gives each text at a path the name that `new` says, which is told the mapping that it is in.
fn refer(node: &mut Node, path: &mut Vec<String>, new: &Rename<'_>) {
    let before = Node {
        span: node.span,
        value: match &node.value {
            NodeValue::Map(entries) => {
                let kind = entries.iter().filter(|(key, _)| &*key.value == "kind");
                NodeValue::Map(kind.cloned().collect())
            }
            _ => NodeValue::Null,
        },
    };
    match &mut node.value {
        NodeValue::Map(entries) => {
            for (key, value) in entries {
                path.push(key.value.to_string());
                if let NodeValue::Str(name) = &mut value.value {
                    if let Some(renamed) = new(path, &before, name) {
                        *name = renamed.into();
                    }
                } else {
                    refer(value, path, new);
                }
                path.pop();
            }
        }
        NodeValue::Seq(items) => {
            for item in items {
                refer(item, path, new);
            }
        }
        _ => {}
    }
}

fn add_labels(all: &mut [Resource], labels: Option<&Node>) {
    let labels = labels.map_or(&[][..], Node::entries);
    for resource in all.iter_mut().filter(|_| !labels.is_empty()) {
        let NodeValue::Map(entries) = &mut resource.node.value else {
            continue;
        };
        let metadata = entries
            .iter_mut()
            .find(|(key, _)| &*key.value == "metadata");
        let Some((_, metadata)) = metadata else {
            continue;
        };
        let NodeValue::Map(entries) = &mut metadata.value else {
            continue;
        };
        match entries.iter_mut().find(|(key, _)| &*key.value == "labels") {
            Some((
                _,
                Node {
                    value: NodeValue::Map(known),
                    ..
                },
            )) => {
                for (name, value) in labels {
                    known.retain(|(key, _)| key.value != name.value);
                    known.push((name.clone(), value.clone()));
                }
            }
            _ => {
                let span = labels[0].1.span;
                let value = NodeValue::Map(labels.to_vec());
                let name = Spanned::new("labels".into(), span);
                entries.push((name, Node { span, value }));
            }
        }
    }
}
