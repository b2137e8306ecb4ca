//! What the internet is let in by: Ingresses, Services of type LoadBalancer, and routes of the Gateway API.
//!
//! Each is taken to be for the internet, unless it says that it is for inside. What it leads to are the
//! pods behind a Service, as far as the policies of these let anything in from elsewhere.

use std::collections::{BTreeMap, HashMap};

use super::cluster::Cluster;
use super::conduits::{Conduits, INTERNET, is_everywhere};
use super::labels::Selector;
use super::policies::Policies;
use super::resource::{Resource, text};
use super::selection::Selection;
use crate::infrastructure::Lowering;
use crate::model::Exposure;
use crate::source::{Span, Spanned, Via};
use crate::syntax::Node;

/// The workloads that the internet is let in to, by address.
pub(super) type Exposed = HashMap<String, Spanned<Exposure>>;

/// What is open, and to whom.
struct Entrance<'s> {
    resource: &'s Resource,
    /// The Services that it leads to, each with its namespace and the place that names it.
    services: Vec<(Box<str>, Spanned<Box<str>>)>,
    /// What says that it is open, if that is not what names the Service.
    at: Option<Span>,
    ports: Vec<Spanned<Box<str>>>,
}

/// Adds the conduits from the internet, and says which workloads they lead to.
pub(super) fn lower(
    cluster: &Cluster<'_>,
    (pods, policies): (&Selection<'_>, &Policies),
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) -> Exposed {
    let mut exposed = Exposed::new();
    for resource in &cluster.system.resources {
        let entrance = match (resource.kind(), resource.group()) {
            ("Ingress", "networking.k8s.io" | "extensions") => ingress(resource),
            ("Service", "") => balancer(resource),
            ("HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute", GATEWAY) => {
                route(cluster, resource)
            }
            _ => None,
        };
        let Some(entrance) = entrance else {
            continue;
        };
        // By zone, the place that leads there.
        let mut ends = BTreeMap::new();
        for (namespace, name) in &entrance.services {
            let selected = behind(cluster, pods, namespace, &name.value);
            let is_of = cluster.zone_id(namespace);
            let Some((selector, selected)) = selected.filter(|(_, all)| !all.is_empty()) else {
                if policies.lets_in(&is_of, &is_of) {
                    ends.entry(is_of)
                        .or_insert(entrance.at.unwrap_or(name.span));
                }
                continue;
            };
            for pod in selected {
                let zone = policies.zone_of(&pod.address());
                let zone = zone.map_or(&is_of, |zone| &zone.value);
                if policies.lets_in(zone, &is_of) {
                    let written = entrance.at.unwrap_or(name.span);
                    ends.entry(zone.clone()).or_insert(written);
                    exposed.entry(pod.address()).or_insert_with(|| {
                        let span = lowering.place(written, &[(selector, Via::Use)]);
                        Spanned::new(Exposure::Internet, span)
                    });
                }
            }
        }
        for (zone, span) in ends {
            let ends = (
                Spanned::new(INTERNET.to_owned(), span),
                Spanned::new(zone, span),
            );
            let mut ports = entrance.ports.clone();
            for port in &mut ports {
                port.span = if entrance.at.is_some() {
                    port.span
                } else {
                    span
                };
            }
            conduits.add(cluster, entrance.resource, ends, ports, lowering);
        }
    }
    exposed
}

/// The pods behind a Service, with the place of its selector; none if no manifest declares it.
fn behind<'s>(
    cluster: &Cluster<'_>,
    pods: &Selection<'s>,
    namespace: &str,
    service: &str,
) -> Option<(Span, Vec<&'s Resource>)> {
    let service = cluster.find("Service", namespace, service)?;
    let node = service.node.at(&["spec", "selector"])?;
    let selector = Selector::of_labels(Some(node));
    let is_any = !selector.is_empty();
    is_any.then(|| (node.span, pods.select(namespace, &selector)))
}

