//! `skilled pack` and `skilled unpack`: what travels, what does not, and what an archive can do.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::archives::{Member, tar, zip};
use crate::kit::{Bench, Ran};

const SKILL: &str =
    "---\nname: s\ndescription: Does it. Use when the user asks for it.\n---\n# S\n\nRun `scripts/run.sh`.\n";

fn bench() -> Bench {
    let bench = Bench::new();
    fill(&bench, "s");
    bench
}

fn fill(bench: &Bench, folder: &str) {
    bench.write(&format!("{folder}/scripts/run.sh"), "#!/bin/sh\necho 1\n");
    bench.write(&format!("{folder}/SKILL.md"), SKILL);
    mode(&bench.path(&format!("{folder}/scripts/run.sh")), 0o755);
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn packed(bench: &Bench, arguments: &[&str]) -> Value {
    let ran = bench.skilled([&["pack"], arguments, &["--json"]].concat()).exits(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn the_same_skill_gives_the_same_bytes() {
    let bench = bench();
    // Elsewhere, in another order, at another time, with the permissions of another umask.
    bench.write("far/away/s/SKILL.md", SKILL);
    bench.write("far/away/s/scripts/run.sh", "#!/bin/sh\necho 1\n");
    mode(&bench.path("far/away/s/scripts/run.sh"), 0o700);
    mode(&bench.path("far/away/s/SKILL.md"), 0o600);
    let file = fs::File::options().write(true).open(bench.path("far/away/s/SKILL.md")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    for format in ["skill", "tar", "tar.gz"] {
        let one = packed(&bench, &["s", "-o", &format!("one.{format}")]);
        let two = packed(&bench, &["far/away/s", "-o", &format!("two.{format}")]);
        assert_eq!(one["sha256"], two["sha256"], "{format}");
        let read = |name: &str| fs::read(bench.path(&format!("{name}.{format}"))).unwrap();
        assert_eq!(read("one"), read("two"), "{format}");
    }
}

#[test]
fn packing_unpacking_and_comparing_shows_no_difference() {
    let bench = bench();
    for (number, format) in ["skill", "zip", "tar", "tar.gz"].into_iter().enumerate() {
        let (file, folder) = (format!("p.{format}"), format!("to{number}/s"));
        let made = packed(&bench, &["s", "-o", &file]);
        let ran = bench.skilled(["unpack", &file, "-o", &folder, "--json"]).exits(0);
        let unpacked: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(unpacked["digest"], made["digest"]);
        let run = bench.path(&folder).join("scripts/run.sh");
        assert_eq!(fs::metadata(run).unwrap().permissions().mode() & 0o111, 0o111);
    }
    bench.skilled(["diff", "s", "to0/s"]).exits(0);
}

#[test]
fn the_file_is_named_after_the_skill_and_not_replaced_by_surprise() {
    let bench = bench();
    let first = bench.skilled(["pack", "s"]).exits(0);
    assert!(
        first.stdout.starts_with("wrote s.skill (") && first.stdout.contains("skilled unpack"),
        "{first}"
    );
    assert!(first.stdout.lines().all(|line| line.chars().count() <= 80), "{first}");
    let again = bench.skilled(["pack", "s"]).exits(0);
    assert!(again.stdout.starts_with("s.skill is unchanged"), "{again}");
    bench.write("s/notes.md", "more\n");
    let before = fs::read(bench.path("s.skill")).unwrap();
    bench
        .skilled(["pack", "s"])
        .refuses(2, &["s.skill is there already", "--force", "skilled diff s.skill s"]);
    assert_eq!(fs::read(bench.path("s.skill")).unwrap(), before);
    let forced = bench.skilled(["pack", "s", "--force"]).exits(0);
    assert!(forced.stdout.starts_with("replaced s.skill"), "{forced}");
    assert_eq!(bench.names("."), ["home", "s", "s.skill"], "nothing else is left");
}

#[test]
fn debris_and_evals_are_left_out_and_named() {
    let bench = bench();
    bench.write("s/evals/evals.json", "{}");
    bench.write("s/scripts/deep/node_modules/x/index.js", "x");
    bench.write("s/scripts/__pycache__/a.pyc", "x");
    bench.write("s/.git/HEAD", "x");
    bench.write("s/drafts/a.md", "x");
    let made = packed(&bench, &["s", "--exclude", "drafts/"]);
    let left: Vec<_> = made["left_out"].as_array().unwrap().iter().map(|left| left["path"].clone()).collect();
    assert_eq!(left, [".git", "drafts", "evals", "scripts/__pycache__", "scripts/deep/node_modules"]);
    let files: Vec<_> = made["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(files, ["SKILL.md", "scripts/run.sh"]);
    bench.skilled(["pack", "s", "--exclude", "a[", "-o", "x.zip"]).refuses(2, &["\"a[\" is not a pattern"]);
}

#[test]
fn everything_that_must_not_travel_is_said_at_once() {
    let bench = bench();
    let token = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6");
    bench.write("s/references/keys.md", format!("Use `{token}`.\n"));
    symlink("/etc/passwd", bench.path("s/link")).unwrap();
    let pipe = bench.path("s/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let reasons =
        ["3 reasons", "link: ", "references/keys.md:1: ", "pipe: ", "--allow-secret references/keys.md"];
    let ran = bench.skilled(["pack", "s"]).refuses(1, &reasons);
    assert!(!ran.stderr.contains(&token), "the secret is not repeated: {ran}");
    assert_eq!(bench.names("."), ["home", "s"]);
    fs::remove_file(bench.path("s/link")).unwrap();
    fs::remove_file(pipe).unwrap();
    bench.skilled(["pack", "s", "--allow-secret", "other.md"]).refuses(2, &["there is no \"other.md\""]);
    bench.skilled(["pack", "s", "--allow-secret", "references/keys.md"]).exits(0);
}

#[test]
fn programs_get_every_reason_for_a_refusal() {
    let bench = bench();
    let token = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6");
    for number in 10..40 {
        bench.write(&format!("s/references/{number}.md"), format!("first\n{token}\n"));
    }
    let ran = bench.skilled(["pack", "s"]).refuses(1, &["for 30 reasons", "10 more like these"]);
    let ran = ran.says(&[
        "hint: --json lists all 30 reasons",
        "--allow-secret references/11.md --allow-secret references/12.md …",
    ]);
    assert_eq!(ran.stderr.matches("package-secret").count(), 20, "{ran}");
    let refused = |arguments: &[&str]| {
        let ran = bench.skilled([&["pack"], arguments, &["--json"]].concat()).exits(1).says(&["error: "]);
        assert!(!ran.stdout.contains(&token), "the secret is not repeated: {ran}");
        let object: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(object["result"], "refused", "{ran}");
        object["refused"].as_array().unwrap().clone()
    };
    for arguments in [&["s"][..], &["s", "--dry-run"]] {
        let reasons = refused(arguments);
        assert_eq!(reasons.len(), 30);
        let Value::Object(first) = &reasons[0] else { panic!("{reasons:?}") };
        assert_eq!(
            (&first["code"], &first["path"], &first["line"]),
            (&json!("package-secret"), &json!("references/10.md"), &json!(2))
        );
        assert!(first["message"].as_str().unwrap().contains("secret") && first["help"].is_string());
    }
    bench.write("t/SKILL.md", "# T\n");
    let errors = refused(&["t"]);
    assert_eq!((errors.len(), &errors[0]["code"]), (1, &json!("no-front-matter")));
    assert!(bench.skilled(["pack", "nothing", "--json"]).exits(2).stdout.is_empty());
}

/// A file may not grow beyond so many blocks, as on a disk that is full.
#[test]
fn a_full_disk_leaves_nothing_and_is_said_in_our_words() {
    let bench = bench();
    // What cannot be compressed: the digits of a generator (Marsaglia's xorshift).
    let mut state = 2_463_534_242_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    let noise: Vec<u8> = (0..200_000).map(|_| next()).collect();
    bench.write("s/assets/noise.bin", noise);
    let program = bench.command([""; 0]).get_program().to_owned();
    for (blocks, name) in [("1", "s.skill"), ("40", "s.skill"), ("40", "s.tar.gz"), ("40", "dist/s.zip")] {
        let command = bench.command([""; 0]);
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" pack s -o {name}");
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(script).arg(&program).current_dir(bench.path("")).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ran = Ran::of(shell.output().unwrap());
        let ran = ran.refuses(1, &["cannot write the archive; check the free space", "File too large"]);
        let is_ours =
            |line: &str| ["error: ", "  because: ", "  hint: "].iter().any(|own| line.starts_with(own));
        assert!(ran.stderr.lines().all(is_ours), "{name}: {ran}");
        assert_eq!(bench.names("."), ["home", "s"], "{name}");
    }
}

#[test]
fn a_skill_with_errors_is_not_packed() {
    let bench = Bench::new();
    bench.write("s/SKILL.md", "# S\n");
    bench.skilled(["pack", "s"]).refuses(1, &["s has 1 error", "no-front-matter", "skilled check s"]);
    bench.skilled(["pack", "nothing"]).refuses(2, &["cannot look at the folder nothing", "hint: "]);
    bench.write("w/SKILL.md", "---\nname: w\ndescription: D.\nowner: me\n---\n# W\n");
    let warned = bench.skilled(["pack", "w"]).exits(0).stdout;
    assert!(warned.contains("warning") && warned.contains("skilled check w"), "{warned}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = bench();
    let ran = bench.skilled(["pack", "s", "--dry-run"]).exits(0).stdout;
    assert!(ran.starts_with("would pack 2 files") && ran.contains("scripts/run.sh  executable"), "{ran}");
    assert_eq!(packed(&bench, &["s", "--dry-run"])["result"], "dry-run");
    assert_eq!(bench.names("."), ["home", "s"]);
}

#[test]
fn a_dry_run_tells_of_a_file_that_is_there() {
    let bench = bench();
    bench.skilled(["pack", "s"]).exits(0);
    let there = "which is there already; another content would need --force\n";
    assert!(bench.skilled(["pack", "s", "--dry-run"]).exits(0).stdout.contains(there));
    assert!(!bench.skilled(["pack", "s", "--dry-run", "--force"]).exits(0).stdout.contains(there));
    assert!(!bench.skilled(["pack", "s", "--dry-run", "-o", "t.zip"]).exits(0).stdout.contains(there));
}

#[test]
fn a_folder_is_not_taken_for_a_skill_or_a_file() {
    let bench = bench();
    bench.skilled(["pack", "."]).refuses(2, &[". is no skill", "hint: name one of the skills in it: s"]);
    bench.skilled(["pack", "home"]).refuses(1, &["missing-skill-file"]);
    bench.skilled(["pack", "s", "-o", "home"]).refuses(2, &["home is a folder", "-o home/NAME.skill"]);
    bench.skilled(["pack", "s", "-o", "new/"]).refuses(2, &["new/ is a folder", "-o new/NAME.skill"]);
}

#[test]
fn a_package_inside_of_the_folder_does_not_hold_itself() {
    let bench = bench();
    fs::create_dir(bench.path("s/dist[1]")).unwrap();
    let file = "s/dist[1]/s.zip";
    let first = packed(&bench, &["s", "-o", file]);
    let second = packed(&bench, &["s", "-o", file]);
    assert_eq!((&second["result"], &first["sha256"]), (&json!("unchanged"), &second["sha256"]));
    fs::remove_dir_all(bench.path("s/dist[1]")).unwrap();
    for result in ["written", "unchanged"] {
        let mut command = bench.command(["pack", ".", "--format", "zip", "--json"]);
        let output = command.current_dir(bench.path("s")).output().unwrap();
        let made: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&made["output"], &made["result"]), (&json!("s.zip"), &json!(result)));
    }
}

#[test]
fn a_package_can_go_through_a_pipe() {
    let bench = bench();
    let output = bench.command(["pack", "s", "-o", "-"]).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success());
    packed(&bench, &["s"]);
    assert_eq!(output.stdout, fs::read(bench.path("s.skill")).unwrap());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("wrote the package to standard output"), "{said}");
    bench.skilled(["pack", "s", "-o", "-", "--json"]).refuses(2, &["--json", "-o FILE"]);
    bench.skilled(["pack", "s", "-o", "s.rar"]).refuses(2, &["s.rar", ".tar.gz", "--format"]);
}

#[test]
fn unpacking_makes_the_folder_of_the_name_once() {
    let bench = bench();
    bench.skilled(["pack", "s"]).exits(0);
    bench.skilled(["unpack", "s.skill"]).refuses(2, &["already exists", "--force"]);
    fs::remove_dir_all(bench.path("s")).unwrap();
    let ran = bench.skilled(["unpack", "s.skill"]).exits(0).stdout;
    assert!(ran.starts_with("unpacked s (2 files") && ran.contains("skilled audit s"), "{ran}");
    bench.write("s/extra", "x");
    bench.skilled(["unpack", "s.skill", "--force"]).exits(0);
    assert_eq!(bench.names("s"), ["SKILL.md", "scripts"]);
    bench.skilled(["unpack", "s"]).refuses(2, &["s is a folder", "skilled show s"]);
    bench.skilled(["unpack", "none.skill"]).refuses(2, &["cannot open none.skill"]);
}

#[test]
fn force_replaces_a_skill_and_nothing_else() {
    let bench = bench();
    bench.skilled(["pack", "s"]).exits(0);
    fs::remove_dir_all(bench.path("s")).unwrap();
    bench.write("s/main.rs", "mine");
    bench.write("other/main.rs", "mine");
    bench.skilled(["unpack", "s.skill", "--force"]).refuses(2, &["s is not replaced", "SKILL.md", "-o DIR"]);
    bench
        .skilled(["unpack", "s.skill", "--force", "-o", "other"])
        .refuses(2, &["other is not replaced", "SKILL.md"]);
    assert_eq!((bench.read("s/main.rs").as_str(), bench.read("other/main.rs").as_str()), ("mine", "mine"));
    bench.skilled(["unpack", "s.skill", "--force", "-o", "new"]).exits(0);
}

/// Opening a pipe that nobody writes to would wait for ever.
#[test]
fn a_pipe_is_no_archive_and_is_not_waited_for() {
    let bench = bench();
    let pipe = bench.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    bench.skilled(["unpack", "pipe"]).refuses(2, &["pipe is no regular file", "save"]);
    bench.skilled(["unpack", "pipe", "--list"]).refuses(2, &["pipe is no regular file"]);
    bench.skilled(["show", "pipe"]).refuses(2, &["pipe is neither a folder nor a file"]);
    bench.skilled(["pack", "s", "-o", "pipe", "--format", "zip"]).refuses(2, &["is no file"]);
}

#[test]
fn a_list_writes_nothing() {
    let bench = bench();
    let made = packed(&bench, &["s"]);
    fs::remove_dir_all(bench.path("s")).unwrap();
    let listed = bench.skilled(["unpack", "s.skill", "--list"]).exits(0).stdout;
    assert!(listed.contains("scripts/run.sh  executable") && listed.contains("s: 2 files"), "{listed}");
    let ran = bench.skilled(["unpack", "s.skill", "--list", "--json"]).exits(0);
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&shown["digest"], &shown["sha256"]), (&made["digest"], &made["sha256"]));
    assert_eq!(shown["files"], made["files"].as_array().unwrap().iter().map(with_type).collect::<Value>());
    assert_eq!(bench.names("."), ["home", "s.skill"]);
}

