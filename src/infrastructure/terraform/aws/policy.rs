//! Policies of IAM and of resources: who may do what.
//!
//! Only what is certain becomes a grant: `Allow` with actions that are written. A statement with a
//! condition, `NotAction`, `NotPrincipal` or `NotResource` allows at most that: its grant may hold, and
//! what it allows is unsaid. A `Deny` without any of these takes away what it names; one with them may,
//! and what is allowed beside it is unsaid as well. Only the statements of one policy are weighed
//! together.
//!
//! Elements: "IAM JSON policy elements reference"; actions: "Service Authorization Reference".

use super::guards::guarded;
use super::{named, of};
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::{Data, Value, decode};
use crate::infrastructure::terraform::root::{Resource, Root, each};
use crate::infrastructure::terraform::shared::EVERYTHING;
use crate::model::{Field as _, GrantAction, Identity, To};
use crate::source::Spanned;
use crate::syntax::{Limits, Syntax};

/// What an action lets do.
const ACTIONS: &[(&str, GrantAction)] = &[
    ("dynamodb:BatchGetItem", GrantAction::Read),
    ("dynamodb:DeleteItem", GrantAction::Write),
    ("dynamodb:DeleteTable", GrantAction::Write),
    ("dynamodb:GetItem", GrantAction::Read),
    ("dynamodb:PutItem", GrantAction::Write),
    ("dynamodb:PutResourcePolicy", GrantAction::Administer),
    ("dynamodb:Query", GrantAction::Read),
    ("dynamodb:Scan", GrantAction::Read),
    ("dynamodb:UpdateItem", GrantAction::Write),
    (
        "ec2-instance-connect:SendSSHPublicKey",
        GrantAction::Execute,
    ),
    (
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
        GrantAction::Execute,
    ),
    ("ecs:ExecuteCommand", GrantAction::Execute),
    ("kms:CancelKeyDeletion", GrantAction::Administer),
    ("kms:CreateGrant", GrantAction::Administer),
    ("kms:Decrypt", GrantAction::Decrypt),
    ("kms:DisableKey", GrantAction::Administer),
    ("kms:DisableKeyRotation", GrantAction::Administer),
    ("kms:EnableKey", GrantAction::Administer),
    ("kms:GenerateMac", GrantAction::Sign),
    ("kms:PutKeyPolicy", GrantAction::Administer),
    ("kms:ReEncryptFrom", GrantAction::Decrypt),
    ("kms:RetireGrant", GrantAction::Administer),
    ("kms:RevokeGrant", GrantAction::Administer),
    ("kms:ScheduleKeyDeletion", GrantAction::Administer),
    ("kms:Sign", GrantAction::Sign),
    ("kms:UpdatePrimaryRegion", GrantAction::Administer),
    ("logs:DeleteLogGroup", GrantAction::Write),
    ("logs:DeleteLogStream", GrantAction::Write),
    ("logs:FilterLogEvents", GrantAction::Read),
    ("logs:GetLogEvents", GrantAction::Read),
    ("logs:PutRetentionPolicy", GrantAction::Administer),
    ("logs:StartQuery", GrantAction::Read),
    ("s3:BypassGovernanceRetention", GrantAction::Administer),
    ("s3:DeleteBucketPolicy", GrantAction::Administer),
    ("s3:DeleteObject", GrantAction::Write),
    ("s3:DeleteObjectVersion", GrantAction::Write),
    ("s3:GetObject", GrantAction::Read),
    ("s3:GetObjectVersion", GrantAction::Read),
    ("s3:PutBucketAcl", GrantAction::Administer),
    ("s3:PutBucketPolicy", GrantAction::Administer),
    ("s3:PutObject", GrantAction::Write),
    ("s3:PutObjectAcl", GrantAction::Administer),
    ("secretsmanager:GetSecretValue", GrantAction::Read),
    ("secretsmanager:PutResourcePolicy", GrantAction::Administer),
    ("secretsmanager:PutSecretValue", GrantAction::Write),
    ("sns:Publish", GrantAction::Write),
    ("sns:SetTopicAttributes", GrantAction::Administer),
    ("sns:Subscribe", GrantAction::Read),
    ("sqs:DeleteMessage", GrantAction::Write),
    ("sqs:ReceiveMessage", GrantAction::Read),
    ("sqs:SendMessage", GrantAction::Write),
    ("sqs:SetQueueAttributes", GrantAction::Administer),
    ("ssm:SendCommand", GrantAction::Execute),
    ("ssm:StartSession", GrantAction::Execute),
];

