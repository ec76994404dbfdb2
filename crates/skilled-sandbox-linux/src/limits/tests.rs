use std::fs;

use skilled_sandbox::Mechanism::{CgroupV1, CgroupV2, Filesystem, Rlimit as ProcessLimit, Watch as Watched};
use skilled_supervisor::Identity;

use super::*;

fn identity(outside_uid: u32) -> Identity {
    Identity { inside: 1000, outside_uid, outside_gid: outside_uid, privileged: false }
}

fn planned(hierarchies: &Hierarchies, uid: u32, asked: &ResourceLimits) -> Planned {
    plan(asked, &identity(uid), "/session", "one", hierarchies)
}

fn by(planned: &Planned, limit: Limit) -> Vec<Mechanism> {
    match planned.enforced.get(limit) {
        Enforcement::By(mechanisms) => mechanisms.clone(),
        Enforcement::NotAsked | Enforcement::NotEnforced { .. } => Vec::new(),
    }
}

fn written(planned: &Planned) -> Vec<String> {
    let groups = planned.containment.groups.iter();
    groups
        .flat_map(|group| {
            group.settings.iter().map(|Setting { file, value, .. }| format!("{}/{file}={value}", group.path))
        })
        .collect()
}

fn asked() -> ResourceLimits {
    ResourceLimits { memory: Some(1 << 30), cpu: Some(1500), ..ResourceLimits::default() }
}

#[test]
fn a_group_of_version_2_takes_all_controllers() {
    let hierarchies = Hierarchies::of("/top", true, &["cpu", "memory", "pids"]);
    let planned = planned(&hierarchies, 1001, &asked());
    assert_eq!(
        written(&planned),
        [
            "/top/one/memory.max=1073741824",
            "/top/one/memory.swap.max=0",
            "/top/one/pids.max=640",
            "/top/one/cpu.max=150000 100000"
        ]
    );
    assert!(planned.containment.groups.iter().all(|group| group.unified));
    assert_eq!(by(&planned, Limit::Memory), [CgroupV2]);
    assert_eq!(by(&planned, Limit::Processes), [ProcessLimit, CgroupV2]);
    assert_eq!(by(&planned, Limit::Cpu), [CgroupV2]);
    assert!(planned.containment.rlimits.contains(&(Rlimit::Processes, 512)));
    assert!(!planned.containment.rlimits.iter().any(|(limit, _)| *limit == Rlimit::Data));
    assert_eq!(planned.containment.watch.unwrap().memory, None);
}

#[test]
fn version_1_is_set_by_its_own_files() {
    let hierarchies = Hierarchies::of("/top", false, &["cpu", "memory", "pids"]);
    let planned = planned(&hierarchies, 1001, &asked());
    assert_eq!(
        written(&planned),
        [
            "/top/one/memory.limit_in_bytes=1073741824",
            "/top/one/memory.memsw.limit_in_bytes=1073741824",
            "/top/one/pids.max=640",
            "/top/one/cpu.cfs_period_us=100000",
            "/top/one/cpu.cfs_quota_us=150000"
        ]
    );
    assert_eq!(by(&planned, Limit::Memory), [CgroupV1]);
}

#[test]
fn only_what_no_limit_depends_on_waits() {
    let hierarchies =
        |unified| Hierarchies::of(if unified { "/v2" } else { "/v1" }, unified, &["cpu", "memory", "pids"]);
    let deferred = |hierarchies: Hierarchies, asked: &ResourceLimits| {
        let planned = planned(&hierarchies, 1001, asked);
        planned.containment.groups.iter().any(|group| group.deferred)
    };
    let shared = ResourceLimits { memory: None, processes: None, ..ResourceLimits::default() };
    assert!(deferred(hierarchies(false), &shared), "a share of the processors alone");
    assert!(!deferred(hierarchies(true), &shared), "process 1 is born in it anyway");
    assert!(!deferred(hierarchies(false), &asked()), "a quota");
}

