use proptest::prelude::*;

use super::*;
use crate::Options;

fn page(pieces: &[&[u8]], range: Range, options: Options) -> TextPage {
    let mut pager = Pager {
        page: TextPage { first: range.0, ..TextPage::default() },
        last: range.1.unwrap_or(u64::MAX),
        line: Vec::new(),
        line_cut: 0,
        line_open: false,
        room: options.page_bytes,
        options,
        full: false,
    };
    for piece in pieces {
        pager.push(piece);
    }
    pager.finish()
}

fn lines(page: &TextPage) -> Vec<&str> {
    page.lines.iter().map(String::as_str).collect()
}

#[test]
fn a_range_is_kept_and_all_lines_counted() {
    let got = page(&[b"a\nb\r", b"\nc\nd"], (2, Some(3)), Options::default());
    assert_eq!(lines(&got), ["b", "c"]);
    assert_eq!((got.first, got.total, got.wanted, got.crlf, got.lossy), (2, 4, 3, true, false));
}

#[test]
fn a_full_page_stops_between_lines() {
    let got = page(&[b"a\nb\nc\n"], (1, None), Options { page_lines: 2, ..Options::default() });
    assert_eq!((lines(&got), got.wanted, got.total), (vec!["a", "b"], 3, 3));
    let got = page(&[b"aaaa\nbbbb\ncccc\n"], (1, None), Options { page_bytes: 10, ..Options::default() });
    assert_eq!(lines(&got), ["aaaa", "bbbb"]);
}

#[test]
fn long_lines_say_what_is_missing() {
    let options = Options { line_bytes: 4, ..Options::default() };
    let got = page(&["ééééééééééé\nab\n".as_bytes()], (1, None), options);
    assert_eq!(lines(&got), ["éé [… 18 bytes of this line cut …]", "ab"]);
    assert!(!got.lossy);
}

#[test]
fn old_encodings_are_shown_with_a_mark() {
    let got = page(&[b"caf\xe9\n"], (1, None), Options::default());
    assert_eq!((lines(&got), got.lossy), (vec!["caf\u{fffd}"], true));
}

proptest! {
    #[test]
    fn pieces_do_not_matter(text in "[aé\r\n]{0,60}", cuts: Vec<prop::sample::Index>, first in 1u64..6) {
        let options = Options { line_bytes: 6, page_bytes: 60, page_lines: 4, ..Options::default() };
        let whole = text.as_bytes();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
        at.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in at {
            pieces.push(&whole[from..cut]);
            from = cut;
        }
        pieces.push(&whole[from..]);
        let split = page(&pieces, (first, None), options);
        prop_assert_eq!(&split, &page(&[whole], (first, None), options));
        prop_assert_eq!(split.total, text.split_inclusive('\n').count() as u64);
    }
}
