//! Secrets that are written in the code, and keys that end up in the state.
//!
//! What an attribute for a secret holds as text is in the code, and whoever reads the code has it.

use super::eval::{Data as Held, Value, decode};
use super::root::{Resource, Root, each};
use crate::infrastructure::Import;
use crate::infrastructure::credential::{
    holds_private_key, is_named_credential, is_placeholder, is_surely_credential, is_whereabouts,
};
use crate::model::{
    Category, Custody, Data, Field as _, Key, KeyKind, KeyStore, Purpose, Store, StoreKind, To,
};
use crate::source::{Span, Spanned};
use crate::syntax::{Limits, Syntax};

/// Attributes that hold a secret, by type.
const SECRETS: &[(&str, &[&str])] = &[
    ("aws_amplify_app", &[]),
    ("aws_codebuild_project", &[]),
    ("aws_db_instance", &["password"]),
    ("aws_directory_service_directory", &["password"]),
    ("aws_dms_endpoint", &["password"]),
    ("aws_docdb_cluster", &["master_password"]),
    ("aws_ecs_task_definition", &[]),
    ("aws_elastic_beanstalk_environment", &[]),
    ("aws_elasticache_replication_group", &["auth_token"]),
    ("aws_lambda_function", &[]),
    ("aws_mq_broker", &["user.password"]),
    ("aws_neptune_cluster", &["master_password"]),
    (
        "aws_opsworks_application",
        &["ssl_configuration.private_key"],
    ),
    ("aws_rds_cluster", &["master_password"]),
    ("aws_redshift_cluster", &["master_password"]),
    ("aws_redshiftserverless_namespace", &["admin_user_password"]),
    ("aws_secretsmanager_secret_version", &["secret_string"]),
    ("aws_ssm_parameter", &[]),
    ("aws_instance", &[]),
    ("aws_launch_configuration", &[]),
    ("aws_launch_template", &[]),
    ("azurerm_app_service", &[]),
    ("azurerm_container_group", &[]),
    ("azurerm_function_app", &[]),
    ("azurerm_key_vault_secret", &["value"]),
    ("azurerm_linux_function_app", &[]),
    ("azurerm_linux_virtual_machine", &["admin_password"]),
    (
        "azurerm_linux_virtual_machine_scale_set",
        &["admin_password"],
    ),
    ("azurerm_linux_web_app", &[]),
    (
        "azurerm_mssql_managed_instance",
        &["administrator_login_password"],
    ),
    ("azurerm_mssql_server", &["administrator_login_password"]),
    ("azurerm_mysql_flexible_server", &["administrator_password"]),
    ("azurerm_mysql_server", &["administrator_login_password"]),
    (
        "azurerm_postgresql_flexible_server",
        &["administrator_password"],
    ),
    (
        "azurerm_postgresql_server",
        &["administrator_login_password"],
    ),
    ("azurerm_sql_server", &["administrator_login_password"]),
    (
        "azurerm_synapse_workspace",
        &["sql_administrator_login_password"],
    ),
    ("azurerm_virtual_machine", &["os_profile.admin_password"]),
    ("azurerm_windows_function_app", &[]),
    ("azurerm_windows_virtual_machine", &["admin_password"]),
    (
        "azurerm_windows_virtual_machine_scale_set",
        &["admin_password"],
    ),
    ("azurerm_windows_web_app", &[]),
    ("azuread_application_password", &["value"]),
    ("github_actions_secret", &["plaintext_value"]),
    ("google_cloud_run_service", &[]),
    ("google_cloud_run_v2_job", &[]),
    ("google_cloud_run_v2_service", &[]),
    ("google_cloudfunctions2_function", &[]),
    ("google_cloudfunctions_function", &[]),
    ("google_compute_instance", &[]),
    ("google_container_cluster", &["master_auth.password"]),
    ("google_secret_manager_secret_version", &["secret_data"]),
    ("google_sql_database_instance", &["root_password"]),
    ("google_sql_user", &["password"]),
    ("kubernetes_secret", &[]),
    ("kubernetes_secret_v1", &[]),
];

