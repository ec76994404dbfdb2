//! Names of new skills.

use skilled_format::{MountName, read_skill};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longest name, in characters.
const LONGEST: usize = 64;

/// Returns why `name` cannot be the name of a skill. The rules are those by which skills are read.
pub(super) fn problem(name: &str) -> Option<String> {
    if let Err(error) = MountName::new(name) {
        return Some(error.to_string());
    }
    if let Some(why) = skilled_lint::windows_refuses(name) {
        return Some(format!("no folder can be called so on Windows, as it {why}"));
    }
    let document = format!("---\nname: {}\ndescription: D.\n---\n", serde_json::json!(name));
    let about_name = |code: &str| code.starts_with("name-") || code == "missing-name";
    let findings = read_skill(document.as_bytes(), name).diagnostics;
    let worst = findings.into_iter().filter(|finding| about_name(finding.code.as_str()));
    worst.max_by_key(|finding| finding.severity).map(|finding| finding.message)
}

/// Returns the nearest name that a skill may have.
pub(super) fn suggestion(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_matches('-').chars().take(LONGEST).collect();
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty() && problem(slug).is_none()).then(|| slug.to_owned())
}

/// The name in words: `sales-report` is `sales report`.
pub(super) fn words(name: &str) -> String {
    name.replace('-', " ")
}

/// The name as a heading: `sales-report` is `Sales report`.
pub(super) fn title(name: &str) -> String {
    let words = words(name);
    let mut rest = words.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_they_are_read() {
        for good in ["pdf", "a-1", "console", &"a".repeat(64)] {
            assert_eq!(problem(good), None, "{good}");
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "A",
            "-a",
            "a-",
            "a--b",
            "a b",
            "a_b",
            "é",
            "con",
            "lpt1",
            "a\u{1b}[2J",
            &long,
        ] {
            assert!(problem(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_like_it_is_offered() {
        let offered = |name: &str| suggestion(name).unwrap_or_default();
        assert_eq!(offered("Sales Report (2025)"), "sales-report-2025");
        assert_eq!(offered("Müller__Büro"), "muller-buro");
        assert_eq!(offered("../evil\u{1b}[2J"), "evil-2j");
        assert_eq!(offered(&"ab-".repeat(40)).len(), 64);
        assert_eq!((offered("天气"), offered("--")), (String::new(), String::new()));
        assert_eq!(title("sales-report"), "Sales report");
    }
}
