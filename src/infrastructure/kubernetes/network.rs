//! What the network lets through: policies, and what the internet is let in by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cluster::Cluster;
use super::resource::{Resource, place, text};
use crate::infrastructure::{Import, Lowering};
use crate::model::{
    Conduit, ConduitKind, Exposure, Field as _, Inspection, Isolation, To, Zone, ZoneKind,
};
use crate::source::{Span, Spanned, Via};
use crate::syntax::Node;

/// What the network of a system comes to, for its namespaces and its pods.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// The namespaces of which every connection that no policy lists is refused, and where that is said.
    pub(super) isolated: BTreeMap<Box<str>, Span>,
    /// The workloads that the internet is let in to, by address.
    pub(super) exposed: HashMap<String, Spanned<Exposure>>,
}

/// Adds the conduits of a system, and says what follows for its namespaces and pods.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) -> Network {
    let mut network = Network::default();
    let mut conduits = Conduits::default();
    let (mut inward, mut outward) = (BTreeMap::new(), BTreeMap::new());
    for resource in &cluster.system.resources {
        match (resource.kind(), resource.group()) {
            ("NetworkPolicy", "networking.k8s.io" | "extensions") => {
                let namespace = namespace_of(resource);
                if let Some(span) = denies(resource, "Ingress") {
                    inward.entry(namespace.clone()).or_insert(span);
                }
                if let Some(span) = denies(resource, "Egress") {
                    outward.entry(namespace.clone()).or_insert(span);
                }
                policy(cluster, resource, &mut conduits, lowering);
            }
            ("Ingress", "networking.k8s.io" | "extensions") => {
                ingress(cluster, resource, &mut network, &mut conduits, lowering);
            }
            ("Service", "") => {
                balancer(cluster, resource, &mut network, &mut conduits, lowering);
            }
            _ => {}
        }
    }
    network.isolated = inward
        .into_iter()
        .filter(|(namespace, _)| outward.contains_key(namespace))
        .collect();
    network
}

/// Shuts off a namespace, where its policies do.
pub(super) fn isolate(network: &Network, namespace: &str, zone: &mut Zone) {
    if let Some(span) = network.isolated.get(namespace) {
        zone.isolation
            .state(Spanned::new(Isolation::Restricted, *span));
    }
}

fn namespace_of(resource: &Resource) -> Box<str> {
    resource.namespace().map(|it| it.value).unwrap_or_default()
}

/// Where a policy refuses every connection of a direction that no policy lists: it selects all pods,
/// and is about that direction (Kubernetes API, NetworkPolicySpec: a policy without `policyTypes` is
/// about ingress, and about egress only if it has rules of it).
fn denies(policy: &Resource, direction: &str) -> Option<Span> {
    let spec = policy.spec()?;
    let selector = spec.get("podSelector");
    let selects_all = selector.is_none_or(|selector| selector.entries().is_empty());
    let types = spec.get("policyTypes").map_or(&[][..], Node::items);
    let named = types.iter().find(|it| it.str() == Some(direction));
    let at = match (named, types.is_empty(), direction) {
        (Some(named), ..) => named.span,
        (None, true, "Ingress") => selector.map_or(spec.span, |it| it.span),
        (None, true, _) => spec.get("egress")?.span,
        _ => return None,
    };
    selects_all.then_some(at)
}

/// The conduits of a system: what they are called is told apart.
#[derive(Default)]
struct Conduits {
    called: BTreeSet<String>,
    /// The networks outside, by address.
    networks: BTreeSet<String>,
}

/// An end of a conduit: a zone, and the place that names it.
type End = Spanned<String>;

impl Conduits {
    fn add(
        &mut self,
        cluster: &Cluster<'_>,
        resource: &Resource,
        (from, to): (End, End),
        ports: Vec<Spanned<Box<str>>>,
        lowering: &mut Lowering<'_>,
    ) {
        if from.value == to.value {
            return;
        }
        let at = place(resource);
        let own = cluster.id(&resource.address());
        let short = |zone: &str| zone.rsplit(['/', ':']).next().unwrap_or(zone).to_owned();
        let mut id = format!("{own} from {} to {}", short(&from.value), short(&to.value));
        let first = id.clone();
        let mut number = 1;
        while !self.called.insert(id.clone()) {
            number += 1;
            id = format!("{first} ({number})");
        }
        let from_code = resource.import(&cluster.system.name);
        let mut import = Import::<Conduit>::new(id, at, from_code);
        let conduit = &mut import.entity;
        conduit
            .from
            .state(Spanned::new(To::named(from.value), from.span));
        conduit.to.state(Spanned::new(To::named(to.value), to.span));
        let list = ports.first().map_or(at, |port| port.span);
        conduit.ports.state_list(list, ports.len());
        for port in ports {
            conduit.ports.state(port);
        }
        // Policies look at addresses and ports; answers flow back.
        conduit.one_way.state(Spanned::new(false, at));
        conduit.kind.state(Spanned::new(ConduitKind::Data, at));
        if resource.kind() == "NetworkPolicy" {
            conduit.inspection.state(Spanned::new(Inspection::L4, at));
        }
        let conduit = import.finish(&["status", "inspectionKey", "failClosed"]);
        lowering.declarations().conduits.push(conduit);
    }

