//! Policy files to rules: parsed, validated strictly, each with what is to be known of it.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use cedar_policy::{Effect, Policy, PolicySet, Schema, ValidationMode, Validator};
use cedar_policy_core::ast::{self, EntityUID, Expr, ExprKind, Literal};
use miette::Diagnostic;

use super::candidates::Literals;
use super::condition::Condition;
use super::footprint::Environment;
use crate::finding::{RuleInfo, Severity};
use crate::inventory::Inventory;
use crate::model::{Action, ActionDef, EntityId, Kind};
use crate::source::{FileId, Files, Problem, ProblemKind, Span};

/// A policy that is ready to be asked.
#[derive(Debug)]
pub struct Rule {
    /// What is known of it without running it.
    pub info: Arc<RuleInfo>,
    /// The policy, beside one that permits everything: what the rule does not forbid is allowed.
    pub(super) policies: PolicySet,
    pub(super) condition: Condition,
    pub(super) literals: Literals,
    /// The attribute that its findings point at, where the author names one.
    pub(super) primary: Option<String>,
    pub(super) file: FileId,
    policy: Policy,
}

/// The annotations that a rule may have.
const ANNOTATIONS: [&str; 6] = ["id", "title", "severity", "help", "references", "primary"];

static SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| {
    let parsed = Schema::from_cedarschema_str(&crate::model::cedar_schema());
    parsed
        .map(|(schema, _warnings)| schema)
        .map_err(|error| error.to_string())
});

/// Rules to be, with the problems of those that cannot be.
#[derive(Debug, Default)]
pub struct Loader {
    rules: BTreeMap<String, Rule>,
    problems: Vec<Problem>,
}

impl Loader {
    /// Nothing loaded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads the rules that come with Palisade. They were validated when it was built and tested.
    pub fn built_in(&mut self, files: &mut Files) {
        for (name, text) in super::builtin::policies() {
            let file = files.add(crate::source::SourceFile::new(name, text));
            self.load(files, file, true);
        }
    }

    /// Loads the rules of a user's file, and validates them strictly: what the validator warns
    /// about is a problem too, because a rule that can never fire passes silently.
    pub fn user(&mut self, files: &Files, file: FileId) {
        self.load(files, file, false);
    }

    /// The rules by id, and what was wrong.
    pub fn finish(self) -> (Vec<Rule>, Vec<Problem>) {
        (self.rules.into_values().collect(), self.problems)
    }

    fn load(&mut self, files: &Files, file: FileId, built_in: bool) {
        let source = files.get(file);
        let set = match PolicySet::from_str(source.text()) {
            Ok(set) => set,
            Err(errors) => {
                for error in errors.iter() {
                    self.problems
                        .push(cedar_problem("policy-syntax", error, file));
                }
                return;
            }
        };
        for template in set.templates() {
            let span = policy_span(template.as_ref().loc(), file);
            self.problems.push(
                policy_problem("policy-template", "a rule cannot be a template")
                    .at(span, "this policy has a slot")
                    .help("write the entity instead of the slot"),
            );
        }
        let mut policies: Vec<_> = set.policies().collect();
        policies.sort_by_key(|policy| policy_span(ast(policy).loc(), file).start);
        if policies.is_empty() && set.templates().next().is_none() {
            self.problems.push(
                policy_problem("no-policy", format!("`{}` holds no policy", source.name))
                    .at(Span::file_start(file), "nothing here")
                    .help("write a `forbid` policy, or do not list the file"),
            );
        }
        if !built_in {
            self.validate(&set, file);
        }
        let alone = policies.len() == 1;
        for policy in policies {
            if let Some(rule) = self.rule(files, file, policy, alone, built_in) {
                self.add(rule);
            }
        }
    }

    fn validate(&mut self, set: &PolicySet, file: FileId) {
        let schema = match &*SCHEMA {
            Ok(schema) => schema.clone(),
            Err(error) => {
                let message = format!("the vocabulary is no valid schema: {error}");
                self.problems.push(policy_problem("schema", message));
                return;
            }
        };
        let result = Validator::new(schema).validate(set, ValidationMode::Strict);
        for error in result.validation_errors() {
            self.problems
                .push(cedar_problem("policy-invalid", error, file));
        }
        for warning in result.validation_warnings() {
            self.problems
                .push(cedar_problem("policy-warning", warning, file));
        }
    }

