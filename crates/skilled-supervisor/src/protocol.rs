//! What host and supervisor say to each other.
//!
//! One message is one packet, at most [`MESSAGE_LIMIT`] bytes, encoded by `postcard`. The host sends one [`Launch`], then
//! [`Request`]s; it receives [`Report`]s. Both sides are built together, so the version only guards against a mix-up.

use serde::{Deserialize, Serialize};

/// The version of this protocol.
pub const VERSION: u32 = 1;

/// The most bytes of one message: below the default socket buffer of Linux (212,992 bytes, `socket(7)`).
pub const MESSAGE_LIMIT: usize = 160 * 1024;

/// The first message: what to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// What to put between the workload and the host.
    pub isolation: Isolation,
}

/// What to put between the workload and the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Isolation {
    /// Nothing: processes run as the user, on the host's files and network.
    None,
    /// Namespaces, a root of its own, no privileges, filtered system calls.
    Namespaces(Plan),
}

/// The whole policy of a sandbox, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Who the workload is.
    pub identity: Identity,
    /// The host name it sees.
    pub hostname: String,
    /// What its root is made of, in order. Paths in the new root are relative to it.
    pub steps: Vec<Step>,
    /// Seccomp filters, installed in order; the strictest verdict of all holds (`seccomp(2)`).
    pub filters: Vec<Vec<BpfInstruction>>,
    /// Soft and hard limit of open files per process; the host's own limit where that is lower.
    pub open_files: u64,
}

/// Who the workload is, inside and outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// User and group id that the workload sees.
    pub inside: u32,
    /// User id on the host.
    pub outside_uid: u32,
    /// Group id on the host.
    pub outside_gid: u32,
    /// The launcher may take any id, as root may. Otherwise it takes its own, in a user namespace of its own.
    pub privileged: bool,
}

/// One step of making the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Makes a folder, mode 0755. Its parent exists.
    Folder {
        /// Where.
        path: String,
    },
    /// Makes a symbolic link.
    Link {
        /// Where.
        path: String,
        /// What it says.
        target: String,
    },
    /// Makes a file, mode 0644.
    File {
        /// Where.
        path: String,
        /// What it holds.
        contents: String,
    },
    /// Mounts a file or folder of the host, with everything mounted below it. Makes the place.
    Bind {
        /// Absolute path on the host.
        source: String,
        /// Where.
        path: String,
        /// Restrictions.
        attributes: Attributes,
    },
    /// Mounts something that is in the new root already, elsewhere in it. Makes the place when it is missing.
    Rebind {
        /// What.
        source: String,
        /// Where.
        path: String,
        /// Restrictions.
        attributes: Attributes,
    },
    /// Hides a file or folder, if there is one, behind an empty one.
    Mask {
        /// Which.
        path: String,
    },
    /// Mounts memory. Makes the place.
    Tmpfs {
        /// Where.
        path: String,
        /// Its bound in bytes.
        bytes: u64,
        /// Permission bits of its root.
        mode: u32,
    },
    /// Mounts the process table of the new namespace, and allows no further user namespace. Makes the place.
    Proc {
        /// Where.
        path: String,
    },
    /// Mounts terminals of its own. Makes the place.
    Terminals {
        /// Where.
        path: String,
    },
    /// Mounts a copy-on-write view. Makes the place.
    Overlay {
        /// Where.
        path: String,
        /// What is seen, never written.
        lower: String,
        /// What holds the changes.
        upper: String,
        /// Scratch beside `upper`.
        work: String,
    },
    /// Takes a mount away, and the place with it.
    Unmount {
        /// Which.
        path: String,
    },
}

/// Restrictions of a mount (`mount_setattr(2)`). Every mount is `nosuid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Nothing can be written.
    pub read_only: bool,
    /// Device files do nothing.
    pub no_devices: bool,
    /// Nothing can be executed.
    pub no_exec: bool,
}

/// One instruction of a filter: `struct sock_filter` of `linux/filter.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BpfInstruction {
    /// Operation.
    pub code: u16,
    /// Jump if true.
    pub jt: u8,
    /// Jump if false.
    pub jf: u8,
    /// Operand.
    pub k: u32,
}

/// What the host asks of a running supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Starts a process. Answered by `Started` or `NotStarted`, later `Exited`, last `Gone`.
    Spawn(SpawnSpec),
    /// Kills an operation's process and everything it started. Answered by `Gone`.
    Kill {
        /// Which.
        operation: u64,
    },
    /// Opens a path. Answered by `Done` with the descriptor.
    Open {
        /// Chosen by the host, given back.
        id: u64,
        /// Absolute path.
        path: String,
        /// What for.
        access: Access,
    },
    /// Finds the path without links, `.` and `..`. Answered by `Done` with it.
    Canonical {
        /// Chosen by the host, given back.
        id: u64,
        /// Absolute path.
        path: String,
    },
    /// Makes a folder and its parents, if missing. Answered by `Done`.
    MakeFolders {
        /// Chosen by the host, given back.
        id: u64,
        /// Absolute path.
        path: String,
    },
    /// Renames a file, replacing what is there. Answered by `Done`.
    Rename {
        /// Chosen by the host, given back.
        id: u64,
        /// Absolute path.
        from: String,
        /// Absolute path.
        to: String,
    },
    /// Removes a file. Answered by `Done`.
    Remove {
        /// Chosen by the host, given back.
        id: u64,
        /// Absolute path.
        path: String,
    },
}

/// A process to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnSpec {
    /// The id of the operation: chosen by the host, never used twice.
    pub operation: u64,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Absolute path of the directory it starts in.
    pub cwd: String,
    /// The numbers, in the process, of the descriptors that travel with this message.
    pub fds: Vec<i32>,
}

/// What a path is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// To ask what it is.
    Inspect,
    /// To read a file or list a folder.
    Read,
    /// To write a new file with these permission bits.
    Create {
        /// Permission bits.
        mode: u32,
    },
}

/// What the supervisor tells the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// The sandbox is ready.
    Ready,
    /// It could not be made; this is the last message.
    Failed(Failure),
    /// The process runs.
    Started {
        /// Which.
        operation: u64,
    },
    /// The process could not be started.
    NotStarted {
        /// Which.
        operation: u64,
        /// Why, as in `errno(3)`.
        errno: i32,
    },
    /// The process has ended; what it started may go on.
    Exited {
        /// Which.
        operation: u64,
        /// As from `wait(2)`.
        status: i32,
    },
    /// Nothing of the operation runs any more.
    Gone {
        /// Which.
        operation: u64,
    },
    /// The answer to a request about files.
    Done {
        /// The id of the request.
        id: u64,
        /// 0, or why not, as in `errno(3)`.
        errno: i32,
        /// The canonical path, where it was asked for.
        path: Option<String>,
    },
}

/// A step that failed while a sandbox was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of step.
    pub stage: Stage,
    /// The step, in words, with the path it was about.
    pub step: String,
    /// Why, as in `errno(3)`.
    pub errno: i32,
}

/// Kinds of steps, by what the machine must offer for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The message itself.
    Protocol,
    /// Making namespaces and mapping ids.
    Namespaces,
    /// Taking mounts of the host with the calls of Linux 5.12.
    Mounts,
    /// Mounting the process table.
    Proc,
    /// Mounting a copy-on-write view.
    Overlay,
    /// Giving up privileges.
    Privileges,
    /// Installing filters.
    Filters,
}
