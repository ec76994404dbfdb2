//! Connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::{Request, service};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use crate::housekeeping::write_usage;
use crate::peer::Connection;
use crate::{AppState, Certificate, housekeeping, messages, router};

/// How long a running request may take after the server was asked to end.
const LAST_REQUESTS: Duration = Duration::from_secs(30);
/// How long to wait after the system had no room for another connection.
const CROWDED: Duration = Duration::from_millis(50);
/// Requests on one connection of HTTP/2 at once.
const STREAMS: u32 = 256;

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Option<Certificate>,
}

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Server {
    /// Takes the address; port 0 takes any. Connections wait until [`Server::run`].
    ///
    /// # Errors
    ///
    /// [`ServeError::Listen`]
    pub async fn listen(address: SocketAddr, certificate: Option<Certificate>) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, certificate })
    }

    /// The address, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is: `http://127.0.0.1:8787`.
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until [`Parts::ending`](crate::Parts::ending) is cancelled and the running requests have ended, but at most 30
    /// seconds longer. Then what was used is written.
    pub async fn run(self, app: AppState) {
        let keeping = tokio::spawn(housekeeping(app.clone()));
        let batches = tokio::spawn(messages::batches::work(app.clone()));
        let routes = router(app.clone());
        let connections = Arc::new(Semaphore::new(app.config.limits.connections.min(Semaphore::MAX_PERMITS)));
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                () = app.ending.cancelled() => break,
                accepted = accept(&self.listener, &connections) => accepted,
            };
            let Some((stream, address, place)) = accepted else {
                sleep(CROWDED).await;
                continue;
            };
            let connection = Connection { address, is_tls: self.certificate.is_some() };
            let (app, routes) = (app.clone(), routes.clone());
            let (certificate, watcher) = (self.certificate.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _place = place;
                app.metrics.gauge("skilled_connections", &[], 1);
                match certificate {
                    None => talk(stream, connection, routes, &app, watcher).await,
                    Some(Certificate(acceptor)) => {
                        // Who is no client of ours is nobody's fault.
                        let shaken = timeout(app.config.limits.head_time, acceptor.accept(stream)).await;
                        if let Ok(Ok(stream)) = shaken {
                            talk(stream, connection, routes, &app, watcher).await;
                        }
                    }
                }
                app.metrics.gauge("skilled_connections", &[], -1);
            });
        }
        drop(self.listener);
        if timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests are ended that took too long");
        }
        if batches.await.is_err() {
            tracing::error!("the answering of batches had failed");
        }
        if keeping.await.is_err() {
            tracing::error!("the housekeeping had failed");
        }
        // What the last requests used.
        write_usage(&app).await;
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// The next connection, when there is a place for it; none when the system has none.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            // Small answers go out at once.
            let _ = stream.set_nodelay(true);
            Some((stream, address, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            None
        }
    }
}

/// Answers the requests of one connection.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    connection: Connection,
    routes: Router,
    app: &AppState,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let limits = &app.config.limits;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes.max(8 << 10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(limits.head_time)
        .keep_alive_timeout(limits.head_time);
    let answer = service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection);
        routes.clone().call(request.map(Body::new))
    });
    let connection = builder.serve_connection(TokioIo::new(stream), answer);
    // How a client leaves is no event.
    let _ = watcher.watch(connection).await;
}
