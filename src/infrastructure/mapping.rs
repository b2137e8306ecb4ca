//! Mappings: what custom resources mean, said in a configuration by whoever uses them.
//!
//! A mapping says which kind of entity a type of resource becomes, and for each attribute either its value
//! or where it stands in the resource, with a table of what the words there mean. What it says nothing of
//! is unsaid, as with every other resource.

use super::stating::state;
use super::{Import, Lowering};
use crate::model::{
    self, Common, CommonText, Declarations, Declare, Field, FieldVisitor, Kind, SectionTask,
};
use crate::source::{Code, Problem, ProblemKind, Span, Spanned, Via, quote};
use crate::syntax::{Node, NodeValue, choose};

/// What a type of resource means.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The type: kind and API group, `ExternalSecret.external-secrets.io`.
    pub ty: Spanned<Box<str>>,
    /// What such a resource becomes.
    pub kind: Kind,
    /// What is known of it, by attribute.
    pub set: Vec<(Spanned<Box<str>>, Said)>,
}

/// Where the value of an attribute comes from.
#[derive(Debug, Clone)]
pub enum Said {
    /// It is this one.
    Value(Node),
    /// It stands in the resource.
    Written {
        /// The keys that lead there, from the outside.
        path: Vec<Box<str>>,
        /// What the words there mean; they are values themselves if it is empty.
        table: Vec<(Box<str>, Node)>,
        /// Where the table is written, or the path if there is none.
        span: Span,
        /// What it is if nothing is written.
        default: Option<Node>,
    },
}

impl Said {
    /// The values that it may come to, and whether one may be an element of a list by itself.
    fn values(&self) -> Vec<(&Node, bool)> {
        match self {
            Self::Value(value) => vec![(value, false)],
            Self::Written { table, default, .. } => {
                let table = table.iter().map(|(_, value)| (value, true));
                let default = default.iter().map(|value| (value, false));
                table.chain(default).collect()
            }
        }
    }
}

impl Mapping {
    /// What is wrong in it: attributes that its kind does not have, and values that they cannot have.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, said) in &self.set {
            let values = said.values();
            let mut declarations = Declarations::default();
            let task = Probe {
                name,
                values,
                kind: self.kind,
                problems: &mut problems,
            };
            declarations.with_section(self.kind.def().section.unwrap_or_default(), task);
        }
        problems
    }

    /// Declares what a resource means: `id` is what it is called, `zone` the one that it is in.
    pub(super) fn declare(
        &self,
        resource: &Node,
        id: Spanned<Box<str>>,
        (from, zone): (model::Import, Spanned<String>),
        lowering: &mut Lowering<'_>,
    ) {
        let mut stated = Vec::new();
        let mut silent = Vec::new();
        let is_set = |name: &str| self.set.iter().any(|(it, _)| &*it.value == name);
        let outer = if self.kind == Kind::Zone {
            "parent"
        } else {
            "zone"
        };
        if !is_set(outer) {
            let value = Node {
                span: zone.span,
                value: NodeValue::Str(zone.value.into()),
            };
            stated.push((outer, value, zone.span));
        }
        for (name, said) in &self.set {
            let bound = |lowering: &mut Lowering<'_>, value: &Node| {
                let place = lowering.place(value.span, &[(id.span, Via::Bound)]);
                (&*name.value, value.clone(), place)
            };
            match said {
                Said::Value(value) => stated.push(bound(lowering, value)),
                Said::Written {
                    path,
                    table,
                    span,
                    default,
                } => {
                    let path: Vec<&str> = path.iter().map(|key| &**key).collect();
                    let written = resource.at(&path).filter(|it| !it.is_null());
                    match (written, default) {
                        (None, None) => silent.push(&*name.value),
                        (None, Some(default)) => stated.push(bound(lowering, default)),
                        (Some(written), _) if table.is_empty() => {
                            stated.push((&*name.value, written.clone(), written.span));
                        }
                        (Some(written), _) => match of_table(written, table) {
                            Ok(value) => stated.push((&*name.value, value, written.span)),
                            Err(word) => lowering.problem(
                                Problem::input(
                                    Code::WrongValue,
                                    format!("no table says what {} means", quote(&word)),
                                )
                                .at(written.span, "this is written")
                                .at(*span, "and is not among these")
                                .help("add it to the `table` of the mapping"),
                            ),
                        },
                    }
                }
            }
        }
        let mut problems = Vec::new();
        let task = Add {
            id,
            from,
            stated,
            silent,
            problems: &mut problems,
        };
        let section = self.kind.def().section.unwrap_or_default();
        lowering.declarations().with_section(section, task);
        for problem in problems {
            lowering.problem(problem);
        }
    }
}

