//! The rules that come with Palisade: each is a policy and a page, and the page is executed.
//!
//! A rule is added by adding the two files; nothing here names a rule.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use cedar_policy::{Effect, Policy, PolicySet, Schema, ValidationMode, Validator};
use support::{Folder, Report, files, root, run_in};

/// What a page has, in this order.
const HEADINGS: [&str; 7] = [
    "What it checks",
    "Why",
    "How to fix",
    "False positives",
    "References",
    "Violates",
    "Complies",
];

struct Rule {
    id: String,
    folder: String,
    policy: Policy,
    page: String,
}

/// Every `policies/**/*.cedar`, with the page beside it.
fn rules() -> Vec<Rule> {
    let folder = root().join("policies");
    let policies = files(&folder, "cedar");
    assert!(!policies.is_empty());
    policies
        .iter()
        .map(|(path, text)| rule(path, text))
        .collect()
}

fn rule(path: &Path, text: &str) -> Rule {
    let set = PolicySet::from_str(text).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
    let mut policies = set.policies();
    let (Some(policy), None) = (policies.next(), policies.next()) else {
        panic!("{}: one rule to a file", path.display());
    };
    let page = path.with_extension("md");
    let name = |path: &Path| path.file_stem().and_then(|n| n.to_str()).map(str::to_owned);
    Rule {
        id: name(path).expect("a name"),
        folder: name(path.parent().expect("a folder")).expect("a name"),
        policy: policy.clone(),
        page: std::fs::read_to_string(&page)
            .unwrap_or_else(|_| panic!("{}: a rule has a page", page.display())),
    }
}

impl Rule {
    fn annotation(&self, name: &str) -> &str {
        let text = self.policy.annotation(name).unwrap_or_default();
        assert!(!text.is_empty(), "{}: `@{name}` is missing", self.id);
        text
    }

    /// What is under a heading of the page.
    fn section(&self, heading: &str) -> &str {
        let start = format!("\n## {heading}\n");
        let (_, after) = self
            .page
            .split_once(&start)
            .unwrap_or_else(|| panic!("{}: no section `{heading}`", self.id));
        after.split("\n## ").next().expect("a text").trim()
    }

    /// Puts the document under a heading to this rule alone.
    fn check(&self, heading: &str) -> (String, Report) {
        let section = self.section(heading);
        let mut fences = section.split("```yaml\n").skip(1);
        let (Some(fence), None) = (fences.next(), fences.next()) else {
            panic!("{}: `{heading}` has one `yaml` fence", self.id);
        };
        let (document, _) = fence.split_once("```").expect("a fence is closed");
        let folder = Folder::of(&[("page.yaml", document)]);
        let report = folder.check(&["page.yaml", "--select", &self.id]);
        (document.to_owned(), report)
    }
}

#[test]
fn every_page_has_a_rule() {
    for (path, _) in files(&root().join("policies"), "md") {
        let rule = path.with_extension("cedar");
        assert!(rule.is_file(), "{}: no such rule", rule.display());
    }
}

#[test]
fn a_rule_is_called_like_its_file_and_stands_in_the_folder_of_its_group() {
    let mut seen = BTreeMap::new();
    for rule in rules() {
        assert_eq!(
            rule.annotation("id"),
            rule.id,
            "`@id` is the name of the file"
        );
        let group = rule.id.split('-').next().expect("a group");
        assert_eq!(group, rule.folder, "{}: the folder is the group", rule.id);
        assert!(rule.id.starts_with(&format!("{group}-")), "{}", rule.id);
        let twice = seen.insert(rule.id.clone(), rule.folder.clone());
        assert_eq!(twice, None, "{}: two rules of one id", rule.id);
    }
}

#[test]
fn the_program_has_every_rule_with_its_annotations() {
    let folder = Folder::of(&[("a.yaml", "palisade: v1\nzones: { z: {} }\n")]);
    let report = folder.check(&[]);
    let known = report.json["rules"].as_array().expect("rules");
    let rules = rules();
    assert_eq!(known.len(), rules.len());
    for rule in &rules {
        let told = known.iter().find(|known| known["id"] == rule.id.as_str());
        let told = told.unwrap_or_else(|| panic!("{}: not in the program", rule.id));
        assert_eq!(told["title"], rule.annotation("title"));
        assert_eq!(told["severity"], rule.annotation("severity"));
        assert_eq!(told["help"], rule.annotation("help"));
        assert_eq!(told["builtIn"], true);
    }
}

