//! Who the workload is on the host.

use std::fs;

use rustix::thread::{CapabilitySet, capabilities};
use skilled_supervisor::Identity;

/// What the workload sees itself as.
pub(crate) const INSIDE: u32 = 1000;
/// Who it is on the host when root makes the sandbox: an id that nobody else uses (`SKLD` in ASCII). Not root, whose
/// processes are exempt from limits (`setrlimit(2)`, RLIMIT_NPROC), and who owns too much.
const OF_ROOT: u32 = 0x534B_4C44;

/// Returns who workloads of this process are.
pub(crate) fn identity() -> Identity {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let needed =
        CapabilitySet::SYS_ADMIN | CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::CHOWN;
    let has_all = capabilities(None).is_ok_and(|sets| sets.effective.contains(needed));
    let privileged = uid == 0 && has_all && ["uid_map", "gid_map"].into_iter().all(|map| knows(map, OF_ROOT));
    if privileged {
        return Identity { inside: INSIDE, outside_uid: OF_ROOT, outside_gid: OF_ROOT, privileged };
    }
    Identity { inside: INSIDE, outside_uid: uid, outside_gid: gid, privileged }
}

/// Returns who owns the files of a workload on the host, user and group; none when it is the user of this process.
pub fn workload_owner() -> Option<(u32, u32)> {
    let Identity { outside_uid, outside_gid, privileged, .. } = identity();
    privileged.then_some((outside_uid, outside_gid))
}

/// Returns whether `id` exists in this process's user namespace (`user_namespaces(7)`).
fn knows(map: &str, id: u32) -> bool {
    let Ok(map) = fs::read_to_string(format!("/proc/self/{map}")) else { return false };
    map.lines().any(|line| {
        let mut numbers = line.split_ascii_whitespace().filter_map(|word| word.parse::<u64>().ok());
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(first), Some(_), Some(count)) => (first..first + count).contains(&u64::from(id)),
            _ => false,
        }
    })
}
