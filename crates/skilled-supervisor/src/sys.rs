//! System calls without a safe wrapper in `rustix`, and nothing else.
//!
//! The process is single-threaded, in both of its lives: `fork` and `clone3` need no care about locks held by others.

use std::convert::Infallible;
use std::ffi::{CStr, c_char};
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Pid;
use skilled_supervisor::BpfInstruction;

/// The child or the parent of a [`fork`] or [`clone_with`].
pub(crate) enum Side {
    /// In the new process.
    Child,
    /// In the old process: the new one's id.
    Parent(Pid),
}

/// Linux 5.7; `libc` has it in a type that cannot hold it for every target.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Makes a process in new namespaces, and in the control group `group` where there is one (`clone3(2)`). `flags` are
/// `CLONE_NEW*`.
pub(crate) fn clone_with(flags: i32, group: Option<BorrowedFd<'_>>) -> Result<Side, Errno> {
    // SAFETY: `clone_args` is plain data; zero is "none" for each of its fields.
    let mut args: libc::clone_args = unsafe { mem::zeroed() };
    args.flags = u64::from(flags.cast_unsigned());
    args.exit_signal = libc::SIGCHLD as u64;
    if let Some(group) = group {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = u64::from(group.as_raw_fd().cast_unsigned());
    }
    // SAFETY: without CLONE_VM the child gets a copy of the address space and goes on here, as after fork; the
    // structure outlives the call and its size is the one given.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of_val(&args)) };
    side(pid as libc::pid_t)
}

/// Makes a process (`fork(2)`).
pub(crate) fn fork() -> Result<Side, Errno> {
    // SAFETY: the process has one thread, so the child may do whatever the parent may.
    side(unsafe { libc::fork() })
}

/// Makes a process that runs `child` in this one's memory, and waits until it has executed a program or exited (`clone(2)`
/// with `CLONE_VM` and `CLONE_VFORK`, as `posix_spawn(3)` does): no page table is copied. `child` returns only what kept it
/// from executing, which is returned.
///
/// What `child` changes in memory is changed here, too; descriptors, limits, signals and folders are its own.
pub(crate) fn spawn(child: &mut dyn FnMut() -> Errno) -> Result<Pid, Errno> {
    /// Enough for paths and what the system calls need; nothing recursive runs on it.
    const STACK: usize = 64 * 1024;
    struct Start<'a> {
        child: &'a mut dyn FnMut() -> Errno,
        failed: Option<Errno>,
    }
    extern "C" fn begin(start: *mut libc::c_void) -> i32 {
        // SAFETY: the pointer is that of `spawn` below, whose frame outlives this call, since it waits; nobody else uses it
        // meanwhile.
        let start = unsafe { &mut *start.cast::<Start<'_>>() };
        start.failed = Some((start.child)());
        // SAFETY: it ends the process at once: nothing of the parent's is flushed or dropped.
        unsafe { libc::_exit(127) }
    }
    let mut start = Start { child, failed: None };
    let mut stack = vec![0_u128; STACK / size_of::<u128>()];
    let top = stack.as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: `top` is the aligned end of a live allocation, from where stacks grow down (clone(2)); with CLONE_VFORK this
    // process goes on only when the child uses neither its stack nor `start` any more.
    let pid = unsafe { libc::clone(begin, top.cast(), flags, (&raw mut start).cast()) };
    let pid = Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(last_errno)?;
    start.failed.map_or(Ok(pid), Err)
}

fn side(pid: libc::pid_t) -> Result<Side, Errno> {
    match pid {
        0 => Ok(Side::Child),
        pid => Pid::from_raw(pid).filter(|_| pid > 0).map(Side::Parent).ok_or_else(last_errno),
    }
}

/// Leaves the namespaces `flags` for new ones (`unshare(2)`).
pub(crate) fn unshare(flags: i32) -> Result<(), Errno> {
    // SAFETY: the caller unshares namespaces only, never the table of descriptors or the address space.
    check(unsafe { libc::unshare(flags) })
}

