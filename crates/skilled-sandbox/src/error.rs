//! What can go wrong with a sandbox.

use std::fmt;
use std::io;

use crate::Limit;

/// Why a sandbox could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine lacks something the sandbox needs.
    #[error("this machine cannot make a sandbox: {missing} (while trying to {step})")]
    Unavailable {
        /// What is missing, and how to get it.
        missing: Missing,
        /// The step that failed.
        step: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A limit that must hold cannot be enforced here.
    #[error("{limit} cannot be limited here: {reason}; to change that, {remedy}")]
    Unenforceable {
        /// Which.
        limit: Limit,
        /// Why not.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// A step of making the sandbox failed for another reason.
    #[error("the sandbox could not be made: {step}")]
    Setup {
        /// The step that failed, with the path it was about.
        step: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The sandbox was asked for something impossible.
    #[error("{message}")]
    Invalid {
        /// What, and what to do instead.
        message: String,
    },
    /// A program could not be started.
    #[error("cannot start `{program}` in the sandbox")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An interpreter that should take a text has ended.
    #[error("`{key}` does not run any more")]
    NotRunning {
        /// The interpreter's operation.
        key: String,
    },
    /// The sandbox ended before an operation did, or before its end was noted: what it did is not known.
    #[error("the sandbox ended ({reason}) before the end of `{key}` was noted: what it did is not known")]
    Indeterminate {
        /// The operation.
        key: String,
        /// How the sandbox ended, as far as is known.
        reason: String,
    },
    /// The sandbox has ended.
    #[error("the sandbox has ended: {reason}")]
    Gone {
        /// How it ended, as far as is known.
        reason: String,
    },
}

/// A feature of the machine that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Unprivileged user namespaces.
    UserNamespaces,
    /// Overlay file systems inside a user namespace.
    Overlay,
    /// A fresh `/proc`.
    Proc,
    /// System call filters.
    Seccomp,
    /// The mount calls of Linux 5.12.
    MountApi,
}

impl Missing {
    /// Returns what to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::UserNamespaces => {
                "allow them (`sysctl kernel.unprivileged_userns_clone=1`, `sysctl user.max_user_namespaces=15000`; with \
                 AppArmor `sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or run as root"
            }
            Self::Overlay => "use Linux 5.11 or newer with the `overlay` module loaded (`modprobe overlay`)",
            Self::Proc => {
                "inside a container, run it with an unmasked /proc (`--security-opt systempaths=unconfined`)"
            }
            Self::Seccomp => "use a kernel built with CONFIG_SECCOMP_FILTER",
            Self::MountApi => "use Linux 5.12 or newer",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserNamespaces => "user namespaces are not allowed",
            Self::Overlay => "overlay file systems do not work in a user namespace",
            Self::Proc => "a fresh /proc may not be mounted",
            Self::Seccomp => "system call filters are missing",
            Self::MountApi => "the kernel's mount calls are too old",
        })
    }
}
