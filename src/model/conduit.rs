//! Conduits: the connections between zones.

use super::kind::{entity, enumeration};
use super::{Date, Key, Limit, Mandatory, Optional, Stated, To, Values, Zone};

enumeration! {
    /// How closely what passes a conduit is looked at.
    enum Inspection: ordered {
        /// Not at all.
        None = "none",
        /// Addresses and ports.
        L4 = "l4",
        /// What is said.
        L7 = "l7",
        /// Ended and begun anew by something in between.
        Proxy = "proxy",
    }
}

enumeration! {
    /// What a conduit is for.
    enum ConduitKind {
        /// The service and its data.
        Data = "data",
        /// Administration.
        Admin = "admin",
        /// Two networks joined as one.
        Peering = "peering",
    }
}

enumeration! {
    /// Whether something is said to be there, or said not to be.
    enum Status {
        /// It is there.
        Asserted = "asserted",
        /// It must not be, and nothing else may come to the same.
        Forbidden = "forbidden",
    }
}

entity! {
    /// A connection between two zones, and thereby between all that is in them.
    Conduit {
        /// The zone that begins a connection.
        FROM from as "from": Mandatory<To<Zone>>,
        /// The zone that accepts it.
        TO to as "to": Mandatory<To<Zone>>,
        /// The ports that are open; `any` for all.
        PORTS ports as "ports": Values<Box<str>>,
        /// Whether data can only flow from `from` to `to`, as through a data diode. A firewall that
        /// lets `from` begin connections lets answers flow back: `false`.
        ONE_WAY one_way as "oneWay": Stated<bool>,
        /// How closely what passes is looked at.
        INSPECTION inspection as "inspection": Stated<Inspection>,
        /// The key or certificate without which what passes cannot be looked at; absent: there is
        /// none.
        INSPECTION_KEY inspection_key as "inspectionKey": Optional<To<Key>>,
        /// Whether nothing passes when what passes cannot be looked at.
        FAIL_CLOSED fail_closed as "failClosed": Stated<bool>,
        /// What it is for.
        KIND kind as "kind": Stated<ConduitKind>,
        /// Whether it is there, or must not be; absent: it is there.
        STATUS status as "status": Optional<Status>,
        /// Why it is needed.
        JUSTIFICATION justification as "justification": Optional<Box<str>>,
        /// Until when it is granted; `never` if it is without end.
        EXPIRES expires as "expires": Limit<Date>,
    }
    derived {}
}

impl Conduit {
    /// What `ports` lists if all of them are open.
    pub const EVERY_PORT: &'static str = "any";
}
