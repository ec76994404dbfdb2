//! One job: puts model, skills, sandbox and log together, drives the run, delivers its files.

mod materials;
mod workplace;

pub(crate) use workplace::backend;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use skilled_agent::{
    Clock, DriveError, Driver, FinishReason, Finished, Observer, ResumeSettings, RunId, RunSettings, State,
    StopCause, StopHandle, Warning,
};
use skilled_disclosure::{Network, system_prompt};
use skilled_message::Message;
use skilled_model::Model;
use skilled_store::{RunLog, RunStore};
use tokio_util::sync::CancellationToken;

use crate::commands::Leg;
use crate::config::{Origin, Value};
use crate::error::{Error, Kind, OrKind, Result};
use crate::outputs::{Out, Selection};
use crate::view::{JsonLines, Terminal, escaped};
use crate::{env, printer, signals};
use materials::Materials;
use workplace::Workplace;

/// How long a cancelled call may take to end before it is abandoned.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a new run is about.
pub(crate) struct NewJob {
    pub(crate) prompt: String,
    pub(crate) skills: Vec<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) system: Option<String>,
}

/// Starts a run and drives it to its end.
pub(crate) fn start(leg: &Leg, job: &NewJob) -> Result<ExitCode> {
    let model = leg.model()?;
    let limits = leg.limits(&*model)?;
    let backend = backend(&leg.settings.sandbox.value)?;
    let runtime = runtime()?;
    {
        let _inside = runtime.enter();
        backend.warm();
    }
    let uploads = materials::check_files(&job.files)?;
    let store = leg.store()?;
    let materials = Materials::gather(&job.skills, &leg.settings.data.value)?;
    let out = leg.out()?;
    let run = RunId::new(env::now());
    let mut log = store.create(run).or_kind(Kind::Job)?;
    runtime.block_on(async {
        // From here on there is something to be tidied up.
        let cancel = signals::cancelled_by_signals()?;
        let session = store.session_dir(run);
        let placed = materials::place_files(&uploads, &session);
        let opened = match placed {
            Ok(()) => Workplace::open(backend, &leg.settings, run, session, &materials).await,
            Err(error) => Err(error),
        };
        let workplace = match opened {
            Ok(workplace) => workplace,
            Err(error) => {
                // Nothing was recorded: an empty run would only be in the way. The log holds the run's lock.
                drop(log);
                let _ = store.remove(run);
                return Err(error);
            }
        };
        let (section, mut warnings) = materials.section(workplace.layout(), model.info().context_window);
        warnings.extend(materials.warnings.iter().chain(&workplace.warnings).cloned());
        let environment = workplace.environment(&uploads);
        let settings = RunSettings {
            run,
            version: VERSION.to_owned(),
            system: system_prompt(&environment, section.as_ref(), job.system.as_deref()),
            client_tools: None,
            options: skilled_model::Options::default(),
            skills: materials.records(),
            sandbox: workplace.record(),
            limits,
        };
        let prompt = Message::user(&job.prompt);
        let end = End { out, json: leg.json, run, cancel };
        finish(&end, model, workplace, &mut log, async |driver| {
            driver.start(settings, prompt, warnings).await
        })
        .await
    })
}

/// Goes on with a saved run.
pub(crate) fn resume(leg: &Leg, store: &RunStore, run: RunId, prompt: Option<String>) -> Result<ExitCode> {
    let resumed = store.resume(run).or_kind(Kind::Job)?;
    let state = State::replay(&resumed.events).or_kind(Kind::Job)?;
    let started =
        state.started().ok_or_else(|| Error::usage(format!("{run} never began: start a new run")))?;
    if prompt.is_none() && state.needs_prompt() {
        return Err(Error::usage(format!("{run} is done"))
            .hint(format!("say what is to be done next: skilled runs resume {run} \"…\"")));
    }
    let mut leg_settings = leg.settings.clone();
    if leg_settings.model.is_none() {
        leg_settings.model = Some(Value::of_run(state.model().map_or(&started.model, |it| it).name.clone()));
    }
    leg_settings.sandbox = same_sandbox(&leg_settings.sandbox, &started.sandbox.name, run)?;
    let leg = &Leg { settings: leg_settings, wanted: leg.wanted.clone(), json: leg.json };
    let model = leg.model()?;
    let limits = leg.limits(&*model)?;
    let backend = backend(&leg.settings.sandbox.value)?;
    let materials = Materials::of_run(&started.skills, &leg.settings.data.value)?;
    let mut warnings = Vec::new();
    if let Some(torn) = resumed.torn {
        warnings.push(Warning::new(
            "torn_event",
            format!(
                "the last saved event ({} bytes) had been cut off by a crash and was removed",
                torn.bytes
            ),
        ));
    }
    let mut log = resumed.log;
    runtime()?.block_on(async {
        let cancel = signals::cancelled_by_signals()?;
        let end = End { out: leg.out()?, json: leg.json, run, cancel };
        let workplace =
            Workplace::open(backend, &leg.settings, run, store.session_dir(run), &materials).await?;
        warnings.extend(workplace.warnings.iter().cloned());
        workplace.operations.restore_presented(state.files()).await;
        let settings = ResumeSettings { version: VERSION.to_owned(), sandbox: workplace.record(), limits };
        let prompt = prompt.map(Message::user);
        finish(&end, model, workplace, &mut log, async |driver| {
            driver.resume(state, settings, prompt, warnings).await
        })
        .await
    })
}

