//! What a command line needs.

use crate::pattern::Pattern;
use std::collections::BTreeSet;

use super::needs::{Needs, Place};
use super::shell::{self, Command, Word};
use super::{code, hosts, install, names};
use crate::material::Language;

/// How deep programs in arguments of programs are followed (`bash -c "sh -c …"`).
const DEPTH: usize = 4;

/// A whole script, or what is typed at a prompt.
pub(super) fn script(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    // In a transcript only what follows a prompt is typed; the rest is output.
    let prompt = |line: &str| line.trim_start().starts_with("$ ");
    if text.lines().any(prompt) {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if prompt(line) {
                let start = line.find("$ ").map_or(0, |at| at + 2);
                run(&line[start..], place.plus(at + start), 0, needs);
            }
            at += line.len();
        }
    } else {
        run(text, place, 0, needs);
    }
    code::secrets(text, Language::Shell, place, needs);
}

/// A command line that stands in something else.
pub(super) fn line(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    run(text, place, 0, needs);
    code::secrets(text, Language::Shell, place, needs);
}

/// One command.
pub(super) fn one(command: &Command, place: Place<'_>, needs: &mut Needs<'_>) {
    Run { place, depth: 0, addresses: &BTreeSet::new(), needs }.command(command);
}

fn run(text: &str, place: Place<'_>, depth: usize, needs: &mut Needs<'_>) {
    let commands = shell::commands(text);
    let assigned =
        commands.iter().flat_map(|command| &command.words).filter_map(|word| assignment(&word.text));
    let addresses =
        assigned.filter(|(_, value)| hosts::has_address(value)).map(|(name, _)| name.to_owned()).collect();
    for command in &commands {
        let start = command.words.first().map_or(0, |word| word.start);
        Run { place: place.plus(start), depth, addresses: &addresses, needs }.command(command);
    }
}

/// Reading one command.
struct Run<'r, 's, 'm> {
    place: Place<'s>,
    depth: usize,
    /// Variables whose value is an address that was seen.
    addresses: &'r BTreeSet<String>,
    needs: &'r mut Needs<'m>,
}

