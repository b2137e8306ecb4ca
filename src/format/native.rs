//! Palisade's own documents, in YAML or JSON: sections of entities by id.

use super::claim::claim;
use super::{Format, Reading, remarks};
use crate::model::{
    Cause, Common, CommonText, Declarations, Declare, Document, Field, FieldVisitor, Kind, KindDef,
    MARKER, MORE, ONE_OF, Omission, SectionTask, Type, UNKNOWN, Value as Stateable,
};
use crate::source::{Code, FileId, Problem, Span, Spanned, quote};
use crate::syntax::{
    Limits, Map, NodeRef, ReadError, Syntax, Value, choose, parse, read, without_comments,
};

pub(super) const YAML: Format = Format {
    name: "yaml",
    doc: "Palisade's own documents, in YAML.",
    extensions: &["yaml", "yml"],
    claims: |text| claim(Syntax::Yaml, text),
    read: |file, name, text, limits| read_file(YAML.name, Syntax::Yaml, file, (name, text), limits),
};

pub(super) const JSON: Format = Format {
    name: "json",
    doc: "Palisade's own documents, in JSON.",
    extensions: &["json"],
    claims: |text| claim(Syntax::Json, text),
    read: |file, name, text, limits| read_file(JSON.name, Syntax::Json, file, (name, text), limits),
};

pub(super) const JSONC: Format = Format {
    name: "jsonc",
    doc: "Palisade's own documents, in JSON with comments.",
    extensions: &["jsonc"],
    claims: |text| {
        let text = without_comments(&String::from_utf8_lossy(text));
        claim(Syntax::Json, text.as_bytes())
    },
    read: |file, name, text, limits| {
        let text = without_comments(text);
        read_file(JSONC.name, Syntax::Json, file, (name, &text), limits)
    },
};

fn read_file(
    format: &str,
    syntax: Syntax,
    file: FileId,
    (name, text): (&str, &str),
    limits: &Limits,
) -> Reading {
    let (tree, problems) = parse(syntax, file, text, limits);
    let broken = !problems.is_empty();
    let start = Span::file_start(file);
    let mut reader = Reader::new(document(format, name, start), problems);
    let mut declared = false;
    for root in tree.documents() {
        declared |= reader.document(root, Marker::Required);
    }
    if !declared && !broken {
        let (key, version) = MARKER;
        reader.problems.push(
            Problem::input(Code::EmptyDocument, format!("`{name}` holds no document"))
                .at(start, "nothing is declared in this file")
                .help(format!("start it with `{key}: {version}`")),
        );
    }
    reader.declarations.remarks = remarks(&tree);
    Reading {
        declarations: reader.declarations,
        problems: reader.problems,
        expansions: tree.into_expansions(),
        pieces: Vec::new(),
    }
}

/// The file called `name` as an entity.
pub(super) fn document(format: &str, name: &str, start: Span) -> Document {
    let mut document = Document::declared(Spanned::new(name.into(), start));
    document.path.state(Spanned::new(name.into(), start));
    document.format.state(Spanned::new(format.into(), start));
    document
}

/// Whether a document must say of itself that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Required,
    /// What it stands in says so.
    Optional,
}

/// Reads the documents of one file.
pub(super) struct Reader {
    pub declarations: Declarations,
    pub problems: Vec<Problem>,
}

impl Reader {
    /// A reader of the file `document`, in which there are `problems` already.
    pub fn new(document: Document, problems: Vec<Problem>) -> Self {
        let mut declarations = Declarations::default();
        declarations.documents.push(document);
        Self {
            declarations,
            problems,
        }
    }