/// The service whose actions are for resources of a type.
fn service_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "aws_s3_bucket" => "s3",
        "aws_kms_key" | "aws_kms_external_key" | "aws_kms_replica_key" => "kms",
        "aws_cloudwatch_log_group" => "logs",
        "aws_dynamodb_table" => "dynamodb",
        "aws_sqs_queue" => "sqs",
        "aws_sns_topic" => "sns",
        "aws_secretsmanager_secret" => "secretsmanager",
        "aws_instance" => "ssm",
        "aws_ecs_service" | "aws_ecs_task_definition" => "ecs",
        _ => return None,
    })
}

/// One statement that allows something.
struct Statement {
    actions: Vec<Value>,
    resources: Vec<Value>,
    /// Kinds of principals, each with one.
    principals: Vec<(String, Value)>,
    /// Whether it allows just that, without conditions.
    certain: bool,
    /// Actions that another statement denies in the same place.
    denied: Vec<Value>,
}

/// The statements of a policy that allow something.
fn statements(policy: &Value) -> Vec<Statement> {
    let Some(policy) = decode(Syntax::Json, policy, &Limits::default()) else {
        return Vec::new();
    };
    let (mut allow, mut deny) = (Vec::new(), Vec::new());
    for statement in each(policy.entry("Statement")) {
        let effect = statement.entry("Effect").and_then(|it| it.as_text());
        match effect.as_deref() {
            Some("Allow") => allow.push(Statement::of(&statement)),
            Some("Deny") if !is_about_transport(&statement) => {
                deny.push(Statement::of(&statement));
            }
            _ => {}
        }
    }
    for allow in &mut allow {
        for deny in &deny {
            allow.less(deny);
        }
    }
    allow
}

/// Whether all that a statement asks is how a request is made: encrypted on the way, or asking for
/// encryption. Who may make it stays the same.
fn is_about_transport(statement: &Value) -> bool {
    const HOW: [&str; 3] = [
        "aws:securetransport",
        "s3:tlsversion",
        "s3:x-amz-server-side-encryption",
    ];
    let Some(Data::Object(tests)) = statement.entry("Condition").map(|it| it.data) else {
        return false;
    };
    let mut keys = tests.iter().flat_map(|test| match &test.value.data {
        Data::Object(keys) => keys
            .iter()
            .map(|key| key.key.to_ascii_lowercase())
            .collect(),
        _ => vec![String::new()],
    });
    !tests.is_empty() && keys.all(|key| HOW.iter().any(|how| key.starts_with(how)))
}

impl Statement {
    fn of(statement: &Value) -> Self {
        let has = |name| statement.entry(name).is_some();
        let conditions = statement.entry("Condition");
        let conditional = conditions.is_some_and(|it| match it.data {
            Data::Object(entries) => !entries.is_empty(),
            Data::List(items) => !items.is_empty(),
            _ => true,
        });
        let negated = ["NotAction", "NotPrincipal", "NotResource"];
        Self {
            actions: each(statement.entry("Action")),
            resources: each(statement.entry("Resource")),
            principals: principals_of(statement),
            certain: !conditional && !negated.into_iter().any(has),
            denied: Vec::new(),
        }
    }

