//! What kept a file, a declaration or a policy from being checked.

use super::{Code, Span};

/// Which part of the input is at fault; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A `palisade.yaml` cannot be used.
    Configuration,
    /// A policy cannot be used.
    Policy,
    /// What the command names is not there, such as a repository or a revision.
    Command,
    /// A described infrastructure could not be read or understood in full.
    Input,
    /// A request was asked and Cedar could not answer it.
    Evaluation,
}

/// A place with a few words on what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to say about it; lower case, no final period. May be empty.
    pub text: String,
}

/// Something that kept a file, a declaration or a policy from being checked.
///
/// A problem is never a finding: it says that the answer is incomplete, and a run with one never
/// exits 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which part of the input is at fault.
    pub kind: ProblemKind,
    /// What sort of problem it is.
    pub code: Code,
    /// What is wrong; lower case, no final period, code in backticks.
    pub message: String,
    /// The places concerned, the one to change first. Empty only where no text exists, such as
    /// for a path that cannot be opened.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem in the description of an infrastructure.
    pub fn input(code: Code, message: impl Into<String>) -> Self {
        Self::new(ProblemKind::Input, code, message)
    }

    /// A problem of the given kind, as yet without a place.
    pub fn new(kind: ProblemKind, code: Code, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            labels: Vec::new(),
            help: None,
        }
    }

    /// Whether nothing that follows can be relied on: the command, a configuration or policies cannot
    /// be used.
    pub fn makes_unusable(&self) -> bool {
        use ProblemKind::{Command, Configuration, Policy};
        matches!(self.kind, Configuration | Policy | Command)
    }

    /// Adds a place; the first one added is the one to change.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
