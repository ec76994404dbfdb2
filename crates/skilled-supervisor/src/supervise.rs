//! Process 1 at work: takes requests of hosts, one at a time, and ends everything when it is asked to or when no host has
//! been there for too long.
//!
//! What a host asked before it went away is always taken before what a later one asks, so that an operation which is not
//! known yet will not begin later by itself.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use rustix::process::{Pid, set_child_subreaper};
use skilled_supervisor::{
    Ask, Failure, MESSAGE_LIMIT, ReceiveError, Report, Request, Stage, VERSION, receive, send,
};

use crate::InStep as _;
use crate::operations::Operations;
use crate::{files, sys, tree};

/// How long a host may leave its answers unread before it is taken for gone.
const STUCK: Duration = Duration::from_secs(5);

/// What process 1 gets from the launcher.
pub(crate) struct Ground {
    /// The connection of the host that makes the sandbox.
    pub(crate) host: OwnedFd,
    /// The listening socket.
    pub(crate) listener: OwnedFd,
    /// The folder of the journals.
    pub(crate) folder: OwnedFd,
    /// How long the sandbox lives without a host.
    pub(crate) orphan: Duration,
}

/// Says that the sandbox is ready, and serves hosts. Then kills whatever runs, and returns.
pub(crate) fn run(ground: Ground) -> Result<(), Failure> {
    let step = || "begin to supervise".to_owned();
    // Process 1 of a namespace is a reaper anyway; without namespaces this makes it one.
    set_child_subreaper(Some(rustix::process::getpid())).in_step(Stage::Privileges, step)?;
    let signals = sys::signal_descriptor(&[libc::SIGCHLD]).in_step(Stage::Privileges, step)?;
    for socket in [&ground.host, &ground.listener] {
        rustix::io::ioctl_fionbio(socket, true).in_step(Stage::Protocol, step)?;
    }
    send(&ground.host, &Report::Ready, &[]).in_step(Stage::Protocol, step)?;
    let mut supervisor = Supervisor {
        clients: vec![Client { number: 0, socket: ground.host, observer: false, greeted: true }],
        next: 1,
        listener: ground.listener,
        signals,
        operations: Operations::new(ground.folder),
        orphan: ground.orphan,
        alone_since: None,
        frozen: None,
        buffer: vec![0; MESSAGE_LIMIT],
    };
    let reason = supervisor.serve();
    supervisor.operations.note_end(reason);
    // With process 1 of a namespace everything in it ends at once (pid_namespaces(7)).
    if rustix::process::getpid() != Pid::INIT {
        tree::kill_descendants(&BTreeSet::new(), |_, _| {});
    }
    Ok(())
}

/// A connected host.
struct Client {
    number: u64,
    socket: OwnedFd,
    /// It only looks.
    observer: bool,
    /// Its version is the right one.
    greeted: bool,
}

struct Supervisor {
    /// In the order in which they came.
    clients: Vec<Client>,
    next: u64,
    listener: OwnedFd,
    signals: OwnedFd,
    operations: Operations,
    orphan: Duration,
    alone_since: Option<Instant>,
    frozen: Option<Frozen>,
    buffer: Vec<u8>,
}

/// Processes that stand still while a host looks.
struct Frozen {
    /// The number of the connection that asked for it.
    client: u64,
    until: Instant,
    stopped: BTreeSet<i32>,
}

/// What the answer to a request is.
pub(crate) type Answer = Result<Given, Errno>;

/// What an answer brings.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) path: Option<String>,
    pub(crate) fd: Option<OwnedFd>,
}

