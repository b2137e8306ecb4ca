//! Palisade checks infrastructure against policies.
//!
//! It reads descriptions of an infrastructure and infrastructure code, evaluates Cedar policies against
//! every fact and every path in them, as authorization requests, and reports each denial with the values
//! that decided it and their places.
//!
//! ```text
//! source ──▶ syntax ──▶ format ──▶ inventory ──▶ flow ──▶ policy ──▶ finding ──▶ report
//! bytes      spanned    typed      linked        what     requests,  what was    human,
//!            tree       declara-   graph         ends up  Cedar,     found       json,
//!                       tions                    where    reasons                sarif…
//! ```
//!
//! Each stage turns its input into an output *and* problems: it never stops at the first problem
//! and never drops one. Only `source` and the command line touch the outside world; `model` is the one
//! place where the vocabulary is written, and schemas, readers and policies derive from it.
//!
//! A program that checks texts which it holds itself, such as an editor or a service, takes a [`Host`]
//! and asks it for an [`Analysis`]. What is kept stable is the vocabulary `v1` of documents, version 1
//! of the JSON report ([`Analysis::report`]), and the command line; of this crate, which is before 1.0,
//! what is on this page. Its modules are public for the program and its tests, and hidden, as they
//! change with every version; `RUSTDOCFLAGS='--cfg internals' cargo doc` shows them.

#![warn(clippy::disallowed_methods)]

#[cfg_attr(not(internals), doc(hidden))]
pub mod check;
#[cfg_attr(not(internals), doc(hidden))]
pub mod cli;
#[cfg_attr(not(internals), doc(hidden))]
pub mod config;
#[cfg_attr(not(internals), doc(hidden))]
pub mod finding;
#[cfg_attr(not(internals), doc(hidden))]
pub mod flow;
#[cfg_attr(not(internals), doc(hidden))]
pub mod format;
mod host;
#[cfg_attr(not(internals), doc(hidden))]
pub mod infrastructure;
#[cfg_attr(not(internals), doc(hidden))]
pub mod inventory;
#[cfg_attr(not(internals), doc(hidden))]
pub mod model;
#[cfg_attr(not(internals), doc(hidden))]
pub mod picture;
#[cfg_attr(not(internals), doc(hidden))]
pub mod policy;
#[cfg_attr(not(internals), doc(hidden))]
pub mod report;
#[cfg_attr(not(internals), doc(hidden))]
pub mod source;
#[cfg_attr(not(internals), doc(hidden))]
pub mod syntax;
#[cfg_attr(not(internals), doc(hidden))]
pub mod testing;

pub use finding::Severity;
pub use host::{Analysis, Diagnostic, Host, Place, Standing};
pub use model::Date;
pub use source::LineColumn;
