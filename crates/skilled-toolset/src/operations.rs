//! What can be done in a sandbox, each thing once.

mod collect;
mod content;
mod edit;
mod exec;
mod list;
mod present;
mod python;
mod read;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use skilled_sandbox::{FileError, Files, Layout, Sandbox};
use tokio::sync::Mutex;

pub use collect::{Collected, Skipped, SkippedBecause};
pub use edit::{EditError, Edited, Hint};
pub use exec::{Exec, Executed};
pub use list::{Listed, Listing};
pub use present::{PresentError, Presented};
pub use python::Cell;
pub(crate) use read::ends;
pub use read::{Range, ReadError, TextPage, Viewed};
pub use write::{WriteError, Written};

use crate::Options;
use crate::text::Likeness;

/// The operations of one session over its sandbox.
///
/// It holds the session's shell and remembers what was presented. Commands run one at a time; the operations on files
/// may run beside them.
pub struct Operations {
    sandbox: Arc<dyn Sandbox>,
    options: Options,
    shell: Arc<Mutex<exec::Slot>>,
    python: Arc<Mutex<python::Slot>>,
    /// The session's earlier sandbox, which has ended: what its operations did can still be read.
    previous: Option<Arc<dyn Sandbox>>,
    /// Names in the outputs folder that were presented, with the file each came from when that is known.
    presented: Mutex<BTreeMap<String, Option<String>>>,
}

impl Operations {
    /// Makes the operations of a session. Nothing is started.
    pub fn new(sandbox: Arc<dyn Sandbox>, options: Options) -> Self {
        Self {
            sandbox,
            options,
            shell: Arc::default(),
            python: Arc::default(),
            previous: None,
            presented: Mutex::default(),
        }
    }

    /// Names the session's earlier sandbox, so that calls which began there can be recovered.
    #[must_use]
    pub fn after(self, previous: Arc<dyn Sandbox>) -> Self {
        Self { previous: Some(previous), ..self }
    }

    /// Returns the bounds.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns where things are in the sandbox.
    pub fn layout(&self) -> &Layout {
        self.sandbox.layout()
    }

    pub(crate) fn files(&self) -> &dyn Files {
        self.sandbox.files()
    }

    /// Returns names like that of the missing `path` which its folder does hold: at most three, the likest first.
    pub async fn near(&self, path: &str) -> Vec<String> {
        const LOOKED_AT: usize = 2_000;
        const ALIKE: f64 = 0.5;
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let folder = if folder.is_empty() { "/" } else { folder };
        let Ok((entries, _)) = self.files().list(folder, LOOKED_AT).await else { return Vec::new() };
        let key = name.to_owned();
        // Off the runtime's thread: it takes a while for a folder of long names.
        let compared = tokio::task::spawn_blocking(move || {
            let key = Likeness::new(&key);
            let mut found: Vec<(f64, String)> = entries
                .into_iter()
                .filter_map(|entry| String::from_utf8(entry.name).ok())
                .map(|other| (key.to(&other), other))
                .filter(|(alike, _)| *alike >= ALIKE)
                .collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            found
        });
        let found = compared.await.unwrap_or_default(); // it does not panic, and names are a help only
        let prefix = match (folder, path.contains('/')) {
            ("/", _) => "/".to_owned(),
            (_, true) => format!("{folder}/"),
            (_, false) => String::new(),
        };
        found.into_iter().take(3).map(|(_, other)| format!("{prefix}{other}")).collect()
    }
}

/// Returns whether the error says that nothing is there.
pub(crate) fn is_missing(error: &FileError) -> bool {
    match error {
        FileError::Io { source, .. } => {
            matches!(source.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
        }
        FileError::Special { .. }
        | FileError::Folder { .. }
        | FileError::NotFolder { .. }
        | FileError::TooMany { .. }
        | FileError::Sandbox(_) => false,
    }
}

/// Makes an error about reading `path` from what the system said.
fn unreadable(path: &str, source: std::io::Error) -> FileError {
    FileError::Io { path: path.to_owned(), source }
}
