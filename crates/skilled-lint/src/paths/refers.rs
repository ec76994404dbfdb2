//! A quick look for whether a document refers to anything in the skill.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::resolve::Listing;

/// What every reference that the rules look at contains: first those that are only about what follows.
const SIGNS: [&str; 13] = [
    "](",
    "]:",
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
/// How many of [`SIGNS`] start a link of Markdown.
const LINKS: usize = 2;

/// Whether a document may have a link or a path that leads into the skill. Documents without one are most, and need not be
/// parsed.
pub(super) fn may_refer(body: &str, listing: &Listing<'_>) -> bool {
    static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SIGNS).ok());
    // A path below a folder of the skill may be meant wherever there is a slash in code.
    if listing.has_folders() {
        return true;
    }
    let Some(search) = SEARCH.as_ref() else { return true };
    search.find_iter(body).any(|found| {
        let after = body[found.end()..].trim_start_matches([' ', '<']);
        found.pattern().as_usize() >= LINKS || !after.starts_with("http")
    })
}
