//! Checkpoints of a session's folders: what they held at a turn boundary, kept by content.
//!
//! A [`Checkpoints`] store takes the folders of a session, lists what was taken, makes folders equal to a checkpoint
//! again, makes new ones from it (a fork), and moves checkpoints between stores as tar archives. Taking costs a look at
//! every file and the reading of those that changed; keeping costs what changed, since equal files and equal folders are
//! kept once.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use skilled_checkpoint::{Checkpoints, Folder, Restore, Settings};
//!
//! # let session = tempfile::tempdir()?;
//! # let session = session.path();
//! let workspace = session.join("workspace");
//! std::fs::create_dir(&workspace)?;
//! std::fs::write(workspace.join("report.md"), "draft")?;
//!
//! let checkpoints = Checkpoints::open(&session.join("checkpoints"), Settings::default())?;
//! let folders = [Folder::new("workspace", &workspace)?];
//! let at = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
//! let taken = checkpoints.take(&folders, "after turn 1", at)?;
//! assert!(taken.notes.is_empty());
//!
//! std::fs::remove_file(workspace.join("report.md"))?;
//! checkpoints.restore(&taken.checkpoint.id, &folders, Restore::default())?;
//! assert_eq!(std::fs::read_to_string(workspace.join("report.md"))?, "draft");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Folders belong to workloads that may do anything in them at any time. So nothing is looked up by a path that could
//! lead outside, nothing is opened that is no file or folder, everything is bounded by [`Limits`], and what cannot be
//! kept is said in [`Notes`]. This crate must never follow a link in a folder, nor write outside the folders and the
//! store.
//!
//! # What is kept
//!
//! Files with their bytes, folders, symbolic links; names as bytes; permissions (read, write, execute, sticky); times of
//! modification. Holes of large files stay holes. Of an overlay's upper folder also whiteouts and opaque folders.
//!
//! Not kept: owners ([`Restore::owner`] sets them), set-user-ID and set-group-ID bits, other extended attributes, times
//! of access, which names are the same file, pipes, sockets and devices. Names that were there, but whose content is not
//! kept, are remembered, so that restoring leaves what it cannot make again.
//!
//! # When files change meanwhile
//!
//! A checkpoint is of one moment only if the workload stands still; freezing it is the caller's. A file that changes
//! while it is read is read again, and noted if that does not help. A file that has not changed since it was last read
//! is not read again; that is decided by its inode, size and times, with a margin for the ticks of the file system's
//! clock. One kind of change has no sign: writes through a shared memory mapping to a page that was already changed and
//! not yet written to the disk, and on a `tmpfs` to any page. Who needs those keeps no such mapping across turns, or
//! calls [`Checkpoints::forget`] before taking.

mod beneath;
mod checkpoints;
mod content;
mod digest;
mod error;
mod export;
mod folder;
mod garbage;
mod id;
mod import;
mod index;
mod limits;
mod manifest;
mod note;
mod object;
mod pack;
mod restore;
mod stat;
mod store;
mod take;
mod tarball;

pub use crate::checkpoints::{
    Checkpoint, Checkpoints, Collected, Damage, Durability, Listing, Settings, Taken,
};
pub use crate::error::Error;
pub use crate::folder::Folder;
pub use crate::id::{BadId, CheckpointId};
pub use crate::limits::{Exceeded, Limits};
pub use crate::note::{Note, Noted, Notes, Omission, Place};
pub use crate::restore::{Owner, Restore, Restored};

use crate::digest::Digest;
