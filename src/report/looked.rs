//! What was looked at, and what was not.

use std::io;

use crate::finding::{Outcome, count_open, open_facts};
use crate::source::{End, Files, Foreign, Ledger, Skip, Span, Unread};

use super::clean::clean;
use super::plural::{count, plural};

/// So many names are given of each reason.
const NAMES: usize = 3;

/// A reason for which files are not checked, and the files.
struct Group<'l> {
    /// "2 symbolic links", without a number.
    what: (&'static str, &'static str),
    names: Vec<&'l str>,
    /// Whether a reader may want to know which files these are.
    named: bool,
}

/// The files that are not checked, by reason.
fn groups(ledger: &Ledger) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for entry in ledger.entries() {
        let Some((what, named)) = reason(entry.end) else {
            continue;
        };
        match groups.iter_mut().find(|group| group.what == what) {
            Some(group) => group.names.push(&entry.name),
            None => groups.push(Group {
                what,
                names: vec![&entry.name],
                named,
            }),
        }
    }
    groups.sort_by_key(|group| group.what);
    groups
}

/// Why a file is not checked, in the singular and in the plural, and whether its name matters.
fn reason(end: End) -> Option<((&'static str, &'static str), bool)> {
    Some(match end {
        End::Read | End::Setting | End::Problem => return None,
        End::NotOurs(Foreign::Extension) => {
            (("file of another kind", "files of other kinds"), false)
        }
        End::NotOurs(Foreign::Unmarked) => (
            (
                "file without `palisade: v1`",
                "files without `palisade: v1`",
            ),
            true,
        ),
        End::NotOurs(Foreign::OtherUse) => (
            (
                "file in which `palisade` holds settings of another tool",
                "files in which `palisade` holds settings of another tool",
            ),
            true,
        ),
        End::NotOurs(Foreign::Named) => (
            (
                "file that was named and is not a document",
                "files that were named and are not documents",
            ),
            true,
        ),
        End::NotOurs(Foreign::Code) => (
            (
                "file outside the infrastructure code that is read",
                "files outside the infrastructure code that is read",
            ),
            false,
        ),
        End::NotOurs(Foreign::TestData) => (("file of test data", "files of test data"), true),
        End::LeftOut(why) => left_out(why),
    })
}

fn left_out(why: Skip) -> ((&'static str, &'static str), bool) {
    match why {
        Skip::Submodule => (("submodule", "submodules"), true),
        Skip::LfsPointer => (("pointer of Git LFS", "pointers of Git LFS"), true),
        Skip::Encrypted => (
            (
                "file that git-crypt encrypted",
                "files that git-crypt encrypted",
            ),
            true,
        ),
        Skip::Filtered => (("file that git filters", "files that git filters"), true),
        Skip::IntentToAdd => (
            (
                "file of which nothing is staged yet",
                "files of which nothing is staged yet",
            ),
            true,
        ),
        Skip::Link => (("symbolic link", "symbolic links"), true),
        Skip::LinkOutside => (
            (
                "symbolic link that leads out of the checkout",
                "symbolic links that lead out of the checkout",
            ),
            true,
        ),
        Skip::LinkBroken => (
            (
                "symbolic link that leads nowhere",
                "symbolic links that lead nowhere",
            ),
            true,
        ),
        Skip::Special => (
            ("pipe, socket or device", "pipes, sockets or devices"),
            true,
        ),
        Skip::Ignored => (("path that git ignores", "paths that git ignores"), false),
        Skip::Excluded(_) => (("file under `exclude`", "files under `exclude`"), true),
        Skip::Test(_) => (("file under `tests`", "files under `tests`"), false),
    }
}

/// What is not checked, in one sentence: "not checked: 2 symbolic links (a.yaml, b.yaml), …".
pub(super) fn sentence(outcome: &Outcome) -> Option<String> {
    let groups = groups(&outcome.summary.ledger);
    let parts = groups.iter().map(|group| {
        let (one, many) = group.what;
        let mut text = count(group.names.len(), one, many);
        if group.named {
            let shown = group.names.iter().take(NAMES).map(|name| clean(name));
            let rest = if group.names.len() > NAMES {
                ", …"
            } else {
                ""
            };
            text += &format!(" ({}{rest})", shown.collect::<Vec<_>>().join(", "));
        }
        text
    });
    let parts: Vec<_> = parts.collect();
    (!parts.is_empty()).then(|| format!("not checked: {}", parts.join(", ")))
}

/// Infrastructure code that is there and not read, a sentence for each sort: "not read: 2 Helm charts
/// (charts/a, charts/b): render them …".
pub(super) fn unread(outcome: &Outcome) -> Vec<String> {
    let mut sorts: Vec<(&Unread, Vec<&str>)> = Vec::new();
    for unread in &outcome.summary.ledger.unread {
        let same =
            |(first, _): &&mut (&Unread, _)| (first.what, first.help) == (unread.what, unread.help);
        match sorts.iter_mut().find(same) {
            Some((_, names)) => names.push(&unread.name),
            None => sorts.push((unread, vec![&unread.name])),
        }
    }
    let sentences = sorts.into_iter().map(|(first, names)| {
        let (one, many) = first.what;
        let shown = names.iter().take(NAMES).map(|name| clean(name));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let rest = if names.len() > NAMES { ", …" } else { "" };
        let what = count(names.len(), one, many);
        format!("not read: {what} ({shown}{rest}): {}", first.help)
    });
    sentences.collect()
}

