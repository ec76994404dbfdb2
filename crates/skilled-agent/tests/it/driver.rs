//! The driver against scripted models and tools, on a paused clock and one thread.

mod fakes;

use std::sync::Arc;
use std::time::Duration;

use fakes::{FakeModel, FakeTool, Item, Rig, settings};
use skilled_agent::{Budget, DriveError, EventKind, FinishReason, Limits, ResumeSettings, State, StopCause};
use skilled_message::{Block, Message, StopReason};
use skilled_model::{ErrorKind, RetryNotice, StreamEvent};
use tokio::sync::{Barrier, Notify};

use crate::machine::{self, call, limits, response, result_parts};

fn finished(content: Vec<Block>, stop: StopReason) -> Item {
    Item::Event(StreamEvent::Finished(response(content, stop)))
}

fn done() -> Vec<Item> {
    vec![finished(vec![Block::text("Done")], StopReason::EndTurn)]
}

fn calls(calls: &[(&str, &str)]) -> Vec<Item> {
    let blocks = calls.iter().map(|(id, name)| call(id, name)).collect();
    vec![finished(blocks, StopReason::ToolUse)]
}

/// The results in the latest message but one, whose last is the answer.
fn result_texts(state: &State) -> Vec<String> {
    state
        .messages()
        .flat_map(|message| message.content.iter().filter_map(result_parts))
        .map(|(_, text, is_error)| format!("{}{text}", if is_error { "!" } else { "" }))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_streams_calls_and_ends() {
    let first = vec![
        Item::Event(StreamEvent::Retry(RetryNotice {
            attempt: 1,
            delay: Duration::from_secs(2),
            reason: "busy".into(),
        })),
        Item::Event(StreamEvent::TextDelta { block: 0, text: "I ".into() }),
        Item::Event(StreamEvent::ThinkingDelta { block: 1, text: "hm".into() }),
        Item::Event(StreamEvent::Block { index: 0, block: Block::text("I ") }),
        finished(vec![Block::text("I "), call("a", "write")], StopReason::ToolUse),
    ];
    let mut rig =
        Rig::new(FakeModel::new([first, done()]), [FakeTool::mutating("write", |_| async { "ok".into() })]);
    let ended = rig.start(limits()).await.unwrap();
    assert_eq!(ended.reason, FinishReason::EndTurn);
    assert_eq!(
        rig.shown(),
        [
            "run_started",
            "user_message",
            "model_retry",
            "preview 1.0",
            "preview 1.1",
            "preview 1.2",
            "assistant_message",
            "tool_call",
            "tool_result",
            "assistant_message",
            "run_finished"
        ]
    );
    assert_eq!(result_texts(&ended.state), ["ok"]);
    assert_eq!(State::replay(&rig.log.events).unwrap(), ended.state);
    let requests = rig.model.requests();
    assert_eq!((requests.len(), requests[0].max_tokens, &*requests[0].system), (2, 1000, "Be good"));
    assert_eq!(requests[1].messages[..1], requests[0].messages[..]);
}

#[tokio::test(start_paused = true)]
async fn reading_calls_run_beside_each_other() {
    // Each waits for the other: one after the other they would never end.
    let both = Arc::new(Barrier::new(2));
    let read = FakeTool::reading("read", move |_| {
        let both = Arc::clone(&both);
        async move {
            both.wait().await;
            "met".into()
        }
    });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "read"), ("b", "read")]), done()]), [read]);
    let ended = rig.start(limits()).await.unwrap();
    assert_eq!(result_texts(&ended.state), ["met", "met"]);
}

