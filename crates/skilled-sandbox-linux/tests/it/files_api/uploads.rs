//! Files that the host writes into the sandbox, and large ones that it reads.

use std::path::Path;

use skilled_sandbox::{Create, Existing, FileError, Files, Upload};
use skilled_sandbox_linux::Isolation;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::kit::{Kit, host_folder};

const KEEP: Create = Create { existing: Existing::Keep, mode: None, parents: true };
const REPLACE: Create = Create { existing: Existing::Replace, mode: None, parents: true };

async fn begun(files: &dyn Files, path: &str, create: Create, contents: &[u8]) -> Box<dyn Upload> {
    let mut upload = files.create(path, create).await.unwrap();
    upload.write_all(contents).await.unwrap();
    upload.flush().await.unwrap();
    upload
}

#[tokio::test]
async fn nothing_is_seen_before_it_is_whole() {
    let mut kit = Kit::new(Isolation::Full).await;
    // A disk, memory, and a copy-on-write view.
    for folder in ["/workspace/own", "/tmp/own", "/skills/own"] {
        kit.works(&format!("mkdir {folder}; echo old > {folder}/there")).await;
        for name in ["new", "there"] {
            let path = format!("{folder}/{name}");
            let upload = begun(kit.sandbox.files(), &path, Create::default(), b"half").await;
            assert_eq!(kit.works(&format!("ls -A {folder}")).await.matches("half").count(), 0);
            let names = kit.works(&format!("cd {folder}; ls; cat there; cd")).await;
            assert_eq!(names, "there\nold\n", "{path}");
            drop(upload);
        }
        let mut upload =
            begun(kit.sandbox.files(), &format!("{folder}/new"), Create::default(), b"one ").await;
        upload.write_all(b"two").await.unwrap();
        assert_eq!(upload.commit().await.unwrap(), 7);
        kit.sandbox.files().write(&format!("{folder}/there"), b"replaced").await.unwrap();
        // What was given up leaves nothing: where it had a name, that is taken away in a moment.
        let listing =
            format!("cd {folder}; until test $(ls -A | wc -l) = 2; do sleep 0.01; done; cat new there; cd");
        assert_eq!(kit.works(&listing).await, "one tworeplaced");
    }
}

#[tokio::test]
async fn what_is_there_is_replaced_only_as_asked() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("echo own > file; chmod 666 file; ln -s file link; ln -s missing dangling; mkdir d").await;
    let files = kit.sandbox.files();
    for path in ["file", "link", "dangling", "d"] {
        let error = files.create(path, KEEP).await.map(drop).unwrap_err();
        assert!(error.to_string().ends_with("it exists already"), "{error}");
    }
    // It appears meanwhile.
    let (kept, replaced) = (
        begun(files, "late", KEEP, b"host").await,
        begun(files, "late", Create { mode: Some(0o600), ..REPLACE }, b"host").await,
    );
    kit.works("echo own > late").await;
    let error = kept.commit().await.unwrap_err();
    assert!(error.to_string().ends_with("late: it exists already"), "{error}");
    assert_eq!(kit.works("cat late").await, "own\n");
    replaced.commit().await.unwrap();
    assert_eq!(kit.works("cat late; stat -c %a late").await, "host600\n");

    let files = kit.sandbox.files();
    begun(files, "link", REPLACE, b"itself").await.commit().await.unwrap();
    begun(files, "dangling", Create::default(), b"made").await.commit().await.unwrap();
    begun(files, "file", Create::default(), b"kept").await.commit().await.unwrap();
    let said = kit
        .works("test ! -L link; cat file link; readlink dangling; cat missing; stat -c %a file link")
        .await;
    assert_eq!(said, "keptitselfmissing\nmade666\n644\n");
    assert_eq!(kit.works("ls -A | grep -c partial || true").await, "0\n");
}

/// On the host, where the session's folders are, such rights would count.
#[tokio::test]
async fn rights_of_an_owner_are_not_given() {
    let mut kit = Kit::new(Isolation::Full).await;
    let asked = Create { mode: Some(0o6755), ..REPLACE };
    begun(kit.sandbox.files(), "asked", asked, b"host").await.commit().await.unwrap();
    // The control: the workload gives them to its own.
    assert_eq!(kit.works("echo own > taken; chmod 6755 taken; stat -c %a taken").await, "6755\n");
    begun(kit.sandbox.files(), "taken", Create::default(), b"host").await.commit().await.unwrap();
    assert_eq!(kit.works("stat -c %a asked taken; cat asked taken").await, "755\n755\nhosthost");
}

