//! The filter of system calls: what is not listed does not exist (`ENOSYS`).
//!
//! The list is what programs, interpreters and office suites use. Deliberately absent: everything that makes or enters
//! namespaces or mounts, `clone3` (its flags cannot be inspected; C libraries fall back to `clone`), tracing and reading
//! other processes' memory, kernel keys, modules, BPF, performance counters, `io_uring`, `userfaultfd`, file handles,
//! clocks, swap, quotas and the kernel's log; and asynchronous requests of the old kind, of which the whole machine has a
//! fixed number. Sockets are Unix, TCP and UDP ones only: `AF_VSOCK` and `AF_NETLINK` are not contained by a network
//! namespace.

mod program;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libc::c_long;
use skilled_supervisor::BpfInstruction;

use program::{Condition, Op, Rule};

/// `CLONE_NEWNS`, `NEWCGROUP`, `NEWUTS`, `NEWIPC`, `NEWUSER`, `NEWPID`, `NEWNET` (`clone(2)`).
const NEW_NAMESPACES: u32 = 0x7E02_0000;
/// The bits of a socket's type that are not flags (`socket(2)`).
const SOCKET_TYPE: u32 = 0xF;

/// Returns the filter, which is compiled once.
pub(crate) fn filter() -> Vec<BpfInstruction> {
    static FILTER: LazyLock<Vec<BpfInstruction>> = LazyLock::new(compiled);
    FILTER.clone()
}

fn compiled() -> Vec<BpfInstruction> {
    let always = ALLOWED.iter().chain(ALLOWED_BY_ARCH).map(|call| (*call, Vec::new()));
    let rules: BTreeMap<u32, Vec<Rule>> =
        always.chain(conditional()).map(|(call, rules)| (call as u32, rules)).collect();
    program::compile(&rules)
}

/// System calls that are allowed with some arguments. The rules of a call are alternatives.
fn conditional() -> Vec<(c_long, Vec<Rule>)> {
    let rule = |conditions: &[(u8, Op, u32)]| -> Rule {
        let condition =
            |(argument, op, value): &(u8, Op, u32)| Condition { argument: *argument, op: *op, value: *value };
        conditions.iter().map(condition).collect()
    };
    // Each kind of socket with its protocol: others are code of their own, which the kernel may load for them (SCTP,
    // multipath TCP, L2TP, ping). 0 is the kind's usual one.
    let sockets = [
        (libc::AF_UNIX, libc::SOCK_STREAM, &[0][..]),
        (libc::AF_UNIX, libc::SOCK_DGRAM, &[0]),
        (libc::AF_UNIX, libc::SOCK_SEQPACKET, &[0]),
        (libc::AF_INET, libc::SOCK_STREAM, &[0, libc::IPPROTO_TCP]),
        (libc::AF_INET, libc::SOCK_DGRAM, &[0, libc::IPPROTO_UDP]),
        (libc::AF_INET6, libc::SOCK_STREAM, &[0, libc::IPPROTO_TCP]),
        (libc::AF_INET6, libc::SOCK_DGRAM, &[0, libc::IPPROTO_UDP]),
    ]
    .into_iter()
    .flat_map(|(family, kind, protocols)| protocols.iter().map(move |protocol| (family, kind, *protocol)))
    .map(|(family, kind, protocol)| {
        rule(&[
            (0, Op::Eq, family as u32),
            (1, Op::MaskedEq(SOCKET_TYPE), kind as u32),
            (2, Op::Eq, protocol as u32),
        ])
    })
    .collect();
    vec![
        (libc::SYS_clone, vec![rule(&[(0, Op::MaskedEq(NEW_NAMESPACES), 0)])]),
        (libc::SYS_socket, sockets),
        (libc::SYS_socketpair, vec![rule(&[(0, Op::Eq, libc::AF_UNIX as u32)])]),
        // A process's own limits; those of process 1, which has the same user, are not the workload's.
        (libc::SYS_prlimit64, vec![rule(&[(0, Op::Eq, 0)])]),
        // Putting words into a terminal's mouth, and giving it a driver for modems or buses.
        (
            libc::SYS_ioctl,
            vec![rule(&[
                (1, Op::Ne, libc::TIOCSTI as u32),
                (1, Op::Ne, TIOCLINUX),
                (1, Op::Ne, libc::TIOCSETD as u32),
            ])],
        ),
        // A process's own priority. That of process 1 and the runners, which have the same user, is what their time is kept by:
        // beside a workload that makes them wait for an idle processor, no timeout would ever come. Nobody's can be raised
        // again. (Threads may be given the usual policy, as libraries do, and processors.)
        (libc::SYS_setpriority, vec![rule(&[(0, Op::Eq, libc::PRIO_PROCESS), (1, Op::Eq, 0)])]),
        (libc::SYS_ioprio_set, vec![rule(&[(0, Op::Eq, IOPRIO_WHO_PROCESS), (1, Op::Eq, 0)])]),
        (
            libc::SYS_sched_setscheduler,
            vec![rule(&[(0, Op::Eq, 0)]), rule(&[(1, Op::Eq, libc::SCHED_OTHER as u32)])],
        ),
        (libc::SYS_sched_setattr, vec![rule(&[(0, Op::Eq, 0)])]),
        (libc::SYS_sched_setaffinity, vec![rule(&[(0, Op::Ne, 1)])]),
        // A core that nobody else may run on at the same time (core scheduling) is taken from neighbours.
        (libc::SYS_prctl, vec![rule(&[(0, Op::Ne, PR_SCHED_CORE)])]),
        // Huge pages come from a store that the machine's owner has set aside, and are counted by no limit of memory.
        (libc::SYS_mmap, vec![rule(&[(3, Op::MaskedEq(libc::MAP_HUGETLB as u32), 0)])]),
        (libc::SYS_memfd_create, vec![rule(&[(1, Op::MaskedEq(libc::MFD_HUGETLB), 0)])]),
        (libc::SYS_shmget, vec![rule(&[(2, Op::MaskedEq(libc::SHM_HUGETLB as u32), 0)])]),
        // Asking, and the plain Linux personality.
        (libc::SYS_personality, vec![rule(&[(0, Op::Eq, 0)]), rule(&[(0, Op::Eq, u32::MAX)])]),
    ]
}

