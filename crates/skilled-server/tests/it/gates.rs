//! What every request passes.

use reqwest::Method;
use skilled_server::{Config, Limits};

use crate::kit::{TestServer, refused, said};

#[tokio::test]
async fn the_gates_stand_in_the_order_of_the_hosted_service() {
    let server = TestServer::start().await;
    server.key("good", "a").await;
    let unknown = server.plain(Method::GET, "/v1/nothing");
    assert_eq!(refused(unknown).await, (404, "Not found".into()));
    let keyless = server.plain(Method::GET, "/v1/files");
    assert_eq!(refused(keyless).await, (401, "Authentication failed".into()));
    let wrong = server.plain(Method::GET, "/v1/files").header("x-api-key", "bad");
    assert_eq!(refused(wrong).await, (401, "Authentication failed".into()));
    let versionless = server.plain(Method::GET, "/v1/files").bearer_auth("good");
    assert_eq!(refused(versionless).await, (400, "anthropic-version: header is required".into()));
    let method = server.plain(Method::PUT, "/v1/files").bearer_auth("good");
    assert_eq!(refused(method).await, (405, "Method Not Allowed".into()));
    for request in [
        server.get("/v1/files").bearer_auth("good"),
        server.get("/v1/files?beta=true").header("x-api-key", "good"),
    ] {
        assert_eq!(said(request).await.0, 200);
    }
    let other = server.get("/v1/files").bearer_auth("good").header("anthropic-workspace-id", "b");
    assert_eq!(refused(other).await.0, 403);
}

#[tokio::test]
async fn without_keys_only_programs_of_this_machine_are_answered() {
    let server = TestServer::start().await;
    assert_eq!(said(server.get("/v1/files")).await.0, 200);
    assert_eq!(said(server.get("/v1/files").bearer_auth("anything")).await.0, 200);
    for (name, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("x-forwarded-for", "203.0.113.1"),
    ] {
        let request = server.get("/v1/files").header(name, value);
        assert_eq!(refused(request).await, (401, "Authentication failed".into()), "{name}");
    }
    let local = server.get("/v1/files").header("origin", "http://localhost:3000");
    assert_eq!(said(local).await.0, 200);
}

#[tokio::test]
async fn a_key_sees_its_workspace_only() {
    let server = TestServer::start().await;
    server.key("one", "a").await;
    server.key("two", "b").await;
    let files = [("file", Some("a.txt"), &b"text"[..])];
    let (status, file) = said(crate::kit::form(server.post("/v1/files").bearer_auth("one"), &files)).await;
    assert_eq!(status, 200, "{file}");
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(said(server.get(&path).bearer_auth("one")).await.0, 200);
    assert_eq!(refused(server.get(&path).bearer_auth("two")).await.0, 404);
    assert_eq!(refused(server.delete(&path).bearer_auth("two")).await.0, 404);
    assert_eq!(said(server.get("/v1/files").bearer_auth("two")).await.1["data"], serde_json::json!([]));
}

#[tokio::test]
async fn who_asks_for_too_much_at_once_waits() {
    let limits = Limits { requests_per_key: 0, ..Limits::default() };
    let server = TestServer::with(Config { limits, ..Config::default() }).await;
    let response = server.get("/v1/files").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
}

#[tokio::test]
async fn a_server_that_ends_answers_no_more_and_says_so() {
    let mut server = TestServer::start().await;
    assert_eq!(said(server.get("/healthz")).await.0, 200);
    assert_eq!(said(server.get("/readyz")).await.0, 200);
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("skilled_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 1"),
        "{metrics}"
    );
    server.ending.cancel();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(40), &mut server.running).await;
    ended.unwrap().unwrap();
    assert!(server.get("/healthz").send().await.is_err());
}
