//! Files to declarations: read and parsed in parallel, added to the outcome in order.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::Progress;
use crate::finding::Outcome;
use crate::format::{Format, Reading};
use crate::model::Declarations;
use crate::source::{
    Candidate, FileId, Found, MissingObject, ObjectId, Origin, Problem, ProblemKind, Skip, Skipped,
    SourceFile, Span, Unreadable, is_lfs_pointer,
};
use crate::syntax::Limits;

/// A file that was read.
pub(super) struct Held {
    pub(super) file: FileId,
    /// What git calls what it holds, if that is known.
    pub(super) object: Option<ObjectId>,
    pub(super) claimed: bool,
    pub(super) skipped: bool,
}

/// Adds a file that must be readable; if it is not, that is a problem and its text is empty.
pub(super) fn admit(candidate: &Candidate, kind: ProblemKind, outcome: &mut Outcome) -> FileId {
    let id = FileId(u32::try_from(outcome.files.len()).unwrap_or(u32::MAX));
    let limits = Limits::default();
    let text = match candidate.read(limits.file_bytes) {
        Ok(bytes) => text(bytes, candidate, id, &mut outcome.problems),
        Err(error) => {
            let unreadable = Unreadable {
                name: candidate.name.clone(),
                error,
            };
            outcome
                .problems
                .push(unreadable_problem(&unreadable, Some(id)));
            String::new()
        }
    };
    for problem in &mut outcome.problems {
        if problem
            .labels
            .first()
            .is_some_and(|label| label.span.file == id)
        {
            problem.kind = kind;
        }
    }
    outcome.files.add(SourceFile::new(&candidate.name, text))
}

fn unreadable_problem(unreadable: &Unreadable, file: Option<FileId>) -> Problem {
    let Unreadable { name, error } = unreadable;
    let missing = MissingObject::behind(error);
    let code = missing.map_or("unreadable", |_| "missing-object");
    let mut problem = Problem::input(code, format!("`{name}` cannot be read: {error}"));
    if let Some(missing) = missing {
        problem = problem.help(missing.help());
    }
    match file {
        Some(file) => problem.at(Span::file_start(file), "nothing of it is checked"),
        None => problem,
    }
}

fn too_large(candidate: &Candidate, file: FileId, limits: &Limits) -> Problem {
    let (name, most) = (&candidate.name, limits.file_bytes);
    let message = format!("`{name}` has more than the {most} bytes that are read");
    Problem::input("file-too-large", message)
        .at(Span::file_start(file), "nothing of it is checked")
        .help("split the file, or raise `file-bytes` under `limits` in `palisade.yaml`")
}

fn lfs_pointer(candidate: &Candidate, file: FileId) -> Problem {
    let message = format!("`{}` is a pointer of Git LFS", candidate.name);
    Problem::input("lfs-pointer", message)
        .at(
            Span::file_start(file),
            "its content is kept elsewhere, and is not checked",
        )
        .help(
            "keep documents out of Git LFS: `git lfs untrack` the pattern, and add the file again",
        )
}

/// The bytes as text; where they are not UTF-8, the text before that, and a problem.
fn text(bytes: Vec<u8>, from: &Candidate, file: FileId, problems: &mut Vec<Problem>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let at = u32::try_from(valid).unwrap_or(u32::MAX);
            problems.push(
                Problem::input("not-utf-8", format!("`{}` is not UTF-8", from.name))
                    .at(Span::new(file, at, at), "no character starts here")
                    .help("save the file as UTF-8"),
            );
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).unwrap_or_default()
        }
    }
}

/// A file after reading; the text is empty if it is no document.
pub(super) struct Read {
    pub(super) source: SourceFile,
    reading: Reading,
    pub(super) claimed: bool,
    object: Option<ObjectId>,
    skip: Option<Skip>,
}

/// So many files that claim to be no documents are named.
const UNCLAIMED_NAMES: usize = 3;

/// The files that may hold documents, each with its format; the others are counted.
pub(super) fn known(found: &mut Found, outcome: &mut Outcome) -> Vec<(Candidate, &'static Format)> {
    for unreadable in &found.unreadable {
        outcome.problems.push(unreadable_problem(unreadable, None));
    }
    outcome.summary.skipped.append(&mut found.skipped);
    let all = std::mem::take(&mut found.candidates);
    let total = all.len() + found.links;
    let known = all
        .into_iter()
        .filter_map(|candidate| format_of(&candidate).map(|format| (candidate, format)));
    let known: Vec<_> = known.collect();
    outcome.summary.unclaimed += total - known.len();
    known
}

