//! Resources of the provider hashicorp/azurerm.
//!
//! Arguments, their defaults and their meaning: documentation of hashicorp/azurerm, versions 3 to 5. A
//! default that these versions do not share is not taken for a fact.

mod databases;
mod rules;

use std::collections::BTreeMap;

use super::aws::debugger;
use super::eval::Value;
use super::root::{Resource, Root, each};
use super::shared::EVERYTHING;
use crate::infrastructure::Import;
use crate::model::{
    Conduit, Credential, Custody, Date, Debug, DebugEnvironment, Encryption, Field as _,
    GrantAction, Key, KeyKind, KeyStore, Purpose, Rotation, Store, StoreKind, To, Validation,
    Workload, WorkloadKind, ZoneKind,
};
use crate::source::{Span, Spanned};

/// Resource types that mean something here.
const TYPES: &[&str] = &[
    "azurerm_bastion_host",
    "azurerm_function_app",
    "azurerm_key_vault",
    "azurerm_key_vault_certificate",
    "azurerm_key_vault_key",
    "azurerm_key_vault_managed_hardware_security_module",
    "azurerm_key_vault_managed_hardware_security_module_key",
    "azurerm_linux_function_app",
    "azurerm_linux_virtual_machine",
    "azurerm_linux_web_app",
    "azurerm_monitor_diagnostic_setting",
    "azurerm_mssql_firewall_rule",
    "azurerm_mssql_server",
    "azurerm_mysql_firewall_rule",
    "azurerm_mysql_flexible_server",
    "azurerm_mysql_flexible_server_firewall_rule",
    "azurerm_mysql_server",
    "azurerm_network_interface",
    "azurerm_network_interface_security_group_association",
    "azurerm_network_security_group",
    "azurerm_network_security_rule",
    "azurerm_postgresql_firewall_rule",
    "azurerm_postgresql_flexible_server",
    "azurerm_postgresql_flexible_server_firewall_rule",
    "azurerm_postgresql_server",
    "azurerm_role_assignment",
    "azurerm_storage_account",
    "azurerm_storage_container",
    "azurerm_subnet",
    "azurerm_subnet_network_security_group_association",
    "azurerm_user_assigned_identity",
    "azurerm_virtual_machine",
    "azurerm_virtual_network",
    "azurerm_virtual_network_peering",
    "azurerm_windows_function_app",
    "azurerm_windows_virtual_machine",
    "azurerm_windows_web_app",
];

pub(super) fn is_mapped(kind: &str) -> bool {
    TYPES.binary_search(&kind).is_ok()
}

/// Adds what the resources are. What others refer to comes first.
pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[Resource]) {
    let azure: Vec<_> = resources.iter().filter(|it| is_mapped(&it.kind)).collect();
    for resource in of(&azure, "azurerm_virtual_network") {
        let parent = root.account(resource);
        root.zone(resource, parent, ZoneKind::Network);
        for range in each(resource.get("address_space")) {
            if let Some(range) = range.as_text() {
                root.ranges.insert(range.to_string(), resource.id.clone());
            }
        }
    }
    for resource in of(&azure, "azurerm_subnet") {
        let network = resource.get("virtual_network_name");
        let network = network.and_then(|name| named(&azure, "azurerm_virtual_network", &name));
        let parent = network.map(|network| network.id.clone());
        let parent = parent.unwrap_or_else(|| root.account(resource));
        root.zone(resource, parent, ZoneKind::Network);
    }
    for resource in of(&azure, "azurerm_user_assigned_identity") {
        root.program(resource, Credential::ShortLived, resource.at);
    }
    rules::zones(root, &azure);
    for resource in &azure {
        match resource.kind.as_str() {
            "azurerm_key_vault_key" | "azurerm_key_vault_managed_hardware_security_module_key" => {
                key(root, resource, &azure);
            }
            "azurerm_key_vault_certificate" => certificate(root, resource, &azure),
            "azurerm_storage_account" => storage(root, resource, &azure),
            "azurerm_virtual_network_peering" => peering(root, resource, &azure),
            "azurerm_linux_virtual_machine"
            | "azurerm_windows_virtual_machine"
            | "azurerm_virtual_machine" => machine(root, resource),
            "azurerm_bastion_host" => bastion(root, resource),
            kind if kind.ends_with("_app") => app(root, resource),
            _ => {}
        }
    }
    databases::lower(root, &azure);
    rules::lower(root, &azure);
    for resource in of(&azure, "azurerm_role_assignment") {
        assigned(root, resource);
    }
}

