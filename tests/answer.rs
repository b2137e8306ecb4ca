//! The report that people act on: what it shows of real systems, and what it never leaves out.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use palisade::check::{CheckInput, Project, check};
use palisade::finding::{Causes, Finding, Handle, Outcome, Pass, Question, Questions, Verdict};
use palisade::model::Date;
use palisade::source::{Candidate, Origin, Span};
use snapbox::{Data, assert_data_eq};
use support::{NOW, check_in, files, program, root, run_in};

/// What the default report is at so many columns.
fn report(folder: &Path, columns: usize, more: &[&str]) -> String {
    let mut command = program(folder);
    command.args(["check", "--now", NOW]).args(more);
    command.env("COLUMNS", columns.to_string());
    String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8")
}

/// Folders that are systems of their own.
fn systems() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["examples", "examples/incidents"] {
        let listed = fs::read_dir(root().join(folder)).expect("a folder");
        let folders = listed.map(|entry| entry.expect("an entry").path());
        all.extend(folders.filter(|path| path.is_dir() && !path.ends_with("incidents")));
    }
    all.sort();
    assert!(all.len() > 8, "{all:?}");
    all
}

/// The lines of a page between a command and the end of what it says; what it says is written anew.
fn said(page: &str) {
    let path = root().join(page);
    let text = fs::read_to_string(&path).expect("a page");
    let mut out = String::new();
    let mut lines = text.lines();
    let mut asked: Option<Vec<String>> = None;
    let mut found = 0;
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        if let Some(command) = line.strip_prefix("$ palisade check examples/") {
            let words = format!("check examples/{command}");
            asked = Some(words.split_whitespace().map(str::to_owned).collect());
        }
        if let Some(words) = asked.take_if(|_| line == "```text") {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let run = run_in(root(), &words, b"");
            // Of a long report, the first block.
            let shown = match words.contains(&"--limit") {
                true => run.stdout,
                false => run
                    .stdout
                    .split("\n\n")
                    .next()
                    .map(|it| format!("{it}\n"))
                    .unwrap_or_default(),
            };
            out += &format!("{shown}```\n");
            for _ in lines.by_ref().take_while(|line| *line != "```") {}
            found += 1;
        }
    }
    assert!(found > 0, "{page} shows nothing");
    assert_data_eq!(out, Data::read_from(&path, None).raw());
}

#[test]
fn pages_show_what_is_said() {
    said("README.md");
    said("docs/reading-a-report.md");
    said("examples/storm-0558/README.md");
}

/// A report is short, begins with the worst, and tells it within a screen.
#[test]
fn a_report_can_be_read() {
    let (mut total, mut incidents) = (0, 0);
    for system in systems() {
        let text = report(&system, 100, &[]);
        let lines: Vec<_> = text.lines().collect();
        if system.starts_with(root().join("examples/incidents")) {
            total += lines.len();
            incidents += 1;
        }
        assert!(
            lines.len() <= 200,
            "{}: {} lines",
            system.display(),
            lines.len()
        );
        if text.starts_with("critical[") || text.starts_with("high[") {
            let first = lines.iter().position(|line| line.is_empty());
            assert!(first <= Some(20), "{}: {text}", system.display());
        }
        let blocks = text
            .split("\n\n")
            .filter(|block| block.starts_with("critical["));
        for block in blocks {
            assert!(block.lines().count() <= 22, "{}: {block}", system.display());
        }
    }
    assert!(total <= 100 * incidents, "{total} lines");
}

/// Nothing is lost: each rule that is broken is named, and each that is not known is asked about.
#[test]
fn every_broken_rule_is_named() {
    for system in systems() {
        let json = check_in(&system, &[]);
        let text = report(&system, 100, &[]);
        let mut rules = BTreeSet::new();
        for finding in json.findings() {
            if finding["verdict"] == "violation" {
                rules.insert(finding["rule"].as_str().expect("a rule"));
            }
        }
        for rule in rules {
            assert!(text.contains(rule), "{}: {rule}: {text}", system.display());
        }
        let concise = report(&system, 100, &["--format", "concise"]);
        let undetermined = concise
            .lines()
            .filter(|line| line.contains(": undetermined "));
        let waits = undetermined.count();
        let waiting = match waits {
            0 => continue,
            1 => "Not known: 1 finding waits".to_owned(),
            some => format!("Not known: {some} findings wait"),
        };
        let waiting = text.contains(&waiting) || text.contains("Undetermined whatever is stated");
        assert!(waiting, "{}: {waits}: {text}", system.display());
    }
}

