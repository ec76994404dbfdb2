//! The host's end of the socket to a supervisor.
//!
//! One task receives every report and hands it to whoever waits: answers by the id of their request, fates by the id of
//! their operation. When the supervisor is gone, everybody who waits is told.

use std::collections::HashMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use skilled_sandbox::Error;
use skilled_supervisor::{Launch, MESSAGE_LIMIT, ReceiveError, Report, Request, receive, send};
use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

/// A connection to a supervisor.
#[derive(Debug)]
pub(crate) struct Link {
    /// A sequenced-packet socket. Tokio has no type of that name; of this one only readiness is used.
    socket: UnixDatagram,
    waiting: Mutex<Waiting>,
    next: AtomicU64,
    /// Cancelled when the supervisor is gone.
    ended: CancellationToken,
}

#[derive(Debug, Default)]
struct Waiting {
    answers: HashMap<u64, oneshot::Sender<Answer>>,
    fates: HashMap<u64, watch::Sender<Fate>>,
    closed: bool,
}

/// The answer to a request about files.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Result<Option<String>, Errno>,
    pub(crate) fd: Option<OwnedFd>,
}

/// What is known of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fate {
    /// Whether it started, or why not.
    pub(crate) started: Option<Result<(), Errno>>,
    /// The status of its process, once that has ended.
    pub(crate) exited: Option<i32>,
    /// Nothing of it runs any more.
    pub(crate) gone: bool,
}

impl Link {
    /// Takes the host's end of the socket. Must be called within a runtime.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<Self> {
        let socket = std::os::unix::net::UnixDatagram::from(socket);
        socket.set_nonblocking(true)?;
        let socket = UnixDatagram::from_std(socket)?;
        Ok(Self {
            socket,
            waiting: Mutex::default(),
            next: AtomicU64::new(1),
            ended: CancellationToken::new(),
        })
    }

    /// Sends the plan and waits for the first report.
    pub(crate) async fn launch(&self, launch: &Launch) -> io::Result<Report> {
        self.socket.async_io(Interest::WRITABLE, || Ok(send(&self.socket, launch, &[])?)).await?;
        let mut buffer = vec![0; MESSAGE_LIMIT];
        match self.receive(&mut buffer).await {
            Ok((report, _)) => Ok(report),
            Err(error) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, error)),
        }
    }

    /// Returns a number that was never returned before.
    pub(crate) fn next_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Hands out reports until the supervisor is gone.
    pub(crate) async fn attend(self: Arc<Self>) {
        let mut buffer = vec![0; MESSAGE_LIMIT];
        while let Ok((report, fds)) = self.receive(&mut buffer).await {
            self.deliver(report, fds.into_iter().next());
        }
        let mut waiting = self.waiting();
        // Dropping the senders tells those who wait.
        *waiting = Waiting { closed: true, ..Waiting::default() };
        self.ended.cancel();
    }

    /// Asks for something about files.
    pub(crate) async fn ask(&self, request: impl FnOnce(u64) -> Request) -> Result<Answer, Error> {
        let id = self.next_id();
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Err(gone());
            }
            waiting.answers.insert(id, sender);
        }
        if let Err(error) = self.send(&request(id), &[]).await {
            self.waiting().answers.remove(&id);
            return Err(error);
        }
        receiver.await.map_err(|_| gone())
    }

    /// Begins to watch an operation, before it is asked for.
    pub(crate) fn watch(&self, operation: u64) -> Result<watch::Receiver<Fate>, Error> {
        let (sender, receiver) = watch::channel(Fate::default());
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(gone());
        }
        waiting.fates.insert(operation, sender);
        Ok(receiver)
    }

    /// Sends a request with descriptors.
    pub(crate) async fn send(&self, request: &Request, fds: &[BorrowedFd<'_>]) -> Result<(), Error> {
        let sent = self.socket.async_io(Interest::WRITABLE, || Ok(send(&self.socket, request, fds)?)).await;
        sent.map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::MSGSIZE) => Error::Invalid {
                message: format!(
                    "arguments and environment of a process are limited to {MESSAGE_LIMIT} bytes"
                ),
            },
            _ => gone(),
        })
    }

    /// Returns when the supervisor is gone.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Tells the supervisor that the host is gone: it ends everything.
    pub(crate) fn close(&self) {
        // Fails only when the other side has closed first.
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Both);
    }

    async fn receive(&self, buffer: &mut [u8]) -> Result<(Report, Vec<OwnedFd>), ReceiveError> {
        let system =
            |error: &io::Error| ReceiveError::System(Errno::from_io_error(error).unwrap_or(Errno::IO));
        let mut received = Err(ReceiveError::Closed);
        let attempt = || match receive(&self.socket, buffer) {
            Err(ReceiveError::System(Errno::AGAIN)) => Err(io::ErrorKind::WouldBlock.into()),
            other => {
                received = other;
                Ok(())
            }
        };
        self.socket.async_io(Interest::READABLE, attempt).await.map_err(|error| system(&error))?;
        received
    }

    fn deliver(&self, report: Report, fd: Option<OwnedFd>) {
        let mut waiting = self.waiting();
        let tell = |operation: u64, change: &dyn Fn(&mut Fate)| {
            if let Some(fate) = waiting.fates.get(&operation) {
                fate.send_modify(|fate| change(fate));
            }
        };
        match report {
            Report::Started { operation } => tell(operation, &|fate| fate.started = Some(Ok(()))),
            Report::NotStarted { operation, errno } => {
                tell(operation, &|fate| fate.started = Some(Err(Errno::from_raw_os_error(errno))));
            }
            Report::Exited { operation, status } => {
                // The first report counts: a runner that was killed may have told already.
                tell(operation, &|fate| fate.exited = fate.exited.or(Some(status)));
            }
            Report::Gone { operation } => {
                tell(operation, &|fate| fate.gone = true);
                waiting.fates.remove(&operation);
            }
            Report::Done { id, errno, path } => {
                if let Some(waiter) = waiting.answers.remove(&id) {
                    let result = if errno == 0 { Ok(path) } else { Err(Errno::from_raw_os_error(errno)) };
                    // Whoever asked may have stopped waiting.
                    drop(waiter.send(Answer { result, fd }));
                }
            }
            // Only ever the first report.
            Report::Ready | Report::Failed(_) => {}
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a sandbox that has ended.
pub(crate) const GONE: &str = "its first process is no longer there";

/// The error of everything that needs a supervisor that is no longer there.
pub(crate) fn gone() -> Error {
    Error::Gone { reason: GONE.to_owned() }
}
