//! Finding a run by what a person types.

use skilled_agent::RunId;

use crate::{Error, RunStore};

/// How many candidates an error names.
const MOST_CANDIDATES: usize = 10;

/// Why a text names no run.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There are no runs at all.
    #[error("there are no runs yet")]
    Empty,
    /// No run's id begins like this.
    #[error("no run's id begins with {text:?}: `runs list` shows the ids, and `latest` is the newest")]
    None {
        /// The text.
        text: String,
    },
    /// Several runs' ids begin like this.
    #[error("{text:?} is ambiguous: write more of one of {}", list(candidates))]
    Ambiguous {
        /// The text.
        text: String,
        /// The runs, newest first.
        candidates: Vec<RunId>,
    },
    /// The store could not be read.
    #[error("the runs cannot be listed")]
    Store(#[source] Error),
}

impl RunStore {
    /// Finds the run that `text` names: an id, a beginning of one that is unique, with or without `run_`, or `latest`.
    pub fn find(&self, text: &str) -> Result<RunId, FindError> {
        let ids = self.ids().map_err(FindError::Store)?;
        let Some(newest) = ids.first() else { return Err(FindError::Empty) };
        if text == "latest" {
            return Ok(*newest);
        }
        let prefix = text.strip_prefix("run_").unwrap_or(text);
        let fits =
            |id: &RunId| id.to_string().strip_prefix("run_").is_some_and(|digits| digits.starts_with(prefix));
        let candidates: Vec<RunId> =
            if prefix.is_empty() { Vec::new() } else { ids.into_iter().filter(fits).collect() };
        match candidates[..] {
            [] => Err(FindError::None { text: text.to_owned() }),
            [run] => Ok(run),
            _ => Err(FindError::Ambiguous { text: text.to_owned(), candidates }),
        }
    }
}

fn list(candidates: &[RunId]) -> String {
    let mut names: Vec<_> = candidates.iter().take(MOST_CANDIDATES).map(ToString::to_string).collect();
    if candidates.len() > MOST_CANDIDATES {
        names.push(format!("{} more", candidates.len() - MOST_CANDIDATES));
    }
    names.join(", ")
}
