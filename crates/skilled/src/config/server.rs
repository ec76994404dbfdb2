//! The tables `[server]`, `[providers.NAME]` and `[models."NAME"]`.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use skilled_server::{Config, Execution, Limits, Network};

use super::{File, Origin, Value, built_in, layered};
use crate::error::{Error, Kind, Result};

/// `[server]` as it is written in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    listen: Option<String>,
    certificate: Option<PathBuf>,
    certificate_key: Option<PathBuf>,
    public_url: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    open_metrics: Option<bool>,
    builtin_skills: Option<PathBuf>,
    default_model: Option<String>,
    log: Option<String>,
    limits: Option<LimitsTable>,
}

/// `[server.limits]` as it is written in a file; sizes in MiB.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    file_mib: Option<NonZero<u64>>,
    skill_mib: Option<NonZero<u64>>,
    message_mib: Option<NonZero<u64>>,
    batch_mib: Option<NonZero<u64>>,
    storage_mib: Option<NonZero<u64>>,
    requests: Option<NonZero<usize>>,
    requests_per_key: Option<NonZero<usize>>,
    batch_concurrency: Option<NonZero<usize>>,
    connections: Option<NonZero<usize>>,
    body_pause_seconds: Option<NonZero<u64>>,
}

/// A provider as it is written in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    /// The protocol: `anthropic` or `openai`.
    pub(crate) kind: String,
    /// Its address, as in `ANTHROPIC_BASE_URL` or `OPENAI_BASE_URL`.
    pub(crate) base_url: Option<String>,
    /// The variable that has its key.
    pub(crate) key_env: Option<String>,
}

/// A model as it is written in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServedModel {
    /// `provider/name`
    pub(crate) model: String,
    /// What people call it.
    pub(crate) display_name: Option<String>,
    #[serde(default)]
    execution: ExecutionName,
}

/// Who runs skills and code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ExecutionName {
    #[default]
    Local,
    Upstream,
}

impl ServedModel {
    pub(crate) const fn execution(&self) -> Execution {
        match self.execution {
            ExecutionName::Local => Execution::Local,
            ExecutionName::Upstream => Execution::Upstream,
        }
    }
}

/// The settings of the server in force.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// The address to listen on.
    pub(crate) listen: Value<String>,
    /// A certificate and its key.
    pub(crate) certificate: Option<Value<PathBuf>>,
    pub(crate) certificate_key: Option<Value<PathBuf>>,
    /// The folder with the skills that come with the server.
    pub(crate) builtin_skills: Option<Value<PathBuf>>,
    /// The model for names that no model has.
    pub(crate) default_model: Option<Value<String>>,
    /// The least severity that is logged.
    pub(crate) log: Value<String>,
    /// Providers beside the usual ones.
    pub(crate) providers: BTreeMap<String, Value<Provider>>,
    /// Models by the names that requests have for them.
    pub(crate) models: BTreeMap<String, Value<ServedModel>>,
    trusted_proxies: Value<Vec<String>>,
    config: Config,
}

impl Server {
    /// Takes each value from the strongest file that has it.
    pub(super) fn combine(files: &[(PathBuf, File)]) -> Self {
        Self {
            listen: of(files, |table| table.listen.clone())
                .unwrap_or_else(|| built_in("127.0.0.1:8787".to_owned())),
            certificate: of_path(files, |table| table.certificate.clone()),
            certificate_key: of_path(files, |table| table.certificate_key.clone()),
            builtin_skills: of_path(files, |table| table.builtin_skills.clone()),
            default_model: of(files, |table| table.default_model.clone()),
            log: of(files, |table| table.log.clone()).unwrap_or_else(|| built_in("info".to_owned())),
            providers: by_name(files, |file| file.providers.as_ref()),
            models: by_name(files, |file| file.models.as_ref()),
            trusted_proxies: of(files, |table| table.trusted_proxies.clone())
                .unwrap_or_else(|| built_in(Vec::new())),
            config: Config {
                limits: limits(files),
                public_url: of(files, |table| table.public_url.clone()).map(|found| found.value),
                hosts: of(files, |table| table.hosts.clone()).map(|found| found.value).unwrap_or_default(),
                trusted_proxies: Vec::new(),
                open_metrics: of(files, |table| table.open_metrics).is_some_and(|found| found.value),
            },
        }
    }

    /// How the server behaves.
    pub(crate) fn config(&self) -> Result<Config> {
        let proxies = &self.trusted_proxies;
        let parse = |text: &String| {
            text.parse::<Network>().map_err(|error| {
                Error::new(Kind::Usage, error).hint(format!("it comes from: {}", proxies.origin))
            })
        };
        let trusted_proxies = proxies.value.iter().map(parse).collect::<Result<Vec<_>>>()?;
        Ok(Config { trusted_proxies, ..self.config.clone() })
    }
}

fn limits(files: &[(PathBuf, File)]) -> Limits {
    let usual = Limits::default();
    let mib = |field: fn(&LimitsTable) -> Option<NonZero<u64>>, usual: u64| {
        limit(files, field).map_or(usual, |mib| mib.get().saturating_mul(1 << 20))
    };
    let count = |field: fn(&LimitsTable) -> Option<NonZero<usize>>, usual: usize| {
        limit(files, field).map_or(usual, NonZero::get)
    };
    Limits {
        file_bytes: mib(|table| table.file_mib, usual.file_bytes),
        skill_bytes: mib(|table| table.skill_mib, usual.skill_bytes),
        message_bytes: mib(|table| table.message_mib, usual.message_bytes),
        batch_bytes: mib(|table| table.batch_mib, usual.batch_bytes),
        storage_bytes: mib(|table| table.storage_mib, usual.storage_bytes),
        requests: count(|table| table.requests, usual.requests),
        requests_per_key: count(|table| table.requests_per_key, usual.requests_per_key),
        connections: count(|table| table.connections, usual.connections),
        batch_concurrency: count(|table| table.batch_concurrency, usual.batch_concurrency),
        body_pause: limit(files, |table| table.body_pause_seconds)
            .map_or(usual.body_pause, |seconds| Duration::from_secs(seconds.get())),
        ..usual
    }
}

fn limit<T>(files: &[(PathBuf, File)], field: impl Fn(&LimitsTable) -> Option<T>) -> Option<T> {
    of(files, |table| table.limits.as_ref().and_then(&field)).map(|found| found.value)
}

fn of<T>(files: &[(PathBuf, File)], field: impl Fn(&Table) -> Option<T>) -> Option<Value<T>> {
    layered(None, None, files, |file| file.server.as_ref().and_then(&field))
}

/// A path, which is relative to its file.
fn of_path(files: &[(PathBuf, File)], field: impl Fn(&Table) -> Option<PathBuf>) -> Option<Value<PathBuf>> {
    of(files, field).map(|found| {
        let folder = match &found.origin {
            Origin::File(path) => path.parent().unwrap_or(Path::new("/")).to_owned(),
            Origin::Flag | Origin::Env(_) | Origin::Run | Origin::BuiltIn => PathBuf::new(),
        };
        found.map(|path| folder.join(path))
    })
}

/// Every name with what the strongest file says of it.
fn by_name<'a, T: Clone + 'a>(
    files: &'a [(PathBuf, File)],
    field: impl Fn(&'a File) -> Option<&'a BTreeMap<String, T>>,
) -> BTreeMap<String, Value<T>> {
    let mut found = BTreeMap::new();
    for (path, file) in files.iter().rev() {
        for (name, value) in field(file).into_iter().flatten() {
            found.insert(name.clone(), Value { value: value.clone(), origin: Origin::File(path.clone()) });
        }
    }
    found
}
