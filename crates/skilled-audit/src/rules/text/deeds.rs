//! What a program, a template or a sample to be copied does, told by its code: results that are made up, doors that are built
//! in, acts that wait for one machine.

use std::ops::Range;

use super::catalogue::{
    AUTO_RUN, BACKDOOR, CLIENT_SETTINGS, DESTRUCTION, DORMANT, ENCODED_INSTRUCTIONS, ESCAPING_LINK,
    EXFILTRATION, FOREIGN_SOURCE, OTHER_REGISTRY, PAYMENT, PREREQUISITE_DOWNLOAD, PROMPT_LEAK, SABOTAGE,
    SECURITY_WEAKENED,
};
use super::concept;
use super::normal::normal;
use crate::material::{Language, Material, Source};
use crate::pattern::Pattern;
use crate::rules::code::vendors;
use crate::sink::Sink;
use crate::{Confidence, RuleInfo, Severity};

/// Something that a stretch of code does.
struct Deed {
    rule: &'static RuleInfo,
    message: &'static str,
    pattern: Pattern,
    /// What else has to be in the same file.
    with: Option<Pattern>,
    found: Where,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In programs and in prose that is not a warning.
    Anywhere,
    /// The same, where the match names a host that is not well known.
    Foreign,
    /// In programs.
    Programs,
    /// In data.
    Data,
    /// In lists of dependencies, where the match names a host that is not well known.
    Manifest,
}

const fn deed(rule: &'static RuleInfo, message: &'static str, found: Where, pattern: &'static str) -> Deed {
    Deed { rule, message, pattern: Pattern::new(pattern), with: None, found }
}

const fn both(
    rule: &'static RuleInfo,
    message: &'static str,
    found: Where,
    (pattern, with): (&'static str, &'static str),
) -> Deed {
    Deed { rule, message, pattern: Pattern::new(pattern), with: Some(Pattern::new(with)), found }
}

