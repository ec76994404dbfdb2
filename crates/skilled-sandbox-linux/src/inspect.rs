//! Looking at sandboxes from outside, and ending them, without becoming their owner.
//!
//! Whoever looks keeps no sandbox alive, and believes nothing that is found in a control folder: every length is bounded,
//! and no link is followed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::Dir;
use serde::{Deserialize, Serialize};
use skilled_sandbox::{Error, Key};
use skilled_supervisor::Ask;
use skilled_supervisor::journal::{COMMITTED, Record as Frame, counted, decode};
use tokio::time::{sleep, timeout};

use crate::control::{self, Control, LONGEST_RECORD, ProcessId};
use crate::link::{Link, Running};
use crate::{LinuxBackend, Record};

/// How long a supervisor may take to answer; usually it takes less than a millisecond.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a sandbox may take to end once its process 1 was killed, and its launcher to clean up after that.
const DEATH: Duration = Duration::from_secs(3);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(2);
/// How often it is tried to remove a control group that the kernel still thinks is used.
const BUSY: usize = 50;
/// Journals of one sandbox that are looked at.
const MOST_JOURNALS: usize = 10_000;
/// Operations that are named, as the supervisor does.
const LISTED: usize = 100;
/// What is read of a journal: its first frame is shorter.
const FIRST_FRAME: usize = 1024;

/// What the record of a sandbox tells, whichever build wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Who it is for.
    #[serde(default)]
    pub label: String,
    /// What stands between the workload and the host: `linux` or `none`.
    #[serde(default)]
    pub backend: String,
    /// When it was made, in milliseconds since 1970.
    #[serde(default)]
    pub made_ms: u64,
    /// The boot of the machine that it lives in.
    pub boot: String,
    /// The process that waits for process 1.
    #[serde(default)]
    pub launcher: Option<ProcessId>,
    /// Process 1, as the host sees it.
    #[serde(default)]
    pub supervisor: Option<ProcessId>,
    /// The session's folder on the host.
    #[serde(default)]
    pub session_dir: PathBuf,
    /// Its control groups.
    #[serde(default)]
    pub groups: Vec<PathBuf>,
}

/// How a sandbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It runs, and so many hosts are connected, observers not counted.
    Running {
        /// How many.
        hosts: u32,
    },
    /// Its processes run, but do not answer this build.
    Silent {
        /// Why, as far as is known.
        reason: String,
    },
    /// It has ended.
    Ended {
        /// How, as far as that was noted.
        reason: Option<String>,
    },
}

/// An operation, as its journal begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub key: Key,
    /// The program with its arguments, or the text, cut to a few hundred bytes. It may hold anything.
    pub what: String,
    /// When it began, in milliseconds since 1970; none when that was not noted yet.
    pub begun_ms: Option<u64>,
    /// Its journal has an end.
    pub ended: bool,
    /// It takes texts, and does nothing by itself.
    pub interpreter: bool,
    /// Its output can be read once only: by whoever started it.
    pub window: bool,
}

/// What an observer sees of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// How it is.
    pub state: State,
    /// Operations that have no end, the oldest first: those that run, or, in a sandbox that has ended, those of which
    /// nobody knows how they ended. At most a hundred are named.
    pub unfinished: Vec<Seen>,
    /// How many there are in all.
    pub count: u32,
}

/// How a sandbox came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// It had ended before.
    Before,
    /// It was asked to end, and did.
    Asked,
    /// It did not answer: its first processes were killed, and with them all others.
    Killed,
}

impl Outline {
    /// Reads what is known of the sandbox of a control folder. None when the folder holds no record: whoever made it was
    /// ended before there was a sandbox.
    ///
    /// # Errors
    /// When the folder or its record cannot be read, or the record is damaged.
    pub fn read(control_dir: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(control_dir.join("sandbox.json")) {
            // Not when the folder itself is missing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return fs::symlink_metadata(control_dir).map(|_| None);
            }
            other => other?,
        };
        let mut text = String::new();
        file.take(LONGEST_RECORD).read_to_string(&mut text)?;
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// Returns whether its first processes still run.
    pub fn lives(&self) -> bool {
        let runs = |process: ProcessId| !process.has_ended();
        self.boot == control::boot() && self.supervisor.or(self.launcher).is_some_and(runs)
    }

    /// Removes the control groups that its launcher was killed before it could remove. Returns those that were still there.
    pub fn remove_groups(&self) -> Vec<PathBuf> {
        let remove = |group: &&PathBuf| {
            (0..BUSY).any(|_| match fs::remove_dir(group) {
                // Its last process is gone, but not yet counted out; or it is not gone, and the group stays.
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(LOOK);
                    false
                }
                other => other.is_ok(),
            })
        };
        self.groups.iter().filter(remove).cloned().collect()
    }
}

impl From<&Record> for Outline {
    fn from(record: &Record) -> Self {
        Self {
            label: record.label.clone(),
            backend: record.backend.clone(),
            made_ms: record.made_ms,
            boot: record.boot.clone(),
            launcher: record.launcher,
            supervisor: record.supervisor,
            session_dir: record.session_dir.clone(),
            groups: record.groups.clone(),
        }
    }
}

