//! What the tests share.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use skilled_message::{Message, ToolDefinition};
use skilled_model::{
    ApiKey, Error, HttpClient, Jitter, Model, ModelName, Options, ProviderConfig, Request, Response,
    RetryNotice, RetryPolicy, StreamEvent, connect,
};
use skilled_testkit::{Protocol, SseServer};
use tokio_util::sync::CancellationToken;

/// The key that no message may show.
pub(crate) const KEY: &str = "sk-secret";

/// Returns a configuration for a server at `url`: three attempts without a pause between them.
pub(crate) fn config(url: &str) -> ProviderConfig {
    let mut config = ProviderConfig {
        retry: RetryPolicy {
            max_attempts: 3,
            first_delay: Duration::ZERO,
            jitter: Jitter::from_fn(|| 0.0),
            ..RetryPolicy::default()
        },
        http: HttpClient::new(Duration::from_secs(10)),
        ..ProviderConfig::default()
    };
    config.anthropic.key = Some(ApiKey::new(KEY));
    config.anthropic.base_url = Protocol::Anthropic.base_url(url);
    config.openai.key = Some(ApiKey::new(KEY));
    config.openai.base_url = Protocol::OpenAi.base_url(url);
    config
}

pub(crate) fn model_with(protocol: Protocol, config: &ProviderConfig) -> Arc<dyn Model> {
    let name = ModelName { provider: protocol.provider().to_owned(), model: "test-model".to_owned() };
    connect(&name, config).unwrap()
}

pub(crate) fn model(protocol: Protocol, server: &SseServer) -> Arc<dyn Model> {
    model_with(protocol, &config(&server.url()))
}

pub(crate) fn request(messages: Vec<Message>) -> Request {
    let tools = ["bash", "view"].map(|name| ToolDefinition::new(name, "a tool", json!({"type": "object"})));
    Request {
        system: "be brief".into(),
        tools: tools.into(),
        messages,
        max_tokens: 64,
        options: Options::default(),
    }
}

/// What a request led to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) retries: Vec<RetryNotice>,
    /// The text that was previewed.
    pub(crate) text: String,
    /// Blocks that were complete.
    pub(crate) blocks: usize,
    pub(crate) result: Result<Response, Error>,
}

impl Outcome {
    /// Returns the error of a request that must have failed.
    #[track_caller]
    pub(crate) fn error(self) -> Error {
        self.result.expect_err("the request must fail")
    }
}

/// Sends `messages` and reads the stream to its end.
pub(crate) async fn ask(model: &dyn Model, messages: Vec<Message>) -> Outcome {
    let mut stream = model.stream(request(messages), CancellationToken::new());
    let (mut retries, mut text, mut blocks, mut result) = (Vec::new(), String::new(), 0, None);
    while let Some(event) = stream.next().await {
        assert!(result.is_none(), "something follows the end: {event:?}");
        match event {
            Ok(StreamEvent::Retry(notice)) => retries.push(notice),
            Ok(StreamEvent::TextDelta { text: piece, .. }) => text.push_str(&piece),
            Ok(
                StreamEvent::ThinkingDelta { .. }
                | StreamEvent::Started { .. }
                | StreamEvent::BlockStart { .. }
                | StreamEvent::InputDelta { .. }
                | StreamEvent::SignatureDelta { .. }
                | StreamEvent::CitationsDelta { .. }
                | StreamEvent::OtherDelta { .. },
            ) => {}
            Ok(StreamEvent::Block { .. }) => blocks += 1,
            Ok(StreamEvent::Finished(response)) => result = Some(Ok(response)),
            Err(error) => result = Some(Err(error)),
        }
    }
    Outcome { retries, text, blocks, result: result.expect("the stream has an end") }
}

pub(crate) async fn hello(model: &dyn Model) -> Outcome {
    ask(model, vec![Message::user("hello")]).await
}
