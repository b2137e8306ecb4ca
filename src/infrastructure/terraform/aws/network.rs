//! Networks as zones, and what security groups let through as conduits.

use std::collections::HashSet;

use super::of;
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::{Data, Value};
use crate::infrastructure::terraform::root::{Resource, Root, at, cause, each};
use crate::infrastructure::terraform::shared::administration_in;
use crate::model::{Conduit, Field as _, Inspection, Kind, To, ZoneKind};
use crate::source::{Span, Spanned};

/// Networks, subnets, and security groups that let something through.
pub(super) fn zones(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for kind in ["aws_vpc", "aws_default_vpc"] {
        for vpc in of(resources, kind) {
            let parent = root.account(vpc);
            root.zone(vpc, parent, ZoneKind::Network);
            range(root, vpc);
        }
    }
    for subnet in of(resources, "aws_subnet") {
        let parent = inside(root, subnet, "vpc_id");
        root.zone(subnet, parent, ZoneKind::Network);
        range(root, subnet);
    }
    let opened = opened(resources);
    for kind in ["aws_security_group", "aws_default_security_group"] {
        for group in of(resources, kind) {
            let parent = inside(root, group, "vpc_id");
            if lets_in_everyone(resources, group.instance, None) == Some(true) {
                root.open_groups.insert(group.instance);
            }
            match opened.contains(&group.instance) {
                true => root.zone(group, parent, ZoneKind::Network),
                // A group that lets nothing through is no place of its own.
                false => _ = root.zones.insert(group.instance, parent),
            }
        }
    }
}

/// The groups that a rule is of, or that a rule refers to.
fn opened(resources: &[&Resource]) -> HashSet<u32> {
    let mut all = HashSet::new();
    for resource in resources {
        let has_own = ["ingress", "egress"]
            .iter()
            .any(|kind| !resource.blocks(kind).is_empty());
        match resource.kind.as_str() {
            "aws_security_group" | "aws_default_security_group" if has_own => {
                all.insert(resource.instance);
                for kind in ["ingress", "egress"] {
                    for rule in resource.blocks(kind) {
                        let groups = each(at(&rule, "security_groups"));
                        all.extend(groups.iter().filter_map(|group| group.origin.of));
                    }
                }
            }
            "aws_security_group_rule"
            | "aws_vpc_security_group_ingress_rule"
            | "aws_vpc_security_group_egress_rule" => {
                let names = [
                    "security_group_id",
                    "source_security_group_id",
                    "referenced_security_group_id",
                ];
                let groups = names.iter().filter_map(|name| resource.get(name));
                all.extend(groups.filter_map(|group| group.origin.of));
            }
            _ => {}
        }
    }
    all
}

fn range(root: &mut Root<'_, '_, '_>, network: &Resource) {
    if let Some(range) = network.get("cidr_block").and_then(|range| range.as_text()) {
        root.ranges.insert(range.to_string(), network.id.clone());
    }
}

/// The zone that an attribute refers to; the account if it refers to none that is known.
pub(super) fn inside(root: &mut Root<'_, '_, '_>, resource: &Resource, attribute: &str) -> String {
    let of = resource.get(attribute).and_then(|value| value.origin.of);
    match of.and_then(|of| root.zones.get(&of)) {
        Some(zone) => zone.clone(),
        None => root.account(resource),
    }
}

/// The zone of something in security groups or subnets: the first of either that is known, of several groups
/// the first that lets the internet in.
pub(super) fn placed(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    attributes: &[&str],
) -> (String, Span) {
    for attribute in attributes {
        let all = each(resource.get(attribute));
        let is_known = |it: &&Value| it.origin.of.is_some_and(|of| root.zones.contains_key(&of));
        let is_open = |it: &&Value| {
            it.origin
                .of
                .is_some_and(|of| root.open_groups.contains(&of))
        };
        let mut known = all.iter().filter(is_known);
        let open = all.iter().filter(is_known).find(is_open);
        if let Some(value) = open.or_else(|| known.next())
            && let Some(zone) = value.origin.of.and_then(|of| root.zones.get(&of))
        {
            let zone = zone.clone();
            return (zone, root.place(value));
        }
    }
    (root.account(resource), resource.at)
}

