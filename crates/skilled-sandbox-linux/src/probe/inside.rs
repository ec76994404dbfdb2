//! Looking at a sandbox from inside.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use skilled_sandbox::{
    Bounds, Command, Ended, Error, Exit, Input, Keep, Key, Missing, Sandbox, Size, finished,
};
use tokio_util::sync::CancellationToken;

use super::{Finding, Ground, Layer, Verdict, chain, remedy};

/// How long one of the programs may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is kept of what it prints.
const OUTPUT: u64 = 256 * 1024;

/// Asks for the version of Landlock's interface: `landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)`,
/// which has the same number everywhere.
const LANDLOCK: &str = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))";

/// What a program in the sandbox did.
struct Ran {
    exit: Exit,
    stdout: String,
    took: Duration,
}

/// Runs programs in the sandbox, which took `created` to make, and says what they found.
pub(super) async fn look(
    sandbox: &dyn Sandbox,
    ground: &Ground,
    created: Duration,
    findings: &mut Vec<Finding>,
) -> Verdict {
    findings.push(Finding::enforced(
        Layer::UserNamespaces,
        "users, mounts, processes, network, IPC, host name, control groups",
    ));
    findings.push(Finding::enforced(Layer::MountApi, "system folders are read-only copies of mounts"));
    let verdict = match run(sandbox, "true", &["true"], Input::Nothing).await {
        Ok(Ran { exit: Exit::Code(0), took, .. }) => {
            Verdict::Works { create_us: micros(created), run_us: micros(took) }
        }
        Ok(Ran { exit, .. }) => {
            Verdict::Fails { reason: format!("`true` ended with {} in a sandbox", exit.code()), remedy: None }
        }
        Err(error) => Verdict::Fails { reason: chain(&error), remedy: remedy(&error) },
    };
    status(sandbox, findings).await;
    mounts(sandbox, findings).await;
    network(sandbox, findings).await;
    terminal(sandbox, findings).await;
    landlock(sandbox, findings).await;
    python(sandbox, ground, findings).await;
    verdict
}

async fn run(sandbox: &dyn Sandbox, key: &str, argv: &[&str], input: Input) -> Result<Ran, Error> {
    let key: Key = key.parse().map_err(|error| Error::Invalid { message: format!("{error}") })?;
    let command = Command {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: "/".to_owned(),
        input,
        interpreter: None,
        bounds: Bounds { timeout: Some(PATIENCE), keep: Keep::Ends(OUTPUT), ..Bounds::default() },
    };
    let begun = Instant::now();
    let mut operation = sandbox.start(&key, command).await?;
    let done = finished(&mut *operation, &CancellationToken::new()).await?;
    let exit = match done.ended {
        Ended::Shell(exit) => exit,
        Ended::Status(status) => Exit::Code(status),
        Ended::TimedOut | Ended::Interrupted | Ended::Cancelled => Exit::Signal(libc::SIGKILL),
    };
    Ok(Ran { exit, stdout: done.stdout.to_text(), took: begun.elapsed() })
}

/// What the kernel says of a process of the workload (`proc_pid_status(5)`).
async fn status(sandbox: &dyn Sandbox, findings: &mut Vec<Finding>) {
    let text = match run(sandbox, "status", &["cat", "/proc/self/status"], Input::Nothing).await {
        Ok(ran) => ran.stdout,
        Err(error) => {
            let why = chain(&error);
            findings.extend(
                [Layer::Proc, Layer::Privileges, Layer::Seccomp].map(|layer| Finding::unknown(layer, &why)),
            );
            return;
        }
    };
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(found, value)| (found == name).then(|| value.trim().to_owned())).unwrap_or_default()
    };
    // In its own table a process has a small number, and process 1 is the supervisor.
    findings.push(if field("Pid").is_empty() {
        Finding::missing(Layer::Proc, "the workload sees no process table", Missing::Proc.remedy())
    } else {
        Finding::enforced(Layer::Proc, "of its own processes only; what tells of the machine is hidden")
    });
    let none = |name: &str| field(name).chars().all(|digit| digit == '0') && !field(name).is_empty();
    let held: Vec<&str> =
        ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].into_iter().filter(|name| !none(name)).collect();
    findings.push(if held.is_empty() && field("NoNewPrivs") == "1" {
        Finding::enforced(Layer::Privileges, "no capability, none can be gained")
    } else {
        let detail = format!("NoNewPrivs: {}; not empty: {}", field("NoNewPrivs"), held.join(", "));
        Finding::missing(
            Layer::Privileges,
            detail,
            "use Linux 3.5 or newer, without a module that interferes",
        )
    });
    findings.push(if field("Seccomp") == "2" {
        Finding::enforced(Layer::Seccomp, "an allow-list of system calls")
    } else {
        Finding::missing(Layer::Seccomp, "the workload runs without a filter", Missing::Seccomp.remedy())
    });
}

