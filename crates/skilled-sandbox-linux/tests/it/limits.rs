//! Bombs of each kind end as an error of the command, and harm neither what attends to it nor the neighbours.
//!
//! Every limit is set low here, and a small amount of the same works: the positive control. What enforces a limit differs
//! between root, who can make control groups, and ordinary users; what is tried is the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use skilled_sandbox::{
    Ended, Enforcement, Error, How, Limit, LimitHits, Mechanism, Operation, ResourceLimits, Sandbox, Shell,
};
use skilled_sandbox_linux::{Isolation, LinuxBackend, probe_limits};

use crate::driver::Driver;
use crate::kit::{Kit, command, completed, create, eventually, host_folder, is_root, plain, start};

const MIB: u64 = 1024 * 1024;
const PROBE: &str = "python3 /workspace/probe.py";

async fn bounded(limits: ResourceLimits) -> Kit {
    Kit::made(Isolation::Full, host_folder(), |spec| spec.limits = limits).await
}

/// Ends whatever is left of the shell, and starts another: what a bomb has cost is no more than that.
async fn recover(kit: &mut Kit) {
    kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
    assert_eq!(kit.works("echo alive").await, "alive\n");
}

/// Starts `bomb`, and lets a neighbour work meanwhile.
async fn beside_a_neighbour(kit: &Kit, bomb: &str) -> Box<dyn Operation> {
    let bomb = start(&*kit.sandbox, command(&["bash", "-c", bomb])).await.unwrap();
    let mut neighbour = Kit::new(Isolation::Full).await;
    for number in 0..5 {
        assert_eq!(neighbour.works(&format!("python3 -c 'print({number})'")).await, format!("{number}\n"));
    }
    neighbour.sandbox.destroy().await;
    bomb
}

/// Starts `bomb` beside a neighbour, and returns how it was ended.
async fn ended(kit: &Kit, bomb: &str) -> How {
    let mut operation = beside_a_neighbour(kit, bomb).await;
    let ended = completed(&mut *operation);
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the bomb is ended").how
}

fn mechanisms(sandbox: &dyn Sandbox, limit: Limit) -> Vec<Mechanism> {
    match sandbox.limits().get(limit) {
        Enforcement::By(mechanisms) => mechanisms.clone(),
        other => panic!("{limit} is {other:?}"),
    }
}

#[tokio::test]
async fn a_memory_bomb_ends_alone() {
    let mut kit = bounded(ResourceLimits { memory: Some(160 * MIB), ..ResourceLimits::default() }).await;
    kit.works(&format!("{PROBE} memory 1 40 private")).await;
    kit.works(&format!("{PROBE} memory 2 20 shared")).await;
    assert_eq!(kit.sandbox.limits_hit().since(&LimitHits::default()), []);
    // One process is refused more than all may have, where only a watch looks after all; a group ends it.
    let (status, output) = kit.run(&format!("{PROBE} memory 1 400 private 3")).await;
    assert_eq!(status, if is_root() { 9 } else { 12 }, "one process: {output}");
    for (bomb, what) in
        [("memory 6 60 private 3", "several processes"), ("memory 4 80 shared 3", "shared memory")]
    {
        let before = kit.sandbox.limits_hit();
        let (status, output) = kit.run(&format!("{PROBE} {bomb}")).await;
        assert_eq!(status, 9, "{what}: {output}");
        assert_eq!(kit.sandbox.limits_hit().since(&before), [Limit::Memory], "{what}");
    }
    // It was the bomb that ended, not the shell.
    assert_eq!(kit.works("echo alive").await, "alive\n");
    let expected =
        if is_root() { vec![Mechanism::CgroupV1] } else { vec![Mechanism::Watch, Mechanism::Rlimit] };
    assert_eq!(mechanisms(&*kit.sandbox, Limit::Memory), expected);
}