fn of<'r>(all: &'r [&'r Resource], kind: &'r str) -> impl Iterator<Item = &'r Resource> {
    all.iter().copied().filter(move |it| it.kind == kind)
}

fn named<'r>(all: &'r [&'r Resource], kind: &'r str, value: &Value) -> Option<&'r Resource> {
    if let Some(instance) = value.origin.of {
        return of(all, kind).find(|it| it.instance == instance);
    }
    let text = value.as_text()?;
    of(all, kind).find(|it| it.get("name").and_then(|name| name.as_text()).as_ref() == Some(&text))
}

/// A vault has keys in hardware and keys in software: the type of the key says which
/// ("About keys", Azure Key Vault).
fn store_of(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    all: &[&Resource],
    custody: Option<(Custody, Span)>,
) -> String {
    let of_hsm = resource.get("managed_hsm_id");
    let vault_id = resource.get("key_vault_id").or(of_hsm.clone());
    let vault = vault_id.as_ref().and_then(|id| id.origin.of);
    let vault = all.iter().copied().find(|it| Some(it.instance) == vault);
    let holder = vault.unwrap_or(resource);
    let suffix = match custody {
        _ if of_hsm.is_some() => "",
        Some((Custody::CloudHsm, _)) => " in hardware",
        Some(_) => "",
        None => " of unknown custody",
    };
    let id = format!("{}{suffix}", holder.id);
    if !root.is_new(crate::model::Kind::KeyStore, &id) {
        return id;
    }
    let zone = root.account(resource);
    let mut store: Import<KeyStore> = root.part(holder, id.clone(), holder.at);
    let entity = &mut store.entity;
    entity.zone.state(Spanned::new(To::named(zone), holder.at));
    match custody {
        _ if of_hsm.is_some() => {
            entity.custody.state(Spanned::new(Custody::Hsm, holder.at));
            entity
                .validation
                .state(Spanned::new(Validation::Fips1403L3, holder.at));
        }
        Some((custody, place)) => entity.custody.state(Spanned::new(custody, place)),
        None => {
            let ty = resource.get("key_type");
            root.state(&mut entity.custody, ty.as_ref(), |_| None);
        }
    }
    if let Some(vault) = vault {
        let action = vault.get("network_acls.default_action");
        let denies = action
            .as_ref()
            .and_then(Value::as_text)
            .is_some_and(|it| &*it == "Deny");
        let flag = vault.get("public_network_access_enabled");
        match (denies, action) {
            (true, Some(action)) => {
                let place = root.place(&action);
                entity.public_access.state(Spanned::new(false, place));
            }
            // Default of `public_network_access_enabled`: true.
            _ => root.state_or(
                &mut entity.public_access,
                flag.as_ref(),
                true,
                vault.at,
                |it| it.as_bool(),
            ),
        }
        let logged = of(all, "azurerm_monitor_diagnostic_setting").find(|it| {
            it.get("target_resource_id").and_then(|it| it.origin.of) == Some(vault.instance)
        });
        if let Some(logged) = logged {
            entity.audited.state(Spanned::new(true, logged.at));
        }
    }
    root.lowering
        .declarations()
        .key_stores
        .push(store.finish(&[]));
    id
}

