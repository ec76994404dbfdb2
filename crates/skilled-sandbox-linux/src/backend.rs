//! Making sandboxes.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use skilled_sandbox::{Backend, BoxFuture, Error, Layout, Missing, Protection, Sandbox, Spec, Warm, Warmth};
use skilled_supervisor::{self as protocol, Containment, Failure, Identity, Launch, Plan, Report, Stage};

use crate::control::{self, Control, ProcessId, Record};
use crate::identity::identity;
use crate::link::Link;
use crate::operation::Place;
use crate::sandbox::LinuxSandbox;
use crate::session::{self, Farm};
use crate::{filter, image, limits, plan, warm};

/// Where programs are looked for in a sandbox, after the Python environment.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PYTHON: &str = "/opt/skilled/python";

/// What stands between the workload and the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Everything this crate can do.
    Full,
    /// Nothing but a clean environment and the ability to end process trees. Must be asked for by name.
    None,
}

/// Makes sandboxes on this machine.
#[derive(Debug)]
pub struct LinuxBackend {
    isolation: Isolation,
    /// Started by [`LinuxBackend::warm`], for the next sandbox.
    warm: Mutex<Option<Launcher>>,
}

impl LinuxBackend {
    /// Returns a backend. Whether the machine can do what it promises shows when a sandbox is made.
    pub const fn new(isolation: Isolation) -> Self {
        Self { isolation, warm: Mutex::new(None) }
    }

    /// Starts the process that will make the next sandbox, so that it starts beside what the caller still has to do
    /// before that. Must be called within a runtime.
    ///
    /// A failure is told by [`Backend::create`], which starts one itself.
    pub fn warm(&self) {
        let launcher = Launcher::start().ok();
        *self.warm.lock().unwrap_or_else(PoisonError::into_inner) = launcher;
    }

    async fn make(&self, spec: Spec) -> Result<Arc<dyn Sandbox>, Error> {
        let warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Before everything else: it starts while the rest is made.
        let launcher = warm.map_or_else(Launcher::start, Ok).map_err(not_started)?;
        let identity = identity();
        let farm = match self.isolation {
            Isolation::Full => Farm::Links,
            Isolation::None => Farm::Copies,
        };
        // Absolute, so that the launcher, which starts in `/`, finds the same folder.
        let session_dir = std::path::absolute(&spec.session_dir).map_err(|source| Error::Setup {
            step: format!("find {}", spec.session_dir.display()),
            source,
        })?;
        let own = Identity { privileged: false, ..identity };
        let owner = if self.isolation == Isolation::None { &own } else { &identity };
        session::prepare(&session_dir, &spec.skills, owner, farm)?;
        let control = Control::make(&spec.control_dir, owner)?;
        let session = utf8(&session_dir)?;
        let python = spec.python.as_deref().map(utf8).transpose()?;
        let layout = self.layout(session, python);
        let made_ms = control.made_ms();
        let (isolation, containment, limits) = match self.isolation {
            Isolation::None => {
                let enforced = limits::without_isolation(&spec.limits)?;
                (protocol::Isolation::None, Containment::default(), enforced)
            }
            Isolation::Full => {
                let name = group_name(&launcher, made_ms);
                let planned = limits::demand(&spec.limits, &identity, session, &name)?;
                let plan = Plan {
                    identity,
                    hostname: "sandbox".to_owned(),
                    steps: plan::root(session, python, planned.scratch),
                    filters: vec![filter::filter()],
                };
                (protocol::Isolation::Namespaces(plan), planned.containment, planned.enforced)
            }
        };
        let mut record = Record {
            version: Record::VERSION,
            label: spec.label,
            backend: self.name().to_owned(),
            made_ms,
            boot: control::boot(),
            launcher: launcher.process.id().and_then(|pid| ProcessId::of(pid.cast_signed())),
            supervisor: None,
            orphan_seconds: u32::try_from(spec.orphan.as_secs()).unwrap_or(u32::MAX),
            env: environment(&layout, &spec.env),
            layout,
            session_dir,
            limits,
            groups: containment.groups.iter().map(|group| PathBuf::from(&group.path)).collect(),
        };
        let keep = |record: &Record| {
            let step = format!("write {}", control.path().join("sandbox.json").display());
            control.keep(record).map_err(|source| Error::Setup { step, source })
        };
        // Whatever happens from here on, somebody can find what was begun.
        keep(&record)?;
        let (link, launcher, process_1) =
            launcher.launch(isolation, containment, None, &record, &control).await?;
        record.supervisor = process_1.and_then(ProcessId::of);
        keep(&record)?;
        let place = Place { link: Arc::new(link), control: Arc::new(control) };
        Ok(Arc::new(LinuxSandbox::new(place, Some(launcher), record)))
    }

