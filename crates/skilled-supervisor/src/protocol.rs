//! What host and supervisor say to each other.
//!
//! One message is one packet, at most [`MESSAGE_LIMIT`] bytes, encoded by `postcard`. The host that makes a sandbox sends one
//! [`Launch`], then [`Request`]s; it receives [`Report`]s. Later hosts connect to the sandbox's socket and begin with
//! [`Ask::Hello`]. What an operation does is not told here: it is in its [journal](crate::journal).

use serde::{Deserialize, Serialize};

/// The version of this protocol.
pub const VERSION: u32 = 2;

/// The most bytes of one message: below the default socket buffer of Linux (212,992 bytes, `socket(7)`).
pub const MESSAGE_LIMIT: usize = 160 * 1024;

/// The first message: what to make. Two descriptors travel with it: the listening socket of the sandbox, and the folder of
/// its journals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// What to put between the workload and the host.
    pub isolation: Isolation,
    /// How long the sandbox lives without a host, in seconds.
    pub orphan_seconds: u32,
    /// What bounds the whole sandbox.
    pub containment: Containment,
    /// The session comes later: a third descriptor travels along, a socket by which one [`Bind`] will be sent, answered by
    /// [`Report::Ready`] or [`Report::Failed`].
    pub late: bool,
}

/// What a sandbox that was made in advance gets when its session comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// Mounts, in places that exist already.
    pub steps: Vec<Step>,
    /// What the launcher looks at from then on.
    pub watch: Option<Watch>,
}

/// What bounds a whole sandbox, as data: the host has decided what this machine can enforce, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Containment {
    /// Control groups to make for it: process 1 is put into each, and they are removed after its end.
    pub groups: Vec<Group>,
    /// Limits of each process of the workload. Process 1 and what attends to operations are not bound by them.
    pub rlimits: Vec<(Rlimit, u64)>,
    /// Files of `/proc/sys`, of the sandbox's IPC namespace, and what to write there.
    pub ipc: Vec<Setting>,
    /// What the launcher looks at while the sandbox lives.
    pub watch: Option<Watch>,
}

/// A control group (`cgroups(7)`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Absolute path of the folder to make. Its parent exists.
    pub path: String,
    /// It is of version 2: process 1 is born in it.
    pub unified: bool,
    /// No limit depends on it: it is made when the sandbox is ready already, and without it the sandbox does as well.
    pub deferred: bool,
    /// What to write into which of its files, in order.
    pub settings: Vec<Setting>,
}

/// What the name of a [`Group`] begins with; the id of its launcher, a dash and a time in milliseconds follow.
pub const GROUP_PREFIX: &str = "skilled-";

/// What to write into a file of a [`Group`], or of the process table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The file's name.
    pub file: String,
    /// What to write.
    pub value: String,
    /// Where there is no such file, nothing is lost.
    pub optional: bool,
}

/// A limit of a process (`setrlimit(2)`), soft and hard; the host's own limit where that is lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rlimit {
    /// Writable private memory, in bytes.
    Data,
    /// Processes and threads of the sandbox.
    Processes,
    /// The longest file that can be written, in bytes.
    FileSize,
    /// Descriptors.
    OpenFiles,
    /// Signals and timers that are queued, in the sandbox.
    PendingSignals,
    /// POSIX message queues of the sandbox, in bytes.
    MessageQueues,
}

/// What the launcher looks at, several times a second. What grows too much costs the sandbox its operations: their runners
/// are killed, and with them whatever they started. Of the memory, the largest processes are killed instead. Each time, a
/// line is added to [`HITS`] in the folder of the journals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Absolute paths of the folders on the host that count.
    pub folders: Vec<String>,
    /// Bytes that they may take on the disk.
    pub bytes: Option<u64>,
    /// Files and folders that they may hold.
    pub entries: Option<u64>,
    /// What must stay free of the disk, in bytes, for this sandbox to go on writing.
    pub floor: u64,
    /// Bytes of memory that all processes may take together.
    pub memory: Option<u64>,
}

