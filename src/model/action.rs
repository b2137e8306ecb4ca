//! The questions that are asked of the policies: who does what to whom.

use super::kind::Kind;
use super::value::Type;

/// What a request asks about; in Cedar an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// An entity is declared.
    Declare,
    /// A key is in a key store.
    Reside,
    /// A workload uses a key.
    Use,
    /// A debug environment attaches to a workload.
    Attach,
    /// A verifier trusts a key.
    Trust,
    /// A conduit joins a zone to another.
    Connect,
    /// An identity may do something with a thing.
    Access,
    /// An issuer signs with a key.
    Issue,
    /// A log of something is kept in a store.
    Record,
}

/// What is known of an action before any document is read.
#[derive(Debug)]
pub struct ActionDef {
    /// The action.
    pub action: Action,
    /// Its name, as Cedar knows it.
    pub name: &'static str,
    /// When it is asked, and about what.
    pub doc: &'static str,
    /// Between the names of principal and resource in a sentence: "key `k` *in* key store `s`".
    pub relation: &'static str,
    /// The kinds of its principals.
    pub principals: &'static [Kind],
    /// The kinds of its resources.
    pub resources: &'static [Kind],
    /// What the context holds besides `now`.
    pub context: &'static [ContextDef],
}

/// A value that the context of a request holds.
#[derive(Debug)]
pub struct ContextDef {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Its type.
    pub ty: Type,
}

impl Action {
    /// Every action.
    pub const ALL: &[ActionDef] = &[
        ActionDef {
            action: Action::Declare,
            name: "declare",
            doc: "An entity is declared in a document. Asked once for each entity.",
            relation: "in",
            principals: &[
                Kind::Zone,
                Kind::Conduit,
                Kind::KeyStore,
                Kind::Key,
                Kind::Workload,
                Kind::Store,
                Kind::Data,
                Kind::Artifact,
                Kind::Transfer,
                Kind::Identity,
                Kind::Grant,
                Kind::Issuer,
                Kind::Verifier,
                Kind::DebugEnvironment,
            ],
            resources: &[Kind::Document],
            context: &[],
        },
        ActionDef {
            action: Action::Reside,
            name: "reside",
            doc: "A key is in a key store. Asked for its store and for each replica.",
            relation: "in",
            principals: &[Kind::Key],
            resources: &[Kind::KeyStore],
            context: &[],
        },
        ActionDef {
            action: Action::Use,
            name: "use",
            doc: "A workload uses a key. Asked for each key that it, or a workload that runs on it, uses.",
            relation: "using",
            principals: &[Kind::Workload],
            resources: &[Kind::Key],
            context: &[ContextDef {
                name: "inMemory",
                doc: "Whether the key is in the memory of the workload: it is not public, and it can \
                      be exported or its store does not compute with it.",
                ty: Type::Bool,
            }],
        },
        ActionDef {
            action: Action::Attach,
            name: "attach",
            doc: "A debug environment can attach to a workload. Asked for each attachment.",
            relation: "attaching to",
            principals: &[Kind::DebugEnvironment],
            resources: &[Kind::Workload],
            context: &[],
        },
        ActionDef {
            action: Action::Trust,
            name: "trust",
            doc: "A verifier trusts a key. Asked for each key that it trusts.",
            relation: "trusting",
            principals: &[Kind::Verifier],
            resources: &[Kind::Key],
            context: &[],
        },
        ActionDef {
            action: Action::Connect,
            name: "connect",
            doc: "A conduit joins a zone to another. Asked for each conduit that is not forbidden, from \
                  the zone that begins a connection.",
            relation: "reaching",
            principals: &[Kind::Zone],
            resources: &[Kind::Zone],
            context: &[ContextDef {
                name: "conduit",
                doc: "The conduit.",
                ty: Type::Entity(&[Kind::Conduit]),
            }],
        },
        ActionDef {
            action: Action::Access,
            name: "access",
            doc: "An identity may do something with a thing. Asked for each grant, for each identity \
                  that holds it (that of the grant, and if that is a group, its members) and each \
                  thing that it is on (if that is a zone, what is in it).",
            relation: "with access to",
            principals: &[Kind::Identity],
            resources: &[
                Kind::Store,
                Kind::DebugEnvironment,
                Kind::KeyStore,
                Kind::Key,
                Kind::Workload,
            ],
            context: &[ContextDef {
                name: "grant",
                doc: "The grant.",
                ty: Type::Entity(&[Kind::Grant]),
            }],
        },
        ActionDef {
            action: Action::Issue,
            name: "issue",
            doc: "An issuer signs with a key. Asked for each key that it signs with.",
            relation: "signing with",
            principals: &[Kind::Issuer],
            resources: &[Kind::Key],
            context: &[],
        },
        ActionDef {
            action: Action::Record,
            name: "record",
            doc: "A log of something is kept in a store. Asked for each log that says where it is kept.",
            relation: "logged in",
            principals: &[
                Kind::Workload,
                Kind::Store,
                Kind::KeyStore,
                Kind::Key,
                Kind::DebugEnvironment,
            ],
            resources: &[Kind::Store],
            context: &[ContextDef {
                name: "log",
                doc: "The log.",
                ty: Type::Entity(&[Kind::Artifact]),
            }],
        },
    ];

    /// What is known of the action.
    pub fn def(self) -> &'static ActionDef {
        &Self::ALL[self as usize]
    }

    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|def| def.name == name).map(|def| def.action)
    }
}