/// Who looks after the memory spares what attends to operations. A program of the same name is not that.
#[tokio::test]
async fn a_memory_bomb_does_not_pass_for_the_supervisor() {
    let mut kit = bounded(ResourceLimits { memory: Some(160 * MIB), ..ResourceLimits::default() }).await;
    let disguise = "
import os, sys
program = os.memfd_create('skilled-supervisor')
os.sendfile(program, os.open(sys.executable, os.O_RDONLY), 0, 1 << 30)
os.execve(program, [sys.executable, *sys.argv[1:]], os.environ)
";
    kit.sandbox.files().write("disguise.py", disguise.as_bytes()).await.unwrap();
    let disguised = "exec python3 disguise.py /workspace/probe.py memory";
    let image = "exec python3 disguise.py -c 'import os; print(os.readlink(\"/proc/self/exe\"))'";
    // The control: it has the name, and may have a little.
    assert_eq!(kit.works(&format!("({image})")).await, "/memfd:skilled-supervisor (deleted)\n");
    kit.works(&format!("({disguised} 1 40 private)")).await;
    let before = kit.sandbox.limits_hit();
    let (status, output) = kit.run(&format!("({disguised} 6 60 private 5)")).await;
    assert_eq!(status, 9, "{output}");
    assert_eq!(kit.sandbox.limits_hit().since(&before), [Limit::Memory]);
    assert_eq!(kit.works("echo alive").await, "alive\n");
}

#[tokio::test]
async fn a_fork_bomb_ends_alone() {
    let mut kit = bounded(ResourceLimits { processes: Some(60), ..ResourceLimits::default() }).await;
    kit.works(&format!("{PROBE} forks 30")).await;
    kit.refuses(&format!("{PROBE} forks 100"), "Resource temporarily unavailable").await;
    let mut bomb = beside_a_neighbour(&kit, "bomb() { bomb | bomb & }; bomb; sleep 1000").await;
    bomb.kill().await.unwrap();
    assert_eq!(completed(&mut *bomb).await.how, How::Killed);
    kit.works(&format!("{PROBE} forks 30")).await;

    // What attends to operations is not counted out: it goes on while the bomb does.
    let bomb = start(&*kit.sandbox, command(&["bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 1000"]))
        .await
        .unwrap();
    let mut simple = start(&*kit.sandbox, command(&["/bin/echo", "one"])).await.unwrap();
    assert_eq!(completed(&mut *simple).await.stdout, "one\n");
    kit.sandbox.files().write("file", b"written").await.unwrap();
    bomb.kill().await.unwrap();
    assert!(mechanisms(&*kit.sandbox, Limit::Processes).contains(&Mechanism::Rlimit));
}

#[tokio::test]
async fn a_disk_bomb_ends_with_its_operations() {
    // Between two looks of the watch a fast disk takes more than the longest file may have.
    let limits = ResourceLimits { disk: Some(40 * MIB), file: None, ..ResourceLimits::default() };
    let mut kit = bounded(limits).await;
    kit.works(&format!("{PROBE} fill small 10")).await;
    for bomb in [
        "cd /workspace; while true; do ((number+=1)); head -c 4M /dev/zero > $number; done",
        // Where it is, and whether it can be looked into, is the workload's business.
        "mkdir -p /skills/closed; cd /skills/closed; chmod 0 .; exec 3> /mnt/session/outputs/one; cat /dev/zero >&3",
        // Nor that a file has a name.
        "cd /workspace; exec 3> none; rm none; cat /dev/zero >&3",
    ] {
        let before = kit.sandbox.limits_hit();
        let how = ended(&kit, bomb).await;
        assert_eq!(how, How::Lost, "{bomb}");
        assert_eq!(kit.sandbox.limits_hit().since(&before), [Limit::Disk], "{bomb}");
        // Room can be made, although there is too much.
        recover(&mut kit).await;
        kit.works("rm -rf [0-9]* /mnt/session/outputs/*").await;
        kit.works(&format!("{PROBE} fill small 10")).await;
    }
    assert_eq!(mechanisms(&*kit.sandbox, Limit::Disk), [Mechanism::Watch]);
}

