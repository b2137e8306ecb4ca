//! Rules broken in small ways, to see whether their tests notice.
//!
//! A mutant is the text of a policy with one piece replaced. One that Cedar's validator refuses is
//! none: whoever wrote it would have been told.

use std::str::FromStr;

use cedar_policy::PolicySet;
use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use cedar_policy_core::parser::Loc;

use super::load::Loader;
use super::rule::{Rule, ast};
use super::text::Text;
use crate::model::enumerations;
use crate::source::{Files, Span};

/// A small change of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What of the policy is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// The change in words, such as "`<=` instead of `<`".
    pub what: String,
}

/// The ways to break a rule: an operand left out, `!` left out, a comparison turned round or moved by
/// one, another value of an enumeration, another number, an element of a set left out, `containsAll`
/// for `containsAny` and the other way round, `==` for `in`. None of a rule that is no policy.
///
/// Linear in the length of the policy.
pub fn mutants(files: &Files, rule: &Rule) -> Vec<Mutant> {
    let Some(policy) = rule.policy() else {
        return Vec::new();
    };
    let Some(condition) = ast(policy).non_scope_constraints() else {
        return Vec::new();
    };
    let Some(leaf) = rule.condition().leaves.first() else {
        return Vec::new();
    };
    let mut breaker = Breaker {
        files,
        text: leaf.text,
        found: Vec::new(),
    };
    breaker.operand(condition, "true");
    breaker.found
}

/// The rule as the mutant has it; `None` if Cedar's validator refuses it.
///
/// As costly as to load a rule: its text is parsed and validated.
pub fn mutate(files: &Files, rule: &Rule, mutant: &Mutant) -> Option<Rule> {
    let policy = rule.policy()?;
    let text = rule.condition().leaves.first()?.text;
    let whole = text.place(ast(policy).loc()?);
    let written = files.slice(whole);
    let at = |offset: u32| offset.checked_sub(whole.start).map(|at| at as usize);
    let (start, end) = (at(mutant.span.start)?, at(mutant.span.end)?);
    let broken = format!(
        "{}{}{}",
        written.get(..start)?,
        mutant.replacement,
        written.get(end..)?
    );
    let mut loader = Loader::new();
    let set = PolicySet::from_str(&broken);
    loader.take(files, &[Text::of(whole.file)], set);
    let loaded = loader.finish(&[]);
    let usable = loaded.problems.is_empty();
    loaded.rules.into_iter().next().filter(|_| usable)
}

struct Breaker<'a> {
    files: &'a Files,
    text: Text,
    found: Vec<Mutant>,
}

