//! The files of a skill folder and their digest.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The files of a skill folder, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    entries: Vec<Entry>,
    digest: Digest,
}

/// One file, folder or link of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path relative to the skill folder, with `/` between components; never absolute, never with `.` or
    /// `..`.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Directory,
    /// A regular file.
    File {
        /// Size in bytes.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
        /// SHA-256 of the content.
        digest: Digest,
    },
    /// A symbolic link, not followed.
    Link {
        /// The target as it is written in the link.
        target: String,
    },
}

impl Tree {
    /// The tree of these entries, in any order, each path once.
    pub fn from_entries(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        let digest = digest(&entries);
        Self { entries, digest }
    }

    /// Returns the entries, sorted by the bytes of their paths.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the digest of the tree.
    ///
    /// It is the SHA-256 of one record per file and link, in the order of [`Tree::entries`]:
    ///
    /// | bytes | meaning |
    /// |---|---|
    /// | `f`, `x` or `l` | file, executable file, or symbolic link |
    /// | 8 | length of the path in bytes, big endian |
    /// | | the path in UTF-8 |
    /// | 32 | SHA-256 of the content of the file, or of the target of the link |
    ///
    /// Folders do not count, so that the digest is the same after a round trip through an archive or a
    /// version control system that does not keep empty ones. Other permissions, owners and times do not count
    /// either.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Returns the sum of the sizes of all files in bytes.
    pub fn total_size(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| match entry.kind {
                EntryKind::File { size, .. } => size,
                EntryKind::Directory | EntryKind::Link { .. } => 0,
            })
            .sum()
    }
}

/// A SHA-256 digest. Its text form is `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Computes the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the digest as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn digest(entries: &[Entry]) -> Digest {
    let mut hasher = Sha256::new();
    for Entry { path, kind } in entries {
        let (mode, content) = match kind {
            EntryKind::Directory => continue,
            EntryKind::File { executable: false, digest, .. } => (b'f', *digest),
            EntryKind::File { executable: true, digest, .. } => (b'x', *digest),
            EntryKind::Link { target } => (b'l', Digest::of(target.as_bytes())),
        };
        hasher.update([mode]);
        hasher.update((path.len() as u64).to_be_bytes());
        hasher.update(path);
        hasher.update(content.as_bytes());
    }
    Digest::finish(hasher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &[u8], executable: bool) -> Entry {
        let kind = EntryKind::File { size: content.len() as u64, executable, digest: Digest::of(content) };
        Entry { path: path.to_owned(), kind }
    }

    #[test]
    fn the_digest_is_the_documented_one() {
        let mut record = vec![b'x', 0, 0, 0, 0, 0, 0, 0, 3];
        record.extend_from_slice(b"a/b");
        record.extend_from_slice(Digest::of(b"content").as_bytes());
        let directory = Entry { path: "a".to_owned(), kind: EntryKind::Directory };
        let tree = Tree::from_entries(vec![file("a/b", b"content", true), directory]);
        assert_eq!(*tree.digest(), Digest::of(&record));
    }

    #[test]
    fn the_text_form_is_prefixed_hexadecimal() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Tree::from_entries(Vec::new()).digest().to_string(), empty);
    }

    #[test]
    fn order_does_not_matter_and_everything_else_does() {
        let tree = |a: &str, content: &[u8], executable| {
            *Tree::from_entries(vec![file("z", b"", false), file(a, content, executable)]).digest()
        };
        let link = Entry { path: "a".to_owned(), kind: EntryKind::Link { target: "1".to_owned() } };
        assert_eq!(
            tree("a", b"1", false),
            *Tree::from_entries(vec![file("a", b"1", false), file("z", b"", false)]).digest()
        );
        assert_ne!(tree("a", b"1", false), tree("b", b"1", false));
        assert_ne!(tree("a", b"1", false), tree("a", b"2", false));
        assert_ne!(tree("a", b"1", false), tree("a", b"1", true));
        assert_ne!(tree("a", b"1", false), *Tree::from_entries(vec![link, file("z", b"", false)]).digest());
    }
}
