//! A picture taken apart again, as a reader sees it: boxes, arrows, labels, and what is wrong with where
//! they are.

use roxmltree::{Document, Node};

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    fn of(node: Node<'_, '_>) -> Self {
        let number = |name| {
            node.attribute(name)
                .expect("a number")
                .parse()
                .expect("a number")
        };
        Self {
            x: number("x"),
            y: number("y"),
            width: number("width"),
            height: number("height"),
        }
    }

    /// Whether more than a hair of both is in the same place.
    fn overlaps(self, other: Self) -> bool {
        const HAIR: f64 = 0.3;
        self.x + HAIR < other.x + other.width
            && other.x + HAIR < self.x + self.width
            && self.y + HAIR < other.y + other.height
            && other.y + HAIR < self.y + self.height
    }

    fn holds(self, other: Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.x + other.width <= self.x + self.width
            && other.y + other.height <= self.y + self.height
    }

    fn is_crossed(self, (a, b): (Point, Point)) -> bool {
        const HAIR: f64 = 0.3;
        a.0.min(b.0) < self.x + self.width - HAIR
            && a.0.max(b.0) > self.x + HAIR
            && a.1.min(b.1) < self.y + self.height - HAIR
            && a.1.max(b.1) > self.y + HAIR
    }

    /// How much of a level or upright piece is on the border.
    fn along(self, (a, b): (Point, Point)) -> f64 {
        let near = |a: f64, b: f64| (a - b).abs() < 1.0;
        let shared = |low: f64, high: f64, a: f64, b: f64| a.max(b).min(high) - a.min(b).max(low);
        let (right, bottom) = (self.x + self.width, self.y + self.height);
        match near(a.1, b.1) {
            true if near(a.1, self.y) || near(a.1, bottom) => shared(self.x, right, a.0, b.0),
            false if near(a.0, self.x) || near(a.0, right) => shared(self.y, bottom, a.1, b.1),
            _ => 0.0,
        }
    }

    /// How far a point is from the border.
    fn off_border(self, at: Point) -> f64 {
        let outside = |low: f64, high: f64, at: f64| (low - at).max(at - high).max(0.0);
        let dx = outside(self.x, self.x + self.width, at.0);
        let dy = outside(self.y, self.y + self.height, at.1);
        let inside = [
            at.0 - self.x,
            self.x + self.width - at.0,
            at.1 - self.y,
            self.y + self.height - at.1,
        ];
        let inside = inside.into_iter().fold(f64::INFINITY, f64::min).max(0.0);
        dx.hypot(dy) + inside
    }
}

type Point = (f64, f64);

/// A box.
#[derive(Debug, Clone)]
pub struct Shown {
    pub id: String,
    pub rect: Rect,
    pub parent: Option<String>,
    pub is_outer: bool,
    /// What is written in it, each a rectangle as wide as the text.
    pub texts: Vec<Rect>,
}

/// An arrow.
#[derive(Debug, Clone)]
pub struct Line {
    pub from: String,
    pub to: String,
    pub points: Vec<Point>,
}

impl Line {
    /// Whether a piece of this one runs on another piece for a while.
    fn lies_on(&self, piece: &[Point]) -> bool {
        let is_level = |a: Point, b: Point| (a.1 - b.1).abs() < 0.05;
        let (a, b) = (piece[0], piece[1]);
        self.points.windows(2).any(|other| {
            let (c, d) = (other[0], other[1]);
            if is_level(a, b) != is_level(c, d) {
                return false;
            }
            let ends = |p: Point| if is_level(a, b) { (p.1, p.0) } else { p };
            let ((at, a), (_, b)) = (ends(a), ends(b));
            let ((on, c), (_, d)) = (ends(c), ends(d));
            let shared = a.max(b).min(c.max(d)) - a.min(b).max(c.min(d));
            (at - on).abs() < 2.0 && shared > 12.0
        })
    }
}

/// A picture.
#[derive(Debug, Clone)]
pub struct Picture {
    pub boxes: Vec<Shown>,
    pub lines: Vec<Line>,
    pub labels: Vec<Rect>,
    texts: Vec<String>,
    size: (f64, f64),
}

fn has_class(node: Node<'_, '_>, class: &str) -> bool {
    let mut classes = node.attribute("class").unwrap_or_default().split(' ');
    classes.any(|it| it == class)
}

/// A text as a rectangle: the letters stand on the line.
fn text_rect(node: Node<'_, '_>) -> Rect {
    let number = |name| {
        node.attribute(name)
            .expect("a number")
            .parse::<f64>()
            .expect("a number")
    };
    let size = number("font-size");
    Rect {
        x: number("x"),
        y: number("y") - size * 0.8,
        width: number("textLength"),
        height: size,
    }
}

