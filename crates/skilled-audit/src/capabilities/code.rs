//! What code needs: whom it calls, what it starts, opens and reads from its environment.

use crate::pattern::Pattern;
use std::collections::BTreeSet;

use super::needs::{self, Needs, Place};
use super::{command, hosts};
use crate::material::{Language, Source};

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: Pattern = Pattern::new($pattern);
    };
}

pattern!(
    NETWORK,
    r"\b(?:requests|httpx|aiohttp|urllib|urllib2|urllib3|http\.client|websockets?|paramiko|smtplib|ftplib|boto3|socket)\.|\burlopen\b|\b(?:import|from)\s+(?:requests|httpx|aiohttp|urllib|playwright|selenium|openai|anthropic)\b|\bfetch\s*\(|\baxios\b|XMLHttpRequest|new WebSocket|\bgot\s*\(|https?\.(?:get|request|Get|Post|NewRequest)\b|node-fetch|undici|Invoke-(?:WebRequest|RestMethod)|\b(?:iwr|irm|curl|wget)\b|Net::HTTP|net/http|HttpClient|reqwest|\bgoto\s*\(|WebClient|URLSession|curl_exec|file_get_contents"
);
pattern!(
    CALL,
    r#"\b(?:(?:(?:requests|httpx|aiohttp|axios|got|session|client|https?|undici)\.(?:get|post|put|patch|delete|head|request|stream|Get|Post)|urlopen|urlretrieve|fetch|axios|got|new WebSocket)\s*\(|(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)(?:\s+-Uri)?\s)\s*(?:["'](?:GET|POST|PUT|PATCH|DELETE|HEAD)["']\s*,\s*)?([^\s,)][^,)\n]{0,200})"#
);
pattern!(
    ASSIGNED,
    r"(?m)^\s*(?:export\s+)?(?:const\s+|let\s+|var\s+|self\.|this\.|\$)?([A-Za-z_]\w*)(?:\s*:\s*[\w.\[\]| ]+)?\s*:?=\s*([^\n]+)"
);
pattern!(
    DIALS,
    r#"\b(?:HTTPS?Connection|SMTP(?:_SSL)?|FTP(?:_TLS)?|create_connection|connect|Telnet)\s*\(\s*\(?\s*["']([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)["']"#
);
pattern!(IDENTIFIER, r"[A-Za-z_]\w*");

/// Whether code of a file speaks to the network.
pub(super) fn is_online(source: &Source) -> bool {
    let code = source.stretches.iter().filter(|stretch| match stretch.language {
        Language::Python | Language::JavaScript | Language::OtherCode | Language::PowerShell => true,
        Language::Prose | Language::Shell | Language::Data => false,
    });
    code.into_iter().any(|stretch| NETWORK.is_match(&source.text[stretch.span.clone()]))
}

/// Notes what a stretch of code needs.
pub(super) fn collect(text: &str, language: Language, place: Place<'_>, needs: &mut Needs<'_>) {
    let text = &spoken(text, language);
    if needs.online {
        hosts::collect(text, place, needs);
        computed(text, place, needs);
        for found in DIALS.captures_iter(text) {
            if let Some(host) = found.get(1) {
                needs.add(
                    |found| &mut found.hosts,
                    &host.as_str().to_ascii_lowercase(),
                    place.plus(host.start()),
                );
            }
        }
    }
    starts(text, language, place, needs);
    files(text, place, needs);
    secrets(text, language, place, needs);
}

/// Blanks lines of comments and doc strings, so that offsets stay the same: what they mention is not needed.
fn spoken(text: &str, language: Language) -> String {
    let marks: &[&str] = match language {
        Language::Python | Language::PowerShell => &["#"],
        Language::JavaScript | Language::OtherCode => &["//", "* ", "*/", "/*", "#"],
        Language::Prose | Language::Shell | Language::Data => &[],
    };
    let mut out = String::with_capacity(text.len());
    let mut within: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let blank = if let Some(quotes) = within {
            within = (!line.contains(quotes)).then_some(quotes);
            true
        } else {
            let string = bare.trim_start_matches(['r', 'R', 'u', 'b']);
            let opens = ["\"\"\"", "'''"].into_iter().find(|quotes| string.starts_with(quotes));
            let opens = opens.filter(|_| language == Language::Python);
            within = opens.filter(|quotes| !string[3..].contains(quotes));
            opens.is_some() || marks.iter().any(|mark| bare.starts_with(mark))
        };
        if blank {
            out.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(line);
        }
    }
    out
}

