//! What a policy can read of a request: attributes, identities, labels.
//!
//! A verdict is a function of these values alone. So requests that agree in them share one verdict,
//! Cedar needs to see no other entities, and what is unknown matters only if it is among them.

use std::collections::BTreeMap;

use cedar_policy_core::ast::{BinaryOp, EntityUID, Expr, ExprKind, Literal, Var};
use smallvec::SmallVec;

use super::condition::Leaf;
use crate::model::{ActionDef, EntityId, Kind, Type};

/// The kinds of principal and resource, and the action, that a request may combine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Environment {
    pub(super) action: &'static ActionDef,
    pub(super) principal: Kind,
    pub(super) resource: Kind,
}

/// Where a chain of attributes starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Base {
    Principal,
    Resource,
    /// The entity that the context holds, such as the grant that is used.
    Context,
    /// An entity that the policy names.
    Named(EntityId),
}

/// A chain of attributes that leads from a base to an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Path {
    pub(super) base: Base,
    pub(super) steps: SmallVec<[usize; 2]>,
    /// The kind of the entity that it leads to.
    pub(super) kind: Kind,
}

/// A value that a policy can read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Read {
    /// An attribute of the entity at the end of a path.
    Value(Path, usize),
    /// Which entity is at the end of a path, as the base itself is compared or looked for.
    Identity(Path),
    /// What encloses the entity at the end of a path.
    Ancestors(Path),
    /// A label of the entity at the end of a path; all of them where the policy computes the name.
    Label(Path, Option<String>),
    /// A value of the context, by its place among [`ActionDef::context`].
    Context(usize),
}

impl Read {
    /// Where its path starts; values of the context have none.
    pub(super) fn base(&self) -> Option<Base> {
        match self {
            Self::Value(path, _)
            | Self::Identity(path)
            | Self::Ancestors(path)
            | Self::Label(path, _) => Some(path.base),
            Self::Context(_) => None,
        }
    }

    /// Whether it is a date, or several.
    fn is_date(&self, environment: Environment) -> bool {
        let ty = match self {
            Self::Value(path, attribute) => path.kind.attributes()[*attribute].ty,
            Self::Context(at) => environment.action.context[*at].ty,
            Self::Identity(_) | Self::Ancestors(_) | Self::Label(..) => return false,
        };
        matches!(ty, Type::Date)
    }
}

/// What a policy reads of the requests of one environment.
#[derive(Debug, Default)]
pub(super) struct ReadSet {
    /// Every value, each once.
    pub(super) needs: Vec<Read>,
    /// Of each, how much of it matters.
    pub(super) uses: Vec<Use>,
    /// Which of them each leaf of the condition reads.
    pub(super) by_leaf: Vec<Vec<usize>>,
    /// Whether the policy reads the day that the check is made for.
    pub(super) reads_now: bool,
    /// Whether it calls a function of one of Cedar's extensions, or reads a value of one: a date.
    pub(super) uses_extensions: bool,
}

/// How much of a value that a policy reads can matter to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Use {
    /// It is a reference that is only followed: what matters is what is read where it leads.
    Followed,
    /// All of it.
    Whole,
}

impl ReadSet {
    /// Whether the policy reads nothing of an entity that it names.
    pub(super) fn names_nothing(&self) -> bool {
        let mut needs = self.needs.iter();
        !needs.any(|need| matches!(need.base(), Some(Base::Named(_))))
    }

    /// `named` finds the entity that a policy names; one that is not declared has no attributes.
    pub(super) fn new(
        leaves: &[Leaf],
        environment: Environment,
        named: &dyn Fn(&EntityUID) -> Option<EntityId>,
    ) -> Self {
        let mut read_set = Self::default();
        for leaf in leaves {
            let mut reader = Reader {
                environment,
                named,
                needs: BTreeMap::new(),
                reads_now: false,
                calls_extension: false,
            };
            reader.consume(&leaf.expr);
            read_set.reads_now |= reader.reads_now;
            read_set.uses_extensions |= reader.reads_now
                || reader.calls_extension
                || reader.needs.keys().any(|need| need.is_date(environment));
            let needs = reader.needs.into_iter();
            let places = needs.map(|(need, used)| read_set.place(need, used));
            let places = places.collect();
            read_set.by_leaf.push(places);
        }
        read_set
    }

    fn place(&mut self, need: Read, used: Use) -> usize {
        let known = self.needs.iter().position(|known| *known == need);
        let place = known.unwrap_or_else(|| {
            self.needs.push(need);
            self.uses.push(used);
            self.needs.len() - 1
        });
        self.uses[place] = self.uses[place].max(used);
        place
    }
}

struct Reader<'a> {
    environment: Environment,
    named: &'a dyn Fn(&EntityUID) -> Option<EntityId>,
    needs: BTreeMap<Read, Use>,
    reads_now: bool,
    calls_extension: bool,
}

/// What an expression that is not used up yet may lead to.
enum Lead {
    Entity(Path),
    Context,
}

