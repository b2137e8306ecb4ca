pub mod finding;
pub mod format;
pub mod inventory;
pub mod model;
pub mod policy;
pub mod report;
pub mod source;
pub mod syntax;
