//! Files to declarations: read and parsed in parallel, added to the outcome in order.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::{Progress, Scope};
use crate::config;
use crate::finding::Outcome;
use crate::format::{Claim, Doubt, FORMATS, Format, Reading};
use crate::infrastructure::{self, Claim as IsCode, Content, Dialect, Source};
use crate::model::Declarations;
use crate::source::{
    Candidate, Code as ProblemCode, Digest, End, FileId, Foreign, Found, Linked, MissingObject,
    ObjectId, Origin, Problem, ProblemKind, Skip, SourceFile, Span, Unreadable, is_encrypted,
    is_lfs_pointer,
};
use crate::syntax::Limits;

/// The problems that keep a document, or part of one, from being read: what it declares is not
/// known.
const UNREAD: [ProblemCode; 22] = [
    ProblemCode::Conflict,
    ProblemCode::Encrypted,
    ProblemCode::FenceLanguage,
    ProblemCode::FileTooLarge,
    ProblemCode::Filtered,
    ProblemCode::JsonSyntax,
    ProblemCode::LfsPointer,
    ProblemCode::MissingObject,
    ProblemCode::NestingLimit,
    ProblemCode::NoFence,
    ProblemCode::NoMarker,
    ProblemCode::NotADocument,
    ProblemCode::NotASection,
    ProblemCode::NotUtf8,
    ProblemCode::ProblemLimit,
    ProblemCode::UnclosedFence,
    ProblemCode::UnknownFormat,
    ProblemCode::UnknownSection,
    ProblemCode::UnknownVersion,
    ProblemCode::UnmarkedDocument,
    ProblemCode::Unreadable,
    ProblemCode::YamlSyntax,
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
    /// What is in it, if it is infrastructure code.
    pub(super) code: Option<Code>,
}

/// Infrastructure code of one file, to be lowered with the rest of the project.
pub(super) struct Code {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) content: Content,
}

/// What may read a file.
#[derive(Clone)]
pub(super) struct Readers {
    /// The name of a link to it, if that says what it is and its own name does not.
    called: Option<String>,
    format: Option<&'static Format>,
    dialects: Vec<&'static dyn Dialect>,
    /// Whether its name says that it is a copy of a configuration which is there.
    is_copy: bool,
    /// Why a file is none of ours that is not marked.
    unmarked: Foreign,
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
    let code = missing.map_or(ProblemCode::Unreadable, |_| ProblemCode::MissingObject);
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
    Problem::input(ProblemCode::FileTooLarge, message)
        .at(Span::file_start(file), "nothing of it is checked")
        .help("split the file, or raise `file-bytes` under `limits` in `palisade.yaml`")
}

