//! One runner per operation: a reaper between process 1 and a workload's process.
//!
//! It starts the process, takes what it writes into the journal, keeps time, and stays until nothing that the process
//! started is left. It is a copy of process 1 (no exec), as closed to the workload as that. When it is killed, process 1 does
//! the rest; when process 1 is gone, `SIGTERM` makes it kill the whole tree.

use std::collections::{BTreeSet, VecDeque};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, set_child_subreaper, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};
use skilled_supervisor::journal::{CHUNK, How};
use skilled_supervisor::{Command, Limits, MESSAGE_LIMIT, ReceiveError, receive, send};

use crate::child::{self, Child};
use crate::interpreter::Interpreter;
use crate::log::Journal;
use crate::supervise::timespec;
use crate::{sys, tree};

/// The most that is taken at the end of an operation from a pipe into which something else may write for ever.
const LAST_TAKEN: usize = 1024 * 1024;

/// What process 1 tells a runner.
#[derive(Serialize, Deserialize)]
pub(crate) enum Order {
    /// A bell, which travels along, for one of its operations.
    Bell { key: String },
    /// A text for the interpreter. Its journal and its bell travel along, and the text when it is not here.
    Text { key: String, text: Option<String>, limits: Limits },
    /// A signal for the workload.
    Signal { signal: i32 },
    /// So much of a journal was taken.
    Taken { key: String, bytes: u64 },
}

/// What a runner tells process 1.
#[derive(Serialize, Deserialize)]
pub(crate) enum Note {
    /// A text was given to the interpreter: its time runs.
    Begun { key: String },
    /// An operation has its end in its journal.
    Finished { key: String },
}

/// What a runner is made for.
pub(crate) struct Task {
    pub(crate) key: String,
    pub(crate) command: Command,
    pub(crate) journal: OwnedFd,
    pub(crate) bell: OwnedFd,
    pub(crate) input: Option<OwnedFd>,
    pub(crate) orders: OwnedFd,
}

/// Starts what `task` asks for and attends to it. Never returns.
pub(crate) fn run(task: Task) -> ! {
    let Task { key, command, journal, bell, input, orders } = task;
    let kept = [&journal, &bell, &orders].into_iter().chain(&input).map(AsRawFd::as_raw_fd);
    // Other operations' descriptors must not stay open here.
    let alone = sys::close_all_but(3, &kept.collect::<Vec<_>>());
    let what = command.argv.join(" ");
    let mut journal = Journal::begin(journal, command.limits.keep, &what, command.interpreter.is_some());
    journal.add_bell(bell);
    let started = alone.and_then(|()| prepare()).and_then(|signals| {
        let child = child::start(&command, input)?;
        Ok((signals, child))
    });
    match started {
        Ok((signals, child)) => Runner::new(key, &command, journal, orders, signals, child).attend(),
        Err(errno) => {
            journal.end(How::NotStarted { errno: errno.raw_os_error() });
            let _ = send(&orders, &Note::Finished { key }, &[]);
            journal.ring();
        }
    }
    std::process::exit(0)
}

fn prepare() -> Result<OwnedFd, Errno> {
    set_child_subreaper(Some(rustix::process::getpid()))?;
    // Should process 1 die without the whole namespace dying (there is none with isolation `None`).
    set_parent_process_death_signal(Some(Signal::TERM))?;
    sys::signal_descriptor(&[libc::SIGCHLD, libc::SIGTERM])
}

/// A journal that is being written, and its time.
pub(crate) struct Part {
    pub(crate) key: String,
    pub(crate) journal: Journal,
    limits: Limits,
    clock: Clock,
}

/// What is due next in the time of an operation.
enum Clock {
    /// Nothing.
    Stopped,
    /// Its time is up then.
    Due(Instant),
    /// It was asked to end so many times, and gets until then.
    Asked(u8, Instant),
}

impl Part {
    pub(crate) fn new(key: String, journal: Journal, limits: Limits) -> Self {
        Self { key, journal, limits, clock: Clock::Stopped }
    }

    /// Starts its time.
    pub(crate) fn begin(&mut self) {
        let due =
            self.limits.timeout_ms.and_then(|time| Instant::now().checked_add(Duration::from_millis(time)));
        self.clock = due.map_or(Clock::Stopped, Clock::Due);
    }

