//! How a check is done: settings, search, threads.

use std::num::NonZeroUsize;
use std::thread;

use skilled_lint::{Settings, Severity, search};

use super::{CheckArgs, excludes};
use crate::config::{self, Flags};
use crate::error::{Error, Kind, Result};

/// How a check is done.
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) search: search::Options,
    pub(super) threads: NonZeroUsize,
}

impl Plan {
    /// Puts the command line over the settings.
    pub(super) fn new(args: &CheckArgs) -> Result<Self> {
        let table = config::Settings::load(Flags::default())?.check;
        let mut settings = table.settings()?;
        settings.strict |= args.strict;
        settings.severities.extend(args.error.iter().map(|code| (code.clone(), Some(Severity::Error))));
        settings.severities.extend(args.ignore.iter().map(|code| (code.clone(), None)));
        settings.validate().map_err(|error| Error::new(Kind::Usage, error))?;
        let (exclude, exclude_root) = table.exclude();
        let global_excludes = excludes::of_user();
        let search = search::Options { no_ignore: args.no_ignore, global_excludes, exclude, exclude_root };
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self { settings, search, threads })
    }
}
