//! What this process may take of the machine.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open files as far as this process may: each connection is one, and so is each descriptor that any
/// process of this user has under way to another (`unix(7)`), workloads included.
pub(crate) fn use_all_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Below the hard limit it always succeeds; should it not, there are as many as before.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