/// The problem of a file whose content is somewhere else.
fn unavailable(candidate: &Candidate, file: FileId, why: Skip) -> Problem {
    let (code, what, help) = match why {
        Skip::Encrypted => (
            ProblemCode::Encrypted,
            "is encrypted by git-crypt",
            "unlock the repository with `git-crypt unlock`, and keep documents out of git-crypt",
        ),
        Skip::Filtered => (
            ProblemCode::Filtered,
            "is filtered by git, and not stored as it is",
            "keep documents out of filters, or check the work tree without `--staged` and `--rev`",
        ),
        _ => (
            ProblemCode::LfsPointer,
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
                Problem::input(
                    ProblemCode::NotUtf8,
                    format!("`{}` is not UTF-8", from.name),
                )
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
    code: Option<Code>,
}

impl Read {
    /// Whether it is a document, or may have been meant to be one.
    pub(super) fn claimed(&self) -> bool {
        matches!(self.end, End::Read | End::Problem)
    }

    /// Whether it is infrastructure code, or may be part of some.
    pub(super) fn is_code(&self) -> bool {
        self.code.is_some()
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

/// The dialects that a configuration wants read.
pub(super) fn dialects(config: &config::Config) -> Vec<&'static dyn Dialect> {
    let all = infrastructure::DIALECTS.iter().copied();
    all.filter(|dialect| config.infrastructure.reads(dialect.name()))
        .collect()
}

/// The files that may hold documents, each with its format. What becomes of the others goes to the
/// ledger of `outcome`.
pub(super) fn known(
    found: &mut Found,
    dialects: &[&'static dyn Dialect],
    scope: Option<&Scope>,
    outcome: &mut Outcome,
) -> Vec<(Candidate, Readers)> {
    let ledger = &mut outcome.summary.ledger;
    for unreadable in &found.unreadable {
        outcome.problems.push(unreadable_problem(unreadable, None));
        ledger.add(&unreadable.name, End::Problem);
    }
    for skipped in std::mem::take(&mut found.skipped) {
        ledger.add(skipped.name, End::LeftOut(skipped.why));
    }
    let settings = std::mem::take(&mut found.settings);
    for name in &settings {
        ledger.add(name, End::Setting);
    }
    let mut known = Vec::with_capacity(found.candidates.len());
    let called = called(&found.links, dialects);
    // A folder of test data that is all that is looked at is meant.
    let mut candidates = std::mem::take(&mut found.candidates);
    // In whatever order they come, the report is the same.
    candidates.sort_by(|a, b| a.name.cmp(&b.name));
    let names = || candidates.iter().map(|it| it.name.as_str());
    let test_data = infrastructure::TestData::of(names());
    let is_only = names().all(|name| test_data.around(name).is_some());
    for candidate in candidates {
        let tests = test_data.around(&candidate.name).filter(|folder| {
            let is_named = scope.is_some_and(|scope| scope.reaches(folder));
            !candidate.named
                && !is_named
                && !is_only
                && dialects.iter().any(|it| it.may_hold(&candidate.name))
        });
        let readers = match tests {
            Some(_) => readers_of(&candidate, &[]).map(|readers| Readers {
                unmarked: Foreign::TestData,
                ..readers
            }),
            None => match called.get(&candidate.name) {
                Some(link) => readers_of(link, dialects).map(|readers| Readers {
                    called: Some(link.name.clone()),
                    ..readers
                }),
                None => readers_of(&candidate, dialects),
            },
        };
        let is_copy = config::copied(&candidate.name).is_some_and(|of| settings.contains(&of));
        match readers {
            Some(readers) => known.push((candidate, Readers { is_copy, ..readers })),
            None if tests.is_some() => {
                ledger.add(candidate.name, End::NotOurs(Foreign::TestData));
            }
            None if is_copy => ledger.add(candidate.name, End::NotOurs(Foreign::Extension)),
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

/// Whether a symbolic link of this name stands for the file that it leads to.
pub(super) fn follows(name: &str) -> bool {
    infrastructure::DIALECTS.iter().any(|it| it.follows(name))
}

/// Files that only the name of a link tells what they are, each as it is called by that.
fn called(links: &[Linked], dialects: &[&'static dyn Dialect]) -> HashMap<String, Candidate> {
    let follows = |name: &str| dialects.iter().any(|it| it.follows(name));
    let links = links
        .iter()
        .filter(|link| follows(&link.name) && !follows(&link.to));
    let called = links.filter_map(|link| {
        let name = link.name.clone();
        Some((
            link.to.clone(),
            Candidate {
                name,
                ..link.target()?
            },
        ))
    });
    called.collect()
}

/// So many files are read before what they declare is put together.
const SHARE: usize = 1024;

/// Reads files, and puts together what they declare; the first is to be called `first`.
///
/// A share of the files at a time: what is declared is most of the memory that a project takes, and is
/// never there twice as a whole.
pub(super) fn read(
    candidates: Vec<(Candidate, Readers)>,
    how: How<'_>,
    first: usize,
) -> (Vec<Read>, Declarations) {
    how.progress
        .files
        .fetch_add(candidates.len(), Ordering::Relaxed);
    let mut all = Vec::with_capacity(candidates.len());
    let mut declarations = Declarations::default();
    let mut candidates = candidates.into_iter();
    while !candidates.as_slice().is_empty() {
        let share = candidates.by_ref().take(SHARE).collect();
        let mut read = read_each(share, how, first + all.len());
        for file in &mut read {
            declarations.append(std::mem::take(&mut file.reading.declarations));
        }
        all.append(&mut read);
    }
    (all, declarations)
}

/// Reads files, each by itself.
fn read_each(candidates: Vec<(Candidate, Readers)>, how: How<'_>, first: usize) -> Vec<Read> {
    let files = candidates.into_par_iter().enumerate();
    files
        .map(|(at, (candidate, readers))| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            let read = read_file(candidate, &readers, id, how);
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
    let candidates = known(found, &[], None, outcome);
    let how = How {
        limits,
        depth: Depth::Read { hash: false },
        progress,
    };
    progress
        .files
        .fetch_add(candidates.len(), Ordering::Relaxed);
    let read = read_each(candidates, how, outcome.files.len());
    let added = add(read, outcome).into_iter();
    let documents = added.filter(|(held, _)| held.claimed);
    documents
        .map(|(held, reading)| (held.file, reading))
        .collect()
}

/// Adds files that were read, with what is wrong in them.
pub(super) fn take(read: Vec<Read>, outcome: &mut Outcome) -> Vec<Held> {
    let added = add(read, outcome).into_iter();
    let held = added.map(|(held, reading)| {
        outcome.problems.extend(reading.problems);
        held
    });
    held.collect()
}

/// Adds files that were read, and what became of them to the ledger.
fn add(read: Vec<Read>, outcome: &mut Outcome) -> Vec<(Held, Reading)> {
    let mut added = Vec::with_capacity(read.len());
    for file in read {
        let claimed = file.claimed();
        // What becomes of code is known once all of it is lowered.
        if file.code.is_none() {
            outcome.summary.ledger.add(&file.source.name, file.end);
        }
        let held = Held {
            file: outcome.files.add(file.source),
            object: file.object,
            claimed,
            skipped: matches!(file.end, End::LeftOut(_)),
            code: file.code,
        };
        added.push((held, file.reading));
    }
    added
}

/// What may read a file, by its name; what is named and has no name that says so may be read by the
/// first format.
fn readers_of(candidate: &Candidate, dialects: &[&'static dyn Dialect]) -> Option<Readers> {
    let by_extension = Format::of(candidate.name.as_ref());
    let all = dialects.iter().copied();
    let dialects: Vec<_> = all
        .filter(|dialect| dialect.may_hold(&candidate.name))
        .collect();
    let format = match dialects.is_empty() {
        true => by_extension.or(candidate.named.then(|| &FORMATS[0])),
        false => by_extension,
    };
    let is_known = format.is_some() || !dialects.is_empty();
    is_known.then_some(Readers {
        called: None,
        is_copy: false,
        format,
        dialects,
        unmarked: Foreign::Unmarked,
    })
}

impl Readers {
    /// Takes in everything that what is read may depend on.
    pub(super) fn digest(&self, digest: &mut Digest) {
        digest.text(self.called.as_deref().unwrap_or_default());
        digest.text(self.format.map_or("", |format| format.name));
        digest.number(self.dialects.len() as u64);
        let dialects = self.dialects.iter();
        dialects.for_each(|dialect| digest.text(dialect.name()));
        digest.number(u64::from(self.is_copy));
        digest.number(self.unmarked as u64);
    }

    fn is_markdown(&self) -> bool {
        self.format.is_some_and(|format| format.name == "markdown")
    }

    /// What a text says of itself to the format.
    fn claim(&self, bytes: &[u8]) -> Claim {
        self.format
            .map_or(Claim::None, |format| (format.claims)(bytes))
    }

    /// The dialect that a text is most likely of.
    fn dialect(&self, name: &str, bytes: &[u8]) -> Option<(&'static dyn Dialect, IsCode)> {
        let dialects = self.dialects.iter().copied();
        let claims = dialects.map(|dialect| (dialect, dialect.claims(name, bytes)));
        let mut best = None;
        for (dialect, claim) in claims {
            if claim > best.map_or(IsCode::No, |(_, best)| best) {
                best = Some((dialect, claim));
            }
        }
        best
    }
}

/// Reads a file, and decides what becomes of it.
fn read_file(candidate: Candidate, readers: &Readers, file: FileId, how: How<'_>) -> Read {
    let limits = how.limits;
    let link = readers.called.as_deref();
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
        code: None,
    };
    let is_filtered = || {
        matches!(&candidate.origin, Origin::Blob(blob)
            if readers.claim(&bytes) != Claim::Document && blob.is_filtered())
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
    let claim = readers.claim(&bytes);
    let may_be_mistaken = claim != Claim::Document && !readers.is_copy;
    if may_be_mistaken && config::is_mistaken(&candidate.name, &bytes) {
        let problem =
            config::mistaken(&candidate.name).at(Span::file_start(file), "nothing in it applies");
        return refused(candidate.name, String::new(), object, problem);
    }
    // What is marked as a document is one; what only may have been meant to be one may be code.
    let likely = match claim {
        Claim::Document => None,
        _ => readers.dialect(link.unwrap_or(&candidate.name), &bytes),
    };
    let code = match likely {
        Some((dialect, IsCode::Yes)) => Some(dialect),
        Some((dialect, _)) if claim == Claim::None && !candidate.named => Some(dialect),
        _ => None,
    };
    match claim {
        Claim::Document => {}
        _ if code.is_some() => {}
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
            let is_prose = readers.is_markdown() && !fences.iter().any(has);
            let why = if is_prose || readers.format.is_none() {
                Foreign::Extension
            } else {
                readers.unmarked
            };
            return nothing(candidate.name, End::NotOurs(why));
        }
        Claim::OtherUse => return nothing(candidate.name, End::NotOurs(Foreign::OtherUse)),
    }
    if how.depth == Depth::Look {
        let end = match likely {
            Some((_, IsCode::Maybe)) if code.is_some() => End::NotOurs(Foreign::Code),
            _ => End::Read,
        };
        return nothing(candidate.name, end);
    }
    if bytes.len() > limits.file_bytes as usize {
        let problem = too_large(&candidate, file, limits);
        return refused(candidate.name, String::new(), object, problem);
    }
    let mut problems = Vec::new();
    let text = text(bytes, &candidate, file, &mut problems);
    if problems.is_empty() {
        problems.extend(conflict(readers, &candidate, &text, file));
    }
    if let Some(problem) = problems.pop() {
        return refused(candidate.name, text, object, problem);
    }
    if let Some(dialect) = code {
        let parsed = dialect.parse(
            &Source {
                file,
                name: link.unwrap_or(&candidate.name),
                text: &text,
            },
            limits,
        );
        let is_meant = matches!(likely, Some((_, IsCode::Yes)));
        return Read {
            source: SourceFile::new(candidate.name, text).with_expansions(parsed.expansions),
            reading: Reading {
                problems: parsed.problems,
                ..Reading::default()
            },
            object,
            end: match is_meant {
                true => End::Read,
                false => End::NotOurs(Foreign::Code),
            },
            code: Some(Code {
                dialect,
                content: parsed.content,
            }),
        };
    }
    let Some(format) = readers.format else {
        return nothing(candidate.name, End::NotOurs(Foreign::Extension));
    };
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
        code: None,
    }
}

/// Whether there is something that reads files of this name.
pub fn may_be_read(name: &str) -> bool {
    Format::of(name.as_ref()).is_some() || infrastructure::dialects_of(name).next().is_some()
}

/// Whether a file that was named is a document, or infrastructure code. One that cannot be read is
/// not.
pub fn is_document(candidate: &Candidate) -> bool {
    let Ok(bytes) = candidate.read(Limits::default().file_bytes) else {
        return false;
    };
    let readers = readers_of(candidate, infrastructure::DIALECTS);
    readers.is_some_and(|readers| {
        let likely = || readers.dialect(&candidate.name, &bytes);
        readers.claim(&bytes) == Claim::Document || matches!(likely(), Some((_, IsCode::Yes)))
    })
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
        code: None,
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
    Problem::input(ProblemCode::UnmarkedDocument, doubt.message.clone())
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
    Problem::input(ProblemCode::UnknownFormat, message)
        .at(Span::file_start(file), "the file is not read")
        .help(format!(
            "documents are in files with {}",
            extensions.join(", ")
        ))
}

/// The problem of a conflict of git that is not resolved: its markers would be many syntax errors.
fn conflict(readers: &Readers, from: &Candidate, text: &str, file: FileId) -> Option<Problem> {
    // A page may be about conflicts.
    if readers.is_markdown() {
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
        Problem::input(ProblemCode::Conflict, message)
            .at(span(ours), "one version begins here")
            .at(span(theirs), "the other one ends here")
            .help("choose between the versions, and remove the three lines that mark them"),
    )
}
