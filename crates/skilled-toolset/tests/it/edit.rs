//! Making and changing files.

use serde_json::json;
use skilled_toolset::Options;

use crate::kit::Kit;

#[tokio::test]
async fn files_are_made_and_replaced() {
    let kit = Kit::new().await;
    let said = kit.ok("create_file", json!({"path": "new/a.txt", "file_text": "one\ntwo\n"})).await;
    assert_eq!(said, "Created new/a.txt: 2 lines, 8 B.");
    let said = kit.ok("create_file", json!({"path": "new/a.txt", "file_text": "x"})).await;
    assert_eq!(said, "Replaced new/a.txt: 1 line, 1 B (before: 8 B).");
    assert_eq!(std::fs::read(kit.workspace().join("new/a.txt")).unwrap(), b"x");
}

#[tokio::test]
async fn impossible_files_are_refused_with_advice() {
    let kit = Kit::with(Options { written_bytes: 4, ..Options::default() }).await;
    let said = kit.fails("create_file", json!({"path": "a", "file_text": "12345"})).await;
    assert!(said.starts_with("The text has 5 B: at most 4 B"), "{said}");
    kit.file("file", "");
    let said = kit.fails("create_file", json!({"path": "file/below", "file_text": ""})).await;
    assert!(said.contains("Files can be made in"), "{said}");
}

#[tokio::test]
async fn one_match_is_replaced() {
    let kit = Kit::new().await;
    kit.file("a.py", "x = 1\r\ny = 2\r\n");
    let said = kit.ok("str_replace", json!({"path": "a.py", "old_str": "x = 1\ny", "new_str": "z"})).await;
    assert_eq!(said, "Changed a.py. Its line ends stay CR LF. It now reads:\n     1\tz = 2\n");
    assert_eq!(std::fs::read(kit.workspace().join("a.py")).unwrap(), b"z = 2\r\n");
    kit.ok("str_replace", json!({"path": "a.py", "old_str": "z = 2\r\n"})).await;
    assert_eq!(std::fs::read(kit.workspace().join("a.py")).unwrap(), b"");
}

#[tokio::test]
async fn zero_and_many_matches_are_told_apart_and_help() {
    let kit = Kit::new().await;
    kit.file("a", "let a = 1;\nlet b = 1;\n");
    let many = kit.fails("str_replace", json!({"path": "a", "old_str": " = 1;", "new_str": "z"})).await;
    assert!(many.contains("occurs 2 times, on lines 1, 2."), "{many}");
    let zero = kit.fails("str_replace", json!({"path": "a", "old_str": "let a = 12;", "new_str": "z"})).await;
    assert!(zero.ends_with("most like its first one is:\n     1\tlet a = 1;\n"), "{zero}");
    assert_eq!(std::fs::read(kit.workspace().join("a")).unwrap(), b"let a = 1;\nlet b = 1;\n");
}

#[tokio::test]
async fn an_edit_is_cancelled_before_it_is_made() {
    let kit = Kit::new().await;
    kit.file("a", "old");
    kit.cancel.cancel();
    let said = kit.fails("str_replace", json!({"path": "a", "old_str": "old", "new_str": "new"})).await;
    assert_eq!(said, "a was not changed: the call was cancelled.");
    assert_eq!(std::fs::read(kit.workspace().join("a")).unwrap(), b"old");
}

#[tokio::test]
async fn what_is_no_text_or_too_large_stays() {
    let kit = Kit::with(Options { written_bytes: 8, ..Options::default() }).await;
    kit.file("old", b"caf\xe9");
    let said = kit.fails("str_replace", json!({"path": "old", "old_str": "c", "new_str": "z"})).await;
    assert!(said.contains("byte 3 is not part of a character"), "{said}");
    kit.file("large", "123456789");
    let said = kit.fails("str_replace", json!({"path": "large", "old_str": "1", "new_str": ""})).await;
    assert!(said.contains("larger than 8 B"), "{said}");
    kit.file("grows", "12345678");
    let said = kit.fails("str_replace", json!({"path": "grows", "old_str": "1", "new_str": "xx"})).await;
    assert!(said.contains("larger than 8 B"), "{said}");
    assert!(
        kit.fails("str_replace", json!({"path": "grows", "old_str": ""})).await.contains("old_str is empty")
    );
    let same = kit.fails("str_replace", json!({"path": "grows", "old_str": "1", "new_str": "1"})).await;
    assert!(same.contains("the same"), "{same}");
    assert!(
        kit.fails("str_replace", json!({"path": "grow", "old_str": "1"}))
            .await
            .contains("Did you mean grows?")
    );
    assert_eq!(std::fs::read(kit.workspace().join("grows")).unwrap(), b"12345678");
}
