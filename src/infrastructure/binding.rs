//! Bindings: what is so of what is read from code, although no code says it.
//!
//! A binding adds, and never overrules: what the code says stays. Of all that a binding is for, it is so of
//! what the code leaves open; one that can only contradict the code is a problem. Of several that state one
//! attribute, the first does.

use std::collections::BTreeSet;

use globset::GlobMatcher;

use super::stating::state;
use crate::model::{
    self, Bound, CommonText, Declarations, Declare, EntityTask, Field, FieldVisitor, Kind, Missing,
    UNKNOWN,
};
use crate::source::{Code, Files, Problem, Span, Spanned, Via, quote};
use crate::syntax::{Node, NodeValue};

/// What is so of some of what is read from code.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where it is written.
    pub span: Span,
    /// What an entity must be like; all must hold.
    pub matches: Vec<Match>,
    /// The attributes to state, by name, each with its value.
    pub set: Vec<(Spanned<Box<str>>, Node)>,
    /// The declared zone that it is in.
    pub zone: Option<Spanned<Box<str>>>,
}

/// Something that an entity must be like.
#[derive(Debug, Clone)]
pub struct Match {
    /// What of it: `path`, `type`, `tag`.
    pub key: Box<str>,
    /// Of `tag`, the name of the tag.
    pub name: Option<Box<str>>,
    /// What it must match.
    pub glob: GlobMatcher,
    /// Where that is written.
    pub span: Span,
}

/// What a binding may match.
pub const MATCHES: [&str; 11] = [
    "path",
    "format",
    "system",
    "type",
    "kind",
    "name",
    "namespace",
    "address",
    "provider",
    "module",
    "tag",
];

impl Binding {
    fn is_for(&self, kind: Kind, import: &model::Import, path: &str) -> bool {
        self.matches.iter().all(|wanted| {
            let text: &str = match &*wanted.key {
                "path" => path,
                "format" => import.format,
                "system" => &import.system,
                "type" => &import.ty,
                "kind" => kind.def().label,
                "name" => &import.name,
                "namespace" => &import.namespace,
                "address" => &import.address,
                "provider" => &import.provider,
                "module" => &import.module,
                _ => {
                    let mut tags = import.tags.iter();
                    return tags.any(|(name, value)| {
                        wanted.name.as_deref() == Some(&**name) && wanted.glob.is_match(&**value)
                    });
                }
            };
            wanted.glob.is_match(text)
        })
    }
}

/// States what `bindings` say of what was read from code: what is stated, and what is wrong. With
/// `whole`, what a binding says of nothing is wrong, too: all files are looked at that it may be for.
/// Paths are matched relative to `folder`.
pub fn bind(
    declarations: &mut Declarations,
    bindings: &[Binding],
    (folder, whole): (&str, bool),
    files: &mut Files,
) -> (Vec<Bound>, Vec<Problem>) {
    let mut binder = Binder {
        bindings,
        folder,
        files,
        used: vec![false; bindings.len()],
        bound: Vec::new(),
        stated: BTreeSet::new(),
        refused: Vec::new(),
        problems: Vec::new(),
    };
    if !bindings.is_empty() {
        declarations.each(&mut binder);
    }
    let mut problems = binder.problems;
    // What is of use to some is no mistake, although others say it themselves.
    let stated = binder.stated;
    let refused = binder.refused.into_iter();
    let refused = refused.filter(|(number, attribute, _)| !stated.contains(&(*number, attribute)));
    problems.extend(refused.map(|(.., problem)| problem));
    let unused = bindings
        .iter()
        .zip(&binder.used)
        .filter(|(_, used)| !**used);
    problems.extend(unused.filter(|_| whole).map(|(binding, _)| {
        let message = "a binding says nothing of anything that is read from code";
        Problem::input(Code::UnusedBinding, message)
            .at(
                binding.span,
                "nothing matches this, or has such an attribute",
            )
            .help("correct its `match` and the names under `set`, or take it out")
    }));
    (binder.bound, problems)
}