impl Supervisor {
    /// Returns when the sandbox is to end: why.
    fn serve(&mut self) -> &'static str {
        loop {
            let Some(ready) = self.wait() else { continue };
            if ready.signals {
                crate::runner::pending(&self.signals);
            }
            self.operations.hear();
            if ready.signals {
                self.operations.wake_stopped();
                self.operations.reap();
            }
            self.operations.keep_time();
            for (number, id) in self.operations.killed() {
                self.done(number, id, Ok(Given::default()));
            }
            self.thaw_if_due();
            if self.take_requests() {
                return "ended by request";
            }
            if ready.newcomers {
                self.accept();
            }
            if self.is_orphaned() {
                return "no host was there for too long";
            }
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) -> Option<Ready> {
        let mut polled = vec![
            PollFd::from_borrowed_fd(self.signals.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.listener.as_fd(), PollFlags::IN),
        ];
        let sockets = self.clients.iter().map(|client| client.socket.as_fd());
        let all = sockets.chain(self.operations.sockets());
        polled.extend(all.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let alone = self.alone_since.map(|since| since + self.orphan);
        let thaw = self.frozen.as_ref().map(|frozen| frozen.until);
        let until = [alone, thaw, self.operations.deadline()].into_iter().flatten().min();
        let timeout = until.map(|until| timespec(until.saturating_duration_since(Instant::now())));
        poll(&mut polled, timeout.as_ref()).ok()?;
        let [signals, listener, ..] = &polled[..] else { return None };
        Some(Ready { signals: !signals.revents().is_empty(), newcomers: !listener.revents().is_empty() })
    }

    /// Takes everything that was asked, the oldest connection first. Returns whether the sandbox is to end.
    fn take_requests(&mut self) -> bool {
        let mut index = 0;
        while let Some(client) = self.clients.get(index) {
            let number = client.number;
            match receive::<Request>(&client.socket, &mut self.buffer) {
                Ok((Request { ask: Ask::Shutdown, .. }, _)) if client.greeted => return true,
                Ok((request, fds)) => self.answer(index, number, request, fds),
                Err(ReceiveError::System(Errno::AGAIN)) => {
                    index += 1;
                    continue;
                }
                // A packet that is no message can only come from a host of another build: as good as gone.
                Err(ReceiveError::Closed | ReceiveError::System(_) | ReceiveError::Malformed) => {
                    self.clients.remove(index);
                    continue;
                }
            }
            // The answer may have found the host gone.
            if self.clients.get(index).is_some_and(|client| client.number != number) {
                index = 0;
            }
        }
        false
    }

    fn answer(&mut self, index: usize, number: u64, request: Request, fds: Vec<OwnedFd>) {
        let Request { id, ask } = request;
        let greeted = self.clients.get(index).is_some_and(|client| client.greeted);
        let path_only = |result: Result<Option<String>, Errno>| result.map(|path| Given { path, fd: None });
        let opened = |result: Result<OwnedFd, Errno>| result.map(|fd| Given { path: None, fd: Some(fd) });
        let plain = |result: Result<(), Errno>| result.map(|()| Given::default());
        let answer = match ask {
            Ask::Hello { version, observer } => plain(self.greet(index, version, observer)),
            _ if !greeted => Err(Errno::PROTO),
            Ask::Start { key, command } => match self.operations.start(&key, command, fds) {
                Ok(fd) => Ok(Given { path: None, fd }),
                Err(errno) => Err(errno),
            },
            Ask::Run { key, interpreter, text, limits } => {
                plain(self.operations.run(&key, &interpreter, text, limits, fds))
            }
            Ask::Attach { key } => self.operations.attach(&key, fds).map(|fd| Given { path: None, fd }),
            Ask::Signal { key, signal } => plain(self.operations.signal(&key, signal)),
            Ask::CloseInput { key } => plain(self.operations.close_input(&key)),
            Ask::Taken { key, bytes } => return self.operations.taken(&key, bytes),
            Ask::Kill { key } => {
                if self.operations.kill(&key, (number, id)) {
                    return;
                }
                Ok(Given::default())
            }
            Ask::Adopt { orphan_seconds } => {
                self.orphan = Duration::from_secs(orphan_seconds.into());
                Ok(Given::default())
            }
            Ask::Freeze { most_ms } => plain(self.freeze(number, most_ms)),
            Ask::Thaw => {
                self.thaw();
                Ok(Given::default())
            }
            Ask::Describe => return self.describe(number, id),
            Ask::Shutdown => return,
            Ask::Open { path, access } => opened(files::open(fds.first(), &path, access)),
            Ask::Canonical { path } => path_only(files::canonical(&path).map(Some)),
            Ask::MakeFolders { path } => plain(files::make_folders(&path)),
            Ask::Create { path, existing, mode, parents } => {
                opened(files::create(&path, existing, mode, parents))
            }
            Ask::Publish { path, existing } => plain(files::publish(fds.first(), &path, existing)),
            Ask::Discard => plain(files::discard(fds.first())),
            Ask::Rename { from, to, replace } => plain(files::rename(&from, &to, replace)),
            Ask::Remove { path, most } => plain(files::remove(&path, most)),
            Ask::Watch { path } => opened(files::watch(&path)),
        };
        self.done(number, id, answer);
    }

    fn greet(&mut self, index: usize, version: u32, observer: bool) -> Result<(), Errno> {
        let client = self.clients.get_mut(index).ok_or(Errno::PROTO)?;
        if version != VERSION {
            return Err(Errno::PROTO);
        }
        (client.greeted, client.observer) = (true, observer);
        Ok(())
    }

    fn freeze(&mut self, client: u64, most_ms: u64) -> Result<(), Errno> {
        if self.frozen.is_some() {
            return Err(Errno::BUSY);
        }
        let until = Instant::now().checked_add(Duration::from_millis(most_ms)).ok_or(Errno::INVAL)?;
        let stopped = tree::freeze(&self.operations.runners()).ok_or(Errno::AGAIN)?;
        self.frozen = Some(Frozen { client, until, stopped });
        Ok(())
    }

    fn thaw(&mut self) {
        if let Some(frozen) = self.frozen.take() {
            tree::thaw(&frozen.stopped);
        }
    }

    /// Whoever has stopped the workload may have died over it.
    fn thaw_if_due(&mut self) {
        let is_due = |frozen: &Frozen| {
            frozen.until <= Instant::now() || self.clients.iter().all(|client| client.number != frozen.client)
        };
        if self.frozen.as_ref().is_some_and(is_due) {
            self.thaw();
        }
    }

    fn accept(&mut self) {
        while let Ok(socket) = accept_with(&self.listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            // Until it says that it is more.
            self.clients.push(Client { number: self.next, socket, observer: true, greeted: false });
            self.next += 1;
        }
    }

    fn is_orphaned(&mut self) -> bool {
        if self.clients.iter().any(|client| !client.observer) {
            self.alone_since = None;
            return false;
        }
        self.alone_since.get_or_insert_with(Instant::now).elapsed() >= self.orphan
    }

    fn describe(&mut self, number: u64, id: u64) {
        let hosts = self.clients.iter().filter(|client| !client.observer).count() as u32;
        let (running, count) = self.operations.running();
        let _ = self.tell(number, &Report::Described { id, hosts, running, count }, &[]);
    }

    fn done(&mut self, number: u64, id: u64, answer: Answer) {
        let (errno, given) = match answer {
            Ok(given) => (0, given),
            Err(errno) => (errno.raw_os_error(), Given::default()),
        };
        let fds: Vec<BorrowedFd<'_>> = given.fd.iter().map(AsFd::as_fd).collect();
        if self.tell(number, &Report::Done { id, errno, path: given.path }, &fds) == Err(Errno::MSGSIZE) {
            let errno = Errno::MSGSIZE.raw_os_error();
            let _ = self.tell(number, &Report::Done { id, errno, path: None }, &[]);
        }
    }

    /// Tells a host something. One that does not listen is forgotten.
    fn tell(&mut self, number: u64, report: &Report, fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
        let Some(index) = self.clients.iter().position(|client| client.number == number) else {
            return Ok(());
        };
        let Some(client) = self.clients.get(index) else { return Ok(()) };
        let patience = Instant::now() + STUCK;
        loop {
            match send(&client.socket, report, fds) {
                Err(Errno::AGAIN) if Instant::now() < patience => {
                    let mut polled = [PollFd::new(&client.socket, PollFlags::OUT)];
                    let _ = poll(&mut polled, Some(&timespec(STUCK)));
                }
                Ok(()) => return Ok(()),
                Err(Errno::MSGSIZE) => return Err(Errno::MSGSIZE),
                Err(error) => {
                    self.clients.remove(index);
                    return Err(error);
                }
            }
        }
    }
}

struct Ready {
    signals: bool,
    newcomers: bool,
}

pub(crate) fn timespec(duration: Duration) -> Timespec {
    // Rounded up, so that what is waited for has come when the wait ends.
    let duration = duration + Duration::from_micros(500);
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}

/// Says in the folder of the journals how the sandbox ended, unless that is said already.
pub(crate) fn note_end(folder: &OwnedFd, reason: &str) {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    if let Ok(file) = rustix::fs::openat(folder, "ended", flags, Mode::from_raw_mode(0o600)) {
        let _ = rustix::io::write(&file, reason.as_bytes());
    }
}