#[tokio::test]
async fn a_bomb_of_small_files_or_deep_folders_ends_with_its_operations() {
    let mut kit = bounded(ResourceLimits { entries: Some(3000), ..ResourceLimits::default() }).await;
    kit.works(&format!("{PROBE} files . 1000")).await;
    kit.works(&format!("{PROBE} deep 500; rm -rf deep")).await;
    for bomb in ["files . 10000000", "deep 10000000"] {
        let before = kit.sandbox.limits_hit();
        let how = ended(&kit, &format!("cd /workspace; {PROBE} {bomb}")).await;
        assert_eq!(how, How::Lost, "{bomb}");
        assert_eq!(kit.sandbox.limits_hit().since(&before), [Limit::Entries], "{bomb}");
        recover(&mut kit).await;
        let undo = format!("{PROBE} undo_deep; ls | grep small- | xargs -r rm");
        assert_eq!(kit.finish(&undo, Duration::from_mins(2)).await.ended, Ended::Status(0));
    }
}

#[tokio::test]
async fn memory_that_is_no_processs_is_bounded() {
    let limits = ResourceLimits { memory: Some(512 * MIB), tmp: Some(8 * MIB), ..ResourceLimits::default() };
    let mut kit = bounded(limits).await;
    for folder in ["/tmp", "/dev/shm"] {
        kit.works(&format!("{PROBE} fill {folder}/file 4")).await;
        kit.refuses(&format!("{PROBE} fill {folder}/file 20"), "No space left").await;
        kit.works(&format!("rm {folder}/file; {PROBE} files {folder} 500")).await;
        kit.refuses(&format!("{PROBE} files {folder} 5000"), "No space left").await;
        kit.works(&format!("rm {folder}/*")).await;
    }
    kit.works(&format!("{PROBE} segment 4")).await;
    kit.refuses(&format!("{PROBE} segment 20"), "No space left").await;
    kit.works(&format!("{PROBE} message_queues 200")).await;
    kit.refuses(&format!("{PROBE} message_queues 300"), "No space left").await;
    // Little memory makes for little room, whatever was asked for.
    let mut kit = bounded(ResourceLimits { memory: Some(128 * MIB), ..ResourceLimits::default() }).await;
    kit.works(&format!("{PROBE} fill /tmp/file 20")).await;
    kit.refuses(&format!("{PROBE} fill /tmp/file 40"), "No space left").await;
}

#[tokio::test]
async fn files_and_descriptors_are_bounded() {
    let limits = ResourceLimits { file: Some(2 * MIB), open_files: Some(300), ..ResourceLimits::default() };
    let mut kit = bounded(limits).await;
    for folder in [".", "/tmp", "/skills"] {
        kit.works(&format!("{PROBE} fill {folder}/file 1")).await;
        kit.refuses(&format!("{PROBE} fill {folder}/file 3"), "File too large").await;
    }
    kit.works(&format!("{PROBE} opens 200")).await;
    kit.refuses(&format!("{PROBE} opens 1000"), "Too many open files").await;
    for limit in ["-f 5000", "-n 500", "-i 5000", "-q 300000", "-u 5000"] {
        kit.refuses(&format!("(ulimit -H {limit})"), "Operation not permitted").await;
    }
    // Not what the supervisor writes.
    let mut flood = command(&["head", "-c", "5M", "/dev/zero"]);
    flood.bounds.keep = skilled_sandbox::Keep::Ends(10 * MIB);
    let mut flood = start(&*kit.sandbox, flood).await.unwrap();
    let flood = completed(&mut *flood).await;
    assert_eq!((flood.stdout.len() as u64, flood.cut), (5 * MIB, 0));
}

