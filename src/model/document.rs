//! Documents: the files that declare everything else.

use super::Mandatory;
use super::kind::entity;

entity! {
    /// A file that declares entities.
    Document {
        /// Its path.
        PATH path as "path": Mandatory<Box<str>>,
        /// The format that it is written in.
        FORMAT format as "format": Mandatory<Box<str>>,
    }
    derived {}
}
