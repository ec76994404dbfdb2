//! The launcher: makes the namespaces, hands the child over to [`crate::rootfs`] and [`crate::supervise`], and waits.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, set_parent_process_death_signal, setsid,
    waitpid,
};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use skilled_supervisor::{
    Containment, Failure, Identity, Isolation, Launch, MESSAGE_LIMIT, Plan, ReceiveError, Report, Setting,
    Stage, VERSION, receive, send,
};

use crate::cgroup::{Groups, enter};
use crate::rootfs::HostMounts;
use crate::supervise::Ground;
use crate::sys::{self, Side};
use crate::{InStep as _, confine, late, rootfs, supervise, watch};

/// Everything that can be its own, with the launcher's IPC objects: about half a millisecond, of which the network is half.
const NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// What the launcher says to let process 1 go on.
const PASS: u8 = 1;

/// How long a sandbox lives before it gets the groups that can wait.
const SHORT_LIFE: Duration = Duration::from_millis(20);

/// Takes the launch message from standard input and makes what it asks for. Returns when the sandbox has ended.
pub(crate) fn run() -> Result<(), Failure> {
    let host = take_socket()?;
    // A session of its own. In the host's, the host's death would orphan the group of launcher, supervisor and runners, and
    // one stopped runner would bring SIGHUP to all of them (setpgid(2)).
    setsid().in_step(Stage::Protocol, || "leave the session of the host".to_owned())?;
    // Files and folders made here are the workload's, whatever the user's own mask is.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let result = launch(&host);
    if let Err(failure) = &result {
        // When the host is gone too, nobody is left to tell.
        let _ = send(&host, &Report::Failed(failure.clone()), &[]);
    }
    result
}

/// Moves the socket away from the descriptors that workloads use, and puts `/dev/null` there.
fn take_socket() -> Result<OwnedFd, Failure> {
    let given = sys::take_standard_input();
    let step = || "take the socket".to_owned();
    // What the host has left open by mistake is nobody's business here. From now on everything is opened to be closed
    // on exec.
    sys::close_from(3).in_step(Stage::Protocol, step)?;
    let socket = rustix::io::fcntl_dupfd_cloexec(&given, 100).in_step(Stage::Protocol, step)?;
    drop(given);
    let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()).in_step(Stage::Protocol, step)?;
    // It took the lowest number, 0, and must stay there for good.
    std::mem::forget(null);
    Ok(socket)
}

fn launch(host: &OwnedFd) -> Result<(), Failure> {
    let protocol = |step: &str| Failure {
        stage: Stage::Protocol,
        step: step.to_owned(),
        errno: Errno::PROTO.raw_os_error(),
    };
    let (launch, fds) = receive::<Launch>(host, &mut vec![0; MESSAGE_LIMIT])
        .map_err(|error| protocol(&format!("read the plan: {error}")))?;
    if launch.version != VERSION {
        return Err(protocol("agree on the protocol's version"));
    }
    let mut fds = fds.into_iter();
    let (Some(listener), Some(folder), binder) = (fds.next(), fds.next(), fds.next()) else {
        return Err(protocol("take the sandbox's socket and its folder of journals"));
    };
    let binder = binder.filter(|_| launch.late);
    let again = |fd: &OwnedFd| {
        rustix::io::fcntl_dupfd_cloexec(fd, 0).in_step(Stage::Protocol, || "copy a descriptor".to_owned())
    };
    let orphan = Duration::from_secs(launch.orphan_seconds.into());
    let ground = Ground { host: again(host)?, listener, folder: again(&folder)?, orphan };
    confine::keep_for_workload(&launch.containment.rlimits);
    match launch.isolation {
        Isolation::None => supervise::run(ground),
        Isolation::Namespaces(plan) => isolate(ground, &plan, &launch.containment, host, &folder, binder),
    }
}

