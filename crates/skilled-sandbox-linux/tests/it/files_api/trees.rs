//! Folders with much in them, or much below them.

use std::fs;
use std::time::Duration;

use skilled_sandbox::{Cut, FileError, FileKind, Files, Remove, Taken, Walk, Walked};
use skilled_sandbox_linux::Isolation;
use tokio::time::timeout;

use crate::kit::Kit;

/// Makes a folder in a folder in a folder, deeper than any path is long.
const DEEP: &str = "python3 -c \"
import os
os.mkdir('/tmp/deep'); os.chdir('/tmp/deep')
for n in range(10000):
    open('file', 'w').close(); os.mkdir('down'); os.chdir('down')
\"";

async fn walk(files: &dyn Files, path: &str, walk: Walk) -> Walked {
    timeout(Duration::from_mins(1), files.walk(path, walk)).await.unwrap().unwrap()
}

fn paths(walked: &Walked) -> Vec<String> {
    walked.found.iter().map(|found| String::from_utf8_lossy(&found.path).into_owned()).collect()
}

fn cut(walked: &Walked) -> Vec<String> {
    walked.cut.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_walk_finds_what_is_like_the_pattern_and_follows_nothing() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = Kit::new(isolation).await;
        kit.works("mkdir -p t/a/b t/.hidden; touch t/1.csv t/a/2.csv t/a/b/3.csv t/a/b/4.txt t/.hidden/5.csv t/.6.csv").await;
        kit.works("touch t/.skilled-partial-1; mkfifo t/pipe; ln -s / t/root; ln -s .. t/a/up; ln -s 1.csv t/7.csv; printf 12345 > t/1.csv").await;
        let files = kit.sandbox.files();
        let like = |pattern: &str| Walk { pattern: Some(pattern.parse().unwrap()), ..Walk::default() };
        let walked = walk(files, "t", Walk::default()).await;
        let all: [&str; 10] =
            ["1.csv", "7.csv", "a", "a/2.csv", "a/b", "a/b/3.csv", "a/b/4.txt", "a/up", "pipe", "root"];
        assert_eq!((paths(&walked), cut(&walked)), (all.map(str::to_owned).to_vec(), vec![]));
        let kinds: Vec<_> = walked.found.iter().map(|found| found.metadata.kind).collect();
        assert_eq!(kinds[..3], [FileKind::File, FileKind::Link, FileKind::Folder]);
        assert_eq!(kinds[7..], [FileKind::Link, FileKind::Special, FileKind::Link]);
        assert_eq!(walked.found[0].metadata.bytes, 5);
        assert_eq!(paths(&walk(files, "t", like("*.csv")).await), ["1.csv", "7.csv"]);
        assert_eq!(
            paths(&walk(files, "t", like("**/*.csv")).await),
            ["1.csv", "7.csv", "a/2.csv", "a/b/3.csv"]
        );
        assert_eq!(paths(&walk(files, "t", like("a/*")).await), ["a/2.csv", "a/b", "a/up"]);
        let hidden = Walk { hidden: true, ..like("**/*.csv") };
        let found = paths(&walk(files, "t", hidden).await);
        assert_eq!(found[..2], [".6.csv", ".hidden/5.csv"]);
        assert_eq!(found.len(), 6);
        // Even then, no file that is being written.
        let found = paths(&walk(files, "t", Walk { hidden: true, ..Walk::default() }).await);
        assert_eq!((found.len(), &*found[0]), (all.len() + 3, ".6.csv"));
        // A link may lead to the folder where it begins.
        let walked = walk(files, "t/a/up", like("a")).await;
        assert_eq!(paths(&walked), ["a"]);
        let error = files.walk("t/1.csv", Walk::default()).await.unwrap_err();
        assert!(matches!(error, FileError::NotFolder { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_walk_has_bounds_and_says_which_was_met() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir -p t/1/2/3; touch t/1/a t/1/b t/1/2/c t/1/2/3/d").await;
    let files = kit.sandbox.files();
    let walked = walk(files, "t", Walk { depth: 2, ..Walk::default() }).await;
    assert_eq!(paths(&walked), ["1", "1/2", "1/2/3", "1/2/c", "1/a", "1/b"]);
    assert_eq!(cut(&walked), ["1/2/3 is more than 2 folders deep: it was not looked into"]);
    let walked = walk(files, "t", Walk { found: 2, ..Walk::default() }).await;
    assert_eq!(paths(&walked).len(), 2);
    assert_eq!(cut(&walked), ["more than 2 files and folders: what follows was left out"]);
    let walked = walk(files, "t", Walk { entries: 3, ..Walk::default() }).await;
    assert_eq!(paths(&walked).len(), 3);
    assert_eq!(cut(&walked), ["more than 3 entries: what follows was not looked at"]);
    let exact = walk(files, "t", Walk { entries: 7, found: 7, depth: 3, ..Walk::default() }).await;
    assert_eq!((paths(&exact).len(), cut(&exact)), (7, vec![]));
}

#[tokio::test]
async fn what_a_walk_leaves_out_is_bounded_and_so_are_its_paths() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir -p t/1 t/2 t/3 t/4").await;
    let like = |pattern: &str| Walk { pattern: Some(pattern.parse().unwrap()), ..Walk::default() };
    let cuts = cut(&walk(kit.sandbox.files(), "t", Walk { depth: 0, found: 3, ..like("none") }).await);
    assert_eq!(
        (cuts.len(), cuts[3].as_str()),
        (4, "more than 3 files and folders: what follows was left out")
    );
    kit.works("n=$(printf %0250d); mkdir l; cd l; for i in {1..17}; do mkdir $n; cd $n; done; touch deep")
        .await;
    let files = kit.sandbox.files();
    let long = walk(files, "l", like("**/deep")).await;
    assert_eq!(long.found, []);
    assert!(matches!(&long.cut[..], [Cut::Unreadable { path, .. }] if path.len() >= 4096), "{:?}", long.cut);
    files.remove("l", Remove::Tree(100)).await.unwrap();
}

/// The process table is in every sandbox, and no place to look for files.
#[tokio::test]
async fn a_walk_from_the_root_leaves_the_process_table_out() {
    let kit = Kit::new(Isolation::Full).await;
    let entries = Walk { depth: 1, hidden: true, ..Walk::default() };
    let walked = walk(kit.sandbox.files(), "/", entries).await;
    assert!(paths(&walked).contains(&"workspace/probe.py".to_owned()));
    assert!(!paths(&walked).iter().any(|path| path.starts_with("proc/")));
    assert!(walked.cut.iter().any(|cut| {
        matches!(cut, Cut::Unreadable { path, source: FileError::Special { .. } } if path == b"proc")
    }));
}

#[tokio::test]
async fn a_folder_with_many_entries_is_read_as_far_as_asked() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir many; cd many; seq -f 'file-with-a-long-name-%05g' 6000 | xargs touch; cd").await;
    let files = kit.sandbox.files();
    let (some, more) = files.list("/workspace/many", 10).await.unwrap();
    assert_eq!((some.len(), more), (10, true));
    let (all, more) = files.list("/workspace/many", 6_000).await.unwrap();
    assert_eq!((all.len(), more), (6_000, false));
    let error = files.remove("/workspace/many", Remove::Tree(4_000)).await.unwrap_err();
    assert!(matches!(error, FileError::TooMany { limit: 4_000, .. }), "{error}");
    let (rest, _) = files.list("/workspace/many", 6_000).await.unwrap();
    assert_eq!(rest.len(), 2_000);
    files.remove("/workspace/many", Remove::Tree(4_000)).await.unwrap();
    kit.works("test ! -e /workspace/many").await;
}

#[tokio::test]
async fn a_tree_deeper_than_any_path_is_bounded_and_goes() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works(DEEP).await;
    let files = kit.sandbox.files();
    let walked = walk(files, "/tmp/deep", Walk::default()).await;
    assert_eq!((walked.found.len(), walked.cut.len()), (66, 1));
    assert!(matches!(&walked.cut[0], Cut::Depth { limit: 32, .. }));
    let walked = walk(files, "/tmp/deep", Walk { depth: usize::MAX, ..Walk::default() }).await;
    assert!(matches!(&walked.cut[..], [Cut::Depth { limit: 256, .. }]), "{:?}", walked.cut);
    let removed = files.remove("/tmp/deep", Remove::Tree(100_000));
    timeout(Duration::from_mins(1), removed).await.unwrap().unwrap();
    kit.works("test ! -e /tmp/deep").await;
}

