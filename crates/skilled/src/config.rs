//! Settings: flags, environment, project, user, system, built-in, in this order; each value knows its origin.

mod api;
mod audit;
mod check;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::env;
use crate::error::{Error, Kind, OrKind, Result};

pub(crate) use api::Api;
pub(crate) use audit::{Audit, Layered};
pub(crate) use check::Check;
pub(crate) use server::{Provider, ServedModel, Server};

/// The file of a project: in the current directory or the nearest one above it.
const PROJECT_FILE: &str = "skilled.toml";
const SYSTEM_FILE: &str = "/etc/skilled/skilled.toml";
/// A settings file is small; something larger is something else.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `provider/model`; none leaves the choice to the keys that are set.
    pub(crate) model: Option<Value<String>>,
    /// The sandbox's name.
    pub(crate) sandbox: Value<String>,
    /// The data directory.
    pub(crate) data: Value<PathBuf>,
    /// The Python environment mounted into sandboxes.
    pub(crate) python: Value<PathBuf>,
    /// Rounds of a run.
    pub(crate) max_rounds: Value<u32>,
    /// Tokens of one answer; none takes what the model can do, up to 32,000.
    pub(crate) max_output_tokens: Option<Value<u32>>,
    /// Seconds of a run; none has no limit.
    pub(crate) timeout: Option<Value<u64>>,
    /// What a run may spend.
    pub(crate) budget: Option<Value<String>>,
    /// Checks of skills.
    pub(crate) check: Check,
    /// Audits of skills.
    pub(crate) audit: Audit,
    /// The server.
    pub(crate) server: Server,
    /// The server that is used as a client.
    pub(crate) api: Api,
}

/// A value and where it was set.
#[derive(Debug, Clone)]
pub(crate) struct Value<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// On the command line.
    Flag,
    /// By this variable.
    Env(&'static str),
    /// In this file.
    File(PathBuf),
    /// In the run that is resumed.
    Run,
    /// Nowhere.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Env(name) => write!(f, "${name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Run => f.write_str("the run"),
            Self::BuiltIn => f.write_str("built-in"),
        }
    }
}

/// What flags may set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) model: Option<String>,
    pub(crate) sandbox: Option<String>,
    pub(crate) data: Option<PathBuf>,
    /// Takes the place of the project's file.
    pub(crate) config: Option<PathBuf>,
    pub(crate) max_rounds: Option<u32>,
    pub(crate) timeout: Option<u64>,
    pub(crate) budget: Option<String>,
}

/// A settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Option<String>,
    sandbox: Option<String>,
    data: Option<PathBuf>,
    python: Option<PathBuf>,
    max_rounds: Option<NonZero<u32>>,
    max_output_tokens: Option<NonZero<u32>>,
    timeout: Option<NonZero<u64>>,
    budget: Option<String>,
    audit: Option<audit::Table>,
    check: Option<check::Table>,
    server: Option<server::Table>,
    api: Option<api::Table>,
    providers: Option<BTreeMap<String, Provider>>,
    models: Option<BTreeMap<String, ServedModel>>,
}

impl Settings {
    /// Reads all layers.
    pub(crate) fn load(flags: Flags) -> Result<Self> {
        Self::load_past(flags, Err)
    }

    /// Reads all layers. A file of the user or of the system that the machine does not let be read goes to `unreadable`,
    /// which decides whether it is done without; what is wrong in a file is always an error.
    pub(crate) fn load_past(flags: Flags, unreadable: impl Fn(Error) -> Result<()>) -> Result<Self> {
        let mut files = Vec::new();
        if let Some(path) = flags.config.clone().or_else(project_file) {
            match read(&path)? {
                Some(file) => files.push((path, file)),
                None if flags.config.is_some() => {
                    return Err(Error::usage(format!("there is no settings file {}", path.display())));
                }
                None => {}
            }
        }
        for path in shared_files() {
            match text_of(&path) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let file = parse(&path, &text)?;
                    files.push((path, file));
                }
                Err(error) => unreadable(error)?,
            }
        }
        Self::combine(flags, &files, env::get)
    }

    fn combine(
        flags: Flags,
        files: &[(PathBuf, File)],
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self> {
        let env = |name: &'static str| variable(name).map(|value| Value { value, origin: Origin::Env(name) });
        let env_path = |name| env(name).map(|found| found.map(PathBuf::from));
        let data = layered(flags.data, env_path(env::SKILLED_DATA), files, |file| file.data.clone());
        let data = match data {
            Some(data) => data,
            None => built_in(env::xdg("DATA", ".local/share").map(|dir| dir.join("skilled")).ok_or_else(
                || {
                    Error::usage("there is no home directory to keep data in")
                        .hint("name a data directory with --data or SKILLED_DATA")
                },
            )?),
        };
        let python = layered(None, env_path(env::SKILLED_PYTHON), files, |file| file.python.clone());
        Ok(Self {
            model: layered(flags.model, env(env::SKILLED_MODEL), files, |file| file.model.clone()),
            sandbox: layered(flags.sandbox, env(env::SKILLED_SANDBOX), files, |file| file.sandbox.clone())
                .unwrap_or_else(|| built_in("linux".to_owned())),
            python: python.unwrap_or_else(|| built_in(data.value.join("python/current"))),
            data,
            max_rounds: layered(flags.max_rounds, None, files, |file| file.max_rounds.map(NonZero::get))
                .unwrap_or_else(|| built_in(50)),
            max_output_tokens: layered(None, None, files, |file| file.max_output_tokens.map(NonZero::get)),
            timeout: layered(flags.timeout, None, files, |file| file.timeout.map(NonZero::get)),
            budget: layered(flags.budget, None, files, |file| file.budget.clone()),
            check: Check::combine(files),
            audit: Audit::collect(files),
            server: Server::combine(files),
            api: Api::combine(files, |path| shared_files().any(|shared| shared == path)),
        })
    }
}

