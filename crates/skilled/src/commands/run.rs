//! `skilled run`: one job, from a prompt to files.

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use skilled_agent::{Budget, Limits};
use skilled_model::Model;
use skilled_store::RunStore;

use super::Common;
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::job::{self, NewJob};
use crate::outputs::{Out, Selection, Wanted};
use crate::providers;

/// The longest prompt, in bytes.
const LONGEST_PROMPT: u64 = 4 * 1024 * 1024;
/// Tokens of one answer, unless set: enough for long files, and every provider streams it.
const OUTPUT_TOKENS: u32 = 32_000;

const EXAMPLES: &str = "Examples:
  skilled run \"Make a budget for a household\" --skills skills/xlsx --out out
  skilled run --skills skills --file sales.csv --out out < prompt.txt
  skilled run \"Try the script\" --model scripted/demo/xlsx.yaml --skills skills/xlsx --json

Exit codes: 0 done; 1 stopped short (the reason is in the last event); 2 usage or settings; 3 provider; 4 sandbox;
130 interrupted. Every run is saved; see `skilled runs --help`.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// What is to be done; `-` or nothing reads it from standard input
    #[arg(value_name = "PROMPT")]
    prompt: Option<OsString>,
    /// A skill folder or a folder of skills (repeatable; up to 20 skills)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    skills: Vec<PathBuf>,
    /// A file for the model to work on (repeatable)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    file: Vec<PathBuf>,
    /// Text added to the system prompt
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    #[command(flatten)]
    leg: LegArgs,
}

/// What a run and a resumed run both take.
#[derive(Debug, Args)]
pub(crate) struct LegArgs {
    /// The model: anthropic/NAME, openai/NAME or scripted/FILE [default: by the settings, or by the key that is set]
    #[arg(long, value_name = "PROVIDER/NAME")]
    model: Option<String>,
    /// Write presented files to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write everything in the outputs folder, presented or not
    #[arg(long, requires = "out")]
    all_outputs: bool,
    /// Stop after this many answers of the model [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_rounds: Option<u32>,
    /// Stop after this time, such as 90, 90s, 10m or 1h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<u64>,
    /// Stop when this is spent: tokens (200000, 200k) or dollars ($0.50)
    #[arg(long, value_name = "TOKENS|USD")]
    budget: Option<String>,
    /// The sandbox: linux, or none (commands run as you, on your files and network) [default: linux]
    #[arg(long, value_name = "NAME")]
    sandbox: Option<String>,
    /// Print one event per line on standard output, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: Common,
}

/// A leg's settings and what is shown and written.
pub(crate) struct Leg {
    pub(crate) settings: Settings,
    /// Where files are to go.
    pub(crate) wanted: Option<Wanted>,
    pub(crate) json: bool,
}

pub(crate) fn run(args: RunArgs) -> Result<ExitCode> {
    if let Some(words) = args.swallowed_prompt() {
        return Err(Error::usage(format!("there is no prompt: \"{}\" was taken as a path", words.display()))
            .hint("options that take several paths take all that follows: put the prompt first"));
    }
    let prompt = read_prompt(args.prompt.as_deref())?;
    let leg = args.leg.open()?;
    let job = NewJob { prompt, skills: args.skills, files: args.file, system: args.system };
    job::start(&leg, &job)
}

impl RunArgs {
    /// A prompt that stands after `--skills PATH` or `--file PATH`: words with spaces that name nothing.
    fn swallowed_prompt(&self) -> Option<&Path> {
        let mut paths = self.skills.iter().chain(&self.file).map(PathBuf::as_path);
        let is_words = |path: &&Path| path.to_string_lossy().contains(char::is_whitespace) && !path.exists();
        if self.prompt.is_none() { paths.find(is_words) } else { None }
    }
}

impl LegArgs {
    /// Reads the settings and checks what can be checked before anything is made.
    pub(crate) fn open(self) -> Result<Leg> {
        let settings = Settings::load(Flags {
            config: None,
            model: self.model,
            sandbox: self.sandbox,
            data: self.common.data,
            max_rounds: self.max_rounds,
            timeout: self.timeout,
            budget: self.budget,
        })?;
        let selection = if self.all_outputs { Selection::All } else { Selection::Presented };
        let wanted = self.out.map(|dir| Wanted { dir, selection });
        Ok(Leg { settings, wanted, json: self.json })
    }
}

