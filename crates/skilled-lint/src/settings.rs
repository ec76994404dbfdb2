//! Which findings matter, and how much.

use std::collections::BTreeMap;

use serde::Deserialize;
use skilled_format::Severity;

use crate::nearest;
use crate::rules::{self, rules};

/// Settings of checks, as in the table `[check]` of `skilled.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Severity by code; `None` turns the rule off.
    pub severities: BTreeMap<String, Option<Severity>>,
    /// Warnings are errors.
    pub strict: bool,
    /// Most lines of a body. 500 by default, as the specification recommends.
    pub body_lines: usize,
    /// Most tokens of a body, estimated. 5,000 by default, as the specification recommends.
    pub body_tokens: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { severities: BTreeMap::new(), strict: false, body_lines: 500, body_tokens: 5_000 }
    }
}

/// The table `[check]` of `skilled.toml`, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckTable {
    /// Codes that are turned off.
    pub ignore: Vec<String>,
    /// Severity by code.
    pub severity: BTreeMap<String, Setting>,
    /// Most lines of a body.
    pub body_lines: Option<usize>,
    /// Most tokens of a body, estimated.
    pub body_tokens: Option<usize>,
    /// What is not searched for skills, as lines of a `.gitignore` beside `skilled.toml`; see
    /// [`search::Options::exclude`](crate::search::Options::exclude).
    pub exclude: Vec<String>,
}

/// What a setting makes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Its findings are not shown.
    Off,
    /// Worth knowing.
    Info,
    /// Should be mended.
    Warning,
    /// Must be mended: the check fails.
    Error,
}

impl Setting {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// What is wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A code that no rule has.
    #[error("there is no rule `{code}`{}; `skilled check --list-rules` shows them all", near(nearest.as_ref()))]
    UnknownRule {
        /// The code.
        code: String,
        /// A code that is spelled like it.
        nearest: Option<&'static str>,
    },
}

fn near(nearest: Option<&&'static str>) -> String {
    nearest.map(|code| format!(" (perhaps `{code}`)")).unwrap_or_default()
}

impl Settings {
    /// Takes over what the table says; what it does not mention keeps its default.
    ///
    /// # Errors
    ///
    /// [`SettingsError::UnknownRule`] for the first code that no rule has.
    pub fn from_table(table: &CheckTable) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        settings
            .severities
            .extend(table.severity.iter().map(|(code, level)| (code.clone(), level.severity())));
        settings.severities.extend(table.ignore.iter().map(|code| (code.clone(), None)));
        settings.body_lines = table.body_lines.unwrap_or(settings.body_lines);
        settings.body_tokens = table.body_tokens.unwrap_or(settings.body_tokens);
        settings.validate()?;
        Ok(settings)
    }

    /// Checks that every code is that of a rule.
    ///
    /// # Errors
    ///
    /// [`SettingsError::UnknownRule`] for the first that is not.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let unknown = self.severities.keys().find(|code| rules::find(code).is_none());
        match unknown {
            None => Ok(()),
            Some(code) => Err(SettingsError::UnknownRule { code: code.clone(), nearest: nearest_code(code) }),
        }
    }

    /// The severity of a rule's findings; `None` when it is turned off.
    pub fn severity_of(&self, code: &str, usual: Severity) -> Option<Severity> {
        let severity = self.severities.get(code).copied().unwrap_or(Some(usual))?;
        Some(if self.strict && severity == Severity::Warning { Severity::Error } else { severity })
    }
}

/// The code that is spelled most like `code`.
pub(crate) fn nearest_code(code: &str) -> Option<&'static str> {
    nearest::of(code, rules().map(|rule| rule.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings, SettingsError> {
        Settings::from_table(&toml::from_str(text).unwrap())
    }

    #[test]
    fn a_table_becomes_settings() {
        let read = settings(
            "ignore = ['crlf']\nbody_lines = 9\nexclude = ['old/']\n[severity]\ncrlf = 'error'\ndead-link = 'error'\ntab = 'off'",
        );
        let severities = [("crlf", None), ("dead-link", Some(Severity::Error)), ("tab", None)];
        let severities = severities.map(|(code, severity)| (code.to_owned(), severity)).into();
        assert_eq!(read.unwrap(), Settings { severities, body_lines: 9, ..Settings::default() });
    }

    #[test]
    fn an_unknown_code_is_named_with_the_nearest() {
        let error = settings("ignore = ['dead-lnik']").unwrap_err().to_string();
        let start = "there is no rule `dead-lnik` (perhaps `dead-link`); ";
        assert!(error.starts_with(start), "{error}");
        assert!(toml::from_str::<CheckTable>("ingore = []").is_err());
    }

    #[test]
    fn strict_raises_warnings_only() {
        let settings = Settings { strict: true, ..Settings::default() };
        let raised = [Severity::Info, Severity::Warning].map(|usual| settings.severity_of("crlf", usual));
        assert_eq!(raised, [Some(Severity::Info), Some(Severity::Error)]);
    }
}
