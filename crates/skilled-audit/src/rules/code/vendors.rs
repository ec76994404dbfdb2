//! Hosts that are known: those of installers, and those that a key is made for.

use crate::pattern::Pattern;

/// Where the makers of well-known tools serve their installers.
const INSTALLERS: [&str; 62] = [
    "sh.rustup.rs",
    "static.rust-lang.org",
    "astral.sh",
    "get.docker.com",
    "download.docker.com",
    "deno.land",
    "bun.sh",
    "bun.com",
    "get.pnpm.io",
    "install.python-poetry.org",
    "tailscale.com",
    "get.k3s.io",
    "get.helm.sh",
    "deb.nodesource.com",
    "rpm.nodesource.com",
    "ollama.com",
    "ollama.ai",
    "claude.ai",
    "run.linkerd.io",
    "aspire.dev",
    "aka.ms",
    "fluxcd.io",
    "cli.github.com",
    "foundry.paradigm.xyz",
    "get.sdkman.io",
    "fnm.vercel.app",
    "get.volta.sh",
    "mise.run",
    "mise.jdx.dev",
    "starship.rs",
    "dl.google.com",
    "sdk.cloud.google.com",
    "awscli.amazonaws.com",
    "packages.microsoft.com",
    "apt.llvm.org",
    "apt.releases.hashicorp.com",
    "sentry.io",
    "fly.io",
    "install.determinate.systems",
    "nixos.org",
    "cursor.com",
    "opencode.ai",
    "pkgs.k8s.io",
    "dl.k8s.io",
    "istio.io",
    "get.pulumi.com",
    "bootstrap.pypa.io",
    "pyenv.run",
    "install.duckdb.org",
    "get.jetify.com",
    "devbox.sh",
    "pixi.sh",
    "dot.net",
    "get.scoop.sh",
    "community.chocolatey.org",
    "chocolatey.org",
    "vercel.com",
    "railway.com",
    "supabase.com",
    "cli.doppler.com",
    "get.anchore.io",
    "raw.github.com",
];
/// Owners on GitHub who serve installers from their repositories.
const OWNERS: [&str; 16] = [
    "nvm-sh",
    "homebrew",
    "helm",
    "anchore",
    "aquasecurity",
    "golangci",
    "ohmyzsh",
    "pyenv",
    "rbenv",
    "rust-lang",
    "kubernetes-sigs",
    "trufflesecurity",
    "astral-sh",
    "docker",
    "fluxcd",
    "argoproj",
];
/// What a key is named after, and what the host it belongs to is called.
const KEYS: [(&str, &[&str]); 30] = [
    ("AWS", &["amazonaws.com", "aws"]),
    ("OPENAI", &["openai.", "azure.com"]),
    ("ANTHROPIC", &["anthropic.", "claude."]),
    ("CLAUDE", &["anthropic.", "claude."]),
    ("GITHUB", &["github"]),
    ("GH", &["github"]),
    ("GITLAB", &["gitlab"]),
    ("STRIPE", &["stripe."]),
    ("SLACK", &["slack."]),
    ("DISCORD", &["discord"]),
    ("TELEGRAM", &["telegram."]),
    ("NPM", &["npmjs.", "npm."]),
    ("PYPI", &["pypi."]),
    ("GOOGLE", &["google"]),
    ("GEMINI", &["google"]),
    ("AZURE", &["azure", "microsoft", "windows.net"]),
    ("HF", &["huggingface", "hf.co"]),
    ("HUGGINGFACE", &["huggingface", "hf.co"]),
    ("SENDGRID", &["sendgrid."]),
    ("TWILIO", &["twilio."]),
    ("HEROKU", &["heroku"]),
    ("CLOUDFLARE", &["cloudflare"]),
    ("DIGITALOCEAN", &["digitalocean"]),
    ("VERCEL", &["vercel."]),
    ("NETLIFY", &["netlify."]),
    ("LINEAR", &["linear."]),
    ("NOTION", &["notion."]),
    ("JIRA", &["atlassian", "jira"]),
    ("DATADOG", &["datadog"]),
    ("SENTRY", &["sentry"]),
];

/// The hosts of the addresses in a text, in lower case.
pub(crate) fn hosts(text: &str) -> Vec<String> {
    let starts = text.match_indices("://").filter(|(at, _)| !is_identifier(&text[..*at]));
    starts.map(|(at, mark)| host_of(&text[at + mark.len()..])).filter(|host| !host.is_empty()).collect()
}