/// Enters a namespace (`setns(2)`). `kind` is one of `CLONE_NEW*`.
pub(crate) fn enter_namespace(namespace: BorrowedFd<'_>, kind: i32) -> Result<(), Errno> {
    // SAFETY: the process has one thread; only the namespace is changed.
    check(unsafe { libc::setns(namespace.as_raw_fd(), kind) })
}

/// Replaces the program (`execve(2)`). Returns only on failure.
pub(crate) fn execute(program: &CStr, argv: &Vector<'_>, env: &Vector<'_>) -> Result<Infallible, Errno> {
    // SAFETY: both vectors end with a null pointer and borrow the strings they point to.
    unsafe { libc::execve(program.as_ptr(), argv.pointers.as_ptr(), env.pointers.as_ptr()) };
    Err(last_errno())
}

/// A null-ended vector of strings, as `execve(2)` wants it.
pub(crate) struct Vector<'a> {
    pointers: Vec<*const c_char>,
    strings: std::marker::PhantomData<&'a CStr>,
}

impl<'a> Vector<'a> {
    /// Borrows `strings`.
    pub(crate) fn new(strings: impl IntoIterator<Item = &'a CStr>) -> Self {
        let pointers = strings.into_iter().map(CStr::as_ptr).chain([std::ptr::null()]).collect();
        Self { pointers, strings: std::marker::PhantomData }
    }
}

/// Sets restrictions on a mount and, when `recursive`, on all below it (`mount_setattr(2)`, Linux 5.12).
pub(crate) fn restrict_mount(mount: BorrowedFd<'_>, attributes: u64, recursive: bool) -> Result<(), Errno> {
    // SAFETY: `mount_attr` is plain data; zero changes nothing.
    let mut request: libc::mount_attr = unsafe { mem::zeroed() };
    request.attr_set = attributes;
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a valid empty string, the structure outlives the call and its size is the one given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const request,
            size_of_val(&request),
        )
    };
    check(result as i32)
}

/// Installs a filter for this process and all it will start (`seccomp(2)`).
pub(crate) fn install_filter(program: &[BpfInstruction]) -> Result<(), Errno> {
    let mut filter: Vec<libc::sock_filter> =
        program.iter().map(|i| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k }).collect();
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).map_err(|_| Errno::INVAL)?,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program points to `len` instructions that outlive the call; the kernel checks and copies them.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0 as libc::c_ulong,
            &raw const program,
        )
    };
    check(result as i32)
}

/// Sets the host name of the namespace (`sethostname(2)`).
pub(crate) fn set_hostname(name: &str) -> Result<(), Errno> {
    // SAFETY: pointer and length are those of a live string.
    check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) })
}

/// Brings the loopback interface of the network namespace up (`netdevice(7)`).
pub(crate) fn raise_loopback(socket: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: `ifreq` is plain data; zero is a valid value of each of its fields.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    // SAFETY: SIOCSIFFLAGS reads an `ifreq`, which outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) })
}

/// Blocks `signals` and returns a descriptor that becomes readable when one is pending (`signalfd(2)`).
pub(crate) fn signal_descriptor(signals: &[i32]) -> Result<OwnedFd, Errno> {
    let set = signal_set(signals);
    // SAFETY: the set is initialised; the old mask is not asked for.
    check(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) })?;
    // SAFETY: the set is initialised, -1 asks for a new descriptor.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    check(fd)?;
    // SAFETY: the kernel has just made this descriptor, and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Returns the process group of the caller, 0 when it is one of another namespace (`getpgrp(2)`).
pub(crate) fn own_group() -> i32 {
    // SAFETY: it takes nothing, and always succeeds. (`rustix` takes the answer for a number that is not 0.)
    unsafe { libc::getpgrp() }
}