fn custody_of(root: &mut Root<'_, '_, '_>, ty: Option<&Value>) -> Option<(Custody, Span)> {
    let ty = ty?;
    let text = ty.as_text()?;
    let custody = match text.ends_with("-HSM") {
        true => Custody::CloudHsm,
        false => Custody::Kms,
    };
    Some((custody, root.place(ty)))
}

const SILENT: [&str; 4] = ["replicas", "environments", "authenticates", "notBefore"];

fn key(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let ty = resource.get("key_type");
    let custody = custody_of(root, ty.as_ref());
    let store = store_of(root, resource, all, custody);
    let mut key: Import<Key> = root.import(resource);
    let entity = &mut key.entity;
    let header = resource.at;
    entity.store.state(Spanned::new(To::named(store), header));
    root.state(&mut entity.kind, ty.as_ref(), |ty| {
        let ty = ty.as_text()?;
        match ty.starts_with("oct") {
            true => Some(KeyKind::Symmetric),
            false => Some(KeyKind::Private),
        }
    });
    entity.exportable.state(Spanned::new(false, header));
    let mut purposes: BTreeMap<Purpose, Span> = BTreeMap::new();
    for option in each(resource.get("key_opts")) {
        let purpose = match option.as_text().as_deref() {
            Some("sign") => Purpose::DocumentSigning,
            Some("decrypt" | "encrypt") => Purpose::Encryption,
            Some("wrapKey" | "unwrapKey") => Purpose::Wrapping,
            _ => continue,
        };
        let place = root.place(&option);
        purposes.entry(purpose).or_insert(place);
    }
    if !purposes.is_empty() {
        entity.purposes.state_list(header, purposes.len());
        for (purpose, place) in purposes {
            entity.purposes.state(Spanned::new(purpose, place));
        }
    }
    match resource.get("expiration_date") {
        Some(date) => root.state(&mut entity.not_after, Some(&date), day),
        None => entity.not_after.state_absent(header),
    }
    let policy = resource.get("rotation_policy.automatic");
    match policy {
        Some(policy) => {
            let place = root.place(&policy);
            entity
                .rotation
                .state(Spanned::new(Rotation::Automatic, place));
        }
        None => entity
            .rotation
            .state(Spanned::new(Rotation::Manual, header)),
    }
    root.entities
        .insert(resource.instance, format!("keys/{}", resource.id));
    root.lowering.declarations().keys.push(key.finish(&SILENT));
}

/// The day of a point in time as RFC 3339 writes it.
fn day(date: &Value) -> Option<Date> {
    date.as_text()?.get(..10)?.parse().ok()
}

/// The key of a certificate.
fn certificate(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let properties = "certificate_policy.key_properties";
    let ty = resource.get(&format!("{properties}.key_type"));
    let Some(ty) = ty else {
        return;
    };
    let custody = custody_of(root, Some(&ty));
    let store = store_of(root, resource, all, custody);
    let mut key: Import<Key> = root.import(resource);
    let entity = &mut key.entity;
    entity
        .store
        .state(Spanned::new(To::named(store), resource.at));
    entity
        .kind
        .state(Spanned::new(KeyKind::Private, resource.at));
    let exportable = resource.get(&format!("{properties}.exportable"));
    root.state(&mut entity.exportable, exportable.as_ref(), |it| {
        it.as_bool()
    });
    entity.purposes.state_list(resource.at, 1);
    entity
        .purposes
        .state(Spanned::new(Purpose::Tls, resource.at));
    let action = resource.get("certificate_policy.lifetime_action.action.action_type");
    root.state(&mut entity.rotation, action.as_ref(), |action| {
        Some(match &*action.as_text()? {
            "AutoRenew" => Rotation::Automatic,
            _ => Rotation::Manual,
        })
    });
    root.lowering.declarations().keys.push(key.finish(&SILENT));
}

