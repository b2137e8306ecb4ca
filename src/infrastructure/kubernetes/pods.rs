//! Whatever has a pod template, as a workload.

use super::cluster::Cluster;
use super::debug::{self, Settings};
use super::network::Network;
use super::resource::{Pod, Resource, flag, place};
use super::{accounts, secrets};
use crate::infrastructure::{Import, Lowering};
use crate::model::{Capability, Field as _, ProcessNamespace, To, Workload, WorkloadKind};
use crate::source::{Code, Problem, Span, Spanned};
use crate::syntax::Node;

/// Adds a workload for each pod template.
pub(super) fn lower(cluster: &mut Cluster<'_>, network: &Network, lowering: &mut Lowering<'_>) {
    for resource in &cluster.system.resources {
        if let Some(pod) = resource.pod() {
            let mut workload = workload(cluster, resource, pod, network, lowering);
            if let Some(exposure) = network.exposed.get(&resource.address()) {
                workload.exposure.state(*exposure);
            }
            lowering.declarations().workloads.push(workload);
        }
    }
}

fn workload(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    pod: Pod<'_>,
    network: &Network,
    lowering: &mut Lowering<'_>,
) -> Workload {
    let at = place(resource);
    let id = cluster.id(&resource.address());
    let from = resource.import(&cluster.system.name);
    let mut import = Import::<Workload>::new(id, at, from);
    let workload = &mut import.entity;
    workload
        .zone
        .state(match network.policies.zone_of(&resource.address()) {
            Some(zone) => Spanned::new(To::named(zone.value.as_str()), zone.span),
            None => cluster.zone_of(resource),
        });
    let kind = match resource.kind() {
        "Job" | "CronJob" => WorkloadKind::Function,
        _ => WorkloadKind::Service,
    };
    let kind_span = resource.node.get("kind").map_or(at, |kind| kind.span);
    workload.kind.state(Spanned::new(kind, kind_span));
    workload
        .process_namespace
        .state(processes(pod, at, lowering));
    let capabilities = capabilities(pod, lowering);
    workload.capabilities.state_list(at, capabilities.len());
    for capability in capabilities {
        workload.capabilities.state(capability);
    }
    let settings = Settings::of(cluster, resource, pod);
    let ways = debug::ways(&settings);
    if !ways.is_empty() {
        workload.debug.state_list(ways[0].span, ways.len());
        for way in ways {
            workload.debug.state(way);
        }
        workload.debug.state_open();
    }
    if let Some(dump) = debug::dump(&settings) {
        workload.dump.state(dump);
    }
    if let Some(account) = accounts::of_pod(cluster, resource, pod, lowering) {
        workload.runs_as.state(account);
    }
    let mut keys = Vec::new();
    let mut data = Vec::new();
    for name in secrets::of_pod(cluster, resource, pod) {
        let reference = secrets::imply(cluster, resource, &name, lowering);
        match reference {
            secrets::Kind::Key(id) => keys.push(Spanned::new(To::named(id), name.span)),
            secrets::Kind::Data(id) => data.push(Spanned::new(To::named(id), name.span)),
        }
    }
    data.extend(secrets::written_in(cluster, resource, pod, lowering));
    if !keys.is_empty() {
        workload.uses.state_list(at, keys.len());
        keys.into_iter().for_each(|key| workload.uses.state(key));
    }
    if !data.is_empty() {
        workload.processes.state_list(at, data.len());
        data.into_iter().for_each(|it| workload.processes.state(it));
    }
    // What a pod works with is what its template names.
    import.finish(&["runsOn", "runsAs", "uses", "processes", "executes"])
}

/// Which processes a pod sees: its own, unless it says otherwise (Kubernetes API, PodSpec `hostPID` and
/// `shareProcessNamespace`: false by default).
fn processes(pod: Pod<'_>, at: Span, lowering: &mut Lowering<'_>) -> Spanned<ProcessNamespace> {
    let host = truth(pod.spec, "hostPID", lowering);
    let shared = truth(pod.spec, "shareProcessNamespace", lowering);
    match (host, shared) {
        (Some(Spanned { value: true, span }), _) => Spanned::new(ProcessNamespace::Host, span),
        (_, Some(Spanned { value: true, span })) => Spanned::new(ProcessNamespace::Shared, span),
        (Some(host), _) => Spanned::new(ProcessNamespace::Own, host.span),
        (_, Some(shared)) => Spanned::new(ProcessNamespace::Own, shared.span),
        _ => Spanned::new(ProcessNamespace::Own, at),
    }
}

/// A truth value; that something else stands there is a problem, as the API refuses it.
fn truth(node: &Node, key: &str, lowering: &mut Lowering<'_>) -> Option<Spanned<bool>> {
    let value = node.get(key)?;
    let flag = flag(Some(value));
    let is_left_open = |text: &str| text.contains(['$', '{', '<']);
    if flag.is_none() && !value.is_null() && !value.str().is_some_and(is_left_open) {
        let message = format!("`{key}` is `true` or `false`, and no {}", value.kind());
        lowering.problem(
            Problem::input(Code::WrongType, message.replace("no a ", "no "))
                .at(value.span, "the API refuses this")
                .help("write `true` or `false`, without quotes"),
        );
    }
    flag
}

/// The powers over other processes that any of its containers has.
fn capabilities(pod: Pod<'_>, lowering: &mut Lowering<'_>) -> Vec<Spanned<Capability>> {
    let mut all: Vec<Spanned<Capability>> = Vec::new();
    let mut add = |capability, span| {
        if !all.iter().any(|known| known.value == capability) {
            all.push(Spanned::new(capability, span));
        }
    };
    for container in pod.containers() {
        let Some(context) = container.get("securityContext") else {
            continue;
        };
        if let Some(Spanned { value: true, span }) = truth(context, "privileged", lowering) {
            add(Capability::Privileged, span);
        }
        let added = context.at(&["capabilities", "add"]);
        for item in added.map_or(&[][..], Node::items) {
            let name = item.str().unwrap_or("");
            let name = name.strip_prefix("CAP_").unwrap_or(name);
            match name.to_ascii_uppercase().as_str() {
                "ALL" => {
                    add(Capability::Ptrace, item.span);
                    add(Capability::SysAdmin, item.span);
                }
                "SYS_PTRACE" => add(Capability::Ptrace, item.span),
                "SYS_ADMIN" => add(Capability::SysAdmin, item.span),
                _ => {}
            }
        }
        let proc_mount = context.get("procMount");
        if let Some(mount) = proc_mount.filter(|mount| mount.str() == Some("Unmasked")) {
            add(Capability::UnmaskedProc, mount.span);
        }
    }
    all
}
