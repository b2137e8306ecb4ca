//! Groups of rules: what they let into, and out of, the subnets and machines that they are joined to.

use std::collections::BTreeMap;

use super::{named, of};
use crate::infrastructure::terraform::eval::Value;
use crate::infrastructure::terraform::root::{Resource, Root, at, each};
use crate::infrastructure::terraform::shared::Way;
use crate::model::{Conduit, ZoneKind};

/// The subnets that groups are joined to, by group.
fn joined(root: &Root<'_, '_, '_>, all: &[&Resource]) -> BTreeMap<u32, Vec<String>> {
    let mut joined: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for join in of(all, "azurerm_subnet_network_security_group_association") {
        let ends = ["network_security_group_id", "subnet_id"].map(|name| join.get(name));
        let [Some(group), Some(subnet)] = ends else {
            continue;
        };
        let zone = subnet.origin.of.and_then(|of| root.zones.get(&of)).cloned();
        if let (Some(group), Some(zone)) = (group.origin.of, zone) {
            joined.entry(group).or_default().push(zone);
        }
    }
    joined
}

/// Where network interfaces are: in the group that they are joined to, or else in their subnet. A group that
/// is joined to no subnet is a zone of its own.
pub(super) fn zones(root: &mut Root<'_, '_, '_>, all: &[&Resource]) {
    let joined = joined(root, all);
    let mut subnets = BTreeMap::new();
    for interface in of(all, "azurerm_network_interface") {
        let subnet = interface.get("ip_configuration.subnet_id");
        let zone = subnet
            .and_then(|it| root.zones.get(&it.origin.of?))
            .cloned();
        if let Some(zone) = zone {
            subnets.insert(interface.instance, zone.clone());
            root.zones.insert(interface.instance, zone);
        }
    }
    let associations = of(all, "azurerm_network_interface_security_group_association");
    let pairs: Vec<(u32, u32)> = associations
        .filter_map(|it| {
            let group = it.get("network_security_group_id")?.origin.of?;
            Some((group, it.get("network_interface_id")?.origin.of?))
        })
        .collect();
    for group in of(all, "azurerm_network_security_group") {
        let has_rules = !group.blocks("security_rule").is_empty()
            || of(all, "azurerm_network_security_rule").any(|rule| is_of(rule, group, all));
        if joined.contains_key(&group.instance) || !has_rules {
            continue;
        }
        let interfaces = pairs.iter().filter(|(of, _)| *of == group.instance);
        let around = interfaces.clone().find_map(|(_, of)| subnets.get(of));
        let parent = around.cloned().unwrap_or_else(|| root.account(group));
        root.zone(group, parent, ZoneKind::Network);
        for (_, interface) in interfaces {
            root.zones.insert(*interface, group.id.clone());
        }
    }
}

fn is_of(rule: &Resource, group: &Resource, all: &[&Resource]) -> bool {
    let name = rule.get("network_security_group_name");
    let found = name.and_then(|it| named(all, "azurerm_network_security_group", &it));
    found.is_some_and(|found| found.instance == group.instance)
}

/// A rule of a group.
struct Rule<'r> {
    by: &'r Resource,
    body: Value,
    /// What its conduits are called.
    id: String,
}

impl Rule<'_> {
    fn text(&self, name: &str) -> Option<std::sync::Arc<str>> {
        at(&self.body, name).and_then(|value| value.as_text())
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    /// All that one of two arguments lists: one for a value, one for many.
    fn all(&self, one: &str, many: &str) -> Vec<Value> {
        let mut all = each(at(&self.body, one));
        all.extend(each(at(&self.body, many)));
        all
    }

    fn priority(&self) -> Option<i64> {
        let priority = at(&self.body, "priority")?.as_number()?;
        Some(priority as i64)
    }

    /// Whether it denies all that `other` allows, and comes before it: rules hold in the order of their
    /// priorities, and the first that fits decides ("Network security groups").
    fn takes_away(&self, other: &Rule<'_>) -> bool {
        let comes_before = self.priority().zip(other.priority());
        let fits = |one: &str, many: &str| {
            let (own, others) = (self.all(one, many), other.all(one, many));
            let is_any = own.iter().any(is_anything);
            is_any
                || !others.is_empty()
                    && others.iter().all(|other| {
                        let text = other.as_text();
                        text.is_some() && own.iter().any(|own| own.as_text() == text)
                    })
        };
        self.says("access", "deny")
            && comes_before.is_some_and(|(own, other)| own < other)
            && self.text("direction").map(|it| it.to_ascii_lowercase())
                == other.text("direction").map(|it| it.to_ascii_lowercase())
            && fits("protocol", "")
            && fits("source_address_prefix", "source_address_prefixes")
            && fits("source_port_range", "source_port_ranges")
            && fits("destination_address_prefix", "destination_address_prefixes")
            && fits("destination_port_range", "destination_port_ranges")
    }
}

