//! The tool calls that are under way, each in its own task: a panic in a tool is a failed call, not the end of the run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use skilled_tool::{Call, Effect, Outcome, Tool};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Input, OperationId};

pub(super) struct RunningCalls {
    tasks: JoinSet<Option<Outcome>>,
    running: HashMap<Id, RunningCall>,
    cancel: CancellationToken,
}

struct RunningCall {
    operation: OperationId,
    since: Instant,
}

impl RunningCalls {
    /// Cancelling `cancel` cancels every call.
    pub(super) fn new(cancel: CancellationToken) -> Self {
        Self { tasks: JoinSet::new(), running: HashMap::new(), cancel }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn start(&mut self, operation: OperationId, tool: Option<Arc<dyn Tool>>, input: Value) {
        let call = Call { operation: operation.to_string(), input, cancel: self.cancel.child_token() };
        let task = self.tasks.spawn(async move {
            Some(match tool {
                Some(tool) => tool.call(call).await,
                None => Outcome::error("the tool is not available any more"),
            })
        });
        self.running.insert(task.id(), RunningCall { operation, since: Instant::now() });
    }

    /// Asks for a call of an earlier driver. One that only reads is made again.
    pub(super) fn recover(&mut self, operation: OperationId, tool: Arc<dyn Tool>, input: Value) {
        let call = Call { operation: operation.to_string(), input, cancel: self.cancel.child_token() };
        let task = self.tasks.spawn(async move {
            match tool.effect(&call.input) {
                Effect::ReadOnly => Some(tool.call(call).await),
                Effect::Mutating => tool.recover(call).await,
            }
        });
        self.running.insert(task.id(), RunningCall { operation, since: Instant::now() });
    }

    /// Waits for the next call to be known, or known to be unknown; returns nothing when none is left.
    pub(super) async fn next_recovered(&mut self) -> Option<(OperationId, Option<Outcome>)> {
        loop {
            let (id, outcome) = match self.tasks.join_next_with_id().await? {
                Ok(found) => found,
                // A tool that breaks down tells nothing of the earlier call.
                Err(error) => (error.id(), None),
            };
            if let Some(call) = self.running.remove(&id) {
                return Some((call.operation, outcome));
            }
        }
    }

    pub(super) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Gives up every call that has not ended.
    pub(super) fn abandon(&mut self) {
        self.tasks.abort_all();
    }

    /// Waits for the next call to end; returns nothing when none is under way.
    pub(super) async fn next(&mut self) -> Option<Input> {
        loop {
            let (id, outcome) = match self.tasks.join_next_with_id().await? {
                Ok((id, outcome)) => (id, outcome),
                Err(error) => (error.id(), Some(failed(error))),
            };
            if let (Some(call), Some(outcome)) = (self.running.remove(&id), outcome) {
                let duration = call.since.elapsed();
                return Some(Input::ToolFinished { operation: call.operation, outcome, duration });
            }
        }
    }

    /// Waits for all calls to end, at most `grace`, and gives up the rest.
    pub(super) async fn join(&mut self, grace: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all_ended).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

fn failed(error: JoinError) -> Outcome {
    match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Outcome::error(format!(
                "the tool broke down (a defect of the tool, not of the call): {}",
                text.as_deref().unwrap_or("no message")
            ))
        }
        Err(_) => {
            Outcome::error("abandoned: the call did not stop in time when it was cancelled, and may have run")
        }
    }
}
