//! Scripted parts around a driver.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use skilled_agent::{
    Clock, DriveError, Driver, Event, Finished, Limits, Log, LogFuture, Observer, Preview, RunId,
    RunSettings, StopHandle,
};
use skilled_message::{Message, ToolDefinition};
use skilled_model::{Error, ErrorKind, EventStream, Model, ModelInfo, ModelName, Request, StreamEvent};
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool, ToolSet};
use tokio_util::sync::CancellationToken;

use crate::machine;

/// Longer than anything a test waits for.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// What a scripted stream does next.
pub(super) enum Item {
    Event(StreamEvent),
    Error(Error),
    /// Nothing, until it is cancelled.
    UntilCancelled,
    /// Nothing, cancelled or not.
    Never,
}

/// Gives one script per request.
pub(super) struct FakeModel {
    name: ModelName,
    scripts: Mutex<VecDeque<Vec<Item>>>,
    requests: Mutex<Vec<Request>>,
    /// Counts the streams that are held.
    held: Arc<()>,
}

impl FakeModel {
    pub(super) fn new(scripts: impl IntoIterator<Item = Vec<Item>>) -> Self {
        let scripts = Mutex::new(scripts.into_iter().collect());
        Self {
            name: "scripted/fake".parse().unwrap(),
            scripts,
            requests: Mutex::default(),
            held: Arc::default(),
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn all_released(&self) -> bool {
        Arc::strong_count(&self.held) == 1
    }
}

impl Model for FakeModel {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn info(&self) -> ModelInfo {
        ModelInfo { context_window: 1000, max_output_tokens: 1000, price: None }
    }

    fn stream(&self, request: Request, cancel: CancellationToken) -> EventStream {
        self.requests.lock().unwrap().push(request);
        let script = self.scripts.lock().unwrap().pop_front().expect("one script per request");
        let held = Arc::clone(&self.held);
        let items = stream::iter(script).then(move |item| {
            let (cancel, _held) = (cancel.clone(), Arc::clone(&held));
            async move {
                match item {
                    Item::Event(event) => Ok(event),
                    Item::Error(error) => Err(error),
                    Item::UntilCancelled => {
                        cancel.cancelled().await;
                        Err(Error::new(ErrorKind::Cancelled, "cancelled"))
                    }
                    Item::Never => std::future::pending().await,
                }
            }
        });
        Box::pin(items)
    }
}

type Act = Box<dyn Fn(Call) -> CallFuture<'static> + Send + Sync>;

pub(super) struct FakeTool {
    definition: ToolDefinition,
    effect: Option<Effect>,
    act: Act,
}

impl FakeTool {
    pub(super) fn reading<F>(name: &str, act: impl Fn(Call) -> F + Send + Sync + 'static) -> Arc<dyn Tool>
    where
        F: Future<Output = String> + Send + 'static,
    {
        Self::make(name, Some(Effect::ReadOnly), act)
    }

    pub(super) fn mutating<F>(name: &str, act: impl Fn(Call) -> F + Send + Sync + 'static) -> Arc<dyn Tool>
    where
        F: Future<Output = String> + Send + 'static,
    {
        Self::make(name, Some(Effect::Mutating), act)
    }

    /// A tool that panics when it is asked for its effect.
    pub(super) fn odd(name: &str) -> Arc<dyn Tool> {
        Self::make(name, None, |_| async { String::new() })
    }

    fn make<F>(
        name: &str,
        effect: Option<Effect>,
        act: impl Fn(Call) -> F + Send + Sync + 'static,
    ) -> Arc<dyn Tool>
    where
        F: Future<Output = String> + Send + 'static,
    {
        let act: Act = Box::new(move |call| {
            let text = act(call);
            Box::pin(async move { Outcome::text(text.await) })
        });
        Arc::new(Self { definition: ToolDefinition::new(name, "", json!({"type": "object"})), effect, act })
    }
}

impl Tool for FakeTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        self.effect.expect("an odd tool panics")
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        (self.act)(call)
    }
}

/// Keeps events until it is full, and tells the journal.
pub(super) struct FakeLog {
    pub(super) events: Vec<Event>,
    pub(super) full_after: Option<usize>,
    recorded: Arc<Mutex<u64>>,
}

impl Log for FakeLog {
    fn append<'a>(&'a mut self, event: &'a Event) -> LogFuture<'a> {
        Box::pin(async move {
            // A log takes its time; nobody may see the event meanwhile.
            tokio::task::yield_now().await;
            if self.full_after == Some(self.events.len()) {
                return Err("the disk is full".into());
            }
            self.events.push(event.clone());
            *self.recorded.lock().unwrap() = event.seq;
            Ok(())
        })
    }
}

/// Writes down what it is shown; fails when an event was not recorded before.
struct FakeObserver {
    shown: Arc<Mutex<Vec<String>>>,
    recorded: Arc<Mutex<u64>>,
}

impl Observer for FakeObserver {
    fn event(&mut self, event: &Event) {
        assert_eq!(*self.recorded.lock().unwrap(), event.seq, "shown before it was recorded");
        self.shown.lock().unwrap().push(event.kind.type_name().into());
    }

    fn preview(&mut self, preview: &Preview) {
        self.shown.lock().unwrap().push(format!("preview {}.{}", preview.turn, preview.sequence));
    }
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> u64 {
        1_700_000_000_000
    }
}

/// Everything around a driver.
pub(super) struct Rig {
    pub(super) model: Arc<FakeModel>,
    pub(super) log: FakeLog,
    pub(super) cancel: CancellationToken,
    pub(super) stop: StopHandle,
    tools: ToolSet,
    observer: FakeObserver,
}

impl Rig {
    pub(super) fn new(model: FakeModel, tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        let recorded = Arc::<Mutex<u64>>::default();
        let cancel = CancellationToken::new();
        Self {
            model: Arc::new(model),
            tools: ToolSet::new(tools).unwrap(),
            log: FakeLog { events: Vec::new(), full_after: None, recorded: Arc::clone(&recorded) },
            observer: FakeObserver { shown: Arc::default(), recorded },
            stop: StopHandle::new(&cancel),
            cancel,
        }
    }

    pub(super) fn driver(&mut self) -> Driver<'_> {
        Driver {
            model: Arc::clone(&self.model) as Arc<dyn Model>,
            tools: self.tools.clone(),
            clock: Arc::new(FixedClock),
            log: &mut self.log,
            observer: &mut self.observer,
            stop: self.stop.clone(),
            cancel_grace: Duration::from_secs(10),
        }
    }

    /// Starts a run; one that hangs fails the test, in paused time at once.
    pub(super) async fn start(&mut self, limits: Limits) -> Result<Finished, DriveError> {
        let run = self.driver().start(settings(limits), Message::user("Go"), vec![]);
        tokio::time::timeout(DAY, run).await.expect("the run ends")
    }

    pub(super) fn shown(&self) -> Vec<String> {
        self.observer.shown.lock().unwrap().clone()
    }
}

pub(super) fn settings(limits: Limits) -> RunSettings {
    RunSettings {
        run: RunId::from_bits(7),
        version: "1.2.3".into(),
        system: "Be good".into(),
        client_tools: None,
        options: skilled_model::Options::default(),
        skills: vec![],
        sandbox: machine::sandbox(),
        limits,
    }
}
