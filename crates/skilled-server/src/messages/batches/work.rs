//! Those who answer the requests of batches.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use skilled_message::UnixMillis;
use skilled_store::{BatchOutcome, BatchStatus, ClaimedRequest, Finished, MAX_PAGE, StoreError};
use skilled_wire::RequestId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::answer::{Ended, answer};
use crate::AppState;

/// For how long a request is claimed. When a server was killed, what it was answering waits for so long.
const LEASE: UnixMillis = 60_000;
/// How often the claim is made longer.
const RENEW: Duration = Duration::from_secs(15);
/// How often is looked for leases that ran out and batches whose time is over.
const LOOK: Duration = Duration::from_secs(2);
/// How long what is being answered may take when the server ends; then it goes back to the queue.
const LAST: Duration = Duration::from_secs(5);
/// How long going back may take.
const BACK: Duration = Duration::from_secs(8);

/// Answers requests of batches, [`Limits::batch_concurrency`](crate::Limits::batch_concurrency) at once, until the server
/// ends and what is being answered has a result or is back in the queue, which takes at most 13 seconds.
pub(crate) async fn work(app: AppState) {
    let worker = Arc::new(Worker {
        holder: RequestId::new(app.now()).to_string(),
        give_back: CancellationToken::new(),
        app,
    });
    let app = &worker.app;
    let places = app.config.limits.batch_concurrency.min(MAX_PAGE as usize);
    let mut ended = app.batches.ended.subscribe();
    let mut running = JoinSet::new();
    let mut swept: Option<Instant> = None;
    while !app.ending.is_cancelled() {
        if swept.is_none_or(|at| at.elapsed() >= LOOK) {
            worker.sweep().await;
            swept = Some(Instant::now());
        }
        // What ends from here on is news to whom is claimed now.
        ended.mark_unchanged();
        for claimed in worker.claim(places.saturating_sub(running.len())).await {
            running.spawn(Arc::clone(&worker).run(claimed, ended.clone()));
        }
        tokio::select! {
            () = app.ending.cancelled() => {}
            () = app.batches.added.notified() => {}
            Some(done) = running.join_next() => note(done),
            () = sleep(LOOK) => {}
        }
    }
    let all = async {
        while let Some(done) = running.join_next().await {
            note(done);
        }
    };
    let mut all = pin!(all);
    if timeout(LAST, &mut all).await.is_err() {
        worker.give_back.cancel();
        if timeout(BACK, all).await.is_err() {
            tracing::warn!(
                "requests of batches did not end: they are claimed again when their leases run out"
            );
        }
    }
}

fn note(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done {
        tracing::error!(%error, "answering a request of a batch failed: it is tried again when its lease runs out");
    }
}

/// One who claims.
struct Worker {
    app: AppState,
    /// Its name at the claims, of this start of the server alone.
    holder: String,
    /// Cancelled when what is being answered is to go back to the queue.
    give_back: CancellationToken,
}

/// Why an answer was broken off.
#[derive(Clone, Copy)]
enum Broken {
    /// The claim is no more: the batch is canceled or over, or somebody else has it.
    Lost,
    /// The server ends.
    Ending,
}

impl Worker {
    /// Ends the batches whose time is over.
    async fn sweep(&self) {
        match self.app.records.sweep_batches(self.app.now()).await {
            Ok(0) => {}
            // Perhaps somebody still answers for one of them.
            Ok(_) => {
                self.app.batches.ended.send_replace(());
            }
            Err(error) => tracing::warn!(%error, "batches could not be ended"),
        }
    }

