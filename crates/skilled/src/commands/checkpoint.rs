//! `skilled checkpoint`: what a run's files were at a moment, and how to get back there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use skilled_agent::RunId;
use skilled_checkpoint::{
    Checkpoint, CheckpointId, Checkpoints, Folder, Notes, Owner, Restore, Settings as StoreSettings,
};
use skilled_sandbox_linux::{SESSION_FOLDERS, workload_owner};
use skilled_store::RunStore;

use super::Common;
use super::run::open_store;
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::sandboxes::{Left, Sandboxes};
use crate::view::escaped;
use crate::{env, job, printer};

/// How long the commands of a run may stand still while a checkpoint is taken.
const STANDSTILL: Duration = Duration::from_mins(1);

const EXAMPLES: &str = "Examples:
  skilled checkpoint take latest --label before-cleanup
  skilled checkpoint list latest
  skilled checkpoint restore latest 00000001
  skilled checkpoint fork latest 00000001 --to ./second-try
  skilled checkpoint export latest 00000001 -o files.tar

A checkpoint holds the workspace, the outputs and what was changed in skills. Equal files are kept once, so that many
checkpoints cost what changed between them.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckpointArgs {
    #[command(subcommand)]
    command: CheckpointCommand,
}

#[derive(Debug, Args)]
struct Subject {
    /// The run: its id, the beginning of it, or `latest`
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    subject: Subject,
    /// The checkpoint: its id, or the beginning of it
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: String,
}

