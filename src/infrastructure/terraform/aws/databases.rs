//! Databases: whether they are encrypted, and whether the internet reaches them.

use super::network::lets_in_everyone;
use super::stores::{begun, encrypted, finish, flagged};
use super::{named, of};
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root, each};
use crate::model::{Encryption, Field as _, Store, StoreKind};
use crate::source::Spanned;

/// What is told apart by type.
struct Sort {
    /// The argument that says whether it is encrypted.
    flag: &'static str,
    /// What holds without it.
    default: Option<Encryption>,
    /// Whether it is reachable from outside if `publicly_accessible` is not set; `None` if versions of the
    /// provider disagree.
    public: Option<bool>,
}

/// By the documentation of each type. `aws_redshift_cluster`: both defaults changed with version 6.
fn sort(resource: &Resource) -> Option<Sort> {
    let is = |name: &str, value: &str| {
        let text = resource.get(name).and_then(|it| it.as_text());
        text.as_deref() == Some(value)
    };
    let (flag, default) = match resource.kind.as_str() {
        "aws_db_instance" | "aws_docdb_cluster" | "aws_neptune_cluster" => {
            ("storage_encrypted", Encryption::None)
        }
        "aws_rds_cluster" if is("engine_mode", "serverless") => {
            ("storage_encrypted", Encryption::Provider)
        }
        "aws_rds_cluster" => ("storage_encrypted", Encryption::None),
        "aws_elasticache_replication_group" if is("engine", "valkey") => {
            ("at_rest_encryption_enabled", Encryption::Provider)
        }
        "aws_elasticache_replication_group" => ("at_rest_encryption_enabled", Encryption::None),
        "aws_redshift_cluster" => {
            return Some(Sort {
                flag: "encrypted",
                default: None,
                public: None,
            });
        }
        _ => return None,
    };
    // A copy is encrypted as what it is made from.
    let origins = [
        "replicate_source_db",
        "replication_source_identifier",
        "snapshot_identifier",
        "restore_to_point_in_time",
        "global_cluster_identifier",
        "global_replication_group_id",
        "snapshot_arns",
        "snapshot_name",
    ];
    let is_copy = origins.iter().any(|origin| resource.get(origin).is_some());
    Some(Sort {
        flag,
        default: Some(default).filter(|_| !is_copy),
        public: Some(false),
    })
}

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for resource in resources {
        if let Some(sort) = sort(resource) {
            database(root, resource, &sort, resources);
        }
    }
}

fn database(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    sort: &Sort,
    resources: &[&Resource],
) {
    let mut store = begun(root, resource, StoreKind::Database);
    let at = resource.at;
    let on = resource.get(sort.flag).and_then(|flag| flag.as_bool()) == Some(true);
    let key = resource.get("kms_key_id").filter(|_| on);
    match key {
        Some(key) => encrypted(
            root,
            resource,
            &mut store.entity,
            Some(key),
            Encryption::Provider,
        ),
        None => flagged(root, &mut store.entity, resource, sort.flag, sort.default),
    }
    public(root, &mut store.entity, resource, sort, resources);
    store.entity.immutable.state(Spanned::new(false, at));
    finish(root, store);
}

/// Anyone reaches it if it has a public address, and a group that it is in lets the internet in.
fn public(
    root: &mut Root<'_, '_, '_>,
    store: &mut Store,
    resource: &Resource,
    sort: &Sort,
    resources: &[&Resource],
) {
    let address = address(resource, resources);
    let has_address = match &address {
        Some(address) => address.as_bool(),
        None => sort.public,
    };
    if has_address == Some(false) {
        let place = address.map_or(resource.at, |address| root.place(&address));
        store.public.state(Spanned::new(false, place));
        return;
    }
    let groups = each(resource.get("vpc_security_group_ids"));
    let mut unknown = None;
    let mut is_open = false;
    for group in &groups {
        let known = group.origin.of;
        let open = known.and_then(|of| lets_in_everyone(resources, of, port(resource).as_ref()));
        match open {
            Some(open) => is_open |= open,
            None => unknown = Some(group),
        }
    }
    match (is_open, unknown, &address) {
        (true, _, Some(address)) if has_address == Some(true) => {
            let place = root.place(address);
            store.public.state(Spanned::new(true, place));
        }
        (true, _, Some(address)) => root.state(&mut store.public, Some(address), |_| None),
        (false, None, _) if !groups.is_empty() => {
            let place = root.place(&groups[0]);
            store.public.state(Spanned::new(false, place));
        }
        (false, Some(group), Some(_)) if has_address == Some(true) => {
            root.unknown(&mut store.public, group);
        }
        // Without groups the one of the network holds, which nothing here may say anything of.
        _ => {}
    }
}

/// What says whether it has a public address: of a cluster each of its instances does.
fn address(resource: &Resource, resources: &[&Resource]) -> Option<Value> {
    if resource.kind != "aws_rds_cluster" {
        return resource.get("publicly_accessible");
    }
    let own = of(resources, "aws_rds_cluster_instance").filter(|it| {
        let cluster = it.get("cluster_identifier");
        let cluster = cluster
            .and_then(|it| named(resources, &["aws_rds_cluster"], "cluster_identifier", &it));
        cluster.is_some_and(|cluster| cluster.instance == resource.instance)
    });
    let mut all = own.filter_map(|it| it.get("publicly_accessible"));
    all.find(|it| it.as_bool() != Some(false))
}

/// The port that it listens at: the one it is given, or that of its engine.
fn port(resource: &Resource) -> Option<i64> {
    if let Some(port) = resource.get("port") {
        return port.as_number().map(|port| port as i64);
    }
    let engine = resource.get("engine").and_then(|it| it.as_text());
    let engine = engine.as_deref().unwrap_or_default();
    Some(match resource.kind.as_str() {
        "aws_redshift_cluster" => 5439,
        "aws_docdb_cluster" => 27017,
        "aws_neptune_cluster" => 8182,
        "aws_elasticache_replication_group" => 6379,
        _ if engine.contains("postgres") => 5432,
        _ if engine.contains("mysql") || engine == "mariadb" || engine == "aurora" => 3306,
        _ if engine.starts_with("oracle") => 1521,
        _ if engine.starts_with("sqlserver") => 1433,
        _ => return None,
    })
}
