//! The operands of a condition under a view of a request, each evaluated by Cedar.
//!
//! Where much is unknown, very many views of one request differ in few values, and so do the views of
//! other requests. What Cedar said of an operand is remembered by what the operand reads, and what
//! it said of the whole by what all operands came to.

use std::cell::{OnceCell, RefCell};
use std::sync::{Mutex, PoisonError};

use cedar_policy_core::ast::{Expr, Literal, Request, SlotEnv, Value, ValueKind};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;
use hashbrown::HashMap;
use smallvec::SmallVec;

use super::encode::{Unencodable, encode};
use super::read_set::{Read, ReadSet, Use};
use super::rule::{Forbids, Rule};
use super::scan::{CacheKey, Known, Tokens};
use super::view::View;
use crate::model::Truth;

/// So much is remembered of one policy before it is forgotten.
const REMEMBERED: usize = 1 << 16;

/// Of so many times that something is remembered, a debug build looks once whether it is right.
const LOOKED_AT: usize = 61;

/// Puts requests to one policy.
pub(super) struct RuleEvaluator<'a> {
    pub(super) rule: &'a Rule,
    pub(super) read_set: &'a ReadSet,
    pub(super) now: i64,
    /// How many unknowns are looked at for one verdict.
    pub(super) looks: usize,
    /// What is remembered, and not in use.
    memory: Mutex<Vec<Memory<'a>>>,
}

impl<'a> RuleEvaluator<'a> {
    pub(super) fn new(rule: &'a Rule, read_set: &'a ReadSet, now: i64, looks: usize) -> Self {
        Self {
            rule,
            read_set,
            now,
            looks,
            memory: Mutex::default(),
        }
    }

    /// Something to decide one request with.
    pub(super) fn session(&self) -> Session<'_, 'a> {
        let mut free = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = free.pop().filter(|memory| !memory.is_full());
        Session {
            evaluator: self,
            memory: RefCell::new(memory.unwrap_or_default()),
        }
    }
}

/// A policy, with what is remembered of it, for one thread.
pub(super) struct Session<'e, 'a> {
    pub(super) evaluator: &'e RuleEvaluator<'a>,
    memory: RefCell<Memory<'a>>,
}

impl Drop for Session<'_, '_> {
    fn drop(&mut self) {
        let memory = std::mem::take(self.memory.get_mut());
        let free = &self.evaluator.memory;
        let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(memory);
    }
}

/// What the operands of a condition came to, as far as they were evaluated.
type Truths = SmallVec<[Option<Truth>; 16]>;

/// What was seen of a policy.
#[derive(Default)]
struct Memory<'a> {
    /// Numbers that stand for values.
    numbers: HashMap<Tokens<'a>, u32>,
    /// What each operand came to, by its place and the numbers of what it reads.
    truths: HashMap<SmallVec<[u32; 6]>, Truth>,
    /// Whether Cedar denied, by what the operands came to.
    denied: HashMap<Truths, bool>,
    /// How often something was remembered.
    hits: usize,
}

impl<'a> Memory<'a> {
    fn is_full(&self) -> bool {
        self.numbers.len() + self.truths.len() + self.denied.len() > REMEMBERED
    }

    fn number(&mut self, tokens: Tokens<'a>) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry(tokens).or_insert(next)
    }

    /// Whether to look this time.
    fn looks(&mut self) -> bool {
        self.hits += 1;
        self.hits.is_multiple_of(LOOKED_AT)
    }
}

/// What there is under a view of something that a policy reads.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// A value: its number, and that of as much of it as matters to the policy.
    Known { whole: u32, used: u32 },
    /// It is unknown. A number for what is known of it, where that is all that matters.
    Unknown(Option<u32>),
    /// It refers to nothing.
    Broken(Option<u32>),
}

/// What a policy reads, in numbers: equal numbers, equal verdicts.
pub(super) type Alike = SmallVec<[u32; 8]>;

/// The operands of a condition under one view, each evaluated when it is first asked for.
pub(super) struct Leaves<'j, 'a> {
    session: &'j Session<'j, 'a>,
    pub(super) view: &'j View<'a>,
    /// The view as Cedar sees it: to encode it takes longer than most answers.
    encoded: OnceCell<Result<(Request, Entities), Unencodable>>,
    /// What there is of each need of the policy.
    cells: OnceCell<SmallVec<[Cell; 8]>>,
    truths: Truths,
}

