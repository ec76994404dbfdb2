//! What the head of a part says.

/// What the head of a part says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PartHead {
    /// The name of the field.
    pub(crate) name: String,
    /// The name of the file, folders included, as the client wrote it.
    pub(crate) filename: Option<String>,
    /// The type that the client gives it.
    pub(crate) content_type: Option<String>,
}

/// The boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let parameters = parameters(rest)?;
    let boundary = parameters.into_iter().find(|(name, _)| name == "boundary")?.1;
    let fits =
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    fits.then_some(boundary)
}

/// Reads the lines of a head.
pub(super) fn head(lines: &[u8]) -> Result<PartHead, &'static str> {
    let text = std::str::from_utf8(lines).map_err(|_| "it is not UTF-8")?;
    let mut found = PartHead::default();
    let mut has_name = false;
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or("a line has no colon")?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-disposition") {
            let (kind, rest) = value.split_once(';').ok_or("the disposition has no name")?;
            if !kind.trim().eq_ignore_ascii_case("form-data") {
                return Err("the disposition is not form-data");
            }
            let mut extended = None;
            for (name, value) in parameters(rest).ok_or("the disposition is malformed")? {
                match name.as_str() {
                    "name" => {
                        has_name = true;
                        found.name = unescaped(&value);
                    }
                    "filename" => found.filename = Some(unescaped(&value)),
                    "filename*" => extended = Some(charset(&value).ok_or("filename* is malformed")?),
                    _ => {}
                }
            }
            // RFC 6266, section 4.3: the extended one is preferred.
            found.filename = extended.or(found.filename);
        } else if name.eq_ignore_ascii_case("content-type") {
            found.content_type = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("content-transfer-encoding")
            && !["binary", "8bit", "7bit"].iter().any(|plain| value.eq_ignore_ascii_case(plain))
        {
            // RFC 7578, section 4.7, takes the others away.
            return Err("its transfer encoding is not supported");
        }
    }
    if has_name { Ok(found) } else { Err("it has no name") }
}

/// Reads `; name=value; name="value"`.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ';']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let value;
        if let Some(quoted) = after.trim_start().strip_prefix('"') {
            let end = end_of_quoted(quoted)?;
            value = unquoted(&quoted[..end]);
            rest = &quoted[end + 1..];
        } else {
            let end = after.find(';').unwrap_or(after.len());
            value = after[..end].trim().to_owned();
            rest = &after[end..];
        }
        found.push((name, value));
        let next = rest.trim_start_matches([' ', '\t']);
        if !next.is_empty() && !next.starts_with(';') {
            return None;
        }
        rest = next.trim_start_matches([' ', '\t', ';']);
    }
    Some(found)
}

/// Where the closing quote is.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Without the escapes of a quote and of a backslash; another backslash is one, as old browsers write paths.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(&next @ ('\\' | '"'))) => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// What HTML has clients write for a quote and a line's end.
fn unescaped(text: &str) -> String {
    text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// `UTF-8''…`, percent-encoded (RFC 5987).
fn charset(text: &str) -> Option<String> {
    let mut pieces = text.splitn(3, '\'');
    let (charset, _, value) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push((digit()? * 16 + digit()?) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filename(disposition: &str) -> Result<Option<String>, &'static str> {
        head(format!("Content-Disposition: form-data; name=\"f\"; {disposition}").as_bytes())
            .map(|it| it.filename)
    }

    #[test]
    fn names_of_files_keep_their_folders_and_what_clients_escape() {
        for (written, read) in [
            (r#"filename="a/b/SKILL.md""#, "a/b/SKILL.md"),
            (r#"filename="a%22b.txt""#, "a\"b.txt"),
            (r#"filename="a\"b.txt""#, "a\"b.txt"),
            (r#"filename="C:\dir\a.txt""#, r"C:\dir\a.txt"),
            (r#"filename="a\\b""#, r"a\b"),
            ("filename=plain.txt", "plain.txt"),
            ("filename=\"x\"; filename*=UTF-8''%C3%A9%20b", "é b"),
            ("filename=\"grüße;=.txt\"", "grüße;=.txt"),
            ("filename=\"\"", ""),
        ] {
            assert_eq!(filename(written), Ok(Some(read.to_owned())), "{written}");
        }
        assert_eq!(filename(""), Ok(None));
        for wrong in
            ["filename=\"open", "filename*=latin1''a", "filename*=UTF-8''%f", "filename=\"a\" b=c", "novalue"]
        {
            assert!(filename(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_has_a_name_and_no_encoding() {
        let wrong = |text: &str| head(text.as_bytes()).unwrap_err();
        assert_eq!(wrong("Content-Type: text/plain"), "it has no name");
        assert_eq!(wrong("no colon"), "a line has no colon");
        assert_eq!(wrong("content-disposition: attachment; name=a"), "the disposition is not form-data");
        let coded = "content-disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64";
        assert_eq!(wrong(coded), "its transfer encoding is not supported");
        let head = head(b"CONTENT-DISPOSITION: form-data; NAME=\"a\"\r\ncontent-type: text/csv").unwrap();
        assert_eq!((head.name.as_str(), head.content_type.as_deref()), ("a", Some("text/csv")));
    }

    #[test]
    fn the_boundary_is_found_however_it_is_written() {
        assert_eq!(boundary("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").as_deref(), Some("a b"));
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for wrong in [
            "",
            "multipart/form-data",
            "multipart/mixed; boundary=a",
            "multipart/form-data; boundary=",
            &long,
        ] {
            assert_eq!(boundary(wrong), None, "{wrong}");
        }
    }
}
