//! The same folder gives the same package, and the package gives the same folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Cursor;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use skilled_archive::{Archive, Options};
use skilled_format::{Digest, Limits, load_dir};
use skilled_package::{
    CopiedLink, Destination, Existing, Format, PackError, PackOptions, UnpackOptions, pack, pack_to, plan,
    unpack,
};

use super::kit::{SKILL, Skill, bytes, names, paths};

const FORMATS: [Format; 3] = [Format::Zip, Format::TarGz, Format::Tar];

fn sample() -> Skill {
    let skill =
        Skill::new().with("scripts/run.py", "#!/usr/bin/env python3\n").with("references/a.md", "# A\n");
    skill.set_mode("scripts/run.py", 0o755);
    fs::create_dir(skill.root.join("output")).unwrap();
    skill
}

#[test]
fn a_package_has_one_folder_called_like_the_skill() {
    let skill = sample();
    let plan = skill.plan();
    assert_eq!((plan.name().as_str(), plan.total_size()), ("pdf", SKILL.len() as u64 + 27));
    assert_eq!(paths(&plan), ["SKILL.md", "references/a.md", "scripts/run.py"]);
    for format in FORMATS {
        let archive = Archive::open(Cursor::new(bytes(&plan, format)), &Options::default()).unwrap();
        let paths: Vec<&str> = archive.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(
            paths,
            ["pdf/SKILL.md", "pdf/output", "pdf/references/a.md", "pdf/scripts/run.py"],
            "{format}"
        );
        assert_eq!(archive.format(), format);
    }
}

#[test]
fn the_digest_is_that_of_the_folder_before_and_after() {
    let skill = sample();
    let expected = *load_dir(&skill.root, &Limits::default()).unwrap().tree.digest();
    let plan = skill.plan();
    assert_eq!(plan.digest(), expected);
    for format in FORMATS {
        let mut out = Cursor::new(Vec::new());
        let packed = pack(&plan, &mut out, format).unwrap();
        let written = out.into_inner();
        assert_eq!((packed.digest, packed.files, packed.bytes), (expected, 3, written.len() as u64));
        assert_eq!(packed.archive_sha256, Digest::of(&written));
        let to = skill.place.path().join(format.as_str());
        let unpacked = unpack(Cursor::new(written), Destination::At(&to), &UnpackOptions::default()).unwrap();
        assert_eq!((unpacked.digest, unpacked.files, unpacked.bytes), (expected, 3, plan.total_size()));
        assert_eq!(
            load_dir(&to, &Limits::default()).unwrap().tree,
            load_dir(&skill.root, &Limits::default()).unwrap().tree
        );
    }
}

#[test]
fn time_place_order_and_umask_do_not_matter() {
    let one = sample();
    // The same files, made in another order, elsewhere, under another name, at another time, with other modes.
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("elsewhere");
    fs::create_dir_all(root.join("output")).unwrap();
    let two = Skill { place, root };
    two.write("scripts/run.py", "#!/usr/bin/env python3\n");
    two.write("references/a.md", "# A\n");
    two.write("SKILL.md", SKILL);
    for (path, mode) in
        [("scripts/run.py", 0o700), ("references/a.md", 0o600), ("SKILL.md", 0o666), ("scripts", 0o700)]
    {
        two.set_mode(path, mode);
    }
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(100_000);
    File::options().write(true).open(two.root.join("SKILL.md")).unwrap().set_modified(long_ago).unwrap();
    for format in FORMATS {
        assert_eq!(bytes(&one.plan(), format), bytes(&two.plan(), format), "{format}");
    }
    // And what does matter.
    for change in [
        |skill: &Skill| skill.set_mode("references/a.md", 0o755),
        |skill: &Skill| skill.write("references/a.md", "# B\n"),
        |skill: &Skill| skill.write("references/b.md", ""),
    ] {
        let other = sample();
        change(&other);
        assert_ne!(bytes(&one.plan(), Format::Zip), bytes(&other.plan(), Format::Zip));
        assert_ne!(one.plan().digest(), other.plan().digest());
    }
}

#[test]
fn links_to_files_become_copies() {
    let skill = sample();
    skill.link("scripts/again.py", "run.py");
    skill.link("run", "scripts/again.py");
    let plan = skill.plan();
    let link = |path: &str| CopiedLink { path: path.to_owned(), source: "scripts/run.py".to_owned() };
    assert_eq!(plan.copied_links(), [link("run"), link("scripts/again.py")]);
    let to = skill.place.path().join("out");
    let file = Cursor::new(bytes(&plan, Format::Zip));
    let unpacked = unpack(file, Destination::At(&to), &UnpackOptions::default()).unwrap();
    assert_eq!(unpacked.digest, plan.digest());
    for path in ["run", "scripts/again.py", "scripts/run.py"] {
        let metadata = to.join(path).symlink_metadata().unwrap();
        assert!(metadata.is_file(), "{path}");
        assert_eq!(fs::read(to.join(path)).unwrap(), b"#!/usr/bin/env python3\n");
    }
}