/// What an Ingress lets in.
fn ingress(resource: &Resource) -> Option<Entrance<'_>> {
    let spec = resource.spec()?;
    let class = spec.get("ingressClassName").and_then(Node::str);
    if class.is_some_and(is_inside) || is_annotated_inside(resource) {
        return None;
    }
    let mut backends = Vec::new();
    backends.extend(spec.get("defaultBackend").or(spec.get("backend")));
    for rule in spec.get("rules").map_or(&[][..], Node::items) {
        let paths = rule.at(&["http", "paths"]);
        let paths = paths.map_or(&[][..], Node::items).iter();
        backends.extend(paths.filter_map(|path| path.get("backend")));
    }
    let names = backends.into_iter().filter_map(|backend| {
        let name = backend.at(&["service", "name"]);
        name.or(backend.get("serviceName")).and_then(text)
    });
    let services = names.map(|name| (resource.namespace_or_none(), name));
    let port = if spec.get("tls").is_some() {
        "443"
    } else {
        "80"
    };
    Some(Entrance {
        resource,
        services: services.collect(),
        at: None,
        ports: vec![Spanned::new(port.into(), spec.span)],
    })
}

/// What a Service of type LoadBalancer lets in, unless it lists who may come.
fn balancer(resource: &Resource) -> Option<Entrance<'_>> {
    let spec = resource.spec()?;
    let ty = spec
        .get("type")
        .filter(|ty| ty.str() == Some("LoadBalancer"))?;
    let ranges = spec.get("loadBalancerSourceRanges");
    let ranges = ranges.map_or(&[][..], Node::items).iter();
    let ranges: Vec<_> = ranges.filter_map(text).collect();
    let is_listed = !ranges.is_empty() && !ranges.iter().any(|it| is_everywhere(&it.value));
    if is_listed || is_annotated_inside(resource) {
        return None;
    }
    let ports = spec.get("ports").map_or(&[][..], Node::items).iter();
    Some(Entrance {
        resource,
        services: vec![(resource.namespace_or_none(), resource.name())],
        at: Some(ty.span),
        ports: ports
            .filter_map(|port| port.get("port").and_then(text))
            .collect(),
    })
}

const GATEWAY: &str = "gateway.networking.k8s.io";

/// What a route lets in by the Gateways that it names (Gateway API 1.2, ParentReference: a Gateway unless
/// it says otherwise, in the namespace of the route). One that is for a Service is for what is inside.
fn route<'s>(cluster: &Cluster<'s>, resource: &'s Resource) -> Option<Entrance<'s>> {
    let spec = resource.spec()?;
    let own = resource.namespace_or_none();
    let in_namespace = |node: &Node| {
        let namespace = node.get("namespace").and_then(Node::scalar);
        namespace.map_or_else(|| own.clone(), Into::into)
    };
    let kind = |node: &Node, default: &str| {
        let kind = node.get("kind").and_then(Node::scalar);
        kind.unwrap_or_else(|| default.to_owned())
    };
    let mut ports = Vec::new();
    let mut is_open = false;
    for parent in spec.get("parentRefs").map_or(&[][..], Node::items) {
        let Some(name) = parent.get("name").and_then(text) else {
            continue;
        };
        if kind(parent, "Gateway") != "Gateway" || is_inside(&name.value) {
            continue;
        }
        let gateway = cluster.find("Gateway", &in_namespace(parent), &name.value);
        if gateway.is_some_and(is_gateway_inside) {
            continue;
        }
        is_open = true;
        let section = parent.get("sectionName").and_then(Node::str);
        let listeners = gateway.and_then(|it| it.node.at(&["spec", "listeners"]));
        for listener in listeners.map_or(&[][..], Node::items) {
            let name = listener.get("name").and_then(Node::str);
            if section.is_none() || section == name {
                ports.extend(listener.get("port").and_then(text));
            }
        }
        // A Gateway that another repository declares serves what such routes are for.
        if gateway.is_none() && matches!(resource.kind(), "HTTPRoute" | "GRPCRoute") {
            ports.extend(["80", "443"].map(|port| Spanned::new(port.into(), name.span)));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    ports.retain(|port| seen.insert(port.value.clone()));
    let mut services = Vec::new();
    for rule in spec.get("rules").map_or(&[][..], Node::items) {
        for backend in rule.get("backendRefs").map_or(&[][..], Node::items) {
            if let Some(name) = backend.get("name").and_then(text)
                && kind(backend, "Service") == "Service"
            {
                services.push((in_namespace(backend), name));
            }
        }
    }
    is_open.then_some(Entrance {
        resource,
        services,
        at: None,
        ports,
    })
}

/// Whether a Gateway says that it is for inside: by its class, its addresses' names or annotations.
fn is_gateway_inside(gateway: &Resource) -> bool {
    let class = gateway.node.at(&["spec", "gatewayClassName"]);
    class.and_then(Node::str).is_some_and(is_inside) || is_annotated_inside(gateway)
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
