//! What rules read of requests, each value once, however many rules and requests there are.
//!
//! What a rule reads of an entity is the same in every request about it, so it is read once for each
//! entity and numbered: equal numbers, equal values. Of requests of which a rule reads the same one
//! has to be put to it.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use smallvec::SmallVec;

use super::read_set::{Base, Read, ReadSet, Use};
use super::requests::Request;
use super::scan::{CacheKey, Known, Tokens};
use super::view::{Unknown, View};
use crate::flow::Flow;
use crate::inventory::Inventory;
use crate::model::ContextAttribute;

/// Fewer requests are looked at one by one.
const FEW: usize = 16;

/// So many values at most has a column by which requests are sorted for all rules at once.
const COMMON: u32 = 16;

/// What no two requests are alike in: it rests on several unknowns, or refers to nothing.
const OPEN: u32 = u32::MAX;

/// No unknown.
const NOTHING: u64 = 0;

/// A number for something unknown, other than that of everything else unknown, and not [`NOTHING`].
fn packed(unknown: Unknown) -> u64 {
    match unknown {
        Unknown::Attribute(root) => {
            let (kind, attribute) = (root.entity.kind as u64, root.attribute as u64);
            (kind + 1) << 56 | attribute << 32 | u64::from(root.entity.index)
        }
        Unknown::ContextAttribute(of) => of as u64 + 1,
    }
}

/// Where in a request a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Principal,
    Resource,
    /// The entity that the context holds.
    Subject,
    /// What holds of the request as a whole.
    Context,
    /// An entity that a rule names.
    Named,
}

const SIDES: usize = Side::Named as usize + 1;

impl Side {
    fn of(read: &Read, context: impl Fn(usize) -> ContextAttribute) -> Self {
        match (read.base(), read) {
            (Some(Base::Principal), _) => Self::Principal,
            (Some(Base::Resource), _) => Self::Resource,
            (Some(Base::Context), _) => Self::Subject,
            (Some(Base::Named(_)), _) => Self::Named,
            (None, Read::Context(at)) => match context(*at) {
                ContextAttribute::InMemory => Self::Resource,
                ContextAttribute::Subject => Self::Subject,
                _ => Self::Context,
            },
            (None, _) => Self::Context,
        }
    }
}

/// What there is on one side of some requests, each once, in the order of the requests.
struct Ends {
    /// The first request that it is in.
    first: Vec<usize>,
    /// Of each request, by its place.
    of: Vec<u32>,
}

impl Ends {
    fn new<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> Self {
        let mut places: HashMap<K, u32> = HashMap::new();
        let mut first = Vec::new();
        let of = keys.enumerate().map(|(at, key)| {
            *places.entry(key).or_insert_with(|| {
                first.push(at);
                first.len() as u32 - 1
            })
        });
        let of = of.collect();
        Self { first, of }
    }
}

/// One value that rules read.
struct Column {
    read: Read,
    used: Use,
    side: Side,
    /// Of each end on its side, the number of the value.
    numbers: Vec<u32>,
    /// Of each end the unknown that the value is, if it is one; empty if all is known.
    unknown: Vec<u64>,
    /// How many values there are.
    values: u32,
}

impl Column {
    /// Whether few values are shared by many.
    fn is_common(&self) -> bool {
        self.values <= COMMON
    }

    fn unknown(&self, end: usize) -> u64 {
        self.unknown.get(end).copied().unwrap_or(NOTHING)
    }

    /// Adds what there is of an end to what there is of it in the columns before: of something unknown
    /// also which of the `seen` it is.
    fn add_to(&self, row: &mut Row, end: usize, seen: &mut SmallVec<[u64; 8]>) {
        row.push(self.numbers[end]);
        let unknown = self.unknown(end);
        if unknown != NOTHING {
            let place = seen.iter().position(|known| *known == unknown);
            row.push(place.unwrap_or(seen.len()) as u32);
            seen.push(unknown);
        }
    }
}

/// What rules read of some requests.
pub(super) struct Table {
    columns: Vec<Column>,
    ends: [Ends; SIDES],
    /// Of what holds of requests as a whole, whether the fact is certain.
    certain: Vec<bool>,
    /// Of each request the number of its sort, by the common columns; and of each sort the first request.
    sorts: Ends,
}

