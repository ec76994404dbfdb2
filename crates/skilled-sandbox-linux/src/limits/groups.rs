//! Where control groups can be made (`cgroups(7)`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{Access, access};

/// Controllers that a group of version 2 must have to be of use.
const NEEDED: [&str; 2] = ["memory", "pids"];

/// A mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    /// Which group is seen at `at`.
    root: String,
    at: PathBuf,
    unified: bool,
    /// Of version 1: its controllers, among other options.
    options: Vec<String>,
}

/// A group below which others can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) folder: PathBuf,
    pub(super) unified: bool,
}

/// The hierarchies in which this process may make groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hierarchies {
    /// Controllers, and where they can be used.
    parents: Vec<(String, Parent)>,
}

impl Hierarchies {
    /// Finds out where this process is and what it may do there.
    pub(super) fn of_this_process() -> Self {
        static MOUNTS: OnceLock<Vec<Mount>> = OnceLock::new();
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let mounts = MOUNTS.get_or_init(|| parse_mounts(&read("/proc/self/mountinfo")));
        Self::find(mounts, &read("/proc/self/cgroup"))
    }

    /// Takes the text of a `/proc/PID/cgroup`.
    fn find(mounts: &[Mount], memberships: &str) -> Self {
        let mut parents = Vec::new();
        for line in memberships.lines() {
            let mut fields = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if controllers.is_empty() {
                // Before all of version 1.
                parents.splice(0..0, unified(mounts, path));
            } else {
                parents.extend(controllers.split(',').filter_map(|name| first(mounts, name, path)));
            }
        }
        Self { parents }
    }

    /// Returns what a process has that may use `controllers` in `folder`.
    #[cfg(test)]
    pub(super) fn of(folder: &str, unified: bool, controllers: &[&str]) -> Self {
        let parent = Parent { folder: PathBuf::from(folder), unified };
        Self { parents: controllers.iter().map(|name| ((*name).to_owned(), parent.clone())).collect() }
    }

    /// Returns where a group with `controller` can be made: version 2 where both can.
    pub(super) fn parent(&self, controller: &str) -> Option<&Parent> {
        self.parents.iter().find(|(name, _)| name == controller).map(|(_, parent)| parent)
    }
}

/// Of version 2, the nearest group that hands its controllers down: the process's own, or one above it. (A group that has
/// processes of its own cannot, unless it is the root.)
fn unified(mounts: &[Mount], path: &str) -> Vec<(String, Parent)> {
    let Some((mount, own)) =
        mounts.iter().filter(|mount| mount.unified).find_map(|mount| Some((mount, place(mount, path)?)))
    else {
        return Vec::new();
    };
    for folder in own.ancestors().take_while(|folder| folder.starts_with(&mount.at)) {
        let handed = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
        let handed: Vec<&str> = handed.split_ascii_whitespace().collect();
        // Moving a process asks for the right to write to the group that source and target have in common.
        if NEEDED.iter().all(|name| handed.contains(name)) && is_writable(folder) {
            let parent = Parent { folder: folder.to_owned(), unified: true };
            return handed.into_iter().map(|name| (name.to_owned(), parent.clone())).collect();
        }
    }
    Vec::new()
}

/// Of version 1, the process's own group.
fn first(mounts: &[Mount], controller: &str, path: &str) -> Option<(String, Parent)> {
    let has = |mount: &Mount, name: &str| mount.options.iter().any(|option| option == name);
    // New groups of the cpuset controller have no processors at all.
    let fits = |mount: &&Mount| !mount.unified && has(mount, controller) && !has(mount, "cpuset");
    let folder = mounts.iter().filter(fits).find_map(|mount| place(mount, path))?;
    is_writable(&folder).then(|| (controller.to_owned(), Parent { folder, unified: false }))
}

/// Returns where the group `path` is seen, if it is.
fn place(mount: &Mount, path: &str) -> Option<PathBuf> {
    let below = Path::new(path).strip_prefix(&mount.root).ok()?;
    let climbs = below.components().any(|part| !matches!(part, std::path::Component::Normal(_)));
    let folder = if below.as_os_str().is_empty() { mount.at.clone() } else { mount.at.join(below) };
    (!climbs && folder.is_dir()).then_some(folder)
}

