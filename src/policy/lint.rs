//! What is wrong with a rule that is valid: it can never fire, it always does, or another says the
//! same.
//!
//! Flows in: rules. Flows out: remarks. No document is looked at, but for the names of entities.
//!
//! What is said is proved, and what is not said may still be so. Understood are `&&`, `||`, `!` and
//! `if`; comparisons of attributes, of ages and of spans of time with values and with each other;
//! the values of enumerations, with the ranks and properties that follow from them; elements of
//! sets; kinds. Not understood is what arithmetic comes to, what `like` matches, what lies in what,
//! how many elements a set has beside which, and what follows from other entities: these may be
//! anything.

mod canonical;
mod formula;
mod number;
mod search;
mod twins;
mod variables;

use cedar_policy_core::ast::{self, BinaryOp, Expr, ExprKind, UnaryOp};

use super::rule::{Rule, ast, span_of};
use super::text::Text;
use crate::finding::{Lint, RuleInfo};
use crate::inventory::Inventory;
use crate::source::{Code, Problem, ProblemKind, Span};

use formula::{Reader, names_its_root};
use search::{Formula, satisfiable};
use twins::twins;

/// What is to be said of each rule that is `of_interest`, by itself and beside those that are
/// `asked` together with it.
///
/// Linear in the rules and the kinds of requests that they are asked about; how long one rule may
/// take is bounded.
pub fn lint(
    rules: &[Rule],
    of_interest: &dyn Fn(&RuleInfo) -> bool,
    asked: &dyn Fn(&RuleInfo) -> bool,
) -> Vec<Lint> {
    let chosen = rules.iter().filter(|rule| of_interest(&rule.info));
    let alone = chosen.filter_map(|rule| Subject::new(rule)?.by_itself());
    let mut remarks: Vec<_> = alone.collect();
    remarks.extend(twins(rules, of_interest, asked));
    remarks
}

/// The entities that rules name and that `inventory` does not have.
pub fn undeclared<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    inventory: &Inventory,
) -> Vec<Problem> {
    rules.flat_map(|rule| rule.undeclared(inventory)).collect()
}

/// A rule that somebody wrote.
struct Subject<'r> {
    rule: &'r Rule,
    policy: &'r ast::Policy,
    text: Text,
}

/// A part of a condition all parts of which must be true, or false where it is turned round.
#[derive(Clone, Copy)]
struct Part<'e> {
    expr: &'e Expr,
    negated: bool,
}

impl<'r> Subject<'r> {
    fn new(rule: &'r Rule) -> Option<Self> {
        let policy = rule.policy()?;
        Some(Self {
            rule,
            policy: ast(policy),
            text: rule.condition().leaves.first()?.text,
        })
    }

    /// What is to be said of it whatever other rules there are.
    fn by_itself(&self) -> Option<Lint> {
        if self.rule.environments().next().is_none() {
            return Some(Lint::fault(self.out_of_scope()));
        }
        let parts = self.parts();
        if self.can_be(&parts) == Some(false) {
            return Some(Lint::fault(self.contradiction(parts)));
        }
        self.fires_always().map(Lint::note)
    }

    fn problem(&self, code: Code, said: &str) -> Problem {
        let message = format!("rule `{}` {said}", self.rule.info.id);
        Problem::new(ProblemKind::Policy, code, message)
    }