async fn mounts(sandbox: &dyn Sandbox, findings: &mut Vec<Finding>) {
    let path = sandbox.layout().skills.clone();
    let found = run(sandbox, "mounts", &["cat", "/proc/self/mountinfo"], Input::Nothing).await;
    let is_overlay = |text: &str| {
        text.lines().any(|line| line.split(' ').nth(4) == Some(&*path) && line.contains(" - overlay "))
    };
    findings.push(match found {
        Ok(ran) if is_overlay(&ran.stdout) => {
            Finding::enforced(Layer::Overlay, "skills are a copy-on-write view")
        }
        Ok(_) => Finding::missing(Layer::Overlay, format!("{path} is no overlay"), Missing::Overlay.remedy()),
        Err(error) => Finding::unknown(Layer::Overlay, chain(&error)),
    });
}

async fn network(sandbox: &dyn Sandbox, findings: &mut Vec<Finding>) {
    let found = run(sandbox, "network", &["cat", "/proc/self/net/dev"], Input::Nothing).await;
    findings.push(match found {
        Ok(ran) => {
            let names = ran.stdout.lines().filter_map(|line| Some(line.split_once(':')?.0.trim()));
            let others: Vec<&str> = names.filter(|name| *name != "lo").collect();
            if others.is_empty() {
                Finding::enforced(Layer::Network, "nothing but its own loopback")
            } else {
                let detail = format!("the workload sees {}", others.join(", "));
                Finding::missing(Layer::Network, detail, "use a kernel built with CONFIG_NET_NS")
            }
        }
        Err(error) => Finding::unknown(Layer::Network, chain(&error)),
    });
}

async fn terminal(sandbox: &dyn Sandbox, findings: &mut Vec<Finding>) {
    let size = Input::Terminal(Size { rows: 24, columns: 80 });
    let found = run(sandbox, "terminal", &["test", "-t", "0"], size).await;
    findings.push(match found {
        Ok(Ran { exit: Exit::Code(0), .. }) => Finding::enforced(Layer::Terminals, "of its own"),
        Ok(ran) => {
            let detail = format!("`test -t 0` ended with {}", ran.exit.code());
            Finding::missing(Layer::Terminals, detail, "use a kernel built with CONFIG_UNIX98_PTYS")
        }
        Err(error) => {
            Finding::missing(Layer::Terminals, chain(&error), "use a kernel built with CONFIG_UNIX98_PTYS")
        }
    });
}

async fn landlock(sandbox: &dyn Sandbox, findings: &mut Vec<Finding>) {
    let asked = run(sandbox, "landlock", &["python3", "-I", "-S", "-c", LANDLOCK], Input::Nothing).await;
    let version = asked.ok().and_then(|ran| ran.stdout.trim().parse::<i32>().ok());
    findings.push(Finding::not_needed(
        Layer::Landlock,
        match version {
            Some(version @ 1..) => format!("ABI {version}, for workloads that want it"),
            Some(_) => "not in this kernel".to_owned(),
            None => "could not be asked: there is no python3 in /usr".to_owned(),
        },
    ));
}

async fn python(sandbox: &dyn Sandbox, ground: &Ground, findings: &mut Vec<Finding>) {
    let remedy = "make it with `cargo xtask setup`, or name one: `python` in skilled.toml, or SKILLED_PYTHON";
    let Some(folder) = &ground.python else {
        let detail = "there is none: skills find only Python's standard library";
        findings.push(Finding::missing(Layer::Python, detail, remedy));
        return;
    };
    let program = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
    let path = sandbox.layout().python.clone().unwrap_or_default();
    let asked =
        run(sandbox, "python", &[&format!("{path}/bin/python3"), "-c", program], Input::Nothing).await;
    findings.push(match asked {
        Ok(Ran { exit: Exit::Code(0), stdout, took }) => {
            let detail =
                format!("{} at {}, starts in {} ms", stdout.trim(), folder.display(), took.as_millis());
            Finding::enforced(Layer::Python, detail)
        }
        Ok(ran) => {
            let detail = format!("{} ends with {} in a sandbox", folder.display(), ran.exit.code());
            Finding::missing(Layer::Python, detail, remedy)
        }
        Err(error) => {
            Finding::missing(Layer::Python, format!("{}: {}", folder.display(), chain(&error)), remedy)
        }
    });
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
