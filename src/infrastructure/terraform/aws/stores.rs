//! Buckets, databases, queues and log groups.

use super::guards::{GUARDS, guarded, guards_of};
use super::network::placed;
use super::{named, of};
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root, at as value_at};
use crate::model::{Encryption, Field as _, Store, StoreKind, To, Transfer};
use crate::source::Spanned;

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for resource in resources {
        match resource.kind.as_str() {
            "aws_s3_bucket" => bucket(root, resource, resources),
            "aws_cloudwatch_log_group" => log_group(root, resource),
            "aws_dynamodb_table" => simple(root, resource, StoreKind::Database, |it| {
                it.get("server_side_encryption.kms_key_arn")
            }),
            "aws_sqs_queue" => simple(root, resource, StoreKind::Queue, |it| {
                it.get("kms_master_key_id")
            }),
            "aws_sns_topic" => simple(root, resource, StoreKind::Queue, |it| {
                it.get("kms_master_key_id")
            }),
            "aws_ebs_volume" => volume(root, resource),
            "aws_efs_file_system" => file_system(root, resource),
            "aws_secretsmanager_secret" => {
                // A secret without a key of one's own is encrypted under the key of the service.
                let mut store = begun(root, resource, StoreKind::Database);
                encrypted(
                    root,
                    resource,
                    &mut store.entity,
                    resource.get("kms_key_id"),
                    Encryption::Provider,
                );
                finish(root, store);
            }
            _ => {}
        }
    }
}

/// What moves between stores, once it is known what is in them.
pub(super) fn transfers(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for replication in of(resources, "aws_s3_bucket_replication_configuration") {
        replicated(root, replication, resources);
    }
}

/// What of a store others say.
const SILENT: [&str; 2] = ["holds", "encryptionKey"];

pub(super) fn begun(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    kind: StoreKind,
) -> Import<Store> {
    let groups = ["vpc_security_group_ids", "security_groups", "subnet_id"];
    let (zone, at) = placed(root, resource, &groups);
    let mut store: Import<Store> = root.import(resource);
    store.entity.zone.state(Spanned::new(To::named(zone), at));
    store.entity.kind.state(Spanned::new(kind, resource.at));
    root.entities
        .insert(resource.instance, format!("stores/{}", resource.id));
    store
}

pub(super) fn finish(root: &mut Root<'_, '_, '_>, store: Import<Store>) {
    root.lowering
        .declarations()
        .stores
        .push(store.finish(&SILENT));
}

/// Encryption under a key, if one is named: a known key of this root is also the key.
pub(super) fn encrypted(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    store: &mut Store,
    key: Option<Value>,
    otherwise: Encryption,
) {
    let Some(key) = key else {
        store.encryption.state(Spanned::new(otherwise, resource.at));
        return;
    };
    let place = root.place(&key);
    let is_of_service = key.as_text().is_some_and(|key| key.contains("alias/aws/"));
    let of = key.origin.of;
    let own = of.and_then(|of| root.entities.get(&of)).cloned();
    if is_of_service {
        store
            .encryption
            .state(Spanned::new(Encryption::Provider, place));
    } else if key.as_text().is_some() || of.is_some() {
        store
            .encryption
            .state(Spanned::new(Encryption::Customer, place));
        if let Some(own) = own.as_ref().and_then(|own| own.strip_prefix("keys/")) {
            store
                .encryption_key
                .state(Spanned::new(To::named(own), place));
        }
    } else {
        // Whose key it is nobody can tell, but it is one.
        let either = [Encryption::Provider, Encryption::Customer];
        let either = either.map(|it| Spanned::new(it, place)).to_vec();
        store.encryption.state_choice(either, place);
    }
}

fn simple(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    kind: StoreKind,
    key: impl Fn(&Resource) -> Option<Value>,
) {
    let mut store = begun(root, resource, kind);
    // Queues, topics and tables: encryption at rest by the provider is the default or cannot be told.
    match key(resource) {
        Some(key) => {
            encrypted(
                root,
                resource,
                &mut store.entity,
                Some(key),
                Encryption::Provider,
            );
        }
        None if kind == StoreKind::Database => {
            store
                .entity
                .encryption
                .state(Spanned::new(Encryption::Provider, resource.at));
        }
        None => {}
    }
    finish(root, store);
}