    /// Reads one document of a stream; whether there is anything in it.
    pub fn document(&mut self, root: NodeRef<'_>, needs: Marker) -> bool {
        let (marker, version) = MARKER;
        let sections = match root.value() {
            Value::Null => return false,
            Value::Map(sections) => sections,
            _ => {
                let problem = Problem::input(
                    Code::NotADocument,
                    format!("a document is a mapping, not {}", root.kind()),
                );
                let problem = problem.at(root.span(), "expected sections here");
                self.problems
                    .push(problem.help(format!("start it with `{marker}: {version}`")));
                return true;
            }
        };
        match sections.get(marker) {
            None if needs == Marker::Optional => {}
            None => {
                let problem = Problem::input(
                    Code::NoMarker,
                    format!("a document does not say `{marker}: {version}`"),
                );
                let first = sections.iter().next().map_or(root, |(key, _)| key);
                self.problems.push(
                    problem
                        .at(first.span(), "this document is not read")
                        .help("add it, or keep other documents in files of their own"),
                );
                return true;
            }
            Some((_, value)) if value.text() != Some(version) => {
                let found = value.text().map_or("this value".to_owned(), quote);
                let problem =
                    Problem::input(Code::UnknownVersion, format!("unsupported version {found}"));
                self.problems
                    .push(
                        problem
                            .at(value.span(), "this document is not read")
                            .help(format!(
                                "this version of Palisade reads `{version}`; if the file is of \
                             another tool, list it under `exclude` in `palisade.yaml`"
                            )),
                    );
                return true;
            }
            Some(_) => {}
        }
        for (key, entities) in sections.iter() {
            match key.text() {
                Some(name) if name == marker => {}
                name => self.section(name.unwrap_or_default(), key, entities),
            }
        }
        true
    }

    fn section(&mut self, name: &str, key: NodeRef<'_>, entities: NodeRef<'_>) {
        let task = Section {
            name,
            node: entities,
            problems: &mut self.problems,
        };
        if !self.declarations.with_section(name, task) {
            let kinds = Kind::ALL.iter();
            let names: Vec<_> = kinds.filter_map(|kind| kind.def().section).collect();
            let problem = Problem::input(
                Code::UnknownSection,
                format!("unknown section {}", quote(name)),
            );
            self.problems.push(
                problem
                    .at(key.span(), "what is in it is not checked")
                    .help(choose(name, &names)),
            );
        }
    }
}

/// A section that is to be read into the entities of its kind.
struct Section<'r, 't> {
    name: &'r str,
    node: NodeRef<'t>,
    problems: &'r mut Vec<Problem>,
}

impl SectionTask for Section<'_, '_> {
    fn run<E: Declare>(self, entities: &mut Vec<E>) {
        let map = match self.node.value() {
            Value::Null => return,
            Value::Map(map) => map,
            _ => {
                let message = format!(
                    "`{}` maps ids to entities, and is no {}",
                    self.name,
                    without_article(self.node.kind())
                );
                self.problems.push(
                    Problem::input(Code::NotASection, message)
                        .at(self.node.span(), "expected a mapping")
                        .help("write each entity as `id: { … }`"),
                );
                return;
            }
        };
        // Entities are large: this spares moving them about, and room that stays empty.
        match entities.is_empty() {
            true => entities.reserve_exact(map.len()),
            false => entities.reserve(map.len()),
        }
        for (key, value) in map.iter() {
            let Some(id) = id(key, self.problems) else {
                continue;
            };
            entities.push(E::declared(id));
            if let Some(entity) = entities.last_mut() {
                let kind = entity.kind().def();
                let problems = &mut *self.problems;
                EntityReader { kind, problems }.read(entity, value);
            }
        }
    }
}

fn without_article(kind: &str) -> &str {
    kind.strip_prefix("a ").unwrap_or(kind)
}

fn id(key: NodeRef<'_>, problems: &mut Vec<Problem>) -> Option<Spanned<Box<str>>> {
    let refuse = |message: &str, help: &str| {
        Problem::input(Code::BadId, message)
            .at(key.span(), "not an id")
            .help(help)
    };
    match key.text() {
        Some(UNKNOWN) => problems.push(refuse(
            "`unknown` cannot be an id",
            "`unknown` stands for an unknown value; give the entity another id",
        )),
        Some(MORE) => problems.push(refuse(
            "`...` cannot be an id",
            "`...` says that a list may hold more; give the entity another id",
        )),
        Some(id) if !id.trim().is_empty() && !id.chars().any(char::is_control) => {
            return Some(Spanned::new(id.into(), key.span()));
        }
        Some(id) if !id.trim().is_empty() => problems.push(refuse(
            "an id has a tab, a line break or another control character",
            "write a word, such as `signing-store`",
        )),
        _ => problems.push(refuse(
            "an entity has no id",
            "write a word, such as `signing-store`",
        )),
    }
    None
}

struct EntityReader<'r> {
    kind: &'static KindDef,
    problems: &'r mut Vec<Problem>,
}

