//! Everything that a session does with its sandbox, and peers in the same rounds.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use skilled_sandbox::pool::Options;
use skilled_sandbox::{
    Backend as _, Ended, Finished, Key, Limits, Pool, Python, Remove, ResourceLimits, Run, Sandbox, Shell,
};
use tokio_util::sync::CancellationToken;

use crate::scene::{LIMITS, Peer, Scene, succeeds, tidy};
use crate::times::Times;

/// Rounds that are not counted.
const WARM_UP: usize = 2;
/// Imports take half a second, so that what needs them is done in every so many rounds.
const IMPORTS_EVERY: usize = 4;
const KIB: usize = 1024;
const FILES: [(&str, usize); 2] = [("1 KB", KIB), ("10 MB", 10 * KIB * KIB)];

/// What takes its turn in a round.
#[derive(Clone, Copy)]
enum Turn<'a> {
    Peer(&'a Peer),
    Cold,
    Shell,
    Programs,
    Files,
    WarmShell,
    Documents,
}

/// A sandbox that lasts for all rounds, and its shell.
struct Long {
    sandbox: Arc<dyn Sandbox>,
    shell: Shell,
}

pub(crate) async fn run(scene: &Scene) {
    let mut times = Times::default();
    let sandbox = scene.make("long").await;
    let shell = Shell::start(&*sandbox).await.unwrap();
    let mut long = Long { sandbox, shell };
    let own = [Turn::Cold, Turn::WarmShell, Turn::Programs, Turn::Shell, Turn::Files, Turn::Documents];
    let turns: Vec<Turn> = own.into_iter().chain(scene.orders.peers.iter().map(Turn::Peer)).collect();
    for round in 0..WARM_UP + scene.orders.rounds {
        if round == WARM_UP {
            times.forget();
        }
        if round % 10 == 0 {
            eprintln!("  round {round} of {}", WARM_UP + scene.orders.rounds);
        }
        for at in order(turns.len(), if round < WARM_UP { 0 } else { round }) {
            turn(&mut times, scene, turns[at], &mut long, round).await;
        }
    }
    long.sandbox.destroy().await;
    times.print();
}

/// Returns an order of so many turns that differs from round to round: what one leaves to the kernel to clean up slows whatever
/// comes next, which so is not always the same.
fn order(turns: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..turns).collect();
    // The smallest generator will do (`xorshift64`, Marsaglia 2003); the first order is the one in which results are shown.
    let mut state = round as u64 * 0x9E37_79B9_7F4A_7C15;
    for at in (1..turns).rev().filter(|_| round > 0) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(at, (state % (at as u64 + 1)) as usize);
    }
    order
}

async fn turn(times: &mut Times, scene: &Scene, turn: Turn<'_>, long: &mut Long, round: usize) {
    let warming_up = round < WARM_UP;
    let now_and_then = |every: usize| warming_up || round.is_multiple_of(every);
    match turn {
        Turn::Peer(peer) if now_and_then(peer.every) => measure(times, peer),
        Turn::Documents if !scene.orders.imports.is_empty() && now_and_then(IMPORTS_EVERY) => {
            documents(times, scene, &*long.sandbox, &format!("python-{round}")).await;
        }
        Turn::Peer(_) | Turn::Documents => {}
        Turn::Cold => cold(times, scene, &format!("cold-{round}")).await,
        Turn::Shell => in_shell(times, &mut long.shell).await,
        Turn::Programs => programs(times, &*long.sandbox).await,
        Turn::Files => files(times, &*long.sandbox, round).await,
        Turn::WarmShell => warm_shell(times, scene, &format!("warm-{round}")).await,
    }
}

