//! Links in Markdown files.

use crate::pattern::Pattern;
use pulldown_cmark::{Event, Options, Parser, Tag};
use skilled_format::SKILL_FILE;
use std::collections::BTreeSet;

use super::{Area, Changes, Weight};
use crate::material::{Language, Material};

/// An address, also where Markdown makes no link of it: in code, in tables, bare.
static ADDRESS: Pattern = Pattern::new(r#"(?i)\b(?:https?|ftp|wss?)://[^\s<>()\[\]{}"'`|\\^]+"#);

pub(super) fn compare(before: &Material<'_>, after: &Material<'_>, changes: &mut Changes) {
    let (old, new) = (links(before), links(after));
    let known: BTreeSet<String> = old.iter().filter_map(|link| host(link)).collect();
    // Another page of a known place is less than a place nobody has seen.
    let weight = |link: &str| match host(link) {
        Some(host) if !known.contains(&host) => Weight::Attention,
        Some(_) | None => Weight::Notice,
    };
    changes.sets(
        Area::Link,
        &old.iter().map(String::as_str).collect(),
        &new.iter().map(String::as_str).collect(),
        weight,
    );
}

/// The targets of all links, as written; relative ones without what follows `#`.
fn links(material: &Material<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in material.sources.iter().filter(|source| source.language == Language::Prose) {
        // The front matter is no Markdown.
        let body = material.reading.skill.as_ref().filter(|_| source.path == SKILL_FILE);
        let text = body.map_or(source.text.as_str(), |skill| skill.body.as_str());
        let addresses = ADDRESS.find_iter(text);
        found.extend(
            addresses
                .map(|address| address.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']).to_owned()),
        );
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
                continue;
            };
            let target = dest_url.split('#').next().unwrap_or_default();
            if !target.is_empty() && !is_address(&dest_url) {
                found.insert(target.to_owned());
            }
        }
    }
    found
}

fn is_address(target: &str) -> bool {
    ADDRESS.find(target).is_some_and(|found| found.start() == 0)
}

/// The host of an address, lower case, without name and port; nothing for a relative link.
fn host(link: &str) -> Option<String> {
    let (_, rest) = link.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(host.split(':').next().unwrap_or_default().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_one() {
        assert_eq!(ADDRESS.error(), None);
        assert!(is_address("HTTPS://a.example/x") && !is_address("a/https://b"));
    }

    #[test]
    fn hosts_are_read_from_addresses() {
        let hosts = ["https://A.example/x", "http://u:p@b.example:80?q", "a/b.md"].map(host);
        assert_eq!(hosts, [Some("a.example".to_owned()), Some("b.example".to_owned()), None]);
    }
}
