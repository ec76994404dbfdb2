//! The table `[audit]`: which findings block.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value as Json, json};
use skilled_audit::{Allowance, Policy, Severity};

use super::{File, Origin};
use crate::error::{Error, Kind, OrKind, Result};

/// The table as it is written in a file: a policy, and which of its keys are given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "toml::Table")]
pub(super) struct Table {
    keys: Vec<String>,
    policy: Policy,
}

impl TryFrom<toml::Table> for Table {
    type Error = toml::de::Error;

    fn try_from(table: toml::Table) -> std::result::Result<Self, Self::Error> {
        let keys = table.keys().cloned().collect();
        Ok(Self { keys, policy: table.try_into()? })
    }
}

/// The tables of all settings files, the strongest first. Which of them count depends on what is audited.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    tables: Vec<(PathBuf, Table)>,
}

/// A policy, and where each part of it was set.
#[derive(Debug, Clone)]
pub(crate) struct Layered {
    pub(crate) policy: Policy,
    block: Origin,
    min_confidence: Origin,
    allow: Origin,
}

impl Audit {
    pub(super) fn collect(files: &[(PathBuf, File)]) -> Self {
        let tables = files.iter().filter_map(|(path, file)| Some((path.clone(), file.audit.clone()?)));
        Self { tables: tables.collect() }
    }

    /// The files that have a table.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.tables.iter().map(|(path, _)| path.as_path())
    }

    /// The policy of the files that are trusted. The second is those that are not.
    pub(crate) fn policy(&self, is_trusted: impl Fn(&Path) -> bool) -> (Layered, Vec<&Path>) {
        let (trusted, others): (Vec<_>, Vec<_>) = self.tables.iter().partition(|(path, _)| is_trusted(path));
        (Layered::combine(&trusted), others.into_iter().map(|(path, _)| path.as_path()).collect())
    }
}

impl Layered {
    fn combine(tables: &[&(PathBuf, Table)]) -> Self {
        /// The strongest file that has a key.
        fn first<T>(tables: &[&(PathBuf, Table)], key: &str, of: impl Fn(&Policy) -> T) -> (T, Origin) {
            let found = tables.iter().find(|(_, table)| table.keys.iter().any(|given| given == key));
            match found {
                Some((path, table)) => (of(&table.policy), Origin::File(path.clone())),
                None => (of(&Policy::default()), Origin::BuiltIn),
            }
        }
        let (block, of_block) = first(tables, "block", |policy| policy.block.clone());
        let (min_confidence, of_confidence) = first(tables, "min_confidence", |policy| policy.min_confidence);
        let (allow, of_allow) = first(tables, "allow", |policy| policy.allow.clone());
        Self {
            policy: Policy { block, min_confidence, allow },
            block: of_block,
            min_confidence: of_confidence,
            allow: of_allow,
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
        let mut allowed = self.policy.allow.iter().filter_map(|allowance| allowance.rule.as_ref());
        let Some(unknown) = allowed.find(|code| !codes().any(|known| known == code.as_str())) else {
            return Ok(());
        };
        let distance = |code: &&str| strsim::osa_distance(code, unknown);
        let near = codes().min_by_key(distance).filter(|code| distance(code) <= 1 + unknown.len() / 4);
        let perhaps = near.map(|code| format!(" (perhaps `{code}`)")).unwrap_or_default();
        let message = format!("no rule of an audit is called `{unknown}`{perhaps}");
        Err(Error::usage(message).hint(format!("it comes from `allow` in {}", self.allow)))
    }

    /// Each key with its value in the shortest form and where it was set.
    pub(crate) fn rows(&self) -> [(&'static str, Json, &Origin); 3] {
        [
            ("audit.block", block(&self.policy.block), &self.block),
            ("audit.min_confidence", json!(self.policy.min_confidence.as_str()), &self.min_confidence),
            ("audit.allow", self.policy.allow.iter().map(allowance).collect(), &self.allow),
        ]
    }
}

/// `never`, the least severity when all above it block too, or a list.
fn block(severities: &[Severity]) -> Json {
    let Some(least) = severities.iter().min() else { return json!("never") };
    let all_above = Severity::ALL.iter().all(|severity| (severity >= least) == severities.contains(severity));
    if all_above {
        json!(least.as_str())
    } else {
        severities.iter().map(|severity| severity.as_str()).collect()
    }
}

fn allowance(allowance: &Allowance) -> Json {
    let Allowance { rule, path, fingerprint, reason, expires } = allowance;
    match rule {
        Some(rule) if reason.is_empty() => json!(rule),
        Some(_) | None => {
            json!({ "rule": rule, "path": path, "fingerprint": fingerprint, "reason": reason, "expires": expires })
        }
    }
}
