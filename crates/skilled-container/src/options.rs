//! What containers are made from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use skilled_message::UnixMillis;
use skilled_sandbox::{Backend, BoxFuture, Error, Pool, ResourceLimits, Sandbox, Spec};
use skilled_store::Quota;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// Makes the sandboxes.
#[derive(Clone)]
pub enum Maker {
    /// One by one.
    Cold(Arc<dyn Backend>),
    /// From a pool of warm ones, and one by one where it is empty.
    Warm(Pool, Arc<dyn Backend>),
}

impl Maker {
    pub(crate) fn create(&self, spec: Spec) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, Error>> {
        match self {
            Self::Cold(backend) => backend.create(spec),
            Self::Warm(pool, _) => Box::pin(pool.claim(spec)),
        }
    }

    pub(crate) const fn backend(&self) -> &Arc<dyn Backend> {
        match self {
            Self::Cold(backend) | Self::Warm(_, backend) => backend,
        }
    }
}

/// How containers are.
#[derive(Clone)]
pub struct Options {
    /// A private folder for them.
    pub folder: PathBuf,
    /// How long one lives that nobody uses.
    pub idle: Duration,
    /// The Python environment that they show.
    pub python: Option<PathBuf>,
    /// How much of the machine each may take.
    pub limits: ResourceLimits,
    /// The bounds of what is done in them.
    pub operations: skilled_toolset::Options,
    /// The largest file that leaves one.
    pub file_bytes: u64,
    /// How much room the files of a workspace may take.
    pub quota: Quota,
}
