//! Symbolic links that stay in the tree.

use std::collections::{HashMap, VecDeque};

use crate::problem::Problems;
use crate::{Code, Problem};

/// Most links that are followed one after the other, as Linux does (path_resolution(7)).
const MAX_HOPS: usize = 40;

/// Longest target in bytes (`PATH_MAX`).
const MAX_TARGET: usize = 4096;

/// A symbolic link of an archive.
pub(crate) struct Link {
    pub(crate) path: String,
    pub(crate) target: String,
}

/// Reports every link that leaves the tree, also by way of other links, or leads in a circle.
pub(crate) fn check(links: &[Link], problems: &mut Problems) {
    let targets: HashMap<&str, &str> =
        links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect();
    for link in links {
        if let Err(message) = resolve(link, &targets) {
            problems.add(Problem::entry(Code::LinkEscapes, &link.path, message));
        }
    }
}

fn resolve(link: &Link, targets: &HashMap<&str, &str>) -> Result<(), &'static str> {
    if link.target.is_empty() || link.target.contains('\0') {
        return Err("the link's target is empty or contains a NUL character");
    }
    let mut at: Vec<&str> = link.path.split('/').collect();
    at.pop();
    let mut hops = 1;
    let mut left: VecDeque<&str> = components(&link.target)?;
    while let Some(component) = left.pop_front() {
        match component {
            "" | "." => {}
            ".." => {
                at.pop().ok_or("the link leads out of the archive")?;
            }
            name => {
                at.push(name);
                let Some(target) = targets.get(at.join("/").as_str()) else { continue };
                hops += 1;
                if hops > MAX_HOPS {
                    return Err("the link leads through too many links, or in a circle");
                }
                at.pop();
                for component in components(target)?.into_iter().rev() {
                    left.push_front(component);
                }
            }
        }
    }
    Ok(())
}

fn components(target: &str) -> Result<VecDeque<&str>, &'static str> {
    if target.starts_with('/') {
        return Err("the link's target is absolute");
    }
    if target.len() > MAX_TARGET {
        return Err("the link's target is too long");
    }
    Ok(target.split('/').collect())
}
