//! Spanned trees to declarations: what a file says, in the vocabulary.
//!
//! Flows in: the text of a file. Flows out: what it declares and the problems in it, never one
//! without the other. Each format is a module of its own, and none knows another.

mod claim;
mod markdown;
mod native;

use std::path::Path;

use crate::model::Declarations;
use crate::source::{Expansion, FileId, Piece, Problem, Spanned, names_program};
use crate::syntax::{Limits, Tree};

pub use claim::{Claim, Doubt};

/// A way to describe an infrastructure in a file.
pub struct Format {
    /// Its name, as policies see it in a document's `format`.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The extensions of files that may hold it.
    pub extensions: &'static [&'static str],
    /// What a text says of itself.
    pub claims: fn(&[u8]) -> Claim,
    /// Reads a text.
    pub read: fn(FileId, &str, &str, &Limits) -> Reading,
}

/// What reading a file came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// What it declares.
    pub declarations: Declarations,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
    /// The aliases that were followed.
    pub expansions: Vec<Expansion>,
    /// What of the file was read as a text of its own.
    pub pieces: Vec<Piece>,
}

/// The comments of a tree that may say something to this program: those that begin with a word and a
/// colon, those that name it, and those about what somebody expects. Without further `#` before.
fn remarks(tree: &Tree<'_>) -> Vec<Spanned<String>> {
    let all = tree.comments().iter();
    let all = all.map(|comment| (comment, comment.text().trim_start_matches(['#', ' ', '\t'])));
    let may_be_meant = all.filter(|(_, text)| {
        let word = text.find(|c: char| !c.is_ascii_alphabetic() && c != '-');
        let (word, rest) = text.split_at(word.unwrap_or(text.len()));
        let name = word.split('-').next().unwrap_or_default();
        rest.starts_with(':') || names_program(name) || text.contains("expect")
    });
    may_be_meant
        .map(|(comment, text)| Spanned::new(text.to_owned(), comment.span))
        .collect()
}

/// Every format.
pub const FORMATS: &[Format] = &[
    native::YAML,
    native::JSON,
    native::JSONC,
    markdown::MARKDOWN,
];

impl Format {
    /// The format of files with the extension of `path`, in upper or lower case.
    pub fn of(path: &Path) -> Option<&'static Format> {
        let extension = path.extension()?.to_str()?;
        let mut formats = FORMATS.iter();
        formats.find(|format| {
            let mut known = format.extensions.iter();
            known.any(|known| known.eq_ignore_ascii_case(extension))
        })
    }
}
