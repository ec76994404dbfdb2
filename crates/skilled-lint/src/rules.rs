//! The rules.

mod description;
mod fields;
mod folder;
mod front_matter;
mod links;
mod scripts;
mod text;

use std::collections::HashMap;
use std::sync::LazyLock;

use skilled_format::{Code, Severity};
use skilled_report::{Example, Level, Rule};

pub(crate) use self::description::*;
pub(crate) use self::folder::own::*;
pub(crate) use self::links::*;
pub(crate) use self::scripts::*;
pub(crate) use self::text::*;

/// Every rule of a check: those of `skilled-format` and those of this crate, in a fixed order.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    OF_FORMAT.iter().chain(own())
}

/// The rules of this crate.
fn own() -> impl Iterator<Item = &'static Rule> {
    let topics: [&[&'static Rule]; 5] = [ABOUT_SKILL, ABOUT_LINKS, ABOUT_SCRIPTS, ABOUT_TEXT, ABOUT_FILES];
    topics.into_iter().flatten().copied()
}

/// The rule with this code.
pub(crate) fn find(code: &str) -> Option<&'static Rule> {
    static BY_CODE: LazyLock<HashMap<&str, &Rule>> =
        LazyLock::new(|| rules().map(|rule| (rule.code, rule)).collect());
    BY_CODE.get(code).copied()
}

/// The rule of a code of `skilled-format`.
pub(crate) fn of(code: Code) -> &'static Rule {
    static ORDER: LazyLock<HashMap<Code, usize>> = LazyLock::new(|| {
        OF_FORMAT.iter().enumerate().filter_map(|(at, rule)| Some((code_of(rule)?, at))).collect()
    });
    ORDER.get(&code).map_or(&UNDESCRIBED, |at| &OF_FORMAT[*at])
}

/// The severity of a rule's findings, where settings do not change it.
pub(crate) fn severity(rule: &Rule) -> Severity {
    match rule.level {
        Level::Note => Severity::Info,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Info => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
    }
}

/// What the page of a code says beyond the code itself.
struct Page {
    code: Code,
    why: &'static str,
    bad: Example,
    good: Example,
}

static OF_FORMAT: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let pages = [front_matter::PAGES, fields::PAGES, folder::PAGES].into_iter().flatten();
    let mut rules: Vec<(Code, Rule)> = pages.map(|page| (page.code, rule(page))).collect();
    rules.sort_by_key(|(code, _)| *code);
    rules.into_iter().map(|(_, rule)| rule).collect()
});

fn rule(page: &Page) -> Rule {
    let severity = page.code.severity();
    Rule {
        code: page.code.as_str(),
        severity: severity.as_str(),
        level: level(severity),
        title: page.code.title(),
        why: page.why,
        help: page.code.help(),
        tags: &[],
        bad: page.bad,
        good: page.good,
    }
}

fn code_of(rule: &Rule) -> Option<Code> {
    Code::all().find(|code| code.as_str() == rule.code)
}

/// Stands in for a code that has no page, which a test excludes.
static UNDESCRIBED: Rule = note("undescribed", "a finding without a description", "", "", &[], &[]);

/// A rule of this crate about something worth knowing.
const fn note(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    help: &'static str,
    bad: Example,
    good: Example,
) -> Rule {
    Rule { code, severity: "info", level: Level::Note, title, why, help, tags: &[], bad, good }
}

/// A rule of this crate about something that will not work for somebody.
const fn warning(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    help: &'static str,
    bad: Example,
    good: Example,
) -> Rule {
    Rule { code, severity: "warning", level: Level::Warning, title, why, help, tags: &[], bad, good }
}

/// A skill that is only a SKILL.md, with this front matter.
macro_rules! front {
    ($fields:literal) => {
        &[skilled_report::file(
            "SKILL.md",
            concat!("---\n", $fields, "---\n\n# Example\n\nAdd up the column that the user names.\n"),
        )]
    };
}
/// A SKILL.md with this body.
macro_rules! body {
    ($text:literal) => {
        skilled_report::file(
            "SKILL.md",
            concat!(
                "---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n---\n",
                $text
            ),
        )
    };
}
pub(crate) use {body, front};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_format_has_one_page() {
        let codes: Vec<&str> = Code::all().map(Code::as_str).collect();
        assert_eq!(OF_FORMAT.iter().map(|rule| rule.code).collect::<Vec<_>>(), codes);
        assert!(Code::all().all(|code| of(code).code == code.as_str()));
    }

    #[test]
    fn codes_are_distinct_and_every_rule_explains_itself() {
        let mut codes: Vec<&str> = rules().map(|rule| rule.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for rule in rules() {
            let words = [rule.title, rule.why, rule.help];
            assert!(words.iter().all(|text| !text.is_empty()), "{}", rule.code);
            assert!(
                rule.why.ends_with('.') && rule.help.ends_with('.') && !rule.title.ends_with('.'),
                "{}",
                rule.code
            );
            assert_eq!(severity(rule).as_str(), rule.severity, "{}", rule.code);
            assert!(
                rule.code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
    }
}
