//! The values that an unknown attribute may have, as far as a policy can tell them apart.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{BinaryOp, EntityUID, Expr, ExprKind, Literal, PatternElem, UnaryOp};

use super::read_set::{Read, ReadSet};
use super::unlisted::{UNLISTED, UNLISTED_COUNT};
use super::view::View;
use crate::inventory::{Inventory, MissingFact, Possible, Reading};
use crate::model::{Atom, Elements, EntityId, EnumDef, Kind, Omission, Origin, Type};
use crate::source::{FileId, Span};

const DAY: i64 = 86_400_000;

/// Cedar's dates run from year 0 to year 9999.
pub(super) const FIRST_DATE: i64 = -62_167_219_200_000;
pub(super) const LAST_DATE: i64 = 253_402_214_400_000;

/// Texts that no policy and no document has a reason to hold.
const OTHER_TEXTS: [&str; UNLISTED_COUNT] = [
    "\0a", "\0b", "\0c", "\0d", "\0e", "\0f", "\0g", "\0h", "\0i", "\0j", "\0k", "\0l", "\0m",
    "\0n", "\0o", "\0p", "\0q", "\0r", "\0s", "\0t", "\0u", "\0v", "\0w", "\0x",
];

/// Most elements of which every subset is tried.
const SUBSET_LIMIT: usize = 8;

/// Most entities that are tried for one reference.
const ENTITY_LIMIT: usize = 512;

/// The values that an unknown may have.
pub(super) struct Candidates<'a> {
    pub(super) values: Vec<Reading<'a>>,
    /// Whether every other value is like one of these, as far as the policy can tell.
    pub(super) all: bool,
}

/// Whether a text stands for any that nobody names.
pub(super) fn is_other_text(text: &str) -> bool {
    OTHER_TEXTS.contains(&text)
}

/// The literals of a policy: the values at which its verdict can change.
#[derive(Debug, Default)]
pub(super) struct Literals {
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    entities: Vec<EntityUID>,
    /// Texts that its patterns match, the stars taken for nothing and for something.
    samples: BTreeSet<String>,
    patterns: usize,
    /// The units, in milliseconds, in which it counts time.
    units: BTreeSet<i64>,
    /// Whether it adds or multiplies.
    computes: bool,
}

impl Literals {
    pub(super) fn add(&mut self, expr: &Expr) {
        for part in expr.subexpressions() {
            match part.expr_kind() {
                ExprKind::Lit(Literal::String(text)) => {
                    self.texts.insert(text.to_string());
                }
                ExprKind::Lit(Literal::Long(number)) => {
                    self.numbers.insert(*number);
                }
                ExprKind::Lit(Literal::EntityUID(uid)) => self.entities.push((**uid).clone()),
                ExprKind::Like { pattern, .. } => {
                    let filled = |star: &str| -> String {
                        let elements = pattern.get_elems().iter();
                        let texts = elements.map(|element| match element {
                            PatternElem::Char(c) => c.to_string(),
                            PatternElem::Wildcard => star.to_owned(),
                        });
                        texts.collect()
                    };
                    self.samples.extend([filled(""), filled(OTHER_TEXTS[0])]);
                    self.patterns += 1;
                }
                ExprKind::ExtensionFunctionApp { fn_name, .. } => {
                    let unit = match fn_name.to_string().as_str() {
                        "toDays" => DAY,
                        "toHours" => 3_600_000,
                        "toMinutes" => 60_000,
                        "toSeconds" => 1000,
                        "toMilliseconds" => 1,
                        _ => continue,
                    };
                    self.units.insert(unit);
                }
                ExprKind::BinaryApp {
                    op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul,
                    ..
                }
                | ExprKind::UnaryApp {
                    op: UnaryOp::Neg, ..
                } => self.computes = true,
                _ => {}
            }
        }
    }

    /// The entities of the inventory that the policy names.
    fn named(&self, inventory: &Inventory) -> Vec<EntityId> {
        let known = self.entities.iter();
        known
            .filter_map(|uid| super::rule::declared(inventory, uid))
            .collect()
    }