impl<T> Value<T> {
    /// A value that a resumed run brings along.
    pub(crate) const fn of_run(value: T) -> Self {
        Self { value, origin: Origin::Run }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Value<U> {
        Value { value: change(self.value), origin: self.origin }
    }
}

fn built_in<T>(value: T) -> Value<T> {
    Value { value, origin: Origin::BuiltIn }
}

/// The first layer that has a value.
fn layered<T>(
    flag: Option<T>,
    env: Option<Value<T>>,
    files: &[(PathBuf, File)],
    field: impl Fn(&File) -> Option<T>,
) -> Option<Value<T>> {
    let in_files = || {
        files.iter().find_map(|(path, file)| {
            field(file).map(|value| Value { value, origin: Origin::File(path.clone()) })
        })
    };
    flag.map(|value| Value { value, origin: Origin::Flag }).or(env).or_else(in_files)
}

/// The file of the project, if there is one.
fn project_file() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    here.ancestors().map(|dir| dir.join(PROJECT_FILE)).find(|path| path.is_file())
}

/// The files of the user and of the system that may exist, the strongest first.
fn shared_files() -> impl Iterator<Item = PathBuf> {
    let user = env::xdg("CONFIG", ".config").map(|dir| dir.join("skilled").join(PROJECT_FILE));
    user.into_iter().chain([PathBuf::from(SYSTEM_FILE)])
}

fn read(path: &Path) -> Result<Option<File>> {
    text_of(path)?.map(|text| parse(path, &text)).transpose()
}

fn text_of(path: &Path) -> Result<Option<String>> {
    read_text(path).or_kind_in(Kind::Usage, || cannot_read(path))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read the settings in {}", path.display())
}

fn parse(path: &Path, text: &str) -> Result<File> {
    let mut file: File = toml::from_str(text).or_kind_in(Kind::Usage, || cannot_read(path))?;
    // Paths in a file are relative to it.
    let folder = path.parent().unwrap_or(Path::new("/"));
    for relative in [&mut file.data, &mut file.python].into_iter().flatten() {
        *relative = folder.join(&*relative);
    }
    Ok(file)
}

/// Reads a settings file; none when there is none.
fn read_text(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() > LARGEST_FILE => {
            Err(std::io::Error::other("it is too large for a settings file"))
        }
        Ok(_) => std::fs::read_to_string(path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combine(flags: Flags, files: &[(&str, &str)], vars: &[(&'static str, &str)]) -> Settings {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (PathBuf::from(path), toml::from_str(text).unwrap())).collect();
        let variable = |name| vars.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        Settings::combine(flags, &files, variable).unwrap()
    }

    #[test]
    fn the_strongest_layer_wins_and_is_named() {
        let files = [
            ("p.toml", "model = 'a/project'\nmax_rounds = 3"),
            ("u.toml", "model = 'a/user'\nsandbox = 'none'"),
        ];
        let vars = [(env::SKILLED_MODEL, "a/env"), (env::SKILLED_DATA, "/data")];
        let flags = Flags { model: Some("a/flag".into()), ..Flags::default() };
        let model = |settings: Settings| settings.model.map(|m| (m.value, m.origin)).unwrap();
        assert_eq!(model(combine(flags, &files, &vars)), ("a/flag".into(), Origin::Flag));
        assert_eq!(
            model(combine(Flags::default(), &files, &vars)),
            ("a/env".into(), Origin::Env(env::SKILLED_MODEL))
        );
        let settings = combine(Flags::default(), &files, &vars[1..]);
        assert_eq!(settings.sandbox.origin, Origin::File("u.toml".into()));
        assert_eq!(
            (settings.max_rounds.value, settings.python.value.clone()),
            (3, "/data/python/current".into())
        );
        assert_eq!(model(settings), ("a/project".into(), Origin::File("p.toml".into())));
    }

    #[test]
    fn unknown_settings_are_errors_that_name_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(PROJECT_FILE);
        std::fs::write(&path, "modle = 'x'").unwrap();
        let error = read(&path).unwrap_err();
        let text: Vec<String> = error.chain().collect();
        assert!(text.join("\n").contains("modle") && error.code() == 2, "{text:?}");
        std::fs::write(&path, "data = 'd'").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().data, Some(dir.path().join("d")));
    }
}