    fn due(&self) -> Option<Instant> {
        match self.clock {
            Clock::Stopped => None,
            Clock::Due(at) | Clock::Asked(_, at) => Some(at),
        }
    }

    /// Whether its time was up, though it may have been given more.
    pub(crate) const fn is_late(&self) -> bool {
        matches!(self.clock, Clock::Asked(..))
    }
}

struct Runner {
    orders: OwnedFd,
    signals: OwnedFd,
    pid: Pid,
    /// None once it was closed by all who wrote to it.
    output: Option<OwnedFd>,
    errors: Option<OwnedFd>,
    own: Part,
    interpreter: Option<Interpreter>,
    buffer: Vec<u8>,
    /// Signals for its texts go to the interpreter, too.
    is_signalled: bool,
    /// The process itself has ended.
    exited: bool,
}

impl Runner {
    fn new(
        key: String,
        command: &Command,
        mut journal: Journal,
        orders: OwnedFd,
        signals: OwnedFd,
        child: Child,
    ) -> Self {
        journal.started();
        journal.ring();
        let Child { pid, output, errors, interpreter } = child;
        let mut own = Part::new(key, journal, command.limits);
        own.begin();
        Self {
            orders,
            signals,
            pid,
            output: Some(output),
            errors,
            own,
            interpreter: interpreter.map(|(texts, status)| Interpreter::new(texts, status)),
            buffer: vec![0; MESSAGE_LIMIT.max(CHUNK)],
            is_signalled: command.interpreter.is_some_and(|interpreter| interpreter.is_signalled),
            exited: false,
        }
    }

    /// Attends to the process until nothing of it is left.
    fn attend(mut self) {
        loop {
            let mut status = None;
            let pid = self.pid;
            let any_left = tree::reap(|ended, with| status = if ended == pid { Some(with) } else { status });
            if let Some(status) = status {
                self.end_process(How::Exited { status });
            }
            if !any_left {
                return;
            }
            self.wait();
            if pending(&self.signals).contains(&libc::SIGTERM.cast_unsigned()) {
                self.kill_all(How::Killed);
            }
            self.take_orders();
            self.take_output(CHUNK);
            self.take_report();
            self.keep_time();
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) {
        let mut polled = vec![
            PollFd::from_borrowed_fd(self.signals.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.orders.as_fd(), PollFlags::IN),
        ];
        if self.wants_output() {
            let outputs = self.output.iter().chain(&self.errors);
            polled.extend(outputs.map(|fd| PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)));
        }
        if let Some(interpreter) = &self.interpreter {
            polled.extend(interpreter.polled());
        }
        let due = [self.own.due(), self.text().and_then(Part::due)].into_iter().flatten().min();
        let timeout = due.map(|due| timespec(due.saturating_duration_since(Instant::now())));
        let _ = poll(&mut polled, timeout.as_ref());
    }

    /// The text at work.
    fn text(&self) -> Option<&Part> {
        self.interpreter.as_ref()?.at_work.as_ref()
    }

    /// Where output goes now: between texts, that of an interpreter waits.
    fn journal(&mut self) -> Option<&mut Journal> {
        match &mut self.interpreter {
            Some(interpreter) if !self.exited => interpreter.at_work.as_mut().map(|part| &mut part.journal),
            _ => Some(&mut self.own.journal),
        }
    }

    fn wants_output(&self) -> bool {
        match &self.interpreter {
            Some(interpreter) if !self.exited => {
                interpreter.at_work.as_ref().is_some_and(|part| part.journal.has_room())
            }
            _ => self.own.journal.has_room(),
        }
    }

    fn take_orders(&mut self) {
        loop {
            let (order, fds) = match receive::<Order>(&self.orders, &mut self.buffer) {
                Ok(received) => received,
                Err(ReceiveError::System(Errno::AGAIN | Errno::INTR)) => return,
                // Process 1 is gone.
                Err(_) => return self.kill_all(How::Killed),
            };
            match order {
                Order::Bell { key } => {
                    if let (Some(part), Some(bell)) = (self.part(&key), fds.into_iter().next()) {
                        part.journal.add_bell(bell);
                    }
                }
                Order::Text { key, text, limits } => self.take_text(key, text, limits, fds),
                Order::Signal { signal } => self.signal(signal),
                Order::Taken { key, bytes } => {
                    if let Some(part) = self.part(&key) {
                        part.journal.take(bytes);
                    }
                }
            }
        }
    }

