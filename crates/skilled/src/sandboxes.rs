//! The sandboxes of this user: their control folders below the data directory.
//!
//! A run's are named by it and numbered, `RUN.1`, `RUN.2`, …: a run that is resumed after its sandbox has ended gets the
//! next one.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skilled_agent::RunId;
use skilled_sandbox::Sandbox;
use skilled_sandbox_linux::{LinuxBackend, Record};

use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};

/// Where control folders are.
#[derive(Debug, Clone)]
pub(crate) struct Sandboxes(PathBuf);

/// A sandbox that an earlier driver has left.
pub(crate) enum Left {
    /// It still lives.
    Living(Arc<dyn Sandbox>),
    /// Only what it did can be read.
    Ended(Arc<dyn Sandbox>),
}

impl Sandboxes {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self(settings.data.value.join("sandboxes"))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Returns a control folder for the next sandbox of a run.
    pub(crate) fn next(&self, run: RunId) -> Result<PathBuf> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.or_kind_in(Kind::Sandbox, || format!("cannot make {}", self.0.display()))?;
        let number = self.numbers(run)?.last().map_or(1, |last| last + 1);
        Ok(self.place(run, number))
    }

    /// Returns the sandbox that the last driver of a run has left, if there is one.
    pub(crate) async fn last(&self, run: RunId) -> Result<Option<Left>> {
        let Some(number) = self.numbers(run)?.last().copied() else { return Ok(None) };
        let place = self.place(run, number);
        let Ok(record) = LinuxBackend::record(&place) else { return Ok(None) };
        let sandbox = LinuxBackend::open(&place).await.map_err(|error| Error::new(Kind::Sandbox, error))?;
        Ok(Some(if is_living(&record) { Left::Living(sandbox) } else { Left::Ended(sandbox) }))
    }

    /// Removes the control folders of a run, whose sandboxes have ended.
    pub(crate) fn remove(&self, run: RunId) {
        for number in self.numbers(run).unwrap_or_default() {
            // What is left is found by `skilled sandbox gc`.
            let _ = fs::remove_dir_all(self.place(run, number));
        }
    }

    /// Returns the numbers of a run's sandboxes, in order.
    fn numbers(&self, run: RunId) -> Result<Vec<u32>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.or_kind_in(Kind::Sandbox, || format!("cannot list {}", self.0.display()))?,
        };
        let run = run.to_string();
        let number = |name: &str| name.strip_prefix(&run)?.strip_prefix('.')?.parse().ok();
        let mut numbers: Vec<u32> =
            entries.flatten().filter_map(|entry| number(entry.file_name().to_str()?)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn place(&self, run: RunId, number: u32) -> PathBuf {
        self.0.join(format!("{run}.{number}"))
    }
}

/// Whether the first processes of a sandbox run.
pub(crate) fn is_living(record: &Record) -> bool {
    record.lives()
}
