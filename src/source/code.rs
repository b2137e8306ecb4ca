//! The codes of problems: what each means, and what to do.

/// Declares the codes by area, each with what it means and what to do about it.
macro_rules! codes {
    ($($area:literal { $($(#[doc = $doc:literal])+ $variant:ident $name:literal $remedy:literal)+ })+) => {
        /// What sort of problem something is. Reports print its name, which stays the same from
        /// version to version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($($(#[doc = $doc])+ $variant,)+)+
        }

        impl Code {
            /// Every code, by area.
            pub const ALL: &[Self] = &[$($(Self::$variant,)+)+];

            /// The name in reports, such as `duplicate-key`.
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            /// What it is about: a heading of the page of problems.
            pub fn area(self) -> &'static str {
                match self {
                    $($(Self::$variant)|+ => $area,)+
                }
            }

            /// What it means, in Markdown.
            pub fn meaning(self) -> &'static str {
                match self {
                    $($(Self::$variant => concat!($($doc),+).trim_ascii(),)+)+
                }
            }

            /// What to do about it, in Markdown.
            pub fn remedy(self) -> &'static str {
                match self {
                    $($(Self::$variant => $remedy,)+)+
                }
            }
        }
    };
}

codes! {
    "Files" {
        /// A file, a folder or standard input cannot be opened or read.
        Unreadable "unreadable"
            "Correct the name or the permissions, or leave it out with `exclude`."
        /// A file is not UTF-8 text.
        NotUtf8 "not-utf-8"
            "Save it as UTF-8."
        /// A file has more bytes than are read.
        FileTooLarge "file-too-large"
            "Split it, leave it out with `exclude`, or raise `limits: { file-bytes: … }`."
        /// A file is a pointer of Git LFS, and its text is not here.
        LfsPointer "lfs-pointer"
            "Run `git lfs pull`."
        /// A file is encrypted by git-crypt, and its text is not here.
        Encrypted "encrypted"
            "Run `git-crypt unlock`, and keep documents out of git-crypt."
        /// A filter of git makes something else of a file when it is stored, and its text is not here.
        Filtered "filtered"
            "Keep documents out of filters, or check the work tree."
        /// A file is named as a document, or claims to be one, and is in no format that is read.
        UnknownFormat "unknown-format"
            "Give it the extension of its format: `.yaml`, `.json` or `.md`."
        /// Git names an object that this clone does not have, as in a partial or shallow clone.
        MissingObject "missing-object"
            "Fetch it; the message names the command."
        /// A file cannot be written.
        Unwritable "unwritable"
            "Correct its permissions, or free space; the file is as it was."
    }
    "YAML, JSON and Markdown" {
        /// A text is not YAML.
        YamlSyntax "yaml-syntax"
            "Correct it at the place that is shown."
        /// A text is not JSON.
        JsonSyntax "json-syntax"
            "Correct it at the place that is shown."
        /// A value nests deeper than is read.
        NestingLimit "nesting-limit"
            "Flatten it, or raise `limits: { depth: … }`."
        /// A file has so many problems that the rest is not listed.
        ProblemLimit "problem-limit"
            "Solve those that are listed, and run again."
        /// A mapping has a key twice, and YAML and JSON do not say which one counts.
        DuplicateKey "duplicate-key"
            "Keep one, or merge the two."
        /// A YAML alias has no anchor before it.
        UndefinedAlias "undefined-alias"
            "Define the anchor, or write the value."
        /// A YAML anchor contains an alias of itself.
        AliasCycle "alias-cycle"
            "Write the value in the place of the alias."
        /// YAML aliases expand to more values than are read.
        AliasLimit "alias-limit"
            "Write less through aliases, or raise `limits: { alias-nodes: … }`."
        /// A YAML merge key `<<` is given something other than a mapping.
        InvalidMerge "invalid-merge"
            "Merge a mapping, or a list of mappings."
        /// A value is not what its YAML tag says.
        InvalidTag "invalid-tag"
            "Correct the value, or remove the tag."
        /// A fence of a Markdown page is marked `palisade` and is neither YAML nor JSON.
        FenceLanguage "fence-language"
            "Open it with ```` ```yaml palisade ````."
        /// A Markdown page is named as a document and has no fence that is one.
        NoFence "no-fence"
            "Mark a fence with `palisade: v1` or ```` ```yaml palisade ````, or do not name the \
             page."
        /// A fence of a Markdown page is never closed.
        UnclosedFence "unclosed-fence"
            "Close it with as many backticks or tildes as open it."
    }
    "Documents" {
        /// A document, or a fence that is one, states nothing.
        EmptyDocument "empty-document"
            "Write a section, or remove it."
        /// A document is a list or a single value, not a mapping.
        NotADocument "not-a-document"
            "Map section names to entities."
        /// A file that is named as a document does not say `palisade: v1`.
        NoMarker "no-marker"
            "Add the line, or do not name the file."
        /// A file or fence looks like a document and does not say `palisade: v1`: a near miss of the
        /// marker, or section names without it.
        UnmarkedDocument "unmarked-document"
            "Add the marker, or list the file under `exclude`."
        /// A document names a version of the format that is not supported.
        UnknownVersion "unknown-version"
            "Write `palisade: v1`."
        /// A document has a section with an unknown name.
        UnknownSection "unknown-section"
            "Correct the name; [the vocabulary](vocabulary.md) has them all."
        /// A section is not a mapping of ids to entities.
        NotASection "not-a-section"
            "Write `id: { … }` under it."
        /// An entity has no id, or one that cannot be used.
        BadId "bad-id"
            "Give it a word as id; `unknown`, control characters and empty ids are refused."
        /// An entity is described by something other than a mapping.
        NotAnEntity "not-an-entity"
            "Write its attributes in `{ … }`, or indented on lines of their own."
        /// An entity has an attribute with an unknown name.
        UnknownAttribute "unknown-attribute"
            "Correct the name; what is not in the vocabulary goes under `labels`."
        /// A list is written where one value belongs, or the other way round.
        WrongType "wrong-type"
            "Write what the message names."
        /// An attribute has a value that it cannot have.
        WrongValue "wrong-value"
            "Write one of the values that the message lists, or `unknown`."
        /// A reference that rules depend on is written `unknown`.
        UnknownReference "unknown-reference"
            "Name a declared entity; that entity may have unknown attributes."
        /// An entity lacks a reference that it needs, such as the zone of a store.
        MissingReference "missing-reference"
            "Add it."
        /// Two entities of one kind have the same id.
        DuplicateId "duplicate-id"
            "Rename one, or merge the two."
        /// A reference names an id that no document declares.
        UnknownId "unknown-id"
            "Declare the entity, or correct the id."
        /// A reference names an entity of a kind that does not belong there.
        WrongKind "wrong-kind"
            "Name an entity of the right kind."
        /// An id names entities of several kinds.
        AmbiguousReference "ambiguous-reference"
            "Write it with its section: `stores/logs`."
        /// Zones enclose each other.
        ZoneCycle "zone-cycle"
            "Remove the `parent` of one of them."
        /// Zones are nested more deeply than is followed.
        ZoneNesting "zone-nesting"
            "Flatten them."
        /// Workloads run on each other.
        HostCycle "host-cycle"
            "Remove the `runsOn` of one of them."
        /// Workloads run on each other more deeply than is followed.
        HostNesting "host-nesting"
            "Flatten them."
        /// Groups are members of each other. Only groups are refused this way; identities that can
        /// assume each other are followed.
        GroupCycle "group-cycle"
            "Remove one of the memberships."
        /// A transfer carries something that never gets to where the transfer begins, so it moves
        /// nothing.
        NothingToCarry "nothing-to-carry"
            "Correct `from` or `carries`, or declare the transfer that brings it there."
        /// A crash dump or core dump is taken of a workload that is said to write none.
        Contradiction "contradiction"
            "State the `dump` that the workload writes, or what the artifact is."
    }
    "Infrastructure code" {
        /// A block or an attribute of Terraform or OpenTofu code cannot be read.
        UnreadableBlock "unreadable-block"
            "Correct it; `terraform validate` says what is expected. All around it is read."
        /// A root module of Terraform or OpenTofu takes more work to evaluate than is done.
        EvaluationLimit "evaluation-limit"
            "Check parts of it by themselves, or list it under `exclude`."
    }
    "Configuration and command line" {
        /// A setting of `palisade.yaml` is unknown or has an invalid value, or a waiver cannot be read.
        Configuration "configuration"
            "Correct it; `palisade schema config` prints what there is. Nothing is checked until \
             then."
        /// A file is named almost like the configuration, and is not read as one.
        ConfigurationName "configuration-name"
            "Rename it to `palisade.yaml`, or rename it to something else."
        /// A glob or a path of policies matches no file.
        NoPolicies "no-policies"
            "Correct it; globs of `palisade.yaml` are relative to its folder."
        /// A glob under `policies` leads out of the folder of its configuration.
        PolicyOutside "policy-outside"
            "Name files within that folder; `--policies` takes any."
        /// A glob under `include` matches no file.
        NoDocuments "no-documents"
            "Correct it, or remove it."
        /// A setting, a flag or a waiver names a rule that does not exist.
        UnknownRule "unknown-rule"
            "Correct the id; `palisade rules` lists them, and the profiles."
        /// `palisade graph` finds no project to draw, or several.
        NothingToDraw "nothing-to-draw"
            "Name the folder of one project that has documents."
        /// `palisade path` is given two entities between which nothing moves.
        NoQuestion "no-question"
            "Ask from a thing, a place or a zone to a place or zone, or from an identity to a \
             thing."
        /// Nothing was checked, so that no finding means nothing.
        NothingChecked "nothing-checked"
            "Name the documents, or select rules that apply to them."
    }
    "Git" {
        /// Flags that compare revisions are combined in a way that means nothing.
        GitUsage "git-usage"
            "Give one of `--staged`, `--base` and `--rev`; `palisade check --help` says what goes \
             together."
        /// What is to be compared is not in a Git repository, or the repository cannot be opened.
        GitRepository "git-repository"
            "Run it in a repository, or name paths in one."
        /// The repository belongs to somebody else, and Git refuses to trust it.
        GitOwner "git-owner"
            "Add it to `safe.directory`; the message has the command."
        /// The repository is bare, and has no index.
        GitBare "git-bare"
            "Compare revisions with `--base` and `--rev`."
        /// The index of the repository cannot be read.
        GitIndex "git-index"
            "Let `git status` repair it."
        /// A path is not part of the repository or of the revision.
        GitPath "git-path"
            "Name paths of one repository; run once for each."
        /// A name is no commit of the repository.
        GitRevision "git-revision"
            "Correct it, or fetch it."
        /// Two revisions have no commit in common.
        GitMergeBase "git-merge-base"
            "Fetch more of the history: `git fetch --unshallow`."
        /// A revision has more files than are read.
        GitSize "git-size"
            "Name a folder of it."
        /// A file is in conflict in the index.
        Conflict "conflict"
            "Resolve it and `git add` it."
        /// A document of the base revision has been replaced by something that is no file, such as a
        /// link.
        ReplacedDocument "replaced-document"
            "Put the document back, or remove it."
    }
    "Policies" {
        /// A policy is not valid Cedar.
        PolicySyntax "policy-syntax"
            "Correct it at the place that is shown."
        /// A policy nests so deeply that Cedar could not evaluate it.
        PolicyNesting "policy-nesting"
            "Split the rule; write `[…].contains(x)` for many `==` joined by `||`."
        /// A policy does not fit the vocabulary: it names a kind, attribute, value or action that is
        /// not there, or compares what cannot be compared.
        PolicyInvalid "policy-invalid"
            "Correct it; [the vocabulary](vocabulary.md) has every name."
        /// Cedar proves that a policy is false for every request.
        PolicyImpossible "policy-impossible"
            "Correct its condition: as it is, it can never fire."
        /// Cedar warns about a policy.
        PolicyWarning "policy-warning"
            "Correct what it warns about; a rule that may not do what it says is not used silently."
        /// A policy has a slot (`?principal`), and nothing fills it.
        PolicyTemplate "policy-template"
            "Write the entity in the place of the slot."
        /// A policy file holds no policy.
        NoPolicy "no-policy"
            "Write a `forbid` policy, or do not list the file."
        /// A `permit` policy has no effect, because what no rule forbids is permitted anyway.
        Permit "permit"
            "Write a `forbid`, or name the action under `default-deny`."
        /// A rule of a file with several has no `@id`.
        MissingId "missing-id"
            "Add `@id(\"…\")`: findings, waivers and tests name a rule by it."
        /// The id of a rule cannot be written where rules are named, or belongs to findings of Palisade
        /// itself.
        RuleId "rule-id"
            "Use letters, digits, `-`, `_` and `.`, beginning with a letter or digit."
        /// Two rules have the same id, or one has that of a built-in rule.
        DuplicateRule "duplicate-rule"
            "Give one another id; to replace a built-in rule, also list it under `ignore`."
        /// A policy has an annotation with an unknown name.
        UnknownAnnotation "unknown-annotation"
            "Correct it; `id`, `title`, `severity`, `help`, `references` and `primary` are known."
        /// A rule has an invalid severity.
        Severity "severity"
            "Write `low`, `medium`, `high` or `critical`."
        /// `@primary` names no attribute of what the rule is about.
        Primary "primary"
            "Write `principal` or `resource`, a dot, and an attribute."
        /// The built-in vocabulary is no valid Cedar schema: a fault of Palisade.
        Schema "schema"
            "Report it."
        /// A policy file cannot be formatted without losing something.
        NotFormatted "not-formatted"
            "Put comments on lines of their own; the file is left as it is."
        /// A rule names an entity that no document declares, so that it can never fire for it.
        UndeclaredEntity "undeclared-entity"
            "Declare the entity, or correct the policy."
        /// Cedar could not evaluate a rule for a request: a number overflows, or a value is missing.
        NotEvaluated "not-evaluated"
            "Guard the operand, for example with `principal has x && …`."
    }
    "Lints of policies" {
        /// A rule can never fire: parts of its condition exclude each other, or no request has such a
        /// scope.
        NeverFires "never-fires"
            "Correct one of the parts that are shown."
        /// A rule fires for every request of its scope.
        AlwaysFires "always-fires"
            "Say in `when { … }` what must not be."
        /// Two rules have the same condition, so that each finding comes twice.
        SameCondition "same-condition"
            "Remove one, or `ignore` the built-in one."
    }
    "Infrastructure code" {
        /// A binding matches nothing that is read from code, or names no attribute that it has.
        UnusedBinding "unused-binding"
            "Correct its `match` and the names under `set`, or take it out."
        /// A binding states an attribute otherwise than the code does.
        BindingContradicts "binding-contradicts"
            "Change the code, or narrow the `match`: a binding adds, and does not overrule."
    }
    "Flowcharts in pages" {
        /// A flowchart of a page and the documents disagree: about a box, about what it is in, or about
        /// an arrow.
        DiagramDiffers "diagram-differs"
            "Correct the flowchart or the documents; [pictures](pictures.md) says what is compared."
        /// A flowchart of a page has something that is not understood.
        Flowchart "flowchart"
            "Correct it: Mermaid, too, may not draw it."
        /// A page has neither a flowchart nor a marked block.
        NoFlowchart "no-flowchart"
            "Draw one in a fence of `mermaid`, or name another page."
        /// A marked block of a page does not begin or end, holds something that would be lost, or has
        /// flags that are not understood.
        MarkedBlock "marked-block"
            "Correct its markers; [pictures](pictures.md) shows them."
        /// A picture in a marked block of a page is not what the program draws.
        OutOfDate "out-of-date"
            "Renew it with `palisade graph --write PAGE`."
    }
    "Tests of rules" {
        /// A comment of a test document is not understood, or names an unknown rule.
        TestComment "test-comment"
            "Write `# expect: RULE` on the line where the finding must start."
        /// A rule does not find what a test expects.
        Missing "missing"
            "Correct the rule or the test."
        /// There are no test documents.
        NoTests "no-tests"
            "Name them, or list them under `tests` in `palisade.yaml`."
    }
}

impl Code {
    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_words_joined_by_dashes() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            names.iter().all(|name| name.chars().all(is_plain)),
            "{names:?}"
        );
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn each_says_what_it_means_and_what_to_do() {
        for code in Code::ALL {
            assert_eq!(Code::named(code.name()), Some(*code));
            for text in [code.meaning(), code.remedy()] {
                assert!(
                    text.ends_with('.') && !text.contains("  "),
                    "{code}: {text}"
                );
            }
        }
    }
}
