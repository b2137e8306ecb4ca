//! Random policies over the vocabulary: well-typed, and never an error.

use palisade::model::{Action, AttributeDef, Kind, Origin, Type};

use crate::world::{Choices, DATES, LABELS, TEXTS, World};

/// A condition: connectives over leaves, each a text that is no error wherever it stands.
#[derive(Debug, Clone)]
pub enum Cond {
    Leaf(String),
    And(Vec<Cond>),
    Or(Vec<Cond>),
    Not(Box<Cond>),
    If(Box<[Cond; 3]>),
}

#[derive(Debug, Clone)]
pub struct Policy {
    pub id: String,
    scope: String,
    condition: Cond,
}

impl Cond {
    fn text(&self) -> String {
        let join = |all: &[Cond], with: &str| {
            let all: Vec<_> = all.iter().map(Cond::text).collect();
            format!("({})", all.join(with))
        };
        match self {
            Self::Leaf(text) => format!("({text})"),
            Self::And(all) => join(all, " && "),
            Self::Or(all) => join(all, " || "),
            Self::Not(inner) => format!("!{}", inner.text()),
            Self::If(parts) => {
                let [test, then, otherwise] = &**parts;
                let (test, then) = (test.text(), then.text());
                format!("(if {test} then {then} else {})", otherwise.text())
            }
        }
    }

    fn permute(&mut self, choices: &mut Choices<'_>) {
        match self {
            Self::Leaf(_) => {}
            Self::And(all) | Self::Or(all) => {
                choices.shuffle(all);
                all.iter_mut().for_each(|part| part.permute(choices));
            }
            Self::Not(inner) => inner.permute(choices),
            Self::If(parts) => parts.iter_mut().for_each(|part| part.permute(choices)),
        }
    }
}

impl Policy {
    pub fn make(id: String, world: &World, choices: &mut Choices<'_>) -> Self {
        let actions = Action::ALL.iter().filter(|def| !is_flow(def.action));
        let action = *choices.pick(&actions.collect::<Vec<_>>());
        let principal = *choices.pick(action.principals);
        let resource = *choices.pick(action.resources);
        let mut maker = Maker {
            world,
            choices,
            parties: vec![("principal", principal), ("resource", resource)],
            in_memory: action.action == Action::Use,
        };
        let only = action.principals.len() == 1;
        let of_principal = maker.party("principal", principal, only);
        let (acts, of_resource) = match maker.choices.below(6) {
            // Any action of such a principal; nothing is known of the resource.
            1 if of_principal.contains("is") || of_principal.contains("==") => {
                maker.parties.truncate(1);
                maker.in_memory = false;
                ("action".to_owned(), "resource".to_owned())
            }
            2 => {
                let acts = format!("action in [Action::\"{}\"]", action.name);
                (acts, maker.party("resource", resource, true))
            }
            _ => {
                let acts = format!("action == Action::\"{}\"", action.name);
                (acts, maker.party("resource", resource, true))
            }
        };
        if maker.parties.len() == 2
            && let Some(value) = action.context.first()
            && let Type::Entity([kind]) = value.ty
        {
            let name = ["context.conduit", "context.grant", "context.log"];
            let name = name.into_iter().find(|name| name.ends_with(value.name));
            maker.parties.extend(name.map(|name| (name, *kind)));
        }
        let condition = maker.condition(3);
        Self {
            id,
            scope: format!("forbid({of_principal}, {acts}, {of_resource})"),
            condition,
        }
    }

    pub fn text(&self) -> String {
        format!(
            "@id(\"{}\")\n{} when {{ {} }};\n",
            self.id,
            self.scope,
            self.condition.text()
        )
    }

    /// One that is never broken: what this one forbids, but not where this one forbids it.
    pub fn contradicted(&self, id: String, choices: &mut Choices<'_>) -> Self {
        let opposite = Cond::Not(Box::new(self.permuted(choices).condition));
        Self {
            id,
            scope: self.scope.clone(),
            condition: Cond::And(vec![self.condition.clone(), opposite]),
        }
    }

    /// One that is always broken: what this one forbids, and what it does not.
    pub fn completed(&self, id: String, choices: &mut Choices<'_>) -> Self {
        let opposite = Cond::Not(Box::new(self.permuted(choices).condition));
        Self {
            id,
            scope: self.scope.clone(),
            condition: Cond::Or(vec![self.condition.clone(), opposite]),
        }
    }

    /// One that forbids everything that this one is asked about.
    pub fn everything(&self, id: String) -> Self {
        Self {
            id,
            scope: self.scope.clone(),
            condition: Cond::Leaf("true".to_owned()),
        }
    }

