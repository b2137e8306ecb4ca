//! Arrows that lie on each other, moved apart: a reader must see which goes where.

use super::plane::{Point, Rect, is_along, is_crossed};

/// How near two pieces may come that run beside each other.
const NEAR: f64 = 4.0;
/// How long two pieces may run on each other.
const SHORT: f64 = 6.0;
/// How far pieces are moved: the nearest place that is free is taken.
const MOVES: [f64; 16] = [
    6.0, -6.0, 12.0, -12.0, 18.0, -18.0, 24.0, -24.0, 30.0, -30.0, 36.0, -36.0, 42.0, -42.0, 48.0,
    -48.0,
];
/// How far from a corner of a box an arrow may end.
const CORNER: f64 = 5.0;
/// How long the piece with the head must stay.
const HEAD: f64 = 12.0;

/// What one arrow has to keep to.
pub(super) struct Solid {
    /// Where it begins.
    pub from: Rect,
    /// Where it ends.
    pub to: Rect,
    /// What it may not go through.
    pub rects: Vec<Rect>,
}

/// Moves pieces of arrows that lie on pieces of others, as far as there is room. What comes first in
/// `order` stays where it is.
///
/// About quadratic in the pieces.
pub(super) fn apart(lines: &mut [Vec<Point>], order: &[usize], solids: &[Solid]) {
    let mut settled: Vec<(Point, Point)> = Vec::new();
    for at in order {
        let mut line = std::mem::take(&mut lines[*at]);
        let lying = |line: &[Point]| {
            let pieces = line.windows(2).map(|it| (it[0], it[1]));
            pieces.filter(|(a, b)| lies_on(&settled, *a, *b)).count()
        };
        let mut left = lying(&line);
        // A piece that is moved may free the next one.
        let pieces = line.len().saturating_sub(1);
        for piece in (0..pieces).chain(0..pieces) {
            if left == 0 {
                break;
            }
            if !lies_on(&settled, line[piece], line[piece + 1]) {
                continue;
            }
            let moves = MOVES.iter();
            let moves = moves.filter_map(|by| moved(&line, piece, *by, &solids[*at]));
            let counted = moves.map(|line| (lying(&line), line));
            if let Some((fewer, better)) = counted.min_by_key(|(count, _)| *count)
                && fewer < left
            {
                (left, line) = (fewer, better);
            }
        }
        settled.extend(line.windows(2).map(|it| (it[0], it[1])));
        lines[*at] = line;
    }
}

fn is_level(a: Point, b: Point) -> bool {
    (a.y - b.y).abs() < 0.01
}

/// Whether a piece runs on one of these, or so near that the two are one to the eye.
fn lies_on(pieces: &[(Point, Point)], a: Point, b: Point) -> bool {
    pieces.iter().any(|(c, d)| {
        if is_level(a, b) != is_level(*c, *d) {
            return false;
        }
        // Across, and along.
        let ends = |p: Point| {
            if is_level(a, b) {
                (p.y, p.x)
            } else {
                (p.x, p.y)
            }
        };
        let ((one, a), (_, b)) = (ends(a), ends(b));
        let ((other, c), (_, d)) = (ends(*c), ends(*d));
        let shared = a.max(b).min(c.max(d)) - a.min(b).max(c.min(d));
        (one - other).abs() < NEAR && shared > SHORT
    })
}

/// The arrow with one piece moved across itself; `None` if it cannot be.
fn moved(line: &[Point], piece: usize, by: f64, solid: &Solid) -> Option<Vec<Point>> {
    let level = is_level(line[piece], line[piece + 1]);
    let mut moved = line.to_vec();
    for point in &mut moved[piece..=piece + 1] {
        match level {
            true => point.y += by,
            false => point.x += by,
        }
    }
    let last = line.len() - 1;
    for (is_end, at, rect) in [
        (piece == 0, 0, solid.from),
        (piece + 1 == last, last, solid.to),
    ] {
        let Point { x, y } = moved[at];
        let on_border = match level {
            true => y > rect.y + CORNER && y < rect.bottom() - CORNER,
            false => x > rect.x + CORNER && x < rect.right() - CORNER,
        };
        if is_end && !on_border {
            return None;
        }
    }
    for (at, (new, old)) in moved.windows(2).zip(line.windows(2)).enumerate() {
        let ([a, b], [c, d]) = (new, old) else {
            continue;
        };
        let is_beside = at + 1 == piece || at == piece + 1;
        // A neighbour keeps its direction, and room for a head.
        let along = |p: Point, q: Point| (q.x - p.x) + (q.y - p.y);
        let (now, before) = (along(*a, *b), along(*c, *d));
        if is_beside && (is_level(*c, *d) == level || now * before <= 0.0 || now.abs() < HEAD) {
            return None;
        }
        let is_lost = is_along(solid.from, *a, *b) || is_along(solid.to, *a, *b);
        if is_lost || solid.rects.iter().any(|rect| is_crossed(*rect, *a, *b)) {
            return None;
        }
    }
    Some(moved)
}
