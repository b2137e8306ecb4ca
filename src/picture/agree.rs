//! Where a flowchart and a project disagree: boxes, what they are in, and arrows.
//!
//! A chart is allowed to be coarser than the documents: a zone may be drawn without what is in it, and an
//! arrow between zones stands for every way between what is in them. It is allowed to be finer, too: an
//! arrow between two workloads is what a conduit between their zones is for. What it may not do is
//! contradict them, or leave out a zone, a conduit or a transfer whose ends are drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::flowchart::{Chart, ChartArrow, Points, Says};
use super::graph::{Graph, Node, Sort};

/// What a chart and a project say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where in the chart.
    pub at: Range<usize>,
    /// What differs; lower case, no final period, code in backticks.
    pub message: String,
    /// A few words for the place; may be empty.
    pub label: String,
    /// The entity whose declaration says otherwise, as `Kind::id`.
    pub stated: Option<String>,
    /// What a box is called that stands for nothing.
    pub unknown: Option<String>,
}

/// What comparing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// What differs, by place.
    pub differences: Vec<Difference>,
    /// How many boxes stand for an entity.
    pub boxes: usize,
    /// How many arrows were compared.
    pub arrows: usize,
    /// Whether the chart says that it is about something else.
    pub is_ignored: bool,
}

/// Compares a chart with a project.
///
/// Near the product of the arrows of both.
pub fn agree(chart: &Chart, graph: &Graph) -> Agreement {
    if chart.notes.iter().any(|note| note.says == Says::Ignore) {
        return Agreement {
            is_ignored: true,
            ..Agreement::default()
        };
    }
    let mut comparison = Comparison::new(chart, graph);
    comparison.boxes();
    comparison.nesting();
    comparison.arrows();
    let is_partial = chart.notes.iter().any(|note| note.says == Says::Partial);
    // What could not be read may be what seems to be missing.
    if !is_partial && chart.troubles.is_empty() {
        comparison.undrawn_zones();
        comparison.undrawn_arrows();
    }
    let mut differences = comparison.differences;
    differences.sort_by(|a, b| (a.at.start, &a.message).cmp(&(b.at.start, &b.message)));
    Agreement {
        boxes: comparison.stands.iter().flatten().count(),
        arrows: comparison.compared,
        differences,
        is_ignored: false,
    }
}

/// A box of the project: its place among them, or one past the last for the internet, where that has none.
type Place = usize;

/// An arrow of the project, or a way from or to the internet.
struct Stated {
    from: Place,
    to: Place,
    /// What it is called in sentences.
    name: String,
    /// The entity that states it.
    id: String,
    forbidden: bool,
    /// Whether a chart must show it where it shows both ends; and whether its direction counts then.
    required: Option<bool>,
}

struct Comparison<'c> {
    chart: &'c Chart,
    graph: &'c Graph,
    internet: Place,
    /// Where each box begins and ends in a walk through boxes in boxes.
    spans: Vec<(usize, usize)>,
    stated: Vec<Stated>,
    /// What each box of the chart stands for.
    stands: Vec<Option<Place>>,
    /// The boxes of the chart that are about something else.
    ignored: BTreeSet<usize>,
    /// The first box of the chart for each of the project.
    drawn: BTreeMap<Place, usize>,
    compared: usize,
    differences: Vec<Difference>,
}

impl<'c> Comparison<'c> {
    fn new(chart: &'c Chart, graph: &'c Graph) -> Self {
        let internet = graph.find("Zone::internet").unwrap_or(graph.nodes.len());
        Self {
            chart,
            graph,
            internet,
            spans: spans(graph),
            stated: stated(graph, internet),
            stands: vec![None; chart.boxes.len()],
            ignored: BTreeSet::new(),
            drawn: BTreeMap::new(),
            compared: 0,
            differences: Vec::new(),
        }
    }

    fn differs(&mut self, at: Range<usize>, message: String, label: &str, stated: Option<String>) {
        self.differences.push(Difference {
            at,
            message,
            label: label.to_owned(),
            stated,
            unknown: None,
        });
    }

    fn parent(&self, place: Place) -> Option<Place> {
        self.graph.nodes.get(place)?.parent
    }

    fn around(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        std::iter::successors(self.parent(place), |at| self.parent(*at))
    }

    /// Whether `inner` is `outer`, or in it.
    fn is_in(&self, inner: Place, outer: Place) -> bool {
        let (inner, outer) = (self.spans[inner], self.spans[outer]);
        outer.0 <= inner.0 && inner.1 <= outer.1
    }

