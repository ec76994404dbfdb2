//! The rules of the loop, one by one.

use std::time::Duration;

use serde_json::json;
use skilled_agent::{
    Action, Budget, EventKind, ExitClass, FinishReason, Input, Limits, OperationId, StopCause, Warning,
};
use skilled_message::{Block, Message, Role, StopReason, ThinkingBlock};
use skilled_model::ErrorKind;
use skilled_tool::{Outcome, PresentedFile};

use crate::machine::{Machine, call, call_with, finish, limits, request, response, starts};

#[test]
fn an_answer_without_calls_ends_the_run() {
    let mut run = Machine::asked(limits());
    let actions = run.answer(vec![Block::text("Done")], StopReason::EndTurn);
    assert_eq!(finish(&actions), FinishReason::EndTurn);
    assert_eq!(run.types(), ["run_started", "user_message", "assistant_message", "run_finished"]);
    assert_eq!((run.state.rounds(), run.state.usage().total_tokens()), (1, 20));
    assert_eq!(run.state.cost_usd(), Some(20.0));
    assert_eq!(run.state.finished(), Some(FinishReason::EndTurn));
}

#[test]
fn reading_calls_run_together_and_a_writing_one_alone_in_order() {
    let mut run = Machine::asked(limits());
    let calls = ["read", "read", "write", "write", "read"];
    let calls = calls.iter().enumerate().map(|(n, name)| call(&format!("c{n}"), name)).collect();
    assert_eq!(starts(&run.answer(calls, StopReason::ToolUse)), [1, 2]);
    assert_eq!(starts(&run.result(2, "two")), [0; 0]);
    assert_eq!(starts(&run.result(1, "one")), [3]);
    assert_eq!(starts(&run.result(3, "three")), [4]);
    assert_eq!(starts(&run.result(4, "four")), [5]);
    let messages = request(&run.result(5, "five"));
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[2].role, Role::User);
    let texts: Vec<_> = run.results().into_iter().map(|(id, text, _)| format!("{id} {text}")).collect();
    assert_eq!(texts, ["c0 one", "c1 two", "c2 three", "c3 four", "c4 five"]);
}

#[test]
fn at_most_eight_reading_calls_run_together() {
    let mut run = Machine::asked(limits());
    let calls = (0..10).map(|n| call(&format!("c{n}"), "read")).collect();
    assert_eq!(starts(&run.answer(calls, StopReason::ToolUse)).len(), 8);
    assert_eq!(starts(&run.result(3, "")), [9]);
}

