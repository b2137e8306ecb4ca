//! Text to tree, seen from outside: what is read, what each span underlines, what is told.

mod aliases;
mod errors;
mod json;
mod limits;
mod properties;
mod render;
mod scalars;
mod yaml;
