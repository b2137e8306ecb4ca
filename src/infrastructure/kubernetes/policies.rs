//! Which connections NetworkPolicies let through, pod by pod.
//!
//! A policy is for the pods that it selects, and a rule for the peers that it selects, so pods are put
//! together that all selectors treat alike: each such set is a zone in its namespace. Pods that no policy
//! tells from the rest of their namespace stay in the zone of that.
//!
//! A connection passes if the policies of both ends let it: those of where it begins, if any of them is
//! about what goes out, and those of where it ends, if any is about what comes in (Kubernetes
//! documentation, "Network Policies", the two sorts of pod isolation). Near-linear in policies, pods and
//! what each selects.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cluster::Cluster;
use super::conduits::{Conduits, End, INTERNET};
use super::labels::{Index, Selector, labels};
use super::resource::{Resource, place, text};
use super::selection::Selection;
use crate::infrastructure::{Import, Lowering};
use crate::model::{Conduit, Field as _, Internet, Isolation, To, Zone, ZoneKind};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// What policies make of a system.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Where each direction of a zone is shut, but for what policies list: inward and outward.
    shut: BTreeMap<String, [Option<Span>; 2]>,
    /// The zone of each pod that is treated otherwise than its namespace, by address.
    zones: BTreeMap<String, Spanned<String>>,
    /// The zones that something from outside their namespace is let in to.
    entered: BTreeSet<String>,
    /// The zones that are let out to the internet, and those of namespaces that such a zone is in.
    leaves: BTreeSet<String>,
    around_leaves: BTreeSet<String>,
}

impl Policies {
    /// The zone of a pod, if it is not that of its namespace.
    pub(super) fn zone_of(&self, address: &str) -> Option<&Spanned<String>> {
        self.zones.get(address)
    }

    /// Shuts off a zone, where policies shut both directions of it. If they let nothing in it out to the
    /// internet, it has no way there of its own; what comes in comes over conduits.
    pub(super) fn isolate(&self, zone: &mut Zone, namespace: &str) {
        let shut = |id: &str| self.shut.get(id).copied().unwrap_or_default();
        let id = &*zone.id.value;
        let (own, around) = (shut(id), shut(namespace));
        let [Some(inward), Some(outward)] = [own[0].or(around[0]), own[1].or(around[1])] else {
            return;
        };
        let leaves = [id, namespace].iter().any(|id| self.leaves.contains(*id))
            || self.around_leaves.contains(id);
        let isolation = Spanned::new(Isolation::Restricted, inward);
        zone.isolation.state(isolation);
        if !leaves {
            let none = Spanned::new(Internet::None, outward);
            zone.internet.state(none);
        }
    }

    /// Whether something from outside a namespace may come to a zone in it, or is not kept from it.
    pub(super) fn lets_in(&self, zone: &str, namespace: &str) -> bool {
        let is_shut = |zone: &str| {
            self.shut
                .get(zone)
                .is_some_and(|[inward, _]| inward.is_some())
        };
        !(is_shut(zone) || is_shut(namespace))
            || self.entered.contains(zone)
            || self.entered.contains(namespace)
    }
}

/// The zones of what a selector means in a namespace, by both.
type Zones = BTreeMap<(Box<str>, Selector), Vec<String>>;

/// A rule of a policy, as far as it is about one pair of zones.
struct Listed<'s> {
    policy: &'s Resource,
    is_inward: bool,
    ends: (End, End),
    ports: Vec<Spanned<Box<str>>>,
}