    /// The same with the operands of `&&` and `||` in another order.
    pub fn permuted(&self, choices: &mut Choices<'_>) -> Self {
        let mut other = self.clone();
        other.condition.permute(choices);
        other
    }
}

/// An expression for an entity, and what must hold for it to be no error.
#[derive(Debug, Clone)]
struct Path {
    text: String,
    kind: Kind,
    guards: Vec<String>,
}

struct Maker<'m, 'c> {
    world: &'m World,
    choices: &'m mut Choices<'c>,
    parties: Vec<(&'static str, Kind)>,
    in_memory: bool,
}

/// Whether an action is about where things end up, which the tests of flow look at.
pub fn is_flow(action: Action) -> bool {
    use Action::{Contain, Enter, Move, Obtain, Reach, Rest};
    matches!(action, Contain | Enter | Move | Obtain | Reach | Rest)
}

/// Derived attributes that the oracle does not compute; the tests of rules show them.
const NOT_COMPUTED: [&str; 4] = ["scans", "maxTrustedMinutes", "isSoleFactor", "zones"];

/// Whether the oracle does not compute an attribute: it follows from where things end up, or is one
/// of those above.
pub fn is_elsewhere(def: &AttributeDef) -> bool {
    matches!(def.origin, Origin::Inventory(derived) if derived.is_flow())
        || NOT_COMPUTED.contains(&def.name.as_str())
}

/// Whether policies here read an attribute: it is in the schema, and the oracle computes it.
fn is_read(def: &&AttributeDef) -> bool {
    !is_elsewhere(def) && !matches!(def.ty, Type::Entity([_, _, ..]) | Type::Step)
}

/// Whether things of a kind are in zones, as Cedar sees it.
fn enclosed(kind: Kind) -> bool {
    kind.def().parent.is_some()
}

impl Maker<'_, '_> {
    fn entity(&mut self, kind: Kind) -> Option<String> {
        let ids = self.world.ids(kind);
        (!ids.is_empty()).then(|| format!("{kind}::{:?}", self.choices.pick(&ids)))
    }

    fn party(&mut self, name: &str, kind: Kind, only: bool) -> String {
        match self.choices.below(5) {
            1 if only => name.to_owned(),
            2 => match self.entity(kind) {
                Some(entity) => format!("{name} == {entity}"),
                None => format!("{name} is {kind}"),
            },
            3 if enclosed(kind) => {
                let zone = self.entity(Kind::Zone).unwrap_or_default();
                format!("{name} is {kind} in {zone}")
            }
            4 if only && enclosed(kind) => {
                format!("{name} in {}", self.entity(Kind::Zone).unwrap_or_default())
            }
            _ => format!("{name} is {kind}"),
        }
    }

    fn condition(&mut self, depth: usize) -> Cond {
        match self.choices.below(if depth == 0 { 2 } else { 7 }) {
            0..=1 => self.leaf(),
            2..=3 => Cond::And(self.parts(depth)),
            4 => Cond::Or(self.parts(depth)),
            5 => Cond::Not(Box::new(self.condition(depth - 1))),
            _ => Cond::If(Box::new([
                self.condition(depth - 1),
                self.condition(depth - 1),
                self.condition(depth - 1),
            ])),
        }
    }

    fn parts(&mut self, depth: usize) -> Vec<Cond> {
        let count = 2 + self.choices.below(2);
        (0..count).map(|_| self.condition(depth - 1)).collect()
    }

    fn path(&mut self, depth: usize) -> Path {
        let (text, kind) = match self.choices.below(6) {
            5 => {
                let kinds = [Kind::Zone, Kind::Key, Kind::Workload, Kind::KeyStore];
                let kind = *self.choices.pick(&kinds);
                (self.entity(kind).expect("at least one of each"), kind)
            }
            other => {
                let (name, kind) = self.parties[other % self.parties.len()];
                (name.to_owned(), kind)
            }
        };
        let mut path = Path {
            text,
            kind,
            guards: Vec::new(),
        };
        for _ in 0..self.choices.below(depth + 1) {
            self.step(&mut path);
        }
        if self.choices.one_in(12) {
            self.wrap(&mut path);
        }
        path
    }

    fn step(&mut self, path: &mut Path) {
        let attributes = path.kind.attributes().iter();
        let steps = attributes.filter_map(|def| match (def.ty, def.many) {
            (Type::Entity([kind]), false) => Some((def, *kind)),
            _ => None,
        });
        let steps: Vec<_> = steps.collect();
        if steps.is_empty() {
            return;
        }
        let (def, kind) = *self.choices.pick(&steps);
        if def.optional {
            path.guards.push(format!("{} has {}", path.text, def.name));
        }
        path.text = format!("{}.{}", path.text, def.name);
        path.kind = kind;
    }

