//! Values as numbers, so that a search can compare them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, UnaryOp, Var};

use super::canonical::canonical;
use super::formula::Reader;
use super::search::Number;
use super::variables::Sort;
use crate::model::{Date, EnumDef, Origin, Type, enumerations};
use crate::policy::candidates::milliseconds;
use crate::policy::rule::kind_named;

static ENUMERATIONS: LazyLock<BTreeMap<&str, &EnumDef>> = LazyLock::new(enumerations);

impl Reader {
    /// The number that a value is taken for, and the sort of the value.
    pub(super) fn number(&mut self, expr: &Expr) -> Option<(Number, Sort)> {
        let (sort, number) = match expr.expr_kind() {
            ExprKind::Lit(Literal::Bool(value)) => (Sort::Bool, i64::from(*value)),
            ExprKind::Lit(Literal::Long(value)) => (Sort::Long, *value),
            ExprKind::Lit(Literal::String(text)) => {
                (Sort::Text, self.variables.name(format!("{text:?}")))
            }
            ExprKind::Lit(Literal::EntityUID(uid)) => {
                match ENUMERATIONS.get(uid.entity_type().to_string().as_str()) {
                    Some(def) => {
                        let name: &str = uid.eid().as_ref();
                        let at = def.variants.iter().position(|v| v.name == name)?;
                        (Sort::Enumeration(def.name), i64::try_from(at).ok()?)
                    }
                    None => {
                        kind_named(uid)?;
                        (Sort::Entity, self.variables.name(uid.to_string()))
                    }
                }
            }
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                return self.extension(expr, &fn_name.to_string(), args);
            }
            ExprKind::Var(Var::Principal | Var::Resource) => {
                return Some(self.variable(expr, Sort::Entity, None));
            }
            ExprKind::GetAttr { expr: of, attr } => return self.attribute(expr, of, attr),
            ExprKind::BinaryApp {
                op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul,
                ..
            }
            | ExprKind::UnaryApp {
                op: UnaryOp::Neg, ..
            } => return Some(self.variable(expr, Sort::Long, None)),
            ExprKind::BinaryApp {
                op: BinaryOp::GetTag,
                ..
            } => return Some(self.variable(expr, Sort::Text, None)),
            _ => return None,
        };
        Some((Number::Constant(number), sort))
    }

    fn variable(&mut self, expr: &Expr, sort: Sort, count: Option<usize>) -> (Number, Sort) {
        let variable = self.variables.get(canonical(expr), sort, count);
        (Number::Variable(variable), sort)
    }

    fn extension(&mut self, whole: &Expr, name: &str, args: &[Expr]) -> Option<(Number, Sort)> {
        let literal = match args {
            [arg] => match arg.expr_kind() {
                ExprKind::Lit(Literal::String(text)) => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        };
        let (number, sort) = match name {
            "datetime" => (literal?.parse::<Date>().ok()?.milliseconds, Sort::Date),
            "duration" => (milliseconds(literal?)?, Sort::Duration),
            "durationSince" | "toTime" => return Some(self.variable(whole, Sort::Duration, None)),
            "offset" | "toDate" => return Some(self.variable(whole, Sort::Date, None)),
            "toDays" | "toHours" | "toMinutes" | "toSeconds" | "toMilliseconds" => {
                return Some(self.variable(whole, Sort::Long, None));
            }
            _ => return None,
        };
        Some((Number::Constant(number), sort))
    }

    fn attribute(&mut self, whole: &Expr, of: &Expr, name: &str) -> Option<(Number, Sort)> {
        if matches!(of.expr_kind(), ExprKind::Var(Var::Context)) {
            return self.context_attribute(whole, of, name);
        }
        let kind = self.kind_of(of)?;
        let def = &kind.attributes()[kind.attribute(name)?];
        if def.many {
            return None;
        }
        let from = def.origin.of().map(|at| &kind.attributes()[at]);
        if let Some(from) = from
            && let (Type::Enum(values), false) = (from.ty, from.many)
        {
            let stated = Expr::get_attr(of.clone(), from.name.as_str().into());
            let sort = Sort::Enumeration(values.name);
            let (number, _) = self.variable(&stated, sort, Some(values.variants.len()));
            let Number::Variable(variable) = number else {
                return None;
            };
            let places = 0..u8::try_from(values.variants.len()).ok()?;
            return match def.origin {
                Origin::RankOf(_) => {
                    let ranks = places.map(i64::from).collect();
                    Some((Number::Mapped(variable, ranks), Sort::Long))
                }
                Origin::PropertyOf(_, accepts) => {
                    let holds = places.map(|at| i64::from(accepts(at))).collect();
                    Some((Number::Mapped(variable, holds), Sort::Bool))
                }
                _ => None,
            };
        }
        let (number, sort) = self.typed(whole, def.ty)?;
        if let (Origin::CountOf(_), Number::Variable(variable)) = (def.origin, &number) {
            self.variables.at_least(*variable, 0);
        }
        Some((number, sort))
    }

    /// A value of the context.
    fn context_attribute(&mut self, whole: &Expr, of: &Expr, name: &str) -> Option<(Number, Sort)> {
        if name == "now" {
            return Some(self.variable(whole, Sort::Date, None));
        }
        let held = self.environment.action.context;
        let def = held.iter().find(|def| def.name == name)?;
        if def.many {
            return None;
        }
        let mut ranked = held.iter().filter(|other| other.from == def.from);
        if def.is_rank
            && let Some((stated, values)) = ranked.find_map(|other| match other.ty {
                Type::Enum(values) if !other.many => Some((other, values)),
                _ => None,
            })
        {
            let stated = Expr::get_attr(of.clone(), stated.name.into());
            let sort = Sort::Enumeration(values.name);
            let (number, _) = self.variable(&stated, sort, Some(values.variants.len()));
            let Number::Variable(variable) = number else {
                return None;
            };
            let ranks = 0..i64::try_from(values.variants.len()).ok()?;
            return Some((Number::Mapped(variable, ranks.collect()), Sort::Long));
        }
        self.typed(whole, def.ty)
    }

    fn typed(&mut self, whole: &Expr, ty: Type) -> Option<(Number, Sort)> {
        let (sort, count) = match ty {
            Type::Bool => (Sort::Bool, Some(2)),
            Type::Enum(def) => (Sort::Enumeration(def.name), Some(def.variants.len())),
            Type::Long => (Sort::Long, None),
            Type::Date => (Sort::Date, None),
            Type::Text => (Sort::Text, None),
            Type::Entity([_]) => (Sort::Entity, None),
            Type::Entity(_) | Type::Step => return None,
        };
        Some(self.variable(whole, sort, count))
    }
}
