//! Outcomes made by hand, with places named by the text that stands there.

use std::sync::Arc;

use palisade::finding::{
    Because, Edits, Finding, Identity, Instances, Outcome, RuleInfo, Severity, Summary, Verdict,
};
use palisade::report::{self, Style};
use palisade::source::{Files, Label, SourceFile, Span};

/// The texts of a test.
#[derive(Default)]
pub struct Texts {
    pub files: Files,
}

impl Texts {
    pub fn new(texts: &[(&str, &str)]) -> Self {
        let mut files = Files::new();
        for (name, text) in texts {
            files.add(SourceFile::new(*name, *text));
        }
        Self { files }
    }

    /// The place of `part`, which is written `before[part]after` to tell it from others like it.
    pub fn span(&self, name: &str, pattern: &str) -> Span {
        let file = self
            .files
            .by_name(name.as_ref())
            .expect("a file of the test");
        let (before, rest) = pattern.split_once('[').unwrap_or(("", pattern));
        let (part, after) = rest.split_once(']').unwrap_or((rest, ""));
        let context = format!("{before}{part}{after}");
        let text = self.files.get(file).text();
        let at = text.find(&context).expect("a text of the file") + before.len();
        Span::new(file, at as u32, (at + part.len()) as u32)
    }

    pub fn label(&self, name: &str, pattern: &str, text: &str) -> Label {
        let (span, text) = (self.span(name, pattern), text.to_owned());
        Label { span, text }
    }

    pub fn because(&self, name: &str, pattern: &str, entity: &str, attribute: &str) -> Because {
        let span = self.span(name, pattern);
        let value = self.files.slice(span).to_owned();
        Because {
            entity: entity.to_owned(),
            attribute: attribute.to_owned(),
            value: Some(value),
            known: true,
            unsaid: false,
            span,
        }
    }

    pub fn unknown(&self, name: &str, pattern: &str, entity: &str, attribute: &str) -> Because {
        let known = self.because(name, pattern, entity, attribute);
        Because {
            value: None,
            known: false,
            ..known
        }
    }

    /// An outcome of some decisions that found this.
    pub fn outcome(self, findings: Vec<Finding>) -> Outcome {
        let mut rules: Vec<_> = findings
            .iter()
            .map(|finding| finding.rule.clone())
            .collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules.dedup();
        let summary = Summary {
            documents: self.files.len(),
            entities: 7,
            rules: rules.len(),
            decisions: 12,
            idle_rules: Vec::new(),
            ..Summary::default()
        };
        Outcome {
            files: self.files,
            rules,
            waived: Vec::new(),
            findings,
            summary,
            ..Outcome::default()
        }
    }
}

pub fn rule(id: &str, severity: Severity, span: Span) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        title: "is kept apart".to_owned(),
        severity,
        help: None,
        references: Vec::new(),
        built_in: true,
        group: None,
        span,
    }
}

pub fn violation(rule: RuleInfo, message: &str, primary: Label) -> Finding {
    let identity = Identity {
        rule: rule.id.clone(),
        principal: "Key::signing".to_owned(),
        resource: Some("KeyStore::vault".to_owned()),
        via: None,
    };
    Finding {
        rule: Arc::new(rule),
        verdict: Verdict::Violation,
        message: message.to_owned(),
        primary,
        related: Vec::new(),
        clauses: Vec::new(),
        because: Vec::new(),
        path: Vec::new(),
        way_out: None,
        cut: None,
        passes_if: None,
        edits: Edits::default(),
        fails: true,
        identity,
        instances: Instances::default(),
        change: None,
        effect: None,
    }
}

pub fn render(name: &str, outcome: &Outcome, style: &Style) -> String {
    let reporter = report::find(name).expect("a reporter");
    let mut out = Vec::new();
    report::write(reporter, outcome, style, &mut out).expect("a vector takes every byte");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// The report that draws each finding by itself.
pub fn full(outcome: &Outcome, width: usize) -> String {
    let style = Style {
        width,
        ..Style::default()
    };
    render("full", outcome, &style)
}