#[tokio::test]
async fn removing_takes_what_was_named_and_nothing_else() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir -p keep tree/a/b empty; touch keep/file tree/file tree/a/b/file; ln -s ../keep tree/link; ln -s keep link; mkfifo pipe").await;
    let files = kit.sandbox.files();
    let error = files.remove("tree", Remove::One).await.unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    for path in ["tree", "link", "pipe", "empty"] {
        files.remove(path, Remove::Tree(100)).await.unwrap();
    }
    let error = files.remove("tree", Remove::Tree(100)).await.unwrap_err();
    assert!(error.to_string().ends_with("there is no such file"), "{error}");
    // Places of the sandbox, with what is in them.
    for path in ["/workspace", "/mnt/session/outputs", "/tmp", "/", "..", "/proc", "/skills"] {
        let error = files.remove(path, Remove::Tree(100)).await.unwrap_err();
        let said = error.to_string();
        assert!(said.ends_with("stays") || said.ends_with("read-only"), "{said}");
    }
    for path in ["/usr/bin/env", "/etc/passwd"] {
        let error = files.remove(path, Remove::Tree(100)).await.unwrap_err();
        assert!(error.to_string().ends_with("read-only"), "{error}");
    }
    for path in ["/proc/self/cwd/keep", "/proc/1/root/workspace/keep", "/proc/self/root/workspace/keep"] {
        let error = files.remove(path, Remove::Tree(100)).await.unwrap_err();
        assert!(error.to_string().contains("link") || error.to_string().ends_with("not allowed"), "{error}");
    }
    assert_eq!(
        kit.works("ls -A . keep; ls -d /proc/self/cwd/keep").await,
        ".:\nkeep\nprobe.py\n\nkeep:\nfile\n/proc/self/cwd/keep\n"
    );
}

