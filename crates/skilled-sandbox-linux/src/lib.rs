//! The default sandbox backend of Linux, for root and for ordinary users.
//!
//! Each sandbox has user, mount, process, network, IPC, UTS and cgroup namespaces; a root of read-only system folders,
//! private `/tmp` and its session's folders; a copy-on-write `/skills`; no capability, no way to gain one, and a filter
//! that knows which system calls are allowed. What is made is a [`Plan`](skilled_supervisor::Plan), data that can be
//! printed and compared; the embedded supervisor makes it.
//!
//! With [`Isolation::None`] the same supervisor runs processes as the user, on the user's files: one way to run a tool.
//!
//! Only binaries construct a [`LinuxBackend`]; everybody else holds an `Arc<dyn Backend>`. This crate must never contain
//! unsafe code: system calls without a safe wrapper are the supervisor's.
//!
//! It contains untrusted code as far as the shared kernel has no bugs. It is no virtual machine.

mod backend;
mod control;
mod files;
mod filter;
mod identity;
mod image;
mod inspect;
mod limits;
mod link;
mod operation;
mod plan;
mod probe;
mod sandbox;
mod session;
mod terminal;
mod warm;

pub use backend::{Isolation, LinuxBackend};
pub use control::{ProcessId, Record};
pub use identity::workload_owner;
pub use inspect::{Death, Inspection, Outline, Seen, State, end, inspect, operations};
pub use limits::probe as probe_limits;
pub use probe::{Finding, Ground, Layer, Report, State as LayerState, Verdict, probe};
pub use session::SESSION_FOLDERS;
