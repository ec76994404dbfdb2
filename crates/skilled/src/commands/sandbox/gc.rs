//! `skilled sandbox gc`.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use skilled_agent::RunId;
use skilled_sandbox_linux::{Outline, State, inspect};

use crate::commands::run::{open_store, seconds};
use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};
use crate::printer;
use crate::sandboxes::{Held, Sandboxes};

/// How long a sandbox may be in the making; usually it takes milliseconds.
const MAKING: Duration = Duration::from_mins(1);

/// What was asked for.
pub(super) struct Wanted {
    pub(super) dry_run: bool,
    /// What is older is given up, whatever its run would need.
    pub(super) older_than_ms: u64,
    pub(super) json: bool,
}

/// What becomes of a control folder.
enum Fate {
    /// It goes.
    Goes(&'static str),
    /// Its sandbox is ended, and it goes.
    Ends(&'static str),
    /// It stays.
    Stays(&'static str),
}

/// How the run of a sandbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// It may be gone on with.
    Unfinished,
    /// It has finished: what its operations did is in its events.
    Finished,
    /// It was removed.
    Gone,
    /// Nobody knows whose it was.
    Nobody,
}

/// Reads `90s`, `10m`, `12h` or `7d` as seconds.
pub(super) fn age(text: &str) -> std::result::Result<u64, String> {
    const DAY: u64 = 24 * 60 * 60;
    let days =
        text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok()).filter(|days| *days <= 36_500);
    days.map(|days| days * DAY)
        .filter(|seconds| *seconds > 0)
        .or_else(|| seconds(text).ok())
        .ok_or_else(|| "write a time such as 90s, 10m, 12h or 7d".to_owned())
}

/// What was done, or would be.
#[derive(Default)]
struct Done {
    removed: Vec<(String, &'static str)>,
    kept: Vec<(String, &'static str)>,
    /// Control groups that were removed.
    groups: Vec<PathBuf>,
}

pub(super) async fn run(settings: &Settings, wanted: &Wanted) -> Result<ExitCode> {
    let sandboxes = Sandboxes::of(settings);
    let all = sandboxes.all()?;
    let runs = if all.is_empty() { HashMap::new() } else { runs(settings)? };
    let mut done = Done::default();
    let mut failed: Option<Error> = None;
    for held in all {
        let of = held.run.map_or(Of::Nobody, |(run, _)| runs.get(&run).copied().unwrap_or(Of::Gone));
        match done.clear(&held, of, wanted).await {
            Ok(Fate::Stays(why)) => done.kept.push((held.id, why)),
            Ok(Fate::Goes(why) | Fate::Ends(why)) => done.removed.push((held.id, why)),
            // The others are looked at all the same.
            Err(error) => {
                done.kept.push((held.id, "it could not be removed"));
                if let Some(earlier) = failed.replace(error) {
                    printer::error(&earlier);
                }
            }
        }
    }
    done.tell(wanted);
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

impl Done {
    /// Finds out what becomes of a control folder, and does it.
    async fn clear(&mut self, held: &Held, of: Of, wanted: &Wanted) -> Result<Fate> {
        let outline = held.outline()?;
        let fate = fate(held, outline.as_ref(), of, wanted).await?;
        if wanted.dry_run {
            return Ok(fate);
        }
        if let Fate::Ends(_) = fate {
            held.end().await?;
        }
        // Those of a sandbox that has ended, whether or not its folder stays.
        self.groups.extend(outline.iter().filter(|it| !it.lives()).flat_map(Outline::remove_groups));
        if !matches!(fate, Fate::Stays(_)) {
            held.remove()?;
        }
        Ok(fate)
    }

    fn tell(&self, wanted: &Wanted) {
        let Self { removed, kept, groups } = self;
        if wanted.json {
            let rows = |list: &[(String, &str)]| -> Vec<Value> {
                list.iter().map(|(id, why)| json!({ "id": id, "reason": why })).collect()
            };
            let report = json!({
                "dry_run": wanted.dry_run, "removed": rows(removed), "kept": rows(kept), "control_groups": groups,
            });
            printer::data(&format!("{report}\n"));
            return;
        }
        let verb = if wanted.dry_run { "would remove" } else { "removed" };
        for (id, why) in removed {
            printer::note(&format!("{verb} {id}: {why}"));
        }
        for (id, why) in kept {
            printer::note(&format!("kept {id}: {why}"));
        }
        for group in groups {
            printer::note(&format!("removed the control group {}", group.display()));
        }
        if removed.is_empty() && kept.is_empty() {
            printer::note("no sandboxes are left");
        }
    }
}

async fn fate(held: &Held, outline: Option<&Outline>, of: Of, wanted: &Wanted) -> Result<Fate> {
    let Some(outline) = outline else {
        let made = fs::metadata(&held.path).and_then(|found| found.modified());
        let young = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < MAKING));
        return Ok(if young {
            Fate::Stays("it is being made")
        } else {
            Fate::Goes("it never became a sandbox")
        });
    };
    let needless = match of {
        Of::Finished => Some("its run has finished"),
        Of::Gone => Some("its run is gone"),
        Of::Unfinished | Of::Nobody => None,
    };
    if outline.lives() {
        let found = inspect(&held.path, outline)
            .await
            .or_kind_in(Kind::Sandbox, || format!("cannot look into {}", held.path.display()))?;
        return Ok(match (found.state, needless) {
            (State::Running { hosts: 0 }, Some(why)) => Fate::Ends(why),
            (State::Running { hosts: 0 }, None) => Fate::Stays("it runs and may be taken over"),
            (State::Running { .. }, _) => Fate::Stays("it runs and is held"),
            (State::Silent { .. }, _) => {
                Fate::Stays("it runs and does not answer: `skilled sandbox kill` ends it")
            }
            (State::Ended { .. }, Some(why)) => Fate::Goes(why),
            (State::Ended { .. }, None) => Fate::Stays("it has just ended"),
        });
    }
    let old = super::list::age(outline.made_ms).as_millis() > u128::from(wanted.older_than_ms);
    Ok(match needless {
        Some(why) => Fate::Goes(why),
        None if old => Fate::Goes("it is old"),
        None => Fate::Stays("its run may be resumed, and would want to know what its commands did"),
    })
}

/// How the saved runs are.
fn runs(settings: &Settings) -> Result<HashMap<RunId, Of>> {
    let listed = open_store(settings)?.list().or_kind(Kind::Job)?;
    let of = |finished: bool| if finished { Of::Finished } else { Of::Unfinished };
    // One that cannot be read may be repaired.
    let state = |summary: std::result::Result<skilled_store::RunSummary, _>| {
        summary.map_or(Of::Unfinished, |found| of(found.finished.is_some()))
    };
    Ok(listed.into_iter().map(|run| (run.run, state(run.summary))).collect())
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_read() {
        assert_eq!(["90s", "10m", "12h", "7d"].map(age), [Ok(90), Ok(600), Ok(43_200), Ok(604_800)]);
        assert!(
            ["", "d", "0d", "-1d", "1.5d", "99999999999d", "1w"].into_iter().all(|bad| age(bad).is_err())
        );
    }
}
