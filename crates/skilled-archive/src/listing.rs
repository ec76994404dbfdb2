//! The list of an archive while it is made.

use crate::links::{self, Link};
use crate::problem::Problems;
use crate::{Code, Entry, EntryKind, Error, Names, Options, Problem};

/// Entries that were found, and everything that is wrong with them.
pub(crate) struct Listing<'o> {
    pub(crate) options: &'o Options,
    names: Names,
    symlinks: Vec<Link>,
    total: u64,
    entries: Vec<Entry>,
    problems: Problems,
}

impl<'o> Listing<'o> {
    pub(crate) fn new(options: &'o Options) -> Self {
        let names = Names::new(&options.limits, options.portability);
        Self {
            options,
            names,
            symlinks: Vec::new(),
            total: 0,
            entries: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// Notes a problem that does not keep the rest from being looked at.
    pub(crate) fn refuse(&mut self, problem: Problem) {
        self.problems.add(problem);
    }

    /// Counts content of an entry; an error when there is too much of it together.
    pub(crate) fn count(&mut self, size: u64) -> Result<(), Error> {
        self.total = self.total.saturating_add(size);
        let most = self.options.limits.total_bytes;
        if self.total > most {
            let message = format!("the files are larger than {most} bytes together");
            return Err(Error::refused(Code::TooLarge, message));
        }
        Ok(())
    }

    /// Checks and adds an entry; returns whether it was added, which the root of the archive is not.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<bool, Error> {
        if entry.path.is_empty() && entry.kind == EntryKind::Directory {
            return Ok(false);
        }
        match &entry.kind {
            EntryKind::Symlink { target } => {
                self.symlinks.push(Link { path: entry.path.clone(), target: target.clone() });
            }
            EntryKind::Hardlink { target } if !self.names.has_file(target) => {
                let message = "the hard link does not name a file that comes earlier";
                self.refuse(Problem::entry(Code::LinkTarget, &entry.path, message));
            }
            EntryKind::Hardlink { .. } | EntryKind::Directory | EntryKind::File { .. } => {}
        }
        if let Err(found) = self.names.add(&entry.path, entry.kind.occupies()) {
            if let Some(full) = found.iter().find(|problem| problem.code == Code::TooManyEntries) {
                return Err(full.clone().into());
            }
            for problem in found {
                self.refuse(problem);
            }
        }
        self.entries.push(entry);
        Ok(true)
    }

    /// The entries, or everything that was wrong; `outcome` is what ended the listing.
    pub(crate) fn finish(mut self, outcome: Result<(), Error>) -> Result<Vec<Entry>, Error> {
        links::check(&self.symlinks, &mut self.problems);
        match outcome {
            Ok(()) if self.problems.is_empty() => Ok(self.entries),
            Ok(()) => Err(Error::Refused(self.problems)),
            Err(Error::Refused(last)) => {
                for problem in last.list() {
                    self.problems.add(problem.clone());
                }
                Err(Error::Refused(self.problems))
            }
            Err(error) => Err(error),
        }
    }
}
