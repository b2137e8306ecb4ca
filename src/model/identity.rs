//! Identities and what they are granted.

use super::kind::{Derivation, entity, enumeration};
use super::value::Target;
use super::{
    Approval, Date, Derived, End, Enumeration as _, Kind, Limit, Mandatory, Optional, Relation,
    SetOf, Stated, To, Values, Zone,
};

enumeration! {
    /// What sort of identity it is.
    enum IdentityKind {
        /// A person's everyday account.
        Human = "human",
        /// A person's account for administration.
        Admin = "admin",
        /// A program's account.
        Service = "service",
        /// A person or program of a supplier.
        Vendor = "vendor",
        /// An account for emergencies.
        BreakGlass = "break-glass",
        /// A group of identities.
        Group = "group",
        /// Anyone at all.
        Everyone = "everyone",
    }
}

enumeration! {
    /// What an identity proves itself with, besides a password.
    enum Mfa: ordered {
        /// Nothing.
        None = "none",
        /// A code that can be passed on, or a push that somebody can be wearied into accepting.
        Otp = "otp",
        /// Something that a false site cannot make use of.
        PhishingResistant = "phishing-resistant",
    }
}

enumeration! {
    /// How far the devices that an identity works from are trusted.
    enum Device: ordered {
        /// Nobody looks after them.
        Unmanaged = "unmanaged",
        /// Nobody has looked at them yet, as after an acquisition.
        Unassessed = "unassessed",
        /// They are looked after.
        Managed = "managed",
        /// They serve administration alone.
        PrivilegedWorkstation = "privileged-workstation",
    }
}

enumeration! {
    /// How an identity signs in.
    enum Credential {
        /// A person types something.
        Interactive = "interactive",
        /// Another identity provider vouches for it.
        Federated = "federated",
        /// With something that expires within hours.
        ShortLived = "short-lived",
        /// With something that does not expire by itself.
        Static = "static",
    }
}

enumeration! {
    /// Where in its life an account is.
    enum IdentityState {
        /// In use.
        Active = "active",
        /// Not used for 90 days.
        Dormant = "dormant",
        /// It can no longer sign in.
        Disabled = "disabled",
    }
}

enumeration! {
    /// From where a sign-in is accepted.
    enum SignInFrom: ordered {
        /// From anywhere.
        Anywhere = "anywhere",
        /// From listed networks.
        ListedNetworks = "listed-networks",
        /// From devices that are looked after.
        ManagedDevices = "managed-devices",
    }
}

enumeration! {
    /// How much of a thing is opened at once.
    enum Scope: ordered {
        /// One record or case.
        Record = "record",
        /// What belongs to one customer.
        Tenant = "tenant",
        /// All of it.
        All = "all",
    }
}

enumeration! {
    /// What a grant allows.
    enum GrantAction {
        /// To read.
        Read = "read",
        /// To change.
        Write = "write",
        /// To decrypt with a key.
        Decrypt = "decrypt",
        /// To sign with a key.
        Sign = "sign",
        /// To take a key out of its store.
        Export = "export",
        /// To decide who may do what.
        Administer = "administer",
        /// To run commands, attach, open a session.
        Execute = "execute",
    }
}

impl GrantAction {
    /// Whether it can be used to take over what it is granted on.
    pub fn is_privileged(self) -> bool {
        !matches!(self, Self::Read | Self::Write)
    }
}

