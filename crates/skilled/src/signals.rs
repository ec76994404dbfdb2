//! Ctrl-C, termination and a closed terminal: the first asks the run to end, the second ends the program.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use skilled_sandbox::Sandbox;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::{Kind, OrKind, Result};
use crate::printer;

/// Returns a token that the first signal cancels. Must be called within a runtime.
pub(crate) fn cancelled_by_signals() -> Result<CancellationToken> {
    let mut interrupts = signal(SignalKind::interrupt()).or_kind(Kind::Job)?;
    let mut terminations = signal(SignalKind::terminate()).or_kind(Kind::Job)?;
    let mut hangups = signal(SignalKind::hangup()).or_kind(Kind::Job)?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
                _ = hangups.recv() => {}
            }
            if cancel.is_cancelled() {
                end().await;
            }
            printer::note("interrupted: ending the run (once more to end at once)");
            cancel.cancel();
        }
    });
    Ok(token)
}

/// Signals that ask this process to go away.
pub(crate) struct GoingAway([Signal; 3]);

/// Listens for signals that ask this process to go away. Must be called within a runtime.
pub(crate) fn going_away() -> Result<GoingAway> {
    let listen = |kind| signal(kind).or_kind(Kind::Job);
    Ok(GoingAway([
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
        listen(SignalKind::hangup())?,
    ]))
}

impl GoingAway {
    /// Returns when one came.
    pub(crate) async fn come(&mut self) {
        let [interrupts, terminations, hangups] = &mut self.0;
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
            _ = hangups.recv() => {}
        }
    }
}

/// What would outlive this process, and must not when the user has asked twice.
static SANDBOX: OnceLock<Weak<dyn Sandbox>> = OnceLock::new();
/// How long the sandbox may take to end then; usually it takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(2);

/// Names the sandbox that is to end with this process when the user asks twice.
pub(crate) fn takes_along(sandbox: &Arc<dyn Sandbox>) {
    // One process drives one run.
    let _ = SANDBOX.set(Arc::downgrade(sandbox));
}

#[expect(clippy::exit, reason = "the user asked twice")]
async fn end() -> ! {
    if let Some(sandbox) = SANDBOX.get().and_then(Weak::upgrade) {
        // One that does not end has nobody: it ends by itself later.
        let _ = tokio::time::timeout(PATIENCE, sandbox.destroy()).await;
    }
    std::process::exit(130)
}