    /// The zone of an address range: the internet, or a network outside that is known by it.
    fn network(
        &mut self,
        cluster: &Cluster<'_>,
        resource: &Resource,
        range: &Spanned<Box<str>>,
        lowering: &mut Lowering<'_>,
    ) -> End {
        if matches!(&*range.value, "0.0.0.0/0" | "::/0") {
            return Spanned::new("internet".to_owned(), range.span);
        }
        let id = cluster.id(&format!("network {}", range.value));
        if self.networks.insert(id.clone()) {
            let from = cluster.implied_by(resource, "network", "", &range.value);
            let mut import = Import::<Zone>::new(id.clone(), range.span, from);
            let kind = Spanned::new(ZoneKind::Network, range.span);
            import.entity.kind.state(kind);
            let zone = import.finish(&["parent"]);
            lowering.declarations().zones.push(zone);
        }
        Spanned::new(id, range.span)
    }
}

/// Each rule of a policy is a conduit from or to each of its peers.
fn policy(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) {
    let own = namespace_of(resource);
    let here = Spanned::new(cluster.zone_id(&own), place(resource));
    for (rules, peers, is_inward) in [("ingress", "from", true), ("egress", "to", false)] {
        let rules = resource.spec().and_then(|spec| spec.get(rules));
        for rule in rules.map_or(&[][..], Node::items) {
            let all = rule.get(peers).map_or(&[][..], Node::items);
            let mut ends = Vec::new();
            for peer in all {
                ends.extend(peer_zones(cluster, resource, peer, conduits, lowering));
            }
            if all.is_empty() {
                // No peer means every one.
                ends.push(match is_inward {
                    true => Spanned::new(cluster.cluster_id(), rule.span),
                    false => Spanned::new("internet".to_owned(), rule.span),
                });
            }
            for end in ends {
                let ports = ports(rule);
                let ends = match is_inward {
                    true => (end, here.clone()),
                    false => (here.clone(), end),
                };
                conduits.add(cluster, resource, ends, ports, lowering);
            }
        }
    }
}

/// The zones that a peer of a policy is in; none of pods in the same namespace.
fn peer_zones(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    peer: &Node,
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) -> Vec<End> {
    if let Some(range) = peer.at(&["ipBlock", "cidr"]).and_then(text) {
        return vec![conduits.network(cluster, resource, &range, lowering)];
    }
    let Some(selector) = peer.get("namespaceSelector") else {
        return Vec::new();
    };
    if selector.entries().is_empty() {
        return vec![Spanned::new(cluster.cluster_id(), selector.span)];
    }
    let labels = selector.get("matchLabels");
    // Every namespace has this label, with its name (Kubernetes 1.21, NamespaceDefaultLabelName).
    let by_name = labels.and_then(|labels| labels.get("kubernetes.io/metadata.name"));
    if let Some(name) = by_name.and_then(text) {
        cluster.imply_namespace(&name.value, name.span);
        return vec![Spanned::new(cluster.zone_id(&name.value), name.span)];
    }
    let Some(labels) = labels else {
        return Vec::new();
    };
    let declared = cluster.system.resources.iter().filter(|resource| {
        let all = resource.node.at(&["metadata", "labels"]);
        resource.kind() == "Namespace"
            && labels.entries().iter().all(|(name, value)| {
                let label = all.and_then(|all| all.get(&name.value));
                label.and_then(Node::scalar) == value.scalar()
            })
    });
    declared
        .map(|namespace| {
            let zone = cluster.zone_id(&namespace.name().value);
            Spanned::new(zone, labels.span)
        })
        .collect()
}

/// The ports of a rule; `any` where it lists none.
fn ports(rule: &Node) -> Vec<Spanned<Box<str>>> {
    let listed = rule.get("ports").map_or(&[][..], Node::items);
    let ports = listed.iter().map(|port| {
        let number = port.get("port").and_then(text);
        let end = port.get("endPort").and_then(Node::scalar);
        match (number, end) {
            (Some(first), Some(last)) => {
                Spanned::new(format!("{}-{last}", first.value).into(), first.span)
            }
            (Some(number), None) => number,
            _ => Spanned::new(Conduit::EVERY_PORT.into(), port.span),
        }
    });
    let ports: Vec<_> = ports.collect();
    match ports.is_empty() {
        true => vec![Spanned::new(Conduit::EVERY_PORT.into(), rule.span)],
        false => ports,
    }
}

