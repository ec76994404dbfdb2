//! MIME types: by content first, by name where the content leaves it open.

pub(crate) mod picture;

/// Bytes from the beginning of a file that [`media_type`] looks at.
pub const SNIFFED_HEAD: usize = 16 * 1024;
/// Bytes from the end of a file that [`media_type`] looks at: the directory of a zip archive is there.
pub const SNIFFED_TAIL: usize = 64 * 1024;

const OOXML: [(&str, &str, &str); 3] = [
    (
        "xl/workbook.",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
    ),
    (
        "word/document.",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-word",
    ),
    (
        "ppt/presentation.",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.ms-powerpoint",
    ),
];

/// Returns the MIME type of a file from its first [`SNIFFED_HEAD`] and last [`SNIFFED_TAIL`] bytes (fewer when the file
/// is shorter; the two may overlap) and its name.
///
/// A name never makes a file what its content contradicts: text called `a.png` is `text/plain`. Office documents are
/// told from plain zip archives by the parts their archive lists (ECMA-376 part 2, APPNOTE.TXT 4.3.12).
pub fn media_type(head: &[u8], tail: &[u8], name: &str) -> String {
    let by_name = mime_guess::from_path(name).first().map(|mime| mime.essence_str().to_owned());
    let found = infer::get(head).filter(|kind| kind.matcher_type() != infer::MatcherType::Text);
    if let Some(kind) = found {
        if head.starts_with(b"PK\x03\x04") {
            return archive(head, tail, by_name).unwrap_or_else(|| kind.mime_type().to_owned());
        }
        return kind.mime_type().to_owned();
    }
    match (by_name, is_text(head)) {
        (Some(guess), true) if is_textual(&guess) => guess,
        (_, true) => "text/plain".to_owned(),
        // A format with a signature that the content does not have is not that format.
        (Some(guess), false) if !is_textual(&guess) && !infer::is_mime_supported(&guess) => guess,
        (_, false) => "application/octet-stream".to_owned(),
    }
}

/// Returns whether the beginning of a file looks like UTF-8 text: no zero byte, and at most the last character torn.
pub(crate) fn is_text(head: &[u8]) -> bool {
    !head.contains(&0)
        && match std::str::from_utf8(head) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && error.valid_up_to() + 3 >= head.len(),
        }
}

fn is_textual(mime: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "application/json",
        "application/javascript",
        "application/xml",
        "application/sql",
        "application/toml",
        "application/x-sh",
        "application/x-yaml",
        "application/rtf",
        "application/x-tex",
    ];
    mime.starts_with("text/") || mime.ends_with("+xml") || mime.ends_with("+json") || OTHERS.contains(&mime)
}

/// Tells what a zip archive is a container of.
fn archive(head: &[u8], tail: &[u8], by_name: Option<String>) -> Option<String> {
    // OpenDocument and EPUB name themselves in a first, stored part called `mimetype`.
    if head.get(30..38) == Some(b"mimetype") {
        let size = usize::try_from(u32::from_le_bytes(head.get(18..22)?.try_into().ok()?)).ok()?;
        let extra = usize::from(u16::from_le_bytes(head.get(28..30)?.try_into().ok()?));
        let named = std::str::from_utf8(head.get(38 + extra..(38 + extra).checked_add(size)?)?).ok()?;
        return mime_like(named).then(|| named.to_owned());
    }
    let names = parts(tail);
    let has = |prefix: &str| names.iter().any(|name| name.starts_with(prefix.as_bytes()));
    let (_, default, family) = OOXML.iter().find(|(part, ..)| has(part))?;
    // Templates and macro-enabled documents differ from the plain ones by their name only, as far as this looks.
    let stem = default.rsplit_once('.').map_or(*default, |(stem, _)| stem);
    let variant = by_name.filter(|guess| guess.starts_with(stem) || guess.starts_with(family));
    Some(variant.unwrap_or_else(|| (*default).to_owned()))
}

fn mime_like(text: &str) -> bool {
    text.len() < 128
        && text.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-_".contains(&b))
}

/// Returns the names in the part of a zip archive's central directory that lies in `tail`.
fn parts(tail: &[u8]) -> Vec<&[u8]> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    const FIXED: usize = 46;
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = tail[at..].windows(4).position(|window| window == SIGNATURE) {
        let entry = at + found;
        let length = tail
            .get(entry + 28..entry + 30)
            .map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
        if let Some(name) = tail.get(entry + FIXED..entry + FIXED + length) {
            names.push(name);
        }
        at = entry + SIGNATURE.len();
    }
    names
}

#[cfg(test)]
mod tests;
