//! What became of every file in reach, as `palisade.report/v1` writes it.

use schemars::JsonSchema;
use serde::Serialize;

use super::place::Location;
use crate::source::{self as engine, Files, Foreign, Skip, Span};

/// What became of every file in reach: each is in one of the lists.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ledger<'a> {
    /// What was checked together, by the name of the configuration.
    roots: Vec<Root<'a>>,
    /// Documents that were read.
    read: Vec<&'a str>,
    /// Configurations and policy files.
    settings: Vec<&'a str>,
    /// Files and folders that are left out, with the rule that leaves them out.
    left_out: Vec<LeftOut<'a>>,
    /// Files that are not documents, with how that is known.
    not_ours: Vec<NotOurs<'a>>,
    /// Infrastructure code that is there and not read.
    unread: Vec<Unread<'a>>,
    /// Files that could not be read, or may have been meant to be documents. `problems` says more.
    problems: Vec<&'a str>,
}

/// What is checked together.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Root<'a> {
    /// The path of its configuration; null if there is none.
    configuration: Option<&'a str>,
    /// Documents that were read.
    documents: usize,
    /// Files and folders that are left out.
    left_out: usize,
    /// The globs of `exclude` and `tests`.
    exclusions: Vec<Exclusion<'a>>,
}

/// A glob that leaves files out.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Exclusion<'a> {
    /// The glob.
    glob: &'a str,
    /// How many files in reach it matches.
    files: usize,
}

/// A file or folder that is left out.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LeftOut<'a> {
    /// Its path; that of a folder ends with `/`.
    path: &'a str,
    /// What leaves it out.
    reason: Reason,
    /// The glob that does, of `excluded` and `test`.
    glob: Option<&'a str>,
}

/// What leaves a file or folder out.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Reason {
    /// It is a repository of its own.
    Submodule,
    /// Git LFS keeps the content elsewhere.
    LfsPointer,
    /// git-crypt keeps the content encrypted.
    Encrypted,
    /// Another filter of git makes something else of the content when it is stored.
    Filtered,
    /// It is announced for the next commit, and nothing of it is staged.
    IntentToAdd,
    /// It is a symbolic link.
    Link,
    /// It is a pipe, a socket or a device.
    Special,
    /// An ignore rule of git matches it, and git does not track it.
    Ignored,
    /// A glob of `exclude` matches it.
    Excluded,
    /// A glob of `tests` matches it.
    Test,
}

/// Infrastructure code that is there and not read.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Unread<'a> {
    /// What it is, such as "Helm chart".
    what: &'a str,
    /// Which one.
    name: &'a str,
    /// What to do to have it read, or why that cannot be.
    help: &'a str,
    /// Where it is written or named.
    location: Location<'a>,
}

/// A file that is not a document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotOurs<'a> {
    /// Its path.
    path: &'a str,
    /// How that is known.
    reason: Why,
}

/// Why a file is not a document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Why {
    /// No format has its extension.
    Extension,
    /// It does not have the key that marks a document.
    Unmarked,
    /// A mapping or a list is under that key.
    OtherUse,
    /// It was named, and is not marked.
    Named,
    /// It looked like infrastructure code, and is no part of any that is read.
    Code,
    /// It may be infrastructure code, and is in a folder of data for tests, which nobody deploys.
    TestData,
}

impl<'a> Ledger<'a> {
    pub(super) fn of(ledger: &'a engine::Ledger, files: &'a Files) -> Self {
        let names = |wanted: engine::End| {
            let entries = ledger.entries().iter();
            let entries = entries.filter(move |entry| entry.end == wanted);
            entries.map(|entry| entry.name.as_str()).collect()
        };
        let left_out = ledger.left_out().map(|(path, why)| LeftOut {
            path,
            reason: Reason::of(why),
            glob: match why {
                Skip::Excluded(at) | Skip::Test(at) => Some(glob(files, at)),
                _ => None,
            },
        });
        let not_ours = ledger.not_ours().map(|(path, why)| NotOurs {
            path,
            reason: match why {
                Foreign::Extension => Why::Extension,
                Foreign::Unmarked => Why::Unmarked,
                Foreign::OtherUse => Why::OtherUse,
                Foreign::Named => Why::Named,
                Foreign::Code => Why::Code,
                Foreign::TestData => Why::TestData,
            },
        });
        Self {
            roots: ledger
                .roots
                .iter()
                .map(|root| Root::of(root, files))
                .collect(),
            read: names(engine::End::Read),
            settings: names(engine::End::Setting),
            left_out: left_out.collect(),
            not_ours: not_ours.collect(),
            unread: ledger
                .unread
                .iter()
                .map(|unread| Unread {
                    what: unread.what.0,
                    name: &unread.name,
                    help: unread.help,
                    location: Location::of(files, unread.span),
                })
                .collect(),
            problems: names(engine::End::Problem),
        }
    }
}

impl<'a> Root<'a> {
    fn of(root: &'a engine::RootEntry, files: &'a Files) -> Self {
        let exclusions = root.exclusions.iter().map(|exclusion| Exclusion {
            glob: glob(files, exclusion.glob),
            files: exclusion.files,
        });
        Self {
            configuration: root.configuration.as_deref(),
            documents: root.documents,
            left_out: root.left_out,
            exclusions: exclusions.collect(),
        }
    }
}

/// A glob as it is written, without quotes.
fn glob(files: &Files, at: Span) -> &str {
    files.slice(at).trim_matches(['"', '\''])
}

impl Reason {
    fn of(why: Skip) -> Self {
        match why {
            Skip::Submodule => Self::Submodule,
            Skip::LfsPointer => Self::LfsPointer,
            Skip::Encrypted => Self::Encrypted,
            Skip::Filtered => Self::Filtered,
            Skip::IntentToAdd => Self::IntentToAdd,
            Skip::Link | Skip::LinkOutside | Skip::LinkBroken => Self::Link,
            Skip::Special => Self::Special,
            Skip::Ignored => Self::Ignored,
            Skip::Excluded(_) => Self::Excluded,
            Skip::Test(_) => Self::Test,
        }
    }
}
