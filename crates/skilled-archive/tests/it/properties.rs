//! Trees survive a round trip; arbitrary bytes do no harm.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use proptest::prelude::*;
use skilled_archive::{Archive, Existing, Format, Limits, Links, Options, Portability, Writer};

use super::craft::{Block, Member, gzip, pax, tar, zip};
use super::tree::tree;

/// Names that never collide: components of `d` are folders, those of `f` files.
fn files() -> impl Strategy<Value = BTreeMap<String, (bool, Vec<u8>)>> {
    let path = (prop::collection::vec("d[0-9a-zé]{0,3}", 0..4), "f[0-9a-z技]{0,8}")
        .prop_map(|(folders, file)| folders.into_iter().chain([file]).collect::<Vec<_>>().join("/"));
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..2000),
        (any::<u8>(), 0_usize..100_000).prop_map(|(byte, length)| vec![byte; length]),
    ];
    prop::collection::btree_map(path, (any::<bool>(), content), 0..12)
}

/// Archives of every kind with attacks in them, to be mutated.
fn seeds() -> Vec<Vec<u8>> {
    let blocks = [
        Block::new(b'5', "d", b""),
        Block::file("d/a", &[b'x'; 700]),
        pax(b'x', &[("path", "d/other"), ("size", "3")]),
        Block::file("b", b"abc"),
        Block::new(b'L', "", "d/long\0"),
        Block::file("c", b"c"),
        Block::link(b'2', "d/link", "../b"),
        Block::link(b'1', "hard", "d/a"),
    ];
    let members = [
        Member { mode: 0o040_755, ..Member::file("d/", b"") },
        Member::deflated("d/a", &[b'x'; 700]),
        Member::file("b", b"abc"),
        Member { mode: 0o120_777, ..Member::file("d/link", b"../b") },
    ];
    let tar = tar(&blocks);
    vec![zip(&members), gzip(&tar), tar]
}

fn all_options() -> [Options; 2] {
    let limits = Limits {
        total_bytes: 1 << 16,
        file_bytes: 1 << 15,
        entries: 50,
        ratio_floor: 1 << 14,
        ..Limits::default()
    };
    let inside =
        Options { links: Links::Inside, portability: Portability::Linux, limits, ..Options::default() };
    [Options { limits, ..Options::default() }, inside]
}

/// Opens and extracts; whatever happens, only the destination appears, and only with what the list says.
fn try_everything(bytes: &[u8]) {
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("inner/out");
    fs::create_dir(place.path().join("inner")).unwrap();
    for options in all_options() {
        let Ok(mut archive) = Archive::open(Cursor::new(bytes), &options) else { continue };
        assert!(archive.total_size() <= options.limits.total_bytes);
        let extracted = archive.extract_to(&to, Existing::Replace).is_ok();
        let names: Vec<_> = fs::read_dir(place.path().join("inner")).unwrap().collect();
        assert_eq!(names.len(), usize::from(extracted || to.exists()));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "something lies outside");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_survive(files in files(), format in prop::sample::select(vec![Format::Zip, Format::Tar, Format::TarGz])) {
        let mut writer = Writer::new(Cursor::new(Vec::new()), format);
        for (path, (executable, content)) in &files {
            writer.file(path, *executable, content.len() as u64, &mut &content[..]).unwrap();
        }
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("out");
        let mut archive = Archive::open(writer.finish().unwrap(), &Options::default()).unwrap();
        let _ = archive.extract_to(&to, Existing::Refuse).unwrap();
        let read: BTreeMap<String, (bool, Vec<u8>)> = tree(&to)
            .into_iter()
            .filter_map(|(path, (mode, content))| Some((path, (mode == 0o755, content?))))
            .collect();
        prop_assert_eq!(read, files);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_do_no_harm(
        seed in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = seeds().swap_remove(seed);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        try_everything(&bytes);
    }

    /// Headers whose checksum is put right again reach further.
    #[test]
    fn changed_headers_do_no_harm(
        changes in prop::collection::vec((0_usize..8, 0_usize..345, any::<u8>()), 1..4),
        wrapped in any::<bool>(),
    ) {
        let mut bytes = seeds().swap_remove(2);
        for (header, at, value) in changes {
            let start = header * 512;
            if bytes.len() < start + 512 || bytes[start + 257..start + 262] != *b"ustar" {
                continue;
            }
            bytes[start + at] = value;
            bytes[start + 148..start + 156].copy_from_slice(b"        ");
            let sum: u32 = bytes[start..start + 512].iter().map(|&byte| u32::from(byte)).sum();
            bytes[start + 148..start + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        try_everything(&if wrapped { gzip(&bytes) } else { bytes });
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08"]), rest in prop::collection::vec(any::<u8>(), 0..600)) {
        try_everything(&[start, &rest].concat());
    }
}

#[test]
fn the_seeds_are_accepted_where_links_are() {
    let inside = all_options()[1];
    for seed in seeds() {
        let accepted = Archive::open(Cursor::new(&seed), &inside).map(|archive| archive.entries().len());
        assert!(accepted.is_ok_and(|entries| entries >= 4));
    }
}
