//! Keys of AWS KMS.
//!
//! Keys of KMS are in hardware modules validated to FIPS 140-3 level 3, and no plain key leaves them
//! ("AWS KMS cryptographic details", Key management); uses are logged by CloudTrail ("Logging AWS KMS
//! API calls"). Automatic rotation is for symmetric keys with material of KMS alone ("Rotating AWS KMS
//! keys").

use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root};
use crate::model::{
    Custody, Field as _, Key, KeyKind, KeyState, KeyStore, Kind, Purpose, Rotation, To, Validation,
};
use crate::source::{Span, Spanned};

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for resource in resources {
        match resource.kind.as_str() {
            "aws_kms_key" => key(root, resource),
            "aws_kms_external_key" => external(root, resource),
            "aws_kms_replica_key" => replica(root, resource, resources),
            _ => {}
        }
    }
}

/// The key service of an account.
fn service(root: &mut Root<'_, '_, '_>, resource: &Resource) -> String {
    let zone = root.account(resource);
    let id = format!("{zone} kms");
    if root.is_new(Kind::KeyStore, &id) {
        let at = resource.at;
        let mut store: Import<KeyStore> = root.part(resource, id.clone(), at);
        let entity = &mut store.entity;
        entity.zone.state(Spanned::new(To::named(zone), at));
        entity.custody.state(Spanned::new(Custody::CloudHsm, at));
        entity
            .validation
            .state(Spanned::new(Validation::Fips1403L3, at));
        entity.audited.state(Spanned::new(true, at));
        root.lowering
            .declarations()
            .key_stores
            .push(store.finish(&[]));
    }
    id
}

/// What is the same of all keys of KMS.
fn begun(root: &mut Root<'_, '_, '_>, resource: &Resource) -> Import<Key> {
    let store = service(root, resource);
    let mut key: Import<Key> = root.import(resource);
    let at = resource.at;
    key.entity.store.state(Spanned::new(To::named(store), at));
    key.entity.exportable.state(Spanned::new(false, at));
    let enabled = resource
        .get("is_enabled")
        .or_else(|| resource.get("enabled"));
    root.state_or(
        &mut key.entity.state,
        enabled.as_ref(),
        KeyState::Active,
        at,
        |value| {
            Some(match value.as_bool()? {
                true => KeyState::Active,
                false => KeyState::Retired,
            })
        },
    );
    root.entities
        .insert(resource.instance, format!("keys/{}", resource.id));
    key
}

/// What of a key other resources say, or nobody can.
const SILENT: [&str; 4] = ["replicas", "environments", "authenticates", "notBefore"];

fn key(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut key = begun(root, resource);
    let at = resource.at;
    let entity = &mut key.entity;
    let spec = resource
        .get("customer_master_key_spec")
        .or_else(|| resource.get("key_spec"));
    root.state_or(
        &mut entity.kind,
        spec.as_ref(),
        KeyKind::Symmetric,
        at,
        kind_of,
    );
    purposes(root, resource, entity);
    let is_symmetric = match &spec {
        None => Some(true),
        Some(spec) => spec.as_text().map(|spec| &*spec == "SYMMETRIC_DEFAULT"),
    };
    let own_store = resource.get("custom_key_store_id").is_some();
    let rotation = resource.get("enable_key_rotation");
    match is_symmetric {
        Some(true) if !own_store => {
            // Default of `enable_key_rotation`: false.
            root.state_or(
                &mut entity.rotation,
                rotation.as_ref(),
                Rotation::None,
                at,
                |value| {
                    Some(match value.as_bool()? {
                        true => Rotation::Automatic,
                        false => Rotation::None,
                    })
                },
            );
        }
        // Nothing rotates other keys by itself; of symmetric ones, code cannot say how they are.
        Some(false) if !is_symmetric_at_all(spec.as_ref()) => {
            entity.rotation.state(Spanned::new(Rotation::Manual, at));
        }
        Some(_) | None => {}
    }
    root.lowering.declarations().keys.push(key.finish(&SILENT));
}

