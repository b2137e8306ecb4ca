//! The roots of a project: folders that no other folder calls as a module.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::eval::{Budget, Evaluator, Texts};
use super::links::Links;
use super::module::{File, Module, holds_values, is_idle, joined};
use super::root::Root;
use super::{Content, hcl::Body, is_code, mapping, registry};
use crate::infrastructure::{Lowering, Unit};
use crate::source::{Code, FileId, Problem, Span, Unread};
use crate::syntax::Limits;

/// The texts that functions may read, by path.
struct Held<'u> {
    texts: BTreeMap<&'u str, (FileId, Arc<str>)>,
    /// Those that were read.
    used: std::cell::RefCell<HashSet<FileId>>,
    links: Links<'u>,
}

impl Texts for Held<'_> {
    fn text(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let (file, text) = self.texts.get(&*self.links.resolve(path))?;
        self.used.borrow_mut().insert(*file);
        Some((*file, text.clone()))
    }

    fn under(&self, folder: &str) -> Vec<String> {
        let real = self.links.resolve(folder);
        let names = self.texts.keys().filter_map(|name| {
            let rest = match real.is_empty() {
                true => Some(*name),
                false => name.strip_prefix(&*real)?.strip_prefix('/'),
            };
            Some(match folder.is_empty() {
                true => rest?.to_owned(),
                false => format!("{folder}/{}", rest?),
            })
        });
        names.collect()
    }

    fn folder(&self, path: &str) -> String {
        self.links.resolve(path).into_owned()
    }
}

/// Adds what the files of a project declare.
pub(super) fn lower(units: &[Unit<'_>], lowering: &mut Lowering<'_>) {
    let mut held = Held {
        texts: BTreeMap::new(),
        used: std::cell::RefCell::default(),
        links: Links::of(lowering.links()),
    };
    let mut files: Vec<File<'_>> = Vec::new();
    let mut plans: BTreeMap<&str, Vec<(FileId, &Arc<str>)>> = BTreeMap::new();
    for unit in units {
        match unit.content.downcast_ref::<Content>() {
            Some(Content::Code(body, problems)) => {
                let mut named = lowering.var_files().iter();
                if named.any(|file| file.path == unit.name) {
                    problems.iter().cloned().for_each(|it| lowering.problem(it));
                }
                lowering.document(unit.file);
                files.push(file(unit, body));
            }
            Some(Content::Plan(text)) => {
                lowering.document(unit.file);
                let folder = unit.name.rsplit_once('/').map_or("", |(folder, _)| folder);
                plans.entry(folder).or_default().push((unit.file, text));
            }
            Some(Content::Text(text)) => {
                held.texts.insert(unit.name, (unit.file, text.clone()));
            }
            None => {}
        }
    }
    let linked = link(units, &mut files, &held.links);
    let stand_ins = registry::stand_ins(&files);
    let stand_ins = stand_ins.iter().map(|(name, at, body)| File {
        name: name.clone(),
        id: at.file,
        body,
    });
    let stand_ins: Vec<File<'_>> = stand_ins.collect();
    let by_folder = by_folder(&files);
    let mut folders: HashMap<String, Module<'_>> = by_folder
        .iter()
        .map(|(folder, named)| {
            let chosen = chosen(folder, &files, lowering);
            ((*folder).to_owned(), Module::of(folder, named, &chosen))
        })
        .collect();
    for file in &stand_ins {
        let mut module = Module::of(&file.name, &[file], &[]);
        module.stands_in = true;
        folders.insert(file.name.clone(), module);
    }
    // A plan may stand alone.
    for folder in plans.keys() {
        let none = || Module::of(folder, &[], &[]);
        folders.entry((*folder).to_owned()).or_insert_with(none);
    }
    let called = called(&folders, &held.links);
    not_named(&files, lowering);
    let limits = Limits::default();
    let mut names: Vec<_> = folders.keys().collect();
    names.sort();
    for name in names {
        let files_of = by_folder.get(name.as_str());
        let is_part = files_of.is_some_and(|files| is_part(files, &linked));
        let stands_in = folders.get(name).is_some_and(|module| module.stands_in);
        if called.contains(name) || is_downloaded(name) || is_part || stands_in {
            continue;
        }
        let evaluator = Evaluator::new(&folders, name, &held, &limits, Budget::default());
        let Some(evaluator) = evaluator else {
            continue;
        };
        let beside = plans.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let start = by_folder.get(name.as_str()).and_then(|files| files.first());
        let exceeded = mapping::lower(Root::of(evaluator, name, lowering), beside);
        if let (Some(limit), Some(start)) = (exceeded, start) {
            let message = format!("the root module `{}` has {limit}", shown(name));
            lowering.problem(
                Problem::input(Code::EvaluationLimit, message)
                    .at(
                        Span::file_start(start.id),
                        "what is beyond the limit is not checked",
                    )
                    .help("check parts of it by themselves, or list it under `exclude`"),
            );
        }
    }
    let used = held.used.into_inner();
    for link in held.links.all() {
        let is_read = match held.texts.get(&*link.to) {
            Some((file, _)) => used.contains(file),
            None if link.origin.is_none() => {
                let inside = |file: &File<'_>| {
                    let rest = file.name.strip_prefix(&*link.to);
                    link.to == "." || rest.is_some_and(|rest| rest.starts_with('/'))
                };
                files.iter().any(inside)
            }
            None => linked.contains_key(&*link.name),
        };
        if is_read {
            lowering.followed(link);
        }
    }
    for (file, _) in held.texts.values() {
        match used.contains(file) {
            true => lowering.document(*file),
            false => lowering.foreign(*file),
        }
    }
}