    fn rule(
        &mut self,
        files: &Files,
        file: FileId,
        policy: &Policy,
        alone: bool,
        built_in: bool,
    ) -> Option<Rule> {
        let whole = policy_span(ast(policy).loc(), file);
        if policy.effect() == Effect::Permit {
            self.problems.push(
                policy_problem("permit", "a `permit` policy has no effect here")
                    .at(whole, "everything is permitted that no rule forbids")
                    .help("write what must not be, as `forbid`"),
            );
            return None;
        }
        let annotations: HashMap<_, _> = policy.annotations().collect();
        let place = |name: &str| annotation_span(files, file, ast(policy), name).unwrap_or(whole);
        for name in annotations
            .keys()
            .filter(|name| !ANNOTATIONS.contains(name))
        {
            let problem = policy_problem(
                "unknown-annotation",
                format!("`@{name}` means nothing here"),
            )
            .at(place(name), "not known");
            let closest = crate::model::closest(name, ANNOTATIONS.into_iter());
            self.problems.push(match closest {
                Some(similar) => problem.help(format!("did you mean `@{similar}`?")),
                None => problem.help(format!(
                    "the annotations are `@{}`",
                    ANNOTATIONS.join("`, `@")
                )),
            });
        }
        let id = match annotations.get("id") {
            Some(id) => (*id).to_owned(),
            None if alone => stem(&files.get(file).name).to_owned(),
            None => {
                self.problems.push(
                    policy_problem("missing-id", "a rule has no `@id`")
                        .at(whole, "this one")
                        .help(
                            "findings, waivers and tests name a rule by its id; add `@id(\"…\")`",
                        ),
                );
                return None;
            }
        };
        let severity = match annotations.get("severity").map(|text| text.parse()) {
            None => Severity::High,
            Some(Ok(severity)) => severity,
            Some(Err(message)) => {
                let problem = policy_problem("severity", message);
                self.problems.push(problem.at(place("severity"), "here"));
                return None;
            }
        };
        let references = annotations.get("references").copied().unwrap_or_default();
        let references = references.split(';').map(str::trim);
        let condition = ast(policy).condition();
        let mut literals = Literals::default();
        literals.add(&condition);
        let info = RuleInfo {
            title: match annotations.get("title") {
                Some(title) => (*title).to_owned(),
                None => format!("policy `{id}` forbids this"),
            },
            severity,
            help: annotations.get("help").map(|help| (*help).to_owned()),
            references: references
                .filter(|r| !r.is_empty())
                .map(str::to_owned)
                .collect(),
            built_in,
            span: place("id"),
            id,
        };
        let primary = annotations.get("primary").map(|path| (*path).to_owned());
        let rule = Rule {
            info: Arc::new(info),
            policies: PolicySet::from_policies([permit_all()?, policy.clone()]).ok()?,
            condition: Condition::new(&condition),
            literals,
            primary,
            file,
            policy: policy.clone(),
        };
        if let Some(path) = &rule.primary
            && !rule
                .environments()
                .any(|env| super::reasons::attribute(path, env).is_some())
        {
            let message = format!("`{path}` is no attribute of what the rule is about");
            self.problems.push(
                policy_problem("primary", message)
                    .at(place("primary"), "findings should point here")
                    .help("write `principal` or `resource`, a dot, and an attribute"),
            );
        }
        Some(rule)
    }

    fn add(&mut self, rule: Rule) {
        match self.rules.get(&rule.info.id) {
            None => {
                self.rules.insert(rule.info.id.clone(), rule);
            }
            Some(first) => {
                let id = &rule.info.id;
                let problem =
                    policy_problem("duplicate-rule", format!("two rules are called `{id}`"))
                        .at(rule.info.span, "declared again here")
                        .at(first.info.span, "first declared here");
                self.problems
                    .push(problem.help("give this one another `@id`"));
            }
        }
    }
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