/// `prctl(2)`, Linux 5.14.
const PR_SCHED_CORE: u32 = 62;
/// `ioprio_set(2)`.
const IOPRIO_WHO_PROCESS: u32 = 1;
/// `ioctl_console(2)`; missing in `libc` for some targets.
const TIOCLINUX: u32 = 0x541C;

#[rustfmt::skip]
const ALLOWED: &[c_long] = &[
    // Files.
    libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_pwrite64,
    libc::SYS_preadv, libc::SYS_pwritev, libc::SYS_preadv2, libc::SYS_pwritev2, libc::SYS_openat, libc::SYS_openat2,
    libc::SYS_close, libc::SYS_close_range, libc::SYS_lseek, libc::SYS_fstat, libc::SYS_statx, libc::SYS_newfstatat,
    libc::SYS_statfs, libc::SYS_fstatfs, libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_fchmod, libc::SYS_fchmodat,
    libc::SYS_fchmodat2, libc::SYS_fchown, libc::SYS_fchownat, libc::SYS_truncate, libc::SYS_ftruncate,
    libc::SYS_fallocate, libc::SYS_fadvise64, libc::SYS_readahead, libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_sync,
    libc::SYS_syncfs, libc::SYS_sync_file_range, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_chdir,
    libc::SYS_fchdir, libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_unlinkat, libc::SYS_linkat, libc::SYS_symlinkat,
    libc::SYS_readlinkat, libc::SYS_renameat2, libc::SYS_utimensat, libc::SYS_umask, libc::SYS_flock, libc::SYS_fcntl,
    libc::SYS_dup, libc::SYS_dup3, libc::SYS_pipe2, libc::SYS_splice, libc::SYS_tee, libc::SYS_vmsplice,
    libc::SYS_sendfile, libc::SYS_copy_file_range, libc::SYS_getxattr, libc::SYS_lgetxattr, libc::SYS_fgetxattr,
    libc::SYS_setxattr, libc::SYS_lsetxattr, libc::SYS_fsetxattr, libc::SYS_listxattr, libc::SYS_llistxattr,
    libc::SYS_flistxattr, libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_fremovexattr,
    libc::SYS_inotify_init1, libc::SYS_inotify_add_watch, libc::SYS_inotify_rm_watch,
    // Waiting.
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2, libc::SYS_eventfd2, libc::SYS_signalfd4, libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime,
    // Memory.
    libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_brk,
    libc::SYS_mincore, libc::SYS_msync, libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_munlock, libc::SYS_mlockall,
    libc::SYS_munlockall, libc::SYS_membarrier, libc::SYS_pkey_alloc, libc::SYS_pkey_free, libc::SYS_pkey_mprotect,
    // Processes and threads.
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_exit, libc::SYS_exit_group, libc::SYS_wait4, libc::SYS_waitid,
    libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal,
    libc::SYS_getpid, libc::SYS_getppid, libc::SYS_gettid, libc::SYS_getpgid, libc::SYS_setpgid, libc::SYS_getsid,
    libc::SYS_setsid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getegid, libc::SYS_getresuid,
    libc::SYS_getresgid, libc::SYS_getgroups, libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setreuid,
    libc::SYS_setregid, libc::SYS_setresuid, libc::SYS_setresgid, libc::SYS_setfsuid, libc::SYS_setfsgid,
    libc::SYS_setgroups, libc::SYS_capget, libc::SYS_capset, libc::SYS_seccomp,
    libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self,
    libc::SYS_set_tid_address, libc::SYS_set_robust_list, libc::SYS_get_robust_list, libc::SYS_rseq, libc::SYS_futex,
    libc::SYS_futex_waitv, libc::SYS_getpriority, libc::SYS_ioprio_get, libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity, libc::SYS_sched_getparam, libc::SYS_sched_setparam, libc::SYS_sched_getscheduler,
    libc::SYS_sched_getattr, libc::SYS_sched_get_priority_max, libc::SYS_sched_get_priority_min,
    libc::SYS_sched_rr_get_interval, libc::SYS_getcpu, libc::SYS_getrlimit, libc::SYS_setrlimit,
    libc::SYS_getrusage, libc::SYS_times, libc::SYS_restart_syscall,
    // Signals and time.
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigpending, libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo, libc::SYS_rt_sigsuspend, libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack, libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep, libc::SYS_gettimeofday, libc::SYS_getitimer, libc::SYS_setitimer, libc::SYS_timer_create,
    libc::SYS_timer_settime, libc::SYS_timer_gettime, libc::SYS_timer_getoverrun, libc::SYS_timer_delete,
    // Sockets, once made.
    libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4, libc::SYS_connect, libc::SYS_getsockname,
    libc::SYS_getpeername, libc::SYS_sendto, libc::SYS_recvfrom, libc::SYS_sendmsg, libc::SYS_recvmsg,
    libc::SYS_sendmmsg, libc::SYS_recvmmsg, libc::SYS_shutdown, libc::SYS_setsockopt, libc::SYS_getsockopt,
    // System V and POSIX objects of the sandbox's own namespace.
    libc::SYS_shmat, libc::SYS_shmdt, libc::SYS_shmctl, libc::SYS_semget, libc::SYS_semop,
    libc::SYS_semtimedop, libc::SYS_semctl, libc::SYS_msgget, libc::SYS_msgsnd, libc::SYS_msgrcv, libc::SYS_msgctl,
    libc::SYS_mq_open, libc::SYS_mq_unlink, libc::SYS_mq_timedsend, libc::SYS_mq_timedreceive, libc::SYS_mq_notify,
    libc::SYS_mq_getsetattr,
    // The rest.
    libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_getrandom,
];

