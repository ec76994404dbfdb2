//! Patterns of files to leave out, from any text: no panic, no endless work, and a pattern that names a file leaves it out.

use std::fs;
use std::sync::OnceLock;

use skilled_package::{PackOptions, plan};
use tempfile::TempDir;

const FILES: [&str; 5] = ["SKILL.md", "a", "b/c.md", "b/[d]/{e}.py", "b/é/f*?"];

pub(crate) fn check(bytes: &[u8]) {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for path in FILES {
            let path = folder.path().join("fuzz").join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
            fs::write(path, "---\nname: fuzz\ndescription: d\n---\n").expect("a file can be written");
        }
        folder
    });
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let exclude: Vec<String> = text.lines().take(8).map(str::to_owned).collect();
    let options = PackOptions { exclude: exclude.clone(), ..PackOptions::default() };
    let Ok(planned) = plan(&folder.path().join("fuzz"), &options) else { return };
    let kept = |path: &str| planned.files().iter().any(|file| file.path == path);
    let left_out = |path: &str| {
        planned.left_out().iter().any(|it| path == it.path || path.starts_with(&format!("{}/", it.path)))
    };
    for path in FILES {
        assert!(kept(path) != left_out(path), "{path:?} is kept or left out: {exclude:?}");
    }
    assert!(!exclude.iter().any(|it| it == "a") || left_out("a"), "{exclude:?}");
}