static DEEDS: [Deed; 33] = [
    deed(
        &SABOTAGE,
        "failures are shown as successes",
        Where::Programs,
        r#"(?i)\.replace(?:all)?\(\s*["'/]\W{0,3}(?:fail\w*|errors?)\W{0,3}["'/]\w*\s*,\s*["']\W{0,3}(?:pass\w*|ok|success\w*)|\bsed\b[^\n]{0,40}\bs(.)(?:fail\w*|errors?).(?:pass\w*|ok|success\w*)"#,
    ),
    deed(
        &SABOTAGE,
        "data is changed until it is significant",
        Where::Programs,
        r"(?i)\bwhile\b[^\n]{0,160}\b(?:p_?val\w*|p)\b(?:\[[^\]]*\])?\)?\s*>=?\s*(?:0?\.\d+|alpha)",
    ),
    both(
        &DORMANT,
        "it acts only where a digest of who runs it is one of its own",
        Where::Programs,
        (
            r#"(?i)(?:\bin\s*[\{\[\(]|={2,3}|\.has\(|\.includes\()\s*["'][0-9a-f]{6,64}["']"#,
            r"(?i)(?:md5|sha1|sha256|sha512|crc32|blake2b)[\w.]*\(\s*[^\n]{0,60}(?:host|user|mail|domain|login|whoami|cwd|branch|node\(|uname|mac\b)",
        ),
    ),
    both(
        &BACKDOOR,
        "a login is compared with a digest that stands in the code",
        Where::Programs,
        (
            r#"(?i)\b(?:sha\w*|md5|digest|hash\w*)\([^\n]{0,80}\b(?:pass\w*|pwd?|secret)\b[^\n]{0,60}={2,3}\s*["'\w]"#,
            r#"["'][0-9a-f]{32,128}["']"#,
        ),
    ),
    deed(
        &BACKDOOR,
        "a token without a signature is accepted",
        Where::Programs,
        r#"(?i)\balg\b["'\])]{0,3}\s*={2,3}\s*["']none["']\s*(?:\?|\)\s*(?:\{|:)?\s*(?:return|claims|payload|user)[^\n]{0,30}decode)"#,
    ),
    deed(
        &ENCODED_INSTRUCTIONS,
        "a literal is written in a cipher",
        Where::Programs,
        r#"(?i)codecs\.decode\(\s*[rb]?["'][^"'\n]{8,}["']\s*,\s*["']rot|\bchr\(\s*\w+\s*\^\s*\w+\s*\)\s*for\s+\w+\s+in\s*[\(\["'b]|fromcharcode\([^\n)]{0,40}\^\s*(?:0x)?\w+"#,
    ),
    deed(
        &PAYMENT,
        "payments are turned to an account that stands in the code",
        Where::Programs,
        r#"(?:\bsub|replace\w*)\([^\n]{0,200}["'](?:bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40}|[A-Z]{2}\d{2}[A-Z0-9]{11,30})["']"#,
    ),
    deed(
        &DESTRUCTION,
        "backups or records of what happened are destroyed",
        Where::Anywhere,
        r"(?i)\bdrop\s+(?:schema|table|database)\s+(?:if\s+exists\s+)?\S*(?:backup|audit)|\btruncate\s+(?:table\s+)?[^;\n]*(?:audit_?log|login_events|audit_events)|\brm\s+-\w*r\w*\s+[^\n]*(?:/var/backups|~/backups|/backups?/|/timeshift|\btime ?machine\b|pgbackrest)|\baws\s+s3\s+(?:rm|rb)\b[^\n]*backup|\bvssadmin\s+delete\s+shadows|\bwbadmin\s+delete|\btmutil\s+(?:delete|disable)|rmtree\([^\n]{0,60}backups?\b",
    ),
    deed(
        &DESTRUCTION,
        "files all over the machine are deleted",
        Where::Programs,
        r#"\bfind\s+(?:~|["']?\$\{?HOME\}?["']?|/)\s[^\n]*-(?:delete\b|exec\s+(?:rm|shred)\b)|\bgit\s+reflog\s+expire\s+--expire=now\s+--all[^\n]*\n?[^\n]*\bgc\b[^\n]*--prune=now"#,
    ),
    both(
        &DESTRUCTION,
        "files are locked with a password of its own, and the originals deleted",
        Where::Programs,
        (
            r#"(?i)\bpass(?:word|wd|phrase)?\s*=\s*["'][^"'\n]{4,}["'][\s\S]{0,4000}(?:\.unlink\(|os\.remove\(|\brm\s|unlinkSync\(|shred)"#,
            r"(?i)setpassword|pyzipper|fernet|\bzip\s[^\n]*-P|\b7z\s+a\b[^\n]*-p|gpg\s[^\n]*--symmetric|openssl\s+enc",
        ),
    ),
    deed(
        &SECURITY_WEAKENED,
        "a second factor is taken from everybody",
        Where::Anywhere,
        r"(?i)\bupdate\s+\w*users?\w*\s+set\s+\w*(?:mfa|2fa|two_factor|otp)\w*\s*=\s*(?:false|0)\s*;",
    ),
    deed(
        &SECURITY_WEAKENED,
        "certificates are no longer checked, for every later use",
        Where::Anywhere,
        r"(?i)\bgit\s+config\s+--(?:global|system)\s+http\.sslverify\s+(?:false|0)|\b(?:npm|yarn|pnpm)\s+config\s+set\s+strict-ssl\s+(?:false|0)|\bpip3?\s+config\s+set\s+global\.trusted-host|\bsetx?\s+NODE_TLS_REJECT_UNAUTHORIZED|\bNODE_TLS_REJECT_UNAUTHORIZED=0[^\n]*>>",
    ),
    deed(
        &OTHER_REGISTRY,
        "packages come from a registry that is not well known",
        Where::Foreign,
        r#"--(?:extra-)?index-url[=\s"',]+https?://[^\s"']+|\b(?:npm|yarn|pnpm|bun)\b[^\n]{0,80}--registry[=\s"',]+https?://[^\s"']+"#,
    ),
    deed(
        &PREREQUISITE_DOWNLOAD,
        "what was just downloaded is started",
        Where::Foreign,
        r"\b(?:curl|wget)\b[^\n|;]{0,80}https?://[^\n|;&]+(?:&&|;)\s*(?:chmod\s+\S+\s+\S+\s*(?:&&|;)\s*)?(?:sudo\s+)?(?:(?:ba|z)?sh|python3?|node|perl|\./\S+|/tmp/\S+)\b",
    ),
    deed(
        &AUTO_RUN,
        "each shell starts a file that lies out of sight",
        Where::Anywhere,
        r"(?:\bsource|[\x22'\s]\.)\s+\S*(?:\.cache|/tmp|/var/tmp|/dev/shm|\.local/(?:share|state))/\S*[^\n]{0,40}>>\s*\S*\.(?:zshrc|bashrc|bash_profile|profile|zprofile|zshenv)",
    ),
    both(
        &EXFILTRATION,
        "every variable of the environment is sent away",
        Where::Programs,
        (
            r"for\s*\(\s*(?:const|let|var)\s+[\w\[\],\s]+\s+(?:in|of)\s+(?:Object\.\w+\()?process\.env\b",
            r"\bnet\.(?:connect|createConnection)\(|\bfetch\(|\bhttps?\.(?:request|get)\(|\baxios\b|\bdgram\b|\bdns\.",
        ),
    ),
    deed(
        &PROMPT_LEAK,
        "the agent's instructions are uploaded",
        Where::Foreign,
        r"(?i)\b(?:curl|wget|fetch|requests\.post)\b[^\n]{0,200}https?://[^\n]{0,200}\b(?:system[_ -]?prompt|your[_ -]instructions)\b|\b(?:curl|wget|requests\.post)\b[^\n]{0,120}\b(?:system[_ -]?prompt|your[_ -]instructions)\b[^\n]{0,120}https?://\S+",
    ),
    deed(
        &SECURITY_WEAKENED,
        "details of payments are written to a file",
        Where::Anywhere,
        r#"(?i)(?:\bopen\(|appendfile(?:sync)?\()\s*["'][^"'\n]*(?:payment|card|cvv|cvc)[^"'\n]*\.(?:txt|log|csv|jsonl?)["']\s*,\s*["'`]?(?:a|str|json|\w)"#,
    ),
    deed(
        &CLIENT_SETTINGS,
        "a command that clients start fetches or evaluates code",
        Where::Data,
        r#"(?i)"(?:command|args|run|script|postCreateCommand|onSave)"\s*:\s*\[?(?:\s*"[^"\n]*"\s*,)*\s*"(?:[^"\\\n]|\\.)*(?:\bcurl\b[^\n]*https?://|\bwget\b[^\n]*https?://|\beval\(|/dev/tcp|\bbase64\s+-d|\biex\b|\bnc\s+-)"#,
    ),
    deed(
        &PREREQUISITE_DOWNLOAD,
        "a value has a download run",
        Where::Data,
        r#"(?i)\b(?:curl|wget)\b[^\n|"]{0,120}https?://[^\n|"]*\|\s*(?:sudo\s+)?(?:(?:ba|z)?sh|python3?|node)\b|\b(?:iwr|irm|invoke-webrequest)\b[^\n|"]{0,160}\|\s*iex\b"#,
    ),
    deed(
        &EXFILTRATION,
        "a value has something sent to a stranger",
        Where::Data,
        r"(?i)\|\s*(?:curl|wget)\b[^\n]{0,120}(?:@-|-T\s*-|--post-file=-)[^\n]{0,120}https?://\S+|\|\s*(?:curl|wget)\b[^\n]{0,80}https?://[^\n]{0,80}(?:@-|-T\s*-)",
    ),
    deed(
        &ESCAPING_LINK,
        "a value names a start-up file or a hook outside of the folder",
        Where::Data,
        r#"["'\s](?:\.\.[/\\]+)+[^"'\n]{0,120}(?:\.bash\w*|\.zsh\w*|\.profile|\.git[/\\]+hooks|[Ss]tartup|\.ssh|\.claude|\.config[/\\]+autostart|LaunchAgents|cron)\b"#,
    ),
    both(
        &EXFILTRATION,
        "what is typed as a password is sent to a host",
        Where::Programs,
        (
            r#"\b(?:pw|pass(?:word|wd|phrase)?|secret)\b\s*=\s*(?:getpass\.getpass|getpass|input|prompt)\("#,
            r"(?:urlopen|requests\.(?:get|post)|fetch)\([^\n]{0,160}(?:\bpw\b|\bpass(?:word|wd|phrase)?\b)[^\n]{0,60}(?:hex|b64|base64|rot)",
        ),
    ),
    deed(
        &BACKDOOR,
        "every page or server gets something from a bare address",
        Where::Programs,
        r#"(?i)<script[^>\n]{0,80}src=["'](?:https?:)?//(?:\d{1,3}\.){3}\d{1,3}|\bproxy_pass\s+https?://(?:[2-9]\d|1[13-8]\d|20\d|21\d|19[013-9])\.\d{1,3}\.\d{1,3}\.\d"#,
    ),
    deed(
        &BACKDOOR,
        "a password that opens everything stands in the code",
        Where::Programs,
        r#"(?i)\b(?:password|passwd|pass|pw|pin|code|token|key)\s*={2,3}\s*["'][^"'\n]{6,}["']\s*(?:\)|:|\{|&&|\|\||and\b|or\b)[^\n]{0,40}\n?[^\n]{0,40}\b(?:admin|root|superuser|is_?admin|role|grant|bypass|return\s+true)\b"#,
    ),
    deed(
        &EXFILTRATION,
        "the whole repository is sent to a stranger",
        Where::Foreign,
        r#"\bgit\s+(?:push\s+(?:-\w+\s+)*(?:--mirror|--all)\s+(?:-\w+\s+)*["']?https?://\S+|bundle\s+create\s+-[^\n]{0,80}https?://\S+|archive\b[^\n]{0,80}\|[^\n]{0,80}https?://\S+)"#,
    ),
    deed(
        &BACKDOOR,
        "an account of its own gets all rights",
        Where::Programs,
        r#"\buseradd\s[^\n]*-o\s[^\n]*-u\s*0\b|\becho\s+["']?[\w-]+:[^\s"'|$]+["']?\s*\|\s*(?:sudo\s+)?chpasswd"#,
    ),
    both(
        &DESTRUCTION,
        "files all over the machine are emptied, locked or deleted",
        Where::Programs,
        (
            r#"(?:os\.walk\(\s*(?:os\.path\.expanduser\(["']~["']\)|["']/["'])|Path\.home\(\)\.rglob\(|(?:readdirSync|walk)\((?:os\.)?homedir\(\))"#,
            r#"os\.(?:remove|unlink)\(|\.unlink\(|rmtree\(|["']wb?["']\s*\)\.close|\.truncate\(|\.encrypt\(|unlinkSync\("#,
        ),
    ),
    deed(
        &FOREIGN_SOURCE,
        "a package is taken from an address of a stranger",
        Where::Manifest,
        r#"(?m)^\s*[\w.\[\]-]+\s*@\s*https?://\S+|^\s*https?://\S+\.(?:whl|tar\.gz|zip|tgz)|["'][^"'\n]+["']\s*:\s*["']https?://[^"'\n]+\.(?:tgz|tar\.gz|zip)["']|["'][\w.-]+\s*@\s*https?://[^"'\n]+["']"#,
    ),
    deed(
        &EXFILTRATION,
        "what the machine or its user does is put into an address",
        Where::Foreign,
        r#"\b(?:curl|wget)\b[^\n]{0,200}https?://[^\n]{0,160}(?:\$\(|`)\s*(?:history|cat\s+(?:~|\$HOME|/etc|\.)|env\b|printenv|whoami|hostname|git\s+(?:log|diff|remote|config)|id\b|tail\s|ls\s)"#,
    ),
    both(
        &EXFILTRATION,
        "what a browser stores is sent away",
        Where::Programs,
        (
            r"places\.sqlite|cookies\.sqlite|Login Data|logins\.json|/Default/(?:History|Cookies)",
            r"urlopen\(|requests\.(?:post|put)\(|\bfetch\(|https?\.request\(|\bcurl\b|http\.client|smtplib",
        ),
    ),
    deed(
        &FOREIGN_SOURCE,
        "a package is taken from an address of a stranger and started",
        Where::Foreign,
        r"\b(?:npx|bunx|uvx|pnpm dlx|deno run|go run|pip3? install|npm i(?:nstall)?|gem install)\b[^\n]{0,60}\shttps?://[^\s`]+",
    ),
    deed(
        &ENCODED_INSTRUCTIONS,
        "a program that is encoded is started",
        Where::Programs,
        r#"(?:spawn|exec\w*|Popen|run|system)\([^\n]{0,120}["']-[ec]["']\s*,\s*(?:Buffer\.from|atob|(?:base64\.)?b64decode|bytes\.fromhex)"#,
    ),
];