#[tokio::test]
async fn folders_are_made_and_things_renamed() {
    let mut kit = Kit::new(Isolation::Full).await;
    let files = kit.sandbox.files();
    files.make_folder("a/b/../c//d/").await.unwrap();
    files.make_folder("a").await.unwrap();
    files.write("file", b"x").await.unwrap();
    assert!(files.make_folder("file").await.unwrap_err().to_string().contains("ot a directory"));
    assert!(files.make_folder("/usr/x").await.unwrap_err().to_string().ends_with("read-only"));
    files.rename("file", "a/c/moved", Taken::Keep).await.unwrap();
    files.write("other", b"other").await.unwrap();
    let error = files.rename("other", "a/c/moved", Taken::Keep).await.unwrap_err();
    assert_eq!(error.to_string(), "other to a/c/moved: it exists already");
    files.rename("other", "a/c/moved", Taken::Replace).await.unwrap();
    let error = files.rename("a/c/moved", "/tmp/moved", Taken::Keep).await.unwrap_err();
    assert!(error.to_string().ends_with("another file system: copy it instead"), "{error}");
    assert!(files.rename("/workspace", "/tmp/x", Taken::Keep).await.is_err());
    assert!(files.rename("a", "a/c/x", Taken::Keep).await.is_err());
    let error = files.rename("/etc/passwd", "/etc/x", Taken::Keep).await.unwrap_err();
    assert!(error.to_string().ends_with("read-only"), "{error}");
    assert_eq!(
        kit.works("find a | sort; cat a/c/moved; stat -c %a a").await,
        "a\na/b\na/c\na/c/d\na/c/moved\nother755\n"
    );
    let passwd = fs::read("/etc/passwd").unwrap();
    assert!(passwd.starts_with(b"root"), "the host's own");
}
