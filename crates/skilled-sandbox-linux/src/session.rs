//! A session's folder on the host.
//!
//! | folder | what |
//! | --- | --- |
//! | `workspace`, `uploads`, `outputs` | as the workload sees them |
//! | `skills/<name>` | a farm of links to the snapshots: the lower side of `/skills` |
//! | `skills-changes/{upper,work}` | what the workload changed in `/skills` |
//!
//! The workload writes to `workspace`, `outputs` and `skills-changes` by whatever names it likes: the host must not
//! follow links there.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use skilled_sandbox::{Error, SkillMount};
use skilled_supervisor::Identity;

/// Folders that the workload owns.
const OWNED: [&str; 6] =
    ["workspace", "outputs", "skills", "skills-changes", "skills-changes/upper", "skills-changes/work"];

/// The folders of a session that hold what its workload has made: a name, the path below the session, and whether it is the
/// upper side of an overlay.
pub const SESSION_FOLDERS: [(&str, &str, bool); 3] = [
    ("workspace", "workspace", false),
    ("outputs", "outputs", false),
    ("skills-changes", "skills-changes/upper", true),
];

/// The folder that the workload only reads.
const READ: &str = "uploads";

/// How skills come into the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farm {
    /// As hard links: an overlay keeps writes away from them.
    Links,
    /// As copies: nothing stands between them and the workload.
    Copies,
}

/// Makes the folders and the farm, where they are missing. Of a session that is there already, nothing changes.
pub(crate) fn prepare(
    session: &Path,
    skills: &[SkillMount],
    identity: &Identity,
    farm: Farm,
) -> Result<(), Error> {
    let failed = |path: &Path| {
        let step = format!("make {}", path.display());
        |source| Error::Setup { step, source }
    };
    fs::create_dir_all(session).map_err(failed(session))?;
    let owner = Owner(identity);
    // The workload passes through it, whoever else may not.
    owner.give(session).map_err(failed(session))?;
    // Other users must not find there what a workload has given the rights of its own (set-user-id).
    fs::set_permissions(session, Permissions::from_mode(0o700)).map_err(failed(session))?;
    for name in OWNED.into_iter().chain([READ]) {
        let path = session.join(name);
        match fs::create_dir(&path) {
            // Readable for the workload, whatever the user's mask is.
            Ok(()) if name == READ => {
                fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(failed(&path))?;
            }
            Ok(()) => owner.give(&path).map_err(failed(&path))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path)(error)),
        }
    }
    for SkillMount { name, snapshot } in skills {
        if !is_component(name) {
            return Err(Error::Invalid {
                message: format!(
                    "{name:?} cannot name a skill in a sandbox: it must be a single path component"
                ),
            });
        }
        let place = session.join("skills").join(name);
        if !place.exists() {
            // A farm that was interrupted must not pass for a whole one.
            let partial = session.join("skills-changes").join("farm");
            remove(&partial).map_err(failed(&partial))?;
            plant(snapshot, &partial, owner, farm).map_err(failed(&place))?;
            fs::rename(&partial, &place).map_err(failed(&place))?;
        }
    }
    Ok(())
}

fn is_component(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && name.len() <= 255
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[derive(Clone, Copy)]
struct Owner<'a>(&'a Identity);

impl Owner<'_> {
    /// Gives `path` itself to the workload. An ordinary user's files are the workload's already.
    fn give(self, path: &Path) -> io::Result<()> {
        let Identity { outside_uid, outside_gid, privileged, .. } = *self.0;
        let found = fs::symlink_metadata(path)?;
        match (privileged, found.uid() == outside_uid && found.gid() == outside_gid, found.is_symlink()) {
            (false, _, _) | (true, true, _) => Ok(()),
            (true, false, true) => lchown(path, Some(outside_uid), Some(outside_gid)),
            (true, false, false) => chown(path, Some(outside_uid), Some(outside_gid)),
        }
    }
}

/// Rebuilds the tree `from` at `to`. A snapshot holds folders, regular files and links only.
fn plant(from: &Path, to: &Path, owner: Owner<'_>, farm: Farm) -> io::Result<()> {
    let mut open: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        fs::create_dir(&to)?;
        owner.give(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push((source, target));
                continue;
            }
            if kind.is_symlink() {
                symlink(fs::read_link(&source)?, &target)?;
            } else {
                plant_file(&source, &target, farm)?;
            }
            owner.give(&target)?;
        }
    }
    Ok(())
}

fn plant_file(source: &Path, target: &Path, farm: Farm) -> io::Result<()> {
    let linked = match farm {
        Farm::Links => fs::hard_link(source, target),
        Farm::Copies => Err(io::ErrorKind::CrossesDevices.into()),
    };
    match linked {
        // Another file system, too many links, or a file system without them.
        Err(_) => fs::copy(source, target).map(drop),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Identity {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Identity { inside: 1000, outside_uid: uid, outside_gid: gid, privileged: false }
    }

    #[test]
    fn a_farm_is_planted_once_and_names_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let snapshot = dir.path().join("snapshot");
        fs::create_dir_all(snapshot.join("scripts")).unwrap();
        fs::write(snapshot.join("scripts/a.py"), "1").unwrap();
        symlink("scripts/a.py", snapshot.join("link")).unwrap();
        let session = dir.path().join("session");
        let skill = |name: &str| [SkillMount { name: name.into(), snapshot: snapshot.clone() }];
        for farm in [Farm::Links, Farm::Copies] {
            remove(&session).unwrap();
            prepare(&session, &skill("a"), &own(), farm).unwrap();
            let file = session.join("skills/a/scripts/a.py");
            assert_eq!(fs::read_to_string(&file).unwrap(), "1");
            assert_eq!(fs::metadata(&file).unwrap().nlink() > 1, farm == Farm::Links);
            assert_eq!(fs::read_link(session.join("skills/a/link")).unwrap(), Path::new("scripts/a.py"));
            fs::write(session.join("skills/a/new"), "").unwrap();
            prepare(&session, &skill("a"), &own(), farm).unwrap();
            assert!(session.join("skills/a/new").exists(), "a session that is there is left alone");
        }
        for name in ["", ".", "..", "a/b", "../b", "a\0"] {
            let error = prepare(&session, &skill(name), &own(), Farm::Links).unwrap_err();
            assert!(error.to_string().contains("single path component"), "{error}");
        }
    }
}
