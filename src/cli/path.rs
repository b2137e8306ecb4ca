//! `palisade path`: how one gets from here to there, or what is in the way.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::ended;
use super::inventory::report_problems;
use super::roots::job_of;
use crate::check::understand;
use crate::flow::{Answer, Flow};
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind};
use crate::policy::hop;
use crate::report::path_lines;
use crate::source::{Code, Files, Problem, ProblemKind, Span};

/// Show a path between two entities, or what blocks it
///
/// From a dump, log, backup, key or data item to a place or zone; from a place or zone to another,
/// whatever gets there; from an identity to a key, artifact, data item, store or workload.
///
/// Exit codes: 0 there is a path; 1 there is none; 2 the question cannot be answered; 3 there is none in the
/// documents that could be read.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where from: an id, or `section/id` where the id names several
    from: String,
    /// Where to, likewise
    to: String,
    /// Files, and folders to look for documents in
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let (inventories, mut outcome) = understand(job_of(&arguments.paths, &[]));
    // Each root is a system of its own: the first that knows both ends is asked.
    let knows = |inventory: &&Inventory| {
        let ends = [&arguments.from, &arguments.to];
        ends.iter().all(|end| !inventory.named(end).is_empty())
    };
    let inventory = inventories.iter().find(knows).or(inventories.first());
    let asked = inventory.map(|inventory| ask(inventory, arguments));
    let answered = match asked {
        Some(Ok((answer, inventory, ends))) => Some((answer, inventory, ends)),
        Some(Err(problem)) => {
            outcome.problems.push(problem);
            None
        }
        None => None,
    };
    let written = match &answered {
        Some((answer, inventory, ends)) => {
            let page = Page {
                files: &outcome.files,
                inventory,
            };
            page.write(arguments.format, answer, *ends)
        }
        None => Ok(()),
    };
    let written = written.and_then(|()| report_problems(&outcome));
    let code = match answered {
        Some((answer, ..)) if !answer.found.is_empty() => 0,
        Some(_) if outcome.problems.is_empty() => 1,
        Some(_) => 3,
        None if outcome.exit_code() == 2 => 2,
        None => 3,
    };
    ended(written.err(), ExitCode::from(code))
}

type Asked<'i> = (Answer, &'i Inventory, [EntityId; 2]);

fn ask<'i>(inventory: &'i Inventory, arguments: &Arguments) -> Result<Asked<'i>, Problem> {
    let unusable = |code, message: String| Problem::new(ProblemKind::Configuration, code, message);
    let end = |name: &str| -> Result<EntityId, Problem> {
        let named = inventory.named(name);
        match named.as_slice() {
            [one] => Ok(*one),
            [] => {
                let problem = unusable(Code::UnknownId, format!("no entity with id `{name}`"));
                let ids = inventory.ids().map(|id| &*inventory.entity(id).id().value);
                Err(match crate::source::closest(name, ids) {
                    Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                    None => problem.help("`palisade inventory` lists what there is"),
                })
            }
            several => {
                let sections = several.iter().filter_map(|id| id.kind.def().section);
                let names: Vec<_> = sections
                    .map(|section| format!("`{section}/{name}`"))
                    .collect();
                let message = format!("`{name}` could be any of {} entities", several.len());
                Err(unusable(Code::AmbiguousReference, message)
                    .help(format!("write {}", names.join(" or "))))
            }
        }
    };
    let ends = [end(&arguments.from)?, end(&arguments.to)?];
    let flow = Flow::new(inventory);
    match flow.ask(inventory, ends[0], ends[1]) {
        Some(answer) => Ok((answer, inventory, ends)),
        None => {
            let [from, to] = ends.map(|end| inventory.describe(end));
            let message = format!("nothing gets from {from} to {to}, by what they are");
            let help = "ask from an artifact, data item, key, place or zone to a place or zone, or from \
                        an identity to a key, artifact, data item, store or workload";
            Err(unusable(Code::NoQuestion, message).help(help))
        }
    }
}