impl<'j, 'a> Leaves<'j, 'a> {
    /// The leaves under `view`; what is `known` where less is assumed stays as it is.
    pub(super) fn new(
        session: &'j Session<'j, 'a>,
        view: &'j View<'a>,
        known: Option<&Leaves<'_, 'a>>,
    ) -> Self {
        let settled = |truth: &Option<Truth>| truth.filter(|truth| *truth != Truth::Unknown);
        let truths = match known {
            Some(known) => known.truths.iter().map(settled).collect(),
            None => SmallVec::from_elem(None, session.evaluator.rule.condition().leaves.len()),
        };
        let leaves = Self {
            session,
            view,
            encoded: OnceCell::new(),
            cells: OnceCell::new(),
            truths,
        };
        if let Some(known) = known {
            let cells = known.cells().iter().map(|cell| Some(*cell));
            leaves.cells.get_or_init(|| leaves.read(cells));
        }
        leaves
    }

    fn cells(&self) -> &[Cell] {
        self.cells
            .get_or_init(|| self.read(std::iter::repeat(None)))
    }

    /// Reads what is not known already.
    fn read(&self, known: impl Iterator<Item = Option<Cell>>) -> SmallVec<[Cell; 8]> {
        let read_set = self.session.evaluator.read_set;
        let needs = read_set.needs.iter().zip(&read_set.uses).zip(known);
        let cells = needs.map(|((need, used), known)| match (known, need) {
            (Some(cell @ Cell::Known { .. }), needed) if !matches!(needed, Read::Context(_)) => {
                cell
            }
            _ => self.cell(need, *used),
        });
        cells.collect()
    }

    fn cell(&self, need: &Read, used: Use) -> Cell {
        let mut memory = self.session.memory.borrow_mut();
        let mut tokens = Tokens::new();
        let known = self.view.token(need, Use::Whole, &mut tokens);
        if let Known::Yes = known {
            let is_followed = used == Use::Followed && matches!(*tokens, [CacheKey::One(_)]);
            let whole = memory.number(tokens);
            let used = match is_followed {
                true => memory.number(Tokens::from_elem(CacheKey::Some, 1)),
                false => whole,
            };
            return Cell::Known { whole, used };
        }
        tokens.push(CacheKey::Unknown(0));
        let number = (!self.view.follows(need)).then(|| memory.number(tokens));
        match known {
            Known::No { .. } => Cell::Unknown(number),
            Known::Yes | Known::Broken => Cell::Broken(number),
        }
    }

    /// Whether anything is unknown that the policy reads.
    pub(super) fn has_unknown(&self) -> bool {
        let mut cells = self.cells().iter();
        cells.any(|cell| matches!(cell, Cell::Unknown(_)))
    }

    /// Whether this need of the policy is unknown.
    pub(super) fn is_unknown(&self, need: usize) -> bool {
        matches!(self.cells()[need], Cell::Unknown(_))
    }

    /// All that the policy reads, whether or not it is known; `None` where something unknown is not
    /// the same under equal numbers, because it follows from several values of which some are assumed.
    pub(super) fn alike(&self) -> Option<Alike> {
        let cells = self.cells().iter();
        let numbers = cells.map(|cell| match cell {
            Cell::Known { whole, .. } => Some(*whole),
            Cell::Unknown(number) | Cell::Broken(number) => *number,
        });
        numbers.collect()
    }