fn with_type(file: &Value) -> Value {
    let mut file = file.clone();
    file["type"] = json!("file");
    file
}

#[test]
fn hostile_archives_are_refused_with_every_reason_and_nothing_is_written() {
    let skill = Member::file("s/SKILL.md", SKILL.as_bytes());
    let cases = [
        (
            "slip.zip",
            zip(&[skill, Member::file("../out", b"x"), Member::file("/abs", b"x")]),
            &["../out", "/abs"][..],
        ),
        ("slip.tar", tar(&[skill, Member::file("s/../../out", b"x")]), &["s/../../out"]),
        ("link.zip", zip(&[skill, Member::link("s/link", "/etc/passwd")]), &["s/link"]),
        (
            "link.tar",
            tar(&[skill, Member::link("s/link", "../../out"), Member::file("s/link/x", b"x")]),
            &["s/link"],
        ),
        ("device.tar", tar(&[skill, Member::device("s/null")]), &["s/null"]),
        ("case.zip", zip(&[skill, Member::file("s/A", b"1"), Member::file("s/a", b"2")]), &["s/A", "s/a"]),
        (
            "name.zip",
            zip(&[skill, Member::file("s/a\u{1b}[2J", b"x"), Member::file("s/nul", b"x")]),
            &["\\u{1b}[2J"],
        ),
        ("cut.zip", zip(&[skill])[..60].to_vec(), &["cut.zip"]),
        ("none.zip", zip(&[Member::file("s/readme.md", b"x")]), &["SKILL.md"]),
        ("text.skill", b"no archive".to_vec(), &["text.skill"]),
    ];
    for (name, bytes, reasons) in cases {
        let bench = Bench::new();
        bench.write(&format!("in/{name}"), bytes);
        let file = format!("in/{name}");
        for arguments in
            [&["unpack", &file][..], &["unpack", &file, "-o", "to", "--force"], &["unpack", &file, "--list"]]
        {
            let ran = bench.skilled(arguments).exits(1).says(reasons).says(&["hint: "]);
            assert!(!format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}'), "{name}: {ran}");
            assert_eq!(
                (bench.names("."), bench.names("in")),
                (vec!["home".into(), "in".into()], vec![name.into()])
            );
        }
        bench.skilled(["show", &file]).refuses(2, &["hint: "]);
    }
}
