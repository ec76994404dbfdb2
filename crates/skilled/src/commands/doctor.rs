//! `skilled doctor`: what this machine can enforce.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use skilled_sandbox::ResourceLimits;
use skilled_sandbox_linux::{Finding, Ground, Layer, LayerState, Report, Verdict, probe};

use super::Common;
use crate::config::{Flags, Settings};
use crate::error::{Kind, OrKind, Result};
use crate::printer;
use crate::screen::wrapped;
use crate::view::escaped;

/// Processor time that is tried, in thousandths of a processor: runs do not bound it unless they are asked to.
const CPU: u32 = 1000;

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the default sandbox works; 4 it does not, and the report says why")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    common: Common,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let settings = Settings::load(Flags { data: args.common.data.clone(), ..Flags::default() })?;
    let data = existing(&settings.data.value);
    let python = settings.python.value;
    // On the disk that sessions are on; where nothing can be written there, the rest is still told.
    let scratch = tempfile::Builder::new().prefix(".doctor-").tempdir_in(&data);
    let scratch = scratch.or_else(|_| tempfile::tempdir()).or_kind(Kind::Sandbox)?;
    let ground = Ground {
        scratch: scratch.path().to_owned(),
        data,
        python: python.join("bin/python3").exists().then(|| python.canonicalize().unwrap_or(python)),
        limits: ResourceLimits { cpu: Some(CPU), ..ResourceLimits::default() },
    };
    let runtime = crate::job::runtime()?;
    let report = runtime.block_on(probe(&ground));
    drop(runtime);
    if let Err(error) = skilled_store::remove_tree(scratch.path()) {
        let place = scratch.path().display().to_string();
        printer::warning(&format!("{place} could not be removed: {error}"), None);
    }
    if args.json {
        let works = report.works();
        let report = json!({ "works": works, "version": env!("CARGO_PKG_VERSION"), "report": report });
        printer::data(&format!("{report}\n"));
    } else {
        printer::data(&text(&report));
    }
    Ok(if report.works() { ExitCode::SUCCESS } else { ExitCode::from(Kind::Sandbox.code()) })
}

/// The folder, or the nearest one above it that exists.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// The report for people: the verdict, then every layer.
fn text(report: &Report) -> String {
    let user = if report.root { "as root; workloads are another user" } else { "as an ordinary user" };
    let mut text = match &report.verdict {
        Verdict::Works { create_us, run_us } => {
            // A tenth says nothing where it took a hundred of them, as on a machine that has much else to do.
            let milliseconds = |micros: u64| {
                let (value, digits) = (micros as f64 / 1000.0, usize::from(micros < 99_950));
                format!("{value:.digits$} ms")
            };
            format!(
                "The default sandbox works, {user}: made in {}, `true` took {}.\n",
                milliseconds(*create_us),
                milliseconds(*run_us)
            )
        }
        Verdict::Fails { reason, remedy } => {
            let mut text = wrapped("The default sandbox does not work: ", &escaped(reason));
            if let Some(remedy) = remedy {
                text.push_str(&wrapped("  hint: ", remedy));
            }
            text
        }
    };
    for (heading, layers) in SECTIONS {
        let findings = report.findings.iter().filter(|finding| layers(finding.layer));
        text.extend(["\n", heading, "\n"]);
        text.extend(findings.map(lines));
    }
    text
}

type Section = (&'static str, fn(Layer) -> bool);

const SECTIONS: [Section; 5] = [
    ("Isolation", |layer| {
        !is_limit(layer) && !is_material(layer) && !is_stored(layer) && !is_optional(layer)
    }),
    ("Limits", is_limit),
    ("What skills work with", is_material),
    ("Storage", is_stored),
    ("For information", is_optional),
];

const fn is_limit(layer: Layer) -> bool {
    matches!(layer, Layer::Limit(_))
}

const fn is_material(layer: Layer) -> bool {
    matches!(layer, Layer::Python | Layer::Tool(_))
}

const fn is_stored(layer: Layer) -> bool {
    matches!(layer, Layer::Data | Layer::Space)
}

const fn is_optional(layer: Layer) -> bool {
    matches!(layer, Layer::Landlock | Layer::Fuse | Layer::Tun | Layer::Kvm)
}

/// A finding: whether, which, how, and what to do.
fn lines(finding: &Finding) -> String {
    let mark = match finding.state {
        LayerState::Enforced => "ok",
        LayerState::Missing => "MISSING",
        LayerState::NotNeeded => "-",
        LayerState::Unknown => "?",
    };
    let head = format!("  {mark:<7}  {:<19} ", finding.layer.name());
    let mut text = wrapped(&head, &escaped(&finding.detail));
    if let Some(remedy) = &finding.remedy {
        text.push_str(&wrapped(&format!("{:<31}to get it: ", ""), &escaped(remedy)));
    }
    text
}
