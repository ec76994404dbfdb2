//! The operations of process 1: what was begun, who attends to it, and what is owed to hosts.
//!
//! A key is used once: the journal of its name is made exclusively, and whoever finds one there starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use skilled_supervisor::journal::How;
use skilled_supervisor::{Command, Input, Limits, MESSAGE_LIMIT, is_key, receive, send};

use crate::log::{self, Journal};
use crate::runner::{self, Note, Order, Task};
use crate::sys::{self, Side};
use crate::{supervise, terminal, tree};

/// Texts that may wait for one interpreter.
const WAITING: usize = 16;
/// How much longer than its time an operation may take: a runner that a workload has stopped cannot keep time.
const SLACK: Duration = Duration::from_millis(500);
/// Operations that are listed by name.
const LISTED: usize = 100;

/// Who asked: the number of the connection, and the id of the request.
pub(crate) type Asker = (u64, u64);

/// All operations that have not ended, and their runners.
pub(crate) struct Operations {
    folder: OwnedFd,
    /// By the process id of the runner.
    runners: BTreeMap<i32, Runner>,
    /// Kills that are done and not answered yet.
    killed: Vec<Asker>,
    buffer: Vec<u8>,
}

struct Runner {
    key: String,
    orders: OwnedFd,
    own: Part,
    interpreter: bool,
    input: Option<OwnedFd>,
    /// Texts that are not finished.
    texts: BTreeMap<String, Part>,
    killers: Vec<Asker>,
}

/// One journal of a runner.
struct Part {
    journal: OwnedFd,
    bells: Vec<OwnedFd>,
    limits: Limits,
    deadline: Option<Instant>,
    finished: bool,
    /// Why its runner was killed, when it was killed because of it.
    verdict: Option<How>,
}

impl Part {
    fn new(journal: OwnedFd, bell: &OwnedFd, limits: Limits) -> Result<Self, Errno> {
        let bells = vec![copy(bell)?];
        Ok(Self { journal, bells, limits, deadline: None, finished: false, verdict: None })
    }

    fn begin(&mut self) {
        let grace = Duration::from_millis(self.limits.grace_ms.saturating_mul(2));
        let allowed = self.limits.timeout_ms.map(|time| Duration::from_millis(time) + grace + SLACK);
        // Beyond what the clock can tell there is no deadline.
        self.deadline = allowed.and_then(|allowed| Instant::now().checked_add(allowed));
    }

    /// Ends a journal whose runner is gone.
    fn close(self, how: How) {
        if self.finished {
            return;
        }
        if let Some(mut journal) = Journal::resume(self.journal) {
            for bell in self.bells {
                journal.add_bell(bell);
            }
            journal.end(self.verdict.unwrap_or(how));
            journal.ring();
        }
    }
}

fn copy(fd: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0)
}

impl Operations {
    pub(crate) fn new(folder: OwnedFd) -> Self {
        // Zeroes as the kernel gives them: what is never filled is never paid for.
        Self { folder, runners: BTreeMap::new(), killed: Vec::new(), buffer: vec![0; MESSAGE_LIMIT] }
    }

    /// Begins an operation. Returns where hosts write its input.
    pub(crate) fn start(
        &mut self,
        key: &str,
        command: Command,
        fds: Vec<OwnedFd>,
    ) -> Result<Option<OwnedFd>, Errno> {
        let bell = fds.into_iter().next().ok_or(Errno::INVAL)?;
        let journal = self.journal(key)?;
        let begun = self.begin(key, command, journal, bell);
        if begun.is_err() {
            // What could not begin was never begun: nobody waits for its end, and its key can be used again.
            let _ =
                rustix::fs::unlinkat(&self.folder, format!("{key}.journal"), rustix::fs::AtFlags::empty());
        }
        begun
    }

    fn begin(
        &mut self,
        key: &str,
        command: Command,
        journal: OwnedFd,
        bell: OwnedFd,
    ) -> Result<Option<OwnedFd>, Errno> {
        let (ours, theirs) = make_input(command.input)?;
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (orders, taker) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        let given = ours.as_ref().map(copy).transpose()?;
        let mut own = Part::new(copy(&journal)?, &bell, command.limits)?;
        match sys::fork()? {
            Side::Child => runner::run(Task {
                key: key.to_owned(),
                command,
                journal,
                bell,
                input: theirs,
                orders: taker,
            }),
            Side::Parent(pid) => {
                own.begin();
                let runner = Runner {
                    key: key.to_owned(),
                    orders,
                    own,
                    interpreter: command.interpreter.is_some(),
                    input: ours,
                    texts: BTreeMap::new(),
                    killers: Vec::new(),
                };
                self.runners.insert(pid.as_raw_nonzero().get(), runner);
                Ok(given)
            }
        }
    }

