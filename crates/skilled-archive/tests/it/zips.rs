//! Zips whose parts contradict each other.

use super::craft::{Member, codes, deflate, end_record, read, refused_with, zip};
use skilled_archive::{Limits, Options};

fn two() -> Vec<Member> {
    vec![Member::file("a", b"first"), Member::deflated("b", b"second")]
}

/// Every attack starts from this zip, which is read.
#[test]
fn an_ordinary_zip_is_read() {
    let expected = vec![("a".to_owned(), b"first".to_vec()), ("b".to_owned(), b"second".to_vec())];
    assert_eq!(read(&zip(&two())), expected);
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Vec<Member>), code: &str) {
    let mut members = two();
    change(&mut members);
    assert_eq!(codes(&zip(&members)), [code]);
}

#[test]
fn local_headers_must_agree_with_the_directory() {
    let damaged = "archive-damaged";
    refused(|m| m[0].local_name = Some(b"c".to_vec()), damaged);
    refused(|m| m[0].local_name = Some(b"../../a".to_vec()), damaged);
    refused(|m| m[1].local_method = Some(0), damaged);
    refused(|m| m[0].local_flags = Some(1), damaged);
    refused(|m| m[0].local_flags = Some(1 << 11), damaged);
    refused(|m| m[0].local_sizes = Some([0x9a71_bb4c, 5, 4]), damaged);
    refused(|m| m[0].local_sizes = Some([0, 0, 0]), damaged);
    refused(|m| m[0].local_sizes = Some([1, 5, 5]), damaged);
}

#[test]
fn entries_lie_side_by_side() {
    refused(|m| m[1].offset = Some(0), "archive-damaged");
    refused(|m| m[1].offset = Some(3), "archive-damaged");
    refused(|m| m[0].after = b"hidden".to_vec(), "archive-surplus");
    refused(|m| m[1].after = b"hidden".to_vec(), "archive-surplus");
    // A whole entry that the directory does not name.
    let hidden = zip(&[Member::file("hidden", b"content")]);
    refused(|m| m[0].after = hidden[..43].to_vec(), "archive-surplus");
}

#[test]
fn one_content_is_not_used_by_two_entries() {
    // The kernel of a bomb: entries that share their compressed bytes (overlapping, and quoted).
    let shared = Member { offset: Some(0), ..Member::file("b", b"first") };
    assert_eq!(codes(&zip(&[Member::file("a", b"first"), shared])), ["archive-damaged"]);
}

#[test]
fn sizes_that_follow_the_content_are_checked() {
    let described = |after: Vec<u8>| {
        let content = b"described";
        let sizes = Some([0, 0, 0]);
        zip(&[
            Member { flags: 8, local_sizes: sizes, after, ..Member::file("a", content) },
            Member::file("b", b""),
        ])
    };
    let mut crc = flate2::Crc::new();
    crc.update(b"described");
    let short: Vec<u8> = [crc.sum(), 9, 9].into_iter().flat_map(u32::to_le_bytes).collect();
    let long: Vec<u8> = crc
        .sum()
        .to_le_bytes()
        .into_iter()
        .chain([9_u64, 9].into_iter().flat_map(u64::to_le_bytes))
        .collect();
    let signed = |body: &[u8]| [b"PK\x07\x08".as_slice(), body].concat();
    for good in [short.clone(), long.clone(), signed(&short), signed(&long)] {
        assert_eq!(read(&described(good)).len(), 2);
    }
    let wrong: Vec<u8> = [crc.sum(), 9, 8].into_iter().flat_map(u32::to_le_bytes).collect();
    for bad in [Vec::new(), wrong.clone(), signed(&wrong), signed(&short)[..15].to_vec(), vec![0; 400]] {
        assert_eq!(codes(&described(bad)), ["archive-damaged"]);
    }
}

