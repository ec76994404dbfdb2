//! What the ignore files of git leave out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Options, SearchError};

/// Ignore files of one folder, in the order of git: the later wins.
const FILES: [&str; 2] = [".gitignore", ".ignore"];

/// The ignore files in force in a folder. Cheap to clone: folders share those above them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignored {
    nearest: Option<Arc<Layer>>,
}

#[derive(Debug)]
struct Layer {
    patterns: Gitignore,
    above: Option<Arc<Self>>,
}

impl Ignored {
    /// What is in force in a folder given by the user: the excludes of the user and of the repository, and the ignore
    /// files of the folders above it within the repository. `folder` is absolute and without links.
    pub(super) fn above(folder: &Path, options: &Options) -> Self {
        let mut ignored = Self::default();
        let root = folder.ancestors().find(|above| above.join(".git").exists());
        if let Some(global) = &options.global_excludes {
            ignored = ignored.with_file(root.unwrap_or(folder), global);
        }
        let Some(root) = root else { return ignored };
        ignored = ignored.with_file(root, &root.join(".git/info/exclude"));
        let mut between: Vec<&Path> =
            folder.ancestors().skip(1).take_while(|above| above.starts_with(root)).collect();
        between.reverse();
        for above in between {
            for file in FILES {
                ignored = ignored.with_file(above, &above.join(file));
            }
        }
        ignored
    }

    /// The same, with the ignore files among `names`, which are what is in `folder`.
    pub(super) fn inside(&self, folder: &Path, names: &[String]) -> Self {
        let mut ignored = self.clone();
        for file in FILES {
            if names.iter().any(|name| name == file) {
                ignored = ignored.with_file(folder, &folder.join(file));
            }
        }
        ignored
    }

    /// A file that cannot be read or a line that is no pattern ignores nothing, as with git.
    fn with_file(&self, folder: &Path, file: &Path) -> Self {
        // A pipe would be waited for.
        if !file.is_file() {
            return self.clone();
        }
        let mut builder = GitignoreBuilder::new(folder);
        drop(builder.add(file));
        match builder.build() {
            Ok(patterns) if !patterns.is_empty() => {
                Self { nearest: Some(Arc::new(Layer { patterns, above: self.nearest.clone() })) }
            }
            Ok(_) | Err(_) => self.clone(),
        }
    }

    /// Whether a folder is left out.
    pub(super) fn leaves_out(&self, folder: &Path) -> bool {
        let mut layer = self.nearest.as_ref();
        while let Some(current) = layer {
            match current.patterns.matched(folder, true) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => layer = current.above.as_ref(),
            }
        }
        false
    }
}

/// The patterns of [`Options::exclude`], and the folder they are about.
pub(super) fn excluded(options: &Options) -> Result<Gitignore, SearchError> {
    let root = options.exclude_root.canonicalize().unwrap_or_else(|_| PathBuf::from("/"));
    let mut builder = GitignoreBuilder::new(root);
    for pattern in &options.exclude {
        let failed = |source| SearchError::Pattern { pattern: pattern.clone(), source };
        // Git takes a bracket without its end for itself; nobody means that.
        if !pattern.starts_with('#')
            && let Err(error) = Glob::new(pattern)
        {
            let err = error.kind().to_string();
            return Err(failed(ignore::Error::Glob { glob: Some(pattern.clone()), err }));
        }
        builder.add_line(None, pattern).map_err(failed)?;
    }
    builder.build().map_err(|source| SearchError::Pattern { pattern: options.exclude.join(" "), source })
}