/// Older forms that only this architecture has.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const ALLOWED_BY_ARCH: &[c_long] = &[
    libc::SYS_arch_prctl, libc::SYS_open, libc::SYS_creat, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access,
    libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_mkdir, libc::SYS_mknod, libc::SYS_rmdir,
    libc::SYS_unlink, libc::SYS_link, libc::SYS_symlink, libc::SYS_readlink, libc::SYS_rename, libc::SYS_renameat,
    libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat, libc::SYS_dup2, libc::SYS_pipe, libc::SYS_getdents,
    libc::SYS_poll, libc::SYS_select, libc::SYS_epoll_create, libc::SYS_epoll_wait, libc::SYS_eventfd,
    libc::SYS_signalfd, libc::SYS_inotify_init, libc::SYS_fork, libc::SYS_vfork, libc::SYS_getpgrp, libc::SYS_pause,
    libc::SYS_alarm, libc::SYS_time,
];

/// Older forms that only this architecture has.
#[cfg(target_arch = "aarch64")]
const ALLOWED_BY_ARCH: &[c_long] = &[libc::SYS_renameat];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_both_always_and_conditionally() {
        let conditional = conditional();
        for (call, rules) in &conditional {
            assert!(
                !ALLOWED.contains(call) && !ALLOWED_BY_ARCH.contains(call) && !rules.is_empty(),
                "{call}"
            );
        }
    }

    /// What the kernel of the tests has, `tests/it/syscalls.rs` tries.
    #[test]
    fn what_not_every_kernel_has_is_not_allowed_either() {
        for call in [
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_delete_module,
            libc::SYS_kexec_load,
            libc::SYS_memfd_secret,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_iopl,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_ioperm,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_modify_ldt,
        ] {
            assert!(!ALLOWED.contains(&call) && !ALLOWED_BY_ARCH.contains(&call), "{call}");
        }
    }

    #[test]
    fn the_program_fits_the_kernel() {
        // BPF_MAXINSNS of linux/bpf_common.h.
        let length = filter().len();
        assert!((100..=4096).contains(&length), "{length}");
    }
}