#[test]
fn a_call_that_cannot_be_made_is_answered_without_an_effect() {
    let mut run = Machine::asked(limits());
    let calls = vec![call("a", "delete"), call_with("b", "read", json!("{\"cut")), call("c", "gone")];
    let messages = request(&run.answer(calls, StopReason::ToolUse));
    assert!(!run.types().contains(&"tool_call"));
    let results = run.results();
    assert!(results.iter().all(|(_, _, is_error)| *is_error));
    assert_eq!(results[0].1, "not run: there is no tool named `delete`; the tools are: gone, read, write");
    assert!(
        results[1].1.contains("must be a JSON object") && results[1].1.contains(r#""{\"cut""#),
        "{results:?}"
    );
    assert!(results[1].1.contains("gone, read, write"));
    assert!(results[2].1.contains("not available any more"));
    // Providers refuse a transcript with such an input, so it is not sent again.
    assert!(matches!(&messages[1].content[1], Block::ToolUse(call) if call.input == json!({})));
    let EventKind::AssistantMessage(saved) = &run.events[2].kind else { panic!("no answer") };
    assert!(matches!(&saved.message.content[1], Block::ToolUse(call) if call.input == json!("{\"cut")));
}

#[test]
fn rounds_are_limited_and_pending_calls_answered() {
    let mut run = Machine::asked(Limits { max_rounds: 1, ..limits() });
    let actions = run.answer(vec![call("a", "write"), call("b", "read")], StopReason::ToolUse);
    assert_eq!(finish(&actions), FinishReason::MaxRounds);
    let results = run.results();
    assert_eq!(results[0], ("a".into(), "not run: the run reached its limit of rounds".into(), true));
    assert_eq!(results[1].0, "b");
    let mut none = Machine::new();
    assert_eq!(finish(&none.start(Limits { max_rounds: 0, ..limits() })), FinishReason::MaxRounds);
}

#[test]
fn the_budget_is_checked_before_calls_start() {
    for budget in [Budget::Tokens(20), Budget::Usd(20.0)] {
        let mut run = Machine::asked(Limits { budget: Some(budget), ..limits() });
        let actions = run.answer(vec![call("a", "write")], StopReason::ToolUse);
        assert_eq!(finish(&actions), FinishReason::Budget);
        assert_eq!(run.results()[0].1, "not run: the run reached its budget");
    }
    for budget in [Budget::Tokens(21), Budget::Usd(20.5)] {
        let mut run = Machine::asked(Limits { budget: Some(budget), ..limits() });
        assert_eq!(starts(&run.answer(vec![call("a", "write")], StopReason::ToolUse)), [1]);
    }
}

#[test]
fn a_finished_turn_is_no_budget_stop() {
    let mut run = Machine::asked(Limits { budget: Some(Budget::Tokens(1)), max_rounds: 1, ..limits() });
    assert_eq!(finish(&run.answer(vec![Block::text("Done")], StopReason::EndTurn)), FinishReason::EndTurn);
}

#[test]
fn a_call_cut_off_by_the_output_limit_is_not_run() {
    let mut run = Machine::asked(limits());
    let content = vec![Block::text("I write"), call_with("a", "write", json!({}))];
    assert_eq!(finish(&run.answer(content, StopReason::MaxTokens)), FinishReason::MaxTokens);
    assert!(run.results()[0].1.contains("cut off at its output limit"));
    assert!(!run.types().contains(&"tool_call"));
}

#[test]
fn a_full_context_stops_the_run() {
    let mut run = Machine::asked(limits());
    let actions = run.answer(vec![call("a", "read")], StopReason::ModelContextWindowExceeded);
    assert_eq!(finish(&actions), FinishReason::ContextWindowExceeded);
    assert!(run.results()[0].2);
    let mut run = Machine::asked(limits());
    assert_eq!(finish(&run.fail(ErrorKind::ContextTooLong)), FinishReason::ContextWindowExceeded);
}

#[test]
fn a_paused_turn_goes_on_with_the_answer_at_the_end() {
    let mut run = Machine::asked(limits());
    let messages = request(&run.answer(vec![Block::text("Searching")], StopReason::PauseTurn));
    assert_eq!(messages.last().unwrap().role, Role::Assistant);
    let mut run = Machine::asked(limits());
    assert_eq!(starts(&run.answer(vec![call("a", "read")], StopReason::PauseTurn)), [1]);
}

#[test]
fn a_refusal_stops_and_is_left_out_of_the_transcript() {
    let mut run = Machine::asked(limits());
    let actions = run.answer(vec![Block::text("I will"), call("a", "write")], StopReason::Refusal);
    assert_eq!(finish(&actions), FinishReason::Refusal);
    assert_eq!(run.messages(), [Message::user("Go")]);
    let mut run = Machine::asked(limits());
    assert_eq!(finish(&run.fail(ErrorKind::Refused)), FinishReason::Refusal);
}

#[test]
fn what_providers_refuse_to_read_again_is_left_out() {
    let thinking = || {
        Block::Thinking(ThinkingBlock {
            thinking: "hm".into(),
            signature: "s".into(),
            extra: serde_json::Map::new(),
        })
    };
    for (content, kept) in [
        (vec![], None),
        (vec![Block::text(" \n")], None),
        (vec![thinking()], None),
        (vec![Block::text(""), Block::text("Hi"), thinking()], Some(vec![Block::text("Hi")])),
        (vec![thinking(), Block::text("Hi")], Some(vec![thinking(), Block::text("Hi")])),
    ] {
        let mut run = Machine::asked(limits());
        assert_eq!(finish(&run.answer(content, StopReason::EndTurn)), FinishReason::EndTurn);
        let warned = run.warnings() == ["empty_answer"];
        assert_eq!(warned, kept.is_none());
        let answers: Vec<_> = run.messages().into_iter().skip(1).map(|message| message.content).collect();
        assert_eq!(answers, kept.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn calls_count_more_than_the_stop_reason() {
    for stop in [StopReason::EndTurn, StopReason::StopSequence, StopReason::Other("tool_calls".into())] {
        let mut run = Machine::asked(limits());
        assert_eq!(starts(&run.answer(vec![call("a", "read")], stop)), [1]);
    }
    let mut run = Machine::asked(limits());
    let actions = run.answer(vec![Block::text("Hm")], StopReason::Other("novelty".into()));
    assert_eq!(finish(&actions), FinishReason::EndTurn);
    assert_eq!(run.warnings(), ["unknown_stop_reason"]);
    let mut run = Machine::asked(limits());
    assert_eq!(finish(&run.answer(vec![Block::text("Hm")], StopReason::ToolUse)), FinishReason::EndTurn);
}

#[test]
fn answers_that_nobody_waits_for_become_warnings() {
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "read"), call("b", "read")], StopReason::ToolUse);
    run.result(1, "one");
    let before = run.messages();
    let late = Box::new(response(vec![Block::text("late")], StopReason::EndTurn));
    for input in [
        Input::ModelFinished { turn: 1, response: late.clone() },
        Input::ModelFinished { turn: 2, response: late },
        Input::ToolFinished {
            operation: OperationId::new(1),
            outcome: Outcome::text("again"),
            duration: Duration::ZERO,
        },
        Input::ToolFinished {
            operation: OperationId::new(9),
            outcome: Outcome::text("who"),
            duration: Duration::ZERO,
        },
    ] {
        assert_eq!(starts(&run.input(input)), [0; 0]);
    }
    assert_eq!(run.warnings(), ["late_answer", "late_answer", "late_result", "late_result"]);
    assert_eq!(run.messages(), before);
    request(&run.result(2, "two"));
    assert_eq!(run.results()[0].1, "one");
}

#[test]
fn nothing_is_recorded_before_the_start_and_after_the_end() {
    let mut run = Machine::new();
    assert!(run.cancel().is_empty() && run.resume(limits(), None).is_empty() && run.events.is_empty());
    run.start(limits());
    run.answer(vec![Block::text("Done")], StopReason::EndTurn);
    let count = run.events.len();
    run.cancel();
    run.result(1, "late");
    run.input(Input::Warn(Warning::new("x", "y")));
    run.start(limits());
    assert_eq!(run.events.len(), count);
}

#[test]
fn cancelling_while_calls_run_waits_for_their_results() {
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "read"), call("b", "read"), call("c", "write")], StopReason::ToolUse);
    assert!(matches!(run.cancel()[..], [Action::CancelTools]));
    assert!(run.cancel().is_empty(), "the second cancellation does nothing more");
    assert!(run.result(2, "two").is_empty());
    assert_eq!(finish(&run.result(1, "one")), FinishReason::Cancelled);
    let texts: Vec<_> = run.results().into_iter().map(|(_, text, _)| text).collect();
    assert_eq!(texts, ["one", "two", "not run: the run was cancelled"]);
}

