//! The driver: performs what the state machine decides.

mod calls;
mod request;
mod seams;
mod stop;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use skilled_message::Message;
use skilled_model::{ErrorKind, Model};
use skilled_tool::ToolSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use seams::{Clock, Log, LogError, LogFuture, Observer, ResumeSettings, RunSettings};
pub use stop::StopHandle;

use crate::{
    Action, ApplyError, Event, EventId, FinishReason, Input, ModelRecord, Opening, Recovered, RunResumed,
    RunStarted, SCHEMA_VERSION, State, StopCause, UnknownPrice, Warning, step,
};
use calls::RunningCalls;
use request::RunningRequest;

/// Drives one run at a time: asks the model, calls the tools, records and shows what happens.
///
/// Works on any tokio runtime with time enabled, current-thread ones included. Dropping a future of the driver cancels
/// what is under way; the log then ends without a [`crate::EventKind::RunFinished`], and the run can be resumed.
pub struct Driver<'a> {
    /// The model.
    pub model: Arc<dyn Model>,
    /// The tools.
    pub tools: ToolSet,
    /// What says the time.
    pub clock: Arc<dyn Clock>,
    /// Where events are made durable.
    pub log: &'a mut dyn Log,
    /// Who watches.
    pub observer: &'a mut dyn Observer,
    /// What ends the run from outside.
    pub stop: StopHandle,
    /// How long a cancelled request or call may take to end before it is abandoned.
    pub cancel_grace: Duration,
}

/// A run that ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Why.
    pub reason: FinishReason,
    /// Its final state.
    pub state: State,
}

/// Why a run could not be driven to its end. What was recorded stays valid, and the run can be resumed.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The budget cannot be kept; nothing was recorded.
    #[error("the budget cannot be kept")]
    Budget(#[source] UnknownPrice),
    /// The run to be resumed never began.
    #[error("there is nothing to resume: the run has no first event; start a new run")]
    NotStarted,
    /// An event could not be recorded, so the run was cancelled.
    #[error("event {seq} of the run could not be recorded")]
    Log {
        /// The event's number.
        seq: u64,
        /// Why not.
        #[source]
        source: LogError,
    },
    /// The state machine decided what does not fit its own log.
    #[error("the run contradicts its own log; this is a defect of the program")]
    Inconsistent(#[source] ApplyError),
    /// The run waits for nothing, yet it has not finished.
    #[error("the run waits for nothing, yet it has not finished; this is a defect of the program")]
    Stuck,
}

impl Driver<'_> {
    /// Starts a run and drives it to its end.
    pub async fn start(
        self,
        settings: RunSettings,
        opening: impl Into<Opening>,
        warnings: Vec<Warning>,
    ) -> Result<Finished, DriveError> {
        let model = self.model_record();
        let RunSettings { run, version, system, client_tools, options, skills, sandbox, limits } = settings;
        check_budget(&model, &limits)?;
        let tools = self.tools.definitions().to_vec();
        let started = RunStarted {
            schema: SCHEMA_VERSION,
            version,
            run,
            model,
            system,
            tools,
            client_tools,
            options,
            skills,
            sandbox,
            limits,
        };
        let timeout = started.limits.timeout();
        let input = Input::Start { started: Box::new(started), opening: opening.into(), warnings };
        Loop::new(self, State::default(), timeout).run(input).await
    }

    /// Goes on with a run that finished or broke off. `state` is the fold over all its events.
    ///
    /// The system prompt and the tools stay as they were recorded. Tools that are gone since, or described otherwise, are
    /// reported by a warning; calls of gone ones fail.
    pub async fn resume(
        self,
        state: State,
        settings: ResumeSettings,
        prompt: Option<Message>,
        mut warnings: Vec<Warning>,
    ) -> Result<Finished, DriveError> {
        let model = self.model_record();
        let ResumeSettings { version, sandbox, limits } = settings;
        check_budget(&model, &limits)?;
        let Some(started) = state.started() else { return Err(DriveError::NotStarted) };
        if started.tools[..] != self.tools.definitions()[..] {
            let text =
                "the tools differ from those the run was started with; the model still sees the earlier ones";
            warnings.push(Warning::new("tools_changed", text));
        }
        let resumed = RunResumed { schema: SCHEMA_VERSION, version, model, sandbox, limits };
        let timeout = resumed.limits.timeout();
        let recovered = self.recover(&state).await;
        let input = Input::Resume { resumed: Box::new(resumed), recovered, prompt, warnings };
        Loop::new(self, state, timeout).run(input).await
    }

    /// Finds out what became of the calls that were under way when the last driver died. Calls that only read are made
    /// again; the others are asked for.
    async fn recover(&self, state: &State) -> Vec<Recovered> {
        let cancel = CancellationToken::new();
        let _cancelled_when_dropped = cancel.clone().drop_guard();
        let mut calls = RunningCalls::new(cancel.child_token());
        for (operation, tool_use) in state.under_way() {
            if let Some(tool) = self.tools.get(&tool_use.name) {
                calls.recover(operation, Arc::clone(tool), tool_use.input.clone());
            }
        }
        let mut recovered = Vec::new();
        loop {
            tokio::select! {
                biased;
                _ = self.stop.stopped(), if !cancel.is_cancelled() => cancel.cancel(),
                next = calls.next_recovered() => match next {
                    Some((operation, outcome)) => recovered.extend(outcome.map(|outcome| Recovered { operation, outcome })),
                    None => return recovered,
                },
            }
        }
    }

    fn model_record(&self) -> ModelRecord {
        ModelRecord { name: self.model.name().to_string(), price: self.model.info().price }
    }
}

