//! The questions that are asked of the policies: who does what to whom.

use super::kind::Kind;
use super::value::{Type, Value as _};
use super::{Approval, Assurance, Category, GrantAction, Inspection, Level};

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
    /// An artifact contains a key or data.
    Contain,
    /// A thing is on a transfer.
    Move,
    /// A thing comes to be in a zone.
    Enter,
    /// A thing comes to rest in a place.
    Rest,
    /// A zone is reached from another, over any number of conduits.
    Reach,
    /// An identity can come to hold a thing.
    Obtain,
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
    /// The type of its value or of its elements.
    pub ty: Type,
    /// Whether it holds a set.
    pub many: bool,
    /// Where its value comes from.
    pub from: ContextAttribute,
    /// Whether it is the position, from 0, of that value in its enumeration.
    pub is_rank: bool,
}

/// Something that holds of a request as a whole, and of neither its principal nor its resource. The
/// policy engine must know each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextAttribute {
    /// The conduit, grant or log that makes the fact.
    Subject,
    /// Whether a key is in the memory of who uses it.
    InMemory,
    /// The zone that a thing comes from.
    Origin,
    /// How sensitive what remains of a thing is.
    Level,
    /// The categories that remain in a thing.
    Remaining,
    /// How well it is known that something was removed.
    Assurance,
    /// Who had to agree to the transfers on the way.
    Approval,
    /// Whether every transfer on the way is encrypted.
    Encrypted,
    /// How closely what passes the conduits on the way is looked at, where that is least.
    Inspection,
    /// How closely what passes the conduits on the way is looked at, where that is most.
    ClosestInspection,
    /// Whether all conduits on the way are peerings, and several.
    Transit,
    /// Whether connections can be begun from the principal's side.
    Initiated,
    /// What an identity can do with a thing.
    Actions,
    /// Whether no right on the way has to be asked for.
    Standing,
    /// Whether a right is of the identity itself, or of a group that it is in.
    Direct,
    /// Whether a thing is in an artifact, and gets where it does with that.
    Inside,
    /// Whether an identity can have a thing only in a dump.
    InDump,
}

impl ContextDef {
    const fn one(name: &'static str, from: ContextAttribute, ty: Type, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            ty,
            many: false,
            from,
            is_rank: false,
        }
    }

    const fn set(name: &'static str, from: ContextAttribute, ty: Type, doc: &'static str) -> Self {
        Self {
            many: true,
            ..Self::one(name, from, ty, doc)
        }
    }

    const fn rank(name: &'static str, from: ContextAttribute, doc: &'static str) -> Self {
        Self {
            is_rank: true,
            ..Self::one(name, from, Type::Long, doc)
        }
    }
}

