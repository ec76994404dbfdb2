//! What no rule could see.

use skilled_format::Code;
use skilled_report::{Level, Rule};

use crate::material::Material;
use crate::sink::Sink;
use crate::{Class, Confidence, RuleInfo, Severity};

pub(crate) static RULES: &[RuleInfo] = &[NOT_LISTED];

const NOT_LISTED: RuleInfo = RuleInfo {
    rule: Rule {
        code: "not-listed",
        severity: Severity::High.as_str(),
        level: Level::Error,
        title: "a part of the skill could not be looked at",
        why: "What lies too deep, is too large, cannot be read or has a name that is no text is seen by no rule. A skill \
              that hides something does well to put it there, so that an audit which passes over it would mean nothing.",
        help: "Take it out of the skill, or make it readable and smaller, and audit again.",
        tags: &["AST08"],
        bad: &[],
        good: &[],
    },
    class: Class::Scanning,
    severity: Severity::High,
};

/// Reports what the folder could not list, so that an audit of a part does not pass for one of the whole.
pub(crate) fn run(material: &Material<'_>, sink: &mut Sink) {
    for found in material.folder.diagnostics() {
        if matches!(found.code, Code::TreeTooLarge | Code::PathNotUtf8 | Code::Unreadable) {
            sink.about(&NOT_LISTED, NOT_LISTED.severity, Confidence::High, &found.file, &found.message);
        }
    }
}