    /// A box in a sentence.
    fn name(&self, place: Place) -> String {
        match self.graph.nodes.get(place) {
            Some(node) => format!("{} `{}`", node.kind, own_id(&node.id)),
            None => "the internet".to_owned(),
        }
    }

    fn id(&self, place: Place) -> Option<String> {
        Some(self.graph.nodes.get(place)?.id.clone())
    }

    /// Finds what each box stands for, the outer ones first.
    fn boxes(&mut self) {
        let known = Known::of(self.graph);
        for at in outermost_first(self.chart) {
            let drawn = &self.chart.boxes[at];
            let in_ignored = drawn
                .parent
                .is_some_and(|parent| self.ignored.contains(&parent));
            let is_legend =
                drawn.is_group && key(drawn.label.as_deref().unwrap_or(&drawn.name)) == "legend";
            let mut notes = self.chart.notes.iter();
            let says_so = notes.any(|note| note.says == Says::IgnoreBox(drawn.name.clone()));
            if in_ignored || is_legend || says_so {
                self.ignored.insert(at);
                continue;
            }
            let around = self.drawn_around(at);
            match self.place_of(at, &known, around) {
                Some(place) => {
                    self.stands[at] = Some(place);
                    self.drawn.entry(place).or_insert(at);
                }
                None => {
                    let name = self.called(at);
                    let message = format!("no document declares what is drawn as `{name}`");
                    self.differs(
                        drawn.at.clone(),
                        message,
                        "this box stands for nothing",
                        None,
                    );
                    if let Some(difference) = self.differences.last_mut() {
                        difference.unknown = Some(name);
                    }
                }
            }
        }
        self.unused_notes();
    }

    /// What a box of the chart is called: the first line in it, or its name.
    fn called(&self, at: usize) -> String {
        let drawn = &self.chart.boxes[at];
        let label = drawn
            .label
            .as_deref()
            .and_then(|label| label.lines().next());
        let mut notes = self.chart.notes.iter();
        let said = notes.find_map(|note| match &note.says {
            Says::Is(name, entity) if *name == drawn.name => Some(entity.as_str()),
            _ => None,
        });
        said.or(label).unwrap_or(&drawn.name).to_owned()
    }

    fn place_of(&self, at: usize, known: &Known, around: Option<Place>) -> Option<Place> {
        let drawn = &self.chart.boxes[at];
        let mut notes = self.chart.notes.iter();
        let said = notes.find_map(|note| match &note.says {
            Says::Is(name, entity) if *name == drawn.name => Some(entity.as_str()),
            _ => None,
        });
        let label = drawn.label.as_deref().unwrap_or_default();
        let texts = match said {
            Some(entity) => vec![entity],
            None => vec![
                label,
                label.lines().next().unwrap_or_default(),
                drawn.name.as_str(),
            ],
        };
        let candidates = texts
            .into_iter()
            .find_map(|text| known.by_key.get(&key(text)));
        let Some(candidates) = candidates else {
            let is_internet = key(&self.called(at)) == "internet" || key(&drawn.name) == "internet";
            return is_internet.then_some(self.internet);
        };
        candidates.iter().copied().min_by_key(|place| {
            let node = &self.graph.nodes[*place];
            let is_inside = around.is_none_or(|around| self.around(*place).any(|it| it == around));
            let fits = !drawn.is_group || node.encloses;
            let is_named = key(&drawn.name) == key(&kind_and_id(node));
            (!is_named, !is_inside, !fits, node.kind != "zone", *place)
        })
    }

    /// What the nearest box around stands for that stands for something.
    fn drawn_around(&self, at: usize) -> Option<Place> {
        let boxes = &self.chart.boxes;
        let mut around = std::iter::successors(boxes[at].parent, |at| boxes[*at].parent);
        around.find_map(|at| self.stands[at])
    }

    /// Comments that name no box.
    fn unused_notes(&mut self) {
        for note in &self.chart.notes {
            let (Says::IgnoreBox(name) | Says::Is(name, _)) = &note.says else {
                continue;
            };
            if !self.chart.boxes.iter().any(|drawn| drawn.name == *name) {
                let message = format!("no box of the chart is called `{name}`");
                self.differs(
                    note.at.clone(),
                    message,
                    "this comment is about nothing",
                    None,
                );
            }
        }
    }