/// What adds colour tells nothing more.
#[test]
fn colour_adds_and_never_tells() {
    for system in systems() {
        let plain = report(&system, 80, &[]);
        let coloured = report(&system, 80, &["--color", "always"]);
        assert!(coloured.is_empty() || coloured.contains("\u{1b}["));
        let mut text = String::new();
        for (at, part) in coloured.split("\u{1b}[").enumerate() {
            text += match at {
                0 => part,
                _ => part.split_once('m').expect("a style").1,
            };
        }
        assert_eq!(text, plain, "{}", system.display());
    }
}

#[test]
fn letters_are_ascii_where_the_locale_asks() {
    for (locale, ascii) in [
        ("C", true),
        ("C.UTF-8", false),
        ("", false),
        ("de_DE.utf8", false),
    ] {
        let mut command = program(&root().join("examples/storm-0558"));
        command.args(["check", "--now", NOW]).env("LC_ALL", locale);
        let text = String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8");
        assert_eq!(text.is_ascii(), ascii, "{locale}: {text}");
    }
}

/// The texts of a system, by what they are called.
type Texts = Vec<(String, String)>;

fn checked(texts: &Texts) -> Outcome {
    let candidate = |(name, text): &(String, String)| Candidate {
        name: name.clone(),
        named: false,
        origin: Origin::Memory(text.clone().into_bytes()),
    };
    let (config, others): (Vec<_>, Vec<_>) =
        texts.iter().partition(|(name, _)| name == "palisade.yaml");
    let (policies, documents): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|(name, _)| name.ends_with(".cedar"));
    let now: Date = NOW.parse().expect("a day");
    let mut root = Project {
        config: config.first().map(|text| candidate(text)),
        policies: policies.into_iter().map(candidate).collect(),
        ..Project::default()
    };
    root.found.candidates = documents.into_iter().map(candidate).collect();
    check(CheckInput {
        roots: vec![root],
        now: now.milliseconds,
        ..CheckInput::default()
    })
}

/// Of what each rule is tested on, so many are left out for each that is tried: a check of each takes its
/// time.
const LEFT_OUT: usize = 5;

/// Systems that the repository has: examples, incidents, and some of what rules are tested on.
fn all_systems() -> Vec<(String, Texts)> {
    let mut all = Vec::new();
    for system in systems() {
        let mut texts = Texts::new();
        for extension in ["yaml", "json", "md"] {
            for (path, text) in files(&system, extension) {
                let name = path
                    .strip_prefix(&system)
                    .expect("in it")
                    .display()
                    .to_string();
                texts.push((name, text));
            }
        }
        all.push((system.display().to_string(), texts));
    }
    for extension in ["yaml", "json"] {
        let tested = files(&root().join("tests/rules"), extension).into_iter();
        for (path, text) in tested.step_by(LEFT_OUT + 1) {
            let name = path.file_name().expect("a name").to_str().expect("UTF-8");
            all.push((path.display().to_string(), vec![(name.to_owned(), text)]));
        }
    }
    assert!(all.len() > 30, "{} systems", all.len());
    all
}

