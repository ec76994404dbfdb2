//! Processes: their pipes, and their fate as the supervisor tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use skilled_sandbox::{
    BoxFuture, Channel, Command, Direction, Error, Exit, Process, ProcessControl, Readable, Reader, Writer,
};
use skilled_supervisor::{DESCRIPTOR_LIMIT, Request, SpawnSpec};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::link::{Fate, Link, gone};

/// How long the supervisor may take to end a tree of processes; usually it takes a millisecond.
const KILL_DEADLINE: Duration = Duration::from_secs(10);

/// Starts `command` with the whole environment `env`.
pub(crate) async fn spawn(
    link: &Arc<Link>,
    command: Command,
    env: BTreeMap<String, String>,
) -> Result<Process, Error> {
    check_channels(&command.channels)?;
    let program = command.argv.first().cloned().unwrap_or_default();
    let failed = |source: io::Error| Error::Spawn { program: program.clone(), source };
    let mut process =
        Process { readers: BTreeMap::new(), writers: BTreeMap::new(), control: Box::new(Unstarted) };
    let mut theirs: Vec<OwnedFd> = Vec::new();
    for Channel { fd, direction } in &command.channels {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
        match direction {
            Direction::FromProcess => {
                let reader: Reader =
                    Box::new(PipeReader(pipe::Receiver::from_owned_fd(read).map_err(failed)?));
                process.readers.insert(*fd, reader);
                theirs.push(write);
            }
            Direction::ToProcess => {
                let writer: Writer = Box::new(pipe::Sender::from_owned_fd(write).map_err(failed)?);
                process.writers.insert(*fd, writer);
                theirs.push(read);
            }
        }
    }
    let operation = link.next_id();
    let fate = link.watch(operation)?;
    let spec = SpawnSpec {
        operation,
        argv: command.argv,
        env: env.into_iter().collect(),
        cwd: command.cwd,
        fds: command.channels.iter().map(|channel| channel.fd).collect(),
    };
    let fds: Vec<_> = theirs.iter().map(AsFd::as_fd).collect();
    link.send(&Request::Spawn(spec), &fds).await?;
    // From here on a dropped future ends what was started.
    let mut control = Control { link: Arc::clone(link), operation, fate };
    let started = control.fate.wait_for(|fate| fate.started.is_some()).await.map_err(|_| gone())?.started;
    if let Some(Err(errno)) = started {
        return Err(failed(errno.into()));
    }
    process.control = Box::new(control);
    Ok(process)
}

/// Refuses channels that could not all be told apart or sent.
fn check_channels(channels: &[Channel]) -> Result<(), Error> {
    let numbers: BTreeSet<i32> = channels.iter().map(|channel| channel.fd).collect();
    if numbers.len() == channels.len() && channels.len() <= DESCRIPTOR_LIMIT {
        return Ok(());
    }
    Err(Error::Invalid {
        message: format!(
            "a process has at most {DESCRIPTOR_LIMIT} channels, each with a descriptor number of its own"
        ),
    })
}

struct Control {
    link: Arc<Link>,
    operation: u64,
    fate: watch::Receiver<Fate>,
}

impl ProcessControl for Control {
    fn wait(&mut self) -> BoxFuture<'_, Result<Exit, Error>> {
        Box::pin(async {
            // The last report of an operation closes its channel; what was said before stays.
            drop(self.fate.wait_for(|fate| fate.exited.is_some()).await);
            let status = self.fate.borrow().exited;
            status.map(exit).ok_or_else(gone)
        })
    }

    fn kill(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            if self.fate.borrow().gone {
                return Ok(());
            }
            self.link.send(&Request::Kill { operation: self.operation }, &[]).await?;
            drop(timeout(KILL_DEADLINE, self.fate.wait_for(|fate| fate.gone)).await);
            if self.fate.borrow().gone {
                return Ok(());
            }
            // Better no sandbox than one whose processes cannot be ended.
            self.link.close();
            Err(gone())
        })
    }
}

impl Drop for Control {
    /// A process that nobody can wait for or end any more is ended.
    fn drop(&mut self) {
        if self.fate.borrow().gone {
            return;
        }
        let (link, operation) = (Arc::clone(&self.link), self.operation);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Fails only when the sandbox is gone, and the process with it.
            runtime.spawn(async move { link.send(&Request::Kill { operation }, &[]).await });
        }
    }
}

/// Stands in until the process has started; never leaves [`spawn`].
struct Unstarted;

impl ProcessControl for Unstarted {
    fn wait(&mut self) -> BoxFuture<'_, Result<Exit, Error>> {
        Box::pin(async { Err(gone()) })
    }

    fn kill(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }
}

/// Reads a status as `wait(2)` gives it.
fn exit(status: i32) -> Exit {
    let status = ExitStatus::from_raw(status);
    match status.signal() {
        Some(signal) => Exit::Signal(signal),
        None => Exit::Code(status.code().unwrap_or_default()),
    }
}

/// The host's end of a pipe.
struct PipeReader(pipe::Receiver);

impl AsyncRead for PipeReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Readable for PipeReader {
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(self.0.as_fd(), buffer)?)
    }
}