/// Adds the zones and the conduits of the policies of a system.
pub(super) fn lower(
    cluster: &mut Cluster<'_>,
    pods: &Selection<'_>,
    conduits: &mut Conduits,
    lowering: &mut Lowering<'_>,
) -> Policies {
    let all = cluster.system.resources.iter().filter(|resource| {
        let group = resource.group();
        resource.kind() == "NetworkPolicy" && matches!(group, "networking.k8s.io" | "extensions")
    });
    let all: Vec<_> = all.collect();
    let mut policies = Policies::default();
    if all.is_empty() {
        return policies;
    }
    let peers = Peers::of(cluster, &all);
    let mut zones = Zones::new();
    let mut made = Vec::new();
    for (namespace, selectors) in peers.selectors(&all, pods) {
        let mut sets = Sets {
            cluster,
            namespace: &namespace,
            pods,
            zones: &mut zones,
            policies: &mut policies,
            made: &mut made,
        };
        sets.add(selectors);
    }
    let mut listed = Vec::new();
    for policy in all {
        let namespace = policy.namespace_or_none();
        let selector = Selector::of(policy.node.at(&["spec", "podSelector"]));
        let here = zones_of(cluster, &zones, (&namespace, &selector));
        for zone in &here {
            let shut = policies.shut.entry(zone.clone()).or_default();
            for (way, direction) in [(0, "Ingress"), (1, "Egress")] {
                shut[way] = shut[way].or_else(|| is_about(policy, direction));
            }
        }
        for (rules, others, is_inward) in [("ingress", "from", true), ("egress", "to", false)] {
            let rules = policy.spec().and_then(|spec| spec.get(rules));
            for rule in rules.map_or(&[][..], Node::items) {
                let mut ends = Vec::new();
                let all = rule.get(others).map_or(&[][..], Node::items);
                for peer in all {
                    match peer.at(&["ipBlock", "cidr"]).and_then(text) {
                        Some(range) => {
                            ends.push(conduits.network(cluster, policy, &range, lowering));
                        }
                        None => ends.extend(peers.zones(cluster, &zones, policy, peer)),
                    }
                }
                if all.is_empty() {
                    // No peer means every one.
                    ends.push(Spanned::new(cluster.cluster_id(), rule.span));
                    if !is_inward {
                        ends.push(Spanned::new(INTERNET.to_owned(), rule.span));
                    }
                }
                for (end, zone) in ends
                    .iter()
                    .flat_map(|end| here.iter().map(move |it| (end, it)))
                {
                    let here = Spanned::new(zone.clone(), place(policy));
                    listed.push(Listed {
                        policy,
                        is_inward,
                        ends: match is_inward {
                            true => (end.clone(), here),
                            false => (here, end.clone()),
                        },
                        ports: ports(rule),
                    });
                }
            }
        }
    }
    let around = Around::of(cluster, &zones);
    let pairs = |is_inward| {
        let all = listed.iter().filter(move |it| it.is_inward == is_inward);
        all.map(|it| (&*it.ends.0.value, &*it.ends.1.value))
            .collect()
    };
    let (inward, outward): (HashSet<_>, HashSet<_>) = (pairs(true), pairs(false));
    for rule in &listed {
        let (from, to) = (&rule.ends.0.value, &rule.ends.1.value);
        if rule.is_inward && around.namespace(from) != around.namespace(to) {
            policies.entered.insert(to.clone());
        }
        if !rule.is_inward && to == INTERNET {
            let around = around.namespace(from).filter(|around| around != from);
            policies.around_leaves.extend(around.map(str::to_owned));
            policies.leaves.insert(from.clone());
        }
        // What one end lists, the other end must let pass.
        let (other, side) = match rule.is_inward {
            true => (&outward, (from, 1)),
            false => (&inward, (to, 0)),
        };
        let mut zones = around.of_zone(side.0);
        let is_shut = zones.any(|zone| {
            policies
                .shut
                .get(zone)
                .is_some_and(|it| it[side.1].is_some())
        });
        let is_let = || {
            let mut from = around.of_zone(from);
            from.any(|from| around.of_zone(to).any(|to| other.contains(&(from, to))))
        };
        if !is_shut || is_let() {
            let ends = rule.ends.clone();
            conduits.add(cluster, rule.policy, ends, rule.ports.clone(), lowering);
        }
    }
    for mut import in made {
        let own = around
            .namespace(&import.entity.id.value)
            .unwrap_or_default();
        policies.isolate(&mut import.entity, own);
        lowering.declarations().zones.push(import.finish(&[]));
    }
    policies
}

/// The zones around each zone of pods.
struct Around {
    /// By zone, that of its namespace.
    namespaces: BTreeMap<String, String>,
    cluster: String,
}

impl Around {
    fn of(cluster: &Cluster<'_>, zones: &Zones) -> Self {
        let own = cluster.namespaces().map(|(name, _)| cluster.zone_id(name));
        let mut namespaces: BTreeMap<_, _> = own.map(|own| (own.clone(), own)).collect();
        for ((namespace, _), inner) in zones {
            let own = cluster.zone_id(namespace);
            let inner = inner.iter().map(|zone| (zone.clone(), own.clone()));
            namespaces.extend(inner);
        }
        Self {
            namespaces,
            cluster: cluster.cluster_id(),
        }
    }