struct Binder<'b> {
    bindings: &'b [Binding],
    folder: &'b str,
    files: &'b mut Files,
    used: Vec<bool>,
    bound: Vec<Bound>,
    /// The attributes that a binding states of something, by its number.
    stated: BTreeSet<(usize, &'b str)>,
    /// What the code says otherwise than a binding, by the number of that and the attribute.
    refused: Vec<(usize, &'b str, Problem)>,
    problems: Vec<Problem>,
}

impl EntityTask for Binder<'_> {
    fn run<E: Declare>(&mut self, entity: &mut E) {
        let Some(import) = entity.common().and_then(|it| it.import.clone()) else {
            return;
        };
        let path = match self.folder {
            "" => &*import.path,
            folder => {
                let inside = import.path.strip_prefix(folder);
                inside.map_or(&*import.path, |path| path.trim_start_matches('/'))
            }
        };
        let (kind, id, at) = (entity.kind(), entity.id().value.clone(), entity.id().span);
        let name = format!("{kind}::{id}");
        for (number, binding) in self.bindings.iter().enumerate() {
            if !binding.is_for(kind, &import, path) {
                continue;
            }
            let zone = binding.zone.iter().map(|zone| {
                let attribute = if kind == Kind::Zone { "parent" } else { "zone" };
                let value = Node {
                    span: zone.span,
                    value: NodeValue::Str(zone.value.clone()),
                };
                (attribute, value, false)
            });
            let set = binding.set.iter();
            let set = set.map(|(name, value)| (&*name.value, value.clone(), true));
            for (attribute, value, must) in zone.chain(set).collect::<Vec<_>>() {
                let place = self.files.through(value.span, &[(at, Via::Bound)]);
                let mut setter = Set {
                    value: &value,
                    place,
                    of: binding.span,
                    result: Outcome::Same,
                };
                let is_known = match CommonText::named(attribute) {
                    Some(text) => {
                        setter.visit(entity.common_mut().text_mut(text));
                        true
                    }
                    None => entity.visit_field(attribute, &mut setter),
                };
                if !is_known {
                    continue;
                }
                match setter.result {
                    Outcome::Same => self.used[number] = true,
                    Outcome::Stated => {
                        self.used[number] = true;
                        self.stated.insert((number, attribute));
                        self.bound.push(Bound {
                            entity: name.clone(),
                            attribute: attribute.to_owned(),
                            span: value.span,
                        });
                    }
                    Outcome::Refused(said) if must => {
                        self.used[number] = true;
                        let message = format!(
                            "a binding says that `{attribute}` of {} `{id}` is otherwise than the \
                             code does",
                            kind.def().label
                        );
                        let problem = Problem::input(Code::BindingContradicts, message)
                            .at(value.span, "a binding adds, and does not overrule")
                            .at(said, "the code says it here")
                            .help("change the code, or narrow the `match`");
                        self.refused.push((number, attribute, problem));
                    }
                    Outcome::Refused(_) => {}
                    Outcome::Wrong(why) => {
                        self.used[number] = true;
                        let problem = Problem::input(
                            Code::WrongValue,
                            format!("`{attribute}`: {}", why.trim_end_matches('.')),
                        )
                        .at(
                            value.span,
                            format!("{} has no such value", quote(attribute)),
                        );
                        if !self.problems.contains(&problem) {
                            self.problems.push(problem);
                        }
                    }
                }
            }
        }
    }
}

/// What became of stating a value.
enum Outcome {
    /// It was stated.
    Stated,
    /// It is what is stated anyway, or says nothing.
    Same,
    /// The code says something else, here.
    Refused(Span),
    /// It is no value of the attribute.
    Wrong(String),
}

/// States a value in a field.
struct Set<'s> {
    value: &'s Node,
    place: Span,
    of: Span,
    result: Outcome,
}

impl FieldVisitor for Set<'_> {
    fn visit<F: Field>(&mut self, field: &mut F) {
        self.result = self.state(field);
    }
}

impl Set<'_> {
    fn state<F: Field>(&self, field: &mut F) -> Outcome {
        let text = self.value.scalar();
        if text.as_deref() == Some(UNKNOWN) || self.value.is_null() {
            return Outcome::Same;
        }
        let is_open = match field.missing() {
            Some(Missing::Unset | Missing::Unsaid | Missing::Unresolved(_)) => false,
            Some(Missing::Open) => true,
            Some(Missing::Choice(_)) | None => {
                let said = match field.fact() {
                    model::Fact::One(_, span)
                    | model::Fact::Many(_, span)
                    | model::Fact::Absent(span)
                    | model::Fact::Broken(span)
                    | model::Fact::Unstated(Some(span)) => span,
                    model::Fact::Unstated(None) => self.of,
                };
                // An earlier binding has said it.
                let is_bound = said.file == self.of.file;
                let is_same = field.written() == Some(self.value.json());
                return match is_bound || is_same {
                    true => Outcome::Same,
                    false => Outcome::Refused(said),
                };
            }
        };
        match state(field, self.value, self.place, is_open) {
            Ok(()) => Outcome::Stated,
            Err(why) => Outcome::Wrong(why),
        }
    }
}