/// Texts in which a key of a cloud, or a key in PEM, would be seen.
const TEXTS: [&str; 7] = [
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata_startup_script",
    "value",
    "secret_string",
    "private_key",
];

/// Keys that the provider makes, and that the state then holds.
const IN_STATE: [&str; 2] = ["tls_private_key", "google_service_account_key"];

/// Attributes that hold a private key, by type.
const PRIVATE: [(&str, &str); 3] = [
    ("aws_acm_certificate", "private_key"),
    ("aws_iam_server_certificate", "private_key"),
    ("google_compute_ssl_certificate", "private_key"),
];

pub(super) fn is_mapped(kind: &str) -> bool {
    IN_STATE.contains(&kind)
        || PRIVATE.iter().any(|(of, _)| *of == kind)
        || SECRETS.iter().any(|(of, _)| *of == kind)
}

/// Keys that the provider makes: others refer to them.
pub(super) fn keys(root: &mut Root<'_, '_, '_>, resources: &[Resource]) {
    for resource in resources {
        if IN_STATE.contains(&resource.kind.as_str()) {
            in_state(root, resource);
            let key = format!("keys/{}", resource.id);
            root.entities.insert(resource.instance, key);
        }
    }
}

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[Resource]) {
    for resource in resources {
        if resource.is_call {
            arguments(root, resource, "", &resource.body, 0);
            continue;
        }
        for (kind, attribute) in PRIVATE {
            if resource.kind == kind
                && let Some(value) = resource.get(attribute)
            {
                private(root, resource, &value, attribute);
            }
        }
        let known = SECRETS.iter().find(|(kind, _)| *kind == resource.kind);
        let Some((_, attributes)) = known else {
            continue;
        };
        for attribute in *attributes {
            // What stands there is only there at first. A password is one from the start, all the same.
            let is_content = matches!(*attribute, "secret_string" | "value" | "secret_data");
            if is_content && root.ignores(resource, attribute) {
                continue;
            }
            // What is write-only is kept in no state, and stands in the code all the same.
            for attribute in [(*attribute).to_owned(), format!("{attribute}_wo")] {
                if let Some(value) = resource.get(&attribute) {
                    secret(root, resource, &value, &attribute);
                }
            }
        }
        variables(root, resource);
        for attribute in TEXTS {
            if let Some(value) = resource.get(attribute) {
                inside(root, resource, &value, attribute);
            }
        }
    }
}

/// How deep arguments of a module are looked into.
const DEEP: u8 = 4;

/// Secrets among the arguments of a module that is not here, by their names. `path` leads to `value`.
fn arguments(root: &mut Root<'_, '_, '_>, call: &Resource, path: &str, value: &Value, depth: u8) {
    if depth > DEEP {
        return;
    }
    let step = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match &value.data {
        Held::Object(entries) => {
            for entry in entries.iter() {
                let inner = entry.value.within(value);
                match inner.as_text() {
                    Some(text) if is_surely_credential(&entry.key, &text) => {
                        let place = root.place(&inner);
                        credential(root, call, &step(&entry.key), place);
                    }
                    Some(_) => {}
                    None => arguments(root, call, &step(&entry.key), &inner, depth + 1),
                }
            }
        }
        Held::List(items) => {
            for item in items.iter() {
                let item = item.within(value);
                let name = item.entry("name").and_then(|name| name.as_text());
                let held = item.entry("value").filter(|it| it.as_text().is_some());
                match (name, held) {
                    (Some(name), Some(held)) => {
                        let text = held.as_text().unwrap_or_default();
                        if is_surely_credential(&name, &text) {
                            let place = root.place(&held);
                            credential(root, call, &step(&name), place);
                        }
                    }
                    _ => arguments(root, call, path, &item, depth + 1),
                }
            }
        }
        _ => {}
    }
}

