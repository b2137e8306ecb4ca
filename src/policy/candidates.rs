//! The values that an unknown attribute may have, as far as a policy can tell them apart.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{EntityUID, Expr, ExprKind, Literal};

use super::encode::UNLISTED;
use super::view::View;
use crate::inventory::{Inventory, Reading, Root};
use crate::model::{Atom, Elements, EntityId, EnumDef, Fact, Omission, Origin, Type};
use crate::source::{FileId, Span};

const DAY: i64 = 86_400_000;

/// Cedar's dates run from year 0 to year 9999.
pub(super) const FIRST_DATE: i64 = -62_167_219_200_000;
pub(super) const LAST_DATE: i64 = 253_402_214_400_000;

/// A text that no policy names.
pub(super) const OTHER_TEXT: &str = "\u{0}other";

/// Most elements of which every subset is tried.
const SUBSET_LIMIT: usize = 8;

/// The literals of a policy: the values at which its verdict can change.
#[derive(Debug, Default)]
pub(super) struct Literals {
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    entities: Vec<EntityUID>,
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
                    let sample = pattern.to_string().replace('*', "");
                    self.texts.insert(sample);
                }
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
    fn names(&self, def: &EnumDef, at: usize) -> bool {
        self.entities.iter().any(|uid| {
            uid.entity_type().to_string() == def.name
                && def
                    .variants
                    .get(at)
                    .is_some_and(|v| AsRef::<str>::as_ref(uid.eid()) == v.name)
        })
    }
}

/// The values that `root` may have under `view`. Every value of a finite type; of an infinite one
/// the policy's own literals and their neighbours, and one value that it does not name.
pub(super) fn candidates<'a>(
    view: &View<'a>,
    root: Root,
    literals: &'a Literals,
    whole_sets: bool,
    now: i64,
) -> Vec<Reading<'a>> {
    let def = &root.entity.kind.attributes()[root.attribute];
    let mut all = match (def.ty, def.many) {
        (Type::Bool, false) => vec![one(Atom::Bool(false)), one(Atom::Bool(true))],
        (Type::Enum(def), false) => (0u8..)
            .zip(def.variants)
            .map(|(at, _)| one(Atom::Variant(at)))
            .collect(),
        (Type::Enum(def), true) => subsets(&variants(def, literals, whole_sets)),
        (Type::Text, false) => texts(literals).into_iter().map(one).collect(),
        (Type::Text, true) => subsets(&texts(literals)),
        (Type::Long, false) => numbers(literals)
            .into_iter()
            .map(|n| one(Atom::Long(n)))
            .collect(),
        (Type::Date, false) => dates(literals, now)
            .into_iter()
            .map(|at| one(Atom::Date(at)))
            .collect(),
        (Type::Entity(kinds), false) => {
            let ids = view.inventory.ids();
            let entities = ids.filter(|id| kinds.contains(&id.kind) && *id != root.entity);
            entities.map(|id| one(Atom::Entity(id))).collect()
        }
        (Type::Entity(_), true) => relations(view, root, literals),
        (Type::Bool | Type::Long | Type::Date, true) | (Type::Step, _) => Vec::new(),
    };
    let omission = match def.origin {
        Origin::Field(field) => root.entity.kind.def().fields[field].omission,
        _ => Omission::Absent,
    };
    if omission == Omission::Absent {
        all.push(Reading::Absent);
    }
    all
}

fn one(atom: Atom<'_>) -> Reading<'_> {
    Reading::One(atom)
}

/// The values of an enumeration that make a difference: those that the policy names and one that
/// it does not, or all of them where it reads more of the set than its elements.
fn variants<'a>(def: &'static EnumDef, literals: &Literals, whole: bool) -> Vec<Atom<'a>> {
    let mut unnamed = 0;
    let telling = (0..def.variants.len()).filter(|at| {
        let named = literals.names(def, *at);
        unnamed += usize::from(!named);
        whole || named || unnamed == 1
    });
    let telling: Vec<_> = telling.filter_map(|at| u8::try_from(at).ok()).collect();
    telling.into_iter().map(Atom::Variant).collect()
}

