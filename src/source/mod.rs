//! Where text comes from, and where in it a value stands.
//!
//! Flows in: paths, standard input, memory, states of a git repository. Flows out: [`Files`] with their texts, [`Span`]s into
//! them, and the [`Problem`]s that every later stage adds to. This is the only module of the
//! pipeline that touches the outside world, and it uses no other module.

#![allow(clippy::disallowed_methods, reason = "this is where files are read")]

mod cache;
mod checkout;
mod closest;
mod code;
mod digest;
mod files;
mod git;
mod ledger;
mod links;
mod problem;
mod quote;
mod span;
mod trace;
mod worktree;

pub use cache::{Cache, Usage};
pub use checkout::Checkout;
pub use closest::{closest, names_program};
pub use code::Code;
pub use digest::{Digest, Key};
pub use files::{Expansion, Files, LineColumn, Piece, Place, SourceFile, Through, Via};
pub use git::{Blob, Entry, MissingObject, ObjectId, Places, Repo, Snapshot, Target};
pub use ledger::{
    End, Entry as LedgerEntry, Exclusion, Foreign, Ledger, RootEntry, Skip, Skipped, Unread,
};
pub use problem::{Label, Problem, ProblemKind};
pub use quote::{is_quotable, quote};
pub use span::{FileId, SPANNED, Span, Spanned};
pub use trace::{Trace, Traced};
pub use worktree::{
    Candidate, Found, Linked, Origin, Unreadable, display_name, distinct, find, inside,
    is_encrypted, is_lfs_pointer, shown,
};
