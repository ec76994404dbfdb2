//! A run without a driver: inputs in, events applied, actions kept.

use std::time::Duration;

use serde_json::{Value, json};
use skilled_agent::{
    Action, Event, EventId, EventKind, FinishReason, Input, Limits, ModelFailed, ModelRecord, OperationId,
    Recovered, RunId, RunResumed, RunStarted, SCHEMA_VERSION, SandboxRecord, State, StopCause, ToolEffects,
    step,
};
use skilled_message::{
    Block, Extra, Message, StopReason, ToolDefinition, ToolResultBlock, ToolUseBlock, Usage,
};
use skilled_model::{ErrorKind, Price, Response};
use skilled_tool::{Effect, Outcome};

/// `read` reads, `write` writes, `gone` is offered but no longer there.
pub(crate) struct Tools;

impl ToolEffects for Tools {
    fn effect_of(&self, name: &str, _: &Value) -> Option<Effect> {
        match name {
            "read" => Some(Effect::ReadOnly),
            "write" => Some(Effect::Mutating),
            _ => None,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) state: State,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn limits() -> Limits {
    Limits::new(10, 1000)
}

pub(crate) fn model() -> ModelRecord {
    let price = Price { input: 1e6, output: 1e6, cache_write: 0.0, cache_read: 0.0 };
    ModelRecord { name: "scripted/test".into(), price: Some(price) }
}

pub(crate) fn sandbox() -> SandboxRecord {
    SandboxRecord { name: "fake".into(), enforces: vec!["network".into()] }
}

pub(crate) fn started(limits: Limits) -> RunStarted {
    let tool = |name: &str| ToolDefinition::new(name, "A tool", json!({"type": "object"}));
    RunStarted {
        schema: SCHEMA_VERSION,
        version: "1.2.3".into(),
        run: RunId::from_bits(7),
        model: model(),
        system: "Be good".into(),
        tools: vec![tool("gone"), tool("read"), tool("write")],
        client_tools: None,
        options: skilled_model::Options::default(),
        skills: vec![],
        sandbox: sandbox(),
        limits,
    }
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { state: State::default(), events: Vec::new() }
    }

    /// A run whose first request is under way.
    pub(crate) fn asked(limits: Limits) -> Self {
        let mut machine = Self::new();
        let actions = machine.start(limits);
        assert!(matches!(actions[..], [Action::RequestModel { turn: 1, .. }]), "{actions:?}");
        machine
    }

    pub(crate) fn start(&mut self, limits: Limits) -> Vec<Action> {
        let started = Box::new(started(limits));
        self.input(Input::Start { started, opening: Message::user("Go").into(), warnings: vec![] })
    }

    pub(crate) fn input(&mut self, input: Input) -> Vec<Action> {
        let step = step(&self.state, input, &Tools);
        for kind in step.events {
            let seq = self.state.next_seq();
            let event = Event { seq, id: EventId::from_bits(u128::from(seq)), at: seq, kind };
            self.state.apply(&event).unwrap();
            self.events.push(event);
        }
        step.actions
    }

    /// The number of the request under way.
    pub(crate) fn turn(&self) -> u64 {
        1 + self
            .events
            .iter()
            .filter(|event| {
                matches!(
                    event.kind,
                    EventKind::AssistantMessage(_) | EventKind::ModelFailed(_) | EventKind::RunResumed(_)
                )
            })
            .count() as u64
    }

    pub(crate) fn answer(&mut self, content: Vec<Block>, stop_reason: StopReason) -> Vec<Action> {
        let turn = self.turn();
        self.input(Input::ModelFinished { turn, response: Box::new(response(content, stop_reason)) })
    }

    pub(crate) fn fail(&mut self, kind: ErrorKind) -> Vec<Action> {
        let turn = self.turn();
        self.input(Input::ModelFailed { turn, kind, failure: Box::new(failure(kind)) })
    }

    pub(crate) fn result(&mut self, operation: u64, text: &str) -> Vec<Action> {
        let operation = OperationId::new(operation);
        let duration = Duration::from_millis(5);
        self.input(Input::ToolFinished { operation, outcome: Outcome::text(text), duration })
    }

    pub(crate) fn cancel(&mut self) -> Vec<Action> {
        self.input(Input::Stop(StopCause::Cancelled))
    }

    pub(crate) fn resume(&mut self, limits: Limits, prompt: Option<&str>) -> Vec<Action> {
        self.resume_with(vec![], limits, prompt)
    }

    /// Resumes with what became of calls.
    pub(crate) fn resume_with(
        &mut self,
        recovered: Vec<Recovered>,
        limits: Limits,
        prompt: Option<&str>,
    ) -> Vec<Action> {
        let resumed = RunResumed {
            schema: SCHEMA_VERSION,
            version: "1.2.4".into(),
            model: model(),
            sandbox: sandbox(),
            limits,
        };
        let prompt = prompt.map(Message::user);
        self.input(Input::Resume { resumed: Box::new(resumed), recovered, prompt, warnings: vec![] })
    }

    /// The same run in a process that found nothing but the first `count` events.
    pub(crate) fn crashed_after(&self, count: usize) -> Self {
        let events: Vec<_> = self.events[..count].to_vec();
        Self { state: State::replay(&events).unwrap(), events }
    }

    pub(crate) fn types(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.kind.type_name()).collect()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Warning(warning) => Some(warning.code.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state.messages().cloned().collect()
    }

    /// The results in the latest message, as `(call, text, is_error)`.
    pub(crate) fn results(&self) -> Vec<(String, String, bool)> {
        let last = self.messages().pop().unwrap();
        last.content.iter().map(|block| result_parts(block).expect("a tool result")).collect()
    }
}

pub(crate) fn result_parts(block: &Block) -> Option<(String, String, bool)> {
    let Block::ToolResult(ToolResultBlock { tool_use_id, content, is_error, .. }) = block else {
        return None;
    };
    let text =
        content.iter().map(|block| if let Block::Text(text) = block { text.text.as_str() } else { "?" });
    Some((tool_use_id.clone(), text.collect(), *is_error))
}

pub(crate) fn response(content: Vec<Block>, stop_reason: StopReason) -> Response {
    let usage = Usage { input_tokens: 10, output_tokens: 10, ..Usage::default() };
    let request_id = Some("req_1".into());
    Response { content, stop_reason, usage, model: "test-1".into(), request_id, extra: Extra::new() }
}

pub(crate) fn failure(kind: ErrorKind) -> ModelFailed {
    ModelFailed {
        kind: kind.as_str().into(),
        status: Some(500),
        code: None,
        message: "it broke".into(),
        causes: vec![],
        request_id: None,
        answer_began: false,
    }
}

pub(crate) fn call(id: &str, name: &str) -> Block {
    call_with(id, name, json!({"path": id}))
}

pub(crate) fn call_with(id: &str, name: &str, input: Value) -> Block {
    Block::ToolUse(ToolUseBlock::new(id, name, input))
}

/// The operations that `actions` start; fails when they do anything else.
#[track_caller]
pub(crate) fn starts(actions: &[Action]) -> Vec<u64> {
    actions
        .iter()
        .map(|action| match action {
            Action::StartTool { operation, .. } => operation.number(),
            other => panic!("{other:?} starts no tool"),
        })
        .collect()
}

/// The messages of the one request that `actions` make.
#[track_caller]
pub(crate) fn request(actions: &[Action]) -> Vec<Message> {
    match actions {
        [Action::RequestModel { request, .. }] => request.messages.clone(),
        other => panic!("not one request: {other:?}"),
    }
}

/// The reason for which `actions` finish, doing nothing else.
#[track_caller]
pub(crate) fn finish(actions: &[Action]) -> FinishReason {
    match actions {
        [Action::Finish(reason)] => *reason,
        other => panic!("not one finish: {other:?}"),
    }
}