    /// Takes away what `deny` denies.
    fn less(&mut self, deny: &Statement) {
        let meets = |actions: &[Value], other: &Value| {
            let Some(other) = other.as_text() else {
                return true;
            };
            actions.iter().any(|action| match action.as_text() {
                Some(action) => matches(&action, &other) || matches(&other, &action),
                None => true,
            })
        };
        let is_other = self.resources.iter().all(|allowed| {
            deny.resources.iter().all(|denied| {
                let (one, other) = (allowed.origin.of, denied.origin.of);
                one.is_some() && other.is_some() && one != other
            })
        });
        let overlaps =
            deny.actions.is_empty() || deny.actions.iter().any(|it| meets(&self.actions, it));
        // Who is denied by name leaves all others what they have.
        let is_of_others = !deny.principals.is_empty()
            && deny.principals.iter().all(|(_, denied)| {
                !is_anyone(denied)
                    && self.principals.iter().all(|(_, allowed)| {
                        let (one, other) = (denied.as_text(), allowed.as_text());
                        let (of, by) = (denied.origin.of, allowed.origin.of);
                        is_anyone(allowed)
                            || of.is_some() && by.is_some() && of != by
                            || one.is_some() && other.is_some() && one != other
                    })
            });
        if !overlaps || is_of_others || is_other && !deny.resources.is_empty() {
            return;
        }
        let covers = |denied: &[Value], allowed: &Value| {
            denied.iter().any(|denied| {
                let (pattern, text) = (denied.as_text(), allowed.as_text());
                let same = denied.origin.of.is_some() && denied.origin.of == allowed.origin.of;
                let matched = pattern.zip(text).is_some_and(|(of, it)| matches(&of, &it));
                same && denied.shown() == allowed.shown() || matched
            })
        };
        let of_all = |denied: &[Value], allowed: &[Value]| {
            denied.is_empty() || allowed.iter().all(|it| covers(denied, it))
        };
        let values =
            |of: &[(String, Value)]| of.iter().map(|(_, it)| it.clone()).collect::<Vec<_>>();
        let is_whole = deny.certain
            && of_all(&deny.resources, &self.resources)
            && of_all(&values(&deny.principals), &values(&self.principals));
        match is_whole {
            true => self.denied.extend(deny.actions.iter().cloned()),
            false => self.certain = false,
        }
    }

    /// What it lets do with a resource of a service.
    fn lets(&self, service: &str) -> Vec<GrantAction> {
        let is_denied = |known: &str| is_among(&self.denied, known);
        actions_of(&self.actions, service, &is_denied)
    }

    /// What is left of everything.
    fn everything(&self) -> Vec<GrantAction> {
        let left = |grant: &&GrantAction| {
            let mut of = ACTIONS.iter().filter(|(_, it)| it == *grant);
            of.any(|(known, _)| !is_among(&self.denied, known))
        };
        EVERYTHING.iter().filter(left).copied().collect()
    }
}

/// Whether one of the patterns is of an action.
fn is_among(patterns: &[Value], action: &str) -> bool {
    let mut texts = patterns.iter().filter_map(Value::as_text);
    texts.any(|pattern| matches(&pattern, action))
}

fn principals_of(statement: &Value) -> Vec<(String, Value)> {
    let Some(principal) = statement.entry("Principal") else {
        return Vec::new();
    };
    match &principal.data {
        Data::Object(entries) => {
            let all = entries.iter().flat_map(|entry| {
                let values = each(Some(entry.value.within(&principal))).into_iter();
                values.map(|value| (entry.key.to_string(), value))
            });
            all.collect()
        }
        _ => vec![("AWS".to_owned(), principal)],
    }
}

/// Whoever the statements of a trust policy allow something, by kind.
pub(super) fn principals(policy: &Value) -> Vec<(String, Value)> {
    let statements = statements(policy).into_iter();
    statements
        .flat_map(|statement| statement.principals)
        .collect()
}

/// The grants of all policies.
pub(super) fn grants(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for resource in resources {
        match resource.kind.as_str() {
            "aws_kms_key"
            | "aws_kms_external_key"
            | "aws_kms_replica_key"
            | "aws_s3_bucket"
            | "aws_sqs_queue"
            | "aws_sns_topic"
            | "aws_secretsmanager_secret" => {
                of_resource(root, resource, resource, resources);
            }
            "aws_kms_key_policy" => attached(root, resource, "key_id", resources),
            "aws_s3_bucket_policy" => attached(root, resource, "bucket", resources),
            "aws_sqs_queue_policy" => attached(root, resource, "queue_url", resources),
            "aws_sns_topic_policy" => attached(root, resource, "arn", resources),
            "aws_secretsmanager_secret_policy" => {
                attached(root, resource, "secret_arn", resources);
            }
            "aws_iam_role_policy" => of_identity(root, resource, "role", "aws_iam_role", resources),
            "aws_iam_user_policy" => of_identity(root, resource, "user", "aws_iam_user", resources),
            "aws_iam_group_policy" => {
                of_identity(root, resource, "group", "aws_iam_group", resources);
            }
            "aws_iam_role_policy_attachment" => {
                by_attachment(root, resource, &["role"], "aws_iam_role", resources);
            }
            "aws_iam_user_policy_attachment" => {
                by_attachment(root, resource, &["user"], "aws_iam_user", resources);
            }
            "aws_iam_group_policy_attachment" => {
                by_attachment(root, resource, &["group"], "aws_iam_group", resources);
            }
            "aws_iam_policy_attachment" => {
                by_attachment(root, resource, &["roles"], "aws_iam_role", resources);
                by_attachment(root, resource, &["users"], "aws_iam_user", resources);
                by_attachment(root, resource, &["groups"], "aws_iam_group", resources);
            }
            "aws_iam_role" => {
                for (number, policy) in resource.blocks("inline_policy").iter().enumerate() {
                    let Some(policy) = policy.entry("policy") else {
                        continue;
                    };
                    let id = resource.id.clone();
                    let holder = (id.as_str(), &policy);
                    let name = format!("{id}.inline_policy[{number}]");
                    allowed(root, resource, &name, holder, &policy, resources);
                }
            }
            _ => {}
        }
    }
}

