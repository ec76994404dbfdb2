use super::*;

/// Builds the local header of the first part and the central directory of an archive of empty parts.
fn zip(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in parts {
        bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0");
        bytes.extend([0; 16]);
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(name.as_bytes());
    }
    for name in parts {
        bytes.extend(b"PK\x01\x02");
        bytes.extend([0; 24]);
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(name.as_bytes());
    }
    bytes
}

fn check(content: &[u8], name: &str, expected: &str) {
    assert_eq!(media_type(content, content, name), expected, "{name}");
}

#[test]
fn text_is_told_by_its_name() {
    check(b"a,b\n1,2\n", "t.csv", "text/csv");
    check(b"# T\n", "t.md", "text/markdown");
    check(b"{}", "t.json", "application/json");
    check(b"<?xml version=\"1.0\"?><svg/>", "t.svg", "image/svg+xml");
    check(b"plain", "no-extension", "text/plain");
    check(b"", "empty", "text/plain");
}

#[test]
fn content_beats_the_name() {
    check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt", "image/png");
    check(b"%PDF-1.7\n", "a", "application/pdf");
    check(b"not an image", "a.png", "text/plain");
    check(b"\0\x01\x02\x03", "a.png", "application/octet-stream");
    check(b"\0\x01\x02\x03", "a.csv", "application/octet-stream");
}

#[test]
fn office_documents_are_told_from_archives() {
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    check(&zip(&["docProps/app.xml", "xl/workbook.xml"]), "a.xlsx", sheet);
    check(&zip(&["[Content_Types].xml", "xl/workbook.xml"]), "renamed.bin", sheet);
    check(
        &zip(&["_rels/.rels", "xl/workbook.xml"]),
        "a.xlsm",
        "application/vnd.ms-excel.sheet.macroenabled.12",
    );
    let text = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    check(&zip(&["word/document.xml", "[Content_Types].xml"]), "a.docx", text);
    let slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    check(&zip(&["z", "ppt/presentation.xml"]), "a.pptx", slides);
    check(&zip(&["a.txt", "b.txt"]), "a.xlsx", "application/zip");
    check(&zip(&["a.txt"]), "a.zip", "application/zip");
}

#[test]
fn containers_that_name_themselves_are_believed() {
    let named = b"application/vnd.oasis.opendocument.spreadsheet";
    let mut bytes = zip(&["mimetype"])[..38].to_vec();
    bytes[18..22].copy_from_slice(&(named.len() as u32).to_le_bytes());
    bytes.extend(named);
    check(&bytes, "a.bin", "application/vnd.oasis.opendocument.spreadsheet");
}

#[test]
fn torn_characters_at_the_end_are_still_text() {
    assert!(is_text("aé".as_bytes()) && is_text(&"aé".as_bytes()[..2]));
    assert!(!is_text(b"caf\xe9 noir"));
}
