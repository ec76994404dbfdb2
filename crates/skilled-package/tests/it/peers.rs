//! A package as Python sees it, which most clients unpack it with.

use std::process::Command;

use skilled_format::{Limits, load_dir};
use skilled_package::{Existing, Format, pack_to};

use super::kit::Skill;

#[test]
fn python_reads_a_package() {
    let skill =
        Skill::new().with("scripts/run.py", "print(1)\n").with("assets/ü.bin", [0_u8, 255, 7].repeat(50_000));
    skill.set_mode("scripts/run.py", 0o755);
    let file = skill.place.path().join("pdf.skill");
    let plan = skill.plan();
    pack_to(&plan, &file, Format::Zip, Existing::Refuse).unwrap();
    let script = "import os, sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        assert z.testzip() is None\n\
        for i in z.infolist():\n    \
            assert i.filename.startswith('pdf/') and i.date_time == (1980, 1, 1, 0, 0, 0), i\n    \
            assert i.create_system == 3 and i.extra == b'' and i.comment == b'', i\n    \
            os.chmod(z.extract(i, sys.argv[2]), i.external_attr >> 16)\n    \
            print(i.filename, oct(i.external_attr >> 16))\n";
    let out = skill.place.path().join("out");
    let Ok(output) = Command::new("python3").args(["-c", script]).arg(&file).arg(&out).output() else {
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "python3 is missing");
        eprintln!("SKIPPED: python3 is missing");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "pdf/SKILL.md 0o100644\npdf/assets/ü.bin 0o100644\npdf/scripts/run.py 0o100755\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    let extracted = load_dir(&out.join("pdf"), &Limits::default()).unwrap();
    assert_eq!(*extracted.tree.digest(), plan.digest());
}
