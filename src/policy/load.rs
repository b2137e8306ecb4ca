//! Policy files to rules: parsed, validated strictly, each with what is to be known of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{
    Effect, ParseErrors, Policy, PolicyId, PolicySet, ValidationError, ValidationMode,
    ValidationWarning, Validator,
};
use cedar_policy_core::ast;
use cedar_policy_core::parser::Loc;

use super::complaint::{cedar_problem, policy_problem, same_id};
use super::heading::listed;
use super::names;
use super::nesting::too_deep;
use super::rule::{Body, DEFAULT_DENY, Rule, Scope, applies_to, ast, default_deny_rule};
use super::schema::validator;
use super::text::{Text, offset, text_at, without_mark};

use crate::finding::{RuleInfo, Severity};
use crate::model::Action;
use crate::source::{Code, FileId, Files, Problem, SourceFile, Span, Spanned};

/// The annotations that a rule may have.
const ANNOTATIONS: [&str; 6] = ["id", "title", "severity", "help", "references", "primary"];

/// How the ids of findings begin that no policy makes.
const RESERVED: [&str; 2] = ["waiver-", DEFAULT_DENY];

/// What came of policy files.
#[derive(Debug)]
pub struct Loaded {
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// The ids of rules that are written and cannot be used: they are known, and no rules.
    pub broken: BTreeSet<String>,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

/// Holds policies against the vocabulary.
static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(validator);

/// Rules to be, with the problems of those that cannot be.
#[derive(Debug, Default)]
pub struct Loader {
    rules: BTreeMap<String, Rule>,
    broken: BTreeSet<String>,
    /// The policies that permit something, with their files.
    permits: Vec<(Policy, Text)>,
    problems: Vec<Problem>,
}

/// Begins to make ready what loading rules needs, beside what else is done.
pub fn prepare() {
    rayon::spawn(names::prepare);
}

/// Begins to make ready what [`Loader::user`] needs besides.
pub fn prepare_validation() {
    rayon::spawn(|| {
        LazyLock::force(&VALIDATOR);
    });
}

impl Loader {
    /// Nothing loaded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes rules as they are.
    pub fn ready(&mut self, rules: &[Rule]) {
        for rule in rules {
            self.add(rule.clone());
        }
    }

    /// Loads the rules of a user's file, and validates them strictly: what the validator warns
    /// about is a problem too, because a rule that can never fire passes silently.
    pub fn user(&mut self, files: &Files, file: FileId) {
        let source = files.get(file);
        if let Some(problem) = too_deep(file, source.text()) {
            self.problems.push(problem);
            self.broken.extend(written_ids(source));
            return;
        }
        let set = PolicySet::from_str(&without_mark(source.text()));
        self.take(files, &[Text::of(file)], set);
    }

    /// Ends loading. For each action of `default_deny`, a rule forbids what no policy permits.
    pub fn finish(mut self, default_deny: &[Spanned<Action>]) -> Loaded {
        for action in default_deny {
            self.add(default_deny_rule(action, &self.permits));
        }
        for (permit, text) in &self.permits {
            let heard = |action: &Spanned<Action>| applies_to(permit, action.value.def());
            if !default_deny.iter().any(heard) {
                self.problems.push(
                    policy_problem(Code::Permit, "a `permit` policy has no effect here")
                        .at(
                            text.place_or_start(ast(permit).loc()),
                            "what it permits is permitted anyway, where no rule forbids it",
                        )
                        .help(
                            "write what must not be as `forbid`, or name the action under \
                             `default-deny` in `palisade.yaml`",
                        ),
                );
            }
        }
        Loaded {
            rules: self.rules.into_values().collect(),
            broken: self.broken,
            problems: self.problems,
        }
    }

