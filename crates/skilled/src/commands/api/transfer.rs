//! Content that comes and goes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use skilled_client::{Download, Existing, Progress, Saved};
use skilled_sandbox::Stream;

use super::Door;
use super::failure::OrFailed as _;
use crate::error::{Error, Result};
use crate::{printer, screen};

/// Uploads below this size are done before anybody wonders.
const LARGE: u64 = 8 << 20;
/// How much is sent between two reports.
const STEP: u64 = 1 << 20;

/// Says on standard error how far a large upload is, where somebody watches.
pub(super) fn progress() -> Progress {
    let watched = printer::is_watched();
    let shown = AtomicU64::new(0);
    Progress::new(move |sent, total| {
        if !watched || total.is_some_and(|total| total < LARGE) {
            return;
        }
        if total == Some(sent) {
            printer::part("\r\x1b[K");
        } else if sent.abs_diff(shown.load(Ordering::Relaxed)) >= STEP {
            shown.store(sent, Ordering::Relaxed);
            let of = total.map(|total| format!(" of {}", screen::bytes(total))).unwrap_or_default();
            printer::part(&format!("\r\x1b[K… {}{of} sent", screen::bytes(sent)));
        }
    })
}

/// Where a download goes.
pub(super) enum Place<'a> {
    Standard,
    File(&'a Path),
}

impl<'a> Place<'a> {
    pub(super) fn of(output: &'a Path) -> Self {
        if output == Path::new("-") { Self::Standard } else { Self::File(output) }
    }
}

/// Writes a download where it is wanted. Returns what was saved, if a file was.
pub(super) async fn deliver(
    door: &Door,
    mut download: Download,
    id: &str,
    place: Place<'_>,
    force: bool,
) -> Result<Option<Saved>> {
    match place {
        Place::Standard => {
            while let Some(piece) = download.chunk().await.or_failed(door)? {
                printer::output(Stream::Stdout, &piece);
            }
            Ok(None)
        }
        Place::File(path) => {
            let existing = if force { Existing::Replace } else { Existing::Refuse };
            match download.save(id, path, existing).await {
                Err(error @ skilled_client::Error::Exists { .. }) => {
                    Err(Error::about(crate::error::Kind::Usage, &error).hint("--force replaces it"))
                }
                saved => saved.or_failed(door).map(Some),
            }
        }
    }
}

/// Says what was saved, on standard error.
pub(super) fn said(saved: &Saved) {
    let path: &PathBuf = &saved.path;
    printer::note(&format!("saved {} ({})", screen::path(path), screen::bytes(saved.bytes)));
}
