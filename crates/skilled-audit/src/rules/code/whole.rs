//! What the pieces of a skill do together, where no value can be followed from one to the other: reading secrets here and
//! sending something there, fetching a program here and starting it there.

mod exposed;
mod facts;
mod spelt;
mod weak;

use std::collections::BTreeSet;

use self::facts::Fact;
use super::catalogue::{
    DOWNLOAD, ENTRANCE, EXFILTRATION, EXPOSED, OBFUSCATED, TAMPERING, UNDECLARED, WEAK_SETTINGS,
};
use super::units::Unit;
use super::vendors;
use crate::material::{Language, Material};
use crate::sink::Sink;
use crate::{Confidence, RuleInfo, Severity};
use skilled_format::SKILL_FILE;

/// One piece of code and what it does.
struct Piece<'p, 'u> {
    unit: &'p Unit<'u>,
    facts: Vec<(Fact, usize)>,
    /// Hosts outside of the machine that are written out in it and are no well-known service.
    hosts: Vec<String>,
}

/// Reports what comes together in one piece, and in the skill as a whole.
pub(super) fn run(material: &Material<'_>, units: &[Unit<'_>], sink: &mut Sink) {
    let pieces: Vec<Piece<'_, '_>> = units.iter().filter(|unit| is_run(unit)).map(Piece::of).collect();
    let said = Said::of(material);
    for piece in &pieces {
        piece.leaks(&said, sink);
        piece.downloads(sink);
        piece.contacts(&said, sink);
        piece.is_weak(sink);
        piece.opens(&said, sink);
        piece.spells(sink);
        piece.tampers(&said, sink);
    }
    across(&pieces, sink);
    data(material, sink);
}

/// Data in which a command is put together.
fn data(material: &Material<'_>, sink: &mut Sink) {
    for source in material.sources.iter().filter(|source| source.language == Language::Data) {
        if let Some((at, spelt)) = spelt::joined(&source.text) {
            let shown: String = spelt.chars().take(80).collect();
            let message = format!("values that stand side by side spell: {shown}");
            sink.with(&OBFUSCATED, Severity::High, Confidence::Medium, (source, at..at), &message);
        }
    }
}

/// Whether a piece of code runs when the skill is used: files, and the commands of SKILL.md.
fn is_run(unit: &Unit<'_>) -> bool {
    unit.ceiling >= Severity::High && (unit.is_file() || unit.source.path == SKILL_FILE)
}

/// What the text of a skill says of where it sends things.
struct Said {
    /// SKILL.md, in lower case.
    text: String,
    /// Its letters and digits without what is between them: `Acme Cloud` names `acmecloud.example`.
    squashed: String,
    /// Words of its name and description.
    words: BTreeSet<String>,
}

/// Shortest label of a domain that is looked for across words, in bytes.
const SPELT_OUT: usize = 8;

impl Said {
    fn of(material: &Material<'_>) -> Self {
        let source = material.sources.iter().find(|source| source.path == SKILL_FILE);
        let text = source.map_or(String::new(), |source| source.text.to_ascii_lowercase());
        let skill = material.reading.skill.as_ref();
        let head = skill.map_or(String::new(), |skill| format!("{} {}", skill.name, skill.description));
        let words = head.to_ascii_lowercase();
        let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 4);
        let squashed = text.chars().filter(|c| c.is_alphanumeric()).collect();
        Self { text, squashed, words: words.map(str::to_owned).collect() }
    }

    /// Whether a host is named in the text, or is called like what the skill is about.
    fn names(&self, host: &str) -> bool {
        let domain = vendors::domain(host);
        let label = domain.split('.').next().unwrap_or_default();
        self.text.contains(domain)
            || self.words.contains(label)
            || label.len() >= SPELT_OUT && self.squashed.contains(label)
    }
}

impl<'p, 'u> Piece<'p, 'u> {
    fn of(unit: &'p Unit<'u>) -> Self {
        let facts = facts::of(unit);
        let mut hosts = vendors::hosts(&unit.code);
        hosts.extend(vendors::dialled(&unit.code));
        hosts.retain(|host| vendors::is_foreign(host) && !vendors::is_known(host) && !vendors::is_tool(host));
        Self { unit, facts, hosts }
    }

    fn at(&self, fact: Fact) -> Option<usize> {
        self.facts.iter().find(|(found, _)| *found == fact).map(|(_, at)| *at)
    }

    /// The gravest thing it reads.
    fn reads(&self) -> Option<(Fact, usize)> {
        [Fact::Keys, Fact::Environment, Fact::Personal]
            .into_iter()
            .find_map(|fact| Some((fact, self.at(fact)?)))
    }

    /// A host to which it sends.
    fn receiver(&self) -> Option<(&str, usize)> {
        if let Some(at) = self.at(Fact::Publishes) {
            return Some(("a public place", at));
        }
        Some((self.hosts.first()?.as_str(), self.at(Fact::Sends)?))
    }

