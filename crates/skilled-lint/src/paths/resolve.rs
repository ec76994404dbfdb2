//! From the target of a link to a path in the skill.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use skilled_format::{Folder, ListedKind};

/// What a link leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The web, mail, another program, or nothing that is meant as a path.
    Elsewhere,
    /// A path of one machine.
    Outside,
    /// A path with backslashes.
    Backslashes,
    /// A heading of the same document.
    Heading(String),
    /// A relative path, decoded.
    Path { path: String, anchor: Option<String> },
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The normal form of a path that exists.
    Found(String),
    /// The normal form of a path that does not.
    Missing(String),
    Outside,
    /// Behind a link that is not followed.
    Beyond,
}

pub(super) fn link_target(written: &str) -> Target {
    let is_drive =
        written.len() > 2 && written.as_bytes()[0].is_ascii_alphabetic() && written[1..].starts_with(":\\");
    let lower = written.get(..7).map(str::to_ascii_lowercase);
    if is_drive || lower.as_deref() == Some("file://") || written.starts_with("~/") {
        return if is_placeholder(written) { Target::Elsewhere } else { Target::Outside };
    }
    if has_scheme(written) || written.starts_with("//") || is_placeholder(written) {
        return Target::Elsewhere;
    }
    if let Some(anchor) = written.strip_prefix('#') {
        return Target::Heading(decode(anchor));
    }
    if written.contains('\\') && !written.contains('/') {
        return Target::Backslashes;
    }
    let (path, anchor) = match written.split_once('#') {
        Some((path, anchor)) => (path, Some(decode(anchor))),
        None => (written, None),
    };
    let path = decode(path.split('?').next().unwrap_or_default());
    if path.is_empty() {
        return Target::Elsewhere;
    }
    if path.starts_with('/') { Target::Outside } else { Target::Path { path, anchor } }
}

/// `https:`, `mailto:`, `mdc:` and the like (RFC 3986 §3.1).
fn has_scheme(written: &str) -> bool {
    let Some((scheme, _)) = written.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// A target that stands for others, as in templates and explanations of links.
fn is_placeholder(written: &str) -> bool {
    const SIGNS: [char; 9] = ['{', '}', '<', '>', '$', '*', '[', '…', '|'];
    const WORDS: [&str; 12] = [
        "link", "links", "url", "uri", "path", "href", "file", "filename", "image", "src", "target", "source",
    ];
    let lower = written.to_ascii_lowercase();
    written.is_empty()
        || written.contains(SIGNS)
        || written.contains("...")
        || written.chars().any(char::is_whitespace)
        || WORDS.contains(&lower.trim_start_matches(['.', '/', '#']))
        || ["path/to/", "your-", "your_", "link-to-", "example.", "url-"].iter().any(|sign| lower.contains(sign))
        // Nothing that looks like a file: a word without a dot or a slash.
        || !written.contains(['.', '/', '#', '\\'])
}

/// Resolves `%20` and the like; what is no UTF-8 then stays as it is written.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// The files of a skill, for look-ups.
pub(super) struct Listing<'a> {
    folder: &'a Folder,
    /// Names directly in the folder that are folders.
    top: HashSet<&'a str>,
    by_lower_case: OnceCell<HashMap<String, &'a str>>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(folder: &'a Folder) -> Self {
        let folders = folder.files().iter().filter(|listed| listed.kind == ListedKind::Directory);
        let top = folders.map(|listed| listed.path.as_str()).filter(|path| !path.contains('/')).collect();
        Self { folder, top, by_lower_case: OnceCell::new() }
    }

    pub(super) fn has_top_folder(&self, name: &str) -> bool {
        self.top.contains(name)
    }

    /// Where `path`, written in the document `from`, leads: relative to the document, or else to the folder of the skill.
    pub(super) fn find(&self, from: &str, path: &str) -> Place {
        let base = from.rsplit_once('/').map_or("", |(base, _)| base);
        let (near, far) = (normalize(base, path), normalize("", path));
        for path in [&near, &far].into_iter().flatten() {
            let place = self.look_up(path);
            if !matches!(place, Place::Missing(_)) {
                return place;
            }
        }
        near.or(far).map_or(Place::Outside, Place::Missing)
    }

    fn look_up(&self, path: &str) -> Place {
        if path.is_empty() || self.folder.get(path).is_some() {
            return Place::Found(path.to_owned());
        }
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut listed = above.filter_map(|above| self.folder.get(above));
        if listed.any(|listed| matches!(listed.kind, ListedKind::Link { .. })) {
            return Place::Beyond;
        }
        Place::Missing(path.to_owned())
    }

    /// The path that differs from this one only in case.
    pub(super) fn in_other_case(&self, path: &str) -> Option<&'a str> {
        let index = self.by_lower_case.get_or_init(|| {
            let files = self.folder.files().iter();
            files.map(|listed| (listed.path.to_lowercase(), listed.path.as_str())).collect()
        });
        index.get(&path.to_lowercase()).copied()
    }
}

/// Resolves `.` and `..`; `None` when the path leads out of the skill.
fn normalize(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_apart() {
        for written in
            ["https://a.b/c", "mailto:a@b", "//a/b.md", "url", "path/to/x.md", "<x>.md", "a{b}.md", ""]
        {
            assert_eq!(link_target(written), Target::Elsewhere, "{written}");
        }
        for written in ["/etc/x.md", "file:///etc/x", "C:\\x\\y.md", "~/x.md"] {
            assert_eq!(link_target(written), Target::Outside, "{written}");
        }
        assert_eq!(link_target("a\\b.md"), Target::Backslashes);
        assert_eq!(link_target("#a%20b"), Target::Heading("a b".to_owned()));
        let path = Target::Path { path: "a b.md".to_owned(), anchor: Some("c".to_owned()) };
        assert_eq!(link_target("a%20b.md?x=1#c"), path);
    }

    #[test]
    fn paths_are_resolved_within_the_skill() {
        let resolve = |base, path| normalize(base, path);
        assert_eq!(resolve("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(resolve("a", "../..").as_deref(), None);
        assert_eq!(resolve("", "a//b/").as_deref(), Some("a/b"));
    }

    #[test]
    fn a_broken_escape_stays() {
        assert_eq!(["%zz", "%", "%e9", "%c3%a9", "a%2Fb"].map(decode), ["%zz", "%", "%e9", "é", "a/b"]);
    }
}
