//! Any interleaving of results, cancellations, duplicates, late answers, crashes and resumes.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use skilled_agent::{
    Action, Event, EventKind, FinishReason, Input, Limits, OperationId, State, StopCause, Warning,
};
use skilled_message::{Block, Message, StopReason};
use skilled_model::{ErrorKind, Request};
use skilled_tool::Outcome;

use crate::machine::{Machine, call_with, failure, limits, response, result_parts};

#[derive(Debug, Clone)]
enum Move {
    /// An answer to the request under way, or `late` requests before it.
    Answer {
        late: u64,
        content: Vec<Block>,
        stop: StopReason,
    },
    Fail {
        late: u64,
        kind: ErrorKind,
    },
    Retry,
    /// A result of the `nth` operation ever started; beyond the last one it is of an unknown one.
    Result {
        nth: u64,
        error: bool,
    },
    Stop(StopCause),
    Warn,
    Start,
    Resume {
        prompt: bool,
        limits: Limits,
    },
    /// The process dies, and `lost` steps' last events with it.
    Crash {
        lost: usize,
    },
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let name = prop_oneof![4 => Just("read"), 4 => Just("write"), 1 => Just("nope"), 1 => Just("gone")];
    let input = prop_oneof![5 => Just(json!({"z": 1.1, "a": [0.1, 1e300]})), 1 => Just(json!("cut")), 1 => Just(json!(null))];
    let call = (0..4u8, name, input).prop_map(|(id, name, input)| call_with(&format!("c{id}"), name, input));
    let text = prop_oneof![Just(""), Just(" "), Just("Hello")].prop_map(Block::text);
    let other = Just(Block::Other(json!({"type": "server_tool_use", "n": 0.3})));
    prop::collection::vec(prop_oneof![4 => call, 2 => text, 1 => other], 0..6)
}

fn stop_reason() -> impl Strategy<Value = StopReason> {
    prop_oneof![
        8 => Just(StopReason::ToolUse),
        1 => Just(StopReason::EndTurn),
        1 => Just(StopReason::MaxTokens),
        1 => Just(StopReason::Refusal),
        2 => Just(StopReason::PauseTurn),
        1 => Just(StopReason::ModelContextWindowExceeded),
        1 => Just(StopReason::Other("novelty".into())),
    ]
}

fn some_limits() -> impl Strategy<Value = Limits> {
    (0..6u32, prop::option::of(20..200u64)).prop_map(|(max_rounds, tokens)| Limits {
        max_rounds,
        budget: tokens.map(skilled_agent::Budget::Tokens),
        ..limits()
    })
}

fn moves() -> impl Strategy<Value = Move> {
    let late = || prop_oneof![9 => Just(0u64), 1 => 1..4u64];
    let kind = prop_oneof![Just(ErrorKind::Transport), Just(ErrorKind::Cancelled), Just(ErrorKind::Refused)];
    let cause = prop_oneof![
        Just(StopCause::Cancelled),
        Just(StopCause::Timeout),
        Just(StopCause::SandboxFailed { message: "gone".into() }),
    ];
    prop_oneof![
        8 => (late(), blocks(), stop_reason()).prop_map(|(late, content, stop)| Move::Answer { late, content, stop }),
        1 => (late(), kind).prop_map(|(late, kind)| Move::Fail { late, kind }),
        1 => Just(Move::Retry),
        16 => (0..24u64, any::<bool>()).prop_map(|(nth, error)| Move::Result { nth, error }),
        1 => cause.prop_map(Move::Stop),
        1 => Just(Move::Warn),
        1 => Just(Move::Start),
        3 => (any::<bool>(), some_limits()).prop_map(|(prompt, limits)| Move::Resume { prompt, limits }),
        1 => (0..4usize).prop_map(|lost| Move::Crash { lost }),
    ]
}

/// A run, and everything it ever asked of a model.
struct Trial {
    run: Machine,
    requests: Vec<Request>,
    operations: u64,
}

impl Trial {
    fn play(&mut self, step: Move) {
        let turn = self.run.turn();
        let actions = match step {
            Move::Answer { late, content, stop } => self.run.input(Input::ModelFinished {
                turn: turn.saturating_sub(late),
                response: Box::new(response(content, stop)),
            }),
            Move::Fail { late, kind } => self.run.input(Input::ModelFailed {
                turn: turn.saturating_sub(late),
                kind,
                failure: Box::new(failure(kind)),
            }),
            Move::Retry => self.run.input(Input::ModelRetry {
                turn,
                attempt: 1,
                delay: Duration::from_secs(1),
                reason: "busy".into(),
            }),
            Move::Result { nth, error } => {
                // Mostly the latest ones, so that something happens.
                let operation = OperationId::new((self.operations + 2).saturating_sub(nth % 12));
                let outcome = if error { Outcome::error("no") } else { Outcome::text("yes") };
                self.run.input(Input::ToolFinished { operation, outcome, duration: Duration::ZERO })
            }
            Move::Stop(cause) => self.run.input(Input::Stop(cause)),
            Move::Warn => self.run.input(Input::Warn(Warning::new("w", "m"))),
            Move::Start => self.run.start(limits()),
            Move::Resume { prompt, limits } => self.run.resume(limits, prompt.then_some("More")),
            Move::Crash { lost } => {
                let kept = self.run.events.len().saturating_sub(lost).max(2);
                // What was never recorded was never sent either: actions follow their events.
                self.run = self.run.crashed_after(kept);
                self.requests.retain(|request| is_prefix(&request.messages, &self.run.messages()));
                self.run.resume(limits(), Some("After the crash"))
            }
        };
        self.note(actions);
    }