fn kind_of(spec: &Value) -> Option<KeyKind> {
    let spec = spec.as_text()?;
    let is = |start: &str| spec.starts_with(start);
    Some(match () {
        () if is("SYMMETRIC") || is("HMAC_") => KeyKind::Symmetric,
        () if is("RSA_") || is("ECC_") || is("ML_DSA") || is("SM2") => KeyKind::Private,
        () => return None,
    })
}

fn is_symmetric_at_all(spec: Option<&Value>) -> bool {
    spec.and_then(kind_of) == Some(KeyKind::Symmetric)
}

fn purposes(root: &mut Root<'_, '_, '_>, resource: &Resource, key: &mut Key) {
    let usage = resource.get("key_usage");
    let text = usage.as_ref().and_then(Value::as_text);
    let (purpose, at) = match (&usage, text.as_deref()) {
        // Default: ENCRYPT_DECRYPT.
        (None, _) => (Purpose::Encryption, resource.at),
        (Some(usage), Some("ENCRYPT_DECRYPT" | "KEY_AGREEMENT")) => {
            (Purpose::Encryption, root.place(usage))
        }
        (Some(usage), Some("GENERATE_VERIFY_MAC")) => (Purpose::Authentication, root.place(usage)),
        (Some(usage), Some("SIGN_VERIFY")) => (Purpose::DocumentSigning, root.place(usage)),
        (usage, _) => {
            root.state(&mut key.purposes, usage.as_ref(), |_| None);
            return;
        }
    };
    signing_or(key, purpose, at);
}

/// States one purpose. What a key signs, code does not say: that it signs is certain.
pub(in crate::infrastructure::terraform) fn signing_or(key: &mut Key, purpose: Purpose, at: Span) {
    key.purposes.state_list(at, 1);
    key.purposes.state(Spanned::new(purpose, at));
    if purpose.is_signing() {
        key.purposes.state_open();
    }
}

/// A key whose material is brought in. Material that is written is in the state and in the code.
fn external(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut key = begun(root, resource);
    let at = resource.at;
    let entity = &mut key.entity;
    entity.kind.state(Spanned::new(KeyKind::Symmetric, at));
    signing_or(entity, Purpose::Encryption, at);
    if let Some(material) = resource.get("key_material_base64") {
        let place = root.place(&material);
        let (custody, zone) = match material.as_text() {
            Some(_) => (Custody::Source, "source"),
            None => (Custody::State, "state"),
        };
        let zone = root.elsewhere(resource, zone, at);
        let id = format!("{} material", resource.id);
        let mut store: Import<KeyStore> = root.part(resource, id.clone(), at);
        store.entity.zone.state(Spanned::new(To::named(zone), at));
        store.entity.custody.state(Spanned::new(custody, place));
        root.lowering
            .declarations()
            .key_stores
            .push(store.finish(&[]));
        entity.replicas.state_list(place, 1);
        entity.replicas.state(Spanned::new(To::named(id), place));
    }
    root.lowering.declarations().keys.push(key.finish(&SILENT));
}

/// A copy of a key in another region. It is rotated and used as the key is.
fn replica(root: &mut Root<'_, '_, '_>, resource: &Resource, resources: &[&Resource]) {
    let of = resource
        .get("primary_key_arn")
        .and_then(|key| key.origin.of);
    let primary = resources.iter().find(|it| Some(it.instance) == of);
    if primary.is_some_and(|primary| primary.kind == "aws_kms_key") {
        let primary = primary.map(|primary| format!("keys/{}", primary.id));
        root.entities
            .extend(primary.map(|primary| (resource.instance, primary)));
        return;
    }
    let mut key = begun(root, resource);
    key.entity
        .kind
        .state(Spanned::new(KeyKind::Symmetric, resource.at));
    root.lowering.declarations().keys.push(key.finish(&SILENT));
}
