//! Which findings matter, and how much.

use std::collections::BTreeMap;

use skilled_format::Severity;

use crate::rules;

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
    /// Checks that every code is that of a rule.
    ///
    /// # Errors
    ///
    /// [`SettingsError::UnknownRule`] for the first that is not.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let unknown = self.severities.keys().find(|code| !rules().any(|rule| rule.code == code.as_str()));
        match unknown {
            None => Ok(()),
            Some(code) => Err(SettingsError::UnknownRule { code: code.clone(), nearest: None }),
        }
    }
}
