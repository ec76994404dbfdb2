//! Process 1 of a sandbox, and the protocol it speaks with the host.
//!
//! The library half is the protocol: messages, and how they travel with descriptors over a sequenced-packet socket. The
//! program half (`main.rs`) is one small static executable with two lives. Started by the host with a clean
//! environment, it is the *launcher*: single-threaded, it makes the namespaces and the root that a [`Plan`] describes.
//! Its child, after giving up every privilege, is the *supervisor*: it starts processes, ends whole process trees,
//! opens files for the host, and ends everything when the host is gone.
//!
//! It must never grow: its start-up time is every sandbox's start-up time. It must never touch the bytes that flow
//! between the host and the workload, decide policy (the plan is data, made by the host), or run a thread.
//!
//! The program is tested through `skilled-sandbox-linux`.

mod protocol;
mod socket;

pub use protocol::{
    Access, Attributes, BpfInstruction, Failure, Identity, Isolation, Launch, MESSAGE_LIMIT, Plan, Report,
    Request, SpawnSpec, Stage, Step, VERSION,
};
pub use socket::{DESCRIPTOR_LIMIT, ReceiveError, receive, send};
