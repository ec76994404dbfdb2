//! The decisions: what a run does about each input.

use std::time::Duration;

use skilled_message::{Block, Message, Role, StopReason};
use skilled_model::{ErrorKind, Response};
use skilled_tool::Outcome;

use super::draft::Draft;
use super::{
    Action, Input, Opening, PendingCall, Recovered, State, Step, StopCause, ToolEffects, transcript,
};
use crate::{
    AssistantMessage, EventKind, FinishReason, ModelFailed, OperationId, RunResumed, ToolResult, Warning,
};

/// What a model whose answer was cut off is told when the run is resumed without a word of the user.
const GO_ON: &str = "Your last answer was cut off. Continue from where it stopped.";

/// The deepest nesting of an answer that the log can be trusted to read back (its reader stops at 128).
const MAX_DEPTH: usize = 100;

/// Decides what a run does about an input. Pure: the same arguments give the same step, and nothing else is touched.
///
/// Answers that nobody waits for (late, twice, unknown) become a warning in the log. Before the run starts, and once it
/// has finished, there is no open log to write to: every input but [`Input::Start`] or [`Input::Resume`] gives an empty
/// step then.
pub fn step(state: &State, input: Input, tools: &dyn ToolEffects) -> Step {
    let mut draft = Draft::new(state, tools);
    match input {
        Input::Start { started, opening, warnings } if state.run.is_none() => {
            draft.emit(EventKind::RunStarted(started));
            emit_warnings(&mut draft, warnings);
            open(&mut draft, opening);
        }
        Input::Resume { resumed, recovered, prompt, warnings } if state.run.is_some() => {
            resume(&mut draft, resumed, recovered, prompt, warnings);
        }
        _ if state.run.is_none() || state.finished.is_some() => {}
        Input::Start { .. } | Input::Resume { .. } => {
            draft.warn("already_started", "the run has started already".into());
        }
        Input::Warn(warning) => draft.emit(EventKind::Warning(warning)),
        Input::Stop(cause) => stop(&mut draft, cause),
        Input::ToolFinished { operation, outcome, duration } => {
            tool_finished(&mut draft, operation, outcome, duration);
        }
        Input::ModelRetry { turn, .. }
        | Input::ModelFinished { turn, .. }
        | Input::ModelFailed { turn, .. }
            if turn != state.turn || !state.awaits_model() =>
        {
            draft.warn(
                "late_answer",
                format!("an answer to request {turn} of the model was ignored: nobody waits for it"),
            );
        }
        Input::ModelRetry { attempt, delay, reason, .. } => {
            let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            draft.emit(EventKind::ModelRetry { attempt, delay_ms, reason });
        }
        Input::ModelFinished { response, .. } => model_finished(&mut draft, *response),
        Input::ModelFailed { kind, failure, .. } => model_failed(&mut draft, kind, failure),
    }
    draft.into_step()
}

fn emit_warnings(draft: &mut Draft<'_>, warnings: Vec<Warning>) {
    for warning in warnings {
        draft.emit(EventKind::Warning(warning));
    }
}

fn open(draft: &mut Draft<'_>, opening: Opening) {
    let Opening { history, prompt } = opening;
    if !history.is_empty() {
        draft.emit(EventKind::Transcript { messages: history });
    }
    if let Some(prompt) = prompt {
        draft.answer_all_waiting("the user said something else");
        draft.user_says(prompt);
    }
    if draft.state.calls.is_empty() {
        draft.go_on();
    } else {
        draft.start_calls();
    }
}

fn resume(
    draft: &mut Draft<'_>,
    resumed: Box<RunResumed>,
    recovered: Vec<Recovered>,
    prompt: Option<Message>,
    warnings: Vec<Warning>,
) {
    draft.emit(EventKind::RunResumed(resumed));
    emit_warnings(draft, warnings);
    for Recovered { operation, outcome } in recovered {
        if let Some(index) = draft.state.running_call(operation) {
            answer(draft, index, operation, outcome, None);
        }
    }
    draft.answer_all_running_as_unknown();
    if prompt.is_none() && draft.state.calls.iter().any(PendingCall::is_waiting) {
        draft.start_calls();
        return;
    }
    draft.answer_all_waiting(
        "the run was interrupted before this call started; call again if it is still needed",
    );
    match (prompt, draft.state.verdict) {
        (Some(prompt), _) => draft.user_says(prompt),
        (None, Some(FinishReason::EndTurn)) => {
            draft.warn("nothing_to_do", "the model had ended its turn and there is no further prompt".into());
        }
        // An answer at the end of the transcript would be taken for one to complete, which most models refuse.
        (None, Some(_)) => draft.user_says(Message::user(GO_ON)),
        (None, None) => {}
    }
    draft.go_on();
}

