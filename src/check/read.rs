//! Files to declarations: read and parsed in parallel, added to the outcome in order.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::Progress;
use crate::config;
use crate::finding::Outcome;
use crate::format::{Claim, Doubt, FORMATS, Format, Reading};
use crate::model::Declarations;
use crate::source::{
    Candidate, Code, End, FileId, Foreign, Found, MissingObject, ObjectId, Origin, Problem,
    ProblemKind, Skip, SourceFile, Span, Unreadable, is_encrypted, is_lfs_pointer,
};
use crate::syntax::Limits;

/// The problems that keep a document, or part of one, from being read: what it declares is not
/// known.
const UNREAD: [Code; 22] = [
    Code::Conflict,
    Code::Encrypted,
    Code::FenceLanguage,
    Code::FileTooLarge,
    Code::Filtered,
    Code::JsonSyntax,
    Code::LfsPointer,
    Code::MissingObject,
    Code::NestingLimit,
    Code::NoFence,
    Code::NoMarker,
    Code::NotADocument,
    Code::NotASection,
    Code::NotUtf8,
    Code::ProblemLimit,
    Code::UnclosedFence,
    Code::UnknownFormat,
    Code::UnknownSection,
    Code::UnknownVersion,
    Code::UnmarkedDocument,
    Code::Unreadable,
    Code::YamlSyntax,
];

/// Whether, because of a problem, it is not known what a document declares.
pub(super) fn is_unread(problem: &Problem) -> bool {
    UNREAD.contains(&problem.code)
}

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
    let code = missing.map_or(Code::Unreadable, |_| Code::MissingObject);
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
    Problem::input(Code::FileTooLarge, message)
        .at(Span::file_start(file), "nothing of it is checked")
        .help("split the file, or raise `file-bytes` under `limits` in `palisade.yaml`")
}

/// The problem of a file whose content is somewhere else.
fn unavailable(candidate: &Candidate, file: FileId, why: Skip) -> Problem {
    let (code, what, help) = match why {
        Skip::Encrypted => (
            Code::Encrypted,
            "is encrypted by git-crypt",
            "unlock the repository with `git-crypt unlock`, and keep documents out of git-crypt",
        ),
        Skip::Filtered => (
            Code::Filtered,
            "is filtered by git, and not stored as it is",
            "keep documents out of filters, or check the work tree without `--staged` and `--rev`",
        ),
        _ => (
            Code::LfsPointer,
            "is a pointer of Git LFS",
            "keep documents out of Git LFS: `git lfs untrack` the pattern, and add the file again",
        ),
    };
    let message = format!("`{}` {what}", candidate.name);
    Problem::input(code, message)
        .at(
            Span::file_start(file),
            "its content is kept elsewhere, and is not checked",
        )
        .help(help)
}

/// The bytes as text; where they are not UTF-8, the text before that, and a problem.
fn text(bytes: Vec<u8>, from: &Candidate, file: FileId, problems: &mut Vec<Problem>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let at = u32::try_from(valid).unwrap_or(u32::MAX);
            problems.push(
                Problem::input(Code::NotUtf8, format!("`{}` is not UTF-8", from.name))
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
    object: Option<ObjectId>,
    end: End,
}

impl Read {
    /// Whether it is a document, or may have been meant to be one.
    pub(super) fn claimed(&self) -> bool {
        matches!(self.end, End::Read | End::Problem)
    }
}

/// How far to go with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// To see whether it is a document.
    Look,
    /// To the end. `hash` says whether to tell what git calls a content that is not in a repository.
    Read { hash: bool },
}

/// What reading needs to know of the files of a root.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    pub(super) limits: &'h Limits,
    pub(super) depth: Depth,
    pub(super) progress: &'h Progress,
}

/// The files that may hold documents, each with its format. What becomes of the others goes to the
/// ledger of `outcome`.
pub(super) fn known(found: &mut Found, outcome: &mut Outcome) -> Vec<(Candidate, &'static Format)> {
    let ledger = &mut outcome.summary.ledger;
    for unreadable in &found.unreadable {
        outcome.problems.push(unreadable_problem(unreadable, None));
        ledger.add(&unreadable.name, End::Problem);
    }
    for skipped in std::mem::take(&mut found.skipped) {
        ledger.add(skipped.name, End::LeftOut(skipped.why));
    }
    for name in std::mem::take(&mut found.settings) {
        ledger.add(name, End::Setting);
    }
    let mut known = Vec::with_capacity(found.candidates.len());
    for candidate in std::mem::take(&mut found.candidates) {
        match format_of(&candidate) {
            Some(format) => known.push((candidate, format)),
            None if config::is_nearly_named(&candidate.name) => {
                let bytes = candidate.read(Limits::default().file_bytes);
                if bytes.is_ok_and(|bytes| config::is_mistaken(&candidate.name, &bytes)) {
                    outcome.problems.push(config::mistaken(&candidate.name));
                    ledger.add(candidate.name, End::Problem);
                } else {
                    ledger.add(candidate.name, End::NotOurs(Foreign::Extension));
                }
            }
            None => {
                let why = match found.handed_over.contains(&candidate.name) {
                    true => Foreign::Named,
                    false => Foreign::Extension,
                };
                ledger.add(candidate.name, End::NotOurs(why));
            }
        }
    }
    known
}

