//! How much of an archive is accepted, and what kinds of entries.

/// How much an archive may hold. Sizes are enforced on the bytes that come out of it, whatever it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest archive file in bytes, as it lies on disk.
    pub archive_bytes: u64,
    /// Most files, links and folders, folders that are only implied by paths included.
    pub entries: usize,
    /// Largest sum of the sizes of all files in bytes.
    pub total_bytes: u64,
    /// Largest file in bytes.
    pub file_bytes: u64,
    /// Longest path in bytes.
    pub path_bytes: usize,
    /// Longest component of a path in bytes.
    pub component_bytes: usize,
    /// Deepest entry: 1 is at the root of the archive.
    pub depth: usize,
    /// Most bytes of metadata together: a zip's central directory, a tar's extended headers.
    pub metadata_bytes: u64,
    /// How many times larger than its compressed form content may be, beyond [`Limits::ratio_floor`].
    pub ratio: u64,
    /// Content up to this size in bytes may be compressed as well as it likes: text and bitmaps often are.
    pub ratio_floor: u64,
}

impl Default for Limits {
    /// What a skill may hold: 10,000 entries, 256 MiB, 100 MiB per file, paths of 512 bytes, components of 255,
    /// 32 levels, 16 MiB of metadata, and 200 times the compressed size beyond 8 MiB.
    fn default() -> Self {
        Self {
            archive_bytes: 256 << 20,
            entries: 10_000,
            total_bytes: 256 << 20,
            file_bytes: 100 << 20,
            path_bytes: 512,
            component_bytes: 255,
            depth: 32,
            metadata_bytes: 16 << 20,
            ratio: 200,
            ratio_floor: 8 << 20,
        }
    }
}

impl Limits {
    /// Largest content that `compressed` bytes may give.
    pub(crate) fn expansion(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(self.ratio).max(self.ratio_floor)
    }
}

/// What happens to links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// An archive with a link is refused.
    #[default]
    Refuse,
    /// Symbolic links that stay in the tree are kept, also those that lead to nothing; hard links must name a file
    /// that comes earlier in the archive. All others are refused.
    Inside,
}

/// Where the names in an archive must work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Portability {
    /// On Linux, macOS and Windows: no reserved names or characters, no two paths that differ only in case or in how
    /// letters are encoded.
    #[default]
    Everywhere,
    /// On Linux only, as the files of an operating system do.
    Linux,
}

/// Whether extracted files survive the death of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the system gets to it.
    #[default]
    Lazy,
    /// From the end of the extraction on (fsync(2)).
    Synced,
}

/// How an archive is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How much is accepted.
    pub limits: Limits,
    /// What happens to links.
    pub links: Links,
    /// Where names must work.
    pub portability: Portability,
    /// Whether extraction waits for the disk.
    pub durability: Durability,
}
