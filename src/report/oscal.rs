//! OSCAL assessment results (NIST, 1.0.6, JSON): what a check came to, for programs that keep evidence of
//! controls.
//!
//! A rule is an objective: it has one finding, `satisfied` if every request passed. What breaks it or may
//! break it is an observation, with the lines that decided as evidence and the entities as subjects. What
//! is waived is a risk whose deviation is approved, and its rule is not satisfied. Controls are named
//! where a rule refers to NIST SP 800-53. A rule that had nothing to look at has no finding.
//!
//! Identifiers are UUIDs of version 5, made from what they stand for: the same finding has the same one in
//! every run.

mod uuid;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::finding::{Finding, Outcome, RuleInfo, Verdict, Waived};
use crate::source::Label;

use super::Style;
use super::clean::{clean, prose};
use super::escaped::write_json;
use super::html::day;
use super::human::{checked, result};
use super::place::Place;
use super::sarif::uri;
use super::words::{Unique, advice, excuse, gaps, reasons, route, said, sentence, worst_first};

use uuid::uuid;

/// Of which names and values of properties mean what they mean here.
const NS: &str = env!("CARGO_PKG_REPOSITORY");
const VERSION: &str = "1.0.6";

/// Writes one document with one result.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let writer = Writer {
        outcome,
        style,
        at: match day(outcome.now) {
            Some(day) => format!("{day}T00:00:00Z"),
            None => "1970-01-01T00:00:00Z".to_owned(),
        },
    };
    write_json(&writer.document()?, out)
}

struct Writer<'o> {
    outcome: &'o Outcome,
    style: &'o Style,
    /// The day of the check: a report has no clock.
    at: String,
}

/// What is found, and what excuses it.
struct Seen<'o> {
    finding: &'o Finding,
    waived: Option<&'o Waived>,
    /// That of its observation.
    uuid: String,
}

impl Writer<'_> {
    fn document(&self) -> io::Result<wire::Document> {
        let result = self.result();
        // Another answer is another document.
        let content = serde_json::to_string(&result).map_err(io::Error::other)?;
        let plan = uuid(&["plan"]);
        Ok(wire::Document {
            results: wire::AssessmentResults {
                uuid: uuid(&["document", &content]),
                metadata: wire::Metadata {
                    title: "Palisade assessment results",
                    last_modified: self.at.clone(),
                    version: self.at.clone(),
                    oscal_version: VERSION,
                },
                import_ap: wire::Reference {
                    href: format!("#{plan}"),
                },
                results: [result],
                back_matter: wire::BackMatter {
                    resources: [wire::Resource {
                        uuid: plan,
                        title: "No assessment plan",
                        description: "The rules that were selected are the plan; there is no \
                                      document of it in OSCAL.",
                    }],
                },
            },
        })
    }

    fn result(&self) -> wire::AssessmentResult {
        let outcome = self.outcome;
        let seen = self.seen();
        let mut by_rule: BTreeMap<&str, Vec<&Seen<'_>>> = BTreeMap::new();
        for one in &seen {
            by_rule.entry(&one.finding.rule.id).or_default().push(one);
        }
        let rules = self.rules(&seen);
        let gaps = gaps(outcome);
        let remarks: Vec<_> = gaps
            .iter()
            .map(|gap| format!("- {}", gap.sentence()))
            .collect();
        let is_complete = if gaps.is_empty() { "yes" } else { "no" };
        wire::AssessmentResult {
            uuid: uuid(&["result", &self.at]),
            title: "Palisade",
            description: format!("{}; {}", result(outcome), checked(outcome)),
            start: self.at.clone(),
            end: self.at.clone(),
            props: vec![
                property("complete", is_complete),
                property("exit-code", &outcome.exit_code().to_string()),
            ],
            local_definitions: wire::LocalDefinitions {
                components: components(&seen),
                assessment_assets: assets(),
            },
            reviewed_controls: reviewed(&rules),
            observations: seen.iter().map(|one| self.observation(one)).collect(),
            risks: seen.iter().filter_map(risk).collect(),
            findings: rules
                .iter()
                .map(|rule| {
                    let of = by_rule.get(&*rule.id);
                    finding(rule, of.map(Vec::as_slice).unwrap_or_default())
                })
                .collect(),
            remarks: (!gaps.is_empty()).then(|| {
                format!(
                    "The answer is incomplete. This could not be checked:\n\n{}",
                    remarks.join("\n")
                )
            }),
        }
    }

    /// What is found now, the worst first, and what is waived. What is about the same in two projects is
    /// told apart by its number.
    fn seen(&self) -> Vec<Seen<'_>> {
        let outcome = self.outcome;
        let now = worst_first(&outcome.findings).into_iter();
        let now = now.chain(worst_first(&outcome.unchanged));
        let now = now.map(|finding| (finding, None));
        let waived = outcome.waived.iter();
        let waived = waived.map(|waived| (&waived.finding, Some(waived)));
        let mut unique = Unique::default();
        let seen = now.chain(waived).map(|(finding, waived)| {
            let identity = &finding.identity;
            let parts = [
                identity.rule.as_str(),
                &identity.principal,
                identity.resource.as_deref().unwrap_or_default(),
                identity.via.as_deref().unwrap_or_default(),
            ];
            let name = unique.of(parts.join("\0"), |name, times| format!("{name}\0{times}"));
            Seen {
                finding,
                waived,
                uuid: uuid(&["observation", &name]),
            }
        });
        seen.collect()
    }

    /// The rules that were put to something, and those that only findings know.
    fn rules<'r>(&'r self, seen: &'r [Seen<'r>]) -> Vec<&'r RuleInfo> {
        let asked = self.outcome.rules.iter().map(|rule| &**rule);
        let asked = asked.filter(|rule| {
            let count = self.outcome.summary.by_rule.get(&rule.id);
            count.is_some_and(|count| *count > 0)
        });
        let of_found = seen.iter().map(|one| &*one.finding.rule);
        let all = asked.chain(of_found);
        let all: BTreeMap<&str, &RuleInfo> = all.map(|rule| (&*rule.id, rule)).collect();
        all.into_values().collect()
    }

    fn observation(&self, seen: &Seen<'_>) -> wire::Observation {
        let Seen {
            finding, waived, ..
        } = *seen;
        let mut props = vec![
            property("rule", &finding.rule.id),
            property("severity", finding.rule.severity.name()),
            property("verdict", finding.verdict.name()),
            property("id", &finding.identity.short()),
        ];
        if let Some(waived) = waived {
            props.push(property("waived-until", &waived.until));
        }
        let mut evidence = vec![self.evidence(&finding.primary)];
        let reasons = reasons(self.outcome, finding);
        evidence.extend(reasons.iter().map(|label| self.evidence(label)));
        for step in route(self.outcome, self.style, finding) {
            evidence.push(located(
                &step.place,
                &format!("hop {}: {}", step.number, step.text),
            ));
        }
        let advice = advice(finding);
        wire::Observation {
            uuid: seen.uuid.clone(),
            title: said(&finding.rule.title, &finding.rule.id),
            description: sentence(finding),
            props,
            methods: ["TEST"],
            types: ["finding"],
            origins: [wire::Origin {
                actors: [wire::Actor {
                    of: "tool",
                    actor_uuid: tool(),
                }],
            }],
            subjects: subjects(finding)
                .into_iter()
                .map(|entity| wire::Subject {
                    subject_uuid: component_uuid(entity),
                    of: "component",
                    title: said(entity, "entity"),
                })
                .collect(),
            relevant_evidence: evidence,
            collected: self.at.clone(),
            remarks: (!advice.is_empty()).then(|| advice.join("\n\n")),
        }
    }

    fn evidence(&self, label: &Label) -> wire::Evidence {
        let place = Place::of(&self.outcome.files, self.style, label.span);
        located(&place, &label.text)
    }
}