/// Reads files; the first is to be called `first`. `hash` says whether to tell what git calls the
/// contents of those that are not in a repository.
pub(super) fn read(
    candidates: Vec<(Candidate, &'static Format)>,
    limits: &Limits,
    hash: bool,
    progress: &Progress,
    first: usize,
) -> Vec<Read> {
    progress
        .files
        .fetch_add(candidates.len(), Ordering::Relaxed);
    let files = candidates.into_par_iter().enumerate();
    files
        .map(|(at, (candidate, format))| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            let read = read_file(candidate, format, id, limits, hash);
            progress.read.fetch_add(1, Ordering::Relaxed);
            read
        })
        .collect()
}

/// Reads the files that may be documents; those that are, in order.
pub(crate) fn read_all(
    found: &mut Found,
    limits: &Limits,
    progress: &Progress,
    outcome: &mut Outcome,
) -> Vec<(FileId, Reading)> {
    let candidates = known(found, outcome);
    let read = read(candidates, limits, false, progress, outcome.files.len());
    let added = add(read, outcome).into_iter();
    let documents = added.filter(|(held, _)| held.claimed);
    documents
        .map(|(held, reading)| (held.file, reading))
        .collect()
}

/// Adds files that were read, with what is wrong in them.
pub(super) fn take(read: Vec<Read>, outcome: &mut Outcome) -> (Declarations, Vec<Held>) {
    let mut declarations = Declarations::default();
    let mut all = Vec::with_capacity(read.len());
    for (held, reading) in add(read, outcome) {
        outcome.problems.extend(reading.problems);
        declarations.append(reading.declarations);
        all.push(held);
    }
    (declarations, all)
}

/// Adds files that were read.
fn add(read: Vec<Read>, outcome: &mut Outcome) -> Vec<(Held, Reading)> {
    let mut added = Vec::with_capacity(read.len());
    for file in read {
        let summary = &mut outcome.summary;
        match file.skip {
            Some(why) => summary.skipped.push(Skipped {
                name: file.source.name.clone(),
                why,
            }),
            None if !file.claimed => {
                summary.unclaimed += 1;
                if summary.unclaimed_names.len() < UNCLAIMED_NAMES {
                    summary.unclaimed_names.push(file.source.name.clone());
                }
            }
            None => {}
        }
        let held = Held {
            file: outcome.files.add(file.source),
            object: file.object,
            claimed: file.claimed,
            skipped: file.skip.is_some(),
        };
        added.push((held, file.reading));
    }
    added
}

/// The format that a file may hold; whatever it is called, one that is named must hold one.
fn format_of(candidate: &Candidate) -> Option<&'static Format> {
    let by_extension = Format::of(candidate.name.as_ref());
    by_extension.or(candidate.named.then(|| &crate::format::FORMATS[0]))
}

fn read_file(
    candidate: Candidate,
    format: &Format,
    file: FileId,
    limits: &Limits,
    hash: bool,
) -> Read {
    let mut reading = Reading::default();
    let nothing = |name: String, reading, claimed| Read {
        source: SourceFile::new(name, ""),
        reading,
        claimed,
        object: None,
        skip: None,
    };
    let bytes = match candidate.read(limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let name = candidate.name.clone();
            let unreadable = Unreadable { name, error };
            reading
                .problems
                .push(unreadable_problem(&unreadable, Some(file)));
            return nothing(candidate.name, reading, true);
        }
    };
    let object = match &candidate.origin {
        Origin::Blob(blob) => Some(blob.id()),
        _ if hash && bytes.len() <= limits.file_bytes as usize => ObjectId::of(&bytes),
        _ => None,
    };
    if is_lfs_pointer(&bytes) {
        if candidate.named {
            reading.problems.push(lfs_pointer(&candidate, file));
        }
        return Read {
            object,
            skip: (!candidate.named).then_some(Skip::LfsPointer),
            ..nothing(candidate.name, reading, candidate.named)
        };
    }
    if !candidate.named && !(format.claims)(&bytes) {
        return Read {
            object,
            ..nothing(candidate.name, reading, false)
        };
    }
    let mut problems = Vec::new();
    let text = if bytes.len() > limits.file_bytes as usize {
        problems.push(too_large(&candidate, file, limits));
        String::new()
    } else {
        text(bytes, &candidate, file, &mut problems)
    };
    if problems.is_empty() {
        reading = (format.read)(file, &candidate.name, &text, limits);
    } else {
        reading.problems = problems;
    }
    let expansions = std::mem::take(&mut reading.expansions);
    let pieces = std::mem::take(&mut reading.pieces);
    Read {
        source: SourceFile::new(candidate.name, text)
            .with_expansions(expansions)
            .with_pieces(pieces),
        reading,
        claimed: true,
        object,
        skip: None,
    }
}