/// A text without what a handle names, as somebody would edit it; `None` if that takes more than a few
/// letters.
fn edited(text: &str, handle: &Handle, span: Span) -> Option<String> {
    let (from, to) = (span.start as usize, span.end as usize);
    let line = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let end = text[from..]
        .find('\n')
        .map_or(text.len(), |at| from + at + 1);
    if handle.attribute.is_some() && !handle.element {
        let stated = handle.value.is_some() || text[from..to].starts_with('[');
        return stated.then(|| format!("{}unknown{}", &text[..from], &text[to..]));
    }
    let before = text[line..from].trim();
    if handle.element {
        if before == "-" {
            return Some(format!("{}{}", &text[..line], &text[end..]));
        }
        let after = text[to..].trim_start();
        let rest = match after.strip_prefix(',') {
            Some(rest) => return Some(format!("{}{}", &text[..from], rest.trim_start())),
            None => after,
        };
        let start = text[..from].trim_end();
        let start = start.strip_suffix(',').unwrap_or(start);
        return rest.starts_with(']').then(|| format!("{start}{rest}"));
    }
    // An entity in lines of its own.
    if !before.is_empty() || !text[to..].starts_with(':') {
        return None;
    }
    let indent = from - line;
    let mut rest = end;
    while let Some(next) = text[rest..].split_inclusive('\n').next() {
        let deep = next.len() - next.trim_start_matches(' ').len();
        if deep <= indent && !next.trim().is_empty() {
            break;
        }
        rest += next.len();
    }
    Some(format!("{}{}", &text[..line], &text[rest..]))
}