/// Calls whose address is no literal. A name that was given an address, or something made of one, is known.
fn computed(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for found in ASSIGNED.captures_iter(text) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else { continue };
        let made_of =
            |value: &str| IDENTIFIER.find_iter(value).take(50).any(|word| known.contains(word.as_str()));
        if hosts::has_address(value.as_str()) || made_of(value.as_str()) {
            known.insert(name.as_str());
        }
    }
    for found in CALL.captures_iter(text).filter_map(|found| found.get(1)) {
        let argument = found.as_str();
        let literal = hosts::has_address(argument);
        let relative = argument.trim_start_matches(['"', '\'', '`']).starts_with('/');
        // A literal that is no address is a path below one, or a key of something that is no client.
        let plain = argument.starts_with(['"', '\''])
            || relative
            || argument.starts_with('`') && !argument.starts_with("`${");
        let names: Vec<&str> = IDENTIFIER.find_iter(argument).take(50).map(|word| word.as_str()).collect();
        if !literal && !plain && !names.is_empty() && !names.iter().any(|name| known.contains(name)) {
            needs.add(|found| &mut found.hosts, hosts::COMPUTED, place.plus(found.start()));
        }
    }
}

pattern!(
    STARTS,
    r#"(?x)
    (?: \bsubprocess\.\w+ | \bPopen | \bos\.(?:system|popen|exec\w*|spawn\w*) | \bcreate_subprocess_(?:exec|shell)
      | \bchild_process\.\w+ | \bcp\.\w+ | (?:^|[^.\w])(?:exec|execSync|execFile|execFileSync|execa|spawn|spawnSync|system|shell_exec|passthru|popen)
      | \bBun\.spawn(?:Sync)? | \bDeno\.Command | \bshutil\.which | \bexec\.Command | \bexec\.LookPath | \bCommand::new | \bOpen3\.\w+
      | \b(?:cmd|command|args|argv|run_command|run_cmd)\s*= | \brun_(?:command|cmd)
    )\s*\(?\s*\[?\s*f?(?:"([^"\n]{1,500})"|'([^'\n]{1,500})'|`([^`\n]{1,500})`)([^\n]{0,500})"#
);
pattern!(ARGUMENT, r#"^\s*,\s*\[?\s*(?:"([^"\n]{0,300})"|'([^'\n]{0,300})')"#);
pattern!(TAGGED, r"(?:^|[^\w])\$`([^`\n]{1,500})`");

/// Programs that code starts, as far as they are literals.
fn starts(text: &str, language: Language, place: Place<'_>, needs: &mut Needs<'_>) {
    if language == Language::JavaScript {
        for found in TAGGED.captures_iter(text).filter_map(|found| found.get(1)) {
            command::line(found.as_str(), place.plus(found.start()), needs);
        }
    }
    for found in STARTS.captures_iter(text) {
        let Some(first) = found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3)) else { continue };
        let place = place.plus(first.start());
        let mut rest = found.get(4).map_or("", |rest| rest.as_str());
        let mut words = vec![first.as_str().to_owned()];
        while let Some(next) = ARGUMENT.captures(rest).filter(|_| words.len() < 30) {
            let word = next.get(1).or_else(|| next.get(2)).map_or("", |word| word.as_str());
            words.push(word.to_owned());
            rest = &rest[next.get(0).map_or(rest.len(), |whole| whole.end())..];
        }
        if first.as_str().contains(' ') && !words[0].starts_with('/') {
            command::line(first.as_str(), place, needs);
        } else {
            needs::run_words(words, place, needs);
        }
    }
}

pattern!(
    LITERAL,
    r#"["'`]((?:~|\$HOME|\$\{HOME\}|%APPDATA%|%USERPROFILE%|\$env:USERPROFILE|/)[/\\A-Za-z][^"'`\n]{0,200})["'`]"#
);
pattern!(
    OPENED,
    r#"\b(?:open|Path|readFile|readFileSync|writeFile|writeFileSync|read_text|write_text|ReadFile|WriteFile)\s*\(\s*[rbf]?$"#
);
pattern!(
    HOME,
    r#"(?:Path\.home\(\)|homedir\(\)|home_dir\(\))\s*[,/]\s*["']([A-Za-z0-9._-][^"'\n]{0,100})["'](?:\s*[,/]\s*["']([A-Za-z0-9._-][^"'\n]{0,100})["'])?"#
);

/// Paths in string literals.
fn files(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    for found in LITERAL.captures_iter(text) {
        let Some(path) = found.get(1) else { continue };
        let quote = path.start().saturating_sub(1);
        let mut before = quote.saturating_sub(40);
        while !text.is_char_boundary(before) {
            before += 1;
        }
        let opened = OPENED.is_match(&text[before..quote]);
        if !path.as_str().contains(' ') {
            command::file(path.as_str(), opened, place.plus(path.start()), needs);
        }
    }
    for found in HOME.captures_iter(text) {
        let Some(first) = found.get(1) else { continue };
        let second = found.get(2).map_or(String::new(), |part| format!("/{}", part.as_str()));
        command::file(&format!("~/{}{second}", first.as_str()), true, place.plus(first.start()), needs);
    }
}

