//! Pictures of a project: boxes in boxes, arrows between them, paths to what is wrong in red.
//!
//! Flows in: a [`Graph`] of what there is, and [`Marks`] of what was found. Flows out: text, as SVG,
//! Mermaid or DOT. It also reads Mermaid, and says where a [`Chart`] and a [`Graph`] disagree. It knows
//! neither documents nor rules, and looks at nothing outside.

mod agree;
mod apart;
mod chosen;
mod compose;
mod dot;
mod drawing;
mod escape;
mod flowchart;
mod fold;
mod footer;
mod graph;
mod join;
mod labels;
mod layout;
mod marks;
mod mermaid;
mod names;
mod nesting;
mod plane;
mod route;
mod scene;
mod steps;
mod svg;
mod text;
mod told;

pub use agree::{Agreement, Difference, agree};
pub use dot::dot;
pub use escape::xml;
pub use flowchart::{Chart, ChartArrow, ChartBox, Note, Points, Says, Trouble, flowchart};
pub use graph::{Arrow, Exposure, Flows, Graph, Node, Sort};
pub use marks::{Marks, Step};
pub use mermaid::mermaid;
pub use scene::{Line, Scene, Shown, View};
pub use svg::{STYLE, svg};