    fn namespace(&self, zone: &str) -> Option<&str> {
        self.namespaces.get(zone).map(String::as_str)
    }

    /// A zone and those around it.
    fn of_zone<'a>(&'a self, zone: &'a str) -> impl Iterator<Item = &'a str> {
        let namespace = self.namespace(zone).filter(|own| *own != zone);
        let cluster = self.namespace(zone).map(|_| &*self.cluster);
        [Some(zone), namespace, cluster].into_iter().flatten()
    }
}

/// Which namespaces the peers of policies are in.
struct Peers {
    index: Index,
    names: Vec<Box<str>>,
}

impl Peers {
    /// Knows the namespaces of a system, and those that a policy names.
    fn of(cluster: &mut Cluster<'_>, policies: &[&Resource]) -> Self {
        for peer in policies.iter().flat_map(|policy| peers(policy)) {
            let labels = peer.at(&["namespaceSelector", "matchLabels"]);
            let name = labels.and_then(|labels| labels.get(NAME)).and_then(text);
            if let Some(name) = name {
                cluster.imply_namespace(&name.value, name.span);
            }
        }
        let names: Vec<Box<str>> = cluster.namespaces().map(|(name, _)| name.into()).collect();
        let mut index = Index::default();
        for name in &names {
            let declared = cluster.find("Namespace", "", name);
            let mut all = labels(declared.and_then(|it| it.node.at(&["metadata", "labels"])));
            all.insert(NAME.to_owned(), name.to_string());
            index.add(all);
        }
        Self { index, names }
    }

    /// The namespaces of a peer; none if it is all of them.
    fn namespaces(&self, policy: &Resource, peer: &Node) -> Option<Vec<Box<str>>> {
        let Some(selector) = peer.get("namespaceSelector") else {
            return Some(vec![policy.namespace_or_none()]);
        };
        let selector = Selector::of(Some(selector));
        if selector.is_empty() {
            return None;
        }
        let found = self.index.select(&selector).into_iter();
        Some(found.map(|at| self.names[at].clone()).collect())
    }

    /// What pods are selected by, in each namespace.
    fn selectors(
        &self,
        policies: &[&Resource],
        selection: &Selection<'_>,
    ) -> BTreeMap<Box<str>, BTreeMap<Selector, Span>> {
        let mut all: BTreeMap<Box<str>, BTreeMap<Selector, Span>> = BTreeMap::new();
        let mut add = |namespace: &str, node: Option<&Node>| {
            let (selector, span) = (Selector::of(node), node.map(|node| node.span));
            if let Some(span) = span.filter(|_| !selector.is_empty()) {
                let of = all.entry(namespace.into()).or_default();
                of.entry(selector).or_insert(span);
            }
        };
        for policy in policies {
            add(
                &policy.namespace_or_none(),
                policy.node.at(&["spec", "podSelector"]),
            );
            for peer in peers(policy) {
                let pods = peer.get("podSelector");
                match self.namespaces(policy, peer) {
                    Some(namespaces) => namespaces.iter().for_each(|it| add(it, pods)),
                    // Of all namespaces, those that have such pods.
                    None => {
                        let selector = Selector::of(pods);
                        let names = self.names.iter();
                        let names = names.filter(|it| !selection.select(it, &selector).is_empty());
                        names.for_each(|it| add(it, pods));
                    }
                }
            }
        }
        all
    }

    /// The zones of a peer.
    fn zones(
        &self,
        cluster: &Cluster<'_>,
        zones: &Zones,
        policy: &Resource,
        peer: &Node,
    ) -> Vec<End> {
        let at = peer.entries().first().map_or(peer.span, |(_, it)| it.span);
        let selector = Selector::of(peer.get("podSelector"));
        let named = match self.namespaces(policy, peer) {
            None if selector.is_empty() => return vec![Spanned::new(cluster.cluster_id(), at)],
            None => self.names.clone(),
            Some(names) => names,
        };
        let zones = named
            .iter()
            .flat_map(|name| zones_of(cluster, zones, (name, &selector)));
        zones.map(|zone| Spanned::new(zone, at)).collect()
    }
}

/// The label that every namespace has, with its name (Kubernetes 1.21, NamespaceDefaultLabelName).
const NAME: &str = "kubernetes.io/metadata.name";

