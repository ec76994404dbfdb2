//! Reading folders.

use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Dir, statat};
use rustix::io::Errno;
use skilled_sandbox::Entry;

use super::metadata;

/// Reads at most `limit` entries and sorts them; the flag says whether there are more.
///
/// A name is looked up in the folder itself and not followed, so that it leads nowhere else.
pub(super) fn entries(folder: BorrowedFd<'_>, limit: usize) -> Result<(Vec<Entry>, bool), Errno> {
    let mut found = Vec::new();
    let mut more = false;
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if found.len() == limit {
            more = true;
            break;
        }
        match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT) {
            Ok(stat) => found.push(Entry { name: name.to_bytes().to_vec(), metadata: metadata(&stat) }),
            Err(Errno::NOENT) => {} // it went while the folder was read
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a: &Entry, b| a.name.cmp(&b.name));
    Ok((found, more))
}
