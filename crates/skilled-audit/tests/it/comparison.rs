//! What is said of two versions of a skill.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use skilled_audit::{Area, Change, Comparison, Kind, Version, Weight, audit, compare};
use skilled_format::{Folder, load_dir};

const HEAD: &str = "---\nname: s\ndescription: Does it. Use when asked.\n---\n";

/// Two folders called `s`, beside each other.
struct Pair(tempfile::TempDir);

impl Pair {
    /// Both with the same SKILL.md.
    fn new() -> Self {
        Self::of(&format!("{HEAD}# S\n"), &format!("{HEAD}# S\n"))
    }

    fn of(before: &str, after: &str) -> Self {
        let pair = Self(tempfile::tempdir().unwrap());
        pair.before("SKILL.md", before);
        pair.after("SKILL.md", after);
        pair
    }

    fn before(&self, name: &str, text: &str) -> PathBuf {
        write(&self.0.path().join("a/s").join(name), text)
    }

    fn after(&self, name: &str, text: &str) -> PathBuf {
        write(&self.0.path().join("b/s").join(name), text)
    }

    fn both(&self, name: &str, text: &str) {
        self.before(name, text);
        self.after(name, text);
    }

    fn compare(&self) -> Comparison {
        let limits = skilled_format::Limits::default();
        let audits = skilled_audit::Limits::default();
        let sides = ["a/s", "b/s"].map(|side| {
            let path = self.0.path().join(side);
            let folder = Folder::open(&path, &limits).unwrap();
            let audited = audit(&folder, &audits);
            (load_dir(&path, &limits).unwrap().tree, audited, folder)
        });
        let [before, after] = [0, 1].map(|side| Version {
            tree: &sides[side].0,
            audit: &sides[side].1,
            folder: &sides[side].2,
        });
        compare(&before, &after, &audits)
    }

    /// The changes of some areas, in short.
    fn changes(&self, areas: &[Area]) -> Vec<String> {
        let changes = self.compare().changes.into_iter();
        changes.filter(|change| areas.contains(&change.area)).map(|change| short(&change)).collect()
    }
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    path.to_owned()
}