impl Table {
    /// What rules read of `requests`, which are of one environment, up to the first about what is not
    /// listed; `None` if these are few.
    ///
    /// Linear in the requests, and for each value that a rule reads in the entities that they are about.
    pub(super) fn new(
        (inventory, flow): (&Inventory, &Flow),
        read_sets: &[&ReadSet],
        requests: &[Request],
    ) -> Option<Self> {
        let open = requests.iter().position(|request| request.open.is_some());
        let requests = &requests[..open.unwrap_or(requests.len())];
        let one = requests.first().filter(|_| requests.len() >= FEW)?;
        let def = one.action.def();
        let all = read_sets
            .iter()
            .flat_map(|all| all.needs.iter().zip(&all.uses));
        let mut seen = HashSet::new();
        let all = all.filter(|(read, used)| seen.insert((*read, **used)));
        let columns = all.map(|(read, used)| Column {
            read: read.clone(),
            used: *used,
            side: Side::of(read, |at| def.context[at].from),
            numbers: Vec::new(),
            unknown: Vec::new(),
            values: 0,
        });
        let mut columns: Vec<Column> = columns.collect();
        let context = |at: usize| View::context_of((inventory, flow), &requests[at]);
        let all = || 0..requests.len();
        let wholes = Ends::new(all().map(context));
        let contexts: Vec<_> = wholes.first.iter().map(|at| context(*at)).collect();
        let context = |at: usize| contexts[wholes.of[at] as usize];
        let subject = |at: usize| match (requests[at].subject, context(at).origin) {
            (Some(subject), _) => (subject, true),
            (None, origin) => (origin.unwrap_or(requests[at].resource), false),
        };
        let ends = [
            Ends::new(all().map(|at| requests[at].principal)),
            Ends::new(all().map(|at| requests[at].resource)),
            Ends::new(all().map(subject)),
            Ends::new(all().map(|at| wholes.of[at])),
            Ends::new(all().map(|_| ())),
        ];
        let share = columns.len() / rayon::current_num_threads() + 1;
        columns.par_chunks_mut(share).for_each(|columns| {
            for (side, ends) in (0..).zip(&ends) {
                let columns = columns.iter_mut().filter(|it| it.side as usize == side);
                let mut columns: Vec<_> = columns.map(|it| (it, Numbers::default())).collect();
                if columns.is_empty() {
                    continue;
                }
                for at in &ends.first {
                    let request = requests[*at];
                    let view = View::with_context((inventory, flow), request, context(*at));
                    for (column, numbers) in &mut columns {
                        let (number, unknown) = numbers.read(&view, &column.read, column.used);
                        if unknown != NOTHING {
                            column.unknown.resize(column.numbers.len(), NOTHING);
                            column.unknown.push(unknown);
                        }
                        column.numbers.push(number);
                    }
                }
                for (column, numbers) in columns {
                    column.values = numbers.count();
                }
            }
        });
        part(&mut columns);
        let mut table = Self {
            columns,
            certain: contexts.iter().map(|context| context.certain).collect(),
            sorts: Ends {
                first: Vec::new(),
                of: Vec::new(),
            },
            ends,
        };
        table.sorts = table.sorted();
        Some(table)
    }

    /// Sorts the requests by the columns that are common.
    fn sorted(&self) -> Ends {
        let of_side = |side: usize| {
            let columns = self.columns.iter();
            let columns = columns.filter(|it| it.is_common() && it.side as usize == side);
            let columns: Vec<_> = columns.collect();
            let ends = 0..self.ends[side].first.len();
            Ends::new(ends.map(|end| {
                let (mut row, mut seen) = (Row::new(), SmallVec::new());
                for column in &columns {
                    column.add_to(&mut row, end, &mut seen);
                }
                row
            }))
        };
        let sides: [Ends; SIDES] = std::array::from_fn(of_side);
        let requests = 0..self.ends[0].of.len();
        Ends::new(requests.map(|at| {
            let ends = self.ends.iter().zip(&sides);
            let ends = ends.map(|(ends, sort)| sort.of[ends.of[at] as usize]);
            ends.collect::<SmallVec<[u32; SIDES]>>()
        }))
    }

    /// A column, and the place in it of what a request is about.
    fn place(&self, column: usize, request: usize) -> (&Column, usize) {
        let column = &self.columns[column];
        let ends = &self.ends[column.side as usize];
        (column, ends.of[request] as usize)
    }

    /// Whether a request is about what is so whatever the unknown is.
    pub(super) fn is_certain(&self, request: usize) -> bool {
        let whole = self.ends[Side::Context as usize].of[request];
        self.certain[whole as usize]
    }