fn measure(times: &mut Times, peer: &Peer) {
    let mut command = Command::new(&peer.argv[0]);
    command.args(&peer.argv[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.output().expect(&peer.argv[0]);
    times.add(&peer.step, started.elapsed());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {}: {said}", peer.argv, output.status);
}

async fn cold(times: &mut Times, scene: &Scene, name: &str) {
    let started = Instant::now();
    let sandbox = times.take("create, cold", scene.backend.create(scene.spec(name))).await.unwrap();
    succeeds(&*sandbox, &["/bin/true"]).await;
    times.take("destroy", sandbox.destroy()).await;
    times.add("create, first exec, destroy", started.elapsed());
    tidy(scene, name);
}

async fn in_shell(times: &mut Times, shell: &mut Shell) {
    for (step, command) in [("shell round trip, `:`", ":"), ("shell round trip, `/bin/true`", "/bin/true")] {
        let finished = times.take(step, shell.run(command, LIMITS, &CancellationToken::new())).await.unwrap();
        good(&finished);
    }
}

async fn programs(times: &mut Times, sandbox: &dyn Sandbox) {
    times.take("exec `/bin/true`", succeeds(sandbox, &["/bin/true"])).await;
    times.take("exec `python3 -c pass`", succeeds(sandbox, &["/usr/bin/python3", "-c", "pass"])).await;
}

/// New files each time: to replace one is dearer on file systems that write the new contents first (`ext4(5)`, `auto_da_alloc`).
async fn files(times: &mut Times, sandbox: &dyn Sandbox, round: usize) {
    for (size, bytes) in FILES {
        let (name, contents) = (format!("file-{bytes}-{round}"), vec![7; bytes]);
        let written = sandbox.files().write(&name, &contents);
        times.take(&format!("write a file, {size}"), written).await.unwrap();
        let read = async {
            let mut file = sandbox.files().open(&name).await.unwrap();
            file.read(bytes as u64).await.unwrap()
        };
        let (read, longer) = times.take(&format!("read a file, {size}"), read).await;
        assert!(read == contents && !longer);
        let replaced = sandbox.files().write(&name, &contents);
        times.take(&format!("replace a file, {size}"), replaced).await.unwrap();
        sandbox.files().remove(&name, Remove::One).await.unwrap();
    }
}

/// A pool that holds one.
fn pool(scene: &Scene, imports: &[String]) -> Pool {
    let options = Options {
        low: 0,
        high: 1,
        folder: scene.folder.path().join("pool"),
        python: scene.orders.python.clone(),
        imports: imports.to_vec(),
        limits: ResourceLimits::default(),
    };
    Pool::new(scene.backend.clone(), options, Arc::new(|work| drop(tokio::spawn(work))))
}

async fn warm_shell(times: &mut Times, scene: &Scene, name: &str) {
    let pool = pool(scene, &[]);
    pool.fill().await;
    let sandbox = times.take("claim, warm: shell", pool.claim(scene.spec(name))).await.unwrap();
    assert_eq!(pool.metrics().warm, 1);
    let mut shell = Shell::open(&*sandbox, &"bash-1".parse().unwrap(), "/").await.unwrap();
    let cancel = CancellationToken::new();
    let first = times.take("first command after a claim, `:`", shell.run(":", LIMITS, &cancel)).await;
    good(&first.unwrap());
    sandbox.destroy().await;
    tidy(scene, name);
}

/// A script that uses document libraries: in a claimed sandbox, and by an interpreter that has to import them.
async fn documents(times: &mut Times, scene: &Scene, long: &dyn Sandbox, name: &str) {
    let imports = format!("import {}\n", scene.orders.imports.join(", "));
    let python = scene.orders.python.as_ref().map_or("python3", |_| "/opt/skilled/python/bin/python3");
    times.take("exec `python3`, cold document libraries", succeeds(long, &[python, "-c", &imports])).await;
    let pool = pool(scene, &scene.orders.imports);
    pool.fill().await;
    let claim = pool.claim(scene.spec(name));
    let sandbox = times.take("claim, warm: shell, Python, document libraries", claim).await.unwrap();
    assert_eq!(pool.metrics().warm, 1);
    sandbox.files().write("script.py", imports.as_bytes()).await.unwrap();
    let mut python = Python::open(&*sandbox, &"python-1".parse().unwrap(), &[]).await.unwrap();
    for step in
        ["Python script, warm document libraries, first", "Python script, warm document libraries, next"]
    {
        let script = Run::Script { path: "/workspace/script.py", arguments: &[], folder: "/workspace" };
        let limits = Limits { timeout: Duration::from_mins(1), ..LIMITS };
        let (key, cancel) = (Key::fresh("script").unwrap(), CancellationToken::new());
        good(&times.take(step, python.run_as(&key, script, limits, &cancel)).await.unwrap());
    }
    sandbox.destroy().await;
    tidy(scene, name);
}

fn good(finished: &Finished) {
    assert_eq!(finished.ended, Ended::Status(0), "{}", finished.stderr.to_text());
}
