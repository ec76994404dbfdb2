//! No privilege is held, and none can be gained.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use skilled_sandbox_linux::Isolation;

use crate::driver::Driver;
use crate::host::field_of;
use crate::kit::{Kit, Range, host_folder, is_root};

#[tokio::test]
async fn every_process_has_given_everything_up() {
    let mut kit = Kit::new(Isolation::Full).await;
    for status in ["/proc/self/status", "/proc/1/status", "/proc/$PPID/status"] {
        let status = kit.works(&format!("cat {status}")).await;
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field_of(&status, set), "0000000000000000", "{set}");
        }
        for (field, value) in [("NoNewPrivs", "1"), ("Seccomp", "2"), ("Umask", "0022")] {
            assert_eq!(field_of(&status, field), value, "{field}");
        }
        assert_eq!(field_of(&status, "Uid"), "1000 1000 1000 1000");
    }
    assert_eq!(kit.works("cat /proc/self/setgroups").await, "deny\n");
    assert_eq!(kit.works("cat /proc/self/uid_map | xargs").await.split(' ').next().unwrap(), "1000");
    // What a child of the tests has: the control of the four fields that could be so anyway.
    let own = fs::read_to_string("/proc/self/status").unwrap();
    assert_ne!(field_of(&own, "CapBnd"), "0000000000000000");
    assert_eq!((field_of(&own, "NoNewPrivs"), field_of(&own, "Seccomp")), ("0".into(), "0".into()));
}

#[tokio::test]
async fn no_identity_can_be_taken() {
    let mut kit = Kit::new(Isolation::Full).await;
    for call in [
        "setuid(0)",
        "setgid(0)",
        "setresuid(1, 1, 1)",
        "setgroups([0])",
        "chown(\"f\", 0, 0)",
        "setuid(65534)",
    ] {
        let attempt = format!("touch f; python3 -c 'import os; os.{call}'");
        let (status, output) = kit.run(&attempt).await;
        assert!(
            status != 0 && (output.contains("not permitted") || output.contains("Invalid argument")),
            "{call}: {output}"
        );
    }
    kit.works("python3 -c 'import os; os.setuid(1000); os.setgid(1000); os.chown(\"f\", 1000, 1000)'").await;
    kit.refuses("chroot / true", "Function not implemented").await;
    kit.refuses("mount -t tmpfs none /tmp", "").await;
    kit.refuses("python3 probe.py device", "Operation not permitted").await;
}

#[tokio::test]
async fn programs_with_an_owners_rights_do_not_grant_them() {
    // `AT_EUID` of the auxiliary vector says who the program runs as. The loader does not print it for a program that
    // has gained something: an ordinary user sees nothing, root sees 0, and only in the sandbox it is the workload.
    let mut range = Range::new().await;
    let attempt = "test -u /usr/bin/su && ! LD_SHOW_AUXV=1 /usr/bin/su --help | grep -a 'AT_EUID: *[1-9]'";
    range.refused(attempt, "1000").await;

    let host = host_folder();
    let folder = host.path().join("python");
    fs::create_dir(&folder).unwrap();
    let planted = folder.join("planted");
    fs::copy("/usr/bin/id", &planted).unwrap();
    fs::set_permissions(&planted, fs::Permissions::from_mode(0o6755)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut kit = Kit::made(Isolation::Full, host, |spec| spec.python = Some(folder)).await;
    assert_eq!(
        kit.works("test -u /opt/skilled/python/planted && /opt/skilled/python/planted -u").await,
        "1000\n"
    );
    // One of the workload's own making.
    kit.works("cp /usr/bin/id own; chmod 6755 own; test -u own").await;
    assert_eq!(kit.works("./own -u; ./own -g").await, "1000\n1000\n");
}

#[tokio::test]
async fn limits_are_set_and_stay() {
    let mut kit = Kit::new(Isolation::Full).await;
    assert_eq!(kit.works("ulimit -Hc; ulimit -Sc; ulimit -Hn; ulimit -Sn").await, "0\n0\n4096\n4096\n");
    kit.refuses("(ulimit -Hc 1)", "Operation not permitted").await;
    kit.refuses("(ulimit -Hn 5000)", "Operation not permitted").await;
    kit.works("(ulimit -n 100)").await;
    assert_eq!(kit.works("python3 probe.py crash").await, "none\n");
    let open: u64 = Kit::new(Isolation::None).await.works("ulimit -Hn").await.trim().parse().unwrap();
    assert_ne!(open, 4096, "the control: the limit is not the host's");
}

#[tokio::test]
async fn a_host_with_lower_limits_is_good_enough() {
    let host = host_folder();
    let lower = ["bash", "-c", "ulimit -n 1024 && exec \"$@\"", "bash"];
    let mut driver = Driver::start(&lower, "hold", Isolation::Full, host.path(), "ulimit -Hn");
    assert_eq!(driver.line("output "), "1024");
    driver.end().await;
}

#[tokio::test]
async fn the_users_mask_and_groups_are_left_behind() {
    let host = host_folder();
    let closed = ["sh", "-c", "umask 077 && exec \"$@\"", "sh"];
    let look = "umask; echo x > f; stat -c %a f /mnt/session/uploads; ls /mnt/session/uploads /workspace";
    let mut driver = Driver::start(&closed, "hold", Isolation::Full, host.path(), look);
    assert_eq!(driver.line("output "), "0022 644 755 /mnt/session/uploads:  /workspace: f");
    driver.end().await;

    // Only root may change its groups: an ordinary user's sandboxes cannot leave them, but neither can they use the gate.
    let groups: &[&str] = if is_root() { &["setpriv", "--groups", "4,24", "--"] } else { &["env"] };
    let host = host_folder();
    let outside = host.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let mut driver =
        Driver::start(groups, "hold", Isolation::Full, &outside, "grep Groups: /proc/self/status | xargs");
    let inside = driver.line("output ");
    let own = field_of(&fs::read_to_string(format!("/proc/{}/status", driver.pid())).unwrap(), "Groups");
    if is_root() {
        assert_eq!((own.as_str(), inside.as_str()), ("4 24", "Groups:"));
    } else {
        assert!(inside.split(' ').count() <= 1 + own.split(' ').count(), "{inside:?} {own:?}");
    }
    driver.end().await;
}