/// A text in an attribute for a secret.
fn secret(root: &mut Root<'_, '_, '_>, resource: &Resource, value: &Value, name: &str) {
    let values: Vec<(String, Value)> = match &value.data {
        // A map of secrets, in JSON.
        Held::Json(inner) => match &inner.data {
            Held::Object(entries) => entries
                .iter()
                .filter(|entry| {
                    let text = entry.value.as_text();
                    text.is_some_and(|text| is_named_credential(&entry.key, &text))
                })
                .map(|entry| {
                    let value = entry.value.within(inner).within(value);
                    (format!("{name}.{}", entry.key), value)
                })
                .collect(),
            _ => return,
        },
        _ => vec![(name.to_owned(), value.clone())],
    };
    for (name, value) in values {
        // What another resource is called, or where it is, is no secret for being kept as one.
        let is_text = matches!(&value.data, Held::Text(text)
            if !is_placeholder(&text.text) && !is_whereabouts(&text.text));
        if is_text && value.origin.of.is_none() && !is_private_key(&value) {
            let place = root.place(&value);
            credential(root, resource, &name, place);
        }
    }
}

/// Where types have variables of an environment, or settings of a program: a map.
const MAPS: [&str; 7] = [
    "app_settings",
    "build_environment_variables",
    "container.environment_variables",
    "environment.variables",
    "environment_variables",
    "service_config.environment_variables",
    "site_config.app_settings",
];

/// Where they have them as blocks, or maps, with a name and a value each.
const LISTS: [&str; 5] = [
    "environment.environment_variable",
    "setting",
    "template.containers.env",
    "template.spec.containers.env",
    "template.template.containers.env",
];

/// Variables of the environment whose names say that they are secrets.
fn variables(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    for path in MAPS {
        let Some(variables) = resource.get(path) else {
            continue;
        };
        let Held::Object(entries) = &variables.data else {
            continue;
        };
        let name = match path {
            "environment.variables" => "environment",
            _ => path,
        };
        for entry in entries.iter() {
            let value = entry.value.within(&variables);
            variable(root, resource, name, (&entry.key, &value));
        }
    }
    for path in LISTS {
        for one in resource.blocks(path) {
            named(root, resource, path, &one);
        }
    }
    let containers = resource.get("container_definitions");
    let containers = containers.and_then(|text| decode(Syntax::Json, &text, &Limits::default()));
    for container in each(containers) {
        for one in each(container.entry("environment")) {
            named(root, resource, "container_definitions", &one);
        }
    }
}

/// A variable with a name and a value.
fn named(root: &mut Root<'_, '_, '_>, resource: &Resource, path: &str, one: &Value) {
    // What CodeBuild looks up elsewhere: the value is where.
    let is_elsewhere = one.entry("type").and_then(|it| it.as_text());
    if is_elsewhere.is_some_and(|it| matches!(&*it, "PARAMETER_STORE" | "SECRETS_MANAGER")) {
        return;
    }
    let name = one.entry("name").and_then(|name| name.as_text());
    if let (Some(name), Some(value)) = (name, one.entry("value")) {
        variable(root, resource, path, (&name, &value));
    }
}

fn variable(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    path: &str,
    (name, value): (&str, &Value),
) {
    if matches!(&value.data, Held::Text(text) if is_named_credential(name, &text.text)) {
        let place = root.place(value);
        credential(root, resource, &format!("{path}.{name}"), place);
    }
}

/// What a text shows: keys of AWS ("IAM identifiers"), and keys in PEM (RFC 7468).
fn inside(root: &mut Root<'_, '_, '_>, resource: &Resource, value: &Value, name: &str) {
    if is_private_key(value) {
        return private(root, resource, value, name);
    }
    let parts: Vec<Value> = match &value.data {
        Held::Text(_) => vec![value.clone()],
        Held::Parts(parts) => parts.iter().map(|part| part.within(value)).collect(),
        _ => return,
    };
    for part in parts {
        let Held::Text(text) = &part.data else {
            continue;
        };
        if let Some((start, end)) = secret_access_key(&text.text) {
            let file = part.origin.at.file;
            let (start, end) = (text.position(start as u32), text.position(end as u32));
            let within = part.origin.at;
            let inside = start >= within.start && end <= within.end && start < end;
            let at = match inside {
                true => Span::new(file, start, end),
                false => within,
            };
            let mut found = part.clone();
            found.origin.at = at;
            let place = root.place(&found);
            credential(root, resource, name, place);
            return;
        }
    }
}

