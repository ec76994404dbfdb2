//! Tars whose headers contradict each other or themselves.

use skilled_archive::{EntryKind, Options};

use super::craft::{Block, codes, gzip, pax, read, read_with, tar};

/// In both wrappings, which must not make a difference.
#[track_caller]
fn refused(blocks: &[Block], code: &str) {
    assert_eq!(codes(&tar(blocks)), [code]);
    assert_eq!(codes(&gzip(&tar(blocks))), [code]);
}

#[track_caller]
fn accepted(blocks: &[Block], expected: &[(&str, &[u8])]) {
    let expected: Vec<(String, Vec<u8>)> =
        expected.iter().map(|(path, c)| ((*path).to_owned(), c.to_vec())).collect();
    assert_eq!(read(&tar(blocks)), expected);
    assert_eq!(read(&gzip(&tar(blocks))), expected);
}

fn file() -> Block {
    Block::file("a", b"first")
}

#[test]
fn an_ordinary_tar_is_read() {
    let folder = Block { mode: 0o755, ..Block::new(b'5', "./d/", b"") };
    let root = Block::new(b'5', "./", b"");
    accepted(
        &[root, folder, Block::file("./d/x", &[7; 513]), file()],
        &[("d", b""), ("d/x", &[7; 513]), ("a", b"first")],
    );
    accepted(&[], &[]);
    let modes = [0o4755, 0o644, 0o100].map(|mode| Block { mode, ..Block::file(&format!("m{mode:o}"), b"") });
    let read = read_with(&tar(&modes), &Options::default()).unwrap();
    let kinds: Vec<EntryKind> = read.into_iter().map(|(entry, _)| entry.kind).collect();
    assert_eq!(kinds, [true, false, true].map(|executable| EntryKind::File { size: 0, executable }));
}

#[test]
fn long_names_are_read_in_every_dialect() {
    let name = format!("{}/{}", "d".repeat(120), "n".repeat(130));
    let gnu = Block::new(b'L', "././@LongLink", format!("{name}\0"));
    accepted(&[gnu, file()], &[(&name, b"first")]);
    accepted(&[pax(b'x', &[("mtime", "1.5"), ("path", &name)]), file()], &[(&name, b"first")]);
    let mut ustar = file().bytes();
    ustar[345..348].copy_from_slice(b"dir");
    ustar[148..156].copy_from_slice(b"        ");
    let sum: u32 = ustar[..512].iter().map(|&byte| u32::from(byte)).sum();
    ustar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(read(&[ustar, vec![0; 1024]].concat()), [("dir/a".to_owned(), b"first".to_vec())]);
}

#[test]
fn an_entry_has_one_name_and_one_size() {
    let gnu = || Block::new(b'L', "", "evil\0");
    let path = || pax(b'x', &[("path", "other")]);
    refused(&[gnu(), gnu(), file()], "archive-damaged");
    refused(&[path(), path(), file()], "archive-damaged");
    refused(&[gnu(), path(), file()], "archive-damaged");
    refused(&[pax(b'x', &[("path", "b"), ("path", "c")]), file()], "archive-damaged");
    refused(&[pax(b'x', &[("size", "5"), ("size", "4")]), file()], "archive-damaged");
    refused(&[pax(b'x', &[("size", "-5")]), file()], "archive-damaged");
    refused(&[pax(b'x', &[("size", "99999999999999999999999")]), file()], "archive-damaged");
    refused(&[Block::new(b'L', "", "a\0b"), file()], "archive-damaged");
    refused(&[gnu()], "archive-truncated");
    refused(&[path()], "archive-truncated");
}

/// What a pax header says about the size counts, so that what follows is found where others find it.
#[test]
fn the_size_of_a_pax_header_counts() {
    let hidden = Block::file("hidden", b"");
    let content = [&hidden.bytes()[..], b"rest"].concat();
    let outer = Block { size: Some(0), ..Block::file("outer", &content) };
    let size = content.len().to_string();
    accepted(&[pax(b'x', &[("size", &size)]), outer.clone()], &[("outer", &content)]);
    // Without it the rest is no header.
    refused(&[outer], "archive-checksum");
}

