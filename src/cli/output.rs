//! `--format NAME[=FILE]`: which reports are written, and where to.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::{env, fmt};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::file;
use super::terminal::Color;
use crate::check::{Project, is_document};
use crate::config;
use crate::finding::Outcome;
use crate::policy::pages;
use crate::report::{self, REPORTERS, Reporter, Style};
use crate::source::{Candidate, Checkout, Origin, display_name};

/// A report that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Output {
    reporter: &'static Reporter,
    /// None for standard output.
    path: Option<PathBuf>,
}

impl Output {
    /// Whether it has pictures.
    pub(super) fn draws(&self) -> bool {
        self.reporters().any(|reporter| reporter.draws)
    }

    /// Whether it lists what a comparison found in both states.
    pub(super) fn lists_unchanged(&self) -> bool {
        self.reporters().any(|reporter| reporter.lists_unchanged)
    }

    /// What is written: the report, and the one that its platform takes besides.
    fn reporters(&self) -> impl Iterator<Item = &'static Reporter> {
        let also = self.reporter.also.as_ref();
        let also = also.filter(|also| env::var_os(also.variable).is_some());
        let also = also.and_then(|also| report::find(also.format));
        std::iter::once(self.reporter).chain(also)
    }
}

/// Reads `NAME[=FILE]`.
#[derive(Debug, Clone)]
pub(super) struct Parser;

impl TypedValueParser for Parser {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Output, clap::Error> {
        let text = value.to_string_lossy();
        let (name, path) = match text.trim().split_once('=') {
            Some((name, path)) => (name, Some(path)),
            None => (text.trim(), None),
        };
        let names = PossibleValuesParser::new(REPORTERS.iter().map(|reporter| reporter.name));
        let name = names.parse_ref(command, arg, OsStr::new(name))?;
        let missing = || {
            let text = format!("`{name}=` names no file; leave `=` out for standard output\n");
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, text).with_cmd(command)
        };
        if path == Some("") {
            return Err(missing());
        }
        Ok(Output {
            reporter: report::find(&name).ok_or_else(missing)?,
            path: path.map(PathBuf::from),
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = REPORTERS.iter();
        Some(Box::new(values.map(|reporter| {
            PossibleValue::new(reporter.name).help(reporter.doc)
        })))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}={}", self.reporter.name, path.display()),
            None => f.write_str(self.reporter.name),
        }
    }
}

/// What is wrong with these outputs together: two that would be written over each other.
pub(super) fn conflict(outputs: &[Output]) -> Option<String> {
    let places: Vec<_> = outputs
        .iter()
        .map(|output| output.path.as_deref().map(place))
        .collect();
    let conflicts = outputs.iter().enumerate().find_map(|(n, output)| {
        let before = outputs[..n].iter().zip(&places);
        let mut same = before.filter(|(_, place)| **place == places[n]);
        same.next().map(|(other, _)| (other, output))
    });
    conflicts.map(|(one, other)| match &one.path {
        None => format!(
            "`--format {one}` and `--format {other}` are both for standard output; \
             name a file for one of them, as in `--format {other}=FILE`"
        ),
        Some(_) => format!("`--format {one}` and `--format {other}` are for the same file"),
    })
}