fn is_writable(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK).is_ok() && access(folder.join("cgroup.procs"), Access::WRITE_OK).is_ok()
}

/// Reads `/proc/PID/mountinfo` (`proc_pid_mountinfo(5)`).
fn parse_mounts(text: &str) -> Vec<Mount> {
    let parse = |line: &str| {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, at) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let name = kind.next()?;
        let options = kind.nth(1).unwrap_or_default();
        matches!(name, "cgroup" | "cgroup2").then(|| Mount {
            root: root.to_owned(),
            // Blanks are written as `\040`; a hierarchy that is mounted at such a place is not found, and not used.
            at: PathBuf::from(at),
            unified: name == "cgroup2",
            options: options.split(',').map(str::to_owned).collect(),
        })
    };
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes `folder` look like a group that hands down `controllers`.
    fn group(folder: &Path, controllers: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("cgroup.subtree_control"), controllers).unwrap();
        fs::write(folder.join("cgroup.procs"), "").unwrap();
    }

    fn mounts(lines: &[(&str, &Path, &str, &str)]) -> Vec<Mount> {
        let line = |(root, at, kind, options): &(&str, &Path, &str, &str)| {
            format!("31 23 0:28 {root} {} rw,relatime shared:5 - {kind} none rw,{options}\n", at.display())
        };
        let other = "23 1 0:21 / /proc rw - proc proc rw\nnot a mount\n".to_owned();
        parse_mounts(&lines.iter().map(line).chain([other]).collect::<String>())
    }

    #[test]
    fn the_nearest_group_that_hands_controllers_down_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path();
        group(top, "cpu memory pids");
        group(&top.join("app.slice"), "memory pids");
        group(&top.join("app.slice/a.scope"), "");
        let mounts = mounts(&[("/", top, "cgroup2", "nsdelegate")]);
        let found = Hierarchies::find(&mounts, "0::/app.slice/a.scope\n");
        let parent = Parent { folder: top.join("app.slice"), unified: true };
        assert_eq!(found.parent("memory"), Some(&parent));
        assert_eq!(found.parent("cpu"), None, "it is not handed down there");
        group(&top.join("app.slice"), "memory");
        assert_eq!(Hierarchies::find(&mounts, "0::/app.slice/a.scope").parent("cpu").unwrap().folder, top);
        group(top, "cpu");
        assert_eq!(Hierarchies::find(&mounts, "0::/app.slice/a.scope"), Hierarchies::default());
    }

    #[test]
    fn version_1_is_taken_where_version_2_has_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["unified", "memory/own", "cpu", "cpuset"] {
            group(&at(name), "");
        }
        let mounts = mounts(&[
            ("/", &at("unified"), "cgroup2", ""),
            ("/", &at("memory"), "cgroup", "memory"),
            ("/docker/1", &at("cpu"), "cgroup", "cpu,cpuacct"),
            ("/", &at("cpuset"), "cgroup", "pids,cpuset"),
        ]);
        let memberships =
            "4:memory:/own\n3:cpu,cpuacct:/docker/1\n2:pids,cpuset:/\n1:name=systemd:/\n0::/\nrest";
        let found = Hierarchies::find(&mounts, memberships);
        let folder = |name: &str| found.parent(name).map(|parent| (parent.folder.clone(), parent.unified));
        assert_eq!(folder("memory"), Some((at("memory/own"), false)));
        assert_eq!(folder("cpu"), Some((at("cpu"), false)), "a container sees its own group as the root");
        assert_eq!(folder("pids"), None, "with cpuset, a new group could hold no process");
        let elsewhere = Hierarchies::find(&mounts, "4:memory:/../other\n3:cpu,cpuacct:/docker/2\n");
        assert_eq!(elsewhere, Hierarchies::default(), "groups that are not seen are not guessed");
    }

    #[test]
    fn both_versions_together_prefer_the_second() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        group(&at("unified"), "memory pids");
        group(&at("memory"), "");
        let mounts =
            mounts(&[("/", &at("memory"), "cgroup", "memory"), ("/", &at("unified"), "cgroup2", "")]);
        let found = Hierarchies::find(&mounts, "4:memory:/\n0::/\n");
        assert!(found.parent("memory").unwrap().unified);
    }
}
