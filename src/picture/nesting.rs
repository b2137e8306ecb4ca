//! Boxes in boxes, in the order in which languages with blocks write them.

use super::scene::{Scene, Shown};

/// What is written next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visit {
    /// A box, by its place in the scene. Where it is a block, what is in it follows, then its end.
    Box(usize),
    /// The end of the innermost block that is open.
    End,
}

/// The boxes of a scene, each before what is in it, with how many blocks are open around each.
///
/// Without recursion: zones may be nested as deep as a document likes.
pub(super) fn nested(
    scene: &Scene<'_>,
    is_block: impl Fn(&Shown<'_>) -> bool,
) -> Vec<(usize, Visit)> {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); scene.boxes.len()];
    let mut roots = Vec::new();
    for (at, shown) in scene.boxes.iter().enumerate() {
        match shown.parent {
            Some(parent) => inside[parent].push(at),
            None => roots.push(at),
        }
    }
    let mut visits = Vec::with_capacity(scene.boxes.len());
    let mut depth = 0;
    let mut next: Vec<Visit> = roots.into_iter().rev().map(Visit::Box).collect();
    while let Some(visit) = next.pop() {
        match visit {
            Visit::End => {
                depth -= 1;
                visits.push((depth, visit));
            }
            Visit::Box(at) => {
                visits.push((depth, visit));
                if is_block(&scene.boxes[at]) {
                    depth += 1;
                    next.push(Visit::End);
                    next.extend(inside[at].iter().rev().copied().map(Visit::Box));
                }
            }
        }
    }
    visits
}