impl Leg {
    /// The limits of a run with `model`.
    pub(crate) fn limits(&self, model: &dyn Model) -> Result<Limits> {
        let settings = &self.settings;
        let able = model.info().max_output_tokens;
        let output =
            settings.max_output_tokens.as_ref().map_or(OUTPUT_TOKENS.min(able), |tokens| tokens.value);
        let mut limits = Limits::new(settings.max_rounds.value, output);
        limits.timeout_ms = settings.timeout.as_ref().map(|timeout| timeout.value.saturating_mul(1000));
        if let Some(budget) = &settings.budget {
            let parsed: Budget = budget.value.parse().map_err(|error| {
                Error::new(Kind::Usage, error).hint(format!("it comes from: {}", budget.origin))
            })?;
            let price = model.info().price;
            parsed.check(&model.name().to_string(), price.as_ref()).or_kind(Kind::Usage)?;
            limits.budget = Some(parsed);
        }
        Ok(limits)
    }

    /// The output folder, made and tried.
    pub(crate) fn out(&self) -> Result<Option<Out>> {
        self.wanted.clone().map(Out::open).transpose()
    }

    /// The saved runs.
    pub(crate) fn store(&self) -> Result<RunStore> {
        open_store(&self.settings)
    }

    /// The model of this leg.
    pub(crate) fn model(&self) -> Result<std::sync::Arc<dyn Model>> {
        providers::model(&self.settings)
    }
}

/// Opens the saved runs of the data directory.
pub(crate) fn open_store(settings: &Settings) -> Result<RunStore> {
    RunStore::open(&settings.data.value).map_err(|error| {
        let origin = &settings.data.origin;
        Error::new(Kind::Usage, error)
            .hint(format!("the data directory comes from: {origin}; --data DIR names another"))
    })
}

/// Reads the prompt from the argument, or from standard input.
pub(crate) fn read_prompt(argument: Option<&OsStr>) -> Result<String> {
    let bytes = match argument {
        Some(text) if text != "-" => text.as_bytes().to_vec(),
        None if std::io::stdin().is_terminal() => {
            return Err(Error::usage("there is no prompt")
                .hint("give it as an argument, or through a pipe: skilled run < prompt.txt"));
        }
        Some(_) | None => {
            let mut bytes = Vec::new();
            let mut input = std::io::stdin().lock().take(LONGEST_PROMPT + 1);
            input.read_to_end(&mut bytes).or_kind_in(Kind::Usage, || "cannot read the prompt".to_owned())?;
            if bytes.len() as u64 > LONGEST_PROMPT {
                let most = LONGEST_PROMPT / 1024 / 1024;
                return Err(Error::usage(format!("the prompt is longer than {most} MiB"))
                    .hint("give large texts as files: --file PATH"));
            }
            bytes
        }
    };
    let prompt = String::from_utf8(bytes).map_err(|_| {
        Error::usage("the prompt is not UTF-8")
            .hint("convert it (iconv -t UTF-8), or give it as a file: --file PATH")
    })?;
    let prompt = prompt.trim_end();
    if prompt.trim_start().is_empty() {
        return Err(Error::usage("the prompt is empty")
            .hint("say what is to be done, as an argument or through a pipe"));
    }
    Ok(prompt.to_owned())
}

/// Reads `90`, `90s`, `10m` or `1h` as seconds.
pub(super) fn seconds(text: &str) -> std::result::Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).filter(|it| *it > 0);
    let longest = Duration::from_hours(24 * 365).as_secs();
    seconds.filter(|it| *it <= longest).ok_or_else(|| "write a time such as 90, 90s, 10m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read() {
        let good = [("90", 90), ("90s", 90), ("10m", 600), ("1h", 3600)];
        assert!(good.into_iter().all(|(text, expected)| seconds(text) == Ok(expected)));
        for bad in ["", "s", "0", "-1", "1.5h", "1d", "99999999999999999999h", "ö"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
