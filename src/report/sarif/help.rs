//! What code scanning says of a rule.

use crate::finding::{Outcome, PROFILES, RuleInfo, Severity};
use crate::report::Style;
use crate::report::clean::{clean, prose};
use crate::report::words::said;

use super::wire::{Configuration, Help, Message, Rule, RuleProperties};

/// GitHub takes no longer descriptions.
const MAX_TEXT: usize = 1_024;
/// Where the program is kept.
pub(super) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// GitHub keeps so many tags.
const MAX_TAGS: usize = 10;

pub(super) fn describe(rule: &RuleInfo, outcome: &Outcome, style: &Style) -> Rule {
    let file = outcome.files.get(rule.span.file);
    let page = style.pages.get(&file.name).filter(|_| rule.built_in);
    let title = said(&rule.title, &rule.id);
    // A page says after its heading what the rule requires, in a sentence.
    let requires = page.and_then(|page| page.split("\n\n").nth(1));
    let help = rule.help.as_deref().unwrap_or_default();
    Rule {
        id: clean(&rule.id).into_owned(),
        name: name(&rule.id),
        short_description: Message {
            text: shortened(&title),
        },
        full_description: Message {
            text: shortened(&said(requires.unwrap_or_default(), &title)),
        },
        help_uri: page.and(file.name.strip_prefix("built-in/")).map(|file| {
            let page = file.replace(".cedar", ".md");
            format!("{REPOSITORY}/blob/HEAD/policies/{page}")
        }),
        help: Help {
            text: said(help, &title),
            markdown: page.map_or_else(
                || own_page(rule, &title, file.text()),
                |page| format!("{}\n\n{}", page.trim_end(), policy(file.text())),
            ),
        },
        default_configuration: Configuration {
            level: match rule.severity {
                Severity::Low => "note",
                Severity::Medium => "warning",
                Severity::High | Severity::Critical => "error",
            },
        },
        properties: RuleProperties {
            precision: "high",
            security_severity: Some(match rule.severity {
                Severity::Low => "2.0",
                Severity::Medium => "5.0",
                Severity::High => "8.0",
                Severity::Critical => "9.5",
            }),
            tags: tags(rule),
        },
    }
}

/// What code scanning says of a sort of problem: what it is about was not checked.
pub(super) fn describe_problem(code: &str) -> Rule {
    let title = format!("not checked: {}", code.replace('-', " "));
    let text = "Something could not be read or understood, and was not checked. Solve this first: \
                what it hides is not in the results.";
    Rule {
        id: problem_id(code),
        name: name(&problem_id(code)),
        short_description: Message { text: title },
        full_description: Message {
            text: text.to_owned(),
        },
        help_uri: None,
        help: Help {
            text: text.to_owned(),
            markdown: text.to_owned(),
        },
        default_configuration: Configuration { level: "error" },
        properties: RuleProperties {
            precision: "very-high",
            security_severity: None,
            tags: vec!["not-checked".to_owned()],
        },
    }
}

/// The id of what stands for a sort of problem among rules; no rule has a `/` in its id.
pub(super) fn problem_id(code: &str) -> String {
    format!("problem/{code}")
}

/// An id as the standard wants names, in one word: `KeySigningHsm`.
fn name(id: &str) -> String {
    let words = id.split(|c: char| !c.is_alphanumeric());
    let words = words.filter_map(|word| {
        let mut letters = word.chars();
        let first = letters.next()?;
        Some(first.to_uppercase().chain(letters).collect::<String>())
    });
    words.collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => text.to_owned(),
        Some(_) => text.chars().take(MAX_TEXT - 1).chain(['…']).collect(),
    }
}

/// A page of a rule that has none.
fn own_page(rule: &RuleInfo, title: &str, text: &str) -> String {
    let help = prose(rule.help.as_deref().unwrap_or_default());
    let references = rule.references.iter();
    let references: String = references
        .map(|text| format!("- {}\n", prose(text)))
        .collect();
    let parts = [title, &help, &references, &policy(text)];
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).collect();
    let parts: Vec<_> = parts.iter().map(|part| part.trim_end()).collect();
    parts.join("\n\n")
}

/// The policy itself, in a fence that nothing in it closes.
fn policy(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat((runs.max().unwrap_or_default() + 1).max(3));
    format!(
        "## The policy\n\n{fence}cedar\n{}\n{fence}\n",
        text.trim_end()
    )
}

/// By what rules can be found: the weakness, what it is about, who asks for it.
fn tags(rule: &RuleInfo) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    let weaknesses = rule
        .references
        .iter()
        .filter_map(|text| text.strip_prefix("CWE-"));
    let numbers = weaknesses.map(|text| text.split(|c: char| !c.is_ascii_digit()).next());
    tags.extend(
        numbers
            .flatten()
            .map(|number| format!("external/cwe/cwe-{number:0>3}")),
    );
    tags.extend(rule.group.clone());
    let profiles = PROFILES.iter().filter(|profile| profile.has(rule));
    tags.extend(profiles.map(|profile| profile.name.to_owned()));
    tags.truncate(MAX_TAGS);
    tags
}