/// The sandbox of a resumed run is the one it began with: the paths that the model knows, and the files of the session,
/// are those of that sandbox.
fn same_sandbox(asked: &Value<String>, recorded: &str, run: RunId) -> Result<Value<String>> {
    if asked.origin == Origin::Flag && asked.value != recorded {
        return Err(Error::usage(format!(
            "{run} began in the sandbox `{recorded}` and cannot go on in `{}`",
            asked.value
        ))
        .hint("leave --sandbox out, or start a new run"));
    }
    Ok(Value::of_run(recorded.to_owned()))
}

/// What a leg needs besides its driver.
struct End {
    out: Option<Out>,
    json: bool,
    run: RunId,
    cancel: CancellationToken,
}

/// Drives the run, delivers its files, and ends the sandbox, in this order whatever happens.
async fn finish(
    end: &End,
    model: Arc<dyn Model>,
    workplace: Workplace,
    log: &mut RunLog,
    drive: impl AsyncFnOnce(Driver<'_>) -> std::result::Result<Finished, DriveError>,
) -> Result<ExitCode> {
    let stop = StopHandle::new(&end.cancel);
    let mut observer: Box<dyn Observer> =
        if end.json { Box::new(JsonLines) } else { Box::new(Terminal::new()) };
    workplace.stop_with(&stop);
    let driver = Driver {
        model,
        tools: workplace.tools.clone(),
        clock: Arc::new(SystemClock),
        log,
        observer: &mut *observer,
        stop,
        cancel_grace: CANCEL_GRACE,
    };
    let driven = drive(driver).await;
    let delivered = match &driven {
        Ok(finished) => deliver(end.out.as_ref(), &workplace, finished).await,
        Err(_) => true,
    };
    workplace.sandbox.destroy().await;
    log.sync().or_kind(Kind::Job)?;
    // What its operations did is in the run's events now; a run that broke off may want to ask again.
    if driven.is_ok() {
        workplace.sandboxes.remove(end.run);
    }
    let finished = driven.map_err(|error| match error {
        DriveError::Budget(_) | DriveError::NotStarted => Error::new(Kind::Usage, error),
        DriveError::Log { .. } => Error::new(Kind::Job, error).hint(format!(
            "what was recorded stays: when there is space again, `skilled runs resume {}`",
            end.run
        )),
        DriveError::Inconsistent(_) | DriveError::Stuck => Error::new(Kind::Job, error),
    })?;
    let code = finished.reason.exit_class().code();
    advise(end.run, finished.reason);
    // A job whose files are not where they should be is not done.
    Ok(ExitCode::from(if code == 0 && !delivered { 1 } else { code }))
}

/// Copies the files out, or says where they are. Returns whether all could be.
async fn deliver(out: Option<&Out>, workplace: &Workplace, finished: &Finished) -> bool {
    let presented = finished.state.files();
    let Some(out) = out else {
        for file in presented {
            let place = workplace.session.join("outputs").join(&file.name);
            printer::note(&format!("presented: {}", escaped(&place.display().to_string())));
        }
        return true;
    };
    match out.selection {
        Selection::Presented => out.deliver(&*workplace.sandbox, presented).await,
        Selection::All => match workplace.operations.collect(&CancellationToken::new()).await {
            Ok(collected) => {
                for skipped in &collected.skipped {
                    printer::warning(&format!("{} was not written: {}", skipped.path, skipped.because), None);
                }
                out.deliver(&*workplace.sandbox, &collected.files).await
            }
            Err(error) => {
                printer::note(&format!("error: the outputs could not be listed: {error}"));
                false
            }
        },
    }
}

/// Says what can be done after a run that stopped short.
fn advise(run: RunId, reason: FinishReason) {
    let (advice, option) = match reason {
        FinishReason::EndTurn
        | FinishReason::ClientTools
        | FinishReason::Refusal
        | FinishReason::ContextWindowExceeded => return,
        FinishReason::MaxRounds | FinishReason::Paused => ("with more rounds", " --max-rounds N"),
        FinishReason::Budget => ("with a larger budget", " --budget AMOUNT"),
        FinishReason::Timeout => ("with more time", " --timeout TIME"),
        FinishReason::MaxTokens
        | FinishReason::Cancelled
        | FinishReason::ModelFailed
        | FinishReason::SandboxFailed => ("where it stopped", ""),
    };
    printer::note(&format!("hint: go on {advice}: skilled runs resume {run}{option}"));
}

/// Returns a runtime for this thread.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().or_kind(Kind::Job)
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        env::now()
    }
}

impl Workplace {
    /// Ends the run when the sandbox ends before it.
    fn stop_with(&self, stop: &StopHandle) {
        let (sandbox, stop) = (Arc::clone(&self.sandbox), stop.clone());
        tokio::spawn(async move {
            let message = sandbox.ended().await;
            stop.stop(StopCause::SandboxFailed { message });
        });
    }

    /// What network the workload has.
    pub(crate) fn network(&self) -> Network {
        let closed = self.enforces.contains(&skilled_sandbox::Protection::Network);
        if closed { Network::Closed } else { Network::Host }
    }
}
