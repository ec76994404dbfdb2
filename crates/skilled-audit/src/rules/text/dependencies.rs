//! Packages and programs that are installed.

mod popular;

use crate::pattern::{Groups, Pattern};
use std::ops::Range;

use super::catalogue::{FOREIGN_SOURCE, LOCKED_ARCHIVE, PREREQUISITE_DOWNLOAD, TYPOSQUAT, UNPINNED};
use super::concept::{self, Concept as C};
use super::sentence::Sentence;
use super::weigh::weigh;
use crate::material::{Language, Source};
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// Where packages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    Pypi,
    Npm,
}

/// A package that a text names.
pub(crate) struct Listed<'t> {
    pub(crate) name: &'t str,
    /// As it is written; empty when none is given.
    pub(crate) version: &'t str,
    /// Where the name stands.
    pub(crate) span: Range<usize>,
}

impl<'t> Listed<'t> {
    fn new(found: &Groups<'t>, offset: usize) -> Option<Self> {
        let name = found.get(1)?;
        let version = found.get(2).map_or("", |version| version.as_str());
        Some(Self { name: name.as_str(), version, span: offset + name.start()..offset + name.end() })
    }
}

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: Pattern = Pattern::new($pattern);
    };
}

pattern!(
    INSTALL,
    r"(?m)\b(?:(?P<pypi>(?:pip3?|uv pip|python3? -m pip) install|uv add|uv tool install|uvx|pipx (?:install|run)|poetry add)|(?P<npm>npm (?:install|i|add)|pnpm (?:add|install|dlx)|yarn (?:add|dlx)|npx|bunx|bun add))[ \t]+(?P<rest>[^\n`;&|)\x22]{1,400})"
);
pattern!(
    REQUIREMENT,
    r"(?m)^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?[ \t]*((?:[=<>!~]=?|@)[^\n#;]*)?"
);
pattern!(INLINE, r"(?s)# /// script\s*\n(.{0,4000}?)# ///");
pattern!(QUOTED, r#"["']([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?[ \t]*([=<>!~][^"']*)?["']"#);
pattern!(
    ENTRY,
    r#""(@?[a-z0-9][\w./-]*)"\s*:\s*"([~^<>=*\d][^"]*|latest|\*|git[^"]*|https?:[^"]*|github:[^"]*)""#
);

/// Looks at the commands and lists in one file.
pub(super) fn run(source: &Source, sink: &mut Sink) {
    commands(source, sink);
    let mut all = |registry, listed: Vec<Listed<'_>>| {
        for Listed { name, version, span } in listed {
            judge(source, (registry, name), version.trim_start_matches(['^', '~']), span, sink);
        }
    };
    if is_requirements(&source.path) {
        all(Registry::Pypi, requirements(&source.text));
    }
    if source.path.rsplit('/').next() == Some("package.json") {
        all(Registry::Npm, manifest(&source.text));
    }
    if source.language == Language::Python {
        all(Registry::Pypi, inline(&source.text));
    }
}

fn commands(source: &Source, sink: &mut Sink) {
    let pattern = &INSTALL;
    for found in pattern.captures_iter(&source.text) {
        if in_comment(&source.text, found.get(0).map_or(0, |whole| whole.start())) {
            continue;
        }
        let Some(rest) = found.name("rest") else { continue };
        let registry = if found.name("npm").is_some() { Registry::Npm } else { Registry::Pypi };
        let runs = found.name("npm").or_else(|| found.name("pypi")).is_some_and(|command| {
            matches!(command.as_str(), "npx" | "bunx" | "uvx" | "pnpm dlx" | "yarn dlx" | "pipx run")
        });
        arguments(source, rest.range(), (registry, runs), sink);
    }
}

/// Whether a place lies in a comment of a program.
fn in_comment(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    text[start..at].trim_start().starts_with("# ")
}

