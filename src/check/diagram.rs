//! Pages with pictures of a project: flowcharts drawn by hand, which are compared with what documents
//! declare, and marked blocks, which the program writes.
//!
//! A block is marked by two comments on lines of their own, `<!-- palisade graph FLAGS -->` and
//! `<!-- /palisade graph -->`. Nothing but one fence of Mermaid may stand between them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::picture::{Agreement, Chart, Graph, agree, flowchart};
use crate::source::{Code, FileId, Files, Problem, ProblemKind, SourceFile, Span, closest};
use crate::syntax::{Fence, Fences, fences};

/// How a marked block begins, up to its flags.
const BEGIN: &str = "<!-- palisade graph";
/// How it ends.
const END: &str = "<!-- /palisade graph -->";
const CLOSE: &str = "-->";

/// A page of Markdown, as far as it is about pictures.
#[derive(Debug)]
pub struct Page {
    /// The text that it is.
    file: FileId,
    /// The flowcharts outside marked blocks, each with the position of its first byte in spans.
    charts: Vec<(u32, Chart)>,
    /// The blocks that the program writes.
    pub blocks: Vec<Marked>,
    /// Markers that make no block.
    pub problems: Vec<Problem>,
}

/// A block of a page that the program writes.
#[derive(Debug)]
pub struct Marked {
    /// What its marker says of what to draw.
    pub flags: String,
    /// The marker that begins it.
    pub marker: Span,
    /// What stands between the lines of the markers.
    pub inside: Range<usize>,
    /// What nests it: stands before the marker, and goes before each line.
    prefix: String,
    /// Whether lines end as in Windows.
    returns: bool,
}

/// What comparing the flowcharts of a page came to.
#[derive(Debug, Default)]
pub struct Compared {
    /// What they and the documents say differently.
    pub differences: Vec<Problem>,
    /// What was not understood.
    pub problems: Vec<Problem>,
    /// How many flowcharts were compared.
    pub charts: usize,
    /// How many say that they are about something else.
    pub ignored: usize,
    /// How many boxes stand for an entity.
    pub boxes: usize,
    /// How many arrows were compared.
    pub arrows: usize,
}

impl Page {
    /// Reads the page of this name, which becomes one of `files`.
    pub fn read(name: &str, text: &str, files: &mut Files) -> Self {
        let fences = fences(text);
        let pieces = fences.pieces().to_vec();
        let file = files.add(SourceFile::new(name, text).with_pieces(pieces));
        let mut page = Self {
            file,
            charts: Vec::new(),
            blocks: Vec::new(),
            problems: Vec::new(),
        };
        let places = fences.fences.iter().map(|fence| {
            let content = fences.positions(fence);
            let content = Span::new(file, content.start, content.end);
            let end = files.locate(content).span.end as usize;
            fence.opening.start as usize..end.max(fence.opening.end as usize)
        });
        let places: Vec<Range<usize>> = places.collect();
        page.find_blocks(text, &fences, &places);
        for (fence, place) in fences.fences.iter().zip(&places) {
            let mut blocks = page.blocks.iter();
            let is_written = blocks.any(|block| block.inside.contains(&place.start));
            if is_mermaid(fence)
                && !is_written
                && let Some(chart) = flowchart(fences.content(fence))
            {
                page.charts.push((fences.positions(fence).start, chart));
            }
        }
        page
    }

    /// Whether there is nothing to compare or to write.
    pub fn is_empty(&self) -> bool {
        self.charts.is_empty() && self.blocks.is_empty() && self.problems.is_empty()
    }