    /// Boxes that are drawn in others than they are in.
    fn nesting(&mut self) {
        for at in 0..self.chart.boxes.len() {
            let Some(place) = self.stands[at] else {
                continue;
            };
            let drawn_in = self.drawn_around(at);
            let stated_in = self
                .around(place)
                .find(|outer| self.drawn.contains_key(outer));
            if drawn_in == stated_in || drawn_in == Some(place) {
                continue;
            }
            let name = self.name(place);
            let message = match (drawn_in, stated_in) {
                (Some(drawn), Some(stated)) => format!(
                    "{name} is drawn in {}, and the documents put it in {}",
                    self.name(drawn),
                    self.name(stated)
                ),
                (Some(drawn), None) => {
                    format!(
                        "{name} is drawn in {}, and no document puts it there",
                        self.name(drawn)
                    )
                }
                (None, stated) => {
                    let stated = stated.map(|stated| self.name(stated)).unwrap_or_default();
                    format!("{name} is drawn outside {stated}, and the documents put it in there")
                }
            };
            let at = self.chart.boxes[at].at.clone();
            self.differs(at, message, "drawn here", self.id(place));
        }
    }

    /// Whether a way between `from` and `to` is one between two boxes that are drawn, `a` and `b`.
    fn is_between(&self, (from, to): (Place, Place), (a, b): (Place, Place)) -> bool {
        let near = |end: Place, drawn: Place, other: Place| {
            let beside = drawn == other || !self.is_in(other, drawn) || !self.is_in(end, other);
            (self.is_in(end, drawn) && beside) || self.is_in(drawn, end)
        };
        near(from, a, b) && near(to, b, a)
    }

    fn arrows(&mut self) {
        for arrow in &self.chart.arrows {
            let (Some(a), Some(b)) = (self.stands[arrow.from], self.stands[arrow.to]) else {
                continue;
            };
            self.compared += 1;
            match arrow.points {
                Points::Forward => self.one_way(arrow, a, b),
                Points::Backward => self.one_way(arrow, b, a),
                Points::Both => self.both_ways(arrow, a, b),
                Points::Neither => {
                    if !self.is_stated(a, b) && !self.is_stated(b, a) {
                        self.unstated(arrow, a, b);
                    }
                }
                Points::Crossed => self.crossed(arrow, a, b),
            }
        }
    }

    fn is_stated(&self, a: Place, b: Place) -> bool {
        self.way(a, b, false).is_some()
    }

    /// What the documents state from `a` to `b`.
    fn way(&self, a: Place, b: Place, forbidden: bool) -> Option<&Stated> {
        let mut stated = self.stated.iter();
        stated.find(|stated| {
            stated.forbidden == forbidden && self.is_between((stated.from, stated.to), (a, b))
        })
    }

    fn one_way(&mut self, arrow: &ChartArrow, a: Place, b: Place) {
        if self.is_stated(a, b) {
            return;
        }
        let back = self
            .way(b, a, false)
            .map(|back| (back.name.clone(), back.id.clone()));
        match back {
            Some((name, id)) => {
                let message = format!(
                    "the arrow goes from {} to {}, and {name} the other way",
                    self.name(a),
                    self.name(b)
                );
                self.differs(
                    arrow.at.clone(),
                    message,
                    "drawn the wrong way round",
                    Some(id),
                );
            }
            None => self.unstated(arrow, a, b),
        }
    }

    fn both_ways(&mut self, arrow: &ChartArrow, a: Place, b: Place) {
        let (there, back) = (self.is_stated(a, b), self.is_stated(b, a));
        let (from, to) = match (there, back) {
            (true, true) => return,
            (true, false) => (b, a),
            (false, true) => (a, b),
            (false, false) => return self.unstated(arrow, a, b),
        };
        let message = format!(
            "the arrow goes both ways, and no document says that anything goes from {} to {}",
            self.name(from),
            self.name(to)
        );
        self.differs(arrow.at.clone(), message, "one head too many", None);
    }

    fn unstated(&mut self, arrow: &ChartArrow, a: Place, b: Place) {
        let forbidden = self
            .way(a, b, true)
            .map(|it| (it.name.clone(), it.id.clone()));
        let (from, to) = (self.name(a), self.name(b));
        match forbidden {
            Some((name, id)) => {
                let message =
                    format!("an arrow goes from {from} to {to}, and {name} says that none may");
                self.differs(arrow.at.clone(), message, "must not be", Some(id));
            }
            None => {
                let message = format!("no document says that anything goes from {from} to {to}");
                self.differs(arrow.at.clone(), message, "only drawn", None);
            }
        }
    }

