//! What the skill needs, and what an audit finds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Area, Change, Changes, Kind, Weight};
use crate::{Audit, Capabilities, Finding, Needed, Severity};

pub(super) fn compare(before: &Audit, after: &Audit, changes: &mut Changes) {
    for ((area, old), (_, new)) in needs(&before.capabilities).into_iter().zip(needs(&after.capabilities)) {
        let (old, new) = (names(old), names(new));
        changes.sets(area, &old, &new, |_| Weight::Attention);
    }
    compare_findings(&before.findings, &after.findings, changes);
}

/// The needs by area. The tools are those of `allowed-tools`, which is compared as a field.
fn needs(capabilities: &Capabilities) -> [(Area, &Needed); 6] {
    let Capabilities { hosts, commands, files, secrets, packages, tools: _, automatic } = capabilities;
    [
        (Area::Automatic, automatic),
        (Area::Host, hosts),
        (Area::Command, commands),
        (Area::OutsideFile, files),
        (Area::Secret, secrets),
        (Area::Package, packages),
    ]
}

fn names(needed: &Needed) -> BTreeSet<&str> {
    needed.keys().map(String::as_str).collect()
}

/// What makes a finding the same as one in another version: lines move, rules and words stay.
type Identity<'a> = (&'static str, &'a str, &'a str);

fn compare_findings(before: &[Finding], after: &[Finding], changes: &mut Changes) {
    let mut left = counted(before);
    for finding in after {
        match left.get_mut(&identity(finding)) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => {
                let weight =
                    if finding.severity >= Severity::Medium { Weight::Attention } else { Weight::Notice };
                changes.0.push(change(finding, Kind::Added, weight));
            }
        }
    }
    let mut kept = counted(after);
    for finding in before {
        match kept.get_mut(&identity(finding)) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => changes.0.push(change(finding, Kind::Removed, Weight::Notice)),
        }
    }
}

fn identity(finding: &Finding) -> Identity<'_> {
    (finding.rule.rule.code, &finding.file, &finding.message)
}

fn counted(findings: &[Finding]) -> BTreeMap<Identity<'_>, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(identity(finding)).or_default() += 1;
    }
    counts
}

fn change(finding: &Finding, kind: Kind, weight: Weight) -> Change {
    let said =
        format!("{}:{}: {} ({})", finding.file, finding.line, finding.message, finding.severity.as_str());
    let (before, after) = if kind == Kind::Removed { (Some(said), None) } else { (None, Some(said)) };
    Change { area: Area::Finding, kind, weight, item: finding.rule.rule.code.to_owned(), before, after }
}
