//! Other ways to run a program apart, made ready.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::IMPORTS;
use crate::bench::run::bubblewrap;
use crate::setup::find_program;
use crate::shell;

/// The version of `@anthropic-ai/sandbox-runtime` that is measured.
const RUNTIME: &str = "@anthropic-ai/sandbox-runtime@0.0.83";
/// crun 1.8 wants one hierarchy of control groups (`cgroups(7)`): where two are mounted, the second is taken out of its sight.
const ONE_HIERARCHY: &str = "umount /sys/fs/cgroup/unified && exec \"$@\"";

/// A command that is measured, in every so many rounds.
struct Peer {
    step: &'static str,
    argv: Vec<String>,
    every: usize,
}

pub(super) struct Peers {
    versions: String,
    usable: Vec<Peer>,
    /// Those that do not run here, and why.
    absent: Vec<(&'static str, String)>,
}

impl Peers {
    /// Prepares those there are, and tries each once.
    pub(super) fn prepare(target: &Path, folder: &Path, python: &Path) -> Result<Self> {
        let bundle = bundle(folder)?;
        let runtime = runtime(target)?;
        let imports = format!("import {}", IMPORTS.join(", "));
        let python = python.display().to_string();
        let container = |words: &[&str], runtime: &str| -> Vec<String> {
            let bundle = bundle.display().to_string();
            let name = format!("skilled-bench-{}", std::process::id());
            words
                .iter()
                .copied()
                .chain([runtime, "run", "--bundle", &bundle, &name])
                .map(str::to_owned)
                .collect()
        };
        let peer = |step, argv: &[&str], every| Peer {
            step,
            argv: argv.iter().map(|it| (*it).to_owned()).collect(),
            every,
        };
        let namespaces = [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--net",
            "--ipc",
            "--uts",
            "--cgroup",
            "/bin/true",
        ];
        let apart = ["unshare", "--mount", "sh", "-c", ONE_HIERARCHY, "sh"];
        let true_in_one: Vec<&str> = apart.into_iter().chain(["/bin/true"]).collect();
        let home = format!("HOME={}", folder.display());
        let srt = runtime.display().to_string();
        let mut peers = vec![
            peer("bare: `/bin/true`", &["/bin/true"], 1),
            peer("bare: `python3 -c pass`", &["/usr/bin/python3", "-c", "pass"], 1),
            peer("bare: `python3`, cold document libraries", &[&python, "-c", &imports], 4),
            peer("namespaces only (`unshare`): `/bin/true`", &namespaces, 1),
            Peer { step: "`bwrap`: `/bin/true`", argv: in_bubblewrap(&["/bin/true"]), every: 1 },
            Peer {
                step: "`bwrap`: `python3 -c pass`",
                argv: in_bubblewrap(&["python3", "-c", "pass"]),
                every: 1,
            },
            Peer { step: "`runc run`: `/bin/true`", argv: container(&[], "runc"), every: 2 },
            peer("`srt`: `/bin/true`", &["env", &home, &srt, "/bin/true"], 6),
        ];
        let crun = Peer { step: "`crun run`: `/bin/true`", argv: container(&[], "crun"), every: 2 };
        if crun.attempt().is_ok() || !Path::new("/sys/fs/cgroup/unified").exists() {
            peers.push(crun);
        } else {
            peers.push(Peer {
                step: "`crun run`, where only one hierarchy of control groups is mounted: `/bin/true`",
                argv: container(&apart, "crun"),
                ..crun
            });
            peers.push(peer("of that, what it takes to hide the other hierarchy", &true_in_one, 2));
        }
        let mut absent = Vec::new();
        peers.retain(|peer| match peer.attempt() {
            Ok(()) => true,
            Err(error) => {
                println!("  {} does not run here: {error:#}", peer.step);
                absent.push((peer.step, format!("{error:#}").replace('\n', " ")));
                false
            }
        });
        Ok(Self { versions: versions(), usable: peers, absent })
    }

    pub(super) fn versions(&self) -> &str {
        &self.versions
    }

    pub(super) fn absent(&self) -> &[(&'static str, String)] {
        &self.absent
    }

    /// As the bench reads them.
    pub(super) fn orders(&self) -> Value {
        let order = |Peer { step, argv, every }: &Peer| json!({"step": step, "argv": argv, "every": every});
        self.usable.iter().map(order).collect()
    }
}

impl Peer {
    fn attempt(&self) -> Result<()> {
        shell::read(Command::new(&self.argv[0]).args(&self.argv[1..])).map(drop)
    }
}

fn in_bubblewrap(program: &[&str]) -> Vec<String> {
    let mut bwrap = bubblewrap();
    bwrap.arg("--").args(program);
    let words = std::iter::once(bwrap.get_program()).chain(bwrap.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

fn versions() -> String {
    let first = |program: &str| {
        let said = shell::read(Command::new(program).arg("--version")).unwrap_or_default();
        said.lines().next().unwrap_or(program).replace(" version ", " ")
    };
    let node = first("node");
    format!("{}, {}, {}, {RUNTIME} (node {node})", first("bwrap"), first("crun"), first("runc"))
}

/// What runc and crun run: the runtime's own starting point (`runc spec`), with the system's folders as root.
fn bundle(folder: &Path) -> Result<PathBuf> {
    let bundle = folder.join("bundle");
    let root = bundle.join("rootfs");
    for name in ["usr", "proc", "dev", "sys", "tmp", "etc"] {
        fs::create_dir_all(root.join(name)).context("cannot make a bundle")?;
    }
    for name in ["bin", "lib", "lib64", "sbin"] {
        symlink(format!("usr/{name}"), root.join(name)).context("cannot make a bundle")?;
    }
    shell::read(Command::new("runc").arg("spec").current_dir(&bundle))?;
    let path = bundle.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).context("runc made no bundle")?)?;
    config["process"]["terminal"] = json!(false);
    config["process"]["args"] = json!(["/bin/true"]);
    let usr = json!({
        "destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro", "nosuid", "nodev"],
    });
    config["mounts"].as_array_mut().context("a bundle without mounts")?.push(usr);
    fs::write(&path, config.to_string()).context("cannot write a bundle")?;
    Ok(bundle)
}

/// Installs `@anthropic-ai/sandbox-runtime` beside what cargo builds, once, and returns its program.
fn runtime(target: &Path) -> Result<PathBuf> {
    let folder = target.join("bench-npm").join(RUNTIME.rsplit('@').next().unwrap_or_default());
    let program = folder.join("node_modules/.bin/srt");
    if !program.exists() {
        println!("  installing {RUNTIME}: the bench measures beside it");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let npm = find_program("npm").context("there is no npm")?;
        let mut install = Command::new(npm);
        install
            .args(["install", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix"])
            .arg(&folder)
            .arg(RUNTIME);
        shell::stream(&mut install)?;
    }
    Ok(program)
}
