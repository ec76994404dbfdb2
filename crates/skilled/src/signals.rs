//! Ctrl-C, termination and a closed terminal: the first asks the work to end, the second ends the program.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use skilled_package::Stop;
use skilled_sandbox::Sandbox;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::{Kind, OrKind, Result};
use crate::printer;

/// Exit code of what a signal ended.
const INTERRUPTED: u8 = 130;

/// Returns a token that the first signal cancels. Must be called within a runtime.
pub(crate) fn cancelled_by_signals() -> Result<CancellationToken> {
    let mut signals = Signals::new()?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        loop {
            signals.next().await;
            if cancel.is_cancelled() {
                end_with_sandbox().await;
            }
            printer::note("interrupted: ending the run (once more to end at once)");
            cancel.cancel();
        }
    });
    Ok(token)
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

/// Ends the program, and the sandbox with it.
async fn end_with_sandbox() -> ! {
    if let Some(sandbox) = SANDBOX.get().and_then(Weak::upgrade) {
        // One that does not end has nobody: it ends by itself later.
        let _ = tokio::time::timeout(PATIENCE, sandbox.destroy()).await;
    }
    end()
}

/// Returns what the first signal raises, without a runtime.
pub(crate) fn stopped_by_signals() -> Result<Stop> {
    let stop = Stop::default();
    let raised = stop.clone();
    on_signals(move || {
        if raised.is_raised() {
            end();
        }
        raised.raise();
    })?;
    Ok(stop)
}

/// Calls `heard` at each signal from now on, in a thread of its own. The signals end the program no more.
pub(crate) fn on_signals(mut heard: impl FnMut() + Send + 'static) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().or_kind(Kind::Job)?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    let listen = move || {
        runtime.block_on(async {
            loop {
                signals.next().await;
                heard();
            }
        });
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listen).or_kind(Kind::Job)?;
    Ok(())
}

/// Says what a signal left undone.
pub(crate) fn interrupted(undone: &str) -> ExitCode {
    printer::note(&format!("interrupted: {undone}"));
    ExitCode::from(INTERRUPTED)
}

/// Ends the program at once.
#[expect(clippy::exit, reason = "the user asked for it")]
pub(crate) fn end() -> ! {
    std::process::exit(INTERRUPTED.into())
}

/// Signals that ask this process to go away.
pub(crate) struct Signals {
    interrupts: Signal,
    terminations: Signal,
    hangups: Signal,
}

impl Signals {
    /// Listens. Must be called within a runtime. The signals end the program no more.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            interrupts: signal(SignalKind::interrupt()).or_kind(Kind::Job)?,
            terminations: signal(SignalKind::terminate()).or_kind(Kind::Job)?,
            hangups: signal(SignalKind::hangup()).or_kind(Kind::Job)?,
        })
    }

    /// Returns when one came.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupts.recv() => {}
            _ = self.terminations.recv() => {}
            _ = self.hangups.recv() => {}
        }
    }
}