/// Makes process 1, takes it in, and waits for its end. The child goes on in there and never returns.
fn isolate(
    ground: Ground,
    plan: &Plan,
    containment: &Containment,
    host: &OwnedFd,
    folder: &OwnedFd,
    binder: Option<OwnedFd>,
) -> Result<(), Failure> {
    let mut groups = Groups::begin(&containment.groups)?;
    let mounts = leave_host(plan, &containment.ipc)?;
    let (gate, opener) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .in_step(Stage::Namespaces, || "make a pair of sockets".to_owned())?;
    let namespaces = || "make the namespaces of the sandbox".to_owned();
    match sys::clone_with(NAMESPACES, groups.birthplace()).in_step(Stage::Namespaces, namespaces)? {
        Side::Child => {
            // They are the launcher's to remove.
            std::mem::forget(groups);
            drop((opener, binder));
            become_supervisor(ground, plan, mounts, gate)
        }
        Side::Parent(child) => {
            // Hosts must find nobody at the socket once process 1 is gone.
            drop((mounts, ground, gate));
            let pid = child.as_raw_nonzero().get();
            let door = binder
                .map(|binder| late::Door::open(child, binder))
                .transpose()
                .inspect_err(|_| end(child))?;
            let open_gate = |groups: &[OwnedFd]| {
                let groups: Vec<_> = groups.iter().map(AsFd::as_fd).collect();
                send(&opener, &PASS, &groups).in_step(Stage::Namespaces, || "open the gate".to_owned())
            };
            send(host, &Report::Cloned { pid }, &[])
                .in_step(Stage::Protocol, || "tell the host of process 1".to_owned())
                .and_then(|()| map_ids(child, &plan.identity))
                .and_then(|()| open_gate(&[]))
                // While process 1 makes its root, on another processor.
                .and_then(|()| groups.prepare())
                .and_then(|groups| open_gate(&groups))
                .inspect_err(|_| end(child))?;
            drop(opener);
            // What is over at once needs no share of the processors. One that waits for its session does wait.
            if door.is_some() || !ends_within(child, SHORT_LIFE) {
                groups.take_in_late(child);
            }
            let late = door.and_then(|door| late::attend(child, &plan.identity, &door));
            if let Some(watch) = late.as_ref().or(containment.watch.as_ref()) {
                watch::until_end(child, watch, folder, || groups.sweep());
            }
            wait_for_end(child, folder);
            let kills = groups.kills();
            drop(groups);
            if kills > 0 {
                // The groups told of them until now.
                watch::note(folder, "kills", kills);
            }
            Ok(())
        }
    }
}

/// Moves to a mount namespace of the launcher's own, so that no mount made here is seen outside, and takes copies of the
/// mounts that the plan wants. An ordinary user needs a user namespace for that, too.
///
/// The copies are taken here, not in the sandbox: there, as another user, the way to them may be closed. The IPC namespace
/// is made here, too, for the sandbox: its limits are set by who is root where it was made, and nobody is in there.
fn leave_host(plan: &Plan, ipc: &[Setting]) -> Result<HostMounts, Failure> {
    let Identity { outside_uid, outside_gid, privileged, .. } = plan.identity;
    let step = || "leave the mounts of the host".to_owned();
    if privileged {
        sys::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWIPC).in_step(Stage::Namespaces, step)?;
        // What root's other groups may read is not the workload's business.
        set_thread_groups(&[]).in_step(Stage::Namespaces, step)?;
    } else {
        sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWIPC)
            .in_step(Stage::Namespaces, step)?;
        let map = |file: &str, line: String| {
            fs::write(format!("/proc/self/{file}"), line)
                .in_step(Stage::Namespaces, || format!("write /proc/self/{file}"))
        };
        map("setgroups", "deny".to_owned())?;
        map("uid_map", format!("0 {outside_uid} 1"))?;
        map("gid_map", format!("0 {outside_gid} 1"))?;
    }
    for Setting { file, value, optional } in ipc {
        let written = fs::write(format!("/proc/sys/{file}"), value);
        if !optional {
            written.in_step(Stage::Limits, || format!("write {value} to /proc/sys/{file}"))?;
        }
    }
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .in_step(Stage::Namespaces, step)?;
    HostMounts::take(&plan.steps)
}

