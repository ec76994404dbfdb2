//! Giving up: after this, neither process 1 nor anything it starts can do more than a workload may.

use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};
use skilled_supervisor::{self as protocol, Failure, Plan, Stage};

use crate::InStep as _;
use crate::sys;

/// What binds the workload alone: process 1 must be able to fork, to write journals of any length and to reach all of them
/// when the workload has used up everything.
static WORKLOAD: OnceLock<Vec<(Resource, u64)>> = OnceLock::new();

/// Keeps limits for [`bind_workload`]. Only the first call counts.
pub(crate) fn keep_for_workload(limits: &[(protocol::Rlimit, u64)]) {
    let kept = limits.iter().map(|(limit, value)| {
        let resource = match limit {
            protocol::Rlimit::Data => Resource::Data,
            protocol::Rlimit::Processes => Resource::Nproc,
            protocol::Rlimit::FileSize => Resource::Fsize,
            protocol::Rlimit::OpenFiles => Resource::Nofile,
            protocol::Rlimit::PendingSignals => Resource::Sigpending,
            protocol::Rlimit::MessageQueues => Resource::Msgqueue,
        };
        (resource, *value)
    });
    WORKLOAD.get_or_init(|| kept.collect());
}

/// Limits this process and all that it will start. Last before exec.
pub(crate) fn bind_workload() -> Result<(), Errno> {
    for (resource, limit) in WORKLOAD.get().into_iter().flatten() {
        // Nobody without a privilege may raise what the host has limited (setrlimit(2)).
        let limit = getrlimit(*resource).maximum.map_or(*limit, |most| most.min(*limit));
        setrlimit(*resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    Ok(())
}

/// Applies what remains of `plan` once the root is made, the filters last.
pub(crate) fn apply(plan: &Plan) -> Result<(), Failure> {
    sys::set_hostname(&plan.hostname).in_step(Stage::Namespaces, || "set the host name".to_owned())?;
    socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
        .and_then(|socket| sys::raise_loopback(std::os::fd::AsFd::as_fd(&socket)))
        .in_step(Stage::Namespaces, || "bring the loopback interface up".to_owned())?;
    // No core file: it would be shorter than a page. And no handler of the host's, which a limit of 0 does not stop when it
    // is behind a pipe; 1 does (core(5), do_coredump of the kernel). No priority over others, whatever the user may have.
    for (resource, most) in [(Resource::Core, 1), (Resource::Rtprio, 0), (Resource::Nice, 0)] {
        let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .in_step(Stage::Privileges, || format!("limit {resource:?}"))?;
    }
    // Process 1 holds descriptors for all operations at once.
    let open_files = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: open_files, maximum: open_files })
        .in_step(Stage::Privileges, || "raise the limit of open files".to_owned())?;
    drop_capabilities().in_step(Stage::Privileges, || "drop the capabilities".to_owned())?;
    set_no_new_privs(true).in_step(Stage::Privileges, || "forbid new privileges".to_owned())?;
    // Nobody inside may read this process's memory, descriptors or environment (proc(5)).
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .in_step(Stage::Privileges, || "close this process to others".to_owned())?;
    for filter in &plan.filters {
        sys::install_filter(filter)
            .in_step(Stage::Filters, || "install a filter of system calls".to_owned())?;
    }
    Ok(())
}

/// Empties all five sets: what leaves the permitted and the inheritable set leaves the ambient one (capabilities(7)).
fn drop_capabilities() -> Result<(), Errno> {
    // Numbers above the kernel's last capability are invalid, which ends the loop.
    for number in 0..64 {
        match remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number)) {
            Ok(()) => {}
            Err(Errno::INVAL) => break,
            Err(error) => return Err(error),
        }
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}
