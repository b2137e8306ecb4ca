//! Documents: the files that declare everything else.

use super::Mandatory;
use super::kind::entity;

entity! {
    /// A file that declares entities.
    Document {
        /// Its path.
        path as "path": Mandatory<Box<str>>,
        /// The format that it is written in.
        format as "format": Mandatory<Box<str>>,
    }
    derived {}
}
