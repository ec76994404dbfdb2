//! A driver that is killed at random moments, again and again: no call is lost, none is repeated, every output is whole.
//!
//! What the calls do is counted outside: each adds its number to a file of the workspace and prints several kilobytes. A
//! driver keeps each result on the host before it makes the next call, as a run keeps its log; the next driver goes on after
//! the last result that was kept, with the same keys. So a call that was at work is asked for again, which must not run it
//! again.
//!
//! Small here; `cargo xtask soak kill` asks for a thousand calls by the environment.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use skilled_sandbox::{Finished, Key, Limits, Sandbox, Shell};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tokio_util::sync::CancellationToken;

use crate::driver::{self, Driver};
use crate::kit::{command, create, host_folder, plain};

/// Calls and kills, as `CALLS KILLS`.
const ASK: &str = "SKILLED_SOAK_KILL";
const FEW: (usize, usize) = (60, 20);
/// The latest moment of a driver's life at which it is killed, in microseconds.
const LATEST: u64 = 30_000;
const LIMITS: Limits = Limits::new(Duration::from_secs(30), 100_000);
const LINES: usize = 60;

/// Moments that differ from run to run, and can be had again by their seed (`xorshift64`, Marsaglia 2003).
pub(crate) struct Moments(u64);

impl Moments {
    #[allow(clippy::disallowed_methods, reason = "each run is another one")]
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        Self(now | 1)
    }

    /// The next one: a time below so many microseconds.
    pub(crate) fn below(&mut self, microseconds: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_micros(self.0 % microseconds)
    }
}

/// What a soak asks for by the environment: two numbers.
#[allow(clippy::disallowed_methods, reason = "a soak asks by the environment, as drivers do")]
pub(crate) fn asked(name: &str) -> Option<(usize, usize)> {
    let text = std::env::var(name).ok()?;
    let mut numbers = text.split(' ').map(|number| number.parse().unwrap());
    Some((numbers.next().unwrap(), numbers.next().unwrap()))
}

/// Tells what came out to whoever runs the soak.
pub(crate) fn report(outcome: &serde_json::Value) {
    // `println!` would be captured by the test harness.
    writeln!(std::io::stdout().lock(), "\nsoak: {outcome}").unwrap();
}

#[tokio::test]
async fn kills_lose_and_repeat_nothing() {
    let (calls, kills) = asked(ASK).unwrap_or(FEW);
    let host = host_folder();
    let session = host.path().join("session");
    fs::create_dir(host.path().join("results")).unwrap();
    let mut first = Driver::start(&["env"], "calls", Isolation::Full, host.path(), "0");
    first.line("done");
    first.kill();

    let (mut moments, started) = (Moments::new(), Instant::now());
    let seed = moments.0;
    let (mut killed, mut between, mut idle) = (0, 0, 0);
    while killed < kills || results(host.path()) < calls {
        let before = results(host.path());
        let driver = Driver::start(&["env"], "calls", Isolation::Full, host.path(), &usize::MAX.to_string());
        tokio::time::sleep(moments.below(LATEST)).await;
        driver.kill();
        killed += 1;
        let kept = results(host.path());
        between += usize::from(effects(&session).len() > kept);
        idle = if kept > before { 0 } else { idle + 1 };
        assert!(idle < 100, "a hundred drivers in a row have done nothing, after {killed}");
    }
    // One more goes to the end.
    let all = calls.max(results(host.path()) + 1);
    let mut last = Driver::start(&["env"], "calls", Isolation::Full, host.path(), &all.to_string());
    last.line("done");
    last.kill();

    let done = effects(&session);
    let lost: Vec<usize> = (0..all).filter(|number| !done.contains(number)).collect();
    let repeated: Vec<usize> =
        (0..all).filter(|number| done.iter().filter(|it| *it == number).count() > 1).collect();
    let incomplete: Vec<usize> = (0..all)
        .filter(|number| {
            let result = fs::read_to_string(host.path().join(format!("results/{number}"))).unwrap();
            result != expected(*number)
        })
        .collect();
    report(&serde_json::json!({
        "calls": all, "kills": killed, "between": between, "lost": lost, "repeated": repeated,
        "incomplete": incomplete, "seed": seed, "milliseconds": started.elapsed().as_millis() as u64,
    }));
    assert_eq!((lost, repeated, incomplete), (vec![], vec![], vec![]), "the seed is {seed}");
    assert!(done.is_sorted() && done.len() == all, "in order: {done:?}");
    LinuxBackend::open(&host.path().join("control")).await.unwrap().destroy().await;
}

