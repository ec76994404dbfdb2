//! Sandboxes made in advance: what a session needs is bound when it comes.
//!
//! Making a sandbox takes a millisecond or two; starting its shell and its Python, and importing document libraries, takes
//! hundreds. A warm sandbox has all that behind it. It knows neither the session's files nor its skills nor its environment:
//! they are bound by [`Warm::claim`], so that every session can have a warm one. It is used once.
//!
//! A pool that is empty is no failure: the sandbox is made then and there, and counted in [`Metrics::cold`].

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Backend, BoxFuture, Error, Key, ResourceLimits, Sandbox, Spec};

/// Runs work in the background, such as `tokio::spawn` does.
pub type Spawner = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

/// What a warm sandbox has before it has a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warmth {
    /// A folder for its control, until the session names another.
    pub control_dir: PathBuf,
    /// The Python environment.
    pub python: Option<PathBuf>,
    /// What its Python has imported; none starts no Python.
    pub imports: Vec<String>,
    /// How much of the machine it may take.
    pub limits: ResourceLimits,
}

/// A sandbox that waits for a session.
pub trait Warm: Send + Sync {
    /// Returns whether it can still be claimed.
    fn lives(&self) -> bool;

    /// Binds the session's folders, skills and environment, and hands the sandbox over. Its shell is the operation `bash-1`,
    /// its Python `python-1`.
    fn claim(self: Box<Self>, spec: Spec) -> BoxFuture<'static, Result<Arc<dyn Sandbox>, Error>>;
}

/// What a pool holds ready.
#[derive(Debug, Clone)]
pub struct Options {
    /// Below so many, more are made.
    pub low: usize,
    /// Until there are so many.
    pub high: usize,
    /// Where control folders of warm sandboxes are made.
    pub folder: PathBuf,
    /// The Python environment. A session that wants another gets a cold start.
    pub python: Option<PathBuf>,
    /// What Python imports in advance.
    pub imports: Vec<String>,
    /// How much of the machine each may take. A session that asks for other limits gets a cold start.
    pub limits: ResourceLimits,
}

/// What a pool has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Sessions that got a warm sandbox.
    pub warm: u64,
    /// Sessions for which one had to be made.
    pub cold: u64,
    /// Warm sandboxes that could not be made, or had ended before they were claimed.
    pub failed: u64,
    /// Warm sandboxes that wait.
    pub ready: usize,
}

/// Holds warm sandboxes. Clones are the same pool. Dropping the last one ends those that wait.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    backend: Arc<dyn Backend>,
    options: Options,
    spawner: Spawner,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Box<dyn Warm>>,
    metrics: Metrics,
    filling: bool,
}

impl Pool {
    /// Makes a pool. Nothing is made before [`Pool::fill`] or the first claim.
    pub fn new(backend: Arc<dyn Backend>, options: Options, spawner: Spawner) -> Self {
        Self(Arc::new(Inner { backend, options, spawner, state: Mutex::default() }))
    }

    /// Makes warm sandboxes until there are as many as there should be. Returns early when one cannot be made.
    pub async fn fill(&self) {
        if !self.begin_filling(self.0.options.high) {
            return;
        }
        while self.0.state().ready.len() < self.0.options.high {
            if !self.add().await {
                break;
            }
        }
        self.0.state().filling = false;
    }

    /// Returns a sandbox for a session: a warm one where there is one, otherwise a new one.
    ///
    /// # Errors
    /// What [`Backend::create`] says.
    pub async fn claim(&self, spec: Spec) -> Result<Arc<dyn Sandbox>, Error> {
        let options = &self.0.options;
        let fits = spec.python == options.python && spec.limits == options.limits;
        let claimed = if fits { self.claim_warm(&spec).await } else { None };
        if fits && self.0.state().ready.len() < options.low {
            let pool = self.clone();
            (self.0.spawner)(Box::pin(async move { pool.fill().await }));
        }
        if let Some(sandbox) = claimed {
            self.0.state().metrics.warm += 1;
            return Ok(sandbox);
        }
        self.0.state().metrics.cold += 1;
        self.0.backend.create(spec).await
    }

    /// Returns what was done so far.
    pub fn metrics(&self) -> Metrics {
        let state = self.0.state();
        Metrics { ready: state.ready.len(), ..state.metrics }
    }

    async fn claim_warm(&self, spec: &Spec) -> Option<Arc<dyn Sandbox>> {
        loop {
            let warm = self.0.state().ready.pop_front()?;
            if warm.lives()
                && let Ok(sandbox) = warm.claim(spec.clone()).await
            {
                return Some(sandbox);
            }
            self.0.state().metrics.failed += 1;
        }
    }

    /// Makes one more. Returns whether that worked.
    async fn add(&self) -> bool {
        let Options { folder, python, imports, limits, .. } = &self.0.options;
        let Ok(name) = Key::fresh("warm") else { return false };
        let warmth = Warmth {
            control_dir: folder.join(name.as_str()),
            python: python.clone(),
            imports: imports.clone(),
            limits: limits.clone(),
        };
        let made = self.0.backend.prepare(warmth).await;
        let mut state = self.0.state();
        let Ok(warm) = made else {
            state.metrics.failed += 1;
            return false;
        };
        state.ready.push_back(warm);
        true
    }

    /// Returns whether nobody else fills, and it is needed.
    fn begin_filling(&self, below: usize) -> bool {
        let mut state = self.0.state();
        let begins = !state.filling && state.ready.len() < below;
        state.filling |= begins;
        begins
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