struct Page<'a> {
    files: &'a Files,
    inventory: &'a Inventory,
}

impl Page<'_> {
    fn write(&self, format: Format, answer: &Answer, ends: [EntityId; 2]) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match format {
            Format::Text => self.text(answer, ends, &mut out)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut out, &self.json(answer))?;
                writeln!(out)?;
            }
        }
        out.flush()
    }

    fn text(&self, answer: &Answer, ends: [EntityId; 2], out: &mut dyn Write) -> io::Result<()> {
        let [from, to] = ends.map(|end| self.inventory.describe(end));
        for found in &answer.found {
            let may = if found.certain { "" } else { "may " };
            match found.thing {
                Some(thing) if ends[0].kind == Kind::Identity => {
                    let thing = self.inventory.describe(thing);
                    writeln!(
                        out,
                        "{from} can{} come to hold {thing}:",
                        perhaps(found.certain)
                    )?;
                }
                Some(thing) if thing == ends[0] => {
                    writeln!(out, "{from} {may}{} to {to}:", gets(found.certain))?;
                }
                Some(thing) => {
                    let thing = self.inventory.describe(thing);
                    writeln!(
                        out,
                        "{thing} {may}{} from {from} to {to}:",
                        gets(found.certain)
                    )?;
                }
                None => {
                    let [from, to] = ends.map(|end| self.in_zone(end));
                    writeln!(out, "{to} {may}{} reached from {from}:", is(found.certain))?;
                }
            }
            let hops = found.hops.iter().map(|passed| hop(self.inventory, passed));
            let hops: Vec<_> = hops.collect();
            for (number, line) in path_lines(self.files, &hops, &|place| place) {
                writeln!(out, "  {number} {line}")?;
            }
            writeln!(out)?;
        }
        if answer.found.is_empty() {
            writeln!(out, "There is no path from {from} to {to}.")?;
            for obstacle in &answer.obstacles {
                writeln!(out, "  {}  {}", obstacle.text, self.place(obstacle.span))?;
            }
            if answer.obstacles.is_empty() {
                writeln!(out, "  Nothing that is declared ends there.")?;
            }
        }
        Ok(())
    }

    /// A zone, or the zone that something is in: over conduits, zones are reached.
    fn in_zone(&self, end: EntityId) -> String {
        let zone = self
            .inventory
            .zone_of(end)
            .filter(|_| end.kind != Kind::Zone);
        let name = self.inventory.describe(end);
        match zone {
            Some(zone) => format!("{} (of {name})", self.inventory.describe(zone)),
            None => name,
        }
    }

    fn json(&self, answer: &Answer) -> serde_json::Value {
        let found = answer.found.iter().map(|found| {
            let hops = found.hops.iter().map(|passed| {
                let hop = hop(self.inventory, passed);
                json!({
                    "from": hop.from,
                    "to": hop.to,
                    "by": hop.by,
                    "via": hop.via,
                    "place": self.place(hop.span),
                    "removed": hop.removed,
                    "added": hop.added,
                    "skipped": hop.skipped,
                })
            });
            json!({
                "thing": found.thing.map(|thing| self.inventory.describe(thing)),
                "certain": found.certain,
                "path": hops.collect::<Vec<_>>(),
            })
        });
        let obstacles = answer.obstacles.iter();
        let obstacles = obstacles
            .map(|obstacle| json!({ "text": obstacle.text, "place": self.place(obstacle.span) }));
        json!({
            "ways": found.collect::<Vec<_>>(),
            "obstacles": obstacles.collect::<Vec<_>>(),
        })
    }

    fn place(&self, span: Span) -> String {
        let start = self.files.start(span);
        format!(
            "{}:{}:{}",
            self.files.get(span.file).name,
            start.line,
            start.column
        )
    }
}

fn perhaps(certain: bool) -> &'static str {
    if certain { "" } else { ", perhaps," }
}

fn gets(certain: bool) -> &'static str {
    if certain { "gets" } else { "get" }
}

fn is(certain: bool) -> &'static str {
    if certain { "is" } else { "be" }
}
