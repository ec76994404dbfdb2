//! The fold: how each event changes the state. It decides nothing.

use std::sync::Arc;

use skilled_message::{Block, Message, Role, StopReason, ToolResultBlock, ToolUseBlock};

use super::{CallStatus, EarlierCost, Frozen, PendingCall, Spent, State, transcript};
use crate::{
    AssistantMessage, AtLastRound, Event, EventKind, FinishReason, OperationId, RunResumed, RunStarted,
    ToolCall, ToolResult,
};

/// Why an event cannot follow the events before it: the log is damaged, or of two runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// An event is missing, or there twice.
    #[error("event {found} stands where event {expected} belongs")]
    Sequence {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The event contradicts the ones before it.
    #[error("event {seq} ({event_type}) cannot stand here: {problem}")]
    OutOfPlace {
        /// Its number.
        seq: u64,
        /// Its type.
        event_type: &'static str,
        /// What it contradicts.
        problem: Problem,
    },
}

/// What an event contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The run has not started.
    #[error("the run has not started")]
    NotStarted,
    /// The run has started before.
    #[error("the run has started already")]
    StartedTwice,
    /// The run has finished.
    #[error("the run has finished")]
    Finished,
    /// Something was said in the run already.
    #[error("something was said in the run already")]
    SaidBefore,
    /// Calls of the latest answer have no result yet.
    #[error("calls of the latest answer have no result yet")]
    CallsOpen,
    /// No call of the latest answer fits.
    #[error("no open call fits it")]
    NoSuchCall,
}

impl State {
    /// Adds an event that has been recorded. The state is unchanged when it does not fit.
    pub fn apply(&mut self, event: &Event) -> Result<(), ApplyError> {
        if event.seq != self.next_seq() {
            return Err(ApplyError::Sequence { expected: self.next_seq(), found: event.seq });
        }
        self.fold(&event.kind).map_err(|problem| ApplyError::OutOfPlace {
            seq: event.seq,
            event_type: event.kind.type_name(),
            problem,
        })?;
        self.last_seq = event.seq;
        Ok(())
    }

    /// Adds what happened, apart from its number.
    pub(super) fn fold(&mut self, kind: &EventKind) -> Result<(), Problem> {
        match (&self.run, kind) {
            (None, EventKind::RunStarted(_)) => {}
            (None, _) => return Err(Problem::NotStarted),
            (Some(_), EventKind::RunStarted(_)) => return Err(Problem::StartedTwice),
            (Some(_), EventKind::RunResumed(_)) => {}
            (Some(_), _) if self.finished.is_some() => return Err(Problem::Finished),
            (Some(_), _) => {}
        }
        match kind {
            EventKind::RunStarted(started) => self.start(started),
            EventKind::RunResumed(resumed) => self.resume(resumed),
            EventKind::Transcript { messages } => {
                if !self.messages.is_empty() || !self.calls.is_empty() {
                    return Err(Problem::SaidBefore);
                }
                self.take_over(messages);
            }
            EventKind::UserMessage { message } => {
                self.no_calls_open()?;
                self.add_user_message(message.clone());
            }
            EventKind::AssistantMessage(answer) => {
                self.no_calls_open()?;
                self.answer(answer);
            }
            EventKind::ModelFailed(_) => self.turn += 1,
            EventKind::ToolCall(call) => self.call(call)?,
            EventKind::ToolResult(result) => self.result(result)?,
            EventKind::FilePresented { operation, file } => {
                self.running_call(*operation).ok_or(Problem::NoSuchCall)?;
                match self.files.iter_mut().find(|known| known.name == file.name) {
                    Some(known) => known.clone_from(file),
                    None => self.files.push(file.clone()),
                }
            }
            EventKind::StopRequested { reason, .. } => self.stopping = Some(*reason),
            EventKind::RunFinished(finished) => {
                if !finished.reason.leaves_calls_open() {
                    self.no_calls_open()?;
                }
                self.finished = Some(finished.reason);
            }
            EventKind::ModelRetry { .. } | EventKind::Warning(_) => {}
        }
        Ok(())
    }

    /// Returns the index of the running call `operation`.
    pub(super) fn running_call(&self, operation: OperationId) -> Option<usize> {
        self.calls.iter().position(
            |call| matches!(call.status, CallStatus::Running { operation: running, .. } if running == operation),
        )
    }

    fn start(&mut self, started: &RunStarted) {
        self.run = Some(Arc::new(Frozen {
            started: started.clone(),
            system: started.system.as_str().into(),
            tools: started.tools.iter().chain(started.client_tools.iter().flatten()).cloned().collect(),
        }));
        self.model = Some(started.model.clone());
        self.limits = Some(started.limits.clone());
        self.turn = 1;
    }

    fn resume(&mut self, resumed: &RunResumed) {
        self.earlier_cost = self.cost_usd().map_or(EarlierCost::Unknown, EarlierCost::Known);
        self.leg = Spent::default();
        self.model = Some(resumed.model.clone());
        self.limits = Some(resumed.limits.clone());
        self.stopping = None;
        self.finished = None;
        // A late answer to a request of the leg before is not an answer to this one.
        self.turn += 1;
        // Only an answer that stands at the end of the transcript still needs a word of the user after it.
        if self.verdict != Some(FinishReason::EndTurn) && !self.ends_with_answer() {
            self.verdict = None;
        }
    }