/// Where a secret access key is assigned: 40 characters of base64 after its usual name.
fn secret_access_key(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    for (at, name) in lower
        .match_indices("secret_access_key")
        .chain(lower.match_indices("secret_key"))
    {
        let rest = text.get(at + name.len()..)?;
        let value = rest.trim_start_matches([' ', '\t', '=', ':', '"', '\'']);
        let start = text.len() - value.len();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "/+=".contains(c);
        let length = value.find(|c| !is_part(c)).unwrap_or(value.len());
        if length == 40 {
            return Some((start, start + length));
        }
    }
    None
}

/// A credential that is written in the code.
fn credential(root: &mut Root<'_, '_, '_>, resource: &Resource, name: &str, place: Span) {
    let id = format!("{}.{name}", resource.id);
    if !root.is_new(crate::model::Kind::Data, &id) {
        return;
    }
    root.lowering.hide(place);
    let zone = root.elsewhere(resource, "source", resource.at);
    let mut data: Import<Data> = root.part(resource, id.clone(), resource.at);
    data.entity.categories.state_list(place, 1);
    data.entity
        .categories
        .state(Spanned::new(Category::Credential, place));
    root.lowering
        .declarations()
        .data
        .push(data.finish(&["authenticates"]));
    let mut store: Import<Store> = root.part(resource, format!("{id} in source"), resource.at);
    let entity = &mut store.entity;
    entity
        .zone
        .state(Spanned::new(To::named(zone), resource.at));
    entity.kind.state(Spanned::new(StoreKind::Source, place));
    entity.holds.state_list(place, 1);
    entity.holds.state(Spanned::new(To::named(id), place));
    root.lowering
        .declarations()
        .stores
        .push(store.finish(&["holds", "encryptionKey"]));
}

/// A private key in PEM that is written in the code, or that comes from where nobody here sees.
fn private(root: &mut Root<'_, '_, '_>, resource: &Resource, value: &Value, name: &str) {
    if !is_private_key(value) {
        return;
    }
    let place = root.place(value);
    root.lowering.hide(place);
    let id = format!("{}.{name}", resource.id);
    key(root, resource, id, Custody::Source, place);
}

/// "The private key generated by this resource will be stored unencrypted in your Terraform state
/// file" (documentation of hashicorp/tls, `tls_private_key`).
fn in_state(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    key(
        root,
        resource,
        resource.id.clone(),
        Custody::State,
        resource.at,
    );
}

fn key(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    id: String,
    custody: Custody,
    place: Span,
) {
    if !root.is_new(crate::model::Kind::Key, &id) {
        return;
    }
    let at = resource.at;
    let (store_id, zone) = match custody {
        Custody::Source => (format!("{id} in source"), "source"),
        _ => (format!("{id} in the state"), "state"),
    };
    // No right in the account is one to read the code or the state.
    let zone = root.elsewhere(resource, zone, at);
    let mut store: Import<KeyStore> = root.part(resource, store_id.clone(), at);
    store.entity.zone.state(Spanned::new(To::named(zone), at));
    store.entity.custody.state(Spanned::new(custody, place));
    root.lowering
        .declarations()
        .key_stores
        .push(store.finish(&[]));
    let mut key: Import<Key> = root.part(resource, id, at);
    let entity = &mut key.entity;
    entity.store.state(Spanned::new(To::named(store_id), place));
    entity.kind.state(Spanned::new(KeyKind::Private, at));
    entity.exportable.state(Spanned::new(true, at));
    if resource.kind == "google_service_account_key" {
        entity.purposes.state_list(at, 1);
        entity
            .purposes
            .state(Spanned::new(Purpose::Authentication, at));
    }
    let key = key.finish(&["replicas", "environments", "authenticates", "notBefore"]);
    root.lowering.declarations().keys.push(key);
}

fn is_private_key(value: &Value) -> bool {
    value.as_text().is_some_and(|text| holds_private_key(&text))
}
