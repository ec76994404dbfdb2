//! The persistent Python, in every isolation.

use std::time::Duration;

use skilled_sandbox::{Ended, Finished, Key, Limits, Python, Run};
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use crate::kit::Kit;

const BOTH: [Isolation; 2] = [Isolation::Full, Isolation::None];

async fn run(python: &mut Python, what: Run<'_>, timeout: Duration) -> Finished {
    let limits = Limits { timeout, grace: Duration::from_secs(2), output_bytes: 100_000 };
    let key = Key::fresh("text").unwrap();
    python.run_as(&key, what, limits, &CancellationToken::new()).await.unwrap()
}

async fn text(python: &mut Python, source: &str) -> (Ended, String, String) {
    let finished = run(python, Run::Text(source), Duration::from_secs(30)).await;
    (finished.ended, finished.stdout.to_text(), finished.stderr.to_text())
}

async fn open(kit: &Kit, imports: &[&str]) -> Python {
    Python::open(&*kit.sandbox, &Key::fresh("python").unwrap(), imports).await.unwrap()
}

#[tokio::test]
async fn names_stay_and_values_are_shown() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let mut python = open(&kit, &["json", "no_such_module"]).await;
        assert_eq!(
            text(&mut python, "import os\nx = 20").await,
            (Ended::Status(0), String::new(), String::new())
        );
        assert_eq!(text(&mut python, "def f():\n    return x + 1\nf()").await.1, "21\n");
        assert_eq!(text(&mut python, "'ä€'; None").await.1, "");
        assert_eq!(
            text(&mut python, "print(__name__, sorted(n for n in globals() if not n.startswith('__')))")
                .await
                .1,
            "__main__ ['f', 'os', 'x']\n"
        );
        let (ended, out, err) = text(&mut python, "print('before')\n1/0").await;
        assert_eq!((ended, out.as_str()), (Ended::Status(1), "before\n"));
        assert!(
            err.contains("line 2") && err.contains("ZeroDivisionError") && !err.contains("<string>"),
            "{err}"
        );
        assert!(text(&mut python, "if then").await.2.contains("SyntaxError"));
        assert_eq!(text(&mut python, "import sys; sys.exit(7)").await.0, Ended::Status(7));
        assert_eq!(
            text(&mut python, "sys.exit('told')").await,
            (Ended::Status(1), String::new(), "told\n".into())
        );
        assert_eq!(text(&mut python, "input()").await.0, Ended::Status(1), "there is nothing to read");
        assert_eq!(text(&mut python, "x").await.1, "20\n");
        let long = format!("len('{}')", "x".repeat(300_000));
        assert_eq!(text(&mut python, &long).await.1, "300000\n");
    }
}

#[tokio::test]
async fn an_interrupt_leaves_the_interpreter() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let mut python = open(&kit, &[]).await;
        text(&mut python, "x = 1").await;
        let endless = run(&mut python, Run::Text("while True: pass"), Duration::from_millis(300)).await;
        assert_eq!(endless.ended, Ended::Interrupted, "{}", endless.stderr.to_text());
        assert_eq!(text(&mut python, "x").await.1, "1\n");
        let limits = Limits {
            timeout: Duration::from_millis(300),
            grace: Duration::from_millis(100),
            output_bytes: 100,
        };
        let stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass";
        let key = Key::fresh("text").unwrap();
        let finished =
            python.run_as(&key, Run::Text(stubborn), limits, &CancellationToken::new()).await.unwrap();
        assert_eq!(finished.ended, Ended::TimedOut);
        assert!(python.has_ended());
    }
}

#[tokio::test]
async fn a_script_runs_in_a_copy_and_leaves_nothing() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let mut python = open(&kit, &["json"]).await;
        let source = "import json, os, sys, helper\nprint(__name__, sys.argv[1:], os.getcwd(), helper.VALUE)\nleft = 1\nsys.exit(5)\n";
        kit.sandbox.files().write("scripts/job.py", source.as_bytes()).await.unwrap();
        kit.sandbox.files().write("scripts/helper.py", b"VALUE = 'of the helper'\n").await.unwrap();
        let workspace = kit.sandbox.layout().workspace.clone();
        let path = format!("{workspace}/scripts/job.py");
        let script = Run::Script { path: &path, arguments: &["a b", "c"], folder: "/tmp" };
        let finished = run(&mut python, script, Duration::from_secs(20)).await;
        assert_eq!(finished.ended, Ended::Status(5), "{}", finished.stderr.to_text());
        assert_eq!(finished.stdout.to_text(), "__main__ ['a b', 'c'] /tmp of the helper\n");
        assert_eq!(
            text(&mut python, "'left' in globals(), 'helper' in __import__('sys').modules").await.1,
            "(False, False)\n"
        );
        let missing = Run::Script { path: "/no/such.py", arguments: &[], folder: "/" };
        let finished = run(&mut python, missing, Duration::from_secs(20)).await;
        assert!(finished.ended == Ended::Status(1) && finished.stderr.to_text().contains("/no/such.py"));
        kit.sandbox.files().write("kill.py", b"import os\nos.kill(os.getpid(), 9)\n").await.unwrap();
        let path = format!("{workspace}/kill.py");
        let killed = Run::Script { path: &path, arguments: &[], folder: "/" };
        assert_eq!(run(&mut python, killed, Duration::from_secs(20)).await.ended, Ended::Status(137));
    }
}

/// What a text writes to the channels by luck is not taken for its end, and its children do not have them.
#[tokio::test]
async fn a_text_cannot_forge_its_end() {
    let kit = Kit::new(Isolation::Full).await;
    let mut python = open(&kit, &[]).await;
    let forge = "import os, subprocess, time\nfor fd in (200, 201):\n    try:\n        os.write(fd, b'1 0\\n')\n    except OSError as error:\n        print(error.errno)\nprint(subprocess.run(['ls', '/proc/self/fd'], capture_output=True, text=True).stdout.split())\ntime.sleep(0.2)\nraise SystemExit(9)";
    let (ended, out, err) = text(&mut python, forge).await;
    assert_eq!((ended, out.as_str()), (Ended::Status(9), "9\n9\n['0', '1', '2', '3']\n"), "{err}");
}

/// What lies in the workspace stands for no module of the interpreter's own program.
#[tokio::test]
async fn a_file_of_the_workspace_does_not_stand_in() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        for name in ["json", "ast", "signal", "runpy", "types", "helper"] {
            kit.sandbox.files().write(&format!("{name}.py"), b"VALUE = 'planted'\n").await.unwrap();
        }
        let mut python = open(&kit, &["decimal"]).await;
        assert_eq!(text(&mut python, "import json; hasattr(json, 'VALUE')").await.1, "False\n");
        // The control: a module of its own is found there.
        assert_eq!(text(&mut python, "import helper; helper.VALUE").await.1, "'planted'\n");
    }
}
