//! What a thing went through on its way, as far as a policy can tell.

use crate::model::{
    Approval, Assurance, Atom, Category, Enumeration, PossibleValues, SetBounds, Step, StepKind,
    Transfer, Truth,
};

/// How well it is known that something was removed: the weakest of the steps that did it.
///
/// That nothing was is a value of its own, not `Assurance::None`, and the greatest: then the weakest of
/// several steps is the least, whichever of them took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Removal {
    /// The weakest step that removed something.
    By(Assurance),
    /// Nothing was removed.
    Nothing,
}

impl Removal {
    const VALUES: [Self; Assurance::ALL.len() + 1] = {
        let mut values = [Self::Nothing; Assurance::ALL.len() + 1];
        let mut at = 0;
        while at < Assurance::ALL.len() {
            values[at] = Self::By(Assurance::ALL[at]);
            at += 1;
        }
        values
    };

    /// The assurance that rules read.
    pub fn assurance(self) -> Assurance {
        match self {
            Self::By(assurance) => assurance,
            Self::Nothing => Assurance::None,
        }
    }
}

impl Enumeration for Removal {
    const ALL: &'static [Self] = &Self::VALUES;

    fn atom(self) -> Atom<'static> {
        self.assurance().atom()
    }

    fn from_atom(atom: &Atom<'_>) -> Option<Self> {
        Assurance::from_atom(atom).map(Self::By)
    }

    fn position(self) -> u8 {
        match self {
            Self::By(assurance) => assurance.position(),
            Self::Nothing => Assurance::ALL.len() as u8,
        }
    }
}

/// The state of a thing at a place: what was taken out of it, and how well the way there is kept.
///
/// Each value is the weakest of the way, or all that was removed on it; so the state after a hop
/// follows from the state before it, and which way led there does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowState {
    /// The zone that the thing comes from.
    pub origin: u32,
    /// The categories that steps removed.
    pub removed: SetBounds<Category>,
    /// How well that is known.
    pub removal: PossibleValues<Removal>,
    /// The fewest who had to agree to a transfer.
    pub approval: PossibleValues<Approval>,
    /// Whether every transfer is encrypted.
    pub encrypted: PossibleValues<bool>,
    /// Whether the thing gets here whatever the unknown is.
    pub certain: bool,
}

impl FlowState {
    /// The state of a thing where it comes from.
    pub fn start(origin: u32) -> Self {
        Self {
            origin,
            removed: SetBounds::EMPTY,
            removal: PossibleValues::one(Removal::Nothing),
            approval: PossibleValues::one(Approval::Quorum),
            encrypted: PossibleValues::one(true),
            certain: true,
        }
    }

    /// The same, if something holds that nobody knows.
    pub fn possible(self) -> Self {
        Self {
            certain: false,
            ..self
        }
    }

    /// The same, and certain only if `certain`.
    pub fn if_certain(self, certain: bool) -> Self {
        Self {
            certain: self.certain && certain,
            ..self
        }
    }

    /// A state in which a thing may be whatever became of it: for where too many states would have to be
    /// told apart. What rests on it is possible, never certain.
    pub fn widened(self) -> Self {
        Self {
            origin: self.origin,
            removed: SetBounds::ANY,
            removal: PossibleValues::ANY,
            approval: PossibleValues::ANY,
            encrypted: PossibleValues::ANY,
            certain: false,
        }
    }

    /// The state of a thing in this state once something that it is in went through `later`.
    pub fn then(self, later: &Self) -> Self {
        Self {
            origin: self.origin,
            removed: self.removed.with(later.removed),
            removal: self.removal.min(later.removal),
            approval: self.approval.min(later.approval),
            encrypted: self.encrypted.min(later.encrypted),
            certain: self.certain && later.certain,
        }
    }

    /// The state after a transfer's own approval and encryption; steps are taken one by one.
    pub fn transferred(self, transfer: &Transfer) -> Self {
        let approval = transfer.approval.possible();
        let mut steps = transfer.steps.iter();
        let encrypted = if steps.any(|step| step.value.kind.value == StepKind::Encrypt) {
            PossibleValues::one(true)
        } else {
            transfer.encrypted.possible()
        };
        Self {
            approval: self.approval.min(approval),
            encrypted: self.encrypted.min(encrypted),
            ..self
        }
    }

    /// The state after a step.
    ///
    /// Only a step that removes something, and lets nothing pass when it fails, takes anything out:
    /// looking for it or holding it back removes nothing. Nobody can say of a blanked copy that
    /// nothing is left in it, so what is redacted is at most claimed to be gone.
    pub fn after(self, step: &Step) -> Self {
        let closed = step.fails_closed();
        if !step.is_removing() || closed == Some(false) {
            return self;
        }
        let stated = step.assurance.as_ref().map(|assurance| assurance.value);
        let stated = PossibleValues::of(stated);
        let own = match step.kind.value {
            StepKind::Redact => stated.min(PossibleValues::one(Assurance::Claimed)),
            _ => stated,
        };
        let done = self.removal.min(own.map(Removal::By));
        let removed = SetBounds::known(step.removes.iter().map(|category| category.value));
        let (removed, removal) = match closed {
            Some(_) => (removed, done),
            None => (removed.perhaps(), done.or(self.removal)),
        };
        Self {
            removed: self.removed.with(removed),
            removal,
            ..self
        }
    }
}

/// Whether a thing of these categories is still there once `removed` is. What has no category is not
/// removed.
pub(super) fn remains(of: SetBounds<Category>, removed: SetBounds<Category>) -> Truth {
    let rest = of.without(removed);
    if of.is_inhabited() == Truth::True && rest.is_inhabited() == Truth::False {
        return Truth::False;
    }
    let may_be_gone = rest.is_inhabited() != Truth::True && of.may_meet(removed);
    if may_be_gone {
        Truth::Unknown
    } else {
        Truth::True
    }
}
