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
                Kind::KeyStore,
                Kind::Key,
                Kind::Workload,
                Kind::Artifact,
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
