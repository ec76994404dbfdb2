//! Batches of messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skilled_model::{ModelName, ProviderConfig, connect};
use skilled_server::{Config, Execution, Limits, Models, ServedModel};
use skilled_store::UsageFilter;
use skilled_wire::{Lifecycle, ModelObject, Time, types};
use tempfile::TempDir;

use crate::kit::{BEGIN, TestServer, refused, said};

const DAY: u64 = 24 * 60 * 60 * 1000;
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// What a lease lasts at most.
const LEASE: u64 = 60_000;

/// Answers at once but for what is slow, which takes longer than any test.
const SCRIPT: &str = "
conversations:
  - name: slow
    when: { contains: slow }
    turns: [{ text: At last., delay: 3600000 }]
  - name: failing
    when: { contains: failing }
    turns: [{ error: { status: 400, message: The model says no. } }]
  - name: other
    turns: [{ text: Hi., usage: { input_tokens: 3, output_tokens: 2 } }]
";
/// Answers everything at once.
const QUICK: &str = "conversations: [{ name: all, turns: [{ text: Hi. }] }]";

/// What stays when a server ends.
struct Site {
    data: Arc<TempDir>,
    clock: Arc<AtomicU64>,
}

impl Site {
    fn new() -> Self {
        Self { data: Arc::new(tempfile::tempdir().unwrap()), clock: Arc::new(AtomicU64::new(BEGIN)) }
    }

    async fn serve(&self, script: &str, config: Config) -> TestServer {
        let path = self.data.path().join("script.yaml");
        std::fs::write(&path, script).unwrap();
        let name = ModelName { provider: "scripted".into(), model: path.to_str().unwrap().into() };
        let model = connect(&name, &ProviderConfig::default()).unwrap();
        let object = ModelObject {
            id: "m".into(),
            kind: types::Model,
            display_name: "m".into(),
            created_at: Time::from_millis(0),
            lifecycle: Lifecycle::Active,
            line: None,
            deprecated_at: None,
            retires_at: None,
            max_input_tokens: None,
            max_tokens: None,
            capabilities: None,
            allowed_fallback_models: Vec::new(),
        };
        let mut models = Models::default();
        models.add(ServedModel { object, model, execution: Execution::Local });
        TestServer::open(Arc::clone(&self.data), Arc::clone(&self.clock), config, models).await
    }
}

async fn serve() -> TestServer {
    Site::new().serve(SCRIPT, Config::default()).await
}

fn entry(custom_id: &str, prompt: &str) -> Value {
    json!({"custom_id": custom_id, "params": params(prompt)})
}

fn params(prompt: &str) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": prompt}]})
}

/// Makes a batch and returns it.
async fn batch(server: &TestServer, requests: &[Value]) -> Value {
    let (status, batch) =
        said(server.post("/v1/messages/batches").json(&json!({"requests": requests}))).await;
    assert_eq!(status, 200, "{batch}");
    batch
}

fn path(batch: &Value) -> String {
    format!("/v1/messages/batches/{}", batch["id"].as_str().unwrap())
}

/// Waits until the batch is as wanted.
async fn until(server: &TestServer, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let (status, batch) = said(server.get(path)).await;
        if status == 200 && wanted(&batch) {
            return batch;
        }
        assert!(begun.elapsed() < PATIENCE, "{status} {batch}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ended(server: &TestServer, path: &str) -> Value {
    until(server, path, |batch| batch["processing_status"] == "ended").await
}

/// Waits until so many requests are being answered.
async fn running(server: &TestServer, requests: usize) {
    let begun = Instant::now();
    let line = format!("skilled_batch_requests_running {requests}\n");
    while !server.get("/metrics").send().await.unwrap().text().await.unwrap().contains(&line) {
        assert!(begun.elapsed() < PATIENCE, "not {requests} at once");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The lines of the results, by their names and in their order.
async fn results(server: &TestServer, path: &str) -> Vec<(String, Value)> {
    let response = server.get(&format!("{path}/results")).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
        (200, "application/x-jsonl")
    );
    let text = response.text().await.unwrap();
    assert!(text.ends_with('\n'));
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["custom_id"].as_str().unwrap().to_owned(), line["result"].clone())
    };
    text.lines().map(line).collect()
}