    /// The same entity, or one of two, through an expression that computes it.
    fn wrap(&mut self, path: &mut Path) {
        if self.choices.one_in(2) {
            path.text = format!("{{x: {}}}.x", path.text);
        } else if let (Some(other), Cond::Leaf(test)) = (self.entity(path.kind), self.leaf()) {
            path.text = format!("(if ({test}) then {} else {other})", path.text);
        }
    }

    /// An attribute that is unknown or follows from one, of whoever has it.
    fn about_unknown(&mut self) -> Option<(Path, &'static AttributeDef)> {
        let slots = self.world.slots();
        if slots.is_empty() {
            return None;
        }
        let slot = self.choices.pick(&slots);
        let thing = &self.world.things[slot.thing];
        let mut parties = self.parties.iter();
        let text = match parties.find(|(_, kind)| *kind == thing.kind) {
            Some((name, _)) => (*name).to_owned(),
            None => format!("{}::{:?}", thing.kind, thing.id),
        };
        let attributes = thing.kind.attributes().iter();
        let close = attributes.filter(|def| def.name.starts_with(slot.field));
        let close: Vec<_> = close.collect();
        let def = *self.choices.pick(&close);
        let (kind, guards) = (thing.kind, Vec::new());
        is_read(&def).then_some((Path { text, kind, guards }, def))
    }

    fn leaf(&mut self) -> Cond {
        if self.choices.one_in(2)
            && let Some((path, def)) = self.about_unknown()
        {
            let mut guards = path.guards;
            if def.optional {
                guards.push(format!("{} has {}", path.text, def.name));
            }
            let value = format!("{}.{}", path.text, def.name);
            if let Some(core) = self.about(&value, def, &mut guards) {
                guards.push(format!("({core})"));
                return Cond::Leaf(guards.join(" && "));
            }
        }
        let path = self.path(2);
        let mut guards = path.guards.clone();
        let attributes: Vec<_> = path.kind.attributes().iter().filter(is_read).collect();
        let core = match self.choices.below(16) {
            0 if enclosed(path.kind) => {
                let zone = self.entity(Kind::Zone).unwrap_or_default();
                format!("{} in {zone}", path.text)
            }
            1 if enclosed(path.kind) => {
                let (a, b) = (self.entity(Kind::Zone), self.entity(Kind::Zone));
                format!(
                    "{} in [{}, {}]",
                    path.text,
                    a.unwrap_or_default(),
                    b.unwrap_or_default()
                )
            }
            2 if enclosed(path.kind) => {
                let other = self.path(2);
                if other.kind != Kind::Zone {
                    return self.leaf();
                }
                guards.extend(other.guards);
                format!("{} in {}", path.text, other.text)
            }
            3 => match self.entity(path.kind) {
                Some(entity) => format!("{} == {entity}", path.text),
                None => return self.leaf(),
            },
            4 => {
                let optional: Vec<_> = attributes.iter().filter(|def| def.optional).collect();
                if optional.is_empty() {
                    return self.leaf();
                }
                let def = **self.choices.pick(&optional);
                match def.ty {
                    Type::Entity([kind]) if self.choices.one_in(2) => {
                        let next = kind.attributes().iter().filter(|def| def.optional);
                        let next: Vec<_> = next.collect();
                        let name = &self.choices.pick(&next).name;
                        format!("{} has {}.{name}", path.text, def.name)
                    }
                    _ => format!("{} has {}", path.text, def.name),
                }
            }
            5 => {
                let name = *self.choices.pick(&LABELS);
                let text = &path.text;
                match self.choices.below(3) {
                    0 => format!("{text}.hasTag(\"{name}\")"),
                    1 => {
                        let value = self.choices.pick(&TEXTS);
                        format!(
                            "{text}.hasTag(\"{name}\") && {text}.getTag(\"{name}\") == \"{value}\""
                        )
                    }
                    _ => {
                        let other = self.path(1);
                        guards.extend(other.guards);
                        let name = format!("{}.name", other.text);
                        guards.push(format!("{} has name", other.text));
                        format!("{text}.hasTag({name})")
                    }
                }
            }
            6 if self.in_memory => "context.inMemory".to_owned(),
            _ => {
                let def = *self.choices.pick(&attributes);
                if def.optional {
                    guards.push(format!("{} has {}", path.text, def.name));
                }
                let value = format!("{}.{}", path.text, def.name);
                match self.about(&value, def, &mut guards) {
                    Some(core) => core,
                    None => return self.leaf(),
                }
            }
        };
        guards.push(format!("({core})"));
        Cond::Leaf(guards.join(" && "))
    }

