//! Runs that go on after a stop or a crash.

use skilled_agent::{Action, Budget, EventKind, FinishReason, Limits, OperationId, Recovered};
use skilled_message::{Block, Message, Role, StopReason};
use skilled_model::ErrorKind;
use skilled_tool::Outcome;

use crate::machine::{Machine, call, finish, limits, request, starts};

/// A run that died while `a` and `b` were under way and `c` had not started.
fn died_in_calls() -> Machine {
    let mut run = Machine::asked(limits());
    let calls = vec![call("a", "read"), call("b", "read"), call("c", "write")];
    run.answer(calls, StopReason::ToolUse);
    run.result(2, "two");
    run.crashed_after(run.events.len())
}

#[test]
fn a_call_under_way_at_a_crash_is_of_unknown_outcome_and_never_run_again() {
    let mut run = died_in_calls();
    // What had not started is started now.
    assert_eq!(starts(&run.resume(limits(), None)), [3]);
    let messages = request(&run.result(3, "three"));
    assert_eq!(messages.len(), 3);
    let results = run.results();
    assert!(results[0].1.contains("may or may not have run") && results[0].2, "{results:?}");
    assert_eq!(results[1], ("b".into(), "two".into(), false));
    // A result from before the crash comes too late; operations are numbered on.
    run.result(1, "late");
    assert_eq!(run.warnings(), ["late_result"]);
    assert_eq!(starts(&run.answer(vec![call("d", "write")], StopReason::ToolUse)), [4]);
}

#[test]
fn a_call_that_was_recovered_has_its_result() {
    let mut run = died_in_calls();
    let recovered = vec![
        Recovered { operation: OperationId::new(1), outcome: Outcome::text("one") },
        Recovered { operation: OperationId::new(9), outcome: Outcome::text("of nobody") },
    ];
    let messages = request(&run.resume_with(recovered, limits(), Some("Faster")));
    let texts: Vec<String> = messages[2].content.iter().map(|block| format!("{block:?}")).collect();
    assert!(texts[0].contains("\"one\"") && texts[1].contains("\"two\""), "{texts:?}");
    // The user has said something else: what had not started is not run.
    assert!(texts[2].contains("not run: the run was interrupted before this call started"), "{texts:?}");
    assert_eq!(messages[3], Message::user("Faster"));
}

#[test]
fn a_further_prompt_follows_the_results() {
    let mut run = died_in_calls();
    let messages = request(&run.resume(limits(), Some("Faster")));
    assert_eq!(messages[3], Message::user("Faster"));
    assert!(matches!(messages[2].content[0], Block::ToolResult(_)));
}

#[test]
fn stopped_runs_go_on_under_new_limits_counted_from_there() {
    let tight = Limits { max_rounds: 1, budget: Some(Budget::Tokens(30)), ..limits() };
    let mut run = Machine::asked(tight.clone());
    assert_eq!(finish(&run.answer(vec![call("a", "read")], StopReason::ToolUse)), FinishReason::MaxRounds);
    let mut run = run.crashed_after(run.events.len());
    request(&run.resume(tight, None));
    assert_eq!(finish(&run.answer(vec![Block::text("Done")], StopReason::EndTurn)), FinishReason::EndTurn);
    assert_eq!(run.state.rounds(), 2);
    let Some(EventKind::RunFinished(finished)) = run.events.last().map(|event| &event.kind) else {
        panic!("not finished")
    };
    assert_eq!((finished.rounds, finished.usage.total_tokens(), finished.cost_usd), (2, 40, Some(40.0)));
}

#[test]
fn a_failed_or_cancelled_request_is_made_again() {
    for cancelled in [true, false] {
        let mut run = Machine::asked(limits());
        if cancelled {
            run.cancel();
        }
        run.fail(if cancelled { ErrorKind::Cancelled } else { ErrorKind::Overloaded });
        assert_eq!(request(&run.resume(limits(), None)), [Message::user("Go")]);
        assert_eq!(
            finish(&run.answer(vec![Block::text("Done")], StopReason::EndTurn)),
            FinishReason::EndTurn
        );
    }
}

