//! Resources of the provider hashicorp/google.
//!
//! Arguments, their defaults and their meaning: documentation of hashicorp/google, versions 5 to 7.

use std::collections::BTreeMap;

use super::eval::Value;
use super::root::{Resource, Root, at, each};
use super::shared::{EVERYTHING, Way};
use crate::infrastructure::Import;
use crate::model::{
    Conduit, Credential, Custody, Debug, Encryption, Field as _, GrantAction, Key, KeyKind,
    KeyStore, Purpose, Rotation, Store, StoreKind, To, Workload, WorkloadKind, ZoneKind,
};
use crate::source::Spanned;

/// Resource types that mean something here.
const TYPES: &[&str] = &[
    "google_compute_firewall",
    "google_compute_instance",
    "google_compute_network",
    "google_compute_subnetwork",
    "google_kms_crypto_key",
    "google_kms_crypto_key_iam_binding",
    "google_kms_crypto_key_iam_member",
    "google_project_iam_binding",
    "google_project_iam_member",
    "google_service_account",
    "google_service_account_key",
    "google_sql_database_instance",
    "google_storage_bucket",
    "google_storage_bucket_iam_binding",
    "google_storage_bucket_iam_member",
];

pub(super) fn is_mapped(kind: &str) -> bool {
    TYPES.binary_search(&kind).is_ok()
}