entity! {
    /// Someone or something that can be granted access: a person, a program, a group.
    Identity in MEMBER_OF {
        /// The zone that it works from.
        ZONE zone as "zone": Mandatory<To<Zone>>,
        /// What sort of identity it is.
        KIND kind as "kind": Stated<IdentityKind>,
        /// What it proves itself with, besides a password. A program has no such thing: `none`.
        MFA mfa as "mfa": Stated<Mfa>,
        /// How far the devices that it works from are trusted; of a program, the machine it runs on.
        DEVICE device as "device": Stated<Device>,
        /// How it signs in.
        CREDENTIAL credential as "credential": Stated<Credential>,
        /// The groups that it is in.
        MEMBER_OF member_of as "memberOf": Relation<To<Identity>>,
        /// The identities that it can act as.
        ASSUMES assumes as "assumes": Relation<To<Identity>>,
        /// Where in its life the account is; absent: nobody says.
        STATE state as "state": Optional<IdentityState>,
        /// When somebody last signed in with it; absent: nobody says.
        LAST_USED last_used as "lastUsed": Optional<Date>,
        /// Until when the account exists, or `never`; absent: nobody says.
        EXPIRES expires as "expires": Optional<End>,
        /// How many persons share it, or are in the group, that are not named one by one; absent:
        /// nobody says.
        MEMBERS members as "members": Optional<i64>,
        /// From where it can sign in; absent: nobody says.
        SIGN_IN_FROM sign_in_from as "signInFrom": Optional<SignInFrom>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// The keys that it can come to sign with, decrypt with or take out, over any chain, but for
        /// public and destroyed ones.
        KEYS as "keys": SetOf<To<super::Key>> = Derivation::Inventory(Derived::IdentityKeys),
        /// The position, from 0, of the highest level of what it can come to hold, over any chain; 0
        /// if that is nothing.
        OPENS_RANK as "opensRank": i64 = Derivation::Inventory(Derived::IdentityOpensRank),
        /// The same of what it is certain that it can come to hold: never unknown. For rules that leave
        /// to another what that other says for certain.
        OPENS_AT_LEAST as "opensAtLeast": i64 = Derivation::Inventory(Derived::IdentityOpensAtLeast),
        /// The same over ways on which no right has to be asked for, and that end with a right to look:
        /// every grant is `standing`, and the last one no more than `read` and `write`. Ways that begin
        /// with one listed in `assumes` are left to `assumedRank`.
        STANDING_RANK as "standingRank": i64 = Derivation::Inventory(Derived::IdentityStandingRank),
        /// The same over ways that begin with one that it, or a group that it is in, lists in `assumes`,
        /// but for those on which a grant is stated not to be `standing`; of people, also but for those
        /// that end with a `standing` grant of more than `read` and `write`, which is itself at fault.
        ASSUMED_RANK as "assumedRank": i64 = Derivation::Inventory(Derived::IdentityAssumedRank),
        /// Whether a workload that runs as it takes anybody's input.
        IS_EXPOSED as "isExposed": bool = Derivation::Inventory(Derived::IdentityIsExposed),
        /// In how many stores and key stores it can come to hold something of level `restricted` or
        /// above, over any chain.
        OPENS_COUNT as "opensCount": i64 = Derivation::Inventory(Derived::IdentityOpensCount),
        /// How many there are in `keys`.
        KEYS_COUNT as "keysCount": i64 = Derivation::Inventory(Derived::IdentityKeysCount),
    }
}

/// What a grant may be on.
#[derive(Debug, Clone)]
pub enum GrantTarget {}

impl Target for GrantTarget {
    const KINDS: &'static [Kind] = &[
        Kind::Store,
        Kind::DebugEnvironment,
        Kind::KeyStore,
        Kind::Key,
        Kind::Workload,
        Kind::Zone,
        Kind::Identity,
    ];
}

entity! {
    /// What an identity may do with a thing; on a zone, with everything in it but identities; on an
    /// identity, act as it (`execute`, `administer`).
    Grant {
        /// Who may.
        IDENTITY identity as "identity": Mandatory<To<Identity>>,
        /// With what.
        ON on as "on": Mandatory<To<GrantTarget>>,
        /// What it may do.
        ACTIONS actions as "actions": Values<GrantAction>,
        /// Whether it holds at all times, rather than when asked for.
        STANDING standing as "standing": Stated<bool>,
        /// For how many hours it holds once asked for; `unlimited` if it is without end. A `standing` grant holds
        /// at all times, whatever is said here.
        MAX_HOURS max_hours as "maxHours": Limit<i64>,
        /// Whether what is done under it is recorded.
        RECORDED recorded as "recorded": Stated<bool>,
        /// Who must agree each time before it holds; of `write` on source code: the reviewers
        /// besides the author; absent: nobody says.
        APPROVAL approval as "approval": Optional<Approval>,
        /// Whether the second factor is asked for again when it is used; absent: nobody says.
        REAUTHENTICATION reauthentication as "reauthentication": Optional<bool>,
        /// How much of the thing it opens at once; absent: nobody says.
        SCOPE scope as "scope": Optional<Scope>,
    }
    derived {
        /// Whether any of its `actions` is more than `read` and `write`.
        IS_PRIVILEGED as "isPrivileged": bool = Derivation::of(Self::ACTIONS, |at| GrantAction::at(at).is_some_and(GrantAction::is_privileged)),
    }
}
