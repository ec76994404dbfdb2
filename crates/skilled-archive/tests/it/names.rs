//! Names that lead out, collide, or cannot be used everywhere; in zip and tar alike.

use skilled_archive::{Code, Limits, Names, Occupies, Options, Portability};

use super::craft::{Block, Member, codes, read, refused_with, tar, zip};

/// The first code for a single file of this name, `None` when it is accepted.
fn code(name: &[u8]) -> Option<&'static str> {
    let first = |bytes: &[u8]| {
        let opened = super::craft::read_with(bytes, &Options::default());
        opened.err().map(|error| error.problems()[0].code.as_str())
    };
    let zipped = first(&zip(&[Member { name: name.to_vec(), ..Member::file("", b"1") }]));
    // A NUL ends a name in a tar, and a slash at the end makes a folder.
    if name.len() < 100 && !name.is_empty() && !name.contains(&0) && !name.ends_with(b"/") {
        assert_eq!(first(&tar(&[Block::new(b'0', name, b"1")])), zipped, "{}", String::from_utf8_lossy(name));
    }
    zipped
}

#[test]
fn ordinary_names_are_accepted() {
    for name in [
        "a",
        "a/b.c",
        "..a",
        "a..b",
        ".hidden",
        "a b",
        "技能/ü.md",
        "con-verter",
        "COM10",
        "nul1",
        "./a/./b",
        "-",
    ] {
        assert_eq!(code(name.as_bytes()), None, "{name}");
    }
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["/a", "//a", "..", "../a", "a/../b", "a/..", "./../a"] {
        assert_eq!(code(name.as_bytes()), Some("archive-name-escapes"), "{name}");
    }
}

#[test]
fn names_that_mean_something_else_elsewhere_are_refused() {
    let names: &[&str] = &[
        "a\\b",
        "..\\..\\a",
        "C:\\a",
        "C:a",
        "a:stream",
        "a//b",
        "CON",
        "con",
        "Nul.txt",
        "aux/a",
        "com1.tar.gz",
        "LPT9",
        "COM¹",
        "conin$",
        "a.",
        "a ",
        "a./b",
        "a\nb",
        "a\u{7f}",
        "a\u{85}",
        "a\0b",
        "\u{202e}gpj.exe",
        "a\u{2028}b",
        "a?",
        "a*",
        "a|b",
        "a<b",
        "a\"b",
        "．．/a",
        "‥/a",
        "a／b",
        "nul .txt",
    ];
    for name in names {
        assert_eq!(code(name.as_bytes()), Some("archive-name-not-portable"), "{name:?}");
    }
}

#[test]
fn odd_names_have_codes_of_their_own() {
    assert_eq!(code(b"caf\xe9"), Some("archive-name-not-utf8"));
    assert_eq!(code(b""), Some("archive-name-empty"));
    assert_eq!(code("é".repeat(128).as_bytes()), Some("archive-name-too-long"));
    assert_eq!(code("a".repeat(255).as_bytes()), None);
    assert_eq!(code(["a"; 33].join("/").as_bytes()), Some("archive-name-too-deep"));
    assert_eq!(code(["a"; 32].join("/").as_bytes()), None);
    let long = |bytes: usize| format!("{}/{}/{}", "a".repeat(255), "b".repeat(254), "c".repeat(bytes - 511));
    assert_eq!(code(long(512).as_bytes()), None);
    assert_eq!(code(long(513).as_bytes()), Some("archive-name-too-long"));
}

#[track_caller]
fn together(names: &[&str], expected: &[&str]) {
    let members: Vec<Member> = names.iter().map(|name| Member::file(name, b"")).collect();
    let blocks: Vec<Block> = names.iter().map(|name| Block::file(name, b"")).collect();
    for bytes in [zip(&members), tar(&blocks)] {
        if expected.is_empty() {
            assert_eq!(read(&bytes).len(), names.len());
        } else {
            assert_eq!(codes(&bytes), expected);
        }
    }
}

#[test]
fn names_must_differ_on_every_system() {
    together(&["a", "b", "ab", "d/a", "d/b", "e/a"], &[]);
    together(&["a", "a"], &["archive-name-duplicate"]);
    together(&["a", "./a"], &["archive-name-duplicate"]);
    let collision = ["archive-name-collision"];
    for pair in [
        ["README", "readme"],
        ["D/a", "d/b"],
        ["caf\u{e9}", "cafe\u{301}"],
        ["straße", "STRASSE"],
        ["\u{fb01}le", "file"],
        ["ΣΑΣ", "σας"],
        ["a\u{200b}b", "ab"],
        ["\u{212a}", "k"],
    ] {
        together(&pair, &collision);
    }
}

#[test]
fn a_path_is_a_folder_or_not() {
    together(&["a", "a/b"], &["archive-name-conflict"]);
    together(&["a/b", "a"], &["archive-name-conflict"]);
    let folder = Block::new(b'5', "a", b"");
    assert_eq!(codes(&tar(&[folder.clone(), Block::file("a", b"")])), ["archive-name-duplicate"]);
    assert_eq!(codes(&tar(&[folder.clone(), folder.clone()])), ["archive-name-duplicate"]);
    assert_eq!(read(&tar(&[Block::file("a/b", b""), folder])).len(), 2, "a folder after what is in it");
}

#[test]
fn linux_alone_allows_more() {
    let linux = Options { portability: Portability::Linux, ..Options::default() };
    let names = ["a:b", "A:B", "con", "a\\b", "x.", "README", "readme"];
    let members: Vec<Member> = names.iter().map(|name| Member::file(name, b"")).collect();
    assert_eq!(super::craft::read_with(&zip(&members), &linux).unwrap().len(), names.len());
    for name in ["../a", "/a", "a\0b"] {
        assert!(!refused_with(&zip(&[Member::file(name, b"")]), &linux).is_empty(), "{name}");
    }
}

#[test]
fn names_in_messages_cannot_do_harm() {
    let problems = Names::new(&Limits::default(), Portability::Everywhere)
        .add(&format!("\u{1b}[2J\u{202e}{}", "x".repeat(400)), Occupies::File)
        .unwrap_err();
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(shown.iter().all(|line| line.chars().all(|c| !c.is_control() && c != '\u{202e}')), "{shown:?}");
    assert!(shown.iter().all(|line| line.chars().count() < 400), "{shown:?}");
}

#[test]
fn every_code_has_a_text_of_its_own_and_a_remedy() {
    let texts: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|code| code.as_str().starts_with("archive-") && code.help().ends_with('.')));
}
