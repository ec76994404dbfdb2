//! The table `[api]`: the server that `skilled api` uses.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{File, Value, layered};

/// The table as it is written in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    base_url: Option<String>,
    key_env: Option<String>,
}

/// The settings of the client in force.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// The server's address.
    pub(crate) base_url: Option<Value<String>>,
    /// The variable that has its key.
    pub(crate) key_env: Option<Value<String>>,
    /// A file that has the table, but may not: it would say where a key is sent.
    pub(crate) refused: Option<PathBuf>,
}

impl Api {
    /// Takes each value from the strongest file that has it and is the user's or the system's.
    pub(super) fn combine(files: &[(PathBuf, File)], is_trusted: impl Fn(&Path) -> bool) -> Self {
        let mut refused = None;
        for (path, file) in files {
            if file.api.is_some() && !is_trusted(path) {
                refused = Some(path.clone());
            }
        }
        let of = |field: fn(&Table) -> Option<String>| {
            if refused.is_some() {
                return None;
            }
            layered(None, None, files, |file| file.api.as_ref().and_then(field))
        };
        Self {
            base_url: of(|table| table.base_url.clone()),
            key_env: of(|table| table.key_env.clone()),
            refused,
        }
    }
}
