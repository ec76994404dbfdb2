//! The process of an operation: its descriptors, and how it is started.

use std::convert::Infallible;
use std::ffi::{CString, NulError};
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Rlimit, set_parent_process_death_signal, setrlimit, setsid};
use skilled_supervisor::{Command, Input, STATUS, TEXTS};

use crate::sys::{self, Vector};
use crate::terminal;

/// Above every number that a descriptor of the process has.
const OUT_OF_THE_WAY: i32 = 512;
/// What `fcntl(2)` gives to an unprivileged process, usually.
const LARGEST_PIPE: usize = 1024 * 1024;

/// A running process, and the runner's ends of its descriptors. Those that are read do not block.
pub(crate) struct Child {
    pub(crate) pid: Pid,
    /// Standard output, or the terminal.
    pub(crate) output: OwnedFd,
    /// Standard error; none with a terminal.
    pub(crate) errors: Option<OwnedFd>,
    /// Where an interpreter takes texts and where it reports.
    pub(crate) interpreter: Option<(OwnedFd, OwnedFd)>,
}

/// Everything that exec needs, ready before the process is made.
struct Prepared {
    programs: Vec<CString>,
    argv: Vec<CString>,
    env: Vec<CString>,
    cwd: CString,
    descriptors: Vec<(i32, OwnedFd)>,
    terminal: bool,
    cpu_seconds: Option<u64>,
}

/// Starts the process of `command`, whose input is `input`.
pub(crate) fn start(command: &Command, input: Option<OwnedFd>) -> Result<Child, Errno> {
    let mut descriptors = Vec::new();
    let mut give = |number: i32, fd: &OwnedFd| -> Result<(), Errno> {
        descriptors.push((number, rustix::io::fcntl_dupfd_cloexec(fd, OUT_OF_THE_WAY)?));
        Ok(())
    };
    let is_terminal = matches!(command.input, Input::Terminal { .. });
    let (output, errors) = match input {
        Some(control) if is_terminal => {
            let peer = terminal::peer(&control)?;
            for number in 0..3 {
                give(number, &peer)?;
            }
            rustix::io::ioctl_fionbio(&control, true)?;
            (control, None)
        }
        pipe => {
            if let Some(pipe) = pipe {
                give(0, &pipe)?;
            }
            let (output, theirs) = readable()?;
            give(1, &theirs)?;
            let (errors, theirs) = readable()?;
            give(2, &theirs)?;
            (output, Some(errors))
        }
    };
    let interpreter = if command.interpreter.is_some() {
        let (theirs, texts) = pipe_with(PipeFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&texts, true)?;
        give(TEXTS, &theirs)?;
        let (status, theirs) = readable()?;
        give(STATUS, &theirs)?;
        Some((texts, status))
    } else {
        None
    };
    let prepared = prepare(command, descriptors, is_terminal)?;
    let pid = spawn(&prepared)?;
    Ok(Child { pid, output, errors, interpreter })
}

/// Makes a pipe that is read without waiting.
fn readable() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&read, true)?;
    // Where the user's share of pipe memory is used up, a smaller one has to do.
    let _ = rustix::pipe::fcntl_setpipe_size(&read, LARGEST_PIPE);
    Ok((read, write))
}

fn prepare(command: &Command, descriptors: Vec<(i32, OwnedFd)>, terminal: bool) -> Result<Prepared, Errno> {
    let program = command.argv.first().ok_or(Errno::INVAL)?;
    let path = command.env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, value)| value.as_str());
    let strings = |_: NulError| Errno::INVAL;
    let all = |words: &mut dyn Iterator<Item = String>| {
        words.map(CString::new).collect::<Result<Vec<_>, _>>().map_err(strings)
    };
    Ok(Prepared {
        programs: candidates(program, path).map_err(strings)?,
        argv: all(&mut command.argv.iter().cloned())?,
        env: all(&mut command.env.iter().map(|(name, value)| format!("{name}={value}")))?,
        cwd: CString::new(command.cwd.as_str()).map_err(strings)?,
        descriptors,
        terminal,
        cpu_seconds: command.limits.cpu_seconds,
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

/// Becomes the program in a new process. A failed exec leaves one that has ended, and says why.
fn spawn(prepared: &Prepared) -> Result<Pid, Errno> {
    // Made here: the child, whose limits may be low, needs no memory of its own.
    let argv = Vector::new(prepared.argv.iter().map(CString::as_c_str));
    let env = Vector::new(prepared.env.iter().map(CString::as_c_str));
    sys::spawn(&mut || match become_program(prepared, &argv, &env) {
        Err(errno) => errno,
        Ok(never) => match never {},
    })
}

/// In the child: becomes the program.
fn become_program(prepared: &Prepared, argv: &Vector<'_>, env: &Vector<'_>) -> Result<Infallible, Errno> {
    setsid()?;
    set_parent_process_death_signal(None)?;
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    let null = rustix::io::fcntl_dupfd_cloexec(&null, OUT_OF_THE_WAY)?;
    for number in 0..3 {
        sys::place_descriptor(&null, number)?;
    }
    for (number, fd) in &prepared.descriptors {
        sys::place_descriptor(fd, *number)?;
    }
    if prepared.terminal {
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
    }
    if let Some(seconds) = prepared.cpu_seconds {
        // The signal comes at the first, death at the second.
        let most = seconds.saturating_add(1);
        setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(most) })?;
    }
    rustix::process::chdir(&prepared.cwd)?;
    crate::confine::bind_workload()?;
    sys::reset_signals();
    // As execvp(3): a file that is missing or may not be executed is no reason to stop looking, but the more telling of
    // the two is reported.
    let mut worst = Errno::NOENT;
    for program in &prepared.programs {
        match sys::execute(program, argv, env) {
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(Errno::ACCESS) => worst = Errno::ACCESS,
            other => return other,
        }
    }
    Err(worst)
}
