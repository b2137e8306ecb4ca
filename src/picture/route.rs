//! A way around boxes for an arrow that was laid through one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::plane::{Point, Rect, is_along, is_crossed};

/// How far from boxes an arrow keeps.
const CLEAR: f64 = 7.0;
/// What a bend costs, in px of way.
const BEND: u64 = 60;

/// The shortest way with few bends from the border of one box to that of another, through none of
/// `solid`. `rects` are all boxes: ways run beside them. `None` if there is none.
///
/// About the square of the number of boxes, times that of `solid`.
pub(super) fn around(from: Rect, to: Rect, solid: &[Rect], rects: &[Rect]) -> Option<Vec<Point>> {
    let grid = Grid::of(from, to, rects);
    let starts = grid.on_border(from);
    let ends = grid.on_border(to);
    grid.search(&starts, &ends, solid, [from, to])
}

/// The lines that ways may run along.
struct Grid {
    xs: Vec<f64>,
    ys: Vec<f64>,
}

impl Grid {
    fn of(from: Rect, to: Rect, rects: &[Rect]) -> Self {
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for rect in rects {
            xs.extend([rect.x - CLEAR, rect.right() + CLEAR]);
            ys.extend([rect.y - CLEAR, rect.bottom() + CLEAR]);
        }
        for end in [from, to] {
            for share in [0.3, 0.5, 0.7] {
                xs.push(end.x + end.width * share);
                ys.push(end.y + end.height * share);
            }
            xs.extend([end.x, end.right()]);
            ys.extend([end.y, end.bottom()]);
        }
        for line in [&mut xs, &mut ys] {
            line.sort_by(f64::total_cmp);
            line.dedup_by(|a, b| (*a - *b).abs() < 0.5);
        }
        Self { xs, ys }
    }

    fn point(&self, at: usize) -> Point {
        Point {
            x: self.xs[at % self.xs.len()],
            y: self.ys[at / self.xs.len()],
        }
    }

    /// The crossings of lines on the border of a box, but for its corners.
    fn on_border(&self, rect: Rect) -> Vec<usize> {
        let near = |a: f64, b: f64| (a - b).abs() < 0.5;
        let within = |low: f64, high: f64, at: f64| at > low + 4.0 && at < high - 4.0;
        let all = 0..self.xs.len() * self.ys.len();
        let on = all.filter(|at| {
            let Point { x, y } = self.point(*at);
            let upright = near(x, rect.x) || near(x, rect.right());
            let level = near(y, rect.y) || near(y, rect.bottom());
            (upright && within(rect.y, rect.bottom(), y))
                || (level && within(rect.x, rect.right(), x))
        });
        on.collect()
    }

    fn search(
        &self,
        starts: &[usize],
        ends: &[usize],
        solid: &[Rect],
        own: [Rect; 2],
    ) -> Option<Vec<Point>> {
        let width = self.xs.len();
        let places = width * self.ys.len();
        // A place, and whether the way came level or upright.
        let mut least = vec![u64::MAX; places * 2];
        let mut before = vec![usize::MAX; places * 2];
        let mut heap = BinaryHeap::new();
        let mut is_end = vec![false; places];
        for end in ends {
            is_end[*end] = true;
        }
        for start in starts {
            for level in [0, 1] {
                least[start * 2 + level] = 0;
                heap.push(Reverse((0_u64, start * 2 + level)));
            }
        }
        while let Some(Reverse((cost, state))) = heap.pop() {
            if cost > least[state] {
                continue;
            }
            let (at, level) = (state / 2, state % 2);
            if is_end[at] && before[state] != usize::MAX {
                return Some(self.way(state, &before));
            }
            let (column, row) = (at % width, at / width);
            let next = [
                (column > 0).then(|| (at - 1, 1)),
                (column + 1 < width).then(|| (at + 1, 1)),
                (row > 0).then(|| (at - width, 0)),
                (row + 1 < self.ys.len()).then(|| (at + width, 0)),
            ];
            for (to, way) in next.into_iter().flatten() {
                let (a, b) = (self.point(at), self.point(to));
                let is_lost = own.iter().any(|rect| is_along(*rect, a, b));
                if is_lost || solid.iter().any(|rect| is_crossed(*rect, a, b)) {
                    continue;
                }
                let length = ((a.x - b.x).abs() + (a.y - b.y).abs()).round() as u64;
                let bend = if way == level { 0 } else { BEND };
                let cost = cost + length + bend;
                let next = to * 2 + way;
                if cost < least[next] {
                    least[next] = cost;
                    before[next] = state;
                    heap.push(Reverse((cost, next)));
                }
            }
        }
        None
    }

    /// The way that led to `state`, without places that it goes straight through.
    fn way(&self, state: usize, before: &[usize]) -> Vec<Point> {
        let states = std::iter::successors(Some(state), |at| {
            Some(before[*at]).filter(|before| *before != usize::MAX)
        });
        let mut points: Vec<Point> = states.map(|state| self.point(state / 2)).collect();
        points.reverse();
        points.dedup();
        let mut at = 1;
        while at + 1 < points.len() {
            let (a, b, c) = (points[at - 1], points[at], points[at + 1]);
            let straight = (a.x == b.x && b.x == c.x) || (a.y == b.y && b.y == c.y);
            if straight {
                points.remove(at);
            } else {
                at += 1;
            }
        }
        points
    }
}
