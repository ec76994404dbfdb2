//! The seam between what uses a sandbox and what makes one.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Command, Error, Files, Process};

/// A boxed future, for traits used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes sandboxes.
pub trait Backend: Send + Sync {
    /// Returns the name by which `--sandbox` asks for it.
    fn name(&self) -> &'static str;

    /// Returns every protection that its sandboxes enforce.
    fn enforces(&self) -> &'static [Protection];

    /// Makes a sandbox that is ready for its first command.
    ///
    /// Fails with [`Error::Unavailable`] when the machine cannot do what [`Backend::enforces`] promises.
    fn create(&self, spec: Spec) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, Error>>;
}

/// A running sandbox.
///
/// Dropping the last reference ends it and everything in it.
pub trait Sandbox: Send + Sync {
    /// Returns where things are, as the workload sees them.
    fn layout(&self) -> &Layout;

    /// Starts a process.
    fn spawn(&self, command: Command) -> BoxFuture<'_, Result<Process, Error>>;

    /// Returns the sandbox's files.
    fn files(&self) -> &dyn Files;

    /// Returns when the sandbox has ended, by whatever cause: what happened, as far as is known.
    fn ended(&self) -> BoxFuture<'_, String>;

    /// Ends the sandbox and everything in it, and returns when nothing of it runs any more.
    fn destroy(&self) -> BoxFuture<'_, ()>;
}

/// What a sandbox is made from.
#[derive(Debug, Clone)]
pub struct Spec {
    /// A folder of this session on the host: `workspace`, `uploads` and `outputs` live in it, and what the backend needs
    /// besides. It is made when missing, and outlives the sandbox.
    pub session_dir: PathBuf,
    /// The skills, each under its own name.
    pub skills: Vec<SkillMount>,
    /// A Python environment of the host to mount read-only.
    pub python: Option<PathBuf>,
    /// Variables added to the clean environment of every process.
    pub env: BTreeMap<String, String>,
}

/// A skill to show in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillMount {
    /// A single path component.
    pub name: String,
    /// A folder of the host that nobody writes to: a snapshot, not the skill's source.
    pub snapshot: PathBuf,
}

/// Where things are, as the workload sees them. Absolute paths without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The working directory; writable, kept for the session.
    pub workspace: String,
    /// The folder that holds one folder per skill.
    pub skills: String,
    /// Input files.
    pub uploads: String,
    /// Files for the user.
    pub outputs: String,
    /// The mounted Python environment.
    pub python: Option<String>,
}

/// One thing that a sandbox keeps a workload from doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// It sees no host file outside the mounts.
    HostFiles,
    /// System folders are read-only.
    ReadOnlySystem,
    /// Writes to a skill stay in the session.
    SkillSources,
    /// It sees and signals no process outside.
    Processes,
    /// It has no network beyond its own loopback.
    Network,
    /// It shares no System V or POSIX message objects, and no host name.
    IpcAndUts,
    /// It holds no capability and can gain none.
    Privileges,
    /// System calls are filtered.
    SystemCalls,
    /// Its environment holds nothing of the host's.
    Environment,
    /// When a call is stopped, every process it started is stopped.
    ProcessTree,
}
