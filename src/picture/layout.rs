//! Where boxes and arrows go. The one place that knows the library that decides it.
//!
//! Flows in: boxes with sizes and parents, arrows with the sizes of their labels. Flows out:
//! rectangles and lines of horizontal and vertical pieces. The same input gives the same output.

use super::apart::{Solid, apart};
use super::plane::{Point, Rect, is_along, is_crossed};
use super::route::around;
use graphlay::options::LabelReservation;
use graphlay::{Direction, Edge, Effort, GraphBuilder, LayoutOptions, NodeId, Size};

/// Room between a box and what is in it: enough for its title, on all sides.
pub(super) const PADDING: f64 = 30.0;
/// How high a title is.
pub(super) const TITLE: f64 = 24.0;
/// Room around the picture.
const MARGIN: f64 = 20.0;
/// Above so many boxes, less is tried to avoid crossings.
const LARGE: usize = 110;

/// A box to be placed.
#[derive(Debug, Clone)]
pub(super) struct Sized {
    /// What makes it the same box whatever the order.
    pub key: String,
    /// The least width.
    pub width: f64,
    /// The least height.
    pub height: f64,
    /// The box around it.
    pub parent: Option<usize>,
    /// How wide its title is, if others are in it.
    pub title: Option<f64>,
}

/// An arrow to be placed.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The size of its label; `None` if it has none.
    pub label: Option<(f64, f64)>,
    /// Whether it should be short and straight.
    pub main: bool,
}

/// A picture with everything in its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Placed {
    /// The boxes, as they came in.
    pub boxes: Vec<Rect>,
    /// The arrows, as they came in; empty if none could be drawn.
    pub lines: Vec<Vec<Point>>,
    /// How wide the picture is.
    pub width: f64,
    /// How high the picture is.
    pub height: f64,
}

/// A way to lay out a picture. Which is best depends on what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Whether arrows go down rather than to the right.
    pub down: bool,
    /// Whether room is made for each label, and not only for those of the path.
    pub roomy: bool,
}

/// All ways; of two that are as good the first is taken.
pub(super) const PLANS: [Plan; 4] = [
    Plan {
        down: false,
        roomy: true,
    },
    Plan {
        down: false,
        roomy: false,
    },
    Plan {
        down: true,
        roomy: true,
    },
    Plan {
        down: true,
        roomy: false,
    },
];

/// Places boxes and arrows.
///
/// About quadratic in the arrows at one box; the caller limits these.
pub(super) fn lay_out(boxes: &[Sized], links: &[Link], plan: Plan) -> Placed {
    let placed = by_library(boxes, links, plan).unwrap_or_else(|| in_rows(boxes, links.len()));
    let mut placed = from_origin(placed);
    mend(&mut placed, boxes, links);
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|at| (!links[*at].main, *at));
    let solid = |at: usize| solid(&placed, boxes, &links[at]);
    let solids: Vec<Solid> = (0..links.len()).map(solid).collect();
    apart(&mut placed.lines, &order, &solids);
    from_origin(placed)
}

/// What an arrow may not go through: boxes that neither end is in, titles, and its own ends, unless the
/// other end is in them.
fn solid(placed: &Placed, boxes: &[Sized], link: &Link) -> Solid {
    let with_outer = |at: usize| std::iter::successors(Some(at), |at| boxes[*at].parent);
    let own: Vec<usize> = with_outer(link.from).chain(with_outer(link.to)).collect();
    let foreign = (0..boxes.len()).filter(|at| !own.contains(at));
    let mut rects: Vec<Rect> = foreign.map(|at| placed.boxes[at]).collect();
    rects.extend((0..boxes.len()).filter_map(|at| title(placed, boxes, at)));
    for (end, other) in [(link.from, link.to), (link.to, link.from)] {
        if !with_outer(other).any(|at| at == end) {
            rects.push(placed.boxes[end]);
        }
    }
    Solid {
        from: placed.boxes[link.from],
        to: placed.boxes[link.to],
        rects,
    }
}

/// The title of a box that others are in.
fn title(placed: &Placed, boxes: &[Sized], at: usize) -> Option<Rect> {
    let Rect { x, y, width, .. } = placed.boxes[at];
    Some(Rect {
        x,
        y,
        width: boxes[at].title?.min(width),
        height: TITLE,
    })
}

/// Leads arrows around what they were laid through: boxes that neither end is in, and titles.
fn mend(placed: &mut Placed, boxes: &[Sized], links: &[Link]) {
    for (at, link) in links.iter().enumerate() {
        let Solid { from, to, rects } = solid(placed, boxes, link);
        let line = &placed.lines[at];
        let is_struck = |piece: &[Point]| match piece {
            [a, b] => {
                rects.iter().any(|rect| is_crossed(*rect, *a, *b))
                    || is_along(from, *a, *b)
                    || is_along(to, *a, *b)
            }
            _ => false,
        };
        if line.len() < 2 || line.windows(2).any(is_struck) {
            placed.lines[at] = around(from, to, &rects, &placed.boxes).unwrap_or_default();
        }
    }
}