#[test]
fn cancelling_while_the_model_answers_waits_for_its_end() {
    let mut run = Machine::asked(limits());
    assert!(matches!(run.cancel()[..], [Action::CancelModel]));
    assert_eq!(finish(&run.fail(ErrorKind::Cancelled)), FinishReason::Cancelled);
    assert!(!run.types().contains(&"model_failed"));

    let mut run = Machine::asked(limits());
    run.cancel();
    let actions = run.answer(vec![call("a", "write")], StopReason::ToolUse);
    assert_eq!(
        finish(&actions),
        FinishReason::Cancelled,
        "an answer that came too late is kept, but its calls are not run"
    );
    assert_eq!(run.results()[0].1, "not run: the run was cancelled");
}

#[test]
fn the_first_cause_of_a_stop_counts() {
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "write")], StopReason::ToolUse);
    run.input(Input::Stop(StopCause::SandboxFailed { message: "no cgroup".into() }));
    run.input(Input::Stop(StopCause::Timeout));
    assert_eq!(finish(&run.result(1, "")), FinishReason::SandboxFailed);
    assert!(run.events.iter().any(|event| matches!(
        &event.kind,
        EventKind::StopRequested { message: Some(text), .. } if text == "no cgroup"
    )));
    let mut run = Machine::asked(limits());
    run.input(Input::Stop(StopCause::Timeout));
    assert_eq!(finish(&run.fail(ErrorKind::Transport)), FinishReason::Timeout);
}

#[test]
fn a_failed_request_ends_the_run() {
    for kind in [
        ErrorKind::Auth,
        ErrorKind::RateLimit,
        ErrorKind::Overloaded,
        ErrorKind::BadRequest,
        ErrorKind::Transport,
        ErrorKind::Untranslatable,
        ErrorKind::Cancelled,
    ] {
        let mut run = Machine::asked(limits());
        assert_eq!(finish(&run.fail(kind)), FinishReason::ModelFailed);
        assert!(run.types().contains(&"model_failed"));
    }
}

