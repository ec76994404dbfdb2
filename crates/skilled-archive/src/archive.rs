//! Reading an archive.

use std::io::{Read, Seek, SeekFrom};

use crate::content::Content;
use crate::error::Error;
use crate::format::{self, Format};
use crate::listing::Listing;
use crate::{Code, Occupies, Options, tarball, zipfile};

/// An archive that was listed and checked. Its content is read when it is asked for.
#[derive(Debug)]
pub struct Archive<R> {
    reader: R,
    options: Options,
    format: Format,
    /// Size of the archive file in bytes.
    length: u64,
    entries: Vec<Entry>,
    /// Where the content of each entry is; empty for tar, which is read in order.
    places: Vec<zipfile::Place>,
}

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path with `/` between components; never absolute, never with `.` or `..`.
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
    },
    /// A symbolic link that stays in the tree.
    Symlink {
        /// The target, relative to the folder of the link.
        target: String,
    },
    /// One more name of a file that came earlier.
    Hardlink {
        /// The path of that file in the archive.
        target: String,
    },
}

impl EntryKind {
    pub(crate) fn occupies(&self) -> Occupies {
        match self {
            Self::Directory => Occupies::Folder,
            Self::File { .. } | Self::Hardlink { .. } => Occupies::File,
            Self::Symlink { .. } => Occupies::Link,
        }
    }

    /// Number of content bytes in the archive.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Directory | Self::Symlink { .. } | Self::Hardlink { .. } => 0,
        }
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Lists and checks the archive in `reader`, from its first byte to its last.
    ///
    /// A tar is read whole for that, so that the sizes are real; of a zip only the headers are, and content is checked
    /// against them when it is read. Takes memory for the list only.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with everything that was found wrong, and [`Error::Read`].
    pub fn open(mut reader: R, options: &Options) -> Result<Self, Error> {
        let length = reader.seek(SeekFrom::End(0)).map_err(Error::Read)?;
        if length > options.limits.archive_bytes {
            let most = options.limits.archive_bytes;
            return Err(Error::refused(
                Code::TooLarge,
                format!("the file has {length} bytes; at most {most} are allowed"),
            ));
        }
        let start = format::start_of(&mut reader).map_err(Error::Read)?;
        let format = Format::detect(&start).map_err(|what| {
            Error::refused(
                Code::UnknownFormat,
                format!("the file is {what}; only zip, tar and tar.gz are read"),
            )
        })?;
        let mut listing = Listing::new(options);
        let listed = match format {
            Format::Zip => zipfile::list(&mut reader, length, &mut listing),
            Format::Tar | Format::TarGz => {
                tarball::list(&mut reader, format, length, &mut listing).map(|()| Vec::new())
            }
        };
        let (places, outcome) = match listed {
            Ok(places) => (places, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let entries = listing.finish(outcome)?;
        Ok(Self { reader, options: *options, format, length, entries, places })
    }

    /// The kind of archive, by its content.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The entries, in the order of the archive. Folders that are only implied by paths have none.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Sum of the sizes of all files in bytes.
    pub fn total_size(&self) -> u64 {
        self.entries.iter().map(|entry| entry.kind.size()).sum()
    }

    /// Calls `look` with every entry and a reader of its content, which is empty for all but files. What `look` leaves
    /// unread is read and checked all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when content is not what the list says, [`Error::Visitor`] when `look` fails; then no further
    /// entry is visited.
    pub fn visit(
        &mut self,
        mut look: impl FnMut(&Entry, &mut dyn Read) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        self.stream(&mut |entry, content| {
            look(entry, content).map_err(|source| Error::Visitor { entry: entry.path.clone(), source })
        })
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Like [`Archive::visit`], with an error of any kind.
    pub(crate) fn stream(&mut self, look: Look<'_>) -> Result<(), Error> {
        match self.format {
            Format::Zip => zipfile::stream(&mut self.reader, &self.entries, &self.places, look),
            Format::Tar | Format::TarGz => tarball::stream(
                &mut self.reader,
                self.format,
                self.length,
                &self.options,
                &self.entries,
                look,
            ),
        }
    }
}

/// What is done with each entry.
pub(crate) type Look<'a> = &'a mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), Error>;

/// Hands an entry on; what is wrong with the archive comes before what `look` says about it.
pub(crate) fn hand_on(entry: &Entry, mut content: Content<'_>, look: Look<'_>) -> Result<(), Error> {
    let looked = look(entry, &mut content);
    if looked.is_ok() || content.has_failed() {
        content.finish()?;
    }
    looked
}
