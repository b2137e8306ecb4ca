//! What a thing went through on its way, as far as a policy can tell.

use super::choice::{Choices, Part};
use crate::model::{Approval, Assurance, Category, Step, StepKind, Transfer};
use crate::source::Spanned;

/// The state of a thing at a place: what was taken out of it, and how well the way there is kept.
///
/// Each value is the weakest of the way, or all that was removed on it; so the state after a hop
/// follows from the state before it, and which way led there does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trail {
    /// The zone that the thing comes from.
    pub origin: u32,
    /// The categories that steps removed.
    pub removed: Part,
    /// How well that is known: the weakest [`Assurance`] of the steps that removed something.
    pub assurance: Choices,
    /// The fewest who had to agree to a transfer: an [`Approval`].
    pub approval: Choices,
    /// Whether every transfer is encrypted: 0 for no, 1 for yes.
    pub encrypted: Choices,
    /// Whether the thing gets here whatever the unknown is.
    pub certain: bool,
}

impl Trail {
    /// The state of a thing where it comes from.
    pub fn start(origin: u32) -> Self {
        Self {
            origin,
            removed: Part::default(),
            assurance: Choices::one(Assurance::None as u8),
            approval: Choices::one(Approval::Dual as u8),
            encrypted: Choices::one(1),
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

    /// The state after a transfer's own approval and encryption; steps are taken one by one.
    pub fn transferred(self, transfer: &Transfer) -> Self {
        let approval = match transfer.approval.known() {
            Some(approval) => Choices::one(*approval as u8),
            None => Choices::any(3),
        };
        let mut steps = transfer.steps.iter();
        let encrypted = match transfer.encrypted.known() {
            _ if steps.any(|step| step.value.kind.value == StepKind::Encrypt) => Choices::one(1),
            Some(encrypted) => Choices::one(u8::from(*encrypted)),
            None => Choices::any(2),
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
        let mask = mask(&step.removes);
        let closed = step.fail_closed.as_ref().map(|closed| closed.value);
        if !step.is_removing() || closed == Some(false) {
            return self;
        }
        let stated = match &step.assurance {
            Some(assurance) => Choices::one(assurance.value as u8),
            None => Choices::any(4),
        };
        let own = match step.kind.value {
            StepKind::Redact => stated.min(Choices::one(Assurance::Claimed as u8)),
            _ => stated,
        };
        let weakest = self.weakest(own);
        let part = match closed {
            Some(_) => Part::known(mask),
            None => Part::perhaps(mask),
        };
        Self {
            removed: self.removed.with(part),
            assurance: match closed {
                Some(_) => weakest,
                None => weakest.or(self.assurance),
            },
            ..self
        }
    }

    /// The weakest assurance once a further step that has `own` removed something: what was `none`
    /// because nothing had been removed is so no longer.
    fn weakest(&self, own: Choices) -> Choices {
        if self.removed.certain != 0 {
            return self.assurance.min(own);
        }
        if self.removed.possible == 0 {
            return own;
        }
        self.assurance.min(own).or(own)
    }
}

/// Whether a thing of these categories is still there once `removed` is: `None` if all of them are
/// gone, `Some(false)` if nobody knows. What has no category is not removed.
pub(super) fn remains(of: &Part, removed: &Part) -> Option<bool> {
    if of.certain != 0 && of.possible & !removed.certain == 0 {
        return None;
    }
    let may_be_gone = of.certain & !removed.possible == 0 && of.possible & removed.possible != 0;
    Some(!may_be_gone)
}

/// Categories as a mask.
pub(super) fn mask(categories: &[Spanned<Category>]) -> u8 {
    let bits = categories.iter().map(|category| 1 << category.value as u8);
    bits.fold(0, |all, bit| all | bit)
}
