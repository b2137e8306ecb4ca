//! Transfers: how things get from one place to another, and what is done to them on the way.

use schemars::JsonSchema;
use serde::Deserialize;

use super::conduit::Status;
use super::kind::{Derivation, entity, enumeration};
use super::value::{Atom, Reference, Target, Type, Value};
use super::{Category, Derived, Kind, Mandatory, Optional, Relation, Stated, To, Values};
use crate::source::Spanned;

enumeration! {
    /// Who must agree before something takes place.
    enum Approval: ordered {
        /// Nobody.
        None = "none",
        /// One person.
        Single = "single",
        /// Two persons.
        Dual = "dual",
        /// Several of a larger number of persons, three at least.
        Quorum = "quorum",
    }
}

enumeration! {
    /// How well it is known that a step does what it should.
    enum Assurance: ordered {
        /// Not at all.
        None = "none",
        /// Somebody says so.
        Claimed = "claimed",
        /// It is tested.
        Tested = "tested",
        /// Somebody independent confirms it.
        Attested = "attested",
    }
}

enumeration! {
    /// What a step does with what passes.
    enum StepKind {
        /// Removes what must not pass.
        Scrub = "scrub",
        /// Blanks what must not be seen.
        Redact = "redact",
        /// Puts a token in the place of what must not pass.
        Tokenise = "tokenise",
        /// Encrypts it.
        Encrypt = "encrypt",
        /// Looks for what must not pass, and reports it.
        Scan = "scan",
        /// Holds it back until somebody has looked.
        Quarantine = "quarantine",
    }
}

/// Something done to what a transfer carries, in order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What it does.
    pub kind: Spanned<StepKind>,
    /// What it removes.
    #[serde(default)]
    pub removes: Vec<Spanned<Category>>,
    /// Whether nothing passes when it fails. If omitted, it is unknown.
    #[serde(default)]
    pub fail_closed: Option<Spanned<bool>>,
    /// How well it is known that it does what it should. If omitted, it is unknown.
    #[serde(default)]
    pub assurance: Option<Spanned<Assurance>>,
    /// The zone in which it is done; absent: where the transfer begins.
    #[serde(default)]
    pub runs_in: Option<Spanned<To<super::Zone>>>,
}

impl Step {
    /// Whether it takes something out of what passes, when it works.
    pub fn is_removing(&self) -> bool {
        let removes = matches!(
            self.kind.value,
            StepKind::Scrub | StepKind::Redact | StepKind::Tokenise
        );
        removes && !self.removes.is_empty()
    }

    /// Whether nothing passes when it fails, if that is stated.
    pub fn fails_closed(&self) -> Option<bool> {
        self.fail_closed.as_ref().map(|closed| closed.value)
    }

    /// The enumerations that its attributes take their values from.
    pub(super) const ENUMERATIONS: [Type; 3] = [StepKind::TYPE, Category::TYPE, Assurance::TYPE];
}

impl Value for Step {
    const TYPE: Type = Type::Step;
    fn atom(&self) -> Option<Atom<'_>> {
        None
    }
    fn written(&self) -> serde_json::Value {
        let mut step = serde_json::Map::new();
        step.insert("kind".to_owned(), self.kind.value.written());
        if !self.removes.is_empty() {
            let removes = self.removes.iter().map(|category| category.value.written());
            step.insert("removes".to_owned(), removes.collect());
        }
        if let Some(fail_closed) = &self.fail_closed {
            step.insert("failClosed".to_owned(), fail_closed.value.into());
        }
        if let Some(assurance) = &self.assurance {
            step.insert("assurance".to_owned(), assurance.value.written());
        }
        if let Some(runs_in) = &self.runs_in {
            step.insert("runsIn".to_owned(), runs_in.value.written());
        }
        step.into()
    }
    fn reference(&self) -> Option<&Reference> {
        self.runs_in.as_ref()?.value.reference()
    }
    fn reference_span(&self) -> Option<crate::source::Span> {
        Some(self.runs_in.as_ref()?.span)
    }
    fn reference_mut(&mut self) -> Option<&mut Reference> {
        self.runs_in.as_mut()?.value.reference_mut()
    }
}

/// Where a transfer may begin or end.
#[derive(Debug, Clone)]
pub enum Endpoint {}

impl Target for Endpoint {
    const KINDS: &'static [Kind] = &[
        Kind::Store,
        Kind::Workload,
        Kind::KeyStore,
        Kind::DebugEnvironment,
        Kind::Zone,
    ];
}

/// What a transfer may carry.
#[derive(Debug, Clone)]
pub enum Cargo {}

impl Target for Cargo {
    const KINDS: &'static [Kind] = &[Kind::Artifact, Kind::Data, Kind::Key];
}

entity! {
    /// A way for things to get from one place to another.
    Transfer {
        /// Where it begins.
        FROM from as "from": Mandatory<To<Endpoint>>,
        /// Where it ends.
        TO to as "to": Mandatory<To<Endpoint>>,
        /// What it carries. If omitted, it may carry anything.
        CARRIES carries as "carries": Values<To<Cargo>>,
        /// What is done to it on the way, in order.
        STEPS steps as "steps": Relation<Step>,
        /// Whether it is encrypted on the way.
        ENCRYPTED encrypted as "encrypted": Stated<bool>,
        /// Who must agree before it takes place.
        APPROVAL approval as "approval": Stated<Approval>,
        /// Whether it is logged.
        LOGGED logged as "logged": Stated<bool>,
        /// Whether it takes place, or must not; absent: it does.
        STATUS status as "status": Optional<Status>,
    }
    derived {
        /// The zone in which it begins.
        FROM_ZONE as "fromZone": To<super::Zone> = Derivation::Inventory(Derived::TransferFromZone),
        /// The zone in which it ends.
        TO_ZONE as "toZone": To<super::Zone> = Derivation::Inventory(Derived::TransferToZone),
        /// Whether a step looks for what must not pass: a `scan`, `scrub` or `quarantine` whose
        /// `assurance` is not stated as `none` or `claimed`.
        SCANS as "scans": bool = Derivation::Inventory(Derived::TransferScans),
    }
}