/// Whether a group lets the internet in at a port, or at any if that is not known; `None` if a rule of it
/// is not known, or it is no group of this root.
pub(super) fn lets_in_everyone(
    resources: &[&Resource],
    group: u32,
    port: Option<&i64>,
) -> Option<bool> {
    let own = resources.iter().find(|it| it.instance == group)?;
    if !own.kind.ends_with("_security_group") {
        return None;
    }
    let mut rules = own.blocks("ingress");
    for rule in resources {
        let of_group = rule.get("security_group_id").and_then(|it| it.origin.of);
        let comes_in = match rule.kind.as_str() {
            "aws_vpc_security_group_ingress_rule" => true,
            "aws_security_group_rule" => {
                let direction = rule.get("type").and_then(|it| it.as_text());
                direction.as_deref() == Some("ingress")
            }
            _ => false,
        };
        if comes_in && of_group == Some(group) {
            rules.push(rule.body.clone());
        }
    }
    let mut known = Some(false);
    for rule in rules {
        if matches!(rule.data, Data::Unknown(_)) {
            known = None;
            continue;
        }
        let number = |name| at(&rule, name).and_then(|it| it.as_number());
        let range = number("from_port").zip(number("to_port"));
        let is_port = range.zip(port).is_none_or(|((from, to), port)| {
            (from as i64..=to as i64).contains(port) || from as i64 <= 0 && to as i64 <= 0
        });
        for range in RANGES.iter().flat_map(|name| each(at(&rule, name))) {
            match range.as_text() {
                Some(_) if is_port && is_everyone(&range) => return Some(true),
                Some(_) => {}
                // A range that is that of a network of this root is not the internet.
                None if range.origin.of.is_some() => {}
                None => known = None,
            }
        }
    }
    known
}

/// What security groups and peerings let through.
pub(super) fn conduits(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    for resource in resources {
        match resource.kind.as_str() {
            "aws_security_group" | "aws_default_security_group" => {
                for (kind, comes_in) in [("ingress", true), ("egress", false)] {
                    for (number, rule) in resource.blocks(kind).iter().enumerate() {
                        let name = format!("{kind}[{number}]");
                        let own = root.zones.get(&resource.instance).cloned();
                        own_rule(root, resource, rule, &name, own, comes_in);
                    }
                }
            }
            "aws_security_group_rule" => {
                let direction = resource.get("type").and_then(|it| it.as_text());
                let comes_in = match direction.as_deref() {
                    Some("egress") => false,
                    Some("ingress") => true,
                    _ => continue,
                };
                let own = group_of(root, resource, comes_in);
                own_rule(root, resource, &resource.body, "", own, comes_in);
            }
            "aws_vpc_security_group_ingress_rule" => {
                let own = group_of(root, resource, true);
                own_rule(root, resource, &resource.body, "", own, true);
            }
            "aws_vpc_security_group_egress_rule" => {
                let own = group_of(root, resource, false);
                own_rule(root, resource, &resource.body, "", own, false);
            }
            "aws_vpc_peering_connection" => peering(root, resource),
            _ => {}
        }
    }
}

/// The zone of the group that a rule is of. One of elsewhere is told of only if the rule lets the internet in.
fn group_of(root: &mut Root<'_, '_, '_>, rule: &Resource, comes_in: bool) -> Option<String> {
    let group = rule.get("security_group_id")?;
    if let Some(own) = group.origin.of.and_then(|of| root.zones.get(&of)) {
        return Some(own.clone());
    }
    let mut ranges = RANGES.iter().flat_map(|name| each(rule.get(name)));
    let is_open = ranges.any(|range| is_everyone(&range));
    (is_open && comes_in).then(|| root.unnamed(rule, &group, "group"))
}

/// The arguments that list ranges of addresses.
const RANGES: [&str; 4] = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];

/// Whether a range is all of the internet.
fn is_everyone(range: &Value) -> bool {
    matches!(range.as_text().as_deref(), Some("0.0.0.0/0" | "::/0"))
}

/// The arguments that say who is on the other side.
const OTHERS: [&str; 9] = [
    "cidr_blocks",
    "ipv6_cidr_blocks",
    "cidr_ipv4",
    "cidr_ipv6",
    "security_groups",
    "source_security_group_id",
    "referenced_security_group_id",
    "vpc_id",
    "subnet_id",
];

