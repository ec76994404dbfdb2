//! A quick look for whether a document refers to anything in the skill.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::resolve::Listing;

/// What every reference that is no link of Markdown contains. All are long enough to be looked for many bytes at a time.
const SIGNS: [&str; 11] = [
    "href=",
    "HREF=",
    "src=",
    "SRC=",
    "src =",
    "scripts/",
    "references/",
    "assets/",
    "SKILL_",
    "{baseDir}",
    "{skill_dir}",
];

/// Whether a document may have a link or a path that leads into the skill. Documents without one are most, and need not be
/// parsed.
pub(super) fn may_refer(body: &str, listing: &Listing<'_>) -> bool {
    static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SIGNS).ok());
    // A path below a folder of the skill may be meant wherever there is a slash in code.
    if listing.has_folders() || has_link(body) {
        return true;
    }
    SEARCH.as_ref().is_none_or(|search| search.is_match(body))
}

/// Whether there is the middle of a link, or the beginning of what a link leads to, that does not go to the web.
fn has_link(body: &str) -> bool {
    body.match_indices(']').any(|(at, _)| {
        let after = &body.as_bytes()[at + 1..];
        let is_link = matches!(after.first(), Some(b'(' | b':'));
        is_link && !body[at + 2..].trim_start_matches([' ', '<']).starts_with("http")
    })
}
