//! Looking at files: text by pages, images whole, everything else by name.

use skilled_sandbox::{FileError, FileKind, OpenFile};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Listing, Operations, unreadable};
use crate::media::picture::{self, Sides};
use crate::media::{self, SNIFFED_HEAD, SNIFFED_TAIL};
use crate::text::shortened;

/// The image types that every provider takes.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// What a path shows.
#[derive(Debug)]
pub enum Viewed {
    /// A text file.
    Text(TextPage),
    /// An image, whole.
    Image {
        /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: String,
        /// The file.
        bytes: Vec<u8>,
    },
    /// A file that is neither text nor an image that can be shown.
    Binary {
        /// Its MIME type.
        media_type: String,
        /// Its size.
        bytes: u64,
    },
    /// A folder.
    Folder(Listing),
}

/// Some lines of a text file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextPage {
    /// The number of the first line in `lines`, from 1.
    pub first: u64,
    /// The lines without their ends; over-long ones are cut with a mark.
    pub lines: Vec<String>,
    /// Lines of the file, as far as it was read.
    pub total: u64,
    /// Whether the file is longer than what was read to count lines.
    pub more: bool,
    /// The last line that was asked for and exists; larger than that of `lines` when the page was full before.
    pub wanted: u64,
    /// Whether the lines shown end in CR LF.
    pub crlf: bool,
    /// Whether the lines shown held bytes that are not UTF-8, replaced by U+FFFD.
    pub lossy: bool,
}

/// Lines to show: from the first, counted from 1, to the last, or to the end.
pub type Range = (u64, Option<u64>);

/// Why a path could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error(transparent)]
    File(FileError),
    /// Lines were asked for of something that has none.
    #[error("{path} is {what}: a range of lines can be shown of text files only")]
    NoLines {
        /// The path.
        path: String,
        /// What it is, with its article.
        what: &'static str,
    },
    /// The range begins after the end.
    #[error("line {first} does not exist: {path} has {total} lines")]
    AfterEnd {
        /// The path.
        path: String,
        /// The first line that was asked for.
        first: u64,
        /// The lines it has.
        total: u64,
    },
    /// The image is too large to be shown.
    #[error("{path} is an image of {bytes} bytes: at most {limit} can be shown")]
    LargeImage {
        /// The path.
        path: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
    /// The image has too many pixels to be shown.
    #[error("{path} is an image of {width} by {height} pixels: at most {limit} can be shown on a side")]
    WideImage {
        /// The path.
        path: String,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// The bound for either.
        limit: u32,
    },
    /// The image is cut short or broken.
    #[error("{path} is not a whole image of type {media_type}")]
    BrokenImage {
        /// The path.
        path: String,
        /// The type that its beginning tells.
        media_type: String,
    },
}

impl Operations {
    /// Shows what is at `path`: lines of a text file, an image, a folder, or what kind of file it is.
    pub async fn view(&self, path: &str, range: Option<Range>) -> Result<Viewed, ReadError> {
        let metadata = self.files().metadata(path).await.map_err(ReadError::File)?;
        if metadata.kind == FileKind::Folder {
            if range.is_some() {
                return Err(ReadError::NoLines { path: path.to_owned(), what: "a folder" });
            }
            return self.list(path).await.map(Viewed::Folder).map_err(ReadError::File);
        }
        let mut open = self.files().open(path).await.map_err(ReadError::File)?;
        let io = |source| ReadError::File(unreadable(path, source));
        let (head, tail) = ends(&mut open).await.map_err(io)?;
        let media_type = media::media_type(&head, &tail, path);
        if IMAGES.contains(&media_type.as_str()) {
            if range.is_some() {
                return Err(ReadError::NoLines { path: path.to_owned(), what: "an image" });
            }
            return self.image(path, &mut open, media_type).await;
        }
        // Text in an old encoding is shown too; a zero byte never is in one.
        let binary = head.contains(&0) || infer_binary(&head);
        if binary {
            if range.is_some() {
                return Err(ReadError::NoLines { path: path.to_owned(), what: "a binary file" });
            }
            return Ok(Viewed::Binary { media_type, bytes: open.metadata.bytes });
        }
        let page = self.page(&mut open, range.unwrap_or((1, None))).await.map_err(io)?;
        if page.first > page.total && range.is_some() {
            let (path, first, total) = (path.to_owned(), page.first, page.total);
            return Err(ReadError::AfterEnd { path, first, total });
        }
        Ok(Viewed::Text(page))
    }

    /// Reads an image whole, unless it is one that a provider would refuse.
    async fn image(&self, path: &str, open: &mut OpenFile, media_type: String) -> Result<Viewed, ReadError> {
        let limit = self.options.image_bytes;
        let read = open.read(limit).await;
        let (bytes, longer) = read.map_err(|source| ReadError::File(unreadable(path, source)))?;
        let path = path.to_owned();
        if longer {
            let bytes = open.metadata.bytes.max(limit + 1);
            return Err(ReadError::LargeImage { path, bytes, limit });
        }
        let Some(Sides { width, height }) = picture::sides(&media_type, &bytes) else {
            return Err(ReadError::BrokenImage { path, media_type });
        };
        let limit = self.options.image_side;
        if width.max(height) > limit {
            return Err(ReadError::WideImage { path, width, height, limit });
        }
        Ok(Viewed::Image { media_type, bytes })
    }

