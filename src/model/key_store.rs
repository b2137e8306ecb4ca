//! Key stores: where keys are kept, and how well.

use super::kind::{Derivation, entity, enumeration};
use super::{Enumeration as _, Mandatory, Optional, Stated, To, Zone};

enumeration! {
    /// Where and how a key store keeps its keys.
    enum Custody {
        /// A hardware security module of one's own.
        Hsm = "hsm",
        /// A provider's hardware security module.
        CloudHsm = "cloud-hsm",
        /// A provider's key service without a stated hardware module.
        Kms = "kms",
        /// A trusted platform module.
        Tpm = "tpm",
        /// A confidential-computing enclave.
        Enclave = "enclave",
        /// A secrets manager or vault that keeps keys in software.
        SoftwareVault = "software-vault",
        /// The operating system's key store.
        OsStore = "os-store",
        /// A file.
        File = "file",
        /// Environment variables.
        Environment = "environment",
        /// Source code or a repository.
        Source = "source",
        /// The state file of an infrastructure tool.
        State = "state",
        /// The memory of a process.
        Memory = "memory",
    }
}

impl Custody {
    /// Whether the key is bound to hardware made to hold keys.
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Hsm | Self::CloudHsm | Self::Tpm)
    }

    /// Whether whoever reads the place reads the key.
    pub fn is_plaintext(self) -> bool {
        matches!(
            self,
            Self::File | Self::Environment | Self::Source | Self::State
        )
    }

    /// Whether the store itself computes with its keys, so that a key that cannot be exported is
    /// never in the memory of whoever uses it.
    pub fn computes(self) -> bool {
        matches!(
            self,
            Self::Hsm | Self::CloudHsm | Self::Kms | Self::Tpm | Self::Enclave
        )
    }
}

enumeration! {
    /// What a key store was validated against.
    enum Validation {
        /// Nothing, or its validation is no longer in force.
        None = "none",
        /// FIPS 140-2, level 1.
        Fips1402L1 = "fips-140-2-l1",
        /// FIPS 140-2, level 2.
        Fips1402L2 = "fips-140-2-l2",
        /// FIPS 140-2, level 3.
        Fips1402L3 = "fips-140-2-l3",
        /// FIPS 140-2, level 4.
        Fips1402L4 = "fips-140-2-l4",
        /// FIPS 140-3, level 1.
        Fips1403L1 = "fips-140-3-l1",
        /// FIPS 140-3, level 2.
        Fips1403L2 = "fips-140-3-l2",
        /// FIPS 140-3, level 3.
        Fips1403L3 = "fips-140-3-l3",
        /// FIPS 140-3, level 4.
        Fips1403L4 = "fips-140-3-l4",
    }
}

entity! {
    /// A place where keys are kept: a hardware module, a vault, a file.
    KeyStore in ZONE {
        /// The zone that it is in.
        ZONE zone as "zone": Mandatory<To<Zone>>,
        /// Where and how it keeps its keys.
        CUSTODY custody as "custody": Stated<Custody>,
        /// What it was validated against.
        VALIDATION validation as "validation": Stated<Validation>,
        /// Whether it answers on a public network.
        PUBLIC_ACCESS public_access as "publicAccess": Stated<bool>,
        /// Whether every operation on its keys is logged.
        AUDITED audited as "audited": Stated<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// Whether `custody` binds keys to hardware: `hsm`, `cloud-hsm` or `tpm`.
        IS_HARDWARE as "isHardware": bool = Derivation::of(Self::CUSTODY, |at| Custody::at(at).is_some_and(Custody::is_hardware)),
        /// Whether whoever reads `custody` reads the keys: `file`, `environment`, `source` or `state`.
        IS_PLAINTEXT as "isPlaintext": bool = Derivation::of(Self::CUSTODY, |at| Custody::at(at).is_some_and(Custody::is_plaintext)),
    }
}
