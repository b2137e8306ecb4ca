//! What became of every file in reach of a run.

use super::Span;

/// Why a file or folder is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It is a repository of its own.
    Submodule,
    /// Git LFS keeps the content elsewhere; the repository has a pointer to it.
    LfsPointer,
    /// git-crypt keeps the content encrypted.
    Encrypted,
    /// Another filter of git makes something else of the content when it is stored.
    Filtered,
    /// It is announced (`git add --intent-to-add`), and nothing of it is staged.
    IntentToAdd,
    /// It is a symbolic link that is not followed.
    Link,
    /// It is a symbolic link that leads out of the checkout.
    LinkOutside,
    /// It is a symbolic link to what is not there, or to itself.
    LinkBroken,
    /// It is a pipe, a socket or a device.
    Special,
    /// An ignore rule of git matches it, and git does not track it.
    Ignored,
    /// A glob under `exclude` matches it; this is the glob.
    Excluded(Span),
    /// A glob under `tests` matches it; this is the glob.
    Test(Span),
}

/// A file or folder that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as shown to people; that of a folder ends with `/`.
    pub name: String,
    /// Why.
    pub why: Skip,
}

/// Why a file is not a document, although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Foreign {
    /// No format has its extension.
    Extension,
    /// It does not have the key that marks a document.
    Unmarked,
    /// It has that key for a purpose of its own: a mapping or a list is under it.
    OtherUse,
    /// It was named, as by a hook that names all files of a commit, and is not marked.
    Named,
    /// It looked like infrastructure code, and is no part of any that is read.
    Code,
    /// It may be infrastructure code, and is in a folder of data for tests, which nobody deploys.
    TestData,
}

/// Infrastructure code that is there and not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// What it is, in the singular and in the plural: "Helm chart", "Helm charts".
    pub what: (&'static str, &'static str),
    /// Which one, such as its path or the address of a module.
    pub name: String,
    /// What to do to have it read, or why that cannot be.
    pub help: &'static str,
    /// Where it is written or named.
    pub span: Span,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// It is a document, and was read. There may be problems in it.
    Read,
    /// It is a configuration or a policy file.
    Setting,
    /// It is left out.
    LeftOut(Skip),
    /// It is not a document.
    NotOurs(Foreign),
    /// It was not read, and a problem says why.
    Problem,
}

/// A file in reach, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The path as shown to people; that of a folder that is left out as a whole ends with `/`.
    pub name: String,
    /// What became of it.
    pub end: End,
}

/// A glob that leaves files out, and how many it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Where the glob is written.
    pub glob: Span,
    /// How many files in reach it matches.
    pub files: usize,
}

/// What is checked together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RootEntry {
    /// The configuration, as shown to people; `None` if there is none.
    pub configuration: Option<String>,
    /// How many documents were read.
    pub documents: usize,
    /// How many files were left out, by whatever rule.
    pub left_out: usize,
    /// The globs of its `exclude` and `tests`.
    pub exclusions: Vec<Exclusion>,
    /// Whether everything is looked at that the configuration is for.
    pub whole: bool,
}

/// What became of every file in reach of a run: each is here once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// What was checked together, by the name of the configuration.
    pub roots: Vec<RootEntry>,
    /// Infrastructure code that is there and not read.
    pub unread: Vec<Unread>,
}

impl Ledger {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, end: End) {
        let name = name.into();
        self.entries.push(Entry { name, end });
    }

    /// Brings the files into order. What was added twice, because two paths lead to it, is kept
    /// once, with the end that says most.
    pub fn settle(&mut self) {
        self.entries.sort();
        self.entries
            .dedup_by(|again, first| again.name == first.name);
        self.unread.sort();
        self.unread.dedup();
        self.roots
            .sort_by(|a, b| a.configuration.cmp(&b.configuration));
    }

    /// The files, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The documents that were read, by name.
    pub fn read(&self) -> impl Iterator<Item = &str> {
        self.names(|end| end == End::Read)
    }

    /// What is left out, by name.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, Skip)> {
        self.entries.iter().filter_map(|entry| match entry.end {
            End::LeftOut(why) => Some((entry.name.as_str(), why)),
            _ => None,
        })
    }

    /// The files that are not documents, by name.
    pub fn not_ours(&self) -> impl Iterator<Item = (&str, Foreign)> {
        self.entries.iter().filter_map(|entry| match entry.end {
            End::NotOurs(why) => Some((entry.name.as_str(), why)),
            _ => None,
        })
    }

    /// The files that could not be read, or may have been meant to be documents, by name.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.names(|end| end == End::Problem)
    }

    fn names(&self, is: impl Fn(End) -> bool) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().filter(move |entry| is(entry.end));
        entries.map(|entry| entry.name.as_str())
    }
}
