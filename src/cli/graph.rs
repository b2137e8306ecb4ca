//! `palisade graph`: the project as a picture.

mod page;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::inventory::report_problems;
use super::roots::job_of;
use super::{ended, file};
use crate::check::{CheckInput, check};
use crate::finding::{Finding, Outcome};
use crate::model::{Date, Kind};
use crate::picture::{Flows, Graph, Marks, Scene, View, dot, mermaid, svg};
use crate::report::{marks, marks_of};
use crate::source::{Code, Problem, ProblemKind, closest};

/// Draw the project: zones, what is in them, and the paths between them
///
/// The path to the worst violation is red and numbered; what is wrong and what is unknown is counted at each
/// box. Large projects are folded: the picture says what it leaves out.
///
/// Findings do not fail the command: it exits with 0, with 2 if something cannot be used, with 3 if
/// something could not be read. Under `--check` it exits with 1 if a page and the documents disagree.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  palisade graph --output project.svg                  everything, with the worst path in red
  palisade graph --finding 66a82b8d --format mermaid   one finding and its path
  palisade graph --around signing --depth 2            what is at most two arrows away
  palisade graph --flows keys                          only what keys go along
  palisade graph --check design.md                     where a flowchart of a page is wrong
  palisade graph --write design.md                     renew the marked blocks of a page")]
pub(super) struct Arguments {
    /// The file or folder to draw: one project
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Output format; `svg` if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// File to write; standard output if not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// Draw nothing, and say where flowcharts and marked blocks of this Markdown page disagree with the
    /// documents
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["output", "format", "view"])]
    check: Vec<PathBuf>,
    /// Renew the marked blocks of this Markdown page, each by the flags in its marker
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["output", "check", "view"])]
    write: Vec<PathBuf>,
    /// Date of the check; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
}

