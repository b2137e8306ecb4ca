//! Rules: policies that are ready to be asked.

use std::sync::{Arc, LazyLock, OnceLock};

use cedar_policy::Policy;
use cedar_policy_core::ast::{self, EntityUID, Expr, ExprKind, Literal};

use super::candidates::Literals;
use super::condition::Condition;
use super::plain;
use super::read_set::Environment;
use super::text::Text;
use crate::finding::{RuleInfo, Severity};
use crate::inventory::Inventory;
use crate::model::{Action, ActionDef, EntityId, Kind, Origin};
use crate::source::{Code, Problem, ProblemKind, Span, Spanned};

/// What the ids of rules begin with that forbid what no policy permits.
pub(super) const DEFAULT_DENY: &str = "default-deny-";

/// A policy that can be asked. A copy of it is cheap and shares what was parsed.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What is known of it without running it.
    pub info: Arc<RuleInfo>,
    /// The attributes that its findings point at, where the author names some.
    pub(super) primary: Vec<String>,
    pub(super) scope: Scope,
    body: Arc<Lazy>,
}

/// What is parsed when it is first needed.
#[derive(Debug)]
struct Lazy {
    body: OnceLock<Body>,
    /// The text of its file, if the rule comes with Palisade.
    text: &'static str,
}

/// What a rule evaluates.
#[derive(Debug)]
pub(super) struct Body {
    /// When it forbids a request.
    pub(super) forbids: Forbids,
    pub(super) condition: Condition,
    pub(super) literals: Literals,
    /// As Cedar has it, once that was asked for; a rule that forbids what nothing permits is no policy.
    policy: OnceLock<Option<Policy>>,
}

impl Body {
    /// Of a rule that cannot be parsed: it forbids everything, so that nothing passes silently.
    fn broken(text: Text) -> Self {
        let condition = Expr::val(true);
        Self {
            condition: Condition::new(&condition, text),
            forbids: Forbids::If(condition),
            literals: Literals::default(),
            policy: OnceLock::from(None),
        }
    }

    /// What a `forbid` evaluates, which stands in this text.
    pub(super) fn of(policy: &Policy, text: Text) -> Self {
        Self {
            policy: OnceLock::from(Some(policy.clone())),
            ..Self::plain(ast(policy).condition(), text)
        }
    }

    /// The same of its condition alone.
    pub(super) fn plain(condition: Expr, text: Text) -> Self {
        let mut literals = Literals::default();
        literals.add(&condition);
        Self {
            condition: Condition::new(&condition, text),
            forbids: Forbids::If(condition),
            literals,
            policy: OnceLock::new(),
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) actions: Vec<Action>,
    pub(super) principal: Kinds,
    pub(super) resource: Kinds,
}

/// Which kinds of entities a scope lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    Any,
    Only(Kind),
    /// None that there are.
    Nothing,
}

impl Kinds {
    /// Those that are called so.
    pub(super) fn of(name: &str) -> Self {
        Kind::named(name).map_or(Self::Nothing, Self::Only)
    }

    fn has(self, kind: Kind) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == kind,
            Self::Nothing => false,
        }
    }

    fn constrained(constraint: &ast::PrincipalOrResourceConstraint) -> Self {
        match constraint {
            ast::PrincipalOrResourceConstraint::Is(ty)
            | ast::PrincipalOrResourceConstraint::IsIn(ty, _) => Self::of(&ty.to_string()),
            ast::PrincipalOrResourceConstraint::Eq(ast::EntityReference::EUID(uid)) => {
                Self::of(&uid.entity_type().to_string())
            }
            _ => Self::Any,
        }
    }
}

impl Scope {
    /// The scope of a policy.
    pub(super) fn of(policy: &Policy) -> Self {
        let all = Action::ALL.iter().filter(|def| applies_to(policy, def));
        let policy = ast(policy);
        Self {
            actions: all.map(|def| def.action).collect(),
            principal: Kinds::constrained(policy.principal_constraint().as_inner()),
            resource: Kinds::constrained(policy.resource_constraint().as_inner()),
        }
    }
}

impl Rule {
    /// A rule that is parsed.
    pub(super) fn new(info: RuleInfo, primary: Vec<String>, scope: Scope, body: Body) -> Self {
        Self {
            info: Arc::new(info),
            primary,
            scope,
            body: Arc::new(Lazy {
                body: OnceLock::from(body),
                text: "",
            }),
        }
    }

    /// A rule that comes with Palisade, in a file of this text, which is not parsed yet.
    pub(super) fn unread(
        info: RuleInfo,
        primary: Vec<String>,
        scope: Scope,
        text: &'static str,
    ) -> Self {
        Self {
            info: Arc::new(info),
            primary,
            scope,
            body: Arc::new(Lazy {
                body: OnceLock::new(),
                text,
            }),
        }
    }

    /// What it evaluates; parses the rule if nobody did.
    pub(super) fn body(&self) -> &Body {
        self.body.body.get_or_init(|| {
            let text = Text::of(self.info.span.file);
            if let Some(condition) = plain::condition(self.body.text) {
                return Body::plain(condition, text);
            }
            let policy = Policy::parse(None, self.body.text).ok();
            policy.map_or_else(|| Body::broken(text), |policy| Body::of(&policy, text))
        })
    }

    /// The text of its file, if it is still to be parsed.
    pub(super) fn to_parse(&self) -> Option<&'static str> {
        self.body.body.get().is_none().then_some(self.body.text)
    }

    /// Gives it what somebody else parsed.
    pub(super) fn parsed(&self, body: Body) {
        // Another thread has made the same of the same text.
        let _ = self.body.body.set(body);
    }

    /// When it forbids a request.
    pub(super) fn forbids(&self) -> &Forbids {
        &self.body().forbids
    }

    /// When it forbids a request, as a tree of operands.
    pub(super) fn condition(&self) -> &Condition {
        &self.body().condition
    }

    /// The values at which its verdict can change.
    pub(super) fn literals(&self) -> &Literals {
        &self.body().literals
    }

    /// The policy, if it is one. Cedar parses it if nobody asked for it yet.
    pub(super) fn policy(&self) -> Option<&Policy> {
        let parse = || Policy::parse(None, self.body.text).ok();
        self.body().policy.get_or_init(parse).as_ref()
    }

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
        self.scope.actions.contains(&action)
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
            .condition()
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
        self.asks(environment.action.action)
            && self.scope.principal.has(environment.principal)
            && self.scope.resource.has(environment.resource)
    }

    /// The entities that the rule names and no document declares: it would never fire for them.
    pub(super) fn undeclared(&self, inventory: &Inventory) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        let leaves = self.condition().leaves.iter();
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
        let leaf = &self.condition().leaves[leaf];
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
    let scope = Scope {
        actions: vec![action.value],
        principal: Kinds::Any,
        resource: Kinds::Any,
    };
    let body = Body {
        forbids: Forbids::Unless(permits.collect()),
        condition,
        literals,
        policy: OnceLock::from(None),
    };
    Rule::new(info, Vec::new(), scope, body)
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
