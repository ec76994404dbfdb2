//! Skills in archives.

use serde_json::json;

use super::{COLON, GOOD, json_of, paths};
use crate::kit::Bench;

#[test]
fn an_archive_is_looked_into_and_left_alone() {
    let bench = Bench::new();
    bench.write("good/SKILL.md", GOOD);
    bench.write("colon/SKILL.md", COLON);
    for name in ["good", "colon"] {
        bench.skilled(["pack", name, "-o", &format!("{name}.skill")]).exits(0);
    }
    let before = std::fs::read(bench.path("colon.skill")).unwrap();
    let ran = bench.skilled(["check", "good.skill", "colon.skill", "--json"]).exits(0);
    assert_eq!(paths(&ran), ["good.skill/good", "colon.skill/colon"]);
    let told = json_of(&ran);
    assert_eq!(told["skills"][0]["diagnostics"], json!([]));
    assert_eq!(told["skills"][1]["diagnostics"][0]["path"], "colon.skill/colon/SKILL.md");
    let text = bench.skilled(["check", "colon.skill"]).exits(0).stdout;
    assert!(
        text.contains(" --> colon.skill/colon/SKILL.md:3:14\n") && text.contains("3 | description: "),
        "{text}"
    );
    bench.skilled(["check", "colon.skill", "--fix"]).exits(0);
    assert_eq!(std::fs::read(bench.path("colon.skill")).unwrap(), before);
}

#[test]
fn an_archive_that_is_refused_is_a_finding() {
    let bench = Bench::new();
    bench.write("no.skill", "this is no archive");
    bench.write("good/SKILL.md", GOOD);
    let ran = bench.skilled(["check", "no.skill", "good", "--json"]).exits(1);
    assert_eq!(paths(&ran), ["no.skill", "good"]);
    let told = json_of(&ran);
    let refused = &told["skills"][0];
    assert_eq!(
        (&refused["name"], &refused["loaded"], &refused["valid"]),
        (&json!(null), &json!(false), &json!(false))
    );
    let diagnostic = &refused["diagnostics"][0];
    assert_eq!(
        (&diagnostic["code"], &diagnostic["severity"], &diagnostic["path"], &diagnostic["line"]),
        (&json!("unreadable-package"), &json!("error"), &json!("no.skill"), &json!(1))
    );
    bench.skilled(["check", "no.skill"]).exits(1);
}

#[test]
fn a_pipe_or_a_device_is_no_archive_and_is_not_waited_for() {
    let bench = Bench::new();
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mkfifoat(rustix::fs::CWD, bench.path("pipe.skill"), mode).unwrap();
    std::os::unix::fs::symlink("/dev/zero", bench.path("device.zip")).unwrap();
    for name in ["pipe.skill", "device.zip"] {
        let ran = bench.skilled(["check", name, "--json"]).exits(1);
        let message = json_of(&ran)["skills"][0]["diagnostics"][0]["message"].to_string();
        assert!(message.contains("not a regular file"), "{ran}");
    }
}