    fn part(&mut self, key: &str) -> Option<&mut Part> {
        if self.own.key == key {
            return Some(&mut self.own);
        }
        self.interpreter.as_mut()?.part(key)
    }

    fn take_text(&mut self, key: String, text: Option<String>, limits: Limits, fds: Vec<OwnedFd>) {
        let mut fds = fds.into_iter();
        let (Some(journal), Some(bell)) = (fds.next(), fds.next()) else { return };
        let text = text.map(Ok).or_else(|| Some(read_text(&fds.next()?)));
        let what = text.as_ref().and_then(|text| text.as_deref().ok()).unwrap_or_default();
        let mut journal = Journal::begin(journal, limits.keep, what, false);
        journal.add_bell(bell);
        let mut part = Part::new(key, journal, limits);
        match (text, &mut self.interpreter) {
            (Some(Ok(text)), Some(interpreter)) if !self.exited => {
                interpreter.waiting.push_back((part, text));
                self.next_text();
            }
            (Some(Err(errno)), _) => self.finish(&mut part, How::NotStarted { errno: errno.raw_os_error() }),
            _ => self.finish(&mut part, How::NotStarted { errno: Errno::SRCH.raw_os_error() }),
        }
    }

    /// Gives the interpreter its next text, if it waits for one.
    fn next_text(&mut self) {
        if let Some(key) = self.interpreter.as_mut().and_then(Interpreter::begin_next) {
            self.note(&Note::Begun { key });
        }
    }

    /// Takes the output that is there: at most `most` bytes of each. The last is taken even where no host keeps up.
    fn take_output(&mut self, most: usize) {
        for (number, mut fd) in [(1, self.output.take()), (2, self.errors.take())] {
            let mut room = most;
            let last = most == LAST_TAKEN;
            while let Some(open) = fd.as_ref().filter(|_| room > 0 && (last || self.wants_output())) {
                let mut buffer = std::mem::take(&mut self.buffer);
                let chunk = buffer.get_mut(..CHUNK).unwrap_or_default();
                let read = rustix::io::read(open, chunk);
                if let (Ok(length @ 1..), Some(journal)) = (read, self.journal()) {
                    // After the end of the operation it is only taken so that the rest can go on.
                    journal.output(number, buffer.get(..length).unwrap_or_default());
                }
                self.buffer = buffer;
                match read {
                    Ok(length @ 1..) => room = room.saturating_sub(length),
                    Err(Errno::AGAIN | Errno::INTR) => break,
                    // The end of a pipe; of a terminal, EIO.
                    Ok(0) | Err(_) => fd = None,
                }
            }
            if number == 1 { self.output = fd } else { self.errors = fd }
        }
    }

    /// Takes the interpreter's report, if it has come.
    fn take_report(&mut self) {
        let Some(interpreter) = &mut self.interpreter else { return };
        interpreter.write();
        let Some(status) = interpreter.report() else { return };
        // What was written before the report is there by now.
        self.take_output(LAST_TAKEN);
        if let Some(mut part) = self.interpreter.as_mut().and_then(|interpreter| interpreter.at_work.take()) {
            let late = part.is_late();
            let how = if late { How::TimedOut { interpreter_lives: true } } else { How::Reported { status } };
            self.finish(&mut part, how);
        }
        self.next_text();
    }

