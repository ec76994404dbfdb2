//! The same entries give the same bytes.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use skilled_archive::{Archive, Format, Options, WriteError, Writer};

use super::craft::read_with;

const FORMATS: [Format; 3] = [Format::Zip, Format::TarGz, Format::Tar];

/// Gives its bytes one by one, as a slow disk would.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

/// Fails at once.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

fn write(format: Format, slowly: bool) -> Vec<u8> {
    let text: Vec<u8> =
        (0..200_000_u32).flat_map(|n| (n.wrapping_mul(n) % 251).to_string().into_bytes()).collect();
    let mut writer = Writer::new(Cursor::new(Vec::new()), format);
    writer.directory("a").unwrap();
    let content = &mut &text[..];
    let size = text.len() as u64;
    if slowly {
        writer.file("a/run", true, size, &mut Slowly(content))
    } else {
        writer.file("a/run", true, size, content)
    }
    .unwrap();
    writer.file("b", false, 0, &mut io::empty()).unwrap();
    writer.file(&format!("c/{}", "n".repeat(200)), false, 1, &mut &b"x"[..]).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn bytes_depend_on_the_content_only() {
    for format in FORMATS {
        let bytes = write(format, false);
        assert_eq!(bytes, write(format, true), "{format}");
        let read = read_with(&bytes, &Options::default()).unwrap();
        let paths: Vec<String> = read.into_iter().map(|(entry, _)| entry.path).collect();
        assert_eq!(paths, ["a", "a/run", "b", &format!("c/{}", "n".repeat(200))]);
        let mut archive = Archive::open(Cursor::new(&bytes), &Options::default()).unwrap();
        assert_eq!(archive.format(), format);
        archive.visit(|_, _| Ok(())).unwrap();
    }
}

#[test]
fn only_what_can_be_read_is_written() {
    for format in FORMATS {
        let writer = || Writer::new(Cursor::new(Vec::new()), format);
        for name in ["../a", "/a", "a\\b", "", "con"] {
            let error = writer().file(name, false, 0, &mut io::empty()).unwrap_err();
            assert!(matches!(error, WriteError::Name(_)), "{name}: {error}");
        }
        let mut twice = writer();
        twice.file("a", false, 0, &mut io::empty()).unwrap();
        assert!(matches!(twice.file("a", false, 0, &mut io::empty()), Err(WriteError::Name(_))));
        let mut unsorted = writer();
        unsorted.file("b", false, 0, &mut io::empty()).unwrap();
        assert!(matches!(unsorted.file("a", false, 0, &mut io::empty()), Err(WriteError::Order { .. })));
        let mut upper = writer();
        upper.file("A", false, 0, &mut io::empty()).unwrap();
        assert!(matches!(upper.file("a", false, 0, &mut io::empty()), Err(WriteError::Name(_))));
    }
}

#[test]
fn content_must_have_the_announced_size() {
    for format in FORMATS {
        for content in [&b"1234"[..], b"123456"] {
            let mut writer = Writer::new(Cursor::new(Vec::new()), format);
            let error = writer.file("a", false, 5, &mut &content[..]).unwrap_err();
            assert!(matches!(error, WriteError::Size { announced: 5, .. }), "{format}: {error}");
        }
        let error =
            Writer::new(Cursor::new(Vec::new()), format).file("a", false, 5, &mut Broken).unwrap_err();
        assert!(matches!(error, WriteError::Input { .. }), "{format}: {error}");
    }
}

/// A disk that is full after so many bytes.
struct Full {
    room: usize,
    written: Cursor<Vec<u8>>,
}

impl Write for Full {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.room);
        if most == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.room -= most;
        self.written.write(&buffer[..most])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.written.seek(to)
    }
}

/// Whatever is written after a failure, it never counts as an archive.
#[test]
fn a_full_disk_is_an_error_wherever_it_happens() {
    let noise: Vec<u8> = (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let attempt = |format, room| {
        let mut writer = Writer::new(Full { room, written: Cursor::new(Vec::new()) }, format);
        let first = writer.file("a", false, noise.len() as u64, &mut &noise[..]);
        let second = writer.file("b", false, 1, &mut &b"b"[..]);
        (first.and(second), writer.finish())
    };
    for format in FORMATS {
        let whole = attempt(format, usize::MAX).1.unwrap().written.into_inner().len();
        for room in (0..whole).step_by(97).chain([whole - 1]) {
            let (wrote, finished) = attempt(format, room);
            let error = finished.map(|_| ()).unwrap_err();
            assert!(matches!(error, WriteError::Output(_)), "{format} {room}: {error}");
            assert!(matches!(wrote, Ok(()) | Err(WriteError::Output(_))), "{format} {room}: {wrote:?}");
        }
    }
}

/// The output says nothing of the machine it was made on: no time, no owner, no system.
#[test]
fn nothing_of_the_machine_is_written() {
    let tar = write(Format::Tar, false);
    let mut entries = tar::Archive::new(&tar[..]);
    for entry in entries.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (0, 0, 0));
        assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
    }
    assert_eq!(write(Format::TarGz, false)[..10], *b"\x1f\x8b\x08\0\0\0\0\0\0\xff");
    let mut zip = zip::ZipArchive::new(Cursor::new(write(Format::Zip, false))).unwrap();
    for at in 0..zip.len() {
        let file = zip.by_index(at).unwrap();
        assert_eq!(file.last_modified(), Some(zip::DateTime::DEFAULT));
        assert_eq!(file.extra_data().unwrap_or_default(), b"", "entry {at}");
    }
}

#[test]
fn names_stand_for_formats() {
    let known = [
        ("a.skill", Format::Zip),
        ("A.ZIP", Format::Zip),
        ("a.tar.gz", Format::TarGz),
        ("a.tgz", Format::TarGz),
    ];
    for (name, format) in known {
        assert_eq!(Format::of_name(name), Some(format), "{name}");
    }
    assert_eq!(
        (Format::of_name("a.tar"), Format::of_name("a.gz"), Format::of_name("zip")),
        (Some(Format::Tar), None, None)
    );
}
