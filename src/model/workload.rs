//! Workloads: what runs, which keys it uses, and what leaves its memory.

use super::kind::{Derivation, entity, enumeration};
use super::{
    Artifact, Data, Derived, Identity, Key, Mandatory, Optional, Relation, Stated, To, Values, Zone,
};

enumeration! {
    /// What a workload does.
    enum WorkloadKind {
        /// A service that runs all the time.
        Service = "service",
        /// A function that runs on demand.
        Function = "function",
        /// A machine that others run on.
        Host = "host",
        /// Builds software.
        Build = "build",
        /// Says who somebody is.
        IdentityProvider = "identity-provider",
        /// Signs with keys.
        Signer = "signer",
        /// Carries logs.
        LogPipeline = "log-pipeline",
        /// Mail, chat, browsing.
        Communication = "communication",
    }
}

enumeration! {
    /// How much of the memory of a workload is written out when it fails.
    enum DumpMode: ordered {
        /// Nothing.
        Off = "off",
        /// The call stacks.
        Stack = "stack",
        /// The stacks and little more.
        Mini = "mini",
        /// The heap.
        Heap = "heap",
        /// All memory.
        Full = "full",
    }
}

enumeration! {
    /// A way to look into a running workload.
    enum Debug {
        /// A debugger on the same machine.
        Local = "local",
        /// A debugger over the network.
        Remote = "remote",
        /// A debug flag of the software itself.
        Flag = "flag",
        /// A profiling endpoint on the same machine.
        ProfilerLocal = "profiler-local",
        /// A profiling endpoint on the network.
        Profiler = "profiler",
        /// A serial console.
        Serial = "serial",
    }
}

enumeration! {
    /// A power over other processes.
    enum Capability {
        /// Reads and changes other processes.
        Ptrace = "ptrace",
        /// All powers of the machine.
        Privileged = "privileged",
        /// Most powers of the machine.
        SysAdmin = "sys-admin",
        /// Sees all of `/proc`.
        UnmaskedProc = "unmasked-proc",
    }
}

enumeration! {
    /// Which processes a workload sees.
    enum ProcessNamespace: ordered {
        /// Its own.
        Own = "own",
        /// Those of a group of workloads.
        Shared = "shared",
        /// All of its host.
        Host = "host",
    }
}

enumeration! {
    /// Whose input a workload takes.
    enum Exposure: ordered {
        /// Only that of one's own.
        None = "none",
        /// That of listed partners.
        Partner = "partner",
        /// Anybody's.
        Internet = "internet",
        /// It runs what outsiders wrote.
        UntrustedCode = "untrusted-code",
    }
}

enumeration! {
    /// The state of repair of a workload.
    enum Maintenance {
        /// Supported, and no security update is due.
        Current = "current",
        /// A security update is due, by one's own policy.
        Behind = "behind",
        /// No longer supported.
        Ended = "ended",
    }
}

enumeration! {
    /// What a workload checks of what it runs or signs.
    enum ArtifactCheck {
        /// A signature of whoever made it.
        Signature = "signature",
        /// That it equals what was pinned.
        Digest = "digest",
        /// That the expected builder made it from the expected source.
        Provenance = "provenance",
        /// That two builders that do not depend on each other made the same.
        Reproduced = "reproduced",
    }
}

entity! {
    /// Something that runs: a service, a function, a host, a signer.
    Workload in ZONE {
        /// The zone that it runs in.
        ZONE zone as "zone": Mandatory<To<Zone>>,
        /// What it does.
        KIND kind as "kind": Stated<WorkloadKind>,
        /// How much of its memory is written out when it fails.
        DUMP dump as "dump": Stated<DumpMode>,
        /// The ways to look into it while it runs.
        DEBUG debug as "debug": Values<Debug>,
        /// Its powers over other processes.
        CAPABILITIES capabilities as "capabilities": Values<Capability>,
        /// Which processes it sees.
        PROCESS_NAMESPACE process_namespace as "processNamespace": Stated<ProcessNamespace>,
        /// Whether its memory is written to disk when it sleeps.
        HIBERNATION hibernation as "hibernation": Stated<bool>,
        /// The workload that hosts it.
        RUNS_ON runs_on as "runsOn": Optional<To<Workload>>,
        /// The identity that it runs as.
        RUNS_AS runs_as as "runsAs": Optional<To<Identity>>,
        /// The keys that it uses.
        USES uses as "uses": Relation<To<Key>>,
        /// The data that it works on.
        PROCESSES processes as "processes": Relation<To<Data>>,
        /// Whose input it takes; absent: nobody says.
        EXPOSURE exposure as "exposure": Optional<Exposure>,
        /// Its state of repair; absent: nobody says.
        MAINTENANCE maintenance as "maintenance": Optional<Maintenance>,
        /// What it runs that was made elsewhere.
        EXECUTES executes as "executes": Relation<To<Artifact>>,
        /// What it checks before it runs something, or before it signs something.
        VERIFIES verifies as "verifies": Values<ArtifactCheck>,
        /// Whether what it does, and for whom, is logged; absent: nobody says.
        AUDITED audited as "audited": Optional<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// Whether a non-public key that it, or a workload that runs on it, uses is in its memory:
        /// the key is not destroyed, and it can be exported, or its store does not compute with it.
        LOADS_KEYS as "loadsKeys": bool = Derivation::Inventory(Derived::WorkloadLoadsKeys),
        /// The position, from 0, of the level of the most sensitive key that it uses or data that it
        /// processes; 0 if there is none.
        LEVEL_RANK as "levelRank": i64 = Derivation::Inventory(Derived::WorkloadLevelRank),
        /// Whether it takes anybody's input: its `exposure` is `internet` or `untrusted-code`; where
        /// that is not stated, `internet` of its zone is `ingress` or `both`.
        IS_EXPOSED as "isExposed": bool = Derivation::Inventory(Derived::WorkloadIsExposed),
    }
}
