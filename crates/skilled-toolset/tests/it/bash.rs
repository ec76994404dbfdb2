//! The persistent shell as the model meets it.

use serde_json::json;
use skilled_toolset::Options;

use crate::kit::Kit;

#[tokio::test]
async fn the_shell_keeps_its_folder_and_variables() {
    let kit = Kit::new().await;
    kit.operations.warm().await.unwrap();
    assert_eq!(kit.ok("bash", json!({"command": "mkdir d; cd d; x=7"})).await, "(no output)");
    let here = kit.workspace().join("d");
    assert_eq!(kit.ok("bash", json!({"command": "pwd; echo $x"})).await, format!("{}\n7\n", here.display()));
}

#[tokio::test]
async fn both_outputs_and_the_status_are_told() {
    let kit = Kit::new().await;
    let said = kit.fails("bash", json!({"command": "echo out; echo err >&2; false"})).await;
    assert_eq!(said, "out\n[stderr]\nerr\n[exit status 1]");
}

#[tokio::test]
async fn an_ended_shell_is_replaced_and_the_loss_told() {
    let kit = Kit::new().await;
    let said = kit.fails("bash", json!({"command": "x=1; echo bye; exit 3"})).await;
    assert!(said.starts_with("bye\n[The shell itself ended, with exit status 3."), "{said}");
    assert_eq!(kit.ok("bash", json!({"command": "echo \"[$x]\""})).await, "[]\n");
}

#[tokio::test]
async fn a_timeout_kills_and_the_next_command_works() {
    let kit = Kit::new().await;
    kit.ok("bash", json!({"command": "mkdir d; cd d"})).await;
    let said =
        kit.fails("bash", json!({"command": "trap '' INT TERM; sleep 1000", "timeout_seconds": 1})).await;
    assert!(said.starts_with("[Killed after 1 s"), "{said}");
    assert_eq!(kit.ok("bash", json!({"command": "pwd"})).await.trim(), kit.workspace().to_str().unwrap());
}

#[tokio::test]
async fn a_command_that_takes_the_hint_leaves_the_shell() {
    let kit = Kit::new().await;
    kit.ok("bash", json!({"command": "x=1"})).await;
    let said = kit.fails("bash", json!({"command": "sleep 1000", "timeout_seconds": 1})).await;
    assert!(said.starts_with("[Interrupted after 1 s"), "{said}");
    assert_eq!(kit.ok("bash", json!({"command": "echo $x"})).await, "1\n");
}

#[tokio::test]
async fn a_cancelled_call_returns_and_says_so() {
    let kit = Kit::new().await;
    let cancel = kit.cancel.clone();
    let call = kit.fails("bash", json!({"command": "touch begun; sleep 1000"}));
    let begun = kit.workspace().join("begun");
    let (said, ()) = tokio::join!(call, async {
        while !begun.exists() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    assert!(said.starts_with("[Cancelled: "), "{said}");
}

#[tokio::test]
async fn restart_gives_a_new_shell() {
    let kit = Kit::new().await;
    kit.ok("bash", json!({"command": "x=1"})).await;
    let said = kit.ok("bash", json!({"restart": true})).await;
    assert!(said.starts_with("A new shell runs in "), "{said}");
    assert_eq!(kit.ok("bash", json!({"restart": true, "command": "echo \"[$x]\""})).await, "[]\n");
}

#[tokio::test]
async fn a_call_given_up_in_the_middle_is_told_by_the_next() {
    let kit = Kit::new().await;
    let begun = kit.workspace().join("begun");
    tokio::select! {
        _ = kit.call("bash", json!({"command": "touch begun; sleep 1000"})) => panic!("it cannot have ended"),
        () = async {
            while !begun.exists() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    let said = kit.ok("bash", json!({"command": "echo here"})).await;
    assert!(said.starts_with("[The earlier shell was lost") && said.ends_with("here\n"), "{said}");
}

#[tokio::test]
async fn a_call_given_up_leaves_nothing_running() {
    let kit = Kit::new().await;
    let begun = kit.workspace().join("begun");
    let command = "mkfifo alive; exec 5<>alive; touch begun; sleep 1000";
    tokio::select! {
        _ = kit.call("bash", json!({"command": command})) => panic!("it cannot have ended"),
        () = async {
            while !begun.exists() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    // Nobody holds the other end: what is read from it ends at once.
    let command = "exec 5<>alive 6<alive 5>&-; cat <&6; echo ended";
    assert!(kit.ok("bash", json!({"command": command})).await.ends_with("ended\n"));
}

#[tokio::test]
async fn background_output_belongs_to_the_next_call() {
    let kit = Kit::new().await;
    let command = "{ until [ -e go ]; do :; done; echo late; touch done; } &";
    assert_eq!(kit.ok("bash", json!({"command": command})).await, "(no output)");
    let said = kit.ok("bash", json!({"command": "touch go; until [ -e done ]; do :; done"})).await;
    assert_eq!(said, "late\n");
}

#[tokio::test]
async fn long_and_binary_output_stays_within_bounds() {
    let kit = Kit::with(Options { output_bytes: 300, ..Options::default() }).await;
    let said = kit.ok("bash", json!({"command": "head -c 10000000 /dev/zero | tr '\\0' x"})).await;
    assert!(said.contains("[… 9999700 bytes cut …]") && said.contains("send it to a file"), "{said}");
    assert!(said.len() < 600);
    assert_eq!(kit.ok("bash", json!({"command": "printf 'a\\377\\000b'"})).await, "a\u{fffd}\u{2400}b");
}

#[tokio::test]
async fn impossible_commands_are_refused_with_advice() {
    let kit = Kit::new().await;
    assert!(kit.fails("bash", json!({"command": " \n"})).await.starts_with("The command is empty."));
    assert!(kit.fails("bash", json!({})).await.starts_with("The command is empty."));
    for seconds in [0, -1, 601] {
        let said = kit.fails("bash", json!({"command": "ls", "timeout_seconds": seconds})).await;
        assert!(said.starts_with("timeout_seconds must be from 1 to 600"), "{said}");
    }
    let said = kit.fails("bash", json!({"command": "a\u{0}b"})).await;
    assert!(said.contains("zero byte"), "{said}");
    assert_eq!(kit.ok("bash", json!({"command": "echo fine"})).await, "fine\n");
}