/// Adds the files that links lead to once more, as the links call them; gives those by the links.
fn link<'u, 'l>(
    units: &[Unit<'u>],
    files: &mut Vec<File<'u>>,
    links: &Links<'l>,
) -> HashMap<&'l str, FileId> {
    let units: HashMap<&str, &Unit<'u>> = units.iter().map(|unit| (unit.name, unit)).collect();
    let mut linked = HashMap::new();
    for link in links.all().filter(|link| is_code(&link.name)) {
        let Some(unit) = units.get(&*link.to) else {
            continue;
        };
        if let Some(Content::Code(body, _)) = unit.content.downcast_ref::<Content>() {
            linked.insert(&*link.name, unit.file);
            files.push(File {
                name: link.name.clone(),
                id: unit.file,
                body,
            });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    linked
}

/// Whether a folder holds nothing but what is part of others, by links: neither a configuration of
/// providers, nor settings, nor values.
fn is_part(files: &[&File<'_>], linked: &HashMap<&str, FileId>) -> bool {
    files.iter().all(|file| {
        let mut kinds = file.body.blocks.iter().map(|block| &*block.kind.text);
        linked.values().any(|it| *it == file.id)
            && !linked.contains_key(&*file.name)
            && !holds_values(&file.name)
            && !kinds.any(|kind| matches!(kind, "provider" | "terraform"))
    })
}

/// The files of values that a root is given on the command line, in their order. One that is not there is
/// named.
fn chosen<'f, 'u>(
    root: &str,
    files: &'f [File<'u>],
    lowering: &mut Lowering<'_>,
) -> Vec<&'f File<'u>> {
    let of_root = lowering.var_files().iter().filter(|file| file.root == root);
    let mut chosen = Vec::new();
    for wanted in of_root {
        match files.iter().find(|file| file.name == wanted.path) {
            Some(file) => chosen.push(file),
            None => lowering.unread(Unread {
                what: ("file of values", "files of values"),
                name: wanted.path.clone(),
                help: "it is not among what is looked at: what it says is not known",
                span: wanted.span,
            }),
        }
    }
    chosen
}

/// Says which files of values nobody names, where Terraform reads none by itself.
fn not_named(files: &[File<'_>], lowering: &mut Lowering<'_>) {
    let named: HashSet<&str> = lowering
        .var_files()
        .iter()
        .map(|file| &*file.path)
        .collect();
    let idle = files.iter().filter(|file| is_idle(&file.name));
    let idle = idle.filter(|file| !named.contains(&*file.name));
    for file in idle {
        lowering.unread(Unread {
            what: ("file of values", "files of values"),
            name: file.name.clone(),
            help: "Terraform reads it only where its command line names it: say which root module it \
                   is for, as in `infrastructure: { roots: { envs/app: { var-files: [prod.tfvars] } } }`",
            span: Span::file_start(file.id),
        });
    }
}

fn file<'u>(unit: &Unit<'u>, body: &'u Body) -> File<'u> {
    File {
        name: unit.name.to_owned(),
        id: unit.file,
        body,
    }
}

/// The files of each folder. Of `a.tf` and `a.tofu` OpenTofu reads the latter.
fn by_folder<'f, 'u>(files: &'f [File<'u>]) -> BTreeMap<&'f str, Vec<&'f File<'u>>> {
    let names: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let is_replaced = |name: &str| {
        let other = name
            .strip_suffix(".tf")
            .map(|stem| format!("{stem}.tofu"))
            .or(name
                .strip_suffix(".tf.json")
                .map(|stem| format!("{stem}.tofu.json")));
        other.is_some_and(|other| names.contains(other.as_str()))
    };
    let mut all: BTreeMap<&str, Vec<&File<'_>>> = BTreeMap::new();
    for file in files.iter().filter(|file| !is_replaced(&file.name)) {
        let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        all.entry(folder).or_default().push(file);
    }
    // A folder of values alone is no module.
    all.retain(|_, files| files.iter().any(|file| !holds_values(&file.name)));
    all
}

/// The folders that others call.
fn called(folders: &HashMap<String, Module<'_>>, links: &Links<'_>) -> HashSet<String> {
    let mut all = HashSet::new();
    for module in folders.values() {
        for call in module.calls.values() {
            let source = call.source().and_then(|source| source.text());
            let source = source.filter(|source| source.starts_with('.'));
            let path = source.and_then(|source| joined(&module.folder, source));
            all.extend(path.map(|path| links.resolve(&path).into_owned()));
        }
    }
    all
}

/// Whether `terraform init` has put a folder there.
fn is_downloaded(folder: &str) -> bool {
    folder.split('/').any(|part| part == ".terraform")
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}
