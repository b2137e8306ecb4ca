//! Writes waivers into a `palisade.yaml`, and leaves everything else in it as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Config;
use super::waivers::UNKNOWN;
use crate::finding::{Finding, Proposal, Recorded, Verdict, Waiver};
use crate::model::Date;
use crate::source::FileId;
use crate::syntax::{Limits, NodeRef, Value, parse_yaml};

/// The values of a `while` stand on one line if that is no longer.
const WIDTH: usize = 100;

/// A waiver to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWaiver {
    /// The id of the rule.
    pub rule: String,
    /// What the finding is about, as `Kind::id`.
    pub entities: Vec<String>,
    /// How bad the finding may be at most, if that matters.
    pub verdict: Option<Verdict>,
    /// The values that must be among those that decided, by attribute, as a waiver calls it.
    pub values: BTreeMap<String, Vec<Recorded>>,
    /// The last day on which it holds.
    pub until: Date,
    /// Why.
    pub reason: String,
}

impl NewWaiver {
    /// A waiver of `finding` and of nothing else, as long as it is what it is: with its verdict and
    /// every value that decided; or, if it is to be `broad`, whatever decides.
    pub fn of(finding: &Finding, broad: bool, until: Date, reason: &str) -> Self {
        let identity = &finding.identity;
        Self {
            rule: identity.rule.clone(),
            entities: identity.entities().map(str::to_owned).collect(),
            verdict: (!broad).then_some(finding.verdict),
            values: match broad {
                true => BTreeMap::new(),
                false => values(finding),
            },
            until,
            reason: reason.to_owned(),
        }
    }
}

impl NewWaiver {
    /// Whether a waiver that is written says the same, whatever its date and reason are.
    pub fn is(&self, written: &Waiver) -> bool {
        let entities: BTreeSet<_> = written.entities.iter().map(|it| &it.value).collect();
        let values = written.values.iter();
        let values: BTreeSet<_> = values
            .map(|(name, it)| (name.as_str(), &it.value))
            .collect();
        let own = self.values.iter();
        let own = own.flat_map(|(name, all)| all.iter().map(|it| (name.as_str(), it)));
        written.rule.value == self.rule
            && entities == self.entities.iter().collect()
            && written.verdict.as_ref().map(|verdict| verdict.value) == self.verdict
            && values == own.collect()
    }
}

/// The values that decided, by attribute: by that of any entity if only one has it.
fn values(finding: &Finding) -> BTreeMap<String, Vec<Recorded>> {
    let named = finding.because.iter().filter_map(|because| {
        let qualified = because.qualified()?;
        Some((because.attribute.as_str(), qualified, Recorded::of(because)))
    });
    let named: Vec<_> = named.collect();
    let mut values: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    for (attribute, qualified, recorded) in &named {
        let others = named.iter().filter(|(other, ..)| other == attribute);
        let mut others = others.map(|(_, other, _)| other);
        let name = match others.all(|other| other == qualified) {
            true => (*attribute).to_owned(),
            false => qualified.clone(),
        };
        let all = values.entry(name).or_default();
        if !all.contains(recorded) {
            all.push(recorded.clone());
        }
    }
    values
}

/// The text of a `palisade.yaml` with `new` waivers after those that are in it; its line ends stay as
/// they are.
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
    let items: Vec<_> = new.iter().map(fields).collect();
    let changed = with_items(text, "waivers", &items);
    // Whatever the layout was: what is written must be read as what was meant.
    let (after, problems) = Config::read(FileId(0), &changed);
    let added = after
        .waivers
        .get(before.waivers.len()..)
        .unwrap_or_default();
    let mut pairs = added.iter().zip(new);
    let is_there = added.len() == new.len()
        && pairs.all(|(added, new)| new.is(added) && added.until.value == new.until);
    match problems.is_empty() && is_there {
        true => Ok(changed),
        false => Err("its layout leaves no place for them".to_owned()),
    }
}