    async fn claim(&self, free: usize) -> Vec<ClaimedRequest> {
        let Some(limit) = u32::try_from(free).ok().filter(|free| *free > 0) else { return Vec::new() };
        let now = self.app.now();
        let claimed = self.app.records.claim_requests(&self.holder, now, now.saturating_add(LEASE), limit);
        claimed.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "requests of batches could not be claimed");
            Vec::new()
        })
    }

    /// Answers one request, while its claim is held.
    async fn run(self: Arc<Self>, claimed: ClaimedRequest, mut ended: watch::Receiver<()>) {
        let app = &self.app;
        let _counted = Counted::new(app);
        let cancel = CancellationToken::new();
        let _ends = cancel.clone().drop_guard();
        let mut renew = interval_at(Instant::now() + RENEW, RENEW);
        let mut broken = None;
        let mut answering = pin!(answer(app, &claimed, &cancel));
        let answered = loop {
            let look = async {
                tokio::select! {
                    _ = renew.tick() => {}
                    _ = ended.changed() => {}
                }
            };
            tokio::select! {
                answered = &mut answering => break answered,
                () = self.give_back.cancelled(), if broken.is_none() => {
                    broken = Some(Broken::Ending);
                    cancel.cancel();
                }
                () = look, if broken.is_none() => {
                    if self.is_lost(&claimed).await {
                        broken = Some(Broken::Lost);
                        cancel.cancel();
                    }
                }
            }
        };
        self.finish(&claimed, answered, broken).await;
    }

    /// Makes the lease longer; returns whether that cannot be, because it is not ours any more.
    async fn is_lost(&self, claimed: &ClaimedRequest) -> bool {
        let until = self.app.now().saturating_add(LEASE);
        let (batch, position) = (&claimed.batch_id, claimed.position);
        match self.app.records.renew_request(batch, position, &self.holder, until).await {
            Ok(()) => false,
            Err(StoreError::NotHeld { .. }) => true,
            Err(error) => {
                tracing::warn!(%error, batch, position, "a lease could not be made longer");
                false
            }
        }
    }

    /// Keeps what came of a request.
    async fn finish(&self, claimed: &ClaimedRequest, answered: Ended, broken: Option<Broken>) {
        let app = &self.app;
        let (batch, position) = (claimed.batch_id.as_str(), claimed.position);
        let Ended { outcome, result } = answered;
        let (outcome, result) = match (outcome, broken) {
            // An answer is an answer, though nobody waited for it any more.
            (BatchOutcome::Succeeded, _) | (_, None) => (outcome, Some(result)),
            (_, Some(Broken::Ending)) => {
                if let Err(error) = app.records.return_request(batch, position, &self.holder).await {
                    tracing::warn!(%error, batch, position, "a request waits until its lease runs out");
                }
                return;
            }
            (_, Some(Broken::Lost)) => {
                let found = app.records.batch(&claimed.workspace, batch).await;
                let canceled = found
                    .is_ok_and(|found| found.is_some_and(|found| found.status == BatchStatus::Canceling));
                if !canceled {
                    return;
                }
                (BatchOutcome::Canceled, None)
            }
        };
        let label = match outcome {
            BatchOutcome::Succeeded => "succeeded",
            BatchOutcome::Errored => "errored",
            BatchOutcome::Canceled => "canceled",
            BatchOutcome::Expired => "expired",
        };
        match app.records.finish_request(batch, position, outcome, result, app.now()).await {
            Ok(Finished::Kept) => {}
            Ok(Finished::KeptAndEnded) => tracing::info!(batch, "a batch has ended"),
            Ok(Finished::TooLate) => return,
            Err(error) => {
                tracing::warn!(%error, batch, position, "a result was not kept: the request is answered again");
                return;
            }
        }
        app.metrics.count("skilled_batch_requests_total", &[("outcome", label)], 1);
    }
}

/// Counts a request while it is being answered.
struct Counted<'a>(&'a AppState);

impl<'a> Counted<'a> {
    fn new(app: &'a AppState) -> Self {
        app.metrics.gauge("skilled_batch_requests_running", &[], 1);
        Self(app)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.metrics.gauge("skilled_batch_requests_running", &[], -1);
    }
}