/// The arguments of one command, each a package, an option or the value of one.
fn arguments(source: &Source, rest: Range<usize>, (registry, runs): (Registry, bool), sink: &mut Sink) {
    let text = &source.text[rest.clone()];
    let mut at = 0;
    let mut value_of: Option<&str> = None;
    for word in text.split_ascii_whitespace() {
        let start = text[at..].find(word).map_or(at, |found| at + found);
        at = start + word.len();
        let span = rest.start + start..rest.start + at;
        let word = word.trim_matches(['\'', '"', ',', '.', '\\']);
        if let Some(option) = value_of.take() {
            option_value(source, (option, word), span, sink);
            continue;
        }
        match word {
            "-r" | "--requirement" | "-c" | "--python" | "-p" | "--prefix" | "--package" | "--from"
            | "--with" | "-e" => {
                value_of = Some("");
            }
            "-i" | "--index-url" | "--extra-index-url" | "--registry" | "--find-links" | "-f"
            | "--trusted-host" => value_of = Some(word),
            _ if word.starts_with("--") && word.contains('=') => {
                if let Some((option, value)) = word.split_once('=') {
                    option_value(source, (option, value), span, sink);
                }
            }
            _ if word.starts_with('-') => {}
            _ if word.starts_with('#') => break,
            _ => {
                if !package(source, (registry, word), span, sink) || runs {
                    break;
                }
            }
        }
    }
}

fn option_value(source: &Source, (option, value): (&str, &str), span: Range<usize>, sink: &mut Sink) {
    let elsewhere = matches!(
        option,
        "-i" | "--index-url" | "--extra-index-url" | "--registry" | "--find-links" | "--trusted-host"
    ) && ![
        "pypi.org",
        "registry.npmjs.org",
        "pytorch.org",
        "pythonhosted.org",
        "nvidia.com",
        "pypi.python.org",
    ]
    .iter()
    .any(|known| value.contains(known));
    if elsewhere {
        let severity = if value.starts_with("http://") || option == "--trusted-host" {
            Severity::Medium
        } else {
            Severity::Low
        };
        let message = format!("packages are taken from {value}");
        sink.with(&FOREIGN_SOURCE, severity, Confidence::Medium, (source, span), &message);
    }
}

/// One package; returns whether the word is one, so that prose after a command is not read as packages.
fn package(source: &Source, (registry, word): (Registry, &str), span: Range<usize>, sink: &mut Sink) -> bool {
    let git = ["git+", "https://", "http://", "github:", "git@"].iter().any(|start| word.starts_with(start));
    if git {
        let severity = if word.starts_with("http://") { Severity::Medium } else { Severity::Low };
        let message = format!("`{word}` does not come from a registry");
        sink.with(&FOREIGN_SOURCE, severity, Confidence::Medium, (source, span), &message);
        return true;
    }
    if word.starts_with(['.', '/', '<', '$', '{', '[', '~', '*', '('])
        || word.contains('/') && !word.starts_with('@')
    {
        return true;
    }
    let Some((name, version)) = named(registry, word) else { return false };
    judge(source, (registry, name), version, span, sink);
    true
}

/// The name and the version in an argument of an installer; `None` when it is no name.
pub(crate) fn named(registry: Registry, word: &str) -> Option<(&str, &str)> {
    let name_end = match registry {
        Registry::Pypi => word.find(['=', '<', '>', '!', '~', '[', '@']).unwrap_or(word.len()),
        // The first `@` is that of a scope.
        Registry::Npm => {
            word.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(word.len(), |(at, _)| at)
        }
    };
    let (name, version) = word.split_at(name_end);
    let valid = name.len() >= 2
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/'));
    valid.then_some((name, version))
}

/// Whether a package is one of those that are used most.
pub(crate) fn is_popular(registry: Registry, name: &str) -> bool {
    match registry {
        Registry::Pypi => popular::PYPI.contains(&name),
        Registry::Npm => popular::NPM.contains(&name),
    }
}

fn judge(
    source: &Source,
    (registry, name): (Registry, &str),
    version: &str,
    span: Range<usize>,
    sink: &mut Sink,
) {
    let list = match registry {
        Registry::Pypi => popular::PYPI,
        Registry::Npm => popular::NPM,
    };
    let known = popular::MALICIOUS.contains(&name.to_ascii_lowercase().as_str());
    match popular::resembles(name, list) {
        Some((popular, sure)) => {
            let (severity, confidence) = if sure || known {
                (Severity::High, Confidence::High)
            } else {
                (Severity::Medium, Confidence::Low)
            };
            let message = format!("`{name}` is nearly `{popular}`");
            sink.with(&TYPOSQUAT, severity, confidence, (source, span), &message);
        }
        None if known => {
            let message = format!("`{name}` was published with malware");
            sink.with(&TYPOSQUAT, Severity::High, Confidence::High, (source, span), &message);
        }
        None if !pinned(version) => {
            let message = format!("`{name}` is installed in whatever version there is");
            sink.at(&UNPINNED, Confidence::Medium, source, span, &message);
        }
        None => {}
    }
}