    fn note(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::RequestModel { request, turn } => {
                    assert_eq!(turn, self.run.turn());
                    if let Some(last) = self.requests.last() {
                        assert_append_only(last, &request);
                    }
                    self.requests.push(request);
                }
                Action::StartTool { operation, name, input } => {
                    assert!(input.is_object() && (name == "read" || name == "write"));
                    self.operations = operation.number();
                    assert!(self.run.events.iter().any(|event| matches!(
                        &event.kind,
                        EventKind::ToolCall(call) if call.operation == operation
                    )));
                }
                Action::Finish(reason) => assert_eq!(self.run.state.finished(), Some(reason)),
                Action::CancelModel | Action::CancelTools => {}
            }
        }
    }

    /// Answers whatever is awaited until the run is over.
    fn finish(&mut self) -> FinishReason {
        self.play(Move::Stop(StopCause::Cancelled));
        for operation in 1..=self.operations {
            let operation = OperationId::new(operation);
            let actions = self.run.input(Input::ToolFinished {
                operation,
                outcome: Outcome::error("stopped"),
                duration: Duration::ZERO,
            });
            self.note(actions);
        }
        if self.run.state.finished().is_none() {
            self.play(Move::Fail { late: 0, kind: ErrorKind::Cancelled });
        }
        self.run.state.finished().expect("a cancelled run finishes once everything has ended")
    }
}

fn is_prefix(earlier: &[Message], later: &[Message]) -> bool {
    later.len() >= earlier.len() && later[..earlier.len()] == *earlier
}

/// The bytes of the earlier request begin the bytes of the later one.
fn assert_append_only(earlier: &Request, later: &Request) {
    let bytes = |request: &Request| {
        let head = serde_json::to_string(&(&*request.system, &*request.tools)).unwrap();
        let messages = serde_json::to_string(&request.messages).unwrap();
        head + messages.strip_suffix(']').unwrap()
    };
    assert!(bytes(later).starts_with(&bytes(earlier)), "{earlier:?}\n{later:?}");
}

/// Every call is answered exactly once, in order, by the next message; no message is empty.
fn assert_transcript_is_whole(messages: &[Message]) {
    for (index, message) in messages.iter().enumerate() {
        assert!(!message.content.is_empty());
        let calls: Vec<_> = message
            .content
            .iter()
            .filter_map(|block| if let Block::ToolUse(call) = block { Some(call.id.clone()) } else { None })
            .collect();
        let results: Vec<_> = messages
            .get(index + 1)
            .map(|next| next.content.iter().filter_map(result_parts).map(|(id, ..)| id).collect())
            .unwrap_or_default();
        assert_eq!(calls, results, "after message {index}");
    }
}

/// Writing calls run alone: by the events, nothing else is under way beside one.
fn assert_writing_calls_run_alone(events: &[Event]) {
    let mut running: Vec<(OperationId, bool)> = Vec::new();
    for event in events {
        match &event.kind {
            EventKind::ToolCall(call) => {
                let writes = call.effect == skilled_tool::Effect::Mutating;
                assert!(running.iter().all(|(_, other)| !other && !writes), "{events:#?}");
                running.push((call.operation, writes));
            }
            EventKind::ToolResult(result) => {
                running.retain(|(operation, _)| Some(*operation) != result.operation);
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_keeps_the_run_whole(first in some_limits(), steps in prop::collection::vec(moves(), 0..60)) {
        let mut trial = Trial { run: Machine::new(), requests: Vec::new(), operations: 0 };
        let actions = trial.run.start(first);
        trial.note(actions);
        for step in steps {
            trial.play(step);
        }
        trial.finish();
        let run = &trial.run;
        assert_transcript_is_whole(&run.messages());
        assert_writing_calls_run_alone(&run.events);
        prop_assert!(matches!(run.events.last().unwrap().kind, EventKind::RunFinished(_)));

        // The saved events replay to the same state, at every prefix.
        let mut live = State::default();
        let mut replayed = State::default();
        for event in &run.events {
            live.apply(event).unwrap();
            let saved = Event::from_json(event.to_json().unwrap().as_bytes()).unwrap();
            prop_assert_eq!(&saved, event);
            replayed.apply(&saved).unwrap();
            prop_assert_eq!(&replayed, &live);
        }
        prop_assert_eq!(&replayed, &run.state);
    }
}
