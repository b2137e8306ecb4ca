//! When two keys of a mapping are the same (YAML 1.2.2 section 3.2.1.3).

use super::tree::{NodeRef, Value};

/// What decides whether two keys are the same.
///
/// Scalars are the same if they have the same text and type, so `a` and `"a"` are, but `1` is
/// neither `"1"` nor `0x1`. Collections are the same if their content is, in whatever order the
/// entries of a mapping stand.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'t> {
    Scalar {
        /// Of text and of numbers, booleans and nulls, which no other type can share a text with.
        is_text: bool,
        tag: Option<&'t str>,
        text: &'t str,
    },
    /// A rendering of a collection that no other collection shares.
    Collection(String),
}

impl<'t> Key<'t> {
    /// The identity of `node`. Linear in its size, aliases followed.
    pub fn of(node: NodeRef<'t>) -> Self {
        match node.value() {
            Value::Seq(_) | Value::Map(_) => {
                let mut rendering = String::new();
                render(node, &mut rendering);
                Self::Collection(rendering)
            }
            value => Self::Scalar {
                is_text: matches!(value, Value::Str(_)),
                tag: node.tag(),
                text: node.text().unwrap_or(""),
            },
        }
    }
}

fn render(node: NodeRef<'_>, out: &mut String) {
    if let Some(tag) = node.tag() {
        out.push_str(tag);
        out.push(' ');
    }
    match node.value() {
        Value::Seq(list) => {
            out.push('[');
            for item in list.iter() {
                render(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let mut entry = String::new();
                    render(key, &mut entry);
                    render(value, &mut entry);
                    entry
                })
                .collect();
            entries.sort_unstable();
            out.push('{');
            out.extend(entries);
            out.push('}');
        }
        value => {
            let text = node.text().unwrap_or("");
            let kind = if matches!(value, Value::Str(_)) {
                's'
            } else {
                'v'
            };
            // The length says where the text ends, whatever it holds.
            out.push_str(&format!("{kind}{}:{text}", text.len()));
        }
    }
}
