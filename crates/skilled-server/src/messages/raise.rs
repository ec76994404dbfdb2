//! A run's events as those of the interface: what a client sees of it, while it happens.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use skilled_agent::{
    AssistantMessage, Delta, Event, EventKind, FinishReason, ModelFailed, Observer, Preview, ToolResult,
};
use skilled_message::{Block, StopReason};
use skilled_toolset::code_execution;
use skilled_wire::messages::Delta as WireDelta;
use skilled_wire::messages::{
    Container, DeltaUsage, MessageDelta, MessagesResponse, StreamEvent, Usage, content, opened,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::lower::raised_id;
use super::run::{Counted, Said, fault_of_model};
use crate::Fault;

/// The most bytes of events that wait for a client that does not read; then its request is given up.
const WAITING: usize = 8 << 20;

/// Watches a run for a client.
pub(super) struct Raise {
    out: mpsc::UnboundedSender<Said>,
    /// Bytes of events that nobody has taken yet.
    waiting: Arc<AtomicUsize>,
    cancel: CancellationToken,
    id: String,
    model: String,
    /// Whether arguments of calls are passed on as they come. Of a model that may write what is no JSON they are passed on
    /// when they are whole.
    live_input: bool,
    /// Whether empty output is shown as a line feed: some older clients cannot go on after none.
    never_empty: bool,
    container: Option<Container>,
    started: bool,
    finished: bool,
    /// The next index of a block in the answer.
    next: usize,
    /// Blocks of the model's answer under way: its index there, and here.
    open: HashMap<usize, usize>,
    /// The tools of calls, by the model's ids.
    called: HashMap<String, String>,
    /// Calls of the last answer whose results were not shown yet, in its order.
    due: VecDeque<String>,
    /// Results that came before those of earlier calls.
    early: HashMap<String, ToolResult>,
    usage: Option<Usage>,
    code_runs: u64,
    stop_reason: StopReason,
    stop_sequence: Option<String>,
    failure: Option<Box<ModelFailed>>,
    /// What was said, as the client has it: for those who keep conversations.
    pub(super) content: Vec<Block>,
}

/// What a client is told of an answer from the beginning.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) live_input: bool,
    pub(super) never_empty: bool,
    pub(super) container: Option<Container>,
    /// Calls of the transcript that still wait for their results, and their tools.
    pub(super) waiting: Vec<(String, String)>,
}

impl Raise {
    pub(super) fn new(head: Head, out: mpsc::UnboundedSender<Said>, cancel: CancellationToken) -> Self {
        let Head { id, model, live_input, never_empty, container, waiting } = head;
        Self {
            out,
            waiting: Arc::default(),
            cancel,
            id,
            model,
            live_input,
            never_empty,
            container,
            started: false,
            finished: false,
            next: 0,
            open: HashMap::new(),
            due: waiting.iter().map(|(id, _)| id.clone()).collect(),
            called: waiting.into_iter().collect(),
            early: HashMap::new(),
            usage: None,
            code_runs: 0,
            stop_reason: StopReason::EndTurn,
            stop_sequence: None,
            failure: None,
            content: Vec::new(),
        }
    }

    /// The counts of the whole answer so far.
    pub(super) fn usage(&self) -> Usage {
        let mut usage = self.usage.clone().unwrap_or_default();
        usage.server_tool_use.code_execution_requests = self.code_runs;
        usage
    }

    /// Says the last word, if the answer came to its end: when everything is kept that the next request may ask for.
    pub(super) fn end_answer(&mut self) {
        if self.finished {
            self.say(StreamEvent::MessageStop);
        }
    }

    /// Returns whether the client has heard anything.
    pub(super) const fn has_started(&self) -> bool {
        self.started
    }

    fn say(&mut self, event: StreamEvent) {
        let bytes = weight(&event);
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let counted = Counted { waiting: Arc::clone(&self.waiting), bytes };
        // Nobody reads any more, or too slowly to be worth the memory.
        if self.out.send(Said::Event(Box::new(event), counted)).is_err() || before + bytes > WAITING {
            self.cancel.cancel();
        }
    }

    pub(super) fn fail(&mut self, fault: Fault) {
        if self.out.send(Said::Failed(fault)).is_err() {
            self.cancel.cancel();
        }
    }

    fn start(&mut self) {
        if !self.started {
            self.started = true;
            let message = MessagesResponse::begun(&*self.id, &*self.model, Usage::default());
            self.say(StreamEvent::MessageStart { message: Box::new(message) });
        }
    }

