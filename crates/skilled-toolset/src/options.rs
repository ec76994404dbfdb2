//! The bounds of the operations.

use std::time::Duration;

/// The bounds of the operations.
///
/// The defaults suit a model with a context of 200,000 tokens; no bound is a protection of the host, which the sandbox
/// gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a command may run when the model does not say. 120 s.
    pub timeout: Duration,
    /// The longest time the model may ask for. 600 s.
    pub longest_timeout: Duration,
    /// How long a command may take to end after an interrupt, and again after a request to end, before its shell is killed
    /// with it. 300 ms.
    pub grace: Duration,
    /// Bytes kept of each of the two outputs of a command. 30,000.
    pub output_bytes: usize,
    /// Lines of a text file shown at once. 2,000.
    pub page_lines: usize,
    /// Bytes of a text file shown at once. 64 KiB.
    pub page_bytes: usize,
    /// Bytes shown of one line. 2,000.
    pub line_bytes: usize,
    /// Bytes of a text file read to find and count lines. 256 MiB.
    pub scanned_bytes: u64,
    /// The largest image shown, in bytes. 3,932,160, which are 5 MiB in base64: every provider takes that.
    pub image_bytes: u64,
    /// The longest side of an image shown, in pixels. 8,000, which every provider takes.
    pub image_side: u32,
    /// Entries of a folder shown at once, on both levels together. 500.
    pub listed_entries: usize,
    /// The largest file made or edited, in bytes. 16 MiB.
    pub written_bytes: u64,
    /// Bytes presented by one call, and collected at the end. 512 MiB.
    pub presented_bytes: u64,
    /// How long the copy of a presented file may make no progress. 60 s.
    pub copy_stall: Duration,
    /// Files presented by one call. 100.
    pub presented_files: usize,
    /// Files collected from the outputs folder. 1,000.
    pub collected_files: usize,
    /// Levels of folders followed below the outputs folder. 16.
    pub collected_depth: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(2),
            longest_timeout: Duration::from_mins(10),
            grace: Duration::from_millis(300),
            output_bytes: 30_000,
            page_lines: 2_000,
            page_bytes: 64 * 1024,
            line_bytes: 2_000,
            scanned_bytes: 256 * 1024 * 1024,
            image_bytes: 5 * 1024 * 1024 / 4 * 3,
            image_side: 8_000,
            listed_entries: 500,
            written_bytes: 16 * 1024 * 1024,
            presented_bytes: 512 * 1024 * 1024,
            copy_stall: Duration::from_mins(1),
            presented_files: 100,
            collected_files: 1_000,
            collected_depth: 16,
        }
    }
}
