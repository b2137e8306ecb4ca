//! Rules: policies that are ready to be asked.

use std::sync::{Arc, LazyLock};

use cedar_policy::Policy;
use cedar_policy_core::ast::{self, EntityUID, Expr, ExprKind, Literal};

use super::candidates::Literals;
use super::condition::Condition;
use super::footprint::Environment;
use super::text::Text;
use crate::finding::{RuleInfo, Severity};
use crate::inventory::Inventory;
use crate::model::{Action, ActionDef, EntityId, Kind, Origin};
use crate::source::{Code, Problem, ProblemKind, Span, Spanned};

/// What the ids of rules begin with that forbid what no policy permits.
pub(super) const DEFAULT_DENY: &str = "default-deny-";

/// A policy that is ready to be asked.
#[derive(Debug)]
pub struct Rule {
    /// What is known of it without running it.
    pub info: Arc<RuleInfo>,
    /// When it forbids a request.
    pub(super) forbids: Forbids,
    pub(super) condition: Condition,
    pub(super) literals: Literals,
    /// The attributes that its findings point at, where the author names some.
    pub(super) primary: Vec<String>,
    pub(super) scope: Scope,
}

/// When a rule forbids a request.
#[derive(Debug)]
pub(super) enum Forbids {
    /// If this holds: what stands in the scope and in the conditions of a `forbid`.
    If(Expr),
    /// Unless one of these holds: those of each `permit`.
    Unless(Vec<Expr>),
}

/// Which requests a rule is asked about.
#[derive(Debug)]
pub(super) enum Scope {
    /// Those that the scope of the policy lets through.
    Policy(Box<Policy>),
    /// All of an action.
    Action(Action),
}

impl Rule {
    /// The combinations of principal, action and resource that its scope lets through.
    pub(super) fn environments(&self) -> impl Iterator<Item = Environment> + '_ {
        Action::ALL
            .iter()
            .flat_map(move |action| {
                action.principals.iter().flat_map(move |principal| {
                    action.resources.iter().map(move |resource| Environment {
                        action,
                        principal: *principal,
                        resource: *resource,
                    })
                })
            })
            .filter(|environment| self.applies(*environment))
    }

    /// Whether its scope lets requests about an action through.
    pub(super) fn asks(&self, action: Action) -> bool {
        match &self.scope {
            Scope::Action(of) => *of == action,
            Scope::Policy(policy) => applies_to(policy, action.def()),
        }
    }

    /// Whether it reads an attribute that is called like one that follows from where things end up.
    pub(super) fn may_read_flow(&self) -> bool {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
            let attributes = Kind::ALL.iter().flat_map(|kind| kind.attributes());
            let flow = attributes.filter(
                |def| matches!(def.origin, Origin::Inventory(derived) if derived.is_flow()),
            );
            flow.map(|def| def.name.as_str()).collect()
        });
        let named = |name: &str| NAMES.contains(&name);
        let mut parts = self
            .condition
            .leaves
            .iter()
            .flat_map(|leaf| leaf.expr.subexpressions());
        parts.any(|part| match part.expr_kind() {
            ExprKind::GetAttr { attr, .. } | ExprKind::HasAttr { attr, .. } => named(attr),
            ExprKind::ExtHasAttr { attrs, .. } => attrs.iter().any(|attr| named(attr)),
            _ => false,
        })
    }

    /// Whether its scope lets requests of this environment through.
    pub(super) fn applies(&self, environment: Environment) -> bool {
        let policy = match &self.scope {
            Scope::Action(action) => return environment.action.action == *action,
            Scope::Policy(policy) => policy,
        };
        let action = applies_to(policy, environment.action);
        let policy = ast(policy);
        let kind = |constraint: &ast::PrincipalOrResourceConstraint, kind: Kind| match constraint {
            ast::PrincipalOrResourceConstraint::Is(ty)
            | ast::PrincipalOrResourceConstraint::IsIn(ty, _) => ty.to_string() == kind.def().name,
            ast::PrincipalOrResourceConstraint::Eq(ast::EntityReference::EUID(uid)) => {
                uid.entity_type().to_string() == kind.def().name
            }
            _ => true,
        };
        action
            && kind(
                policy.principal_constraint().as_inner(),
                environment.principal,
            )
            && kind(
                policy.resource_constraint().as_inner(),
                environment.resource,
            )
    }

    /// The entities that the rule names and no document declares: it would never fire for them.
    pub(super) fn undeclared(&self, inventory: &Inventory) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        let leaves = self.condition.leaves.iter();
        let parts = leaves.flat_map(|leaf| {
            let parts = leaf.expr.subexpressions();
            parts.map(|part| (part, leaf.text))
        });
        for (part, text) in parts {
            let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() else {
                continue;
            };
            let Some(kind) = kind_named(uid) else {
                continue;
            };
            if seen.contains(uid) || declared(inventory, uid).is_some() {
                continue;
            }
            seen.push(Arc::clone(uid));
            let (id, label) = (AsRef::<str>::as_ref(uid.eid()), kind.def().label);
            let message = format!(
                "rule `{}` names {label} `{id}`, which no document declares",
                self.info.id
            );
            let span = span_of(part, text).unwrap_or(self.info.span);
            let problem = Problem::new(ProblemKind::Evaluation, Code::UndeclaredEntity, message)
                .at(span, "the rule can never fire for it");
            let ids = inventory.ids().filter(|known| known.kind == kind);
            let ids = ids.map(|known| &*inventory.entity(known).id().value);
            problems.push(match crate::source::closest(id, ids) {
                Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                None => problem.help("declare it, or correct the policy"),
            });
        }
        problems
    }

    /// Where a leaf of the condition stands.
    pub(super) fn span_of(&self, leaf: usize) -> Option<Span> {
        let leaf = &self.condition.leaves[leaf];
        match &leaf.written_at {
            Some(loc) => Some(leaf.text.place(loc)),
            None => span_of(&leaf.expr, leaf.text),
        }
    }
}