/// What runs another command, and those of its options that take a value.
const WRAPPERS: [(&str, &str); 16] = [
    ("sudo", "ugpCRT"),
    ("doas", "u"),
    ("env", "uCS"),
    ("nohup", ""),
    ("time", "fo"),
    ("timeout", "ks"),
    ("nice", "n"),
    ("exec", "a"),
    ("command", ""),
    ("xargs", "InPLdsE"),
    ("watch", "n"),
    ("setsid", ""),
    ("stdbuf", "ioe"),
    ("caffeinate", "t"),
    ("builtin", ""),
    ("RUN", ""),
];
/// Words after which a command stands.
const LEADING: [&str; 12] =
    ["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "@", "-"];
const INTERPRETERS: [&str; 18] = [
    "bash",
    "sh",
    "zsh",
    "dash",
    "ksh",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "deno",
    "bun",
    "tsx",
    "ts-node",
    "uv",
    "osascript",
    "pwsh",
];

impl Run<'_, '_, '_> {
    fn command(&mut self, command: &Command) {
        for word in &command.words {
            self.assigned(word);
            file(&word.text, word.redirect, self.place, self.needs);
        }
        let words: Vec<&str> =
            command.words.iter().filter(|word| !word.redirect).map(|word| word.text.as_str()).collect();
        let skipped =
            words.iter().take_while(|word| LEADING.contains(word) || assignment(word).is_some()).count();
        self.words(&words[skipped..], command);
    }

    /// `API=https://…` says whom a later command speaks to.
    fn assigned(&mut self, word: &Word) {
        if let Some((_, value)) = assignment(&word.text) {
            hosts::collect(value, self.place, self.needs);
        }
    }

    fn words(&mut self, mut words: &[&str], command: &Command) {
        loop {
            let Some((first, arguments)) = words.split_first() else { return };
            let first = first.trim_start_matches('@');
            let make = arguments.first().is_some_and(|word| matches!(*word, "=" | ":=" | "?=" | "+="));
            if make || first.ends_with(':') || matches!(first, "for" | "case" | "select" | "function") {
                return;
            }
            let Some((_, with_value)) = WRAPPERS.iter().find(|(name, _)| *name == first) else {
                return self.program(first, arguments, command);
            };
            if !names::is_shell_word(first) && first != "RUN" {
                self.needs.add(|found| &mut found.commands, first, self.place);
            }
            words = wrapped(first, arguments, with_value);
        }
    }

    fn program(&mut self, first: &str, arguments: &[&str], command: &Command) {
        let name = first.rsplit('/').next().unwrap_or(first);
        if let Some(own) = first.contains(['/', '.']).then(|| self.needs.own_file(first)).flatten() {
            self.needs.add(|found| &mut found.commands, own, self.place);
        } else if is_name(first, name) {
            self.needs.add(|found| &mut found.commands, name, self.place);
        } else {
            return;
        }
        if matches!(
            name,
            "echo" | "printf" | "export" | "local" | "readonly" | "declare" | "read" | "test" | "[" | "[["
        ) {
            return;
        }
        if INTERPRETERS.contains(&name) {
            self.interpreter(name, arguments, command);
        }
        self.network(name, arguments);
        install::packages(name, arguments, self.place, self.needs);
    }

    /// What an interpreter runs: a file of the skill, an argument, a here-document.
    fn interpreter(&mut self, name: &str, arguments: &[&str], command: &Command) {
        let arguments = match (name, arguments) {
            ("uv" | "deno" | "bun", ["run", rest @ ..]) => rest,
            _ => arguments,
        };
        let own = arguments.iter().filter(|word| !word.starts_with('-')).take(3);
        let own: Vec<&str> = own.filter_map(|word| self.needs.own_file(word)).take(1).collect();
        for file in own {
            self.needs.add(|found| &mut found.commands, file, self.place);
        }
        if self.depth >= DEPTH {
            return;
        }
        let inline =
            arguments.iter().position(|word| matches!(*word, "-c" | "-e" | "-lc" | "--eval" | "-Command"));
        let inline = inline.and_then(|at| arguments.get(at + 1)).map(|text| (*text).to_owned());
        let document = command.document.as_ref().map(|(_, text)| text.clone());
        for text in inline.into_iter().chain(document) {
            match name {
                "bash" | "sh" | "zsh" | "dash" | "ksh" => run(&text, self.place, self.depth + 1, self.needs),
                "python" | "python3" | "uv" => code::collect(&text, Language::Python, self.place, self.needs),
                "node" | "deno" | "bun" | "tsx" | "ts-node" => {
                    code::collect(&text, Language::JavaScript, self.place, self.needs);
                }
                _ => code::collect(&text, Language::OtherCode, self.place, self.needs),
            }
        }
    }

    /// Whom a program speaks to.
    fn network(&mut self, name: &str, arguments: &[&str]) {
        let fetches = matches!(name, "curl" | "wget" | "http" | "https" | "xh" | "aria2c" | "websocat");
        let dials = matches!(
            name,
            "ssh" | "scp" | "sftp" | "rsync" | "nc" | "ncat" | "telnet" | "ping" | "dig" | "nslookup"
        );
        let mut value = false;
        let mut found = false;
        let mut computed = false;
        for argument in arguments {
            if hosts::has_address(argument) {
                hosts::collect(argument, self.place, self.needs);
                found = true;
            } else if argument.starts_with('-') {
                // Options with a dash and a letter of these programs mostly have a value.
                value = argument.len() == 2
                    && !matches!(*argument, "-s" | "-S" | "-L" | "-f" | "-k" | "-v" | "-I" | "-q" | "-r");
                continue;
            } else if !value {
                let variable = variable(argument);
                computed |= variable.is_some_and(|name| !self.addresses.contains(name));
                found |= variable.is_some_and(|name| self.addresses.contains(name));
                let remote = argument.split_once(':').map_or(*argument, |(host, _)| host);
                let is_host = dials && (name != "scp" && name != "rsync" || argument.contains(':'));
                if (fetches || is_host)
                    && !found
                    && let Some(host) = hosts::host(remote)
                    && host != hosts::COMPUTED
                {
                    self.needs.add(|found| &mut found.hosts, &host, self.place);
                    found = true;
                }
            }
            value = false;
        }
        if (fetches || dials && !matches!(name, "scp" | "rsync")) && computed && !found {
            self.needs.add(|found| &mut found.hosts, hosts::COMPUTED, self.place);
        }
    }
}