    /// Makes a sandbox without a session, and the way to bind one.
    pub(crate) async fn make_unbound(
        &self,
        warmth: &Warmth,
    ) -> Result<(LinuxSandbox, Link, Identity), Error> {
        let launcher = Launcher::start().map_err(not_started)?;
        let identity = identity();
        let control = Control::make(&warmth.control_dir, &identity)?;
        let python = warmth.python.as_deref().map(utf8).transpose()?;
        let layout = self.layout("", python);
        let made_ms = control.made_ms();
        let name = group_name(&launcher, made_ms);
        let mut planned = limits::demand(&warmth.limits, &identity, "/", &name)?;
        // There is nothing to look at yet.
        planned.containment.watch = None;
        let isolation = protocol::Isolation::Namespaces(Plan {
            identity,
            hostname: "sandbox".to_owned(),
            steps: plan::unbound(python, planned.scratch),
            filters: vec![filter::filter()],
        });
        let mut record = Record {
            version: Record::VERSION,
            label: "waiting for a session".to_owned(),
            backend: self.name().to_owned(),
            made_ms,
            boot: control::boot(),
            launcher: launcher.process.id().and_then(|pid| ProcessId::of(pid.cast_signed())),
            supervisor: None,
            orphan_seconds: u32::try_from(warm::ORPHAN.as_secs()).unwrap_or(u32::MAX),
            env: environment(&layout, &BTreeMap::new()),
            layout,
            session_dir: PathBuf::new(),
            limits: planned.enforced,
            groups: planned.containment.groups.iter().map(|group| PathBuf::from(&group.path)).collect(),
        };
        let keep = |record: &Record| {
            let step = format!("write {}", control.path().join("sandbox.json").display());
            control.keep(record).map_err(|source| Error::Setup { step, source })
        };
        keep(&record)?;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(|errno| not_started(errno.into()))?;
        let binder = Link::new(ours).map_err(not_started)?;
        let (link, launcher, process_1) =
            launcher.launch(isolation, planned.containment, Some(theirs), &record, &control).await?;
        record.supervisor = process_1.and_then(ProcessId::of);
        keep(&record)?;
        let place = Place { link: Arc::new(link), control: Arc::new(control) };
        Ok((LinuxSandbox::new(place, Some(launcher), record), binder, identity))
    }

    /// Reads what is known of the sandbox of a control folder.
    ///
    /// # Errors
    /// When there is none, or its record cannot be read.
    pub fn record(control_dir: &Path) -> io::Result<Record> {
        Control::open(control_dir)?.record()
    }

    /// Opens a sandbox that was made earlier, by this process or another. When it has ended, its operations can be looked
    /// at, and nothing else.
    ///
    /// # Errors
    /// [`Error::Setup`] when `control_dir` holds no sandbox; [`Error::Invalid`] when the one that lives there was made by
    /// a build that speaks otherwise.
    pub async fn open(control_dir: &Path) -> Result<Arc<dyn Sandbox>, Error> {
        let failed = |source: io::Error| Error::Setup {
            step: format!("open the sandbox of {}", control_dir.display()),
            source,
        };
        let control = Control::open(control_dir).map_err(failed)?;
        let record = control.record().map_err(failed)?;
        let socket = if let Ok(socket) = control.connect() {
            socket
        } else {
            // It has ended: a socket without anybody behind it stands in for its supervisor.
            let (ours, _) =
                socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                    .map_err(|errno| failed(errno.into()))?;
            ours
        };
        let link = Arc::new(Link::new(socket).map_err(failed)?);
        let place = Place { link: Arc::clone(&link), control: Arc::new(control) };
        let sandbox = LinuxSandbox::new(place, None, record);
        match link.greet(false).await {
            // Gone in this moment, or long ago.
            Ok(Ok(())) | Err(Error::Gone { .. }) => Ok(Arc::new(sandbox)),
            Ok(Err(errno)) => {
                sandbox.leave();
                Err(Error::Invalid {
                    message: format!(
                        "the sandbox of {} does not understand this build of skilled ({errno}): end it with the build \
                         that made it, or kill it",
                        control_dir.display()
                    ),
                })
            }
            Err(error) => Err(error),
        }
    }

    fn layout(&self, session: &str, python: Option<&str>) -> Layout {
        match self.isolation {
            Isolation::Full => Layout {
                workspace: "/workspace".to_owned(),
                skills: "/skills".to_owned(),
                uploads: "/mnt/session/uploads".to_owned(),
                outputs: "/mnt/session/outputs".to_owned(),
                python: python.map(|_| PYTHON.to_owned()),
            },
            Isolation::None => Layout {
                workspace: format!("{session}/workspace"),
                skills: format!("{session}/skills"),
                uploads: format!("{session}/uploads"),
                outputs: format!("{session}/outputs"),
                python: python.map(str::to_owned),
            },
        }
    }
}

