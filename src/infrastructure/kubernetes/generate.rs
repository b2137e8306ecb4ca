//! What a kustomization makes itself: ConfigMaps and Secrets.

use super::manifest::kustomization_in;
use super::resource::Resource;
use crate::infrastructure::Lowering;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeValue};

/// The ConfigMaps and Secrets that a kustomization makes: there is such a thing, and of its content
/// only what is written in the kustomization itself.
pub(super) fn generated(at: &str, node: &Node, lowering: &Lowering<'_>, all: &mut Vec<Resource>) {
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
