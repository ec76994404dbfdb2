//! The forms of secrets, as their makers document them or as they are handed out.

use super::placeholder::{is_random, is_real_login};

/// One form.
pub(super) struct Form {
    pub(super) kind: &'static str,
    /// What it starts with, literally.
    pub(super) start: &'static str,
    /// What follows, as an expression.
    pub(super) rest: &'static str,
    /// What has to precede it.
    pub(super) before: Before,
    /// Whether it has to end where a word ends.
    pub(super) is_a_word: bool,
    /// How many bytes after the start are looked at.
    pub(super) longest: usize,
    /// Tells a secret from a placeholder, by the whole and by what follows the start.
    pub(super) judge: fn(&str, &str) -> bool,
}

/// What has to precede the literal start of a form.
#[derive(Clone, Copy)]
pub(super) enum Before {
    Anything,
    /// No letter, digit, `_` or `-`.
    WordStart,
    /// The digits of a bot's number, which belong to the secret.
    Digits {
        least: usize,
        most: usize,
    },
}

impl Before {
    /// How much of the text before the start belongs to the secret; `None` when it cannot be one.
    pub(super) fn length(self, before: &str) -> Option<usize> {
        let previous = before.bytes().next_back();
        match self {
            Self::Anything => Some(0),
            Self::WordStart => {
                let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
                (!previous.is_some_and(in_word)).then_some(0)
            }
            Self::Digits { least, most } => {
                let digits = before.bytes().rev().take(most + 1).take_while(u8::is_ascii_digit).count();
                (least..=most).contains(&digits).then_some(digits)
            }
        }
    }
}

/// A token: a prefix its maker chose so that it is recognised, and random characters.
const fn token(kind: &'static str, start: &'static str, rest: &'static str) -> Form {
    let judge = |_: &str, random: &str| is_random(random);
    Form { kind, start, rest, before: Before::WordStart, is_a_word: true, longest: 512, judge }
}

/// The label of a private key and what follows it up to the next dashes, also where line breaks are written as `\n`.
const PRIVATE_KEY: &str = concat!(
    r"(?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    r"(?:\s|\\n|\\r|(?:Proc-Type|DEK-Info):[^\n\\]{0,100}|[A-Za-z0-9+/=:,])+",
);

/// Fewest characters of the content of a private key: an Ed25519 key in PKCS #8 has 64.
const KEY_CONTENT: usize = 60;

fn is_private_key(_: &str, rest: &str) -> bool {
    let Some((_, content)) = rest.split_once("-----") else { return false };
    let content = content.split("-----").next().unwrap_or_default().replace("\\n", "").replace("\\r", "");
    let letters: String =
        content.chars().filter(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).collect();
    letters.len() >= KEY_CONTENT && !letters.to_ascii_lowercase().contains("example") && {
        let different = letters.bytes().collect::<std::collections::HashSet<u8>>().len();
        different > 16
    }
}

/// The token that everybody copies from the documentation of JSON web tokens has this subject.
const KNOWN_SUBJECT: &str = "eyJzdWIiOiIxMjM0NTY3ODkw";

fn is_web_token(whole: &str, _: &str) -> bool {
    let signature = whole.rsplit('.').next().unwrap_or_default();
    !whole.contains(KNOWN_SUBJECT) && is_random(signature)
}