/// All peers of a policy that are pods.
fn peers(policy: &Resource) -> Vec<&Node> {
    let lists = [("ingress", "from"), ("egress", "to")].into_iter();
    let rules = lists.flat_map(|(rules, peers)| {
        let rules = policy.spec().and_then(|spec| spec.get(rules));
        let rules = rules.map_or(&[][..], Node::items).iter();
        rules.map(move |rule| rule.get(peers).map_or(&[][..], Node::items))
    });
    let all = rules.flatten().filter(|peer| peer.get("ipBlock").is_none());
    all.collect()
}

/// What puts the pods of a namespace together that selectors treat alike.
struct Sets<'a, 's> {
    cluster: &'a Cluster<'s>,
    namespace: &'a str,
    pods: &'a Selection<'s>,
    zones: &'a mut Zones,
    policies: &'a mut Policies,
    made: &'a mut Vec<Import<Zone>>,
}

impl Sets<'_, '_> {
    /// A zone for each set of pods, and one for the pods of each selector that no manifest makes.
    fn add(&mut self, selectors: BTreeMap<Selector, Span>) {
        let selectors: Vec<_> = selectors.into_iter().collect();
        let mut by: BTreeMap<String, (&Resource, Vec<usize>)> = BTreeMap::new();
        for (at, (selector, _)) in selectors.iter().enumerate() {
            for pod in self.pods.select(self.namespace, selector) {
                by.entry(pod.address())
                    .or_insert((pod, Vec::new()))
                    .1
                    .push(at);
            }
        }
        let mut sets: BTreeMap<Vec<usize>, Vec<&Resource>> = BTreeMap::new();
        for (pod, by) in by.into_values() {
            sets.entry(by).or_default().push(pod);
        }
        let mut called = BTreeSet::new();
        for (by, members) in sets {
            let (first, at) = (members[0].name().value, place(members[0]));
            let mut name = match members.len() {
                1 => first.to_string(),
                2 => format!("{first} and another"),
                more => format!("{first} and {} others", more - 1),
            };
            if called.contains(&name) {
                name = format!("{name} ({})", members[0].kind());
            }
            let id = self.zone(&name, members[0], at);
            called.insert(name);
            for member in &members {
                let zone = Spanned::new(id.clone(), place(member));
                self.policies.zones.insert(member.address(), zone);
            }
            for at in by {
                self.zones_of(&selectors[at].0).push(id.clone());
            }
        }
        let Some(first) = self.cluster.system.resources.first() else {
            return;
        };
        for (selector, span) in &selectors {
            if self.zones_of(selector).is_empty() {
                let id = self.zone(&format!("({})", selector.text()), first, *span);
                self.zones_of(selector).push(id);
            }
        }
    }

    fn zones_of(&mut self, selector: &Selector) -> &mut Vec<String> {
        let key = (self.namespace.into(), selector.clone());
        self.zones.entry(key).or_default()
    }

    fn zone(&mut self, name: &str, by: &Resource, span: Span) -> String {
        let id = self.cluster.id_in("Pods", self.namespace, name);
        let from = self.cluster.implied_by(by, "Pods", self.namespace, name);
        let mut import = Import::<Zone>::new(id.clone(), span, from);
        let parent = To::named(self.cluster.zone_id(self.namespace));
        import.entity.parent.state(Spanned::new(parent, span));
        let kind = Spanned::new(ZoneKind::Namespace, span);
        import.entity.kind.state(kind);
        self.made.push(import);
        id
    }
}

/// The zones of the pods that a selector means in a namespace.
fn zones_of(
    cluster: &Cluster<'_>,
    zones: &Zones,
    (namespace, selector): (&str, &Selector),
) -> Vec<String> {
    if selector.is_empty() {
        return vec![cluster.zone_id(namespace)];
    }
    let key = (namespace.into(), selector.clone());
    zones.get(&key).cloned().unwrap_or_default()
}

/// Where a policy shuts a direction for the pods that it selects, but for what it lists (Kubernetes API,
/// NetworkPolicySpec: one without `policyTypes` is about ingress, and about egress only if it has rules
/// of it).
fn is_about(policy: &Resource, direction: &str) -> Option<Span> {
    let spec = policy.spec()?;
    let types = spec.get("policyTypes").map_or(&[][..], Node::items);
    let named = types.iter().find(|it| it.str() == Some(direction));
    match (named, types.is_empty(), direction) {
        (Some(named), ..) => Some(named.span),
        (None, true, "Ingress") => Some(spec.get("podSelector").map_or(spec.span, |it| it.span)),
        (None, true, _) => Some(spec.get("egress")?.span),
        _ => None,
    }
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
