//! Paths below the home folder of one person.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::material::Text;
use crate::rules;
use crate::sink::{Draft, Sink};

/// Accounts of containers and services, and names that stand for any.
const NOBODY: [&str; 56] = [
    "me",
    "my",
    "you",
    "name",
    "user",
    "users",
    "username",
    "user1",
    "user2",
    "userid",
    "you",
    "your",
    "yourname",
    "yourusername",
    "your-name",
    "your_name",
    "your-username",
    "your_username",
    "youruser",
    "your-user",
    "myuser",
    "myname",
    "someone",
    "somebody",
    "somename",
    "someuser",
    "person",
    "xxx",
    "xx",
    "x",
    "foo",
    "bar",
    "example",
    "alice",
    "bob",
    "john",
    "johndoe",
    "jane",
    "dev",
    "developer",
    "test",
    "testuser",
    "app",
    "agent",
    "claude",
    "oai",
    "coder",
    "node",
    "pi",
    "ubuntu",
    "runner",
    "vscode",
    "jovyan",
    "linuxbrew",
    "shared",
    "public",
];

pub(super) fn check(text: &Text, sink: &mut Sink<'_>) {
    static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:/Users/|/home/|:\\Users\\|:\\\\Users\\\\)([A-Za-z][A-Za-z0-9_.-]*)[/\\]").ok()
    });
    let content = &text.content;
    let captures = HOME.iter().flat_map(|pattern| pattern.captures_iter(content));
    let found = captures.filter_map(|captures| Some((captures.get(0)?, captures.get(1)?)));
    let mut people: BTreeMap<&str, (Range<usize>, usize)> = BTreeMap::new();
    for (path, account) in found {
        let lower = account.as_str().to_ascii_lowercase();
        let is_nobody =
            NOBODY.contains(&lower.as_str()) || lower.starts_with("your") || lower.contains("user");
        let is_part = content[..path.start()]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '}' | '~' | '_' | '-'));
        let is_drive = path.as_str().starts_with(':');
        if !is_nobody && (is_drive || !is_part) {
            people.entry(path.as_str()).or_insert((path.range(), 0)).1 += 1;
        }
    }
    for (path, (span, count)) in people {
        let times = if count == 1 { String::new() } else { format!(", {count} times from here on") };
        let path = path.trim_start_matches(':');
        let message = format!("`{path}` is the home folder of one person{times}");
        sink.push(Draft::new(&rules::HOME_PATH, &text.path, span, message));
    }
}
