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
//! and never drops one. [`check::check`] is the whole pipeline as one function. Only [`source`] and
//! the command line touch the outside world. [`model`] is the one place where the vocabulary is
//! written; schemas, readers and policies derive from it.
//!
//! A program that checks texts which it holds itself, such as an editor, takes a [`Host`]. What is
//! kept stable is the vocabulary `v1` of documents, version 1 of the JSON report, and the command line;
//! of this crate, [`Host`] and what it gives. The modules below it are for those who work on Palisade.

#![warn(clippy::disallowed_methods)]

pub mod check;
pub mod cli;
pub mod config;
pub mod finding;
pub mod flow;
pub mod format;
mod host;
pub mod infrastructure;
pub mod inventory;
pub mod model;
pub mod picture;
pub mod policy;
pub mod report;
pub mod source;
pub mod syntax;
pub mod testing;

pub use host::{Analysis, Diagnostic, Host, Place, Standing};
