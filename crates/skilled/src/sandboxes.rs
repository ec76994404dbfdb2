//! The sandboxes of this user: their control folders below the data directory.
//!
//! A run's are named by it and numbered, `RUN.1`, `RUN.2`, …: a run that is resumed after its sandbox has ended gets the
//! next one.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use skilled_agent::RunId;
use skilled_sandbox::Sandbox;
use skilled_sandbox_linux::{Death, LinuxBackend, Outline, Record, State};

use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};

/// Names that an ambiguous one may stand for: so many are told.
const CANDIDATES: usize = 10;

/// A control folder, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held {
    /// The name of the folder: what commands call the sandbox.
    pub(crate) id: String,
    /// Whose it is, and which of its sandboxes; none when it is named otherwise.
    pub(crate) run: Option<(RunId, u32)>,
    pub(crate) path: PathBuf,
}

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

    /// Returns all control folders, by name.
    pub(crate) fn all(&self) -> Result<Vec<Held>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.or_kind_in(Kind::Sandbox, || format!("cannot list {}", self.0.display()))?,
        };
        let held = |entry: fs::DirEntry| {
            let id = entry.file_name().into_string().ok()?;
            let of_run = || {
                let (run, number) = id.rsplit_once('.')?;
                Some((run.parse().ok()?, number.parse().ok()?))
            };
            let run = of_run();
            entry.file_type().is_ok_and(|kind| kind.is_dir()).then(|| Held { id, run, path: entry.path() })
        };
        let mut all: Vec<Held> = entries.flatten().filter_map(held).collect();
        all.sort_by(|a, b| (a.run, &a.id).cmp(&(b.run, &b.id)));
        Ok(all)
    }

    /// Returns the sandbox that `text` names, or all of the run that it names: an id, the beginning of one that is unique,
    /// with or without `run_`; `latest` is the newest run that has any.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Held>> {
        let all = self.all()?;
        if let Some(exact) = all.iter().find(|held| held.id == text) {
            return Ok(vec![exact.clone()]);
        }
        let newest = all.iter().filter_map(|held| held.run).max();
        let fits = |held: &&Held| match newest {
            Some((run, _)) if text == "latest" => held.run.is_some_and(|(of, _)| of == run),
            _ => held
                .id
                .strip_prefix(text)
                .or_else(|| held.id.strip_prefix("run_")?.strip_prefix(text))
                .is_some(),
        };
        let found: Vec<Held> = all.iter().filter(fits).filter(|_| !text.is_empty()).cloned().collect();
        let runs: BTreeSet<_> = found.iter().map(|held| held.run.map(|(run, _)| run)).collect();
        match found.len() {
            0 => Err(Error::usage(format!("no sandbox is called {text:?}"))
                .hint("`skilled sandbox ls` shows all that are left")),
            // All of one run are meant, as long as it is one that is named.
            1 => Ok(found),
            _ if runs.len() == 1 && !runs.contains(&None) => Ok(found),
            many => {
                let names =
                    found.iter().take(CANDIDATES).map(|held| held.id.as_str()).collect::<Vec<_>>().join(", ");
                let more = if many > CANDIDATES {
                    format!(" and {} more", many - CANDIDATES)
                } else {
                    String::new()
                };
                Err(Error::usage(format!("{text:?} is ambiguous"))
                    .hint(format!("write more of one of {names}{more}")))
            }
        }
    }

    /// Ends those of a run's sandboxes that nobody holds, so that nothing of them changes the run's files any more.
    pub(crate) async fn end_unheld(&self, run: RunId) -> Result<()> {
        for held in self.of_run(run)? {
            let Some(outline) = held.outline()? else { continue };
            let found = skilled_sandbox_linux::inspect(&held.path, &outline).await.or_kind(Kind::Sandbox)?;
            match found.state {
                State::Running { hosts: 0 } | State::Silent { .. } => drop(held.end().await?),
                State::Running { .. } | State::Ended { .. } => {}
            }
        }
        Ok(())
    }

    /// Ends all of a run's sandboxes and removes their control folders: nobody will go on with it.
    pub(crate) async fn end(&self, run: RunId) -> Result<()> {
        for held in self.of_run(run)? {
            held.end().await?;
            held.remove()?;
        }
        Ok(())
    }

    fn of_run(&self, run: RunId) -> Result<impl Iterator<Item = Held>> {
        Ok(self.all()?.into_iter().filter(move |held| held.run.is_some_and(|(of, _)| of == run)))
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

impl Held {
    /// Reads what is known of it; none when its maker was ended before there was a sandbox.
    pub(crate) fn outline(&self) -> Result<Option<Outline>> {
        Outline::read(&self.path)
            .or_kind_in(Kind::Sandbox, || format!("cannot read the record of {}", self.id))
    }

    /// Ends the sandbox.
    pub(crate) async fn end(&self) -> Result<Death> {
        let Some(outline) = self.outline()? else { return Ok(Death::Before) };
        skilled_sandbox_linux::end(&self.path, &outline).await.or_kind(Kind::Sandbox)
    }

    /// Removes what is left of a sandbox that has ended.
    pub(crate) fn remove(&self) -> Result<()> {
        if let Ok(Some(outline)) = self.outline() {
            outline.remove_groups();
        }
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.or_kind_in(Kind::Sandbox, || format!("cannot remove {}", self.path.display())),
        }
    }
}

/// Whether the first processes of a sandbox run.
pub(crate) fn is_living(record: &Record) -> bool {
    record.lives()
}
