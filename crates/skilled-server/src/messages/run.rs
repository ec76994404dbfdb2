//! One request, run: the loop of every other door, over what the request brings along.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use skilled_agent::{
    AtLastRound, Driver, Event, Limits, Log, LogFuture, ModelFailed, Opening, RunId, RunSettings,
    SandboxRecord, SkillRecord, StopCause, StopHandle,
};
use skilled_message::UnixMillis;
use skilled_store::Amounts;
use skilled_tool::ToolSet;
use skilled_wire::messages::{MessagesRequest, StreamEvent, Usage};
use skilled_wire::{ErrorType, MessageId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::plan::{self, Plan};
use super::raise::{Head, Raise};
use super::thread;
use crate::{AppState, Client, Fault};

/// How long a cancelled call may take to end before it is abandoned.
const CANCEL_GRACE: Duration = Duration::from_secs(5);

/// What a run says to whoever waits for it.
pub(super) enum Said {
    /// An event of the answer.
    Event(Box<StreamEvent>, Counted),
    /// The answer failed. Nothing follows.
    Failed(Fault),
}

/// An event that waits; taken, it is counted no more.
pub(super) struct Counted {
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) bytes: usize,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Begins to answer a request. What it says comes through the channel; cancelling the token ends it.
///
/// # Errors
/// What can be said before the model is asked.
pub(super) async fn start(
    app: &AppState,
    client: &Client,
    request: MessagesRequest,
    request_id: String,
    cancel: CancellationToken,
) -> Result<mpsc::UnboundedReceiver<Said>, Fault> {
    let id = MessageId::new(app.now()).to_string();
    let (request, kept) = thread::unfold(app, client, request, &id).await?;
    let plan = match plan::make(app, client, request, &id).await {
        Ok(plan) => plan,
        Err(fault) => {
            kept.give_up(app, client).await;
            return Err(fault);
        }
    };
    let (out, said) = mpsc::unbounded_channel();
    tracing::debug!(request_id, message = id, model = plan.name, "a message is answered");
    let answering = Answering { app: app.clone(), client: client.clone(), plan, id, kept, out, cancel };
    tokio::spawn(answering.drive());
    Ok(said)
}

/// A request that is being answered.
struct Answering {
    app: AppState,
    client: Client,
    plan: Plan,
    /// The id of the answer.
    id: String,
    kept: thread::Kept,
    out: mpsc::UnboundedSender<Said>,
    cancel: CancellationToken,
}

impl Answering {
    async fn drive(self) {
        let Self { app, client, plan, id, kept, out, cancel } = self;
        let begun = app.now();
        let mut raise = Raise::new(head(&client, &plan, &id), out.clone(), cancel.clone());
        let stop = StopHandle::new(&cancel);
        stop_with_container(&plan, &stop, &cancel);
        let tools = match ToolSet::new(plan.tools.iter().cloned()) {
            Ok(tools) => tools,
            Err(error) => {
                raise.fail(Fault::invalid(format!("tools: {error}")));
                kept.give_up(&app, &client).await;
                return;
            }
        };
        let driver = Driver {
            model: Arc::clone(&plan.model),
            tools,
            clock: Arc::new(Clock(app.clone())),
            log: &mut Memory,
            observer: &mut raise,
            stop,
            cancel_grace: CANCEL_GRACE,
        };
        let opening = Opening { history: plan.history.clone(), prompt: None };
        let driven = driver.start(settings(&client, &plan, begun), opening, Vec::new()).await;
        let failed = driven.is_err();
        if let Err(error) = driven {
            raise.fail(Fault::internal(&error));
        }
        count(&app, &client, &plan, begun, &raise.usage());
        if failed || !raise.has_started() || cancel.is_cancelled() {
            kept.give_up(&app, &client).await;
        } else {
            kept.keep(&app, &client, &id, &plan, std::mem::take(&mut raise.content)).await;
        }
        raise.end_answer();
        cancel.cancel();
    }
}

fn head(client: &Client, plan: &Plan, id: &str) -> Head {
    Head {
        id: id.to_owned(),
        model: plan.name.clone(),
        live_input: plan.model.name().provider == "anthropic",
        never_empty: !client.is_current(),
        container: plan.wire_container(),
        waiting: plan.waiting(),
    }
}

/// Ends the run when the container's sandbox ends before it.
fn stop_with_container(plan: &Plan, stop: &StopHandle, done: &CancellationToken) {
    let Some(container) = plan.container.clone() else { return };
    let (stop, done) = (stop.clone(), done.clone());
    tokio::spawn(async move {
        tokio::select! {
            message = container.ended() => stop.stop(StopCause::SandboxFailed { message }),
            () = done.cancelled() => {}
        }
    });
}

fn settings(client: &Client, plan: &Plan, begun: UnixMillis) -> RunSettings {
    let place = if plan.container.is_some() { "container" } else { "none" };
    RunSettings {
        run: RunId::new(begun),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        system: String::new(),
        client_tools: Some(plan.client_tools.clone()),
        options: plan.options.clone(),
        skills: plan.skills().iter().map(record).collect(),
        sandbox: SandboxRecord { name: place.to_owned(), enforces: Vec::new() },
        limits: Limits {
            at_last_round: if client.is_current() { AtLastRound::Pause } else { AtLastRound::End },
            ..Limits::new(plan.rounds, plan.max_tokens)
        },
    }
}

/// Counts what the request used. That there was one is counted by the outermost layer.
fn count(app: &AppState, client: &Client, plan: &Plan, begun: UnixMillis, usage: &Usage) {
    let amounts = Amounts {
        requests: 0,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_tokens: usage.cache_read_input_tokens,
        cache_write_tokens: usage.cache_creation_input_tokens,
        container_millis: plan.container.as_ref().map_or(0, |_| app.now().saturating_sub(begun)),
    };
    app.usage.add(&client.workspace, &client.key, &plan.name, begun, amounts);
}

fn record(skill: &skilled_container::MountedSkill) -> SkillRecord {
    SkillRecord {
        name: skill.name.clone(),
        digest: skill.version.clone(),
        source: format!("{}:{}", skill.kind, skill.skill_id),
    }
}

/// The failure of a model in the interface's words.
pub(super) fn fault_of_model(failure: &ModelFailed) -> Fault {
    let message = failure.message.clone();
    let fault = match failure.kind.as_str() {
        "auth" => Fault::new(ErrorType::Api, format!("The server's key for the model is refused: {message}")),
        "rate_limit" => Fault::new(ErrorType::RateLimit, message),
        "overloaded" => Fault::new(ErrorType::Overloaded, message),
        "context_too_long" | "bad_request" | "untranslatable" | "refused" => Fault::invalid(message),
        _ => Fault::new(ErrorType::Api, message),
    };
    // The provider's own status says more than the kind, where it is one of a fault of ours or of too much at once.
    match failure.status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) if matches!(status.as_u16(), 429 | 500..=599) => fault.with_status(status),
        _ => fault,
    }
}

struct Clock(AppState);

impl skilled_agent::Clock for Clock {
    fn now(&self) -> UnixMillis {
        self.0.now()
    }
}

/// The log of a request's run. The client has the transcript: what it does not get, it asks for again.
struct Memory;

impl Log for Memory {
    fn append<'a>(&'a mut self, _: &'a Event) -> LogFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}
