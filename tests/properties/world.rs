//! Random inventories, over the whole vocabulary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use palisade::model::{Kind, Omission, Type};

/// Numbers that decide, in order, what is made; fewer and smaller ones make simpler things.
pub struct Choices<'a> {
    rest: &'a [u16],
}

impl<'a> Choices<'a> {
    pub fn new(rest: &'a [u16]) -> Self {
        Self { rest }
    }

    pub fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        usize::from(*first) % count.max(1)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// Some of these, in their order.
    pub fn some<T: Clone>(&mut self, from: &[T], one_in: usize) -> Vec<T> {
        let chosen = from.iter().filter(|_| self.one_in(one_in));
        chosen.cloned().collect()
    }

    /// These in any order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, last - self.below(last + 1));
        }
    }
}

/// What a document writes for a field, or a completion puts in the place of what is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Val {
    Unknown,
    Absent,
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Clone)]
pub struct Thing {
    pub kind: Kind,
    pub id: String,
    /// What is written; what is left out has no entry.
    pub fields: BTreeMap<&'static str, Val>,
    pub labels: BTreeMap<&'static str, &'static str>,
    pub complete: bool,
}

#[derive(Debug, Clone)]
pub struct World {
    pub things: Vec<Thing>,
}

pub const COMMON: [&str; 3] = ["name", "owner", "description"];
pub const TEXTS: [&str; 5] = ["a", "ab", "any", "tls", "x*y"];
pub const DATES: [&str; 4] = ["2025-12-30", "2020-01-01", "2024-06-15", "2026-03-01"];
pub const NUMBERS: [&str; 3] = ["8", "1", "90"];
pub const LABELS: [&str; 3] = ["team", "env", "a"];

/// Most completions that a world has after values were forgotten.
pub const COMPLETIONS: usize = 32;

/// A value that no document states.
pub struct Slot {
    pub thing: usize,
    pub field: &'static str,
    /// The values that it may have; of an infinite type some.
    pub domain: Vec<Val>,
    /// Whether these are all.
    pub exact: bool,
}

fn section_order() -> impl Iterator<Item = (Kind, &'static str)> {
    let kinds = Kind::ALL.iter();
    kinds.filter_map(|kind| Some((*kind, kind.def().section?)))
}

/// The type of a field, whether it is a set, and what leaving it out means.
pub fn field(kind: Kind, name: &str) -> (Type, bool, Omission) {
    let mut fields = kind.def().fields.iter();
    fields
        .find(|field| field.name == name)
        .map_or((Type::Text, false, Omission::Absent), |field| {
            (field.ty, field.many, field.omission)
        })
}

/// Every field of a kind, the common ones first.
pub fn fields(kind: Kind) -> impl Iterator<Item = &'static str> {
    let own = kind.def().fields.iter().map(|field| field.name);
    COMMON.into_iter().chain(own)
}

impl World {
    /// An inventory of which all is known but what `forgotten` decides.
    pub fn make(choices: &mut Choices<'_>, forgotten: &mut Choices<'_>) -> Self {
        let mut world = Self { things: Vec::new() };
        for (kind, prefix, least, most) in [
            (Kind::Zone, "z", 1, 3),
            (Kind::Data, "n", 0, 1),
            (Kind::KeyStore, "s", 1, 2),
            (Kind::Key, "k", 1, 2),
            (Kind::Identity, "i", 0, 2),
            (Kind::Workload, "w", 1, 3),
            (Kind::Store, "o", 0, 1),
            (Kind::Artifact, "a", 0, 1),
            (Kind::Verifier, "v", 0, 1),
            (Kind::DebugEnvironment, "d", 0, 1),
            (Kind::Conduit, "c", 0, 2),
            (Kind::Transfer, "t", 0, 1),
            (Kind::Grant, "g", 0, 2),
            (Kind::Issuer, "u", 0, 1),
        ] {
            let count = least + choices.below(most - least + 1);
            for at in 0..if world.can_have(kind) { count } else { 0 } {
                let id = format!("{prefix}{at}");
                let thing = world.thing(kind, id, choices);
                world.things.push(thing);
            }
        }
        world.forget(forgotten);
        world
    }

    /// Whether there is something for every mandatory reference of such a thing.
    fn can_have(&self, kind: Kind) -> bool {
        let mut fields = kind.def().fields.iter();
        fields
            .all(|field| field.omission != Omission::Problem || !self.possible(field.ty).is_empty())
    }

    pub fn ids(&self, kind: Kind) -> Vec<String> {
        let things = self.things.iter().filter(|thing| thing.kind == kind);
        things.map(|thing| thing.id.clone()).collect()
    }

    pub fn find(&self, id: &str) -> Option<usize> {
        self.things.iter().position(|thing| thing.id == id)
    }