fn outcomes(results: &[(String, Value)]) -> Vec<(&str, &str)> {
    results.iter().map(|(name, result)| (name.as_str(), result["type"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn requests_are_answered_as_messages_are_and_the_results_kept() {
    let server = serve().await;
    let mut streamed = entry("streamed", "hello");
    streamed["params"]["stream"] = json!(true);
    let mut endless = entry("endless", "hello");
    endless["params"]["endless"] = json!(1);
    let mut unknown = entry("unknown", "hello");
    unknown["params"]["model"] = json!("x");
    let requests = [entry("one", "hello"), streamed, endless, unknown, entry("failing", "failing")];
    let made = batch(&server, &requests).await;
    let expected = json!({
        "id": made["id"],
        "type": "message_batch",
        "processing_status": "in_progress",
        "request_counts": {"processing": 5, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
        "created_at": made["created_at"],
        "expires_at": made["expires_at"],
        "ended_at": null,
        "cancel_initiated_at": null,
        "archived_at": null,
        "results_url": null,
    });
    assert_eq!(made, expected);
    assert!(made["id"].as_str().unwrap().starts_with("msgbatch_"));
    let path = path(&made);
    let done = ended(&server, &path).await;
    let counts = json!({"processing": 0, "succeeded": 1, "errored": 4, "canceled": 0, "expired": 0});
    assert_eq!(done["request_counts"], counts);
    assert_eq!(done["results_url"], json!(format!("{}{path}/results", server.url)));
    assert!(done["ended_at"].is_string());

    let results = results(&server, &path).await;
    let (status, message) = said(server.post("/v1/messages").json(&params("hello"))).await;
    assert_eq!(status, 200, "{message}");
    let mut expected = json!({"type": "succeeded", "message": message});
    expected["message"]["id"] = results[0].1["message"]["id"].clone();
    assert_eq!(results[0], ("one".to_owned(), expected));
    for (at, kind, said) in [
        (1, "invalid_request_error", "stream: Streaming is not supported in batches"),
        (2, "invalid_request_error", "endless: Extra inputs are not permitted"),
        (3, "not_found_error", "model: x"),
        (4, "invalid_request_error", "The model says no."),
    ] {
        let (name, result) = &results[at];
        let error = &result["error"];
        assert_eq!((&error["type"], &error["error"]["type"]), (&json!("error"), &json!(kind)), "{name}");
        assert!(error["error"]["message"].as_str().unwrap().contains(said), "{name}: {error}");
        assert!(error["request_id"].as_str().unwrap().starts_with("req_"), "{name}: {error}");
    }

    let gone = json!({"id": made["id"], "type": "message_batch_deleted"});
    assert_eq!(said(server.delete(&path)).await, (200, gone));
    for request in [server.get(&path), server.get(&format!("{path}/results")), server.delete(&path)] {
        assert_eq!(refused(request).await.0, 404);
    }
}

#[tokio::test]
async fn a_canceled_batch_ends_what_is_being_answered_too() {
    let limits = Limits { batch_concurrency: 2, ..Limits::default() };
    let server = Site::new().serve(SCRIPT, Config { limits, ..Config::default() }).await;
    let requests = ["a", "b", "c", "d"].map(|name| entry(name, if name == "a" { "hello" } else { "slow" }));
    let path = path(&batch(&server, &requests).await);
    running(&server, 2).await;
    let open = said(server.get(&path)).await.1;
    let counts = json!({"processing": 4, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0});
    assert_eq!((&open["processing_status"], &open["request_counts"]), (&json!("in_progress"), &counts));
    for early in [server.get(&format!("{path}/results")), server.delete(&path)] {
        let (status, message) = refused(early).await;
        assert!(status == 400 && message.contains("has not ended"), "{message}");
    }
    // The first one has its answer when both places are taken by slow ones.
    until(&server, &path, |_| {
        let counts = server.app.metrics.render();
        counts.contains("skilled_batch_requests_total{outcome=\"succeeded\"} 1")
    })
    .await;
    running(&server, 2).await;
    let (status, canceled) = said(server.post(&format!("{path}/cancel"))).await;
    assert_eq!((status, &canceled["processing_status"]), (200, &json!("canceling")));
    assert_eq!(canceled["request_counts"], counts);
    let done = ended(&server, &path).await;
    assert_eq!(done["cancel_initiated_at"], canceled["cancel_initiated_at"]);
    let counts = json!({"processing": 0, "succeeded": 1, "errored": 0, "canceled": 3, "expired": 0});
    assert_eq!(done["request_counts"], counts);
    let results = results(&server, &path).await;
    let expected = [("a", "succeeded"), ("b", "canceled"), ("c", "canceled"), ("d", "canceled")];
    assert_eq!(outcomes(&results), expected);
    assert_eq!(results[1].1, json!({"type": "canceled"}));
    assert_eq!(refused(server.post(&format!("{path}/cancel"))).await.0, 400);
    running(&server, 0).await;
}

#[tokio::test]
async fn what_has_no_answer_after_a_day_expires() {
    let server = serve().await;
    let path = path(&batch(&server, &[entry("quick", "hello"), entry("late", "slow")]).await);
    running(&server, 1).await;
    server.clock.fetch_add(DAY, Ordering::Relaxed);
    let done = ended(&server, &path).await;
    let counts = json!({"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 1});
    assert_eq!(done["request_counts"], counts);
    assert_eq!(outcomes(&results(&server, &path).await), [("quick", "succeeded"), ("late", "expired")]);
    running(&server, 0).await;

    // Nothing is there but the batch when its results were kept long enough.
    let now = server.clock.load(Ordering::Relaxed);
    assert_eq!(server.app.records.archive_batches(now + 1, now, 9).await.unwrap(), 1);
    let archived = said(server.get(&path)).await.1;
    assert_eq!((archived["results_url"].clone(), archived["archived_at"].is_string()), (json!(null), true));
    assert_eq!(refused(server.get(&format!("{path}/results"))).await.0, 404);
}

#[tokio::test]
async fn a_key_sees_and_pays_its_own_batches_only() {
    let server = serve().await;
    server.key("one", "a").await;
    server.key("two", "b").await;
    let create = |key: &str| {
        let body = json!({"requests": [entry("x", "hello"), entry("y", "hello")]});
        server.post("/v1/messages/batches").bearer_auth(key).json(&body)
    };
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(said(create("one")).await.1["id"].clone());
    }
    ids.reverse();
    let other = said(create("two")).await.1["id"].clone();
    let list = |key: &str, query: &str| {
        let request = server.get(&format!("/v1/messages/batches{query}")).bearer_auth(key);
        async move {
            let (status, list) = said(request).await;
            assert_eq!(status, 200, "{list}");
            let ids: Vec<Value> =
                list["data"].as_array().unwrap().iter().map(|batch| batch["id"].clone()).collect();
            (ids, list["has_more"] == true)
        }
    };
    assert_eq!(list("one", "").await, (ids.clone(), false));
    assert_eq!(list("two", "").await, (vec![other.clone()], false));
    assert_eq!(list("one", "?limit=2").await, (ids[..2].to_vec(), true));
    let after = format!("?limit=2&after_id={}", ids[1].as_str().unwrap());
    assert_eq!(list("one", &after).await, (ids[2..].to_vec(), false));
    let before = format!("?limit=1&before_id={}", ids[2].as_str().unwrap());
    assert_eq!(list("one", &before).await, (ids[1..2].to_vec(), true));
    let path = format!("/v1/messages/batches/{}", other.as_str().unwrap());
    for request in [
        server.get(&path),
        server.get(&format!("{path}/results")),
        server.post(&format!("{path}/cancel")),
        server.delete(&path),
        server.get(&format!("/v1/messages/batches?after_id={}", other.as_str().unwrap())),
    ] {
        assert_eq!(refused(request.bearer_auth("one")).await.0, 404);
    }

    let begun = Instant::now();
    let used = loop {
        let filter = UsageFilter { workspace: Some("a".into()), days: 0..u32::MAX };
        let used = server.app.records.usage(filter).await.unwrap();
        let model = used.into_iter().find(|used| used.model == "m");
        if let Some(used) = model.filter(|used| used.amounts.input_tokens == 18) {
            break used;
        }
        assert!(begun.elapsed() < PATIENCE, "usage is not written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((used.key.as_str(), used.amounts.output_tokens), ("key_one", 12));
}

#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let limits = Limits { batch_bytes: 3 << 20, message_bytes: 1 << 20, ..Limits::default() };
    let config = Config { limits, public_url: Some("https://x.example/base/".into()), ..Config::default() };
    let server = Site::new().serve(SCRIPT, config).await;
    let create = |body: &Value| server.post("/v1/messages/batches").json(body);
    for (body, said) in [
        (json!({}), "requests: Field required"),
        (json!({"requests": []}), "requests: List should have at least 1 item"),
        (json!({"requests": [entry("a b", "x")]}), "requests.0.custom_id: String should match pattern"),
        (json!({"requests": [entry("a", "x"), entry("a", "x")]}), "requests.1.custom_id: Each custom_id"),
        (json!({"requests": [{"custom_id": "a"}]}), "requests.0.params: Field required"),
        (json!({"requests": [], "more": 1}), "more: Extra inputs are not permitted"),
    ] {
        let (status, message) = refused(create(&body)).await;
        assert!(status == 400 && message.contains(said), "{said}: {status} {message}");
    }
    assert_eq!(refused(server.post("/v1/messages/batches").body("{")).await.0, 400);
    let huge = json!({"requests": [entry("a", &"x".repeat(3 << 20))]});
    let (status, body) = said(create(&huge)).await;
    assert_eq!((status, &body["error"]["type"]), (413, &json!("request_too_large")));
    assert_eq!(refused(server.get("/v1/messages/batches/msgbatch_x")).await.0, 404);
    assert_eq!(refused(server.post("/v1/messages/batches/msgbatch_x/cancel")).await.0, 404);
    assert_eq!(said(server.get("/v1/messages/batches")).await.1["data"], json!([]));

    // One that has its way over the disk; a request in it is as large as a request may be, and another one larger.
    let large = [entry("fits", &"x".repeat(1_000_000)), entry("large", &"x".repeat(1 << 20))];
    let path = path(&batch(&server, &large).await);
    let done = ended(&server, &path).await;
    assert_eq!(done["results_url"], json!(format!("https://x.example/base{path}/results")));
    let results = results(&server, &path).await;
    assert_eq!(outcomes(&results), [("fits", "succeeded"), ("large", "errored")]);
    assert_eq!(results[1].1["error"]["error"]["type"], json!("request_too_large"));
    assert_eq!(std::fs::read_dir(&server.app.scratch).unwrap().count(), 0);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_killed_server_goes_on_where_it_was_and_every_request_has_one_result() {
    let site = Site::new();
    let names: Vec<String> = (0..30).map(|number| format!("r{number}")).collect();
    // Every third one does not end before the kill: soon they take all places.
    let prompt = |number: usize| if number % 3 == 2 { "slow" } else { "hello" };
    let requests: Vec<Value> =
        names.iter().enumerate().map(|(number, name)| entry(name, prompt(number))).collect();
    let first = runtime();
    let path = first.block_on(async {
        let server = site.serve(SCRIPT, Config::default()).await;
        let path = path(&batch(&server, &requests).await);
        until(&server, &path, |_| {
            let counts = server.app.metrics.render();
            counts.contains("skilled_batch_requests_total{outcome=\"succeeded\"} 8")
        })
        .await;
        running(&server, 4).await;
        // What would be done at the end is not done.
        std::mem::forget(server);
        path
    });
    first.shutdown_timeout(Duration::from_secs(10));

    runtime().block_on(async {
        let server = site.serve(QUICK, Config::default()).await;
        let done = until(&server, &path, |_| {
            let counts = server.app.metrics.render();
            counts.contains("skilled_batch_requests_total{outcome=\"succeeded\"} 18")
        })
        .await;
        // What the killed server had claimed is not touched before its leases have run out.
        assert_eq!(done["request_counts"]["processing"], json!(30));
        site.clock.fetch_add(LEASE, Ordering::Relaxed);
        let done = ended(&server, &path).await;
        assert_eq!(done["request_counts"]["succeeded"], json!(30));
        let found: Vec<String> = results(&server, &path).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, names);
    });
}

#[tokio::test]
async fn a_server_that_ends_gives_back_what_it_is_answering() {
    let site = Site::new();
    let mut server = site.serve(SCRIPT, Config::default()).await;
    let path = path(&batch(&server, &[entry("slow", "slow")]).await);
    running(&server, 1).await;
    server.ending.cancel();
    tokio::time::timeout(PATIENCE, &mut server.running).await.unwrap().unwrap();
    drop(server);
    // At once, though the lease would have lasted longer.
    let server = site.serve(QUICK, Config::default()).await;
    assert_eq!(ended(&server, &path).await["request_counts"]["succeeded"], json!(1));
}

#[tokio::test]
async fn a_request_that_ends_every_server_is_given_up() {
    let site = Site::new();
    let idle = Config { limits: Limits { batch_concurrency: 0, ..Limits::default() }, ..Config::default() };
    let server = site.serve(QUICK, idle).await;
    let path = path(&batch(&server, &[entry("deadly", "hello"), entry("fine", "hello")]).await);
    for _ in 0..10 {
        let now = site.clock.fetch_add(LEASE, Ordering::Relaxed);
        let claimed = server.app.records.claim_requests("gone", now, now + LEASE, 1).await.unwrap();
        assert_eq!(claimed[0].custom_id, "deadly");
    }
    site.clock.fetch_add(LEASE, Ordering::Relaxed);
    drop(server);
    let server = site.serve(QUICK, Config::default()).await;
    ended(&server, &path).await;
    let results = results(&server, &path).await;
    assert_eq!(outcomes(&results), [("deadly", "errored"), ("fine", "succeeded")]);
    let message = &results[0].1["error"]["error"]["message"];
    assert!(message.as_str().unwrap().contains("ended 10 times"), "{message}");
}
