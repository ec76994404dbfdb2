//! What a checkpoint or a restoration could not do as one would expect.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How many places are named for each kind of note; further ones are counted.
const NAMED: usize = 100;

/// Something in one of the folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the folder.
    pub folder: String,
    /// The path in it; empty for the folder itself.
    pub path: PathBuf,
}

impl Place {
    pub(crate) fn new(folder: &str, path: &[u8]) -> Self {
        Self { folder: folder.to_owned(), path: Path::new(OsStr::from_bytes(path)).to_owned() }
    }
}

impl fmt::Display for Place {
    /// Quoted, so that no name can pass for something else; cut after 200 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        let whole = Path::new(&self.folder).join(&self.path).display().to_string();
        match whole.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{:?} and so on", &whole[..end]),
            None => write!(f, "{whole:?}"),
        }
    }
}

/// Why the content of something was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Omission {
    /// It is a pipe, a socket or a device.
    Special,
    /// The caller may not read it.
    Unreadable,
    /// It lies on another file system, which is mounted there.
    Mounted,
}

/// What is worth knowing about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Its content is not in the checkpoint.
    Omitted(Omission),
    /// It changed each time it was read; what was read last is in the checkpoint.
    Unsteady,
    /// It was listed, but gone when it was looked at.
    Vanished,
    /// It has further names, which may be in the checkpoint as files of their own.
    Linked,
    /// Its set-user-ID or set-group-ID bit is not kept.
    Privileged,
    /// The checkpoint knows of it, but not its content; nothing was made there.
    Missing,
    /// The checkpoint knows of it, but not its content; what is there was left as it is.
    Left,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Omitted(Omission::Special) => "a pipe, socket or device, which is not kept",
            Self::Omitted(Omission::Unreadable) => "not kept, because it cannot be read",
            Self::Omitted(Omission::Mounted) => "not kept, because it lies on another file system",
            Self::Unsteady => "changed while it was read; what was read last is kept",
            Self::Vanished => "gone before it was read",
            Self::Linked => "has further names; each is kept as a file of its own",
            Self::Privileged => "its set-user-ID or set-group-ID bit is not kept",
            Self::Missing => "not made, because the checkpoint does not have its content",
            Self::Left => "left as it is, because the checkpoint does not have its content",
        })
    }
}

/// What was noticed on the way: how often, and where the first hundred times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(BTreeMap<Note, Noted>);

/// The places of one kind of note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// How many places there are.
    pub count: u64,
    /// The first of them, a hundred at most.
    pub places: Vec<Place>,
}

impl Notes {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every kind of note that there is, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (Note, &Noted)> {
        self.0.iter().map(|(note, noted)| (*note, noted))
    }

    /// How often this was noted.
    pub fn count(&self, note: Note) -> u64 {
        self.0.get(&note).map_or(0, |noted| noted.count)
    }

    pub(crate) fn add(&mut self, note: Note, folder: &str, path: &[u8]) {
        let noted = self.0.entry(note).or_default();
        noted.count += 1;
        if noted.places.len() < NAMED {
            noted.places.push(Place::new(folder, path));
        }
    }
}
