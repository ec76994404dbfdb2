//! The table `[check]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use skilled_lint::{CheckTable, Setting, Settings};

use super::{File, Origin, Value, built_in, layered};
use crate::error::{Error, Kind, Result};

/// The table as it is written in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    ignore: Option<Vec<String>>,
    severity: Option<BTreeMap<String, Setting>>,
    strict: Option<bool>,
    body_lines: Option<usize>,
    body_tokens: Option<usize>,
    exclude: Option<Vec<String>>,
}

/// The settings of checks in force.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// Codes that are turned off.
    pub(crate) ignore: Value<Vec<String>>,
    /// Severity by code.
    pub(crate) severity: Value<BTreeMap<String, Setting>>,
    /// Warnings are errors.
    pub(crate) strict: Value<bool>,
    /// Most lines of a body.
    pub(crate) body_lines: Value<usize>,
    /// Most tokens of a body.
    pub(crate) body_tokens: Value<usize>,
    /// What is not searched for skills.
    pub(crate) exclude: Value<Vec<String>>,
}

impl Check {
    /// Takes each value from the strongest file that has it.
    pub(super) fn combine(files: &[(PathBuf, File)]) -> Self {
        let usual = Settings::default();
        Self {
            ignore: of(files, |table| table.ignore.clone()).unwrap_or_else(|| built_in(Vec::new())),
            severity: of(files, |table| table.severity.clone()).unwrap_or_else(|| built_in(BTreeMap::new())),
            strict: of(files, |table| table.strict).unwrap_or_else(|| built_in(usual.strict)),
            body_lines: of(files, |table| table.body_lines).unwrap_or_else(|| built_in(usual.body_lines)),
            body_tokens: of(files, |table| table.body_tokens).unwrap_or_else(|| built_in(usual.body_tokens)),
            exclude: of(files, |table| table.exclude.clone()).unwrap_or_else(|| built_in(Vec::new())),
        }
    }

    /// The same for the checks.
    pub(crate) fn settings(&self) -> Result<Settings> {
        let table = CheckTable {
            ignore: self.ignore.value.clone(),
            severity: self.severity.value.clone(),
            body_lines: Some(self.body_lines.value),
            body_tokens: Some(self.body_tokens.value),
            exclude: self.exclude.value.clone(),
        };
        let settings = Settings::from_table(&table).map_err(|error| {
            let origins = [&self.ignore.origin, &self.severity.origin].into_iter();
            let files: Vec<String> =
                origins.filter(|origin| **origin != Origin::BuiltIn).map(ToString::to_string).collect();
            Error::new(Kind::Usage, error)
                .hint(format!("it comes from the table [check] of {}", files.join(" or ")))
        })?;
        Ok(Settings { strict: self.strict.value, ..settings })
    }

    /// What is not searched, and the folder that it is relative to.
    pub(crate) fn exclude(&self) -> (Vec<String>, PathBuf) {
        let root = match &self.exclude.origin {
            Origin::File(path) => path.parent().unwrap_or(Path::new("/")).to_owned(),
            Origin::Flag | Origin::Env(_) | Origin::Run | Origin::BuiltIn => PathBuf::from("."),
        };
        (self.exclude.value.clone(), root)
    }
}

fn of<T>(files: &[(PathBuf, File)], field: impl Fn(&Table) -> Option<T>) -> Option<Value<T>> {
    layered(None, None, files, |file| file.check.as_ref().and_then(&field))
}
