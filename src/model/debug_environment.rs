//! Debug environments: where people look into dumps and running workloads.

use super::kind::{Derivation, entity};
use super::{Derived, Mandatory, Optional, Relation, Stated, Store, To, Workload, Zone};

entity! {
    /// A place to look into faults: a debugging network, a jump host, a bastion.
    DebugEnvironment in ZONE {
        /// The zone that it is in.
        ZONE zone as "zone": Mandatory<To<Zone>>,
        /// The workloads that a debugger here can attach to.
        ATTACHES attaches as "attaches": Relation<To<Workload>>,
        /// The stores that can be read from it.
        READS reads as "reads": Relation<To<Store>>,
        /// Whether files can be copied out of it, or connections tunnelled.
        COPY_OUT copy_out as "copyOut": Stated<bool>,
        /// Whether what is done in it, and by whom, is logged; absent: nobody says.
        AUDITED audited as "audited": Optional<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// The position, from 0, of the level of the most sensitive thing that ends up there; 0 if
        /// nothing does.
        LEVEL_RANK as "levelRank": i64 = Derivation::Inventory(Derived::DebugEnvironmentLevelRank),
    }
}
