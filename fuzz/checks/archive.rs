//! Archives from any bytes: no panic, nothing beyond the limits, no path that leads astray, and what was read can be
//! written and read again.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use skilled_archive::{Archive, Entry, EntryKind, Format, Limits, Links, Options, Portability, Writer};

pub(crate) fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let options = Options {
        limits: Limits {
            entries: 200,
            total_bytes: 1 << 20,
            file_bytes: 512 << 10,
            ratio_floor: 64 << 10,
            ..Limits::default()
        },
        links: if choice & 1 == 0 { Links::Refuse } else { Links::Inside },
        portability: if choice & 2 == 0 { Portability::Everywhere } else { Portability::Linux },
        ..Options::default()
    };
    // Tars are seldom guessed as compressed bytes, so some inputs are compressed here.
    let bytes = if choice & 4 == 0 { bytes.to_vec() } else { gzip(bytes) };
    let Ok(mut archive) = Archive::open(Cursor::new(bytes), &options) else { return };
    check_names(archive.entries(), &options);
    let Some(content) = contents(&mut archive, &options.limits) else { return };
    if options.portability == Portability::Everywhere {
        check_round_trip(archive.entries(), &content, &options);
    }
}

fn check_names(entries: &[Entry], options: &Options) {
    assert!(entries.len() <= options.limits.entries);
    let mut seen = BTreeSet::new();
    for Entry { path, kind } in entries {
        assert!(
            !path.is_empty() && !path.starts_with('/') && path.len() <= options.limits.path_bytes,
            "{path:?}"
        );
        assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")), "{path:?}");
        assert!(!path.contains('\0'), "{path:?}");
        assert!(seen.insert(path), "{path:?} twice");
        let is_link = matches!(kind, EntryKind::Symlink { .. } | EntryKind::Hardlink { .. });
        assert!(!is_link || options.links == Links::Inside, "{path:?} is a link");
    }
}

/// The content of every entry, or `None` where the archive breaks off.
fn contents(archive: &mut Archive<Cursor<Vec<u8>>>, limits: &Limits) -> Option<Vec<Vec<u8>>> {
    let (mut all, mut total) = (Vec::new(), 0);
    let visited = archive.visit(|entry, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        total += bytes.len() as u64;
        assert!(bytes.len() as u64 <= limits.file_bytes && total <= limits.total_bytes);
        if let EntryKind::File { size, .. } = entry.kind {
            assert_eq!(size, bytes.len() as u64);
        }
        all.push(bytes);
        Ok(())
    });
    visited.ok().map(|()| all)
}

fn check_round_trip(entries: &[Entry], contents: &[Vec<u8>], options: &Options) {
    let regular = |entry: &Entry| matches!(entry.kind, EntryKind::File { .. });
    let mut files: Vec<_> = entries.iter().zip(contents).filter(|(entry, _)| regular(entry)).collect();
    files.sort_by(|a, b| a.0.path.as_bytes().cmp(b.0.path.as_bytes()));
    for format in [Format::Zip, Format::Tar, Format::TarGz] {
        let mut writer = Writer::new(Cursor::new(Vec::new()), format);
        for (entry, content) in &files {
            let EntryKind::File { size, executable } = entry.kind else { continue };
            writer
                .file(&entry.path, executable, size, &mut content.as_slice())
                .expect("what was read can be written");
        }
        let written = writer.finish().expect("memory does not fail");
        let mut again = Archive::open(written, options).expect("what was written can be read");
        let read: Vec<_> = again.entries().to_vec();
        assert!(read.iter().filter(|entry| regular(entry)).eq(files.iter().map(|(entry, _)| *entry)));
        let mut bodies = Vec::new();
        let visited = again.visit(|entry, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            if regular(entry) {
                bodies.push(bytes);
            }
            Ok(())
        });
        visited.expect("what was written is whole");
        assert!(bodies.iter().eq(files.iter().map(|(_, content)| *content)));
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