#[test]
fn a_silent_result_is_not_empty() {
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "read")], StopReason::ToolUse);
    run.result(1, "\n");
    assert_eq!(run.results()[0].1, "(no output)");
}

#[test]
fn presented_files_are_recorded_before_the_result_and_the_latest_version_wins() {
    let file = |name: &str, bytes| PresentedFile {
        path: format!("/o/{name}"),
        name: name.into(),
        bytes,
        media_type: "text/plain".into(),
        digest: "sha256:0".into(),
    };
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "write")], StopReason::ToolUse);
    let outcome = Outcome { files: vec![file("a", 1), file("b", 2), file("a", 3)], ..Outcome::text("ok") };
    run.input(Input::ToolFinished { operation: OperationId::new(1), outcome, duration: Duration::ZERO });
    assert_eq!(run.types()[4..], ["file_presented", "file_presented", "file_presented", "tool_result"]);
    assert_eq!(run.state.files(), [file("a", 3), file("b", 2)]);
}

#[test]
fn fields_of_an_answer_are_saved_and_not_sent_again() {
    let mut run = Machine::asked(limits());
    let mut answer = response(vec![call("a", "read")], StopReason::ToolUse);
    answer.extra.insert("container".to_owned(), json!({"id": "c1"}));
    let expected = answer.extra.clone();
    run.input(Input::ModelFinished { turn: 1, response: Box::new(answer) });
    let EventKind::AssistantMessage(saved) = &run.events[2].kind else { panic!("no answer") };
    assert_eq!(saved.extra, expected);
    let messages = request(&run.result(1, "ok"));
    assert!(!serde_json::to_string(&messages).unwrap().contains("container"), "{messages:?}");
}

#[test]
fn answers_too_deep_for_the_log_are_failures() {
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let mut run = Machine::asked(limits());
    let actions = run.answer(vec![call_with("a", "read", json!({"x": deep}))], StopReason::ToolUse);
    assert_eq!(finish(&actions), FinishReason::ModelFailed);
    let plain = || response(vec![Block::text("Done")], StopReason::EndTurn);
    let (mut beside, mut counted) = (plain(), plain());
    beside.extra.insert("x".to_owned(), deep.clone());
    counted.usage.extra.insert("x".to_owned(), deep.clone());
    for answer in [beside, counted] {
        let mut run = Machine::asked(limits());
        let actions = run.input(Input::ModelFinished { turn: 1, response: Box::new(answer) });
        assert_eq!(finish(&actions), FinishReason::ModelFailed);
    }
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "read")], StopReason::ToolUse);
    let outcome =
        Outcome { content: vec![Block::Other(json!({"type": "x", "y": deep}))], ..Outcome::text("") };
    request(&run.input(Input::ToolFinished {
        operation: OperationId::new(1),
        outcome,
        duration: Duration::ZERO,
    }));
    assert!(run.results()[0].2 && run.results()[0].1.contains("levels deep"));
}

#[test]
fn calls_with_one_id_are_answered_one_by_one() {
    let mut run = Machine::asked(limits());
    let calls = vec![call("same", "read"), call("same", "delete"), call("same", "read")];
    assert_eq!(starts(&run.answer(calls, StopReason::ToolUse)), [1, 2]);
    run.result(2, "third");
    request(&run.result(1, "first"));
    let texts: Vec<_> = run.results().into_iter().map(|(_, text, _)| text).collect();
    assert_eq!(texts[0], "first");
    assert!(texts[1].contains("no tool named `delete`"));
    assert_eq!(texts[2], "third");
}

#[test]
fn every_reason_has_its_exit_status() {
    let codes: Vec<_> =
        FinishReason::ALL.iter().map(|reason| (reason.as_str(), reason.exit_class().code())).collect();
    assert_eq!(
        codes,
        [
            ("end_turn", 0),
            ("max_tokens", 1),
            ("max_rounds", 1),
            ("paused", 1),
            ("client_tools", 0),
            ("budget", 1),
            ("refusal", 1),
            ("context_window_exceeded", 1),
            ("cancelled", 130),
            ("timeout", 1),
            ("model_failed", 3),
            ("sandbox_failed", 4),
        ]
    );
    assert_eq!(FinishReason::EndTurn.exit_class(), ExitClass::Done);
    for reason in FinishReason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), json!(reason.as_str()));
    }
}
