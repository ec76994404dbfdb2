//! Where values should not end up.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::catalogue::{
    DESERIALISATION, DOWNLOAD, EXFILTRATION, INJECTION, OBFUSCATED, SQL, TRAVERSAL,
};
use super::super::units::Unit;
use super::super::vendors;
use super::read::Expression;
use super::shapes::{LINE_BYTES, inside, scope_at};
use super::{
    DECODED, DOWNLOADED, DROPPED, ENVIRONMENT, JOINED, KEY, KEY_FILE, OUTSIDE, PARAMETER, QUERY, State, Taint,
};
use crate::Severity::{Critical, High, Medium};
use crate::material::Language;
use crate::pattern::Pattern;
use crate::sink::Sink;
use crate::{Confidence, RuleInfo, Severity};

static SENDS: Pattern = Pattern::new(
    r"\b(?:requests|httpx|aiohttp|session|client|http|axios|got|ky|superagent|s|conn|connection)\.(?:post|put|patch|get|request)\(|\burlopen\(|\bRequest\(|\bfetch\(|\.(?:sendall|sendto|sendmail|send_message|storbinary|sendBeacon|upload_file|upload_fileobj|put_object)\(|\b(?:sock|socket|s|ws|client)\.send\(|https?\.(?:get|request)\(|\breq(?:uest)?\.(?:write|end)\(|gethostbyname\(|getaddrinfo\(|dns\.(?:lookup|resolve\w*)\(|resolver\.(?:resolve|query)\(|\baxios\(",
);
static RUNS: Pattern = Pattern::new(
    r"(?:^|[^\w.])(?:exec|eval|compile|new Function|Function|runInNewContext|runInThisContext)\(",
);
static SPAWNS: Pattern = Pattern::new(
    r"\bos\.(?:system|popen|startfile|execv?p?e?l?)\(|\bsubprocess\.(?:run|call|Popen|check_output|check_call|getoutput)\(|\b(?:execSync|spawnSync|spawn|execFile|execFileSync|runpy\.run_path|ctypes\.CDLL)\(|\b(?:child_process|cp)\.exec\(",
);
static LOADS: Pattern = Pattern::new(
    r"\b(?:c?[pP]ickle|dill|marshal|jsonpickle)\.(?:loads?|decode)\(|yaml\.(?:unsafe_load|load)\(",
);
static QUERIES: Pattern = Pattern::new(r"\.(?:execute|executemany|executescript|query|raw)\(");
static OPENS: Pattern =
    Pattern::new(r"(?:^|[^\w.])open\(|\b(?:readFileSync|readFile|createReadStream|send_file)\(");
static HEADERS: Pattern = Pattern::new(
    r#"(?:headers|auth)["']?\s*[=:]\s*(?:\{[^{}]*\}|\([^()]*\)|\w+)|["']?(?:Authorization|[xX]-[aA]pi-[kK]ey)["']?\s*:\s*[^,}\n]*"#,
);
static SHELL_SENDS: Pattern = Pattern::new(
    r"(?m)^[^\n]*\b(?:curl|wget|nc|ncat|socat|scp|rsync|ftp|sendmail|mail|aws\s+s3\s+cp|gsutil\s+cp|rclone)\b[^\n]*(?:\\\n[^\n]*)*",
);
static SHELL_BODY: Pattern = Pattern::new(
    r"\s(?:-d|--data\S*|-F|--form\S*|-T|--upload-file|--post-data\S*|--post-file\S*|--body-data\S*|--json)[= ]|\?[\w-]+=\$|://[^\s]*\$|\|\s*(?:nc|ncat|socat|curl|wget|mail|sendmail)\b|<\s*\S|<<<|\b(?:nc|ncat|socat|scp|rsync|ftp|s3\s+cp|gsutil|rclone)\b",
);
static SHELL_RUNS: Pattern = Pattern::new(
    r#"(?m)(?:^|[;&|]\s*|\bsudo\s+|\bthen\s+|\bdo\s+)[ \t]*(?:(?:bash|sh|zsh|python3?|node|perl|source|\.|eval|chmod\s+(?:\+x|\d+)|open)\s+(?:-\w+\s+)*["']?(\$?\{?[\w./~-]+)|["']?((?:\./|/tmp/|~/|\$)\S+))"#,
);
static SHELL_CHECKS: Pattern =
    Pattern::new(r"sha(?:256|512|1)sum|shasum|gpg\s+--verify|cosign\s+verify|minisign");
/// What is never sent anywhere.
const SECRET: u16 = KEY_FILE | ENVIRONMENT;

