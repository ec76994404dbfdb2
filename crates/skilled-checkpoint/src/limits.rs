//! How much is taken at most.

/// Bounds of one checkpoint, also of one that is imported. What exceeds one is refused, with the place where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files, folders, links and everything else, in all folders together.
    pub entries: u64,
    /// Bytes of content in all files together, without the holes of sparse files.
    pub bytes: u64,
    /// Size of one file in bytes, with its holes.
    pub file_bytes: u64,
    /// Levels of folders below the one that was named.
    pub depth: usize,
}

impl Default for Limits {
    /// 500,000 entries, 16 GiB, 64 GiB for one file, 20,000 levels.
    fn default() -> Self {
        Self { entries: 500_000, bytes: 16 << 30, file_bytes: 64 << 30, depth: 20_000 }
    }
}

/// Which of the [`Limits`] was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// [`Limits::entries`]
    Entries,
    /// [`Limits::bytes`]
    Bytes,
    /// [`Limits::file_bytes`]
    FileBytes,
    /// [`Limits::depth`]
    Depth,
}

impl Exceeded {
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Entries => "entries in all",
            Self::Bytes => "bytes of content in all",
            Self::FileBytes => "bytes in one file",
            Self::Depth => "levels of folders",
        }
    }
}
