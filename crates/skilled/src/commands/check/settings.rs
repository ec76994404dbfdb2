//! How a check is done: settings, search, threads.

use std::num::NonZeroUsize;
use std::thread;

use skilled_lint::{Settings, Severity, search};

use super::{CheckArgs, excludes};
use crate::config::{self, Flags};
use crate::error::{Error, Kind, Result};
use crate::printer;

/// How a check is done.
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) search: search::Options,
    pub(super) threads: NonZeroUsize,
}

impl Plan {
    /// Puts the command line over the settings.
    pub(super) fn new(args: &CheckArgs) -> Result<Self> {
        let told = |error: Error| {
            let causes: Vec<String> = error.chain().collect();
            printer::warning(&causes.join(": "), Some("the check goes on without these settings"));
            Ok(())
        };
        let table = config::Settings::load_past(Flags::default(), told)?.check;
        let mut settings = table.settings()?;
        settings.strict |= args.strict;
        settings.severities.extend(args.error.iter().map(|code| (code.clone(), Some(Severity::Error))));
        settings.severities.extend(args.ignore.iter().map(|code| (code.clone(), None)));
        settings.validate().map_err(|error| Error::new(Kind::Usage, error))?;
        let (exclude, exclude_root) = table.exclude();
        let global_excludes = excludes::of_user();
        let search = search::Options { no_ignore: args.no_ignore, global_excludes, exclude, exclude_root };
        search.validate().map_err(|error| {
            Error::about(Kind::Usage, &error)
                .hint(format!("it comes from `exclude` in the table [check] of {}", table.exclude.origin))
        })?;
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self { settings, search, threads })
    }
}
