//! The environment holds nothing of the host's.

use std::collections::BTreeMap;

use skilled_sandbox_linux::Isolation;

use crate::driver::{Driver, PLANTED};
use crate::kit::{Kit, command, completed, host_folder, start};

#[tokio::test]
async fn it_is_exactly_what_was_asked_for() {
    let mut kit = Kit::made(Isolation::Full, host_folder(), |spec| {
        spec.env = BTreeMap::from([("ADDED".to_owned(), "by the sandbox".to_owned())]);
    })
    .await;
    let mut asked = command(&["env"]);
    asked.env = BTreeMap::from([("OWN".to_owned(), "of the process".to_owned())]);
    let mut operation = start(&*kit.sandbox, asked).await.unwrap();
    let output = completed(&mut *operation).await.stdout;
    let mut lines: Vec<&str> = output.lines().collect();
    lines.sort_unstable();
    let expected = [
        "ADDED=by the sandbox",
        "HOME=/workspace",
        "LANG=C.UTF-8",
        "OUTPUT_DIR=/mnt/session/outputs",
        "OWN=of the process",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONDONTWRITEBYTECODE=1",
        "RUN_DIR=/workspace",
        "SHELL=/bin/bash",
        "SKILLS_DIR=/skills",
        "TERM=dumb",
        "TMPDIR=/tmp",
        "USER=agent",
        "WORKSPACE_DIR=/workspace",
        "WORK_DIR=/workspace",
    ];
    assert_eq!(lines, expected);
    assert_eq!(kit.works("echo $ADDED$OWN").await, "by the sandbox\n");
}

#[tokio::test]
async fn a_variable_of_the_host_is_nowhere() {
    // `$PPID` is the runner, its parent the supervisor: in the open the workload may read both, and finds nothing.
    let look = format!(
        "env | grep -c {0}; parent=$(cut -d' ' -f4 /proc/$PPID/stat); cat /proc/$$/environ /proc/$PPID/environ /proc/$parent/environ 2>/dev/null | grep -ca {0}",
        PLANTED.1
    );
    for isolation in [Isolation::Full, Isolation::None] {
        let host = host_folder();
        let mut driver = Driver::start(&["env"], "hold", isolation, host.path(), &look);
        assert_eq!(driver.line("output "), "0 0", "{isolation:?}");
        // The control: the driver that made the sandbox has it.
        let environ = std::fs::read(format!("/proc/{}/environ", driver.pid())).unwrap();
        assert!(String::from_utf8_lossy(&environ).contains(PLANTED.1));
        for child in crate::host::children(driver.pid()) {
            let environ = std::fs::read(format!("/proc/{}/environ", child.pid)).unwrap();
            assert_eq!(environ, b"", "the launcher of {isolation:?} has no environment");
        }
        driver.end().await;
    }
    let host = host_folder();
    let look = format!("cat /proc/[0-9]*/environ 2>/dev/null | grep -ca {}", PLANTED.1);
    let mut driver = Driver::start(&["env"], "hold", Isolation::Full, host.path(), &look);
    assert_eq!(driver.line("output "), "0");
    driver.end().await;
    let mut driver = Driver::start(&["env"], "hold", Isolation::None, host.path(), &look);
    assert_ne!(driver.line("output "), "0", "the control: the host's process has it");
    driver.end().await;
}