fn texts(literals: &Literals) -> Vec<Atom<'_>> {
    let named = literals.texts.iter().map(String::as_str);
    named.chain([OTHER_TEXT]).map(Atom::Text).collect()
}

fn numbers(literals: &Literals) -> BTreeSet<i64> {
    let around = literals
        .numbers
        .iter()
        .flat_map(|n| [n.saturating_sub(1), *n, n.saturating_add(1)]);
    around.chain([0]).collect()
}

/// Today, the days that policies name, and those that lie a named number of days from today.
fn dates(literals: &Literals, now: i64) -> BTreeSet<i64> {
    let days = literals.numbers.iter().flat_map(|days| {
        let span = days.saturating_mul(DAY);
        [now.saturating_sub(span), now.saturating_add(span)]
    });
    let named = literals.texts.iter().filter_map(|text| {
        let day: String = text.chars().take(10).collect();
        Some(day.parse::<crate::model::Date>().ok()?.milliseconds)
    });
    let telling: Vec<_> = days.chain(named).chain([now]).collect();
    let around = telling
        .iter()
        .flat_map(|at| [at.saturating_sub(DAY), *at, at.saturating_add(DAY)]);
    around
        .chain([FIRST_DATE, LAST_DATE])
        .map(|at| at.clamp(FIRST_DATE, LAST_DATE))
        .collect()
}

/// The elements that are listed, with every choice of others that the policy can tell apart.
fn relations<'a>(view: &View<'a>, root: Root, literals: &Literals) -> Vec<Reading<'a>> {
    let Origin::Field(field) = root.entity.kind.attributes()[root.attribute].origin else {
        return Vec::new();
    };
    let def = &root.entity.kind.def().fields[field];
    let Type::Entity(kinds) = def.ty else {
        return Vec::new();
    };
    let listed = match view.inventory.entity(root.entity).fact(field) {
        Fact::Many(elements, _) => elements,
        Fact::One(..) | Fact::Unstated(_) | Fact::Broken(_) => Elements::new(),
    };
    let asked = [view.request.principal, view.request.resource];
    let others = literals.named(view.inventory).into_iter().chain(asked);
    let mut others: Vec<_> = others.filter(|id| kinds.contains(&id.kind)).collect();
    if let Some(kind) = kinds.first() {
        others.push(EntityId {
            kind: *kind,
            index: UNLISTED,
        });
    }
    others.sort_unstable();
    others.dedup();
    let others: Vec<_> = others.into_iter().map(Atom::Entity).collect();
    let mut all = subsets(&others);
    for reading in &mut all {
        if let Reading::Many(elements) = reading {
            elements.extend(listed.iter().copied());
        }
    }
    all
}

/// Every subset, the empty one first. Of more than [`SUBSET_LIMIT`] elements those of at most one
/// and the whole.
fn subsets<'a>(elements: &[Atom<'a>]) -> Vec<Reading<'a>> {
    let many = |chosen: Vec<Atom<'a>>| {
        let nowhere = Span::file_start(FileId(0));
        Reading::Many(chosen.into_iter().map(|atom| (atom, nowhere)).collect())
    };
    if elements.len() > SUBSET_LIMIT {
        let singles = elements.iter().map(|atom| many(vec![*atom]));
        let ends = [many(Vec::new()), many(elements.to_vec())];
        return ends.into_iter().chain(singles).collect();
    }
    (0u32..1 << elements.len())
        .map(|chosen| {
            let taken = elements.iter().enumerate();
            let taken = taken.filter(|(at, _)| chosen & (1 << at) != 0);
            many(taken.map(|(_, atom)| *atom).collect())
        })
        .collect()
}
