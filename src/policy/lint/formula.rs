//! A condition as a formula over what it reads.
//!
//! The formula is true of at least the requests that the condition is true of: what is not
//! understood here is a variable of its own, which may be true or false whatever else is. So a
//! formula that cannot be true belongs to a condition that cannot be.

use cedar_policy_core::ast::{BinaryOp, EntityUID, Expr, ExprKind, Literal, UnaryOp, Var};

use super::canonical::canonical;
use super::search::{Formula, Number, Relation};
use super::variables::{Sort, Variables};
use crate::model::{AttributeDef, EnumDef, Kind, Origin, Type};
use crate::policy::read_set::Environment;
use crate::policy::rule::kind_named;

/// Makes formulas of the expressions of one policy, as requests of one environment see them.
pub(super) struct Reader {
    pub(super) environment: Environment,
    pub(super) variables: Variables,
}

impl Reader {
    pub(super) fn new(environment: Environment) -> Self {
        Self {
            environment,
            variables: Variables::default(),
        }
    }

    /// The values that the variables of all formulas made here may have.
    pub(super) fn domains(&self) -> Vec<Vec<i64>> {
        self.variables.domains()
    }

    /// The formula of an expression that is true or false. Linear in its size, but for the texts of
    /// what is not understood.
    pub(super) fn formula(&mut self, expr: &Expr) -> Formula {
        match expr.expr_kind() {
            ExprKind::Lit(Literal::Bool(value)) => Formula::Constant(*value),
            ExprKind::And { left, right } => {
                Formula::All(vec![self.formula(left), self.formula(right)])
            }
            ExprKind::Or { left, right } => {
                Formula::Any(vec![self.formula(left), self.formula(right)])
            }
            ExprKind::UnaryApp {
                op: UnaryOp::Not,
                arg,
            } => self.formula(arg).negated(),
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                // The test stands in the formula twice, and would be doubled at each level.
                let test = match has_choice(test_expr) {
                    true => self.opaque(test_expr),
                    false => self.formula(test_expr),
                };
                let then = Formula::All(vec![test.clone(), self.formula(then_expr)]);
                let otherwise = Formula::All(vec![test.negated(), self.formula(else_expr)]);
                Formula::Any(vec![then, otherwise])
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => self.operation(expr, *op, arg1, arg2),
            ExprKind::UnaryApp {
                op: UnaryOp::IsEmpty,
                arg,
            } => match self.elements(arg) {
                Some(def) => {
                    let all = 0..def.variants.len();
                    let all = all.map(|at| self.element(arg, &variant(def, at)));
                    Formula::Any(all.collect()).negated()
                }
                None => self.opaque(expr),
            },
            ExprKind::HasAttr { expr: of, attr } => match self.kind_of(of) {
                Some(kind) if !names_its_root(of) => match kind.attribute(attr) {
                    None => Formula::Constant(false),
                    Some(at) if is_always_there(&kind.attributes()[at]) => Formula::Constant(true),
                    Some(_) => self.opaque(expr),
                },
                _ => self.opaque(expr),
            },
            ExprKind::Is {
                expr: of,
                entity_type,
            } => match self.kind_of(of) {
                Some(kind) => Formula::Constant(kind.def().name == entity_type.to_string()),
                None => self.opaque(expr),
            },
            ExprKind::GetAttr { expr: of, attr } => self.property(expr, of, attr),
            _ => self.opaque(expr),
        }
    }

    /// What is true or false, and no more is known of it.
    fn opaque(&mut self, expr: &Expr) -> Formula {
        self.flag(canonical(expr))
    }

    fn flag(&mut self, text: String) -> Formula {
        let variable = self.variables.get(text, Sort::Bool, Some(2));
        is_true(Number::Variable(variable))
    }

    fn operation(&mut self, whole: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Formula {
        let compared = match op {
            BinaryOp::Eq => self.comparison(left, Relation::Equal, right),
            BinaryOp::Less => self.comparison(left, Relation::Less, right),
            BinaryOp::LessEq => self.comparison(left, Relation::LessOrEqual, right),
            BinaryOp::In => Some(self.within(whole, left, right)),
            BinaryOp::Contains => Some(self.element(left, right)),
            BinaryOp::ContainsAll => match right.expr_kind() {
                ExprKind::Set(parts) => {
                    let all = parts.iter().map(|part| self.element(left, part));
                    Some(Formula::All(all.collect()))
                }
                _ => None,
            },
            BinaryOp::ContainsAny => match (left.expr_kind(), right.expr_kind()) {
                (_, ExprKind::Set(parts)) => {
                    let all = parts.iter().map(|part| self.element(left, part));
                    Some(Formula::Any(all.collect()))
                }
                (ExprKind::Set(parts), _) => {
                    let all = parts.iter().map(|part| self.element(right, part));
                    Some(Formula::Any(all.collect()))
                }
                _ => None,
            },
            _ => None,
        };
        compared.unwrap_or_else(|| self.opaque(whole))
    }

    fn comparison(&mut self, left: &Expr, relation: Relation, right: &Expr) -> Option<Formula> {
        if let (Some(action), ExprKind::Lit(Literal::EntityUID(uid))) =
            (self.action(left), right.expr_kind())
        {
            let same = AsRef::<str>::as_ref(uid.eid()) == action;
            return (relation == Relation::Equal).then_some(Formula::Constant(same));
        }
        let (left, sort) = self.number(left)?;
        let (right, other) = self.number(right)?;
        if sort != other || (relation != Relation::Equal && !sort.has_order()) {
            return None;
        }
        self.variables.compared(&left, &right, sort);
        Some(Formula::Compare(left, relation, right))
    }

    fn action(&self, expr: &Expr) -> Option<&'static str> {
        let is_action = matches!(expr.expr_kind(), ExprKind::Var(Var::Action));
        is_action.then_some(self.environment.action.name)
    }

