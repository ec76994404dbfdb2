//! The persistent shell, in every isolation.

use std::time::Duration;

use skilled_sandbox::{Ended, Exit, Limits, Shell};
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use crate::host::marked;
use crate::kit::Kit;

const BOTH: [Isolation; 2] = [Isolation::Full, Isolation::None];

#[tokio::test]
async fn directory_variables_and_status_stay() {
    for isolation in BOTH {
        let mut kit = Kit::new(isolation).await;
        assert_eq!(kit.run("cd /tmp; x='a b'; f() { echo \"f:$x\"; }; (exit 3)").await, (3, String::new()));
        assert_eq!(kit.run("echo $?; pwd; f").await, (0, "3\n/tmp\nf:a b\n".into()));
    }
}

#[tokio::test]
async fn outputs_are_apart_and_commands_read_nothing() {
    let mut kit = Kit::new(Isolation::Full).await;
    let finished =
        kit.finish("echo out; echo err >&2; cat; read line; echo $?", Duration::from_secs(20)).await;
    assert_eq!(
        (finished.stdout.to_text().as_str(), finished.stderr.to_text().as_str()),
        ("out\n1\n", "err\n")
    );
}

#[tokio::test]
async fn a_redirection_of_the_shell_ends_with_its_command() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.run("exec >/workspace/log 2>&1; echo hidden").await;
    assert_eq!(kit.run("cat /workspace/log").await, (0, "hidden\n".into()));
}

#[tokio::test]
async fn output_cannot_forge_the_end_of_a_command() {
    let mut kit = Kit::new(Isolation::Full).await;
    let (status, output) = kit.run("printf '1 0\\n'; printf '2 0\\n' >&201; sleep 0.2; echo done; exit_code() { return 7; }; exit_code").await;
    assert_eq!(status, 7, "{output}");
    assert!(output.contains("done") && output.contains("201: Bad file descriptor"), "{output}");
}

#[tokio::test]
async fn a_command_cannot_derail_the_loop_that_runs_it() {
    let mut kit = Kit::new(Isolation::Full).await;
    assert_eq!(kit.run("x=1; echo hi; continue").await, (0, "hi\n".into()));
    assert_eq!(kit.run("for i in 1 2; do break 9; done; x=2").await, (0, String::new()));
    assert_eq!(kit.run("break; echo never").await.0, 0);
    // The shell is the same, and takes one command at a time.
    let shadows = "read() { :; }; printf() { :; }; eval() { :; }; echo once >> /tmp/count; echo $x";
    assert_eq!(kit.run(shadows).await, (0, "1\n".into()));
    assert_eq!(kit.run("cat /tmp/count; (exit 4)").await, (4, "once\n".into()));
    assert_eq!(kit.run("declare -A map=([a]=b)").await, (0, String::new()));
    assert_eq!(kit.run("echo \"$? ${map[a]}\"  # with a tail \n\n").await, (0, "0 b\n".into()));
    // What goes too far only ends the shell.
    let finished = kit.finish("builtin() { :; }; echo once >> /tmp/count", Duration::from_secs(20)).await;
    assert!(matches!(finished.ended, Ended::Shell(_)), "{finished:?}");
    kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
    assert_eq!(kit.run("wc -l < /tmp/count").await.1.trim(), "2");
}

#[tokio::test]
async fn syntax_errors_and_long_commands_are_survived() {
    let mut kit = Kit::new(Isolation::Full).await;
    let (status, output) = kit.run("if then").await;
    assert!(status != 0 && output.contains("syntax error"), "{output}");
    let long = format!("echo {} | wc -c", "x".repeat(200_000));
    assert_eq!(kit.run(&long).await, (0, "200001\n".into()));
    let error = kit
        .shell
        .run("a\0b", Limits::new(Duration::from_secs(1), 10), &CancellationToken::new())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("zero byte"));
}

#[tokio::test]
async fn a_shell_that_ends_says_how_and_another_can_start() {
    for (command, exit) in
        [("exit 5", Exit::Code(5)), ("kill -9 $$", Exit::Signal(9)), ("set -e; false", Exit::Code(1))]
    {
        let mut kit = Kit::new(Isolation::Full).await;
        let finished = kit.finish(&format!("echo before; {command}"), Duration::from_secs(20)).await;
        assert_eq!((finished.ended, finished.stdout.to_text().as_str()), (Ended::Shell(exit), "before\n"));
        assert!(kit.shell.has_ended());
        kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
        assert_eq!(kit.run("echo again").await, (0, "again\n".into()));
    }
}

#[tokio::test]
async fn a_closed_workspace_can_be_opened_again() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.finish("chmod 000 /workspace; exit 0", Duration::from_secs(20)).await;
    kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
    assert_eq!(
        kit.run("pwd; chmod 755 /workspace; cd /workspace && pwd").await,
        (0, "/\n/workspace\n".into())
    );
}

#[tokio::test]
async fn a_flood_is_cut_while_it_streams() {
    let mut kit = Kit::new(Isolation::Full).await;
    let finished =
        kit.finish("head -c 10000000 /dev/zero | tr '\\0' x; echo end", Duration::from_mins(1)).await;
    assert_eq!(finished.ended, Ended::Status(0));
    assert_eq!(finished.stdout.cut, 10_000_004 - 100_000);
    let text = finished.stdout.to_text();
    assert!(text.ends_with("x\nend\n") || text.ends_with("xend\n"), "{}", &text[text.len() - 10..]);
    assert!(text.contains("[… 9900004 bytes cut …]"));
}

#[tokio::test]
async fn background_output_belongs_to_the_next_command() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.run("mkfifo /tmp/go; (read line < /tmp/go; echo late) & echo now").await;
    assert_eq!(kit.run("echo > /tmp/go; wait").await, (0, "late\n".into()));
}

#[tokio::test]
async fn a_timeout_or_a_cancellation_takes_the_whole_tree() {
    for isolation in BOTH {
        for cancelled in [false, true] {
            let mut kit = Kit::new(isolation).await;
            let marker = format!("3{}{}", std::process::id(), u8::from(cancelled));
            // A child that has forked twice, left its session and ignores what it can.
            let command = format!(
                "trap '' TERM HUP INT; (setsid bash -c \"trap '' TERM HUP INT; exec -a detached sleep {marker}\" &) ; echo started; sleep {marker}"
            );
            let cancel = CancellationToken::new();
            let (timeout, limits) = (Duration::from_secs(if cancelled { 60 } else { 1 }), 1000);
            let limits = Limits::new(timeout, limits);
            if cancelled {
                let cancel = cancel.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    cancel.cancel();
                });
            }
            assert_eq!(marked(&marker).len(), 0, "the control: nothing runs yet");
            let shell = kit.shell.run(&command, limits, &cancel);
            let (finished, seen) = tokio::join!(shell, async {
                // The positive control: both sleepers are seen from here while they run.
                for _ in 0..200 {
                    if marked(&marker).len() >= 2 {
                        return true;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                false
            });
            let finished = finished.unwrap();
            assert!(seen, "both processes ran");
            assert_eq!(finished.ended, if cancelled { Ended::Cancelled } else { Ended::TimedOut });
            assert_eq!(finished.stdout.to_text(), "started\n");
            assert_eq!(marked(&marker).len(), 0, "{isolation:?}: nothing survived");
            kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
            assert_eq!(kit.run("echo again").await.1, "again\n");
        }
    }
}
