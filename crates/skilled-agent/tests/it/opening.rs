//! Runs that begin with a transcript of their caller's, whose caller has tools of its own, or that pause.

use serde_json::json;
use skilled_agent::{Action, AtLastRound, FinishReason, Input, Limits, Opening, RunStarted};
use skilled_message::{Block, Message, Role, StopReason, ToolDefinition, ToolResultBlock};

use crate::machine::{Machine, call, finish, limits, request, started, starts};

fn with_client_tools() -> RunStarted {
    let ask = ToolDefinition::new("ask", "Asks", json!({"type": "object"}));
    RunStarted { client_tools: Some(vec![ask]), ..started(limits()) }
}

fn open(machine: &mut Machine, started: RunStarted, history: Vec<Message>) -> Vec<Action> {
    let opening = Opening { history, prompt: None };
    machine.input(Input::Start { started: Box::new(started), opening, warnings: vec![] })
}

fn assistant(content: Vec<Block>) -> Message {
    Message::new(Role::Assistant, content)
}

fn result(id: &str, text: &str) -> Block {
    Block::ToolResult(ToolResultBlock::new(id, vec![Block::text(text)], false))
}

#[test]
fn a_transcript_is_sent_as_it_is() {
    let mut run = Machine::new();
    let history = vec![Message::user("One"), assistant(vec![Block::text("Two")]), Message::user("Three")];
    assert_eq!(request(&open(&mut run, started(limits()), history.clone())), history);
    assert_eq!(run.types(), ["run_started", "transcript"]);
    run.answer(vec![Block::text("Four")], StopReason::EndTurn);
    assert_eq!(run.messages()[..3], history[..]);
}

#[test]
fn an_answer_can_be_begun_by_the_caller() {
    let mut run = Machine::new();
    let history = vec![Message::user("One"), assistant(vec![Block::text("Two")])];
    assert_eq!(request(&open(&mut run, started(limits()), history.clone())), history);
}

#[test]
fn the_model_sees_the_tools_of_the_caller_after_the_others() {
    let mut run = Machine::new();
    let actions = open(&mut run, with_client_tools(), vec![Message::user("Go")]);
    let [Action::RequestModel { request, .. }] = &actions[..] else { panic!("{actions:?}") };
    let names: Vec<_> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["gone", "read", "write", "ask"]);
}

#[test]
fn calls_of_the_caller_end_the_run_and_leave_the_others_open() {
    let mut run = Machine::new();
    open(&mut run, with_client_tools(), vec![Message::user("Go")]);
    let answer = vec![call("a", "write"), call("b", "ask"), call("c", "read")];
    assert_eq!(finish(&run.answer(answer.clone(), StopReason::ToolUse)), FinishReason::ClientTools);
    assert!(!run.types().contains(&"tool_call"), "{:?}", run.types());

    // The next run gets the caller's result only: the others are made now, and all go back in the order of the calls.
    let mut next = Machine::new();
    let history = vec![
        Message::user("Go"),
        assistant(answer),
        Message::new(Role::User, vec![result("b", "yes"), Block::text("and hurry")]),
    ];
    assert_eq!(starts(&open(&mut next, with_client_tools(), history.clone())), [1]);
    assert_eq!(starts(&next.result(1, "written")), [2]);
    let sent = request(&next.result(2, "was read"));
    let results =
        vec![result("a", "written"), result("b", "yes"), result("c", "was read"), Block::text("and hurry")];
    assert_eq!(sent, [history[0].clone(), history[1].clone(), Message::new(Role::User, results)]);
}

#[test]
fn a_call_of_a_tool_that_nobody_knows_is_the_callers_to_refuse() {
    let mut run = Machine::new();
    open(&mut run, with_client_tools(), vec![Message::user("Go")]);
    assert_eq!(
        finish(&run.answer(vec![call("a", "invented")], StopReason::ToolUse)),
        FinishReason::ClientTools
    );
    let mut alone = Machine::asked(limits());
    let sent = request(&alone.answer(vec![call("a", "invented")], StopReason::ToolUse));
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_paused_run_goes_on_where_it_stopped() {
    let mut run = Machine::new();
    let limits = Limits { at_last_round: AtLastRound::Pause, ..Limits::new(1, 1000) };
    open(&mut run, started(limits.clone()), vec![Message::user("Go")]);
    let answer = vec![call("a", "write")];
    assert_eq!(starts(&run.answer(answer.clone(), StopReason::ToolUse)), [1]);
    assert_eq!(finish(&run.result(1, "ok")), FinishReason::Paused);

    // Whoever goes on brings the results along, or leaves the calls to be made.
    let mut next = Machine::new();
    let history = run.messages();
    assert_eq!(request(&open(&mut next, started(limits.clone()), history)).len(), 3);
    let mut other = Machine::new();
    let history = vec![Message::user("Go"), assistant(answer)];
    assert_eq!(starts(&open(&mut other, started(limits), history)), [1]);
}

#[test]
fn answered_calls_are_not_made_again() {
    let mut run = Machine::new();
    let history = vec![
        Message::user("Go"),
        assistant(vec![call("a", "write")]),
        Message::new(Role::User, vec![result("a", "ok"), Block::text("Next")]),
    ];
    assert_eq!(request(&open(&mut run, started(limits()), history.clone())), history);
}

#[test]
fn a_prompt_beside_open_calls_answers_them() {
    let mut run = Machine::new();
    let history = vec![Message::user("Go"), assistant(vec![call("a", "write")])];
    let opening = Opening { history, prompt: Some(Message::user("Stop")) };
    let start = Input::Start { started: Box::new(started(limits())), opening, warnings: vec![] };
    let sent = request(&run.input(start));
    assert_eq!(sent.len(), 4);
    assert_eq!(sent[3], Message::user("Stop"));
}
