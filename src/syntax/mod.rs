//! Text to spanned tree.
