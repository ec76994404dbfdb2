//! Collecting what is needed, from every file.

use crate::pattern::Pattern;
use skilled_format::SKILL_FILE;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Capabilities, Evidence, Needed, code, command, config, imports, names, shell};
use crate::material::{Language, Material, Source};
use crate::rules::text::dependencies::{self, Registry};

/// Most places that are kept of one need.
const PLACES: usize = 5;
/// Most needs of one kind; a skill that needs more is not described by a list.
const MOST: usize = 500;
/// Longest name of a need in characters.
const NAME: usize = 160;

/// What is needed so far, and what must be known of the skill to find more.
pub(super) struct Needs<'m> {
    pub(super) found: Capabilities,
    /// The files of the skill.
    pub(super) files: BTreeSet<&'m str>,
    /// Names that a Python file can import from the skill itself.
    pub(super) modules: BTreeSet<&'m str>,
    /// The names of the skill and of its folder.
    pub(super) own: Vec<String>,
    /// Whether any code of the skill speaks to the network: only then are addresses in it hosts.
    pub(super) online: bool,
}

/// A place in a file.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) source: &'s Source,
    pub(super) at: usize,
}

impl Place<'_> {
    pub(super) fn plus(self, offset: usize) -> Self {
        Self { at: self.at + offset, ..self }
    }
}

/// What the files of a skill show that it needs.
pub(crate) fn of(material: &Material<'_>) -> Capabilities {
    let mut needs = Needs::new(material);
    for source in &material.sources {
        of_source(source, &mut needs);
    }
    tools(material, &mut needs);
    // A package that a list pins is not listed once more because it is imported.
    for source in &material.sources {
        imports::collect(source, &mut needs);
    }
    needs.found
}

impl<'m> Needs<'m> {
    fn new(material: &'m Material<'_>) -> Self {
        let files: BTreeSet<&str> = material.folder.files().iter().map(|listed| &*listed.path).collect();
        let modules = files.iter().flat_map(|path| path.split(['/', '.'])).collect();
        let name = material.reading.skill.as_ref().map(|skill| skill.name.clone());
        let own = name.into_iter().chain([material.folder.name().to_owned()]).collect();
        let online = material.sources.iter().any(code::is_online);
        Self { found: Capabilities::default(), files, modules, own, online }
    }

    /// Notes a need.
    pub(super) fn add(&mut self, kind: fn(&mut Capabilities) -> &mut Needed, name: &str, place: Place<'_>) {
        let name = skilled_format::printable(name.trim());
        let name: String = match name.char_indices().nth(NAME) {
            Some((cut, _)) => format!("{}…", &name[..cut]),
            None => name,
        };
        let needed = kind(&mut self.found);
        if name.is_empty() || needed.len() >= MOST && !needed.contains_key(&name) {
            return;
        }
        let places = needed.entry(name).or_default();
        let file = skilled_format::printable(&place.source.path);
        let evidence = Evidence { file, line: place.source.line(place.at) };
        if places.len() < PLACES && !places.contains(&evidence) {
            places.push(evidence);
        }
    }

    /// The file of the skill that a path means, wherever the skill is installed.
    pub(super) fn own_file(&self, path: &str) -> Option<&'m str> {
        let mut rest = path.trim_start_matches("./");
        loop {
            if let Some(file) = self.files.get(rest) {
                return rest.contains(['/', '.']).then_some(*file);
            }
            rest = rest.split_once('/')?.1;
        }
    }
}

static SPAN: Pattern = Pattern::new(r"`([^`\n]{3,500})`");

fn of_source(source: &Source, needs: &mut Needs<'_>) {
    let place = |at| Place { source, at };
    for stretch in &source.stretches {
        let text = &source.text[stretch.span.clone()];
        let place = place(stretch.span.start);
        match stretch.language {
            Language::Shell => command::script(text, place, needs),
            Language::Prose => spans(text, place, needs),
            Language::PowerShell | Language::Python | Language::JavaScript | Language::OtherCode => {
                code::collect(text, stretch.language, place, needs);
            }
            Language::Data => {}
        }
        if stretch.language == Language::Python {
            for listed in dependencies::inline(text) {
                package(Registry::Pypi, listed.name, listed.version, place.plus(listed.span.start), needs);
            }
        }
    }
    if dependencies::is_requirements(&source.path) {
        for listed in dependencies::requirements(&source.text) {
            package(Registry::Pypi, listed.name, listed.version, place(listed.span.start), needs);
        }
    }
    config::collect(source, needs);
}

/// Commands in code spans of prose: those of known programs and of the skill's own scripts, with arguments. A program that is
/// merely named is not run.
fn spans(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    let pattern = &SPAN;
    for found in pattern.captures_iter(text).filter_map(|found| found.get(1)) {
        let mut words = found.as_str().split_ascii_whitespace();
        let (Some(first), Some(_)) = (words.next(), words.next()) else { continue };
        let injected = text[..found.start()].ends_with("!`");
        let own = first.contains('/') && needs.own_file(first).is_some();
        if injected || own || names::is_program(first) {
            command::line(found.as_str(), place.plus(found.start()), needs);
        }
    }
}

/// Notes a package, with its version when there is exactly one.
pub(super) fn package(
    registry: Registry,
    name: &str,
    version: &str,
    place: Place<'_>,
    needs: &mut Needs<'_>,
) {
    let exact = version.trim().trim_start_matches(['=', '@']);
    let exact = if exact.starts_with(|c: char| c.is_ascii_digit()) && !exact.contains([',', '*', ' ', '|']) {
        exact
    } else {
        ""
    };
    let (registry, mark) = match registry {
        Registry::Pypi => ("pypi", "=="),
        Registry::Npm => ("npm", "@"),
    };
    let name = if registry == "pypi" { name.to_ascii_lowercase() } else { name.to_owned() };
    let mark = if exact.is_empty() { "" } else { mark };
    needs.add(|found| &mut found.packages, &format!("{registry}:{name}{mark}{exact}"), place);
}

fn tools(material: &Material<'_>, needs: &mut Needs<'_>) {
    let Some(skill) = &material.reading.skill else { return };
    let Some(source) = material.sources.iter().find(|source| source.path == SKILL_FILE) else { return };
    let place = Place { source, at: field(source, "allowed-tools").start };
    for tool in &skill.allowed_tools {
        needs.add(|found| &mut found.tools, tool, place);
    }
    if let Some(hooks) = &skill.extensions.hooks {
        config::hooks(hooks, Place { source, at: field(source, "hooks").start }, needs);
    }
}

/// Where a field of the front matter starts.
fn field(source: &Source, name: &str) -> Range<usize> {
    let start = source.text.find(&format!("\n{name}:")).map_or(0, |at| at + 1);
    start..start + name.len()
}

/// Runs shell words that are no text of their own, such as a list of arguments.
pub(super) fn run_words(words: Vec<String>, place: Place<'_>, needs: &mut Needs<'_>) {
    let words = words.into_iter().map(|text| shell::Word { text, start: 0, redirect: false }).collect();
    command::one(&shell::Command { words, document: None }, place, needs);
}
