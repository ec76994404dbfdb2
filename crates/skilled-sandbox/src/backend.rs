//! The seam between what uses a sandbox and what makes one.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Command, Enforced, Error, Files, Key, LimitHits, Operation, ResourceLimits, Warm, Warmth};

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

    /// Finds a sandbox that another process has left, by the folder that its [`Spec::control_dir`] named. None when it has
    /// ended, or when there never was one.
    fn attach(&self, control_dir: PathBuf) -> BoxFuture<'_, Result<Option<Arc<dyn Sandbox>>, Error>> {
        let _ = control_dir;
        Box::pin(async { Ok(None) })
    }

    /// Makes a sandbox that waits for a session.
    fn prepare(&self, warmth: Warmth) -> BoxFuture<'_, Result<Box<dyn Warm>, Error>> {
        let _ = warmth;
        let name = self.name();
        Box::pin(async move {
            Err(Error::Invalid { message: format!("the sandbox `{name}` cannot be made in advance") })
        })
    }
}

/// A sandbox.
///
/// Dropping the last reference ends it and everything in it, unless [`Sandbox::leave`] was called. A process that dies
/// drops nothing: what it leaves behind can be opened again.
pub trait Sandbox: Send + Sync {
    /// Returns where things are, as the workload sees them.
    fn layout(&self) -> &Layout;

    /// Starts a process and returns when it runs. When `key` was used before, nothing is started: the operation of that
    /// time is returned, whether or not it still runs.
    ///
    /// # Errors
    /// [`Error::Spawn`] when the program cannot be started.
    fn start<'a>(
        &'a self,
        key: &'a Key,
        command: Command,
    ) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>>;

    /// Finds an operation of this sandbox, whether or not it still runs. None means that it was never begun, and, once
    /// that was said, that it will not begin by itself.
    fn attach<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Box<dyn Operation>>, Error>>;

    /// Returns the sandbox's files.
    fn files(&self) -> &dyn Files;

    /// Returns how each of [`Spec::limits`] is enforced. Unless a backend says so, none is.
    fn limits(&self) -> Enforced {
        Enforced::default()
    }

    /// Returns how often its limits were hit so far; of a sandbox that has ended, as far as that was noted.
    fn limits_hit(&self) -> LimitHits {
        LimitHits::default()
    }

    /// Returns when the sandbox has ended, by whatever cause: what happened, as far as is known.
    fn ended(&self) -> BoxFuture<'_, String>;

    /// Ends the sandbox and everything in it, and returns when nothing of it runs any more. What its operations did can
    /// still be read.
    fn destroy(&self) -> BoxFuture<'_, ()>;

    /// Stops every process of the workload for at most `most`, so that its files stand still: a checkpoint can be taken of
    /// them. They go on after [`Sandbox::thaw`], after that time, or when this process dies.
    ///
    /// # Errors
    /// [`Error::Invalid`] when they are stopped already, or something in the sandbox starts processes faster than they can be
    /// stopped.
    fn freeze(&self, most: Duration) -> BoxFuture<'_, Result<(), Error>>;

    /// Lets the workload go on.
    fn thaw(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Lets the sandbox live on when the last reference is dropped, for at most as long as [`Spec::orphan`] says.
    fn leave(&self);
}

/// What a sandbox is made from.
#[derive(Debug, Clone)]
pub struct Spec {
    /// A folder of this session on the host: `workspace`, `uploads` and `outputs` live in it, and what the backend needs
    /// besides. It is made when missing, and outlives the sandbox.
    pub session_dir: PathBuf,
    /// A folder on the host for what is kept of the sandbox itself: its socket, and the journals of its operations. One
    /// sandbox has it; it is made when missing, and outlives the sandbox.
    pub control_dir: PathBuf,
    /// How long the sandbox lives without anybody who holds it.
    pub orphan: Duration,
    /// Who it is for, in words that are kept with it.
    pub label: String,
    /// The skills, each under its own name.
    pub skills: Vec<SkillMount>,
    /// A Python environment of the host to mount read-only.
    pub python: Option<PathBuf>,
    /// Variables added to the clean environment of every process.
    pub env: BTreeMap<String, String>,
    /// How much of the machine it may take.
    pub limits: ResourceLimits,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
