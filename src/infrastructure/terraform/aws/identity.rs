//! Roles, users and groups.

use super::{named, of};
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root, each};
use crate::model::{
    Category, Credential, Data, Field as _, Identity, IdentityKind, Mfa, Store, StoreKind, To,
};
use crate::source::{Span, Spanned};

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for kind in ["aws_iam_group", "aws_iam_user", "aws_iam_role"] {
        for resource in of(resources, kind) {
            root.identities
                .insert(resource.instance, resource.id.clone());
        }
    }
    for profile in of(resources, "aws_iam_instance_profile") {
        let role = profile
            .get("role")
            .or_else(|| each(profile.get("roles")).into_iter().next());
        let role = role.and_then(|role| named(resources, &["aws_iam_role"], "name", &role));
        if let Some(role) = role {
            root.identities.insert(profile.instance, role.id.clone());
        }
    }
    for resource in resources {
        match resource.kind.as_str() {
            "aws_iam_group" => {
                let (mut group, at) = begun(root, resource);
                group
                    .entity
                    .kind
                    .state(Spanned::new(IdentityKind::Group, at));
                finish(root, group);
            }
            "aws_iam_user" => user(root, resource, resources),
            "aws_iam_role" => role(root, resource, resources),
            _ => {}
        }
    }
}

fn begun(root: &mut Root<'_, '_, '_>, resource: &Resource) -> (Import<Identity>, Span) {
    let zone = root.account(resource);
    let mut identity: Import<Identity> = root.import(resource);
    let zone = Spanned::new(To::named(zone), resource.at);
    identity.entity.zone.state(zone);
    (identity, resource.at)
}

fn finish(root: &mut Root<'_, '_, '_>, identity: Import<Identity>) {
    let identity = identity.finish(&["memberOf", "assumes"]);
    root.lowering.declarations().identities.push(identity);
}

/// A user with an access key that signs in nowhere is a program's: a key is used by no person. Access
/// keys do not end ("Managing access keys for IAM users").
fn user(root: &mut Root<'_, '_, '_>, resource: &Resource, resources: &[&Resource]) {
    let (mut user, _) = begun(root, resource);
    let is_of = |it: &&Resource| {
        let name = it.get("user");
        let found = name.and_then(|name| named(resources, &["aws_iam_user"], "name", &name));
        found.is_some_and(|found| found.instance == resource.instance)
    };
    let key = of(resources, "aws_iam_access_key").find(is_of);
    let signs_in = of(resources, "aws_iam_user_login_profile").find(is_of);
    if let Some(key) = key {
        // An inactive key lets nobody in.
        let status = key.get("status").and_then(|status| status.as_text());
        if status.as_deref() != Some("Inactive") {
            let credential = Spanned::new(Credential::Static, key.at);
            user.entity.credential.state(credential);
            if signs_in.is_none() {
                let kind = Spanned::new(IdentityKind::Service, key.at);
                user.entity.kind.state(kind);
            }
            access_key(root, key, resource);
        }
    } else if let Some(profile) = signs_in {
        let credential = Spanned::new(Credential::Interactive, profile.at);
        user.entity.credential.state(credential);
    }
    let groups = of(resources, "aws_iam_user_group_membership").filter(is_of);
    let groups = groups.flat_map(|it| each(it.get("groups")));
    let groups: Vec<_> = groups
        .filter_map(|group| {
            let found = named(resources, &["aws_iam_group"], "name", &group)?;
            Some((found.id.clone(), group))
        })
        .collect();
    if !groups.is_empty() {
        user.entity.member_of.state_list(resource.at, groups.len());
        for (id, group) in groups {
            let place = root.place(&group);
            user.entity
                .member_of
                .state(Spanned::new(To::named(id), place));
        }
    }
    finish(root, user);
}

/// The secret half of an access key is in the state.
fn access_key(root: &mut Root<'_, '_, '_>, key: &Resource, user: &Resource) {
    let zone = root.elsewhere(key, "state", key.at);
    let mut data: Import<Data> = root.import(key);
    let at = key.at;
    data.entity.categories.state_list(at, 1);
    data.entity
        .categories
        .state(Spanned::new(Category::Credential, at));
    data.entity.authenticates.state_list(at, 1);
    data.entity
        .authenticates
        .state(Spanned::new(To::named(user.id.as_str()), at));
    root.lowering
        .declarations()
        .data
        .push(data.finish(&["authenticates"]));
    // With `pgp_key` it is encrypted there.
    if key.get("pgp_key").is_none() {
        let id = format!("{} in the state", key.id);
        let mut store: Import<Store> = root.part(key, id, at);
        store.entity.zone.state(Spanned::new(To::named(zone), at));
        store
            .entity
            .kind
            .state(Spanned::new(StoreKind::Artifact, at));
        store.entity.holds.state_list(at, 1);
        store
            .entity
            .holds
            .state(Spanned::new(To::named(key.id.as_str()), at));
        root.lowering
            .declarations()
            .stores
            .push(store.finish(&["holds", "encryptionKey"]));
    }
}

/// A role that a service assumes is a program's. Credentials of roles end within hours
/// ("AssumeRole", DurationSeconds).
fn role(root: &mut Root<'_, '_, '_>, resource: &Resource, resources: &[&Resource]) {
    let (mut role, at) = begun(root, resource);
    role.entity
        .credential
        .state(Spanned::new(Credential::ShortLived, at));
    let trust = resource.get("assume_role_policy");
    let trust = trust
        .map(|trust| super::policy::principals(&trust))
        .unwrap_or_default();
    let services = trust.iter().filter(|(kind, _)| kind == "Service");
    if services.count() == trust.len()
        && let Some((_, service)) = trust.first()
    {
        let place = root.place(service);
        role.entity
            .kind
            .state(Spanned::new(IdentityKind::Service, place));
        role.entity.mfa.state(Spanned::new(Mfa::None, place));
    }
    finish(root, role);
    for (number, (kind, principal)) in trust.iter().enumerate() {
        if kind == "AWS" {
            assumed(root, resource, principal, number, resources);
        }
    }
}

/// Whoever a role trusts can act as it.
fn assumed(
    root: &mut Root<'_, '_, '_>,
    role: &Resource,
    principal: &Value,
    number: usize,
    resources: &[&Resource],
) {
    let Some(identity) = super::policy::identity(root, role, principal, resources) else {
        return;
    };
    let id = format!("{}.assume_role_policy[{number}]", role.id);
    let on = format!("identities/{}", role.id);
    let actions = [crate::model::GrantAction::Execute];
    root.grant(role, id, (&identity, principal), &on, &actions);
}
