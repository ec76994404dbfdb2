//! What the programs of a skill do, coarsely: enough to compare with what its prose says.

use std::ops::Range;

use crate::pattern::{Grams, Pattern};

use super::concept;
use crate::material::{Language, Source};

/// One thing a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Contacts the network.
    Network,
    /// Sends data over the network.
    Upload,
    /// Starts other programs or evaluates code.
    Execute,
    /// Deletes files.
    Delete,
    /// Writes or changes files.
    Write,
    /// Opens access to files, or makes them executable by all.
    Permit,
    /// Rewrites what is published, or throws work away.
    Rewrite,
    /// Reads keys, tokens or the environment as a whole.
    Secrets,
    /// Looks at clipboard, screen, keys, position or browser.
    Surveil,
    /// Encrypts, or packs with a password.
    Lock,
    /// Goes on without an end.
    Endless,
}

impl Act {
    /// The act in words, as it follows "it".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Network => "contacts the network",
            Self::Upload => "sends data over the network",
            Self::Execute => "starts other programs",
            Self::Delete => "deletes files",
            Self::Write => "writes files",
            Self::Permit => "opens access to files",
            Self::Rewrite => "rewrites or discards history",
            Self::Secrets => "reads credentials or the whole environment",
            Self::Surveil => "looks at clipboard, screen, keys, position or browser",
            Self::Lock => "encrypts files or locks them with a password",
            Self::Endless => "loops without an end",
        }
    }
}

/// An expression over lines, in any case.
const fn folded(text: &'static str) -> Pattern {
    Pattern::expanded(text, |text| format!("(?im){text}"))
}

static PATTERNS: [(Act, Pattern); 11] = [
    (
        Act::Network,
        folded(
            r#"(?:\brequests\.(?:get|post|put|request|session)\b|\burllib\.request|\bhttpx\.|\baiohttp\.|\bhttp\.client|\bsocket\.(?:socket|create_connection|getaddrinfo)|\bsmtplib\.|\bparamiko\.|\bftplib\.|\bfetch\s*\(\s*["'`]?http|\baxios\b|\bhttps?\.(?:get|request)\s*\(|\bxmlhttprequest\b|\bwebsocket|(?:^|[\s;|&(`])(?:curl|wget|ncat|nc|scp|rsync|ftp|telnet|ssh)\s+[^=\s]|invoke-webrequest|invoke-restmethod|/dev/tcp/)"#,
        ),
    ),
    (
        Act::Upload,
        folded(
            r#"(?:\brequests\.(?:post|put|patch)\b|\bhttpx\.(?:post|put)\b|method\s*[:=]\s*["'](?:post|put)["']|\baxios\.(?:post|put)\b|curl[^\n]{0,200}(?:\s-d\b|--data|\s-f\b|--form|\s-t\s|--upload-file|-x\s*(?:post|put))|wget[^\n]{0,120}--post|urlopen\([^\n)]{0,80}data\s*=|smtplib\.|\.sendall\(|\bscp\s|invoke-restmethod[^\n]{0,120}-method\s+post|-infile\b)"#,
        ),
    ),
    (
        Act::Execute,
        folded(
            r"(?:\bsubprocess\.|\bos\.(?:system|popen|exec\w*)\b|\beval\s*\(|\bexec\s*\(|\bchild_process\b|\bexecsync\b|\bspawn\s*\(|(?:^|[\s;|&])(?:ba|z)?sh\s+\S|\bstart-process\b|\biex\b)",
        ),
    ),
    (
        Act::Delete,
        folded(
            r"(?:\bos\.(?:remove|unlink|rmdir)\b|\bshutil\.rmtree\b|\.unlink\s*\(|\brm\s+-\w*[rf]|\brm\s+[^-\s|&]|-delete\b|\bfs\.(?:unlink|rm|rmdir)\w*|\brimraf\b|\bremove-item\b|\bshred\s|\bmkfs\b|\btruncate\s+-s)",
        ),
    ),
    (
        Act::Write,
        folded(
            r#"(?:\bopen\s*\([^)\n]{0,120}["'](?:w|a|wb|ab|w\+|r\+|x)["']|\.write_(?:text|bytes)\s*\(|\bshutil\.(?:move|copy\w*)\b|\bos\.(?:rename|replace|chmod|makedirs)\b|\bwritefile\w*\s*\(|\bappendfile\w*\s*\(|\bset-content\b|\bout-file\b|\btee\s|\bsed\s+-i)"#,
        ),
    ),
    (
        Act::Permit,
        folded(
            r"(?:\bchmod\s+(?:-r\s+)?(?:[0-7]?777|[0-7]?666|a\+\w*w|o\+\w*w|ugo\+)|\bos\.chmod\s*\([^)\n]{0,80}0o?(?:777|666)|\bchmod\s*\(\s*0o?777|\bicacls\b[^\n]{0,80}everyone)",
        ),
    ),
    (
        Act::Rewrite,
        folded(
            r"(?:\bgit\s+push\s[^\n]{0,80}(?:--force|\s-f\b|--mirror)|\bgit\s+reset\s+--hard|\bgit\s+clean\s+-\w*f|\bgit\s+filter-branch|\bgit\s+remote\s+add\b)",
        ),
    ),
    (
        Act::Secrets,
        folded(
            r#"(?:\.ssh/|\.aws/|\bid_rsa\b|\.netrc\b|\.kube/config|/etc/shadow|\bkeyring\.|\bkeychain\b|login data\b|cookies\.sqlite|dict\(\s*os\.environ|os\.environ\.(?:items|copy)|json\.dumps\([^)\n]{0,60}environ|for\s+\w+(?:\s*,\s*\w+)?\s+in\s+os\.environ|json\.stringify\(\s*process\.env\s*\)|(?:^|[\s;|&])(?:printenv|env)\s*(?:\||>|$)|(?:getenv|environ(?:\.get)?|process\.env)\W{1,4}\w*(?:key|token|secret|passw)\w*)"#,
        ),
    ),
    (
        Act::Surveil,
        folded(
            r"(?:\bpbpaste\b|\bxclip\b|\bxsel\b|\bwl-paste\b|\bpyperclip\.|get-clipboard|\bscreencapture\b|imagegrab\.|\bpyautogui\.screenshot|\bscrot\b|\bpynput\b|\bkeyboard\.(?:on_press|hook|record)|corelocation|\bip-?api\.(?:com|co)|\bipapi\.co|\bipinfo\.io|ipify\.org|geoip|/chrome/[^\n]{0,40}(?:history|cookies|login data)|places\.sqlite|history\.db|\bbash_history\b|\bzsh_history\b|\bcv2\.videocapture\(0)",
        ),
    ),
    (
        Act::Lock,
        folded(
            r"(?:\bzip\s+[^\n]{0,40}(?:-p\b|--password|-e\b)|\b7z\s+a\s[^\n]{0,80}-p|\bgpg\s[^\n]{0,60}(?:-c\b|--symmetric)|\bopenssl\s+enc\b|\bpyzipper\b|\.setpassword\(|\bfernet\(|\baes\.new\(|\.encrypt\()",
        ),
    ),
    (
        Act::Endless,
        folded(r"(?:\bwhile\s+(?:true|1|:)\s*(?:;\s*do|:|\)|do)|\bfor\s*\(\s*;\s*;\s*\)|:\(\)\s*\{)"),
    ),
];

