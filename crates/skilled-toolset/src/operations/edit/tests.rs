use super::*;

fn edited(text: &str, old: &str, new: &str) -> (String, Edited) {
    replace("/f", text, old, new).unwrap()
}

fn hints_for(text: &str, old: &str, new: &str) -> Vec<Hint> {
    match replace("/f", text, old, new) {
        Err(EditError::NoMatch { hints, .. }) => hints,
        other => panic!("{other:?}"),
    }
}

fn ambiguous(text: &str, old: &str) -> (usize, Vec<u64>) {
    match replace("/f", text, old, "new text") {
        Err(EditError::Ambiguous { count, lines, .. }) => (count, lines),
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn one_match_is_replaced_and_shown() {
    let (text, shown) = edited("a\nb\nc\nd\ne\nf\n", "d\n", "D1\nD2\n");
    assert_eq!(text, "a\nb\nc\nD1\nD2\ne\nf\n");
    assert_eq!((shown.first, shown.unshown), (1, 0));
    assert_eq!(shown.lines, ["a", "b", "c", "D1", "D2", "e", "f"]);
}

#[test]
fn long_replacements_are_shown_in_part() {
    let (_, shown) = edited("a\n", "a", &"x\n".repeat(100));
    assert_eq!((shown.lines.len(), shown.unshown), (40, 61));
}

#[test]
fn overlapping_matches_are_many() {
    assert_eq!(ambiguous("x\naaa\n", "aa"), (2, vec![2, 2]));
}

#[test]
fn many_matches_are_counted_and_the_first_are_listed() {
    let text = "a\nb,c,d\n".repeat(100_000);
    let (count, lines) = ambiguous(&text, ",");
    assert_eq!((count, lines.len()), (200_000, 20));
    assert_eq!(lines[..4], [2, 2, 4, 4]);
}

/// Each of these took time that grew with the square of the size.
#[test]
fn large_texts_are_searched_once() {
    let same = "a".repeat(4 * 1024 * 1024);
    assert_eq!(ambiguous(&same, &same[..same.len() / 2]).0, 2);
    let sought = " x\n".repeat(10_000);
    assert_eq!(hints_for(&"x\n".repeat(100_000), &sought, "z"), [Hint::Similar(1, "x".into())]);
}

#[test]
fn the_beginning_of_a_long_line_is_enough_to_find_it() {
    let start = "price = sum(rows); ".repeat(40);
    let text = format!("total = 1\n{start}{}\n", "0123456789".repeat(10_000));
    let hints = hints_for(&text, &format!("{start} other"), "z");
    assert!(matches!(hints[..], [Hint::Similar(2, _)]), "{}", hints.len());
}

#[test]
fn crlf_files_keep_their_line_ends() {
    let (text, shown) = edited("a\r\nb\r\nc\r\n", "a\nb", "A\nB");
    assert_eq!((text.as_str(), shown.crlf), ("A\r\nB\r\nc\r\n", true));
    assert_eq!(edited("a\r\nb\r\n", "b", "x\ny").0, "a\r\nx\r\ny\r\n");
    assert_eq!(edited("a\r\nb\n", "b", "x\ny").0, "a\r\nx\ny\n");
    assert_eq!(edited("a\r\nb\r\n", "a\r\nb", "c\r\nd").0, "c\r\nd\r\n");
}

#[test]
fn white_space_is_named() {
    let text = "fn f() {\n\tlet x = 1;\n\tg(x);\n}\n";
    let expected = Hint::WhiteSpace(2, vec!["\tlet x = 1;".into(), "\tg(x);".into()]);
    assert_eq!(hints_for(text, "    let x = 1;\n    g(x);", "z"), [expected]);
    assert_eq!(hints_for("a  b\n", "a b", "z"), [Hint::WhiteSpace(1, vec!["a  b".into()])]);
}

#[test]
fn numbers_from_a_view_are_named() {
    let hints = hints_for("alpha\nbeta\n", "     1\talpha\n     2\tbeta", "z");
    assert_eq!(hints[0], Hint::LineNumbers);
}

#[test]
fn the_likest_line_is_shown() {
    let hints = hints_for("total = 1\nprice = sum(rows)\n", "price = sum(row)\n", "z");
    assert_eq!(hints, [Hint::Similar(2, "price = sum(rows)".into())]);
    assert_eq!(hints_for("abc\n", "nothing alike", "z"), []);
}

#[test]
fn an_edit_made_before_is_named() {
    let hints = hints_for("x\nlet answer = 42;\n", "let question = 6 * 9;", "let answer = 42;");
    assert_eq!(hints[0], Hint::AlreadyThere(2));
}
