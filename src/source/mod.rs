//! Where text comes from, and where in it a value stands.
//!
//! Flows in: paths, standard input, memory. Flows out: [`Files`] with their texts, [`Span`]s into
//! them, and the [`Problem`]s that every later stage adds to. This is the only module of the
//! pipeline that touches the outside world, and it uses no other module.

mod checkout;
mod files;
mod problem;
mod span;
mod worktree;

pub use checkout::Checkout;
pub use files::{Expansion, Files, LineColumn, Piece, Place, SourceFile};
pub use problem::{Label, Problem, ProblemKind};
pub use span::{FileId, SPANNED, Span, Spanned};
pub use worktree::{Candidate, Found, Origin, Unreadable, display_name, find};
