//! Files that act on clients, editors, package managers and shells, because of where they are.

use crate::pattern::Pattern;

use super::catalogue::{AUTO_RUN, CLIENT_SETTINGS, OTHER_REGISTRY, SUSPICIOUS_ENDPOINT};
use super::concept;
use crate::material::{Language, Material, Source};
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// Looks at every file by its name.
pub(super) fn run(material: &Material<'_>, sink: &mut Sink) {
    for source in &material.sources {
        if concept::is_test(&source.path) {
            continue;
        }
        client(source, sink);
        automatic(source, sink);
        registry(source, sink);
        endpoint(source, sink);
    }
}

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: Pattern = Pattern::new($pattern);
    };
}

pattern!(
    COMMANDS,
    r#"(?i)(?:\bcurl\b|\bwget\b|/dev/tcp|\bnc\s+-|base64\s+(?:-d|--decode)|\beval\b|\bbash\s+-c|\bsh\s+-c|\bpowershell\b|invoke-webrequest|\|\s*(?:ba)?sh\b|\.ssh/|\.aws/|\bprintenv\b|\brm\s+-rf|node\s+-e|python3?\s+-c|https?://)"#
);
pattern!(
    SETTINGS,
    r#"(?i)"(?:hooks|ANTHROPIC_BASE_URL|OPENAI_BASE_URL|ANTHROPIC_AUTH_TOKEN|apiKeyHelper|enableAllProjectMcpServers|bypassPermissionsModeAccepted)"|"defaultMode"\s*:\s*"bypassPermissions"|"allow"\s*:\s*\[[^\]]*"(?:Bash(?:\(\*\))?|\*)""#
);
pattern!(
    HOOK,
    r#"(?i)"(?:SessionStart|UserPromptSubmit|PreToolUse|PostToolUse|Stop|SubagentStop|SessionEnd|beforeSubmitPrompt|afterFileEdit)"(?s:.){0,4000}?"command"\s*:\s*"(?:[^"\\]|\\.){0,400}\b(?:curl|wget|invoke-webrequest|iwr)\b(?:[^"\\]|\\.){0,400}?https?://([^\s/"':]+)"#
);
pattern!(BASE_URL, r"(?i)(?:ANTHROPIC|OPENAI|CLAUDE|GEMINI)_(?:API_)?BASE_URL\W{1,6}(https?://[^\s\x22']+)");

/// A server that a shell starts, whose package comes from somewhere else, or whose every tool is approved in advance.
static SERVER: Pattern = Pattern::new(
    r#"(?i)"(?:/bin/)?(?:ba|z)?sh"\s*,\s*"args"\s*:\s*\[\s*"-l?i?c"|"(?:autoApprove|alwaysAllow|autoAllow)"\s*:\s*(?:\[\s*"\*"|true\b|"\*")|"trust"\s*:\s*true\b|--(?:registry|index-url|extra-index-url)(?:[ =]|"\s*,\s*")https?://"#,
);

/// Settings and rules of agents and editors.
fn client(source: &Source, sink: &mut Sink) {
    let path = source.path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let within = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    if let Some(found) = BASE_URL.captures(&source.text)
        && let (Some(whole), Some(url)) = (found.get(0), found.get(1))
        && source.language == Language::Data
        && !["anthropic.com", "openai.com", "localhost", "127.0.0.1"]
            .iter()
            .any(|known| url.as_str().contains(known))
    {
        let message = "requests to the model are sent to another server";
        sink.with(&CLIENT_SETTINGS, Severity::High, Confidence::High, (source, whole.range()), message);
    }
    if source.language == Language::Data
        && let Some(found) = HOOK.captures(&source.text)
        && let Some(host) = found.get(1)
        && !["localhost", "127.0.0.1"].contains(&host.as_str())
    {
        let message = format!("a hook for a client contacts {}", host.as_str());
        sink.with(&CLIENT_SETTINGS, Severity::High, Confidence::High, (source, host.range()), &message);
    }
    let settings = within(".claude/") && name.starts_with("settings")
        || within(".gemini/") && name == "settings.json"
        || within(".codex/");
    let servers = matches!(name, ".mcp.json" | "mcp.json" | "claude_desktop_config.json" | "mcp_config.json");
    let rules = matches!(
        name,
        ".cursorrules"
            | ".windsurfrules"
            | ".clinerules"
            | "claude.md"
            | "agents.md"
            | "gemini.md"
            | "copilot-instructions.md"
    ) || within(".cursor/rules/");
    if settings {
        let grave = SETTINGS.is_match(&source.text);
        let severity = if grave { Severity::High } else { Severity::Medium };
        return sink.about(
            &CLIENT_SETTINGS,
            severity,
            Confidence::Medium,
            &source.path,
            "settings of a client are in the skill",
        );
    }
    if servers {
        let command = COMMANDS.find(&source.text).filter(|found| !found.as_str().starts_with("http"));
        let grave = command.is_some() || SERVER.is_match(&source.text);
        let severity = if grave { Severity::High } else { Severity::Medium };
        let message = "MCP servers are configured, which clients may start";
        return sink.about(&CLIENT_SETTINGS, severity, Confidence::Medium, &source.path, message);
    }
    if rules {
        let message = "a file that clients read as instructions is in the skill";
        sink.about(&CLIENT_SETTINGS, Severity::Low, Confidence::Low, &source.path, message);
    }
}