/// A policy that is attached to a resource by another one.
fn attached(root: &mut Root<'_, '_, '_>, by: &Resource, name: &str, resources: &[&Resource]) {
    let Some(to) = by.get(name) else {
        return;
    };
    let kinds = [
        "aws_kms_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_s3_bucket",
        "aws_sqs_queue",
        "aws_sns_topic",
        "aws_secretsmanager_secret",
    ];
    if let Some(to) = named(resources, &kinds, "bucket", &to) {
        of_resource(root, by, to, resources);
    }
}

/// The grants of the policy in `by`, on the resource `on`.
fn of_resource(root: &mut Root<'_, '_, '_>, by: &Resource, on: &Resource, resources: &[&Resource]) {
    let Some(policy) = by.get("policy") else {
        return;
    };
    let (Some(entity), Some(service)) = (
        root.entities.get(&on.instance).cloned(),
        service_of(&on.kind),
    ) else {
        return;
    };
    // Of a bucket whose public policies are refused or restricted, "*" is the account alone.
    let guards = ["restrict_public_buckets", "block_public_policy"];
    let closed = guards.map(|guard| guarded(resources, on, guard));
    for (number, statement) in statements(&policy).iter().enumerate() {
        let actions = statement.lets(service);
        if !statement.denied.is_empty() && actions.is_empty() {
            continue;
        }
        for (which, (kind, principal)) in statement.principals.iter().enumerate() {
            let is_anyone = is_anyone(principal);
            if kind != "AWS" || is_anyone && closed.contains(&Some(true)) {
                continue;
            }
            let Some(identity) = identity(root, by, principal, resources) else {
                continue;
            };
            let id = format!("{}.policy[{number}.{which}]", by.id);
            let of_policy = principal.within(&policy);
            let is_open = !is_anyone || !closed.contains(&None);
            let actions: &[_] = if statement.certain && is_open {
                &actions
            } else {
                &[]
            };
            root.grant(by, id, (&identity, &of_policy), &entity, actions);
        }
    }
}

/// Where a policy of a bucket lets anyone at all read it, if one does for certain.
pub(super) fn open_to_all(bucket: &Resource, resources: &[&Resource]) -> Option<Value> {
    let guards = ["restrict_public_buckets", "block_public_policy"];
    let is_closed = guards
        .iter()
        .any(|guard| guarded(resources, bucket, guard) != Some(false));
    let apart = of(resources, "aws_s3_bucket_policy").filter(|it| {
        let to = it.get("bucket");
        let to = to.and_then(|to| named(resources, &["aws_s3_bucket"], "bucket", &to));
        to.is_some_and(|to| to.instance == bucket.instance)
    });
    let policies = std::iter::once(bucket).chain(apart);
    let mut policies = policies.filter_map(|it| it.get("policy"));
    policies.find_map(|policy| {
        let all = statements(&policy);
        let open = all
            .iter()
            .filter(|it| !is_closed && it.certain && it.lets("s3").contains(&GrantAction::Read));
        let mut principals = open.flat_map(|it| &it.principals);
        let (_, anyone) = principals.find(|(kind, it)| kind == "AWS" && is_anyone(it))?;
        Some(anyone.within(&policy))
    })
}