/// Each finding of a confirmed cause is no violation any more once its edit is made. Each violation is in
/// one cause, and each undetermined finding is asked about or said to be open; in whatever order they
/// come.
#[test]
fn a_confirmed_edit_ends_every_finding_of_its_cause() {
    let (mut groups, mut skipped, mut members, mut failed) = (0, 0, 0, Vec::new());
    for (name, texts) in all_systems() {
        let outcome = checked(&texts);
        holds_everything(&name, &outcome);
        let causes = Causes::of(&outcome.findings, &outcome.files);
        let confirmed = causes.all.iter().filter(|cause| cause.confirmed);
        for cause in confirmed.filter(|cause| cause.findings.len() > 1) {
            let span = outcome.files.locate(cause.handle.span).span;
            let file = &outcome.files.get(span.file).name;
            let mut texts = texts.clone();
            let text = texts.iter_mut().find(|(known, _)| known == file);
            let text = &mut text.expect("a text of the system").1;
            let Some(new) = edited(text, &cause.handle, span) else {
                skipped += 1;
                continue;
            };
            *text = new;
            groups += 1;
            let after = checked(&texts);
            for finding in cause.findings.iter().map(|at| &outcome.findings[*at]) {
                members += 1;
                let same = |it: &&Finding| it.identity == finding.identity;
                let mut left = after.findings.iter().filter(same);
                if left.any(|it| it.verdict == Verdict::Violation) {
                    failed.push(format!(
                        "{name}: {:?} {}",
                        cause.handle.key(),
                        finding.identity
                    ));
                }
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {members}:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(
        groups > 15 && members > 40,
        "{groups} groups, {members} members"
    );
    assert!(skipped * 4 < groups, "{skipped} skipped of {groups}");
}

/// What passes of a fact, as somebody would write it; `None` where no answer is known.
fn answer(question: &Question) -> Option<String> {
    let passes = &question.ask.passes;
    if question.contradicts || passes.is_empty() {
        return None;
    }
    let mut list: Option<Vec<String>> = None;
    let mut value = None;
    for pass in passes {
        match pass {
            Pass::OneOf(values) => value = values.first().cloned(),
            Pass::AtMost(_, text) | Pass::AtLeast(_, text) | Pass::Example(text) => {
                value = value.or_else(|| Some(text.clone()));
            }
            Pass::NoneOf(_) => list = Some(list.unwrap_or_default()),
            Pass::Has(elements) => list.get_or_insert_default().extend(elements.clone()),
            // What is listed is there already.
            Pass::Complete => return None,
        }
    }
    match list {
        Some(list) => Some(format!("[{}]", list.join(", "))),
        None => value,
    }
}

/// A text with a value where `at` says that it is left out, or `None` if that takes more than a line.
fn filled(text: &str, at: Span, attribute: &str, value: &str) -> Option<String> {
    let (from, to) = (at.start as usize, at.end as usize);
    if &text[from..to] == "unknown" {
        let before = text[..from].trim_end();
        let is_whole = before.ends_with(&format!("{attribute}:"));
        return is_whole.then(|| format!("{}{value}{}", &text[..from], &text[to..]));
    }
    let rest = text[to..].strip_prefix(':')?;
    let head = rest.trim_start_matches(' ');
    if let Some(inner) = head.strip_prefix('{') {
        let at = text.len() - inner.len();
        let comma = if inner.trim_start().starts_with('}') {
            ""
        } else {
            ","
        };
        return Some(format!(
            "{} {attribute}: {value}{comma}{inner}",
            &text[..at]
        ));
    }
    let line_end = text[to..].find('\n').map_or(text.len(), |end| to + end + 1);
    let said = text[to + 1..line_end].split(" #").next()?.trim();
    let line = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let own = from - line;
    let mut below = text[line_end..].lines();
    let next = below.find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
    let deep = next.len() - next.trim_start_matches(' ').len();
    let is_block = said.is_empty() && text[line..from].trim().is_empty() && deep > own;
    let indent = " ".repeat(deep);
    is_block.then(|| {
        let (before, after) = text.split_at(line_end);
        format!("{before}{indent}{attribute}: {value}\n{after}")
    })
}

/// Each question that is answered with what passes is settled: what is undetermined then waits for
/// facts that the answers themselves opened.
#[test]
fn what_passes_settles_what_waits_for_it() {
    type Fact = (String, String);
    let facts = |finding: &Finding| -> BTreeSet<Fact> {
        let asks = finding.edits.asks.iter();
        asks.map(|it| (it.entity.clone(), it.attribute.clone()))
            .collect()
    };
    let (mut asked, mut answered, mut settled) = (0, 0, 0);
    let mut failed = Vec::new();
    for (name, texts) in all_systems() {
        let outcome = checked(&texts);
        let questions = Questions::of(&outcome.findings);
        asked += questions.all.len();
        // From the end of each text to its beginning: what is before stays where it is.
        let mut order: Vec<&Question> = questions.all.iter().collect();
        order.sort_by_key(|it| {
            let span = outcome.files.locate(it.ask.span).span;
            (
                span.file,
                std::cmp::Reverse(span.start),
                it.ask.attribute.clone(),
            )
        });
        let mut now = texts.clone();
        let mut stated: BTreeSet<Fact> = BTreeSet::new();
        for question in order {
            let span = outcome.files.locate(question.ask.span).span;
            let file = &outcome.files.get(span.file).name;
            let text = now.iter_mut().find(|(known, _)| known == file);
            let Some((_, text)) = text else { continue };
            let ask = &question.ask;
            let new = answer(question);
            let new = new.and_then(|value| filled(text, span, &ask.attribute, &value));
            if let Some(new) = new {
                *text = new;
                stated.insert((ask.entity.clone(), ask.attribute.clone()));
            }
        }
        answered += stated.len();
        let after = checked(&now);
        // An answer may contradict what is stated elsewhere: a person must decide which is so.
        let known: BTreeSet<&str> = outcome.problems.iter().map(|it| &*it.message).collect();
        let new = after.problems.iter().map(|it| &*it.message);
        let new: Vec<_> = new
            .filter(|it| !known.contains(it) && !it.contains("which writes none"))
            .collect();
        if !new.is_empty() {
            failed.push(format!("{name}: answers are problems: {new:?}"));
            continue;
        }
        let waited: BTreeSet<usize> = questions
            .all
            .iter()
            .flat_map(|it| it.findings.clone())
            .collect();
        for at in waited {
            let finding = &outcome.findings[at];
            let of = questions.all.iter().filter(|it| it.findings.contains(&at));
            let mut own = of.map(|it| (it.ask.entity.clone(), it.ask.attribute.clone()));
            // Of some it is only known that one of several facts may settle it.
            let is_told = finding.edits.asks.iter().any(|it| !it.passes.is_empty());
            if !is_told || !own.all(|fact| stated.contains(&fact)) {
                continue;
            }
            settled += 1;
            let mut left = after
                .findings
                .iter()
                .filter(|it| it.identity == finding.identity);
            let is_open = |it: &&Finding| {
                it.verdict == Verdict::Undetermined
                    && (it.edits.asks.is_empty() || !facts(it).is_disjoint(&facts(finding)))
            };
            if let Some(open) = left.find(is_open) {
                failed.push(format!(
                    "{name}: {} still waits for {:?}, before for {:?}",
                    finding.identity,
                    facts(open),
                    facts(finding)
                ));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {settled}:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(
        settled > 300 && answered * 3 > asked * 2,
        "{settled}, {answered} of {asked}"
    );
}

fn holds_everything(name: &str, outcome: &Outcome) {
    {
        let findings = &outcome.findings;
        let causes = Causes::of(findings, &outcome.files);
        let questions = Questions::of(findings);
        let mut told: Vec<usize> = causes
            .all
            .iter()
            .flat_map(|it| it.findings.clone())
            .collect();
        told.sort_unstable();
        let of = |verdict| (0..findings.len()).filter(move |at| findings[*at].verdict == verdict);
        assert_eq!(told, of(Verdict::Violation).collect::<Vec<_>>(), "{name}");
        let asked = questions.all.iter().flat_map(|it| it.findings.clone());
        let asked: BTreeSet<usize> = asked.chain(questions.open.clone()).collect();
        let open: BTreeSet<usize> = of(Verdict::Undetermined).collect();
        assert_eq!(asked, open, "{name}");
        let mut turned = findings.clone();
        turned.reverse();
        let again = Causes::of(&turned, &outcome.files);
        let names = |causes: &Causes, findings: &[Finding]| -> Vec<(String, Vec<String>)> {
            let causes = causes.all.iter();
            causes
                .map(|cause| {
                    let members = cause
                        .findings
                        .iter()
                        .map(|at| findings[*at].identity.short());
                    (cause.id.clone(), members.collect())
                })
                .collect()
        };
        assert_eq!(names(&causes, findings), names(&again, &turned), "{name}");
    }
}

#[test]
fn questions_are_written_in_every_form() {
    support::questions::check(&root().join("tests/answer/questions.md"), 7);
}

/// What is the same fault everywhere is told once; of very many causes the worst are drawn, and the others
/// counted with how to see them.
#[test]
fn much_is_told_in_little() {
    let folder = support::Folder::new();
    let all = 0..50;
    let zones: String = all
        .clone()
        .map(|at| format!("  z{at:02}: {{}}\n"))
        .collect();
    let conduits = all.map(|at| {
        format!(
            "  c{at:02}: {{ from: z{at:02}, to: z{:02} }}\n",
            (at + 1) % 50
        )
    });
    let conduits: String = conduits.collect();
    folder.write(
        "ring.yaml",
        format!("palisade: v1\nzones:\n{zones}conduits:\n{conduits}"),
    );
    let ring = report(folder.path(), 100, &[]);
    assert!(ring.lines().count() <= 25, "{ring}");
    // Stores that differ in what is wrong with them, so that none is like another.
    let folder = support::Folder::new();
    let stores = (0..60).map(|at| {
        format!(
            "  s{at:02}: {{ zone: z, kind: database, public: {}, encryption: {}, holds: [d{at:02}] }}\n",
            at % 2 == 0,
            ["none", "provider", "unknown"][at % 3]
        )
    });
    let stores: String = stores.collect();
    let levels = ["restricted", "secret", "confidential", "internal"];
    let data = (0..60).map(|at| format!("  d{at:02}: {{ level: {} }}\n", levels[at % 4]));
    let data: String = data.collect();
    let grants = (0..60).map(|at| {
        format!(
            "  g{at:02}: {{ identity: i{:02}, on: s{at:02}, actions: [read] }}\n",
            at % 7
        )
    });
    let grants: String = grants.collect();
    let people: String = (0..7)
        .map(|at| format!("  i{at:02}: {{ zone: o, kind: human, mfa: none }}\n"))
        .collect();
    let text = format!(
        "palisade: v1\nzones:\n  z: {{ kind: network, environment: production, clearance: internal }}\n  \
         o: {{ kind: network, environment: corporate, clearance: public }}\nstores:\n{stores}data:\n{data}\
         identities:\n{people}grants:\n{grants}"
    );
    folder.write("many.yaml", text);
    let many = report(folder.path(), 100, &[]);
    assert!((40..=200).contains(&many.lines().count()), "{many}");
}