    /// Whether the policy names this value of this enumeration.
    fn names(&self, def: &EnumDef, at: u8) -> bool {
        self.entities.iter().any(|uid| {
            uid.entity_type().to_string() == def.name
                && def
                    .variants
                    .get(usize::from(at))
                    .is_some_and(|v| AsRef::<str>::as_ref(uid.eid()) == v.name)
        })
    }

    /// The spans of time that it writes, in milliseconds: `duration("36h")`, and numbers of days.
    fn spans(&self, told: &Told<'_>) -> BTreeSet<i64> {
        let durations = self.texts.iter().filter_map(|text| milliseconds(text));
        let numbers = self.numbers.iter().chain(&told.numbers);
        let counted = numbers.flat_map(|number| {
            let counts = [number.saturating_sub(1), *number, number.saturating_add(1)];
            let units = self.units.iter();
            units.flat_map(move |unit| counts.map(|count| count.saturating_mul(*unit)))
        });
        durations.chain(counted).chain([0]).collect()
    }
}

/// What `duration("1d2h3m4s5ms")` comes to.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let units = [
            ("ms", 1),
            ("d", DAY),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1000),
        ];
        let (name, unit) = units.into_iter().find(|(name, _)| rest.starts_with(name))?;
        rest = rest.get(name.len()..)?;
        sum = sum.saturating_add(count.saturating_mul(unit));
    }
    Some(if negative { -sum } else { sum })
}

/// What the policy reads beside the unknown, and may compare it with.
#[derive(Default)]
struct Told<'a> {
    texts: BTreeSet<&'a str>,
    numbers: BTreeSet<i64>,
    dates: BTreeSet<i64>,
    entities: BTreeSet<EntityId>,
    variants: Vec<(&'static str, u8)>,
}

impl<'a> Told<'a> {
    fn new(view: &View<'a>, root: MissingFact, read_set: &ReadSet) -> Self {
        let mut told = Self::default();
        for text in turning(root, read_set) {
            told.texts.insert(text);
        }
        for need in &read_set.needs {
            let (Read::Value(path, _)
            | Read::Identity(path)
            | Read::Ancestors(path)
            | Read::Label(path, _)) = need
            else {
                continue;
            };
            let Ok(entity) = view.entity(path) else {
                continue;
            };
            told.entities.insert(entity);
            match need {
                Read::Value(_, attribute) => {
                    let ty = entity.kind.attributes()[*attribute].ty;
                    match view.inventory.read(entity, *attribute, &view.assumed) {
                        Reading::One(atom) => told.add(ty, atom),
                        Reading::Many(elements) => {
                            elements.iter().for_each(|(atom, _)| told.add(ty, *atom));
                        }
                        Reading::Absent | Reading::Unknown | Reading::Broken => {}
                    }
                }
                Read::Label(_, Some(name)) => told.texts.extend(view.label(entity, name)),
                Read::Label(_, None) => {
                    let common = view.inventory.entity(entity).common();
                    let labels = common.into_iter().flat_map(|common| &common.labels);
                    let texts = labels.flat_map(|(name, value)| [&*name.value, &*value.value]);
                    told.texts.extend(texts);
                }
                Read::Ancestors(_) => {
                    told.entities
                        .extend(view.ancestors(entity).unwrap_or_default());
                }
                Read::Identity(_) | Read::Context(_) => {}
            }
        }
        told
    }

    fn add(&mut self, ty: Type, atom: Atom<'a>) {
        match (atom, ty) {
            (Atom::Text(text), _) => drop(self.texts.insert(text)),
            (Atom::Long(number), _) => drop(self.numbers.insert(number)),
            (Atom::Date(at), _) => drop(self.dates.insert(at)),
            (Atom::Entity(entity), _) => drop(self.entities.insert(entity)),
            (Atom::Variant(at), Type::Enum(def)) => self.variants.push((def.name, at)),
            (Atom::Variant(_) | Atom::Bool(_), _) => {}
        }
    }
}