/// Gives the child its one user and its one group.
fn map_ids(child: Pid, identity: &Identity) -> Result<(), Failure> {
    // For an ordinary user the parent namespace is the launcher's, where everything is 0.
    let (uid, gid) = if identity.privileged { (identity.outside_uid, identity.outside_gid) } else { (0, 0) };
    let inside = identity.inside;
    let map = |file: &str, line: String| {
        fs::write(format!("/proc/{}/{file}", child.as_raw_nonzero()), line)
            .in_step(Stage::Namespaces, || format!("write the sandbox's {file} ({uid}:{gid})"))
    };
    map("setgroups", "deny".to_owned())?;
    map("uid_map", format!("{inside} {uid} 1"))?;
    map("gid_map", format!("{inside} {gid} 1"))
}

/// Waits for the end of process 1, and notes it unless process 1 did. Nothing is reported from here: whoever is connected to
/// process 1 sees its end.
fn wait_for_end(child: Pid, folder: &OwnedFd) {
    let status = loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            Ok(ended) => break ended.map(|(_, status)| status),
            Err(_) => break None,
        }
    };
    if let Some(signal) = status.and_then(rustix::process::WaitStatus::terminating_signal) {
        supervise::note_end(folder, &format!("its first process was killed by signal {signal}"));
    }
}

/// Waits for the end of process 1, which is still to be waited for, but not longer than `time`. Returns whether it came.
fn ends_within(child: Pid, time: Duration) -> bool {
    let Ok(handle) = pidfd_open(child, PidfdFlags::empty()) else { return false };
    let mut polled = [PollFd::new(&handle, PollFlags::IN)];
    poll(&mut polled, Some(&supervise::timespec(time))).is_ok_and(|ready| ready > 0)
}

fn end(child: Pid) {
    let _ = kill_process(child, Signal::KILL);
    let _ = waitpid(Some(child), WaitOptions::empty());
}

/// Goes on as process 1 of the sandbox. Never returns.
fn become_supervisor(ground: Ground, plan: &Plan, mounts: HostMounts, gate: OwnedFd) -> ! {
    if let Err(failure) = make_sandbox(plan, mounts, gate) {
        let _ = send(&ground.host, &Report::Failed(failure), &[]);
        std::process::exit(1)
    }
    std::process::exit(i32::from(supervise::run(ground).is_err()))
}

fn make_sandbox(plan: &Plan, mounts: HostMounts, gate: OwnedFd) -> Result<(), Failure> {
    let step = || "take the sandbox's identity".to_owned();
    pass(&gate).in_step(Stage::Namespaces, step)?;
    let (uid, gid) =
        (rustix::fs::Uid::from_raw(plan.identity.inside), rustix::fs::Gid::from_raw(plan.identity.inside));
    set_thread_res_gid(gid, gid, gid).in_step(Stage::Namespaces, step)?;
    set_thread_res_uid(uid, uid, uid).in_step(Stage::Namespaces, step)?;
    // Only now: changing ids clears it (prctl(2)).
    set_parent_process_death_signal(Some(Signal::KILL)).in_step(Stage::Namespaces, step)?;
    rootfs::make(&plan.steps, mounts)?;
    // Nothing of the workload may begin before it is bounded.
    let groups = pass(&gate).in_step(Stage::Limits, || "wait for the sandbox's limits".to_owned())?;
    enter(&groups).in_step(Stage::Limits, || "enter the sandbox's control groups".to_owned())?;
    drop((gate, groups));
    confine::apply(plan)
}

/// Waits until the launcher lets process 1 go on, and takes what comes with that. Fails when it is gone: nobody would wait for
/// this process.
fn pass(gate: &OwnedFd) -> Result<Vec<OwnedFd>, Errno> {
    match receive::<u8>(gate, &mut [0; 16]) {
        Ok((_, groups)) => Ok(groups),
        Err(ReceiveError::System(errno)) => Err(errno),
        Err(ReceiveError::Closed | ReceiveError::Malformed) => Err(Errno::PIPE),
    }
}