#[test]
fn what_changes_meanwhile_is_not_packed_wrongly() {
    type Change = fn(&Skill);
    let changes: [(&str, Change); 5] = [
        ("SKILL.md", |skill| skill.write("SKILL.md", SKILL.replace("form", "farm"))),
        ("SKILL.md", |skill| skill.write("SKILL.md", format!("{SKILL}more"))),
        ("references/a.md", |skill| skill.write("references/a.md", "")),
        ("scripts/run.py", |skill| skill.set_mode("scripts/run.py", 0o644)),
        ("references/a.md", |skill| {
            fs::remove_file(skill.root.join("references/a.md")).unwrap();
            skill.link("references/a.md", "/etc/passwd");
        }),
    ];
    for (expected, change) in changes {
        for format in FORMATS {
            let skill = sample();
            let plan = skill.plan();
            change(&skill);
            let to = skill.place.path().join("pdf.skill");
            match pack_to(&plan, &to, format, Existing::Refuse).unwrap_err() {
                PackError::Changed { path } | PackError::Read { path, .. } => assert_eq!(path, expected),
                error => panic!("{error:?}"),
            }
            assert_eq!(names(skill.place.path()), ["pdf"], "nothing is left");
        }
    }
}

#[test]
fn a_package_file_is_replaced_only_on_purpose() {
    let skill = sample();
    let to = skill.place.path().join("pdf.skill");
    let packed = pack_to(&skill.plan(), &to, Format::Zip, Existing::Refuse).unwrap();
    let first = fs::read(&to).unwrap();
    assert_eq!(packed.archive_sha256, Digest::of(&first));
    let error = pack_to(&skill.plan(), &to, Format::Tar, Existing::Refuse).unwrap_err();
    assert_eq!(error.code(), "package-exists");
    assert_eq!(fs::read(&to).unwrap(), first);
    pack_to(&skill.plan(), &to, Format::Tar, Existing::Replace).unwrap();
    assert_ne!(fs::read(&to).unwrap(), first);
    assert_eq!(names(skill.place.path()), ["pdf", "pdf.skill"]);
}

#[test]
fn missing_folders_on_the_way_to_the_file_are_made_and_go_away_with_a_failure() {
    let skill = sample();
    let to = skill.place.path().join("dist/new/pdf.zip");
    pack_to(&skill.plan(), &to, Format::Zip, Existing::Refuse).unwrap();
    assert_eq!(names(&skill.place.path().join("dist/new")), ["pdf.zip"]);
    let plan = skill.plan();
    fs::write(skill.root.join("SKILL.md"), "changed").unwrap();
    let to = skill.place.path().join("other/new/pdf.zip");
    assert_eq!(pack_to(&plan, &to, Format::Zip, Existing::Refuse).unwrap_err().code(), "package-changed");
    assert_eq!(names(skill.place.path()), ["dist", "pdf"]);
}

#[test]
fn what_is_stopped_leaves_nothing() {
    let skill = sample();
    let options = PackOptions::default();
    let planned = plan(&skill.root, &options).unwrap();
    options.stop.raise();
    let to = skill.place.path().join("dist/pdf.zip");
    for existing in [Existing::Refuse, Existing::Replace] {
        let error = pack_to(&planned, &to, Format::Zip, existing).unwrap_err();
        assert_eq!(error.code(), "package-stopped");
    }
    assert_eq!(plan(&skill.root, &options).unwrap_err().code(), "package-stopped");
    assert_eq!(names(skill.place.path()), ["pdf"]);
}

#[test]
fn a_package_within_the_folder_is_not_packed_again() {
    let skill = sample();
    let to = skill.root.join("pdf.skill");
    let first = pack_to(&skill.plan(), &to, Format::Zip, Existing::Refuse).unwrap();
    let second = pack_to(&skill.plan(), &to, Format::Zip, Existing::Replace).unwrap();
    assert_eq!(first, second);
}

#[test]
fn content_that_looks_like_a_bomb_is_refused_when_packing() {
    let skill = sample().with("zeros", vec![0; 9 << 20]);
    let error = pack(&skill.plan(), Cursor::new(Vec::new()), Format::Zip).unwrap_err();
    let codes: Vec<&str> = error.problems().iter().map(|problem| problem.code).collect();
    assert_eq!((error.code(), codes), ("package-unreadable", vec!["archive-ratio"]));
    assert!(pack(&skill.plan(), Cursor::new(Vec::new()), Format::Tar).is_ok());
}

/// Names of files, some of which no package may have.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-cA-C]{1,2}(\\.md|\\.pyc)?", 1 => "[b:?\\\\ éß\u{301}]{1,4}", 1 => Just("con".to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// A folder is refused as a whole, or what is packed is unpacked to the same digest.
    #[test]
    fn what_is_packed_can_be_unpacked(
        files in prop::collection::btree_map(prop::collection::vec(name(), 1..4), (any::<bool>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
        format in prop::sample::select(FORMATS.to_vec()),
    ) {
        let skill = Skill::new();
        for (path, (executable, content)) in &files {
            let path = skill.root.join(path.join("/"));
            // A file may be where another's folder would be.
            if fs::create_dir_all(path.parent().unwrap()).is_err() || path.is_dir() {
                continue;
            }
            fs::write(&path, content).unwrap();
            let mode = if *executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        }
        let plan = match plan(&skill.root, &PackOptions::default()) {
            Ok(plan) => plan,
            Err(PackError::Refused(problems)) => {
                prop_assert!(!problems.is_empty());
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let to = skill.place.path().join("out");
        let unpacked = unpack(Cursor::new(bytes(&plan, format)), Destination::At(&to), &UnpackOptions::default()).unwrap();
        prop_assert_eq!(unpacked.digest, plan.digest());
        prop_assert_eq!(unpacked.left_out, Vec::<String>::new());
        let read: BTreeMap<String, u64> = plan.files().iter().map(|file| (file.path.clone(), file.size)).collect();
        prop_assert_eq!(unpacked.files, read.len());
    }
}