    /// Takes the policies that `texts` hold, parsed as one.
    pub(super) fn take(
        &mut self,
        files: &Files,
        texts: &[Text],
        set: Result<PolicySet, ParseErrors>,
    ) {
        let set = match set {
            Ok(set) => set,
            Err(errors) => {
                for error in errors.iter() {
                    self.problems
                        .push(cedar_problem(Code::PolicySyntax, error, texts));
                }
                for text in texts {
                    self.broken.extend(written_ids(files.get(text.file)));
                }
                return;
            }
        };
        for template in set.templates() {
            self.problems.push(
                policy_problem(Code::PolicyTemplate, "a rule cannot be a template")
                    .at(
                        span_of(template.as_ref().loc(), texts),
                        "this policy has a slot",
                    )
                    .help("write the entity instead of the slot"),
            );
        }
        let mut policies: Vec<_> = set.policies().collect();
        policies.sort_by_key(|policy| offset(ast(policy).loc()));
        let mut rest = policies.as_slice();
        for (at, text) in texts.iter().enumerate() {
            let next = texts.get(at + 1);
            let here = rest.partition_point(|policy| {
                next.is_none_or(|next| !next.begins(offset(ast(policy).loc())))
            });
            let (of_file, others) = rest.split_at(here);
            rest = others;
            if of_file.is_empty() && set.templates().next().is_none() {
                let name = &files.get(text.file).name;
                self.problems.push(
                    policy_problem(Code::NoPolicy, format!("`{name}` holds no policy"))
                        .at(Span::file_start(text.file), "nothing here")
                        .help("write a `forbid` policy, or do not list the file"),
                );
            }
            for policy in of_file {
                self.policy(files, *text, policy, of_file.len() == 1);
            }
        }
    }

    /// Takes one policy, which may stand `alone` in its file.
    fn policy(&mut self, files: &Files, text: Text, policy: &Policy, alone: bool) {
        let policy = named(policy, stem(&files.get(text.file).name));
        let valid = self.validate(&policy, text);
        if policy.effect() == Effect::Permit {
            if valid {
                self.permits.push((policy, text));
            }
            return;
        }
        let rule = self.rule(files, text, &policy, alone);
        match rule.filter(|_| valid) {
            Some(rule) => self.add(rule),
            None => {
                self.broken.insert(policy.id().to_string());
            }
        }
    }

    /// Whether Cedar can evaluate the policy; what it warns about is a problem, and no obstacle.
    fn validate(&mut self, policy: &Policy, text: Text) -> bool {
        let validator = match &*VALIDATOR {
            Ok(validator) => validator,
            Err(error) => {
                let message = format!("the vocabulary is not a valid schema: {error}");
                self.problems.push(policy_problem(Code::Schema, message));
                return false;
            }
        };
        let Ok(set) = PolicySet::from_policies([policy.clone()]) else {
            return false;
        };
        let result = validator.validate(&set, ValidationMode::Strict);
        // What else Cedar says of a policy follows from a name that it does not know.
        let is_unknown_name = |error: &&ValidationError| {
            use ValidationError::{UnrecognizedActionId, UnrecognizedEntityType};
            matches!(error, UnrecognizedActionId(_) | UnrecognizedEntityType(_))
        };
        let mut errors: Vec<_> = result.validation_errors().collect();
        let names_unknown = errors.iter().any(is_unknown_name);
        if names_unknown {
            errors.retain(is_unknown_name);
        }
        for error in errors {
            self.problems
                .push(cedar_problem(Code::PolicyInvalid, error, &[text]));
        }
        for warning in result.validation_warnings().filter(|_| !names_unknown) {
            let code = match warning {
                ValidationWarning::ImpossiblePolicy(_)
                | ValidationWarning::InvalidActionApplication(_) => Code::PolicyImpossible,
                _ => Code::PolicyWarning,
            };
            self.problems.push(cedar_problem(code, warning, &[text]));
        }
        result.validation_passed()
    }