/// Adds what the resources are. What others refer to comes first.
pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[Resource]) {
    let google: Vec<_> = resources.iter().filter(|it| is_mapped(&it.kind)).collect();
    for resource in of(&google, "google_compute_network") {
        let parent = root.account(resource);
        root.zone(resource, parent, ZoneKind::Network);
    }
    for resource in of(&google, "google_compute_subnetwork") {
        let network = resource.get("network");
        let network = network.and_then(|it| named(&google, "google_compute_network", &it));
        let parent = network.map(|network| network.id.clone());
        let parent = parent.unwrap_or_else(|| root.account(resource));
        root.zone(resource, parent, ZoneKind::Network);
        if let Some(range) = resource
            .get("ip_cidr_range")
            .and_then(|range| range.as_text())
        {
            root.ranges.insert(range.to_string(), resource.id.clone());
        }
    }
    for resource in of(&google, "google_service_account") {
        // Whoever has a key of an account signs in as it until the key is deleted ("Service account
        // keys").
        let key = of(&google, "google_service_account_key").find(|it| {
            it.get("service_account_id").and_then(|it| it.origin.of) == Some(resource.instance)
        });
        match key {
            Some(key) => root.program(resource, Credential::Static, key.at),
            None => root.program(resource, Credential::ShortLived, resource.at),
        }
    }
    for resource in &google {
        match resource.kind.as_str() {
            "google_kms_crypto_key" => key(root, resource),
            "google_sql_database_instance" => database(root, resource),
            "google_storage_bucket" => bucket(root, resource, &google),
            "google_compute_instance" => machine(root, resource),
            _ => {}
        }
    }
    for resource in &google {
        match resource.kind.as_str() {
            "google_compute_firewall" => firewall(root, resource, &google),
            kind if kind.contains("_iam_") => granted(root, resource, &google),
            _ => {}
        }
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

/// Defaults: purpose `ENCRYPT_DECRYPT`, protection level `SOFTWARE`, no rotation. Keys for signing and
/// for decryption with a pair are not rotated ("Key rotation", Cloud KMS).
fn key(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let header = resource.at;
    let zone = root.account(resource);
    let store_id = format!("{} store", resource.id);
    let mut store: Import<KeyStore> = root.part(resource, store_id.clone(), header);
    store
        .entity
        .zone
        .state(Spanned::new(To::named(zone), header));
    let level = resource.get("version_template.protection_level");
    let custody = &mut store.entity.custody;
    root.state_or(
        custody,
        level.as_ref(),
        Custody::Kms,
        header,
        |level| match &*level.as_text()? {
            "SOFTWARE" => Some(Custody::Kms),
            "HSM" => Some(Custody::CloudHsm),
            _ => None,
        },
    );
    root.lowering
        .declarations()
        .key_stores
        .push(store.finish(&[]));
    let mut key: Import<Key> = root.import(resource);
    let entity = &mut key.entity;
    entity
        .store
        .state(Spanned::new(To::named(store_id), header));
    entity.exportable.state(Spanned::new(false, header));
    let purpose = resource.get("purpose");
    root.state_or(
        &mut entity.kind,
        purpose.as_ref(),
        KeyKind::Symmetric,
        header,
        |purpose| {
            let is_pair = purpose.as_text()?.starts_with("ASYMMETRIC");
            Some(if is_pair {
                KeyKind::Private
            } else {
                KeyKind::Symmetric
            })
        },
    );
    let text = purpose.as_ref().and_then(Value::as_text);
    let known = match text.as_deref() {
        Some("ASYMMETRIC_SIGN") => Some(Purpose::DocumentSigning),
        Some("MAC") => Some(Purpose::Authentication),
        Some("ENCRYPT_DECRYPT" | "ASYMMETRIC_DECRYPT") => Some(Purpose::Encryption),
        None if purpose.is_none() => Some(Purpose::Encryption),
        _ => None,
    };
    match (known, &purpose) {
        (Some(known), purpose) => {
            let place = match purpose {
                Some(purpose) => root.place(purpose),
                None => header,
            };
            super::aws::signing_or(entity, known, place);
        }
        (None, purpose) => root.state(&mut entity.purposes, purpose.as_ref(), |_| None),
    }
    let symmetric = purpose.is_none() || text.as_deref() == Some("ENCRYPT_DECRYPT");
    let period = resource.get("rotation_period");
    match period {
        Some(period) => root.state(&mut entity.rotation, Some(&period), |_| {
            Some(Rotation::Automatic)
        }),
        None if symmetric => entity.rotation.state(Spanned::new(Rotation::None, header)),
        None if text
            .as_deref()
            .is_some_and(|text| text.starts_with("ASYMMETRIC")) =>
        {
            entity
                .rotation
                .state(Spanned::new(Rotation::Manual, header));
        }
        None => {}
    }
    root.entities
        .insert(resource.instance, format!("keys/{}", resource.id));
    let silent = ["replicas", "environments", "authenticates", "notBefore"];
    root.lowering.declarations().keys.push(key.finish(&silent));
}

/// Objects are encrypted by the provider at least ("Default encryption at rest").
fn bucket(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let zone = root.account(resource);
    let mut store: Import<Store> = root.import(resource);
    let entity = &mut store.entity;
    entity
        .zone
        .state(Spanned::new(To::named(zone), resource.at));
    entity
        .kind
        .state(Spanned::new(StoreKind::Object, resource.at));
    match resource.get("encryption.default_kms_key_name") {
        Some(key) => {
            let place = root.place(&key);
            entity
                .encryption
                .state(Spanned::new(Encryption::Customer, place));
            let own = key.origin.of.and_then(|of| root.entities.get(&of)).cloned();
            if let Some(own) = own.as_deref().and_then(|own| own.strip_prefix("keys/")) {
                entity
                    .encryption_key
                    .state(Spanned::new(To::named(own), place));
            }
        }
        None => entity
            .encryption
            .state(Spanned::new(Encryption::Provider, resource.at)),
    }
    let prevented = resource.get("public_access_prevention");
    let prevented = prevented.filter(|it| it.as_text().as_deref() == Some("enforced"));
    let open = all
        .iter()
        .copied()
        .filter(|it| it.kind.starts_with("google_storage_bucket_iam"));
    let open = open.filter(|it| {
        let bucket = it
            .get("bucket")
            .and_then(|it| named(all, "google_storage_bucket", &it));
        bucket.is_some_and(|bucket| bucket.instance == resource.instance)
    });
    let open = open.flat_map(members).find(is_anyone);
    match (prevented, open) {
        (Some(prevented), _) => {
            let place = root.place(&prevented);
            entity.public.state(Spanned::new(false, place));
        }
        (None, Some(open)) => {
            let place = root.place(&open);
            entity.public.state(Spanned::new(true, place));
            if resource.get("website").is_some() {
                root.published(resource, &mut store.entity, resource.at);
            }
        }
        (None, None) => {}
    }
    root.entities
        .insert(resource.instance, format!("stores/{}", resource.id));
    let store = store.finish(&["holds", "encryptionKey"]);
    root.lowering.declarations().stores.push(store);
}

/// Encrypted by the provider at least ("Default encryption at rest"). Default of `ipv4_enabled`: true; whoever
/// is in no authorized network is refused there.
fn database(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let zone = root.account(resource);
    let mut store: Import<Store> = root.import(resource);
    let entity = &mut store.entity;
    let at = resource.at;
    entity.zone.state(Spanned::new(To::named(zone), at));
    entity.kind.state(Spanned::new(StoreKind::Database, at));
    let (encryption, place) = match resource.get("encryption_key_name") {
        Some(key) => (Encryption::Customer, root.place(&key)),
        None => (Encryption::Provider, at),
    };
    entity.encryption.state(Spanned::new(encryption, place));
    let address = resource.get("settings.ip_configuration.ipv4_enabled");
    let shut = address.filter(|it| it.as_bool() == Some(false));
    let networks = resource.blocks("settings.ip_configuration.authorized_networks");
    let ranges = networks.iter().map(|network| self::at(network, "value"));
    let ranges: Vec<_> = ranges.collect();
    let open = ranges
        .iter()
        .flatten()
        .find(|it| it.as_text().as_deref() == Some("0.0.0.0/0"));
    let all_known = ranges
        .iter()
        .all(|it| it.as_ref().is_some_and(|it| it.as_text().is_some()));
    match (shut, open) {
        (Some(shut), _) => {
            let place = root.place(&shut);
            store.entity.public.state(Spanned::new(false, place));
        }
        (None, Some(open)) => {
            let place = root.place(open);
            store.entity.public.state(Spanned::new(true, place));
        }
        (None, None) if all_known => store.entity.public.state(Spanned::new(false, at)),
        (None, None) => {}
    }
    root.entities
        .insert(resource.instance, format!("stores/{}", resource.id));
    let store = store.finish(&["holds", "encryptionKey"]);
    root.lowering.declarations().stores.push(store);
}

fn members(resource: &Resource) -> Vec<Value> {
    let mut all = each(resource.get("member"));
    all.extend(each(resource.get("members")));
    all
}

fn is_anyone(member: &Value) -> bool {
    matches!(
        member.as_text().as_deref(),
        Some("allUsers" | "allAuthenticatedUsers")
    )
}

/// Default of the direction: `INGRESS`.
fn firewall(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    if resource
        .get("disabled")
        .is_some_and(|it| it.as_bool() == Some(true))
    {
        return;
    }
    let stated = resource.get("network");
    let network = stated.as_ref();
    let network = network.and_then(|it| named(all, "google_compute_network", it));
    let network = network.map(|network| network.id.clone());
    let direction = resource.get("direction").and_then(|it| it.as_text());
    let comes_in = direction.is_none_or(|it| &*it == "INGRESS");
    let side = if comes_in {
        "source_ranges"
    } else {
        "destination_ranges"
    };
    let mut ports = Vec::new();
    for allow in resource.blocks("allow") {
        let protocol = at(&allow, "protocol");
        let listed = each(at(&allow, "ports"));
        for port in &listed {
            if let Some(text) = port.as_text() {
                let text = if &*text == "0-65535" {
                    Conduit::EVERY_PORT
                } else {
                    &text
                };
                ports.push((text.to_owned(), root.place(port)));
            }
        }
        let of_protocol = protocol.as_ref().and_then(|it| Some((it, it.as_text()?)));
        if let Some((protocol, text)) = of_protocol.filter(|_| listed.is_empty()) {
            // Without ports all of the protocol are open: every port only if sessions can be opened.
            let text = match &*text {
                "1" | "58" => "icmp",
                "17" => "udp",
                "all" | "tcp" | "6" => Conduit::EVERY_PORT,
                other => other,
            };
            ports.push((text.to_owned(), root.place(protocol)));
        }
    }
    if ports.is_empty() {
        return;
    }
    let network = match (network, stated) {
        (Some(network), _) => network,
        (None, Some(stated)) => root.unnamed(resource, &stated, "network"),
        (None, None) => return,
    };
    let blocks = resource.blocks("allow");
    let is_udp = blocks.iter().all(|allow| {
        let protocol = at(allow, "protocol").and_then(|it| it.as_text());
        matches!(protocol.as_deref(), Some("udp" | "17"))
    });
    for (number, other) in each(resource.get(side)).iter().enumerate() {
        let Some(far) = root.range(resource, other) else {
            continue;
        };
        let said_at = root.place(other);
        let id = match number {
            0 => resource.id.clone(),
            number => format!("{} ({number})", resource.id),
        };
        let ends = match comes_in {
            true => (far.as_str(), network.as_str()),
            false => (network.as_str(), far.as_str()),
        };
        let ports = ports.clone();
        root.way(
            resource,
            Way {
                id,
                at: resource.at,
                ends,
                said_at,
                ports,
                is_udp,
            },
        );
    }
}

fn machine(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let inside = ["network_interface.subnetwork", "network_interface.network"];
    let inside = inside.iter().filter_map(|name| resource.get(name));
    let zones = inside.filter_map(|it| Some((root.zones.get(&it.origin.of?)?.clone(), it)));
    let found: Vec<_> = zones.collect();
    let (zone, place) = match found.into_iter().next() {
        Some((zone, value)) => (zone, root.place(&value)),
        None => (root.account(resource), resource.at),
    };
    let mut host: Import<Workload> = root.import(resource);
    let entity = &mut host.entity;
    entity.zone.state(Spanned::new(To::named(zone), place));
    entity
        .kind
        .state(Spanned::new(WorkloadKind::Host, resource.at));
    let account = resource.get("service_account.email");
    let own = account
        .as_ref()
        .and_then(|it| it.origin.of)
        .and_then(|of| root.identities.get(&of));
    if let (Some(own), Some(account)) = (own.cloned(), &account) {
        let place = root.place(account);
        entity.runs_as.state(Spanned::new(To::named(own), place));
    }
    // "Troubleshooting using the serial console": the key and its values.
    let serial = resource
        .get("metadata")
        .and_then(|it| it.entry("serial-port-enable"));
    let on = serial.filter(|it| {
        matches!(
            it.as_text().as_deref(),
            Some("1" | "true" | "TRUE" | "True")
        )
    });
    if let Some(on) = on {
        let seen = [(Debug::Serial, root.place(&on))];
        super::aws::debug(entity, resource.at, &seen);
    }
    root.entities
        .insert(resource.instance, format!("workloads/{}", resource.id));
    root.starts_with(resource, &mut host.entity);
    let host = host.finish(&["uses", "processes", "executes", "runsOn"]);
    root.lowering.declarations().workloads.push(host);
}

/// What roles let do ("IAM basic and predefined roles reference").
fn role(name: &str) -> Option<&'static [GrantAction]> {
    use GrantAction::{Administer, Decrypt, Read, Sign, Write};
    Some(match name {
        "roles/owner" => &EVERYTHING,
        "roles/editor" => &[Read, Write],
        "roles/viewer" => &[Read],
        "roles/cloudkms.admin" => &[Administer],
        "roles/cloudkms.cryptoKeyDecrypter" | "roles/cloudkms.cryptoKeyEncrypterDecrypter" => {
            &[Decrypt]
        }
        "roles/cloudkms.signer" | "roles/cloudkms.signerVerifier" => &[Sign],
        "roles/storage.admin" => &[Read, Write, Administer],
        "roles/storage.objectAdmin" => &[Read, Write],
        "roles/storage.objectViewer" | "roles/storage.legacyObjectReader" => &[Read],
        "roles/storage.objectCreator" => &[Write],
        _ => return None,
    })
}

fn granted(root: &mut Root<'_, '_, '_>, resource: &Resource, all: &[&Resource]) {
    let Some(actions) = resource
        .get("role")
        .and_then(|it| it.as_text())
        .as_deref()
        .and_then(role)
    else {
        return;
    };
    let on = if resource.kind.starts_with("google_project") {
        Some(format!("zones/{}", root.account(resource)))
    } else {
        let target = resource
            .get("crypto_key_id")
            .or_else(|| resource.get("bucket"));
        target.and_then(|target| {
            let own = target
                .origin
                .of
                .and_then(|of| root.entities.get(&of))
                .cloned();
            own.or_else(|| {
                let bucket = named(all, "google_storage_bucket", &target)?;
                root.entities.get(&bucket.instance).cloned()
            })
        })
    };
    let Some(on) = on else {
        return;
    };
    // With a condition the grant is not certain.
    let actions: &[_] = match resource.get("condition") {
        Some(_) => &[],
        None => actions,
    };
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for member in members(resource) {
        let own = member
            .origin
            .of
            .and_then(|of| root.identities.get(&of))
            .cloned();
        let identity = match own {
            Some(own) => own,
            None if is_anyone(&member) => root.everyone(resource, member.origin.at),
            None => continue,
        };
        let number = numbers.entry(resource.id.clone()).or_default();
        let id = match *number {
            0 => resource.id.clone(),
            number => format!("{} ({number})", resource.id),
        };
        *number += 1;
        root.grant(resource, id, (&identity, &member), &on, actions);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_are_in_order() {
        assert!(super::TYPES.is_sorted());
    }
}
