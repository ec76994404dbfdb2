//! What took how long.

use std::future::Future;
use std::time::{Duration, Instant};

/// Nanoseconds by step, in the order in which the steps were first taken.
#[derive(Default)]
pub(crate) struct Times(Vec<(String, Vec<u64>)>);

impl Times {
    pub(crate) fn add(&mut self, step: &str, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap();
        match self.0.iter_mut().find(|(known, _)| known == step) {
            Some((_, samples)) => samples.push(nanoseconds),
            None => self.0.push((step.to_owned(), vec![nanoseconds])),
        }
    }

    pub(crate) async fn take<T>(&mut self, step: &str, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = work.await;
        self.add(step, started.elapsed());
        result
    }

    /// Forgets every time, not the order of the steps: what was measured until now was to warm up.
    pub(crate) fn forget(&mut self) {
        self.0.iter_mut().for_each(|(_, samples)| samples.clear());
    }

    /// Prints one line of JSON per step.
    pub(crate) fn print(&self) {
        for (step, samples) in &self.0 {
            println!("{}", serde_json::json!({"step": step, "ns": samples}));
        }
    }
}
