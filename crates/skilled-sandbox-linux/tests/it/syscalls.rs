//! The filter of system calls. What it stops answers `ENOSYS`, unlike what a missing privilege stops.

use libc::c_long;
use skilled_sandbox_linux::Isolation;

use crate::kit::{Kit, Range};

const NOT_IMPLEMENTED: &str = "Function not implemented";

/// Calls that must not reach the kernel.
#[rustfmt::skip]
const DENIED: &[c_long] = &[
    // Namespaces and mounts.
    libc::SYS_unshare, libc::SYS_setns, libc::SYS_clone3, libc::SYS_mount, libc::SYS_umount2, libc::SYS_pivot_root,
    libc::SYS_chroot, libc::SYS_open_tree, libc::SYS_move_mount, libc::SYS_fsopen, libc::SYS_fsconfig,
    libc::SYS_fsmount, libc::SYS_fspick, libc::SYS_mount_setattr,
    // Other processes.
    libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev, libc::SYS_pidfd_getfd, libc::SYS_kcmp,
    libc::SYS_process_madvise, libc::SYS_process_mrelease, libc::SYS_move_pages, libc::SYS_migrate_pages,
    // Large parts of the kernel with a history.
    libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register, libc::SYS_bpf,
    libc::SYS_perf_event_open, libc::SYS_userfaultfd, libc::SYS_keyctl, libc::SYS_add_key, libc::SYS_request_key,
    libc::SYS_open_by_handle_at, libc::SYS_name_to_handle_at, libc::SYS_fanotify_init, libc::SYS_fanotify_mark,
    // The machine.
    libc::SYS_reboot, libc::SYS_swapon, libc::SYS_swapoff, libc::SYS_syslog, libc::SYS_acct, libc::SYS_quotactl, libc::SYS_sethostname,
    libc::SYS_setdomainname, libc::SYS_settimeofday, libc::SYS_clock_settime, libc::SYS_clock_adjtime,
    libc::SYS_adjtimex, libc::SYS_vhangup, libc::SYS_mbind, libc::SYS_set_mempolicy, libc::SYS_get_mempolicy,
];

/// More of them, which not every kernel has.
const DENIED_WHERE_BUILT: &[c_long] = &[
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
];

#[tokio::test]
async fn calls_that_are_not_listed_do_not_exist() {
    let mut range = Range::new().await;
    let (all, attempt) = attempt(DENIED);
    assert_eq!(range.open.works(&attempt).await, format!("reached {all}\nmissing\n"), "the control");
    assert_eq!(range.inside.works(&attempt).await, format!("reached\nmissing {all}\n"));
    let (all, attempt) = self::attempt(DENIED_WHERE_BUILT);
    assert_eq!(range.inside.works(&attempt).await, format!("reached\nmissing {all}\n"));
}

/// Returns the calls' numbers, and a command that makes them all.
fn attempt(calls: &[c_long]) -> (String, String) {
    let numbers: Vec<String> = calls.iter().map(ToString::to_string).collect();
    // Minus one is an address, a descriptor, a size and a flag that none of them takes.
    let rows: Vec<String> = numbers.iter().map(|number| format!("{number}:-1,-1,-1,-1,-1,-1")).collect();
    (numbers.join(" "), format!("python3 probe.py calls {}", rows.join(" ")))
}

#[tokio::test]
async fn no_namespace_can_be_made() {
    let mut range = Range::new().await;
    for flag in [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ] {
        let attempt = format!("python3 probe.py clone {} {flag}", libc::SYS_clone);
        range.inside.refuses(&attempt, NOT_IMPLEMENTED).await;
        let (status, output) = range.open.run(&attempt).await;
        // The kernel asks for privileges, the filter does not.
        assert!(status == 0 || output.trim() == "refused", "{flag:#x}: {output}");
        // With a user namespace every user may make the others.
        range
            .refused(
                &format!("python3 probe.py clone {} {}", libc::SYS_clone, flag | libc::CLONE_NEWUSER),
                NOT_IMPLEMENTED,
            )
            .await;
    }
    range.inside.works(&format!("python3 probe.py clone {} 0", libc::SYS_clone)).await;
    range.refused("unshare --user --map-root-user true", NOT_IMPLEMENTED).await;
    // The filter cannot see the flags of clone3(2); were it allowed, this would hold.
    range
        .refused(
            "test $(cat /proc/sys/user/max_user_namespaces) -gt 0 || ! echo none allowed",
            "none allowed",
        )
        .await;
}

