//! Machines, functions and tasks.

use super::network::placed;
use super::of;
use crate::infrastructure::Import;
use crate::infrastructure::terraform::eval::{Value, decode};
use crate::infrastructure::terraform::root::{Resource, Root, at, each};
use crate::model::{Capability, Debug, Field as _, ProcessNamespace, To, Workload, WorkloadKind};
use crate::source::{Span, Spanned};
use crate::syntax::{Limits, Syntax};

pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[&Resource]) {
    // The serial console is opened for all machines of an account and region at once.
    let serial: Vec<_> = of(resources, "aws_ec2_serial_console_access").collect();
    for resource in resources {
        match resource.kind.as_str() {
            "aws_instance" => {
                let mut host = begun(root, resource, WorkloadKind::Host);
                runs_as(root, &mut host, resource.get("iam_instance_profile"));
                let hibernation = resource.get("hibernation");
                // Default of `hibernation`: false.
                root.state_or(
                    &mut host.entity.hibernation,
                    hibernation.as_ref(),
                    false,
                    resource.at,
                    |it| it.as_bool(),
                );
                let console = serial.iter().find(|it| it.provider == resource.provider);
                let mut seen = Vec::new();
                if let Some(console) = console {
                    // Default of `enabled`: true.
                    match console.get("enabled") {
                        None => seen.push((Debug::Serial, console.at)),
                        Some(flag) if flag.as_bool() == Some(true) => {
                            seen.push((Debug::Serial, root.place(&flag)));
                        }
                        Some(_) => {}
                    }
                }
                debug(&mut host.entity, resource.at, &seen);
                root.add_workload(resource, host);
            }
            "aws_lambda_function" => {
                let mut function = begun(root, resource, WorkloadKind::Function);
                runs_as(root, &mut function, resource.get("role"));
                root.add_workload(resource, function);
            }
            "aws_ecs_task_definition" => task(root, resource),
            _ => {}
        }
    }
}

fn begun(root: &mut Root<'_, '_, '_>, resource: &Resource, kind: WorkloadKind) -> Import<Workload> {
    let places = [
        "vpc_security_group_ids",
        "security_groups",
        "vpc_config.security_group_ids",
        "subnet_id",
        "vpc_config.subnet_ids",
    ];
    let (zone, at) = placed(root, resource, &places);
    let mut workload: Import<Workload> = root.import(resource);
    workload
        .entity
        .zone
        .state(Spanned::new(To::named(zone), at));
    workload.entity.kind.state(Spanned::new(kind, resource.at));
    root.entities
        .insert(resource.instance, format!("workloads/{}", resource.id));
    workload
}

fn runs_as(root: &mut Root<'_, '_, '_>, workload: &mut Import<Workload>, role: Option<Value>) {
    let Some(role) = role else {
        return;
    };
    let of = role
        .origin
        .of
        .and_then(|of| root.identities.get(&of))
        .cloned();
    if let Some(of) = of {
        let place = root.place(&role);
        workload
            .entity
            .runs_as
            .state(Spanned::new(To::named(of), place));
    }
}

/// States the ways to look into a workload that are seen; there may be more.
pub(in crate::infrastructure::terraform) fn debug(
    workload: &mut Workload,
    at: Span,
    seen: &[(Debug, Span)],
) {
    if seen.is_empty() {
        return;
    }
    workload.debug.state_list(at, seen.len());
    for (way, place) in seen {
        workload.debug.state(Spanned::new(*way, *place));
    }
    workload.debug.state_open();
}

/// A task of ECS. Defaults of `pid_mode`: the processes of each container are its own
/// ("Amazon ECS task definition parameters").
fn task(root: &mut Root<'_, '_, '_>, resource: &Resource) {
    let mut task = begun(root, resource, WorkloadKind::Service);
    runs_as(root, &mut task, resource.get("task_role_arn"));
    let pid = resource.get("pid_mode");
    let own = ProcessNamespace::Own;
    root.state_or(
        &mut task.entity.process_namespace,
        pid.as_ref(),
        own,
        resource.at,
        |pid| match &*pid.as_text()? {
            "host" => Some(ProcessNamespace::Host),
            "task" => Some(ProcessNamespace::Shared),
            _ => None,
        },
    );
    let containers = resource.get("container_definitions");
    let containers = containers.and_then(|text| decode(Syntax::Json, &text, &Limits::default()));
    let mut powers = Vec::new();
    let mut seen = Vec::new();
    for container in each(containers) {
        if let Some(flag) = container
            .entry("privileged")
            .filter(|it| it.as_bool() == Some(true))
        {
            powers.push((Capability::Privileged, root.place(&flag)));
        }
        let added = at(&container, "linuxParameters.capabilities.add");
        for power in each(added) {
            let which = match power.as_text().as_deref() {
                Some("SYS_PTRACE" | "ALL") => Capability::Ptrace,
                Some("SYS_ADMIN") => Capability::SysAdmin,
                _ => continue,
            };
            powers.push((which, root.place(&power)));
        }
        let words = ["command", "entryPoint"]
            .iter()
            .flat_map(|name| each(container.entry(name)));
        let variables = each(container.entry("environment"));
        let variables = variables.iter().filter_map(|it| it.entry("value"));
        for value in words.chain(variables) {
            if let Some(way) = value.as_text().as_deref().and_then(debugger) {
                seen.push((way, root.place(&value)));
            }
        }
    }
    task.entity
        .capabilities
        .state_list(resource.at, powers.len());
    for (power, place) in powers {
        task.entity.capabilities.state(Spanned::new(power, place));
    }
    debug(&mut task.entity, resource.at, &seen);
    root.add_workload(resource, task);
}

/// The debugger that an argument or an option of a runtime opens.
pub(in crate::infrastructure::terraform) fn debugger(text: &str) -> Option<Debug> {
    if text.contains("-agentlib:jdwp") || text.contains("-Xrunjdwp") {
        return Some(Debug::Remote);
    }
    let inspects = ["--inspect=", "--inspect-brk="]
        .iter()
        .find_map(|it| text.split_once(it));
    if let Some((_, address)) = inspects {
        let is_open = address.starts_with("0.0.0.0") || address.starts_with("[::]");
        return Some(if is_open { Debug::Remote } else { Debug::Local });
    }
    text.contains("debugpy").then_some(Debug::Remote)
}