/// Anyone at all may read, or write, by an access control list.
pub(super) fn public(root: &mut Root<'_, '_, '_>, bucket: &Resource, acl: &Value) {
    let Some(entity) = root.entities.get(&bucket.instance).cloned() else {
        return;
    };
    let all = [GrantAction::Read, GrantAction::Write];
    let actions = match acl.as_text().as_deref() {
        Some("public-read-write") => &all[..],
        _ => &all[..1],
    };
    let identity = root.everyone(bucket, acl.origin.at);
    let id = format!("{}.acl", bucket.id);
    root.grant(bucket, id, (&identity, acl), &entity, actions);
}

/// Whether a principal is anyone at all.
fn is_anyone(principal: &Value) -> bool {
    matches!(principal.as_text().as_deref(), Some("*" | "arn:aws:iam::*"))
}

/// Who a principal is: anyone, a role or user of this root, or one of elsewhere. `None` if it says
/// nothing by itself: the account stands for all whom its policies let.
pub(super) fn identity(
    root: &mut Root<'_, '_, '_>,
    by: &Resource,
    principal: &Value,
    resources: &[&Resource],
) -> Option<String> {
    if let Some(own) = principal.origin.of.and_then(|of| root.identities.get(&of)) {
        return Some(own.clone());
    }
    let text = principal.as_text()?;
    if is_anyone(principal) {
        return Some(root.everyone(by, principal.origin.at));
    }
    let (_, rest) = text.split_once("::")?;
    let (account, name) = rest.split_once(':')?;
    if name == "root" || name == "*" {
        return None;
    }
    let last = name.rsplit('/').next()?;
    let of_name = resources.iter().find(|it| {
        matches!(it.kind.as_str(), "aws_iam_role" | "aws_iam_user")
            && it.get("name").and_then(|name| name.as_text()).as_deref() == Some(last)
    });
    if let Some(own) = of_name {
        return Some(own.id.clone());
    }
    let at = principal.origin.at;
    let zone = root.elsewhere(by, &format!("account {account}"), at);
    let id = root.id(&text);
    if root.is_new(crate::model::Kind::Identity, &id) {
        let mut identity: Import<Identity> = root.part(by, id.clone(), at);
        identity
            .entity
            .zone
            .state(Spanned::new(To::named(zone), at));
        let identity = identity.finish(&["memberOf", "assumes"]);
        root.lowering.declarations().identities.push(identity);
    }
    Some(id)
}

/// A policy in a resource that names whom it is for.
fn of_identity(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    name: &str,
    kind: &str,
    resources: &[&Resource],
) {
    let (Some(holder), Some(policy)) = (resource.get(name), resource.get("policy")) else {
        return;
    };
    let found = named(resources, &[kind], "name", &holder);
    let Some(identity) = found.map(|found| found.id.clone()) else {
        return;
    };
    allowed(
        root,
        resource,
        &resource.id,
        (&identity, &holder),
        &policy,
        resources,
    );
}

/// A policy by its own name, attached to identities.
fn by_attachment(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    names: &[&str],
    kind: &str,
    resources: &[&Resource],
) {
    let Some(arn) = resource.get("policy_arn") else {
        return;
    };
    for holder in names.iter().flat_map(|name| each(resource.get(name))) {
        let found = named(resources, &[kind], "name", &holder);
        let Some(identity) = found.map(|found| found.id.clone()) else {
            continue;
        };
        let own = of(resources, "aws_iam_policy").find(|it| Some(it.instance) == arn.origin.of);
        let id = match names {
            ["roles" | "users" | "groups"] => format!("{}.{identity}", resource.id),
            _ => resource.id.clone(),
        };
        match own.and_then(|own| own.get("policy")) {
            Some(policy) => {
                let policy = policy.within(&arn);
                allowed(
                    root,
                    resource,
                    &id,
                    (&identity, &holder),
                    &policy,
                    resources,
                );
            }
            None => {
                if let Some(name) = arn.as_text().as_deref().and_then(managed) {
                    let on = format!("zones/{}", root.account(resource));
                    root.grant(resource, id, (&identity, &arn), &on, name);
                }
            }
        }
    }
}

/// What policies of AWS that are about a whole account let do ("AWS managed policies for job
/// functions").
fn managed(arn: &str) -> Option<&'static [GrantAction]> {
    match arn.rsplit('/').next()? {
        "AdministratorAccess" => Some(&EVERYTHING),
        "PowerUserAccess" => Some(&EVERYTHING),
        "ReadOnlyAccess" => Some(&[GrantAction::Read]),
        _ => None,
    }
}