#[tokio::test]
async fn sockets_are_of_few_kinds() {
    let mut range = Range::new().await;
    let attempt = "python3 probe.py sockets";
    assert_eq!(range.inside.works(attempt).await.trim(), "1:1 1:2 1:5 2:1 2:2 10:1 10:2");
    let open = range.open.works(attempt).await;
    // Raw Internet ones, netlink, packets, the kernel's ciphers, and those that lead to the host of a virtual machine.
    for kind in ["2:3", "16:3", "17:3", "38:5", "40:1"] {
        assert!(open.split(' ').any(|made| made == kind), "the control: {kind} of {open}");
    }
    assert_eq!(range.inside.works("python3 probe.py pairs").await.trim(), "1");
    assert!(range.open.works("python3 probe.py pairs").await.trim().contains(' '), "the control");
}

#[tokio::test]
async fn terminals_take_no_words_from_others() {
    let mut range = Range::new().await;
    let high = 1_u64 << 32;
    for request in [libc::TIOCSTI, 0x541C, libc::TIOCSTI | high, 0x541C | high] {
        range.refused(&format!("python3 probe.py terminal {request:#x}"), NOT_IMPLEMENTED).await;
    }
    // TIOCGPGRP: terminals as such work.
    range.inside.works(&format!("python3 probe.py terminal {:#x}", libc::TIOCGPGRP)).await;
}

#[tokio::test]
async fn limits_of_others_are_not_touched() {
    let mut range = Range::new().await;
    let attempt = |whose: &str| {
        format!("python3 -c 'import os, resource; resource.prlimit({whose}, resource.RLIMIT_CORE)'")
    };
    range.refused(&attempt("os.getppid()"), NOT_IMPLEMENTED).await;
    range.inside.refuses(&attempt("1"), NOT_IMPLEMENTED).await;
    range.inside.works(&attempt("0")).await;
}

/// They are set aside by the machine's owner, and no limit of memory counts them.
#[tokio::test]
async fn huge_pages_are_not_to_be_had() {
    let mut range = Range::new().await;
    for kind in ["mapped", "file", "segment"] {
        let attempt = |huge: u32| format!("python3 probe.py huge_pages {kind} {huge}");
        range.inside.refuses(&attempt(1), NOT_IMPLEMENTED).await;
        range.inside.works(&attempt(0)).await;
        // The control: the kernel is asked, which may have none, or want a privilege.
        let (status, output) = range.open.run(&attempt(1)).await;
        assert!(status == 0 || !output.contains(NOT_IMPLEMENTED), "{kind}: {output}");
    }
}

#[tokio::test]
async fn personalities_are_the_plain_one() {
    let mut range = Range::new().await;
    // PER_LINUX32, ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC.
    for value in ["8", "0x0040000", "0x0400000"] {
        range
            .refused(
                &format!("python3 probe.py personality {} {value}", libc::SYS_personality),
                NOT_IMPLEMENTED,
            )
            .await;
    }
    for value in ["0", "0xffffffff"] {
        range.inside.works(&format!("python3 probe.py personality {} {value}", libc::SYS_personality)).await;
    }
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn calls_of_other_architectures_do_not_exist() {
    let mut range = Range::new().await;
    range.refused("python3 probe.py i386", "").await;
    let (_, output) = range.inside.run("python3 probe.py i386; echo $?").await;
    assert!(
        output.starts_with(
            "159
"
        ),
        "killed by SIGSYS: {output}"
    );
    // The x32 way to getpid(2): few kernels have it, which is why there is no control.
    let x32 = 0x4000_0000 | libc::SYS_getpid;
    let attempt = format!("python3 probe.py calls {x32}:0 {}:0", libc::SYS_getpid);
    assert_eq!(range.inside.works(&attempt).await, format!("reached {}\nmissing {x32}\n", libc::SYS_getpid));
}

/// The real attempts, by the tools that people have for them.
#[tokio::test]
async fn tools_are_refused() {
    let mut kit = Kit::new(Isolation::Full).await;
    for attempt in [
        "unshare --mount true",
        "nsenter --target 1 --user true",
        "mount --bind / /tmp",
        "umount /tmp",
        "chroot / true",
        "dmesg",
        "pivot_root . .",
    ] {
        let (status, output) = kit.run(&format!("PATH=$PATH:/sbin:/usr/sbin; {attempt}")).await;
        assert!(status != 0 && !output.contains("command not found"), "{attempt}: {output}");
    }
}
