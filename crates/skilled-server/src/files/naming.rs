//! Names and types of files.

use skilled_wire::ErrorType;

use crate::Fault;
use crate::query::shown;

/// The longest name in characters.
const LONGEST: usize = 255;
/// What a name must not have: what some system takes for something else.
const FORBIDDEN: &[char] = &['<', '>', ':', '"', '|', '?', '*', '\\', '/'];
/// The type of bytes about which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// The name that a file gets: the last component of what the client gave, or `unnamed` with an ending.
pub(super) fn filename(given: Option<&str>, mime_type: &str) -> Result<String, Fault> {
    let name = given.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.is_empty() {
        let ending = match mime_type {
            "text/plain" => Some("txt"),
            other => mime_guess::get_mime_extensions_str(other).and_then(|endings| endings.first().copied()),
        };
        return Ok(format!("unnamed.{}", ending.unwrap_or("bin")));
    }
    let refuse = |what: &str| Err(Fault::new(ErrorType::InvalidRequest, format!("file: filename: {what}")));
    if name.chars().count() > LONGEST {
        return refuse(&format!("must have 1 to {LONGEST} characters"));
    }
    if name == "." || name == ".." {
        return refuse("must be a name");
    }
    match name.chars().find(|c| FORBIDDEN.contains(c) || c.is_control()) {
        Some(c) => refuse(&format!("'{}' must not contain {}", shown(name), c.escape_default())),
        None => Ok(name.to_owned()),
    }
}

/// The type of a file: what the client says, unless that says nothing; what its name says; what its first bytes say.
pub(super) fn media_type(given: Option<&str>, name: Option<&str>, begin: &[u8]) -> String {
    let given =
        given.and_then(|given| given.split(';').next()).map(|given| given.trim().to_ascii_lowercase());
    if let Some(given) = given.filter(|given| given != UNKNOWN && is_type(given)) {
        return given;
    }
    let by_name = name.and_then(|name| mime_guess::from_path(name).first());
    if let Some(found) = by_name {
        return found.essence_str().to_owned();
    }
    if let Some(found) = infer::get(begin) {
        return found.mime_type().to_owned();
    }
    let is_text = !begin.is_empty()
        && !begin.contains(&0)
        && std::str::from_utf8(begin).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_text { "text/plain".to_owned() } else { UNKNOWN.to_owned() }
}

/// `type/subtype` of RFC 6838.
fn is_type(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 127
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_component_and_harmless() {
        let name =
            |given: &str| filename(Some(given), UNKNOWN).map_err(|fault| fault.body().error.message.clone());
        assert_eq!(name("a/b/c.txt").as_deref(), Ok("c.txt"));
        assert_eq!(name(r"C:\x\c.txt").as_deref(), Ok("c.txt"));
        assert_eq!(name("grüße 1.txt").as_deref(), Ok("grüße 1.txt"));
        for wrong in ["a:b", "a\nb", "a\"b", "..", "a/..", &"x".repeat(256)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(filename(None, "application/pdf").unwrap(), "unnamed.pdf");
        assert_eq!(filename(Some("dir/"), "text/plain").unwrap(), "unnamed.txt");
        assert_eq!(filename(None, "made/up").unwrap(), "unnamed.bin");
    }

    #[test]
    fn the_type_is_what_is_known_best() {
        assert_eq!(media_type(Some("Text/CSV; charset=utf-8"), Some("a.pdf"), b""), "text/csv");
        assert_eq!(media_type(Some(UNKNOWN), Some("a.pdf"), b""), "application/pdf");
        assert_eq!(media_type(Some("evil\r\nx: y"), None, b"%PDF-1.7"), "application/pdf");
        assert_eq!(media_type(None, Some("README"), "häll".as_bytes()), "text/plain");
        assert_eq!(media_type(None, None, "hä".as_bytes().get(..2).unwrap()), "text/plain");
        assert_eq!(media_type(None, None, b"\x01\x00"), UNKNOWN);
    }
}
