//! Causes and questions: what to change, what to find out.

use maud::{Markup, PreEscaped, html};

use crate::finding::{Block, Finding, Question};
use crate::picture::{Scene, View, svg};
use crate::report::clean::{clean, prose};
use crate::report::marks::marks_of;
use crate::report::words::{edit, hop_text, pass, reasons, sentence};

use super::frame::frame;
use super::{CAUSES, PICTURES, Sheet, severity_of, words};

impl Sheet<'_> {
    pub(super) fn told_causes(&self) -> Markup {
        let blocks = &self.causes.blocks;
        let (full, brief) = blocks.split_at(blocks.len().min(CAUSES));
        html! {
            @if !blocks.is_empty() {
                section id="causes" aria-labelledby="causes-title" {
                    h2 id="causes-title" { "Causes" }
                    (tools())
                    @for (at, block) in full.iter().enumerate() { (self.block(block, at < PICTURES)) }
                    @if !brief.is_empty() {
                        h3 { (brief.len()) " more causes, a line for each finding" }
                        ul { @for block in brief { @for at in self.members(block) { (self.line(at)) } } }
                    }
                }
            }
        }
    }

    fn block(&self, block: &Block, draws: bool) -> Markup {
        let outcome = self.outcome;
        let finding = &outcome.findings[block.lead];
        let kind = crate::report::words::kind(finding);
        let others: Vec<usize> = block
            .causes
            .iter()
            .flat_map(|cause| &self.causes.all[*cause].findings)
            .copied()
            .filter(|at| *at != block.lead)
            .collect();
        html! {
            article id=(self.anchor(block.causes[0])) class=(kind) data-severity=(finding.rule.severity.name()) {
                h3 { (severity_of(finding)) " " code { (clean(&finding.rule.id)) } " " (words(&clean(&finding.message))) }
                p.quiet { (self.place(finding.primary.span)) " · " (finding.identity.short()) }
                (frame(&outcome.files, finding))
                @if finding.path.len() > 1 { (self.path(finding, draws)) }
                dl {
                    @let cause = &self.causes.all[block.causes[0]];
                    @if cause.confirmed { dt { "change" } dd { (words(&edit(&cause.handle))) } }
                    @if let Some(effect) = &finding.effect { dt { "new" } dd { (words(&prose(effect))) } }
                    @if let Some(way_out) = &finding.way_out { dt { "cut" } dd { (words(&prose(way_out))) } }
                    @if let Some(help) = &finding.rule.help { dt { "help" } dd { (words(&prose(help))) } }
                    @if !finding.rule.references.is_empty() { dt { "required by" } dd { (words(&prose(&finding.rule.references.join("; ")))) } }
                }
                @let reasons = reasons(outcome, finding);
                @if !reasons.is_empty() {
                    details {
                        summary { "What decided (" (reasons.len()) ")" }
                        ul { @for label in &reasons { li { (words(&prose(&label.text))) " " span.quiet { (self.place(label.span)) } } } }
                    }
                }
                @if !others.is_empty() {
                    p { "The same change ends " (others.len()) " more:" }
                    ul { @for at in &others { (self.member(*at)) } }
                }
                @if !block.alike.is_empty() {
                    p { "The same fault in " (block.alike.len()) " more places:" }
                    ul {
                        @for (_, causes) in &block.alike {
                            @for at in causes.iter().flat_map(|cause| &self.causes.all[*cause].findings) { (self.member(*at)) }
                        }
                    }
                }
            }
        }
    }

    /// A finding in a line, within a cause.
    fn member(&self, at: usize) -> Markup {
        let finding = &self.outcome.findings[at];
        html! {
            li {
                (severity_of(finding)) " " code { (clean(&finding.rule.id)) } " " (words(&sentence(finding))) " "
                span.quiet { (self.place(finding.primary.span)) " · " (finding.identity.short()) }
            }
        }
    }

    /// A finding in a line by itself, to be filtered.
    fn line(&self, at: usize) -> Markup {
        let finding = &self.outcome.findings[at];
        html! {
            li data-severity=(finding.rule.severity.name()) {
                (severity_of(finding)) " " (words(&sentence(finding))) " "
                span.quiet { (self.place(finding.primary.span)) " · " (finding.identity.short()) }
            }
        }
    }

    fn path(&self, finding: &Finding, draws: bool) -> Markup {
        let here = self.outcome.graphs.iter().filter(|_| draws);
        let mut here = here.filter(|graph| {
            let mut hops = finding.path.iter();
            hops.any(|hop| graph.places.contains_key(&hop.to))
        });
        let view = View {
            path_only: true,
            ..View::default()
        };
        let picture = here.next().map(|graph| {
            let scene = Scene::of(graph, &marks_of(finding), &view);
            (!scene.lines.is_empty()).then(|| svg(&scene, false))
        });
        html! {
            ol.path {
                @for hop in &finding.path {
                    li data-via=[hop.via.as_deref()] tabindex=[hop.via.as_ref().map(|_| "0")] {
                        @if hop.skipped > 0 { "(" (hop.skipped) " hops left out) " }
                        (words(&hop_text(hop))) " " span.quiet { (self.place(hop.span)) }
                    }
                }
            }
            @if let Some(picture) = picture.flatten() {
                div.scroll tabindex="0" role="group" aria-label="Picture of the path" { (PreEscaped(picture)) }
            }
        }
    }

    pub(super) fn asked(&self) -> Markup {
        let mut owners: std::collections::BTreeMap<(bool, &str), Vec<&Question>> =
            Default::default();
        for question in self
            .questions
            .asked
            .iter()
            .flat_map(|asked| asked.entities.iter().flatten())
        {
            let question = &self.questions.all[*question];
            let owner = question.ask.owner.as_deref();
            owners
                .entry((owner.is_none(), owner.unwrap_or("no owner")))
                .or_default()
                .push(question);
        }
        html! {
            @if !owners.is_empty() {
                section id="questions" aria-labelledby="questions-title" {
                    h2 id="questions-title" { "Questions: what no document states, by who answers for it" }
                    @for ((_, owner), questions) in &owners {
                        h3 { (clean(owner)) }
                        table {
                            thead { tr { th scope="col" { "at stake" } th scope="col" { "entity" } th scope="col" { "fact" } th scope="col" { "what passes" } th.number scope="col" { "findings" } th scope="col" { "where" } } }
                            tbody {
                                @for question in questions {
                                    tr {
                                        td { span class={ "severity " (question.severity.name()) } { (question.severity.name()) } }
                                        td { (words(&clean(&question.ask.name))) }
                                        td { code { (clean(&question.ask.attribute)) } }
                                        td { (answer(question)) }
                                        td.number { (question.findings.len()) }
                                        td.quiet { (self.place(question.ask.span)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What passes, where that may be proposed.
fn answer(question: &Question) -> String {
    if question.ask.classifies {
        return String::new();
    }
    if question.contradicts {
        return "no value passes all".to_owned();
    }
    let passes = question.ask.passes.iter();
    let told: Vec<_> = passes.map(|it| pass(it, &question.ask.values)).collect();
    told.join(", ")
}

/// What only a script can do; shown only with it.
fn tools() -> Markup {
    html! {
        div.tools role="search" {
            label for="search" { "Search" }
            input type="search" id="search";
            @for severity in ["critical", "high", "medium", "low"] {
                label { input type="checkbox" name="severity" value=(severity) checked; " " (severity) }
            }
            button type="button" id="unfold" aria-pressed="false" { "Unfold all" }
            span id="told" role="status" {}
        }
    }
}
