//! `skilled unpack`: where it puts things, and what its list says of what it would refuse.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::archives::{Member, zip};
use crate::kit::{Bench, is_root};

const SKILL: &[u8] = b"---\nname: s\ndescription: Does it. Use when the user asks for it.\n---\n# S\n";

#[test]
fn missing_folders_on_the_way_are_made() {
    let bench = Bench::new();
    bench.write("s.zip", zip(&[Member::file("s/SKILL.md", SKILL)]));
    bench.write("bad.zip", zip(&[Member::file("s/README.md", SKILL)]));
    bench.skilled(["unpack", "bad.zip", "-o", ".agents/skills/s"]).refuses(1, &["no SKILL.md"]);
    assert!(!bench.path(".agents").exists(), "what is refused makes no folder");
    bench.skilled(["unpack", "s.zip", "-o", ".agents/skills/s"]).exits(0);
    assert_eq!(bench.names(".agents/skills"), ["s"]);
    bench.skilled(["unpack", "s.zip", "-o", "home/../new/s"]).exits(0);
    bench.skilled(["unpack", "s.zip", "-o", "none/../s"]).refuses(1, &["`..` follows a folder"]);
    let deep = ["d"; 50].join("/");
    bench.skilled(["unpack", "s.zip", "-o", &deep]).refuses(1, &["more than 32 folders"]);
    assert!(!bench.path("none").exists() && !bench.path("d").exists());
}

#[test]
fn a_folder_that_is_there_is_told_from_an_earlier_version() {
    let bench = Bench::new();
    bench.write("s.zip", zip(&[Member::file("s/SKILL.md", SKILL)]));
    bench.write(".agents/skills/other/x", "x");
    let skills = ".agents/skills";
    bench
        .skilled(["unpack", "s.zip", "-o", skills])
        .refuses(2, &["hint: to unpack into this folder: -o .agents/skills/NAME"]);
    bench.skilled(["unpack", "s.zip"]).exits(0);
    let again =
        bench.skilled(["unpack", "s.zip"]).refuses(2, &["because: s already exists", "--force replaces it"]);
    assert!(!again.stderr.contains("./s"), "{again}");
    bench.skilled(["unpack", "s.zip", "-o", "s/SKILL.md"]).refuses(2, &["-o DIR unpacks to another place"]);
}

/// The list applies every rule of unpacking.
#[test]
fn a_list_says_what_would_be_refused() {
    let bench = Bench::new();
    let other = b"---\nname: -rf\ndescription: D.\n---\n";
    let cases: [(&[Member<'_>], &str); 7] = [
        (&[Member::file("a/SKILL.md", SKILL), Member::file("b/SKILL.md", SKILL)], "package-layout"),
        (&[Member::file("a/b/SKILL.md", SKILL)], "package-layout"),
        (&[Member::file("a/README.md", b"x")], "package-layout"),
        (&[Member::file("a/SKILL.md", SKILL), Member::file("a/.git/config", b"x")], "package-repository"),
        (&[Member::file("a/SKILL.md", b"no front matter")], "package-no-skill"),
        (&[Member::file("a/SKILL.md", other)], "package-skill-name"),
        (&[Member::file("a/SKILL.md", SKILL), Member::link("a/l", "/etc/passwd")], "archive-link"),
    ];
    for (members, code) in cases {
        bench.write("x.zip", zip(members));
        let listed = bench.skilled(["unpack", "x.zip", "--list"]).exits(1);
        let listed = listed.says(&["error: x.zip would not be unpacked, for ", code, "hint: "]);
        // What cannot be trusted to be what it says is not listed.
        let lists = listed.stdout.contains(if code.starts_with("archive") { "" } else { "x.zip: " });
        assert!(lists, "{listed}");
        let unpacked = bench.skilled(["unpack", "x.zip", "--json"]).exits(1);
        let listed = bench.skilled(["unpack", "x.zip", "--list", "--json"]).exits(1);
        let [unpacked, listed] =
            [unpacked, listed].map(|ran| serde_json::from_str::<Value>(&ran.stdout).unwrap());
        assert_eq!(listed["refused"], unpacked["refused"], "{code}");
        assert_eq!(listed["refused"][0]["code"], code);
        assert_eq!(bench.names("."), ["home", "x.zip"]);
    }
}

#[test]
fn a_list_says_what_would_be_left_out() {
    let bench = Bench::new();
    let members = [Member::file("README.md", b"x"), Member::file("s/SKILL.md", SKILL)];
    bench.write("s.zip", zip(&members));
    let ran = bench.skilled(["unpack", "s.zip", "--list"]).exits(0);
    assert!(ran.stdout.contains("left out  README.md\n"), "{ran}");
    let ran = bench.skilled(["unpack", "s.zip", "--list", "--json"]).exits(0);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&listed["left_out"], &listed["refused"]), (&json!(["README.md"]), &json!([])));
}

#[test]
fn a_place_that_cannot_be_written_is_named_without_our_own_files() {
    let bench = Bench::new();
    bench.write("s.zip", zip(&[Member::file("s/SKILL.md", SKILL)]));
    bench.write("file", "mine");
    bench.skilled(["unpack", "s.zip", "-o", "file/s"]).refuses(1, &["cannot write file", "Not a directory"]);
    if !is_root() {
        fs::create_dir(bench.path("closed")).unwrap();
        fs::set_permissions(bench.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
        let ran = bench.skilled(["unpack", "s.zip", "-o", "closed/s"]);
        let ran = ran.refuses(1, &["cannot write closed", "Permission denied"]);
        assert!(!ran.stderr.contains(".skilled-"), "{ran}");
    }
}