#[tokio::test(start_paused = true)]
async fn a_panicking_tool_is_a_failed_call() {
    let write = FakeTool::mutating("write", |_| async { panic!("index out of bounds") });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "write")]), done()]), [write]);
    let ended = rig.start(limits()).await.unwrap();
    assert_eq!(ended.reason, FinishReason::EndTurn);
    assert_eq!(
        result_texts(&ended.state),
        ["!the tool broke down (a defect of the tool, not of the call): index out of bounds"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_panics_over_its_effect_runs_alone() {
    let odd = FakeTool::odd("odd");
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "odd")]), done()]), [odd]);
    rig.start(limits()).await.unwrap();
    let effects = rig.log.events.iter().filter_map(|event| match &event.kind {
        EventKind::ToolCall(call) => Some(call.effect),
        _ => None,
    });
    assert_eq!(effects.collect::<Vec<_>>(), [skilled_tool::Effect::Mutating]);
}

#[tokio::test(start_paused = true)]
async fn cancelling_stops_calls_and_records_what_they_say() {
    let entered = Arc::new(Notify::new());
    let signal = Arc::clone(&entered);
    let write = FakeTool::mutating("write", move |call| {
        signal.notify_one();
        async move {
            call.cancel.cancelled().await;
            "stopped halfway".into()
        }
    });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "write"), ("b", "write")])]), [write]);
    let cancel = rig.cancel.clone();
    let (ended, ()) = tokio::join!(rig.start(limits()), async {
        entered.notified().await;
        cancel.cancel();
    });
    let ended = ended.unwrap();
    assert_eq!(ended.reason, FinishReason::Cancelled);
    assert_eq!(result_texts(&ended.state), ["stopped halfway", "!not run: the run was cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ignores_its_cancellation_is_abandoned() {
    let write = FakeTool::mutating("write", |_| std::future::pending());
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "write")])]), [write]);
    let ended = rig.start(Limits { timeout_ms: Some(60_000), ..limits() }).await.unwrap();
    assert_eq!(ended.reason, FinishReason::Timeout);
    assert!(result_texts(&ended.state)[0].starts_with("!abandoned"));
    let durations = rig.log.events.iter().filter_map(|event| match &event.kind {
        EventKind::ToolResult(result) => result.duration_ms,
        _ => None,
    });
    assert_eq!(durations.collect::<Vec<_>>(), [70_000], "the time limit and the grace");
}

