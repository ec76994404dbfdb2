//! One runner per operation: a reaper between process 1 and a workload's process.
//!
//! It starts the process, tells the host of its end, and stays until nothing that the process started is left. It is a
//! copy of process 1 (no exec), as closed to the workload as that. When it is killed, process 1 does the rest; when process 1
//! is gone, `SIGTERM` makes it kill the whole tree.

use std::collections::BTreeSet;
use std::ffi::{CString, NulError};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, set_child_subreaper, set_parent_process_death_signal, setsid};
use skilled_supervisor::{Report, SpawnSpec, send};

use crate::sys::{self, Side, Vector};
use crate::tree;

/// Above every number that a channel may have.
const OUT_OF_THE_WAY: i32 = 512;

/// Starts `spec` and attends to it. Never returns.
pub(crate) fn run(host: &OwnedFd, spec: &SpawnSpec, fds: Vec<OwnedFd>) -> ! {
    let operation = spec.operation;
    // Descriptors of the workload that the host waits on must not stay open here.
    let prepared = prepare(spec, &fds);
    drop(fds);
    let started = prepared.and_then(|prepared| start(&prepared));
    match started {
        Ok(child) => {
            report(host, &Report::Started { operation });
            attend(host, operation, child);
        }
        Err(errno) => report(host, &Report::NotStarted { operation, errno: errno.raw_os_error() }),
    }
    report(host, &Report::Gone { operation });
    std::process::exit(0)
}

/// A host that is gone needs no report: process 1 ends everything in a moment.
fn report(host: &OwnedFd, report: &Report) {
    let _ = send(host, report, &[]);
}

/// Everything that exec needs, ready before the fork.
struct Prepared {
    signals: OwnedFd,
    programs: Vec<CString>,
    argv: Vec<CString>,
    env: Vec<CString>,
    cwd: CString,
    descriptors: Vec<(i32, OwnedFd)>,
}

/// A running process.
struct Running {
    pid: Pid,
    signals: OwnedFd,
}

fn prepare(spec: &SpawnSpec, fds: &[OwnedFd]) -> Result<Prepared, Errno> {
    set_child_subreaper(Some(rustix::process::getpid()))?;
    // Should process 1 die without the whole namespace dying (there is none with isolation `None`).
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let signals = sys::signal_descriptor(&[libc::SIGCHLD, libc::SIGTERM])?;
    let mut descriptors = Vec::new();
    for (number, fd) in spec.fds.iter().zip(fds) {
        if !(0..OUT_OF_THE_WAY).contains(number) {
            return Err(Errno::BADF);
        }
        descriptors.push((*number, rustix::io::fcntl_dupfd_cloexec(fd, OUT_OF_THE_WAY)?));
    }
    let program = spec.argv.first().ok_or(Errno::INVAL)?;
    let path = spec.env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, value)| value.as_str());
    let strings = |error: NulError| {
        let _ = error;
        Errno::INVAL
    };
    Ok(Prepared {
        signals,
        programs: candidates(program, path).map_err(strings)?,
        argv: spec
            .argv
            .iter()
            .map(|word| CString::new(word.as_str()))
            .collect::<Result<_, _>>()
            .map_err(strings)?,
        env: spec
            .env
            .iter()
            .map(|(name, value)| CString::new(format!("{name}={value}")))
            .collect::<Result<_, _>>()
            .map_err(strings)?,
        cwd: CString::new(spec.cwd.as_str()).map_err(strings)?,
        descriptors,
    })
}

/// The files that `program` may mean: itself with a slash, else one in each folder of `PATH`.
fn candidates(program: &str, path: &str) -> Result<Vec<CString>, NulError> {
    if program.contains('/') {
        return Ok(vec![CString::new(program)?]);
    }
    path.split(':')
        .filter(|dir| !dir.is_empty())
        .map(|dir| CString::new(format!("{dir}/{program}")))
        .collect()
}

/// Forks and executes. A failed exec comes back through a pipe that a good one closes.
fn start(prepared: &Prepared) -> Result<Running, Errno> {
    let (failure, low) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let reporter = rustix::io::fcntl_dupfd_cloexec(&low, OUT_OF_THE_WAY)?;
    drop(low);
    match sys::fork()? {
        Side::Child => {
            let errno = execute(prepared);
            let _ = rustix::io::write(&reporter, &errno.raw_os_error().to_ne_bytes());
            std::process::exit(127)
        }
        Side::Parent(pid) => {
            drop(reporter);
            let mut bytes = [0; 4];
            if rustix::io::retry_on_intr(|| rustix::io::read(&failure, &mut bytes))? == bytes.len() {
                return Err(Errno::from_raw_os_error(i32::from_ne_bytes(bytes)));
            }
            let signals = rustix::io::fcntl_dupfd_cloexec(&prepared.signals, 0)?;
            Ok(Running { pid, signals })
        }
    }
}

/// In the child: becomes the program. Returns why it could not.
fn execute(prepared: &Prepared) -> Errno {
    let become_program = || -> Result<std::convert::Infallible, Errno> {
        setsid()?;
        set_parent_process_death_signal(None)?;
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let null = rustix::io::fcntl_dupfd_cloexec(&null, OUT_OF_THE_WAY)?;
        for number in [1, 2] {
            sys::place_descriptor(&null, number)?;
        }
        for (number, fd) in &prepared.descriptors {
            sys::place_descriptor(fd, *number)?;
        }
        rustix::process::chdir(&prepared.cwd)?;
        sys::reset_signals();
        let argv = Vector::new(prepared.argv.iter().map(CString::as_c_str));
        let env = Vector::new(prepared.env.iter().map(CString::as_c_str));
        // As execvp(3): a file that is missing or may not be executed is no reason to stop looking, but the more telling
        // of the two is reported.
        let mut worst = Errno::NOENT;
        for program in &prepared.programs {
            match sys::execute(program, &argv, &env) {
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(Errno::ACCESS) => worst = Errno::ACCESS,
                other => return other,
            }
        }
        Err(worst)
    };
    match become_program() {
        Err(errno) => errno,
        Ok(never) => match never {},
    }
}

/// Waits for the end of the process and of everything that it started.
fn attend(host: &OwnedFd, operation: u64, Running { pid, signals }: Running) {
    let mut reaped = |ended: Pid, status: i32| {
        if ended == pid {
            report(host, &Report::Exited { operation, status });
        }
    };
    while tree::reap(&mut reaped) {
        let mut ready = [PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN)];
        let _ = poll(&mut ready, None);
        if pending(&signals).contains(&libc::SIGTERM.cast_unsigned()) {
            tree::kill_descendants(&BTreeSet::new(), &mut reaped);
        }
    }
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