#[test]
fn without_groups_the_rest_is_said() {
    let planned = planned(&Hierarchies::default(), 1001, &asked());
    assert_eq!(planned.containment.groups, []);
    assert_eq!(by(&planned, Limit::Memory), [Watched, ProcessLimit]);
    assert_eq!(by(&planned, Limit::Processes), [ProcessLimit]);
    assert_eq!(by(&planned, Limit::Disk), [Watched]);
    assert_eq!(by(&planned, Limit::Tmp), [Filesystem]);
    assert!(planned.containment.rlimits.contains(&(Rlimit::Data, 1 << 30)));
    assert_eq!(planned.containment.watch.as_ref().unwrap().memory, Some(1 << 30));
    let Enforcement::NotEnforced { remedy, .. } = planned.enforced.get(Limit::Cpu) else { panic!() };
    assert!(remedy.contains("Delegate=yes"), "{remedy}");
}

#[test]
fn processes_of_root_are_not_said_to_be_counted() {
    let of_root = planned(&Hierarchies::default(), 0, &asked());
    assert!(!of_root.enforced.holds(Limit::Processes));
    assert!(!of_root.containment.rlimits.iter().any(|(limit, _)| *limit == Rlimit::Processes));
    let grouped = planned(&Hierarchies::of("/top", false, &["pids"]), 0, &asked());
    assert_eq!(by(&grouped, Limit::Processes), [CgroupV1]);
}

#[test]
fn what_is_required_must_hold() {
    let required = |limit| ResourceLimits { required: [limit].into(), ..asked() };
    let enforced = planned(&Hierarchies::default(), 1001, &asked()).enforced;
    assert!(check(&required(Limit::Memory), &enforced).is_ok());
    let error = check(&required(Limit::Cpu), &enforced).unwrap_err().to_string();
    assert!(error.contains("processor time") && error.contains("Delegate=yes"), "{error}");
    let error = without_isolation(&required(Limit::FileSize)).unwrap_err().to_string();
    assert!(error.contains("file size") && error.contains("`linux`"), "{error}");
    assert!(without_isolation(&asked()).is_ok());
}

#[test]
fn what_was_not_asked_for_is_not_done() {
    let none = ResourceLimits {
        memory: None,
        processes: None,
        cpu: None,
        disk: None,
        entries: None,
        tmp: None,
        file: None,
        open_files: None,
        required: [].into(),
    };
    let planned = planned(&Hierarchies::of("/top", true, &["cpu", "memory", "pids"]), 1001, &none);
    assert_eq!(written(&planned), Vec::<String>::new());
    assert_eq!(planned.containment.watch, None);
    assert!(Limit::ALL.into_iter().all(|limit| planned.enforced.get(limit) == &Enforcement::NotAsked));
}

#[test]
fn hits_are_added_up() {
    let dir = tempfile::tempdir().unwrap();
    let (v1, v2) = (dir.path().join("v1"), dir.path().join("v2"));
    for (group, file, text) in [
        (&v1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
        (&v2, "memory.events", "oom 9\noom_kill 1\noom_group_kill 7\n"),
        (&v2, "pids.events", "max 5\n"),
    ] {
        fs::create_dir_all(group).unwrap();
        fs::write(group.join(file), text).unwrap();
    }
    let control = Control::make(&dir.path().join("control"), &identity(1001)).unwrap();
    let hits_file = dir.path().join("control/operations").join(HITS);
    fs::write(hits_file, "bytes 5\nfloor 3\nentries 9\nmemory 8\nkills 3\nnonsense\nnew 1\n").unwrap();
    let found = hits(&[v1, v2, dir.path().join("gone")], &control);
    let expected = [(Limit::Memory, 7), (Limit::Processes, 5), (Limit::Disk, 2), (Limit::Entries, 1)]
        .into_iter()
        .collect();
    assert_eq!(found, LimitHits(expected));
}
