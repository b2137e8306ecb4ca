//! Text to spanned tree.
//!
//! Flows in: the text of one file and what it is written in. Flows out: a [`Tree`] of every
//! document that could be read, and a [`Problem`] for each that could not, or only in part; never
//! the one without the other. Knows nothing of what the values mean, opens no file, and uses only
//! `source`.
//!
//! One bad document never hides the rest: a document with a syntax error is left out of the tree
//! and named in a problem, and the ones before and after it are read.

mod builder;
mod check;
mod de;
mod json;
mod key;
mod map;
mod markdown;
mod owned;
mod place;
mod plain_yaml;
mod scalar;
mod tree;
mod yaml;
mod yaml_error;

use std::path::Path;

use crate::source::{FileId, Problem};

pub use de::{ReadError, choose, read};
pub use json::{parse_json, without_comments};
pub use map::Map;
pub use markdown::{Fence, Fences, Stray, fences, parse_fences};
pub use owned::{Node, NodeValue};
pub use tree::{Comment, Limits, NodeRef, Seq, Tree, Value};
pub use yaml::parse_yaml;

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2.2.
    Yaml,
    /// JSON, RFC 8259.
    Json,
}

impl Syntax {
    /// What the extension of `path` says; none for another extension.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Reads `text`, which is `file`, into a tree, with the problems in order of their discovery.
pub fn parse<'s>(
    syntax: Syntax,
    file: FileId,
    text: &'s str,
    limits: &Limits,
) -> (Tree<'s>, Vec<Problem>) {
    match syntax {
        Syntax::Yaml => parse_yaml(file, text, limits),
        Syntax::Json => parse_json(file, text, limits),
    }
}