    /// Something about a value of this type.
    fn about(
        &mut self,
        value: &str,
        def: &AttributeDef,
        guards: &mut Vec<String>,
    ) -> Option<String> {
        if def.many {
            return self.about_set(value, def, guards);
        }
        let compare = ["==", "!=", "<", "<=", ">", ">="];
        Some(match def.ty {
            Type::Bool => match self.choices.below(4) {
                0..=1 => value.to_owned(),
                2 => format!("{value} == {}", self.choices.one_in(2)),
                _ => format!("{value} != {}", self.same(def, guards)?),
            },
            Type::Enum(of) => {
                let mut variant =
                    || format!("{}::\"{}\"", of.name, self.choices.pick(of.variants).name);
                let (a, b) = (variant(), variant());
                match self.choices.below(6) {
                    0..=1 => format!("{value} == {a}"),
                    2 => format!("{value} != {a}"),
                    3 => format!("[{a}, {b}].contains({value})"),
                    4 => format!("{value} in [{a}, {b}]"),
                    _ => format!("{value} == {}", self.same(def, guards)?),
                }
            }
            Type::Long => {
                let op = self.choices.pick(&compare);
                let number = self.choices.below(6) as i64 - 1;
                match self.choices.below(4) {
                    0..=1 => format!("{value} {op} {number}"),
                    2 => format!("{value} * 2 - 1 {op} {}", self.same(def, guards)?),
                    _ => format!("{value} {op} {} + {number}", self.same(def, guards)?),
                }
            }
            Type::Text => {
                let text = self.choices.pick(&TEXTS);
                match self.choices.below(5) {
                    0 => format!("{value} == \"{text}\""),
                    1 => format!("{value} like \"{text}*\""),
                    2 => format!("{value} like \"*{text}\""),
                    3 => format!("{value} like \"*\\*y\""),
                    _ => format!("{value} != {}", self.same(def, guards)?),
                }
            }
            Type::Date => {
                let op = self.choices.pick(&compare);
                let days = [2, 90, 1000][self.choices.below(3)];
                let date = self.choices.pick(&DATES);
                match self.choices.below(6) {
                    0 => format!("{value} {op} datetime(\"{date}\")"),
                    1 => format!("{value} {op} context.now"),
                    2 => format!("context.now.durationSince({value}).toDays() {op} {days}"),
                    3 => format!("{value}.offset(duration(\"{days}d\")) {op} context.now"),
                    4 => {
                        format!("{value}.toDate() {op} context.now.offset(duration(\"-{days}d\"))")
                    }
                    _ => format!("{value} {op} {}", self.same(def, guards)?),
                }
            }
            Type::Entity([kind]) => match self.choices.below(3) {
                0 => format!("{value} == {}", self.entity(*kind)?),
                1 if enclosed(*kind) => format!("{value} in {}", self.entity(Kind::Zone)?),
                _ => format!("{value} != {}", self.same(def, guards)?),
            },
            Type::Entity(_) | Type::Step => return None,
        })
    }

    fn about_set(
        &mut self,
        value: &str,
        def: &AttributeDef,
        guards: &mut Vec<String>,
    ) -> Option<String> {
        let mut element = || {
            Some(match def.ty {
                Type::Enum(of) => {
                    format!("{}::\"{}\"", of.name, self.choices.pick(of.variants).name)
                }
                Type::Text => format!("\"{}\"", self.choices.pick(&TEXTS)),
                Type::Entity([kind]) => self.entity(*kind)?,
                _ => return None,
            })
        };
        let (a, b) = (element()?, element()?);
        Some(match self.choices.below(9) {
            0..=1 => format!("{value}.contains({a})"),
            2 => format!("{value}.containsAny([{a}, {b}])"),
            3 => format!("{value}.containsAll([{a}, {b}])"),
            4 => format!("{value}.isEmpty()"),
            5 => format!("{value} == [{a}]"),
            6 => format!("[{a}, {b}].containsAll({value})"),
            7 => format!("{value}.containsAny({})", self.same(def, guards)?),
            _ => format!("{value}.containsAll({})", self.same(def, guards)?),
        })
    }

    /// Another value of the same type.
    fn same(&mut self, def: &AttributeDef, guards: &mut Vec<String>) -> Option<String> {
        let path = self.path(2);
        let mut alike = path.kind.attributes().iter().filter(|other| {
            let types = match (def.ty, other.ty) {
                (Type::Enum(a), Type::Enum(b)) => a.name == b.name,
                (Type::Entity(a), Type::Entity(b)) => a == b && a.len() == 1,
                (a, b) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
            };
            types && def.many == other.many && is_read(other)
        });
        let count = alike.clone().count();
        let other = alike.nth(self.choices.below(count))?;
        guards.extend(path.guards.clone());
        if other.optional {
            guards.push(format!("{} has {}", path.text, other.name));
        }
        Some(format!("{}.{}", path.text, other.name))
    }
}
