//! Every attribute of every kind: rules can read what documents state, findings point at it, and a
//! wrong value is a problem that points at it. The attributes are those of the registry, so that a
//! new one is covered by itself.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "vocabulary/document.rs"]
mod document;

use std::collections::BTreeSet;

use document::{Checked, Document, Stated, id, values};
use palisade::finding::Verdict;
use palisade::model::{AttributeDef, Kind, Omission, Origin, Type};

/// The kinds that documents declare, each with its attributes.
fn attributes() -> impl Iterator<Item = (Kind, &'static AttributeDef)> {
    let declared = Kind::ALL.iter().filter(|kind| kind.def().section.is_some());
    declared.flat_map(|kind| kind.attributes().iter().map(|attribute| (*kind, attribute)))
}

fn is_stated(attribute: &AttributeDef) -> bool {
    matches!(attribute.origin, Origin::Common(_) | Origin::Field(_))
}

/// Whether Cedar can hold it: it has no type for an entity of one of several kinds, and steps are no
/// values of policies.
fn is_readable(attribute: &AttributeDef) -> bool {
    !matches!(attribute.ty, Type::Entity([_, _, ..]) | Type::Step)
}

/// A value of a document as Cedar writes it.
fn literal(ty: Type, value: &str) -> String {
    match ty {
        Type::Bool | Type::Long => value.to_owned(),
        Type::Text => format!("{value:?}"),
        Type::Date => format!("datetime({value:?})"),
        Type::Enum(def) => format!("{}::{value:?}", def.name),
        Type::Entity([kind]) => format!("{}::{value:?}", kind.def().name),
        Type::Entity(_) | Type::Step => panic!("Cedar cannot hold `{value}`"),
    }
}

/// That the attribute holds, or has among its elements, what Cedar writes so.
fn holds(attribute: &AttributeDef, literal: &str) -> String {
    let name = &attribute.name;
    let has = if attribute.optional {
        format!("principal has {name} && ")
    } else {
        String::new()
    };
    if attribute.many {
        format!("{has}principal.{name}.contains({literal})")
    } else {
        format!("{has}principal.{name} == {literal}")
    }
}

/// A rule that forbids such an entity: its id and its text.
fn rule(kind: Kind, position: usize, condition: &str) -> (String, String) {
    let id = format!("rule-{position}");
    let text = format!(
        "@id({id:?})\nforbid(principal is {kind}, action == Action::\"declare\", resource) \
         when {{ {condition} }};\n"
    );
    (id, text)
}

/// Which of `s0`, `s1` and so on each rule finds wrong. No verdict on them is undetermined, and each
/// finding gives what is stated as its only reason.
fn found(checked: &Checked, what: &str) -> BTreeSet<(usize, usize)> {
    // What a transfer carries here is nowhere near it; that is said, and beside the point.
    let problems = checked.outcome.problems.iter();
    let problems: Vec<_> = problems
        .filter(|problem| {
            let known = [
                palisade::source::Code::NothingToCarry,
                palisade::source::Code::Contradiction,
            ];
            !known.contains(&problem.code)
        })
        .collect();
    assert!(
        problems.is_empty(),
        "{what}\n{}{problems:?}",
        checked.text()
    );
    let mut found = BTreeSet::new();
    for finding in &checked.outcome.findings {
        let Some(subject) = subject(finding.subject().0) else {
            continue;
        };
        let what = format!("{what}: {}\n{}", finding.message, checked.text());
        assert_eq!(finding.verdict, Verdict::Violation, "{what}");
        let reasons = finding.because.iter().map(|because| because.span.range());
        let reasons: Vec<_> = reasons.map(|at| &checked.text()[at]).collect();
        let place = checked.places()[subject].clone();
        assert_eq!(reasons, [&checked.text()[place.clone()]], "{what}");
        assert_eq!(finding.because[0].span.range(), place, "{what}");
        assert_eq!(finding.primary.span.range(), place, "{what}");
        let rule = finding.rule.id.strip_prefix("rule-").expect("a rule");
        assert!(
            found.insert((rule.parse().expect("a number"), subject)),
            "{what}"
        );
    }
    found
}

/// The number of an entity that a test is about; none for those that others refer to.
fn subject(entity: &str) -> Option<usize> {
    let id = entity.split("::").nth(1)?.trim_matches('"');
    id.strip_prefix('s')?.parse().ok()
}

/// Each rule finds the one entity that it is about.
fn each_its_own(count: usize) -> BTreeSet<(usize, usize)> {
    (0..count).map(|position| (position, position)).collect()
}