    /// An arrow that says that nothing goes there.
    fn crossed(&mut self, arrow: &ChartArrow, a: Place, b: Place) {
        let Some((name, id)) = self.denied(a, b).map(|it| (it.name.clone(), it.id.clone())) else {
            return;
        };
        let message = format!(
            "the chart says that nothing goes from {} to {}, and {name} does",
            self.name(a),
            self.name(b)
        );
        self.differs(arrow.at.clone(), message, "crossed out here", Some(id));
    }

    /// What goes from `a` to `b`, which is drawn as what must not be. Documents that say both are for
    /// rules to judge.
    fn denied(&self, a: Place, b: Place) -> Option<&Stated> {
        let mut stated = self.stated.iter();
        let way = stated.find(|stated| {
            let is_inside = self.is_in(stated.from, a) && self.is_in(stated.to, b);
            stated.required.is_some() && !stated.forbidden && is_inside && a != b
        });
        way.filter(|_| self.way(a, b, true).is_none())
    }

    /// Zones that are not drawn although what is beside them is.
    fn undrawn_zones(&mut self) {
        let graph = self.graph;
        let is_zone = |place: Place| {
            graph
                .nodes
                .get(place)
                .is_some_and(|node| node.kind == "zone")
        };
        let zones = self.drawn.keys().copied().filter(|place| is_zone(*place));
        // Zones in which a zone is drawn: those in them are shown one by one.
        let shown: BTreeSet<Place> = zones.flat_map(|place| self.around(place)).collect();
        let missing = (0..graph.nodes.len()).filter(|place| {
            let parent = graph.nodes[*place].parent;
            let beside = parent.is_none_or(|parent| shown.contains(&parent));
            is_zone(*place) && !self.drawn.contains_key(place) && beside && !shown.contains(place)
        });
        let missing: Vec<Place> = missing.collect();
        for place in missing {
            let at = self.around(place).find_map(|outer| self.drawn.get(&outer));
            let at = at.map_or(&self.chart.opening, |at| &self.chart.boxes[*at].at);
            let message = format!("{} is not drawn", self.name(place));
            self.differs(at.clone(), message, "it belongs in here", self.id(place));
        }
    }

    /// Conduits and transfers that are not drawn although both ends are, or what these are in.
    fn undrawn_arrows(&mut self) {
        let shown = |place: Place| {
            let mut around = std::iter::once(place).chain(self.around(place));
            around.find(|place| self.drawn.contains_key(place))
        };
        let mut missing: BTreeMap<(Place, Place, bool), Vec<usize>> = BTreeMap::new();
        for (number, stated) in self.stated.iter().enumerate() {
            let Some(directed) = stated.required.filter(|_| !stated.forbidden) else {
                continue;
            };
            let (Some(a), Some(b)) = (shown(stated.from), shown(stated.to)) else {
                continue;
            };
            let cannot_be_drawn =
                (self.is_in(b, a) && a != stated.from) || (self.is_in(a, b) && b != stated.to);
            if a != b && !cannot_be_drawn && !self.is_drawn(stated, directed) {
                // What is stated of the internet is one thing, whichever way it goes.
                let is_turned = !directed && b == self.internet;
                let (a, b) = if is_turned { (b, a) } else { (a, b) };
                let ends = (a, b, directed);
                missing.entry(ends).or_default().push(number);
            }
        }
        for ((a, b, directed), all) in missing {
            let first = &self.stated[all[0]];
            let others = match all.len() {
                count if directed && count > 1 => format!(" and {} more", count - 1),
                _ => String::new(),
            };
            let (name, id) = (first.name.clone(), first.id.clone());
            let between = match directed {
                true => format!("from {} to {}", self.name(a), self.name(b)),
                false => format!("between {} and {}", self.name(a), self.name(b)),
            };
            let message = format!("no arrow is drawn {between}, for {name}{others}");
            let outside = if directed { a } else { b };
            let at = self.chart.boxes[self.drawn[&outside]].at.clone();
            self.differs(at, message, "an arrow is missing here", Some(id));
        }
    }