/// The name of the variable that a word starts with.
fn variable(word: &str) -> Option<&str> {
    let rest = word.strip_prefix('$')?;
    let rest = rest.strip_prefix('{').unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end])
}

/// `NAME=value`
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    valid.then_some((name, value))
}

/// The command behind a wrapper.
fn wrapped<'w, 't>(name: &str, mut arguments: &'w [&'t str], with_value: &str) -> &'w [&'t str] {
    while let Some((first, rest)) = arguments.split_first() {
        if let Some(option) = first.strip_prefix('-') {
            let takes = option.len() == 1 && with_value.contains(option);
            arguments = if takes { rest.get(1..).unwrap_or_default() } else { rest };
        } else if assignment(first).is_some() {
            arguments = rest;
        } else {
            break;
        }
    }
    let duration = name == "timeout"
        && arguments.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    if duration { &arguments[1..] } else { arguments }
}

/// Whether a word is the name of a program: no placeholder, no builtin, no output.
fn is_name(word: &str, name: &str) -> bool {
    let inside = word.contains('/');
    let lone = word.starts_with('/') && word.matches('/').count() == 1;
    let valid = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
        && name.chars().any(|c| c.is_ascii_lowercase())
        && !name.ends_with('.');
    valid && !lone && (inside || !names::is_shell_word(name)) && !word.contains(['$', '<', '{'])
}

static OUTSIDE: Pattern = Pattern::new(
    r"^(?:[A-Za-z0-9_.-]*[=@:])?((?:~|\$HOME|\$\{HOME\}|\$env:USERPROFILE|%USERPROFILE%|%APPDATA%)[/\\][^\s$<>{}()]*|/(?:etc|var|usr|opt|home|Users|root|proc|sys|dev|bin|sbin|lib|mnt|srv|Library|Applications|System|private|run|boot|media|Volumes)(?:/[^\s$<>{}()]*)?)",
);

/// Notes a path outside of the workspace and the skill. Any absolute path is one where something is surely opened.
pub(super) fn file(word: &str, opened: bool, place: Place<'_>, needs: &mut Needs<'_>) {
    let known = OUTSIDE.captures(word).and_then(|found| found.get(1)).map(|path| path.as_str());
    let absolute = || (opened && word.starts_with('/') && !word.contains(['$', '{', '<'])).then_some(word);
    let Some(path) = known.or_else(absolute) else { return };
    // The first folder of a list such as `$PATH`; an expression is no path.
    let path = if path.starts_with('/') { path.split(':').next().unwrap_or(path) } else { path };
    let expression = path.contains(".*")
        || path.contains(['^', '|', '+', '?', '['])
        || path.starts_with('/') && path.contains('\\');
    let bare = matches!(
        path.trim_end_matches('/'),
        "/media" | "/run" | "/dev" | "/sys" | "/lib" | "/private" | "/bin" | "/mnt" | "/boot" | "/System"
    );
    if expression || bare {
        return;
    }
    let home = ["${HOME}", "$HOME", "$env:USERPROFILE", "%USERPROFILE%"];
    let path = match home.into_iter().find_map(|home| path.strip_prefix(home)) {
        Some(rest) => format!("~{rest}"),
        None => path.to_owned(),
    };
    let path = path.trim_end_matches(['.', ',', ':', ';', '"', '\'', '`', '*']);
    let path = if path.len() > 2 { path.trim_end_matches('/') } else { path };
    let harmless = [
        "/dev/null",
        "/dev/std",
        "/dev/tty",
        "/dev/fd",
        "/dev/tcp",
        "/tmp",
        "/var/tmp",
        "/workspace",
        "/skills",
        "/mnt/session",
        "/path",
        "/usr/bin/env",
        "/usr/bin",
        "/bin",
    ]
    .iter()
    .any(|start| {
        path.strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || *start == "/dev/std")
    });
    let own = needs
        .own
        .iter()
        .any(|name| path.contains(&format!("skills/{name}/")) || path.ends_with(&format!("skills/{name}")));
    if !harmless && !own && path.len() > 1 {
        needs.add(|found| &mut found.files, path, place);
    }
}