impl Backend for LinuxBackend {
    fn name(&self) -> &'static str {
        match self.isolation {
            Isolation::Full => "linux",
            Isolation::None => "none",
        }
    }

    fn enforces(&self) -> &'static [Protection] {
        match self.isolation {
            Isolation::Full => &[
                Protection::HostFiles,
                Protection::ReadOnlySystem,
                Protection::SkillSources,
                Protection::Processes,
                Protection::Network,
                Protection::IpcAndUts,
                Protection::Privileges,
                Protection::SystemCalls,
                Protection::Environment,
                Protection::ProcessTree,
            ],
            Isolation::None => &[Protection::Environment, Protection::ProcessTree],
        }
    }

    fn create(&self, spec: Spec) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, Error>> {
        Box::pin(self.make(spec))
    }

    fn attach(&self, control_dir: PathBuf) -> BoxFuture<'_, Result<Option<Arc<dyn Sandbox>>, Error>> {
        Box::pin(async move {
            match Self::record(&control_dir) {
                Ok(record) if record.lives() => Self::open(&control_dir).await.map(Some),
                Ok(_) | Err(_) => Ok(None),
            }
        })
    }

    fn prepare(&self, warmth: Warmth) -> BoxFuture<'_, Result<Box<dyn Warm>, Error>> {
        Box::pin(async move {
            match self.isolation {
                Isolation::Full => self.make_waiting(warmth).await,
                Isolation::None => Err(Error::Invalid {
                    message:
                        "nothing can be made in advance without isolation: the sandbox `none` starts at once"
                            .to_owned(),
                }),
            }
        })
    }
}

/// A started process that waits to be told what to make. Dropped, it ends by itself, as its socket is closed.
#[derive(Debug)]
struct Launcher {
    link: Link,
    process: tokio::process::Child,
}

impl Launcher {
    fn start() -> io::Result<Self> {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let process = image::start(theirs)?;
        Ok(Self { link: Link::new(ours)?, process })
    }

    /// Says what to make, and waits until it is ready. Returns the id of process 1, too.
    async fn launch(
        self,
        isolation: protocol::Isolation,
        containment: Containment,
        binder: Option<OwnedFd>,
        record: &Record,
        control: &Control,
    ) -> Result<(Link, tokio::process::Child, Option<i32>), Error> {
        let Self { link, process } = self;
        let listener = control.listen().map_err(|source| Error::Setup {
            step: format!("make the socket of {}", control.path().display()),
            source,
        })?;
        let launch = Launch {
            version: protocol::VERSION,
            isolation,
            orphan_seconds: record.orphan_seconds,
            containment,
            late: binder.is_some(),
        };
        let mut fds = vec![listener.as_fd(), control.operations().as_fd()];
        fds.extend(binder.as_ref().map(AsFd::as_fd));
        match link.exchange(&launch, &fds).await.map_err(not_started)? {
            (Report::Ready, process_1) => {
                let process_1 = process_1.or_else(|| process.id().map(u32::cast_signed));
                Ok((link, process, process_1))
            }
            (Report::Failed(failure), _) => Err(explain(failure)),
            (other, _) => {
                Err(not_started(io::Error::other(format!("an unexpected first report: {other:?}"))))
            }
        }
    }
}

pub(crate) fn not_started(source: io::Error) -> Error {
    Error::Setup { step: "start the supervisor".to_owned(), source }
}

/// Says what the machine lacks, where the step that failed tells.
pub(crate) fn explain(Failure { stage, step, errno }: Failure) -> Error {
    let source = io::Error::from_raw_os_error(errno);
    let refused = matches!(errno, libc::EPERM | libc::EACCES | libc::ENOSYS | libc::ENOSPC | libc::EINVAL);
    let missing = match stage {
        Stage::Namespaces if refused => Missing::UserNamespaces,
        Stage::Mounts if errno == libc::ENOSYS => Missing::MountApi,
        Stage::Proc if refused => Missing::Proc,
        Stage::Overlay if refused || errno == libc::ENODEV => Missing::Overlay,
        Stage::Filters if refused => Missing::Seccomp,
        _ => return Error::Setup { step, source },
    };
    Error::Unavailable { missing, step, source }
}

/// A name for control groups that nobody else has.
fn group_name(launcher: &Launcher, made_ms: u64) -> String {
    format!("{}{}-{made_ms}", protocol::GROUP_PREFIX, launcher.process.id().unwrap_or_default())
}

/// The whole environment of every process.
pub(crate) fn environment(layout: &Layout, added: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let path =
        layout.python.as_ref().map_or_else(|| PATH.to_owned(), |python| format!("{python}/bin:{PATH}"));
    let mut env: BTreeMap<String, String> = [
        ("HOME", layout.workspace.as_str()),
        ("LANG", "C.UTF-8"),
        ("OUTPUT_DIR", &layout.outputs),
        ("PATH", &path),
        // Bytecode beside a skill's scripts would be copied up for nothing.
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("RUN_DIR", &layout.workspace),
        ("SHELL", "/bin/bash"),
        ("SKILLS_DIR", &layout.skills),
        ("TERM", "dumb"),
        ("TMPDIR", "/tmp"),
        ("USER", "agent"),
        ("WORKSPACE_DIR", &layout.workspace),
        ("WORK_DIR", &layout.workspace),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    env.extend(added.clone());
    env
}

pub(crate) fn utf8(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::Invalid {
        message: format!("{} is not UTF-8: the sandbox needs a folder whose path is", path.display()),
    })
}
