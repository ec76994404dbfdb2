//! Everything in the outputs folder.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;
use skilled_toolset::{Collected, Options, SkippedBecause};

use crate::kit::Kit;

async fn collect(kit: &Kit) -> (Vec<String>, Vec<(String, SkippedBecause)>) {
    let Collected { files, skipped } = kit.operations.collect(&kit.cancel).await.unwrap();
    let prefix = format!("{}/", kit.outputs().display());
    let relative = |path: String| path.strip_prefix(&prefix).unwrap().to_owned();
    let skipped = skipped.into_iter().map(|skipped| (relative(skipped.path), skipped.because)).collect();
    (files.into_iter().map(|file| file.name).collect(), skipped)
}

#[tokio::test]
async fn files_of_all_folders_are_collected_and_the_rest_named() {
    let kit = Kit::new().await;
    let outputs = kit.outputs();
    kit.ok("bash", json!({"command": format!("cd {}; mkdir -p d/e; echo 1 >d/e/f; echo 2 >.dot; mkfifo pipe", outputs.display())})).await;
    std::os::unix::fs::symlink("/etc/passwd", outputs.join("link\n")).unwrap();
    std::fs::write(outputs.join(std::ffi::OsStr::from_bytes(b"a\xff")), "").unwrap();
    std::fs::write(outputs.join(".skilled-partial-abc"), "half").unwrap();
    let (files, skipped) = collect(&kit).await;
    assert_eq!(files, [".dot", "d/e/f"]);
    let expected = [
        ("a\\xff".to_owned(), SkippedBecause::Name),
        ("link\\n".to_owned(), SkippedBecause::Link),
        ("pipe".to_owned(), SkippedBecause::Special),
    ];
    assert_eq!(skipped, expected);
}

#[tokio::test]
async fn bounds_are_reported() {
    let options =
        Options { collected_files: 2, collected_depth: 1, presented_bytes: 5, ..Options::default() };
    let kit = Kit::with(options).await;
    let outputs = kit.outputs();
    std::fs::create_dir_all(outputs.join("d/e")).unwrap();
    for (name, contents) in [("a", "123"), ("b", "456"), ("c", "7"), ("f", "")] {
        std::fs::write(outputs.join(name), contents).unwrap();
    }
    let (files, skipped) = collect(&kit).await;
    assert_eq!(files, ["a", "c"]);
    let expected = [
        ("b".to_owned(), SkippedBecause::Bytes(5)),
        ("f".to_owned(), SkippedBecause::Count(2)),
        ("d/e".to_owned(), SkippedBecause::Depth(1)),
    ];
    assert_eq!(skipped, expected);
}

#[tokio::test]
async fn a_pattern_chooses() {
    let kit = Kit::new().await;
    std::fs::create_dir(kit.outputs().join("d")).unwrap();
    for name in ["a.csv", "a.txt", "d/b.csv"] {
        std::fs::write(kit.outputs().join(name), "").unwrap();
    }
    std::os::unix::fs::symlink("a.csv", kit.outputs().join("link.csv")).unwrap();
    for (pattern, files) in
        [("*.csv", vec!["a.csv"]), ("**/*.csv", vec!["a.csv", "d/b.csv"]), ("*.png", vec![])]
    {
        let collected = kit.operations.collect_like(&pattern.parse().unwrap(), &kit.cancel).await.unwrap();
        let names: Vec<&str> = collected.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, files, "{pattern}");
        assert_eq!(collected.skipped.len(), usize::from(pattern.contains("csv")), "{pattern}");
    }
}

#[tokio::test]
async fn more_than_is_looked_at_is_reported() {
    let kit = Kit::with(Options { collected_files: 1, ..Options::default() }).await;
    for number in 10..30 {
        std::fs::create_dir(kit.outputs().join(number.to_string())).unwrap();
    }
    let collected = kit.operations.collect(&kit.cancel).await.unwrap();
    assert_eq!(collected.files, []);
    let [skipped] = &collected.skipped[..] else { panic!("{:?}", collected.skipped) };
    assert_eq!(skipped.path, kit.outputs().to_str().unwrap());
    assert_eq!(skipped.because, SkippedBecause::Entries(10));
}

#[tokio::test]
async fn no_folder_is_no_files() {
    let kit = Kit::new().await;
    std::fs::remove_dir(kit.outputs()).unwrap();
    assert_eq!(kit.operations.collect(&kit.cancel).await.unwrap(), Collected::default());
}
