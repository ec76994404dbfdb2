//! `skilled sandbox ls`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use skilled_sandbox_linux::{Inspection, Outline, Seen, State, inspect};

use crate::error::{Kind, OrKind, Result};
use crate::sandboxes::{Held, Sandboxes};
use crate::screen::{cut, wrapped};
use crate::view::escaped;
use crate::{env, printer};

/// Sandboxes that are asked at the same time.
const AT_ONCE: usize = 16;
/// Characters of a command that are shown to people.
const GLANCE: usize = 200;

/// What is known of one.
struct Row {
    held: Held,
    found: Result<Option<(Outline, Inspection)>>,
}

pub(super) async fn run(sandboxes: &Sandboxes, json: bool) -> Result<ExitCode> {
    let all = sandboxes.all()?;
    let rows: Vec<Row> = stream::iter(all).map(look).buffered(AT_ONCE).collect().await;
    if json {
        let rows: Vec<Value> = rows.iter().map(Row::json).collect();
        printer::data(&format!("{}\n", Value::Array(rows)));
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        printer::note("no sandboxes are left");
    }
    for row in &rows {
        printer::data(&row.text());
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(held: Held) -> Row {
    let found = async {
        let Some(outline) = held.outline()? else { return Ok(None) };
        let inspection = inspect(&held.path, &outline)
            .await
            .or_kind_in(Kind::Sandbox, || format!("cannot look into {}", held.path.display()))?;
        Ok(Some((outline, inspection)))
    };
    let found = found.await;
    Row { held, found }
}

impl Row {
    fn json(&self) -> Value {
        let run = self.held.run.map(|(run, _)| run);
        let mut row = json!({
            "id": self.held.id, "run": run, "path": self.held.path, "label": null, "backend": null, "made_ms": null,
            "age_seconds": null, "state": "unfinished", "hosts": null, "reason": null, "session": null,
            "operations": [], "operation_count": 0,
        });
        match &self.found {
            Err(error) => {
                row["state"] = json!("unreadable");
                row["reason"] = json!(error.chain().collect::<Vec<_>>().join(": "));
            }
            Ok(None) => {}
            Ok(Some((outline, inspection))) => {
                row["label"] = json!(outline.label);
                row["backend"] = json!(outline.backend);
                row["made_ms"] = json!(outline.made_ms);
                row["age_seconds"] = json!(age(outline.made_ms).as_secs());
                row["session"] = json!(some(&outline.session_dir));
                let (state, hosts, reason) = match &inspection.state {
                    State::Running { hosts } => ("running", Some(*hosts), None),
                    State::Silent { reason } => ("silent", None, Some(reason.clone())),
                    State::Ended { reason } => ("ended", None, reason.clone()),
                };
                (row["state"], row["hosts"], row["reason"]) = (json!(state), json!(hosts), json!(reason));
                row["operations"] = inspection.unfinished.iter().map(operation).collect();
                row["operation_count"] = json!(inspection.count);
            }
        }
        row
    }

    fn text(&self) -> String {
        let id = &self.held.id;
        let (outline, inspection) = match &self.found {
            Ok(Some(found)) => found,
            Ok(None) => return format!("{id}  never became a sandbox: its maker was killed before\n"),
            Err(error) => {
                return format!("{id}  {}\n", escaped(&error.chain().collect::<Vec<_>>().join(": ")));
            }
        };
        let state = match &inspection.state {
            State::Running { hosts: 0 } => "running, nobody holds it".to_owned(),
            State::Running { hosts: 1 } => "running, held".to_owned(),
            State::Running { hosts } => format!("running, held by {hosts}"),
            State::Silent { reason } => format!("runs, but {}", escaped(reason)),
            State::Ended { reason } => {
                format!(
                    "ended: {}",
                    escaped(reason.as_deref().unwrap_or("it was killed, or the machine was restarted"))
                )
            }
        };
        let backend = escaped(&outline.backend);
        let mut text = format!("{id}  {backend}  made {} ago  {state}\n", shown(age(outline.made_ms)));
        for seen in inspection.unfinished.iter().filter(|seen| !seen.interpreter) {
            text.push_str(&line(seen, &inspection.state));
        }
        let unnamed = (inspection.count as usize).saturating_sub(inspection.unfinished.len());
        if unnamed > 0 {
            let _ = writeln!(text, "  and {unnamed} more operations");
        }
        let _ = writeln!(text, "  session  {}", crate::screen::path(&outline.session_dir));
        text
    }
}

/// One operation that has no end, as a line or several.
fn line(seen: &Seen, state: &State) -> String {
    let lives = !matches!(state, State::Ended { .. });
    let since = seen.begun_ms.map(|at| shown(age(at)));
    let state = match (lives, since) {
        (true, Some(since)) => format!(" (for {since})"),
        (false, Some(since)) => format!(" (begun {since} ago; nobody knows its end)"),
        (_, None) => String::new(),
    };
    let what = cut(&escaped(&seen.what), GLANCE);
    wrapped(&format!("  {}  ", seen.key), &format!("{what}{state}"))
}

fn operation(seen: &Seen) -> Value {
    json!({
        "key": seen.key.as_str(), "command": seen.what, "begun_ms": seen.begun_ms, "interpreter": seen.interpreter,
    })
}

fn some(path: &PathBuf) -> Option<&PathBuf> {
    (!path.as_os_str().is_empty()).then_some(path)
}

/// How long ago something was.
pub(super) fn age(at_ms: u64) -> Duration {
    Duration::from_millis(env::now().saturating_sub(at_ms))
}

/// A time in its largest unit.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_their_largest_unit() {
        let times = [0, 119, 120, 7199, 7200, 200_000].map(|seconds| shown(Duration::from_secs(seconds)));
        assert_eq!(times, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 days"]);
    }
}
