//! What every request works with.

use std::path::PathBuf;
use std::sync::Arc;

use skilled_container::Containers;
use skilled_message::UnixMillis;
use skilled_store::{Blobs, Records};
use tokio_util::sync::CancellationToken;

use crate::admit::Gates;
use crate::auth::KnownKeys;
use crate::messages::batches::Desk;
use crate::skills::Builtins;
use crate::{Config, Metrics, Models, UsageSums};

/// Tells the time: milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// What a server is made of.
pub struct Parts {
    /// How it behaves.
    pub config: Config,
    /// Where its records are.
    pub records: Arc<dyn Records>,
    /// Where its bytes are.
    pub blobs: Arc<dyn Blobs>,
    /// Where the files of its skills are.
    pub trees: skilled_registry::Store,
    /// The skills that come with it.
    pub builtins: Builtins,
    /// The models behind it.
    pub models: Models,
    /// Where code runs; none where this machine cannot.
    pub containers: Option<Containers>,
    /// A private folder for what is under way, on the file system of `trees`. What is in it when the server starts can go.
    pub scratch: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the server is to end.
    pub ending: CancellationToken,
}

/// What every request works with; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The state itself.
pub struct Inner {
    /// How the server behaves.
    pub config: Config,
    /// Where its records are.
    pub records: Arc<dyn Records>,
    /// Where its bytes are.
    pub blobs: Arc<dyn Blobs>,
    /// Where the files of its skills are.
    pub trees: skilled_registry::Store,
    /// The skills that come with it.
    pub builtins: Builtins,
    /// The models behind it.
    pub models: Models,
    /// Where code runs; none where this machine cannot.
    pub containers: Option<Containers>,
    /// A private folder for what is under way.
    pub scratch: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the server is to end.
    pub ending: CancellationToken,
    /// What is counted.
    pub metrics: Metrics,
    /// What is used, before it is written.
    pub usage: UsageSums,
    /// Held shared from the taking of a skill's snapshot to its record, and alone while snapshots are removed.
    pub(crate) snapshots: tokio::sync::RwLock<()>,
    pub(crate) keys: KnownKeys,
    pub(crate) gates: Gates,
    pub(crate) batches: Desk,
}

impl AppState {
    /// Puts a server's parts together.
    pub fn new(parts: Parts) -> Self {
        let Parts { config, records, blobs, trees, builtins, models, containers, scratch, clock, ending } =
            parts;
        let gates = Gates::new(&config.limits);
        Self(Arc::new(Inner {
            config,
            records,
            blobs,
            trees,
            builtins,
            models,
            containers,
            scratch,
            clock,
            ending,
            metrics: Metrics::default(),
            usage: UsageSums::default(),
            snapshots: tokio::sync::RwLock::default(),
            keys: KnownKeys::default(),
            gates,
            batches: Desk::default(),
        }))
    }

    /// The time now.
    pub fn now(&self) -> UnixMillis {
        (self.0.clock)()
    }
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