/// A text with further items in the list under `name`, which is added where there is none.
fn with_items(text: &str, name: &str, new: &[Item]) -> String {
    let (tree, _) = parse_yaml(FileId(0), text, &Limits::default());
    let root = tree.documents().next();
    let known = root.and_then(|root| match root.value() {
        Value::Map(entries) => entries.iter().find(|(key, _)| key.text() == Some(name)),
        _ => None,
    });
    let ends = LineEnds::of(text);
    match known {
        None => append(text, name, new, ends),
        Some((key, list)) => insert(text, key, list, new, ends),
    }
}

/// The text of a configuration with these bindings, each of which states that nobody knows: who knows
/// writes the value there.
///
/// # Errors
///
/// Why it cannot be changed, in words.
pub fn add_bindings(text: &str, new: &[Proposal]) -> Result<String, String> {
    let (before, problems) = Config::read(FileId(0), text);
    if let Some(problem) = problems.first() {
        return Err(format!(
            "there are problems in it already: {}",
            problem.message
        ));
    }
    let items: Vec<_> = new.iter().map(binding).collect();
    let changed = with_items(text, "bindings", &items);
    let (after, problems) = Config::read(FileId(0), &changed);
    match problems.is_empty() && after.bindings.len() == before.bindings.len() + new.len() {
        true => Ok(changed),
        false => Err("its layout leaves no place for them".to_owned()),
    }
}

/// Bindings as items of a list.
pub fn binding_items(new: &[Proposal], indent: usize) -> String {
    let new: Vec<_> = new.iter().map(binding).collect();
    listed(&new, indent)
}

fn binding(proposal: &Proposal) -> Item {
    let matches = proposal.matches.iter();
    let matches = matches.map(|(key, text)| format!("{key}: {}", scalar(&globset::escape(text))));
    let matches = matches.collect::<Vec<_>>().join(", ");
    let questions = match proposal.settles {
        0 => "needed for those below".to_owned(),
        1 => "settles 1 open question, with those above".to_owned(),
        some => format!("settles {some} open questions, with those above"),
    };
    let systems = proposal.systems.map_or(String::new(), |systems| {
        format!("; for {systems} systems, and what differs in one goes before it")
    });
    let set = proposal.attributes.iter().map(|asked| {
        let values = match (asked.values.is_empty(), asked.many) {
            (true, _) => String::new(),
            (false, false) => format!(" # {}", asked.values.join(", ")),
            (false, true) => format!(" # [] or a list of {}", asked.values.join(", ")),
        };
        (format!("{}: unknown", asked.name), values)
    });
    let (set, entries): (Vec<_>, Vec<_>) = set
        .map(|(entry, values)| (entry.clone(), entry + &values))
        .unzip();
    Item {
        comment: Some(format!("{questions}{systems}")),
        fields: vec![
            ("match", format!("{{ {matches} }}")),
            ("set", format!("{{ {} }}", set.join(", "))),
        ],
        entries,
    }
}

/// The waivers as items of a list.
pub fn items(new: &[NewWaiver], indent: usize) -> String {
    let new: Vec<_> = new.iter().map(fields).collect();
    listed(&new, indent)
}

