//! What others write is read, and what is written here others read. Skipped aloud where a peer is missing.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use skilled_archive::{Archive, Existing, Format, Options, Writer};

use super::tree::{Tree, tree};

/// Whether the program is there. `zip` and `unzip` are welcome where they are; the others are part of a set-up.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn has(program: &str) -> bool {
    let arguments: &[&str] = if matches!(program, "zip" | "unzip") { &["-v"] } else { &["--version"] };
    let run = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = run.is_ok_and(|status| status.success());
    if !found {
        let message = format!("{program} is missing, so nothing is exchanged with it");
        let may_miss =
            matches!(program, "zip" | "unzip") || std::env::var_os("SKILLED_REQUIRE_ALL").is_none();
        assert!(may_miss, "{message}");
        eprintln!("SKIPPED: {message}");
    }
    found
}

#[track_caller]
fn run(program: &str, arguments: &[&str], within: &Path) {
    let output = Command::new(program).args(arguments).current_dir(within).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A folder with everything that travels.
fn sample(root: &Path) -> Tree {
    use std::os::unix::fs::PermissionsExt;

    let long = format!("long/{}/{}", "d".repeat(90), "n".repeat(90));
    let large = vec![7; 300_000];
    let files: [(&str, &[u8], u32); 6] = [
        ("SKILL.md", b"# Title\n", 0o644),
        ("scripts/run.sh", b"#!/bin/sh\n", 0o755),
        ("ü/技能.txt", "é".as_bytes(), 0o644),
        (&long, b"long", 0o644),
        ("empty", b"", 0o644),
        ("large", &large, 0o644),
    ];
    for (path, content, mode) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::create_dir(root.join("nothing")).unwrap();
    for folder in ["nothing", "scripts", "ü", "long", &format!("long/{}", "d".repeat(90))] {
        fs::set_permissions(root.join(folder), fs::Permissions::from_mode(0o755)).unwrap();
    }
    tree(root)
}

fn write(content: &Tree, format: Format, to: &Path) {
    let mut writer = Writer::new(fs::File::create(to).unwrap(), format);
    for (path, (mode, content)) in content {
        match content {
            None => writer.directory(path).unwrap(),
            Some(bytes) => writer.file(path, mode & 0o100 != 0, bytes.len() as u64, &mut &bytes[..]).unwrap(),
        }
    }
    writer.finish().unwrap();
}

#[test]
fn others_read_what_is_written_here() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("source")).unwrap();
    let expected = sample(&place.path().join("source"));
    let untar =
        "import sys,tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter='fully_trusted')";
    // zipfile does not restore modes.
    let unzip = "import sys,zipfile,os\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor i in z.infolist():\n \
                 p=z.extract(i,sys.argv[2]); os.chmod(p,(i.external_attr>>16)&0o777)";
    let readers: [(&str, Format, Vec<&str>); 5] = [
        ("python3", Format::Zip, vec!["-c", unzip, "archive", "out"]),
        ("python3", Format::TarGz, vec!["-c", untar, "archive", "out"]),
        ("unzip", Format::Zip, vec!["-q", "archive", "-d", "out"]),
        ("tar", Format::TarGz, vec!["-xzpf", "archive", "-C", "out"]),
        ("tar", Format::Tar, vec!["-xpf", "archive", "-C", "out"]),
    ];
    for (program, format, arguments) in readers {
        if !has(program) {
            continue;
        }
        let out = place.path().join("out");
        fs::create_dir(&out).unwrap();
        write(&expected, format, &place.path().join("archive"));
        run(program, &arguments, place.path());
        // Folders that are only implied get their modes from the umask.
        let ignore_folders = |tree: &Tree| -> Tree {
            tree.iter()
                .map(|(path, (mode, content))| {
                    let mode = if content.is_some() { *mode } else { 0 };
                    (path.clone(), (mode, content.clone()))
                })
                .collect()
        };
        assert_eq!(ignore_folders(&tree(&out)), ignore_folders(&expected), "{program} {format}");
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn what_others_write_is_read() {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("source");
    fs::create_dir(&source).unwrap();
    let expected = sample(&source);
    let tarfile = |format: &str| {
        format!(
            "import tarfile; t=tarfile.open('../archive','w:gz',format=tarfile.{format}); t.add('.'); t.close()"
        )
    };
    let (gnu, pax) = (tarfile("GNU_FORMAT"), tarfile("PAX_FORMAT"));
    let zipfile = "import zipfile,os\nz=zipfile.ZipFile('../archive','w',zipfile.ZIP_DEFLATED)\nfor d,ds,fs in os.walk('.'):\n \
                   [z.write(os.path.join(d,f)) for f in ds+fs]\nz.close()";
    let streamed = "import zipfile,os,sys\nclass S:\n def __init__(s,f): s.f=f\n def write(s,b): return s.f.write(b)\n def flush(s): s.f.flush()\n\
                    z=zipfile.ZipFile(S(open('../archive','wb')),'w',zipfile.ZIP_DEFLATED)\nfor d,ds,fs in os.walk('.'):\n \
                    [z.write(os.path.join(d,f)) for f in ds+fs]\nz.close()";
    let writers: [(&str, Vec<&str>); 9] = [
        ("python3", vec!["-c", zipfile]),
        ("python3", vec!["-c", streamed]),
        ("python3", vec!["-c", &gnu]),
        ("python3", vec!["-c", &pax]),
        ("tar", vec!["--format=gnu", "-czf", "../archive", "."]),
        ("tar", vec!["--format=posix", "-cf", "../archive", "."]),
        ("tar", vec!["--format=ustar", "-cf", "../archive", "."]),
        ("zip", vec!["-qr", "../archive", "."]),
        ("zip", vec!["-qr", "-fz", "../archive", "."]),
    ];
    for (program, arguments) in writers {
        if !has(program) {
            continue;
        }
        let _ = fs::remove_file(place.path().join("archive"));
        let _ = fs::remove_file(place.path().join("archive.zip"));
        run(program, &arguments, &source);
        if program == "zip" {
            fs::rename(place.path().join("archive.zip"), place.path().join("archive")).unwrap();
        }
        let to = place.path().join("out");
        let bytes = fs::read(place.path().join("archive")).unwrap();
        let mut archive = Archive::open(Cursor::new(bytes), &Options::default())
            .unwrap_or_else(|error| panic!("{program} {arguments:?}: {error}"));
        let _ = archive.extract_to(&to, Existing::Replace).unwrap();
        assert_eq!(tree(&to), expected, "{program} {arguments:?}");
    }
}
