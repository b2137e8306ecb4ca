//! Infrastructure code to declarations: what is deployed, in the vocabulary.
//!
//! Flows in: the texts of files that some tool deploys. Flows out: what they declare, what is wrong in
//! them, and what of them is not read. It takes two steps, because what a resource is may stand in
//! several files: each file is parsed alone ([`Dialect::parse`]), and then all that one dialect found
//! in a project is lowered together ([`Dialect::lower`]).
//!
//! Code has no word for most of what rules ask. What it has no word for is *unsaid*: never absent,
//! never a value. No dialect knows another, and none opens a file.

mod binding;
mod credential;
mod entity;
mod kubernetes;
mod lowering;
mod mapping;
mod others;
mod stating;
mod terraform;

use std::any::Any;
use std::collections::HashSet;

use crate::source::{Expansion, FileId, Problem};
use crate::syntax::Limits;

pub use binding::{Binding, MATCHES, Match, bind};
pub use entity::{Import, Silent};
pub use lowering::{Lowered, Lowering, Moved, Settings, VarFile};
pub use mapping::{Mapping, Said};

/// A language in which infrastructure is written, and the tool that deploys it.
pub trait Dialect: Sync {
    /// Its name, as in `infrastructure: { read: [kubernetes] }` and in a document's `format`.
    fn name(&self) -> &'static str;
    /// What it is.
    fn doc(&self) -> &'static str;
    /// Whether a file may be of it: looks at the name alone, `/` between folders.
    fn may_hold(&self, name: &str) -> bool;
    /// Whether a symbolic link with this name stands for the file that it leads to.
    fn follows(&self, _name: &str) -> bool {
        false
    }
    /// Whether a text is of it. Cheap: every file of a repository that may be is asked.
    fn claims(&self, name: &str, text: &[u8]) -> Claim;
    /// Reads one file by itself. Runs in parallel, and the same text gives the same result.
    fn parse(&self, source: &Source<'_>, limits: &Limits) -> Parsed;
    /// Says what the files of a project declare, all of them together. The units come by path, each is
    /// what [`Dialect::parse`] gave.
    fn lower(&self, units: &[Unit<'_>], lowering: &mut Lowering<'_>);
}

/// Every dialect; the first that claims a text reads it.
pub const DIALECTS: &[&dyn Dialect] = &[
    &kubernetes::Kubernetes,
    &terraform::Terraform,
    &others::Others,
];

/// What a text says of itself to one dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// Nothing.
    No,
    /// It may be part of something: lowering says what it is, and if it is nothing, that it is not
    /// read.
    Maybe,
    /// It is of that dialect.
    Yes,
}

/// A text to parse.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// What to call it in spans.
    pub file: FileId,
    /// Its path, as shown to people.
    pub name: &'s str,
    /// What is in it.
    pub text: &'s str,
}

/// What one file holds, for the dialect that parsed it.
pub type Content = Box<dyn Any + Send + Sync>;

/// A file after parsing.
pub struct Parsed {
    /// What is in it.
    pub content: Content,
    /// What is wrong in it whatever it is part of. What may turn out not to matter belongs into the
    /// content.
    pub problems: Vec<Problem>,
    /// The aliases that were followed.
    pub expansions: Vec<Expansion>,
}

/// A parsed file of a project.
#[derive(Clone, Copy)]
pub struct Unit<'u> {
    /// The file.
    pub file: FileId,
    /// Its path, as shown to people.
    pub name: &'u str,
    /// What [`Dialect::parse`] found in it.
    pub content: &'u (dyn Any + Send + Sync),
}

/// The folders of data for tests of a checkout. Nobody deploys what is in them, and what is wrong there often
/// is so on purpose.
#[derive(Debug, Default)]
pub struct TestData {
    /// Those that hold a test of a tool that tests manifests.
    marked: HashSet<String>,
}

impl TestData {
    /// Those among files with these names.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let tests = names.filter_map(|name| name.rsplit_once('/'));
        let tests = tests.filter(|(_, file)| is_test_of_manifests(file));
        Self {
            marked: tests.map(|(folder, _)| folder.to_owned()).collect(),
        }
    }

    /// The outermost one that a file is in, if it is in one: `go` passes over `testdata`, and the others
    /// are called so by habit, or hold a test.
    pub fn around<'f>(&self, name: &'f str) -> Option<&'f str> {
        const FOLDERS: [&str; 7] = [
            "testdata",
            "test_data",
            "test-data",
            "fixtures",
            "test-fixtures",
            "test_fixtures",
            "__fixtures__",
        ];
        let mut end = 0;
        for part in name.split_inclusive('/') {
            end += part.len();
            let folder = part.strip_suffix('/');
            let path = name.get(..end - 1).filter(|_| folder.is_some());
            if folder.is_some_and(|folder| FOLDERS.contains(&folder))
                || path.is_some_and(|path| self.marked.contains(path))
            {
                return path;
            }
        }
        None
    }
}

/// Whether a file is a test of manifests: of Chainsaw, of the Kyverno command line, or an assertion of a
/// step of KUTTL ("Writing your first test": `00-assert.yaml`).
fn is_test_of_manifests(file: &str) -> bool {
    let stem = file.strip_suffix(".yaml").or(file.strip_suffix(".yml"));
    stem.is_some_and(|stem| {
        let step = stem.strip_suffix("-assert").unwrap_or_default();
        matches!(stem, "chainsaw-test" | "kyverno-test")
            || step.len() == 2 && step.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The dialects that a file may be of, by its name.
pub fn dialects_of(name: &str) -> impl Iterator<Item = &'static dyn Dialect> {
    let dialects = DIALECTS.iter().copied();
    dialects.filter(move |dialect| dialect.may_hold(name))
}