impl EntityReader<'_> {
    fn read<E: Declare>(&mut self, entity: &mut E, node: NodeRef<'_>) {
        let fields = match node.value() {
            Value::Null => return,
            Value::Map(fields) => fields,
            _ => {
                // Whatever was meant to be said of it, nobody knows: that is not to say nothing.
                for field in self.kind.fields {
                    entity.visit_field(field.name, &mut Broken(node.span()));
                }
                let message = format!("a {} is described by a mapping", self.kind.label);
                self.problems.push(
                    Problem::input(Code::NotAnEntity, message)
                        .at(node.span(), format!("this is {}", node.kind()))
                        .help("write its attributes as `name: value`"),
                );
                return;
            }
        };
        for (key, value) in fields.iter() {
            let name = key.text().unwrap_or_default();
            let mut reader = FieldReader {
                name,
                kind: self.kind,
                node: value,
                problems: self.problems,
            };
            if let Some(text) = CommonText::named(name) {
                reader.visit(entity.common_mut().text_mut(text));
                continue;
            }
            match name {
                "labels" => reader.labels(entity.common_mut()),
                "complete" => {
                    if let Some(complete) = reader.value::<bool>(value) {
                        entity.common_mut().complete = Some(Spanned::new(complete, value.span()));
                    }
                }
                _ => {
                    if !entity.visit_field(name, &mut reader) {
                        self.unknown_attribute(name, key);
                    }
                }
            }
        }
    }

    fn unknown_attribute(&mut self, name: &str, key: NodeRef<'_>) {
        let texts = CommonText::ALL.into_iter().map(CommonText::name);
        let names: Vec<_> = self
            .kind
            .fields
            .iter()
            .map(|field| field.name)
            .chain(texts)
            .chain(["labels", "complete"])
            .collect();
        let label = self.kind.label;
        self.problems.push(
            Problem::input(
                Code::UnknownAttribute,
                format!("a {label} has no attribute {}", quote(name)),
            )
            .at(key.span(), "not known")
            .help(choose(name, &names)),
        );
    }
}

/// Notes of a field that what stands there cannot be read.
struct Broken(Span);

impl FieldVisitor for Broken {
    fn visit<F: Field>(&mut self, field: &mut F) {
        field.state_broken(self.0);
    }
}

/// Reads the value at a node into a field.
struct FieldReader<'r, 't> {
    name: &'r str,
    kind: &'static KindDef,
    node: NodeRef<'t>,
    problems: &'r mut Vec<Problem>,
}

impl FieldVisitor for FieldReader<'_, '_> {
    fn visit<F: Field>(&mut self, field: &mut F) {
        let node = self.node;
        let value = node.value();
        if !F::MANY
            && let Value::Map(map) = value
            && let Some(values) = one_of(map)
        {
            return self.choice(field, values);
        }
        match value {
            // Nothing is written: the same as leaving the attribute out.
            Value::Null => {}
            Value::Str(UNKNOWN) => self.unknown(field),
            Value::Str(text) if matches!(F::OMISSION, Omission::Unless(word) if text == word) => {
                field.state_absent(node.span());
            }
            Value::Seq(elements) if F::MANY => {
                let before = self.problems.len();
                field.state_list(node.span(), elements.len());
                for element in elements.iter() {
                    let value = element.value();
                    if matches!(value, Value::Str(MORE)) {
                        self.open(field, element.span());
                    } else if let Some(value) = self.stated::<F::Value>(element, value) {
                        field.state(Spanned::new(value, element.span()));
                    }
                }
                if self.problems.len() > before {
                    field.state_broken(node.span());
                }
            }
            _ if F::MANY => {
                let message = format!("`{}` is a list", self.name);
                let is_value = |text: &str| match F::Value::TYPE {
                    Type::Enum(def) => def.variants.iter().any(|it| it.name == text),
                    _ => false,
                };
                let help = match node.text() {
                    Some(text @ ("none" | "no" | "off")) if !is_value(text) => {
                        "write `[]`".to_owned()
                    }
                    Some(text) => format!("write `[{text}]`"),
                    None => "write `[a, b]`".to_owned(),
                };
                self.problems.push(
                    Problem::input(Code::WrongType, message)
                        .at(
                            node.span(),
                            format!("expected a list, found {}", node.kind()),
                        )
                        .help(help),
                );
                field.state_broken(node.span());
            }
            _ => match self.stated::<F::Value>(node, value) {
                Some(value) => field.state(Spanned::new(value, node.span())),
                None => field.state_broken(node.span()),
            },
        }
    }
}

