//! A policy's condition as a tree of `&&`, `||`, `!` and `if` over leaves.
//!
//! Cedar decides; this tree says why. It mirrors the condition that Cedar evaluates, and its
//! leaves, the operands in which no such connective is left, are evaluated by Cedar itself.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use cedar_policy_core::parser::Loc;

use super::text::Text;
use crate::model::Truth;

/// A boolean connective or a leaf, by its place among the leaves.
#[derive(Debug)]
enum Node {
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    /// Any of these, each the whole condition of a policy. Where none holds, the one that came closest
    /// says why.
    Any(Vec<Node>),
    Leaf(usize),
}

/// Says what a leaf comes to.
type AskLeaf<'f> = &'f mut dyn FnMut(usize) -> Truth;

/// A condition, with its leaves in the order of the text.
#[derive(Debug)]
pub(super) struct Condition {
    root: Node,
    pub(super) leaves: Vec<Leaf>,
}

/// An operand in which no connective is left.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) expr: Expr,
    /// The text that it stands in.
    pub(super) text: Text,
    /// Where it stands, if not where `expr` does: `!a` is one operand to whoever reads it.
    pub(super) written_at: Option<Loc>,
    /// Whether it is written as its opposite: as `!a`, or as `a != b`, which Cedar reads as
    /// `!(a == b)`, or as `a > b`, which Cedar reads as `!(a <= b)`.
    pub(super) written_negated: bool,
    /// What turns round what it comes to.
    pub(super) within: Within,
}

/// What an operand stands in, where its coming true makes the whole come false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing, or what is turned round twice.
    Nothing,
    /// `!( … )`
    Not,
    /// `unless { … }`
    Unless,
}

impl Leaf {
    fn new(expr: &Expr, text: Text, within: Within) -> Self {
        Self {
            expr: expr.clone(),
            text,
            written_at: None,
            written_negated: false,
            within,
        }
    }

    /// Whether it says to which principals, actions and resources a policy applies, as its scope does:
    /// `principal is Key`, `resource == Zone::"a"`.
    fn is_scope(&self) -> bool {
        match self.expr.expr_kind() {
            ExprKind::Is { expr, .. } => matches!(expr.expr_kind(), ExprKind::Var(_)),
            ExprKind::BinaryApp {
                op: BinaryOp::Eq | BinaryOp::In,
                arg1,
                arg2,
            } => {
                let is_literal = matches!(arg2.expr_kind(), ExprKind::Lit(_) | ExprKind::Set(_));
                is_literal && matches!(arg1.expr_kind(), ExprKind::Var(_))
            }
            _ => false,
        }
    }

    /// In words, that the operand as it is written came to this. What follows from it is said only
    /// where it is `settled`, and nothing unknown could turn it round.
    pub(super) fn says(&self, held: Truth, settled: bool) -> &'static str {
        let written = if self.written_negated { !held } else { held };
        let within = if settled {
            self.within
        } else {
            Within::Nothing
        };
        match (written, within) {
            (Truth::Unknown, _) => "not known",
            (Truth::True, Within::Nothing) => "holds",
            (Truth::True, Within::Not) => "holds, so `!(…)` does not",
            (Truth::True, Within::Unless) => "holds, so `unless` applies",
            (Truth::False, Within::Nothing) => "does not hold",
            (Truth::False, Within::Not) => "does not hold, so `!(…)` does",
            (Truth::False, Within::Unless) => "does not hold, so `unless` does not apply",
        }
    }
}

/// A leaf that decided, and what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Deciding {
    /// Its place among the leaves.
    pub(super) leaf: usize,
    /// What it came to; unknown where that makes no difference to the verdict.
    pub(super) held: Truth,
}

impl Condition {
    /// The condition of one policy, in this text.
    pub(super) fn new(expr: &Expr, text: Text) -> Self {
        let mut leaves = Vec::new();
        let root = compile(expr, text, Within::Nothing, &mut leaves);
        Self { root, leaves }
    }