    fn rule(&mut self, files: &Files, text: Text, policy: &Policy, alone: bool) -> Option<Rule> {
        let whole = text.place_or_start(ast(policy).loc());
        let annotations: HashMap<_, _> = policy.annotations().collect();
        let place = |name: &str| annotation_span(files, text, ast(policy), name).unwrap_or(whole);
        for name in annotations
            .keys()
            .filter(|name| !ANNOTATIONS.contains(name))
        {
            let problem = policy_problem(
                Code::UnknownAnnotation,
                format!("`@{name}` means nothing here"),
            )
            .at(place(name), "not known");
            let closest = crate::source::closest(name, ANNOTATIONS.into_iter());
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
            None if alone => stem(&files.get(text.file).name).to_owned(),
            None => {
                self.problems.push(
                    policy_problem(Code::MissingId, "a rule has no `@id`")
                        .at(whole, "this one")
                        .help(
                            "findings, waivers and tests name a rule by its id; add `@id(\"…\")`",
                        ),
                );
                return None;
            }
        };
        if let Err(what) = check_id(&id) {
            self.problems.push(
                policy_problem(
                    Code::RuleId,
                    format!("invalid rule id `{}`: {what}", id.escape_debug()),
                )
                .at(place("id"), "not a rule id")
                .help(
                    "an id is letters, digits, `-`, `_` and `.`, and begins with a letter or \
                         digit: it is written in waivers, comments, `--select` and reports",
                ),
            );
            return None;
        }
        let severity = match annotations.get("severity").map(|text| text.parse()) {
            None => Severity::High,
            Some(Ok(severity)) => severity,
            Some(Err(message)) => {
                let problem = policy_problem(Code::Severity, message);
                self.problems
                    .push(problem.at(place("severity"), "no severity"));
                return None;
            }
        };
        let list = |name: &str| listed(annotations.get(name).copied().unwrap_or_default());
        let info = RuleInfo {
            title: match annotations.get("title") {
                Some(title) => (*title).to_owned(),
                None => format!("policy `{id}` forbids this"),
            },
            severity,
            help: annotations.get("help").map(|help| (*help).to_owned()),
            references: list("references"),
            built_in: false,
            group: None,
            span: place("id"),
            id,
        };
        let body = Body::of(policy, text);
        let rule = Rule::new(info, list("primary"), Scope::of(policy), body);
        for path in &rule.primary {
            let mut all = rule.environments();
            if !all.any(|env| super::reasons::leads_somewhere(path, env)) {
                let message = format!("unknown attribute `{path}` of what the rule is about");
                self.problems.push(
                    policy_problem(Code::Primary, message)
                        .at(place("primary"), "findings should point here")
                        .help("write `principal` or `resource`, a dot, and an attribute"),
                );
            }
        }
        Some(rule)
    }

    fn add(&mut self, rule: Rule) {
        match self.rules.get(&rule.info.id) {
            None => {
                self.rules.insert(rule.info.id.clone(), rule);
            }
            Some(first) => {
                self.problems.push(same_id(&first.info, &rule.info));
            }
        }
    }
}

/// The policy, called as its author calls it, so that what Cedar says of it is understood.
fn named(policy: &Policy, file: &str) -> Policy {
    let id = policy.annotation("id").unwrap_or(file);
    policy.new_id(PolicyId::new(id))
}

/// Whether findings, waivers and settings can name a rule by this id.
fn check_id(id: &str) -> Result<(), &'static str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() {
        Err("it is empty")
    } else if !id.chars().all(is_word) {
        Err("it has a character that an id cannot have")
    } else if !id.starts_with(char::is_alphanumeric) {
        Err("it does not begin with a letter or digit")
    } else if RESERVED.iter().any(|start| id.starts_with(start)) {
        Err("Palisade reports findings of its own under this id")
    } else if id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Err("it reads like the id of a finding")
    } else {
        Ok(())
    }
}

/// What the rules of a file that cannot be parsed are called, as far as the text tells.
fn written_ids(source: &SourceFile) -> impl Iterator<Item = String> {
    let after = source.text().split("@id(\"").skip(1);
    let ids = after.filter_map(|rest| rest.split('"').next());
    ids.chain([stem(&source.name)]).map(str::to_owned)
}

/// A place that Cedar names, in one of `texts`.
fn span_of(loc: Option<&Loc>, texts: &[Text]) -> Span {
    text_at(texts, offset(loc)).place_or_start(loc)
}

/// Where the value of an annotation stands.
fn annotation_span(files: &Files, text: Text, policy: &ast::Policy, name: &str) -> Option<Span> {
    let mut annotations = policy.annotations();
    let (_, annotation) = annotations.find(|(key, _)| key.as_ref() == name)?;
    let span = text.place(annotation.loc.as_ref()?);
    let written = files.get(text.file).text().get(span.range())?;
    let open = written.find('"')?;
    let close = written.rfind('"')?;
    let at = |offset: usize| span.start + u32::try_from(offset).unwrap_or_default();
    (open < close).then(|| Span::new(text.file, at(open + 1), at(close)))
}

fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.strip_suffix(".cedar").unwrap_or(file)
}