    /// Reads the lines of `range` within the bounds of a page, and counts all.
    async fn page(&self, open: &mut OpenFile, range: Range) -> std::io::Result<TextPage> {
        open.file.rewind().await?;
        let mut pager = Pager {
            page: TextPage { first: range.0, ..TextPage::default() },
            last: range.1.unwrap_or(u64::MAX),
            line: Vec::new(),
            line_cut: 0,
            line_open: false,
            room: self.options.page_bytes,
            options: self.options,
            full: false,
        };
        let mut buffer = vec![0; 64 * 1024];
        let mut scanned = 0;
        loop {
            let read = open.file.read(&mut buffer).await?;
            if read == 0 {
                break;
            }
            pager.push(&buffer[..read]);
            scanned += read as u64;
            if scanned >= self.options.scanned_bytes {
                pager.page.more = open.file.read(&mut buffer[..1]).await? > 0;
                break;
            }
        }
        Ok(pager.finish())
    }
}

/// Reads the two ends of a file that tell its type.
pub(crate) async fn ends(open: &mut OpenFile) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    (&mut open.file).take(SNIFFED_HEAD as u64).read_to_end(&mut head).await?;
    let start = open.metadata.bytes.saturating_sub(SNIFFED_TAIL as u64);
    open.file.seek(std::io::SeekFrom::Start(start)).await?;
    let mut tail = Vec::new();
    (&mut open.file).take(SNIFFED_TAIL as u64).read_to_end(&mut tail).await?;
    open.file.rewind().await?;
    Ok((head, tail))
}

fn infer_binary(head: &[u8]) -> bool {
    infer::get(head).is_some_and(|kind| kind.matcher_type() != infer::MatcherType::Text)
}

/// Cuts a stream of bytes into lines, keeps those of the page, and counts the rest. Memory stays within the page.
struct Pager {
    page: TextPage,
    last: u64,
    line: Vec<u8>,
    line_cut: usize,
    line_open: bool,
    room: usize,
    options: crate::Options,
    full: bool,
}

impl Pager {
    fn push(&mut self, bytes: &[u8]) {
        // Behind the page there may be hundreds of megabytes that only need counting.
        if self.full || self.page.total >= self.last {
            self.page.total += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
            self.line_open = bytes.last().map_or(self.line_open, |last| *last != b'\n');
            return;
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line_open = true;
            if self.keeps() {
                // The end of the line and a torn character may follow what is kept.
                let room = (self.options.line_bytes + 8).saturating_sub(self.line.len()).min(piece.len());
                self.line.extend_from_slice(&piece[..room]);
                self.line_cut += piece.len() - room;
            }
            if piece.ends_with(b"\n") {
                if self.line_cut > 0 {
                    self.line_cut -= 1;
                }
                self.end_line();
            }
        }
    }

    /// Returns whether the line being read belongs to the page.
    fn keeps(&self) -> bool {
        let number = self.page.total + 1;
        !self.full && (self.page.first..=self.last).contains(&number)
    }

    fn end_line(&mut self) {
        let keeps = self.keeps();
        self.page.total += 1;
        self.line_open = false;
        let mut line = std::mem::take(&mut self.line);
        let cut = std::mem::take(&mut self.line_cut);
        if !keeps {
            return;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
            self.page.crlf = true;
        }
        let text = self.text(&line, cut);
        if self.page.lines.len() >= self.options.page_lines || text.len() > self.room {
            self.full = true;
            return;
        }
        self.room -= text.len() + 1.min(self.room - text.len());
        self.page.lines.push(text);
    }

    fn text(&mut self, line: &[u8], cut: usize) -> String {
        // A character torn by the cut is not the file's fault.
        let whole = match std::str::from_utf8(line) {
            Err(error) if cut > 0 && error.error_len().is_none() => &line[..error.valid_up_to()],
            Ok(_) | Err(_) => line,
        };
        let text = String::from_utf8_lossy(whole);
        self.page.lossy |= matches!(text, std::borrow::Cow::Owned(_));
        if cut == 0 {
            return shortened(&text, self.options.line_bytes);
        }
        let end = text.floor_char_boundary(self.options.line_bytes);
        let missing = cut + line.len().saturating_sub(end);
        format!("{} [… {missing} bytes of this line cut …]", &text[..end])
    }

    fn finish(mut self) -> TextPage {
        if self.line_open {
            self.end_line();
        }
        self.page.wanted = self.last.min(self.page.total);
        self.page
    }
}

#[cfg(test)]
mod tests;
