//! Each form, made up here from parts so that no scanner takes this file for a leak.

use super::*;

/// Characters without words, sequences or repetition.
const RANDOM: &str =
    "q7Rw2ZkT9vLx4NmBj8HcYp3GsDfUa6EiKo5WnXtQrVz1MbJgShCyPdFu0AlOeIqRkTw7ZvXn4Bm9Lj2HsGp8DcYfUa3Ei6KoWn5Xt";

fn kinds(text: &str) -> Vec<&'static str> {
    secrets(text).into_iter().map(|secret| secret.kind).collect()
}

fn random(length: usize) -> &'static str {
    &RANDOM[..length]
}

fn hex(length: usize) -> String {
    "9f3a7c1e5b8d2046af71c93be85d0264f9a3718ce5b2d640a7f1".repeat(2)[..length].to_owned()
}

#[test]
fn tokens_are_known_by_their_form() {
    let cases = [
        (format!("ghp_{}", random(36)), "GitHub token"),
        (format!("github_pat_{}_{}", random(22), random(59)), "GitHub token"),
        (format!("glpat-{}", random(20)), "GitLab token"),
        (format!("xoxb-{}-{}", "804713926", random(24)), "Slack token"),
        (format!("sk-ant-api03-{}", random(90)), "Anthropic API key"),
        (format!("sk-proj-{}", random(60)), "OpenAI API key"),
        (format!("sk-{}", random(48)), "OpenAI API key"),
        (format!("AIza{}", random(35)), "Google API key"),
        (format!("sk_live_{}", random(24)), "Stripe live key"),
        (format!("npm_{}", random(36)), "npm token"),
        (format!("hf_{}", random(34)), "Hugging Face token"),
        (format!("SG.{}.{}", random(22), random(43)), "SendGrid API key"),
        (format!("pypi-AgEIcHlwaS5vcmc{}", random(60)), "PyPI token"),
        (format!("AKIA{}", "QZ3WRT5LMNV7KXBH"), "AWS access key"),
        (format!("aws_secret_access_key = {}", random(40)), "AWS secret key"),
        (format!("dop_v1_{}", hex(64)), "DigitalOcean token"),
        (format!("AccountKey={}==", random(86)), "Azure storage key"),
        (format!("{}:AA{}", "7304918265", random(33)), "Telegram bot token"),
        (format!("postgres://svc:{}@db1.corp.net/x", "k9Rw2ZvT7q"), "password in a URL"),
        (
            format!("https://discord.com/api/webhooks/{}/{}", "104829173650284917", random(68)),
            "Discord webhook",
        ),
    ];
    for (text, kind) in cases {
        assert_eq!(kinds(&format!("key = \"{text}\"\n")), [kind], "{text}");
    }
}

#[test]
fn a_private_key_needs_a_key() {
    let label = "RSA PRIVATE KEY";
    let key = format!("-----BEGIN {label}-----\n{}\n{}\n-----END {label}-----\n", random(64), random(64));
    assert_eq!(kinds(&key), ["private key"]);
    assert_eq!(kinds(&format!("\"private_key\": \"{}\"", key.replace('\n', "\\n"))), ["private key"]);
    assert_eq!(kinds(&format!("if text.startswith('-----BEGIN {label}-----'):")), [""; 0]);
    assert_eq!(kinds(&format!("-----BEGIN {label}-----\n...\n-----END {label}-----\n")), [""; 0]);
    assert_eq!(kinds("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"), [""; 0]);
}

#[test]
fn placeholders_are_none() {
    let cases = [
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "sk-...".to_owned(),
        "sk-ant-api03-<your key>".to_owned(),
        format!("ghp_{}", "x".repeat(36)),
        format!("ghp_{}", "abcdefghijklmnopqrstuvwxyz0123456789"),
        format!("npm_{}", "YourTokenGoesHereYourTokenGoesHere12"),
        format!("sk-{}", "1234567890".repeat(5)),
        format!("hf_{}", "a".repeat(34)),
        "postgres://user:password@localhost:5432/db".to_owned(),
        "https://user:${PASSWORD}@git.corp.net/x".to_owned(),
        "https://example.com/a:b@c".to_owned(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.q7Rw2ZkT9vLx4NmBj8HcYp3GsDfUa6EiKo5WnXtQrVz"
            .to_owned(),
        format!("task-{}", random(40)),
    ];
    for text in cases {
        assert_eq!(kinds(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_place_is_the_secret_alone() {
    let token = format!("ghp_{}", random(36));
    let text = format!("é token: {token}; {token}\n");
    let found: Vec<&str> = secrets(&text).into_iter().map(|secret| &text[secret.span]).collect();
    assert_eq!(found, [token.as_str(), token.as_str()]);
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    for part in ["-----BEGIN PRIVATE KEY-----", "://a:", "eyJ", "sk-", "aws_secret_access_key"] {
        assert_eq!(kinds(&part.repeat((1 << 20) / part.len())), [""; 0], "{part}");
    }
}
