//! The system packages, by what they are needed for.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Purpose;
use crate::shell::{self, SearchPath};

/// Debian's own Python: sandboxes see `/usr`, so a Python from elsewhere would not be there.
pub(super) const PYTHON: &str = "/usr/bin/python3";

/// Something a purpose needs, the Debian package that brings it, and how to see whether it is there.
struct Need {
    package: &'static str,
    why: &'static str,
    /// [`Purpose::Demo`] stands for all purposes: each of them builds and runs `skilled`.
    purpose: Purpose,
    is_there: fn(&Host) -> bool,
}

const NEEDS: [Need; 13] = [
    Need {
        package: "gcc",
        why: "links Rust programs and builds the C parts of some crates",
        purpose: Purpose::Demo,
        is_there: |host| host.path.find("cc").is_some(),
    },
    Need {
        package: "libc6-dev",
        why: "the C library's headers, for the same",
        purpose: Purpose::Demo,
        is_there: |host| host.has("usr/include/stdio.h"),
    },
    Need {
        package: "python3",
        why: "skills run their scripts with it, inside the sandbox",
        purpose: Purpose::Demo,
        is_there: |host| host.has("usr/bin/python3"),
    },
    Need {
        package: "python3-venv",
        why: "makes the Python environment that holds the skills' libraries",
        purpose: Purpose::Demo,
        is_there: |host| (host.imports)("ensurepip, venv"),
    },
    Need {
        package: "libreoffice-calc-nogui",
        why: "the tests recalculate spreadsheets with it and look for formula errors",
        purpose: Purpose::Tests,
        is_there: Host::has_calc,
    },
    Need {
        package: "util-linux",
        why: "the tests run the sandbox a second time as an ordinary user (setpriv, unshare)",
        purpose: Purpose::Tests,
        is_there: |host| host.path.find("setpriv").is_some() && host.path.find("unshare").is_some(),
    },
    Need {
        package: "openssl",
        why: "makes the certificates with which clients of the server are tried under a hosted service's name",
        purpose: Purpose::Tests,
        is_there: |host| host.path.find("openssl").is_some(),
    },
    Need {
        package: "bubblewrap",
        why: "the benches compare the sandbox with it, in the same run",
        purpose: Purpose::Bench,
        is_there: |host| host.path.find("bwrap").is_some(),
    },
    Need {
        package: "crun",
        why: "the benches compare the sandbox with it, in the same run",
        purpose: Purpose::Peers,
        is_there: |host| host.path.find("crun").is_some(),
    },
    Need {
        package: "runc",
        why: "the same",
        purpose: Purpose::Peers,
        is_there: |host| host.path.find("runc").is_some(),
    },
    Need {
        package: "npm",
        why: "installs @anthropic-ai/sandbox-runtime, for the same",
        purpose: Purpose::Peers,
        is_there: |host| host.path.find("npm").is_some(),
    },
    Need {
        package: "ripgrep",
        why: "@anthropic-ai/sandbox-runtime needs it",
        purpose: Purpose::Peers,
        is_there: |host| host.path.find("rg").is_some(),
    },
    Need {
        package: "socat",
        why: "@anthropic-ai/sandbox-runtime needs it",
        purpose: Purpose::Peers,
        is_there: |host| host.path.find("socat").is_some(),
    },
];

/// The machine that is looked at.
pub(super) struct Host {
    path: SearchPath,
    /// `/`, except in tests.
    root: PathBuf,
    is_root: bool,
    /// Whether [`PYTHON`] can import these modules.
    imports: fn(&str) -> bool,
}

impl Host {
    pub(super) fn this() -> Self {
        let imports = |modules: &str| {
            shell::succeeds(Command::new(PYTHON).args(["-I", "-c"]).arg(format!("import {modules}")))
        };
        // The owner of this process's own entry is its effective user.
        let user = std::fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it));
        Self {
            path: SearchPath::of_caller(),
            root: "/".into(),
            is_root: user.is_ok_and(|user| user == 0),
            imports,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.root.join(name).exists()
    }

    /// `soffice` may come without its spreadsheet part, which is this library beside the real program.
    fn has_calc(&self) -> bool {
        let program = self.path.find("soffice").and_then(|path| path.canonicalize().ok());
        program.as_deref().and_then(Path::parent).is_some_and(|folder| folder.join("libsclo.so").exists())
    }

    /// The words before `apt-get` that make it run as root; none where this user cannot become root.
    fn elevation(&self, has_terminal: bool) -> Option<Vec<&'static str>> {
        match (self.is_root, self.path.find("sudo").is_some()) {
            (true, _) => Some(Vec::new()),
            (false, true) if has_terminal => Some(vec!["sudo"]),
            // Nobody is there to type a password: fail instead of waiting for one.
            (false, true) => Some(vec!["sudo", "--non-interactive"]),
            (false, false) => None,
        }
    }
}

/// Installs what is missing for `purpose`, or says how.
pub(super) fn prepare(purpose: Purpose, host: &Host) -> Result<()> {
    let missing = missing(purpose, host);
    if missing.is_empty() {
        println!("  system packages: all there");
        return Ok(());
    }
    println!("  installing system packages:");
    for need in &missing {
        println!("    {:<24} {}", need.package, need.why);
    }
    let by_hand = by_hand(&missing);
    if host.path.find("apt-get").is_none() {
        bail!(
            "this is not a Debian system (no apt-get); install what these Debian packages bring, then run this again: {by_hand}"
        );
    }
    let has_terminal = std::io::IsTerminal::is_terminal(&std::io::stdin());
    let Some(elevation) = host.elevation(has_terminal) else {
        bail!("installing needs root and there is no sudo; as root, run: {by_hand}");
    };
    let commands = commands(&missing, &elevation);
    for mut command in commands {
        shell::stream(&mut command)
            .with_context(|| format!("installing failed; by hand, as root: {by_hand}"))?;
    }
    let still: Vec<_> = self::missing(purpose, host).iter().map(|need| need.package).collect();
    if !still.is_empty() {
        bail!("installed, but what it should bring is still not there: {}", still.join(" "));
    }
    Ok(())
}