/// Where a file really is, or would be.
fn place(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// The first output that would be written over a document, a configuration or a policy of `roots`.
pub(super) fn overwrites(outputs: &[Output], roots: &[Project]) -> Option<String> {
    let file = |path: &PathBuf| Candidate {
        name: display_name(path),
        named: true,
        origin: Origin::File(path.clone()),
    };
    let over = |output: &Output, path: &PathBuf| {
        let place = path.canonicalize().ok()?;
        let is_it = |candidate: &Candidate| match &candidate.origin {
            Origin::File(file) => {
                file.file_name() == place.file_name()
                    && file.canonicalize().is_ok_and(|at| at == place)
            }
            _ => false,
        };
        let settings = roots
            .iter()
            .flat_map(|root| root.config.iter().chain(&root.policies));
        let mut named = roots.iter().flat_map(|root| &root.found.candidates);
        let by_name = place.extension().is_some_and(|end| end == "cedar")
            || place
                .file_name()
                .is_some_and(|name| name == config::FILE_NAME);
        let what = if by_name || settings.into_iter().any(is_it) {
            "a configuration or a policy"
        } else if named.any(|candidate| candidate.named && is_it(candidate))
            || is_document(&file(path))
        {
            "a document"
        } else {
            return None;
        };
        let path = path.display();
        Some(format!(
            "`--format {output}` would write over `{path}`, which is {what}"
        ))
    };
    let outputs = outputs
        .iter()
        .filter_map(|output| Some((output, output.path.as_ref()?)));
    outputs
        .filter_map(|(output, path)| over(output, path))
        .next()
}

/// Leaves the reports of an earlier run out of what was found, so that the same input gives the same
/// report again.
pub(super) fn leave_out(outputs: &[Output], roots: &mut [Project]) {
    let written = outputs.iter().filter_map(|output| output.path.as_ref());
    let written: Vec<_> = written
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let is_written = |candidate: &Candidate| match &candidate.origin {
        Origin::File(path) if !candidate.named => {
            let mut same_name = written
                .iter()
                .filter(|file| file.file_name() == path.file_name());
            same_name.any(|file| path.canonicalize().is_ok_and(|path| path == *file))
        }
        _ => false,
    };
    for root in roots {
        root.found
            .candidates
            .retain(|candidate| !is_written(candidate));
    }
}

/// Whether a person sees on standard output what was not checked.
pub(super) fn tells_a_person(outputs: &[Output]) -> bool {
    let mut outputs = outputs.iter();
    outputs.any(|output| output.path.is_none() && output.reporter.for_people)
}

/// Whether a person who sees nothing on standard output is to see on standard error that all is well.
pub(super) fn tells_a_pass(outputs: &[Output]) -> bool {
    let default = REPORTERS[0].name;
    let mut outputs = outputs.iter();
    outputs.any(|output| output.path.is_none() && output.reporter.name == default)
}

/// Writes each report. One that cannot be written keeps none of the others from being.
pub(super) fn write(
    outputs: &[Output],
    outcome: &Outcome,
    style: &Style,
    color: Color,
) -> Vec<io::Error> {
    let mut style = style.clone();
    if outputs.iter().any(|output| output.reporter.for_platform) {
        style.paths = paths(outcome);
        let pages = pages().into_iter();
        style.pages = pages
            .map(|(name, text)| (name.replace(".md", ".cedar"), text))
            .collect();
    }
    // What is in a file is seen on no terminal.
    let in_file = Style {
        color: color == Color::Always,
        links: false,
        width: Style::default().width,
        ascii: false,
        passes: true,
        ..style.clone()
    };
    let mut failed = Vec::new();
    for output in outputs {
        let written = match &output.path {
            // Standard output alone writes line by line.
            None => {
                let mut out = io::BufWriter::new(io::stdout().lock());
                report::write(output.reporter, outcome, &style, &mut out)
            }
            Some(path) => {
                let fill = |out: &mut dyn io::Write| {
                    report::write(output.reporter, outcome, &in_file, out)
                };
                file::write(path, fill).map_err(|error| named(path.display(), &error))
            }
        };
        failed.extend(written.err());
        failed.extend(also(output.reporter, outcome, &in_file).err());
    }
    failed
}

/// Adds the second report that the platform of a reporter takes to the file that it names.
fn also(reporter: &Reporter, outcome: &Outcome, style: &Style) -> io::Result<()> {
    let Some(also) = &reporter.also else {
        return Ok(());
    };
    let path = env::var_os(also.variable).filter(|path| !path.is_empty());
    let (Some(path), Some(second)) = (path, report::find(also.format)) else {
        return Ok(());
    };
    let fill = |out: &mut dyn io::Write| report::write(second, outcome, style, out);
    file::append(Path::new(&path), fill).map_err(|error| {
        named(
            format_args!("{} (${})", Path::new(&path).display(), also.variable),
            &error,
        )
    })
}

/// An error that says which file it is about. It is of no kind: that a pipe is broken is a reason
/// to be silent only of standard output.
fn named(path: impl fmt::Display, error: &io::Error) -> io::Error {
    io::Error::other(format!("{path}: {error}"))
}

/// What the files of an outcome are called from the root of the repository, if not as people call
/// them.
fn paths(outcome: &Outcome) -> BTreeMap<String, String> {
    let Ok(start) = env::current_dir() else {
        return BTreeMap::new();
    };
    let mut checkout = Checkout::around(&start);
    let names = outcome.files.iter().map(|file| &file.name);
    let paths = names.map(|name| (name.clone(), checkout.path_of(name)));
    paths.filter(|(name, path)| name != path).collect()
}