fn stop(draft: &mut Draft<'_>, cause: StopCause) {
    if draft.state.stopping.is_some() {
        return;
    }
    let (reason, message) = match cause {
        StopCause::Cancelled => (FinishReason::Cancelled, None),
        StopCause::Timeout => (FinishReason::Timeout, None),
        StopCause::SandboxFailed { message } => (FinishReason::SandboxFailed, Some(message)),
    };
    let model_is_asked = draft.state.awaits_model();
    draft.emit(EventKind::StopRequested { reason, message });
    if model_is_asked {
        draft.act(Action::CancelModel);
        return;
    }
    draft.answer_all_waiting(reason.why_not_run());
    if draft.state.running() > 0 {
        draft.act(Action::CancelTools);
    } else {
        draft.finish(reason);
    }
}

fn tool_finished(draft: &mut Draft<'_>, operation: OperationId, outcome: Outcome, duration: Duration) {
    let Some(index) = draft.state.running_call(operation) else {
        draft.warn("late_result", format!("a result of {operation} was ignored: nobody waits for it"));
        return;
    };
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    answer(draft, index, operation, outcome, Some(duration_ms));
    match draft.state.stopping {
        None => draft.start_calls(),
        Some(reason) if draft.state.running() == 0 => draft.finish(reason),
        Some(_) => {}
    }
}

/// Records what a call gave back.
fn answer(
    draft: &mut Draft<'_>,
    index: usize,
    operation: OperationId,
    outcome: Outcome,
    duration_ms: Option<u64>,
) {
    let tool_use_id = draft.state.calls[index].tool_use.id.clone();
    for file in outcome.files {
        draft.emit(EventKind::FilePresented { operation, file });
    }
    let (content, is_error) = if outcome.content.iter().any(too_deep) {
        (vec![Block::text(format!("the result nests JSON more than {MAX_DEPTH} levels deep"))], true)
    } else {
        (transcript::shown(outcome.content), outcome.is_error)
    };
    let detail = outcome.detail.filter(|detail| depth(detail) <= MAX_DEPTH);
    draft.emit(EventKind::ToolResult(ToolResult {
        operation: Some(operation),
        tool_use_id,
        content,
        is_error,
        duration_ms,
        detail,
    }));
}

fn model_finished(draft: &mut Draft<'_>, response: Response) {
    let beside = response.extra.values().chain(response.usage.extra.values());
    if response.content.iter().any(too_deep) || beside.map(depth).any(|depth| depth > MAX_DEPTH) {
        let failure = ModelFailed {
            kind: ErrorKind::Transport.as_str().to_owned(),
            status: None,
            code: None,
            message: format!("the answer nests JSON more than {MAX_DEPTH} levels deep"),
            causes: Vec::new(),
            request_id: response.request_id,
            answer_began: true,
        };
        model_failed(draft, ErrorKind::Transport, Box::new(failure));
        return;
    }
    warn_of_oddities(draft, &response);
    draft.emit(EventKind::AssistantMessage(Box::new(AssistantMessage {
        message: Message::new(Role::Assistant, response.content),
        stop_reason: response.stop_reason,
        usage: response.usage,
        model: response.model,
        request_id: response.request_id,
        extra: response.extra,
    })));
    match (draft.state.stopping, draft.state.conclusion()) {
        // The pause comes when the calls of the last round have their results.
        (None, Some(FinishReason::Paused)) => draft.start_calls(),
        (Some(reason), _) | (None, Some(reason)) => {
            draft.answer_all_waiting(reason.why_not_run());
            draft.finish(reason);
        }
        (None, None) => draft.start_calls(),
    }
}

fn warn_of_oddities(draft: &mut Draft<'_>, response: &Response) {
    if let StopReason::Other(reason) = &response.stop_reason {
        draft.warn(
            "unknown_stop_reason",
            format!("the model stopped for a reason that is not known: {reason:?}"),
        );
    }
    let message = Message::new(Role::Assistant, response.content.clone());
    let says_nothing = transcript::sent_again(&message, &response.stop_reason).is_none();
    if says_nothing && response.stop_reason != StopReason::Refusal {
        draft.warn("empty_answer", "the model's answer was empty".into());
    }
}

fn model_failed(draft: &mut Draft<'_>, kind: ErrorKind, failure: Box<ModelFailed>) {
    let reason = match (draft.state.stopping, kind) {
        (Some(reason), ErrorKind::Cancelled) => {
            draft.finish(reason);
            return;
        }
        (Some(reason), _) => reason,
        (None, ErrorKind::ContextTooLong) => FinishReason::ContextWindowExceeded,
        (None, ErrorKind::Refused) => FinishReason::Refusal,
        (
            None,
            ErrorKind::Auth
            | ErrorKind::RateLimit
            | ErrorKind::Overloaded
            | ErrorKind::BadRequest
            | ErrorKind::Transport
            | ErrorKind::Untranslatable
            | ErrorKind::Cancelled,
        ) => FinishReason::ModelFailed,
    };
    draft.emit(EventKind::ModelFailed(failure));
    draft.finish(reason);
}

/// Whether a block nests too deep to be read back from the log. Its own depth is bounded by the reader that made it.
fn too_deep(block: &Block) -> bool {
    serde_json::to_value(block).map_or(true, |value| depth(&value) > MAX_DEPTH)
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => 0,
    }
}