/// Storage is encrypted by the provider at least ("Azure Storage encryption for data at rest").
fn storage(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let zone = root.account(resource);
    let mut store: Import<Store> = root.import(resource);
    let entity = &mut store.entity;
    entity
        .zone
        .state(Spanned::new(To::named(zone), resource.at));
    entity
        .kind
        .state(Spanned::new(StoreKind::Object, resource.at));
    let (encryption, place) = match resource.get("customer_managed_key") {
        Some(key) => (Encryption::Customer, root.place(&key)),
        None => (Encryption::Provider, resource.at),
    };
    entity.encryption.state(Spanned::new(encryption, place));
    let allowed = resource.get("allow_nested_items_to_be_public");
    let open = of(all, "azurerm_storage_container").find_map(|it| {
        let account = it
            .get("storage_account_name")
            .or_else(|| it.get("storage_account_id"))?;
        let account = named(all, "azurerm_storage_account", &account)?;
        let access = it.get("container_access_type")?;
        let is_open = matches!(access.as_text().as_deref(), Some("blob" | "container"));
        (is_open && account.instance == resource.instance).then_some(access)
    });
    let denied = allowed.filter(|it| it.as_bool() == Some(false));
    match (denied, open) {
        (Some(denied), _) => {
            let place = root.place(&denied);
            entity.public.state(Spanned::new(false, place));
        }
        (None, Some(open)) => {
            let place = root.place(&open);
            entity.public.state(Spanned::new(true, place));
        }
        (None, None) => {}
    }
    root.entities
        .insert(resource.instance, format!("stores/{}", resource.id));
    let store = store.finish(&["holds", "encryptionKey"]);
    root.lowering.declarations().stores.push(store);
}

fn peering(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let near = resource.get("virtual_network_name");
    let near = near.and_then(|near| named(all, "azurerm_virtual_network", &near));
    let (Some(near), Some(far)) = (near, resource.get("remote_virtual_network_id")) else {
        return;
    };
    let place = root.place(&far);
    let known = far.origin.of.and_then(|of| root.zones.get(&of)).cloned();
    let zone = match known {
        Some(zone) => zone,
        None => root.elsewhere(resource, &far.shown(), place),
    };
    if zone == near.id {
        return;
    }
    let conduit: Import<Conduit> = root.import(resource);
    root.add_peering(conduit, [&near.id, &zone], place, resource.at);
}

fn begun(root: &mut Root<'_, '_, '_>, resource: &Resource, kind: WorkloadKind) -> Import<Workload> {
    let interfaces = each(resource.get("network_interface_ids")).into_iter();
    let mut inside =
        interfaces.filter_map(|it| Some((root.zones.get(&it.origin.of?)?.clone(), it)));
    let (zone, place) = match inside.next() {
        Some((zone, value)) => (zone, root.place(&value)),
        None => (root.account(resource), resource.at),
    };
    let mut workload: Import<Workload> = root.import(resource);
    let entity = &mut workload.entity;
    entity.zone.state(Spanned::new(To::named(zone), place));
    entity.kind.state(Spanned::new(kind, resource.at));
    for identity in each(resource.get("identity.identity_ids")) {
        let own = identity
            .origin
            .of
            .and_then(|of| root.identities.get(&of))
            .cloned();
        if let Some(own) = own {
            let place = root.place(&identity);
            entity.runs_as.state(Spanned::new(To::named(own), place));
        }
    }
    root.entities
        .insert(resource.instance, format!("workloads/{}", resource.id));
    workload
}

fn machine(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut host = begun(root, resource, WorkloadKind::Host);
    // Default of `hibernation_enabled`: false.
    let flag = resource.get("additional_capabilities.hibernation_enabled");
    root.state_or(
        &mut host.entity.hibernation,
        flag.as_ref(),
        false,
        resource.at,
        |it| it.as_bool(),
    );
    root.add_workload(resource, host);
}

