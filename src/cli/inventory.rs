//! `palisade inventory`: what was understood.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::Value as Json;

use super::ended;
use super::progress::Bar;
use super::roots::job_of;
use super::terminal::{self, Color};
use crate::check::{CheckInput, understand};
use crate::finding::Outcome;
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind, MARKER};
use crate::report;
use crate::source::Files;

/// Show the parsed inventory
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files, and folders to look for documents in
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: each entity with what is stated of it, and where
    Table,
    /// A document in JSON that says the same, in one
    Json,
    /// A document in YAML that says the same, in one
    Yaml,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let progress = Arc::default();
    let bar = Bar::start(true, &progress);
    let (inventories, outcome) = understand(CheckInput {
        progress,
        ..job_of(&arguments.paths, &[])
    });
    bar.stop();
    let written = write(arguments.format, &inventories, &outcome);
    let written = written.and_then(|()| report_problems(&outcome));
    let code = match outcome.problems.is_empty() && !inventories.is_empty() {
        true => 0,
        false => outcome.exit_code(),
    };
    ended(written.err(), ExitCode::from(code))
}

/// So many problems are written beside what a command is for.
const PROBLEMS: usize = 20;

/// Writes problems, if there are any, to standard error: the first of them, and what to do, each once.
pub(super) fn report_problems(outcome: &Outcome) -> io::Result<()> {
    let style = terminal::style(Color::Auto);
    let mut text = Vec::new();
    if let Some(reporter) = report::find("concise") {
        report::write(reporter, outcome, &style, &mut text)?;
    }
    let mut out = io::stderr().lock();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    for line in lines.iter().take(PROBLEMS) {
        out.write_all(line)?;
    }
    let mut seen = BTreeSet::new();
    let help = outcome.problems.iter().filter_map(|it| it.help.as_ref());
    let help = help.filter(|help| seen.insert(*help)).take(PROBLEMS);
    for help in help {
        writeln!(out, "  help: {help}")?;
    }
    if lines.len() > PROBLEMS {
        let more = lines.len() - PROBLEMS;
        writeln!(
            out,
            "and {more} more: `palisade check --format concise` lists them"
        )?;
    }
    Ok(())
}

fn write(format: Format, inventories: &[Inventory], outcome: &Outcome) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (at, inventory) in inventories.iter().enumerate() {
        match format {
            Format::Table => table(inventory, &outcome.files, &mut out)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut out, &Document(inventory))?;
                writeln!(out)?;
            }
            Format::Yaml => {
                if at > 0 {
                    writeln!(out, "---")?;
                }
                serde_yaml::to_writer(&mut out, &Document(inventory)).map_err(io::Error::other)?;
            }
        }
    }
    out.flush()
}

/// An inventory as one document.
struct Document<'i>(&'i Inventory);

impl serde::Serialize for Document<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let (marker, version) = MARKER;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(marker, version)?;
        for kind in Kind::ALL {
            let ids: Vec<_> = self.0.ids().filter(|id| id.kind == *kind).collect();
            if let (Some(section), false) = (kind.def().section, ids.is_empty()) {
                map.serialize_entry(section, &Section(self.0, &ids))?;
            }
        }
        map.end()
    }
}

struct Section<'i>(&'i Inventory, &'i [EntityId]);

impl serde::Serialize for Section<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entities = self.1.iter();
        serializer.collect_map(entities.map(|id| {
            let entity = self.0.entity(*id);
            (&entity.id().value, Stated(stated(self.0, *id)))
        }))
    }
}

struct Stated(Vec<(&'static str, Json)>);

impl serde::Serialize for Stated {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Everything that is stated of an entity, in the order of the vocabulary.
fn stated(inventory: &Inventory, id: EntityId) -> Vec<(&'static str, Json)> {
    let entity = inventory.entity(id);
    let mut all = Vec::new();
    if let Some(common) = entity.common() {
        all.extend(common.written());
    }
    all.extend(entity.written());
    all
}

fn table(inventory: &Inventory, files: &Files, out: &mut dyn Write) -> io::Result<()> {
    let width = terminal::style(Color::Never).width;
    for kind in Kind::ALL {
        let Some(section) = kind.def().section else {
            continue;
        };
        let ids: Vec<_> = inventory.ids().filter(|id| id.kind == *kind).collect();
        if ids.is_empty() {
            continue;
        }
        writeln!(out, "{section} ({})", ids.len())?;
        for id in ids {
            let name = inventory.entity(id).id();
            let place = files.start(name.span);
            let file = &files.get(name.span.file).name;
            writeln!(out, "  {}  {file}:{}", name.value, place.line)?;
            let stated = stated(inventory, id);
            let values: Vec<_> = stated
                .iter()
                .map(|(name, value)| format!("{name}: {}", short(value)))
                .collect();
            if !values.is_empty() {
                let options = textwrap::Options::new(width)
                    .initial_indent("      ")
                    .subsequent_indent("      ");
                writeln!(out, "{}", textwrap::fill(&values.join(", "), options))?;
            }
            let unknown = inventory.unknown(id);
            if !unknown.is_empty() {
                let options = textwrap::Options::new(width)
                    .initial_indent("      unknown: ")
                    .subsequent_indent("               ");
                writeln!(out, "{}", textwrap::fill(&unknown.join(", "), options))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A value in one line, without quotes around words.
fn short(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(short).collect();
            format!("[{}]", elements.join(", "))
        }
        Json::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(k, v)| format!("{k}: {}", short(v)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