    /// The condition, but for the scope.
    fn condition(&self) -> Option<&'r Expr> {
        self.policy.non_scope_constraints()
    }

    fn parts(&self) -> Vec<Part<'r>> {
        let mut parts = Vec::new();
        if let Some(expr) = self.condition() {
            split(
                Part {
                    expr,
                    negated: false,
                },
                &mut parts,
            );
        }
        parts
    }

    /// Whether all of `parts` can be as they must be for a request of the scope; `None` where that
    /// is too much to find out.
    fn can_be(&self, parts: &[Part<'_>]) -> Option<bool> {
        self.can(|reader| {
            let formulas = parts.iter().map(|part| {
                let formula = reader.formula(part.expr);
                if part.negated {
                    formula.negated()
                } else {
                    formula
                }
            });
            Formula::All(formulas.collect())
        })
    }

    /// Whether what `make` makes can be true for a request of the scope.
    fn can(&self, make: impl Fn(&mut Reader) -> Formula) -> Option<bool> {
        let scope = [
            self.policy.principal_constraint().as_expr(),
            self.policy.resource_constraint().as_expr(),
        ];
        for environment in self.rule.environments() {
            let mut reader = Reader::new(environment);
            let mut all: Vec<_> = scope.iter().map(|expr| reader.formula(expr)).collect();
            all.push(make(&mut reader));
            let can = satisfiable(&Formula::All(all), &reader.domains());
            if can != Some(false) {
                return can;
            }
        }
        Some(false)
    }

    /// That no request is let through by the scope.
    fn out_of_scope(&self) -> Problem {
        let problem = self.problem(
            Code::NeverFires,
            "can never fire: no request has such a principal, action and resource",
        );
        let named: Vec<_> = self.policy.action_constraint().iter_euids().collect();
        let first = named.first().and_then(|uid| uid.loc());
        let problem = match first {
            Some(at) => problem.at(self.text.place(at), "not evaluated for these kinds"),
            None => problem.at(self.rule.info.span, "no request has these kinds"),
        };
        let def = named.first().and_then(|uid| {
            let name: &str = uid.eid().as_ref();
            crate::model::Action::named(name).map(crate::model::Action::def)
        });
        let kinds = |kinds: &[crate::model::Kind]| {
            let names: Vec<_> = kinds.iter().map(|kind| kind.def().name).collect();
            names.join(", ")
        };
        problem.help(match def {
            Some(def) => format!(
                "principals of `{}` are {}; its resources are {}",
                def.name,
                kinds(def.principals),
                kinds(def.resources)
            ),
            None => "`palisade schema vocabulary` lists the requests".to_owned(),
        })
    }

    /// That the parts of the condition contradict each other: no more of them than it takes.
    fn contradiction(&self, mut parts: Vec<Part<'_>>) -> Problem {
        let by_itself = |part: &&Part<'_>| self.can_be(&[**part]) == Some(false);
        if let Some(part) = parts.iter().find(by_itself).copied() {
            parts = vec![part];
        }
        let mut at = parts.len();
        while at > 0 {
            at -= 1;
            let part = parts.remove(at);
            if self.can_be(&parts) != Some(false) {
                parts.insert(at, part);
            }
        }
        let alone = parts.len() == 1;
        let problem = self.problem(
            Code::NeverFires,
            match alone {
                true => "can never fire: its condition is false, whatever is declared",
                false => "can never fire: parts of its condition exclude each other",
            },
        );
        let problem = parts.iter().fold(problem, |problem, part| {
            let span = self.span(part.expr);
            problem.at(
                span,
                match (alone, part.negated) {
                    (true, false) => "never holds",
                    (true, true) => "always holds, and must not for the rule to fire",
                    (false, false) => "must hold for the rule to fire",
                    (false, true) => "must not hold for the rule to fire",
                },
            )
        });
        problem.help(match alone {
            true => "correct it; as it is, it passes every request",
            false => "correct one of them; where either is meant, join them with `||`",
        })
    }

    /// That the rule fires for every request of its scope; not of one that names an entity and has
    /// no condition: that is how one forbids everything of it.
    fn fires_always(&self) -> Option<Problem> {
        let Some(condition) = self.condition() else {
            let sides = [
                entity_of(self.policy.principal_constraint().as_inner()),
                entity_of(self.policy.resource_constraint().as_inner()),
            ];
            let names_none = sides.iter().all(Option::is_none);
            let problem = self
                .problem(
                    Code::AlwaysFires,
                    "has no condition: it denies every request in its scope",
                )
                .at(
                    self.rule.info.span,
                    "every request of the scope is a finding",
                )
                .help(
                    "say in `when { … }` what must not be, or name under `principal` or `resource` \
                     what it is about",
                );
            return names_none.then_some(problem);
        };
        let can_pass = self.can(|reader| reader.formula(condition).negated());
        if can_pass != Some(false) || may_fail(condition) {
            return None;
        }
        Some(
            self.problem(
                Code::AlwaysFires,
                "fires for every request of its scope: its condition excludes nothing",
            )
            .at(self.span(condition), "holds, whatever is declared")
            .help(
                "`a != x || a != y` is true of everything: join such parts with `&&`; where all is \
                 to be forbidden, take the condition out",
            ),
        )
    }

    fn span(&self, expr: &Expr) -> Span {
        let inner = match expr.expr_kind() {
            ExprKind::UnaryApp { arg, .. } => span_of(arg, self.text),
            _ => None,
        };
        span_of(expr, self.text)
            .or(inner)
            .unwrap_or(self.rule.info.span)
    }
}

/// The parts that must all be as they are: the operands of `&&`, and under a `!` those of `||`.
fn split<'e>(part: Part<'e>, parts: &mut Vec<Part<'e>>) {
    let Part { expr, negated } = part;
    let mut both = |operands: [&'e Expr; 2]| {
        for expr in operands {
            split(Part { expr, negated }, parts);
        }
    };
    match expr.expr_kind() {
        ExprKind::And { left, right } if !negated => both([left, right]),
        ExprKind::Or { left, right } if negated => both([left, right]),
        ExprKind::UnaryApp {
            op: UnaryOp::Not,
            arg,
            // `a != b` is a `!` for Cedar and an operand for who wrote it.
        } if arg.source_loc() != expr.source_loc() || expr.source_loc().is_none() => {
            let negated = !negated;
            split(Part { expr: arg, negated }, parts);
        }
        _ => parts.push(part),
    }
}

/// Whether to evaluate the expression may be an error, although it is valid.
fn may_fail(expr: &Expr) -> bool {
    expr.subexpressions().any(|part| match part.expr_kind() {
        ExprKind::BinaryApp { op, arg1, .. } => match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => true,
            BinaryOp::GetTag => names_its_root(arg1),
            _ => false,
        },
        ExprKind::UnaryApp { op, .. } => *op == UnaryOp::Neg,
        ExprKind::GetAttr { expr, .. } => names_its_root(expr),
        ExprKind::ExtensionFunctionApp { fn_name, .. } => {
            let name = fn_name.to_string();
            let never = ["datetime", "duration", "durationSince", "toDays", "toHours"];
            !never.contains(&name.as_str())
        }
        _ => false,
    })
}

/// How a scope names an entity of one side, if it does.
fn entity_of(constraint: &ast::PrincipalOrResourceConstraint) -> Option<String> {
    use ast::PrincipalOrResourceConstraint::{Any, Eq, In, Is, IsIn};
    match constraint {
        Any | Is(_) => None,
        Eq(ast::EntityReference::EUID(uid)) => Some(format!("== {uid}")),
        In(ast::EntityReference::EUID(uid)) | IsIn(_, ast::EntityReference::EUID(uid)) => {
            Some(format!("in {uid}"))
        }
        Eq(_) | In(_) | IsIn(..) => Some(String::new()),
    }
}
