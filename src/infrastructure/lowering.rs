//! What lowering adds to a project.

use std::collections::{BTreeMap, BTreeSet};

use super::Mapping;
use crate::model::{Declarations, Document, Field as _};
use crate::source::{
    FileId, Files, Linked, Problem, Span, Spanned, Through, Trace, Traced, Unread,
};

/// What the code of a project came to.
#[derive(Debug, Default)]
pub struct Lowered {
    /// What it declares.
    pub declarations: Declarations,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
    /// What is in it and not read, in the order in which it was found.
    pub unread: Vec<Unread>,
    /// The types of resource that nothing is made of, by name, each at the first resource of it.
    pub not_mapped: BTreeMap<String, Unread>,
    /// The files that turned out to be of no use to their dialect.
    pub foreign: Vec<FileId>,
    /// The symbolic links that stand for what was read.
    pub followed: Vec<String>,
    /// What the code says was called otherwise before.
    pub moved: Vec<Moved>,
    /// The value that is asked about, if one is.
    pub trace: Option<Trace>,
}

/// Something that is called otherwise than before, and is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it is part of: the folder of a root module, as shown to people.
    pub system: String,
    /// Its address before.
    pub from: String,
    /// Its address now.
    pub to: String,
}

impl Moved {
    /// What is at an address of a system is called now, if it was moved since. One move after the other is
    /// followed, and each once: they may lead in a circle.
    pub fn followed(all: &[Self], system: &str, mut address: String) -> String {
        let moves: Vec<_> = all.iter().filter(|it| it.system == system).collect();
        let mut done = vec![false; moves.len()];
        while let Some((at, to)) = moves.iter().enumerate().find_map(|(at, it)| {
            let rest = address.strip_prefix(&*it.from).filter(|_| !done[at])?;
            let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
            is_whole.then(|| (at, format!("{}{rest}", it.to)))
        }) {
            done[at] = true;
            address = to;
        }
        address
    }

    /// What is called `id` among everything is called now: an address, after the name of its system if that
    /// has one.
    pub fn renamed(all: &[Self], id: &str) -> String {
        let systems: BTreeSet<&str> = all.iter().map(|it| &*it.system).collect();
        let mut renamed = systems.into_iter().filter_map(|system| {
            let address = match system {
                "" => id,
                system => id.strip_prefix(system)?.strip_prefix(':')?,
            };
            let now = Self::followed(all, system, address.to_owned());
            let is_moved = now != address;
            is_moved.then(|| match system {
                "" => now,
                system => format!("{system}:{now}"),
            })
        });
        renamed.next().unwrap_or_else(|| id.to_owned())
    }
}

/// A file of values that a root module is given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarFile {
    /// The folder of the root, as shown to people; empty for the folder of the run.
    pub root: String,
    /// The path of the file, as shown to people.
    pub path: String,
    /// Where the configuration names it.
    pub span: Span,
}

/// What dialects are told besides the files.
#[derive(Clone, Copy)]
pub struct Settings<'l> {
    /// The globs of `infrastructure.rendered`, as a question about a path.
    pub is_rendered: &'l dyn Fn(&str) -> bool,
    /// The files of `infrastructure.roots`, in their order.
    pub var_files: &'l [VarFile],
    /// The symbolic links that lead to something in the checkout.
    pub links: &'l [Linked],
    /// What was moved since: what is lowered is called as it is now.
    pub moved: &'l [Moved],
    /// What custom resources mean.
    pub mappings: &'l [Mapping],
}

/// What a dialect lowers into.
pub struct Lowering<'l> {
    files: &'l mut Files,
    lowered: &'l mut Lowered,
    format: &'static str,
    settings: Settings<'l>,
    /// What was said not to be there, by sort and name.
    not_found: BTreeSet<(&'static str, String)>,
}

impl<'l> Lowering<'l> {
    /// What the dialect called `format` lowers into.
    pub fn new(
        format: &'static str,
        files: &'l mut Files,
        lowered: &'l mut Lowered,
        settings: Settings<'l>,
    ) -> Self {
        Self {
            files,
            lowered,
            format,
            settings,
            not_found: BTreeSet::new(),
        }
    }