/// Reports what ends up where it should not in a unit.
pub(super) fn report(state: &State, units: &[Unit<'_>], index: usize, unit: &Unit<'_>, sink: &mut Sink) {
    if unit.code.lines().any(|line| line.len() > LINE_BYTES) {
        return;
    }
    let mut reporter = Reporter { state, units, index, unit, sink };
    match unit.language {
        Language::Python | Language::JavaScript => reporter.program(),
        Language::Shell => reporter.shell(),
        Language::PowerShell | Language::OtherCode | Language::Prose | Language::Data => {}
    }
}

/// How far before a file is opened a loop over a folder is looked for, in bytes.
const LOOP_BYTES: usize = 400;

/// Whether what stands right before is a loop over the files of a folder: their names are no input.
fn walks(before: &str) -> bool {
    let mut start = before.len().saturating_sub(LOOP_BYTES);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    ["os.walk(", "os.listdir(", "os.scandir(", ".rglob(", ".iterdir(", "readdirSync("]
        .iter()
        .any(|walk| before[start..].contains(walk))
}

struct Reporter<'r, 'u> {
    state: &'r State,
    units: &'r [Unit<'u>],
    index: usize,
    unit: &'r Unit<'u>,
    sink: &'r mut Sink,
}

impl Reporter<'_, '_> {
    fn program(&mut self) {
        for (found, arguments) in self.calls(&SENDS) {
            self.sent(&found, &arguments);
        }
        for (found, arguments) in self.calls(&RUNS) {
            let value = self.value(&arguments);
            if value.has(DOWNLOADED) && !value.has(PARAMETER) {
                self.found(&DOWNLOAD, Critical, &found, "text from the network is run as code");
            } else if value.has(DECODED) {
                self.found(&OBFUSCATED, High, &found, "text is decoded and then run");
            } else if value.has(OUTSIDE) {
                self.weak(&INJECTION, High, &found, "input from outside is run as code");
            } else if value.has(PARAMETER) {
                self.weak(&INJECTION, Medium, &found, "an argument of a function is run as code");
            }
        }
        for (found, arguments) in self.calls(&SPAWNS) {
            self.spawned(&found, &arguments);
        }
        for (found, arguments) in self.calls(&LOADS) {
            if self.value(&arguments).has(DOWNLOADED) {
                self.weak(
                    &DESERIALISATION,
                    High,
                    &found,
                    "what was downloaded is loaded in a form that can run code",
                );
            }
        }
        for (found, arguments) in self.calls(&QUERIES) {
            if self.value(&arguments).has(QUERY) {
                self.weak(&SQL, High, &found, "a query into which input was put is run");
            }
        }
        for (found, arguments) in self.calls(&OPENS) {
            let value = self.value(&arguments);
            if value.has(JOINED) && !self.is_checked(found.start) && !walks(&self.unit.code[..found.start]) {
                self.weak(
                    &TRAVERSAL,
                    High,
                    &found,
                    "a path into which input was put is opened without a check",
                );
            }
        }
    }

    fn calls(&self, pattern: &Pattern) -> Vec<(Range<usize>, Range<usize>)> {
        let code = &self.unit.code;
        pattern.all(code).into_iter().map(|found| (found.clone(), inside(code, found.end - 1))).collect()
    }

    fn value(&self, span: &Range<usize>) -> Taint {
        let read = Expression::read(&self.unit.code, span, self.index, self.unit.language);
        self.state.value(scope_at(self.state, self.index, span.start), &read)
    }

    /// Something is sent: what it is, and whether that is more than the key of the service it is sent to.
    fn sent(&mut self, found: &Range<usize>, arguments: &Range<usize>) {
        let value = self.value(arguments);
        if !value.has(SECRET | KEY) {
            return;
        }
        let hosts = vendors::hosts(&self.unit.code[arguments.clone()]);
        let hosts = if hosts.is_empty() { vendors::hosts(&self.unit.code) } else { hosts };
        let is_fixed = hosts.iter().any(|host| vendors::is_foreign(host));
        let text = &self.unit.code[arguments.clone()];
        let mut body = text.to_owned();
        for header in HEADERS.all(text).into_iter().rev() {
            body.replace_range(header.clone(), &" ".repeat(header.len()));
        }
        let scope = scope_at(self.state, self.index, arguments.start);
        let read = Expression::read(&body, &(0..body.len()), self.index, self.unit.language);
        let in_body = self.state.value(scope, &read);
        if in_body.has(SECRET) {
            let severity = if is_fixed { Critical } else { High };
            self.leak(severity, found, &value);
        } else if value.has(KEY)
            && is_fixed
            && value.keys.iter().any(|key| vendors::is_elsewhere(key, &hosts))
        {
            self.leak(High, found, &value);
        } else if in_body.has(KEY) {
            self.leak(Medium, found, &value);
        }
    }

    fn leak(&mut self, severity: Severity, found: &Range<usize>, value: &Taint) {
        let what = if value.has(ENVIRONMENT) {
            "the environment".to_owned()
        } else if value.has(KEY_FILE) {
            "a file with keys".to_owned()
        } else {
            value.keys.iter().next().map_or("a secret".to_owned(), |key| format!("`{key}`"))
        };
        let read_at = value.origin.and_then(|(unit, at)| {
            let unit = self.units.get(unit)?;
            Some(format!(", read at {}:{}", unit.source.path, unit.source.line(unit.span.start + at)))
        });
        let message =
            format!("{what}{} is sent over the network", read_at.map_or(String::new(), |at| at + ","));
        self.found(&EXFILTRATION, severity, found, &message);
    }