/// Results that were kept, without gaps.
fn results(host: &Path) -> usize {
    let names = fs::read_dir(host.join("results")).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name != "partial").count()
}

/// What the calls did, in the order in which they did it.
fn effects(session: &Path) -> Vec<usize> {
    let text = fs::read_to_string(session.join("workspace/effects")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// Every fourth is a program of its own; the others share a shell.
const fn is_one_shot(number: usize) -> bool {
    number % 4 == 3
}

fn script(number: usize) -> String {
    // Some take longer than others.
    let pause = if number % 10 == 5 { "sleep 0.02; " } else { "" };
    format!(
        "echo {number} >> effects; count=$((count+1)); {pause}for ((at=0; at<{LINES}; at++)); do echo \"{number} $count \
         $at of many lines that make an output long enough to come in several parts\"; done; echo {number} >&2"
    )
}

/// What a call gives: its status and its outputs. The count shows that one shell has run all of its calls, once.
fn expected(number: usize) -> String {
    let count =
        if is_one_shot(number) { 1 } else { (0..=number).filter(|number| !is_one_shot(*number)).count() };
    let lines = (0..LINES).map(|at| {
        format!(
            "{number} {count} {at} of many lines that make an output long enough to come in several parts\n"
        )
    });
    format!("0\n{}{number}\n", lines.collect::<String>())
}

/// The driver: makes the sandbox or finds it, and makes calls until there are `until` results. Then waits to be killed.
pub(crate) async fn calls(session: &Path, until: &str) {
    let host = session.parent().unwrap();
    let control = host.join("control");
    let sandbox = if control.exists() {
        LinuxBackend::open(&control).await.unwrap()
    } else {
        let mut spec = plain(session);
        spec.control_dir = control;
        spec.orphan = Duration::from_mins(1);
        create(Isolation::Full, spec).await.unwrap()
    };
    let mut shell = Shell::open(&*sandbox, &"bash-1".parse().unwrap(), "/workspace").await.unwrap();
    for number in results(host)..until.parse().unwrap() {
        let result = call(&*sandbox, &mut shell, number).await;
        let partial = host.join("results/partial");
        fs::write(&partial, result).unwrap();
        fs::rename(partial, host.join(format!("results/{number}"))).unwrap();
    }
    driver::tell("done");
    std::future::pending::<()>().await;
}

async fn call(sandbox: &dyn Sandbox, shell: &mut Shell, number: usize) -> String {
    let key: Key = format!("call_{number}").parse().unwrap();
    let cancel = CancellationToken::new();
    if is_one_shot(number) {
        let mut asked = command(&["bash", "-c", &script(number)]);
        "/workspace".clone_into(&mut asked.cwd);
        let mut operation = sandbox.start(&key, asked).await.unwrap();
        let Finished { stdout, stderr, ended } =
            skilled_sandbox::finished(&mut *operation, &cancel).await.unwrap();
        let skilled_sandbox::Ended::Shell(exit) = ended else { panic!("{number} ended as {ended:?}") };
        return format!("{}\n{}{}", exit.code(), stdout.to_text(), stderr.to_text());
    }
    let Finished { stdout, stderr, ended } =
        shell.run_as(&key, &script(number), LIMITS, &cancel).await.unwrap();
    let skilled_sandbox::Ended::Status(status) = ended else { panic!("{number} ended as {ended:?}") };
    format!("{status}\n{}{}", stdout.to_text(), stderr.to_text())
}