#[test]
fn global_headers_do_not_name_files() {
    accepted(&[pax(b'g', &[("comment", "0123")]), file()], &[("a", b"first")]);
    for key in ["path", "linkpath", "size", "GNU.sparse.name"] {
        refused(&[pax(b'g', &[(key, "1")]), file()], "archive-feature");
    }
}

#[test]
fn pax_records_are_well_formed() {
    for records in [
        "x",
        "3 a",
        "99 path=a\n",
        "9 path=a\nx",
        "8 path=a\n",
        "0 \n",
        "5 abc\n",
        "-9 path=a\n",
        "11 path=a\n",
    ] {
        refused(&[Block::new(b'x', "", records), file()], "archive-damaged");
    }
}

#[test]
fn sparse_files_and_foreign_types_are_refused() {
    refused(&[Block::new(b'S', "a", b"")], "archive-feature");
    refused(&[pax(b'x', &[("GNU.sparse.major", "1")]), file()], "archive-feature");
    for kind in [b'M', b'V', b'D', b'N', b'Z', 0xff] {
        refused(&[Block::new(kind, "a", b"")], "archive-feature");
    }
    for kind in [b'3', b'4', b'6'] {
        refused(&[Block::new(kind, "dev", b"")], "archive-special");
    }
    accepted(&[Block::new(b'7', "a", b"1"), Block::new(0, "b", b"2")], &[("a", b"1"), ("b", b"2")]);
}

#[test]
fn folders_and_links_have_no_content() {
    refused(&[Block::new(b'5', "d", b"content")], "archive-damaged");
    refused(&[Block::new(b'0', "d/", b"content")], "archive-damaged");
}

#[test]
fn a_tar_ends_with_zeros_and_nothing_else() {
    let good = tar(&[file(), Block::file("b", &[1; 600])]);
    assert_eq!(read(&good).len(), 2);
    assert_eq!(read(&[&good[..], &[0; 9000]].concat()).len(), 2, "blocking");
    assert_eq!(codes(&[&good[..], b"x"].concat()), ["archive-surplus"]);
    assert_eq!(codes(&[&good[..], &good[..]].concat()), ["archive-surplus"], "a second archive");
    for cut in [good.len() - 1024, 2100, 1536, 1100, 700] {
        assert_eq!(codes(&good[..cut]), ["archive-truncated"], "{cut}");
    }
    let mut wrong = good;
    wrong[1024] = b'c';
    assert_eq!(codes(&wrong), ["archive-checksum"]);
}

#[test]
fn gzip_is_read_to_its_end() {
    let whole = tar(&[file(), Block::file("b", &[1; 600])]);
    let good = gzip(&whole);
    let members = [gzip(&whole[..700]), gzip(&whole[700..])].concat();
    assert_eq!(read(&members), read(&good));
    for cut in [good.len() - 1, good.len() - 9, 30, 11] {
        assert_eq!(codes(&good[..cut]), ["archive-truncated"], "{cut}");
    }
    let mut wrong = good.clone();
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    assert_eq!(codes(&wrong), ["archive-damaged"]);
    assert_eq!(codes(&[&good[..], b"something else behind it"].concat()), ["archive-damaged"]);
    assert_eq!(codes(&gzip(b"no tar at all")), ["archive-truncated"]);
    assert_eq!(codes(&gzip(&[1; 512])), ["archive-checksum"]);
}

#[test]
fn an_archive_that_changes_meanwhile_is_noticed() {
    use skilled_archive::{Archive, Error};
    use std::io::{Seek, SeekFrom, Write};

    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&tar(&[Block::file("a", b"first")])).unwrap();
    let mut archive = Archive::open(&file, &Options::default()).unwrap();
    let mut other = &file;
    other.seek(SeekFrom::Start(0)).unwrap();
    other.write_all(&tar(&[Block::file("../b", b"first")])).unwrap();
    let error = archive.visit(|_, _| Ok(())).unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert_eq!(error.problems()[0].code.as_str(), "archive-changed");
}
