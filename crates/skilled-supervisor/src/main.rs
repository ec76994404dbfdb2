//! The program: a launcher, whose child becomes process 1 of a sandbox.
//!
//! Started by the host with a socket as standard input, no arguments and an empty environment. See the library's
//! documentation for what it must never do.

mod cgroup;
mod child;
mod confine;
mod files;
mod interpreter;
mod late;
mod launch;
mod log;
mod operations;
mod rootfs;
mod runner;
mod supervise;
mod sys;
mod terminal;
mod tree;
mod watch;

use rustix::io::Errno;
use skilled_supervisor::{Failure, Stage};

fn main() {
    sys::heed_signals();
    // The launcher's status tells the host nothing that the socket did not.
    std::process::exit(i32::from(launch::run().is_err()));
}

/// A step that may fail, with its name for people.
trait InStep<T> {
    /// Names the step, should it have failed. The closure runs only then.
    fn in_step(self, stage: Stage, step: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T> InStep<T> for Result<T, Errno> {
    fn in_step(self, stage: Stage, step: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|errno| Failure { stage, step: step(), errno: errno.raw_os_error() })
    }
}

impl<T> InStep<T> for std::io::Result<T> {
    fn in_step(self, stage: Stage, step: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            stage,
            step: step(),
            errno: error.raw_os_error().unwrap_or(libc::EIO),
        })
    }
}