pattern!(
    READ,
    r#"(?:environ(?:\.get\(|\.pop\(|\[)|[gG]etenv\(|process\.env(?:\.|\[)|\benv\.get\(|import\.meta\.env\.|Bun\.env\.|\bENV(?:\[|\.fetch\()|env::var(?:_os)?\()\s*["'`]?([A-Z][A-Z0-9_]{2,80})"#
);
pattern!(TAKEN, r"\{([^}\n]{1,300})\}\s*=\s*process\.env");
pattern!(EXPANDED, r"\$(?:\{|env:|\{env:)?([A-Z][A-Z0-9_]{2,80})");
pattern!(EXPORTED, r"(?m)\b(?:export|setenv)\s+([A-Z][A-Z0-9_]{2,80})\s*=");
pattern!(
    LOCAL,
    r"(?m)(^|[;&({]|\b(?:local|readonly|declare(?: -\w+)?|read(?: -\w+)*))[ \t]*([A-Z][A-Z0-9_]{2,80})(=|[ \t]*$)([^\n]*)"
);

/// Variables of the environment that are read and look like secrets.
pub(super) fn secrets(text: &str, language: Language, place: Place<'_>, needs: &mut Needs<'_>) {
    let expands = match language {
        Language::Shell | Language::PowerShell => true,
        Language::Prose | Language::Python | Language::JavaScript | Language::OtherCode | Language::Data => {
            false
        }
    };
    let mut local: BTreeSet<&str> = BTreeSet::new();
    if expands {
        for found in LOCAL.captures_iter(text) {
            let (Some(name), Some(value)) = (found.get(2), found.get(4)) else { continue };
            if !value.as_str().contains(name.as_str()) {
                local.insert(name.as_str());
            }
        }
    }
    let in_shell = [&EXPANDED, &EXPORTED];
    let patterns = [&READ].into_iter().chain(in_shell.into_iter().filter(|_| expands));
    for pattern in patterns {
        for name in pattern.captures_iter(text).filter_map(|found| found.get(1)) {
            if is_secret(name.as_str()) && !local.contains(name.as_str()) {
                needs.add(|found| &mut found.secrets, name.as_str(), place.plus(name.start()));
            }
        }
    }
    for names in TAKEN.captures_iter(text).filter_map(|found| found.get(1)) {
        for name in names.as_str().split([',', ':', '=', ' ']).filter(|name| is_secret(name)) {
            needs.add(|found| &mut found.secrets, name, place.plus(names.start()));
        }
    }
}

/// Whether a name is that of a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let upper = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let mut parts = name.split('_');
    let alone = matches!(name, "TOKEN" | "SECRET" | "PASSWORD" | "APIKEY");
    let named = name.contains('_')
        && parts.any(|part| {
            matches!(
                part,
                "KEY"
                    | "KEYS"
                    | "TOKEN"
                    | "SECRET"
                    | "SECRETS"
                    | "PASSWORD"
                    | "PASSWD"
                    | "PASSPHRASE"
                    | "CREDENTIAL"
                    | "CREDENTIALS"
                    | "APIKEY"
                    | "PAT"
                    | "COOKIE"
                    | "DSN"
                    | "WEBHOOK"
                    | "PASS"
            )
        });
    upper && (alone || named || name == "DATABASE_URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let patterns = [
            &NETWORK,
            &CALL,
            &ASSIGNED,
            &DIALS,
            &IDENTIFIER,
            &STARTS,
            &ARGUMENT,
            &TAGGED,
            &LITERAL,
            &OPENED,
            &HOME,
            &READ,
            &TAKEN,
            &EXPANDED,
            &EXPORTED,
            &LOCAL,
        ];
        for (at, pattern) in patterns.into_iter().enumerate() {
            assert_eq!(pattern.error(), None, "{at}");
        }
    }

    #[test]
    fn names_of_secrets() {
        for name in [
            "OPENAI_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "TOKEN",
            "GH_TOKEN",
            "DATABASE_URL",
            "SLACK_WEBHOOK_URL",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["MAX_TOKENS", "KEYBOARD", "HOME", "KEY", "api_key", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn comments_and_doc_strings_say_nothing() {
        let text = "# a\n\"\"\"See é\nb\n\"\"\"\nx = 1\n";
        let spoken = spoken(text, Language::Python);
        assert_eq!(spoken.trim(), "x = 1");
        assert_eq!(spoken.len(), text.len());
    }
}
