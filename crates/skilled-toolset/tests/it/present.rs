//! Results for the user.

use std::time::Duration;

use serde_json::json;
use skilled_tool::PresentedFile;
use skilled_toolset::Options;

use crate::kit::{Kit, text};
use crate::local::Stall;

const DIGEST_OF_A: &str = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

#[tokio::test]
async fn a_file_is_copied_with_its_type_and_digest() {
    let kit = Kit::new().await;
    kit.file("d/a.csv", "a");
    let outcome = kit.call("present_files", json!({"paths": ["d/a.csv"]})).await;
    assert_eq!(text(&outcome), "Presented a.csv: text/csv, 1 B.\n");
    let path = kit.outputs().join("a.csv");
    let expected = PresentedFile {
        path: path.to_str().unwrap().to_owned(),
        name: "a.csv".to_owned(),
        bytes: 1,
        media_type: "text/csv".to_owned(),
        digest: DIGEST_OF_A.to_owned(),
    };
    assert_eq!((outcome.is_error, outcome.files), (false, vec![expected]));
    assert_eq!(std::fs::read(&path).unwrap(), b"a");
    assert_eq!(std::fs::read_dir(kit.outputs()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_of_the_outputs_folder_stays_where_it_is() {
    let kit = Kit::new().await;
    std::fs::create_dir(kit.outputs().join("sub")).unwrap();
    let path = kit.outputs().join("sub/b\nc");
    std::fs::write(&path, "a").unwrap();
    let outcome = kit.call("present_files", json!({"paths": [path.to_str().unwrap()]})).await;
    assert_eq!(text(&outcome), "Presented sub/b\\nc: text/plain, 1 B.\n");
    assert_eq!((outcome.files[0].name.as_str(), outcome.files[0].digest.as_str()), ("sub/b\nc", DIGEST_OF_A));
}

#[tokio::test]
async fn the_same_path_again_is_a_new_version_and_another_file_gets_another_name() {
    let kit = Kit::new().await;
    kit.file("a.txt", "first");
    kit.ok("present_files", json!({"paths": ["a.txt"]})).await;
    kit.file("a.txt", "second");
    kit.file("other/a.txt", "other");
    let said = kit.ok("present_files", json!({"paths": ["a.txt", "other/a.txt"]})).await;
    assert!(said.starts_with("Presented a.txt:"), "{said}");
    assert!(said.contains("Presented a-2.txt:") && said.contains("came from other/a.txt"), "{said}");
    assert_eq!(std::fs::read(kit.outputs().join("a.txt")).unwrap(), b"second");
    assert_eq!(std::fs::read(kit.outputs().join("a-2.txt")).unwrap(), b"other");
    let said = kit.ok("present_files", json!({"paths": ["other/../other/a.txt"]})).await;
    assert!(said.starts_with("Presented a-2.txt:"), "{said}");
}

#[tokio::test]
async fn what_the_workload_put_there_is_not_overwritten() {
    let kit = Kit::new().await;
    std::fs::write(kit.outputs().join("a"), "theirs").unwrap();
    kit.file("a", "other");
    assert!(kit.ok("present_files", json!({"paths": ["a"]})).await.starts_with("Presented a-2:"));
    std::fs::write(kit.outputs().join("b"), "same").unwrap();
    kit.file("b", "same");
    assert!(kit.ok("present_files", json!({"paths": ["b"]})).await.starts_with("Presented b:"));
}

#[tokio::test]
async fn a_resumed_session_keeps_its_names() {
    let kit = Kit::new().await;
    std::fs::write(kit.outputs().join("a"), "version 1").unwrap();
    let before = PresentedFile {
        path: String::new(),
        name: "a".to_owned(),
        bytes: 9,
        media_type: String::new(),
        digest: String::new(),
    };
    kit.operations.restore_presented(&[before]).await;
    kit.file("a", "version 2");
    assert!(kit.ok("present_files", json!({"paths": ["a"]})).await.starts_with("Presented a:"));
    assert_eq!(std::fs::read(kit.outputs().join("a")).unwrap(), b"version 2");
}

#[tokio::test]
async fn only_results_are_presented_wherever_a_link_leads() {
    let kit = Kit::new().await;
    std::fs::write(kit.skills().join("SKILL.md"), "x").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", kit.workspace().join("users.txt")).unwrap();
    std::os::unix::fs::symlink(kit.skills(), kit.workspace().join("linked")).unwrap();
    for path in ["/etc/passwd", "users.txt", "linked/SKILL.md", "../skills/SKILL.md"] {
        let said = kit.fails("present_files", json!({"paths": [path]})).await;
        assert!(said.contains("is not a result of this session"), "{said}");
    }
    assert_eq!(std::fs::read_dir(kit.outputs()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_one_does_not_keep_the_others_back() {
    let kit = Kit::with(Options { presented_bytes: 10, ..Options::default() }).await;
    kit.file("good", "12345678");
    kit.file("large", "123");
    kit.file("d/x", "");
    let outcome = kit.call("present_files", json!({"paths": ["god", "good", "large", "d"]})).await;
    let said = text(&outcome);
    assert!(outcome.is_error && outcome.files.len() == 1, "{said}");
    assert!(said.contains("Did you mean good?"), "{said}");
    assert!(said.contains("large is too large: files of at most 10 B together"), "{said}");
    assert!(said.contains("d is a folder. Present the files in it by name"), "{said}");
    assert!(said.contains("[3 files were not presented; the others were.]"), "{said}");
}

#[tokio::test]
async fn a_copy_that_cannot_be_written_leaves_nothing() {
    let kit = Kit::new().await;
    kit.file("a", "x");
    std::fs::remove_dir(kit.outputs()).unwrap();
    std::fs::write(kit.outputs(), "in the way").unwrap();
    let said = kit.fails("present_files", json!({"paths": ["a"]})).await;
    assert!(said.contains("a could not be copied to"), "{said}");
}

#[tokio::test]
async fn a_copy_that_stands_still_is_given_up() {
    for stall in [Stall::Write, Stall::Commit] {
        let options = Options { copy_stall: Duration::from_millis(20), ..Options::default() };
        let kit = Kit::with(options).await;
        kit.stall(stall);
        kit.file("a", "x");
        let said = kit.fails("present_files", json!({"paths": ["a"]})).await;
        assert!(said.contains("made no progress for 0 s and was given up"), "{said}");
        assert_eq!(std::fs::read_dir(kit.outputs()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_copy_that_stands_still_can_be_cancelled() {
    for stall in [Stall::Write, Stall::Commit] {
        let kit = Kit::new().await;
        kit.stall(stall);
        kit.file("a", "x");
        let call = kit.fails("present_files", json!({"paths": ["a"]}));
        let (said, ()) = tokio::join!(call, async {
            kit.stalled().await;
            kit.cancel.cancel();
        });
        assert!(said.contains("a: the call was cancelled."), "{said}");
        assert_eq!(std::fs::read_dir(kit.outputs()).unwrap().count(), 0);
    }
}

/// A link in the outputs folder is replaced, not followed: the user gets a file.
#[tokio::test]
async fn a_link_in_the_place_of_a_copy_is_replaced() {
    let kit = Kit::new().await;
    kit.file("a", "new");
    kit.file("other", "own");
    kit.ok("present_files", json!({"paths": ["a"]})).await;
    std::fs::remove_file(kit.outputs().join("a")).unwrap();
    std::os::unix::fs::symlink(kit.workspace().join("other"), kit.outputs().join("a")).unwrap();
    assert!(kit.ok("present_files", json!({"paths": ["a"]})).await.starts_with("Presented a:"));
    assert!(std::fs::symlink_metadata(kit.outputs().join("a")).unwrap().is_file());
    assert_eq!(std::fs::read(kit.workspace().join("other")).unwrap(), b"own");
}

#[tokio::test]
async fn counts_are_bounded() {
    let kit = Kit::with(Options { presented_files: 1, ..Options::default() }).await;
    assert!(kit.fails("present_files", json!({"paths": []})).await.starts_with("paths is empty"));
    assert!(
        kit.fails("present_files", json!({"paths": ["a", "b"]})).await.starts_with("2 paths are too many")
    );
}
