//! What is done beside requests: usage is written, what has expired is cleared away.

use std::time::Duration;

use skilled_message::UnixMillis;
use skilled_store::{ObjectKind, collect};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::AppState;

/// How often usage is written.
const USAGE: Duration = Duration::from_secs(5);
/// How often is cleared away.
const CLEARING: Duration = Duration::from_mins(10);
const HOUR: UnixMillis = 60 * 60 * 1000;
/// How long the description of a file stays after its content has expired, as at the hosted service.
const DESCRIBED: UnixMillis = 30 * 24 * HOUR;
/// How long the results of a batch are kept after its end, as at the hosted service.
const RESULTS: UnixMillis = 29 * 24 * HOUR;
/// How many records are dealt with in one step.
const STEP: u32 = 500;

/// Writes usage and clears away, until the server ends; then writes usage once more.
pub async fn housekeeping(app: AppState) {
    let mut ticks = interval(USAGE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut cleared: Option<Instant> = None;
    loop {
        tokio::select! {
            () = app.ending.cancelled() => break,
            _ = ticks.tick() => {}
        }
        write_usage(&app).await;
        if cleared.is_none_or(|at| at.elapsed() >= CLEARING) {
            clear(&app).await;
            cleared = Some(Instant::now());
        }
    }
    write_usage(&app).await;
}

pub(crate) async fn write_usage(app: &AppState) {
    if let Err(error) = app.usage.write(app.records.as_ref()).await {
        tracing::warn!(%error, "usage could not be written and waits");
    }
}

/// Clears away what has expired, and content that nothing has referred to for an hour.
async fn clear(app: &AppState) {
    if let Some(containers) = &app.containers {
        match containers.expire().await {
            Ok(expired) => app.metrics.count("skilled_containers_expired_total", &[], expired as u64),
            Err(error) => tracing::warn!(%error, "expired containers could not be ended"),
        }
    }
    let now = app.now();
    let before = now.saturating_sub(HOUR);
    loop {
        match app.records.release_expired_files(now, STEP).await {
            Ok(0) => break,
            Ok(released) => app.metrics.count("skilled_files_expired_total", &[], released),
            Err(error) => return tracing::warn!(%error, "expired files could not be released"),
        }
    }
    loop {
        match app.records.delete_expired_files(now.saturating_sub(DESCRIBED), now, STEP).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "expired files could not be deleted"),
        }
    }
    loop {
        match app.records.archive_batches(now.saturating_sub(RESULTS), now, STEP).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "old results of batches could not be given up"),
        }
    }
    match collect(app.records.as_ref(), app.blobs.as_ref(), before).await {
        Ok(collected) => {
            app.metrics.count("skilled_blobs_removed_total", &[], collected.blobs);
            app.metrics.count("skilled_blob_bytes_removed_total", &[], collected.bytes);
        }
        Err(error) => tracing::warn!(%error, "unused content could not be removed"),
    }
    clear_trees(app, before).await;
}

/// Removes snapshots of skills that were deleted.
async fn clear_trees(app: &AppState, before: UnixMillis) {
    // Nobody takes a snapshot or reads one meanwhile.
    let _alone = app.snapshots.write().await;
    let mut after: Option<String> = None;
    loop {
        let stale = app.records.unreferenced(ObjectKind::Tree, before, after.as_deref(), STEP).await;
        let stale = match stale {
            Ok(stale) => stale,
            Err(error) => return tracing::warn!(%error, "unused skills could not be found"),
        };
        let Some(last) = stale.last() else { return };
        after = Some(last.clone());
        let mut gone = Vec::new();
        for digest in stale {
            // The server's own skills are not in the records.
            if app.builtins.digests().any(|own| own == digest) {
                continue;
            }
            let (trees, name) = (app.trees.clone(), digest.clone());
            match tokio::task::spawn_blocking(move || trees.remove(&name)).await {
                Ok(Ok(())) => gone.push(digest),
                Ok(Err(error)) => tracing::warn!(%error, "an unused skill could not be removed"),
                Err(error) => tracing::warn!(%error, "an unused skill could not be removed"),
            }
        }
        if let Err(error) = app.records.forget(ObjectKind::Tree, &gone).await {
            return tracing::warn!(%error, "removed skills could not be forgotten");
        }
    }
}
