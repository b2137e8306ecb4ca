//! Zones: where things are, and what is between them.

use super::kind::{Derivation, entity, enumeration};
use super::{Derived, Inherited, Level, Optional, Stated, To};

enumeration! {
    /// What sort of boundary a zone has.
    enum ZoneKind {
        /// A network or subnet.
        Network = "network",
        /// A cloud account, project or subscription.
        Account = "account",
        /// A cluster.
        Cluster = "cluster",
        /// A namespace of a cluster.
        Namespace = "namespace",
        /// One machine.
        Host = "host",
        /// A person's device.
        Device = "device",
        /// A building or room.
        Site = "site",
        /// Somebody else's: a vendor, the internet.
        External = "external",
    }
}

enumeration! {
    /// How far a zone is shut off from others.
    enum Isolation: ordered {
        /// Nothing is shut off.
        Open = "open",
        /// Shared with others, with some controls.
        Shared = "shared",
        /// Only listed connections.
        Restricted = "restricted",
        /// No connection but inspected ones.
        Isolated = "isolated",
    }
}

enumeration! {
    /// How a zone and the internet reach each other.
    enum Internet {
        /// Not at all.
        None = "none",
        /// The zone reaches the internet.
        Egress = "egress",
        /// The internet reaches the zone.
        Ingress = "ingress",
        /// Both.
        Both = "both",
    }
}

enumeration! {
    /// What a zone is used for.
    enum Environment {
        /// Live service with live data.
        Production = "production",
        /// The last stop before production.
        Staging = "staging",
        /// Tests.
        Test = "test",
        /// Development.
        Development = "development",
        /// Looking into faults.
        Debug = "debug",
        /// The office: mail, documents, people's devices.
        Corporate = "corporate",
        /// People's own.
        Personal = "personal",
        /// Somebody else's.
        External = "external",
    }
}

enumeration! {
    /// Whether a zone carries the service or its administration.
    enum Plane {
        /// The service and its data.
        Data = "data",
        /// Administration.
        Admin = "admin",
    }
}

entity! {
    /// A place with a boundary: a network, an account, a cluster, a host. Zones nest, and a zone
    /// takes from the one around it what it does not state itself.
    Zone in PARENT {
        /// The zone that encloses this one.
        PARENT parent as "parent": Optional<To<Zone>>,
        /// What sort of boundary it has.
        KIND kind as "kind": Stated<ZoneKind>,
        /// How far it is shut off from other zones.
        ISOLATION isolation as "isolation": Inherited<Isolation>,
        /// How it and the internet reach each other.
        INTERNET internet as "internet": Inherited<Internet>,
        /// What it is used for.
        ENVIRONMENT environment as "environment": Inherited<Environment>,
        /// Whether it carries the service or its administration.
        PLANE plane as "plane": Inherited<Plane>,
        /// The highest level of what may be in it.
        CLEARANCE clearance as "clearance": Inherited<Level>,
        /// Whether its security was assessed before it was joined to others; absent: nobody says.
        ASSESSED assessed as "assessed": Optional<bool>,
    }
    derived {
        /// Whether it, or a zone that encloses it, states a clearance.
        STATES_CLEARANCE as "statesClearance": bool = Derivation::Inventory(Derived::ZoneStatesClearance),
        /// Whether `isolation` is `restricted` or `isolated`, and no conduit from or to it, or a
        /// zone around it, is open on every port.
        DENY_DEFAULT as "denyDefault": bool = Derivation::Inventory(Derived::ZoneDenyDefault),
        /// Whether it, or a zone that encloses it, holds a non-public key of level restricted or above
        /// that is not destroyed. Not by a key that lies in plain text, in source code or a file, which is
        /// to be blamed itself; and not by what a key service (`kms`, `cloud-hsm`) in a zone around it is stated not to hand out.
        IS_KEY_ZONE as "isKeyZone": bool = Derivation::Inventory(Derived::ZoneIsKeyZone),
        /// Whether a workload in it, or in a zone nested in it, loads keys.
        LOADS_KEYS as "loadsKeys": bool = Derivation::Inventory(Derived::ZoneLoadsKeys),
        /// Whether a workload in it takes anybody's input.
        IS_EXPOSED as "isExposed": bool = Derivation::Inventory(Derived::ZoneIsExposed),
        /// The position, from 0, of the level of the most sensitive thing that rests in a store in it,
        /// those in zones nested in it left out; 0 if nothing does.
        DATA_LEVEL_RANK as "dataLevelRank": i64 = Derivation::Inventory(Derived::ZoneDataLevelRank),
        /// Whether it is on a machine that loads keys: it, or a zone that encloses it, is of kind
        /// `host` and loads keys.
        ON_KEY_HOST as "onKeyHost": bool = Derivation::Inventory(Derived::ZoneOnKeyHost),
    }
}