#[test]
fn a_rule_reads_each_value_that_a_document_states() {
    let stated = attributes().filter(|(_, attribute)| is_stated(attribute));
    for (kind, attribute) in stated.filter(|(_, attribute)| is_readable(attribute)) {
        let mut document = Document::new(kind);
        let mut rules = Vec::new();
        for (position, value) in values(attribute.ty).iter().enumerate() {
            document.state(&attribute.name, &Stated::one(attribute.many, value));
            let condition = holds(attribute, &literal(attribute.ty, value));
            rules.push(rule(kind, position, &condition));
        }
        let what = format!("{kind}.{}", attribute.name);
        let found = found(&document.check(&rules), &what);
        assert_eq!(found, each_its_own(rules.len()), "{what}");
    }
}

/// A rank, a number of elements, a property: where the stated attribute is known, so is it, and
/// findings point at what is stated.
#[test]
fn a_rule_reads_what_follows_from_a_stated_value() {
    for (kind, attribute) in attributes() {
        let Some(of) = attribute.origin.of() else {
            continue;
        };
        let of = &kind.attributes()[of];
        let values = values(of.ty);
        let (stated, holds_for): (Vec<_>, Vec<_>) = match attribute.origin {
            Origin::CountOf(_) => {
                let lists = [Stated::whole("[]"), Stated::one(true, &values[0])];
                lists.into_iter().zip(["0", "1"].map(str::to_owned)).unzip()
            }
            Origin::PropertyOf(_, accepts) => {
                let each = values.iter().zip(0..).map(|(value, variant)| {
                    // Where no element has the property, the whole list decides.
                    let stated = match of.many && !accepts(variant) {
                        true => Stated::whole(format!("[{value}]")),
                        false => Stated::one(of.many, value),
                    };
                    (stated, accepts(variant).to_string())
                });
                each.unzip()
            }
            _ => {
                let ranks = (0..values.len()).map(|rank| rank.to_string());
                values.iter().map(Stated::whole).zip(ranks).unzip()
            }
        };
        let mut document = Document::new(kind);
        stated
            .iter()
            .for_each(|stated| document.state(&of.name, stated));
        let mut results = holds_for.clone();
        results.sort();
        results.dedup();
        let rules = results.iter().enumerate();
        let rules = rules.map(|(at, result)| rule(kind, at, &holds(attribute, result)));
        let what = format!("{kind}.{}", attribute.name);
        let found = found(&document.check(&rules.collect::<Vec<_>>()), &what);
        let expected = holds_for.iter().enumerate().map(|(subject, result)| {
            let rule = results.iter().position(|known| known == result);
            (rule.expect("a result"), subject)
        });
        assert_eq!(found, expected.collect(), "{what}");
    }
}

/// What follows from the inventory differs from attribute to attribute and has tests of its own.
/// Here: a rule can read it, and a condition on it and the opposite are never both broken or both
/// kept.
#[test]
fn a_rule_reads_what_follows_from_the_inventory() {
    let derived = attributes().filter(|(_, a)| !is_stated(a) && a.origin.of().is_none());
    let derived = derived.filter(|(_, attribute)| is_readable(attribute));
    let mut count = 0;
    for (kind, attribute) in derived {
        let condition = holds(attribute, &literal(attribute.ty, &values(attribute.ty)[0]));
        let rules = [
            rule(kind, 0, &condition),
            rule(kind, 1, &format!("!({condition})")),
        ];
        let mut document = Document::new(kind);
        document.state("owner", &Stated::whole("somebody"));
        let outcome = document.check(&rules).outcome;
        let what = format!("{kind}.{}", attribute.name);
        assert_eq!(outcome.problems, [], "{what}");
        let findings = outcome.findings.iter();
        let findings = findings.filter(|finding| subject(finding.subject().0).is_some());
        let verdicts: Vec<_> = findings.map(|finding| finding.verdict).collect();
        assert!(
            matches!(
                verdicts[..],
                [Verdict::Violation] | [Verdict::Undetermined, Verdict::Undetermined]
            ),
            "{what}: {verdicts:?}"
        );
        count += 1;
    }
    assert!(count > 10, "{count} attributes");
}

/// What no section declares is a file that was read: rules see it as the resource of `declare`.
#[test]
fn a_rule_reads_what_is_known_of_a_file() {
    let known = [("path", "document.yaml"), ("format", "yaml")];
    let undeclared = Kind::ALL.iter().filter(|kind| kind.def().section.is_none());
    let fields = undeclared.flat_map(|kind| kind.def().fields.iter().map(|field| field.name));
    assert_eq!(fields.collect::<Vec<_>>(), known.map(|(name, _)| name));
    for (name, value) in known {
        let condition = format!("resource.{name} == {value:?}");
        let mut document = Document::new(Kind::Zone);
        document.leave_out("kind");
        let checked = document.check(&[rule(Kind::Zone, 0, &condition)]);
        assert_eq!(checked.outcome.problems, []);
        assert_eq!(checked.outcome.count(Verdict::Violation), 3, "{condition}");
    }
}