pattern!(
    LIFECYCLE,
    r#""(?:preinstall|install|postinstall|prepare|prepublish|preuninstall|postuninstall)"\s*:\s*"((?:[^"\\]|\\.){1,2000})""#
);
pattern!(ON_OPEN, r#""runOn"\s*:\s*"folderOpen""#);
pattern!(
    AT_SETUP,
    r"(?i)(?:\bos\.system|\bsubprocess\.|\bexec\s*\(|\beval\s*\(|\burllib|\brequests\.(?:get|post)|\bsocket\.|base64\.b64decode)"
);

/// What runs by itself: at installation, when a folder is opened or entered, on a commit, in a test run.
fn automatic(source: &Source, sink: &mut Sink) {
    let path = source.path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let text = &source.text;
    let has = |pattern: &Pattern| pattern.is_match(text);
    let commands = has(&COMMANDS);
    let about = |severity, message: &str, sink: &mut Sink| {
        sink.about(&AUTO_RUN, severity, Confidence::Medium, &source.path, message);
    };
    if name == "package.json" {
        for found in LIFECYCLE.captures_iter(text) {
            let Some(command) = found.get(1) else { continue };
            let grave = COMMANDS.is_match(command.as_str());
            let severity = if grave { Severity::High } else { Severity::Low };
            sink.with(
                &AUTO_RUN,
                severity,
                Confidence::Medium,
                (source, command.range()),
                "a script runs when the package is installed",
            );
        }
    } else if path.ends_with(".vscode/tasks.json") && has(&ON_OPEN) {
        let severity = if commands { Severity::High } else { Severity::Medium };
        about(severity, "a task runs when the folder is opened", sink);
    } else if name == ".envrc" || path.contains(".git/hooks/") || path.contains(".husky/") {
        let severity = if commands { Severity::High } else { Severity::Medium };
        about(severity, "a script runs when the folder is entered or a commit is made", sink);
    } else if matches!(name, "setup.py" | "conftest.py" | "sitecustomize.py" | "usercustomize.py")
        || name.strip_suffix(".pth").is_some()
    {
        if has(&AT_SETUP) {
            let severity = if name == "conftest.py" || !commands { Severity::Medium } else { Severity::High };
            about(severity, "a program is started when the package is installed, tested or imported", sink);
        }
    } else if path.contains(".github/workflows/") {
        about(Severity::Low, "a workflow is in the skill", sink);
    }
}

pattern!(
    REGISTRY,
    r"(?im)^\s*(?:(?:@[\w-]+:)?registry|index-url|extra-index-url|index_url|extra_index_url|find-links|trusted-host|npmRegistryServer|proxy|https-proxy)\s*[=:]\s*(\S+)"
);
const REGISTRIES: [&str; 8] = [
    "registry.npmjs.org",
    "pypi.org",
    "files.pythonhosted.org",
    "npm.pkg.github.com",
    "download.pytorch.org",
    "registry.yarnpkg.com",
    "conda.anaconda.org",
    "pypi.nvidia.com",
];

fn registry(source: &Source, sink: &mut Sink) {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let concerned = matches!(
        name,
        ".npmrc"
            | ".yarnrc"
            | ".yarnrc.yml"
            | "pip.conf"
            | "pip.ini"
            | ".pypirc"
            | "uv.toml"
            | "bunfig.toml"
            | "requirements.txt"
    );
    if !concerned {
        return;
    }
    for found in REGISTRY.captures_iter(&source.text) {
        let Some(address) = found.get(1) else { continue };
        if REGISTRIES.iter().any(|known| address.as_str().contains(known)) {
            continue;
        }
        let insecure = address.as_str().starts_with("http://");
        let severity = if insecure { Severity::High } else { Severity::Medium };
        let message = format!("packages are taken from {}", address.as_str());
        sink.with(&OTHER_REGISTRY, severity, Confidence::Medium, (source, address.range()), &message);
    }
}

pattern!(
    TUNNEL,
    r"(?i)https?://(?:[\w-]+\.)*(?:ngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|serveo\.net|localtunnel\.me|loca\.lt|lhr\.life|pagekite\.me|webhook\.site|requestbin\.(?:com|net)|requestcatcher\.com|pipedream\.net|interact\.sh|oast\.(?:fun|pro|live|site|online|me)|burpcollaborator\.net|beeceptor\.com|hookbin\.com|canarytokens\.com|dnslog\.cn|transfer\.sh|termbin\.com|0x0\.st|[\w-]+\.onion)\b[^\s\x22'<>)]*|https?://(?:[1-9]\d{0,2}\.){3}\d{1,3}(?::\d+)?(?:/[^\s\x22'<>)]*)?"
);

/// Addresses in configuration that nobody answers for.
fn endpoint(source: &Source, sink: &mut Sink) {
    if source.language != Language::Data {
        return;
    }
    let pattern = &TUNNEL;
    for found in pattern.find_iter(&source.text).filter(|found| !private(found.as_str())).take(20) {
        let message = format!("`{}` is a tunnel, a collector or a bare address", found.as_str());
        let bare = found
            .as_str()
            .split("://")
            .nth(1)
            .is_some_and(|host| host.starts_with(|c: char| c.is_ascii_digit()));
        let severity = if bare { Severity::Medium } else { Severity::High };
        sink.with(&SUSPICIOUS_ENDPOINT, severity, Confidence::Medium, (source, found.range()), &message);
    }
}

/// Addresses of the machine itself, of private networks, and of documentation (RFC 5737).
fn private(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    [
        "127.",
        "10.",
        "192.168.",
        "169.254.",
        "192.0.2.",
        "198.51.100.",
        "203.0.113.",
        "0.",
        "1.1.1.1",
        "8.8.8.8",
        "1.2.3.4",
    ]
    .iter()
    .any(|start| host.starts_with(start))
        || (16..32).any(|second| host.starts_with(&format!("172.{second}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &COMMANDS, &SETTINGS, &SERVER, &HOOK, &BASE_URL, &LIFECYCLE, &ON_OPEN, &AT_SETUP, &REGISTRY,
            &TUNNEL,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