    fn preview(&mut self, preview: &Preview) {
        self.start();
        match &preview.delta {
            Delta::BlockStart { content } => {
                let index = self.next;
                self.next += 1;
                self.open.insert(preview.block, index);
                if let Block::ToolUse(call) = content {
                    self.called.insert(call.id.clone(), call.name.clone());
                }
                let content_block = match self.raised(content) {
                    // Arguments come as deltas.
                    Block::ToolUse(mut call) => {
                        call.input = Value::Object(Map::new());
                        Block::ToolUse(call)
                    }
                    Block::Other(mut value) if value["type"] == "server_tool_use" => {
                        value["input"] = json!({});
                        Block::Other(value)
                    }
                    other => other,
                };
                self.say(StreamEvent::ContentBlockStart { index, content_block });
            }
            Delta::TextDelta { text } => {
                self.delta(preview.block, WireDelta::TextDelta { text: text.clone() });
            }
            Delta::ThinkingDelta { text } => {
                let thinking = WireDelta::ThinkingDelta { thinking: text.clone(), estimated_tokens: None };
                self.delta(preview.block, thinking);
            }
            Delta::SignatureDelta { signature } => {
                self.delta(preview.block, WireDelta::SignatureDelta { signature: signature.clone() });
            }
            Delta::CitationsDelta { citation } => {
                self.delta(preview.block, WireDelta::CitationsDelta { citation: citation.clone() });
            }
            Delta::InputDelta { partial_json } if self.live_input => {
                self.delta(preview.block, WireDelta::InputJsonDelta { partial_json: partial_json.clone() });
            }
            // Forms of the provider's own have no place in the interface's deltas; the whole block has them.
            Delta::InputDelta { .. } | Delta::Other { .. } => {}
            Delta::BlockEnd { content } => self.end(preview.block, content),
        }
    }

    fn delta(&mut self, block: usize, delta: WireDelta) {
        if let Some(index) = self.open.get(&block) {
            self.say(StreamEvent::ContentBlockDelta { index: *index, delta });
        }
    }

    fn end(&mut self, block: usize, content: &Block) {
        let Some(index) = self.open.remove(&block) else { return };
        let whole = self.raised(content);
        if !self.live_input
            && let Some(input) = input_of(&whole)
            && input.as_object().is_some_and(|input| !input.is_empty())
        {
            let delta = WireDelta::InputJsonDelta { partial_json: input.to_string() };
            self.say(StreamEvent::ContentBlockDelta { index, delta });
        }
        self.content.push(whole);
        self.say(StreamEvent::ContentBlockStop { index });
    }

    /// A block of the model's as the client sees it.
    fn raised(&self, block: &Block) -> Block {
        match block {
            Block::ToolUse(call)
                if code_execution::NAMES.contains(&call.name.as_str()) && self.container.is_some() =>
            {
                Block::Other(json!({
                    "type": "server_tool_use",
                    "id": raised_id(&call.id),
                    "name": call.name,
                    "input": object(&call.input),
                    "caller": {"type": "direct"},
                }))
            }
            Block::ToolUse(call) => {
                let mut call = call.clone();
                call.input = object(&call.input);
                Block::ToolUse(call)
            }
            Block::Text(text) if !text.extra.contains_key("citations") => content::text(text.text.clone()),
            other => other.clone(),
        }
    }

    /// Shows results in the order of their calls, whichever ends first.
    fn result(&mut self, result: &ToolResult) {
        if !self.due.contains(&result.tool_use_id) {
            // Of a call in the client's own transcript, which opens the answer.
            self.show_result(result);
            return;
        }
        self.early.insert(result.tool_use_id.clone(), result.clone());
        while let Some(result) = self.due.front().and_then(|id| self.early.remove(id)) {
            self.due.pop_front();
            self.show_result(&result);
        }
    }

    fn show_result(&mut self, result: &ToolResult) {
        let Some(tool) = self.called.get(&result.tool_use_id).cloned() else { return };
        if !code_execution::NAMES.contains(&tool.as_str()) || self.container.is_none() {
            return;
        }
        self.code_runs += 1;
        let mut content = result.detail.clone().unwrap_or_else(|| {
            // It was not run at all: the words are the loop's.
            let words = result.content.iter().find_map(|block| match block {
                Block::Text(text) => Some(text.text.as_str()),
                _ => None,
            });
            code_execution::failed(&tool, "unavailable", words)
        });
        if self.never_empty && content["stdout"] == "" && content["stderr"] == "" {
            content["stdout"] = "\n".into();
        }
        let block = Block::Other(json!({
            "type": format!("{tool}_tool_result"),
            "tool_use_id": raised_id(&result.tool_use_id),
            "content": content,
        }));
        self.whole(block);
    }