/// What a table says of a word, or of each in a list; the first that it does not have.
fn of_table(written: &Node, table: &[(Box<str>, Node)]) -> Result<Node, String> {
    if let NodeValue::Seq(items) = &written.value {
        let items: Result<Vec<_>, _> = items.iter().map(|item| of_table(item, table)).collect();
        return Ok(Node {
            span: written.span,
            value: NodeValue::Seq(items?),
        });
    }
    let word = written
        .scalar()
        .unwrap_or_else(|| written.kind().to_owned());
    let found = table.iter().find(|(known, _)| **known == *word);
    found.map(|(_, value)| value.clone()).ok_or(word)
}

/// Says of an attribute whether it is there, and takes such values.
struct Probe<'p> {
    name: &'p Spanned<Box<str>>,
    values: Vec<(&'p Node, bool)>,
    kind: Kind,
    problems: &'p mut Vec<Problem>,
}

impl SectionTask for Probe<'_> {
    fn run<E: Declare>(self, _: &mut Vec<E>) {
        let mut entity = E::declared(Spanned::new("it".into(), self.name.span));
        let Self { name, values, .. } = self;
        // Without a value, there may still be no such attribute.
        let known = visit(&mut entity, &name.value, &mut Nothing);
        if !known {
            let def = self.kind.def();
            let names: Vec<_> = def.fields.iter().map(|field| field.name).collect();
            self.problems.push(
                Problem::new(
                    ProblemKind::Configuration,
                    Code::Configuration,
                    format!("a {} has no attribute {}", def.label, quote(&name.value)),
                )
                .at(name.span, "not known")
                .help(choose(&name.value, &names)),
            );
        }
        for (value, is_element) in values {
            let mut entity = E::declared(Spanned::new("it".into(), name.span));
            let mut setter = Set {
                value,
                place: value.span,
                is_element,
                why: None,
            };
            visit(&mut entity, &name.value, &mut setter);
            let why = setter.why;
            self.problems.extend(
                why.map(|why| wrong(ProblemKind::Configuration, &name.value, value.span, &why)),
            );
        }
    }
}

/// Adds an entity.
struct Add<'a> {
    id: Spanned<Box<str>>,
    from: model::Import,
    stated: Vec<(&'a str, Node, Span)>,
    silent: Vec<&'a str>,
    problems: &'a mut Vec<Problem>,
}

impl SectionTask for Add<'_> {
    fn run<E: Declare>(self, entities: &mut Vec<E>) {
        let mut import = Import::<E>::new(self.id.value, self.id.span, self.from);
        for (name, value, place) in self.stated {
            let mut setter = Set {
                value: &value,
                place,
                is_element: true,
                why: None,
            };
            visit(&mut import.entity, name, &mut setter);
            let why = setter.why;
            self.problems
                .extend(why.map(|why| wrong(ProblemKind::Input, name, place, &why)));
        }
        let fields = import.entity.kind().def().fields.iter();
        let texts = CommonText::ALL.iter().map(|text| text.name());
        let names = fields.map(|field| field.name).chain(texts);
        let silent: Vec<_> = names.filter(|name| self.silent.contains(name)).collect();
        entities.push(import.finish(&silent));
    }
}

fn wrong(kind: ProblemKind, name: &str, place: Span, why: &str) -> Problem {
    let message = format!("`{name}`: {}", why.trim_end_matches('.'));
    let code = match kind {
        ProblemKind::Configuration => Code::Configuration,
        _ => Code::WrongValue,
    };
    Problem::new(kind, code, message).at(place, format!("`{name}` has no such value"))
}

/// Visits an attribute or one of the texts that every entity has; whether there is one.
fn visit<E: Declare, V: FieldVisitor>(entity: &mut E, name: &str, visitor: &mut V) -> bool {
    match CommonText::named(name) {
        Some(text) => {
            let common: &mut Common = entity.common_mut();
            visitor.visit(common.text_mut(text));
            true
        }
        None => entity.visit_field(name, visitor),
    }
}

struct Nothing;

impl FieldVisitor for Nothing {
    fn visit<F: Field>(&mut self, _: &mut F) {}
}

struct Set<'s> {
    value: &'s Node,
    place: Span,
    /// Whether it may be one element of a list, or a list of lists of them.
    is_element: bool,
    why: Option<String>,
}

impl FieldVisitor for Set<'_> {
    fn visit<F: Field>(&mut self, field: &mut F) {
        let list;
        let value = match F::MANY && self.is_element {
            true => {
                list = Node {
                    span: self.value.span,
                    value: NodeValue::Seq(elements(self.value)),
                };
                &list
            }
            false => self.value,
        };
        self.why = state(field, value, self.place, false).err();
    }
}

/// What is in a list and in the lists in it; a value by itself is one.
fn elements(node: &Node) -> Vec<Node> {
    match &node.value {
        NodeValue::Seq(items) => items.iter().flat_map(elements).collect(),
        _ => vec![node.clone()],
    }
}