    /// `left in right`. Nothing is in a value of an enumeration but itself.
    fn within(&mut self, whole: &Expr, left: &Expr, right: &Expr) -> Formula {
        if let ExprKind::Set(parts) = right.expr_kind() {
            let all = parts.iter().map(|part| {
                let text = format!("({} in {})", canonical(left), canonical(part));
                self.within_one(text, left, part)
            });
            return Formula::Any(all.collect());
        }
        self.within_one(canonical(whole), left, right)
    }

    fn within_one(&mut self, text: String, left: &Expr, right: &Expr) -> Formula {
        let of_enumeration = matches!(self.number(left), Some((_, Sort::Enumeration(_))));
        let is_one = matches!(right.expr_kind(), ExprKind::Lit(_));
        if of_enumeration || (self.action(left).is_some() && is_one) {
            let same = self.comparison(left, Relation::Equal, right);
            return same.unwrap_or_else(|| self.flag(text));
        }
        if canonical(left) == canonical(right) {
            return Formula::Constant(true);
        }
        self.flag(text)
    }

    /// Whether a set holds an element.
    fn element(&mut self, set: &Expr, element: &Expr) -> Formula {
        if let ExprKind::Set(parts) = set.expr_kind() {
            let parts = std::sync::Arc::clone(parts);
            let all = parts.iter().map(|part| {
                let same = self.comparison(part, Relation::Equal, element);
                same.unwrap_or_else(|| {
                    let (one, other) = (canonical(part), canonical(element));
                    self.flag(format!("({one} is {other})"))
                })
            });
            return Formula::Any(all.collect());
        }
        self.flag(format!("({} holds {})", canonical(set), canonical(element)))
    }

    /// The enumeration of the elements of a set that is an attribute.
    fn elements(&self, set: &Expr) -> Option<&'static EnumDef> {
        let ExprKind::GetAttr { expr, attr } = set.expr_kind() else {
            return None;
        };
        let kind = self.kind_of(expr)?;
        let def = &kind.attributes()[kind.attribute(attr)?];
        match def.ty {
            Type::Enum(of) if def.many => Some(of),
            _ => None,
        }
    }

    /// An attribute that is true or false; of one that follows from a set, what it says of that.
    fn property(&mut self, whole: &Expr, of: &Expr, name: &str) -> Formula {
        if let Some(kind) = self.kind_of(of)
            && let Some(at) = kind.attribute(name)
            && let Origin::PropertyOf(from, accepts) = kind.attributes()[at].origin
            && let AttributeDef {
                many: true,
                ty: Type::Enum(def),
                name,
                ..
            } = &kind.attributes()[from]
        {
            let set = Expr::get_attr(of.clone(), name.as_str().into());
            let all = 0..def.variants.len();
            let all = all.filter(|at| u8::try_from(*at).is_ok_and(accepts));
            let all = all.map(|at| self.element(&set, &variant(def, at)));
            return Formula::Any(all.collect());
        }
        match self.number(whole) {
            Some((number, Sort::Bool)) => is_true(number),
            _ => self.opaque(whole),
        }
    }

    /// The kind of the entity that an expression leads to.
    pub(super) fn kind_of(&self, expr: &Expr) -> Option<Kind> {
        match expr.expr_kind() {
            ExprKind::Var(Var::Principal) => Some(self.environment.principal),
            ExprKind::Var(Var::Resource) => Some(self.environment.resource),
            ExprKind::Lit(Literal::EntityUID(uid)) => kind_named(uid),
            ExprKind::GetAttr { expr, attr } => {
                let (ty, many) = match expr.expr_kind() {
                    ExprKind::Var(Var::Context) => {
                        let mut held = self.environment.action.context.iter();
                        let held = held.find(|held| held.name == attr.as_str())?;
                        (held.ty, held.many)
                    }
                    _ => {
                        let kind = self.kind_of(expr)?;
                        let def = &kind.attributes()[kind.attribute(attr)?];
                        (def.ty, def.many)
                    }
                };
                match ty {
                    Type::Entity([kind]) if !many => Some(*kind),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether there is an `if` in an expression.
fn has_choice(expr: &Expr) -> bool {
    let mut parts = expr.subexpressions();
    parts.any(|part| matches!(part.expr_kind(), ExprKind::If { .. }))
}

fn is_true(number: Number) -> Formula {
    Formula::Compare(number, Relation::Equal, Number::Constant(1))
}

/// A value of an enumeration as policies write it.
fn variant(def: &EnumDef, at: usize) -> Expr {
    let name = def.variants.get(at).map_or("", |variant| variant.name);
    match EntityUID::with_eid_and_type(def.name, name) {
        Ok(uid) => Expr::val(uid),
        // No enumeration has such a name; what is true of nothing is no value of it.
        Err(_) => Expr::val(false),
    }
}

/// Whether Cedar is always told the value of an attribute.
fn is_always_there(def: &AttributeDef) -> bool {
    let is_value = !matches!(def.ty, Type::Entity([_, _, ..] | []) | Type::Step);
    !def.optional && is_value
}

/// Whether an expression is about an entity that the policy names, which may not be declared.
pub(super) fn names_its_root(expr: &Expr) -> bool {
    match expr.expr_kind() {
        ExprKind::Var(_) => false,
        ExprKind::GetAttr { expr, .. } => names_its_root(expr),
        _ => true,
    }
}