impl Breaker<'_> {
    /// Where an expression stands, if it is written as such.
    fn span(&self, expr: &Expr) -> Option<Span> {
        expr.source_loc().map(|loc| self.text.place(loc))
    }

    fn replace(&mut self, span: Span, replacement: impl Into<String>, what: String) {
        let replacement = replacement.into();
        let mutant = Mutant {
            span,
            replacement,
            what,
        };
        if !self.found.contains(&mutant) {
            self.found.push(mutant);
        }
    }

    fn written(&self, span: Span) -> String {
        let words: Vec<_> = self.files.slice(span).split_whitespace().collect();
        words.join(" ")
    }

    /// Breaks an operand of a connective, which `neutral` in its place would leave out.
    fn operand(&mut self, expr: &Expr, neutral: &str) {
        match expr.expr_kind() {
            ExprKind::And { left, right } => {
                self.operand(left, "true");
                self.operand(right, "true");
            }
            ExprKind::Or { left, right } => {
                self.operand(left, "false");
                self.operand(right, "false");
            }
            ExprKind::UnaryApp {
                op: UnaryOp::Not,
                arg,
            } if !is_written(expr) => {
                // Of `unless`, Cedar makes a `!`.
                self.operand(arg, "false");
            }
            _ => {
                if let Some(span) = self.span(expr) {
                    let what = format!("`{}` left out", self.written(span));
                    self.replace(span, neutral, what);
                }
                self.inside(expr);
            }
        }
    }

    /// Breaks what an operand is made of.
    fn inside(&mut self, expr: &Expr) {
        match expr.expr_kind() {
            ExprKind::UnaryApp { op, arg } => {
                let written = self.span(expr).map(|span| (span, self.files.slice(span)));
                if *op == UnaryOp::Not
                    && let Some((span, text)) = written
                    && let Some(rest) = text.strip_prefix('!')
                {
                    let rest = rest.to_owned();
                    self.replace(
                        span,
                        rest,
                        format!("`{}` without its `!`", self.written(span)),
                    );
                    match arg.expr_kind() {
                        ExprKind::And { .. } | ExprKind::Or { .. } => self.operand(arg, "true"),
                        _ => self.inside(arg),
                    }
                } else {
                    self.inside(arg);
                }
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => {
                self.operator(expr, *op, arg1, arg2);
                self.inside(arg1);
                self.inside(arg2);
            }
            ExprKind::And { .. } | ExprKind::Or { .. } => self.operand(expr, "true"),
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                for part in [test_expr, then_expr, else_expr] {
                    self.operand(part, "true");
                }
            }
            ExprKind::Set(elements) => {
                self.elements(expr, elements);
                elements.iter().for_each(|element| self.inside(element));
            }
            ExprKind::ExtensionFunctionApp { args, .. } => {
                args.iter().for_each(|arg| self.inside(arg));
            }
            ExprKind::GetAttr { expr, .. } | ExprKind::Is { expr, .. } => self.inside(expr),
            ExprKind::Lit(literal) => self.literal(expr, literal),
            _ => {}
        }
    }

    fn operator(&mut self, whole: &Expr, op: BinaryOp, left: &Expr, right: &Expr) {
        let instead: &[(&str, &[&str])] = match op {
            BinaryOp::Eq => &[("==", &["!="]), ("!=", &["=="])],
            BinaryOp::Less | BinaryOp::LessEq => &[
                ("<=", &["<", ">"]),
                (">=", &[">", "<"]),
                ("<", &["<=", ">="]),
                (">", &[">=", "<="]),
            ],
            BinaryOp::In => &[("in", &["=="])],
            BinaryOp::ContainsAll => &[("containsAll", &["containsAny"])],
            BinaryOp::ContainsAny => &[("containsAny", &["containsAll"])],
            _ => return,
        };
        let end = |expr: &Expr| self.span(expr).map(|span| span.end);
        let start = |expr: &Expr| self.span(expr).map(|span| span.start);
        let (Some(from), Some(to), Some(all)) = (end(left), start(right), self.span(whole)) else {
            return;
        };
        let Some(between) = self
            .files
            .get(all.file)
            .text()
            .get(from as usize..to as usize)
        else {
            return;
        };
        let known = instead
            .iter()
            .find_map(|(written, others)| between.find(written).map(|at| (at, *written, *others)));
        let Some((at, written, others)) = known else {
            return;
        };
        let at = from + u32::try_from(at).unwrap_or_default();
        let length = u32::try_from(written.len()).unwrap_or_default();
        let span = Span::new(all.file, at, at + length);
        for other in others {
            let what = format!(
                "`{other}` instead of `{written}` in `{}`",
                self.written(all)
            );
            self.replace(span, *other, what);
        }
    }

    fn elements(&mut self, whole: &Expr, elements: &[Expr]) {
        let spans: Option<Vec<_>> = elements.iter().map(|element| self.span(element)).collect();
        let (Some(all), Some(spans), 2..) = (self.span(whole), spans, elements.len()) else {
            return;
        };
        for (at, left_out) in spans.iter().enumerate() {
            let others = spans.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<_> = others.map(|(_, span)| self.files.slice(*span)).collect();
            let replacement = format!("[{}]", others.join(", "));
            let (element, set) = (self.written(*left_out), self.written(all));
            self.replace(all, replacement, format!("`{element}` left out of `{set}`"));
        }
    }

    fn literal(&mut self, expr: &Expr, literal: &Literal) {
        let Some(span) = self.span(expr) else { return };
        let other = match literal {
            Literal::Long(value) => value.checked_add(1).map(|next| next.to_string()),
            Literal::EntityUID(uid) => {
                let ty = uid.entity_type().to_string();
                enumerations().get(ty.as_str()).and_then(|def| {
                    let value: &str = uid.eid().as_ref();
                    let mut all = def.variants.iter().map(|variant| variant.name).cycle();
                    all.by_ref()
                        .take(def.variants.len())
                        .find(|name| *name == value)?;
                    Some(format!("{ty}::{:?}", all.next()?))
                })
            }
            Literal::Bool(_) | Literal::String(_) => None,
        };
        if let Some(other) = other {
            let what = format!("`{other}` instead of `{}`", self.written(span));
            self.replace(span, other, what);
        }
    }
}

/// Whether a `!` of Cedar's tree is one that somebody wrote; `!=` and `>` are read as others are.
fn is_written(expr: &Expr) -> bool {
    let ExprKind::UnaryApp { arg, .. } = expr.expr_kind() else {
        return true;
    };
    let text = expr.source_loc().and_then(Loc::snippet).unwrap_or("");
    text.starts_with('!') || expr.source_loc() == arg.source_loc()
}
