//! Telling text from other bytes.

/// What the bytes of a file are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Text. Byte offsets in it are those of the file, unless the file is UTF-16.
    Text(String),
    /// The bytes of something else.
    Binary(Vec<u8>),
}

/// How far a NUL byte is looked for, as git does.
const NUL_WITHIN: usize = 8000;
/// A file in an eight-bit code page has few bytes that are not UTF-8; one in this many makes it no text.
const ODD_ONE_IN: usize = 5;

/// Decodes a file, or the beginning of one.
///
/// Bytes that are not UTF-8 become `?`, one each, so that a single odd byte hides nothing of a script from the rules and
/// places stay right.
pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    if let Some(text) = utf16(&bytes) {
        return Decoded::Text(text);
    }
    // A page description may have no NUL at its beginning, and what is in it is compressed.
    if bytes.starts_with(b"%PDF-") || bytes.iter().take(NUL_WITHIN).any(|&byte| byte == 0) {
        return Decoded::Binary(bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Decoded::Text(text),
        Err(error) => mostly_utf8(error.into_bytes()),
    }
}

fn mostly_utf8(bytes: Vec<u8>) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut odd = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        odd += chunk.invalid().len();
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    if odd * ODD_ONE_IN > bytes.len() { Decoded::Binary(bytes) } else { Decoded::Text(text) }
}

/// Text that starts with a UTF-16 byte order mark, as PowerShell writes it.
fn utf16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, _) = bytes[2..].as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect::<Result<String, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<String> {
        match decode(bytes.to_vec()) {
            Decoded::Text(text) => Some(text),
            Decoded::Binary(_) => None,
        }
    }

    #[test]
    fn an_odd_byte_hides_nothing_and_moves_nothing() {
        assert_eq!(
            text(b"import os # caf\xe9\nos.getcwd()"),
            Some("import os # caf?\nos.getcwd()".to_owned())
        );
        assert_eq!(text("naïve".as_bytes()), Some("naïve".to_owned()));
    }

    #[test]
    fn other_bytes_are_no_text() {
        assert_eq!(text(b"\x7fELF\x02\x01\x01\0\0"), None);
        assert_eq!(text(b"\xff\xd8\xe0\xe1\xe2abc"), None);
    }

    #[test]
    fn utf16_is_text() {
        assert_eq!(text(b"\xff\xfeh\0i\0"), Some("hi".to_owned()));
        assert_eq!(text(b"\xfe\xff\0h\0i"), Some("hi".to_owned()));
        assert_eq!(text(b"\xff\xfe\0\xd8"), None);
    }
}