#[tokio::test(start_paused = true)]
async fn a_silent_model_meets_the_time_limit() {
    for item in [Item::UntilCancelled, Item::Never] {
        let mut rig = Rig::new(FakeModel::new([vec![item]]), []);
        let ended = rig.start(Limits { timeout_ms: Some(5_000), ..limits() }).await.unwrap();
        assert_eq!(ended.reason, FinishReason::Timeout);
        assert_eq!(rig.shown(), ["run_started", "user_message", "stop_requested", "run_finished"]);
        assert!(rig.model.all_released());
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_sandbox_ends_the_run() {
    let mut rig = Rig::new(FakeModel::new([vec![Item::UntilCancelled]]), []);
    rig.stop.stop(StopCause::SandboxFailed { message: "no user namespaces".into() });
    rig.cancel.cancel();
    let ended = rig.start(limits()).await.unwrap();
    assert_eq!(ended.reason, FinishReason::SandboxFailed);
}

#[tokio::test(start_paused = true)]
async fn a_failure_keeps_what_the_provider_said_and_its_causes() {
    let mut error = skilled_model::Error::new(ErrorKind::Transport, "the stream broke off");
    error.status = Some(200);
    error.answer_began = true;
    error.source = Some(Box::new(std::io::Error::other("connection reset")));
    let mut rig = Rig::new(FakeModel::new([vec![Item::Error(error)]]), []);
    assert_eq!(rig.start(limits()).await.unwrap().reason, FinishReason::ModelFailed);
    let Some(EventKind::ModelFailed(failed)) = rig.log.events.get(2).map(|event| &event.kind) else {
        panic!("{:?}", rig.shown())
    };
    assert_eq!((failed.kind.as_str(), failed.status, failed.answer_began), ("transport", Some(200), true));
    assert_eq!(failed.causes, ["connection reset"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_end_is_a_failure() {
    let half = vec![Item::Event(StreamEvent::TextDelta { block: 0, text: "Half".into() })];
    let mut rig = Rig::new(FakeModel::new([half]), []);
    assert_eq!(rig.start(limits()).await.unwrap().reason, FinishReason::ModelFailed);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_recorded_is_not_shown_and_ends_the_run() {
    let released = Arc::new(Notify::new());
    let signal = Arc::clone(&released);
    let read = FakeTool::reading("read", move |call| {
        let signal = Arc::clone(&signal);
        async move {
            if call.operation == "op_1" {
                call.cancel.cancelled().await;
                signal.notify_one();
            }
            String::new()
        }
    });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "read"), ("b", "read")])]), [read]);
    // run_started, user_message, assistant_message, two calls; then the first result.
    rig.log.full_after = Some(5);
    let error = rig.start(limits()).await.unwrap_err();
    assert!(matches!(error, DriveError::Log { seq: 6, .. }), "{error}");
    assert_eq!(rig.shown().last().map(String::as_str), Some("tool_call"));
    tokio::time::timeout(fakes::DAY, released.notified()).await.expect("the other call is cancelled");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_run_cancels_its_work() {
    let (entered, released) = (Arc::new(Notify::new()), Arc::new(std::sync::Mutex::new(None)));
    let (signal, slot) = (Arc::clone(&entered), Arc::clone(&released));
    let write = FakeTool::mutating("write", move |call| {
        *slot.lock().unwrap() = Some(call.cancel);
        signal.notify_one();
        std::future::pending()
    });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "write")])]), [write]);
    tokio::select! {
        _ = rig.start(limits()) => panic!("the tool never ends"),
        () = entered.notified() => {}
    }
    assert!(released.lock().unwrap().as_ref().unwrap().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn money_without_a_price_is_refused_before_anything_is_recorded() {
    let mut rig = Rig::new(FakeModel::new([]), []);
    let limits = Limits { budget: Some(Budget::Usd(1.0)), ..limits() };
    let error = rig.start(limits).await.unwrap_err();
    assert!(matches!(&error, DriveError::Budget(unknown) if unknown.model == "scripted/fake"), "{error}");
    assert!(rig.log.events.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_resumed_run_goes_on_with_the_tools_it_began_with() {
    let write = || FakeTool::mutating("write", |_| async { "ok".into() });
    let mut rig = Rig::new(FakeModel::new([calls(&[("a", "write")])]), [write()]);
    let stopped = rig.start(Limits { max_rounds: 1, ..limits() }).await.unwrap();
    assert_eq!(stopped.reason, FinishReason::MaxRounds);

    let mut again = Rig::new(
        FakeModel::new([calls(&[("b", "write")]), done()]),
        [FakeTool::reading("read", |_| async { String::new() })],
    );
    let resume = ResumeSettings { version: "2".into(), sandbox: machine::sandbox(), limits: limits() };
    let state = State::replay(&rig.log.events).unwrap();
    let ended = again.driver().resume(state, resume, Some(Message::user("On")), vec![]).await.unwrap();
    assert_eq!(ended.reason, FinishReason::EndTurn);
    assert_eq!(again.shown()[..3], ["run_resumed", "warning", "user_message"]);
    assert_eq!(again.log.events[0].seq, rig.log.events.last().unwrap().seq + 1);
    assert_eq!(again.model.requests()[0].tools[0].name, "write");
    assert!(result_texts(&ended.state)[1].contains("not available any more"));

    let nothing = again.driver().resume(State::default(), settings_for_resume(), None, vec![]).await;
    assert!(matches!(nothing, Err(DriveError::NotStarted)));
}

fn settings_for_resume() -> ResumeSettings {
    let settings = settings(limits());
    ResumeSettings { version: settings.version, sandbox: settings.sandbox, limits: settings.limits }
}

/// A server spawns runs on a runtime of many threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_may_move_between_threads() {
    let mut rig = Rig::new(FakeModel::new([done()]), []);
    let run = tokio::spawn(async move { rig.start(limits()).await.map(|ended| ended.reason) });
    assert_eq!(run.await.unwrap().unwrap(), FinishReason::EndTurn);
}
