//! `cargo xtask demo`: a model uses `skills/xlsx` to make a spreadsheet in a sandbox, and the result is checked.
//!
//! Without `--live` the model's turns come from `demo/xlsx.yaml`; everything below the model is real, so the demo
//! fails where the skill, the sandbox or the Python environment is broken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::setup::{self, Purpose};
use crate::shell;
use crate::workspace::Workspace;

const KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"];
const SCRIPTED: &str = "scripted/demo/xlsx.yaml";
const OUT: &str = "out/demo";
const CHECK: &str = "xtask/python/check_workbook.py";

struct Options {
    /// The model to name; none leaves the choice to `skilled`.
    model: Option<String>,
    out: PathBuf,
    release: bool,
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let live = args.switch("--live");
    let model = args.option("--model")?;
    let release = args.switch("--release");
    let out = args.option("--out")?;
    args.finish()?;
    let model =
        choose_model(live, model, |key| std::env::var_os(key).is_some_and(|value| !value.is_empty()))?;
    let out = match out {
        Some(out) => empty_folder(std::path::absolute(out).context("--out")?)?,
        None => own_folder(workspace.path(OUT))?,
    };
    let options = Options { model, out, release };

    println!("== set-up");
    let ready = setup::prepare(workspace, Purpose::Demo)?;
    println!("== building skilled");
    let program = build(workspace, &options)?;
    println!("== the run\n");
    run_skilled(workspace, &program, &options)?;
    println!("\n== checking the result");
    let workbook = find_workbook(&options.out)?;
    let mut check = Command::new(&ready.python);
    // openpyxl warns of the parts of a workbook that it cannot keep; here nothing is saved.
    check.args(["-I", "-W", "ignore"]).arg(workspace.path(CHECK)).arg(&workbook);
    match setup::find_program("soffice") {
        Some(soffice) => _ = check.arg(soffice),
        None => println!("LibreOffice is not installed, so the formulas are not calculated here"),
    }
    shell::run(&mut check).context("the workbook is not what was asked for")?;
    println!("\nThe workbook: {}", workbook.display());
    Ok(ExitCode::SUCCESS)
}

/// The model to name on the command line of `skilled`.
fn choose_model(live: bool, model: Option<String>, is_set: impl Fn(&str) -> bool) -> Result<Option<String>> {
    match (live, model) {
        (false, None) => Ok(Some(SCRIPTED.to_owned())),
        (false, Some(model)) => bail!("the scripted demo has its own model; add --live to use {model}"),
        // A local server of the OpenAI protocol may need no key.
        (true, Some(model)) => Ok(Some(model)),
        (true, None) if KEYS.iter().any(|key| is_set(key)) => Ok(None),
        (true, None) => bail!(
            "--live needs a provider: set {}, or name a model with --model PROVIDER/NAME \
             (ANTHROPIC_BASE_URL and OPENAI_BASE_URL are honoured)",
            KEYS.join(" or ")
        ),
    }
}

/// The demo's own folder, without what an earlier demo left: an old result must not pass for a new one.
fn own_folder(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(folder)
}

/// Somebody else's folder: nothing in it may be removed or taken for a result.
fn empty_folder(folder: PathBuf) -> Result<PathBuf> {
    let is_used = folder.exists()
        && fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
            .next()
            .is_some();
    if is_used {
        bail!("{} is not empty; name a new or an empty folder with --out", folder.display());
    }
    Ok(folder)
}

fn build(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    let mut command = shell::cargo(workspace.root());
    command.args(["build", "--locked", "--package=skilled", "--bin=skilled"]);
    if options.release {
        command.arg("--release");
    }
    shell::run(&mut command)?;
    let profile = if options.release { "release" } else { "debug" };
    Ok(workspace.metadata()?.target_directory.join(profile).join("skilled"))
}

fn run_skilled(workspace: &Workspace, program: &Path, options: &Options) -> Result<()> {
    let prompt = workspace.path("demo/prompt.txt");
    let prompt = fs::File::open(&prompt).with_context(|| format!("cannot read {}", prompt.display()))?;
    let mut command = Command::new(program);
    command.current_dir(workspace.root());
    command.args(["run", "--skills=skills/xlsx", "--file=demo/sales.csv"]);
    command.arg("--out").arg(&options.out);
    if let Some(model) = &options.model {
        command.arg("--model").arg(model);
    }
    command.stdin(prompt);
    shell::run(&mut command).context("the run did not finish")
}

fn find_workbook(folder: &Path) -> Result<PathBuf> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("the run presented nothing in {}", folder.display()))?;
    let mut workbooks = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.extension().is_some_and(|it| it == "xlsx") {
            workbooks.push(path);
        }
    }
    workbooks.sort();
    workbooks
        .into_iter()
        .next()
        .with_context(|| format!("the run presented no .xlsx in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_follows_the_options_and_the_keys() {
        let set = |_: &str| true;
        let unset = |_: &str| false;
        assert_eq!(choose_model(false, None, set).unwrap().as_deref(), Some(SCRIPTED));
        assert_eq!(choose_model(true, None, |key| key == "OPENAI_API_KEY").unwrap(), None);
        assert_eq!(choose_model(true, Some("openai/x".into()), unset).unwrap().as_deref(), Some("openai/x"));
        let error = choose_model(true, None, unset).unwrap_err().to_string();
        assert!(KEYS.iter().all(|key| error.contains(key)), "{error}");
        assert!(choose_model(false, Some("openai/x".into()), set).is_err());
    }

    #[test]
    fn an_old_result_never_passes_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old.xlsx");
        fs::write(&old, "").unwrap();
        let error = empty_folder(folder.path().to_owned()).unwrap_err().to_string();
        assert!(error.contains("not empty") && old.exists(), "{error}");
        assert!(empty_folder(folder.path().join("new")).is_ok());
        assert_eq!(find_workbook(folder.path()).unwrap(), old);
        own_folder(folder.path().to_owned()).unwrap();
        assert!(find_workbook(folder.path()).is_err());
    }
}
