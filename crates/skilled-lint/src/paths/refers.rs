//! A quick look for where a document refers to anything in the skill.

use memchr::{memchr_iter, memmem};

use super::mention::last_path;
use super::resolve::Listing;

/// The part of a document that has all its links and paths that lead into the skill; `None` when it has none, as most.
/// Only this part need be parsed: it ends with a blank line, and no block after it changes what a link or a piece of code
/// in it is.
pub(super) fn referring_part<'a>(body: &'a str, listing: &Listing<'_>) -> Option<&'a str> {
    let brackets = Brackets::of(body);
    if brackets.has_definition {
        // What it defines may be used anywhere.
        return Some(body);
    }
    let references = [brackets.last_link, last_path(body, listing), last_attribute(body)];
    let last = references.into_iter().flatten().max()?;
    // What a link is depends on all definitions, and what a path in a drawing is on the whole drawing.
    let rest = &body[last..];
    let drawing = memmem::find(rest.as_bytes(), "├".as_bytes()).and_then(|_| rest.rfind('├'));
    let last = drawing.map_or(last, |at| last + at).max(brackets.last_definition_elsewhere);
    let blank = memmem::find(&body.as_bytes()[last..], b"\n\n");
    Some(blank.map_or(body, |at| &body[..last + at + 2]))
}

/// What closing brackets in a document may be.
#[derive(Default)]
struct Brackets {
    /// The last middle of a link that does not go to the web.
    last_link: Option<usize>,
    /// One begins what a link leads to, which is not on the web.
    has_definition: bool,
    /// The last beginning of what leads to the web.
    last_definition_elsewhere: usize,
}

impl Brackets {
    fn of(body: &str) -> Self {
        let mut brackets = Self::default();
        for at in memchr_iter(b']', body.as_bytes()) {
            let target = || body[at + 2..].trim_start_matches([' ', '<']);
            let is_elsewhere = || ["http://", "https://"].iter().any(|web| target().starts_with(web));
            match body.as_bytes().get(at + 1) {
                Some(b'(') if !is_elsewhere() => brackets.last_link = Some(at),
                Some(b':') if is_elsewhere() => brackets.last_definition_elsewhere = at,
                Some(b':') => brackets.has_definition = true,
                _ => {}
            }
        }
        brackets
    }
}

/// The last attribute of HTML that is a link.
fn last_attribute(body: &str) -> Option<usize> {
    memchr_iter(b'=', body.as_bytes()).rev().find(|at| {
        let before = body[..*at].trim_end().as_bytes();
        let ends_with = |name: &str| {
            before.len() >= name.len()
                && before[before.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
        };
        ends_with("href") || ends_with("src")
    })
}

#[cfg(test)]
mod tests {
    use skilled_format::{Folder, Limits};
    use tempfile::TempDir;

    use super::*;

    fn part(body: &str) -> Option<&str> {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("guides")).unwrap();
        let folder = Folder::open(folder.path(), &Limits::default()).unwrap();
        referring_part(body, &Listing::new(&folder))
    }

    #[test]
    fn a_document_refers_as_far_as_its_last_link_or_path() {
        for reference in [
            "[a](b.md)",
            "`scripts/a.py`",
            "`guides/a.md`",
            "`${SKILL_DIR}/a`",
            "`{baseDir}/a`",
            "<a HREF = 'b'>",
        ] {
            let body = format!("one\n\n{reference}\ntwo\n\nthree\n");
            let expected = body.strip_suffix("three\n");
            assert_eq!(part(&body), expected, "{reference}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_no_reference() {
        assert_eq!(part("[a](https://b.c) [d]: <http://e.f> x[1] g/h.md a = b ├\n\n"), None);
    }

    #[test]
    fn definitions_and_drawings_belong_to_what_is_before_them() {
        for after in ["[a]: https://b.c", "├── a"] {
            let body = format!("`scripts/a.py`\n\n{after}\n\nb\n");
            assert_eq!(part(&body), body.strip_suffix("b\n"), "{after}");
        }
        assert_eq!(part("`scripts/a.py`"), Some("`scripts/a.py`"));
        assert_eq!(part("[a]: b.md\n\n[c][a]\n"), Some("[a]: b.md\n\n[c][a]\n"));
    }
}