/// What is counted for the host's user, all sandboxes together, leaves something to the others.
#[tokio::test]
async fn what_all_sandboxes_share_is_bounded_in_each() {
    let (mut kit, mut neighbour) = (Kit::new(Isolation::Full).await, Kit::new(Isolation::Full).await);
    for (probe, few, many, reason) in [
        ("notifies", 10, 100, "Too many open files"),
        ("watches", 1000, 9000, "No space left"),
        ("terminals", 50, 1000, "No space left"),
    ] {
        kit.works(&format!("{PROBE} {probe} {few}")).await;
        kit.refuses(&format!("{PROBE} {probe} {many}"), reason).await;
        let bomb = format!("cd /workspace; {PROBE} {probe} {few} {probe}");
        let bomb = start(&*kit.sandbox, command(&["bash", "-c", &bomb])).await.unwrap();
        let held = kit.session.join("workspace").join(probe);
        eventually("it has what it can", || held.exists().then_some(())).await;
        neighbour.works(&format!("{PROBE} {probe} {few}")).await;
        bomb.kill().await.unwrap();
        recover(&mut kit).await;
    }
}

#[tokio::test]
async fn processor_time_is_bounded_or_said_not_to_be() {
    // Less than its share of a machine that has much else to do.
    let limits = ResourceLimits { cpu: Some(50), ..ResourceLimits::default() };
    let mut kit = bounded(limits.clone()).await;
    if !is_root() {
        assert!(!kit.sandbox.limits().holds(Limit::Cpu));
        let mut spec = plain(&host_folder().path().join("session"));
        spec.limits = ResourceLimits { required: [Limit::Cpu].into(), ..limits };
        let error = create(Isolation::Full, spec).await.err().unwrap();
        assert!(matches!(&error, Error::Unenforceable { limit: Limit::Cpu, .. }), "{error}");
        return;
    }
    let group = groups(&kit).into_iter().find(|group| group.starts_with("/sys/fs/cgroup/cpu")).unwrap();
    let throttled = || {
        let stat = std::fs::read_to_string(group.join("cpu.stat")).unwrap();
        let times = stat.lines().find_map(|line| line.strip_prefix("nr_throttled ")).unwrap();
        times.parse::<u64>().unwrap()
    };
    kit.works("true").await;
    let busy = start(&*kit.sandbox, command(&["bash", "-c", "while :; do :; done"])).await.unwrap();
    eventually("it is throttled", || (throttled() > 2).then_some(())).await;
    busy.kill().await.unwrap();
    assert_eq!(probe_limits(&limits), kit.sandbox.limits());
}

/// The control groups of a sandbox, as its record names them.
fn groups(kit: &Kit) -> Vec<PathBuf> {
    groups_in(kit.host.path())
}

fn groups_in(host: &Path) -> Vec<PathBuf> {
    let named = |record: &serde_json::Value| -> Vec<PathBuf> {
        record["groups"].as_array().unwrap().iter().map(|path| path.as_str().unwrap().into()).collect()
    };
    records(host).iter().flat_map(named).collect()
}

/// The records of the sandboxes whose control folders are in `host`.
fn records(host: &Path) -> Vec<serde_json::Value> {
    let folders = std::fs::read_dir(host).unwrap().map(|entry| entry.unwrap().path());
    let records = folders.filter_map(|folder| std::fs::read(folder.join("sandbox.json")).ok());
    records.map(|record| serde_json::from_slice(&record).unwrap()).collect()
}

#[tokio::test]
async fn no_control_group_is_left_behind() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("(setsid sleep 1000 &)").await;
    let made = groups(&kit);
    // An ordinary user has none here.
    assert_eq!(made.len(), if is_root() { 3 } else { 0 }, "{made:?}");
    eventually("the control: they are there", || made.iter().all(|group| group.is_dir()).then_some(())).await;
    kit.sandbox.destroy().await;
    assert!(!made.iter().any(|group| group.exists()), "{made:?}");

    // The launcher cannot, when it was killed.
    let kit = Kit::new(Isolation::Full).await;
    let made = groups(&kit);
    let [record] = &records(kit.host.path())[..] else { panic!() };
    let launcher = i32::try_from(record["launcher"]["pid"].as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(launcher).unwrap(), Signal::KILL).unwrap();
    kit.sandbox.ended().await;
    kit.sandbox.destroy().await;
    assert!(!made.iter().any(|group| group.exists()), "{made:?}");
}

