//! What was found out about policies, rather than about what they are asked of.

use crate::source::{Files, Problem, ProblemKind};

/// Something to be said of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Whether it is wrong, rather than something that may well be meant.
    pub is_fault: bool,
    /// What is to be said.
    pub problem: Problem,
}

impl Lint {
    /// What is wrong.
    pub fn fault(problem: Problem) -> Self {
        Self {
            is_fault: true,
            problem,
        }
    }

    /// What may be meant, and may be a mistake.
    pub fn note(problem: Problem) -> Self {
        Self {
            is_fault: false,
            problem,
        }
    }

    /// What it is called in reports.
    pub fn word(&self) -> &'static str {
        match self.is_fault {
            true => "problem",
            false => "note",
        }
    }
}

/// Everything that a look at policies came to.
#[derive(Debug, Default)]
pub struct LintReport {
    /// Every text that was read.
    pub files: Files,
    /// What is to be said, by place.
    pub remarks: Vec<Lint>,
    /// The policy files that were looked at.
    pub policies: usize,
    /// The rules in them that can be asked.
    pub rules: usize,
    /// The documents whose entities rules may name; `None` where no rule names any.
    pub documents: Option<usize>,
}

impl LintReport {
    /// The exit code: 2 if a configuration cannot be used, else 1 if something is wrong with a
    /// policy, else 3 if something could not be read or there was nothing to look at, else 0. Notes
    /// count only if it is `strict`.
    pub fn exit_code(&self, strict: bool) -> u8 {
        let counts = |remark: &&Lint| remark.is_fault || strict;
        let counting = || self.remarks.iter().filter(counts);
        let of = |kind: ProblemKind| counting().any(|remark| remark.problem.kind == kind);
        if of(ProblemKind::Configuration) {
            2
        } else if of(ProblemKind::Policy) || of(ProblemKind::Evaluation) {
            1
        } else if self.policies == 0 || counting().next().is_some() {
            3
        } else {
            0
        }
    }
}