fn own_rule(
    root: &mut Root<'_, '_, '_>,
    resource: &Resource,
    rule: &Value,
    name: &str,
    own: Option<String>,
    comes_in: bool,
) {
    let Some(own) = own else {
        return;
    };
    let mut seen = HashSet::new();
    for other in OTHERS.iter().flat_map(|other| each(at(rule, other))) {
        let of_group = other.origin.of.and_then(|of| root.zones.get(&of)).cloned();
        let Some(zone) = of_group.or_else(|| root.range(resource, &other)) else {
            continue;
        };
        if zone == own || !seen.insert(zone.clone()) {
            continue;
        }
        let dot = if name.is_empty() { "" } else { "." };
        let many = match seen.len() {
            1 => String::new(),
            number => format!(" ({number})"),
        };
        let id = format!("{}{dot}{name}{many}", resource.id);
        let here = root.place(&other);
        let at = match name {
            "" => resource.at,
            _ => rule.origin.at,
        };
        let mut conduit: Import<Conduit> = root.part(resource, id, at);
        let entity = &mut conduit.entity;
        let (from, to) = match comes_in {
            true => (zone, own.clone()),
            false => (own.clone(), zone),
        };
        entity.from.state(Spanned::new(To::named(from), here));
        entity.to.state(Spanned::new(To::named(to), here));
        // A security group sees addresses and ports, and lets answers back in.
        entity.inspection.state(Spanned::new(Inspection::L4, at));
        entity.one_way.state(Spanned::new(false, at));
        ports(root, rule, entity);
        let conduit = conduit.finish(&["inspectionKey", "status"]);
        root.lowering.declarations().conduits.push(conduit);
    }
}

fn ports(root: &mut Root<'_, '_, '_>, rule: &Value, conduit: &mut Conduit) {
    let protocol = at(rule, "protocol").or_else(|| at(rule, "ip_protocol"));
    let text = protocol.as_ref().and_then(Value::as_text);
    let from = at(rule, "from_port");
    let to = at(rule, "to_port");
    let at_rule = rule.origin.at;
    let every = match text.as_deref() {
        Some("-1" | "all") => protocol.clone(),
        _ => None,
    };
    let numbers = from.as_ref().zip(to.as_ref());
    let numbers = numbers
        .and_then(|(from, to)| Some((from.as_number()? as i64, to.as_number()? as i64, from)));
    let (ports, place) = match (every, numbers) {
        (Some(protocol), _) => (Conduit::EVERY_PORT.to_owned(), root.place(&protocol)),
        (None, Some((from, to, value))) => {
            let text = match (from, to, text.as_deref()) {
                (-1, -1, _) | (_, _, Some("icmp" | "icmpv6" | "1" | "58")) => "icmp".to_owned(),
                (0, 65535, Some("udp" | "17")) => "udp".to_owned(),
                (0, 65535, _) => Conduit::EVERY_PORT.to_owned(),
                (from, to, _) if from == to => from.to_string(),
                (from, to, _) => format!("{from}-{to}"),
            };
            (text, root.place(value))
        }
        (None, None) => {
            let unknown = [protocol, from, to].into_iter().flatten();
            let mut unknown = unknown.filter_map(|value| match &value.data {
                Data::Unknown(unknown) => Some((unknown.cause, value.clone())),
                Data::Choice(_) => Some((
                    crate::infrastructure::terraform::eval::Cause::NoValue,
                    value.clone(),
                )),
                _ => None,
            });
            if let Some((why, value)) = unknown.next() {
                let place = root.place(&value);
                match cause(why) {
                    Some(cause) => conduit.ports.state_unresolved(place, cause),
                    None => conduit.ports.state_broken(place),
                }
            }
            return;
        }
    };
    let inside = match text.as_deref() {
        Some("udp" | "17") => Vec::new(),
        _ => administration_in(&ports),
    };
    conduit.ports.state_list(at_rule, 1 + inside.len());
    for port in std::iter::once(ports).chain(inside) {
        conduit.ports.state(Spanned::new(port.into(), place));
    }
}

/// Two networks as one: each begins connections.
fn peering(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let ends = ["vpc_id", "peer_vpc_id"].map(|name| resource.get(name));
    let [Some(one), Some(other)] = ends else {
        return;
    };
    let mut zones = Vec::new();
    for end in [&one, &other] {
        let known = end.origin.of.and_then(|of| root.zones.get(&of)).cloned();
        let zone = match (known, end.as_text()) {
            (Some(zone), _) => zone,
            (None, Some(text)) => root.elsewhere(resource, &text, end.origin.at),
            (None, None) => root.elsewhere(resource, "peer network", end.origin.at),
        };
        zones.push((zone, root.place(end)));
    }
    let [(one, one_at), (other, other_at)] = zones.as_slice() else {
        return;
    };
    for (from, to, at, way) in [(one, other, other_at, "out"), (other, one, one_at, "in")] {
        let id = format!("{}.{way}", resource.id);
        if from == to || !root.is_new(Kind::Conduit, &id) {
            continue;
        }
        let conduit: Import<Conduit> = root.part(resource, id, resource.at);
        root.add_peering(conduit, [from, to], *at, resource.at);
    }
}
