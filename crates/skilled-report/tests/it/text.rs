//! Findings for people.

use proptest::prelude::*;
use skilled_report::{Colour, Finding, Look, text};

use crate::kit::{at, frame, plain};

#[test]
fn a_finding_is_its_message_its_place_its_source_and_what_to_do() {
    let finding = Finding {
        message: "the value of `description` contains `: ` and is read as text, which other clients may not do",
        notes: &[
            (
                "why",
                "Readers of YAML take what is before the colon for the name of a field, and refuse the file.",
            ),
            ("help", "Put quotes around the value."),
        ],
        ..at("---\nname: pdf\ndescription: Fill. Use when: PDF.\n---\n", 27..46)
    };
    let expected = "\
warning[dead-link]: the value of `description` contains `: ` and is read as
text, which other clients may not do
 --> pdf/SKILL.md:3:14
  |
3 | description: Fill. Use when: PDF.
  |              ^^^^^^^^^^^^^^^^^^^
  = why: Readers of YAML take what is before the colon for the name of a field,
         and refuse the file.
  = help: Put quotes around the value.
";
    assert_eq!(plain(&finding, 80), expected);
}

#[test]
fn a_finding_about_a_file_has_no_frame() {
    let finding = Finding { notes: &[("help", "Do it.")], ..at("text", 0..0) };
    let expected = "warning[dead-link]: it is wrong\n --> pdf/SKILL.md\n  = help: Do it.\n";
    assert_eq!(plain(&finding, 80), expected);
    assert_eq!(plain(&Finding { source: None, ..finding }, 80), expected);
}

#[test]
fn a_place_without_a_source_is_still_named() {
    let finding = Finding { source: None, ..at("a\nbc", 3..4) };
    assert_eq!(plain(&finding, 80), "warning[dead-link]: it is wrong\n --> pdf/SKILL.md:2:2\n");
}

#[test]
fn marks_stand_below_what_they_mean() {
    let cases = [
        ("你好 x y\n", 7..8, "  |\n1 | 你好 x y\n  |      ^\n"),
        ("a\tb\tc\n", 2..4, "  |\n1 | a   b   c\n  |     ^^^^\n"),
        ("\ta\n", 0..1, "  |\n1 |     a\n  | ^^^^\n"),
        ("ab\n", 2..2, "  |\n1 | ab\n  |   ^\n"),
        ("ab\ncd", 5..5, "  |\n2 | cd\n  |   ^\n"),
        ("ab\r\ncd\r\n", 2..4, "  |\n1 | ab\\r\n  |   ^^\n"),
        ("ab\r\ncd\r\n", 0..2, "  |\n1 | ab\n  | ^^\n"),
        ("\n\nx", 1..2, "  |\n2 |\n  | ^\n"),
        ("e\u{301}x", 1..3, "  |\n1 | e\u{301}x\n  |  ^\n"),
    ];
    for (source, span, expected) in cases {
        assert_eq!(frame(source, span), expected, "{source:?}");
    }
}

#[test]
fn what_hides_is_shown_and_marked() {
    let expected = "  |\n1 | \\u{feff}a\\u{202e}b\\u{1b}[2J\n  |          ^^^^^^^^\n";
    assert_eq!(frame("\u{feff}a\u{202e}b\x1b[2J\n", 4..7), expected);
    let hostile = Finding { path: "a\x1b[2J\nb/SKILL.md", message: "x\x1by", ..at("x", 0..1) };
    let shown = plain(&hostile, 80);
    assert!(shown.contains(" --> a\\u{1b}[2J\\nb/SKILL.md:1:1\n") && shown.contains("x\\u{1b}y"), "{shown}");
}

#[test]
fn a_span_of_several_lines_shows_its_ends() {
    assert_eq!(frame("a b\nc d\ne", 2..5), "  |\n1 | a b\n  |   ^\n2 | c d\n  | ^\n");
    let source = "<!--\n one\n\n two\n three\n-->\nafter\n";
    let expected = "  |\n1 | <!--\n  | ^^^^\n2 |  one\n  | ^^^^\n...\n6 | -->\n  | ^^^\n";
    assert_eq!(frame(source, 0..26), expected);
}

#[test]
fn a_long_line_is_shown_around_the_mark() {
    let source = format!("{}MARK{}", "a".repeat(5_000), "b".repeat(1 << 20));
    let shown = frame(&source, 5_000..5_004);
    let line = shown.lines().nth(1).unwrap();
    assert!(line.starts_with("1 | …aaa") && line.ends_with("bbb…") && line.chars().count() == 80, "{shown}");
    let marks = shown.lines().nth(2).unwrap();
    assert_eq!(marks.find('^').unwrap(), line.chars().position(|c| c == 'M').unwrap(), "{shown}");
    assert_eq!(marks.matches('^').count(), 4);
    let end = frame(&source, source.len()..source.len());
    assert!(
        end.lines().nth(1).unwrap().ends_with('b') && end.lines().nth(2).unwrap().ends_with('^'),
        "{end}"
    );
}

#[test]
fn colours_are_the_only_difference_between_looks() {
    let finding = Finding { notes: &[("help", "Do it.")], ..at("a b c", 2..3) };
    let coloured = text(&finding, Look { width: 80, colour: Colour::Ansi });
    assert!(coloured.contains("\x1b[1;33mwarning[dead-link]\x1b[0m") && coloured.contains("\x1b[1;33m^"));
    let mut stripped = String::new();
    for piece in coloured.split('\x1b') {
        stripped
            .push_str(piece.strip_prefix('[').and_then(|rest| rest.split_once('m')).map_or(piece, |it| it.1));
    }
    assert_eq!(stripped, plain(&finding, 80));
}

proptest! {
    #[test]
    fn any_source_fits_and_is_harmless(
        source in "(\\PC|[\t\r\n\u{1b}\u{200b}\u{202e}你]){0,300}",
        start in 0_usize..400,
        length in 0_usize..200,
        width in 20_usize..200,
    ) {
        let place = at(&source, 0..0);
        let finding = Finding { line: 7, column: 3, span: start..start + length, ..place };
        let shown = plain(&finding, width);
        for line in shown.lines() {
            let columns = unicode_columns(line);
            prop_assert!(columns <= width.max(40), "{columns} in {line:?}");
            let hides = |c: char| c.is_control() || matches!(c, '\u{200b}' | '\u{202e}');
            prop_assert!(!line.contains(hides), "{line:?}");
        }
        prop_assert!(shown.contains('^'), "{shown}");
    }
}

fn unicode_columns(line: &str) -> usize {
    use unicode_width::UnicodeWidthChar;
    line.chars().map(|c| c.width().unwrap_or(0)).sum()
}
