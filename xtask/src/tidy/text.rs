//! What every text file of the project has in common, whatever its language.

use super::Problem;

/// Endings of files that people write and read.
const ENDINGS: [&str; 17] = [
    "cfg", "css", "csv", "html", "in", "js", "json", "jsonl", "lock", "md", "py", "rs", "sh", "toml", "txt",
    "yaml", "yml",
];
/// Text files without an ending.
const NAMES: [&str; 5] = [".ci/run", ".gitignore", "LICENSE-APACHE", "LICENSE-MIT", "py.typed"];
/// Folders of recorded or deliberately odd input, kept byte for byte.
const SAMPLES: [&str; 6] = ["fixtures", "snapshots", "recorded", "recordings", "cases", "corpus"];

pub(super) fn is_text(name: &str) -> bool {
    NAMES.contains(&name) || ENDINGS.contains(&ending(name))
}

/// What follows the last dot of a file's name; empty where there is none.
pub(super) fn ending(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether the file is test input, which is kept byte for byte.
pub(super) fn is_sample(name: &str) -> bool {
    let folders = || name.split('/').rev().skip(1);
    let is_program = matches!(ending(name), "rs" | "py" | "toml");
    folders().any(|folder| SAMPLES.contains(&folder))
        || (folders().any(|folder| folder == "tests") && !is_program)
}

/// Whether the file is a test, by its place.
pub(super) fn is_test(name: &str) -> bool {
    name.split('/').any(|part| matches!(part, "tests" | "benches" | "skills-tests" | "tests.rs"))
}

/// Line ends, tabs, the spaces nobody sees.
pub(super) fn check_bytes(name: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, number) in text.split('\n').zip(1..) {
        if line.ends_with('\r') {
            problems.push(Problem::new(name, number, "the line ends with CRLF; use LF"));
        } else if line.ends_with([' ', '\t']) {
            problems.push(Problem::new(name, number, "space at the end of the line"));
        }
        if line.contains('\t') {
            problems.push(Problem::new(name, number, "contains a tab; use spaces, or `\\t` in a literal"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        problems.push(Problem::new(name, text.lines().count(), "the last line has no end"));
    }
    problems
}

/// A note that something is left to do names who does it.
pub(super) fn check_notes(name: &str, text: &str) -> Vec<Problem> {
    // Put together here so that this file does not contain what it looks for.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut problems = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for word in words {
            if line
                .match_indices(word)
                .any(|(at, _)| is_alone(line, at, word) && !has_owner(&line[at + word.len()..]))
            {
                problems.push(Problem::new(
                    name,
                    number,
                    format!("{word} without an owner; write {word}(name): …"),
                ));
            }
        }
    }
    problems
}

fn is_alone(line: &str, at: usize, word: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
}

fn has_owner(rest: &str) -> bool {
    let owner = rest.strip_prefix('(').and_then(|rest| rest.split_once("):"));
    owner.is_some_and(|(owner, _)| !owner.trim().is_empty())
}

/// Paths of one machine mean nothing on another one.
pub(super) fn check_paths(name: &str, text: &str) -> Vec<Problem> {
    let places = [concat!("/", "work", "/"), concat!("/", "root", "/")];
    let mut problems = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for place in places {
            if line.match_indices(place).any(|(at, _)| starts_path(&line[..at])) {
                problems.push(Problem::new(name, number, format!("`{place}…` is a path of one machine")));
            }
        }
    }
    problems
}

/// Whether a `/` after this is the root, not a separator within a longer path or address.
fn starts_path(before: &str) -> bool {
    !before.ends_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '}' | '>' | '*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(problems: &[Problem]) -> Vec<usize> {
        problems.iter().map(|it| it.line).collect()
    }

    #[test]
    fn invisible_characters_are_found() {
        assert_eq!(lines(&check_bytes("a.md", "a \nb\r\n\tc\nd")), [1, 2, 3, 4]);
        assert_eq!(check_bytes("a.md", "a\n\nb\n"), []);
        assert_eq!(check_bytes("a.md", ""), []);
    }

    #[test]
    fn a_note_needs_an_owner() {
        let word = concat!("TO", "DO");
        let bad = format!("// {word}: later\n// {word}\n// {word}(): x\n");
        assert_eq!(lines(&check_notes("a.rs", &bad)), [1, 2, 3]);
        let good = format!("// {word}(ada): later\nlet my_{word} = 1;\n{word}S\n");
        assert_eq!(check_notes("a.rs", &good), []);
        assert_eq!(lines(&check_notes("a.py", concat!("# FIX", "ME later\n"))), [1]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        let place = concat!("/", "work", "/");
        assert_eq!(lines(&check_paths("a.md", &format!("see `{place}main`\n({place})\n"))), [1, 2]);
        assert_eq!(
            check_paths("a.md", &format!("at/{place}x a{place} {{}}{place} /workspace/ /rooted/\n")),
            []
        );
    }

    #[test]
    fn samples_are_kept_byte_for_byte_and_programs_are_not_samples() {
        for name in ["crates/a/tests/it/data/x.txt", "crates/a/fixtures/x.md", "a/snapshots/b/x.rs"] {
            assert!(is_sample(name), "{name}");
        }
        for name in ["crates/a/tests/it/x.rs", "skills-tests/xlsx/test_a.py", "fixtures.md", "tests"] {
            assert!(!is_sample(name), "{name}");
        }
    }

    #[test]
    fn text_is_told_by_its_name() {
        assert!(is_text(".ci/run") && is_text("a/b.rs") && is_text("LICENSE-MIT"));
        assert!(!is_text("a/b.xlsx") && !is_text("b.png"));
    }
}