    /// Hands a text to an interpreter.
    pub(crate) fn run(
        &mut self,
        key: &str,
        interpreter: &str,
        text: Option<String>,
        limits: Limits,
        fds: Vec<OwnedFd>,
    ) -> Result<(), Errno> {
        let mut fds = fds.into_iter();
        let bell = fds.next().ok_or(Errno::INVAL)?;
        let file = fds.next();
        let found = self.runners.values().any(|runner| runner.takes(interpreter));
        // A key that was used is known, whatever has become of its interpreter.
        if !found && is_key(key) && !self.exists(key) {
            return Err(Errno::SRCH);
        }
        if self.runners.values().any(|runner| runner.takes(interpreter) && runner.texts.len() >= WAITING) {
            return Err(Errno::BUSY);
        }
        let journal = self.journal(key)?;
        let part = Part::new(copy(&journal)?, &bell, limits)?;
        let runner = self.runners.values_mut().find(|runner| runner.takes(interpreter)).ok_or(Errno::SRCH)?;
        let order = Order::Text { key: key.to_owned(), text, limits };
        let mut sent = vec![journal.as_fd(), bell.as_fd()];
        sent.extend(file.as_ref().map(AsFd::as_fd));
        match send(&runner.orders, &order, &sent) {
            Ok(()) => {
                runner.texts.insert(key.to_owned(), part);
            }
            // It has just ended, or was stopped and cannot take any more.
            Err(errno) => part.close(How::NotStarted { errno: errno.raw_os_error() }),
        }
        Ok(())
    }

    /// Rings a bell for an operation from now on. Returns where hosts write its input.
    pub(crate) fn attach(&mut self, key: &str, fds: Vec<OwnedFd>) -> Result<Option<OwnedFd>, Errno> {
        let bell = fds.into_iter().next().ok_or(Errno::INVAL)?;
        if let Some(runner) = self.runners.values_mut().find(|runner| runner.has(key)) {
            if let Some(part) = runner.part(key) {
                part.bells.push(copy(&bell)?);
            }
            // A runner that has just ended needs no bell: the host looks into the journal after the answer.
            let _ = send(&runner.orders, &Order::Bell { key: key.to_owned() }, &[bell.as_fd()]);
            let own = runner.key == key;
            return runner.input.as_ref().filter(|_| own).map(copy).transpose();
        }
        if is_key(key) && self.exists(key) { Ok(None) } else { Err(Errno::NOENT) }
    }

    pub(crate) fn signal(&mut self, key: &str, signal: i32) -> Result<(), Errno> {
        let lives = |runner: &&Runner| runner.has(key) && !(runner.key == key && runner.own.finished);
        let runner = self.runners.values().find(lives).ok_or(Errno::SRCH)?;
        if !(1..=64).contains(&signal) {
            return Err(Errno::INVAL);
        }
        send(&runner.orders, &Order::Signal { signal }, &[])
    }

    pub(crate) fn close_input(&mut self, key: &str) -> Result<(), Errno> {
        let runner = self.runners.values_mut().find(|runner| runner.key == key).ok_or(Errno::SRCH)?;
        runner.input = None;
        Ok(())
    }

    pub(crate) fn taken(&mut self, key: &str, bytes: u64) {
        if let Some(runner) = self.runners.values().find(|runner| runner.has(key)) {
            let _ = send(&runner.orders, &Order::Taken { key: key.to_owned(), bytes }, &[]);
        }
    }

    /// Begins to kill an operation with its runner. Returns false when nothing of it runs.
    pub(crate) fn kill(&mut self, key: &str, asker: Asker) -> bool {
        let Some((pid, runner)) = self.runners.iter_mut().find(|(_, runner)| runner.has(key)) else {
            return false;
        };
        runner.killers.push(asker);
        runner.own.verdict.get_or_insert(How::Killed);
        if let Some(part) = runner.part(key) {
            part.verdict.get_or_insert(How::Killed);
        }
        kill_runner(*pid);
        true
    }

    /// Takes what runners have to say.
    pub(crate) fn hear(&mut self) {
        for runner in self.runners.values_mut() {
            while let Ok((note, _)) = receive::<Note>(&runner.orders, &mut self.buffer) {
                match note {
                    Note::Begun { key } => {
                        if let Some(part) = runner.texts.get_mut(&key) {
                            part.begin();
                        }
                    }
                    Note::Finished { key } if key == runner.key => {
                        runner.own.finished = true;
                        runner.own.deadline = None;
                        runner.input = None;
                    }
                    Note::Finished { key } => drop(runner.texts.remove(&key)),
                }
            }
        }
    }

    /// Kills what has overrun its time although its runner should have ended it.
    pub(crate) fn keep_time(&mut self) {
        let now = Instant::now();
        for (pid, runner) in &mut self.runners {
            let mut late = false;
            for part in runner.texts.values_mut().chain([&mut runner.own]) {
                if part.deadline.is_some_and(|deadline| deadline <= now) {
                    part.deadline = None;
                    part.verdict.get_or_insert(How::TimedOut { interpreter_lives: false });
                    late = true;
                }
            }
            if late {
                runner.own.verdict.get_or_insert(How::Killed);
                kill_runner(*pid);
            }
        }
    }

