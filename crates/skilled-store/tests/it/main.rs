//! A store in a temporary folder.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod backup;
mod blobs;
mod child;
mod damage;
mod kills;
mod listing;
mod runs;
mod sqlite;
mod suite;
mod trace;

use skilled_agent::{
    Event, EventId, EventKind, FinishReason, Limits, ModelRecord, RunFinished, RunId, RunStarted,
    SCHEMA_VERSION, SandboxRecord, Warning,
};
use skilled_message::{Message, Usage};
use skilled_model::Options;
use skilled_store::{RunLog, RunStore};
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    store: RunStore,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = RunStore::open(&folder.path().join("data")).unwrap();
        Self { folder, store }
    }

    /// A run with these events, which nobody drives.
    fn run(&self, number: u128, kinds: Vec<EventKind>) -> (RunId, Vec<Event>) {
        let run = RunId::from_bits(number);
        let mut log = self.store.create(run).unwrap();
        (run, append(&mut log, 1, kinds))
    }

    /// What is in the file of a run's events.
    fn bytes(&self, run: RunId) -> Vec<u8> {
        std::fs::read(self.store.events_path(run)).unwrap()
    }

    fn overwrite(&self, run: RunId, bytes: &[u8]) {
        std::fs::write(self.store.events_path(run), bytes).unwrap();
    }
}

fn append(log: &mut RunLog, first: u64, kinds: Vec<EventKind>) -> Vec<Event> {
    let events: Vec<_> = (first..).zip(kinds).map(|(seq, kind)| event(seq, kind)).collect();
    for event in &events {
        log.append(event).unwrap();
    }
    events
}

fn event(seq: u64, kind: EventKind) -> Event {
    Event { seq, id: EventId::from_bits(u128::from(seq)), at: 1000 * seq, kind }
}

fn started() -> EventKind {
    EventKind::RunStarted(Box::new(RunStarted {
        schema: SCHEMA_VERSION,
        version: "1".into(),
        run: RunId::from_bits(1),
        model: ModelRecord { name: "scripted/test".into(), price: None },
        system: "Be good\nalways".into(),
        tools: vec![],
        skills: vec![],
        sandbox: SandboxRecord { name: "fake".into(), enforces: vec![] },
        limits: Limits::new(1, 1),
        client_tools: None,
        options: Options::default(),
    }))
}

fn said(text: &str) -> EventKind {
    EventKind::UserMessage { message: Message::user(text) }
}

fn warning(text: &str) -> EventKind {
    EventKind::Warning(Warning::new("test", text))
}

fn finished(reason: FinishReason) -> EventKind {
    EventKind::RunFinished(RunFinished { reason, usage: Usage::default(), cost_usd: Some(0.3), rounds: 1 })
}