/// What to draw.
#[derive(Debug, Args)]
#[group(id = "view", multiple = true)]
struct Chosen {
    /// Only what is near this entity: an id, or `section/id` where the id names several
    #[arg(long, value_name = "ENTITY", conflicts_with = "finding")]
    around: Option<String>,
    /// Only this finding, its path and what it is about: the short form of its identity
    #[arg(long, value_name = "ID")]
    finding: Option<String>,
    /// With `--around`, how many arrows away (1 if not given); else how many zones in zones are unfolded
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Only arrows along which these go
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    flows: Vec<Flow>,
    /// Boxes and arrows only, without what was found
    #[arg(long, conflicts_with = "finding")]
    plain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture, for browsers and documents
    Svg,
    /// A flowchart for Markdown, drawn by GitHub, GitLab and many others
    Mermaid,
    /// For Graphviz
    Dot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Flow {
    /// Dumps, logs, backups and whatever else is taken from something
    Dumps,
    /// Keys
    Keys,
    /// Data
    Data,
    /// Rights
    Access,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    if !arguments.check.is_empty() || !arguments.write.is_empty() {
        return page::run(arguments);
    }
    let mut outcome = check(CheckInput {
        now: super::check::day(arguments.now),
        draw: true,
        ..job_of(std::slice::from_ref(&arguments.path), &[])
    });
    let format = arguments.format.unwrap_or(Format::Svg);
    let drawn = match outcome.exit_code() {
        2 => None,
        _ => draw(&arguments.chosen, format, &outcome).map_or_else(
            |problem| {
                outcome.problems.push(problem);
                None
            },
            Some,
        ),
    };
    let written = match (&drawn, &arguments.output) {
        (None, _) => Ok(()),
        (Some(picture), None) => io::stdout().write_all(picture.as_bytes()),
        (Some(picture), Some(path)) => file::write(path, |out| out.write_all(picture.as_bytes()))
            .map_err(|error| named(&error, path)),
    };
    outcome.findings.clear();
    let reported = report_problems(&outcome);
    let code = match outcome.exit_code() {
        code @ (2 | 3) if !outcome.problems.is_empty() => ExitCode::from(code),
        _ => ExitCode::SUCCESS,
    };
    ended(written.err().into_iter().chain(reported.err()), code)
}

/// An error with the file that it is about.
fn named(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The picture, or why it cannot be drawn.
fn draw(chosen: &Chosen, format: Format, outcome: &Outcome) -> Result<String, Problem> {
    let finding = match &chosen.finding {
        Some(id) => Some(finding_named(outcome, id)?),
        None => None,
    };
    let graph = &outcome.graphs[graph_of(outcome, finding)?];
    let around = match &chosen.around {
        Some(name) => Some(entity_named(graph, name)?),
        None => None,
    };
    let view = View {
        around,
        depth: chosen.depth,
        flows: flows(&chosen.flows),
        path_only: finding.is_some(),
    };
    let marks = match finding {
        Some(finding) => marks_of(finding),
        None if chosen.plain => Marks::default(),
        None => marks(outcome, graph, None),
    };
    let scene = Scene::of(graph, &marks, &view);
    Ok(match format {
        Format::Svg => svg(&scene, true),
        Format::Mermaid => mermaid(&scene),
        Format::Dot => dot(&scene),
    })
}

fn flows(chosen: &[Flow]) -> Option<Flows> {
    let has = |flow| chosen.contains(&flow);
    (!chosen.is_empty()).then(|| Flows {
        dumps: has(Flow::Dumps),
        keys: has(Flow::Keys),
        data: has(Flow::Data),
        access: has(Flow::Access),
    })
}

fn unusable(code: Code, message: String) -> Problem {
    Problem::new(ProblemKind::Command, code, message)
}

/// The project to draw, by its place: the only one, or the one that a finding is in.
fn graph_of(outcome: &Outcome, finding: Option<&Finding>) -> Result<usize, Problem> {
    let holds = |graph: &Graph| {
        finding.is_some_and(|finding| finding.entities().any(|id| graph.find(id).is_some()))
    };
    let graphs = (0..).zip(&outcome.graphs);
    let graphs = graphs.filter(|(_, graph)| !graph.nodes.is_empty());
    let graphs: Vec<(usize, &Graph)> = graphs.collect();
    match graphs.as_slice() {
        [(one, _)] => Ok(*one),
        [] => Err(unusable(Code::NothingToDraw, "nothing to draw".to_owned())
            .help("name a folder with documents, or a document")),
        several => {
            let mut found = several.iter().filter(|(_, graph)| holds(graph));
            found.next().map(|(at, _)| *at).ok_or_else(|| {
                let count = several.len();
                let message = format!("{count} projects to draw, and a picture is of one");
                unusable(Code::NothingToDraw, message).help("name the folder of one of them")
            })
        }
    }
}

fn finding_named<'o>(outcome: &'o Outcome, id: &str) -> Result<&'o Finding, Problem> {
    let waived = outcome.waived.iter().map(|waived| &waived.finding);
    let all = outcome.findings.iter().chain(waived).chain(&outcome.open);
    let mut named = all.filter(|finding| finding.identity.is_named(id));
    named.next().ok_or_else(|| {
        unusable(Code::UnknownId, format!("no finding with id `{id}`"))
            .help("`palisade check --format concise` lists the findings with their ids")
    })
}

/// The box that an id names.
fn entity_named(graph: &Graph, name: &str) -> Result<String, Problem> {
    let fits = |id: &str| id == name || id.split_once("::").is_some_and(|(_, id)| id == name);
    let in_section = name.split_once('/');
    let kind = in_section.and_then(|(section, _)| section_kind(section));
    let fits_section = |id: &str| {
        let pair = id.split_once("::").zip(kind).zip(in_section);
        pair.is_some_and(|(((of, id), kind), (_, wanted))| of == kind.def().name && id == wanted)
    };
    let ids = || graph.nodes.iter().map(|node| node.id.as_str());
    let mut named: Vec<&str> = ids().filter(|id| fits(id)).collect();
    if named.is_empty() {
        named = ids().filter(|id| fits_section(id)).collect();
    }
    match named.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => {
            let known = ids().filter_map(|id| Some(id.split_once("::")?.1));
            let problem = unusable(Code::UnknownId, format!("no box for `{name}`"));
            Err(match closest(name, known) {
                Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                None => problem.help("`palisade inventory` lists what there is"),
            })
        }
        several => {
            let count = several.len();
            let message = format!("`{name}` could be any of {count} entities");
            let names: Vec<_> = several.iter().map(|id| format!("`{id}`")).collect();
            Err(unusable(Code::AmbiguousReference, message)
                .help(format!("write {}", names.join(" or "))))
        }
    }
}

fn section_kind(section: &str) -> Option<Kind> {
    let mut kinds = Kind::ALL.iter().copied();
    kinds.find(|kind| kind.def().section == Some(section))
}