pub(super) static FORMS: &[Form] = &[
    Form {
        kind: "private key",
        start: "-----BEGIN ",
        rest: PRIVATE_KEY,
        before: Before::Anything,
        is_a_word: false,
        longest: 16 << 10,
        judge: is_private_key,
    },
    token("AWS access key", "AKIA", "[A-Z2-7]{16}"),
    token("AWS access key", "ASIA", "[A-Z2-7]{16}"),
    Form {
        before: Before::Anything,
        ..token("AWS secret key", "aws_secret_access_key", r#"["']?\s{0,4}[=:]\s{0,4}["']?[A-Za-z0-9/+]{40}"#)
    },
    Form {
        before: Before::Anything,
        ..token("AWS secret key", "AWS_SECRET_ACCESS_KEY", r#"["']?\s{0,4}[=:]\s{0,4}["']?[A-Za-z0-9/+]{40}"#)
    },
    token("GitHub token", "ghp_", "[A-Za-z0-9]{36,251}"),
    token("GitHub token", "gho_", "[A-Za-z0-9]{36,251}"),
    token("GitHub token", "ghu_", "[A-Za-z0-9]{36,251}"),
    token("GitHub token", "ghs_", "[A-Za-z0-9]{36,251}"),
    token("GitHub token", "ghr_", "[A-Za-z0-9]{36,251}"),
    token("GitHub token", "github_pat_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    token("GitLab token", "glpat-", "[A-Za-z0-9_.-]{20,}"),
    token("Slack token", "xoxb-", "[0-9]{9,}-[A-Za-z0-9-]{20,}"),
    token("Slack token", "xoxp-", "[0-9]{9,}-[A-Za-z0-9-]{20,}"),
    token("Slack token", "xoxa-", "[0-9]{1,}-[A-Za-z0-9-]{20,}"),
    token("Slack token", "xoxs-", "[0-9]{9,}-[A-Za-z0-9-]{20,}"),
    token("Slack token", "xapp-", "[0-9]-[A-Z0-9]{9,}-[0-9]{9,}-[a-f0-9]{32,}"),
    token(
        "Slack webhook",
        "https://hooks.slack.com/services/",
        "T[A-Z0-9]{7,}/B[A-Z0-9]{7,}/[A-Za-z0-9]{20,}",
    ),
    token("Discord webhook", "https://discord.com/api/webhooks/", "[0-9]{17,20}/[A-Za-z0-9_-]{60,}"),
    token("Discord webhook", "https://discordapp.com/api/webhooks/", "[0-9]{17,20}/[A-Za-z0-9_-]{60,}"),
    token("Anthropic API key", "sk-ant-", "[a-z]{2,6}[0-9]{2}-[A-Za-z0-9_-]{60,}"),
    token("OpenAI API key", "sk-proj-", "[A-Za-z0-9_-]{40,}"),
    token("OpenAI API key", "sk-svcacct-", "[A-Za-z0-9_-]{40,}"),
    token("OpenAI API key", "sk-admin-", "[A-Za-z0-9_-]{40,}"),
    token("OpenRouter API key", "sk-or-v1-", "[a-f0-9]{64}"),
    token("OpenAI API key", "sk-", "[A-Za-z0-9]{32,64}"),
    token("Google API key", "AIza", "[A-Za-z0-9_-]{35}"),
    token("Google OAuth token", "ya29.", "[A-Za-z0-9_-]{60,}"),
    token("Google OAuth client secret", "GOCSPX-", "[A-Za-z0-9_-]{28}"),
    token("Stripe live key", "sk_live_", "[A-Za-z0-9]{24,}"),
    token("Stripe live key", "rk_live_", "[A-Za-z0-9]{24,}"),
    token("npm token", "npm_", "[A-Za-z0-9]{36}"),
    token("PyPI token", "pypi-AgE", "[A-Za-z0-9_-]{50,}"),
    token("Hugging Face token", "hf_", "[A-Za-z0-9]{34}"),
    token("SendGrid API key", "SG.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    token("Twilio API key", "SK", "[0-9a-f]{32}"),
    token("Mailgun API key", "key-", "[0-9a-f]{32}"),
    token("DigitalOcean token", "dop_v1_", "[a-f0-9]{64}"),
    token("DigitalOcean token", "doo_v1_", "[a-f0-9]{64}"),
    token("DigitalOcean token", "dor_v1_", "[a-f0-9]{64}"),
    token("Shopify token", "shpat_", "[a-fA-F0-9]{32}"),
    token("Databricks token", "dapi", "[a-f0-9]{32}"),
    token("Grafana token", "glsa_", "[A-Za-z0-9]{32}_[a-f0-9]{8}"),
    token("Linear API key", "lin_api_", "[A-Za-z0-9]{40}"),
    token("Notion token", "ntn_", "[A-Za-z0-9]{40,50}"),
    token("Docker token", "dckr_pat_", "[A-Za-z0-9_-]{27}"),
    token("Groq API key", "gsk_", "[A-Za-z0-9]{52}"),
    token("Replicate token", "r8_", "[A-Za-z0-9]{37}"),
    token("xAI API key", "xai-", "[A-Za-z0-9]{70,}"),
    token("Perplexity API key", "pplx-", "[A-Za-z0-9]{40,}"),
    token("Supabase token", "sbp_", "[a-f0-9]{40}"),
    token("Atlassian token", "ATATT3", "[A-Za-z0-9_=-]{100,}"),
    token("Figma token", "figd_", "[A-Za-z0-9_-]{40,}"),
    token("New Relic key", "NRAK-", "[A-Z0-9]{27}"),
    token("Doppler token", "dp.pt.", "[A-Za-z0-9]{43}"),
    token("HashiCorp Vault token", "hvs.", "[A-Za-z0-9_-]{90,}"),
    token("Pulumi token", "pul-", "[a-f0-9]{40}"),
    token("age secret key", "AGE-SECRET-KEY-1", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    Form { before: Before::Anything, ..token("Azure storage key", "AccountKey=", "[A-Za-z0-9+/]{86}==") },
    Form {
        before: Before::Digits { least: 8, most: 10 },
        ..token("Telegram bot token", ":AA", "[A-Za-z0-9_-]{33}")
    },
    Form {
        longest: 8 << 10,
        judge: is_web_token,
        ..token("JSON web token", "eyJ", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}")
    },
    Form {
        before: Before::Anything,
        judge: |_, login| is_real_login(login),
        ..token("password in a URL", "://", r#"[^\s:/@'"`<>]{1,64}:[^\s:/@'"`<>]{8,128}@[A-Za-z0-9.-]{3,}"#)
    },
];