/// Reads files; the first is to be called `first`.
pub(super) fn read(
    candidates: Vec<(Candidate, &'static Format)>,
    how: How<'_>,
    first: usize,
) -> Vec<Read> {
    how.progress
        .files
        .fetch_add(candidates.len(), Ordering::Relaxed);
    let files = candidates.into_par_iter().enumerate();
    files
        .map(|(at, (candidate, format))| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            let read = read_file(candidate, format, id, how);
            how.progress.read.fetch_add(1, Ordering::Relaxed);
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
    let how = How {
        limits,
        depth: Depth::Read { hash: false },
        progress,
    };
    let read = read(candidates, how, outcome.files.len());
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
    let read = add(read, outcome);
    if let [_, _, ..] = read.as_slice() {
        let readings = read.iter().map(|(_, reading)| &reading.declarations);
        declarations.reserve_for(&readings.collect::<Vec<_>>());
    }
    for (held, reading) in read {
        outcome.problems.extend(reading.problems);
        declarations.append(reading.declarations);
        all.push(held);
    }
    (declarations, all)
}

/// Adds files that were read, and what became of them to the ledger.
fn add(read: Vec<Read>, outcome: &mut Outcome) -> Vec<(Held, Reading)> {
    let mut added = Vec::with_capacity(read.len());
    for file in read {
        let claimed = file.claimed();
        outcome.summary.ledger.add(&file.source.name, file.end);
        let held = Held {
            file: outcome.files.add(file.source),
            object: file.object,
            claimed,
            skipped: matches!(file.end, End::LeftOut(_)),
        };
        added.push((held, file.reading));
    }
    added
}

/// The format that a file may hold: what its extension says, or of one that is named and has
/// another, the first one.
fn format_of(candidate: &Candidate) -> Option<&'static Format> {
    let by_extension = Format::of(candidate.name.as_ref());
    by_extension.or(candidate.named.then(|| &FORMATS[0]))
}

/// Reads a file, and decides what becomes of it.
fn read_file(candidate: Candidate, format: &Format, file: FileId, how: How<'_>) -> Read {
    let limits = how.limits;
    let bytes = match candidate.read(limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let name = candidate.name.clone();
            let problem = unreadable_problem(&Unreadable { name, error }, Some(file));
            return refused(candidate.name, String::new(), None, problem);
        }
    };
    let object = match (&candidate.origin, how.depth) {
        (Origin::Blob(blob), _) => Some(blob.id()),
        (_, Depth::Read { hash: true }) if bytes.len() <= limits.file_bytes as usize => {
            ObjectId::of(&bytes)
        }
        _ => None,
    };
    let nothing = |name: String, end| Read {
        source: SourceFile::new(name, ""),
        reading: Reading::default(),
        object,
        end,
    };
    let is_filtered = || {
        matches!(&candidate.origin, Origin::Blob(blob)
            if (format.claims)(&bytes) != Claim::Document && blob.is_filtered())
    };
    let kept_elsewhere = match &bytes {
        bytes if is_lfs_pointer(bytes) => Some(Skip::LfsPointer),
        bytes if is_encrypted(bytes) => Some(Skip::Encrypted),
        _ if is_filtered() => Some(Skip::Filtered),
        _ => None,
    };
    match kept_elsewhere {
        Some(why) if candidate.named => {
            let problem = unavailable(&candidate, file, why);
            return refused(candidate.name, String::new(), object, problem);
        }
        Some(why) => return nothing(candidate.name, End::LeftOut(why)),
        None => {}
    }
    let bytes = from_utf_16(&bytes).unwrap_or(bytes);
    let claim = (format.claims)(&bytes);
    if claim != Claim::Document && config::is_mistaken(&candidate.name, &bytes) {
        let problem =
            config::mistaken(&candidate.name).at(Span::file_start(file), "nothing in it applies");
        return refused(candidate.name, String::new(), object, problem);
    }
    match claim {
        Claim::Document => {}
        Claim::None | Claim::OtherUse | Claim::Doubtful(_) if candidate.named => {
            if Format::of(candidate.name.as_ref()).is_none() {
                let problem = no_format(&candidate, file);
                return refused(candidate.name, String::new(), object, problem);
            }
        }
        Claim::Doubtful(doubt) => {
            let mut problems = Vec::new();
            let text = text(bytes, &candidate, file, &mut problems);
            let problem = problems.pop().unwrap_or_else(|| doubtful(&doubt, file));
            return refused(candidate.name, text, object, problem);
        }
        Claim::None => {
            // Every repository has pages of prose.
            let fences = ["```yaml", "```yml", "~~~yaml", "~~~yml"];
            let has = |fence: &&str| memchr::memmem::find(&bytes, fence.as_bytes()).is_some();
            let is_prose = format.name == "markdown" && !fences.iter().any(has);
            let why = if is_prose {
                Foreign::Extension
            } else {
                Foreign::Unmarked
            };
            return nothing(candidate.name, End::NotOurs(why));
        }
        Claim::OtherUse => return nothing(candidate.name, End::NotOurs(Foreign::OtherUse)),
    }
    if how.depth == Depth::Look {
        return nothing(candidate.name, End::Read);
    }
    if bytes.len() > limits.file_bytes as usize {
        let problem = too_large(&candidate, file, limits);
        return refused(candidate.name, String::new(), object, problem);
    }
    let mut problems = Vec::new();
    let text = text(bytes, &candidate, file, &mut problems);
    if problems.is_empty() {
        problems.extend(conflict(format, &candidate, &text, file));
    }
    if let Some(problem) = problems.pop() {
        return refused(candidate.name, text, object, problem);
    }
    let mut reading = (format.read)(file, &candidate.name, &text, limits);
    let expansions = std::mem::take(&mut reading.expansions);
    let pieces = std::mem::take(&mut reading.pieces);
    Read {
        source: SourceFile::new(candidate.name, text)
            .with_expansions(expansions)
            .with_pieces(pieces),
        reading,
        object,
        end: End::Read,
    }
}

