//! The sandbox's root, made step by step from the plan.
//!
//! Runs in the new mount namespace with every capability over it and none outside. The order of a plan's steps is the
//! host's business; this file only knows how to do each.

use std::collections::VecDeque;
use std::fs;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, open_tree, unmount,
};
use skilled_supervisor::{Attributes, Failure, Setting, Stage, Step};

use crate::InStep as _;
use crate::sys;

/// Where the new root is mounted until it becomes the root: the first of these that exists. Nothing of them is touched.
const FOOTHOLDS: [&str; 2] = ["/tmp", "/usr"];
/// A folder of the old root, for what is to go with it.
const ASIDE: &str = "/dev";
/// The bound of the root itself, which holds a few small files.
const ROOT_BYTES: u64 = 4 * 1024 * 1024;
const ROOT_ENTRIES: u64 = 1024;
/// An empty folder of the new root, to hide others behind.
const EMPTY: &str = ".empty";

/// Copies of mounts of the host, restricted, in the order of the plan's [`Step::Bind`]s.
pub(crate) struct HostMounts(VecDeque<OwnedFd>);

impl HostMounts {
    /// Takes the copies. Must run in a mount namespace in which the caller is privileged.
    pub(crate) fn take(steps: &[Step]) -> Result<Self, Failure> {
        let mut copies = VecDeque::new();
        for step in steps {
            if let Step::Bind { source, attributes, .. } = step {
                let copy = copy_mount(source, *attributes)
                    .in_step(Stage::Mounts, || format!("take {source} from the host"))?;
                copies.push_back(copy);
            }
        }
        Ok(Self(copies))
    }
}

/// Makes the root and moves into it. Nothing of the old one can be reached afterwards.
pub(crate) fn make(steps: &[Step], mut mounts: HostMounts) -> Result<(), Failure> {
    let begin = || "mount an empty root".to_owned();
    let root = memory(ROOT_BYTES, ROOT_ENTRIES, 0o755).in_step(Stage::Mounts, begin)?;
    let attached = FOOTHOLDS.into_iter().map(|foothold| attach(&root, foothold)).find(Result::is_ok);
    attached.unwrap_or(Err(Errno::NOENT)).in_step(Stage::Mounts, begin)?;
    rustix::process::fchdir(&root).in_step(Stage::Mounts, begin)?;
    rustix::fs::mkdir(EMPTY, Mode::from_raw_mode(0o555)).in_step(Stage::Mounts, begin)?;
    for step in steps {
        perform(step, &mut mounts)?;
    }
    let finish = || "move into the new root".to_owned();
    rustix::process::pivot_root(".", ".").in_step(Stage::Mounts, finish)?;
    // The old root lies over the new one now.
    unmount(".", UnmountFlags::DETACH).in_step(Stage::Mounts, finish)?;
    rustix::process::chdir("/").in_step(Stage::Mounts, finish)?;
    sys::restrict_mount(root.as_fd(), libc::MOUNT_ATTR_RDONLY, false).in_step(Stage::Mounts, finish)
}

/// Performs further steps in a root that was made earlier, and whose root folder is the working directory. Their places exist.
pub(crate) fn add(steps: &[Step], mut mounts: HostMounts) -> Result<(), Failure> {
    steps.iter().try_for_each(|step| perform(step, &mut mounts))
}

fn perform(step: &Step, mounts: &mut HostMounts) -> Result<(), Failure> {
    match step {
        Step::Folder { path } => rustix::fs::mkdir(path, Mode::from_raw_mode(0o755))
            .in_step(Stage::Mounts, || format!("make the folder /{path}")),
        Step::Link { path, target } => {
            rustix::fs::symlink(target, path).in_step(Stage::Mounts, || format!("make the link /{path}"))
        }
        Step::File { path, contents } => {
            fs::write(path, contents).in_step(Stage::Mounts, || format!("make the file /{path}"))
        }
        Step::Bind { source, path, .. } => mounts
            .0
            .pop_front()
            .ok_or(Errno::PROTO)
            .and_then(|copy| make_place(&copy, path).and_then(|()| attach(&copy, path)))
            .in_step(Stage::Mounts, || format!("mount {source} at /{path}")),
        Step::Rebind { source, path, attributes } => copy_mount(source, *attributes)
            .and_then(|copy| make_place(&copy, path).and_then(|()| attach(&copy, path)))
            .in_step(Stage::Mounts, || format!("mount /{source} at /{path}")),
        Step::Mask { path } => mask(path).in_step(Stage::Mounts, || format!("hide /{path}")),
        Step::Tmpfs { path, bytes, entries, mode } => make_folder(path)
            .and_then(|()| attach(&memory(*bytes, *entries, *mode)?, path))
            .in_step(Stage::Mounts, || format!("mount memory at /{path}")),
        Step::Proc { path, ceilings } => {
            make_proc(path).in_step(Stage::Proc, || format!("mount /{path}"))?;
            ceilings.iter().try_for_each(|Setting { file, value, optional }| {
                let file = format!("{path}/sys/{file}");
                let written = fs::write(&file, value);
                if *optional {
                    return Ok(());
                }
                written.in_step(Stage::Proc, || format!("write {value} to /{file}"))
            })
        }
        Step::Terminals { path, most } => {
            make_terminals(path, *most).in_step(Stage::Mounts, || format!("mount terminals at /{path}"))
        }
        Step::Overlay { path, lower, upper, work } => make_overlay(path, [lower, upper, work])
            .in_step(Stage::Overlay, || format!("mount the copy-on-write view /{path}")),
        Step::Uncover { path } => unmount(path.as_str(), UnmountFlags::DETACH)
            .in_step(Stage::Mounts, || format!("take the mount of /{path} away")),
        Step::Unmount { path } => set_aside(path)
            .or_else(|_| unmount(path.as_str(), UnmountFlags::DETACH))
            .and_then(|()| rustix::fs::rmdir(path))
            .in_step(Stage::Mounts, || format!("take /{path} away")),
    }
}

