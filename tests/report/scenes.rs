//! Outcomes that several tests show.

use palisade::finding::{Change, Comparison, Finding, Identity, Outcome, Severity, Verdict};
use palisade::source::{Code, End, Problem, ProblemKind, Skip};

use super::build::{Texts, rule, violation};

const ZONES: &str = "\
palisade: v1
zones:
  signing: { kind: network, isolation: isolated, clearance: secret }
  corporate: { kind: network, isolation: shared, clearance: internal }
";

const WORKLOADS: &str = "\
palisade: v1
artifacts:
  signer-crash:
    kind: crash-dump
    from: token-signer
workloads:
  token-signer: { zone: signing, kind: signer, uses: [consumer-2016], dump: full }
transfers:
  to-debugging: { from: signer-crash, to: corporate, steps: [{ kind: redact, failClosed: false }] }
";

const POLICY: &str = "\
@id(\"dump-no-downward\")
@title(\"A dump stays at the level of its origin\")
forbid(principal is Artifact, action == Action::\"enter\", resource is Zone)
when { principal.isDump && context.levelRank > resource.clearanceRank };
";

/// A dump that leaves its zone: values in two documents, and the rule.
pub fn storm() -> Outcome {
    let texts = Texts::new(&[
        ("infrastructure/workloads.yaml", WORKLOADS),
        ("infrastructure/zones.yaml", ZONES),
        ("policies/dump/dump-no-downward.cedar", POLICY),
    ]);
    let (workloads, zones, policy) = (
        "infrastructure/workloads.yaml",
        "infrastructure/zones.yaml",
        "policies/dump/dump-no-downward.cedar",
    );
    let mut rule = rule(
        "dump-no-downward",
        Severity::Critical,
        texts.span(policy, "dump-no-downward"),
    );
    rule.help = Some("debug it in an environment of the origin's level, or scrub it, fail-closed, before it leaves".into());
    rule.references = vec!["NIST SP 800-53 AC-4".into(), "CWE-528".into()];
    let message = "crash dump `signer-crash` of level secret enters zone `corporate`, which is cleared for internal";
    let primary = texts.label(
        workloads,
        "failClosed: [false]",
        "does not stop what it cannot clean",
    );
    let finding = Finding {
        related: vec![
            texts.label(zones, "shared, clearance: [internal]", "rank 1 of 4"),
            texts.label(
                zones,
                "isolated, clearance: [secret]",
                "the dump has the level of its origin: rank 4 of 4",
            ),
            texts.label(workloads, "kind: [crash-dump]", "a dump"),
            texts.label(workloads, "zone: [signing]", "its origin"),
            texts.label(workloads, "to: [corporate]", "it goes here"),
        ],
        clauses: vec![
            texts.label(policy, "principal.isDump", "true"),
            texts.label(
                policy,
                "context.levelRank > resource.clearanceRank",
                "4 > 1",
            ),
        ],
        because: vec![
            texts.because(
                workloads,
                "kind: [crash-dump]",
                "artifact `signer-crash`",
                "kind",
            ),
            texts.because(
                zones,
                "shared, clearance: [internal]",
                "zone `corporate`",
                "clearance",
            ),
        ],
        identity: Identity {
            rule: "dump-no-downward".into(),
            principal: "Artifact::signer-crash".into(),
            resource: Some("Zone::corporate".into()),
            via: None,
        },
        ..violation(rule, message, primary)
    };
    let mut outcome = texts.outcome(vec![finding]);
    outcome.summary.documents = 2;
    outcome
}

const STORES: &str = "\
palisade: v1
keyStores:
  vault: { zone: signing }
keys:
  consumer-2016: { store: vault, kind: private, purposes: [token-signing] }
  enterprise-2021: { store: vault, kind: private, purposes: [token-signing] }
";

const KEY_POLICY: &str = "\
@id(\"key-in-hardware\")
forbid(principal is Key, action == Action::\"reside\", resource is KeyStore)
when { principal.isSigning && !resource.isHardware };
@id(\"key-not-in-plaintext\")
forbid(principal is Key, action == Action::\"reside\", resource is KeyStore)
when { resource.isPlaintext };
";

/// Two rules that wait for one value, and one rule that waits for two.
pub fn waiting() -> Outcome {
    let (stores, policy) = ("stores.yaml", "policies/keys.cedar");
    let texts = Texts::new(&[(policy, KEY_POLICY), (stores, STORES)]);
    let finding = |id: &str, key: &str, severity, clause: &str, passes_if: &str| {
        let mut rule = rule(id, severity, texts.span(policy, id));
        rule.help = Some("keep signing keys in hardware".into());
        let message =
            format!("signing key `{key}` may be kept in key store `vault` outside hardware");
        let primary = texts.label(stores, "vault", "does not say its `custody`");
        let mut because = vec![texts.unknown(stores, "vault", "key store `vault`", "custody")];
        if id == "key-audited" {
            because.push(texts.unknown(stores, "vault", "key store `vault`", "audited"));
        }
        Finding {
            verdict: Verdict::Undetermined,
            related: vec![texts.label(stores, &format!("{key}: {{ store: [vault]"), "kept here")],
            clauses: vec![texts.label(policy, clause, "depends on `custody`")],
            because,
            path: Vec::new(),
            way_out: None,
            cut: None,
            passes_if: Some(passes_if.into()),
            identity: Identity {
                rule: id.into(),
                principal: format!("Key::{key}"),
                resource: Some("KeyStore::vault".into()),
                via: None,
            },
            ..violation(rule, &message, primary)
        }
    };
    let hardware = "`custody` of key store `vault` is `hsm`, `cloud-hsm`, `tpm` or `enclave`";
    let clause = "!resource.isHardware";
    let plain = "`custody` of key store `vault` is not `file`, `environment`, `source` or `state`";
    let findings = vec![
        finding(
            "key-in-hardware",
            "consumer-2016",
            Severity::High,
            clause,
            hardware,
        ),
        finding(
            "key-not-in-plaintext",
            "consumer-2016",
            Severity::Critical,
            "{ [resource.isPlaintext] }",
            plain,
        ),
        finding(
            "key-in-hardware",
            "enterprise-2021",
            Severity::High,
            clause,
            hardware,
        ),
    ];
    let mut outcome = texts.outcome(findings);
    outcome.summary.documents = 1;
    outcome
}

/// Problems of every kind, with and without places.
pub fn problems() -> Outcome {
    let texts = Texts::new(&[(
        "keys.yaml",
        "palisade: v1\nkeys:\n  a: { store: s }\n  b: { store: vualt }\n  a: { store: t }\n",
    )]);
    let problems = vec![
        Problem::input(
            Code::Unreadable,
            "`logs/app.yaml` cannot be opened: permission denied",
        )
        .help("let the user that runs the check read it, or leave it out with `exclude`"),
        Problem::input(Code::UnknownId, "no key store is called `vualt`")
            .at(texts.span("keys.yaml", "vualt"), "named here")
            .help("did you mean `vault`?"),
        Problem::new(
            ProblemKind::Evaluation,
            Code::DuplicateKey,
            "`a` is declared twice",
        )
        .at(texts.span("keys.yaml", "[a]: { store: t"), "declared again")
        .at(texts.span("keys.yaml", "[a]: { store: s"), "declared first"),
    ];
    let mut outcome = texts.outcome(Vec::new());
    outcome.problems = problems;
    outcome
}

/// Of three findings one is new, one was there before, and one is gone; three files were skipped.
pub fn compared() -> Outcome {
    let mut outcome = waiting();
    let all = std::mem::take(&mut outcome.findings).into_iter();
    let [new, unchanged, gone, ..] = &all.collect::<Vec<_>>()[..] else {
        panic!("three findings");
    };
    let mut new = new.clone().marked(Change::New);
    new.effect = Some("this change adds key `a`".to_owned());
    outcome.findings = vec![new];
    outcome.unchanged = vec![unchanged.clone().marked(Change::Unchanged)];
    outcome.gone = vec![gone.clone()];
    outcome.comparison = Some(Comparison {
        base: "`main` (1a2b3c4)".to_owned(),
        differing: 2,
        problems: 1,
        ..Comparison::default()
    });
    let skips = [Skip::Submodule, Skip::LfsPointer, Skip::IntentToAdd];
    for (at, why) in skips.into_iter().enumerate() {
        let ledger = &mut outcome.summary.ledger;
        ledger.add(format!("there-{at}"), End::LeftOut(why));
    }
    outcome
}