#[tokio::test]
async fn what_is_no_file_is_not_written() {
    let mut kit = Kit::new(Isolation::Full).await;
    // The shell keeps a file open; the link to its descriptor leads there without a path.
    kit.works("mkdir d; mkfifo pipe; ln -s pipe to-pipe; ln -s loop loop; ln -s d to-d").await;
    kit.works("exec 9>held; ln -s /proc/$$/fd/9 out").await;
    assert_eq!(kit.works("echo through > out; cat held").await, "through\n", "the control");
    let files = kit.sandbox.files();
    let failed = async |path: &str, create| files.create(path, create).await.map(drop).unwrap_err();
    for path in ["d", "d/", "to-d", "new/", "d/.", "d/..", "/", "."] {
        let error = failed(path, Create::default()).await;
        assert!(matches!(error, FileError::Folder { .. }), "{path}: {error}");
    }
    for path in ["pipe", "to-pipe", "/dev/null", "/dev/tty"] {
        let error = failed(path, Create::default()).await;
        assert!(matches!(error, FileError::Special { .. }), "{path}: {error}");
    }
    for path in ["loop", "out", "/proc/self/root/tmp/x", "/proc/self/cwd/x", "/proc/1/root/workspace/x"] {
        let error = failed(path, Create::default()).await;
        assert!(
            error.to_string().contains("link") || error.to_string().contains("not allowed"),
            "{path}: {error}"
        );
    }
    kit.works("touch /proc/self/root/tmp/x && rm /tmp/x").await; // the control
    let files = kit.sandbox.files();
    let failed = async |path: &str, create| files.create(path, create).await.map(drop).unwrap_err();
    for path in
        ["/usr/new", "/etc/new", "/etc/passwd", "/mnt/session/uploads/new", "/new", "/usr/new/er/file"]
    {
        let error = failed(path, Create::default()).await;
        assert!(error.to_string().ends_with("this folder is read-only"), "{path}: {error}");
    }
    let create = Create { parents: false, ..Create::default() };
    assert!(failed("missing/file", create).await.to_string().ends_with("there is no such file"));
    assert!(failed("pipe/file", Create::default()).await.to_string().contains("ot a directory"));
    assert_eq!(
        kit.works("cat held; ls -A").await,
        "through\nd\nheld\nloop\nout\npipe\nprobe.py\nto-d\nto-pipe\n"
    );
}

/// The folder is not there any more when the file is whole.
#[tokio::test]
async fn a_folder_that_is_moved_meanwhile_leads_nowhere_else() {
    let mut kit = Kit::new(Isolation::Full).await;
    let files = kit.sandbox.files();
    let (gone, linked, moved) = (
        begun(files, "a/file", Create::default(), b"x").await,
        begun(files, "b/file", Create::default(), b"x").await,
        begun(files, "c/file", Create::default(), b"x").await,
    );
    kit.works("rm -r a; mv b b2; ln -s /tmp b; mv c c2; mkdir c; mkdir other; mv c other; ln -s other/c c")
        .await;
    assert!(gone.commit().await.unwrap_err().to_string().ends_with("there is no such file"));
    assert!(linked.commit().await.unwrap_err().to_string().contains("another file system"));
    moved.commit().await.unwrap();
    assert_eq!(kit.works("ls -A b2 c2 /tmp; cat other/c/file").await, "/tmp:\n\nb2:\n\nc2:\nx");
}

#[tokio::test]
async fn a_full_disk_is_told_and_cleared() {
    let made = |spec: &mut skilled_sandbox::Spec| spec.limits.tmp = Some(4 * 1024 * 1024);
    let mut kit = Kit::made(Isolation::Full, host_folder(), made).await;
    let files = kit.sandbox.files();
    let mut upload = files.create("/tmp/large", Create::default()).await.unwrap();
    let piece = vec![7; 1024 * 1024];
    let mut error = None;
    for _ in 0..8 {
        error = error.or(upload.write_all(&piece).await.err());
    }
    // A write may be told with the next step.
    let error = match error {
        Some(source) => {
            drop(upload);
            FileError::io(Path::new("/tmp/large"), source)
        }
        None => upload.commit().await.unwrap_err(),
    };
    assert!(error.to_string().starts_with("/tmp/large: no space is left"), "{error}");
    let error = files.write("/tmp/large", &vec![7; 8 * 1024 * 1024]).await.unwrap_err();
    assert!(error.to_string().starts_with("/tmp/large: no space is left"), "{error}");
    // Nothing of it keeps the space.
    let files = kit.sandbox.files();
    crate::files_api::until(async || files.write("/tmp/fits", &vec![7; 3 * 1024 * 1024]).await.is_ok()).await;
    assert_eq!(kit.works("ls -A /tmp; stat -c %s /tmp/fits").await, "fits\n3145728\n");
}

#[tokio::test]
async fn large_files_stream() {
    const PIECES: u64 = 1024;
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = Kit::new(isolation).await;
        let files = kit.sandbox.files();
        let piece: Vec<u8> = (0..65_536_u32).map(|number| (number % 251) as u8).collect();
        let mut upload = files.create("large", Create::default()).await.unwrap();
        for _ in 0..PIECES {
            upload.write_all(&piece).await.unwrap();
        }
        assert_eq!(upload.commit().await.unwrap(), PIECES * 65_536);
        kit.works("cksum <large >sum; truncate -s 1G sparse; printf end >>sparse").await;
        let files = kit.sandbox.files();
        let mut open = files.open("large").await.unwrap();
        assert_eq!(open.metadata.bytes, PIECES * 65_536);
        let (mut buffer, mut read) = (vec![0; 65_536], 0);
        let mut whole = open.range(0, u64::MAX).await.unwrap();
        while whole.read_exact(&mut buffer).await.is_ok() {
            assert!(buffer == piece, "piece {read}");
            read += 1;
        }
        assert_eq!(read, PIECES);
        let mut part = Vec::new();
        open.range(65_536 * 3 + 2, 4).await.unwrap().read_to_end(&mut part).await.unwrap();
        assert_eq!(part, [2, 3, 4, 5]);
        part.clear();
        open.range(PIECES * 65_536 + 1, 10).await.unwrap().read_to_end(&mut part).await.unwrap();
        assert_eq!(part, [0; 0]);
        let mut sparse = files.open("sparse").await.unwrap();
        sparse.range(1 << 30, 10).await.unwrap().read_to_end(&mut part).await.unwrap();
        assert_eq!(part, b"end");
    }
}
