//! The embedded supervisor, and how it is started.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Stdio;
use std::sync::OnceLock;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use tokio::process::{Child, Command};

/// The static executable, built by `build.rs`.
static SUPERVISOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/skilled-supervisor"));
/// `F_SEAL_EXEC` (`fcntl(2)`, Linux 6.3).
const EXECUTABLE: SealFlags = SealFlags::from_bits_retain(0x20);
const NAME: &CStr = c"skilled-supervisor";

/// The executable as a sealed file in memory, made once: nobody can change what is about to be executed.
fn image() -> io::Result<&'static OwnedFd> {
    static IMAGE: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(image) = IMAGE.get() {
        return Ok(image);
    }
    let fd = memfd_create(NAME, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut rest = SUPERVISOR;
    while !rest.is_empty() {
        let written = rustix::io::write(&fd, rest)?;
        rest = &rest[written..];
    }
    fcntl_add_seals(&fd, SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
    // Nor may its owner, who is the workload's user where that is an ordinary one, take the right to execute it away:
    // whoever runs `/proc/self/exe` in a sandbox can reach it. Older kernels (before 6.3) do not know the seal.
    let _ = fcntl_add_seals(&fd, EXECUTABLE);
    fcntl_add_seals(&fd, SealFlags::SEAL)?;
    Ok(IMAGE.get_or_init(|| fd))
}

/// Starts a launcher that talks over `socket`. Its environment is empty. It ends everything when the socket is closed;
/// killing it instead would take from the supervisor the time to.
pub(crate) fn start(socket: OwnedFd) -> io::Result<Child> {
    Command::new(format!("/proc/self/fd/{}", image()?.as_raw_fd()))
        .arg0("skilled-supervisor")
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