    /// A block that comes whole.
    fn whole(&mut self, block: Block) {
        self.start();
        let index = self.next;
        self.next += 1;
        self.content.push(block.clone());
        let (content_block, deltas) = opened(block);
        self.say(StreamEvent::ContentBlockStart { index, content_block });
        for delta in deltas {
            self.say(StreamEvent::ContentBlockDelta { index, delta });
        }
        self.say(StreamEvent::ContentBlockStop { index });
    }

    /// An answer of the model is complete.
    fn answered(&mut self, answer: &AssistantMessage) {
        self.start();
        self.open.clear();
        self.due.clear();
        self.early.clear();
        for block in &answer.message.content {
            if let Block::ToolUse(call) = block {
                self.due.push_back(call.id.clone());
                self.called.insert(call.id.clone(), call.name.clone());
            }
        }
        let counts = Usage::from(&answer.usage);
        match &mut self.usage {
            Some(usage) => *usage += counts,
            None => self.usage = Some(counts),
        }
        self.stop_reason = answer.stop_reason.clone();
        self.stop_sequence = answer.extra.get("stop_sequence").and_then(Value::as_str).map(str::to_owned);
    }

    fn finish(&mut self, reason: FinishReason) {
        let stop_reason = match reason {
            FinishReason::EndTurn | FinishReason::MaxRounds => match &self.stop_reason {
                StopReason::StopSequence => StopReason::StopSequence,
                _ => StopReason::EndTurn,
            },
            FinishReason::MaxTokens => StopReason::MaxTokens,
            FinishReason::Paused => StopReason::PauseTurn,
            FinishReason::ClientTools => StopReason::ToolUse,
            FinishReason::Refusal if self.failure.is_none() => StopReason::Refusal,
            FinishReason::ContextWindowExceeded if self.started => StopReason::ModelContextWindowExceeded,
            FinishReason::Refusal
            | FinishReason::ContextWindowExceeded
            | FinishReason::Budget
            | FinishReason::Cancelled
            | FinishReason::Timeout
            | FinishReason::ModelFailed
            | FinishReason::SandboxFailed => {
                let fault = match &self.failure {
                    Some(failure) => fault_of_model(failure),
                    None => {
                        Fault::new(skilled_wire::ErrorType::Api, format!("The answer broke off: {reason}."))
                    }
                };
                self.fail(fault);
                return;
            }
        };
        self.start();
        let stop_sequence = match stop_reason {
            StopReason::StopSequence => self.stop_sequence.clone(),
            _ => None,
        };
        let delta = MessageDelta {
            stop_reason: Some(stop_reason),
            stop_sequence,
            stop_details: None,
            container: self.container.clone(),
        };
        let usage = Box::new(DeltaUsage::from(self.usage()));
        self.say(StreamEvent::MessageDelta { delta, usage, context_management: None });
        self.finished = true;
    }
}

impl Observer for Raise {
    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::AssistantMessage(answer) => self.answered(answer),
            EventKind::ToolResult(result) => self.result(result),
            EventKind::ModelFailed(failure) => self.failure = Some(failure.clone()),
            EventKind::RunFinished(finished) => self.finish(finished.reason),
            EventKind::RunStarted(_)
            | EventKind::RunResumed(_)
            | EventKind::Transcript { .. }
            | EventKind::UserMessage { .. }
            | EventKind::ModelRetry { .. }
            | EventKind::ToolCall(_)
            | EventKind::FilePresented { .. }
            | EventKind::Warning(_)
            | EventKind::StopRequested { .. } => {}
        }
    }

    fn preview(&mut self, preview: &Preview) {
        self.preview(preview);
    }
}

/// The arguments of a call, which clients expect to be an object whatever the model wrote.
fn object(input: &Value) -> Value {
    if input.is_object() { input.clone() } else { json!({"invalid_json": input}) }
}

fn input_of(block: &Block) -> Option<&Value> {
    match block {
        Block::ToolUse(call) => Some(&call.input),
        Block::Other(value) if value["type"] == "server_tool_use" => value.get("input"),
        _ => None,
    }
}

/// About how many bytes an event takes while it waits.
fn weight(event: &StreamEvent) -> usize {
    const HEAD: usize = 128;
    HEAD + match event {
        StreamEvent::ContentBlockDelta { delta: WireDelta::TextDelta { text }, .. } => text.len(),
        StreamEvent::ContentBlockDelta { delta: WireDelta::InputJsonDelta { partial_json }, .. } => {
            partial_json.len()
        }
        StreamEvent::ContentBlockDelta { delta: WireDelta::ThinkingDelta { thinking, .. }, .. } => {
            thinking.len()
        }
        StreamEvent::ContentBlockStart { content_block: Block::Other(value), .. } => value.to_string().len(),
        _ => 0,
    }
}