#[test]
fn an_answer_to_a_request_before_the_resume_is_late() {
    let mut run = Machine::asked(limits());
    let late = Machine::turn(&run);
    run.resume(limits(), None);
    let response = Box::new(crate::machine::response(vec![Block::text("late")], StopReason::EndTurn));
    assert!(run.input(skilled_agent::Input::ModelFinished { turn: late, response }).is_empty());
    assert_eq!(run.warnings(), ["late_answer"]);
}

#[test]
fn a_run_that_ended_its_turn_needs_a_prompt() {
    let mut run = Machine::asked(limits());
    run.answer(vec![Block::text("Done")], StopReason::EndTurn);
    assert!(run.state.needs_prompt());
    let mut prompted = run.clone();
    assert_eq!(request(&prompted.resume(limits(), Some("More"))).len(), 3);
    assert!(!prompted.state.needs_prompt());
    assert_eq!(finish(&run.resume(limits(), None)), FinishReason::EndTurn);
    assert_eq!(run.warnings(), ["nothing_to_do"]);
}

#[test]
fn an_answer_that_was_cut_off_is_asked_to_go_on() {
    let mut run = Machine::asked(limits());
    run.answer(vec![Block::text("Once upon")], StopReason::MaxTokens);
    assert!(!run.state.needs_prompt());
    let messages = request(&run.resume(limits(), None));
    assert_eq!(messages.last().unwrap().role, Role::User);
    assert_eq!(messages.len(), 3);
    // With a call in it, the result of the call is what the model is told.
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "write")], StopReason::MaxTokens);
    assert_eq!(request(&run.resume(limits(), None)).len(), 3);
}

#[test]
fn a_refused_request_can_be_made_again_or_otherwise() {
    let mut run = Machine::asked(limits());
    run.answer(vec![Block::text("No")], StopReason::Refusal);
    assert_eq!(request(&run.clone().resume(limits(), None)), [Message::user("Go")]);
    assert_eq!(
        request(&run.resume(limits(), Some("Please"))),
        [Message::user("Go"), Message::user("Please")]
    );
}

#[test]
fn a_paused_turn_goes_on_after_a_stop() {
    let mut run = Machine::asked(Limits { max_rounds: 1, ..limits() });
    assert_eq!(finish(&run.answer(vec![Block::text("…")], StopReason::PauseTurn)), FinishReason::MaxRounds);
    assert_eq!(request(&run.resume(limits(), None)).last().unwrap().role, Role::Assistant);
}

/// A crash may come after any event: of the run, of the end of it, of an earlier resume.
#[test]
fn a_run_can_be_resumed_after_every_event() {
    let mut run = Machine::asked(limits());
    run.answer(vec![call("a", "read"), call("b", "nope"), call("c", "write")], StopReason::ToolUse);
    run.cancel();
    run.result(1, "one");
    run.resume(limits(), Some("On"));
    run.answer(vec![Block::text("Cut"), call("d", "read")], StopReason::MaxTokens);
    run.resume(limits(), None);
    run.answer(vec![Block::text("Cut")], StopReason::MaxTokens);
    run.resume(limits(), None);
    run.answer(vec![call("e", "write")], StopReason::ToolUse);
    run.result(2, "five");
    assert_eq!(finish(&run.answer(vec![Block::text("Done")], StopReason::EndTurn)), FinishReason::EndTurn);
    for count in 1..=run.events.len() {
        let mut crashed = run.crashed_after(count);
        let needs_prompt = crashed.state.needs_prompt();
        let mut actions = crashed.resume(limits(), None);
        // Calls that had not started are.
        while matches!(actions.first(), Some(Action::StartTool { .. })) {
            for operation in starts(&actions) {
                actions = crashed.result(operation, "done");
            }
        }
        if needs_prompt {
            assert_eq!(finish(&actions), FinishReason::EndTurn);
        } else if count > 1 {
            let messages = request(&actions);
            assert_eq!(messages.last().map(|message| message.role), Some(Role::User), "after event {count}");
            assert_eq!(
                finish(&crashed.answer(vec![Block::text("Done")], StopReason::EndTurn)),
                FinishReason::EndTurn
            );
        }
    }
}