/// What stands under `oneOf`, if that is all that a mapping says.
fn one_of(map: Map<'_>) -> Option<NodeRef<'_>> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, values)), None) if key.text() == Some(ONE_OF) => Some(values),
        _ => None,
    }
}

impl FieldReader<'_, '_> {
    fn unknown<F: Field>(&mut self, field: &mut F) {
        let span = self.node.span();
        if F::OMISSION == Omission::Problem {
            let whose = self.kind.with_article();
            let message = format!("`{}` of {whose} cannot be unknown", self.name);
            self.problems.push(
                Problem::input(Code::UnknownReference, message)
                    .at(span, "rules about this entity could not be evaluated")
                    .help("name a declared entity; it may itself have attributes that are unknown"),
            );
            field.state_broken(span);
        } else {
            field.state_unresolved(span, Cause::Stated);
        }
    }

    /// One of several values. A single one is known; with `unknown` among them it may be any.
    fn choice<F: Field>(&mut self, field: &mut F, values: NodeRef<'_>) {
        let span = self.node.span();
        let Value::Seq(elements) = values.value() else {
            self.refuse_choice(values.span(), "not a list of values");
            return field.state_broken(span);
        };
        if F::OMISSION == Omission::Problem || elements.iter().any(|e| e.text() == Some(UNKNOWN)) {
            return self.unknown(field);
        }
        let mut all = Vec::new();
        for element in elements.iter() {
            match self.stated::<F::Value>(element, element.value()) {
                Some(value) => all.push(Spanned::new(value, element.span())),
                None => return field.state_broken(span),
            }
        }
        match all.len() {
            0 => {
                self.refuse_choice(values.span(), "no value");
                field.state_broken(span);
            }
            1 => all.into_iter().for_each(|only| field.state(only)),
            _ => field.state_choice(all, span),
        }
    }

    fn refuse_choice(&mut self, span: Span, label: &str) {
        let message = format!(
            "`{ONE_OF}` of `{}` lists the values that it may have",
            self.name
        );
        self.problems.push(
            Problem::input(Code::WrongType, message)
                .at(span, label)
                .help(format!("write `{{ {ONE_OF}: [a, b] }}`")),
        );
    }

    /// A list that may hold more than it lists.
    fn open<F: Field>(&mut self, field: &mut F, span: Span) {
        if F::Value::TYPE == Type::Step {
            let message = format!("`{}` are done in order, and listed in full", self.name);
            self.problems.push(
                Problem::input(Code::WrongValue, message)
                    .at(span, "more of them somewhere")
                    .help("list every step; of each what is not known may be left out"),
            );
        } else {
            field.state_open();
        }
    }

    /// The value of an attribute. Most follow from their text; serde reads the others, and says what is
    /// wrong.
    fn stated<V: Stateable>(&mut self, node: NodeRef<'_>, value: Value<'_>) -> Option<V> {
        let by_text = match value {
            Value::Str(text) => V::of_text(text),
            _ => None,
        };
        by_text.or_else(|| self.value(node))
    }

    fn value<T: serde::de::DeserializeOwned>(&mut self, node: NodeRef<'_>) -> Option<T> {
        match read::<T>(node) {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(error, node);
                None
            }
        }
    }

    fn report(&mut self, error: ReadError, node: NodeRef<'_>) {
        let mut problem = Problem::input(
            Code::WrongValue,
            format!("`{}`: {}", self.name, error.message),
        )
        .at(
            error.span.unwrap_or_else(|| node.span()),
            format!("`{}` has no such value", self.name),
        );
        problem.help = error.help;
        self.problems.push(problem);
    }

    fn labels(&mut self, common: &mut Common) {
        let node = self.node;
        let labels = match node.value() {
            Value::Null => return,
            Value::Map(labels) => labels,
            _ => {
                self.problems.push(
                    Problem::input(Code::WrongType, "`labels` maps names to values")
                        .at(
                            node.span(),
                            format!("expected a mapping, found {}", node.kind()),
                        )
                        .help("write `labels: { team: payments }`"),
                );
                return;
            }
        };
        for (key, value) in labels.iter() {
            let name = self.value::<Box<str>>(key);
            if let (Some(name), Some(text)) = (name, self.value::<Box<str>>(value)) {
                let name = Spanned::new(name, key.span());
                common.labels.push((name, Spanned::new(text, value.span())));
            }
        }
    }
}
