//! Ctrl-C, termination and a closed terminal: the first asks the run to end, the second ends the program.

use tokio::signal::unix::{SignalKind, signal};
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
                end();
            }
            printer::note("interrupted: ending the run (once more to end at once)");
            cancel.cancel();
        }
    });
    Ok(token)
}

/// The sandbox ends with this process, whose end of its socket closes.
#[expect(clippy::exit, reason = "the user asked twice")]
fn end() -> ! {
    std::process::exit(130)
}