/// The file, in the folder of the journals, that tells what a [`Watch`] has ended: lines of a word (`bytes`,
/// `entries`, `floor`, `memory`) and how much there was; of the floor, how much was free. When the sandbox has ended, `kills`
/// and how many of its processes the kernel had killed for want of memory.
pub const HITS: &str = "hits";

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
        /// How many files and folders it may hold.
        entries: u64,
        /// Permission bits of its root.
        mode: u32,
    },
    /// Mounts the process table of the new namespace, and sets what the new namespaces may hold. Makes the place.
    Proc {
        /// Where.
        path: String,
        /// Files below its `sys`, and what to write there. An optional one is written where the kernel lets us.
        ceilings: Vec<Setting>,
    },
    /// Mounts terminals of its own. Makes the place.
    Terminals {
        /// Where.
        path: String,
        /// How many there may be.
        most: u32,
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
    /// Takes a mount away, and leaves the place.
    Uncover {
        /// Which.
        path: String,
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

/// What a host asks of a running supervisor. Each is answered by one [`Report::Done`] with its id, unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the host, given back.
    pub id: u64,
    /// What is asked.
    pub ask: Ask,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// The first request of a host that connected later. `EPROTO` when the versions differ.
    Hello {
        /// [`VERSION`] of the sender.
        version: u32,
        /// It only looks: the sandbox is no less without an owner for it.
        observer: bool,
    },
    /// Starts a process. A bell travels along: an `eventfd(2)` that is rung whenever the journal has grown. Answered, with
    /// the descriptor of the input if there is one, as soon as the operation is begun; `EEXIST` when the key was used
    /// before: nothing was started then.
    Start {
        /// The operation.
        key: String,
        /// What to start.
        command: Command,
    },
    /// Gives a text to an interpreter. A bell travels along, and the text unless it is inline. `ESRCH` when the interpreter
    /// does not run, `EBUSY` when too many texts wait for it, `EEXIST` as above.
    Run {
        /// The operation.
        key: String,
        /// The operation of the interpreter.
        interpreter: String,
        /// The text; none when it travels as a descriptor of a file.
        text: Option<String>,
        /// Bounds of the operation.
        limits: Limits,
    },
    /// Rings a bell, which travels along, for an operation from now on. Answered with the descriptor of its input, if it
    /// has one. `ENOENT` when there is no such operation.
    Attach {
        /// The operation.
        key: String,
    },
    /// Sends a signal to an operation's process group; of an interpreter and its texts, to everything that it has started, and
    /// to itself when it is to be [signalled](Interpreter::is_signalled).
    Signal {
        /// The operation.
        key: String,
        /// The number, as in `signal(7)`.
        signal: i32,
    },
    /// Closes the supervisor's end of an operation's input.
    CloseInput {
        /// The operation.
        key: String,
    },
    /// Says how much of a journal was taken, so that an operation with a window may go on. Not answered.
    Taken {
        /// The operation.
        key: String,
        /// Bytes of the journal.
        bytes: u64,
    },
    /// Kills an operation's process and everything it started; with a text, its interpreter too. Answered when nothing of
    /// it runs any more.
    Kill {
        /// The operation.
        key: String,
    },
    /// Says how long the sandbox is to live without a host from now on.
    Adopt {
        /// In seconds.
        orphan_seconds: u32,
    },
    /// Stops every process of the workload, until [`Ask::Thaw`], the end of this connection, or the time given: so that its
    /// files stand still while somebody looks. Answered when all have stopped; `EBUSY` when they are stopped already, `EAGAIN`
    /// when something in the sandbox starts processes faster than they can be stopped.
    Freeze {
        /// In milliseconds.
        most_ms: u64,
    },
    /// Lets what [`Ask::Freeze`] has stopped go on.
    Thaw,
    /// Asks what runs. Answered by [`Report::Described`].
    Describe,
    /// Ends the sandbox and everything in it. Not answered: the connection closes.
    Shutdown,
    /// Opens a path. Answered with the descriptor; one that only stands for the file (`O_PATH`) when it is neither a regular
    /// file nor a folder, or part of the process table. When a descriptor of a folder travels along, the path is one name in
    /// it, and no link.
    Open {
        /// Absolute path.
        path: Vec<u8>,
        /// What for.
        access: Access,
    },
    /// Finds the path without links, `.` and `..`. Answered with it; `EILSEQ` when it is not UTF-8.
    Canonical {
        /// Absolute path.
        path: Vec<u8>,
    },
    /// Makes a folder and its parents, if missing.
    MakeFolders {
        /// Absolute path.
        path: Vec<u8>,
    },
    /// Begins a file. Answered with a descriptor to write to. `EISDIR` when the path names a folder, `ENOTSUP` when it
    /// names something else that is no file.
    Create {
        /// Absolute path.
        path: Vec<u8>,
        /// What becomes of what is there.
        existing: Existing,
        /// Permission bits; none for those of the file that is replaced.
        mode: Option<u32>,
        /// Whether missing parent folders are made.
        parents: bool,
    },
    /// Gives a begun file, whose descriptor travels along, its name. Fails as above.
    Publish {
        /// Absolute path.
        path: Vec<u8>,
        /// What becomes of what is there.
        existing: Existing,
    },
    /// Gives a begun file up, whose descriptor travels along.
    Discard,
    /// Renames a file or folder.
    Rename {
        /// Absolute path.
        from: Vec<u8>,
        /// Absolute path.
        to: Vec<u8>,
        /// Whether a file or an empty folder there is replaced.
        replace: bool,
    },
    /// Removes a file, an empty folder, or a folder with everything in it. `EAGAIN` when `most` were removed and there is
    /// more.
    Remove {
        /// Absolute path.
        path: Vec<u8>,
        /// How many entries of the folder are removed before this is answered; none for a file or an empty folder.
        most: Option<u32>,
    },
    /// Watches a folder. Answered with a descriptor as of `inotify(7)`.
    Watch {
        /// Absolute path.
        path: Vec<u8>,
    },
}

/// A process to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Absolute path of the directory it starts in.
    pub cwd: String,
    /// What it reads.
    pub input: Input,
    /// It takes texts on descriptor [`TEXTS`] (a number, a zero byte, a text, a zero byte) and reports each on descriptor
    /// [`STATUS`] (the number, a space, a status, a line feed).
    pub interpreter: Option<Interpreter>,
    /// Its bounds.
    pub limits: Limits,
}