/// What a request says of how a thing got where it is. Which of several ways is shown does not
/// matter to it.
const FLOW: &[ContextDef] = &[
    ContextDef::one(
        "origin",
        ContextAttribute::Origin,
        Type::Entity(&[Kind::Zone]),
        "The zone that the thing comes from.",
    ),
    ContextDef::one(
        "level",
        ContextAttribute::Level,
        Level::TYPE,
        "How sensitive what remains of the thing is.",
    ),
    ContextDef::rank(
        "levelRank",
        ContextAttribute::Level,
        "The position, from 0, of `level`.",
    ),
    ContextDef::set(
        "remaining",
        ContextAttribute::Remaining,
        Category::TYPE,
        "The categories of the data and keys that remain in the thing.",
    ),
    ContextDef::one(
        "assurance",
        ContextAttribute::Assurance,
        Assurance::TYPE,
        "How well it is known that the steps on the way removed what they should: the weakest of \
         them; `none` where there is none.",
    ),
    ContextDef::rank(
        "assuranceRank",
        ContextAttribute::Assurance,
        "The position, from 0, of `assurance`.",
    ),
    ContextDef::one(
        "approval",
        ContextAttribute::Approval,
        Approval::TYPE,
        "Who had to agree to the transfers on the way: the fewest of them; `quorum` where there is none.",
    ),
    ContextDef::rank(
        "approvalRank",
        ContextAttribute::Approval,
        "The position, from 0, of `approval`.",
    ),
    ContextDef::one(
        "encrypted",
        ContextAttribute::Encrypted,
        Type::Bool,
        "Whether every transfer on the way is encrypted.",
    ),
    ContextDef::one(
        "inside",
        ContextAttribute::Inside,
        Type::Bool,
        "Whether the thing is in an artifact, and gets there with that: a key in a dump, a dump in a \
         backup.",
    ),
];

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
            context: &[ContextDef::one(
                "inMemory",
                ContextAttribute::InMemory,
                Type::Bool,
                "Whether the key is in the memory of the workload: it is neither public nor \
                      destroyed, and it can be exported or its store does not compute with it.",
            )],
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
            context: &[ContextDef::one(
                "conduit",
                ContextAttribute::Subject,
                Type::Entity(&[Kind::Conduit]),
                "The conduit.",
            )],
        },
        ActionDef {
            action: Action::Access,
            name: "access",
            doc: "An identity may do something with a thing. Asked for each grant, for each thing that \
                  it is on (if that is a zone, what is in it but identities), and for each identity \
                  that can use it: that of the grant, its members if it is a group, and whoever can \
                  come to act as one of these, over any chain of identities that act as others, \
                  workloads that they command and credentials that they hold. A chain that depends \
                  on what is unknown is left to `obtain`.",
            relation: "with access to",
            principals: &[Kind::Identity],
            resources: &[
                Kind::Store,
                Kind::DebugEnvironment,
                Kind::KeyStore,
                Kind::Key,
                Kind::Workload,
                Kind::Identity,
            ],
            context: &[
                ContextDef::one(
                    "grant",
                    ContextAttribute::Subject,
                    Type::Entity(&[Kind::Grant]),
                    "The grant: the right at the end of the way.",
                ),
                ContextDef::one(
                    "standing",
                    ContextAttribute::Standing,
                    Type::Bool,
                    "Whether no right on the way has to be asked for: every grant is `standing`, that at \
                     the end included. To act as another that is listed in `assumes` is no right that is \
                     asked for.",
                ),
                ContextDef::one(
                    "direct",
                    ContextAttribute::Direct,
                    Type::Bool,
                    "Whether the grant is to the identity itself or to a group that it is in, and it need \
                     not act as another.",
                ),
            ],
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
            context: &[ContextDef::one(
                "log",
                ContextAttribute::Subject,
                Type::Entity(&[Kind::Artifact]),
                "The log.",
            )],
        },
        ActionDef {
            action: Action::Contain,
            name: "contain",
            doc: "An artifact contains a key or data. Asked for what it is said to contain and for what \
                  follows from what it was taken from.",
            relation: "containing",
            principals: &[Kind::Artifact],
            resources: &[Kind::Key, Kind::Data],
            context: &[],
        },
        ActionDef {
            action: Action::Move,
            name: "move",
            doc: "A thing is on a transfer. Asked for each thing that a transfer carries, in each state \
                  in which it leaves where the transfer begins, and for what is in such an artifact; \
                  of a transfer that is `forbidden`, \
                  only where other ways come to the same.",
            relation: "on",
            principals: &[Kind::Artifact, Kind::Data, Kind::Key],
            resources: &[Kind::Transfer],
            context: FLOW,
        },
        ActionDef {
            action: Action::Enter,
            name: "enter",
            doc: "A thing comes to be in a zone, over any number of transfers, debug attachments and \
                  copies. Asked for each zone that it gets into, in each state in which it does, its \
                  first zone included, by itself or in an artifact.",
            relation: "entering",
            principals: &[Kind::Artifact, Kind::Data, Kind::Key],
            resources: &[Kind::Zone],
            context: FLOW,
        },
        ActionDef {
            action: Action::Rest,
            name: "rest",
            doc: "A thing comes to rest in a store or debug environment, over any number of transfers, \
                  debug attachments and copies. Asked for each such place, in each state in which it \
                  gets there, by itself or in an artifact.",
            relation: "resting in",
            principals: &[Kind::Artifact, Kind::Data, Kind::Key],
            resources: &[Kind::Store, Kind::DebugEnvironment],
            context: FLOW,
        },
        ActionDef {
            action: Action::Reach,
            name: "reach",
            doc: "A zone is reached from another zone, or from a debug environment, over one or more \
                  conduits. Asked for each such pair, in each state in which it is reached.",
            relation: "reaching, over any number of conduits,",
            principals: &[Kind::Zone, Kind::DebugEnvironment],
            resources: &[Kind::Zone],
            context: &[
                ContextDef::one(
                    "inspection",
                    ContextAttribute::Inspection,
                    Inspection::TYPE,
                    "How closely what passes is looked at: the weakest of the conduits.",
                ),
                ContextDef::rank(
                    "inspectionRank",
                    ContextAttribute::Inspection,
                    "The position, from 0, of `inspection`.",
                ),
                ContextDef::one(
                    "closestInspection",
                    ContextAttribute::ClosestInspection,
                    Inspection::TYPE,
                    "How closely what passes is looked at: the closest of the conduits.",
                ),
                ContextDef::rank(
                    "closestInspectionRank",
                    ContextAttribute::ClosestInspection,
                    "The position, from 0, of `closestInspection`.",
                ),
                ContextDef::one(
                    "transit",
                    ContextAttribute::Transit,
                    Type::Bool,
                    "Whether there are several conduits, all of them peerings, and none that joins the \
                     two zones by itself.",
                ),
                ContextDef::one(
                    "initiated",
                    ContextAttribute::Initiated,
                    Type::Bool,
                    "Whether the connections can be begun from this side. Where not, something begins \
                     one from the other side, and data flows back over it.",
                ),
            ],
        },
        ActionDef {
            action: Action::Obtain,
            name: "obtain",
            doc: "An identity can come to hold a thing: over grants, groups, identities that it can act \
                  as, workloads that it can run commands in, debug environments, and whatever ends up \
                  where it can read. Asked for each such thing, for each workload that it can run \
                  commands in, and of artifacts and data for each state in which they can be had.",
            relation: "able to obtain",
            principals: &[Kind::Identity],
            resources: &[
                Kind::Key,
                Kind::Artifact,
                Kind::Data,
                Kind::Store,
                Kind::Workload,
            ],
            context: &[
                ContextDef::set(
                    "actions",
                    ContextAttribute::Actions,
                    GrantAction::TYPE,
                    "What it can do with the thing, over all ways together.",
                ),
                ContextDef::one(
                    "level",
                    ContextAttribute::Level,
                    Level::TYPE,
                    "How sensitive what it gets is; of a store, the most sensitive of what rests there; of \
                     a workload `public`: what it works on is asked for by itself.",
                ),
                ContextDef::rank(
                    "levelRank",
                    ContextAttribute::Level,
                    "The position, from 0, of `level`.",
                ),
                ContextDef::one(
                    "inDump",
                    ContextAttribute::InDump,
                    Type::Bool,
                    "Whether the identity obtains the key or data item in a dump, trace or support bundle, \
                     and not by itself. The artifact has a request of its own.",
                ),
            ],
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