fn missing(purpose: Purpose, host: &Host) -> Vec<&'static Need> {
    let wanted = NEEDS.iter().filter(|need| need.purpose == purpose || need.purpose == Purpose::Demo);
    wanted.filter(|need| !(need.is_there)(host)).collect()
}

fn by_hand(missing: &[&Need]) -> String {
    let names: Vec<_> = missing.iter().map(|need| need.package).collect();
    format!("apt-get update && apt-get install --yes --no-install-recommends {}", names.join(" "))
}

/// The package lists of a fresh machine are empty or old, so they are fetched first.
fn commands(missing: &[&Need], elevation: &[&str]) -> [Command; 2] {
    let apt_get = |arguments: &[&str]| {
        // `env` after sudo, which clears the environment: a question would wait for ever.
        let words = [elevation, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        let mut command = Command::new(words[0]);
        // Another apt may be at work, on a machine that has just started.
        command.args(&words[1..]).args([
            "--quiet=2",
            "--option=DPkg::Lock::Timeout=300",
            "--option=Dpkg::Use-Pty=0",
        ]);
        command
    };
    let names: Vec<_> = missing.iter().map(|need| need.package).collect();
    let mut install = apt_get(&["install", "--yes", "--no-install-recommends"]);
    install.args(names);
    [apt_get(&["update"]), install]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A machine made of a few files; `apt-get` writes what it was told into `log`.
    struct Fake {
        folder: tempfile::TempDir,
    }

    impl Fake {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn add(&self, name: &str, text: &str) -> &Self {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            self
        }

        fn complete() -> Self {
            let fake = Self::new();
            for name in ["cc", "setpriv", "unshare", "openssl", "soffice", "libsclo.so"] {
                fake.add(&format!("bin/{name}"), "");
            }
            fake.add("usr/include/stdio.h", "").add("usr/bin/python3", "");
            fake
        }

        fn host(&self, imports: fn(&str) -> bool) -> Host {
            let root = self.folder.path().to_owned();
            Host { path: SearchPath::of(&root.join("bin")), root, is_root: true, imports }
        }
    }

    fn names(needs: &[&Need]) -> Vec<&'static str> {
        needs.iter().map(|need| need.package).collect()
    }

    #[test]
    fn a_complete_machine_misses_nothing() {
        let fake = Fake::complete();
        let host = fake.host(|_| true);
        assert_eq!(names(&missing(Purpose::Tests, &host)), [] as [&str; 0]);
        prepare(Purpose::Tests, &host).unwrap();
    }

    #[test]
    fn an_empty_machine_misses_everything_and_the_demo_less_than_the_tests() {
        let fake = Fake::new();
        let host = fake.host(|_| false);
        assert_eq!(names(&missing(Purpose::Demo, &host)), ["gcc", "libc6-dev", "python3", "python3-venv"]);
        let all = ["gcc", "libc6-dev", "python3", "python3-venv"];
        let tests = [&all[..], &["libreoffice-calc-nogui", "util-linux", "openssl"]].concat();
        assert_eq!(names(&missing(Purpose::Tests, &host)), tests);
        assert_eq!(names(&missing(Purpose::Bench, &host)), [&all[..], &["bubblewrap"]].concat());
    }

    #[test]
    fn an_office_without_its_spreadsheet_does_not_do() {
        let fake = Fake::complete();
        fs::remove_file(fake.folder.path().join("bin/libsclo.so")).unwrap();
        assert_eq!(names(&missing(Purpose::Tests, &fake.host(|_| true))), ["libreoffice-calc-nogui"]);
    }

    #[test]
    fn without_apt_or_root_the_error_says_what_to_type() {
        let fake = Fake::complete();
        let error = prepare(Purpose::Demo, &fake.host(|_| false)).unwrap_err().to_string();
        assert!(error.contains("not a Debian system") && error.contains("python3-venv"), "{error}");
        fake.add("bin/apt-get", "");
        let host = Host { is_root: false, ..fake.host(|_| false) };
        let error = prepare(Purpose::Demo, &host).unwrap_err().to_string();
        assert!(error.contains("apt-get install --yes --no-install-recommends python3-venv"), "{error}");
    }

    #[test]
    fn root_is_asked_for_only_where_needed() {
        let fake = Fake::complete();
        fake.add("bin/sudo", "");
        let host = fake.host(|_| true);
        assert_eq!(host.elevation(true), Some(Vec::new()));
        let host = Host { is_root: false, ..host };
        assert_eq!(host.elevation(true), Some(vec!["sudo"]));
        assert_eq!(host.elevation(false), Some(vec!["sudo", "--non-interactive"]));
    }

    #[test]
    fn the_lists_are_fetched_once_before_everything_is_installed_at_once() {
        let fake = Fake::new();
        let missing = missing(Purpose::Demo, &fake.host(|_| true));
        let shown = commands(&missing, &["sudo"]).map(|command| shell::shown(&command));
        assert!(
            shown[0].starts_with("sudo env DEBIAN_FRONTEND=noninteractive apt-get update"),
            "{}",
            shown[0]
        );
        assert!(
            shown[1].contains("apt-get install --yes") && shown[1].ends_with(" gcc libc6-dev python3"),
            "{}",
            shown[1]
        );
    }
}
