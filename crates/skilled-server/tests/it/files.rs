//! Files.

use std::sync::atomic::Ordering;

use serde_json::json;
use skilled_server::{Config, Limits};
use skilled_store::{FileOrigin, FileRecord, Quota};

use crate::kit::{BEGIN, TestServer, form, refused, said};

/// A file as a container makes one.
async fn made(server: &TestServer, id: &str, content: &'static [u8]) {
    let body = futures_util::stream::iter([Ok(bytes::Bytes::from_static(content))]);
    let blob = server.app.blobs.put(Box::pin(body), 1 << 20, BEGIN).await.unwrap();
    let file = FileRecord {
        id: id.into(),
        workspace: "default".into(),
        filename: "grüße.txt".into(),
        mime_type: "text/plain".into(),
        size_bytes: blob.bytes,
        created_at: BEGIN,
        expires_at: None,
        downloadable: true,
        scope: None,
        content: blob.digest,
        origin: FileOrigin::Container,
        released_at: None,
    };
    server.app.records.create_file(file, Quota::Unlimited).await.unwrap();
}

#[tokio::test]
async fn a_file_is_uploaded_shown_listed_and_deleted() {
    let server = TestServer::start().await;
    let parts = [("expires_in_seconds", None, &b"3600"[..]), ("file", Some("dir/a.csv"), &b"x,y\n"[..])];
    let (status, file) = said(form(server.post("/v1/files"), &parts)).await;
    assert_eq!(status, 200, "{file}");
    assert_eq!(
        (&file["filename"], &file["mime_type"], &file["size_bytes"], &file["downloadable"], &file["scope"]),
        (&json!("a.csv"), &json!("text/csv"), &json!(4), &json!(false), &json!(null))
    );
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(said(server.get(&path)).await, (200, file.clone()));
    let expected = json!({"data": [file], "has_more": false, "first_id": file["id"], "last_id": file["id"], "next_page": null});
    assert_eq!(said(server.get("/v1/files")).await, (200, expected));
    let (status, body) = said(server.get(&format!("{path}/content"))).await;
    assert_eq!((status, &body["error"]["details"]["error_code"]), (400, &json!("file_not_downloadable")));
    server.clock.fetch_add(3_600_000, Ordering::Relaxed);
    let (status, body) = said(server.get(&format!("{path}/content"))).await;
    assert_eq!((status, &body["error"]["details"]["error_code"]), (404, &json!("file_expired")));
    assert_eq!(said(server.delete(&path)).await, (200, json!({"id": file["id"], "type": "file_deleted"})));
    assert_eq!(refused(server.get(&path)).await.0, 404);
}

#[tokio::test]
async fn both_styles_of_pages_give_each_file_once() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let (_, file) = said(form(server.post("/v1/files"), &[("file", Some(name), &b"x"[..])])).await;
        ids.push(file["id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    let (_, first) = said(server.get("/v1/files?limit=2")).await;
    assert_eq!((&first["data"][1]["id"], &first["has_more"]), (&json!(ids[1]), &json!(true)));
    let next = format!("/v1/files?limit=2&page={}", first["next_page"].as_str().unwrap());
    let (_, second) = said(server.get(&next)).await;
    assert_eq!((&second["data"][0]["id"], &second["next_page"]), (&json!(ids[2]), &json!(null)));
    let (_, second) = said(server.get(&format!("/v1/files?limit=2&after_id={}", ids[1]))).await;
    assert_eq!((&second["data"][0]["id"], &second["has_more"]), (&json!(ids[2]), &json!(false)));
    let (_, before) = said(server.get(&format!("/v1/files?limit=1&before_id={}", ids[2]))).await;
    assert_eq!((&before["data"][0]["id"], &before["has_more"]), (&json!(ids[1]), &json!(true)));
    let (_, some) =
        said(server.get(&format!("/v1/files?ids%5B%5D={}&ids[]=file_x&ids[]={}", ids[2], ids[0]))).await;
    assert_eq!((&some["data"][0]["id"], &some["data"][1]["id"]), (&json!(ids[0]), &json!(ids[2])));
    for wrong in ["page=page_x", "page=x", "limit=0", "limit=1001", "ids[]=a&limit=1", "unknown=1"] {
        assert_eq!(refused(server.get(&format!("/v1/files?{wrong}"))).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn content_is_served_whole_and_in_parts() {
    let server = TestServer::start().await;
    made(&server, "file_made", b"0123456789").await;
    let whole = server.get("/v1/files/file_made/content").send().await.unwrap();
    let tag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let disposition = whole.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename=\"gr__e.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt");
    assert_eq!(whole.bytes().await.unwrap(), "0123456789");
    let part = |range: &'static str| server.get("/v1/files/file_made/content").header("range", range);
    for (range, status, content_range, body) in [
        ("bytes=2-4", 206, Some("bytes 2-4/10"), "234"),
        ("bytes=-3", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=0-1,3-4", 200, None, "0123456789"),
    ] {
        let response = part(range).send().await.unwrap();
        let given = response.headers().get("content-range").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!((response.status().as_u16(), given.as_deref()), (status, content_range), "{range}");
        assert_eq!(response.text().await.unwrap(), body, "{range}");
    }
    let outside = part("bytes=10-").send().await.unwrap();
    assert_eq!(
        (outside.status().as_u16(), &outside.headers()["content-range"]),
        (416, &"bytes */10".parse().unwrap())
    );
    let known = server.get("/v1/files/file_made/content").header("if-none-match", tag).send().await.unwrap();
    assert_eq!(known.status(), 304);
}

#[tokio::test]
async fn what_is_too_large_or_malformed_is_refused_with_the_reason() {
    let limits = Limits { file_bytes: 100, storage_bytes: 150, ..Limits::default() };
    let server = TestServer::with(Config { limits, ..Config::default() }).await;
    let upload = |parts: &[(&str, Option<&str>, &[u8])]| form(server.post("/v1/files"), parts);
    let large = vec![b'x'; 1 << 20];
    let (status, body) = said(upload(&[("file", Some("a"), &large)])).await;
    assert_eq!((status, &body["error"]["type"]), (413, &json!("request_too_large")));
    assert_eq!(said(upload(&[("file", Some("a"), &large[..100])])).await.0, 200);
    let (status, body) = said(upload(&[("file", Some("b"), &large[..99])])).await;
    assert_eq!((status, &body["error"]["details"]["error_code"]), (400, &json!("storage_quota_exceeded")));
    for (parts, said) in [
        (vec![], "file: Field required"),
        (vec![("other", None, &b"x"[..])], "other: Extra inputs are not permitted"),
        (
            vec![("file", Some("a"), &b"x"[..]), ("file", Some("b"), &b"x"[..])],
            "file: exactly one is possible",
        ),
        (
            vec![("expires_in_seconds", None, &b"5"[..])],
            "expires_in_seconds: must be between 3600 and 7776000, not 5",
        ),
        (vec![("file", Some("a:b"), &b"x"[..])], "file: filename: 'a:b' must not contain :"),
    ] {
        assert_eq!(refused(upload(&parts)).await, (400, said.to_owned()));
    }
    let json = server.post("/v1/files").header("content-type", "application/json").body("{}");
    assert_eq!(refused(json).await.0, 400);
    let packed = form(server.post("/v1/files"), &[]).header("content-encoding", "gzip");
    let (status, body) = said(packed).await;
    assert_eq!(
        (status, &body["error"]["details"]["error_code"]),
        (400, &json!("request_body_encoding_unsupported"))
    );
}
