//! `palisade bindings`: what to state of infrastructure code, so that open questions are settled.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::check::today;
use super::inventory::report_problems;
use super::roots::job_of;
use super::{file, print};
use crate::check::{CheckInput, check};
use crate::config::{self, add_bindings, binding_items};
use crate::finding::{Outcome, proposals};

/// Propose bindings for infrastructure code that settle most open questions
///
/// Code cannot state much of what rules read. Prints bindings for `palisade.yaml`, the most decisive first;
/// each says `unknown`, which changes nothing, until somebody who knows writes the value.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The files and folders to check
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Add them to `palisade.yaml`, and leave everything else in it as it is
    #[arg(long, conflicts_with = "show")]
    write: bool,
    /// Print what existing bindings state: entity, attribute, and where it is written
    #[arg(long)]
    show: bool,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = check(CheckInput {
        now: today(),
        ..job_of(&arguments.paths, &[])
    });
    if outcome.exit_code() == 2 {
        let _ = report_problems(&outcome);
        return ExitCode::from(2);
    }
    if arguments.show {
        return show(&outcome);
    }
    let (all, questions) = proposals(&outcome);
    if all.is_empty() {
        let text = match questions {
            0 => "no question about infrastructure code is open".to_owned(),
            _ => format!("{questions} open questions, and no binding settles any of them"),
        };
        return print(format!("{text}\n").as_bytes());
    }
    let settled: usize = all.iter().map(|proposal| proposal.settles).sum();
    let counts = format!("{questions} open questions; these settle {settled} of them");
    if !arguments.write {
        return print(format!("# {counts}\nbindings:\n{}", binding_items(&all, 2)).as_bytes());
    }
    let place = super::nearest::nearest(std::path::Path::new(""));
    let place = place.unwrap_or_else(|| config::FILE_NAME.into());
    let shown = place.display().to_string();
    let text = match fs::read_to_string(&place) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("{shown}: {error}")),
    };
    let changed = text.and_then(|text| {
        add_bindings(&text, &all).map_err(|why| format!("{shown} was left as it is, because {why}"))
    });
    let written = changed.and_then(|changed| {
        let update = file::update(&place, |_| {
            Ok::<_, io::Error>(Some(changed.clone().into_bytes()))
        });
        update.map_err(|error| format!("{shown}: {error}"))
    });
    match written {
        Ok(_) => print(
            format!(
                "wrote {} bindings to {shown}: put what is so in the place of `unknown`\n",
                all.len()
            )
            .as_bytes(),
        ),
        Err(message) => {
            let _ = writeln!(io::stderr(), "palisade: {message}");
            ExitCode::from(2)
        }
    }
}

/// Prints what bindings state, a line each.
fn show(outcome: &Outcome) -> ExitCode {
    let lines = outcome.bound.iter().map(|bound| {
        let at = outcome.files.start(bound.span);
        format!(
            "{}\t{}\t{}\t{}:{}:{}\n",
            bound.entity,
            bound.attribute,
            outcome.files.slice(bound.span),
            outcome.files.get(bound.span.file).name,
            at.line,
            at.column
        )
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    print(lines.concat().as_bytes())
}