fn check_budget(model: &ModelRecord, limits: &crate::Limits) -> Result<(), DriveError> {
    match &limits.budget {
        Some(budget) => budget.check(&model.name, model.price.as_ref()).map_err(DriveError::Budget),
        None => Ok(()),
    }
}

/// A run being driven.
struct Loop<'a> {
    driver: Driver<'a>,
    state: State,
    request: Option<RunningRequest>,
    calls: RunningCalls,
    /// The token above the request and all calls.
    work: CancellationToken,
    deadline: Option<Instant>,
    stopping: Stopping,
}

/// How far the end from outside has come.
enum Stopping {
    No,
    /// The state machine knows; what is under way may take until then.
    Grace(Instant),
    /// What was under way has been abandoned.
    Abandoned,
}

impl<'a> Loop<'a> {
    fn new(driver: Driver<'a>, state: State, timeout: Option<Duration>) -> Self {
        let work = CancellationToken::new();
        Self {
            driver,
            state,
            request: None,
            calls: RunningCalls::new(work.child_token()),
            work,
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            stopping: Stopping::No,
        }
    }

    async fn run(mut self, input: Input) -> Result<Finished, DriveError> {
        let _cancelled_when_dropped = self.work.clone().drop_guard();
        let result = self.drive(input).await;
        if result.is_err() {
            // Whatever a tool started must not outlive the run.
            self.work.cancel();
            self.request = None;
            self.calls.join(self.driver.cancel_grace).await;
        }
        result.map(|reason| Finished { reason, state: self.state })
    }

    async fn drive(&mut self, input: Input) -> Result<FinishReason, DriveError> {
        let mut inputs = VecDeque::from([input]);
        loop {
            while let Some(input) = inputs.pop_front() {
                if let Some(reason) = self.advance(input).await? {
                    return Ok(reason);
                }
            }
            inputs.extend(self.next_input().await?);
        }
    }

    /// Takes one step: records its events, shows them, performs its actions. Returns the reason when the run ended.
    async fn advance(&mut self, input: Input) -> Result<Option<FinishReason>, DriveError> {
        let step = step(&self.state, input, &self.driver.tools);
        for kind in step.events {
            let at = self.driver.clock.now();
            let event = Event { seq: self.state.next_seq(), id: EventId::new(at), at, kind };
            let recorded = self.driver.log.append(&event).await;
            recorded.map_err(|source| DriveError::Log { seq: event.seq, source })?;
            self.state.apply(&event).map_err(DriveError::Inconsistent)?;
            self.driver.observer.event(&event);
        }
        Ok(step.actions.into_iter().find_map(|action| self.perform(action)))
    }

    fn perform(&mut self, action: Action) -> Option<FinishReason> {
        match action {
            Action::RequestModel { turn, request } => {
                let cancel = self.work.child_token();
                let stream = self.driver.model.stream(request, cancel.clone());
                self.request = Some(RunningRequest::new(turn, stream, cancel));
            }
            Action::StartTool { operation, name, input } => {
                self.calls.start(operation, self.driver.tools.get(&name).cloned(), input);
            }
            Action::CancelModel => {
                if let Some(request) = &self.request {
                    request.cancel();
                }
            }
            Action::CancelTools => self.calls.cancel(),
            Action::Finish(reason) => return Some(reason),
        }
        None
    }

    /// Waits for whatever happens next. An end from outside goes before everything else.
    async fn next_input(&mut self) -> Result<Option<Input>, DriveError> {
        let running = matches!(self.stopping, Stopping::No);
        let wakeup = match self.stopping {
            Stopping::No => self.deadline,
            Stopping::Grace(end) => Some(end),
            Stopping::Abandoned => None,
        };
        if self.request.is_none() && self.calls.is_empty() {
            return Err(DriveError::Stuck);
        }
        tokio::select! {
            biased;
            cause = self.driver.stop.stopped(), if running => Ok(Some(self.begin_stop(cause))),
            () = sleep_until(wakeup), if wakeup.is_some() => Ok(self.time_is_up()),
            Some(input) = self.calls.next() => Ok(Some(input)),
            Some(news) = RunningRequest::next(&mut self.request) => Ok(self.heard(news)),
            else => Err(DriveError::Stuck),
        }
    }

    fn begin_stop(&mut self, cause: StopCause) -> Input {
        self.stopping = match Instant::now().checked_add(self.driver.cancel_grace) {
            Some(end) => Stopping::Grace(end),
            None => Stopping::Abandoned,
        };
        Input::Stop(cause)
    }

    /// The deadline of the run has passed, or what was cancelled has not ended in its time.
    fn time_is_up(&mut self) -> Option<Input> {
        if matches!(self.stopping, Stopping::No) {
            return Some(self.begin_stop(StopCause::Timeout));
        }
        self.stopping = Stopping::Abandoned;
        self.calls.abandon();
        self.request.take().map(|request| request.failed(ErrorKind::Cancelled, "the request was cancelled"))
    }

    fn heard(&mut self, news: request::News) -> Option<Input> {
        match news {
            request::News::Preview(preview) => {
                self.driver.observer.preview(&preview);
                None
            }
            request::News::Retry(input) => Some(input),
            request::News::Ended(input) => {
                self.request = None;
                Some(input)
            }
        }
    }
}

async fn sleep_until(wakeup: Option<Instant>) {
    match wakeup {
        Some(wakeup) => tokio::time::sleep_until(wakeup).await,
        None => std::future::pending().await,
    }
}
