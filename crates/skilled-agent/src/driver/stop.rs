//! How a run is ended from outside.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::StopCause;

/// Ends a run from outside: by the cancellation of a token, or for a stated cause. Clones end the same run.
#[derive(Debug, Clone)]
pub struct StopHandle {
    token: CancellationToken,
    cause: Arc<OnceLock<StopCause>>,
}

impl StopHandle {
    /// Returns a handle for one run. Cancelling `cancel` ends the run as [`StopCause::Cancelled`].
    pub fn new(cancel: &CancellationToken) -> Self {
        Self { token: cancel.child_token(), cause: Arc::default() }
    }

    /// Ends the run. The first cause counts.
    pub fn stop(&self, cause: StopCause) {
        if !self.token.is_cancelled() {
            // Whoever set a cause first has won; a loser's cause is the same end.
            let _ = self.cause.set(cause);
        }
        self.token.cancel();
    }

    /// Waits until the run is to end.
    pub(super) async fn stopped(&self) -> StopCause {
        self.token.cancelled().await;
        self.cause.get().cloned().unwrap_or(StopCause::Cancelled)
    }
}