/// Gives signals back their default meaning: none blocked, `SIGPIPE` (which Rust's runtime ignores) not ignored.
pub(crate) fn reset_signals() {
    let none = signal_set(&[]);
    // SAFETY: the set is initialised, and SIG_DFL is a valid disposition.
    unsafe {
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// Ignores no signal any more that whoever started this program ignores, as `nohup` and `&` in scripts do: a workload could
/// not be interrupted, and the end of a child would not be told. `SIGPIPE`, which Rust's runtime ignores, stays ignored.
pub(crate) fn heed_signals() {
    const LAST: i32 = 64;
    for signal in (1..=LAST).filter(|signal| *signal != libc::SIGPIPE) {
        // SAFETY: zeroes are a valid `sigaction`, which the call fills; numbers that are no signals are refused
        // (sigaction(2)), and SIG_DFL is a valid disposition.
        unsafe {
            let mut current: libc::sigaction = mem::zeroed();
            let asked = libc::sigaction(signal, std::ptr::null(), &raw mut current);
            if asked == 0 && current.sa_sigaction == libc::SIG_IGN {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
}

fn signal_set(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: `sigemptyset` initialises the set; the others only add valid signal numbers to it.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        set
    }
}

/// Kills every process that this one may signal, except itself (`kill(2)` of -1): in process 1 of a namespace, all others
/// in it, in one step that no fork can slip through.
pub(crate) fn kill_all_others() {
    // SAFETY: the call touches no memory. It fails only when there is nobody to signal.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Makes `to` a copy of `from` that stays open on exec (`dup2(2)`). They differ.
pub(crate) fn place_descriptor(from: impl AsFd, to: RawFd) -> Result<(), Errno> {
    // SAFETY: called in a child between fork and exec, which owns no descriptor by that number any more.
    check(unsafe { libc::dup2(from.as_fd().as_raw_fd(), to) })
}

/// Closes every descriptor from `first` on (`close_range(2)`, Linux 5.9).
pub(crate) fn close_from(first: u32) -> Result<(), Errno> {
    // SAFETY: called once, when this process has opened nothing yet: nobody owns these descriptors.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) };
    check(result as i32)
}

/// Closes every descriptor from `first` on, except those in `kept`.
pub(crate) fn close_all_but(first: RawFd, kept: &[RawFd]) -> Result<(), Errno> {
    let mut kept: Vec<RawFd> = kept.iter().copied().filter(|fd| *fd >= first).collect();
    kept.sort_unstable();
    let mut next = first;
    for fd in kept.into_iter().chain([RawFd::MAX]) {
        if next < fd {
            // SAFETY: called in a process that never uses, nor drops, what its parent had opened and `kept` does not name.
            let result = unsafe { libc::syscall(libc::SYS_close_range, next, fd - 1, 0) };
            check(result as i32)?;
        }
        next = fd.saturating_add(1);
    }
    Ok(())
}

/// Returns the processor time of all children that have ended and were waited for, and the largest memory of one in KiB
/// (`getrusage(2)`).
pub(crate) fn children_usage() -> (Duration, u64) {
    // SAFETY: `rusage` is plain data; zero is a valid value of each of its fields.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: the structure outlives the call, which fills it. It fails only for an unknown first argument.
    unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) };
    let time = |value: libc::timeval| {
        Duration::new(value.tv_sec.unsigned_abs(), (value.tv_usec.unsigned_abs() as u32).saturating_mul(1000))
    };
    (time(usage.ru_utime) + time(usage.ru_stime), usage.ru_maxrss.unsigned_abs())
}

/// Takes the descriptor that the host passed as standard input.
pub(crate) fn take_standard_input() -> OwnedFd {
    // SAFETY: called once, first thing in `main`; nothing has used standard input before or will after.
    unsafe { OwnedFd::from_raw_fd(0) }
}

fn check(result: i32) -> Result<(), Errno> {
    if result < 0 { Err(last_errno()) } else { Ok(()) }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