/// Copies a mount and everything below it, with restrictions on all of it.
fn copy_mount(source: &str, attributes: Attributes) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE
        | OpenTreeFlags::AT_NO_AUTOMOUNT;
    let copy = open_tree(CWD, source, flags)?;
    let mut restrictions = libc::MOUNT_ATTR_NOSUID;
    for (wanted, flag) in [
        (attributes.read_only, libc::MOUNT_ATTR_RDONLY),
        (attributes.no_devices, libc::MOUNT_ATTR_NODEV),
        (attributes.no_exec, libc::MOUNT_ATTR_NOEXEC),
    ] {
        restrictions |= if wanted { flag } else { 0 };
    }
    sys::restrict_mount(copy.as_fd(), restrictions, true)?;
    Ok(copy)
}

/// Makes the file or folder that `mount` goes on, if it is missing.
fn make_place(mount: &OwnedFd, path: &str) -> Result<(), Errno> {
    let is_folder = FileType::from_raw_mode(rustix::fs::fstat(mount)?.st_mode) == FileType::Directory;
    if is_folder {
        return make_folder(path);
    }
    match rustix::fs::open(path, OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC, Mode::from_raw_mode(0o644))
    {
        Ok(_) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error),
    }
}

fn make_folder(path: &str) -> Result<(), Errno> {
    match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error),
    }
}

fn attach(mount: &OwnedFd, path: &str) -> Result<(), Errno> {
    move_mount(mount, "", CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}

/// Moves a mount into the old root, with which it ends: each unmounting has all processors wait for each other.
fn set_aside(path: &str) -> Result<(), Errno> {
    attach(&open_tree(CWD, path, OpenTreeFlags::OPEN_TREE_CLOEXEC)?, ASIDE)
}

/// Mounts a fresh file system, not yet attached anywhere.
fn fresh(kind: &str, options: &[(&str, &str)], attributes: MountAttrFlags) -> Result<OwnedFd, Errno> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        if value.is_empty() {
            fsconfig_set_flag(context.as_fd(), *key)?;
        } else {
            fsconfig_set_string(context.as_fd(), *key, *value)?;
        }
    }
    fsconfig_create(context.as_fd())?;
    let attributes = attributes | MountAttrFlags::MOUNT_ATTR_NOSUID;
    fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)
}

fn memory(bytes: u64, entries: u64, mode: u32) -> Result<OwnedFd, Errno> {
    let (size, entries, mode) = (bytes.to_string(), entries.to_string(), format!("{mode:o}"));
    let options = [("size", size.as_str()), ("nr_inodes", &entries), ("mode", &mode)];
    fresh("tmpfs", &options, MountAttrFlags::MOUNT_ATTR_NODEV)
}

fn make_proc(path: &str) -> Result<(), Errno> {
    let attributes = MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let proc = fresh("proc", &[], attributes)?;
    make_folder(path)?;
    attach(&proc, path)
}

/// All instances share the machine's terminals (`pts(4)`, `/proc/sys/kernel/pty/max`).
fn make_terminals(path: &str, most: u32) -> Result<(), Errno> {
    let most = most.to_string();
    let options = [("newinstance", ""), ("ptmxmode", "0666"), ("mode", "620"), ("max", &most)];
    let terminals = fresh("devpts", &options, MountAttrFlags::MOUNT_ATTR_NOEXEC)?;
    make_folder(path)?;
    attach(&terminals, path)
}

/// `userxattr` is what an overlay needs in a user namespace (Linux 5.11, overlayfs documentation of the kernel).
fn make_overlay(path: &str, [lower, upper, work]: [&str; 3]) -> Result<(), Errno> {
    let options = [("userxattr", ""), ("lowerdir", lower), ("upperdir", upper), ("workdir", work)];
    let overlay = fresh("overlay", &options, MountAttrFlags::MOUNT_ATTR_NODEV)?;
    make_folder(path)?;
    attach(&overlay, path)
}

/// Hides `path` behind the empty folder or `/dev/null`. What does not exist needs no hiding.
fn mask(path: &str) -> Result<(), Errno> {
    let kind = match rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => FileType::from_raw_mode(found.st_mode),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error),
    };
    let nothing = Attributes { read_only: true, no_devices: kind == FileType::Directory, no_exec: true };
    let source = if kind == FileType::Directory { EMPTY } else { "dev/null" };
    attach(&copy_mount(source, nothing)?, path)
}