/// Objects are encrypted by the provider at least, since January 2023 ("Amazon S3 now automatically
/// encrypts all new objects").
fn bucket(root: &mut Root<'_, '_, '_>, resource: &Resource, resources: &[&Resource]) {
    let mut store = begun(root, resource, StoreKind::Object);
    let at = resource.at;
    let of_bucket = |kind: &'static str| {
        let all = of(resources, kind).filter(|it| {
            let bucket = it.get("bucket");
            let found =
                bucket.and_then(|bucket| named(resources, &["aws_s3_bucket"], "bucket", &bucket));
            found.is_some_and(|found| found.instance == resource.instance)
        });
        all.collect::<Vec<_>>()
    };
    let rule = "rule.apply_server_side_encryption_by_default.kms_master_key_id";
    let apart = of_bucket("aws_s3_bucket_server_side_encryption_configuration");
    let key = apart.iter().find_map(|it| it.get(rule));
    let key = key.or_else(|| resource.get(&format!("server_side_encryption_configuration.{rule}")));
    encrypted(root, resource, &mut store.entity, key, Encryption::Provider);
    let acl = resource.get("acl");
    let acls = of_bucket("aws_s3_bucket_acl");
    let acl = acl.or_else(|| acls.iter().find_map(|it| it.get("acl")));
    // Lists that are refused or ignored let nobody in.
    let lists = ["block_public_acls", "ignore_public_acls"];
    let closed = lists.map(|guard| guarded(resources, resource, guard));
    let open = acl.filter(|acl| {
        let text = acl.as_text();
        text.is_some_and(|text| text.starts_with("public-")) && !closed.contains(&Some(true))
    });
    let all = GUARDS.map(|guard| guarded(resources, resource, guard));
    if all == [Some(true); 4]
        && let Some(block) = guards_of(resources, resource).next()
    {
        store.entity.public.state(Spanned::new(false, block.at));
    }
    let open = open.filter(|_| !closed.contains(&None));
    let by_policy = super::policy::open_to_all(resource, resources);
    if let Some(place) = open.as_ref().or(by_policy.as_ref()) {
        let place = root.place(place);
        store.entity.public.state(Spanned::new(true, place));
        let website = resource.get("website").map(|_| resource.at);
        let apart = of_bucket("aws_s3_bucket_website_configuration");
        if let Some(at) = website.or_else(|| apart.first().map(|it| it.at)) {
            root.published(resource, &mut store.entity, at);
        }
    }
    // Objects that are locked cannot be changed before their time.
    let lock = resource.get("object_lock_enabled");
    root.state_or(
        &mut store.entity.immutable,
        lock.as_ref(),
        false,
        at,
        |lock| lock.as_bool(),
    );
    let days = resource.blocks("lifecycle_rule");
    let whole = days.iter().find(|rule| {
        let enabled = rule.entry("enabled").and_then(|it| it.as_bool());
        enabled == Some(true) && rule.entry("prefix").is_none() && rule.entry("tags").is_none()
    });
    let days = whole.and_then(|rule| value_at(rule, "expiration.days"));
    root.state(&mut store.entity.retention_days, days.as_ref(), kept);
    finish(root, store);
    if let Some(open) = open {
        super::policy::public(root, resource, &open);
    }
}

fn kept(days: &Value) -> Option<crate::model::Days> {
    crate::model::Days::of(days.as_number()? as i64)
}

/// Without `retention_in_days`, or with 0, events are kept for ever.
fn log_group(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut store = begun(root, resource, StoreKind::LogSink);
    let days = resource.get("retention_in_days");
    root.state_or(
        &mut store.entity.retention_days,
        days.as_ref(),
        crate::model::Days::forever(),
        resource.at,
        |days| match days.as_number()? as i64 {
            0 => Some(crate::model::Days::forever()),
            days => crate::model::Days::of(days),
        },
    );
    encrypted(
        root,
        resource,
        &mut store.entity,
        resource.get("kms_key_id"),
        Encryption::Provider,
    );
    store.entity.public.state(Spanned::new(false, resource.at));
    store
        .entity
        .immutable
        .state(Spanned::new(false, resource.at));
    finish(root, store);
}

/// Whether volumes are encrypted by default is set for the account.
fn volume(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut store = begun(root, resource, StoreKind::Filesystem);
    let entity = &mut store.entity;
    match resource.get("kms_key_id") {
        Some(key) => encrypted(root, resource, entity, Some(key), Encryption::Provider),
        None => flagged(root, entity, resource, "encrypted", None),
    }
    store.entity.public.state(Spanned::new(false, resource.at));
    finish(root, store);
}