    /// Takes over what was said before. Where calls of its last answer have no result, the results that are there wait for
    /// the others.
    fn take_over(&mut self, messages: &[Message]) {
        self.messages = messages.iter().cloned().map(Arc::new).collect();
        let (answer, results) = match messages {
            [.., answer, results] if results.role == Role::User => (answer, results.content.as_slice()),
            [.., answer] => (answer, &[][..]),
            [] => return,
        };
        if answer.role != Role::Assistant {
            return;
        }
        let calls: Vec<PendingCall> = transcript::calls(answer, &StopReason::ToolUse)
            .map(|call| PendingCall { tool_use: Arc::new(call.clone()), status: answered(call, results) })
            .collect();
        if calls.iter().any(PendingCall::is_waiting) {
            self.calls = calls;
            self.beside =
                results.iter().filter(|block| !matches!(block, Block::ToolResult(_))).cloned().collect();
            if !self.ends_with_answer() {
                self.messages.pop();
            }
        }
    }

    fn add_user_message(&mut self, message: Message) {
        self.messages.push(Arc::new(message));
        self.verdict = None;
    }

    fn answer(&mut self, answer: &AssistantMessage) {
        self.turn += 1;
        for spent in [&mut self.total, &mut self.leg] {
            spent.rounds += 1;
            spent.usage += answer.usage.clone();
        }
        self.calls = transcript::calls(&answer.message, &answer.stop_reason)
            .map(|call| PendingCall { tool_use: Arc::new(call.clone()), status: CallStatus::Waiting })
            .collect();
        self.verdict = transcript::verdict(&answer.stop_reason, !self.calls.is_empty());
        self.messages.extend(transcript::sent_again(&answer.message, &answer.stop_reason).map(Arc::new));
    }

    fn call(&mut self, call: &ToolCall) -> Result<(), Problem> {
        let operation = call.operation;
        if operation.number() <= self.last_operation {
            return Err(Problem::NoSuchCall);
        }
        let pending =
            self.calls.iter_mut().find(|pending| pending.is_waiting()).ok_or(Problem::NoSuchCall)?;
        if pending.tool_use.id != call.tool_use_id {
            return Err(Problem::NoSuchCall);
        }
        pending.status = CallStatus::Running { operation, effect: call.effect };
        self.last_operation = operation.number();
        Ok(())
    }

    fn result(&mut self, result: &ToolResult) -> Result<(), Problem> {
        let index = match result.operation {
            Some(operation) => self.running_call(operation),
            None => self.calls.iter().position(PendingCall::is_waiting),
        };
        let call = index.and_then(|index| self.calls.get_mut(index)).ok_or(Problem::NoSuchCall)?;
        if call.tool_use.id != result.tool_use_id {
            return Err(Problem::NoSuchCall);
        }
        let block = ToolResultBlock::new(&result.tool_use_id, result.content.clone(), result.is_error);
        call.status = CallStatus::Answered(Arc::new(block));
        self.close_calls();
        Ok(())
    }

    /// Once every call has its result, the results are one message, in the order of the calls.
    fn close_calls(&mut self) {
        let results: Option<Vec<Block>> = self
            .calls
            .iter()
            .map(|call| match &call.status {
                CallStatus::Answered(result) => Some(Block::ToolResult(result.as_ref().clone())),
                CallStatus::Waiting | CallStatus::Running { .. } => None,
            })
            .collect();
        if let Some(mut results) = results {
            results.append(&mut self.beside);
            self.calls.clear();
            self.add_user_message(Message::new(Role::User, results));
        }
    }

    const fn no_calls_open(&self) -> Result<(), Problem> {
        if self.calls.is_empty() { Ok(()) } else { Err(Problem::CallsOpen) }
    }

    /// Returns how the run finishes as things stand; none when the model is to be asked.
    pub(super) fn conclusion(&self) -> Option<FinishReason> {
        let limits = self.limits.as_ref()?;
        let spent_out = limits.budget.is_some_and(|budget| budget.is_used_up(&self.leg.usage, self.price()));
        match self.verdict {
            Some(reason) => Some(reason),
            None if spent_out => Some(FinishReason::Budget),
            None if self.leg.rounds >= u64::from(limits.max_rounds) => Some(match limits.at_last_round {
                AtLastRound::End => FinishReason::MaxRounds,
                AtLastRound::Pause => FinishReason::Paused,
            }),
            None => None,
        }
    }
}

/// Whether `results` answer `call`.
fn answered(call: &ToolUseBlock, results: &[Block]) -> CallStatus {
    let result = results.iter().find_map(|block| match block {
        Block::ToolResult(result) if result.tool_use_id == call.id => Some(Arc::new(result.clone())),
        _ => None,
    });
    result.map_or(CallStatus::Waiting, CallStatus::Answered)
}
