//! The Markdown of a skill from any bytes, through every rule of a check and every repair: no panic, places that exist,
//! and repairs that do not break what loads.

use std::fs;
use std::sync::OnceLock;

use skilled_format::{Folder, Limits};
use skilled_lint::{Fix, Settings, check as lint, fix};
use tempfile::TempDir;

pub(crate) fn check(bytes: &[u8]) {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let references = folder.path().join("fuzz/references");
        fs::create_dir_all(&references).expect("a folder can be made");
        fs::write(references.join("other.md"), "# A heading\n").expect("a file can be written");
        folder
    });
    let root = folder.path().join("fuzz");
    // The first byte says where SKILL.md ends and a document that it links to begins.
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let (body, document) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    let mut skill = b"---\nname: fuzz\ndescription: Use when fuzzing.\n---\n[d](references/d.md)\n".to_vec();
    skill.extend_from_slice(body);
    fs::write(root.join("SKILL.md"), &skill).expect("a file can be written");
    fs::write(root.join("references/d.md"), document).expect("a file can be written");

    let opened = Folder::open(&root, &Limits::default()).expect("the folder is there");
    let checked = lint(&opened, &Settings::default());
    for found in &checked.findings {
        let length = match found.file.as_str() {
            "SKILL.md" => skill.len(),
            "references/d.md" => document.len(),
            _ => usize::MAX,
        };
        assert!(found.span.start <= found.span.end && found.span.end <= length, "{found:?}");
        assert!(found.line >= 1 && found.column >= 1 && !found.message.contains('\n'), "{found:?}");
        if let Some(Fix::Edit(edits)) = &found.fix {
            assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{found:?}");
        }
    }
    for repaired in fix(&opened, &checked) {
        if repaired.file == "SKILL.md" {
            let after = skilled_format::read_skill(repaired.after.as_bytes(), "fuzz");
            assert!(after.skill.is_some() || !checked.loaded, "a repair must not break a skill");
        }
    }
}
