//! The server.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::http1::{Recorded, read_request, write_reply};
use crate::reply::{Ending, Reply};

/// A local HTTP server that plays a queue of replies, one per request. A connection serves any number of requests, one
/// after another, unless the client or a reply closes it.
///
/// It runs on its own thread with its own clock, so that it serves a paused runtime, a blocking test and a child
/// process alike. A request without a reply in the queue gets a 500 that is not to be retried. Dropping it closes every
/// connection.
#[derive(Debug)]
pub struct SseServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Recorded>>,
    /// Connections that were accepted.
    connections: AtomicUsize,
    /// Connections that the client closed before their reply was complete.
    closed: watch::Sender<usize>,
}

impl SseServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// Panics if it cannot listen.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            replies: Mutex::default(),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            closed: watch::Sender::new(0),
        });
        let stop = CancellationToken::new();
        let thread = std::thread::spawn({
            let (shared, stop) = (Arc::clone(&shared), stop.clone());
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(stop.run_until_cancelled(serve(listener, shared)));
            }
        });
        Self { address, shared, stop, thread: Some(thread) }
    }

    /// Returns `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a reply to the queue.
    pub fn push(&self, reply: Reply) {
        self.shared.replies.lock().unwrap().push_back(reply);
    }

    /// Returns the requests so far, in order.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Returns how many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Returns how many replies are still in the queue.
    pub fn left(&self) -> usize {
        self.shared.replies.lock().unwrap().len()
    }

    /// Waits until the client has closed `count` connections before their reply was complete.
    ///
    /// # Panics
    ///
    /// Panics if the server died.
    pub async fn client_closed(&self, count: usize) {
        let mut closed = self.shared.closed.subscribe();
        closed.wait_for(|closed| *closed >= count).await.expect("the server lives");
    }
}

impl Drop for SseServer {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, was printed by its own thread; a drop must not panic again.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        shared.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(answer(stream, Arc::clone(&shared)));
    }
}

/// Answers the requests of one connection.
async fn answer(mut stream: TcpStream, shared: Arc<Shared>) {
    stream.set_nodelay(true).unwrap();
    while let Ok(Some(request)) = read_request(&mut stream).await {
        let keep = request.keeps_alive();
        shared.requests.lock().unwrap().push(request);
        let reply = shared.replies.lock().unwrap().pop_front().unwrap_or_else(unscripted);
        let written = write_reply(&mut stream, &reply, keep).await;
        let stalled = matches!(reply.ending, Ending::Stall(_));
        if stalled && written.is_ok() {
            let mut rest = Vec::new();
            // An error means the same as the end: the client is gone.
            let _ = stream.read_to_end(&mut rest).await;
        }
        if stalled || written.is_err() {
            shared.closed.send_modify(|closed| *closed += 1);
        }
        if !keep || written.is_err() || reply.ending != Ending::Complete {
            return;
        }
    }
}

fn unscripted() -> Reply {
    Reply::new(500, "text/plain", "the test has no reply for this request").header("x-should-retry", "false")
}
