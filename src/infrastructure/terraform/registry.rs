//! Modules of the registry that are not here, and what they are known to make.
//!
//! What a module makes of its arguments follows from its code, which `terraform init` downloads and nobody
//! commits. For the most used ones there is a short module in its place: the resources that mean something
//! here, called as there, with the same arguments and defaults. All that is written in it stands, for
//! reports, at the head of the call: that is what a person can change.

use super::hcl::{Block, Body, parse_body_at};
use super::module::File;
use crate::source::Span;

/// A module of the registry.
struct Known {
    /// Where it comes from, as calls name it.
    source: &'static str,
    /// The first version of which what is said here is true.
    since: [u32; 2],
    /// The first major version of which nobody has looked whether it is.
    below: u32,
    /// What it makes.
    text: &'static str,
}

macro_rules! known {
    ($source:literal, $since:expr, $below:literal, $file:literal) => {
        Known {
            source: $source,
            since: $since,
            below: $below,
            text: include_str!(concat!("registry/", $file, ".tf")),
        }
    };
}

/// The modules; where their arguments and defaults are from stands in each file.
const KNOWN: [Known; 13] = [
    known!(
        "terraform-aws-modules/ec2-instance/aws",
        [5, 0],
        7,
        "ec2-instance"
    ),
    known!(
        "terraform-aws-modules/iam/aws//modules/iam-policy",
        [5, 0],
        7,
        "iam-policy"
    ),
    known!(
        "terraform-aws-modules/iam/aws//modules/iam-user",
        [5, 0],
        7,
        "iam-user"
    ),
    known!("terraform-aws-modules/kms/aws", [1, 0], 5, "kms"),
    known!("terraform-aws-modules/lambda/aws", [2, 0], 9, "lambda"),
    known!(
        "terraform-aws-modules/rds-aurora/aws",
        [6, 0],
        11,
        "rds-aurora"
    ),
    known!("terraform-aws-modules/rds/aws", [5, 0], 8, "rds"),
    known!(
        "terraform-aws-modules/s3-bucket/aws",
        [3, 9],
        6,
        "s3-bucket"
    ),
    known!(
        "terraform-aws-modules/security-group/aws",
        [5, 0],
        6,
        "security-group"
    ),
    known!("terraform-aws-modules/vpc/aws", [3, 0], 7, "vpc"),
    known!(
        "terraform-google-modules/kms/google",
        [2, 0],
        5,
        "google-kms"
    ),
    known!(
        "terraform-google-modules/service-accounts/google",
        [4, 0],
        5,
        "google-service-accounts"
    ),
    known!(
        "terraform-google-modules/sql-db/google",
        [12, 0],
        29,
        "google-sql-db"
    ),
];

/// What stands in for the modules that `files` call, each as one file whose name is that of the module.
pub fn stand_ins<'u>(files: &[File<'u>]) -> Vec<(String, Span, Body)> {
    let blocks = files.iter().flat_map(|file| file.body.blocks_of("module"));
    blocks.filter_map(stand_in).collect()
}

fn stand_in(call: &Block) -> Option<(String, Span, Body)> {
    let source = call.body.attribute("source")?.value.text()?;
    let version = call.body.attribute("version").map(|it| it.value.text());
    let (name, tag) = named(source);
    let known = KNOWN.iter().find(|it| it.is(&name))?;
    let fits = match (version, tag) {
        // A version that is computed is none that is known.
        (Some(version), _) => known.fits(version?),
        (None, Some(tag)) => known.fits(tag),
        (None, None) => true,
    };
    let body = || parse_body_at(known.text, call.header);
    fits.then(|| (key(call.header), call.header, body()))
}

/// What the module is called that stands in for the one called at `header`.
pub fn key(header: Span) -> String {
    format!("registry@{}:{}", header.file.0, header.start)
}