/// Where an expression stands; for a constraint of the scope, the entity that it names.
pub(super) fn span_of(expr: &Expr, text: Text) -> Option<Span> {
    let loc = expr.source_loc().or_else(|| match expr.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) => uid.loc(),
        ExprKind::BinaryApp { arg2, .. } => match arg2.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => uid.loc(),
            _ => None,
        },
        _ => None,
    })?;
    Some(text.place(loc))
}

/// Whether the scope of a policy names the action, or any.
pub(super) fn applies_to(policy: &Policy, action: &ActionDef) -> bool {
    match ast(policy).action_constraint() {
        ast::ActionConstraint::Any => true,
        constraint => constraint.iter_euids().any(|uid| is_action(uid, action)),
    }
}

/// The rule that forbids of an action what none of `permits` permits.
pub(super) fn default_deny_rule(action: &Spanned<Action>, permits: &[(Policy, Text)]) -> Rule {
    let def = action.value.def();
    let heard = permits.iter().filter(|(permit, _)| applies_to(permit, def));
    let heard: Vec<_> = heard
        .map(|(permit, text)| (ast(permit).condition(), *text))
        .collect();
    let mut literals = Literals::default();
    for (condition, _) in &heard {
        literals.add(condition);
    }
    let info = RuleInfo {
        id: format!("{DEFAULT_DENY}{}", def.name),
        title: "no policy permits this".to_owned(),
        severity: Severity::High,
        help: Some("end it, or permit it with a `permit` policy".to_owned()),
        references: Vec::new(),
        built_in: false,
        group: None,
        span: action.span,
    };
    let condition = Condition::none_of(heard.iter().map(|(condition, text)| (condition, *text)));
    let permits = heard.into_iter().map(|(condition, _)| condition);
    Rule {
        info: Arc::new(info),
        forbids: Forbids::Unless(permits.collect()),
        condition,
        literals,
        primary: Vec::new(),
        scope: Scope::Action(action.value),
    }
}

/// The entity of the inventory that a policy names.
pub(super) fn declared(inventory: &Inventory, uid: &EntityUID) -> Option<EntityId> {
    inventory.find(kind_named(uid)?, uid.eid().as_ref())
}

/// The kind of an entity that a policy names.
pub(super) fn kind_named(uid: &EntityUID) -> Option<Kind> {
    Kind::named(&uid.entity_type().to_string())
}

fn is_action(uid: &EntityUID, action: &ActionDef) -> bool {
    uid.entity_type().to_string() == "Action" && AsRef::<str>::as_ref(uid.eid()) == action.name
}

/// The policy as Cedar's own syntax tree.
pub(super) fn ast(policy: &Policy) -> &ast::Policy {
    policy.as_ref()
}