/// What stands above code that is shown as a warning.
static SHOWN: Pattern = Pattern::new(
    r"(?i)❌|🚫|\b(?:never|don't|do not|avoid|bad|wrong|insecure|unsafe|vulnerable|malicious|attack\w*|detect\w*|anti-?patterns?|red flags?|suspicious|instead of)\b",
);
static DEFENDS: Pattern = Pattern::new(
    r"(?i)\b(?:security|vulnerab\w+|pentest\w*|penetration test\w*|malware|malicious|threat\w*|forensic\w*|exploit\w*|red[- ]team\w*|hardening|static analysis|secure cod\w+|yara|semgrep|codeql|detection)\b",
);

static MANIFEST: Pattern = Pattern::new(
    r"(?:^|/)(?:requirements[\w.-]*\.(?:txt|in)|package\.json|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|environment\.ya?ml)$",
);

/// Longest file that is looked at, in bytes.
const BYTES: usize = 256 << 10;
/// Lines above a place that may say that it is shown as a warning.
const ABOVE: usize = 4;

/// Looks for deeds in all files of a skill.
pub(super) fn run(material: &Material<'_>, sink: &mut Sink) {
    let description = material.reading.skill.as_ref().map_or("", |skill| skill.description.as_str());
    let defends = DEFENDS.is_match(description);
    for source in &material.sources {
        if source.text.len() > BYTES || concept::is_test(&source.path) {
            continue;
        }
        for deed in &DEEDS {
            if !deed.looks_at(source, defends)
                || deed.with.as_ref().is_some_and(|with| !with.is_match(&source.text))
            {
                continue;
            }
            let first =
                deed.pattern.find_iter(&source.text).find(|found| deed.counts(source, &found.range()));
            if let Some(found) = first {
                let place = (source, found.range());
                sink.with(deed.rule, Severity::High, Confidence::Medium, place, deed.message);
            }
        }
    }
}

