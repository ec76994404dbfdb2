//! Giving up: after this, neither process 1 nor anything it starts can do more than a workload may.

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};
use skilled_supervisor::{Failure, Plan, Stage};

use crate::InStep as _;
use crate::sys;

/// Applies what remains of `plan` once the root is made, the filters last.
pub(crate) fn apply(plan: &Plan) -> Result<(), Failure> {
    sys::set_hostname(&plan.hostname).in_step(Stage::Namespaces, || "set the host name".to_owned())?;
    socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
        .and_then(|socket| sys::raise_loopback(std::os::fd::AsFd::as_fd(&socket)))
        .in_step(Stage::Namespaces, || "bring the loopback interface up".to_owned())?;
    // Nobody without a privilege may raise what the host has limited (setrlimit(2)).
    let open_files =
        getrlimit(Resource::Nofile).maximum.map_or(plan.open_files, |most| most.min(plan.open_files));
    let limits = [(Resource::Core, 0), (Resource::Nofile, open_files)];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })
            .in_step(Stage::Privileges, || format!("limit {resource:?}"))?;
    }
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