    fn leaks(&self, said: &Said, sink: &mut Sink) {
        let Some((host, at)) = self.receiver() else { return };
        let unsaid = self.hosts.iter().find(|host| !said.names(host));
        if let Some((fact, _)) = self.reads() {
            let message = format!("this reads {} and sends data to {host}", words(fact));
            return self.found(&EXFILTRATION, Severity::High, at, &message, sink);
        }
        let Some(host) = unsaid else { return };
        let weak =
            [Fact::Secret, Fact::Sources, Fact::Machine].into_iter().find(|fact| self.at(*fact).is_some());
        let what = weak.map_or("data", words);
        let message = format!("this sends {what} to {host}, of which the skill says nothing");
        self.found(&UNDECLARED, Severity::High, at, &message, sink);
    }

    fn downloads(&self, sink: &mut Sink) {
        let (Some(host), Some(at)) = (self.hosts.first(), self.at(Fact::Fetches)) else { return };
        if self.at(Fact::Permits).is_some()
            && self.at(Fact::Starts).is_some()
            && self.at(Fact::Writes).is_some()
        {
            let message = format!("a program is fetched from {host}, made executable and started");
            self.found(&DOWNLOAD, Severity::High, at, &message, sink);
        }
    }

    /// A program that contacts somebody of whom the skill says nothing.
    fn contacts(&self, said: &Said, sink: &mut Sink) {
        let Some(at) = self.at(Fact::Fetches).or(self.at(Fact::Sends)) else { return };
        let Some(host) = self.hosts.iter().find(|host| !said.names(host)) else { return };
        if !self.unit.is_file() || is_test(&self.unit.source.path) {
            return;
        }
        let runs = [Fact::Starts, Fact::Evaluates, Fact::Background, Fact::Permits]
            .into_iter()
            .any(|fact| self.at(fact).is_some())
            || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let severity = if runs { Severity::High } else { Severity::Medium };
        let message = format!("this contacts {host}, of which the skill says nothing");
        self.found(&UNDECLARED, severity, at, &message, sink);
    }

    fn tampers(&self, said: &Said, sink: &mut Sink) {
        let (Some(at), Some(_)) = (self.at(Fact::AgentFile), self.at(Fact::Writes)) else { return };
        if self.hosts.iter().any(|host| !said.names(host)) {
            let message =
                "this writes files that agents read, and speaks of a host that the skill does not name";
            self.found(&TAMPERING, Severity::High, at, message, sink);
        }
    }

    fn is_weak(&self, sink: &mut Sink) {
        if let Some((at, ways)) = weak::of(self.unit) {
            let message = format!("what is to be built is weak in {ways} ways");
            self.found(&WEAK_SETTINGS, Severity::High, at, &message, sink);
        }
    }

    fn opens(&self, said: &Said, sink: &mut Sink) {
        if is_test(&self.unit.source.path) {
            return;
        }
        if let Some((at, what)) = exposed::of(self.unit, &said.text) {
            self.found(&EXPOSED, Severity::High, at, what, sink);
        }
        if let Some(at) = exposed::entrance(self.unit) {
            let message = "who knows the word that stands here is let in, or has commands run";
            self.found(&ENTRANCE, Severity::High, at, message, sink);
        }
    }

    fn spells(&self, sink: &mut Sink) {
        if !self.unit.is_file() {
            return;
        }
        if let Some((at, spelt)) = spelt::dangerous(&self.unit.code) {
            let shown: String = spelt.chars().take(80).collect();
            let message = format!("literals that are put together or decoded spell: {shown}");
            self.found(&OBFUSCATED, Severity::High, at, &message, sink);
        }
    }

    fn found(&self, rule: &'static RuleInfo, severity: Severity, at: usize, message: &str, sink: &mut Sink) {
        let place = (self.unit.source, self.unit.place(&(at..at)));
        sink.with(rule, severity.min(self.unit.ceiling), Confidence::Medium, place, message);
    }
}

/// Whether a file is a test by its name.
fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_") || name.contains(".test.") || name.contains("_test.")
}

/// Secrets that one piece reads, and another that sends.
fn across(pieces: &[Piece<'_, '_>], sink: &mut Sink) {
    let reads = pieces.iter().find_map(|piece| Some((piece, piece.reads()?)));
    let sends = pieces.iter().find_map(|piece| Some((piece, piece.receiver()?)));
    let (Some((reader, (fact, at))), Some((sender, (host, to)))) = (reads, sends) else { return };
    if std::ptr::eq(reader, sender) {
        return;
    }
    let line = reader.unit.source.line(reader.unit.span.start + at);
    let message =
        format!("`{}:{line}` reads {}, and this sends data to {host}", reader.unit.source.path, words(fact));
    sender.found(&EXFILTRATION, Severity::High, to, &message, sink);
}

fn words(fact: Fact) -> &'static str {
    match fact {
        Fact::Keys => "keys, tokens or passwords",
        Fact::Environment => "the whole environment",
        Fact::Personal => "what people keep to themselves",
        Fact::Secret => "a secret",
        Fact::Sources => "files",
        Fact::Machine => "what the machine is called",
        Fact::Sends
        | Fact::Fetches
        | Fact::Permits
        | Fact::Starts
        | Fact::Background
        | Fact::AgentFile
        | Fact::Publishes
        | Fact::Evaluates
        | Fact::Writes => "data",
    }
}