/// The texts in the list at `root` on which the derived attributes that the policy reads turn.
fn turning(root: MissingFact, read_set: &ReadSet) -> impl Iterator<Item = &'static str> {
    let lists = read_set.needs.iter().filter_map(|need| match need {
        Read::Value(path, attribute) => match path.kind.attributes()[*attribute].origin {
            Origin::Inventory(derived) => derived.turns_on(),
            _ => None,
        },
        _ => None,
    });
    let lists = lists.filter(move |(list, _)| {
        list.of(root.entity) == (root.entity, root.attribute) && list.kind == root.entity.kind
    });
    lists.flat_map(|(_, texts)| texts).copied()
}

/// The values that `root` may have under `view`. Every value of a finite type; of an infinite one
/// those that the policy names or reads elsewhere, with their neighbours, and some that it does not.
pub(super) fn candidates<'a>(
    view: &View<'a>,
    root: MissingFact,
    literals: &'a Literals,
    read_set: &ReadSet,
    whole_sets: bool,
    now: i64,
) -> Candidates<'a> {
    let def = &root.entity.kind.attributes()[root.attribute];
    if let Origin::Inventory(derived) = def.origin
        && let Some(computed) = view.inventory.possible(root.entity, derived)
    {
        return of_computed(view.inventory, &computed.value);
    }
    let told = Told::new(view, root, read_set);
    let singles = |atoms: Vec<Atom<'a>>| atoms.into_iter().map(Reading::One).collect();
    let mut all = true;
    if let Some(choice) = view.inventory.choice(root.entity, root.attribute) {
        let values = singles(choice.iter().map(|(atom, _)| *atom).collect());
        return Candidates { values, all: true };
    }
    let mut values: Vec<_> = match (def.ty, def.many) {
        (Type::Bool, false) => singles(vec![Atom::Bool(false), Atom::Bool(true)]),
        (Type::Enum(def), false) => singles(positions(def).map(Atom::Variant).collect()),
        (Type::Text, false) => {
            all = literals.patterns < 2;
            let mut texts = texts(literals, &told);
            texts.extend(literals.samples.iter().map(String::as_str).map(Atom::Text));
            texts.extend(other_text(&told).into_iter().map(Atom::Text));
            singles(texts)
        }
        (Type::Long, false) => {
            all = !literals.computes;
            let numbers = numbers(literals, &told, now).into_iter();
            singles(numbers.map(Atom::Long).collect())
        }
        (Type::Date, false) => {
            let dates = dates(literals, &told, now).into_iter();
            singles(dates.map(Atom::Date).collect())
        }
        (Type::Entity(kinds), false) => {
            let mut kinds = kinds.to_vec();
            kinds.sort_unstable();
            let ids = kinds
                .into_iter()
                .flat_map(|kind| view.inventory.ids_of(kind));
            let apart = ids.filter(|id| !leads_to(view, *id, root));
            let some: Vec<_> = apart.take(ENTITY_LIMIT + 1).map(Atom::Entity).collect();
            all = some.len() <= ENTITY_LIMIT;
            singles(some)
        }
        (Type::Enum(_) | Type::Text | Type::Entity(_), true) => {
            let sets = sets(view, root, literals, &told, whole_sets);
            all = sets.all;
            sets.values
        }
        (Type::Bool | Type::Long | Type::Date, true) | (Type::Step, _) => Vec::new(),
    };
    let omission = match def.origin {
        Origin::Field(field) => root.entity.kind.def().field(field).omission,
        // What is derived is always something.
        Origin::Inventory(_) => Omission::Problem,
        _ => Omission::Absent,
    };
    if matches!(omission, Omission::Absent | Omission::Unless(_)) {
        values.push(Reading::Absent);
    }
    Candidates { values, all }
}

