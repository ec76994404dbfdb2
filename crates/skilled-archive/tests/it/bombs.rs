//! Archives that become much larger than they are.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};

use skilled_archive::{Archive, Existing, Limits, Options};

use super::craft::{Block, Member, codes, deflate, gzip, refused_with, tar, zip};

/// Counts what is read of the compressed bytes.
#[derive(Debug)]
struct Counted<'a> {
    inner: Cursor<&'a [u8]>,
    read: &'a AtomicU64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Zeros, a little more than a thousand times smaller when compressed.
fn zeros(mebibytes: usize) -> Vec<u8> {
    vec![0; mebibytes << 20]
}

#[test]
fn content_may_be_compressed_well_up_to_a_floor() {
    assert_eq!(super::craft::read(&zip(&[Member::deflated("zeros", &zeros(8))]))[0].1.len(), 8 << 20);
    let more = [zeros(8), vec![0]].concat();
    assert_eq!(codes(&zip(&[Member::deflated("zeros", &more)])), ["archive-ratio"]);
    assert_eq!(codes(&gzip(&tar(&[Block::file("zeros", &more)]))), ["archive-ratio"]);
    // Without compression the same content is none.
    assert_eq!(super::craft::read(&tar(&[Block::file("zeros", &more)])).len(), 1);
}

#[test]
fn a_bomb_that_lies_about_its_size_stops_there() {
    let bomb = deflate(&zeros(32));
    let lying = Member { data: Some(bomb), deflate: true, ..Member::file("small", b"small") };
    assert_eq!(codes(&zip(&[lying])), ["archive-damaged"]);
}

/// Nothing is written, and not much is read, of an archive that is a bomb.
#[test]
fn a_gzip_bomb_stops_within_the_limit() {
    let one = gzip(&tar(&[Block::file("big", &zeros(16))])[..16 << 20]);
    // Many members, each a bomb: 2 GiB in 2 MiB.
    let bomb: Vec<u8> = one.iter().copied().cycle().take(one.len() * 128).collect();
    let read = AtomicU64::new(0);
    let limits = Limits { total_bytes: 4 << 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let counted = Counted { inner: Cursor::new(&bomb), read: &read };
    let error = Archive::open(counted, &options).unwrap_err();
    assert_eq!(error.problems()[0].code.as_str(), "archive-too-large");
    assert!(read.load(Ordering::Relaxed) < 1 << 20, "{read:?} of {} bytes were read", bomb.len());
}

#[test]
fn zeros_behind_the_end_of_a_tar_are_bounded_too() {
    let mut endless = tar(&[Block::file("a", b"")]);
    endless.extend(zeros(16));
    assert_eq!(codes(&gzip(&endless)), ["archive-ratio"]);
    let limits = Limits { total_bytes: 1 << 20, metadata_bytes: 0, entries: 10, ..Limits::default() };
    assert_eq!(refused_with(&endless, &Options { limits, ..Options::default() })[0].0, "archive-too-large");
}

#[test]
fn many_files_are_counted() {
    let blocks: Vec<Block> = (0..101).map(|n| Block::file(&format!("f{n}"), b"")).collect();
    let members: Vec<Member> = (0..101).map(|n| Member::file(&format!("f{n}"), b"")).collect();
    let deep: Vec<Block> = (0..4).map(|n| Block::file(&format!("{n}/{}f", "d/".repeat(30)), b"")).collect();
    let with = |entries| Options { limits: Limits { entries, ..Limits::default() }, ..Options::default() };
    for bytes in [tar(&blocks), gzip(&tar(&blocks)), zip(&members), tar(&deep)] {
        assert_eq!(refused_with(&bytes, &with(100)).last().unwrap().0, "archive-too-many-entries");
        assert!(super::craft::read_with(&bytes, &with(128)).is_ok());
    }
}

#[test]
fn limits_hold_for_tars() {
    let bytes = tar(&[Block::file("a", &[1; 8]), Block::file("b", &[2; 4])]);
    let with = |change: fn(&mut Limits)| {
        let mut options = Options::default();
        change(&mut options.limits);
        options
    };
    let exactly = with(|l| (l.total_bytes, l.file_bytes) = (12, 8));
    assert_eq!(super::craft::read_with(&bytes, &exactly).unwrap().len(), 2);
    for options in
        [with(|l| l.total_bytes = 11), with(|l| l.file_bytes = 7), with(|l| l.archive_bytes = 2000)]
    {
        assert_eq!(refused_with(&bytes, &options)[0].0, "archive-too-large");
    }
    // A size that is only declared is refused before anything is read for it.
    let declared = Block { size: Some(0o77_777_777_777), ..Block::file("a", b"") };
    assert_eq!(codes(&tar(&[declared])), ["archive-too-large"]);
}

#[test]
fn extended_headers_are_bounded() {
    let long = |bytes: usize| Block::new(b'L', "", "x".repeat(bytes));
    assert_eq!(
        codes(&tar(&[long(64 * 1024), Block::file("a", b"")])),
        ["archive-name-too-long", "archive-name-too-long"]
    );
    assert_eq!(codes(&tar(&[long(64 * 1024 + 1), Block::file("a", b"")])), ["archive-too-large"]);
    let globals: Vec<Block> =
        (0..40).map(|_| super::craft::pax(b'g', &[("comment", &"c".repeat(1000))])).collect();
    let limits = Limits { metadata_bytes: 30_000, ..Limits::default() };
    assert_eq!(
        refused_with(&tar(&globals), &Options { limits, ..Options::default() })[0].0,
        "archive-too-large"
    );
    assert_eq!(super::craft::read(&tar(&globals)), []);
}

#[test]
fn nothing_of_a_bomb_is_written() {
    let place = tempfile::tempdir().unwrap();
    let bytes = zip(&[Member { data: Some(deflate(&zeros(32))), deflate: true, ..Member::file("a", b"a") }]);
    let mut archive = Archive::open(Cursor::new(bytes), &Options::default()).unwrap();
    archive.extract_to(&place.path().join("out"), Existing::Refuse).unwrap_err();
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