fn is_anything(value: &Value) -> bool {
    let text = value.as_text();
    matches!(
        text.as_deref(),
        Some("*" | "Any" | "any" | "0.0.0.0/0" | "0-65535")
    )
}

/// What the rules let through.
pub(super) fn lower(root: &mut Root<'_, '_, '_>, all: &[&Resource]) {
    let joined = joined(root, all);
    for group in of(all, "azurerm_network_security_group") {
        let inline = group.blocks("security_rule");
        let inline = inline.into_iter().enumerate().map(|(number, body)| Rule {
            by: group,
            body,
            id: format!("{}.security_rule[{number}]", group.id),
        });
        let apart = of(all, "azurerm_network_security_rule");
        let apart = apart
            .filter(|rule| is_of(rule, group, all))
            .map(|rule| Rule {
                by: rule,
                body: rule.body.clone(),
                id: rule.id.clone(),
            });
        let rules: Vec<Rule<'_>> = inline.chain(apart).collect();
        let own = root.zones.get(&group.instance).cloned();
        let zones = joined.get(&group.instance).cloned();
        for rule in &rules {
            if rules.iter().any(|other| other.takes_away(rule)) {
                continue;
            }
            for zone in zones.iter().flatten() {
                allowed(root, rule, &format!("{} {zone}", rule.id), zone);
            }
            if let Some(own) = &own {
                allowed(root, rule, &rule.id, own);
            }
        }
    }
}

/// One rule. A rule that denies opens nothing.
fn allowed(root: &mut Root<'_, '_, '_>, rule: &Rule<'_>, id: &str, zone: &str) {
    if rule.text("access").is_some() && !rule.says("access", "allow") {
        return;
    }
    let comes_in = match rule.text("direction").as_deref() {
        Some(it) if it.eq_ignore_ascii_case("inbound") => true,
        Some(it) if it.eq_ignore_ascii_case("outbound") => false,
        _ => return,
    };
    let others = match comes_in {
        true => rule.all("source_address_prefix", "source_address_prefixes"),
        false => rule.all("destination_address_prefix", "destination_address_prefixes"),
    };
    let mut ports = Vec::new();
    let protocol = rule.text("protocol").map(|it| it.to_ascii_lowercase());
    for port in rule.all("destination_port_range", "destination_port_ranges") {
        if let Some(text) = port.as_text() {
            let is_all = &*text == "*" || &*text == "0-65535";
            // All of one protocol, but for that of sessions, are not every port.
            let text = match protocol.as_deref() {
                Some(protocol @ ("icmp" | "udp" | "esp" | "ah")) if is_all => protocol,
                _ if is_all => Conduit::EVERY_PORT,
                _ => &text,
            };
            ports.push((text.to_owned(), root.place(&port)));
        }
    }
    for (number, other) in others.iter().enumerate() {
        // A tag of a service, but for the internet, stands for addresses that are not listed.
        let is_tag = other.as_text().is_some_and(|text| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && !matches!(&*text, "Internet" | "Any" | "any")
        });
        if is_tag {
            continue;
        }
        let Some(far) = root.range(rule.by, other) else {
            continue;
        };
        let said_at = root.place(other);
        let id = match number {
            0 => id.to_owned(),
            number => format!("{id} ({number})"),
        };
        let ends = match comes_in {
            true => (far.as_str(), zone),
            false => (zone, far.as_str()),
        };
        root.way(
            rule.by,
            Way {
                id,
                at: rule.body.origin.at,
                ends,
                said_at,
                ports: ports.clone(),
                is_udp: rule.says("protocol", "udp"),
            },
        );
    }
}