    fn encoded(&self) -> Result<&(Request, Entities), Unencodable> {
        let evaluator = self.session.evaluator;
        let encode = || encode(self.view, evaluator.read_set, evaluator.now);
        self.encoded
            .get_or_init(encode)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// What `ask` says, where the operands that were evaluated settle the condition: Cedar is asked once
    /// for all views under which they come to the same.
    pub(super) fn settled(
        &self,
        ask: impl Fn() -> Result<bool, Unencodable>,
    ) -> Result<bool, Unencodable> {
        let memory = &self.session.memory;
        let known = memory.borrow().denied.get(&self.truths).copied();
        if let Some(denied) = known {
            debug_assert!(
                !memory.borrow_mut().looks() || ask().is_ok_and(|asked| asked == denied),
                "rule `{}`: the same operands, another verdict",
                self.session.evaluator.rule.info.id
            );
            return Ok(denied);
        }
        let denied = ask()?;
        let truths = self.truths.clone();
        memory.borrow_mut().denied.insert(truths, denied);
        Ok(denied)
    }

    /// Asks Cedar whether the policy forbids it; nothing that it reads may be unknown.
    ///
    /// A request is denied if a `forbid` applies, and, where everything is forbidden that is not
    /// permitted, if no `permit` does. Cedar's authorizer says the same of a set of policies, and takes
    /// longer; a property test holds the two together.
    pub(super) fn ask(&self) -> Result<bool, Unencodable> {
        let evaluator = self.evaluator()?;
        let applies = |condition: &Expr| -> Result<bool, Unencodable> {
            let value = evaluator.interpret(condition, &SlotEnv::new())?;
            as_bool(&value)
                .ok_or_else(|| Unencodable(format!("`{value}` is neither true nor false")))
        };
        match self.session.evaluator.rule.forbids() {
            Forbids::If(condition) => applies(condition),
            Forbids::Unless(permits) => {
                let applying = permits.iter().map(applies).collect::<Result<Vec<_>, _>>()?;
                Ok(!applying.contains(&true))
            }
        }
    }

    fn evaluator(&self) -> Result<Evaluator<'_>, Unencodable> {
        let (request, entities) = self.encoded()?;
        // To build those of Cedar takes longer than to evaluate a hundred policies.
        let extensions = match self.session.evaluator.read_set.uses_extensions {
            true => Extensions::all_available(),
            false => Extensions::none(),
        };
        Ok(Evaluator::new(request.clone(), entities, extensions))
    }

    /// Whether the leaf reads anything that is unknown.
    pub(super) fn reads_unknown(&self, leaf: usize) -> bool {
        let mut needs = self.session.evaluator.read_set.by_leaf[leaf].iter();
        needs.any(|need| self.is_unknown(*need))
    }

    /// Unknown where the leaf reads what is unknown, and where it cannot be evaluated.
    pub(super) fn truth(&mut self, leaf: usize) -> Truth {
        if let Some(truth) = self.truths[leaf] {
            return truth;
        }
        let truth = if self.reads_unknown(leaf) {
            Truth::Unknown
        } else {
            self.remembered(leaf)
        };
        self.truths[leaf] = Some(truth);
        truth
    }

    /// What a leaf comes to that reads nothing unknown.
    fn remembered(&self, leaf: usize) -> Truth {
        let cells = self.cells();
        let reads = self.session.evaluator.read_set.by_leaf[leaf].iter();
        let numbers = reads.map(|need| match cells[*need] {
            Cell::Known { used, .. } => Some(used),
            Cell::Unknown(_) | Cell::Broken(_) => None,
        });
        let own = std::iter::once(Some(leaf as u32));
        let Some(key) = own.chain(numbers).collect::<Option<SmallVec<[u32; 6]>>>() else {
            return self.evaluate(leaf).unwrap_or(Truth::Unknown);
        };
        let mut memory = self.session.memory.borrow_mut();
        if let Some(truth) = memory.truths.get(&key).copied() {
            debug_assert!(
                !memory.looks() || self.evaluate(leaf) == Some(truth),
                "rule `{}`: an operand that reads the same comes to something else",
                self.session.evaluator.rule.info.id
            );
            return truth;
        }
        let truth = self.evaluate(leaf);
        if let Some(truth) = truth {
            memory.truths.insert(key, truth);
        }
        truth.unwrap_or(Truth::Unknown)
    }

    /// What Cedar says of a leaf: unknown where that is an error; `None` if it cannot be put to Cedar.
    fn evaluate(&self, leaf: usize) -> Option<Truth> {
        let evaluator = self.evaluator().ok()?;
        let expr = &self.session.evaluator.rule.condition().leaves[leaf].expr;
        let value = evaluator.interpret(expr, &SlotEnv::new()).ok();
        Some(
            value
                .and_then(|value| as_bool(&value))
                .map_or(Truth::Unknown, Truth::from),
        )
    }
}

fn as_bool(value: &Value) -> Option<bool> {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(truth)) => Some(*truth),
        _ => None,
    }
}