/// The values of what follows from where things end up: all of them are known.
fn of_computed<'a>(inventory: &'a Inventory, possible: &'a Possible) -> Candidates<'a> {
    match possible {
        Possible::Truths(truths) => Candidates {
            values: truths
                .iter()
                .map(|truth| Reading::One(Atom::Bool(*truth)))
                .collect(),
            all: true,
        },
        Possible::Numbers(numbers) => Candidates {
            values: numbers
                .iter()
                .map(|n| Reading::One(Atom::Long(*n)))
                .collect(),
            all: true,
        },
        Possible::Set(elements, others) => {
            let listed = inventory.elements(elements);
            let others = inventory.elements(others);
            let atoms: Vec<_> = others.iter().map(|(atom, _)| *atom).collect();
            let sets = subsets(&atoms).into_iter().map(|chosen| {
                let chosen = others.iter().filter(|(atom, _)| chosen.contains(atom));
                let all: Elements<'a> = listed.iter().chain(chosen).copied().collect();
                Reading::Many(all)
            });
            Candidates {
                values: sets.collect(),
                all: atoms.len() <= SUBSET_LIMIT,
            }
        }
    }
}

fn positions(def: &EnumDef) -> impl Iterator<Item = u8> {
    (0..def.variants.len()).filter_map(|at| u8::try_from(at).ok())
}

/// Whether `entity` is the one whose reference is unknown, or has that as its own: then the one
/// cannot refer to the other, as nothing may be in itself.
fn leads_to(view: &View<'_>, entity: EntityId, root: MissingFact) -> bool {
    let mut at = entity;
    // Stated references lead no deeper.
    for _ in 0..128 {
        if at == root.entity {
            return true;
        }
        if at.kind != root.entity.kind {
            return false;
        }
        match view.inventory.read(at, root.attribute, &view.assumed) {
            Reading::One(Atom::Entity(next)) => at = next,
            Reading::Many(_) => {
                let ancestors = view.ancestors(at).unwrap_or_default();
                return root.entity.kind == Kind::Identity && ancestors.contains(&root.entity);
            }
            _ => return false,
        }
    }
    false
}

fn texts<'a>(literals: &'a Literals, told: &Told<'a>) -> Vec<Atom<'a>> {
    let named = literals.texts.iter().map(String::as_str);
    let all: BTreeSet<&str> = named.chain(told.texts.iter().copied()).collect();
    let telling = all.into_iter().filter(|text| !is_other_text(text));
    telling.map(Atom::Text).collect()
}

/// Texts that nobody names: one that is assumed elsewhere, and one that is not.
fn other_text(told: &Told<'_>) -> Vec<&'static str> {
    let assumed = OTHER_TEXTS
        .into_iter()
        .filter(|text| told.texts.contains(text));
    let fresh = OTHER_TEXTS
        .into_iter()
        .find(|text| !told.texts.contains(text));
    assumed.chain(fresh).collect()
}

fn numbers(literals: &Literals, told: &Told<'_>, now: i64) -> BTreeSet<i64> {
    let dates = || told.dates.iter().copied().chain([now]);
    let between = literals.units.iter().flat_map(|unit| {
        dates().flat_map(move |from| dates().map(move |to| to.saturating_sub(from) / unit))
    });
    let named = literals.numbers.iter().chain(&told.numbers).copied();
    let around = named
        .chain(between)
        .flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]);
    // Where the policy computes, a few of every size.
    let sizes = (0..20).map(|power| 1 << power);
    let sizes = sizes.filter(|_| literals.computes);
    around.chain([0]).chain(sizes).collect()
}

/// Today, the days that the policy names or reads, those that lie a named span from these, and
/// the days around each.
fn dates(literals: &Literals, told: &Told<'_>, now: i64) -> BTreeSet<i64> {
    let named = literals.texts.iter().filter_map(|text| {
        let day: String = text.chars().take(10).collect();
        Some(day.parse::<crate::model::Date>().ok()?.milliseconds)
    });
    let telling: BTreeSet<_> = named
        .chain(told.dates.iter().copied())
        .chain([now])
        .collect();
    let spans = literals.spans(told);
    let near = telling.iter().flat_map(|at| {
        let spans = spans.iter();
        spans.flat_map(|span| [at.saturating_sub(*span), at.saturating_add(*span)])
    });
    let around = near.flat_map(|at| {
        let day = at.saturating_sub(at.rem_euclid(DAY));
        [day.saturating_sub(DAY), day, day.saturating_add(DAY)]
    });
    around
        .chain([FIRST_DATE, LAST_DATE])
        .map(|at| at.clamp(FIRST_DATE, LAST_DATE))
        .collect()
}