    /// What is declared, to be added to.
    pub fn declarations(&mut self) -> &mut Declarations {
        &mut self.lowered.declarations
    }

    /// Says that a file is read: it becomes a document, which its entities are declared in. Once for
    /// each file.
    pub fn document(&mut self, file: FileId) {
        let name: Box<str> = self.files.get(file).name.as_str().into();
        let start = Span::file_start(file);
        let mut document = crate::model::Declare::declared(Spanned::new(name.clone(), start));
        let Document { path, format, .. } = &mut document;
        path.state(Spanned::new(name, start));
        format.state(Spanned::new(self.format.into(), start));
        self.lowered.declarations.documents.push(document);
    }

    /// Adds a problem.
    pub fn problem(&mut self, problem: Problem) {
        self.lowered.problems.push(problem);
    }

    /// Says that something is there and not read, with the reason; it is counted in every report.
    pub fn unread(&mut self, unread: Unread) {
        self.lowered.unread.push(unread);
    }

    /// Says that something which is named, maybe in many places, is not there to be read. Counted once for each
    /// name.
    pub fn not_found(&mut self, unread: Unread) {
        if self.not_found.insert((unread.what.0, unread.name.clone())) {
            self.lowered.unread.push(unread);
        }
    }

    /// Says that resources of a type are there and nothing is made of them. Counted once for each type.
    pub fn not_mapped(&mut self, unread: Unread) {
        let types = &mut self.lowered.not_mapped;
        if !types.contains_key(&unread.name) {
            types.insert(unread.name.clone(), unread);
        }
    }

    /// Says that a file is of no use, although it looked as if it could be.
    pub fn foreign(&mut self, file: FileId) {
        self.lowered.foreign.push(file);
    }

    /// Whether a file holds what another tool made.
    pub fn is_rendered(&self, name: &str) -> bool {
        (self.settings.is_rendered)(name)
    }

    /// The files of values that root modules are given on the command line.
    pub fn var_files(&self) -> &'l [VarFile] {
        self.settings.var_files
    }

    /// What custom resources mean.
    pub fn mappings(&self) -> &'l [Mapping] {
        self.settings.mappings
    }

    /// The symbolic links that lead to something in the checkout.
    pub fn links(&self) -> &'l [Linked] {
        self.settings.links
    }

    /// What was moved since.
    pub fn moves(&self) -> &'l [Moved] {
        self.settings.moved
    }

    /// Says that something was called otherwise before.
    pub fn moved(&mut self, moved: Moved) {
        self.lowered.moved.push(moved);
    }

    /// Says that a link stands for what was read.
    pub fn followed(&mut self, link: &Linked) {
        self.lowered.followed.push(link.name.clone());
    }

    /// The attribute whose value is asked about, with the address before it.
    pub fn wanted(&self) -> Option<&str> {
        self.lowered.trace.as_ref().map(|trace| &*trace.wanted)
    }

    /// Answers what is asked about a value, in one instance.
    pub fn traced(&mut self, traced: Traced) {
        if let Some(trace) = &mut self.lowered.trace {
            trace.found.push(traced);
        }
    }

    /// The place of a value that is written at `written`, the literal to change, and came through
    /// other places, those next to it first.
    pub fn place(&mut self, written: Span, through: &[Through]) -> Span {
        self.files.through(written, through)
    }

    /// The whole text of a file.
    pub fn source(&self, file: FileId) -> &str {
        self.files.get(file).text()
    }

    /// Hides a secret that is written at a span from every report.
    pub fn hide(&mut self, span: Span) {
        self.files.hide(span);
    }

    /// The path of a file, as shown to people.
    pub fn name(&self, file: FileId) -> &str {
        &self.files.get(file).name
    }

    /// What is written at a span.
    pub fn text(&self, span: Span) -> &str {
        self.files.slice(span)
    }
}