    fn find_blocks(&mut self, text: &str, fences: &Fences<'_>, places: &[Range<usize>]) {
        let mut open: Option<Marked> = None;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let at = start;
            start += line.len();
            let after = places.partition_point(|place| place.start <= at);
            if after
                .checked_sub(1)
                .is_some_and(|fence| places[fence].end > at)
            {
                continue;
            }
            let content = line.trim_start_matches([' ', '\t', '>', '\u{feff}']);
            let prefix = &line[..line.len() - content.len()];
            let content = content.trim_end();
            let first = at + prefix.len();
            let marker = Span::new(self.file, first as u32, (first + content.len()) as u32);
            if content == END {
                match open.take() {
                    Some(mut block) => {
                        block.inside.end = at;
                        self.add(block, text, fences, places);
                    }
                    None => self.wrong(marker, "this marker ends a block that does not begin"),
                }
            } else if let Some(flags) = content
                .strip_prefix(BEGIN)
                .and_then(|rest| rest.strip_suffix(CLOSE))
            {
                if !flags.starts_with([' ', '\t']) && !flags.is_empty() {
                    continue;
                }
                let block = Marked {
                    flags: flags.trim().to_owned(),
                    marker,
                    inside: start..start,
                    prefix: prefix.trim_start_matches('\u{feff}').to_owned(),
                    returns: line.ends_with("\r\n"),
                };
                if let Some(before) = open.replace(block) {
                    self.wrong(before.marker, "this block does not end");
                }
            }
        }
        if let Some(block) = open {
            self.wrong(block.marker, "this block does not end");
        }
    }

    fn wrong(&mut self, at: Span, what: &str) {
        let problem = Problem::new(ProblemKind::Command, Code::MarkedBlock, what);
        let help = format!(
            "a block stands between `{BEGIN} {CLOSE}` and `{END}`, each on a line of its own"
        );
        self.problems
            .push(problem.at(at, "nothing of this page is written").help(help));
    }

    /// Adds a block, unless something would be lost if it were written.
    fn add(&mut self, block: Marked, text: &str, fences: &Fences<'_>, places: &[Range<usize>]) {
        let mut rest = text.get(block.inside.clone()).unwrap_or("").to_owned();
        let inside = fences.fences.iter().zip(places);
        let inside = inside.filter(|(_, place)| block.inside.contains(&place.start));
        let inside: Vec<_> = inside.collect();
        if let [(fence, place)] = inside.as_slice()
            && is_mermaid(fence)
            && fence.closed
        {
            // Between the fence and the marker is the line that closes it.
            let after = text.get(place.end..block.inside.end).unwrap_or("");
            let closing = after.lines().next().unwrap_or("");
            let before = text.get(block.inside.start..place.start).unwrap_or("");
            rest = format!("{before}{}", after.get(closing.len()..).unwrap_or(""));
        }
        let holds_more = rest.contains(|c: char| !c.is_whitespace() && c != '>');
        if holds_more || inside.len() > 1 {
            return self.wrong(
                block.marker,
                "something other than one flowchart is in this block, and would be lost",
            );
        }
        self.blocks.push(block);
    }

    /// Compares the flowcharts of the page with a project. `places` has the declarations by `Kind::id`.
    pub fn compare(&self, graph: &Graph, places: &BTreeMap<String, Span>) -> Compared {
        let mut compared = Compared::default();
        for (start, chart) in &self.charts {
            let at = |range: &Range<usize>| {
                Span::new(
                    self.file,
                    start + range.start as u32,
                    start + range.end as u32,
                )
            };
            let Agreement {
                differences,
                boxes,
                arrows,
                is_ignored,
            } = agree(chart, graph);
            if is_ignored {
                compared.ignored += 1;
                continue;
            }
            compared.charts += 1;
            compared.boxes += boxes;
            compared.arrows += arrows;
            for trouble in &chart.troubles {
                let problem = Problem::input(Code::Flowchart, trouble.message.clone());
                compared
                    .problems
                    .push(problem.at(at(&trouble.at), "not compared"));
            }
            for difference in differences {
                let mut problem = Problem::input(Code::DiagramDiffers, difference.message);
                problem = problem.at(at(&difference.at), difference.label);
                if let Some(stated) = difference.stated.and_then(|id| places.get(&id)) {
                    problem = problem.at(*stated, "declared here");
                }
                if let Some(name) = difference.unknown {
                    problem = problem.help(what_else(&name, graph));
                }
                compared.differences.push(problem);
            }
        }
        compared
    }
}

/// What to do about a box that stands for nothing.
fn what_else(name: &str, graph: &Graph) -> String {
    let ids = graph
        .nodes
        .iter()
        .filter_map(|node| Some(node.id.split_once("::")?.1));
    match closest(name, ids) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => "declare it, or say in the chart what it is: `%% palisade: BOX is ENTITY`, or \
                 `%% palisade: ignore BOX`"
            .to_owned(),
    }
}

fn is_mermaid(fence: &Fence<'_>) -> bool {
    let word = fence
        .info
        .split(|c: char| c.is_whitespace() || "{},".contains(c));
    let mut words = word.filter(|word| !word.is_empty());
    words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("mermaid"))
}

impl Marked {
    /// What is to stand between the markers, for this picture.
    pub fn filled(&self, mermaid: &str) -> String {
        let end = if self.returns { "\r\n" } else { "\n" };
        let blank = self.prefix.trim_end();
        let mut out = format!("{blank}{end}");
        let lines = std::iter::once("```mermaid")
            .chain(mermaid.lines())
            .chain(["```"]);
        for line in lines {
            out.push_str(&self.prefix);
            out.push_str(line);
            out.push_str(end);
        }
        out.push_str(blank);
        out.push_str(end);
        out
    }
}