/// So many sorts of open question are named: the ones that most wait for.
const SORTS: usize = 5;

/// What open questions wait for, in one sentence: "354 open questions wait for what code does not say:
/// `debug` of 24 workloads (96), …".
pub(super) fn open(outcome: &Outcome) -> Option<String> {
    let mut sorts: Vec<(String, String, usize, usize)> = Vec::new();
    for fact in open_facts(&outcome.open) {
        let kind = fact.entity.split(" `").next().unwrap_or_default();
        let same = |(attribute, of, ..): &&mut (String, String, usize, usize)| {
            *attribute == fact.attribute && of == kind
        };
        match sorts.iter_mut().find(same) {
            Some((_, _, entities, waiting)) => {
                *entities += 1;
                *waiting += fact.waiting;
            }
            None => sorts.push((fact.attribute, kind.to_owned(), 1, fact.waiting)),
        }
    }
    if sorts.is_empty() {
        return None;
    }
    sorts.sort_by_key(|(.., waiting)| std::cmp::Reverse(*waiting));
    let named = sorts
        .iter()
        .take(SORTS)
        .map(|(attribute, kind, entities, waiting)| {
            let of = count(*entities, kind, &plural(kind));
            format!("`{}` of {of} ({waiting})", clean(attribute))
        });
    let named = named.collect::<Vec<_>>().join(", ");
    let rest = if sorts.len() > SORTS { ", …" } else { "" };
    let all = count(count_open(&outcome.open), "open question", "open questions");
    Some(format!(
        "{all} that code does not answer: {named}{rest}; `palisade bindings` proposes what to \
         state"
    ))
}

/// The same for a gate, where only what may have been meant to be checked matters: nothing if all
/// that is not checked is of other kinds, ignored, or a test.
pub(super) fn doubtful(outcome: &Outcome) -> Option<String> {
    let ledger = &outcome.summary.ledger;
    let mut ends = ledger
        .entries()
        .iter()
        .filter_map(|entry| reason(entry.end));
    ends.any(|(_, named)| named)
        .then(|| sentence(outcome))
        .flatten()
}

/// What was checked together, if that is more than one thing, or something of it is left out.
pub(super) fn roots(outcome: &Outcome) -> Option<String> {
    let roots = outcome.summary.ledger.roots.iter();
    let roots = roots.filter(|root| root.configuration.is_some() || root.documents > 0);
    let roots: Vec<_> = roots.collect();
    if roots.len() < 2 {
        return None;
    }
    let parts = roots.iter().map(|root| {
        let name = root
            .configuration
            .as_deref()
            .map_or("no configuration".into(), clean);
        let documents = count(root.documents, "document", "documents");
        match root.left_out {
            0 => format!("{name} ({documents})"),
            some => format!("{name} ({documents}, {some} left out)"),
        }
    });
    let parts: Vec<_> = parts.collect();
    Some(format!("{} projects: {}", roots.len(), parts.join(", ")))
}

/// The globs that leave nothing out, of projects that are looked at as a whole.
pub(super) fn idle_globs(outcome: &Outcome) -> Vec<String> {
    let roots = outcome
        .summary
        .ledger
        .roots
        .iter()
        .filter(|root| root.whole);
    let globs = roots.flat_map(|root| &root.exclusions);
    let idle = globs.filter(|exclusion| exclusion.files == 0);
    let files = &outcome.files;
    idle.map(|exclusion| {
        let start = files.start(exclusion.glob);
        format!(
            "{} in {}:{} matches no file",
            glob(files, exclusion.glob),
            clean(&files.get(exclusion.glob.file).name),
            start.line,
        )
    })
    .collect()
}

/// A glob as it is written.
fn glob(files: &Files, at: Span) -> String {
    let text = files.slice(at).trim_matches(['"', '\'']);
    format!("`{}`", clean(text))
}

/// What became of one file, in words.
pub(super) fn end(files: &Files, end: End) -> String {
    match end {
        End::Read => "document".to_owned(),
        End::Setting => "configuration or policy".to_owned(),
        End::Problem => "problem".to_owned(),
        End::LeftOut(Skip::Excluded(at)) => format!("left out: `exclude` {}", glob(files, at)),
        End::LeftOut(Skip::Test(at)) => format!("left out: `tests` {}", glob(files, at)),
        End::LeftOut(why) => format!("left out: {}", left_out(why).0.0),
        End::NotOurs(why) => match why {
            Foreign::Extension => "not a document: other kind of file".to_owned(),
            Foreign::Unmarked => "not a document: no `palisade: v1`".to_owned(),
            Foreign::OtherUse => "not a document: `palisade` of another tool".to_owned(),
            Foreign::Named => "not a document, although it was named".to_owned(),
            Foreign::Code => "not read: no part of infrastructure code that is".to_owned(),
            Foreign::TestData => "not read: test data, unless it is named".to_owned(),
        },
    }
}

/// Writes a line for each file in reach: its path, a tab, and what became of it.
pub(super) fn write(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    for entry in outcome.summary.ledger.entries() {
        let end = end(&outcome.files, entry.end);
        writeln!(out, "{}\t{end}", clean(&entry.name))?;
    }
    out.flush()
}