    /// Whether its scope lets requests of this environment through.
    pub(super) fn applies(&self, environment: Environment) -> bool {
        let policy = ast(&self.policy);
        let action = match policy.action_constraint() {
            ast::ActionConstraint::Any => true,
            constraint => constraint
                .iter_euids()
                .any(|uid| is_action(uid, environment.action)),
        };
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
        let leaves = self.condition.leaves.iter();
        let parts = leaves.flat_map(|leaf| leaf.expr.subexpressions());
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        for part in parts {
            let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() else {
                continue;
            };
            let Some(kind) = kind_of(uid) else { continue };
            if seen.contains(uid) || declared(inventory, uid).is_some() {
                continue;
            }
            seen.push(Arc::clone(uid));
            let (id, label) = (AsRef::<str>::as_ref(uid.eid()), kind.def().label);
            let message = format!(
                "rule `{}` names {label} `{id}`, which no document declares",
                self.info.id
            );
            let span = self.span_of(part).unwrap_or(self.info.span);
            let problem = Problem::new(ProblemKind::Evaluation, "undeclared-entity", message)
                .at(span, "the rule can never fire for it");
            let ids = inventory.ids().filter(|known| known.kind == kind);
            let ids = ids.map(|known| &*inventory.entity(known).id().value);
            problems.push(match crate::model::closest(id, ids) {
                Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                None => problem.help("declare it, or correct the policy"),
            });
        }
        problems
    }

    /// Where an expression stands in the file; for a constraint of the scope, the entity it names.
    pub(super) fn span_of(&self, expr: &Expr) -> Option<Span> {
        let loc = expr.source_loc().or_else(|| match expr.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => uid.loc(),
            ExprKind::BinaryApp { arg2, .. } => match arg2.expr_kind() {
                ExprKind::Lit(Literal::EntityUID(uid)) => uid.loc(),
                _ => None,
            },
            _ => None,
        })?;
        Some(to_span(loc.span, self.file))
    }
}

/// The entity of the inventory that a policy names.
pub(super) fn declared(inventory: &Inventory, uid: &EntityUID) -> Option<EntityId> {
    inventory.find(kind_of(uid)?, uid.eid().as_ref())
}

fn kind_of(uid: &EntityUID) -> Option<Kind> {
    let name = uid.entity_type().to_string();
    let mut kinds = Kind::ALL.iter().copied();
    kinds.find(|kind| kind.def().name == name)
}

fn is_action(uid: &EntityUID, action: &ActionDef) -> bool {
    uid.entity_type().to_string() == "Action" && AsRef::<str>::as_ref(uid.eid()) == action.name
}

fn ast(policy: &Policy) -> &ast::Policy {
    policy.as_ref()
}

/// The base of every verdict: what no rule forbids is permitted.
fn permit_all() -> Option<Policy> {
    static PERMIT_ALL: LazyLock<Option<Policy>> = LazyLock::new(|| {
        let id = cedar_policy::PolicyId::new("palisade: permit all");
        Policy::parse(Some(id), "permit(principal, action, resource);").ok()
    });
    PERMIT_ALL.clone()
}

fn policy_problem(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Policy, code, message)
}

/// What Cedar says of a policy, with its own labels as spans of ours.
fn cedar_problem(code: &'static str, diagnostic: &dyn Diagnostic, file: FileId) -> Problem {
    let mut problem = policy_problem(code, diagnostic.to_string());
    for label in diagnostic.labels().into_iter().flatten() {
        let text = label.label().unwrap_or_default().to_owned();
        problem = problem.at(to_span(*label.inner(), file), text);
    }
    if problem.labels.is_empty() {
        problem = problem.at(Span::file_start(file), "in this file");
    }
    match diagnostic.help() {
        Some(help) => problem.help(help.to_string()),
        None => problem,
    }
}

fn policy_span(loc: Option<&cedar_policy_core::parser::Loc>, file: FileId) -> Span {
    loc.map_or(Span::file_start(file), |loc| to_span(loc.span, file))
}

fn to_span(span: miette::SourceSpan, file: FileId) -> Span {
    let start = u32::try_from(span.offset()).unwrap_or(u32::MAX);
    let len = u32::try_from(span.len()).unwrap_or_default();
    Span::new(file, start, start.saturating_add(len))
}

/// Where the value of an annotation stands.
fn annotation_span(files: &Files, file: FileId, policy: &ast::Policy, name: &str) -> Option<Span> {
    let mut annotations = policy.annotations();
    let (_, annotation) = annotations.find(|(key, _)| key.as_ref() == name)?;
    let span = to_span(annotation.loc.as_ref()?.span, file);
    let text = files.get(file).text().get(span.range())?;
    let open = text.find('"')?;
    let close = text.rfind('"')?;
    let at = |offset: usize| span.start + u32::try_from(offset).unwrap_or_default();
    (open < close).then(|| Span::new(file, at(open + 1), at(close)))
}

fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.strip_suffix(".cedar").unwrap_or(file)
}
