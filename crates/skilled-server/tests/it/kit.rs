//! A server of its own for each test, reached over the loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use skilled_server::{AppState, Builtins, Config, Models, Parts, Server};
use skilled_store::{DiskBlobs, KeyRecord, SqliteRecords, WorkspaceRecord};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// When tests begin: in November 2026.
pub(crate) const BEGIN: u64 = 1_795_000_000_000;

/// A server that runs until this is dropped.
pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) app: AppState,
    /// Moves only when a test says so.
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) ending: CancellationToken,
    pub(crate) running: JoinHandle<()>,
    client: Client,
    _data: Arc<TempDir>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let data = Arc::new(tempfile::tempdir().unwrap());
        Self::open(data, Arc::new(AtomicU64::new(BEGIN)), config, Models::default()).await
    }

    /// A server whose data may be there from one before it.
    pub(crate) async fn open(
        data: Arc<TempDir>,
        clock: Arc<AtomicU64>,
        config: Config,
        models: Models,
    ) -> Self {
        let records = SqliteRecords::open(&data.path().join("records.sqlite3")).await.unwrap();
        let blobs = DiskBlobs::open(&data.path().join("blobs")).unwrap();
        let trees = skilled_registry::Store::open(data.path()).unwrap();
        let scratch = data.path().join("scratch");
        std::fs::create_dir_all(&scratch).unwrap();
        // Each look at the clock is a millisecond later, so that the order of things is known.
        let ticking = Arc::clone(&clock);
        let builtin = data.path().join("builtin/tables");
        std::fs::create_dir_all(&builtin).unwrap();
        std::fs::write(builtin.join("SKILL.md"), skill_md("tables", "Makes tables.")).unwrap();
        let list = data.path().join("skills/builtin.json");
        let builtins = Builtins::open(&data.path().join("builtin"), &list, &trees, BEGIN).unwrap();
        let ending = CancellationToken::new();
        let app = AppState::new(Parts {
            config,
            records: Arc::new(records),
            blobs: Arc::new(blobs),
            trees,
            builtins,
            models,
            containers: None,
            scratch,
            clock: Arc::new(move || ticking.fetch_add(1, Ordering::Relaxed)),
            ending: ending.clone(),
        });
        let server = Server::listen("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let url = server.url();
        let running = tokio::spawn(server.run(app.clone()));
        Self { url, app, clock, ending, running, client: Client::new(), _data: data }
    }

    /// Makes a key with this secret in a workspace of this name.
    pub(crate) async fn key(&self, secret: &str, workspace: &str) {
        use sha2::Digest as _;
        let records = &self.app.records;
        let _ = records
            .create_workspace(WorkspaceRecord {
                id: workspace.into(),
                name: workspace.into(),
                created_at: BEGIN,
            })
            .await;
        let key = KeyRecord {
            id: format!("key_{secret}"),
            workspace: workspace.into(),
            name: secret.into(),
            hash: sha2::Sha256::digest(secret.as_bytes()).into(),
            hint: String::new(),
            created_at: BEGIN,
            revoked_at: None,
            last_used_at: None,
        };
        records.create_key(key).await.unwrap();
    }

    /// A request of a present client.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.plain(reqwest::Method::GET, path).header("anthropic-version", "2026-10-21")
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.plain(reqwest::Method::POST, path).header("anthropic-version", "2026-10-21")
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.plain(reqwest::Method::DELETE, path).header("anthropic-version", "2026-10-21")
    }

    /// A request without any header of the interface.
    pub(crate) fn plain(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Uploads files as a new skill.
    pub(crate) async fn upload(
        &self,
        path: &str,
        files: &[(&str, &[u8])],
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let parts: Vec<_> = files.iter().map(|(name, data)| ("files[]", Some(*name), *data)).collect();
        let mut request = self.post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        said(form(request, &parts)).await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

pub(crate) fn skill_md(name: &str, description: &str) -> String {
    format!("---\nname: {name}\ndescription: {description}\n---\n# {name}\n")
}

/// A body in parts: the field, the file's name, the content.
pub(crate) fn form(request: RequestBuilder, parts: &[(&str, Option<&str>, &[u8])]) -> RequestBuilder {
    let mut body = Vec::new();
    for (name, filename, data) in parts {
        let filename = filename.map(|filename| format!("; filename=\"{filename}\"")).unwrap_or_default();
        body.extend_from_slice(
            format!("--BOUND\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--BOUND--\r\n");
    request.header("content-type", "multipart/form-data; boundary=BOUND").body(body)
}

/// The status and the JSON of an answer.
pub(crate) async fn said(request: RequestBuilder) -> (u16, Value) {
    let response: Response = request.send().await.unwrap();
    let status = response.status().as_u16();
    assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// The status and the message of an error.
pub(crate) async fn refused(request: RequestBuilder) -> (u16, String) {
    let (status, body) = said(request).await;
    assert_eq!(body["type"], "error", "{body}");
    (status, body["error"]["message"].as_str().unwrap().to_owned())
}
