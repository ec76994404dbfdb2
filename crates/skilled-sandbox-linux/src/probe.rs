//! What this machine can enforce: tried, not guessed.
//!
//! A sandbox is made, and looked at from inside. What each layer then says is data: for people who read a report, and for
//! whoever decides which demands of a policy this machine can meet.

mod inside;
mod machine;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skilled_sandbox::{Backend, Enforced, Enforcement, Error, Limit, Missing, ResourceLimits, Sandbox, Spec};

use crate::{Isolation, LinuxBackend};

pub use report::{Finding, Layer, Report, State, Verdict};

/// How long a sandbox without an owner may live: the prober may be killed, too.
const ORPHAN: Duration = Duration::from_secs(10);

/// What a probe needs to know.
#[derive(Debug, Clone)]
pub struct Ground {
    /// An empty folder on the file system on which sessions will be. What is made in it stays there.
    pub scratch: PathBuf,
    /// Where data is kept: the folder, or the nearest one above it that exists.
    pub data: PathBuf,
    /// A Python environment to mount.
    pub python: Option<PathBuf>,
    /// Limits to try.
    pub limits: ResourceLimits,
}

/// Tries everything, and returns what was found. Makes one sandbox, and ends it.
pub async fn probe(ground: &Ground) -> Report {
    let mut findings = vec![machine::kernel()];
    let verdict = match attempt(ground).await {
        Ok((sandbox, created)) => {
            let verdict = inside::look(&*sandbox, ground, created, &mut findings).await;
            findings.extend(limits(&sandbox.limits()));
            sandbox.destroy().await;
            verdict
        }
        Err(error) => {
            findings.extend(not_made(&error));
            findings.extend(limits(&crate::limits::probe(&ground.limits)));
            Verdict::Fails { reason: chain(&error), remedy: remedy(&error) }
        }
    };
    findings.extend(machine::devices());
    findings.extend(machine::tools());
    findings.extend(machine::storage(&ground.data));
    findings.sort_by_key(|finding| finding.layer);
    Report { root: rustix::process::geteuid().is_root(), findings, verdict }
}

/// Makes a sandbox like that of a run.
async fn attempt(ground: &Ground) -> Result<(Arc<dyn Sandbox>, Duration), Error> {
    let spec = Spec {
        session_dir: ground.scratch.join("session"),
        control_dir: ground.scratch.join("control"),
        orphan: ORPHAN,
        label: "doctor".to_owned(),
        skills: Vec::new(),
        python: ground.python.clone(),
        env: BTreeMap::new(),
        limits: ground.limits.clone(),
    };
    let begun = Instant::now();
    let sandbox = LinuxBackend::new(Isolation::Full).create(spec).await?;
    Ok((sandbox, begun.elapsed()))
}

/// The layers of which a sandbox is made, in the order in which they are.
const MADE: [Layer; 6] =
    [Layer::UserNamespaces, Layer::MountApi, Layer::Proc, Layer::Overlay, Layer::Privileges, Layer::Seccomp];

/// What a sandbox that could not be made tells: what came before the step that failed works.
fn not_made(error: &Error) -> Vec<Finding> {
    let failed = if let Error::Unavailable { missing, .. } = error { Some(layer(*missing)) } else { None };
    let place = failed.and_then(|layer| MADE.iter().position(|made| *made == layer));
    let tell = |(index, layer): (usize, &Layer)| match place {
        Some(place) if index < place => Finding::enforced(*layer, "made"),
        Some(place) if index == place => {
            Finding::missing(*layer, chain(error), remedy(error).unwrap_or_default())
        }
        Some(_) | None => Finding::unknown(*layer, "not tried: the sandbox could not be made"),
    };
    MADE.iter().enumerate().map(tell).collect()
}

const fn layer(missing: Missing) -> Layer {
    match missing {
        Missing::UserNamespaces => Layer::UserNamespaces,
        Missing::MountApi => Layer::MountApi,
        Missing::Proc => Layer::Proc,
        Missing::Overlay => Layer::Overlay,
        Missing::Seccomp => Layer::Seccomp,
    }
}

/// How each limit holds, or would.
fn limits(enforced: &Enforced) -> impl Iterator<Item = Finding> {
    Limit::ALL.into_iter().map(|limit| match enforced.get(limit) {
        Enforcement::By(mechanisms) => {
            let names: Vec<String> = mechanisms.iter().map(ToString::to_string).collect();
            Finding::enforced(Layer::Limit(limit), names.join(", "))
        }
        Enforcement::NotAsked => Finding::not_needed(Layer::Limit(limit), "not asked for"),
        Enforcement::NotEnforced { reason, remedy } => {
            Finding::missing(Layer::Limit(limit), reason.clone(), remedy.clone())
        }
    })
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// What to do about a sandbox that could not be made.
fn remedy(error: &Error) -> Option<String> {
    let writable =
        "the step that failed names a path: see whether it is on a disk that is writable and not full";
    match error {
        Error::Unavailable { missing, .. } => Some(missing.remedy().to_owned()),
        Error::Setup { .. } => Some(writable.to_owned()),
        Error::Unenforceable { remedy, .. } => Some(remedy.clone()),
        Error::Invalid { .. }
        | Error::Spawn { .. }
        | Error::NotRunning { .. }
        | Error::Indeterminate { .. }
        | Error::Gone { .. } => None,
    }
}
