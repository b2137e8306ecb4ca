//! Writes waivers into a `palisade.yaml`, and leaves everything else in it as it is.

use super::Config;
use crate::model::Date;
use crate::source::FileId;
use crate::syntax::{Limits, NodeRef, Value, parse_yaml};

/// A waiver to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWaiver {
    /// The id of the rule.
    pub rule: String,
    /// What the finding is about, as `Kind::id`.
    pub entities: Vec<String>,
    /// The last day on which it holds.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// The text of a `palisade.yaml` with `new` waivers after those that are in it.
///
/// # Errors
///
/// Why it cannot be changed without changing more; then `new` is to be written by hand.
pub fn add_waivers(text: &str, new: &[NewWaiver]) -> Result<String, String> {
    let (before, problems) = Config::read(FileId(0), text);
    if let Some(problem) = problems.first() {
        return Err(format!(
            "there are problems in it already: {}",
            problem.message
        ));
    }
    let (tree, _) = parse_yaml(FileId(0), text, &Limits::default());
    let root = tree.documents().next();
    let known = root.and_then(|root| match root.value() {
        Value::Map(entries) => entries
            .iter()
            .find(|(key, _)| key.text() == Some("waivers")),
        _ => None,
    });
    let changed = match known {
        None => append(text, new),
        Some((key, list)) => insert(text, key, list, new)?,
    };
    // Whatever the layout was: what is written must be read as what was meant.
    let (after, problems) = Config::read(FileId(0), &changed);
    let total = before.waivers.len() + new.len();
    match problems.first() {
        None if after.waivers.len() == total => Ok(changed),
        _ => Err("its layout leaves no place for them".to_owned()),
    }
}

/// The waivers as items of a list.
pub fn items(new: &[NewWaiver], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let items = new.iter().map(|waiver| {
        let entities: Vec<_> = waiver.entities.iter().map(|name| scalar(name)).collect();
        format!(
            "{pad}- rule: {}\n{pad}  entities: [{}]\n{pad}  until: {}\n{pad}  reason: {}\n",
            scalar(&waiver.rule),
            entities.join(", "),
            waiver.until,
            scalar(&waiver.reason)
        )
    });
    items.collect()
}

fn append(text: &str, new: &[NewWaiver]) -> String {
    let end = match text {
        "" => "",
        text if text.ends_with("\n\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{text}{end}waivers:\n{}", items(new, 2))
}

fn insert(
    text: &str,
    key: NodeRef<'_>,
    list: NodeRef<'_>,
    new: &[NewWaiver],
) -> Result<String, String> {
    let after_line = |offset: u32| {
        let rest = &text[offset as usize..];
        rest.find('\n')
            .map_or(text.len(), |at| offset as usize + at + 1)
    };
    let (at, indent) = match list.value() {
        Value::Seq(items) => {
            let mut all = items.iter();
            let Some(first) = all.next() else {
                return Err("its list is `[]`; leave that out".to_owned());
            };
            let start = first.span().start as usize;
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let dash = &text[line..start];
            if dash.trim() != "-" {
                return Err("its waivers are not one below the other".to_owned());
            }
            let last = all.last().unwrap_or(first);
            (
                after_line(last.span().end),
                dash.len() - dash.trim_start().len(),
            )
        }
        _ => (after_line(key.span().end), 2),
    };
    let newline = if text[..at].ends_with('\n') { "" } else { "\n" };
    Ok(format!(
        "{}{newline}{}{}",
        &text[..at],
        items(new, indent),
        &text[at..]
    ))
}

/// A text as a YAML scalar, also between brackets; in quotes where it must be.
fn scalar(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || "-_./:()".contains(c) || c == ' ' || (c.is_alphabetic())
    };
    let is_plain = text.starts_with(|c: char| c.is_alphabetic())
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(plain)
        && !["true", "false", "null", "yes", "no"].contains(&text.to_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
