//! Where the labels of arrows go: on their own arrow, on no box, no title and no other label.

use super::plane::{Point, Rect};

/// Of each label, as they come in, where it goes; `None` if there is no room for it.
///
/// `labels` are the sizes, most important first by `order`; `solid` is what nothing may lie on;
/// `borders` are borders of boxes that it is better not to lie on; `page` is all there is.
///
/// Near the product of labels and arrows.
pub(super) fn place(
    labels: &[Option<(f64, f64)>],
    lines: &[Vec<Point>],
    order: &[usize],
    solid: &[Rect],
    borders: &[Rect],
    page: Rect,
) -> Vec<Option<Rect>> {
    let mut places: Vec<Option<Rect>> = vec![None; labels.len()];
    let mut taken: Vec<Rect> = Vec::new();
    for at in order {
        let Some((width, height)) = labels[*at] else {
            continue;
        };
        let mut best: Option<(f64, Rect)> = None;
        for rect in candidates(&lines[*at], width, height) {
            let room = rect.grown(1.5);
            let hits = |other: &Rect| room.overlaps(*other);
            let outside = !page.holds(rect);
            if outside || solid.iter().any(hits) || taken.iter().any(hits) {
                continue;
            }
            let cost = cost(rect, *at, lines, borders);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, rect));
            }
        }
        if let Some((_, rect)) = best {
            taken.push(rect);
            places[*at] = Some(rect);
        }
    }
    places
}

/// Places along an arrow: the middle of each piece first, then towards its ends.
fn candidates(line: &[Point], width: f64, height: f64) -> Vec<Rect> {
    const ALONG: [f64; 9] = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88];
    let mut found = Vec::new();
    let pieces = line.windows(2).filter_map(|piece| match piece {
        [a, b] => Some((*a, *b)),
        _ => None,
    });
    for (a, b) in pieces {
        let is_level = (a.y - b.y).abs() < 0.01;
        for along in ALONG {
            let (x, y) = (a.x + (b.x - a.x) * along, a.y + (b.y - a.y) * along);
            let around = if is_level {
                [
                    (0.0, 0.0),
                    (0.0, -(height / 2.0 + 3.0)),
                    (0.0, height / 2.0 + 3.0),
                ]
            } else {
                [
                    (0.0, 0.0),
                    (-(width / 2.0 + 4.0), 0.0),
                    (width / 2.0 + 4.0, 0.0),
                ]
            };
            found.extend(around.map(|(dx, dy)| Rect {
                x: x + dx - width / 2.0,
                y: y + dy - height / 2.0,
                width,
                height,
            }));
        }
    }
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    for rect in &mut found {
        (rect.x, rect.y) = (tenth(rect.x), tenth(rect.y));
    }
    found
}

/// How bad a place is: arrows of others under it, bends and ends of its own, borders.
fn cost(rect: Rect, own: usize, lines: &[Vec<Point>], borders: &[Rect]) -> f64 {
    let mut cost = 0.0;
    for (at, line) in lines.iter().enumerate() {
        for piece in line.windows(2) {
            let [a, b] = piece else { continue };
            if !touches(*a, *b, rect) {
                continue;
            }
            if at != own {
                cost += 40.0;
                continue;
            }
            // On a piece of its own it should see line on both sides.
            let is_level = (a.y - b.y).abs() < 0.01;
            let length = (a.x - b.x).abs() + (a.y - b.y).abs();
            let size = if is_level { rect.width } else { rect.height };
            if length < size + 24.0 {
                cost += 6.0;
            }
            if !is_level {
                cost += 2.0;
            }
        }
        if at == own {
            for end in [line.first(), line.last()].into_iter().flatten() {
                let near = rect.grown(10.0);
                if end.x > near.x && end.x < near.right() && end.y > near.y && end.y < near.bottom()
                {
                    cost += 12.0;
                }
            }
        }
    }
    let struck = borders.iter().filter(|border| {
        rect.overlaps(**border)
            && !(rect.x > border.x
                && rect.right() < border.right()
                && rect.y > border.y
                && rect.bottom() < border.bottom())
    });
    cost + 25.0 * struck.count() as f64
}

/// Whether a level or upright piece of an arrow goes through a rectangle.
pub(super) fn touches(a: Point, b: Point, rect: Rect) -> bool {
    let (left, right) = (a.x.min(b.x), a.x.max(b.x));
    let (top, bottom) = (a.y.min(b.y), a.y.max(b.y));
    left < rect.right() && right > rect.x && top < rect.bottom() && bottom > rect.y
}