    fn thing(&self, kind: Kind, id: String, choices: &mut Choices<'_>) -> Thing {
        let mut fields = BTreeMap::new();
        let inner = self.things.iter().any(|thing| thing.kind == Kind::Zone);
        for name in self::fields(kind) {
            let (ty, many, omission) = field(kind, name);
            let left_out = match omission {
                Omission::Absent => !choices.one_in(2),
                Omission::Inherited => inner && choices.one_in(2),
                _ => false,
            };
            // References lead to what is declared before, so that nothing runs in circles.
            if left_out || (matches!(ty, Type::Entity(_)) && self.possible(ty).is_empty()) {
                continue;
            }
            let value = if matches!(omission, Omission::Unless(_)) && choices.one_in(3) {
                Val::Absent
            } else if many {
                Val::Many(choices.some(&self.possible(ty), 3))
            } else {
                Val::One(choices.pick(&self.possible(ty)).clone())
            };
            fields.insert(name, value);
        }
        let labels = LABELS.into_iter().filter(|_| choices.one_in(3));
        let labels: Vec<_> = labels.collect();
        let labels = labels.into_iter().map(|name| (name, *choices.pick(&TEXTS)));
        Thing {
            kind,
            id,
            fields,
            labels: labels.collect(),
            complete: true,
        }
    }

    /// The values of a type, or some.
    fn possible(&self, ty: Type) -> Vec<String> {
        match ty {
            Type::Bool => vec!["false".to_owned(), "true".to_owned()],
            Type::Enum(def) => def.variants.iter().map(|v| v.name.to_owned()).collect(),
            Type::Text => TEXTS.map(str::to_owned).to_vec(),
            Type::Date => DATES.map(str::to_owned).to_vec(),
            Type::Entity(kinds) => kinds.iter().flat_map(|kind| self.ids(*kind)).collect(),
            Type::Long => NUMBERS.map(str::to_owned).to_vec(),
            Type::Step => Vec::new(),
        }
    }

    /// Makes a few values unknown, as long as there are not too many completions.
    fn forget(&mut self, choices: &mut Choices<'_>) {
        for _ in 0..choices.below(5) {
            let before = self.things.clone();
            let at = choices.below(self.things.len());
            let thing = &mut self.things[at];
            let names: Vec<_> = self::fields(thing.kind)
                .filter(|name| field(thing.kind, name).2 != Omission::Problem)
                .collect();
            let name = *choices.pick(&names);
            let (_, _, omission) = field(thing.kind, name);
            match (omission, choices.below(2)) {
                (Omission::Empty, 0) => thing.complete = false,
                (Omission::Absent, _) | (_, 0) => {
                    thing.fields.insert(name, Val::Unknown);
                }
                _ => {
                    thing.fields.remove(name);
                }
            }
            if !(1..=COMPLETIONS).contains(&self.completions()) {
                self.things = before;
            }
        }
    }

    /// The zone around a zone, or whatever else `thing` is in, as far as it is stated.
    pub fn stated_parent(&self, thing: usize) -> Option<usize> {
        let name = self.things[thing].kind.def().parent?.def().name.as_str();
        match self.things[thing].fields.get(name)? {
            Val::One(id) => self.find(id),
            _ => None,
        }
    }

    fn is_unknown(&self, thing: usize, name: &str) -> bool {
        let held = self.things[thing].fields.get(name);
        let (_, _, omission) = field(self.things[thing].kind, name);
        match (held, omission) {
            (Some(Val::Unknown), _) | (None, Omission::Unknown | Omission::Unless(_)) => true,
            (_, Omission::Empty) => !self.things[thing].complete,
            // What an enclosing zone says holds, even that it is unknown.
            (None, Omission::Inherited) => {
                let mut zones =
                    std::iter::successors(Some(thing), |zone| self.stated_parent(*zone));
                !zones.any(|zone| self.things[zone].fields.contains_key(name))
            }
            _ => false,
        }
    }

    /// In how many ways all that is not known may be: none where there is nothing that an unknown
    /// reference could lead to.
    pub fn completions(&self) -> usize {
        let sizes = self.slots().into_iter().map(|slot| slot.domain.len());
        sizes.fold(1, usize::saturating_mul)
    }

