//! Input meant to break the reader: it must answer, within its limits.

use proptest::prelude::*;
use skilled_format::{Reading, Severity, read_skill};

/// What holds for every input.
fn check(bytes: &[u8]) -> Reading {
    let reading = read_skill(bytes, "folder");
    let worst = reading.diagnostics.iter().map(|d| d.severity).max();
    assert_eq!(reading.skill.is_none(), worst == Some(Severity::Error));
    assert!(reading.valid || worst >= Some(Severity::Warning));
    for diagnostic in &reading.diagnostics {
        assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= bytes.len());
        assert!(!diagnostic.message.contains('\n'), "{diagnostic}");
    }
    if let Some(skill) = &reading.skill {
        assert!(!skill.description.trim().is_empty());
        assert_eq!(&bytes[skill.body_span.clone()], skill.body.as_bytes());
        assert!(skill.mount_name().is_err() || !skill.name.contains('/'));
    }
    reading
}

/// Pieces that mean something to YAML or to the markers.
const PIECES: &[&str] = &[
    "---",
    "...",
    "\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "? ",
    "#",
    " #",
    "|",
    ">",
    ">-\n",
    "|2\n",
    "\"",
    "'",
    "''",
    "\\",
    "\\u00e9",
    "\\x",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a",
    "*a",
    "!t",
    "%",
    "@",
    "`",
    "~",
    "=",
    "<<",
    "name",
    "description",
    "metadata",
    "allowed-tools",
    "hooks",
    "a",
    "b c",
    "é",
    "技能",
    "👍",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "\u{7f}",
    "1.0",
    "true",
    "\nname: a\n",
    "\ndescription: b\n",
    "\n  - c: d\n",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_bytes_as_front_matter_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&[b"---\nname: folder\n", &bytes[..], b"\n---\n"].concat());
    }

    #[test]
    fn any_pieces_of_yaml_are_answered(pieces in prop::collection::vec(piece(), 0..40)) {
        check(format!("---\n{}\n---\nbody", pieces.concat()).as_bytes());
        check(pieces.concat().as_bytes());
    }

    #[test]
    fn a_spoiled_field_does_not_hurt_the_others(pieces in prop::collection::vec(piece(), 0..6), at in 0_usize..8) {
        let fields = ["name: folder", "description: b", "metadata:", "  k: v", "license: MIT", "x: 'y'", "z: >-", "  q"];
        let mut lines = fields.map(str::to_owned);
        lines[at].push_str(&pieces.concat());
        check(format!("---\n{}\n---\nbody", lines.join("\n")).as_bytes());
    }
}

#[test]
fn large_input_is_answered() {
    const SIZE: usize = 10 << 20;
    let fields = "description: b\n".repeat(SIZE / 15);
    for front in [fields, "x".repeat(SIZE), "[".repeat(SIZE), "\n".repeat(SIZE), "- ".repeat(SIZE / 2)] {
        assert!(check(format!("---\n{front}\n---\n").as_bytes()).skill.is_none());
        check(front.as_bytes());
    }
    let body = "---\n| --- |\n".repeat(SIZE / 12);
    let reading = check(format!("---\nname: folder\ndescription: b\n---\n{body}").as_bytes());
    assert!(reading.valid && reading.skill.is_some_and(|skill| skill.body == body));
}

#[test]
fn nesting_up_to_the_size_limit_is_answered() {
    const SIZE: usize = 60_000;
    for nested in [
        "[".repeat(SIZE),
        "{".repeat(SIZE),
        "{a: ".repeat(SIZE / 4),
        "- ".repeat(SIZE / 2),
        "? ".repeat(SIZE / 2),
        "&a ".repeat(SIZE / 3),
        "!a ".repeat(SIZE / 3),
        "\"".repeat(SIZE),
        "a: ".repeat(SIZE / 3),
        "k: [\n".repeat(SIZE / 5),
        "k: \"\n".repeat(SIZE / 5),
        "k: a: b\n".repeat(SIZE / 8),
        (0..300).flat_map(|depth| [" ".repeat(depth), "k:\n".to_owned()]).collect(),
    ] {
        check(format!("---\nname: folder\ndescription: b\nx: {nested}\n---\n").as_bytes());
        check(format!("---\nname: folder\ndescription: b\n{nested}\n---\n").as_bytes());
    }
}
