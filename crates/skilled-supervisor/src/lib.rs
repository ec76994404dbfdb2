//! Process 1 of a sandbox, and the protocol it speaks with the host.
//!
//! The library half is the protocol: messages, and how they travel with descriptors over a sequenced-packet socket. The
//! program half (`main.rs`) is one small static executable with two lives. Started by the host with a clean
//! environment, it is the *launcher*: single-threaded, it makes the namespaces and the root that a [`Plan`] describes.
//! Its child, after giving up every privilege, is the *supervisor*: it owns the work. Each operation has a key and a
//! [`journal`] that outlive the host which asked for it; hosts come and go by the sandbox's socket. A *runner*, a copy of
//! the supervisor, attends to each operation: it takes output, keeps time, and ends whole process trees.
//!
//! It must never grow: its start-up time is every sandbox's start-up time. It must never decide policy (the plan and the
//! limits are data, made by the host), run a thread, or run an operation twice.
//!
//! The program is tested through `skilled-sandbox-linux`.

pub mod journal;
mod protocol;
mod socket;

pub use protocol::{
    Access, Ask, Attributes, Bind, BpfInstruction, Command, Containment, Existing, Failure, GROUP_PREFIX,
    Group, HITS, Identity, Input, Interpreter, Isolation, KEY_LIMIT, Keep, Launch, Limits, MESSAGE_LIMIT,
    Plan, Report, Request, Rlimit, STATUS, Setting, Stage, Step, TEXT_LIMIT, TEXTS, VERSION, Watch, is_key,
};
pub use socket::{DESCRIPTOR_LIMIT, ReceiveError, receive, send};
