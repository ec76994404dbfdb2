use proptest::prelude::*;

use super::{Error, Parser, Record};

fn parse(chunks: &[&[u8]]) -> Result<Vec<Record>, Error> {
    let mut parser = Parser::new(64);
    let mut records = Vec::new();
    for chunk in chunks {
        parser.push(chunk, &mut records)?;
    }
    Ok(records)
}

fn record(event: Option<&str>, data: &str) -> Record {
    Record { event: event.map(str::to_owned), data: data.to_owned() }
}

/// Checks that `text` gives `records`, whole, byte by byte and split in two at every place.
#[track_caller]
fn check(text: &[u8], records: &[Record]) {
    assert_eq!(parse(&[text]).unwrap(), records);
    assert_eq!(parse(&text.chunks(1).collect::<Vec<_>>()).unwrap(), records);
    for at in 0..=text.len() {
        let (left, right) = text.split_at(at);
        assert_eq!(parse(&[left, right]).unwrap(), records, "split at {at}");
    }
}

#[test]
fn records_are_read_with_every_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text =
            "event: a\ndata: 1\ndata:2\ndata\n\n: comment\n\nid: 3\nretry: 4\nfoo: 5\n\ndata:  x: y\n\n";
        let records = [record(Some("a"), "1\n2\n"), record(None, " x: y")];
        check(text.replace('\n', end).as_bytes(), &records);
    }
}

#[test]
fn an_event_without_data_and_a_cut_record_are_dropped() {
    check(b"event: ping\n\ndata: 1\n\ndata: 2\n", &[record(None, "1")]);
}

#[test]
fn a_byte_order_mark_is_skipped_only_at_the_start() {
    check("\u{feff}data: é\n\n\u{feff}data: 2\n\n".as_bytes(), &[record(None, "é")]);
}

#[test]
fn a_record_over_the_limit_is_an_error_before_it_is_complete() {
    let line = [b"data: ".as_slice(), &[b'x'; 60]].concat();
    assert_eq!(parse(&[&line]), Err(Error::TooLarge { limit: 64 }));
    let lines = "data: 0123456789\n".repeat(6);
    assert_eq!(parse(&[lines.as_bytes()]), Err(Error::TooLarge { limit: 64 }));
    let comments = ": 0123456789\n".repeat(20);
    assert_eq!(parse(&[comments.as_bytes()]), Ok(vec![]));
}

#[test]
fn bytes_that_are_not_utf8_are_an_error() {
    assert_eq!(parse(&[b"data: \xff\n"]), Err(Error::NotUtf8));
}

proptest! {
    #[test]
    fn any_bytes_parse_the_same_however_they_are_split(
        bytes in proptest::collection::vec(
            prop_oneof![
                Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' '), Just(b'd'), Just(0xEF_u8), any::<u8>()
            ],
            0..200,
        ),
        size in 1_usize..9,
    ) {
        let whole = parse(&[&bytes]);
        let split = parse(&bytes.chunks(size).collect::<Vec<_>>());
        prop_assert_eq!(whole, split);
    }

    #[test]
    fn any_text_comes_back(lines in proptest::collection::vec("[^\r\n]{0,9}", 1..4), size in 1_usize..5) {
        let text = format!("data: {}\r\n\r\n", lines.join("\r\ndata: "));
        let mut records = Vec::new();
        let mut parser = Parser::new(1024);
        for chunk in text.as_bytes().chunks(size) {
            parser.push(chunk, &mut records).unwrap();
        }
        prop_assert_eq!(records, vec![record(None, &lines.join("\n"))]);
    }
}