    /// Lets runners go on that a workload has stopped: it must not keep others, nor itself, from what they wait for.
    pub(crate) fn wake_stopped(&self) {
        for pid in self.runners.keys().copied().filter_map(Pid::from_raw) {
            let look = waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
            if matches!(look, Ok(Some(status)) if status.stopped()) {
                let _ = kill_process(pid, Signal::CONT);
            }
        }
    }

    /// Forgets runners that have ended. One that was killed, on request or by a workload, left its processes to this one:
    /// they are killed, since nothing else can stop them any more.
    pub(crate) fn reap(&mut self) {
        let (mut gone, mut lost) = (Vec::new(), 0);
        tree::reap(|pid, status| lost += take(&mut self.runners, &mut gone, pid, status));
        let mut swept = 0;
        // Sweeping may reap further runners that were killed.
        while swept < lost {
            swept = lost;
            let spared: BTreeSet<i32> = self.runners.keys().copied().collect();
            let runners = &mut self.runners;
            tree::kill_descendants(&spared, |pid, status| lost += take(runners, &mut gone, pid, status));
        }
        for runner in gone {
            // What it said last.
            let how = How::Lost;
            let Runner { orders, own, mut texts, killers, .. } = runner;
            while let Ok((note, _)) = receive::<Note>(&orders, &mut self.buffer) {
                if let Note::Finished { key } = note {
                    texts.remove(&key);
                }
            }
            for (_, text) in texts {
                text.close(how);
            }
            own.close(how);
            self.killed.extend(killers);
        }
    }

    /// Takes the kills that are done.
    pub(crate) fn killed(&mut self) -> Vec<Asker> {
        std::mem::take(&mut self.killed)
    }

    /// Returns when the time of an operation is up for good.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let parts = self.runners.values().flat_map(|runner| runner.texts.values().chain([&runner.own]));
        parts.filter_map(|part| part.deadline).min()
    }

    /// Returns the process ids of the runners.
    pub(crate) fn runners(&self) -> BTreeSet<i32> {
        self.runners.keys().copied().collect()
    }

    /// Returns the sockets of the runners.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.runners.values().map(|runner| runner.orders.as_fd())
    }

    /// Returns the first of the operations that run, and how many there are.
    pub(crate) fn running(&self) -> (Vec<String>, u32) {
        let own = self.runners.values().filter(|runner| !runner.own.finished).map(|runner| &runner.key);
        let all = || own.clone().chain(self.runners.values().flat_map(|runner| runner.texts.keys()));
        (all().take(LISTED).cloned().collect(), all().count() as u32)
    }

    /// Says how the sandbox ends.
    pub(crate) fn note_end(&self, reason: &str) {
        supervise::note_end(&self.folder, reason);
    }

    fn journal(&self, key: &str) -> Result<OwnedFd, Errno> {
        if !is_key(key) {
            return Err(Errno::INVAL);
        }
        log::create(&self.folder, key)
    }

    fn exists(&self, key: &str) -> bool {
        let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::statat(&self.folder, format!("{key}.journal"), flags).is_ok()
    }
}

impl Runner {
    /// Whether it takes texts as `interpreter`.
    fn takes(&self, interpreter: &str) -> bool {
        self.interpreter && self.key == interpreter && !self.own.finished && self.own.verdict.is_none()
    }

    fn has(&self, key: &str) -> bool {
        self.key == key || self.texts.contains_key(key)
    }

    fn part(&mut self, key: &str) -> Option<&mut Part> {
        if self.key == key { Some(&mut self.own) } else { self.texts.get_mut(key) }
    }
}

/// Takes the runner `pid` from `runners`. Returns 1 when it was killed: one that has ended by itself left nothing.
fn take(runners: &mut BTreeMap<i32, Runner>, gone: &mut Vec<Runner>, pid: Pid, status: i32) -> usize {
    let Some(runner) = runners.remove(&pid.as_raw_nonzero().get()) else { return 0 };
    gone.push(runner);
    usize::from(status != 0)
}

/// A workload may have stopped its runner, so that it cannot be asked. What the runner leaves behind falls to process 1,
/// which no workload can stop, and is killed when the runner is reaped.
fn kill_runner(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Makes the two ends of an input: that of hosts, and that of the process.
fn make_input(input: Input) -> Result<(Option<OwnedFd>, Option<OwnedFd>), Errno> {
    match input {
        Input::Nothing => Ok((None, None)),
        Input::Pipe => {
            let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
            Ok((Some(write), Some(read)))
        }
        Input::Terminal { rows, columns } => {
            let control = terminal::open(rows, columns)?;
            let copy = copy(&control)?;
            Ok((Some(control), Some(copy)))
        }
    }
}