impl Picture {
    /// Reads a picture.
    pub fn of(text: &str) -> Self {
        let document = Document::parse(text).expect("well-formed XML");
        let root = document.root_element();
        let groups = |class: &'static str| {
            let all = root.children().filter(|node| node.is_element());
            all.filter(move |node| node.tag_name().name() == "g" && has_class(*node, class))
        };
        let texts = |node: Node<'_, '_>| {
            let all = node.children().filter(|it| it.tag_name().name() == "text");
            all.map(text_rect).collect()
        };
        let attribute = |node: Node<'_, '_>, name: &str| node.attribute(name).map(str::to_owned);
        let first = |node: Node<'_, '_>| {
            let mut all = node.children();
            Rect::of(
                all.find(|it| it.tag_name().name() == "rect")
                    .expect("a rectangle"),
            )
        };
        let boxes = groups("box").map(|node| Shown {
            id: attribute(node, "data-id").expect("an id"),
            rect: first(node),
            parent: attribute(node, "data-parent"),
            is_outer: has_class(node, "outer"),
            texts: texts(node),
        });
        let lines = groups("arrow").map(|node| {
            let line = node
                .children()
                .find(|it| has_class(*it, "line"))
                .expect("a line");
            let path = line
                .attribute("d")
                .expect("a path")
                .replace(['M', 'L'], " ");
            let numbers = path
                .split_whitespace()
                .map(|it| it.parse().expect("a number"));
            let numbers: Vec<f64> = numbers.collect();
            Line {
                from: attribute(node, "data-from").expect("an id"),
                to: attribute(node, "data-to").expect("an id"),
                points: numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect(),
            }
        });
        let all_texts = root
            .descendants()
            .filter(|it| it.tag_name().name() == "text" || it.tag_name().name() == "desc");
        let marked = all_texts.map(|it| {
            let class = it.attribute("class").unwrap_or(it.tag_name().name());
            format!("{class}={}", it.text().unwrap_or_default())
        });
        let number = |name| {
            root.attribute(name)
                .expect("a size")
                .parse()
                .expect("a number")
        };
        Self {
            boxes: boxes.collect(),
            lines: lines.collect(),
            labels: groups("label").map(first).collect(),
            texts: marked.collect(),
            size: (number("width"), number("height")),
        }
    }

    /// How wide and how high it is, in px.
    pub fn size(&self) -> (f64, f64) {
        self.size
    }

    /// The numbers of the hops on arrows.
    pub fn hops(&self) -> Vec<usize> {
        let hops = self
            .texts
            .iter()
            .filter_map(|it| it.strip_prefix("hop-number="));
        let mut hops: Vec<usize> = hops.map(|it| it.parse().expect("a number")).collect();
        hops.sort_unstable();
        hops
    }

    /// The picture in words.
    pub fn description(&self) -> String {
        let mut texts = self.texts.iter().filter_map(|it| it.strip_prefix("desc="));
        texts.next().expect("a description").to_owned()
    }

    fn find(&self, id: &str) -> &Shown {
        self.boxes.iter().find(|it| it.id == id).expect("a box")
    }

    /// A box and those around it.
    fn with_outer(&self, id: &str) -> Vec<&str> {
        let mut all = vec![self.find(id).id.as_str()];
        while let Some(parent) = all.last().and_then(|id| self.find(id).parent.as_deref()) {
            all.push(parent);
        }
        all
    }

    /// Everything that cannot be read where it is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let whole = Rect {
            x: 0.0,
            y: 0.0,
            width: self.size.0,
            height: self.size.1,
        };
        for (at, shown) in self.boxes.iter().enumerate() {
            let around = self.with_outer(&shown.id);
            for other in &self.boxes[at + 1..] {
                let nested = around.contains(&other.id.as_str())
                    || self.with_outer(&other.id).contains(&shown.id.as_str());
                if !nested && shown.rect.overlaps(other.rect) {
                    faults.push(format!("{} lies on {}", shown.id, other.id));
                }
            }
            if let Some(parent) = &shown.parent {
                let parent = self.find(parent);
                if !parent.rect.holds(shown.rect) {
                    faults.push(format!("{} is not within {}", shown.id, parent.id));
                }
                if parent.texts.iter().any(|text| text.overlaps(shown.rect)) {
                    faults.push(format!("{} lies on the title of {}", shown.id, parent.id));
                }
            }
            for text in &shown.texts {
                if !shown.rect.holds(*text) {
                    faults.push(format!("a text leaves {}", shown.id));
                }
            }
        }
        for line in &self.lines {
            let mut own = self.with_outer(&line.from);
            own.extend(self.with_outer(&line.to));
            let name = format!("{} → {}", line.from, line.to);
            for piece in line.points.windows(2) {
                let piece = (piece[0], piece[1]);
                for shown in &self.boxes {
                    let is_own = own.contains(&shown.id.as_str());
                    if !is_own && shown.rect.is_crossed(piece) {
                        faults.push(format!("{name} goes through {}", shown.id));
                    }
                    let is_end = shown.id == line.from || shown.id == line.to;
                    if is_end && shown.rect.along(piece) > 2.0 {
                        faults.push(format!("{name} runs along the border of {}", shown.id));
                    }
                    if shown.is_outer && shown.texts.iter().any(|text| text.is_crossed(piece)) {
                        faults.push(format!("{name} goes through the title of {}", shown.id));
                    }
                }
            }
            let ends = [
                (line.points.first(), &line.from),
                (line.points.last(), &line.to),
            ];
            for (point, id) in ends {
                let off = self.find(id).rect.off_border(*point.expect("a point"));
                if off > 1.5 {
                    faults.push(format!("{name} ends {off} px off {id}"));
                }
            }
        }
        for (at, line) in self.lines.iter().enumerate() {
            for other in &self.lines[at + 1..] {
                if line.points.windows(2).any(|piece| other.lies_on(piece)) {
                    let name = format!("{} → {}", line.from, line.to);
                    faults.push(format!("{name} runs on {} → {}", other.from, other.to));
                }
            }
        }
        for (at, label) in self.labels.iter().enumerate() {
            if !whole.holds(*label) {
                faults.push(format!("a label is outside: {label:?}"));
            }
            for other in &self.labels[at + 1..] {
                if label.overlaps(*other) {
                    faults.push(format!("labels overlap: {label:?} {other:?}"));
                }
            }
            for shown in &self.boxes {
                let on_title = shown.texts.iter().any(|text| text.overlaps(*label));
                if (!shown.is_outer && shown.rect.overlaps(*label)) || on_title {
                    faults.push(format!("a label lies on {}", shown.id));
                }
            }
        }
        faults.sort();
        faults.dedup();
        faults
    }
}