/// Default of `remote_debugging_enabled`: false.
fn app(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut service = begun(root, resource, WorkloadKind::Service);
    let mut seen = Vec::new();
    let flag = resource.get("site_config.remote_debugging_enabled");
    match flag.filter(|flag| flag.as_bool() != Some(false)) {
        Some(flag) if flag.as_bool() == Some(true) => seen.push((Debug::Remote, root.place(&flag))),
        Some(flag) => root.state(&mut service.entity.debug, Some(&flag), |_| None),
        None => {}
    }
    if let Some(settings) = resource.get("app_settings")
        && let super::eval::Data::Object(entries) = &settings.data
    {
        for entry in entries.iter() {
            let value = entry.value.within(&settings);
            if let Some(way) = value.as_text().as_deref().and_then(debugger) {
                seen.push((way, root.place(&value)));
            }
        }
    }
    super::aws::debug(&mut service.entity, resource.at, &seen);
    root.add_workload(resource, service);
}

/// Defaults: `copy_paste_enabled` true, `file_copy_enabled` and `tunneling_enabled` false.
fn bastion(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let subnet = resource.get("ip_configuration.subnet_id");
    let zone = subnet
        .and_then(|it| it.origin.of)
        .and_then(|of| root.zones.get(&of))
        .cloned();
    let zone = zone.unwrap_or_else(|| root.account(resource));
    let mut place: Import<DebugEnvironment> = root.import(resource);
    let entity = &mut place.entity;
    entity
        .zone
        .state(Spanned::new(To::named(zone), resource.at));
    let out = [
        "file_copy_enabled",
        "tunneling_enabled",
        "copy_paste_enabled",
    ];
    let out = out.iter().filter_map(|name| resource.get(name));
    let on = out.into_iter().find(|it| it.as_bool() == Some(true));
    let copies = resource.get("copy_paste_enabled");
    match (on, copies) {
        (Some(on), _) => {
            let at = root.place(&on);
            entity.copy_out.state(Spanned::new(true, at));
        }
        (None, None) => entity.copy_out.state(Spanned::new(true, resource.at)),
        (None, copies) => root.state(&mut entity.copy_out, copies.as_ref(), |it| it.as_bool()),
    }
    let place = place.finish(&["attaches", "reads"]);
    root.lowering.declarations().debug_environments.push(place);
}

/// What roles let do ("Azure built-in roles").
fn role(name: &str) -> Option<&'static [GrantAction]> {
    use GrantAction::{Administer, Decrypt, Read, Sign, Write};
    Some(match name {
        "Owner" | "User Access Administrator" => &EVERYTHING,
        "Contributor" => &[Read, Write],
        "Reader" => &[Read],
        "Key Vault Administrator" | "Key Vault Crypto Officer" => &[Decrypt, Sign, Administer],
        "Key Vault Crypto User" => &[Decrypt, Sign],
        "Key Vault Secrets User" => &[Read],
        "Storage Blob Data Owner" => &[Read, Write, Administer],
        "Storage Blob Data Contributor" => &[Read, Write],
        "Storage Blob Data Reader" => &[Read],
        _ => return None,
    })
}

fn assigned(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let names = ["principal_id", "scope", "role_definition_name"];
    let [Some(principal), Some(scope), Some(name)] = names.map(|name| resource.get(name)) else {
        return;
    };
    let identity = principal
        .origin
        .of
        .and_then(|of| root.identities.get(&of))
        .cloned();
    let on = scope
        .origin
        .of
        .and_then(|of| root.entities.get(&of))
        .cloned();
    let actions = name.as_text().as_deref().and_then(role);
    if let (Some(identity), Some(on), Some(actions)) = (identity, on, actions) {
        root.grant(
            resource,
            resource.id.clone(),
            (&identity, &name),
            &on,
            actions,
        );
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_are_in_order() {
        assert!(super::TYPES.is_sorted());
    }
}