    /// That none of these conditions holds.
    pub(super) fn none_of<'e>(all: impl Iterator<Item = (&'e Expr, Text)>) -> Self {
        let mut leaves = Vec::new();
        let nodes = all.map(|(expr, text)| compile(expr, text, Within::Nothing, &mut leaves));
        let root = Node::Not(Box::new(Node::Any(nodes.collect())));
        Self { root, leaves }
    }

    /// What the condition comes to, by what each leaf does. A leaf is asked for only where Cedar
    /// would evaluate it: the right of `principal has a && principal.a > 3` may be an error where
    /// the left is false.
    pub(super) fn evaluate(&self, leaf: AskLeaf<'_>) -> Truth {
        evaluate(&self.root, leaf)
    }

    /// The leaves that made the condition true: of `a && b` both, of `a || b` those that hold, of
    /// `if` its test and the branch taken; `!` turns this around. In the order of the text.
    pub(super) fn deciding(&self, leaf: AskLeaf<'_>) -> Vec<Deciding> {
        let mut found = Vec::new();
        decide(&self.root, &self.leaves, leaf, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The leaves whose unknown values the condition depends on.
    pub(super) fn unknown(&self, leaf: AskLeaf<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        open(&self.root, leaf, &mut |node, truth, _| {
            if let (Node::Leaf(at), Truth::Unknown) = (node, truth) {
                found.push(*at);
            }
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The leaves whose unknown values the condition depends on, and those that hold beside them.
    pub(super) fn open(&self, leaf: AskLeaf<'_>) -> (Vec<usize>, Vec<Deciding>) {
        let (mut unknown, mut known) = (Vec::new(), Vec::new());
        open(&self.root, leaf, &mut |node, truth, leaf| match node {
            Node::Leaf(at) if truth == Truth::Unknown => unknown.push(*at),
            _ => decide(node, &self.leaves, leaf, &mut known),
        });
        unknown.sort_unstable();
        unknown.dedup();
        known.sort_unstable();
        known.dedup();
        (unknown, known)
    }
}

fn compile(expr: &Expr, text: Text, within: Within, leaves: &mut Vec<Leaf>) -> Node {
    match expr.expr_kind() {
        ExprKind::And { left, right } => {
            let left = Box::new(compile(left, text, within, leaves));
            Node::And(left, Box::new(compile(right, text, within, leaves)))
        }
        ExprKind::Or { left, right } => {
            let left = Box::new(compile(left, text, within, leaves));
            Node::Or(left, Box::new(compile(right, text, within, leaves)))
        }
        ExprKind::UnaryApp {
            op: UnaryOp::Not,
            arg,
        } => Node::Not(Box::new(negated(expr, arg, text, within, leaves))),
        ExprKind::If {
            test_expr,
            then_expr,
            else_expr,
        } => {
            let test = Box::new(compile(test_expr, text, Within::Nothing, leaves));
            let then = Box::new(compile(then_expr, text, within, leaves));
            Node::If(
                test,
                then,
                Box::new(compile(else_expr, text, within, leaves)),
            )
        }
        _ => {
            leaves.push(Leaf::new(expr, text, within));
            Node::Leaf(leaves.len() - 1)
        }
    }
}

/// What is under a `!`, `whole` being the expression with it.
fn negated(whole: &Expr, inner: &Expr, text: Text, within: Within, leaves: &mut Vec<Leaf>) -> Node {
    let written = whole.source_loc().and_then(Loc::snippet).unwrap_or("");
    let is_comparison = inner.source_loc() == whole.source_loc();
    let inside = match within {
        Within::Not | Within::Unless => Within::Nothing,
        // Of `unless`, Cedar makes a `!` that nobody wrote.
        Within::Nothing if written.starts_with('!') => Within::Not,
        Within::Nothing => Within::Unless,
    };
    let node = compile(inner, text, inside, leaves);
    let alone = written.starts_with('!') && !written.starts_with("!!");
    if let Node::Leaf(at) = node
        && (alone || is_comparison)
    {
        let leaf = &mut leaves[at];
        leaf.written_at = whole.source_loc().cloned();
        leaf.written_negated = true;
        leaf.within = within;
    }
    node
}

fn evaluate(node: &Node, leaf: AskLeaf<'_>) -> Truth {
    match node {
        Node::Leaf(at) => leaf(*at),
        Node::Not(inner) => !evaluate(inner, leaf),
        Node::And(left, right) => match evaluate(left, leaf) {
            Truth::False => Truth::False,
            held => held.and(evaluate(right, leaf)),
        },
        Node::Or(left, right) => match evaluate(left, leaf) {
            Truth::True => Truth::True,
            held => held.or(evaluate(right, leaf)),
        },
        Node::Any(all) => {
            let mut held = Truth::False;
            for node in all {
                held = held.or(evaluate(node, leaf));
                if held == Truth::True {
                    break;
                }
            }
            held
        }
        Node::If(test, then, otherwise) => match evaluate(test, leaf) {
            Truth::True => evaluate(then, leaf),
            Truth::False => evaluate(otherwise, leaf),
            Truth::Unknown => {
                let then = evaluate(then, leaf);
                if then != Truth::Unknown && then == evaluate(otherwise, leaf) {
                    then
                } else {
                    Truth::Unknown
                }
            }
        },
    }
}

/// Collects the leaves that make `node` what it is.
fn decide(node: &Node, leaves: &[Leaf], leaf: AskLeaf<'_>, found: &mut Vec<Deciding>) {
    let truth = evaluate(node, leaf);
    if truth == Truth::Unknown {
        return;
    }
    match node {
        Node::Leaf(at) => found.push(Deciding {
            leaf: *at,
            held: truth,
        }),
        Node::Not(inner) => decide(inner, leaves, leaf, found),
        Node::And(left, right) => {
            let settles = (truth == Truth::False).then_some(truth);
            either(settles, [left, right], leaves, leaf, found);
        }
        Node::Or(left, right) => {
            let settles = (truth == Truth::True).then_some(truth);
            either(settles, [left, right], leaves, leaf, found);
        }
        Node::If(test, then, otherwise) => match evaluate(test, leaf) {
            Truth::True => {
                decide(test, leaves, leaf, found);
                decide(then, leaves, leaf, found);
            }
            Truth::False => {
                decide(test, leaves, leaf, found);
                decide(otherwise, leaves, leaf, found);
            }
            Truth::Unknown => {
                decide(then, leaves, leaf, found);
                decide(otherwise, leaves, leaf, found);
            }
        },
        Node::Any(all) if truth == Truth::True => {
            for node in all {
                if evaluate(node, leaf) == Truth::True {
                    decide(node, leaves, leaf, found);
                }
            }
        }
        Node::Any(all) => found.extend(closest(all, leaves, leaf)),
    }
}

/// Of conditions that do not hold, what fails of the one that came closest: of those whose scope fits,
/// if any does, the one of which the fewest operands fail; of equals the first.
fn closest(all: &[Node], leaves: &[Leaf], leaf: AskLeaf<'_>) -> Vec<Deciding> {
    let failing = all.iter().map(|node| {
        let mut failing = Vec::new();
        decide(node, leaves, leaf, &mut failing);
        let is_scope = |on: &Deciding| leaves[on.leaf].is_scope();
        (failing.iter().any(is_scope), failing.len(), failing)
    });
    let closest = failing.min_by_key(|(misses, count, _)| (*misses, *count));
    closest.map_or_else(Vec::new, |(.., failing)| failing)
}

/// Of two operands, each that settles the whole; both, where only both together do.
///
/// Cedar would not look at the right operand where the left one settles it. It is looked at here,
/// because changing the left one alone would not be enough; where it is an error, it is unknown.
fn either(
    settles: Option<Truth>,
    operands: [&Node; 2],
    leaves: &[Leaf],
    leaf: AskLeaf<'_>,
    found: &mut Vec<Deciding>,
) {
    for operand in operands {
        if settles.is_none_or(|truth| evaluate(operand, leaf) == truth) {
            decide(operand, leaves, leaf, found);
        }
    }
}

/// Finds the leaves that leave `node` unknown, and what beside them is known: whole operands.
fn open(node: &Node, leaf: AskLeaf<'_>, found: &mut dyn FnMut(&Node, Truth, AskLeaf<'_>)) {
    let truth = evaluate(node, leaf);
    if truth != Truth::Unknown {
        return found(node, truth, leaf);
    }
    match node {
        Node::Leaf(_) => found(node, truth, leaf),
        Node::Not(inner) => open(inner, leaf, found),
        Node::And(left, right) | Node::Or(left, right) => {
            open(left, leaf, found);
            open(right, leaf, found);
        }
        // What fails of those that cannot hold settles nothing.
        Node::Any(all) => {
            for node in all {
                if evaluate(node, leaf) == Truth::Unknown {
                    open(node, leaf, found);
                }
            }
        }
        Node::If(test, then, otherwise) => {
            open(test, leaf, found);
            let test = evaluate(test, leaf);
            if test != Truth::False {
                open(then, leaf, found);
            }
            if test != Truth::True {
                open(otherwise, leaf, found);
            }
        }
    }
}
