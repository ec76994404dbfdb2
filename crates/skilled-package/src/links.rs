//! Links in a skill folder.

use std::io;

use skilled_format::{Folder, ListedKind};

use crate::refuse::{LINK_DANGLING, LINK_FOLDER, LINK_LEFT_OUT, LINK_OUT, problem};
use crate::{CopiedLink, Problem};

/// The file that the link `path` leads to, also by way of other links, which becomes a second file in the package, and
/// its size. A folder is not copied: it would double everything below it, and a link may lead to a folder that it lies in.
pub(crate) fn copied(folder: &Folder, path: &str, escapes: bool) -> Result<(CopiedLink, u64), Problem> {
    let refuse = |code, message: &str, help: &str| Err(problem(code, path, message, help));
    let inside = "Replace the link by the file it leads to.";
    if escapes {
        return refuse(LINK_OUT, "the link leads out of the folder", inside);
    }
    let resolved = match folder.path().join(path).canonicalize() {
        Ok(resolved) => resolved,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return refuse(
                LINK_DANGLING,
                "the link leads to nothing",
                "Remove the link, or make what it leads to.",
            );
        }
        Err(error) => {
            let message = format!("the link cannot be followed: {error}");
            return refuse(LINK_DANGLING, &message, "Remove the link.");
        }
    };
    let Ok(inner) = resolved.strip_prefix(folder.path()) else {
        return refuse(LINK_OUT, "the link leads out of the folder", inside);
    };
    let source = inner.to_string_lossy().into_owned();
    match folder.get(&source).map(|listed| &listed.kind) {
        Some(ListedKind::File { size, .. }) => Ok((CopiedLink { path: path.to_owned(), source }, *size)),
        _ if resolved.is_dir() => refuse(
            LINK_FOLDER,
            "the link leads to a folder",
            "Replace the link by the folder, or name the folder instead.",
        ),
        Some(ListedKind::Directory | ListedKind::Link { .. }) | None => {
            refuse(LINK_LEFT_OUT, "the link leads to something that does not travel", inside)
        }
    }
}
