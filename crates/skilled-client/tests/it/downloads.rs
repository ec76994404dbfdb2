//! Downloads, and files that are saved.

use std::path::Path;

use serde_json::{Value, json};
use skilled_client::skilled_wire::messages::MessagesResponse;
use skilled_client::{Error, Existing, ResponseFile, response_files};
use skilled_testkit::Reply;

use crate::kit::{Place, container, error, file, message};

fn content(text: &str) -> Reply {
    Reply::new(200, "text/plain", text.to_owned())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// An answer whose code made these files.
fn answer(ids: &[&str]) -> MessagesResponse {
    let made: Vec<Value> =
        ids.iter().map(|id| json!({ "type": "bash_code_execution_output", "file_id": id })).collect();
    let content = json!([
        { "type": "text", "text": "Done." },
        { "type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {
            "type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": 0, "content": made } },
        { "type": "text_editor_code_execution_tool_result", "tool_use_id": "srvtoolu_2", "content": {
            "type": "text_editor_code_execution_view_result", "content": "text", "file_type": "text" } },
        { "type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_3", "content": {
            "type": "bash_code_execution_tool_result_error", "error_code": "unavailable" } },
        { "type": "container_upload", "file_id": "file_up" },
        { "type": "code_execution_tool_result", "tool_use_id": "srvtoolu_4", "content": {
            "type": "code_execution_result", "stdout": "", "stderr": "", "return_code": 0,
            "content": [{ "type": "code_execution_output", "file_id": ids[0] }] } },
    ]);
    serde_json::from_value(message("end_turn", &content, &container("container_1"))).unwrap()
}

#[test]
fn the_files_of_an_answer_are_named_once_and_in_order() {
    let of = |file_id: &str, call: Option<&str>| ResponseFile {
        file_id: file_id.to_owned(),
        tool_use_id: call.map(str::to_owned),
    };
    let expected =
        vec![of("file_2", Some("srvtoolu_1")), of("file_1", Some("srvtoolu_1")), of("file_up", None)];
    assert_eq!(response_files(&answer(&["file_2", "file_1"])), expected);
}

#[tokio::test]
async fn content_is_fetched_whole_within_a_limit_or_piece_by_piece() {
    let place = Place::new();
    place.server.push(content("abcdef"));
    let download = place.client.files().download("file_1").await.unwrap();
    assert_eq!(download.media_type(), Some("text/plain"));
    assert_eq!(download.bytes(6).await.unwrap(), "abcdef");
    place.server.push(content("abcdef"));
    let failed = place.client.files().download("file_1").await.unwrap().bytes(5).await.unwrap_err();
    assert!(matches!(failed, Error::TooLarge { limit: 5, .. }), "{failed:?}");
    place.server.push(content("abc").each_byte());
    let mut download = place.client.files().download("file_1").await.unwrap();
    let mut all = Vec::new();
    while let Some(piece) = download.chunk().await.unwrap() {
        all.extend_from_slice(&piece);
    }
    assert_eq!(all, b"abc");
    assert_eq!(place.lines()[0], "GET /v1/files/file_1/content");
    assert_eq!(place.last().header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_saved_file_is_complete_or_not_there() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    place.server.push(content("abcdef").hang_up_after("abc"));
    let failed = place.client.files().save("file_1", &path, Existing::Refuse).await.unwrap_err();
    assert!(matches!(failed, Error::Transport { .. }), "{failed:?}");
    assert_eq!(names(dir.path()), [""; 0]);

    place.server.push(content("abcdef"));
    let saved = place.client.files().save("file_1", &path, Existing::Refuse).await.unwrap();
    assert_eq!((saved.path.as_path(), saved.bytes), (path.as_path(), 6));

    place.server.push(content("new"));
    let failed = place.client.files().save("file_1", &path, Existing::Refuse).await.unwrap_err();
    assert!(matches!(failed, Error::Exists { .. }), "{failed:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "abcdef");

    place.server.push(content("new"));
    place.client.files().save("file_1", &path, Existing::Replace).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(names(dir.path()), ["a.txt"]);
}

#[tokio::test]
async fn all_files_of_an_answer_are_saved_under_harmless_names_and_nothing_is_overwritten() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("out");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("report.xlsx"), "mine").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link.txt")).unwrap();
    for (id, name) in
        [("file_1", "report.xlsx"), ("file_2", "../../etc/report.xlsx"), ("file_up", "link.txt")]
    {
        place.answers(&file(id, name));
        place.server.push(content(id));
    }
    let saved = place.client.files().save_all(&answer(&["file_1", "file_2"]), &folder).await.unwrap();
    let named: Vec<_> =
        saved.iter().map(|it| (it.file.as_str(), it.path.file_name().unwrap().to_str().unwrap())).collect();
    assert_eq!(
        named,
        [("file_1", "report (2).xlsx"), ("file_2", "report (3).xlsx"), ("file_up", "link (2).txt")]
    );
    assert_eq!(
        names(&folder),
        ["link (2).txt", "link.txt", "report (2).xlsx", "report (3).xlsx", "report.xlsx"]
    );
    assert_eq!(names(dir.path()), ["out"]);
    assert_eq!(std::fs::read_to_string(folder.join("report.xlsx")).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(folder.join("report (3).xlsx")).unwrap(), "file_2");
}

#[tokio::test]
async fn saving_in_a_folder_that_is_missing_makes_it_and_failures_leave_nothing() {
    let place = Place::new();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/b");
    place.answers(&file("file_1", "x.txt"));
    place.fails(400, &error("invalid_request_error", "not downloadable"));
    place.client.files().save_in("file_1", &folder).await.unwrap_err();
    assert_eq!(names(&folder), [""; 0]);
    place.answers(&file("file_1", "x.txt"));
    place.server.push(content("x"));
    let saved = place.client.files().save_in("file_1", &folder).await.unwrap();
    assert_eq!(saved.path, folder.join("x.txt"));
}

#[tokio::test]
async fn a_skill_is_fetched_by_version() {
    let place = Place::new();
    place.server.push(Reply::new(200, "application/zip", "PK"));
    let download = place.client.skills().versions("skill_1").download("skver_1").await.unwrap();
    assert_eq!(download.bytes(10).await.unwrap(), "PK");
    assert_eq!(place.lines(), ["GET /v1/skills/skill_1/versions/skver_1/content"]);
}