/// What a program does, each act once with its first place.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) source: &'a Source,
    pub(super) acts: Vec<(Act, Range<usize>)>,
}

impl Program<'_> {
    pub(super) fn first(&self, wanted: &[Act]) -> Option<(Act, Range<usize>)> {
        wanted.iter().find_map(|act| self.acts.iter().find(|(found, _)| found == act)).cloned()
    }
}

/// The programs among `sources`. What a comment says is not done.
pub(super) fn programs(sources: &[Source]) -> Vec<Program<'_>> {
    let code = sources.iter().filter(|source| match source.language {
        Language::Shell
        | Language::PowerShell
        | Language::Python
        | Language::JavaScript
        | Language::OtherCode => true,
        Language::Prose | Language::Data => false,
    });
    code.filter(|source| !concept::is_test(&source.path))
        .map(|source| Program { source, acts: acts(source) })
        .collect()
}

fn acts(source: &Source) -> Vec<(Act, Range<usize>)> {
    let grams = Grams::of(&source.text);
    let possible = PATTERNS.iter().filter(|(_, pattern)| pattern.may_match(&grams));
    let found = possible.filter_map(|(act, pattern)| {
        let mut places = pattern.find_iter(&source.text).map(|found| found.range());
        places.find(|range| !in_comment(&source.text, range.start)).map(|range| (*act, range))
    });
    found.collect()
}

fn in_comment(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    let line = text[start..].trim_start();
    line.starts_with('#') || line.starts_with("//") || line.starts_with('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts_of(path: &str, text: &str) -> Vec<Act> {
        let source = Source::new(path.to_owned(), text.to_owned());
        let sources = [source];
        let programs = programs(&sources);
        programs.iter().flat_map(|program| program.acts.iter().map(|(act, _)| *act)).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        for (_, pattern) in &PATTERNS {
            assert_eq!(pattern.error(), None);
        }
    }

    #[test]
    fn acts_of_programs() {
        let python = "import os, requests\nrequests.post(url, data=open(p).read())\nos.remove(p)\n";
        assert_eq!(acts_of("a.py", python), [Act::Network, Act::Upload, Act::Delete]);
        assert_eq!(
            acts_of("a.sh", "# rm -rf /\ngit push origin --force\nchmod -R 777 .\n"),
            [Act::Permit, Act::Rewrite]
        );
        assert_eq!(acts_of("a.py", "print(sum(range(3)))\n"), []);
        assert_eq!(acts_of("tests/test_a.py", "os.remove(p)\n"), []);
    }
}
