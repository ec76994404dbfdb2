//! What SKILL.md says of the skill: description, name, tools, and its body as a whole.

mod clients;
mod description;
mod repair;
mod tools;

use std::ops::Range;

use memchr::{memchr, memchr_iter};
use skilled_format::{Skill, estimated_tokens};

pub(crate) use self::clients::owner;
pub(crate) use self::repair::{Repairs, says_the_same};
use crate::material::{Material, Text};
use crate::sink::{Draft, Sink};
use crate::{Settings, rules};

pub(crate) fn check(material: &Material<'_>, settings: &Settings, sink: &mut Sink<'_>) {
    let Some((text, skill)) = material.skill() else { return };
    let front = Front { text, skill };
    description::check(&front, sink);
    check_name(&front, sink);
    tools::check(&front, sink);
    check_body(&front, settings, sink);
}

/// SKILL.md and what it says.
struct Front<'a> {
    text: &'a Text,
    skill: &'a Skill,
}

impl Front<'_> {
    /// The value of a field as it is written, or an empty range at the start of the file: a field that is written in an
    /// unusual way is judged all the same.
    fn value(&self, field: &str) -> Range<usize> {
        field_value(&self.text.content[..self.skill.body_span.start], field).unwrap_or(0..0)
    }

    fn draft(
        &self,
        rule: &'static skilled_report::Rule,
        span: Range<usize>,
        message: impl AsRef<str>,
    ) -> Draft {
        Draft::new(rule, &self.text.path, span, message)
    }
}

/// The value of a field that starts a line of the front matter, with the lines that continue it.
pub(crate) fn field_value(front: &str, field: &str) -> Option<Range<usize>> {
    let mut offset = 0;
    let mut value: Option<Range<usize>> = None;
    for line in front.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let continues = line.starts_with([' ', '\t', '-', '\r', '\n']) && !line.starts_with("---");
        if let Some(value) = &mut value {
            if !continues {
                break;
            }
            value.end = start + line.trim_end().len().max(1);
            continue;
        }
        let Some(rest) = line.strip_prefix(field).and_then(|rest| rest.trim_start().strip_prefix(':')) else {
            continue;
        };
        let at = start + (line.len() - rest.trim_start().len());
        value = Some(at..(start + line.trim_end().len()).max(at));
    }
    let value = value?;
    let written = front.get(value.clone())?;
    let lead = written.len() - written.trim_start().len();
    Some(value.start + lead..value.start + lead + written.trim().len())
}

fn check_name(front: &Front<'_>, sink: &mut Sink<'_>) {
    let lower = front.skill.name.to_lowercase();
    let Some(word) = ["anthropic", "claude"].into_iter().find(|word| lower.contains(word)) else { return };
    let message = format!("the name contains `{word}`, which hosted services reserve");
    sink.push(front.draft(&rules::RESERVED_NAME, front.value("name"), message));
}

fn check_body(front: &Front<'_>, settings: &Settings, sink: &mut Sink<'_>) {
    let (body, span) = (&front.skill.body, &front.skill.body_span);
    let first = span.start..span.start + body.lines().next().unwrap_or_default().len();
    if body.trim().is_empty() {
        let at = span.start..span.start;
        sink.push(front.draft(&rules::EMPTY_BODY, at, rules::EMPTY_BODY.title));
        return;
    }
    if is_placeholder(body) {
        let start = span.start + (body.len() - body.trim_start().len());
        let line = body.trim_start().lines().next().unwrap_or_default().trim_end().len();
        sink.push(front.draft(&rules::PLACEHOLDER_BODY, start..start + line, rules::PLACEHOLDER_BODY.title));
        return;
    }
    // Counting is only worth the time for a body that can be too long.
    if body.len() > settings.body_lines {
        let count = memchr_iter(b'\n', body.as_bytes()).count() + usize::from(!body.ends_with('\n'));
        if count > settings.body_lines {
            let at = line(body, settings.body_lines).unwrap_or(0..first.len());
            let at = span.start + at.start..span.start + at.end;
            let message =
                format!("the body has {count} lines; at most {} are recommended", settings.body_lines);
            sink.push(front.draft(&rules::BODY_TOO_MANY_LINES, at, message));
        }
    }
    let is_short = body.len() / 4 < settings.body_tokens && body.is_ascii();
    if body.len() > settings.body_tokens && !is_short {
        let tokens = estimated_tokens(body);
        if tokens > settings.body_tokens {
            let most = settings.body_tokens;
            let message = format!("the body has about {tokens} tokens; at most {most} are recommended");
            sink.push(front.draft(&rules::BODY_TOO_MANY_TOKENS, first, message));
        }
    }
}

/// Where the line after so many others is, without its line break.
fn line(body: &str, others: usize) -> Option<Range<usize>> {
    let start = others
        .checked_sub(1)
        .map_or(Some(0), |last| memchr_iter(b'\n', body.as_bytes()).nth(last).map(|newline| newline + 1))?;
    let length = memchr(b'\n', &body.as_bytes()[start..]).unwrap_or(body.len() - start);
    Some(start..start + length)
}

/// Whether nothing of a body is left but headings and what templates say.
fn is_placeholder(body: &str) -> bool {
    const LONGEST: usize = 600;
    // Written so that nobody takes it for a note of this project.
    const SIGNS: [&str; 9] = [
        concat!("to", "do"),
        "insert instructions",
        "lorem ipsum",
        "your instructions here",
        "instructions here",
        "placeholder",
        "coming soon",
        "work in progress",
        "tbd",
    ];
    if body.len() > LONGEST {
        return false;
    }
    let lower = body.to_lowercase();
    let mut lines = lower.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let is_sign = |line: &str| {
        let words = line.trim_start_matches(['#', '-', '*', '>', '[', '(', '<', '!', ' ']);
        SIGNS.iter().any(|sign| words.starts_with(sign))
    };
    let mut any_sign = false;
    lines.all(|line| {
        any_sign |= is_sign(line);
        is_sign(line) || line.starts_with('#')
    }) && any_sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_field_is_found_as_it_is_written() {
        let front = "---\nname:  x \nb: |\n  c\n\n  d\nlist:\n- e\nf:\n---\n";
        let value = |field| field_value(front, field).map(|span| &front[span]);
        let found = ["name", "b", "list", "f", "nothing"].map(value);
        assert_eq!(found, [Some("x"), Some("|\n  c\n\n  d"), Some("- e"), Some(""), None]);
    }

    #[test]
    fn only_what_says_nothing_is_a_placeholder() {
        for body in
            ["# Insert instructions below\n", concat!("# X\n\nTO", "DO: write\n"), "[Your instructions here]"]
        {
            assert!(is_placeholder(body), "{body}");
        }
        for body in ["# X\n", "Read it.\n", concat!("# X\n\nFind each TO", "DO and mend it.\n")] {
            assert!(!is_placeholder(body), "{body}");
        }
    }
}