fn by_library(boxes: &[Sized], links: &[Link], plan: Plan) -> Option<Placed> {
    if boxes.is_empty() {
        return None;
    }
    let mut builder = GraphBuilder::new();
    for sized in boxes {
        builder.add_node(graphlay::Node {
            size: Size::new(sized.width, sized.height),
            parent: sized
                .parent
                .and_then(|at| u32::try_from(at).ok())
                .map(NodeId),
            key: Some(sized.key.clone()),
            ..graphlay::Node::default()
        });
    }
    let node = |at: usize| u32::try_from(at).ok().map(NodeId);
    for link in links {
        builder.add_edge(Edge {
            label_size: (plan.roomy || link.main)
                .then_some(link.label)
                .flatten()
                .map(|(width, height)| Size::new(width, height)),
            weight: if link.main { 4.0 } else { 1.0 },
            ..Edge::new(node(link.from)?, node(link.to)?)
        });
    }
    let mut options = LayoutOptions::layered_default();
    options.direction = match plan.down {
        true => Direction::TopBottom,
        false => Direction::LeftRight,
    };
    options.spacing.compound_padding = PADDING;
    options.spacing.compound_header = 0.0;
    options.spacing.node_gap = 20.0;
    options.spacing.layer_gap = 22.0;
    options.spacing.edge_label_margin = 12.0;
    options.spacing.dummy_gap = 14.0;
    options.spacing.isolated_gap = 14.0;
    options.labels.reservation = LabelReservation::Always;
    options.effort = match boxes.len() > LARGE {
        true => Effort::Fast,
        false => Effort::Thorough,
    };
    let drawing = graphlay::layout(&builder.build(), &options).ok()?;
    let rect = |at: &graphlay::Placement| Rect {
        x: at.center.x - at.size.width / 2.0,
        y: at.center.y - at.size.height / 2.0,
        width: at.size.width,
        height: at.size.height,
    };
    let line = |route: &graphlay::layout::EdgeRoute| {
        let points = route.points.iter();
        points
            .map(|point| Point {
                x: point.x,
                y: point.y,
            })
            .collect()
    };
    Some(Placed {
        boxes: drawing.nodes.iter().map(rect).collect(),
        lines: drawing.edges.iter().map(line).collect(),
        width: 0.0,
        height: 0.0,
    })
}

/// Boxes in rows, without arrows: what is drawn where the library gives up.
fn in_rows(boxes: &[Sized], links: usize) -> Placed {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); boxes.len()];
    let mut roots = Vec::new();
    for (at, sized) in boxes.iter().enumerate() {
        match sized.parent {
            Some(parent) => children[parent].push(at),
            None => roots.push(at),
        }
    }
    // Inner boxes first: sizes, then places.
    let mut order = roots.clone();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        order.extend(&children[at]);
        next += 1;
    }
    let mut sizes: Vec<(f64, f64)> = boxes.iter().map(|it| (it.width, it.height)).collect();
    for at in order.iter().rev() {
        let inner = children[*at].iter().map(|child| sizes[*child]);
        let (width, height) = inner.fold((0.0_f64, 0.0), |(width, height), (w, h)| {
            (width.max(w), height + h + PADDING)
        });
        if !children[*at].is_empty() {
            let (w, h) = sizes[*at];
            sizes[*at] = (w.max(width + 2.0 * PADDING), h.max(height + PADDING));
        }
    }
    let mut rects = vec![
        Rect {
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0
        };
        boxes.len()
    ];
    let mut y = 0.0;
    for root in roots {
        rects[root].y = y;
        y += sizes[root].1 + PADDING;
    }
    for at in order {
        (rects[at].width, rects[at].height) = sizes[at];
        let (x, mut y) = (rects[at].x + PADDING, rects[at].y + PADDING);
        for child in &children[at] {
            (rects[*child].x, rects[*child].y) = (x, y);
            y += sizes[*child].1 + PADDING;
        }
    }
    Placed {
        boxes: rects,
        lines: vec![Vec::new(); links],
        width: 0.0,
        height: 0.0,
    }
}

/// Moves everything so that the picture begins at its top left, and measures it.
fn from_origin(mut placed: Placed) -> Placed {
    let mut low = (f64::INFINITY, f64::INFINITY);
    let mut high = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let corners = placed.boxes.iter().flat_map(|rect| {
        let ends = [(rect.x, rect.y), (rect.right(), rect.bottom())];
        ends.into_iter()
    });
    let points = placed
        .lines
        .iter()
        .flatten()
        .map(|point| (point.x, point.y));
    for (x, y) in corners.chain(points) {
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    if !low.0.is_finite() {
        (low, high) = ((0.0, 0.0), (0.0, 0.0));
    }
    let (dx, dy) = (MARGIN - low.0, MARGIN - low.1);
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    for rect in &mut placed.boxes {
        (rect.x, rect.y) = (tenth(rect.x + dx), tenth(rect.y + dy));
        (rect.width, rect.height) = (tenth(rect.width), tenth(rect.height));
    }
    for point in placed.lines.iter_mut().flatten() {
        (point.x, point.y) = (tenth(point.x + dx), tenth(point.y + dy));
    }
    placed.width = (high.0 - low.0 + 2.0 * MARGIN).ceil();
    placed.height = (high.1 - low.1 + 2.0 * MARGIN).ceil();
    placed
}