impl Deed {
    fn looks_at(&self, source: &Source, defends: bool) -> bool {
        if self.found == Where::Manifest {
            return MANIFEST.is_match(&source.path);
        }
        match (self.found, source.language) {
            (Where::Anywhere | Where::Foreign, Language::Prose) => {
                !defends && source.path == skilled_format::SKILL_FILE
            }
            (Where::Data | Where::Anywhere, Language::Data) => !defends,
            (Where::Programs | Where::Foreign, Language::Data) | (Where::Programs, Language::Prose) => false,
            (Where::Data | Where::Manifest, _) => false,
            (Where::Anywhere | Where::Foreign | Where::Programs, _) => true,
        }
    }

    fn counts(&self, source: &Source, span: &Range<usize>) -> bool {
        let text = &source.text[span.clone()];
        if matches!(self.found, Where::Foreign | Where::Manifest) {
            let foreign = |host: &String| {
                vendors::is_foreign(host) && !vendors::is_known(host) && !vendors::is_tool(host)
            };
            if !vendors::hosts(text).iter().any(foreign) || vendors::are_installers(text) {
                return false;
            }
        }
        let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = source.text[start..].lines().next().unwrap_or_default();
        if line.trim_start().starts_with(['|', '#']) && source.language != Language::Data
            || line.contains("nosec")
        {
            return false;
        }
        source.language != Language::Prose || !shown(&source.text, start, line)
    }
}

/// Whether a line of prose, or what stands above it, shows it as a warning.
fn shown(text: &str, start: usize, line: &str) -> bool {
    let above = text[..start].lines().rev().filter(|line| !line.trim().is_empty()).take(ABOVE);
    let heading = text[..start].lines().rev().find(|line| line.starts_with('#')).unwrap_or_default();
    std::iter::once(line).chain(above).any(|line| SHOWN.is_match(line))
        || concept::is_warning(&normal(heading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let patterns = DEEDS.iter().flat_map(|deed| std::iter::once(&deed.pattern).chain(&deed.with));
        let errors: Vec<String> =
            patterns.chain([&SHOWN, &DEFENDS, &MANIFEST]).filter_map(Pattern::error).collect();
        assert_eq!(errors, [""; 0]);
    }
}