/// Without `encrypted` the API does not encrypt ("Encrypting data at rest", Amazon EFS).
fn file_system(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut store = begun(root, resource, StoreKind::Filesystem);
    let entity = &mut store.entity;
    match resource.get("kms_key_id") {
        Some(key) => encrypted(root, resource, entity, Some(key), Encryption::Provider),
        None => flagged(root, entity, resource, "encrypted", Some(Encryption::None)),
    }
    store.entity.public.state(Spanned::new(false, resource.at));
    finish(root, store);
}

/// Encryption as a truth value says it, or the default where nothing is written.
pub(super) fn flagged(
    root: &mut Root<'_, '_, '_>,
    store: &mut Store,
    resource: &Resource,
    flag: &str,
    default: Option<Encryption>,
) {
    let flag = resource.get(flag);
    match (&flag, default) {
        (None, Some(default)) => store.encryption.state(Spanned::new(default, resource.at)),
        _ => root.state(&mut store.encryption, flag.as_ref(), |flag| {
            Some(match flag.as_bool()? {
                true => Encryption::Provider,
                false => Encryption::None,
            })
        }),
    }
}

/// Copies of all that comes into a bucket.
fn replicated(root: &mut Root<'_, '_, '_>, resource: &Resource, resources: &[&Resource]) {
    let buckets = ["aws_s3_bucket"];
    let from = resource.get("bucket");
    let from = from.and_then(|from| named(resources, &buckets, "bucket", &from));
    let Some(from) = from
        .and_then(|from| root.entities.get(&from.instance))
        .cloned()
    else {
        return;
    };
    for (number, rule) in resource.blocks("rule").iter().enumerate() {
        let enabled = rule.entry("status").and_then(|status| status.as_text());
        let Some(target) = value_at(rule, "destination.bucket") else {
            continue;
        };
        if enabled.as_deref() == Some("Disabled") {
            continue;
        }
        let place = root.place(&target);
        let own = target
            .origin
            .of
            .and_then(|of| root.entities.get(&of))
            .cloned();
        let to = match (own, target.as_text()) {
            (Some(own), _) => own,
            (None, Some(name)) => {
                let account = value_at(rule, "destination.account");
                let account = account.and_then(|account| account.as_text());
                elsewhere(root, resource, &name, account.as_deref(), place)
            }
            (None, None) => continue,
        };
        let id = match number {
            0 => resource.id.clone(),
            number => format!("{}.rule[{number}]", resource.id),
        };
        let mut transfer: Import<Transfer> = root.part(resource, id, resource.at);
        let entity = &mut transfer.entity;
        entity
            .from
            .state(Spanned::new(To::named(from.as_str()), place));
        entity.to.state(Spanned::new(To::named(to), place));
        let filter = ["filter", "prefix"]
            .iter()
            .find_map(|name| rule.entry(name));
        let kept = from
            .strip_prefix("stores/")
            .and_then(|from| root.kept.get(from));
        if let (None, Some(kept)) = (filter, kept.cloned()) {
            // Without a filter all that is in the bucket is copied, and there may be more in it.
            entity.carries.state_list(resource.at, kept.len());
            for artifact in kept {
                let artifact = To::named(format!("artifacts/{artifact}"));
                entity.carries.state(Spanned::new(artifact, place));
            }
            entity.carries.state_open();
        }
        // Between stores of the provider, over TLS ("Replicating objects").
        entity.encrypted.state(Spanned::new(true, resource.at));
        let transfer = transfer.finish(&["steps", "status"]);
        root.lowering.declarations().transfers.push(transfer);
    }
}

/// A bucket that is not made here, in its account.
fn elsewhere(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    name: &str,
    account: Option<&str>,
    at: crate::source::Span,
) -> String {
    let zone = match account {
        Some(account) => root.elsewhere(resource, &format!("account {account}"), at),
        None => root.elsewhere(resource, "another account", at),
    };
    let id = root.id(name);
    if root.is_new(crate::model::Kind::Store, &id) {
        let mut store: Import<Store> = root.part(resource, id.clone(), at);
        store.entity.zone.state(Spanned::new(To::named(zone), at));
        store.entity.kind.state(Spanned::new(StoreKind::Object, at));
        finish(root, store);
    }
    format!("stores/{id}")
}