/// The name of a module in the registry, and the tag if it is taken from its repository there.
fn named(source: &str) -> (String, Option<&str>) {
    for host in ["registry.terraform.io/", "registry.opentofu.org/"] {
        if let Some(name) = source.strip_prefix(host) {
            return (name.trim_end_matches('/').to_owned(), None);
        }
    }
    let Some((_, rest)) = source.split_once("github.com") else {
        return (source.trim_end_matches('/').to_owned(), None);
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let tag = query.split('&').find_map(|part| part.strip_prefix("ref="));
    let (repository, inner) = path.split_once("//").unwrap_or((path, ""));
    let repository = repository
        .trim_start_matches(['/', ':'])
        .trim_end_matches(".git");
    // The registry names repositories so (Terraform registry, "Publishing modules").
    let parts = repository.split_once("/terraform-");
    let parts = parts.and_then(|(owner, rest)| Some((owner, rest.split_once('-')?)));
    let Some((owner, (provider, name))) = parts else {
        return (source.to_owned(), None);
    };
    let inner = match inner {
        "" => String::new(),
        inner => format!("//{}", inner.trim_end_matches('/')),
    };
    (format!("{owner}/{name}/{provider}{inner}"), tag)
}

impl Known {
    fn is(&self, name: &str) -> bool {
        let databases = ["postgresql", "mysql"];
        match self.source {
            "terraform-google-modules/sql-db/google" => {
                // The repository has moved to another owner.
                let rest = ["terraform-google-modules", "GoogleCloudPlatform"];
                let mut rest = rest.iter().filter_map(|owner| name.strip_prefix(owner));
                rest.any(|rest| {
                    let kind = rest.strip_prefix("/sql-db/google//modules/");
                    kind.is_some_and(|kind| databases.contains(&kind))
                })
            }
            source => source == name,
        }
    }

    /// Whether all versions that a constraint lets through from its least one on are known; the newest
    /// one is where only what is excluded is said.
    fn fits(&self, constraint: &str) -> bool {
        constraint.split(',').all(|part| {
            let part = part.trim();
            let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
            let mut digits = number.split(['.', '-', '+']);
            let mut digit = || digits.next().and_then(|digit| digit.parse::<u32>().ok());
            let Some(major) = digit() else {
                return false;
            };
            let version = [major, digit().unwrap_or(0)];
            match part.starts_with(['<', '!']) {
                // An upper bound alone says nothing of the least version.
                true => part.starts_with('!') || version > self.since,
                false => version >= self.since && major < self.below,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn each_is_read_and_in_order() {
        assert!(KNOWN.is_sorted_by_key(|known| known.source));
        for known in &KNOWN {
            let (body, problems) = super::super::hcl::parse_body(FileId(0), known.text);
            assert!(problems.is_empty(), "{}: {problems:?}", known.source);
            assert!(!body.blocks.is_empty());
        }
    }

    #[test]
    fn modules_are_known_by_source_and_version() {
        let is = |source: &str, version: &str| {
            let (name, tag) = named(source);
            let known = KNOWN.iter().find(|it| it.is(&name));
            known.is_some_and(|it| it.fits(tag.unwrap_or(version)))
        };
        for (source, version) in [
            ("terraform-aws-modules/kms/aws", "~> 1.0"),
            ("terraform-aws-modules/kms/aws", ">= 3.0, != 3.1.0"),
            (
                "registry.terraform.io/terraform-aws-modules/kms/aws",
                "4.2.0",
            ),
            (
                "git::https://github.com/terraform-aws-modules/terraform-aws-kms.git?ref=v2.1.0",
                "",
            ),
            (
                "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-user?ref=v6.0.0",
                "",
            ),
            (
                "GoogleCloudPlatform/sql-db/google//modules/mysql",
                "~> 26.0",
            ),
        ] {
            assert!(is(source, version), "{source} {version}");
        }
        for (source, version) in [
            ("terraform-aws-modules/kms/aws", "~> 9.0"),
            ("terraform-aws-modules/s3-bucket/aws", "~> 3.0"),
            ("terraform-aws-modules/kms/aws", "latest"),
            (
                "git::https://github.com/acme/terraform-aws-kms.git?ref=v2.1.0",
                "",
            ),
            ("GoogleCloudPlatform/sql-db/google", "~> 26.0"),
            ("./kms", "~> 1.0"),
        ] {
            assert!(!is(source, version), "{source} {version}");
        }
    }
}