#[test]
fn a_rule_says_what_it_is_how_bad_it_is_and_what_to_do() {
    for rule in rules() {
        let id = &rule.id;
        assert_eq!(rule.policy.effect(), Effect::Forbid, "{id}");
        let severities = ["low", "medium", "high", "critical"];
        assert!(severities.contains(&rule.annotation("severity")), "{id}");
        for name in ["title", "help"] {
            let text = rule.annotation(name);
            assert!(!text.ends_with('.'), "{id}: `@{name}` ends with a period");
            let first = text.chars().next().expect("a text");
            assert!(
                !first.is_uppercase(),
                "{id}: `@{name}` starts in upper case"
            );
        }
        let known = ["id", "title", "severity", "help", "references", "primary"];
        for (name, _) in rule.policy.annotations() {
            assert!(known.contains(&name), "{id}: `@{name}`");
        }
    }
}

#[test]
fn a_page_has_the_fixed_headings_in_order() {
    for rule in rules() {
        let mut lines = rule.page.lines();
        let title = lines.next();
        assert_eq!(title, Some(format!("# {}", rule.id).as_str()));
        let headings: Vec<_> = lines.filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.id);
        let lead = rule.page.split("\n## ").next().expect("a text");
        assert!(
            lead.lines().count() > 2,
            "{}: no sentence under the title",
            rule.id
        );
        for heading in HEADINGS {
            assert!(!rule.section(heading).is_empty(), "{}: {heading}", rule.id);
        }
    }
}

#[test]
fn a_page_lists_the_references_of_the_annotation() {
    for rule in rules() {
        let listed = rule.section("References").lines();
        let listed: Vec<_> = listed
            .map(|line| {
                line.strip_prefix("- ")
                    .unwrap_or_else(|| panic!("{}: {line}", rule.id))
            })
            .collect();
        let annotated = rule.annotation("references").split(';');
        let annotated: Vec<_> = annotated.map(str::trim).collect();
        assert_eq!(listed, annotated, "{}", rule.id);
    }
}

#[test]
fn what_a_page_says_violates_does_and_only_where_it_says_so() {
    for rule in rules() {
        let (document, report) = rule.check("Violates");
        let lines = (1..).zip(document.lines());
        let expected: Vec<_> = lines
            .filter_map(|(line, text)| {
                let (_, id) = text.split_once("# expect: ")?;
                Some(format!("{id} page.yaml:{line}"))
            })
            .collect();
        assert!(!expected.is_empty(), "{}: no `# expect:`", rule.id);
        assert_eq!(report.places(), expected, "{}", rule.id);
        for finding in report.findings() {
            assert_eq!(finding["verdict"], "violation", "{}", rule.id);
        }
        assert_eq!(report.codes(), [""; 0], "{}", rule.id);
        assert_eq!(report.code, 1, "{}", rule.id);
    }
}

#[test]
fn what_a_page_says_complies_is_asked_and_passes() {
    for rule in rules() {
        let (_, report) = rule.check("Complies");
        assert_eq!(report.places(), [""; 0], "{}", rule.id);
        assert_eq!(report.codes(), [""; 0], "{}", rule.id);
        assert!(report.decisions() > 0, "{}: not asked", rule.id);
        assert_eq!(report.code, 0, "{}", rule.id);
    }
}

/// The program does not validate its own rules when it runs; this holds what it relies on.
#[test]
fn every_rule_is_valid_in_strict_mode_without_a_warning() {
    let printed = run_in(root(), &["schema", "cedar"], b"").stdout;
    let (schema, warnings) = Schema::from_cedarschema_str(&printed).expect("a Cedar schema");
    let warnings: Vec<_> = warnings.map(|warning| warning.to_string()).collect();
    assert_eq!(warnings, [""; 0]);
    let validator = Validator::new(schema);
    for rule in rules() {
        let set = PolicySet::from_policies([rule.policy.clone()]).expect("one policy");
        let result = validator.validate(&set, ValidationMode::Strict);
        let said: Vec<_> = result
            .validation_errors()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said, [""; 0], "{}", rule.id);
        let said: Vec<_> = result
            .validation_warnings()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said, [""; 0], "{}", rule.id);
    }
}

/// Each rule can be undetermined, or says in its page why it never is.
#[test]
fn a_page_says_what_the_rule_makes_of_the_unknown() {
    for rule in rules() {
        let text = rule.section("What it checks");
        let text: Vec<_> = text.split_whitespace().collect();
        let text = text.join(" ");
        assert!(text.contains("undetermined"), "{}", rule.id);
    }
}
