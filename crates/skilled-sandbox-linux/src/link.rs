//! A host's end of the connection to a supervisor.
//!
//! One task receives every report and hands it to whoever waits, by the id of the request. When the supervisor is gone,
//! everybody who waits is told.

use std::collections::HashMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use serde::Serialize;
use skilled_sandbox::Error;
use skilled_supervisor::{Ask, MESSAGE_LIMIT, ReceiveError, Report, Request, VERSION, receive, send};
use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::oneshot;
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
    closed: bool,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Result<Option<String>, Errno>,
    pub(crate) fd: Option<OwnedFd>,
    /// What runs, where that was asked.
    pub(crate) running: Option<Running>,
}

/// What a supervisor says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) hosts: u32,
    pub(crate) operations: Vec<String>,
    pub(crate) count: u32,
}

impl Link {
    /// Takes the host's end of a socket. Must be called within a runtime.
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

    /// Sends what is to be made and waits until it is ready, or until it is said why not: the id of process 1, when it was
    /// made by this.
    pub(crate) async fn exchange(
        &self,
        asked: &impl Serialize,
        fds: &[BorrowedFd<'_>],
    ) -> io::Result<(Report, Option<i32>)> {
        self.socket.async_io(Interest::WRITABLE, || Ok(send(&self.socket, asked, fds)?)).await?;
        let mut buffer = vec![0; MESSAGE_LIMIT];
        let mut cloned = None;
        loop {
            match self.receive(&mut buffer).await {
                Ok((Report::Cloned { pid }, _)) => cloned = Some(pid),
                Ok((report, _)) => return Ok((report, cloned)),
                Err(error) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, error)),
            }
        }
    }

    /// Says who this is, to a supervisor that is there already. Its reports must be attended to.
    pub(crate) async fn greet(&self, observer: bool) -> Result<Result<(), Errno>, Error> {
        let answer = self.ask(Ask::Hello { version: VERSION, observer }, &[]).await?;
        Ok(answer.result.map(drop))
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

    /// Asks something, and waits for the answer.
    pub(crate) async fn ask(&self, ask: Ask, fds: &[BorrowedFd<'_>]) -> Result<Answer, Error> {
        let id = self.next_id();
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Err(gone());
            }
            waiting.answers.insert(id, sender);
        }
        if let Err(error) = self.send(&Request { id, ask }, fds).await {
            self.waiting().answers.remove(&id);
            return Err(error);
        }
        receiver.await.map_err(|_| gone())
    }

    /// Says something that has no answer. Lost when the connection is full or gone.
    pub(crate) fn say(&self, ask: Ask) {
        let _ = send(&self.socket, &Request { id: self.next_id(), ask }, &[]);
    }

    /// Says something that has no answer.
    pub(crate) async fn tell(&self, ask: Ask) -> Result<(), Error> {
        self.send(&Request { id: self.next_id(), ask }, &[]).await
    }

    /// Returns when the supervisor is gone.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Hangs up. What the supervisor was told before is done.
    pub(crate) fn close(&self) {
        // Fails only when the other side has closed first.
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Both);
    }

    async fn send(&self, request: &Request, fds: &[BorrowedFd<'_>]) -> Result<(), Error> {
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
        let (id, answer) = match report {
            Report::Done { id, errno, path } => {
                let result = if errno == 0 { Ok(path) } else { Err(Errno::from_raw_os_error(errno)) };
                (id, Answer { result, fd, running: None })
            }
            Report::Described { id, hosts, running, count } => {
                let running = Some(Running { hosts, operations: running, count });
                (id, Answer { result: Ok(None), fd: None, running })
            }
            // Only ever among the first reports.
            Report::Cloned { .. } | Report::Ready | Report::Failed(_) => return,
        };
        if let Some(waiter) = self.waiting().answers.remove(&id) {
            // Whoever asked may have stopped waiting.
            drop(waiter.send(answer));
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
