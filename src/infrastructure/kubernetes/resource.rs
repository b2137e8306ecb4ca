//! A resource: one document of a manifest, or one item of a list.

use crate::model;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// A resource that is applied to a cluster.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// The path of the file that it is written in.
    pub(super) path: Box<str>,
    /// All that it says.
    pub(super) node: Node,
    /// What it was called where it is written, before any overlay renamed it.
    pub(super) first_name: Box<str>,
    /// What tells it from another one of the same kind, namespace and name; usually nothing.
    pub(super) twin: Option<Box<str>>,
}

impl Resource {
    pub(super) fn new(path: &str, node: Node) -> Self {
        let mut resource = Self {
            path: path.into(),
            node,
            first_name: "".into(),
            twin: None,
        };
        resource.first_name = resource.name().value;
        resource
    }

    pub(super) fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::str).unwrap_or("")
    }

    /// The API group: empty for the core one.
    pub(super) fn group(&self) -> &str {
        let version = self.node.get("apiVersion").and_then(Node::str);
        let version = version.unwrap_or("");
        version.split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn name(&self) -> Spanned<Box<str>> {
        let metadata = self.node.get("metadata");
        let name = metadata.and_then(|it| it.get("name").or(it.get("generateName")));
        match name.and_then(|name| Some((name.scalar()?, name.span))) {
            Some((name, span)) if !name.is_empty() => Spanned::new(name.into(), span),
            _ => {
                let span = self.node.get("kind").map_or(self.node.span, |it| it.span);
                Spanned::new("unnamed".into(), span)
            }
        }
    }

    /// The namespace, where one is written.
    pub(super) fn namespace(&self) -> Option<Spanned<Box<str>>> {
        text(self.node.at(&["metadata", "namespace"])?)
    }

    /// The namespace; empty where none is written: that of whoever applies it.
    pub(super) fn namespace_or_none(&self) -> Box<str> {
        self.namespace().map(|it| it.value).unwrap_or_default()
    }

    pub(super) fn spec(&self) -> Option<&Node> {
        self.node.get("spec")
    }

    /// The pod template.
    pub(super) fn pod(&self) -> Option<Pod<'_>> {
        let template = match (self.kind(), self.group()) {
            ("Pod", "") => &self.node,
            ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet", "apps" | "extensions")
            | ("ReplicationController", "")
            | ("Job", "batch") => self.spec()?.get("template")?,
            ("CronJob", "batch") => self.node.at(&["spec", "jobTemplate", "spec", "template"])?,
            ("PodTemplate", "") => self.node.get("template")?,
            _ => return None,
        };
        Some(Pod {
            metadata: template.get("metadata"),
            spec: template.get("spec")?,
        })
    }

    /// What it is called within its system: kind, namespace where one is written, and name.
    pub(super) fn address(&self) -> String {
        let name = self.name().value;
        let address = match self.namespace() {
            Some(namespace) => format!("{}/{}/{name}", self.kind(), namespace.value),
            None => format!("{}/{name}", self.kind()),
        };
        match &self.twin {
            Some(twin) => format!("{address} in {twin}"),
            None => address,
        }
    }

    /// What bindings can match.
    pub(super) fn import(&self, system: &str) -> model::Import {
        let metadata = self.node.get("metadata");
        let tags = ["labels", "annotations"].iter().flat_map(|part| {
            let all = metadata.and_then(|it| it.get(part));
            all.map_or(&[][..], Node::entries)
        });
        let tags = tags.filter_map(|(name, value)| {
            let value = value.scalar().filter(|value| value.len() <= 256)?;
            Some((name.value.clone(), value.into()))
        });
        model::Import {
            format: "kubernetes",
            path: self.path.clone(),
            system: system.into(),
            address: self.address().into(),
            ty: self.kind().into(),
            name: self.name().value,
            namespace: self.namespace_or_none(),
            tags: tags.collect(),
            ..model::Import::default()
        }
    }
}

/// What runs together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pod<'r> {
    pub(super) metadata: Option<&'r Node>,
    pub(super) spec: &'r Node,
}

impl<'r> Pod<'r> {
    /// Its containers, those that run first and those that look into it included.
    pub(super) fn containers(self) -> impl Iterator<Item = &'r Node> {
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let spec = self.spec;
        lists
            .into_iter()
            .filter_map(move |list| spec.get(list))
            .flat_map(Node::items)
    }
}

/// A scalar with its place.
pub(super) fn text(node: &Node) -> Option<Spanned<Box<str>>> {
    let text = node.scalar().filter(|text| !text.is_empty())?;
    Some(Spanned::new(text.into(), node.span))
}

/// A truth value with its place; `yes` and `on` count, as in the YAML that Kubernetes reads.
pub(super) fn flag(node: Option<&Node>) -> Option<Spanned<bool>> {
    let node = node?;
    let value = match node.str() {
        Some("yes" | "Yes" | "YES" | "on" | "On" | "ON") => true,
        Some("no" | "No" | "NO" | "off" | "Off" | "OFF") => false,
        _ => node.bool()?,
    };
    Some(Spanned::new(value, node.span))
}

/// The place of a whole resource, where nothing in it says more: its name.
pub(super) fn place(resource: &Resource) -> Span {
    resource.name().span
}

/// The service account that a Secret holds a token of which does not end.
pub(super) fn account_of_token(resource: &Resource) -> Option<Spanned<Box<str>>> {
    let ty = resource.node.get("type").and_then(Node::str)?;
    if ty != "kubernetes.io/service-account-token" {
        return None;
    }
    let annotations = resource.node.at(&["metadata", "annotations"])?;
    text(annotations.get("kubernetes.io/service-account.name")?)
}

/// Whether a resource is in a namespace.
pub(super) fn is_namespaced(resource: &Resource) -> bool {
    !matches!(
        resource.kind(),
        "Namespace"
            | "Node"
            | "PersistentVolume"
            | "StorageClass"
            | "VolumeAttachment"
            | "CSIDriver"
            | "CSINode"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "CustomResourceDefinition"
            | "APIService"
            | "PriorityClass"
            | "RuntimeClass"
            | "IngressClass"
            | "GatewayClass"
            | "ClusterIssuer"
            | "PodSecurityPolicy"
            | "SecurityContextConstraints"
            | "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "EncryptionConfiguration"
            | "KubeletConfiguration"
    )
}