fn run_bit(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `! area kind item [before] [after]`, with `!` for what wants attention.
fn short(change: &Change) -> String {
    let mark = if change.weight == Weight::Attention { '!' } else { '.' };
    let Change { area, kind, item, before, after, .. } = change;
    let values =
        [before, after].into_iter().flatten().fold(String::new(), |all, one| format!("{all} [{one}]"));
    format!("{mark} {area} {kind} {item}{values}")
}

#[test]
fn equal_folders_have_no_difference() {
    let pair = Pair::new();
    pair.both("scripts/a.sh", "echo a\n");
    fs::create_dir(pair.0.path().join("b/s/empty")).unwrap();
    let comparison = pair.compare();
    assert!(comparison.is_same(), "{comparison:?}");
    assert_eq!(comparison.before, comparison.after);
    assert_eq!((comparison.before.files, comparison.before.body_lines), (2, 1));
}

#[test]
fn fields_are_compared_one_by_one() {
    let before = "---\nname: s\ndescription: One.\nlicense: MIT\nmetadata:\n  version: \"1\"\n  author: a\n\
                  allowed-tools: Read Bash(git *)\nmodel: m\nversion: 3\n---\nBody.\n";
    let after = "---\nname: t\ndescription: Two.\ncompatibility: Python\nmetadata:\n  version: \"2\"\n\
                 allowed-tools: Read Bash(*)\nhooks:\n  Stop: x\nversion: 4\n---\nOther body, longer.\n";
    let pair = Pair::of(before, after);
    let areas = [Area::Field, Area::Tool, Area::Extension, Area::UnknownField, Area::Body];
    let expected = [
        ". field added compatibility [Python]",
        "! field changed description [One.] [Two.]",
        ". field removed license [MIT]",
        ". field removed metadata.author [a]",
        ". field changed metadata.version [1] [2]",
        "! field changed name [s] [t]",
        "! tool added Bash(*)",
        ". tool removed Bash(git *)",
        "! extension added hooks [{Stop: x}]",
        ". extension removed model [m]",
        ". unknown-field changed version [3] [4]",
        ". body changed SKILL.md [1 line, about 2 tokens] [1 line, about 5 tokens]",
    ];
    assert_eq!(pair.changes(&areas), expected);
}

#[test]
fn a_version_that_does_not_load_is_a_difference() {
    let pair = Pair::of(&format!("{HEAD}# S\n"), "# S\n");
    assert_eq!(pair.changes(&[Area::Field]), ["! field changed SKILL.md [loads] [does not load]"]);
}

#[test]
fn files_are_told_apart_by_what_they_can_do() {
    let pair = Pair::new();
    pair.both("kept.md", "kept");
    pair.before("gone.md", "gone");
    pair.before("old-name.md", "the same text");
    pair.after("new-name.md", "the same text");
    pair.after("new.md", "new");
    pair.after("scripts/new.py", "print(1)\n");
    pair.both("scripts/bit.sh", "echo 1\n");
    run_bit(&pair.after("scripts/bit.sh", "echo 1\n"));
    run_bit(&pair.before("scripts/inert", "x"));
    pair.after("scripts/inert", "x");
    pair.before("scripts/edited.sh", "echo 1\n");
    pair.after("scripts/edited.sh", "echo 22\n");
    pair.before("notes.md", "a");
    pair.after("notes.md", "bb");
    symlink("new.md", pair.0.path().join("b/s/link")).unwrap();
    let expected = [
        ". file removed gone.md [4 bytes]",
        "! file added link [link to new.md]",
        ". file renamed new-name.md [old-name.md] [new-name.md]",
        ". file added new.md [3 bytes]",
        ". file changed notes.md [1 bytes] [2 bytes]",
        "! file made-executable scripts/bit.sh",
        "! file changed scripts/edited.sh [7 bytes] [8 bytes]",
        ". file made-inert scripts/inert",
        "! file added scripts/new.py [9 bytes]",
    ];
    assert_eq!(pair.changes(&[Area::File]), expected);
}

#[test]
fn a_file_that_becomes_a_link_wants_attention() {
    let pair = Pair::new();
    pair.before("data", "x");
    symlink("/etc/passwd", pair.0.path().join("b/s/data")).unwrap();
    assert_eq!(pair.changes(&[Area::File]), ["! file changed data [1 bytes] [link to /etc/passwd]"]);
}

#[test]
fn links_are_found_where_markdown_hides_them() {
    let before = format!("{HEAD}[a](references/a.md#top) <https://known.example/x>\n");
    let after = format!(
        "{HEAD}[a](references/a.md#end) ![p](p.png) [k](https://known.example/y)\n\
         ```bash\ncurl https://new.example/z.\n```\n"
    );
    let expected = [
        "! link added https://new.example/z",
        ". link removed https://known.example/x",
        ". link added https://known.example/y",
        ". link added p.png",
    ];
    let mut found = Pair::of(&before, &after).changes(&[Area::Link]);
    found.sort_by_key(|line| expected.iter().position(|expected| expected == line));
    assert_eq!(found, expected);
}

#[test]
fn findings_and_needs_are_taken_from_the_audits() {
    use skilled_audit::{Audit, Evidence};
    let pair = Pair::of(&format!("{HEAD}# S\n"), &format!("{HEAD}# T\n"));
    let limits = skilled_format::Limits::default();
    let path = |side: &str| pair.0.path().join(side);
    let (a, b) = (Folder::open(&path("a/s"), &limits).unwrap(), Folder::open(&path("b/s"), &limits).unwrap());
    let (ta, tb) =
        (load_dir(&path("a/s"), &limits).unwrap().tree, load_dir(&path("b/s"), &limits).unwrap().tree);
    let needing = |host: &str, secret: &str| {
        let mut audit = Audit::default();
        let evidence = || vec![Evidence { file: "SKILL.md".to_owned(), line: 1 }];
        audit.capabilities.hosts.insert(host.to_owned(), evidence());
        audit.capabilities.secrets.insert(secret.to_owned(), evidence());
        audit
    };
    let (old, new) = (needing("a.example", "TOKEN"), needing("b.example", "TOKEN"));
    let before = Version { folder: &a, tree: &ta, audit: &old };
    let after = Version { folder: &b, tree: &tb, audit: &new };
    let compared = compare(&before, &after, &skilled_audit::Limits::default());
    let hosts: Vec<_> =
        compared.changes.iter().filter(|change| change.area == Area::Host).map(short).collect();
    assert_eq!(hosts, [". host removed a.example", "! host added b.example"].map(str::to_owned));
    assert!(compared.changes.iter().all(|change| change.area != Area::Secret));
    assert_eq!(compared.changes.iter().filter(|change| change.kind == Kind::Changed).count(), 2);
    assert_eq!(compared.count(Weight::Attention), 1);
}
