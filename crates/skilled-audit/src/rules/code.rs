//! Rules over code: scripts, and code fences that a model is told to run.

mod catalogue;
mod lexer;
mod page;
mod pattern;

use crate::material::{Language, Material, Source, Stretch};
use crate::sink::Sink;
use crate::{Confidence, Severity};

pub(crate) use self::catalogue::RULES;
use self::catalogue::SIGNATURES;
use self::pattern::Pattern;

/// A mechanism that shows in one place of the code of a file.
struct Signature {
    /// Which of [`RULES`].
    rule: usize,
    severity: Severity,
    /// What the finding is about.
    first: Pattern,
    /// What else has to be in the same stretch.
    with: Option<Pattern>,
    message: &'static str,
}

const CODE: [Language; 4] = [Language::Shell, Language::PowerShell, Language::Python, Language::JavaScript];

/// What is written next to code that is shown as a warning.
static SHOWN: Pattern = Pattern::new(
    r"(?i)❌|\b(?:never|don't|do not|avoid|bad|wrong|insecure|unsafe|vulnerab\w+|malicious|attack\w*|exploit\w*|detect\w*)\b",
);

/// Runs them.
pub(crate) fn run(material: &Material<'_>, sink: &mut Sink) {
    for source in &material.sources {
        for (stretch, text) in source.in_languages(&CODE) {
            let code = lexer::code(text, stretch.language);
            signatures(source, stretch, &code, sink);
        }
        for secret in crate::secrets(&source.text) {
            let message = format!("this looks like a real {}", secret.kind);
            let Some(rule) = RULES.last() else { return };
            sink.at(rule, Confidence::High, source, secret.span, &message);
        }
    }
}

fn signatures(source: &Source, stretch: &Stretch, code: &str, sink: &mut Sink) {
    let ceiling = ceiling(source, stretch);
    for signature in &SIGNATURES {
        let (Some(rule), Some(found)) = (RULES.get(signature.rule), place(signature, code)) else {
            continue;
        };
        let confidence = if ceiling < Severity::High { Confidence::Low } else { Confidence::Medium };
        let span = stretch.span.start + found.start..stretch.span.start + found.end;
        sink.with(rule, signature.severity.min(ceiling), confidence, (source, span), signature.message);
    }
}

/// Where the first expression of a signature matches, when all of it is there.
fn place(signature: &Signature, code: &str) -> Option<std::ops::Range<usize>> {
    let found = signature.first.find(code)?;
    signature.with.as_ref().is_none_or(|with| with.is_match(code)).then_some(found)
}

/// How severe a finding in a stretch can be: what documents or tests show is not run when the skill is used.
fn ceiling(source: &Source, stretch: &Stretch) -> Severity {
    let folders = ["tests/", "test/", "fixtures/", "testdata/", "examples/"];
    if folders
        .iter()
        .any(|folder| source.path.starts_with(folder) || source.path.contains(&format!("/{folder}")))
    {
        return Severity::Medium;
    }
    if source.language != Language::Prose {
        return Severity::Critical;
    }
    if source.path != skilled_format::SKILL_FILE {
        return Severity::Medium;
    }
    let before = source.text[..stretch.span.start].trim_end();
    let before = before.rsplit_once('\n').map_or("", |(before, _fence)| before);
    let near: Vec<&str> = before.lines().rev().filter(|line| !line.trim().is_empty()).take(2).collect();
    if near.iter().any(|line| SHOWN.is_match(line)) { Severity::Medium } else { Severity::Critical }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let patterns = SIGNATURES.iter().flat_map(|of| std::iter::once(&of.first).chain(&of.with));
        let errors: Vec<String> = patterns.filter_map(Pattern::error).collect();
        assert_eq!(errors, [""; 0]);
        assert_eq!(SHOWN.error(), None);
    }

    #[test]
    fn every_signature_has_a_rule() {
        assert!(SIGNATURES.iter().all(|signature| signature.rule < RULES.len() - 1));
    }
}