/// How an interpreter is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// Signals for a text go to the interpreter, too: it runs the text itself.
    pub is_signalled: bool,
}

/// The descriptor on which an interpreter reads its texts.
pub const TEXTS: i32 = 200;
/// The descriptor on which an interpreter reports.
pub const STATUS: i32 = 201;
/// The longest text for an interpreter, in bytes.
pub const TEXT_LIMIT: usize = 16 * 1024 * 1024;
/// The longest key of an operation, in bytes: letters, digits, `.`, `_` and `-`.
pub const KEY_LIMIT: usize = 100;

/// What a process reads as its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Nothing.
    Nothing,
    /// A pipe, which hosts write to.
    Pipe,
    /// A terminal of its own, which is its output too.
    Terminal {
        /// Lines of it.
        rows: u16,
        /// Characters of a line.
        columns: u16,
    },
}

/// Bounds of an operation, kept by the supervisor whether or not a host is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock time in milliseconds; then everything that it started is ended.
    pub timeout_ms: Option<u64>,
    /// How long, in milliseconds, `SIGINT` and then `SIGTERM` are given before `SIGKILL`; 0 kills at once.
    pub grace_ms: u64,
    /// Processor time of each process, in seconds (`RLIMIT_CPU`).
    pub cpu_seconds: Option<u64>,
    /// What of each output goes into the journal.
    pub keep: Keep,
}

/// What of an output goes into the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// So many bytes: two thirds from the beginning, the rest from the end. The workload never waits.
    Ends {
        /// In bytes, of each stream.
        bytes: u64,
    },
    /// Everything; but the workload waits when more than so many bytes were not [taken](Ask::Taken). What was taken is
    /// given back to the disk.
    Window {
        /// In bytes, of the journal.
        bytes: u64,
    },
}

/// Returns whether `key` can name an operation: so that it can name a file, too.
pub fn is_key(key: &str) -> bool {
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=KEY_LIMIT).contains(&key.len()) && !key.starts_with('.') && key.bytes().all(of_key)
}

/// What a path is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// To ask what it is.
    Inspect,
    /// To read a file or list a folder.
    Read,
}

/// What becomes of something that has the name of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Existing {
    /// It stays: `EEXIST`.
    Keep,
    /// It is replaced, be it a file or a symbolic link.
    Replace,
    /// A file is replaced; where a symbolic link leads, the file is made or replaced.
    Follow,
}

/// What launcher and supervisor tell a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// Process 1 was cloned; from the launcher.
    Cloned {
        /// Its id, as the launcher sees it.
        pid: i32,
    },
    /// The sandbox is ready.
    Ready,
    /// It could not be made; this is the last message.
    Failed(Failure),
    /// The answer to a request.
    Done {
        /// The id of the request.
        id: u64,
        /// 0, or why not, as in `errno(3)`.
        errno: i32,
        /// The canonical path, where it was asked for.
        path: Option<String>,
    },
    /// What runs.
    Described {
        /// The id of the request.
        id: u64,
        /// Hosts that are connected, observers not counted.
        hosts: u32,
        /// Operations that run, with the texts that interpreters work on: the first hundred.
        running: Vec<String>,
        /// How many there are in all.
        count: u32,
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
    /// Making control groups and setting limits.
    Limits,
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