/// What an Ingress lets in: the internet, unless it says that it is for inside.
fn ingress(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    network: &mut Network,
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) {
    let class = resource.node.at(&["spec", "ingressClassName"]);
    if class.and_then(Node::str).is_some_and(is_inside) || is_annotated_inside(resource) {
        return;
    }
    let namespace = namespace_of(resource);
    let Some(spec) = resource.spec() else {
        return;
    };
    let mut backends = Vec::new();
    let first = spec.get("defaultBackend").or(spec.get("backend"));
    backends.extend(first);
    for rule in spec.get("rules").map_or(&[][..], Node::items) {
        let paths = rule.at(&["http", "paths"]);
        let paths = paths.map_or(&[][..], Node::items).iter();
        backends.extend(paths.filter_map(|path| path.get("backend")));
    }
    let mut reached = None;
    for backend in backends {
        let name = backend
            .at(&["service", "name"])
            .or(backend.get("serviceName"));
        if let Some(name) = name.and_then(text) {
            expose(cluster, &namespace, &name, None, network, lowering);
            reached.get_or_insert(name.span);
        }
    }
    if let Some(span) = reached {
        let secure = spec.get("tls").is_some();
        let port = if secure { "443" } else { "80" };
        let ends = (
            Spanned::new("internet".to_owned(), span),
            Spanned::new(cluster.zone_id(&namespace), span),
        );
        let ports = vec![Spanned::new(port.into(), span)];
        conduits.add(cluster, resource, ends, ports, lowering);
    }
}

/// What a Service of type LoadBalancer lets in: the internet, unless it lists who may come, or says
/// that it is for inside.
fn balancer(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    network: &mut Network,
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) {
    let Some(spec) = resource.spec() else {
        return;
    };
    let ty = spec
        .get("type")
        .filter(|ty| ty.str() == Some("LoadBalancer"));
    let ranges = spec.get("loadBalancerSourceRanges");
    let ranges = ranges.map_or(&[][..], Node::items).iter();
    let ranges: Vec<_> = ranges.filter_map(text).collect();
    let is_open = |range: &Spanned<Box<str>>| matches!(&*range.value, "0.0.0.0/0" | "::/0");
    let is_listed = !ranges.is_empty() && !ranges.iter().any(is_open);
    let Some(ty) = ty.filter(|_| !is_listed && !is_annotated_inside(resource)) else {
        return;
    };
    let namespace = namespace_of(resource);
    let name = resource.name();
    expose(cluster, &namespace, &name, Some(ty.span), network, lowering);
    let ports = spec.get("ports").map_or(&[][..], Node::items).iter();
    let ports = ports.filter_map(|port| port.get("port").and_then(text));
    let ends = (
        Spanned::new("internet".to_owned(), ty.span),
        Spanned::new(cluster.zone_id(&namespace), ty.span),
    );
    conduits.add(cluster, resource, ends, ports.collect(), lowering);
}

/// Says of the pods behind a Service that they take anybody's input: `at` says so, or what names it.
fn expose(
    cluster: &Cluster<'_>,
    namespace: &str,
    service: &Spanned<Box<str>>,
    at: Option<Span>,
    network: &mut Network,
    lowering: &mut Lowering<'_>,
) {
    let Some(resource) = cluster.find("Service", namespace, &service.value) else {
        return;
    };
    let selector = resource.node.at(&["spec", "selector"]);
    let Some(selector) = selector.filter(|it| !it.entries().is_empty()) else {
        return;
    };
    for pod in &cluster.system.resources {
        let selected = pod.pod().is_some_and(|template| {
            let labels = template.metadata.and_then(|it| it.get("labels"));
            selector.entries().iter().all(|(name, value)| {
                let label = labels.and_then(|labels| labels.get(&name.value));
                label.and_then(Node::scalar) == value.scalar()
            })
        });
        if selected && &*namespace_of(pod) == namespace {
            network.exposed.entry(pod.address()).or_insert_with(|| {
                let written = at.unwrap_or(service.span);
                let span = lowering.place(written, &[(selector.span, Via::Use)]);
                Spanned::new(Exposure::Internet, span)
            });
        }
    }
}

/// Whether an annotation says that a load balancer or an Ingress is for inside only.
fn is_annotated_inside(resource: &Resource) -> bool {
    let annotations = resource.node.at(&["metadata", "annotations"]);
    let mut all = annotations.map_or(&[][..], Node::entries).iter();
    all.any(|(name, value)| {
        let value = value.scalar().unwrap_or_default();
        let is_of = name.value.contains("load-balancer")
            || name.value.contains("ingress.class")
            || name.value.ends_with("/scheme")
            || name.value.contains("lb-internal");
        is_of && (is_inside(&value) || name.value.contains("internal") && value == "true")
    })
}

fn is_inside(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("internal") || text.contains("private")
}