    /// Whether an arrow is drawn for what is stated, or one that was found to be the wrong way round.
    fn is_drawn(&self, stated: &Stated, directed: bool) -> bool {
        let ends = (stated.from, stated.to);
        self.chart.arrows.iter().any(|arrow| {
            let (Some(a), Some(b)) = (self.stands[arrow.from], self.stands[arrow.to]) else {
                return false;
            };
            let (there, back) = (self.is_between(ends, (a, b)), self.is_between(ends, (b, a)));
            match arrow.points {
                Points::Forward => there || (back && (!directed || !self.is_stated(a, b))),
                Points::Backward => back || (there && (!directed || !self.is_stated(b, a))),
                Points::Both | Points::Neither => there || back,
                Points::Crossed => self.denied(a, b).is_some_and(|it| it.id == stated.id),
            }
        })
    }
}

/// The entities by what charts may call them.
struct Known {
    by_key: BTreeMap<String, Vec<Place>>,
}

impl Known {
    fn of(graph: &Graph) -> Self {
        let mut by_key: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, node) in graph.nodes.iter().enumerate() {
            let id = own_id(&node.id);
            let names = [
                id,
                node.name.as_str(),
                id.rsplit(['/', ':']).next().unwrap_or(id),
            ];
            let named = format!("{} {id}", node.kind);
            let keys: BTreeSet<String> =
                names.into_iter().chain([named.as_str()]).map(key).collect();
            for key in keys.into_iter().filter(|key| !key.is_empty()) {
                by_key.entry(key).or_default().push(place);
            }
        }
        Self { by_key }
    }
}

/// What boxes of charts that this program writes are called, but for their punctuation.
fn kind_and_id(node: &Node) -> String {
    format!("{} {}", node.kind, own_id(&node.id))
}

/// An id without the kind before it.
fn own_id(id: &str) -> &str {
    id.split_once("::").map_or(id, |(_, id)| id)
}

/// A name without what people write differently: spaces, dashes, capitals.
fn key(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Where each box begins and ends in a walk through boxes in boxes; last the internet, which is in none.
fn spans(graph: &Graph) -> Vec<(usize, usize)> {
    let count = graph.nodes.len();
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut walk: Vec<(usize, bool)> = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate().rev() {
        match node.parent {
            Some(parent) => inside[parent].push(at),
            None => walk.push((at, false)),
        }
    }
    let mut spans = vec![(0, 0); count + 1];
    let mut step = 1;
    while let Some((at, is_end)) = walk.pop() {
        if is_end {
            spans[at].1 = step;
        } else {
            spans[at].0 = step;
            walk.push((at, true));
            walk.extend(inside[at].iter().map(|child| (*child, false)));
        }
        step += 1;
    }
    spans[count] = (step, step);
    spans
}

/// What the documents state of ways, by the order of arrows.
fn stated(graph: &Graph, internet: Place) -> Vec<Stated> {
    let mut all = Vec::new();
    for arrow in graph.arrows.iter().filter(|arrow| arrow.sort != Sort::Hop) {
        let id = own_id(&arrow.id);
        let [noun, _] = arrow.sort.nouns();
        let is_named = matches!(arrow.sort, Sort::Conduit | Sort::Transfer | Sort::Grant);
        let name = match is_named {
            true => format!("{noun} `{id}`"),
            false => format!("`{id}` ({})", arrow.name),
        };
        let is_way = matches!(arrow.sort, Sort::Conduit | Sort::Transfer);
        all.push(Stated {
            from: arrow.from,
            to: arrow.to,
            name,
            id: arrow.id.clone(),
            forbidden: arrow.forbidden,
            required: is_way.then_some(true),
        });
    }
    for exposure in &graph.internet {
        let id = &graph.nodes[exposure.zone].id;
        let ways = [
            (exposure.ingress, internet, exposure.zone),
            (exposure.egress, exposure.zone, internet),
        ];
        for (_, from, to) in ways.into_iter().filter(|(is_there, ..)| *is_there) {
            all.push(Stated {
                from,
                to,
                name: format!("`internet` of zone `{}`", own_id(id)),
                id: id.clone(),
                forbidden: false,
                required: Some(false),
            });
        }
    }
    all
}

/// The boxes of a chart, each behind the one around it.
fn outermost_first(chart: &Chart) -> Vec<usize> {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); chart.boxes.len()];
    let mut order = Vec::new();
    for (at, drawn) in chart.boxes.iter().enumerate() {
        match drawn.parent {
            Some(parent) => inside[parent].push(at),
            None => order.push(at),
        }
    }
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        order.extend(&inside[at]);
        next += 1;
    }
    order
}