/// An item of a list as it is written: its keys, each with a value on one line, under a comment.
struct Item {
    comment: Option<String>,
    fields: Vec<(&'static str, String)>,
    /// The entries of the value that may be too long for a line or has comments, a line each.
    entries: Vec<String>,
}

fn listed(new: &[Item], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let items = new.iter().map(|item| {
        let comment = item.comment.iter().map(|text| format!("{pad}# {text}\n"));
        let fields = item.fields.iter().enumerate().map(|(at, (name, value))| {
            let mark = if at == 0 { "- " } else { "  " };
            let is_long = pad.len() + 9 + value.len() > WIDTH;
            // Beside what is to be filled in there is a comment, so it stands on a line of its own.
            match *name == "set" || *name == "while" && is_long {
                true => {
                    let lines = item.entries.iter();
                    let lines = lines.map(|line| format!("\n{pad}    {line}"));
                    format!("{pad}{mark}{name}:{}\n", lines.collect::<String>())
                }
                false => format!("{pad}{mark}{name}: {value}\n"),
            }
        });
        comment.chain(fields).collect::<String>()
    });
    items.collect()
}

/// What is written of a waiver, each value on one line.
fn fields(waiver: &NewWaiver) -> Item {
    let entities: Vec<_> = waiver.entities.iter().map(|name| scalar(name)).collect();
    let mut fields = vec![
        ("rule", scalar(&waiver.rule)),
        ("entities", format!("[{}]", entities.join(", "))),
    ];
    let verdict = waiver.verdict.map(|verdict| verdict.name().to_owned());
    fields.extend(verdict.map(|verdict| ("verdict", verdict)));
    if !waiver.values.is_empty() {
        let values = waiver.values.iter();
        let values: Vec<_> = values
            .map(|(name, all)| format!("{}: {}", scalar(name), recorded(all)))
            .collect();
        fields.push(("while", format!("{{ {} }}", values.join(", "))));
    }
    fields.push(("until", waiver.until.to_string()));
    fields.push(("reason", scalar(&waiver.reason)));
    let values = waiver.values.iter();
    let entries = values.map(|(name, all)| format!("{}: {}", scalar(name), recorded(all)));
    Item {
        comment: None,
        fields,
        entries: entries.collect(),
    }
}

/// What was known of an attribute, as it is written.
fn recorded(all: &[Recorded]) -> String {
    let all = all.iter().map(|recorded| match recorded {
        Recorded::Value(text) => scalar(text),
        Recorded::Unknown => UNKNOWN.to_owned(),
        Recorded::Nothing => "null".to_owned(),
    });
    let all: Vec<_> = all.collect();
    match all.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

fn append(text: &str, key: &str, new: &[Item], ends: LineEnds) -> String {
    let blank = ends.apply("\n");
    let end = match text.strip_suffix(&blank) {
        _ if text.trim_start_matches('\u{feff}').is_empty() => String::new(),
        Some(rest) if rest.ends_with(&blank) => String::new(),
        Some(_) => blank,
        None => blank.repeat(2),
    };
    let added = ends.apply(&format!("{key}:\n{}", listed(new, 2)));
    format!("{text}{end}{added}")
}

fn insert(text: &str, key: NodeRef<'_>, list: NodeRef<'_>, new: &[Item], ends: LineEnds) -> String {
    let after_line = |offset: usize| {
        let rest = &text[offset..];
        rest.find('\n').map_or(text.len(), |at| offset + at + 1)
    };
    let added = |at: usize, indent: usize| {
        let newline = if text[..at].ends_with('\n') { "" } else { "\n" };
        ends.apply(&format!("{newline}{}", listed(new, indent)))
    };
    let range = list.span().range();
    let items = match list.value() {
        Value::Seq(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        // In the place of `[]` or `null`, or of nothing; a comment after it stays.
        let (start, end) = match range.is_empty() {
            true => (key.span().end as usize, key.span().end as usize),
            false => (range.start, range.end),
        };
        let at = after_line(end);
        let kept = match range.is_empty() {
            true => &text[start..at],
            false => &text[end..at],
        };
        return format!("{}{kept}{}{}", &text[..start], added(at, 2), &text[at..]);
    };
    let start = first.span().start as usize;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let dash = &text[line..start];
    if dash.trim() == "-" {
        let at = after_line(last.span().end as usize);
        let indent = dash.len() - dash.trim_start().len();
        return format!("{}{}{}", &text[..at], added(at, indent), &text[at..]);
    }
    // Between brackets, before the last one.
    let at = text[..range.end].rfind(']').unwrap_or(range.end);
    let before = text[..at].trim_end();
    let comma = if before.ends_with(',') { "" } else { "," };
    let further = new.iter().map(|item| {
        let fields: Vec<_> = item
            .fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        format!("\n    {{ {} }}", fields.join(", "))
    });
    let further: Vec<_> = further.collect();
    let further = ends.apply(&further.join(","));
    format!("{before}{comma}{further}{}", &text[at..])
}

/// How the lines of a text end: as its first one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// With a line feed, as everywhere but on Windows.
    Lf,
    /// With a carriage return and a line feed.
    CrLf,
}

impl LineEnds {
    /// Those of `text`.
    pub fn of(text: &str) -> Self {
        let first = text.find('\n');
        match first.is_some_and(|at| text[..at].ends_with('\r')) {
            true => Self::CrLf,
            false => Self::Lf,
        }
    }

    /// `text` with these line ends.
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::Lf => text.to_owned(),
            Self::CrLf => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        }
    }
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
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
