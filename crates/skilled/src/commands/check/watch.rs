//! `--watch`: checks again what changes.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use notify::{Event, RecursiveMode, Watcher};
use skilled_lint::search::{self, Target};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::settings::Plan;
use super::{CheckArgs, check, told};
use crate::error::{Error, Kind, OrKind, Result};
use crate::subjects::real;
use crate::view::escaped;
use crate::{printer, signals};

/// Changes belong together until nothing happens for this long.
const QUIET: Duration = Duration::from_millis(100);
/// Changes that never end are looked at after this long.
const LONGEST: Duration = Duration::from_secs(2);
/// Exit code of what a signal ended.
const INTERRUPTED: u8 = 130;
/// Files that decide what is checked, and how.
const DECISIVE: [&str; 3] = ["skilled.toml", ".gitignore", ".ignore"];

pub(super) fn watch(args: &CheckArgs, plan: &Plan) -> Result<ExitCode> {
    // One thread hears signals while the other checks.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.or_kind(Kind::Job)?;
    let (sender, mut changes) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        // Nobody listens any more when the program ends.
        let _ = sender.send(event);
    })
    .or_kind_in(Kind::Job, || "cannot watch files on this machine".to_owned())?;
    for path in &args.paths {
        follow(&mut watcher, path)?;
    }
    runtime.block_on(async {
        let cancel = signals::cancelled_by_signals()?;
        let mut plan =
            Plan { settings: plan.settings.clone(), search: plan.search.clone(), threads: plan.threads };
        let mut changed: Option<BTreeSet<PathBuf>> = None;
        loop {
            if changed.as_ref().is_some_and(|changed| changed.iter().any(|path| is_decisive(path))) {
                changed = None;
                match Plan::new(args) {
                    Ok(new) => plan = new,
                    // A file that is being edited may be wrong for a while.
                    Err(error) => printer::error(&error),
                }
            }
            round(args, &plan, changed.as_ref(), &cancel)?;
            if cancel.is_cancelled() {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            printer::note("watching; Ctrl-C ends");
            changed = tokio::select! {
                () = cancel.cancelled() => return Ok(ExitCode::from(INTERRUPTED)),
                next = next_changes(&mut changes) => Some(next),
            };
        }
    })
}

/// Checks the skills in which something changed, at first all.
fn round(
    args: &CheckArgs,
    plan: &Plan,
    changed: Option<&BTreeSet<PathBuf>>,
    cancel: &CancellationToken,
) -> Result<()> {
    let incomplete = Cell::new(false);
    let found = search::find(&args.paths, &plan.search).or_kind(Kind::Usage)?;
    let mut targets: Vec<Target> = found.filter_map(|target| told(target, &incomplete)).collect();
    if let Some(changed) = changed {
        targets.retain(|target| {
            real(target).is_some_and(|real| changed.iter().any(|path| path.starts_with(&real)))
        });
        if targets.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = targets.iter().map(name).collect();
        printer::note(&format!("--- changed: {}", names.join(", ")));
    }
    check(targets.into_iter(), args, plan, &incomplete, &|| cancel.is_cancelled());
    Ok(())
}

fn name(target: &Target) -> String {
    match target {
        Target::Skill(path) | Target::Archive(path) => escaped(&path.to_string_lossy()),
    }
}

/// Follows a folder with all that is in it, or the folder of a file.
fn follow(watcher: &mut impl Watcher, path: &Path) -> Result<()> {
    let cannot = || format!("cannot watch {}", path.display());
    let real = path.canonicalize().or_kind_in(Kind::Usage, cannot)?;
    let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(Path::new("/")) };
    watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| {
        Error::new(Kind::Job, anyhow::Error::new(error).context(cannot()))
            .hint("a large tree needs more of fs.inotify.max_user_watches; or name fewer folders")
    })
}

/// Waits for changes and collects those that come together.
async fn next_changes(changes: &mut UnboundedReceiver<notify::Result<Event>>) -> BTreeSet<PathBuf> {
    let mut changed = BTreeSet::new();
    while changed.is_empty() {
        match changes.recv().await {
            Some(event) => note_changes(&mut changed, event),
            // The watcher lives as long as this waits; should it end, so does hearing of changes.
            None => std::future::pending().await,
        }
    }
    let end = Instant::now() + LONGEST;
    while let Ok(Ok(Some(event))) = timeout_at(end, timeout(QUIET, changes.recv())).await {
        note_changes(&mut changed, event);
    }
    changed
}

/// Reading is no change, and what git does to itself is none of a skill.
fn note_changes(changed: &mut BTreeSet<PathBuf>, event: notify::Result<Event>) {
    match event {
        Ok(event) if event.kind.is_access() => {}
        Ok(event) => {
            let is_own = |path: &PathBuf| path.iter().any(|part| part == ".git");
            changed.extend(event.paths.into_iter().filter(|path| !is_own(path)));
        }
        Err(error) => printer::warning(&format!("a change may be missed: {error}"), None),
    }
}

fn is_decisive(path: &Path) -> bool {
    path.file_name().is_some_and(|name| DECISIVE.iter().any(|decisive| name == *decisive))
}
