use proptest::prelude::*;

use super::*;

/// What a body says when it comes in pieces of these sizes: the parts, or why not.
fn read(body: &[u8], sizes: &[usize]) -> Result<Vec<(String, Vec<u8>)>, Wrong> {
    let mut parser = Parser::new("B", 4);
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut at, mut turn) = (0, 0);
    loop {
        match parser.next()? {
            Event::Head(head) => parts.push((head.name, Vec::new())),
            Event::Data(data) => {
                assert!(!data.is_empty());
                parts.last_mut().unwrap().1.extend_from_slice(&data);
            }
            Event::End => return Ok(parts),
            Event::PartEnd => {}
            Event::More if at == body.len() => {
                parser.finish()?;
                panic!("the end was not said");
            }
            Event::More => {
                let size = sizes.get(turn % sizes.len().max(1)).copied().unwrap_or(1).max(1);
                let end = (at + size).min(body.len());
                parser.feed(&body[at..end]);
                (at, turn) = (end, turn + 1);
            }
        }
    }
}

fn written(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, data) in parts {
        body.extend_from_slice(
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    body
}

#[test]
fn empty_parts_and_data_like_boundaries_are_read() {
    let parts: Vec<(String, Vec<u8>)> = vec![
        ("a".into(), b"".to_vec()),
        ("b".into(), b"\r\n--".to_vec()),
        ("c".into(), b"--B\r\n".to_vec()),
        ("d".into(), b"\r\n\r\n--A--B".to_vec()),
    ];
    for size in [1, 2, 3, 7, 1000] {
        assert_eq!(read(&written(&parts), &[size]), Ok(parts.clone()), "{size}");
    }
    assert_eq!(read(b"--B--", &[1]), Ok(vec![]));
    assert_eq!(read(b"before\r\n--B--", &[4]), Ok(vec![]));
}

#[test]
fn what_is_not_in_parts_is_refused_with_the_reason() {
    let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for (body, why) in [
        (String::new(), Wrong::NoBoundary),
        ("--C\r\n".to_owned(), Wrong::NoBoundary),
        ("x".repeat(9000), Wrong::NoBoundary),
        ("--Bx".to_owned(), Wrong::AfterBoundary),
        ("--B\r\n".to_owned(), Wrong::Ends),
        (part.to_owned(), Wrong::Ends),
        (format!("{part}data\r\n--"), Wrong::Ends),
        (format!("--B\r\na: {}", "x".repeat(9000)), Wrong::LargeHead),
        ("--B\r\na: b\r\n\r\n--B--".to_owned(), Wrong::Head("it has no name")),
        (format!("{}--B--", format!("{part}\r\n").repeat(5)), Wrong::TooMany(4)),
    ] {
        assert_eq!(read(body.as_bytes(), &[3]), Err(why), "{}", &body[..body.len().min(60)]);
    }
}

proptest! {
    #[test]
    fn parts_are_read_however_the_body_is_cut(
        data in prop::collection::vec(prop::collection::vec(prop::sample::select(b"\r\n-Bxy".to_vec()), 0..40), 0..4),
        sizes in prop::collection::vec(1_usize..20, 1..8),
    ) {
        // A body whose data has its own boundary is another body.
        prop_assume!(data.iter().all(|data| memmem::find(&[b"\r\n", &data[..]].concat(), b"\r\n--B").is_none()));
        let parts: Vec<_> = data.into_iter().map(|data| ("n".to_owned(), data)).collect();
        prop_assert_eq!(read(&written(&parts), &sizes), Ok(parts));
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        body in prop::collection::vec(prop_oneof![prop::sample::select(b"\r\n-B:; =\"".to_vec()), any::<u8>()], 0..300),
        sizes in prop::collection::vec(1_usize..50, 1..4),
    ) {
        let whole = read(&body, &[body.len().max(1)]);
        prop_assert_eq!(read(&body, &sizes), whole);
    }
}