/// Looks at the sandbox of a control folder, which `outline` is of.
///
/// # Errors
/// When the folder cannot be read.
pub async fn inspect(control_dir: &Path, outline: &Outline) -> io::Result<Inspection> {
    let control = Control::open(control_dir)?;
    let asked = if outline.lives() { describe(&control).await } else { Err(None) };
    let (state, running) = match asked {
        Ok(running) => (State::Running { hosts: running.hosts }, Some(running)),
        // It may have ended while it was asked.
        Err(reason) if outline.lives() => {
            let reason = reason.unwrap_or_else(|| "is being made, or is ending".to_owned());
            (State::Silent { reason }, None)
        }
        Err(_) => (State::Ended { reason: control.ended() }, None),
    };
    let mut unfinished = match &running {
        Some(running) => named(&control, &running.operations),
        None => journals(&control)?,
    };
    unfinished.retain(|operation| !operation.ended);
    unfinished.sort_by_key(|operation| operation.begun_ms);
    let count = running.map_or(unfinished.len() as u32, |running| running.count);
    unfinished.truncate(LISTED);
    Ok(Inspection { state, unfinished, count })
}

/// Looks at all operations of a sandbox, whether or not it still runs, the oldest first; at most ten thousand.
///
/// # Errors
/// When the folder cannot be read.
pub fn operations(control_dir: &Path) -> io::Result<Vec<Seen>> {
    let mut all = journals(&Control::open(control_dir)?)?;
    all.sort_by_key(|operation| operation.begun_ms);
    Ok(all)
}

/// Ends the sandbox of a control folder, which `outline` is of, and returns when nothing of it runs any more. One that does
/// not answer, or was made by another build, is killed.
///
/// # Errors
/// [`Error::Setup`] when it cannot be ended.
pub async fn end(control_dir: &Path, outline: &Outline) -> Result<Death, Error> {
    if !outline.lives() {
        return Ok(Death::Before);
    }
    if let Ok(Ok(sandbox)) = timeout(ANSWER, LinuxBackend::open(control_dir)).await {
        // It must not wait for one that hangs after it has answered.
        let asked = timeout(DEATH, sandbox.destroy()).await;
        if asked.is_ok() && dead(outline, outline.supervisor).await {
            dead(outline, outline.launcher).await;
            return Ok(Death::Asked);
        }
    }
    if let Some(supervisor) = outline.supervisor {
        control::kill(supervisor, &outline.boot);
    }
    // It cleans up after process 1, unless it hangs, too.
    if let Some(launcher) = outline.launcher
        && !dead(outline, Some(launcher)).await
    {
        control::kill(launcher, &outline.boot);
    }
    if dead(outline, outline.supervisor).await && dead(outline, outline.launcher).await {
        return Ok(Death::Killed);
    }
    let step = format!("end the sandbox of {}", control_dir.display());
    Err(Error::Setup { step, source: io::ErrorKind::TimedOut.into() })
}

/// Waits for the end of a process. Returns false when it did not come.
async fn dead(outline: &Outline, process: Option<ProcessId>) -> bool {
    let Some(process) = process.filter(|_| outline.boot == control::boot()) else { return true };
    let ended = async {
        while !process.has_ended() {
            sleep(LOOK).await;
        }
    };
    timeout(DEATH, ended).await.is_ok()
}

/// Asks a supervisor what runs. Fails with the reason; without one when nobody is there.
async fn describe(control: &Control) -> Result<Running, Option<String>> {
    let socket = control.connect().map_err(|_| None)?;
    let link = Link::new(socket).map(Arc::new).map_err(|error| Some(error.to_string()))?;
    let attended = tokio::spawn(Arc::clone(&link).attend());
    let asked = timeout(ANSWER, async {
        match link.greet(true).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Some("was made by another version of skilled".to_owned())),
            Err(_) => return Err(None),
        }
        link.ask(Ask::Describe, &[]).await.ok().and_then(|answer| answer.running).ok_or(None)
    });
    let answer = asked.await.unwrap_or_else(|_| Err(Some("does not answer".to_owned())));
    link.close();
    // It ends by itself now.
    drop(attended);
    answer
}

/// Looks at the operations of these names.
fn named(control: &Control, keys: &[String]) -> Vec<Seen> {
    let keys = keys.iter().filter_map(|key| key.parse().ok());
    keys.filter_map(|key| look(control, key)).collect()
}

/// Looks at all operations.
fn journals(control: &Control) -> io::Result<Vec<Seen>> {
    let folder = Dir::read_from(control.operations())?;
    let keys = folder.take(MOST_JOURNALS).filter_map(|entry| {
        let name = entry.ok()?.file_name().to_str().ok()?.to_owned();
        name.strip_suffix(".journal")?.parse().ok()
    });
    Ok(keys.filter_map(|key| look(control, key)).collect())
}

/// Reads how a journal begins. None when there is none.
fn look(control: &Control, key: Key) -> Option<Seen> {
    let journal = control.journal(&key).ok()??;
    let mut seen =
        Seen { key, what: String::new(), begun_ms: None, ended: false, interpreter: false, window: false };
    let bytes = beginning(&journal);
    let Some((counter, frames)) = bytes.split_first_chunk::<{ COMMITTED as usize }>() else {
        return Some(seen);
    };
    let (committed, ended) = counted(u64::from_le_bytes(*counter));
    seen.ended = ended;
    let frames = frames.get(..committed.saturating_sub(COMMITTED) as usize).unwrap_or(frames);
    if let Ok(Some((Frame::Begun { at, what, window, interpreter }, _))) = decode(frames) {
        (seen.begun_ms, seen.window, seen.interpreter) = (Some(at), window, interpreter);
        what.clone_into(&mut seen.what);
    }
    Some(seen)
}

fn beginning(journal: &OwnedFd) -> Vec<u8> {
    let mut bytes = vec![0; FIRST_FRAME];
    // What is no file, or cannot be read, tells nothing.
    let is_file = rustix::fs::fstat(journal).is_ok_and(|stat| {
        rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile
    });
    let length = if is_file { rustix::io::pread(journal, &mut bytes, 0).unwrap_or(0) } else { 0 };
    bytes.truncate(length);
    bytes
}