/// Whether the address after `before` names something, such as a namespace, and is never contacted.
fn is_identifier(before: &str) -> bool {
    const FIELDS: [&str; 7] =
        ["system", "xmlns", "$schema", "namespace", "targetnamespace", "profile", "@context"];
    let Some(before) = before.strip_suffix("http").or_else(|| before.strip_suffix("https")) else {
        return false;
    };
    let mut start = before.len().saturating_sub(40);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let near = before[start..].to_ascii_lowercase();
    let Some(near) = near.strip_suffix(['"', '\'']) else { return false };
    let near = near.trim_end().trim_end_matches([':', '=', '[']).trim_end().trim_end_matches(['"', '\'']);
    FIELDS.iter().any(|field| {
        near.strip_suffix(field).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric()))
    })
}

fn host_of(rest: &str) -> String {
    let host = rest.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_@:[]{}$".contains(c))).next();
    let host = host.unwrap_or_default().rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

static DIALS: Pattern = Pattern::new(
    r#"(?i)(?:https?connection|connect|create_connection|http\.(?:new|start|post)|tcpsocket\.(?:new|open)|net\.dial\([^,\n]*,|fsockopen|smtp(?:_ssl)?|ftp(?:_tls)?|\bhost(?:name)?["']?\s*[:=])\s*\(?\s*\(?\s*["']([a-z0-9][a-z0-9.-]*\.[a-z0-9-]{2,})|\b(?:nc|ncat|telnet|openssl\s+s_client\s+-connect|ssh|scp|rsync|dig|nslookup)\s+(?:-\S+\s+)*(?:\S+\s+)?(?:[\w.-]+@)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}|(?:\d{1,3}\.){3}\d{1,3})\b|\b(?:dig|nslookup|host)\b[^\n]*[)}]\.([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})"#,
);

/// Hosts that are named without a scheme, where a connection is made.
pub(crate) fn dialled(code: &str) -> Vec<String> {
    let found = DIALS.groups(code).into_iter().filter_map(|found| found.into_iter().skip(1).flatten().next());
    found.map(|host| code[host].to_ascii_lowercase()).collect()
}

/// The domain that somebody registered, as far as the number of its labels tells.
pub(crate) fn domain(host: &str) -> &str {
    let labels: Vec<&str> = host.rsplit('.').take(3).collect();
    let second_level =
        ["co", "com", "net", "org", "ac", "gov", "github", "vercel", "netlify", "pages", "workers"];
    let most = match labels.as_slice() {
        [_, second, _] if second_level.contains(second) => 3,
        _ if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => 4,
        _ => 2,
    };
    let mut dots = host.rmatch_indices('.').skip(most - 1);
    dots.next().map_or(host, |(at, _)| &host[at + 1..])
}

/// Services that so many skills use that their hosts say nothing.
const SERVICES: [&str; 125] = [
    "amazonaws.com",
    "anaconda.org",
    "anthropic.com",
    "apache.org",
    "apple.com",
    "arcgisonline.com",
    "arxiv.org",
    "asana.com",
    "atlassian.com",
    "atlassian.net",
    "auth0.com",
    "azure.com",
    "azure.net",
    "bing.com",
    "bitbucket.org",
    "bun.sh",
    "cerebras.ai",
    "circleci.com",
    "claude.ai",
    "claude.com",
    "clickup.com",
    "cloudflare.com",
    "cohere.ai",
    "cohere.com",
    "crates.io",
    "crossref.org",
    "datadoghq.com",
    "deepseek.com",
    "deno.land",
    "deps.dev",
    "digitalocean.com",
    "docker.com",
    "docker.io",
    "doi.org",
    "ebi.ac.uk",
    "elastic.co",
    "elevenlabs.io",
    "exa.ai",
    "fal.ai",
    "fal.run",
    "figma.com",
    "firecrawl.dev",
    "fly.dev",
    "fly.io",
    "gcr.io",
    "ghcr.io",
    "github.blog",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "golang.org",
    "google.com",
    "googleapis.com",
    "grafana.com",
    "graph.facebook.com",
    "groq.com",
    "gstatic.com",
    "hashicorp.com",
    "hcaptcha.com",
    "hf.co",
    "hf.space",
    "hubspot.com",
    "huggingface.co",
    "intercom.io",
    "jina.ai",
    "jsdelivr.net",
    "json-schema.org",
    "letsencrypt.org",
    "linear.app",
    "mailgun.net",
    "microsoft.com",
    "microsoftonline.com",
    "mistral.ai",
    "monday.com",
    "mozilla.org",
    "ncbi.nlm.nih.gov",
    "netlify.com",
    "newrelic.com",
    "nih.gov",
    "nodejs.org",
    "notion.com",
    "notion.so",
    "npmjs.com",
    "npmjs.org",
    "nvcr.io",
    "nvidia.com",
    "okta.com",
    "openai.com",
    "openrouter.ai",
    "openstreetmap.org",
    "open-meteo.com",
    "osv.dev",
    "pagerduty.com",
    "parallel.ai",
    "paypal.com",
    "perplexity.ai",
    "pinecone.io",
    "posthog.com",
    "pypi.org",
    "python.org",
    "pythonhosted.org",
    "reddit.com",
    "replicate.com",
    "runwayml.com",
    "rust-lang.org",
    "salesforce.com",
    "segment.io",
    "sendgrid.com",
    "sentry.io",
    "serper.dev",
    "shopify.com",
    "slack.com",
    "stripe.com",
    "supabase.co",
    "tavily.com",
    "twilio.com",
    "twitter.com",
    "vercel.com",
    "w3.org",
    "wikipedia.org",
    "scorecard.dev",
    "shopify.dev",
    "machines.dev",
    "x.ai",
    "x.com",
];

/// Names that stand for no host: those of documentation (RFC 2606) and of the machine's own network.
const PLACEHOLDERS: [&str; 12] = [
    "your-",
    "your.",
    "example.com",
    "example.org",
    "example.",
    ".local",
    ".internal",
    ".test",
    ".localhost",
    ".invalid",
    "yourdomain",
    "my-",
];

/// Whether a host is where a well-known tool is installed from.
pub(crate) fn is_tool(host: &str) -> bool {
    INSTALLERS
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

/// Whether a host is a well-known service, or stands for one that the user fills in.
pub(crate) fn is_known(host: &str) -> bool {
    SERVICES
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
        || PLACEHOLDERS.iter().any(|word| {
            if word.starts_with('.') { host.strip_suffix(word).is_some() } else { host.starts_with(word) }
        })
        || host.contains(['{', '$', '<', '['])
}

/// Whether every address in a text is one from which a well-known tool is installed, over https.
pub(crate) fn are_installers(text: &str) -> bool {
    let starts: Vec<&str> = text.match_indices("://").map(|(at, _)| &text[at..]).collect();
    let is_installer = |rest: &&str| {
        let host = host_of(&rest[3..]);
        if host == "raw.githubusercontent.com" || host == "github.com" {
            let owner = rest[3 + host.len()..].split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
            return OWNERS.contains(&owner.as_str());
        }
        INSTALLERS
            .iter()
            .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
    };
    !starts.is_empty() && !text.contains("http://") && starts.iter().all(is_installer)
}

/// Whether a host is a place outside the machine that is written out.
pub(crate) fn is_foreign(host: &str) -> bool {
    let local = [
        "localhost",
        "127.",
        "0.0.0.0",
        "169.254.",
        "[",
        "10.",
        "192.168.",
        "host.docker.internal",
        "{",
        "$",
    ];
    host.contains('.')
        && !local.iter().any(|start| host.starts_with(start))
        && host.rsplit('.').next() != Some("local")
}

/// Whether a variable of the environment is the key of a well-known service, and no host is that service's.
pub(crate) fn is_elsewhere(variable: &str, hosts: &[String]) -> bool {
    let stem = variable.split('_').next().unwrap_or_default();
    let known = KEYS.iter().find(|(name, _)| *name == stem);
    known.is_some_and(|(_, own)| hosts.iter().all(|host| !own.iter().any(|own| host.contains(own))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_are_known_by_host_and_owner() {
        assert!(are_installers("curl -LsSf https://astral.sh/uv/install.sh | sh"));
        assert!(are_installers("curl https://raw.githubusercontent.com/nvm-sh/nvm/v0.40/install.sh | bash"));
        assert!(!are_installers("curl http://astral.sh/uv/install.sh | sh"));
        assert!(!are_installers("curl https://astral.sh.example.net/x | sh"));
        assert!(!are_installers("curl https://raw.githubusercontent.com/somebody/x/main/i.sh | sh"));
    }

    #[test]
    fn a_key_belongs_to_its_service() {
        assert!(!is_elsewhere("OPENAI_API_KEY", &["api.openai.com".to_owned()]));
        assert!(is_elsewhere("OPENAI_API_KEY", &["in.example.net".to_owned()]));
        assert!(!is_elsewhere("WEATHER_API_KEY", &["in.example.net".to_owned()]));
    }
}
