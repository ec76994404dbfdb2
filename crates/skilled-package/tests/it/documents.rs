//! The page about packages names what the program says.

use skilled_archive::{Code, Limits};

#[test]
fn every_code_and_limit_is_documented() {
    let page = include_str!("../../../../docs/packages.md").replace('\n', " ");
    let sources = [
        include_str!("../../src/refuse.rs"),
        include_str!("../../src/problem.rs"),
        include_str!("../../src/unpack.rs"),
    ];
    let quoted = sources.into_iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let ours = quoted.filter(|text| text.starts_with("package-") && !text.contains(' '));
    let archives = Code::ALL.iter().map(|code| code.as_str());
    let missing: Vec<&str> =
        ours.chain(archives).filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert_eq!(missing, [""; 0]);

    let limits = Limits::default();
    for text in [
        format!("{} MiB, {} MiB per file", limits.total_bytes >> 20, limits.file_bytes >> 20),
        format!(
            "{} bytes, {} per component, {} levels",
            limits.path_bytes, limits.component_bytes, limits.depth
        ),
        format!("{} times", limits.ratio),
        format!("beyond {} MiB", limits.ratio_floor >> 20),
        format!("{} MiB of metadata", limits.metadata_bytes >> 20),
        format!("{} MiB as a file", limits.archive_bytes >> 20),
        "10,000 files and folders".to_owned(),
    ] {
        assert!(page.contains(&text), "{text}");
    }
    assert_eq!(limits.entries, 10_000);
}