#[test]
fn content_must_be_what_the_zip_says() {
    refused(|m| m[0].crc = Some(1), "archive-checksum");
    refused(|m| m[1].crc = Some(1), "archive-checksum");
    refused(|m| m[1].size = Some(5), "archive-damaged");
    refused(|m| m[1].size = Some(7), "archive-truncated");
    refused(|m| m[0].size = Some(4), "archive-damaged");
    refused(|m| m[1].data = Some(b"\xff\xff\xff".to_vec()), "archive-damaged");
    refused(|m| m[1].data = Some(deflate(b"second")[..4].to_vec()), "archive-truncated");
    refused(|m| m[1].data = Some([deflate(b"second"), b"tail".to_vec()].concat()), "archive-surplus");
}

#[test]
fn what_is_not_read_is_named() {
    refused(|m| m[0].flags = 1, "archive-encrypted");
    refused(|m| m[0].flags = 1 << 6 | 1, "archive-encrypted");
    refused(|m| m[0].method = Some(99), "archive-encrypted");
    for method in [1, 9, 12, 14, 93, 95, 98, 4711] {
        refused(|m| m[0].method = Some(method), "archive-compression");
    }
}

#[test]
fn kinds_come_from_names_and_modes_together() {
    let folder = Member { mode: 0o040_755, ..Member::file("d/", b"") };
    assert_eq!(read(&zip(&[folder.clone(), Member::file("d/x", b"1")])).len(), 2);
    for mode in [0o010_644, 0o020_644, 0o060_644, 0o140_644] {
        refused(|m| m[0].mode = mode, "archive-special");
    }
    refused(|m| m[0].mode = 0o120_777, "archive-link");
    refused(|m| m[0].mode = 0o040_755, "archive-damaged");
    refused(|m| m.push(Member { mode: 0o100_644, ..folder.clone() }), "archive-damaged");
    refused(|m| m.push(Member { mode: 0o120_777, ..folder.clone() }), "archive-damaged");
    refused(|m| m.push(Member { content: b"1".to_vec(), ..folder.clone() }), "archive-damaged");
    // Nothing, compressed, is two bytes; what a folder of size 0 holds beyond that is hidden.
    let deflated = Member { deflate: true, ..folder.clone() };
    assert_eq!(read(&zip(std::slice::from_ref(&deflated))).len(), 1);
    let hidden = Member { deflate: true, data: Some(b"hidden".to_vec()), ..folder.clone() };
    refused(|m| m.push(hidden.clone()), "archive-damaged");
    refused(|m| m.push(Member { crc: Some(1), ..folder.clone() }), "archive-damaged");
}

#[test]
fn a_second_name_in_an_extra_field_is_refused() {
    let field = |name: &[u8]| {
        let mut field = 0x7075_u16.to_le_bytes().to_vec();
        field.extend((5 + name.len() as u16).to_le_bytes());
        field.extend([1, 0, 0, 0, 0]);
        field.extend(name);
        field
    };
    let mut members = two();
    members[0].extra = field(b"a");
    assert_eq!(read(&zip(&members)).len(), 2);
    refused(|m| m[0].extra = field(b"../a"), "archive-damaged");
    refused(|m| m[0].extra = field(b"a")[..7].to_vec(), "archive-damaged");
    refused(|m| m[0].extra = vec![1, 0, 200, 0], "archive-damaged");
}

#[test]
fn the_end_of_a_zip_is_found_in_one_way_only() {
    let good = zip(&two());
    let with = |tail: &[u8]| [good.as_slice(), tail].concat();
    assert_eq!(codes(&with(b"x")), ["archive-surplus"]);
    assert_eq!(codes(&[b"#!/bin/sh\n".as_slice(), &good].concat()), ["archive-unknown-format"]);
    // What comes before begins like a zip, as a program that looks for the beginning sees it.
    assert_eq!(codes(&[b"PK\x03\x04 something".as_slice(), &good].concat()), ["archive-surplus"]);
    for cut in [good.len() - 1, good.len() - 22, 40, 4] {
        assert!(matches!(codes(&good[..cut])[0], "archive-truncated" | "archive-surplus"), "{cut}");
    }
    // A second end in the comment of the first.
    let mut two_ends = good.clone();
    let inner = end_record(0, 0, 0, b"");
    let at = two_ends.len() - 2;
    two_ends[at] = inner.len() as u8;
    two_ends.extend(inner);
    assert_eq!(codes(&two_ends), ["archive-damaged"]);
    // A comment as such is fine.
    let mut commented = good.clone();
    commented[at] = 2;
    commented.extend(b"hi");
    assert_eq!(read(&commented).len(), 2);
}