    /// Ends what is late, more firmly each time.
    fn keep_time(&mut self) {
        let now = Instant::now();
        let is_due = |part: &Part| part.due().is_some_and(|due| due <= now);
        let whole = is_due(&self.own);
        let part = match self.interpreter.as_mut().and_then(|interpreter| interpreter.at_work.as_mut()) {
            Some(part) if is_due(part) => part,
            _ if whole => &mut self.own,
            _ => return,
        };
        let asked = match part.clock {
            Clock::Asked(times, _) => times,
            Clock::Stopped | Clock::Due(_) => 0,
        };
        let grace = Duration::from_millis(part.limits.grace_ms);
        if asked < 2
            && !grace.is_zero()
            && let Some(until) = now.checked_add(grace)
        {
            part.clock = Clock::Asked(asked + 1, until);
            return self.signal(if asked == 0 { libc::SIGINT } else { libc::SIGTERM });
        }
        part.clock = Clock::Asked(2, now);
        self.kill_all(How::TimedOut { interpreter_lives: false });
    }

    /// Signals the workload: its group, or all that an interpreter has started.
    fn signal(&self, signal: i32) {
        let Some(signal) = Signal::from_named_raw(signal) else { return };
        if self.interpreter.is_some() {
            tree::signal_descendants((!self.is_signalled).then_some(self.pid), signal);
        } else {
            // The process leads a group of its own.
            let _ = rustix::process::kill_process_group(self.pid, signal);
        }
    }

    /// Kills everything, and ends what has not ended.
    fn kill_all(&mut self, how: How) {
        tree::kill_descendants(&BTreeSet::new(), |_, _| {});
        self.end_process(how);
    }

    /// Ends all operations: the process is gone.
    fn end_process(&mut self, how: How) {
        self.take_output(LAST_TAKEN);
        self.exited = true;
        let parts = self.interpreter.as_mut().map_or_else(VecDeque::new, |interpreter| {
            let waiting = interpreter.waiting.drain(..).map(|(part, _)| (part, false)).collect::<Vec<_>>();
            interpreter.at_work.take().map(|part| (part, true)).into_iter().chain(waiting).collect()
        });
        let is_interpreter = self.interpreter.is_some();
        for (mut part, was_at_work) in parts {
            let late = part.is_late();
            let how = match how {
                _ if !was_at_work => How::NotStarted { errno: Errno::SRCH.raw_os_error() },
                How::Exited { .. } if late => How::TimedOut { interpreter_lives: false },
                how => how,
            };
            self.finish(&mut part, how);
        }
        let how = match how {
            How::Exited { .. } if self.own.is_late() => How::TimedOut { interpreter_lives: false },
            how => how,
        };
        if !self.own.journal.has_ended() {
            self.own.journal.end(how);
            self.own.clock = Clock::Stopped;
            let key = self.own.key.clone();
            self.note(&Note::Finished { key });
            self.own.journal.ring();
        }
        // What an interpreter leaves behind has lost its output, and nobody could ask for its end later.
        if is_interpreter {
            tree::kill_descendants(&BTreeSet::new(), |_, _| {});
        }
    }

    fn finish(&self, part: &mut Part, how: How) {
        part.journal.end(how);
        self.note(&Note::Finished { key: part.key.clone() });
        // Whoever hears of the end finds process 1 knowing of it.
        part.journal.ring();
    }

    /// Process 1 always reads; were it too busy, it would find out by the journal.
    fn note(&self, note: &Note) {
        let _ = send(&self.orders, note, &[]);
    }
}

/// Reads a text from the file that came for it.
fn read_text(file: &OwnedFd) -> Result<String, Errno> {
    let length = rustix::fs::fstat(file)?.st_size;
    let length = usize::try_from(length).map_err(|_| Errno::FBIG)?;
    if length > skilled_supervisor::TEXT_LIMIT {
        return Err(Errno::FBIG);
    }
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::io::pread(file, rest, filled as u64)? {
            0 => return Err(Errno::IO),
            read => filled += read,
        }
    }
    String::from_utf8(bytes).map_err(|_| Errno::ILSEQ)
}

/// Returns the signals that are pending, and takes them.
pub(crate) fn pending(signals: &OwnedFd) -> Vec<u32> {
    let mut found = Vec::new();
    let mut info = [0; size_of::<libc::signalfd_siginfo>()];
    while rustix::io::read(signals, &mut info) == Ok(info.len()) {
        // `ssi_signo` is the first field, a u32 (signalfd(2)).
        let number = info.first_chunk::<4>().copied().map(u32::from_ne_bytes);
        found.extend(number);
    }
    found
}
