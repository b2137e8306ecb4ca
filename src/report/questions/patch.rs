//! A patch that writes down what nobody knows: `attribute: unknown`, where it is left out.

use std::collections::BTreeMap;
use std::io;

use crate::finding::{Outcome, Question, Questions};
use crate::source::{FileId, SourceFile};

/// Lines around a change.
const CONTEXT: usize = 3;

/// Writes a unified diff. What is written as `unknown` already, or is in a form to which nothing can
/// be added line by line, is left as it is.
pub(super) fn write(
    outcome: &Outcome,
    questions: &Questions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut files: BTreeMap<(&str, FileId), Vec<&Question>> = BTreeMap::new();
    for question in &questions.all {
        let file = outcome.files.locate(question.ask.span).span.file;
        let name = outcome.files.get(file).name.as_str();
        files.entry((name, file)).or_default().push(question);
    }
    for ((name, id), questions) in files {
        let file = outcome.files.get(id);
        let lines: Vec<&str> = file.text().split_inclusive('\n').collect();
        let mut changes: BTreeMap<usize, Change> = BTreeMap::new();
        for question in questions {
            let at = outcome.files.locate(question.ask.span).span.start;
            let rules = question
                .findings
                .iter()
                .map(|at| &*outcome.findings[*at].rule.id);
            let mut rules: Vec<_> = rules.collect();
            rules.sort_unstable();
            rules.dedup();
            let why = rules.join(", ");
            add(
                file,
                &lines,
                at,
                &question.ask.attribute,
                &why,
                &mut changes,
            );
        }
        if !changes.is_empty() {
            diff(name, &lines, &changes, out)?;
        }
    }
    Ok(())
}

/// What is done at a line: what stands in its place, and what is put before it.
#[derive(Default)]
struct Change {
    instead: Option<String>,
    before: Vec<String>,
}

/// Puts `attribute: unknown` into the mapping of the entity whose id is at `at`.
fn add(
    file: &SourceFile,
    lines: &[&str],
    at: u32,
    attribute: &str,
    why: &str,
    changes: &mut BTreeMap<usize, Change>,
) {
    let number = file.line_of(at);
    let start = file.line_starts().get(number).copied().unwrap_or_default();
    let Some(line) = lines.get(number) else {
        return;
    };
    let column = (at - start) as usize;
    let Some((key, rest)) = line.get(column..).and_then(|text| text.split_once(':')) else {
        return;
    };
    let end = line.trim_end_matches(['\n', '\r']).len();
    let is_json = file.name.ends_with(".json");
    let opens = rest.trim_start().starts_with('{');
    if opens {
        let brace = line.len() - rest.len() + rest.find('{').unwrap_or_default();
        let change = changes.entry(number).or_default();
        let text = change.instead.clone().unwrap_or_else(|| (*line).to_owned());
        // What was put here before stands after the brace, so the brace has not moved.
        let (before, after) = text.split_at(brace + 1);
        let entry = match is_json {
            true => format!("\"{attribute}\": \"unknown\""),
            false => format!("{attribute}: unknown"),
        };
        let is_empty = after.trim_start().starts_with('}');
        let comma = if is_empty { " " } else { "," };
        let space = if is_json && !after.starts_with(' ') {
            ""
        } else {
            " "
        };
        change.instead = Some(format!("{before}{space}{entry}{comma}{after}"));
        return;
    }
    let value = rest.split(" #").next().unwrap_or_default().trim();
    let is_key = key.chars().all(|c| !c.is_whitespace()) && column <= end;
    if is_json || !is_key || !(value.is_empty() || value.starts_with('#')) {
        return;
    }
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(line);
    let blank = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let next = (number + 1..lines.len()).find(|at| !blank(&lines[*at]));
    let deep = next.map(|at| indent(lines[at])).filter(|deep| *deep > own);
    let at = deep.and(next).unwrap_or(number + 1);
    let ending = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let text = format!(
        "{}{attribute}: unknown # wanted by {why}{ending}",
        " ".repeat(deep.unwrap_or(own + 2))
    );
    changes.entry(at).or_default().before.push(text);
}

fn diff(
    name: &str,
    lines: &[&str],
    changes: &BTreeMap<usize, Change>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "--- a/{name}\n+++ b/{name}")?;
    let numbers: Vec<usize> = changes.keys().copied().collect();
    let mut added = 0;
    let hunks = numbers.chunk_by(|a, b| b - a <= 2 * CONTEXT);
    for hunk in hunks {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let from = first.saturating_sub(CONTEXT);
        let to = (last + CONTEXT + 1).min(lines.len());
        let mut body = String::new();
        let mut new = 0;
        let shown = (from..).zip(&lines[from..to]);
        for (at, line) in shown {
            new += before(changes.get(&at), &mut body);
            match changes.get(&at).and_then(|it| it.instead.as_ref()) {
                Some(text) => {
                    push(&mut body, '-', line);
                    push(&mut body, '+', text);
                }
                None => push(&mut body, ' ', line),
            }
        }
        // After the last line of the file.
        new += before(changes.get(&to), &mut body);
        let old = to - from;
        writeln!(
            out,
            "@@ -{},{old} +{},{} @@",
            from + 1,
            from + 1 + added,
            old + new
        )?;
        write!(out, "{body}")?;
        added += new;
    }
    Ok(())
}

/// Adds what is put before a line; how many lines that are.
fn before(change: Option<&Change>, body: &mut String) -> usize {
    let texts = change.map_or(&[][..], |change| &change.before);
    for text in texts {
        push(body, '+', text);
    }
    texts.len()
}

fn push(body: &mut String, sign: char, line: &str) {
    body.push(sign);
    body.push_str(line);
    if !line.ends_with('\n') {
        body.push_str("\n\\ No newline at end of file\n");
    }
}
