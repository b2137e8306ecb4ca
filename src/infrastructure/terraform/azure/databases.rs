//! Servers of databases, and whom their firewalls let in.

use super::{named, of};
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root};
use crate::model::{Encryption, Field as _, Store, StoreKind, To};
use crate::source::Spanned;

/// The servers, each with the rules of its firewall.
const SERVERS: [(&str, &str); 5] = [
    ("azurerm_mssql_server", "azurerm_mssql_firewall_rule"),
    (
        "azurerm_mysql_flexible_server",
        "azurerm_mysql_flexible_server_firewall_rule",
    ),
    ("azurerm_mysql_server", "azurerm_mysql_firewall_rule"),
    (
        "azurerm_postgresql_flexible_server",
        "azurerm_postgresql_flexible_server_firewall_rule",
    ),
    (
        "azurerm_postgresql_server",
        "azurerm_postgresql_firewall_rule",
    ),
];

pub(super) fn lower(root: &mut Root<'_, '_, '_>, all: &[&Resource]) {
    for (server, rule) in SERVERS {
        for resource in of(all, server) {
            database(root, resource, (server, rule), all);
        }
    }
}

/// What is stored is encrypted by the provider at least ("Transparent data encryption for SQL Database";
/// "Security in Azure Database for PostgreSQL", and for MySQL).
fn database(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    (server, rule): (&str, &str),
    all: &[&Resource],
) {
    let zone = root.account(resource);
    let mut store: Import<Store> = root.import(resource);
    let entity = &mut store.entity;
    let at = resource.at;
    entity.zone.state(Spanned::new(To::named(zone), at));
    entity.kind.state(Spanned::new(StoreKind::Database, at));
    entity
        .encryption
        .state(Spanned::new(Encryption::Provider, at));
    let flags = ["public_network_access_enabled", "public_network_access"];
    let flag = flags.iter().find_map(|name| resource.get(name));
    let is_off = |flag: &Value| {
        flag.as_bool() == Some(false) || flag.as_text().as_deref() == Some("Disabled")
    };
    let inside = resource.get("delegated_subnet_id");
    let shut = flag.filter(is_off).or(inside);
    let open = of(all, rule).find_map(|it| {
        let to = it.get("server_id").or_else(|| it.get("server_name"))?;
        let is_own = named(all, server, &to)?.instance == resource.instance;
        let ends = ["start_ip_address", "end_ip_address"].map(|name| it.get(name));
        let texts = ends.clone().map(|end| end.and_then(|end| end.as_text()));
        let is_wide = matches!(
            texts.each_ref().map(|text| text.as_deref()),
            [Some("0.0.0.0"), Some("255.255.255.255")]
        );
        let [_, end] = ends;
        end.filter(|_| is_own && is_wide)
    });
    if let Some(shut) = shut {
        let place = root.place(&shut);
        store.entity.public.state(Spanned::new(false, place));
    } else if let Some(open) = open {
        let place = root.place(&open);
        store.entity.public.state(Spanned::new(true, place));
    }
    root.entities
        .insert(resource.instance, format!("stores/{}", resource.id));
    let store = store.finish(&["holds", "encryptionKey"]);
    root.lowering.declarations().stores.push(store);
}
