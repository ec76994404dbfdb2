//! A process of its own that makes a sandbox: to be started in other circumstances than the tests, counted, and killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use skilled_sandbox::Shell;
use skilled_sandbox_linux::Isolation;

use crate::host::children;
use crate::kit::{Kit, create, host_folder, plain};

const ORDER: &str = "SKILLED_TEST_ORDER";
/// What every driver has in its environment, and no workload may see.
pub(crate) const PLANTED: (&str, &str) = ("SKILLED_TEST_PLANTED", "a-planted-secret-of-the-host");

/// A running driver. It tells what it finds on lines that begin with `driver: `.
pub(crate) struct Driver {
    child: Child,
    lines: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
}

impl Driver {
    /// Starts this program again by `wrapper`, to do `task` with a sandbox whose session is in `host`.
    pub(crate) fn start(
        wrapper: &[&str],
        task: &str,
        isolation: Isolation,
        host: &Path,
        command: &str,
    ) -> Self {
        let itself = std::env::current_exe().unwrap();
        let mut words: Vec<&str> = wrapper.to_vec();
        words.extend([
            itself.to_str().unwrap(),
            "--exact",
            "driver::a_driver_does_what_it_is_told",
            "--nocapture",
        ]);
        let session = host.join("session");
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .env(ORDER, format!("{task}\n{isolation:?}\n{}\n{command}", session.display()))
            .env(PLANTED.0, PLANTED.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { input: child.stdin.take(), child, lines }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next line that begins with `start`, and returns the rest of it.
    pub(crate) fn line(&mut self, start: &str) -> String {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(rest) =
                line.trim_end().rsplit_once("driver: ").and_then(|(_, told)| told.strip_prefix(start))
            {
                return rest.to_owned();
            }
            line.clear();
        }
        panic!("the driver has ended without saying {start:?}");
    }

    /// Kills the driver without a warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets the driver end by itself.
    pub(crate) async fn end(mut self) {
        drop(self.input.take());
        let status = tokio::task::spawn_blocking(move || self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{status}");
    }
}

pub(crate) fn tell(line: &str) {
    // `println!` would be captured by the test harness of the driver.
    writeln!(std::io::stdout().lock(), "driver: {line}").unwrap();
}

/// Is the driver when it is told what to do, and otherwise the test that it does so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods, reason = "orders come by the environment")]
async fn a_driver_does_what_it_is_told() {
    let Ok(order) = std::env::var(ORDER) else {
        let host = host_folder();
        let mut driver = Driver::start(
            &["env"],
            "hold",
            Isolation::Full,
            host.path(),
            "echo told; exit_code() { return 3; }; exit_code",
        );
        assert_eq!((driver.line("output ").as_str(), driver.line("status ").as_str()), ("told", "3"));
        driver.end().await;
        return;
    };
    let mut order = order.splitn(4, '\n');
    let (task, isolation) = (order.next().unwrap(), order.next().unwrap());
    let isolation = if isolation == "None" { Isolation::None } else { Isolation::Full };
    let (session, command) = (order.next().unwrap(), order.next().unwrap());
    match task {
        "leak" => leak(isolation, Path::new(session), command).await,
        "cycles" => cycles(isolation, Path::new(session), command).await,
        "calls" => crate::kills::calls(Path::new(session), command).await,
        "count-cycles" => crate::cycles::count(Path::new(session), command).await,
        "cycle" => crate::cycles::cycle(Path::new(session), command).await,
        "cycle-once" => crate::cycles::cycle_once(Path::new(session), command).await,
        "die" => die(isolation, Path::new(session), command, 20, 30_000).await,
        "die-soon" => die(isolation, Path::new(session), command, 1, 30_000).await,
        "die-timed" => die(isolation, Path::new(session), command, 20, 1000).await,
        _ => hold(task, isolation, Path::new(session), command).await,
    }
}

/// Makes a sandbox, runs one command in it, and keeps it until standard input ends.
async fn hold(task: &str, isolation: Isolation, session: &Path, command: &str) {
    let sandbox = match create(isolation, plain(session)).await {
        Ok(sandbox) => sandbox,
        Err(error) => return tell(&format!("failed {error:?}")),
    };
    if task == "mount" {
        let made =
            Command::new("mount").args(["-t", "tmpfs", "planted-mount", "/usr/games"]).status().unwrap();
        assert!(made.success());
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        tell(&format!(
            "on the host {}",
            mounts.lines().filter(|line| line.contains("planted-mount")).count()
        ));
    }
    let shell = Shell::start(&*sandbox).await.unwrap();
    let mut kit =
        Kit { sandbox, shell, session: session.to_owned(), control: PathBuf::new(), host: host_folder() };
    let (status, output) = kit.run(command).await;
    tell(&format!("output {}", output.trim_end().replace('\n', " ")));
    tell(&format!("status {status}"));
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    kit.sandbox.destroy().await;
}

/// Makes a sandbox that can be found again, and runs a command under a name, until it is killed.
async fn die(isolation: Isolation, session: &Path, command: &str, orphan: u64, timeout: u64) {
    let mut spec = plain(session);
    spec.control_dir = session.with_file_name("control");
    spec.orphan = Duration::from_secs(orphan);
    let sandbox = create(isolation, spec).await.unwrap();
    let mut shell =
        Shell::open(&*sandbox, &"bash-1".parse().unwrap(), &sandbox.layout().workspace).await.unwrap();
    let limits = skilled_sandbox::Limits::new(Duration::from_millis(timeout), 100_000);
    let cancel = tokio_util::sync::CancellationToken::new();
    let _ = shell.run_as(&"op_1".parse().unwrap(), command, limits, &cancel).await;
    std::future::pending::<()>().await;
}

/// Makes a sandbox while descriptors are open that exec does not close, unlike everything that Rust opens.
async fn leak(isolation: Isolation, session: &Path, command: &str) {
    let (reader, writer) = std::io::pipe().unwrap();
    let leaked = rustix::io::dup(&writer).unwrap();
    drop(writer);
    let seen =
        Command::new("test").args(["-e", &format!("/proc/self/fd/{}", leaked.as_raw_fd())]).status().unwrap();
    tell(&format!("inherited {}", seen.success()));
    let sandbox = create(isolation, plain(session)).await.unwrap();
    let shell = Shell::start(&*sandbox).await.unwrap();
    let mut kit =
        Kit { sandbox, shell, session: session.to_owned(), control: PathBuf::new(), host: host_folder() };
    tell(&format!("output {}", kit.works(command).await.trim_end().replace('\n', " ")));
    drop(leaked);
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    tell(&format!("held {}", rustix::io::read(&reader, &mut [0; 1]) != Ok(0)));
    kit.sandbox.destroy().await;
}

/// Makes, uses and ends many sandboxes, and tells what was there before, during, and after.
async fn cycles(isolation: Isolation, session: &Path, command: &str) {
    let mut before = [0; 3];
    for number in 0..21 {
        if number == 1 {
            // The first has made what all share: the supervisor in memory, the runtime's own descriptors.
            before = held();
        }
        let sandbox = create(isolation, plain(session)).await.unwrap();
        let shell = Shell::start(&*sandbox).await.unwrap();
        let mut kit =
            Kit { sandbox, shell, session: session.to_owned(), control: PathBuf::new(), host: host_folder() };
        kit.works(command).await;
        kit.sandbox.files().write("file", b"contents").await.unwrap();
        kit.sandbox.files().open("file").await.unwrap();
        if number == 20 {
            tell(&format!("during {}", if is_more(held(), before) { "more" } else { "the same" }));
        }
        kit.sandbox.destroy().await;
    }
    // What is left to be done in the background is done in a moment.
    let patience = Instant::now() + Duration::from_secs(10);
    while is_more(held(), before) && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tell(&format!(
        "after {}",
        if is_more(held(), before) { format!("{:?}", held()) } else { "the same".to_owned() }
    ));
}

/// Counts the descriptors, the mounts and the children of this process.
pub(crate) fn held() -> [usize; 3] {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap().lines().count();
    [descriptors, mounts, children(std::process::id()).len()]
}

pub(crate) fn is_more(now: [usize; 3], before: [usize; 3]) -> bool {
    now.iter().zip(before).any(|(now, before)| *now > before)
}