    /// What one rule reads of the requests.
    pub(super) fn of(&self, read_set: &ReadSet) -> Alike<'_> {
        let (mut common, mut own) = (Vec::new(), Vec::new());
        for (read, used) in read_set.needs.iter().zip(&read_set.uses) {
            let mut columns = (0..).zip(&self.columns);
            let column = columns.find(|(_, it)| it.read == *read && it.used == *used);
            match column {
                Some((at, column)) if column.is_common() => common.push(at),
                Some((at, _)) => own.push(at),
                None => {}
            }
        }
        let mut numbers = HashMap::new();
        let of_sorts = self.sorts.first.iter().map(|request| {
            let (mut row, mut seen) = (Row::new(), SmallVec::new());
            for column in &common {
                let (column, end) = self.place(*column, *request);
                column.add_to(&mut row, end, &mut seen);
            }
            match row.contains(&OPEN) {
                true => OPEN,
                false => next(&mut numbers, row),
            }
        });
        Alike {
            of_sorts: of_sorts.collect(),
            table: self,
            own,
            numbers: HashMap::new(),
        }
    }
}

/// Makes the unknowns of different sides of requests different ones: what is read of the same unknown on
/// two sides is open.
fn part(columns: &mut [Column]) {
    let mut sides: HashMap<u64, Option<Side>> = HashMap::new();
    for column in columns.iter() {
        for unknown in column.unknown.iter().filter(|it| **it != NOTHING) {
            let side = sides.entry(*unknown).or_insert(Some(column.side));
            *side = side.filter(|side| *side == column.side);
        }
    }
    if sides.values().all(Option::is_some) {
        return;
    }
    for column in columns {
        for (number, unknown) in column.numbers.iter_mut().zip(&mut column.unknown) {
            if sides.get(unknown) == Some(&None) {
                (*number, *unknown) = (OPEN, NOTHING);
            }
        }
    }
}

/// What a rule reads of a request.
type Row = SmallVec<[u32; 8]>;

fn next<K: Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(key).or_insert(next)
}

/// Which requests are alike to a rule.
pub(super) struct Alike<'t> {
    table: &'t Table,
    /// Of each sort of requests the number of what the rule reads in the common columns, or [`OPEN`].
    of_sorts: Vec<u32>,
    /// The columns that it reads besides.
    own: Vec<usize>,
    numbers: HashMap<Row, u32>,
}

impl Alike<'_> {
    /// A number for a request: equal numbers, equal verdicts; `None` where it has to be looked at by
    /// itself.
    pub(super) fn of(&mut self, request: usize) -> Option<usize> {
        let sort = *self.table.sorts.of.get(request)?;
        let common = self.of_sorts[sort as usize];
        if common == OPEN || self.own.is_empty() {
            return (common != OPEN).then_some(common as usize);
        }
        let mut row = Row::from_elem(common, 1);
        for column in &self.own {
            let (column, end) = self.table.place(*column, request);
            let number = column.numbers[end];
            if number == OPEN || column.unknown(end) != NOTHING {
                return None;
            }
            row.push(number);
        }
        Some(next(&mut self.numbers, row) as usize)
    }
}

/// Numbers of the values in one column.
#[derive(Default)]
struct Numbers<'a> {
    known: HashMap<Tokens<'a>, u32>,
    last: Option<(Tokens<'a>, u32)>,
    has_open: bool,
}

impl<'a> Numbers<'a> {
    /// The number of a value, and the unknown that it is.
    fn read(&mut self, view: &View<'a>, read: &Read, used: Use) -> (u32, u64) {
        let mut tokens = Tokens::new();
        let unknown = match view.token(read, used, &mut tokens) {
            Known::Yes => NOTHING,
            Known::No { shared: true } => match (&*view.unknown(read), &*view.unstated(read)) {
                ([one], [same]) if one == same => {
                    tokens.push(CacheKey::Unknown(0));
                    packed(*one)
                }
                _ => return self.open(),
            },
            Known::No { shared: false } | Known::Broken => return self.open(),
        };
        (self.number(tokens), unknown)
    }

    fn open(&mut self) -> (u32, u64) {
        self.has_open = true;
        (OPEN, NOTHING)
    }

    fn number(&mut self, tokens: Tokens<'a>) -> u32 {
        // What is next to each other is often the same.
        if let Some((last, number)) = &self.last
            && *last == tokens
        {
            return *number;
        }
        let number = match self.known.get(&tokens) {
            Some(number) => *number,
            None => {
                let number = self.known.len() as u32;
                self.known.insert(tokens.clone(), number);
                number
            }
        };
        self.last = Some((tokens, number));
        number
    }

    fn count(&self) -> u32 {
        self.known.len() as u32 + u32::from(self.has_open)
    }
}