    fn spawned(&mut self, found: &Range<usize>, arguments: &Range<usize>) {
        let value = self.value(arguments);
        let text = &self.unit.code[arguments.clone()];
        let name = &self.unit.code[found.clone()];
        let shell = text.contains("shell=True")
            || ["os.system", "os.popen", "execSync", ".exec("].iter().any(|one| name.contains(one));
        let sends =
            ["curl", "wget", "nc ", "\"nc\"", "nslookup", "dig", "scp"].iter().any(|one| text.contains(one));
        let env_only = text.contains("env=") || text.contains("env:");
        if sends && value.has(SECRET) && (!env_only || value.has(KEY_FILE)) {
            self.leak(High, found, &value);
        }
        let is_verified = self.unit.code.contains("hashlib") || self.unit.code.contains("createHash");
        if value.has(DROPPED) && !is_verified {
            self.found(&DOWNLOAD, High, found, "a file that was downloaded or decoded is run");
        } else if shell && value.has(DECODED) {
            self.found(&OBFUSCATED, High, found, "a command is decoded and then run");
        } else if shell && value.has(DOWNLOADED) && !value.has(PARAMETER) && !sends {
            self.found(&DOWNLOAD, High, found, "a command that came from the network is run");
        } else if shell
            && value.has(OUTSIDE)
            && ["f\"", "f'", "${", "+", ".format("].iter().any(|one| text.contains(one))
        {
            self.weak(&INJECTION, High, found, "input from outside is put into a command of a shell");
        }
    }

    fn shell(&mut self) {
        for line in SHELL_SENDS.all(&self.unit.code) {
            let text = &self.unit.code[line.clone()];
            let value = self.value(&line);
            let hosts = vendors::hosts(text);
            let is_sent = value.has(SECRET) && SHELL_BODY.is_match(text);
            let is_misdirected = value.has(KEY)
                && hosts.iter().any(|host| vendors::is_foreign(host))
                && value.keys.iter().any(|key| vendors::is_elsewhere(key, &hosts));
            if is_sent || is_misdirected {
                self.leak(High, &line, &value);
            }
        }
        if SHELL_CHECKS.is_match(&self.unit.code) {
            return;
        }
        let code = &self.unit.code;
        let mut started: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for word in
            SHELL_RUNS.groups(code).into_iter().filter_map(|found| found.into_iter().skip(1).flatten().next())
        {
            let text = code[word.clone()].trim_matches(['"', '\'', '$', '{', '}']).trim_start_matches("./");
            started.entry(text.to_owned()).or_insert(word);
        }
        for name in self.dropped() {
            let runs = started.get(name.trim_start_matches("./")).cloned();
            let Some(place) = runs else { continue };
            let fetched = self.unit.code.lines().filter(|line| line.contains(&name) && line.contains("://"));
            let known = fetched.clone().count() > 0 && fetched.into_iter().all(vendors::are_installers);
            let severity = if known { Medium } else { High };
            self.found(&DOWNLOAD, severity, &place, "a file that was downloaded or decoded is run");
        }
    }

    /// Files that a shell script downloads or decodes.
    fn dropped(&self) -> Vec<String> {
        let of_unit = |scope: usize| self.state.scopes[scope].unit == self.index;
        let known =
            self.state.variables.iter().filter(|((scope, _), value)| of_unit(*scope) && value.has(DROPPED));
        known.map(|((_, name), _)| name.clone()).collect()
    }

    /// Whether the function around an offset looks at paths before it opens them.
    fn is_checked(&self, at: usize) -> bool {
        let scope = &self.state.scopes[scope_at(self.state, self.index, at)];
        let text = &self.unit.code[scope.span.clone()];
        [
            ".startswith(",
            "startsWith(",
            "is_relative_to",
            "commonpath",
            "realpath",
            "resolve(",
            "\"..\"",
            "'..'",
            "basename",
            "re.match",
            "fullmatch",
        ]
        .iter()
        .any(|check| text.contains(check))
    }

    fn found(&mut self, rule: &'static RuleInfo, severity: Severity, span: &Range<usize>, message: &str) {
        let place = (self.unit.source, self.unit.place(span));
        self.sink.with(rule, severity.min(self.unit.ceiling), Confidence::Medium, place, message);
    }

    fn weak(&mut self, rule: &'static RuleInfo, severity: Severity, span: &Range<usize>, message: &str) {
        let place = (self.unit.source, self.unit.place(span));
        self.sink.with(rule, severity.min(self.unit.weakness_ceiling), Confidence::Medium, place, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let all = [
            &SENDS,
            &RUNS,
            &SPAWNS,
            &LOADS,
            &QUERIES,
            &OPENS,
            &HEADERS,
            &SHELL_SENDS,
            &SHELL_BODY,
            &SHELL_RUNS,
            &SHELL_CHECKS,
        ];
        assert_eq!(all.iter().filter_map(|pattern| pattern.error()).collect::<Vec<_>>(), [""; 0]);
    }
}