/// Values that are none of the type; for an element of a list, and for the only value.
fn wrong(ty: Type) -> Vec<Stated> {
    let whole = |values: &[&str]| values.iter().copied().map(Stated::whole).collect();
    match ty {
        Type::Bool => whole(&["perhaps", "1", "'true'", "[true]", "{ a: true }"]),
        Type::Long => whole(&["many", "1.5", "true", "'7'", "[7]", "99999999999999999999"]),
        Type::Text => whole(&["[some]", "{ some: words }"]),
        Type::Date => whole(&[
            "soon",
            "20260131",
            "2026-1-3",
            "2026-02-30",
            "'2026-01-31 10:00'",
            "2026-01-31T00:00:00Z",
            "[a]",
        ]),
        Type::Enum(def) => {
            let capital = def.variants[0].name.to_uppercase();
            let mut all: Vec<_> = whole(&["no-such-word", "''", "true", "7", "[a]"]);
            all.push(Stated::whole(capital));
            all
        }
        Type::Entity(kinds) => {
            let others = Kind::ALL.iter().filter(|kind| !kinds.contains(kind));
            let others = others.filter(|kind| kind.def().section.is_some());
            let mut all: Vec<_> = others.map(|kind| Stated::whole(id(*kind, 0))).collect();
            all.extend::<Vec<_>>(whole(&["nobody", "''", "[a]", "{ a: b }"]));
            all
        }
        Type::Step => {
            let key = id(Kind::Key, 0);
            let mut all: Vec<_> = whole(&["scrub", "[scrub]", "7"]);
            all.extend([
                Stated::within("{ kind: ", "polish", " }"),
                Stated::within("{ kind: scrub, removes: [", "dust", "] }"),
                Stated::within("{ kind: scrub, removes: ", "health", " }"),
                Stated::within("{ kind: scrub, failClosed: ", "perhaps", " }"),
                Stated::within("{ kind: scrub, assurance: ", "high", " }"),
                Stated::within("{ kind: scrub, runsIn: ", "nowhere", " }"),
                Stated::within("{ kind: scrub, runsIn: ", key, " }"),
                Stated::within("{ kind: scrub, ", "power", ": high }"),
            ]);
            all
        }
    }
}

/// The kinds that documents declare, each with the attributes that they may state.
fn stated_by_kind() -> impl Iterator<Item = (Kind, Vec<&'static AttributeDef>)> {
    let declared = Kind::ALL.iter().filter(|kind| kind.def().section.is_some());
    declared.map(|kind| {
        let attributes = kind.attributes().iter();
        let stated = attributes.filter(|attribute| is_stated(attribute));
        (*kind, stated.collect())
    })
}

#[test]
fn a_wrong_value_is_a_problem_that_points_at_it() {
    for (kind, attributes) in stated_by_kind() {
        let mut document = Document::new(kind);
        for attribute in attributes {
            let name = &attribute.name;
            if attribute.many {
                let lists = ["some-word", "7", "{ a: b }"].map(Stated::whole);
                lists.iter().for_each(|stated| document.state(name, stated));
            }
            for stated in wrong(attribute.ty) {
                document.state(name, &stated.in_list(attribute.many));
            }
            let field = kind.def().fields.iter().find(|field| field.name == name);
            if field.is_some_and(|field| field.omission == Omission::Problem) {
                document.state(name, &Stated::whole("unknown"));
                document.leave_out(name);
            }
        }
        let checked = document.check(&[]);
        let told = checked.outcome.problems.iter();
        let told = told.map(|problem| problem.labels[0].span.range());
        let told: BTreeSet<_> = told.map(|at| (at.start, at.end)).collect();
        let expected = checked.places().iter();
        let expected: BTreeSet<_> = expected.map(|at| (at.start, at.end)).collect();
        let shown = |of: &BTreeSet<(usize, usize)>, without: &BTreeSet<_>| {
            let places = of.difference(without).copied();
            let shown = places.map(|(start, end)| {
                let text = checked.text();
                let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
                format!("{}«{}»", &text[line..start], &text[start..end])
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(shown(&expected, &told), [""; 0], "no problem there");
        assert_eq!(shown(&told, &expected), [""; 0], "a problem there");
        assert_eq!(checked.outcome.problems.len(), expected.len());
        assert_ne!(checked.outcome.exit_code(), 0, "{kind}");
    }
}

#[test]
fn a_right_value_is_no_problem() {
    for (kind, attributes) in stated_by_kind() {
        let mut document = Document::new(kind);
        for attribute in attributes {
            let values = match attribute.ty {
                Type::Entity(kinds) => kinds.iter().map(|kind| id(*kind, 0)).collect(),
                ty => values(ty),
            };
            for value in values {
                document.state(&attribute.name, &Stated::one(attribute.many, value));
            }
        }
        let checked = document.check(&[]);
        assert_eq!(checked.outcome.problems, [], "{}", checked.text());
    }
}
