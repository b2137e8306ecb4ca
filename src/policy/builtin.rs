//! The rules that come with Palisade.

use std::str::FromStr;

use cedar_policy::PolicySet;
use include_dir::{Dir, DirEntry, include_dir};
use memchr::memmem;
use rayon::prelude::*;

use super::heading::{Heading, listed};
use super::plain;
use super::rule::{Body, Rule, ast};
use super::text::{Joined, Text};
use crate::finding::{RuleInfo, Severity};
use crate::source::{Files, SourceFile, Span};

/// `policies/<group>/<rule>.cedar`, each beside its page.
static POLICIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The rules that come with Palisade, by id, none parsed yet. Their texts are added to the files of the run.
/// They were validated when Palisade was built and tested.
pub fn built_in(files: &mut Files) -> Vec<Rule> {
    let policies = self::files("cedar").into_iter();
    let mut rules: Vec<_> = policies.filter_map(|file| rule(files, file)).collect();
    rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    rules
}

fn rule(files: &mut Files, (name, text): (String, &'static str)) -> Option<Rule> {
    let heading = Heading::read(text)?;
    let place = heading.place("id")?;
    let at = |offset: usize| u32::try_from(offset).unwrap_or_default();
    let said = |annotation: &str| heading.annotation(annotation).unwrap_or_default();
    let group = group(&name).map(str::to_owned);
    let file = files.add(SourceFile::built_in(name, text));
    let info = RuleInfo {
        id: said("id").to_owned(),
        title: said("title").to_owned(),
        severity: heading
            .annotation("severity")
            .map_or(Ok(Severity::High), str::parse)
            .ok()?,
        help: heading.annotation("help").map(str::to_owned),
        references: listed(said("references")),
        built_in: true,
        group,
        span: Span::new(file, at(place.start), at(place.end)),
    };
    let primary = listed(said("primary"));
    Some(Rule::unread(info, primary, heading.scope, text))
}

/// Parses those of `rules` that nobody parsed yet: by itself what is plain, the others all at once, for
/// Cedar's lexer builds tables for each text anew.
pub(super) fn parse(rules: &[&Rule]) {
    let rules: Vec<_> = rules
        .iter()
        .filter_map(|rule| Some((*rule, rule.to_parse()?)))
        .collect();
    let rules = rules.par_iter().with_min_len(8).filter(|(rule, text)| {
        let Some(condition) = plain::condition(text) else {
            return true;
        };
        rule.parsed(Body::plain(condition, Text::of(rule.info.span.file)));
        false
    });
    let rules: Vec<_> = rules.collect();
    // To parse a share of a few takes longer than to wait for another one.
    let share = rules.len().div_ceil(rayon::current_num_threads().min(4));
    rules.par_chunks(share.max(8)).for_each(|rules| {
        let mut joined = Joined::default();
        for (rule, text) in rules {
            joined.push(rule.info.span.file, &without_heading(text));
        }
        let Ok(set) = PolicySet::from_str(&joined.text) else {
            return;
        };
        for policy in set.policies() {
            let text = joined.text_of(ast(policy).loc());
            let mut rules = rules.iter();
            if let Some((rule, _)) = rules.find(|(rule, _)| rule.info.span.file == text.file) {
                rule.parsed(Body::of(policy, text));
            }
        }
    });
}

/// The text with blanks in the place of what stands above the policy, so that offsets stay: that was read
/// without Cedar, which takes a sixth of its time for it.
fn without_heading(text: &str) -> String {
    let head = memmem::find(text.as_bytes(), b"\nforbid (").unwrap_or_default();
    let mut blank = " ".repeat(head);
    blank.push_str(text.get(head..).unwrap_or_default());
    blank
}

/// The page of each rule, by name.
pub fn pages() -> Vec<(String, &'static str)> {
    files("md")
}

/// The group of a policy file by its name: the folder that it is in.
fn group(name: &str) -> Option<&str> {
    let (folder, _) = name.rsplit_once('/')?;
    folder.rsplit_once('/').map(|(_, group)| group)
}

fn files(extension: &str) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut folders = vec![&POLICIES];
    while let Some(folder) = folders.pop() {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => folders.push(folder),
                DirEntry::File(file) => {
                    if let Some(path) = file.path().to_str()
                        && path.rsplit('.').next() == Some(extension)
                        && let Some(text) = file.contents_utf8()
                    {
                        found.push((format!("built-in/{path}"), text));
                    }
                }
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use std::ops::Range;

    use cedar_policy::Policy;
    use cedar_policy_core::ast::{Expr, ExprKind, Literal};
    use proptest::prelude::*;

    use super::super::load::Loader;
    use super::*;

    #[test]
    fn a_heading_says_what_cedar_reads() {
        let mut files = Files::default();
        let rules = built_in(&mut files);
        assert_eq!(rules.len(), super::files("cedar").len());
        for rule in &rules {
            let id = &rule.info.id;
            let mut loader = Loader::new();
            loader.user(&files, rule.info.span.file);
            let loaded = loader.finish(&[]);
            assert!(loaded.problems.is_empty(), "{id}: {:?}", loaded.problems);
            let [parsed] = loaded.rules.as_slice() else {
                panic!("{id}: one policy a file");
            };
            let own = RuleInfo {
                built_in: false,
                group: None,
                ..RuleInfo::clone(&rule.info)
            };
            assert_eq!(own, *parsed.info);
            assert_eq!(rule.primary, parsed.primary, "{id}");
            assert_eq!(rule.scope, parsed.scope, "{id}");
        }
    }

    /// An expression with the place of each of its parts.
    fn placed(expr: &Expr) -> Vec<(String, Option<Range<usize>>)> {
        let parts = expr.subexpressions();
        let place = |part: &Expr| {
            let named = match part.expr_kind() {
                ExprKind::Lit(Literal::EntityUID(uid)) => uid.loc(),
                _ => None,
            };
            let loc = part.source_loc().or(named)?;
            Some(loc.span.offset()..loc.span.offset() + loc.span.len())
        };
        let placed = parts.map(|part| (part.to_string(), place(part)));
        placed.collect()
    }

    /// Asserts that what is read without Cedar is what Cedar reads; whether it is read so.
    fn agrees(text: &str) -> bool {
        let Some(condition) = plain::condition(text) else {
            return false;
        };
        let policy = Policy::parse(None, text).expect("it is a policy");
        assert_eq!(condition, ast(&policy).condition(), "{text}");
        assert_eq!(
            placed(&condition),
            placed(&ast(&policy).condition()),
            "{text}"
        );
        true
    }

    #[test]
    fn nearly_all_rules_are_read_as_cedar_reads_them() {
        let texts: Vec<_> = super::files("cedar")
            .into_iter()
            .map(|(_, text)| without_heading(text).trim_start().to_owned())
            .collect();
        let plain = texts.iter().filter(|text| agrees(text)).count();
        assert!(plain * 20 > texts.len() * 19, "{plain} of {}", texts.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// What is plain is what Cedar takes, whatever is put in place of a part of a rule.
        #[test]
        fn any_change_is_read_as_cedar_reads_it(
            at in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            piece in prop::sample::select(PIECES),
            less in 0usize..9,
        ) {
            let texts = super::files("cedar");
            let (_, text) = at.get(&texts);
            let text = without_heading(text).trim_start().to_owned();
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let place = *place.get(&places);
            let rest: String = text[place..].chars().skip(less).collect();
            agrees(&format!("{}{piece}{rest}", &text[..place]));
        }
    }

    const PIECES: &[&str] = &[
        "",
        " ",
        "!",
        "!!",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        ";",
        "::",
        "\"",
        "\\n",
        "=",
        "==",
        "!=",
        "<",
        "<=",
        " && ",
        " || ",
        " in ",
        " has ",
        " is ",
        " like ",
        " is Key ",
        " is Nobody ",
        "principal",
        "context.direct",
        "if true then 1 else false",
        "unless { true }",
        "when { 3 > 2 }",
        "// said\n",
        "-1",
        "1",
        "99999999999999999999",
        " + 1",
        "Level::\"secret\"",
        "[1, 2,]",
        ".contains(1)",
        ".isEmpty()",
        "has",
        "é",
        "\t",
        "\u{a0}",
        "\u{b}",
    ];

    #[test]
    fn rules_parsed_together_are_those_parsed_alone() {
        let mut files = Files::default();
        let (together, alone) = (built_in(&mut files), built_in(&mut files));
        parse(&together.iter().collect::<Vec<_>>());
        for (together, alone) in together.iter().zip(&alone) {
            assert!(together.to_parse().is_none());
            let read = |rule: &Rule| {
                let leaves = 0..rule.condition().leaves.len();
                let places = leaves.map(|leaf| rule.span_of(leaf).map(Span::range));
                (
                    rule.policy().map(ToString::to_string),
                    places.collect::<Vec<_>>(),
                )
            };
            let (left, right) = (read(together), read(alone));
            assert!(left.0.is_some());
            assert_eq!(left.1, right.1, "{}", alone.info.id);
        }
    }
}
