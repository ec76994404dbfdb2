//! The table `[audit]`: which findings block.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use skilled_audit::Severity;

use super::{File, Origin, Value, built_in};
use crate::error::{Error, Kind, OrKind, Result};

/// Blocked unless somebody says otherwise: what does harm when the skill is used as it says.
const BLOCK: Block = Block::High;

/// The table as it is written in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    block: Option<Block>,
    allow: Option<Vec<String>>,
}

/// The least severity that blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Block {
    /// Nothing blocks.
    Never,
    Critical,
    High,
    Medium,
    Low,
    Info,
}

/// The tables of all settings files, the strongest first. Which of them count depends on what is audited.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    tables: Vec<(PathBuf, Table)>,
}

/// A policy, and where each part of it was set.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// The least severity that blocks.
    pub(crate) block: Value<Block>,
    /// Rules whose findings are shown and do not block.
    pub(crate) allow: Value<Vec<String>>,
}

impl Audit {
    pub(super) fn collect(files: &[(PathBuf, File)]) -> Self {
        let tables = files.iter().filter_map(|(path, file)| Some((path.clone(), file.audit.clone()?)));
        Self { tables: tables.collect() }
    }

    /// The policy of the files that are trusted. The second is those that are not.
    pub(crate) fn policy(&self, is_trusted: impl Fn(&Path) -> bool) -> (Policy, Vec<&Path>) {
        let (trusted, others): (Vec<_>, Vec<_>) = self.tables.iter().partition(|(path, _)| is_trusted(path));
        (Policy::combine(&trusted), others.into_iter().map(|(path, _)| path.as_path()).collect())
    }
}

impl Policy {
    fn combine(tables: &[&(PathBuf, Table)]) -> Self {
        fn first<T>(tables: &[&(PathBuf, Table)], of: impl Fn(&Table) -> Option<T>) -> Option<Value<T>> {
            tables.iter().find_map(|(path, table)| {
                of(table).map(|value| Value { value, origin: Origin::File(path.clone()) })
            })
        }
        Self {
            block: first(tables, |table| table.block).unwrap_or_else(|| built_in(BLOCK)),
            allow: first(tables, |table| table.allow.clone()).unwrap_or_else(|| built_in(Vec::new())),
        }
    }

    /// Reads a policy file: the keys of the table `[audit]`, or a settings file with that table. What it does not
    /// mention is built in.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read the policy in {}", path.display());
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let text = super::read_text(path).and_then(|text| text.ok_or_else(missing));
        let text = text.or_kind_in(Kind::Usage, cannot)?;
        let values: toml::Table = toml::from_str(&text).or_kind_in(Kind::Usage, cannot)?;
        let table = if values.contains_key("audit") {
            toml::from_str::<File>(&text).or_kind_in(Kind::Usage, cannot)?.audit.unwrap_or_default()
        } else {
            toml::from_str(&text).or_kind_in(Kind::Usage, cannot)?
        };
        Ok(Self::combine(&[&(path.to_owned(), table)]))
    }

    /// Checks that every code is that of a rule.
    pub(crate) fn validate(&self) -> Result<()> {
        let codes = || skilled_audit::rules().map(|info| info.rule.code);
        let Some(unknown) = self.allow.value.iter().find(|code| !codes().any(|known| known == code.as_str()))
        else {
            return Ok(());
        };
        let distance = |code: &&str| strsim::osa_distance(code, unknown);
        let near = codes().min_by_key(distance).filter(|code| distance(code) <= 1 + unknown.len() / 4);
        let perhaps = near.map(|code| format!(" (perhaps `{code}`)")).unwrap_or_default();
        let message = format!("no rule of an audit is called `{unknown}`{perhaps}");
        Err(Error::usage(message).hint(format!("it comes from `allow` in {}", self.allow.origin)))
    }
}

impl Block {
    /// Returns `never`, or the name of a severity.
    pub(crate) const fn as_str(self) -> &'static str {
        match self.least() {
            Some(severity) => severity.as_str(),
            None => "never",
        }
    }

    /// The least severity that blocks; none when nothing does.
    pub(crate) const fn least(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Info => Some(Severity::Info),
        }
    }
}
