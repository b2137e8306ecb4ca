//! Palisade in a program of its own, such as an editor: texts in memory in, what is to be said of them out.

use std::collections::BTreeMap;
use std::io;

use crate::check::{CheckInput, GlobResolver, Project, check};
use crate::config::{FILE_NAME, matcher};
use crate::finding::{Finding, Outcome, Severity, Verdict};
use crate::model::Date;
use crate::report::{REPORTERS, Style, write};
use crate::source::{Candidate, Files, Found, Label, LineColumn, Origin, Problem, Span};

/// The files of a project as an editor or a service holds them. Nothing is read from disk, and what is
/// done to a host changes no [`Analysis`] that it gave before.
///
/// ```
/// use palisade::{Host, Standing};
///
/// let mut host = Host::new("2026-11-22".parse()?);
/// host.set("palisade.yaml", "select: [dump-off-key-hosts]\n");
/// host.set(
///     "signing.yaml",
///     "palisade: v1\n\
///      zones: { signing: { clearance: secret } }\n\
///      keyStores: { vault: { zone: signing, custody: software-vault } }\n\
///      keys: { token-key: { store: vault, kind: private, exportable: true, level: secret } }\n\
///      workloads:\n  \
///        signer: { zone: signing, uses: [token-key], dump: full }\n",
/// );
/// let analysis = host.analysis();
/// let [found] = &analysis.diagnostics()[..] else { panic!("one thing is wrong") };
/// assert_eq!(found.standing, Standing::Violation);
/// assert_eq!(found.code, "dump-off-key-hosts");
/// assert_eq!((found.place.file.as_str(), found.place.start.line), ("signing.yaml", 6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Host {
    day: Date,
    files: BTreeMap<String, String>,
}

impl Host {
    /// A project without files, judged as of `day`: Palisade asks no clock.
    pub fn new(day: Date) -> Self {
        Self {
            day,
            files: BTreeMap::new(),
        }
    }

    /// Adds a file, or replaces the one of this name. The name is its path in the project, with `/`; as on
    /// disk, its end says what it is written in, `palisade.yaml` at the top is the configuration, and the
    /// rules are those that come with Palisade and those in the `.cedar` files that `policies` names.
    pub fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.files.insert(name.into(), text.into());
    }

    /// Takes a file away; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        self.files.remove(name).is_some()
    }

    /// Checks the files as they are now, all of them: it costs what `palisade check` of them costs, less
    /// what it takes to read the disk.
    pub fn analysis(&self) -> Analysis {
        let files = self.files.iter().map(|(name, text)| Candidate {
            name: name.clone(),
            named: false,
            origin: Origin::Memory(text.clone().into_bytes()),
        });
        let (mut policies, mut candidates, mut config) = (Vec::new(), Vec::new(), None);
        for file in files {
            match file.name.as_str() {
                FILE_NAME => config = Some(file),
                name if name.ends_with(".cedar") => policies.push(file),
                _ => candidates.push(file),
            }
        }
        let root = Project {
            found: Found {
                candidates,
                ..Found::default()
            },
            config,
            whole: true,
            expand: Some(GlobResolver::new(move |glob| matching(&policies, glob))),
            ..Project::default()
        };
        Analysis {
            outcome: check(CheckInput {
                roots: vec![root],
                now: self.day.milliseconds,
                ..CheckInput::default()
            }),
        }
    }
}

/// The files that a glob of the configuration names.
fn matching(files: &[Candidate], glob: &str) -> Result<Vec<Candidate>, String> {
    let glob = matcher(glob)?;
    let named = files.iter().filter(|file| glob.is_match(&file.name));
    Ok(named.cloned().collect())
}

/// What was found out about the files of a [`Host`].
#[derive(Debug)]
pub struct Analysis {
    outcome: Outcome,
}

impl Analysis {
    /// What is to be shown beside the texts: problems, then findings, each by place. Open questions of
    /// infrastructure code, and what is waived, are not among them.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let files = &self.outcome.files;
        let problems = self.outcome.problems.iter();
        let problems = problems.filter_map(|problem| Diagnostic::of_problem(problem, files));
        let findings = self.outcome.findings.iter();
        problems
            .chain(findings.map(|finding| Diagnostic::of_finding(finding, files)))
            .collect()
    }

    /// The exit code that `palisade check` would have.
    pub fn exit_code(&self) -> u8 {
        self.outcome.exit_code()
    }

    /// Writes a report in one of the formats of `palisade check`, such as `json`, whose schema is stable.
    /// Says whether there is such a format.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn report(&self, format: &str, out: &mut dyn io::Write) -> io::Result<bool> {
        let mut reporters = REPORTERS.iter();
        match reporters.find(|reporter| reporter.name == format) {
            Some(reporter) => write(reporter, &self.outcome, &Style::default(), out).map(|()| true),
            None => Ok(false),
        }
    }
}

