//! Removing whatever stands somewhere, as deep as it goes.

use std::os::fd::BorrowedFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::allow;
use crate::beneath::{self, Access, Trail};

/// How many names of one folder are held at once.
pub(super) const BATCH: usize = 4_096;
/// How often a folder is listed. One that is still not empty is being filled faster than it can be emptied.
pub(super) const ROUNDS: usize = 10_000;

/// A folder that is being emptied.
#[derive(Default)]
struct Emptying {
    /// Folders in it that are not empty.
    folders: Vec<Vec<u8>>,
    rounds: usize,
}

/// Removes what has this name, if anything has.
pub(super) fn remove(folder: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
    if remove_simple(folder, name)? {
        return Ok(());
    }
    let mut trail = Trail::new(rustix::io::fcntl_dupfd_cloexec(folder, 0)?, Access::Own);
    let mut frames = vec![enter(&mut trail, name)?];
    while let Some(frame) = frames.last_mut() {
        if let Some(name) = frame.folders.pop() {
            match enter(&mut trail, &name) {
                Ok(child) => frames.push(child),
                // Gone or replaced meanwhile: the next round sees.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(error) => return Err(error),
            }
            continue;
        }
        if frame.rounds == ROUNDS {
            return Err(Errno::BUSY);
        }
        frame.rounds += 1;
        let here = trail.here()?;
        let names = beneath::some_names(here, &mut |_| true, BATCH)?;
        if names.is_empty() {
            frames.pop();
            let name = trail.leave();
            // What is not empty again is emptied again, by whoever is above.
            if !remove_simple(trail.here()?, &name)? {
                match frames.last_mut() {
                    Some(above) => above.folders.push(name),
                    None => return Err(Errno::BUSY),
                }
            }
            continue;
        }
        for name in names {
            if !remove_simple(here, &name)? {
                frame.folders.push(name);
            }
        }
    }
    Ok(())
}

fn enter(trail: &mut Trail, name: &[u8]) -> Result<Emptying, Errno> {
    trail.enter(name)?;
    let here = trail.here()?;
    allow(here, rustix::fs::fstat(here)?.st_mode)?;
    Ok(Emptying::default())
}

/// Removes all but a folder with something in it; says whether it is gone.
fn remove_simple(folder: BorrowedFd<'_>, name: &[u8]) -> Result<bool, Errno> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(true),
        Err(Errno::ISDIR) => {}
        Err(error) => return Err(error),
    }
    match rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(false),
        Err(error) => Err(error),
    }
}
