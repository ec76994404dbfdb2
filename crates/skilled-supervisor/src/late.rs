//! Binding late: what a sandbox that was made in advance gets when its session comes.
//!
//! The launcher is above the sandbox, so it can still mount there after process 1 has given everything up. It does so once,
//! in a process of its own that enters the sandbox's user and mount namespaces but not its process namespace: nothing in
//! there can see it, let alone take hold of what it has open.

use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use rustix::thread::{set_thread_res_gid, set_thread_res_uid};
use skilled_supervisor::{Bind, Failure, Identity, MESSAGE_LIMIT, Report, Stage, Watch, receive, send};

use crate::InStep as _;
use crate::rootfs::{self, HostMounts};
use crate::sys::{self, Side};

/// The namespaces of a sandbox that is waiting for its session.
pub(crate) struct Door {
    binder: OwnedFd,
    user: OwnedFd,
    mounts: OwnedFd,
}

impl Door {
    /// Takes hold of the namespaces of process 1. It must not have given anything up yet: then it is closed to everybody.
    pub(crate) fn open(process_1: Pid, binder: OwnedFd) -> Result<Self, Failure> {
        let namespace = |name: &str| {
            let path = format!("/proc/{}/ns/{name}", process_1.as_raw_nonzero());
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            rustix::fs::open(&path, flags, Mode::empty())
                .in_step(Stage::Namespaces, || format!("open {path}"))
        };
        Ok(Self { binder, user: namespace("user")?, mounts: namespace("mnt")? })
    }
}

/// Waits for the one message of a sandbox's binder and does what it says. Returns what the launcher is to look after from then on; none
/// when process 1 has ended before, or nobody will ever bind.
pub(crate) fn attend(process_1: Pid, identity: &Identity, door: &Door) -> Option<Watch> {
    let binder = &door.binder;
    let handle = pidfd_open(process_1, PidfdFlags::empty()).ok()?;
    let mut polled = [PollFd::new(&handle, PollFlags::IN), PollFd::new(binder, PollFlags::IN)];
    while poll(&mut polled, None) == Err(Errno::INTR) {}
    if !polled[0].revents().is_empty() {
        return None;
    }
    let (Bind { steps, watch }, _) = receive::<Bind>(binder, &mut vec![0; MESSAGE_LIMIT]).ok()?;
    let bound = HostMounts::take(&steps).and_then(|mounts| enter(door, identity, &steps, mounts));
    // A host that is gone has no session either; the sandbox ends as one without an owner.
    let _ = match bound {
        Ok(()) => send(binder, &Report::Ready, &[]),
        Err(failure) => send(binder, &Report::Failed(failure), &[]),
    };
    watch
}

/// Mounts in the sandbox, in a process of its own.
fn enter(
    door: &Door,
    identity: &Identity,
    steps: &[skilled_supervisor::Step],
    mounts: HostMounts,
) -> Result<(), Failure> {
    let step = || "enter the sandbox".to_owned();
    let (told, teller) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).in_step(Stage::Namespaces, step)?;
    match sys::fork().in_step(Stage::Namespaces, step)? {
        Side::Child => {
            let done = go_in(door, identity).and_then(|()| rootfs::add(steps, mounts));
            let failed = done.is_err();
            if let Err(failure) = done
                && let Ok(bytes) = postcard::to_allocvec(&failure)
            {
                let _ = rustix::io::write(&teller, &bytes);
            }
            std::process::exit(i32::from(failed))
        }
        Side::Parent(child) => {
            drop((teller, mounts));
            let mut bytes = vec![0; 4096];
            let length =
                rustix::io::retry_on_intr(|| rustix::io::read(told.as_fd(), &mut bytes)).unwrap_or(0);
            let status = loop {
                match waitpid(Some(child), WaitOptions::empty()) {
                    Err(Errno::INTR) => {}
                    other => break other.in_step(Stage::Namespaces, step)?,
                }
            };
            if status.is_some_and(|(_, status)| status.exit_status() == Some(0)) {
                return Ok(());
            }
            let unknown = Failure { stage: Stage::Mounts, step: step(), errno: Errno::IO.raw_os_error() };
            let told = bytes.get(..length).and_then(|bytes| postcard::from_bytes(bytes).ok());
            Err(told.unwrap_or(unknown))
        }
    }
}

/// Becomes who made the sandbox's root: the workload's user, with every privilege over the sandbox and none outside.
fn go_in(door: &Door, identity: &Identity) -> Result<(), Failure> {
    let step = || "enter the sandbox's namespaces".to_owned();
    sys::enter_namespace(door.user.as_fd(), libc::CLONE_NEWUSER).in_step(Stage::Namespaces, step)?;
    sys::enter_namespace(door.mounts.as_fd(), libc::CLONE_NEWNS).in_step(Stage::Namespaces, step)?;
    let (uid, gid) = (rustix::fs::Uid::from_raw(identity.inside), rustix::fs::Gid::from_raw(identity.inside));
    set_thread_res_gid(gid, gid, gid).in_step(Stage::Namespaces, step)?;
    set_thread_res_uid(uid, uid, uid).in_step(Stage::Namespaces, step)?;
    rustix::process::chdir("/").in_step(Stage::Namespaces, step)
}