impl Reader<'_> {
    /// Notes what the value of `expr` depends on.
    fn consume(&mut self, expr: &Expr) {
        match expr.expr_kind() {
            ExprKind::Var(_) => {
                for lead in self.navigate(expr) {
                    match lead {
                        Lead::Entity(path) => self.need(Read::Identity(path), Use::Whole),
                        Lead::Context => self.reads_now = true,
                    }
                }
            }
            ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } => {
                self.attribute(expr, attr);
            }
            ExprKind::ExtHasAttr { expr, attrs } => {
                let mut leads = self.navigate(expr);
                for attr in attrs.iter() {
                    leads = self.follow(leads, attr, Use::Whole);
                }
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => {
                match op {
                    BinaryOp::GetTag | BinaryOp::HasTag => self.label(arg1, arg2),
                    BinaryOp::In => self.enclosed(arg1),
                    _ => self.consume(arg1),
                }
                self.consume(arg2);
            }
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                for part in [test_expr, then_expr, else_expr] {
                    self.consume(part);
                }
            }
            ExprKind::And { left, right } | ExprKind::Or { left, right } => {
                self.consume(left);
                self.consume(right);
            }
            ExprKind::UnaryApp { arg, .. } => self.consume(arg),
            ExprKind::Like { expr, .. } => self.consume(expr),
            // The type of what an expression leads to is known; only the way there matters.
            ExprKind::Is { expr, .. } => drop(self.navigate(expr)),
            ExprKind::ExtensionFunctionApp { args, .. } | ExprKind::Set(args) => {
                let calls = matches!(expr.expr_kind(), ExprKind::ExtensionFunctionApp { .. });
                self.calls_extension |= calls;
                for arg in args.iter() {
                    self.consume(arg);
                }
            }
            ExprKind::Record(fields) => {
                for value in fields.values() {
                    self.consume(value);
                }
            }
            ExprKind::Lit(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {}
        }
    }

    fn attribute(&mut self, of: &Expr, attribute: &str) {
        let leads = self.navigate(of);
        self.follow(leads, attribute, Use::Whole);
    }

    fn need(&mut self, need: Read, used: Use) {
        let known = self.needs.entry(need).or_insert(used);
        *known = used.max(*known);
    }

    /// Notes that `attribute` of each lead is read, and says what that may lead to.
    fn follow(&mut self, leads: Vec<Lead>, attribute: &str, used: Use) -> Vec<Lead> {
        let mut following = Vec::new();
        for lead in leads {
            match lead {
                Lead::Context => following.extend(self.context(attribute, used)),
                Lead::Entity(path) => {
                    let Some(position) = path.kind.attribute(attribute) else {
                        continue;
                    };
                    let def = &path.kind.attributes()[position];
                    if let (Type::Entity([kind]), false) = (def.ty, def.many) {
                        let mut further = path.clone();
                        further.steps.push(position);
                        further.kind = *kind;
                        following.push(Lead::Entity(further));
                    }
                    self.need(Read::Value(path, position), used);
                }
            }
        }
        following
    }

    /// Notes that a value of the context is read. One that is an entity is followed like others.
    fn context(&mut self, name: &str, used: Use) -> Option<Lead> {
        let values = self.environment.action.context;
        let Some(at) = values.iter().position(|value| value.name == name) else {
            self.reads_now = true;
            return None;
        };
        let kind = match values[at].ty {
            Type::Entity([kind]) => Some(*kind),
            _ => None,
        };
        if used == Use::Whole || kind.is_none() {
            self.need(Read::Context(at), Use::Whole);
        }
        kind.map(|kind| {
            Lead::Entity(Path {
                base: Base::Context,
                steps: SmallVec::new(),
                kind,
            })
        })
    }

    /// Notes what the choice of the entity depends on, and says which entities it may be.
    fn navigate(&mut self, expr: &Expr) -> Vec<Lead> {
        let base = |base, kind| {
            vec![Lead::Entity(Path {
                base,
                steps: SmallVec::new(),
                kind,
            })]
        };
        match expr.expr_kind() {
            ExprKind::Var(Var::Principal) => base(Base::Principal, self.environment.principal),
            ExprKind::Var(Var::Resource) => base(Base::Resource, self.environment.resource),
            ExprKind::Var(Var::Context) => vec![Lead::Context],
            ExprKind::Var(Var::Action) => Vec::new(),
            ExprKind::Lit(Literal::EntityUID(uid)) => match (self.named)(uid) {
                Some(entity) => base(Base::Named(entity), entity.kind),
                None => Vec::new(),
            },
            ExprKind::GetAttr { expr, attr } => match expr.expr_kind() {
                ExprKind::Record(fields) => {
                    let fields = std::sync::Arc::clone(fields);
                    let value = fields.get(attr).map(|value| self.navigate(value));
                    value.unwrap_or_default()
                }
                _ => {
                    let leads = self.navigate(expr);
                    self.follow(leads, attr, Use::Followed)
                }
            },
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                self.consume(test_expr);
                let mut leads = self.navigate(then_expr);
                leads.extend(self.navigate(else_expr));
                leads
            }
            _ => {
                self.consume(expr);
                Vec::new()
            }
        }
    }

    fn label(&mut self, of: &Expr, name: &Expr) {
        let literal = match name.expr_kind() {
            ExprKind::Lit(Literal::String(name)) => Some(name.to_string()),
            _ => None,
        };
        for lead in self.navigate(of) {
            if let Lead::Entity(path) = lead {
                self.need(Read::Label(path, literal.clone()), Use::Whole);
            }
        }
    }

    fn enclosed(&mut self, inner: &Expr) {
        self.consume(inner);
        for lead in self.navigate(inner) {
            if let Lead::Entity(path) = lead {
                self.need(Read::Ancestors(path), Use::Whole);
            }
        }
    }
}
