//! `palisade graph --check PAGE` and `--write PAGE`: pictures in pages, and what they leave unsaid.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use super::{Arguments, Chosen, Format, draw, graph_of, named, unusable};
use crate::check::{CheckInput, Compared, Marked, Page, check};
use crate::cli::inventory::report_problems;
use crate::cli::roots::job_of;
use crate::cli::terminal::{self, Color};
use crate::cli::{count, ended, file};
use crate::finding::{Lint, LintReport, Outcome};
use crate::report::{Style, write_review};
use crate::source::{Code, Files, Problem, display_name};

/// What the marker of a block says.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Flags {
    #[command(flatten)]
    chosen: Chosen,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let mut outcome = check(CheckInput {
        now: crate::cli::check::day(arguments.now),
        draw: true,
        ..job_of(std::slice::from_ref(&arguments.path), &[])
    });
    let is_usable = match outcome.exit_code() {
        2 => false,
        3 if !outcome.problems.is_empty() => arguments.write.is_empty(),
        _ => true,
    };
    let done = match is_usable {
        true if arguments.write.is_empty() => compare(arguments, &mut outcome),
        true => write(arguments, &mut outcome),
        false => Ok(0),
    };
    outcome.findings.clear();
    let reported = report_problems(&outcome);
    let code = match (outcome.exit_code(), &done) {
        (2, _) => 2,
        (_, Ok(code)) if *code > 0 => *code,
        (3, _) if !outcome.problems.is_empty() => 3,
        _ => 0,
    };
    ended(
        done.err().into_iter().chain(reported.err()),
        ExitCode::from(code),
    )
}

/// Reads a page.
fn read(path: &Path, files: &mut Files) -> Result<(String, Page), Problem> {
    let failed = |why: String| unusable(Code::Unreadable, format!("{}: {why}", display_name(path)));
    let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
    let page = Page::read(&display_name(path), &text, files);
    match page.is_empty() {
        true => Err(unusable(
            Code::NoFlowchart,
            format!(
                "`{}` has no flowchart and no marked block",
                display_name(path)
            ),
        )),
        false => Ok((text, page)),
    }
}

/// Says where the pages and the documents disagree; 1 if they do, 3 if something is not understood.
fn compare(arguments: &Arguments, outcome: &mut Outcome) -> io::Result<u8> {
    let graph = match graph_of(outcome, None) {
        Ok(graph) => graph,
        Err(problem) => {
            outcome.problems.push(problem);
            return Ok(2);
        }
    };
    let mut review = LintReport::default();
    let mut total = Compared::default();
    let mut blocks = 0;
    for path in &arguments.check {
        let (text, page) = match read(path, &mut outcome.files) {
            Ok(read) => read,
            Err(problem) => {
                outcome.problems.push(problem);
                continue;
            }
        };
        let compared = page.compare(&outcome.graphs[graph], &outcome.declared[graph]);
        total.charts += compared.charts;
        total.ignored += compared.ignored;
        total.boxes += compared.boxes;
        total.arrows += compared.arrows;
        total.differences.extend(compared.differences);
        total.problems.extend(compared.problems);
        for block in &page.blocks {
            match picture(block, outcome) {
                Ok(picture) => {
                    blocks += 1;
                    let is_current =
                        text.get(block.inside.clone()) == Some(&block.filled(&picture));
                    let stale = (!is_current).then(|| out_of_date(block));
                    total.differences.extend(stale);
                }
                Err(problem) => outcome.problems.push(problem),
            }
        }
        outcome.problems.extend(page.problems);
    }
    let all = total.problems.iter().chain(&total.differences).cloned();
    review.remarks = all.map(Lint::fault).collect();
    review.remarks.sort_by_key(|remark| {
        remark
            .problem
            .labels
            .first()
            .map(|label| outcome.files.locate(label.span).span)
    });
    review.files = std::mem::take(&mut outcome.files);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let style = Style {
        notes: false,
        ..terminal::style(Color::Auto)
    };
    write_review(&review, &style, &mut out)?;
    outcome.files = review.files;
    summary(&total, blocks, &mut out)?;
    out.flush()?;
    Ok(
        match (total.differences.is_empty(), total.problems.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        },
    )
}

