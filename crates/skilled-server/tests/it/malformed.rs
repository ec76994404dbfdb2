//! Bodies that nobody wrote.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::kit::TestServer;

/// Pieces of bodies in parts, whole and broken.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"--BOUND\r\n".to_vec()),
        Just(b"--BOUND--".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"Content-Disposition: form-data; name=\"files[]\"; filename=\"a/SKILL.md\"\r\n".to_vec()),
        Just(b"Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n".to_vec()),
        Just(b"Content-Disposition: form-data; name=\"display_name\"\r\n".to_vec()),
        Just(b"---\nname: a\ndescription: b\n---\n".to_vec()),
        Just(b"PK\x03\x04".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn no_body_makes_the_server_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(TestServer::start());
    let doors = prop::sample::select(vec!["/v1/skills", "/v1/files", "/v1/skills/skill_x/versions"]);
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&(body(), doors), |(body, door)| {
        let request =
            server.post(door).header("content-type", "multipart/form-data; boundary=BOUND").body(body);
        let status = runtime.block_on(async { request.send().await.unwrap().status().as_u16() });
        prop_assert!(status < 500, "{status}");
        Ok(())
    });
    tried.unwrap();
    runtime.block_on(async {
        assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    });
}
