//! Points and rectangles.

/// A point, in px from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A rectangle, in px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    /// The left border.
    pub x: f64,
    /// The upper border.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

impl Rect {
    /// The right border.
    pub(super) fn right(self) -> f64 {
        self.x + self.width
    }

    /// The lower border.
    pub(super) fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// Whether the two have an area in common.
    pub(super) fn overlaps(self, other: Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// Whether the other one is inside.
    pub(super) fn holds(self, other: Self) -> bool {
        other.x >= self.x
            && other.right() <= self.right()
            && other.y >= self.y
            && other.bottom() <= self.bottom()
    }

    /// The same with more room on each side.
    pub(super) fn grown(self, by: f64) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            width: self.width + 2.0 * by,
            height: self.height + 2.0 * by,
        }
    }
}

/// Whether a level or upright piece goes through a box, and not only along its border.
pub(super) fn is_crossed(rect: Rect, a: Point, b: Point) -> bool {
    const HAIR: f64 = 0.2;
    a.x.min(b.x) < rect.right() - HAIR
        && a.x.max(b.x) > rect.x + HAIR
        && a.y.min(b.y) < rect.bottom() - HAIR
        && a.y.max(b.y) > rect.y + HAIR
}

/// Whether a level or upright piece runs along the border of a box, so that it cannot be told from it.
pub(super) fn is_along(rect: Rect, a: Point, b: Point) -> bool {
    const HAIR: f64 = 1.0;
    let near = |a: f64, b: f64| (a - b).abs() < HAIR;
    let shared = |low: f64, high: f64, a: f64, b: f64| a.max(b).min(high) - a.min(b).max(low);
    if near(a.y, b.y) {
        let on_border = near(a.y, rect.y) || near(a.y, rect.bottom());
        return on_border && shared(rect.x, rect.right(), a.x, b.x) > HAIR;
    }
    let on_border = near(a.x, rect.x) || near(a.x, rect.right());
    on_border && shared(rect.y, rect.bottom(), a.y, b.y) > HAIR
}

/// How often the arrows of different lines cross.
pub(super) fn crossings(lines: &[Vec<Point>]) -> usize {
    let pieces = lines.iter().enumerate();
    let pieces = pieces.flat_map(|(at, line)| line.windows(2).map(move |it| (at, it[0], it[1])));
    let is_level = |(_, a, b): &(usize, Point, Point)| (a.y - b.y).abs() < 0.01;
    let (level, upright): (Vec<_>, Vec<_>) = pieces.partition(is_level);
    let within = |low: f64, high: f64, at: f64| at > low.min(high) && at < low.max(high);
    let crosses = |(at, a, b): &(usize, Point, Point)| {
        let (at, a, b) = (*at, *a, *b);
        let others = upright.iter().filter(move |(other, c, d)| {
            *other != at && within(a.x, b.x, c.x) && within(c.y, d.y, a.y)
        });
        others.count()
    };
    level.iter().map(crosses).sum()
}