/// Most resources that one statement is looked up in.
const TARGETS: usize = 200;

/// The grants of a policy that `holder` has.
fn allowed(
    root: &mut Root<'_, '_, '_>,
    by: &Resource,
    name: &str,
    holder: (&str, &Value),
    policy: &Value,
    resources: &[&Resource],
) {
    for (number, statement) in statements(policy).iter().enumerate() {
        let is_all = |values: &[Value]| {
            values
                .iter()
                .find(|value| matches!(value.as_text().as_deref(), Some("*" | "*:*")))
                .cloned()
        };
        let everywhere = is_all(&statement.resources);
        if let (Some(_), Some(action)) = (&everywhere, is_all(&statement.actions)) {
            let on = format!("zones/{}", root.account(by));
            let id = format!("{name}[{number}]");
            let left = statement.everything();
            let actions: &[_] = if statement.certain { &left } else { &[] };
            if left.is_empty() {
                continue;
            }
            let place = action.within(policy);
            root.grant(by, id, (holder.0, &place), &on, actions);
            continue;
        }
        let mut targets = Vec::new();
        for resource in resources {
            let Some(service) = service_of(&resource.kind) else {
                continue;
            };
            let meant = statement
                .resources
                .iter()
                .find(|value| is_meant(value, resource));
            let Some(meant) = everywhere.as_ref().or(meant) else {
                continue;
            };
            let actions = statement.lets(service);
            let entity = root.entities.get(&resource.instance);
            if let Some(entity) = entity.filter(|_| !actions.is_empty()) {
                targets.push((entity.clone(), actions, meant.within(policy)));
            }
            if targets.len() >= TARGETS {
                break;
            }
        }
        targets.dedup_by(|a, b| a.0 == b.0);
        for (which, (entity, actions, meant)) in targets.into_iter().enumerate() {
            let id = format!("{name}[{number}.{which}]");
            let actions: &[_] = if statement.certain { &actions } else { &[] };
            root.grant(by, id, (holder.0, &meant), &entity, actions);
        }
    }
}

/// Whether a resource of a policy is this one: by reference, or by its name.
fn is_meant(value: &Value, resource: &Resource) -> bool {
    if let Some(of) = value.origin.of {
        return of == resource.instance;
    }
    let name = match resource.kind.as_str() {
        "aws_s3_bucket" => resource.get("bucket"),
        _ => resource.get("name"),
    };
    let (Some(arn), Some(name)) = (value.as_text(), name.and_then(|name| name.as_text())) else {
        return false;
    };
    let Some(last) = arn.rsplit(':').next() else {
        return false;
    };
    let is_of_service =
        service_of(&resource.kind).is_some_and(|service| arn.split(':').nth(2) == Some(service));
    let last = last.split('/').next().unwrap_or(last);
    is_of_service && matches(last, &name)
}

/// What actions of a policy let do with a resource of a service. Linear in the table for each action.
fn actions_of(
    actions: &[Value],
    service: &str,
    is_denied: &dyn Fn(&str) -> bool,
) -> Vec<GrantAction> {
    let mut all: Vec<GrantAction> = Vec::new();
    for action in actions.iter().filter_map(Value::as_text) {
        for (known, grant) in ACTIONS {
            let of = known.split(':').next();
            let is_of =
                of == Some(service) || service == "ssm" && of == Some("ec2-instance-connect");
            if is_of && matches(&action, known) && !all.contains(grant) && !is_denied(known) {
                all.push(*grant);
            }
        }
    }
    all.sort();
    all
}

/// Whether a text is of a pattern with `*` and `?`, whatever the case. Quadratic at worst, in short texts.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t).is_some_and(|d| c.eq_ignore_ascii_case(d)) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_actions() {
        assert!(matches("kms:*", "kms:Decrypt"));
        assert!(matches("KMS:dec?ypt", "kms:Decrypt"));
        assert!(matches("*", "kms:Decrypt"));
        assert!(matches("s3:*Object*", "s3:GetObjectVersion"));
        assert!(!matches("s3:Get", "s3:GetObject"));
        assert!(!matches("s3:GetObject?", "s3:GetObject"));
    }
}