#[test]
fn counts_and_places_of_the_directory_are_checked() {
    let good = zip(&two());
    let end = good.len() - 22;
    let changed = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[end + at] = value;
        bytes
    };
    assert_eq!(codes(&changed(4, 1)), ["archive-feature"], "volume");
    assert_eq!(
        codes(&[&changed(8, 1)[..end + 10], &[1, 0], &good[end + 12..]].concat()),
        ["archive-damaged"],
        "fewer"
    );
    assert_eq!(
        codes(&[&changed(8, 3)[..end + 10], &[3, 0], &good[end + 12..]].concat()),
        ["archive-damaged"],
        "more"
    );
    assert_eq!(codes(&changed(10, 1)), ["archive-feature"], "two counts");
    assert_eq!(codes(&changed(12, good[end + 12] - 1)), ["archive-surplus"], "size");
    assert_eq!(codes(&changed(16, good[end + 16] + 1)), ["archive-damaged"], "start");
    assert_eq!(
        codes(&[b"PK\x05\x06".as_slice(), &[0xff; 16], &[0, 0]].concat()),
        ["archive-damaged"],
        "zip64"
    );
    assert_eq!(read(&end_record(0, 0, 0, b"")), []);
}

#[test]
fn all_problems_are_said_at_once() {
    let members = [
        Member::file("/etc/passwd", b""),
        Member::file("fine", b""),
        Member::file("../up", b""),
        Member { mode: 0o120_777, ..Member::file("link", b"target") },
        Member { method: Some(12), ..Member::file("packed", b"") },
        Member::file("fine", b""),
    ];
    let expected = [
        ("archive-name-escapes", "/etc/passwd"),
        ("archive-name-escapes", "../up"),
        ("archive-link", "link"),
        ("archive-compression", "packed"),
        ("archive-name-duplicate", "fine"),
    ];
    let found = refused_with(&zip(&members), &Options::default());
    assert_eq!(found, expected.map(|(code, entry)| (code, entry.to_owned())));

    let many: Vec<Member> = (0..70).map(|n| Member::file(&format!("../{n}"), b"")).collect();
    let error = super::craft::read_with(&zip(&many), &Options::default()).unwrap_err();
    assert_eq!(error.problems().len(), 50);
    assert!(error.to_string().ends_with("and 20 more"), "{error}");
}

#[test]
fn limits_hold_for_zips() {
    let members = [Member::file("d/a", b"12345678"), Member::file("b", b"1234")];
    let bytes = zip(&members);
    let with = |change: fn(&mut Limits)| {
        let mut options = Options::default();
        change(&mut options.limits);
        options
    };
    let exactly = with(|limits| {
        *limits = Limits {
            entries: 3,
            total_bytes: 12,
            file_bytes: 8,
            depth: 2,
            path_bytes: 3,
            component_bytes: 1,
            ..*limits
        };
    });
    assert_eq!(super::craft::read_with(&bytes, &exactly).unwrap().len(), 2);
    let too_much = [
        (with(|l| l.entries = 2), "archive-too-many-entries"),
        (with(|l| l.entries = 1), "archive-too-many-entries"),
        (with(|l| l.total_bytes = 11), "archive-too-large"),
        (with(|l| l.file_bytes = 7), "archive-too-large"),
        (with(|l| l.archive_bytes = 100), "archive-too-large"),
        (with(|l| l.metadata_bytes = 90), "archive-too-large"),
        (with(|l| l.depth = 1), "archive-name-too-deep"),
        (with(|l| l.path_bytes = 2), "archive-name-too-long"),
        (with(|l| l.component_bytes = 0), "archive-name-too-long"),
    ];
    for (options, code) in too_much {
        assert_eq!(refused_with(&bytes, &options)[0].0, code);
    }
}