/// Something to be shown at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What sort of thing it is.
    pub standing: Standing,
    /// The rule, or the code of the problem; `palisade explain` takes either.
    pub code: String,
    /// How bad it is to break the rule; `None` of a problem.
    pub severity: Option<Severity>,
    /// What is so, in one sentence; lower case, no final period, code in backticks.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Of what is undetermined, which values of what is not stated would pass.
    pub passes_if: Option<String>,
    /// What to change.
    pub place: Place,
    /// What else decided, with what to say of each.
    pub related: Vec<(Place, String)>,
}

/// What sort of thing a [`Diagnostic`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// A rule is broken.
    Violation,
    /// Whether a rule is broken depends on what is not stated.
    Undetermined,
    /// Something kept a text, a declaration or a rule from being checked.
    Problem,
}

/// A place in a text, as an editor counts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The name that the file was set under; of a rule that comes with Palisade, one that begins with
    /// `built-in/`.
    pub file: String,
    /// Where it begins.
    pub start: LineColumn,
    /// What follows it.
    pub end: LineColumn,
}

impl Place {
    fn of(span: Span, files: &Files) -> Self {
        Self {
            file: files.get(files.locate(span).span.file).name.clone(),
            start: files.start(span),
            end: files.end(span),
        }
    }
}

/// Places with what is to be said of each.
fn related(labels: &[Label], files: &Files) -> Vec<(Place, String)> {
    let labels = labels.iter();
    labels
        .map(|label| (Place::of(label.span, files), label.text.clone()))
        .collect()
}

impl Diagnostic {
    fn of_finding(finding: &Finding, files: &Files) -> Self {
        Self {
            standing: match finding.verdict {
                Verdict::Violation => Standing::Violation,
                Verdict::Undetermined => Standing::Undetermined,
            },
            code: finding.rule.id.clone(),
            severity: Some(finding.rule.severity),
            message: finding.message.clone(),
            help: finding.rule.help.clone(),
            passes_if: finding.passes_if.clone(),
            place: Place::of(finding.primary.span, files),
            related: related(&finding.related, files),
        }
    }

    /// `None` of a problem without a text, of which there is none where all texts are in memory.
    fn of_problem(problem: &Problem, files: &Files) -> Option<Self> {
        let (first, others) = problem.labels.split_first()?;
        Some(Self {
            standing: Standing::Problem,
            code: problem.code.to_string(),
            severity: None,
            message: problem.message.clone(),
            help: problem.help.clone(),
            passes_if: None,
            place: Place::of(first.span, files),
            related: related(others, files),
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;

    const RULE: &str = "@id(\"own\")\n@title(\"zones must not be secret\")\n\
        forbid(principal is Zone, action == Action::\"declare\", resource is Document)\n\
        when { principal.clearance == Level::\"secret\" };\n";
    const ZONES: &str = "palisade: v1\nzones: { a: { clearance: secret } }\n";

    fn host() -> Host {
        let mut host = Host::new("2026-11-22".parse().expect("a day"));
        host.set("palisade.yaml", "select: [key-signing-hsm]\n");
        host
    }

    fn codes(host: &Host) -> Vec<String> {
        let diagnostics = host.analysis().diagnostics().into_iter();
        diagnostics.map(|it| it.code).collect()
    }

    #[test]
    fn the_rules_that_the_configuration_names_are_asked() {
        let mut host = host();
        host.set("zones.yaml", ZONES);
        host.set("rules/own.cedar", RULE);
        assert_eq!(codes(&host), Vec::<String>::new());
        let settings = "policies: [rules/*.cedar]\nselect: [own]\n";
        host.set("palisade.yaml", settings);
        assert_eq!(codes(&host), ["own"]);
        assert_eq!(host.analysis().exit_code(), 1);
        assert!(host.remove("rules/own.cedar"));
        assert!(!host.remove("rules/own.cedar"));
        assert_eq!(codes(&host), ["no-policies", "unknown-rule"]);
    }

    #[test]
    fn an_analysis_is_of_the_files_as_they_were() {
        let mut host = host();
        host.set(
            "zones.yaml",
            "palisade: v1\nzones: { a: { clearence: secret } }\n",
        );
        let before = host.analysis();
        host.set("zones.yaml", ZONES);
        let [problem] = &before.diagnostics()[..] else {
            panic!("one problem");
        };
        assert_eq!(problem.standing, Standing::Problem);
        assert_eq!(
            (problem.place.start.line, problem.place.start.column),
            (2, 15)
        );
        assert!(host.analysis().diagnostics().is_empty());
    }

    #[test]
    fn reports_are_those_of_the_program() {
        let mut host = host();
        host.set("zones.yaml", ZONES);
        let mut out = Vec::new();
        let analysis = host.analysis();
        assert!(analysis.report("json", &mut out).expect("it is written"));
        let report: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(report["summary"]["documents"], 1);
        assert!(
            !analysis
                .report("yaml", &mut out)
                .expect("nothing is written")
        );
    }
}
