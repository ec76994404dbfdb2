//! The examples of the rules show what they say.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use skilled_format::{Folder, Limits};
use skilled_lint::{Checked, Settings, check, rules};
use skilled_report::Example;
use tempfile::TempDir;

/// Rules whose case a few lines of text cannot show.
const WITHOUT_EXAMPLE: [(&str, &str); 18] = [
    ("not-utf8", "the examples are UTF-8"),
    ("front-matter-too-large", "64 KiB"),
    ("description-too-long", "1,025 characters"),
    ("compatibility-too-long", "501 characters"),
    ("skill-file-too-large", "1 MiB"),
    ("link-escapes", "a symbolic link"),
    ("link-dangling", "a symbolic link"),
    ("special-file", "a device"),
    ("path-not-utf8", "a name that is not UTF-8"),
    ("unreadable", "a file without permissions"),
    ("tree-too-large", "10,000 files"),
    ("listing-too-long", "1,537 characters"),
    ("body-too-many-lines", "501 lines"),
    ("body-too-many-tokens", "20 KB"),
    ("file-not-utf8", "the examples are UTF-8"),
    ("not-checked", "1 MiB"),
    ("upload-too-large", "30 MB"),
    ("many-files", "201 files"),
];

fn checked(example: Example) -> Checked {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("example");
    fs::create_dir(&folder).unwrap();
    for file in example {
        let path = folder.join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, file.content).unwrap();
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    check(&Folder::open(&folder, &Limits::default()).unwrap(), &Settings::default())
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.findings.iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn bad_examples_have_the_finding_and_good_ones_do_not() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let is_listed = WITHOUT_EXAMPLE.iter().any(|(code, _)| *code == rule.code);
        assert_eq!(rule.bad.is_empty() || rule.good.is_empty(), is_listed, "{}", rule.code);
        if is_listed {
            continue;
        }
        let (bad, good) = (checked(rule.bad), checked(rule.good));
        if !codes(&bad).contains(&rule.code) {
            wrong.push(format!("{}: the bad example has {:?}", rule.code, codes(&bad)));
        }
        if codes(&good).contains(&rule.code) || !good.loaded {
            wrong.push(format!("{}: the good example has {:?}", rule.code, codes(&good)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