/// The sets that `root` may hold: what is listed, with every choice of what the policy can tell
/// from the rest, and as many of the rest as can make a difference.
fn sets<'a>(
    view: &View<'a>,
    root: MissingFact,
    literals: &'a Literals,
    told: &Told<'a>,
    whole: bool,
) -> Candidates<'a> {
    let def = &root.entity.kind.attributes()[root.attribute];
    let listed = view.inventory.listed(root.entity, root.attribute);
    let (mut telling, others): (Vec<Atom<'a>>, Vec<Atom<'a>>) = match def.ty {
        Type::Enum(def) => {
            let is_told = |at: u8| told.variants.contains(&(def.name, at));
            let (telling, others): (Vec<_>, Vec<_>) =
                positions(def).partition(|at| whole || literals.names(def, *at) || is_told(*at));
            let atoms = |all: Vec<u8>| all.into_iter().map(Atom::Variant).collect();
            (atoms(telling), atoms(others))
        }
        Type::Entity(kinds) => {
            let asked = [view.request.principal, view.request.resource];
            let named = literals.named(view.inventory).into_iter().chain(asked);
            let told = told.entities.iter().copied();
            let telling: BTreeSet<_> = named
                .chain(told)
                .chain(view.request.subject)
                .filter(|id| {
                    kinds.contains(&id.kind) && id.index <= UNLISTED - UNLISTED_COUNT as u32
                })
                .filter(|id| !leads_to(view, *id, root))
                .collect();
            let kind = kinds.first().copied().unwrap_or(Kind::Document);
            let unlisted = (0..UNLISTED_COUNT as u32).map(|at| kind.id(UNLISTED - at));
            let atoms = |id| Atom::Entity(id);
            (
                telling.into_iter().map(atoms).collect(),
                unlisted.map(atoms).collect(),
            )
        }
        _ => {
            let others = OTHER_TEXTS.into_iter().map(Atom::Text);
            (texts(literals, told), others.collect())
        }
    };
    telling.retain(|atom| !listed.iter().any(|(known, _)| known == atom));
    let others: Vec<_> = others
        .into_iter()
        .filter(|atom| !listed.iter().any(|(known, _)| known == atom))
        .collect();
    let counts = literals.numbers.iter().chain(&told.numbers);
    let most = counts.copied().max().unwrap_or_default().saturating_add(2);
    let most = usize::try_from(most).unwrap_or_default().max(2);
    let padding = if whole {
        most.min(others.len())
    } else {
        others.len().min(1)
    };
    // Of a count, each that the policy can tell from others; where it computes, any might be.
    let counted = others.is_empty() || (most <= others.len() && !literals.computes);
    let all = (!whole || counted) && telling.len() <= SUBSET_LIMIT;
    let nowhere = Span::file_start(FileId(0));
    let mut values = Vec::new();
    for chosen in subsets(&telling) {
        for more in 0..=padding {
            let added = chosen.iter().chain(&others[..more]);
            let mut elements: Elements<'a> = added.map(|atom| (*atom, nowhere)).collect();
            elements.extend(listed.iter().copied());
            values.push(Reading::Many(elements));
        }
    }
    Candidates { values, all }
}

/// Every subset, the empty one first. Of more than [`SUBSET_LIMIT`] elements those of at most one
/// and the whole.
fn subsets<'a>(elements: &[Atom<'a>]) -> Vec<Vec<Atom<'a>>> {
    if elements.len() > SUBSET_LIMIT {
        let some = elements.iter().take(ENTITY_LIMIT);
        let singles = some.map(|atom| vec![*atom]);
        let ends = [Vec::new(), elements.to_vec()];
        return ends.into_iter().chain(singles).collect();
    }
    (0u32..1 << elements.len())
        .map(|chosen| {
            let taken = elements.iter().enumerate();
            let taken = taken.filter(|(at, _)| chosen & (1 << at) != 0);
            taken.map(|(_, atom)| *atom).collect()
        })
        .collect()
}
