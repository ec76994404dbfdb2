//! A step being written: a copy of the state that already holds what the step decided.

use std::sync::Arc;

use skilled_message::{Block, Message};
use skilled_model::{Options, Request, ToolMode};
use skilled_tool::Effect;

use super::{Action, CallStatus, State, Step, ToolEffects};
use crate::{EventKind, FinishReason, OperationId, RunFinished, ToolCall, ToolResult, Warning};

/// The most calls that run beside each other.
const MAX_PARALLEL_CALLS: usize = 8;

pub(super) struct Draft<'a> {
    pub(super) state: State,
    step: Step,
    tools: &'a dyn ToolEffects,
}

impl<'a> Draft<'a> {
    pub(super) fn new(state: &State, tools: &'a dyn ToolEffects) -> Self {
        Self { state: state.clone(), step: Step::default(), tools }
    }

    pub(super) fn into_step(self) -> Step {
        self.step
    }

    pub(super) fn act(&mut self, action: Action) {
        self.step.actions.push(action);
    }

    /// Decides that something happened.
    pub(super) fn emit(&mut self, kind: EventKind) {
        let folded = self.state.fold(&kind);
        debug_assert_eq!(folded, Ok(()), "a step made an event that does not fit: {kind:?}");
        if folded.is_ok() {
            self.step.events.push(kind);
        }
    }

    pub(super) fn warn(&mut self, code: &str, message: String) {
        self.emit(EventKind::Warning(Warning::new(code, message)));
    }

    pub(super) fn finish(&mut self, reason: FinishReason) {
        self.emit(EventKind::RunFinished(RunFinished {
            reason,
            usage: self.state.usage().clone(),
            cost_usd: self.state.cost_usd(),
            rounds: self.state.rounds(),
        }));
        self.act(Action::Finish(reason));
    }

    /// With no call open: finishes, or asks the model.
    pub(super) fn go_on(&mut self) {
        match self.state.conclusion() {
            Some(reason) => self.finish(reason),
            None => self.request_model(),
        }
    }

    pub(super) fn request_model(&mut self) {
        let (Some(run), Some(limits)) = (&self.state.run, &self.state.limits) else { return };
        let request = Request {
            system: Arc::clone(&run.system),
            tools: Arc::clone(&run.tools),
            messages: self.state.messages().cloned().collect(),
            max_tokens: limits.max_output_tokens,
            options: self.options(&run.started.options),
        };
        let turn = self.state.turn;
        self.act(Action::RequestModel { turn, request });
    }

    /// Returns what this request asks for. A call that the caller demands is demanded once: a model that had to call a tool
    /// in every answer could never end.
    fn options(&self, asked: &Options) -> Options {
        let mut options = asked.clone();
        if self.state.leg.rounds > 0
            && let Some(choice) = &mut options.tool_choice
            && matches!(choice.mode, ToolMode::Any | ToolMode::Tool { .. })
        {
            choice.mode = ToolMode::Auto;
        }
        options
    }

    /// Starts every call that may start now, in the order of the calls; goes on when all are answered. When the caller has
    /// to make one of them, none is started: the run ends with all of them open.
    pub(super) fn start_calls(&mut self) {
        if self.state.calls.iter().any(|call| call.is_waiting() && self.is_of_client(&call.tool_use.name)) {
            self.finish(FinishReason::ClientTools);
            return;
        }
        while let Some(call) = self.state.calls.iter().find(|call| call.is_waiting()) {
            let call = Arc::clone(&call.tool_use);
            let effect = match self.effect_of(&call) {
                Ok(effect) => effect,
                Err(refusal) => {
                    self.answer_waiting(&refusal);
                    continue;
                }
            };
            if !self.may_start(effect) {
                return;
            }
            let operation = OperationId::new(self.state.last_operation + 1);
            self.emit(EventKind::ToolCall(ToolCall {
                operation,
                tool_use_id: call.id.clone(),
                name: call.name.clone(),
                input: call.input.clone(),
                effect,
            }));
            self.act(Action::StartTool { operation, name: call.name.clone(), input: call.input.clone() });
        }
        if self.state.calls.is_empty() {
            self.go_on();
        }
    }

    /// Whether calls of the tool `name` are the caller's.
    fn is_of_client(&self, name: &str) -> bool {
        let Some(run) = &self.state.run else { return false };
        run.started.client_tools.is_some() && !run.started.tools.iter().any(|tool| tool.name == name)
    }

    /// Whether a call may start beside those that run: a mutating one only alone, and nothing beside it.
    fn may_start(&self, effect: Effect) -> bool {
        let running = self.state.running();
        let beside_mutating = self
            .state
            .calls
            .iter()
            .any(|call| matches!(call.status, CallStatus::Running { effect: Effect::Mutating, .. }));
        match effect {
            Effect::Mutating => running == 0,
            Effect::ReadOnly => !beside_mutating && running < MAX_PARALLEL_CALLS,
        }
    }

    /// Returns what `call` may change, or what the model is told when it cannot be made.
    fn effect_of(&self, call: &skilled_message::ToolUseBlock) -> Result<Effect, String> {
        let tools = self.state.run.as_ref().map(|run| &run.tools[..]).unwrap_or_default();
        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
        let available = if names.is_empty() {
            "there are no tools in this run".to_owned()
        } else {
            format!("the tools are: {}", names.join(", "))
        };
        let offered = names.contains(&call.name.as_str());
        if !offered {
            return Err(format!("not run: there is no tool named `{}`; {available}", call.name));
        }
        if !call.input.is_object() {
            let input = excerpt(&call.input.to_string());
            return Err(format!(
                "not run: the input of `{}` must be a JSON object, but it was {input}; {available}",
                call.name
            ));
        }
        self.tools
            .effect_of(&call.name, &call.input)
            .ok_or_else(|| format!("not run: the tool `{}` is not available any more", call.name))
    }

    /// Answers the first waiting call as not run.
    fn answer_waiting(&mut self, text: &str) {
        let Some(call) = self.state.calls.iter().find(|call| call.is_waiting()) else { return };
        self.emit(EventKind::ToolResult(ToolResult {
            operation: None,
            tool_use_id: call.tool_use.id.clone(),
            content: vec![Block::text(text)],
            is_error: true,
            duration_ms: None,
            detail: None,
        }));
    }

    /// Answers every waiting call as not run, so that the transcript stays whole and can be gone on with.
    pub(super) fn answer_all_waiting(&mut self, why: &str) {
        while self.state.calls.iter().any(super::PendingCall::is_waiting) {
            self.answer_waiting(&format!("not run: {why}"));
        }
    }

    /// Answers every running call as of unknown outcome.
    pub(super) fn answer_all_running_as_unknown(&mut self) {
        while let Some((operation, call)) = self.state.calls.iter().find_map(|call| match call.status {
            CallStatus::Running { operation, .. } => Some((operation, Arc::clone(&call.tool_use))),
            CallStatus::Waiting | CallStatus::Answered(_) => None,
        }) {
            let text = format!(
                "outcome unknown: the run was interrupted while `{}` was under way, so it may or may not have run; \
                 check before calling it again",
                call.name
            );
            self.emit(EventKind::ToolResult(ToolResult {
                operation: Some(operation),
                tool_use_id: call.id.clone(),
                content: vec![Block::text(text)],
                is_error: true,
                duration_ms: None,
                detail: None,
            }));
        }
    }

    pub(super) fn user_says(&mut self, message: Message) {
        self.emit(EventKind::UserMessage { message });
    }
}

/// Returns the beginning of `text`, short enough to be quoted.
fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