    /// Everything that is not known, with the values that it may have.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        for thing in 0..self.things.len() {
            for name in self::fields(self.things[thing].kind) {
                if self.is_unknown(thing, name) {
                    slots.push(self.slot(thing, name));
                }
            }
        }
        slots
    }

    fn slot(&self, thing: usize, name: &'static str) -> Slot {
        let (ty, many, omission) = field(self.things[thing].kind, name);
        let mut exact = true;
        let mut domain: Vec<Val> = match (ty, many) {
            (Type::Entity(_), true) => {
                exact = false;
                let listed = match self.things[thing].fields.get(name) {
                    Some(Val::Many(listed)) => listed.clone(),
                    _ => Vec::new(),
                };
                let mut others = self.possible(ty);
                others.retain(|id| !listed.contains(id));
                let sets = subsets(&others).into_iter().flat_map(|set| {
                    // What no document declares: in the memory of its users, or not.
                    let more = [vec![], vec!["+kept"], vec!["+loaded"], MANY.to_vec()];
                    let listed = listed.clone();
                    more.map(|more| {
                        let more = more.into_iter().map(str::to_owned);
                        let all = listed.iter().chain(&set).cloned();
                        Val::Many(all.chain(more).collect())
                    })
                });
                sets.collect()
            }
            (Type::Long, false) => {
                exact = false;
                let mut all = self.possible(ty);
                all.extend(["0", "2", "4000"].map(str::to_owned));
                all.into_iter().map(Val::One).collect()
            }
            (Type::Enum(_), true) => {
                // What is listed in an incomplete relation stays.
                let listed = match self.things[thing].fields.get(name) {
                    Some(Val::Many(listed)) => listed.clone(),
                    _ => Vec::new(),
                };
                let mut others = self.possible(ty);
                others.retain(|value| !listed.contains(value));
                let sets = subsets(&others).into_iter();
                sets.map(|set| Val::Many([listed.clone(), set].concat()))
                    .collect()
            }
            (Type::Text, true) => {
                exact = false;
                let all: Vec<_> = TEXTS.iter().chain(&MANY).map(|t| (*t).to_owned()).collect();
                let pairs = subsets(&all[..3]);
                let ends = [all[3..4].to_vec(), all];
                pairs.into_iter().chain(ends).map(Val::Many).collect()
            }
            (Type::Text, false) => {
                exact = false;
                let mut all = self.possible(ty);
                all.push("something else".to_owned());
                all.into_iter().map(Val::One).collect()
            }
            (Type::Date, false) => {
                exact = false;
                let mut all = self.possible(ty);
                all.extend(
                    ["0001-01-01", "2025-12-31", "2026-01-01", "9998-01-01"].map(str::to_owned),
                );
                all.into_iter().map(Val::One).collect()
            }
            (Type::Entity(_), false) => {
                // What may be anywhere may have more to it than the engine has to find out.
                exact = false;
                self.possible(ty).into_iter().map(Val::One).collect()
            }
            _ => self.possible(ty).into_iter().map(Val::One).collect(),
        };
        if matches!(omission, Omission::Absent | Omission::Unless(_)) {
            domain.push(Val::Absent);
        }
        Slot {
            thing,
            field: name,
            domain,
            exact,
        }
    }

    /// A document of these things, in this order within each section.
    pub fn document(&self, things: &[usize]) -> String {
        let mut text = "palisade: v1\n".to_owned();
        for (kind, section) in section_order() {
            let mut of_kind = things
                .iter()
                .filter(|at| self.things[**at].kind == kind)
                .peekable();
            if of_kind.peek().is_some() {
                let _ = writeln!(text, "{section}:");
            }
            for at in of_kind {
                let thing = &self.things[*at];
                let _ = writeln!(text, "  {}: {}", thing.id, thing.json());
            }
        }
        text
    }

    pub fn whole_document(&self) -> String {
        self.document(&(0..self.things.len()).collect::<Vec<_>>())
    }
}

/// More than any policy asks for.
const MANY: [&str; 12] = [
    "+0", "+1", "+2", "+3", "+4", "+5", "+6", "+7", "+8", "+9", "+10", "+11",
];

impl Thing {
    fn json(&self) -> serde_json::Value {
        let mut all = serde_json::Map::new();
        for (name, value) in &self.fields {
            let (ty, _, omission) = field(self.kind, name);
            let written = match value {
                Val::Unknown => "unknown".into(),
                Val::Absent => match omission {
                    Omission::Unless(word) => word.into(),
                    _ => continue,
                },
                Val::One(value) if matches!(ty, Type::Bool) => (value == "true").into(),
                Val::One(value) if matches!(ty, Type::Long) => {
                    value.parse::<i64>().expect("a number").into()
                }
                Val::One(value) => value.as_str().into(),
                Val::Many(values) => values.clone().into(),
            };
            all.insert((*name).to_owned(), written);
        }
        if !self.labels.is_empty() {
            let labels = self.labels.iter();
            let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).into()));
            all.insert(
                "labels".to_owned(),
                serde_json::Value::Object(labels.collect()),
            );
        }
        if !self.complete {
            all.insert("complete".to_owned(), false.into());
        }
        serde_json::Value::Object(all)
    }
}

pub fn subsets(all: &[String]) -> Vec<Vec<String>> {
    let chosen = 0u32..1 << all.len();
    let sets = chosen.map(|chosen| {
        let taken = all
            .iter()
            .enumerate()
            .filter(|(at, _)| chosen & (1 << at) != 0);
        taken.map(|(_, element)| element.clone()).collect()
    });
    sets.collect()
}
