//! Sandboxes made in advance.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::pool::Options;
use skilled_sandbox::{Backend as _, Ended, Key, Limits, Pool, Python, Run, Shell, SkillMount, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::host::field_of;
use crate::kit::{eventually, host_folder, plain};

const LIMITS: Limits = Limits::new(Duration::from_secs(30), 100_000);

fn pool(host: &TempDir, high: usize, imports: &[&str]) -> Pool {
    let backend = Arc::new(LinuxBackend::new(Isolation::Full));
    let limits = plain(host.path()).limits;
    let options = Options {
        low: 1,
        high,
        folder: host.path().join("warm"),
        python: None,
        imports: imports.iter().map(|name| (*name).to_owned()).collect(),
        limits,
    };
    Pool::new(backend, options, Arc::new(|work| drop(tokio::spawn(work))))
}

/// A session with a skill, an upload, a file of an earlier time, and a variable.
fn session(host: &TempDir, name: &str) -> Spec {
    let folder = host.path().join(name);
    let snapshot = host.path().join(format!("{name}-snapshot"));
    std::fs::create_dir_all(&snapshot).unwrap();
    std::fs::write(snapshot.join("SKILL.md"), format!("skill of {name}\n")).unwrap();
    std::fs::create_dir_all(folder.join("uploads")).unwrap();
    std::fs::write(folder.join("uploads/in.txt"), format!("upload of {name}\n")).unwrap();
    let mut spec = plain(&folder);
    spec.skills = vec![SkillMount { name: "planted".to_owned(), snapshot }];
    spec.env = BTreeMap::from([("OWN".to_owned(), format!("it's {name}"))]);
    name.clone_into(&mut spec.label);
    spec
}

#[tokio::test]
async fn a_claimed_sandbox_is_the_sessions() {
    let host = host_folder();
    let pool = pool(&host, 2, &["json", "decimal"]);
    pool.fill().await;
    for name in ["one", "other"] {
        let spec = session(&host, name);
        let (control, folder) = (spec.control_dir.clone(), spec.session_dir.clone());
        let sandbox = pool.claim(spec).await.unwrap();
        assert_eq!(LinuxBackend::record(&control).unwrap().label, name);
        // The shell that was there before the session.
        let mut shell = Shell::open(&*sandbox, &"bash-1".parse().unwrap(), "/").await.unwrap();
        let look = "pwd; echo $OWN; cat /skills/planted/SKILL.md /mnt/session/uploads/in.txt; echo made > made; echo out > /mnt/session/outputs/out; echo changed > /skills/planted/SKILL.md; cat /skills/planted/SKILL.md";
        let finished = shell.run(look, LIMITS, &CancellationToken::new()).await.unwrap();
        assert_eq!(
            finished.stdout.to_text(),
            format!("/workspace\nit's {name}\nskill of {name}\nupload of {name}\nchanged\n"),
            "{}",
            finished.stderr.to_text()
        );
        assert_eq!(std::fs::read_to_string(folder.join("workspace/made")).unwrap(), "made\n");
        assert_eq!(std::fs::read_to_string(folder.join("outputs/out")).unwrap(), "out\n");
        let source = host.path().join(format!("{name}-snapshot/SKILL.md"));
        assert_eq!(std::fs::read_to_string(source).unwrap(), format!("skill of {name}\n"));
        let mut python = Python::open(&*sandbox, &"python-1".parse().unwrap(), &[]).await.unwrap();
        let look =
            "import os, sys; (os.getcwd(), os.environ['OWN'], 'decimal' in sys.modules, open('made').read())";
        let key = Key::fresh("look").unwrap();
        let finished = python.run_as(&key, Run::Text(look), LIMITS, &CancellationToken::new()).await.unwrap();
        assert_eq!(
            finished.stdout.to_text(),
            format!("('/workspace', \"it's {name}\", True, 'made\\n')\n"),
            "{}",
            finished.stderr.to_text()
        );
        let files = sandbox.files();
        files.write("written", b"by the host").await.unwrap();
        let finished =
            shell.run("cat written; rmdir /.session", LIMITS, &CancellationToken::new()).await.unwrap();
        assert_eq!(finished.stdout.to_text(), "by the host");
        assert_ne!(finished.ended, Ended::Status(0), "the root is read-only");
        let finished = shell
            .run("ls -A /.session | wc -l; cat /proc/self/status", LIMITS, &CancellationToken::new())
            .await
            .unwrap();
        let said = finished.stdout.to_text();
        assert!(said.starts_with("0\n"));
        assert_eq!(
            (field_of(&said, "CapEff").as_str(), field_of(&said, "NoNewPrivs").as_str()),
            ("0000000000000000", "1")
        );
        sandbox.destroy().await;
    }
    assert_eq!(
        (pool.metrics().warm, pool.metrics().cold, pool.metrics().failed),
        (2, 0, 0),
        "the pool made them"
    );
}

/// It is as good as one made for the session: found again after its driver, ended without one.
#[tokio::test]
async fn a_claimed_sandbox_can_be_found_again() {
    let host = host_folder();
    let pool = pool(&host, 1, &[]);
    pool.fill().await;
    let spec = session(&host, "one");
    let control = spec.control_dir.clone();
    let sandbox = pool.claim(spec).await.unwrap();
    sandbox.leave();
    drop(sandbox);
    let again = LinuxBackend::open(&control).await.unwrap();
    let mut shell = Shell::open(&*again, &"bash-1".parse().unwrap(), "/").await.unwrap();
    let finished = shell.run("pwd; echo $OWN", LIMITS, &CancellationToken::new()).await.unwrap();
    assert_eq!(finished.stdout.to_text(), "/workspace\nit's one\n");
    again.destroy().await;
}

#[tokio::test]
async fn what_waits_ends_with_the_pool_and_a_dead_one_is_replaced() {
    let host = host_folder();
    let pool = pool(&host, 1, &[]);
    pool.fill().await;
    assert_eq!(pool.metrics().ready, 1);
    let folder = std::fs::read_dir(host.path().join("warm")).unwrap().next().unwrap().unwrap().path();
    let record = LinuxBackend::record(&folder).unwrap();
    assert!(record.lives(), "the control");
    let process = record.supervisor.unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(process.pid).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    eventually("it dies", || process.has_ended().then_some(())).await;
    let sandbox = pool.claim(session(&host, "one")).await.unwrap();
    let mut shell = Shell::start(&*sandbox).await.unwrap();
    let finished =
        shell.run("cat /skills/planted/SKILL.md", LIMITS, &CancellationToken::new()).await.unwrap();
    assert_eq!(finished.stdout.to_text(), "skill of one\n");
    assert_eq!(pool.metrics().cold, 1);
    pool.fill().await;
    let waiting: Vec<_> = std::fs::read_dir(host.path().join("warm"))
        .unwrap()
        .filter_map(|entry| LinuxBackend::record(&entry.unwrap().path()).ok())
        .filter(skilled_sandbox_linux::Record::lives)
        .collect();
    assert_eq!(waiting.len(), pool.metrics().ready);
    drop(pool);
    for record in waiting {
        eventually("it ends with its pool", || (!record.lives()).then_some(())).await;
    }
}

/// What waits knows nothing of any session, and sees no file of one.
#[tokio::test]
async fn a_claim_is_alone() {
    let host = host_folder();
    let pool = pool(&host, 2, &[]);
    pool.fill().await;
    let one = pool.claim(session(&host, "one")).await.unwrap();
    let other = pool.claim(session(&host, "other")).await.unwrap();
    one.files().write("secret", b"of one").await.unwrap();
    let mut shell = Shell::open(&*other, &"bash-1".parse().unwrap(), "/").await.unwrap();
    let finished = shell
        .run(
            "ls -A /workspace; echo $OWN; find / -xdev -name secret 2>/dev/null",
            LIMITS,
            &CancellationToken::new(),
        )
        .await
        .unwrap();
    assert_eq!(finished.stdout.to_text(), "it's other\n");
    // The control: it is where it belongs.
    let mut shell = Shell::open(&*one, &"bash-1".parse().unwrap(), "/").await.unwrap();
    let finished = shell.run("ls -A /workspace", LIMITS, &CancellationToken::new()).await.unwrap();
    assert_eq!(finished.stdout.to_text(), "secret\n");
    assert!(
        LinuxBackend::new(Isolation::None)
            .prepare(skilled_sandbox::Warmth {
                control_dir: host.path().join("none"),
                python: None,
                imports: Vec::new(),
                limits: plain(host.path()).limits,
            })
            .await
            .is_err()
    );
}
