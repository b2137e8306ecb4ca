//! `palisade trace`: where a value in infrastructure code comes from.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::ended;
use super::inventory::report_problems;
use super::progress::Bar;
use super::roots::job_of;
use crate::check::{CheckInput, understand};
use crate::source::{Files, Span, Trace, Traced};

/// Show where a value in Terraform comes from, or why it is not known
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The address of a resource, a period, and an attribute: `aws_kms_key.k.enable_key_rotation`.
    /// Without the keys of instances it stands for all of them
    #[arg(value_name = "ADDRESS.ATTRIBUTE")]
    attribute: String,
    /// Files, and folders to look for code in
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let progress = Arc::default();
    let bar = Bar::start(true, &progress);
    let (_, outcome) = understand(CheckInput {
        progress,
        trace: Some(Trace {
            wanted: arguments.attribute.clone(),
            found: Vec::new(),
        }),
        ..job_of(&arguments.paths, &[])
    });
    bar.stop();
    let found = outcome.trace.as_ref().map_or(&[][..], |it| &it.found);
    if found.is_empty() {
        let failed = report_problems(&outcome).and_then(|()| {
            let wanted = &arguments.attribute;
            let mut out = io::stderr();
            writeln!(out, "palisade: no resource has the address in `{wanted}`")?;
            writeln!(
                out,
                "  help: write it as Terraform does, such as \
                 `module.key.aws_kms_key.k.enable_key_rotation`; `palisade inventory` lists what is \
                 understood"
            )
        });
        return ended(failed.err(), ExitCode::from(2));
    }
    ended(write(found, &outcome.files).err(), ExitCode::SUCCESS)
}

fn write(found: &[Traced], files: &Files) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (at, traced) in found.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", traced.address)?;
        let first = match (&traced.unknown, traced.is_set) {
            (Some(why), _) => {
                writeln!(out, "  not known: {why}")?;
                "decided here"
            }
            (None, true) => "written here",
            (None, false) => {
                writeln!(out, "  not set: what holds is the provider's default")?;
                "the resource"
            }
        };
        step(&mut out, files, first, traced.span)?;
        for (span, via) in files.came_through(traced.span) {
            step(&mut out, files, via.says(), *span)?;
        }
    }
    out.flush()
}

/// One place on the way of a value: what happens there, where it is, and its first line.
fn step(out: &mut impl Write, files: &Files, what: &str, span: Span) -> io::Result<()> {
    let place = files.start(span);
    let file = &files.get(files.locate(span).span.file).name;
    let text = files.slice(span).lines().next().unwrap_or_default();
    let text: String = text.chars().take(60).collect();
    writeln!(
        out,
        "  {what}: {file}:{}:{}  {text}",
        place.line, place.column
    )
}
