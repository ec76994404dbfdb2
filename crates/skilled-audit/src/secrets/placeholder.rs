//! Telling secrets from what stands for them in documentation.

/// Words that documentation puts into tokens that are none.
const WORDS: [&str; 24] = [
    "example",
    "placeholder",
    "your",
    "xxxx",
    "dummy",
    "fake",
    "redacted",
    "changeme",
    "sample",
    "insert",
    "replace",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "mytoken",
    "foobar",
    "notreal",
    "invalid",
    "abcdef",
    "012345",
    "123456",
    "deadbeef",
];

/// Fewest different characters of a token that was drawn at random.
const DIFFERENT: usize = 8;

/// Tells whether the random part of a token is one: long sequences, few different characters and words are not.
pub(super) fn is_random(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    if WORDS.iter().any(|word| lower.contains(word)) {
        return false;
    }
    let mut seen = [false; 256];
    for byte in token.bytes() {
        seen[usize::from(byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different >= DIFFERENT && !is_sequence(lower.as_bytes()) && !is_interleaved(lower.as_bytes())
}

/// Shortest row of letters or digits that counts up and is no coincidence.
const ROW: usize = 8;

/// Letters that count up while digits between them do, as in `A1B2C3`.
fn is_interleaved(bytes: &[u8]) -> bool {
    let counts_up = |wanted: fn(&u8) -> bool| {
        let kind: Vec<u8> = bytes.iter().copied().filter(wanted).collect();
        kind.windows(ROW).any(|row| row.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)))
    };
    counts_up(u8::is_ascii_alphabetic) && counts_up(u8::is_ascii_digit)
}

/// More than a third of the characters repeat the one before or count on from it.
fn is_sequence(bytes: &[u8]) -> bool {
    let steps = bytes.windows(2).filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1));
    steps.count() * 3 > bytes.len()
}

/// Hosts that stand for others in documentation.
const DOCUMENTATION_HOSTS: [&str; 9] =
    ["localhost", "0.0.0.0", "host", "hostname", "db", "postgres", "redis", "server", "proxy"];

/// Tells whether a password in a URL is one, and its host not one of documentation.
pub(super) fn is_real_login(login: &str) -> bool {
    let Some((user_and_password, host)) = login.rsplit_once('@') else { return false };
    let Some((_, password)) = user_and_password.split_once(':') else { return false };
    let host = host.to_ascii_lowercase();
    let is_documentation =
        DOCUMENTATION_HOSTS.contains(&host.as_str()) || host.starts_with("127.") || host.contains("example");
    let lower = password.to_ascii_lowercase();
    let is_variable = lower.contains(['$', '{', '<', '%', '*', '[', '.']) || lower.ends_with("pass");
    let is_word = ["pass", "pwd", "guest", "admin", "root", "user"].iter().any(|word| lower.contains(word));
    let has_digit = lower.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = lower.bytes().any(|byte| byte.is_ascii_alphabetic());
    !is_documentation && !is_variable && !is_word && has_digit && has_letter && is_random(password)
}