/// A place in a file, and what is there.
fn located(place: &Place, text: &str) -> wire::Evidence {
    wire::Evidence {
        href: format!("{}#L{}", uri(&place.path), place.start.line),
        description: said(text, &place.to_string()),
        props: vec![
            property(
                "start",
                &format!("{}:{}", place.start.line, place.start.column),
            ),
            property("end", &format!("{}:{}", place.end.line, place.end.column)),
        ],
    }
}

/// What a finding is about, each once.
fn subjects(finding: &Finding) -> BTreeSet<&str> {
    let (principal, resource) = finding.subject();
    finding
        .entities()
        .chain([principal])
        .chain(resource)
        .collect()
}

fn component_uuid(entity: &str) -> String {
    uuid(&["component", entity])
}

fn tool() -> String {
    uuid(&["tool"])
}

fn property(name: &'static str, value: &str) -> wire::Property {
    wire::Property {
        name,
        ns: NS,
        value: said(value, "none"),
    }
}

/// What findings are about, as parts of the system.
fn components(seen: &[Seen<'_>]) -> Vec<wire::Component> {
    let entities: BTreeSet<&str> = seen.iter().flat_map(|it| subjects(it.finding)).collect();
    let components = entities.into_iter().map(|entity| {
        let (kind, id) = entity.split_once("::").unwrap_or(("entity", entity));
        wire::Component {
            uuid: component_uuid(entity),
            of: said(kind, "entity"),
            title: said(id, "entity"),
            description: format!("{} as documents declare it", said(entity, "entity")),
            status: wire::ComponentStatus { state: "other" },
        }
    });
    components.collect()
}

fn assets() -> wire::Assets {
    wire::Assets {
        components: [wire::Component {
            uuid: tool(),
            of: "software".to_owned(),
            title: "Palisade".to_owned(),
            description: format!("Palisade {}", env!("CARGO_PKG_VERSION")),
            status: wire::ComponentStatus {
                state: "operational",
            },
        }],
        assessment_platforms: [wire::Platform {
            uuid: uuid(&["platform"]),
            title: "Palisade",
            uses_components: [wire::Used {
                component_uuid: tool(),
            }],
        }],
    }
}

fn reviewed(rules: &[&RuleInfo]) -> wire::ReviewedControls {
    let controls = rules.iter().flat_map(|rule| controls(rule));
    let controls: BTreeSet<String> = controls.collect();
    let objectives = rules.iter().map(|rule| token(&rule.id));
    let objectives: BTreeSet<String> = objectives.collect();
    let all = wire::ObjectiveSelection {
        description: "The rules that were put to something; each is an objective.",
        include_objectives: objectives
            .into_iter()
            .map(|objective_id| wire::ObjectiveId { objective_id })
            .collect(),
    };
    wire::ReviewedControls {
        description: "Controls of NIST SP 800-53 that rules refer to. A rule covers part of a control: \
                      that it is satisfied does not say that the control is.",
        control_selections: [wire::ControlSelection {
            description: "Controls that the rules refer to.",
            include_controls: controls
                .into_iter()
                .map(|control_id| wire::ControlId { control_id })
                .collect(),
        }],
        control_objective_selections: Vec::from_iter((!rules.is_empty()).then_some(all)),
    }
}

/// The controls of NIST SP 800-53 that a rule refers to, as its catalog in OSCAL calls them: `sc-28.3`.
fn controls(rule: &RuleInfo) -> impl Iterator<Item = String> {
    rule.references.iter().filter_map(|reference| {
        let rest = reference.strip_prefix("NIST SP 800-53 ")?;
        let rest = rest.strip_prefix("r5 ").unwrap_or(rest);
        let (control, enhancement) = rest.split_once('(').unwrap_or((rest, ""));
        let (family, number) = control.trim().split_once('-')?;
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_family = family.len() == 2 && family.chars().all(|c| c.is_ascii_uppercase());
        if !is_family || !is_number(number) {
            return None;
        }
        let control = control.trim().to_ascii_lowercase();
        let enhancement = enhancement.split(')').next().unwrap_or_default();
        Some(match is_number(enhancement) {
            true => format!("{control}.{enhancement}"),
            false => control,
        })
    })
}

/// An id as a token of OSCAL, which begins with a letter.
fn token(id: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || ".-_".contains(c);
    let token: String = id.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    match token.chars().next() {
        Some(first) if first.is_alphabetic() || first == '_' => token,
        _ => format!("_{token}"),
    }
}

fn finding(rule: &RuleInfo, of: &[&Seen<'_>]) -> wire::Finding {
    let mut found = of.iter().filter(|one| one.waived.is_none()).peekable();
    let is_excused = found.peek().is_none();
    let is_broken = found.any(|one| one.finding.verdict == Verdict::Violation);
    let (state, reason, remarks) = match (is_broken, is_excused, of.is_empty()) {
        (true, ..) => ("not-satisfied", "fail", None),
        (false, false, _) => (
            "not-satisfied",
            "other",
            Some("Undetermined: it depends on facts that no document states."),
        ),
        (false, true, false) => (
            "not-satisfied",
            "other",
            Some("Everything that was found is waived."),
        ),
        (false, true, true) => ("satisfied", "pass", None),
    };
    let mut props = vec![property("severity", rule.severity.name())];
    props.extend(rule.references.iter().map(|it| property("reference", it)));
    let title = said(&rule.title, &rule.id);
    wire::Finding {
        uuid: uuid(&["finding", &rule.id]),
        title: title.clone(),
        description: match &rule.help {
            Some(help) if state != "satisfied" => format!("{title}; {}", prose(help)),
            _ => title,
        },
        props,
        target: wire::Target {
            of: "objective-id",
            target_id: token(&rule.id),
            status: wire::TargetStatus {
                state,
                reason,
                remarks,
            },
        },
        related_observations: of
            .iter()
            .map(|one| wire::RelatedObservation {
                observation_uuid: one.uuid.clone(),
            })
            .collect(),
        related_risks: of
            .iter()
            .filter(|one| one.waived.is_some())
            .map(|one| wire::RelatedRisk {
                risk_uuid: risk_uuid(one),
            })
            .collect(),
    }
}

fn risk_uuid(seen: &Seen<'_>) -> String {
    uuid(&["risk", &seen.uuid])
}

/// What is waived.
fn risk(seen: &Seen<'_>) -> Option<wire::Risk> {
    let waived = seen.waived?;
    Some(wire::Risk {
        uuid: risk_uuid(seen),
        title: format!("waived: {}", clean(&waived.finding.rule.id)),
        description: sentence(&waived.finding),
        statement: format!("waived {}", excuse(waived)),
        props: vec![property("waived-until", &waived.until)],
        status: "deviation-approved",
    })
}
