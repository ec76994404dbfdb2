//! Text inside of documents: the cells of notebooks, the words of office documents.

use serde_json::Value;

/// Office documents, which are archives of XML.
const OFFICE: [&str; 12] =
    ["docx", "docm", "dotx", "xlsx", "xlsm", "xltx", "pptx", "pptm", "potx", "odt", "ods", "odp"];

/// Whether a file is an office document, by its name.
pub(super) fn is_office(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_ascii_lowercase());
    OFFICE.contains(&extension.as_str())
}

/// The words of a part of an office document, each run of them on a line; `None` when it is no part with words.
pub(super) fn words(part: &str, xml: &[u8]) -> Option<String> {
    part.strip_suffix(".xml")?;
    let xml = std::str::from_utf8(xml).ok()?;
    let mut words = String::new();
    let mut rest = xml;
    while let Some(open) = rest.find('<') {
        words.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else { break };
        let tag = &rest[open..=open + close];
        // A run of letters ends nothing; a paragraph, a cell or a row does.
        if ["</w:p>", "</a:p>", "</si>", "</text:p>", "<w:br", "</dc:", "</cp:", "</c>"]
            .iter()
            .any(|end| tag.starts_with(end))
        {
            words.push('\n');
        }
        rest = &rest[open + close + 1..];
    }
    let plain = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    (!plain.trim().is_empty()).then_some(plain)
}

/// The code and the words of a notebook; `None` for what is none.
pub(super) fn cells(notebook: &str) -> Option<(String, String)> {
    let notebook: Value = serde_json::from_str(notebook).ok()?;
    let (mut code, mut prose) = (String::new(), String::new());
    for cell in notebook.get("cells")?.as_array()? {
        let text = match cell.get("source") {
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect::<String>(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => continue,
        };
        let is_code = cell.get("cell_type").and_then(Value::as_str) == Some("code");
        let into = if is_code { &mut code } else { &mut prose };
        into.push_str(&text);
        into.push_str("\n\n");
    }
    Some((code, prose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_document_stand_together() {
        let xml = b"<w:p><w:r><w:t>Send it </w:t></w:r><w:r><w:t>to &lt;me&gt;</w:t></w:r></w:p><w:p><w:t>Now</w:t></w:p>";
        assert_eq!(words("word/document.xml", xml).as_deref(), Some("Send it to <me>\nNow\n"));
        assert_eq!(words("word/media/a.png", xml), None);
    }

    #[test]
    fn cells_of_a_notebook_are_told_apart() {
        let notebook = r##"{"cells": [{"cell_type": "markdown", "source": ["# A\n", "b"]}, {"cell_type": "code", "source": "x = 1"}]}"##;
        assert_eq!(cells(notebook), Some(("x = 1\n\n".to_owned(), "# A\nb\n\n".to_owned())));
        assert_eq!(cells("{}"), None);
    }
}