/// Whether a file that was named is a document. One that cannot be read is not.
pub fn is_document(candidate: &Candidate) -> bool {
    let bytes = candidate.read(Limits::default().file_bytes);
    let claims = format_of(candidate).map(|format| format.claims);
    bytes.is_ok_and(|bytes| claims.is_some_and(|claims| claims(&bytes) == Claim::Document))
}

/// A file that is not read, because of `problem`.
fn refused(name: String, text: String, object: Option<ObjectId>, problem: Problem) -> Read {
    let reading = Reading {
        problems: vec![problem],
        ..Reading::default()
    };
    Read {
        source: SourceFile::new(name, text),
        reading,
        object,
        end: End::Problem,
    }
}

/// Text in UTF-16 as UTF-8, which YAML may be written in (YAML 1.2.2, section 5.2): with a byte order
/// mark, or known by the zeros beside its first character.
fn from_utf_16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (big_endian, start) = match bytes {
        [0xfe, 0xff, ..] => (true, 2),
        [0xff, 0xfe, ..] => (false, 2),
        [0, first, 0, _, ..] if *first != 0 => (true, 0),
        [first, 0, _, 0, ..] if *first != 0 => (false, 0),
        _ => return None,
    };
    let (pairs, rest) = bytes.get(start..)?.as_chunks::<2>();
    let units = pairs.iter().map(|pair| match big_endian {
        true => u16::from_be_bytes(*pair),
        false => u16::from_le_bytes(*pair),
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok()
        .filter(|_| rest.is_empty())
        .map(String::into_bytes)
}

fn doubtful(doubt: &Doubt, file: FileId) -> Problem {
    let at = Span::new(file, doubt.at.start, doubt.at.end);
    Problem::input(Code::UnmarkedDocument, doubt.message.clone())
        .at(at, "the file is not read")
        .help(
            "a document starts with `palisade: v1`; if this is not one, list it under `exclude` in \
             `palisade.yaml`",
        )
}

fn no_format(candidate: &Candidate, file: FileId) -> Problem {
    let extensions = FORMATS.iter().flat_map(|format| format.extensions);
    let extensions: Vec<_> = extensions
        .map(|extension| format!("`.{extension}`"))
        .collect();
    let message = format!("`{}` is in no format that is read", candidate.name);
    Problem::input(Code::UnknownFormat, message)
        .at(Span::file_start(file), "the file is not read")
        .help(format!(
            "documents are in files with {}",
            extensions.join(", ")
        ))
}

/// The problem of a conflict of git that is not resolved: its markers would be many syntax errors.
fn conflict(format: &Format, from: &Candidate, text: &str, file: FileId) -> Option<Problem> {
    // A page may be about conflicts.
    if format.name == "markdown" {
        return None;
    }
    let line = |marker: &str, from: usize| {
        let mut found = memchr::memmem::find_iter(&text.as_bytes()[from..], marker);
        found.find_map(|at| {
            let at = from + at;
            (at == 0 || text.as_bytes()[at - 1] == b'\n').then_some(at)
        })
    };
    let ours = line("<<<<<<< ", 0)?;
    let theirs = line(">>>>>>> ", ours)?;
    let span = |at: usize| Span::new(file, at as u32, at as u32 + 7);
    let message = format!("`{}` has a conflict that is not resolved", from.name);
    Some(
        Problem::input(Code::Conflict, message)
            .at(span(ours), "one version begins here")
            .at(span(theirs), "the other one ends here")
            .help("choose between the versions, and remove the three lines that mark them"),
    )
}