#[derive(Debug, Subcommand)]
enum CheckpointCommand {
    /// Keep what a run's files are now; its commands stand still meanwhile
    Take {
        #[command(flatten)]
        subject: Subject,
        /// What to call it
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// List a run's checkpoints, oldest first
    List {
        #[command(flatten)]
        subject: Subject,
        /// Print them as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Make a run's files what they were
    Restore {
        #[command(flatten)]
        which: Which,
    },
    /// Write the files of a checkpoint to a new folder
    Fork {
        #[command(flatten)]
        which: Which,
        /// The folder, which must not be there yet
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Write a checkpoint as a tar
    Export {
        #[command(flatten)]
        which: Which,
        /// The file, which must not be there yet
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Take a checkpoint from a tar that `export` wrote
    Import {
        #[command(flatten)]
        subject: Subject,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Remove a checkpoint, and what no other one needs
    Rm {
        #[command(flatten)]
        which: Which,
    },
}

pub(crate) fn run(args: CheckpointArgs) -> Result<ExitCode> {
    match args.command {
        CheckpointCommand::Take { subject, label, json } => {
            let run = Run::open(&subject)?;
            let checkpoint = run.take(&label)?;
            if json {
                printer::data(&format!("{}\n", described(&checkpoint)));
            } else {
                printer::data(&line(&checkpoint));
            }
        }
        CheckpointCommand::List { subject, json } => list(&Run::open(&subject)?, json)?,
        CheckpointCommand::Restore { which } => restore(&which)?,
        CheckpointCommand::Fork { which, to } => fork(&which, &to)?,
        CheckpointCommand::Export { which, output } => export(&which, &output)?,
        CheckpointCommand::Import { subject, file } => {
            let mut reader =
                File::open(&file).or_kind_in(Kind::Usage, || format!("cannot open {}", file.display()))?;
            let checkpoint = Run::open(&subject)?.checkpoints()?.import(&mut reader).or_kind(Kind::Job)?;
            printer::data(&line(&checkpoint));
        }
        CheckpointCommand::Rm { which } => {
            let run = Run::open(&which.subject)?;
            let (store, id) = run.find(&which.checkpoint)?;
            store.remove(&id).or_kind(Kind::Job)?;
            store.collect_garbage().or_kind(Kind::Job)?;
            printer::note(&format!("removed {id}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A run's files and their checkpoints.
pub(crate) struct Run {
    id: RunId,
    session: PathBuf,
    sandboxes: Sandboxes,
}

impl Run {
    fn open(subject: &Subject) -> Result<Self> {
        let settings = Settings::load(Flags { data: subject.common.data.clone(), ..Flags::default() })?;
        let store = open_store(&settings)?;
        let run = store
            .find(&subject.run)
            .map_err(|error| Error::new(Kind::Usage, error).hint("`skilled runs list` shows all runs"))?;
        Ok(Self::of(run, &store, &settings))
    }

    /// The files of a run.
    pub(crate) fn of(id: RunId, store: &RunStore, settings: &Settings) -> Self {
        Self { id, session: store.session_dir(id), sandboxes: Sandboxes::of(settings) }
    }

    fn checkpoints(&self) -> Result<Checkpoints> {
        let place = self.session.with_file_name("checkpoints");
        Checkpoints::open(&place, StoreSettings::default()).or_kind(Kind::Job)
    }

    /// A run's folders, below its session or elsewhere.
    fn folders(below: &Path) -> Result<Vec<Folder>> {
        let folder = |(name, path, is_overlay): (&str, &str, bool)| {
            let folder = Folder::new(name, below.join(path))?;
            Ok::<_, skilled_checkpoint::Error>(if is_overlay { folder.overlay_upper() } else { folder })
        };
        SESSION_FOLDERS.into_iter().map(folder).collect::<std::result::Result<_, _>>().or_kind(Kind::Job)
    }

    /// Takes a checkpoint. Commands that still run stand still meanwhile.
    pub(crate) fn take(&self, label: &str) -> Result<Checkpoint> {
        let (store, folders) = (self.checkpoints()?, Self::folders(&self.session)?);
        job::runtime()?.block_on(async {
            let living = match self.sandboxes.last(self.id).await? {
                Some(Left::Living(sandbox)) => {
                    // It is its driver's, or waits for one.
                    sandbox.leave();
                    sandbox.freeze(STANDSTILL).await.or_kind(Kind::Sandbox)?;
                    Some(sandbox)
                }
                Some(Left::Ended(_)) | None => None,
            };
            let at = UNIX_EPOCH + Duration::from_millis(env::now());
            let taken = store.take(&folders, label, at);
            if let Some(sandbox) = living {
                sandbox.thaw().await.or_kind(Kind::Sandbox)?;
            }
            let taken = taken.or_kind(Kind::Job)?;
            say(&taken.notes);
            Ok(taken.checkpoint)
        })
    }

    fn find(&self, text: &str) -> Result<(Checkpoints, CheckpointId)> {
        let store = self.checkpoints()?;
        let all = store.list().or_kind(Kind::Job)?;
        let damaged = all.damaged.into_iter().map(|damage| damage.id);
        let ids = all.checkpoints.into_iter().map(|checkpoint| checkpoint.id).chain(damaged);
        let mut found: Vec<_> = ids.filter(|id| id.as_str().starts_with(text)).collect();
        let hint = format!("`skilled checkpoint list {}` shows them", self.id);
        match found.len() {
            1 => Ok((store, found.remove(0))),
            0 => Err(Error::usage(format!("{} has no checkpoint {text:?}", self.id)).hint(hint)),
            many => Err(Error::usage(format!("{many} checkpoints begin with {text:?}")).hint(hint)),
        }
    }

    /// Fails when the run's files are somebody else's to change.
    fn must_rest(&self) -> Result<()> {
        let last = job::runtime()?.block_on(self.sandboxes.last(self.id))?;
        if let Some(Left::Living(sandbox)) = last {
            sandbox.leave();
            return Err(Error::usage(format!("the sandbox of {} still lives", self.id))
                .hint(format!("let the run end, or end its sandbox: skilled sandbox kill {}", self.id)));
        }
        Ok(())
    }
}

fn list(run: &Run, json: bool) -> Result<()> {
    let all = run.checkpoints()?.list().or_kind(Kind::Job)?;
    if json {
        let all: Vec<Value> = all.checkpoints.iter().map(described).collect();
        printer::data(&format!("{}\n", Value::from(all)));
    } else if all.checkpoints.is_empty() {
        printer::note(&format!("{} has no checkpoints", run.id));
    } else {
        for checkpoint in &all.checkpoints {
            printer::data(&line(checkpoint));
        }
    }
    for damage in all.damaged {
        printer::warning(&format!("{} cannot be used: {}", damage.id, damage.error), None);
    }
    Ok(())
}

fn restore(which: &Which) -> Result<()> {
    let run = Run::open(&which.subject)?;
    run.must_rest()?;
    let (store, id) = run.find(&which.checkpoint)?;
    let options = Restore { owner: workload_owner().map(|(user, group)| Owner { user, group }) };
    let done = store.restore(&id, &Run::folders(&run.session)?, options).or_kind(Kind::Job)?;
    say(&done.notes);
    printer::note(&format!("restored {id}: {} written, {} removed", done.written, done.removed));
    Ok(())
}

fn fork(which: &Which, to: &Path) -> Result<()> {
    let run = Run::open(&which.subject)?;
    let (store, id) = run.find(&which.checkpoint)?;
    let cannot = || format!("cannot make {}", to.display());
    std::fs::create_dir(to).or_kind_in(Kind::Usage, cannot)?;
    for (_, path, _) in SESSION_FOLDERS {
        std::fs::create_dir_all(to.join(path)).or_kind_in(Kind::Usage, cannot)?;
    }
    let done = store.fork(&id, &Run::folders(to)?, Restore::default()).or_kind(Kind::Job)?;
    say(&done.notes);
    printer::note(&format!("{} files and folders of {id} are in {}", done.written, to.display()));
    Ok(())
}

fn export(which: &Which, output: &Path) -> Result<()> {
    let run = Run::open(&which.subject)?;
    let (store, id) = run.find(&which.checkpoint)?;
    let cannot = || format!("cannot write {}", output.display());
    let file = File::create_new(output).or_kind_in(Kind::Usage, cannot)?;
    let mut writer = io::BufWriter::new(file);
    let written = store.export(&id, &mut writer).or_kind(Kind::Job);
    let whole = written.and_then(|()| io::Write::flush(&mut writer).or_kind_in(Kind::Job, cannot));
    if whole.is_err() {
        // Half of a checkpoint is none.
        let _ = std::fs::remove_file(output);
    }
    whole
}

fn say(notes: &Notes) {
    for (note, noted) in notes.iter() {
        let places: Vec<String> = noted.places.iter().take(3).map(ToString::to_string).collect();
        let more = noted.count.saturating_sub(places.len() as u64);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        printer::warning(&format!("{}{rest}: {note}", places.join(", ")), None);
    }
}

fn line(checkpoint: &Checkpoint) -> String {
    let Checkpoint { id, label, entries, bytes, own_bytes, .. } = checkpoint;
    let label = escaped(label);
    printer::harmless(&format!(
        "{id}  {}  {entries} entries, {bytes} B, {own_bytes} B new  {label}\n",
        time(checkpoint.taken)
    ))
    .into_owned()
}

fn described(checkpoint: &Checkpoint) -> Value {
    let Checkpoint { id, label, taken, folders, entries, bytes, own_bytes } = checkpoint;
    json!({
        "id": id.as_str(), "label": label, "taken": time(*taken), "folders": folders, "entries": entries,
        "bytes": bytes, "own_bytes": own_bytes,
    })
}

fn time(at: SystemTime) -> String {
    Timestamp::try_from(at)
        .map_or_else(|_| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
