//! A quick look for whether a document refers to anything in the skill.

use memchr::memchr_iter;

use super::mention::may_name;
use super::resolve::Listing;

/// Whether a document may have a link or a path that leads into the skill. Documents without one are most, and need not be
/// parsed.
pub(super) fn may_refer(body: &str, listing: &Listing<'_>) -> bool {
    has_link(body) || may_name(body, listing) || has_attribute(body)
}

/// Whether there is the middle of a link, or the beginning of what a link leads to, that does not go to the web.
fn has_link(body: &str) -> bool {
    memchr_iter(b']', body.as_bytes()).any(|at| {
        let is_link = matches!(body.as_bytes().get(at + 1), Some(b'(' | b':'));
        is_link && {
            let target = body[at + 2..].trim_start_matches([' ', '<']);
            !target.starts_with("http://") && !target.starts_with("https://")
        }
    })
}

/// Whether there is an attribute of HTML that is a link.
fn has_attribute(body: &str) -> bool {
    memchr_iter(b'=', body.as_bytes()).any(|at| {
        let before = body[..at].trim_end().as_bytes();
        let ends_with = |name: &str| {
            before.len() >= name.len()
                && before[before.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
        };
        ends_with("href") || ends_with("src")
    })
}