fn pinned(version: &str) -> bool {
    let version = version.trim();
    version.starts_with("==")
        || version.strip_prefix('@').is_some_and(|exact| exact.starts_with(|c: char| c.is_ascii_digit()))
        || version.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a file lists what pip installs.
pub(crate) fn is_requirements(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("requirements") && name.to_ascii_lowercase().strip_suffix(".txt").is_some()
}

/// The packages of a `requirements.txt`.
pub(crate) fn requirements(text: &str) -> Vec<Listed<'_>> {
    let found = REQUIREMENT.captures_iter(text);
    found.filter_map(|found| Listed::new(&found, 0)).collect()
}

/// The packages of the metadata in a script (PEP 723).
pub(crate) fn inline(text: &str) -> Vec<Listed<'_>> {
    let inner = INLINE.captures(text).and_then(|block| block.get(1));
    let Some(inner) = inner else { return Vec::new() };
    let Some(start) = inner.as_str().find("dependencies") else { return Vec::new() };
    let found = QUOTED.captures_iter(&inner.as_str()[start..]);
    found.filter_map(|found| Listed::new(&found, inner.start() + start)).collect()
}

/// The packages of a `package.json`.
pub(crate) fn manifest(text: &str) -> Vec<Listed<'_>> {
    let Some(start) = text.find("ependencies\"") else {
        return Vec::new();
    };
    ENTRY.captures_iter(&text[start..]).filter_map(|found| Listed::new(&found, start)).collect()
}

static DOWNLOADS: Pattern = concept::pattern(
    "\\b(?:download|get|grab|fetch|obtain)\\b.{0,200}(?:\\b(?:zip|exe|dmg|pkg|msi|bin|sh|ps1|bat|rar|7z|scr|installer|executable|binary|setup|agent|tool|utility)\\b).{0,200}\\b(?:run|execute|launch|start|open|extract|unzip|install|double-click)\\b",
);
static REQUIRED: Pattern = concept::pattern(
    "\\b(?:prerequisites?|required?|requires?|before (?:using|you|running|installing)|must (?:first|be)|first|needed|mandatory|will not (?:work|function)|does not work without)\\b",
);
static PASSWORD: Pattern = concept::pattern(
    "\\b(?:extract|unzip|unrar|decompress|unpack|open|archive|zip|7z|rar)\\b.{0,120}\\b(?:password|passphrase|pass|passwort|contraseña)\\b(?: is |: ?|= ?| \"| '| \\()",
);

/// `Download this tool first`, and archives that need a password.
pub(super) fn in_prose(sentence: &Sentence<'_>, sink: &mut Sink) {
    let place = || (sentence.source, sentence.span.clone());
    if sentence.concepts.has(C::Fetch) && !sentence.concepts.has(C::Protective) {
        let downloads = DOWNLOADS.is_match(&sentence.text);
        let required = REQUIRED.is_match(&sentence.text) || REQUIRED.is_match(&sentence.heading);
        if downloads && sentence.text.contains("http") {
            let trusted = [
                "python.org",
                "nodejs.org",
                "brew.sh",
                "docs.",
                "rust-lang.org",
                "golang.org",
                "go.dev",
                "docker.com",
                "microsoft.com",
                "apple.com",
                "google.com",
                "aws.amazon.com",
                "github.com/cli",
            ]
            .iter()
            .any(|host| sentence.text.contains(host));
            let direct = sentence.text.contains(".zip")
                || sentence.text.contains(".exe")
                || sentence.text.contains(".dmg")
                || sentence.text.contains(".sh");
            let severity = if required && direct && !trusted { Severity::High } else { Severity::Low };
            let weight = weigh(sentence, severity);
            sink.with(
                &PREREQUISITE_DOWNLOAD,
                weight.severity,
                weight.confidence,
                place(),
                "a program is to be downloaded and run",
            );
        }
    }
    if PASSWORD.is_match(&sentence.text) && !sentence.concepts.has(C::Protective) {
        let ships = sentence.text.contains("extract")
            || sentence.text.contains("unzip")
            || sentence.text.contains("unrar");
        let severity = if ships { Severity::High } else { Severity::Low };
        let weight = weigh(sentence, severity);
        sink.with(
            &LOCKED_ARCHIVE,
            weight.severity,
            weight.confidence,
            place(),
            "an archive is opened with a password that is given",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&INSTALL, &REQUIREMENT, &INLINE, &QUOTED, &ENTRY, &DOWNLOADS, &REQUIRED, &PASSWORD] {
            assert_eq!(pattern.error(), None);
        }
    }
}