fn summary(total: &Compared, blocks: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut compared = Vec::new();
    if total.charts > 0 {
        let (boxes, arrows) = (count(total.boxes, "box"), count(total.arrows, "arrow"));
        compared.push(format!(
            "{} with {boxes} and {arrows}",
            count(total.charts, "flowchart")
        ));
    }
    if blocks > 0 {
        compared.push(count(blocks, "marked block"));
    }
    if total.ignored > 0 {
        compared.push(format!("{} passed over", count(total.ignored, "flowchart")));
    }
    if compared.is_empty() {
        return Ok(());
    }
    let result = match total.differences.len() {
        0 if total.problems.is_empty() => "the documents agree".to_owned(),
        0 => format!(
            "the documents agree, as far as it is understood ({})",
            count(total.problems.len(), "problem")
        ),
        differences => count(differences, "difference"),
    };
    writeln!(out, "compared {}: {result}", compared.join(", "))
}

fn out_of_date(block: &Marked) -> Problem {
    Problem::input(Code::OutOfDate, "a marked block is not what is drawn now")
        .at(block.marker, "out of date")
        .help("`palisade graph --write PAGE` renews it")
}

/// The picture of a block, or what is wrong with its flags.
fn picture(block: &Marked, outcome: &Outcome) -> Result<String, Problem> {
    let misread = |message: String| {
        unusable(Code::MarkedBlock, message).at(block.marker, "these flags cannot be used")
    };
    let flags = Flags::try_parse_from(block.flags.split_whitespace()).map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        misread(line.trim_start_matches("error: ").to_owned())
    })?;
    draw(&flags.chosen, Format::Mermaid, outcome).map_err(|problem| {
        let help = problem.help.clone();
        let misread = misread(problem.message);
        match help {
            Some(help) => misread.help(help),
            None => misread,
        }
    })
}

/// Renews the marked blocks of the pages: nothing is written unless all of them can be.
fn write(arguments: &Arguments, outcome: &mut Outcome) -> io::Result<u8> {
    if let Some(format) = arguments.format.filter(|format| *format != Format::Mermaid) {
        let message = format!("a page cannot hold a picture as {format:?}").to_lowercase();
        let problem = unusable(Code::MarkedBlock, message);
        outcome
            .problems
            .push(problem.help("leave out `--format`, or write `--format mermaid`"));
        return Ok(2);
    }
    for path in &arguments.write {
        let read = read(path, &mut outcome.files);
        let failed: Vec<Problem> = match read {
            Err(problem) => vec![problem],
            Ok((_, page)) if page.blocks.is_empty() && page.problems.is_empty() => {
                let message = format!("`{}` has no marked block", display_name(path));
                let help = "write `<!-- palisade graph -->` and `<!-- /palisade graph -->`, each on a line of its own, where it should stand";
                vec![unusable(Code::MarkedBlock, message).help(help)]
            }
            Ok((_, page)) => {
                let blocks = page.blocks.iter();
                let failed = blocks.filter_map(|block| picture(block, outcome).err());
                failed.chain(page.problems).collect()
            }
        };
        outcome.problems.extend(failed);
    }
    if !outcome.problems.is_empty() {
        return Ok(2);
    }
    let mut out = io::stdout().lock();
    for path in &arguments.write {
        let mut renewed = 0;
        let changed = file::update(path, |bytes| {
            let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
            let (count, text) = written(text, path, outcome)?;
            renewed = count;
            Ok::<_, io::Error>(text.map(String::into_bytes))
        });
        let changed = changed.map_err(|error| named(&error, path))?;
        let name = display_name(path);
        match (changed, renewed) {
            (false, _) => writeln!(out, "{name} is up to date")?,
            (true, 1) => writeln!(out, "renewed 1 block of {name}")?,
            (true, many) => writeln!(out, "renewed {many} blocks of {name}")?,
        }
    }
    Ok(0)
}

/// The text of a page with its blocks renewed, `None` if they are current; and how many are not.
fn written(text: &str, path: &Path, outcome: &Outcome) -> io::Result<(usize, Option<String>)> {
    let page = Page::read(&display_name(path), text, &mut Files::new());
    let mut out = String::new();
    let (mut copied, mut renewed) = (0, 0);
    for block in &page.blocks {
        let picture =
            picture(block, outcome).map_err(|problem| io::Error::other(problem.message))?;
        let filled = block.filled(&picture);
        renewed += usize::from(text.get(block.inside.clone()) != Some(&filled));
        out.push_str(text.get(copied..block.inside.start).unwrap_or_default());
        out.push_str(&filled);
        copied = block.inside.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok((renewed, (renewed > 0).then_some(out)))
}