/// Also what it has started before there was the last of them.
#[tokio::test]
async fn everything_of_a_sandbox_is_in_its_control_groups() {
    let kit = Kit::made(Isolation::Full, host_folder(), |_| {}).await;
    let many = "for number in $(seq 60); do (setsid sleep 100 &); done; sleep 100";
    let many = start(&*kit.sandbox, command(&["bash", "-c", many])).await.unwrap();
    let first = LinuxBackend::record(&kit.control()).unwrap().supervisor.unwrap().pid.cast_unsigned();
    for group in groups(&kit) {
        eventually("all are in it", || {
            let (mut all, mut open) = (Vec::new(), vec![first]);
            while let Some(process) = open.pop() {
                open.extend(crate::host::children(process).into_iter().map(|child| child.pid));
                all.push(process.to_string());
            }
            let inside = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            let inside: Vec<&str> = inside.lines().collect();
            (all.len() > 60 && all.iter().all(|process| inside.contains(&process.as_str()))).then_some(())
        })
        .await;
    }
    many.kill().await.unwrap();
}

/// Where the launcher was killed and no host came back, the next sandbox that has time for it cleans up.
#[tokio::test]
async fn forgotten_control_groups_are_swept() {
    let kit = Kit::new(Isolation::Full).await;
    let parents: Vec<PathBuf> = groups(&kit).iter().map(|group| group.parent().unwrap().to_owned()).collect();
    // The largest process id there can be is 4,194,304 (proc(5)).
    let nobody = 5_000_000 + std::process::id();
    let forgotten: Vec<_> =
        parents.iter().map(|parent| parent.join(format!("skilled-{nobody}-1000"))).collect();
    let young: Vec<_> =
        parents.iter().map(|parent| parent.join(format!("skilled-{nobody}-9000000000000"))).collect();
    for group in forgotten.iter().chain(&young) {
        std::fs::create_dir(group).unwrap();
    }
    for group in forgotten {
        eventually("it is gone", || (!group.exists()).then_some(())).await;
    }
    for group in young {
        std::fs::remove_dir(group).expect("it is left alone");
    }
}

#[tokio::test]
async fn a_killed_host_leaves_its_control_groups_to_the_next() {
    let host = host_folder();
    let mut driver = Driver::start(&["env"], "hold", Isolation::Full, host.path(), "true");
    assert_eq!(driver.line("status "), "0");
    let made = groups_in(host.path());
    assert_eq!(made.len(), if is_root() { 3 } else { 0 }, "{made:?}");
    driver.kill();
    for group in &made {
        eventually("the sandbox lives on", || group.is_dir().then_some(())).await;
    }
    let control = std::fs::read_dir(host.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut control = control;
    let control = control.find(|folder| folder.join("sandbox.json").exists()).unwrap();
    let sandbox = LinuxBackend::open(&control).await.unwrap();
    assert!(sandbox.limits().holds(Limit::Memory), "it is known how it is bounded");
    sandbox.destroy().await;
    assert!(!made.iter().any(|group| group.exists()), "{made:?}");
}

#[tokio::test]
async fn a_command_that_floods_is_ended_by_its_time() {
    let mut kit = Kit::new(Isolation::Full).await;
    let finished = kit.finish("yes", Duration::from_millis(300)).await;
    assert!(matches!(finished.ended, Ended::TimedOut), "{:?}", finished.ended);
    assert!(finished.stdout.to_text().len() < 200_000);
    recover(&mut kit).await;
}
