//! What can be seen of the machine without a sandbox.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::{Finding, Layer};

/// The oldest kernel with all calls that a sandbox is made with: `mount_setattr(2)`.
const OLDEST: (u32, u32) = (5, 12);
/// Space below which sessions soon fail, in bytes.
const LITTLE: u64 = 1024 * 1024 * 1024;
/// Where programs are looked for in a sandbox.
const PROGRAMS: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"];

/// Programs that skills use, what for, and the Debian package that brings each.
const TOOLS: [(&str, &str, &str); 7] = [
    ("bash", "every command of a model", "bash"),
    ("python3", "scripts of skills", "python3"),
    ("soffice", "recalculates, renders and converts office documents", "libreoffice-nogui"),
    ("pdftoppm", "renders PDF pages as pictures", "poppler-utils"),
    ("qpdf", "repairs and joins PDF files", "qpdf"),
    ("node", "scripts of skills in JavaScript", "nodejs"),
    ("git", "skills that work on repositories", "git"),
];

/// File systems by the numbers of `statfs(2)`.
const FILE_SYSTEMS: [(u64, &str); 9] = [
    (0xEF53, "ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683E, "btrfs"),
    (0x0102_1994, "tmpfs"),
    (0x794C_7630, "overlayfs"),
    (0x6969, "nfs"),
    (0x2FC1_2FC1, "zfs"),
    (0x6573_5546, "fuse"),
    (0x0102_1997, "9p"),
];

pub(super) fn kernel() -> Finding {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = release.trim();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Finding::unknown(Layer::Kernel, format!("{release:?} is no version"));
    };
    if (major, minor) >= OLDEST {
        Finding::enforced(Layer::Kernel, format!("Linux {release}"))
    } else {
        let detail = format!("Linux {release} is too old");
        Finding::missing(Layer::Kernel, detail, format!("use Linux {}.{} or newer", OLDEST.0, OLDEST.1))
    }
}

/// Devices that the default sandbox does without.
pub(super) fn devices() -> [Finding; 3] {
    [
        (Layer::Fuse, "/dev/fuse", "nothing is made of it"),
        (Layer::Tun, "/dev/net/tun", "the sandbox has no network"),
        (Layer::Kvm, "/dev/kvm", "which does not prove that a virtual machine would start"),
    ]
    .map(|(layer, path, remark)| match OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Finding::not_needed(layer, format!("{path} can be opened; {remark}")),
        Err(error) => Finding::not_needed(layer, format!("{path} cannot be opened: {error}")),
    })
}

pub(super) fn tools() -> Vec<Finding> {
    let find =
        |program: &str| PROGRAMS.iter().map(|folder| Path::new(folder).join(program)).find(|it| it.is_file());
    let tell = |(program, purpose, package): (&'static str, &str, &str)| match find(program) {
        Some(path) => Finding::enforced(Layer::Tool(program), format!("{}: {purpose}", path.display())),
        None => Finding::missing(
            Layer::Tool(program),
            format!("not found: {purpose}"),
            format!("`apt install {package}`, if skills need it"),
        ),
    };
    TOOLS.map(tell).into()
}

/// The data folder, or the nearest one above it that exists.
pub(super) fn storage(data: &Path) -> Vec<Finding> {
    let remedy = "name another folder: --data DIR, or SKILLED_DATA";
    let kind = rustix::fs::statfs(data).ok().map(|found| found.f_type as u64);
    let kind = kind.map_or_else(
        || "an unknown file system".to_owned(),
        |number| {
            let known = FILE_SYSTEMS.iter().find(|(known, _)| *known == number);
            known.map_or_else(|| format!("file system {number:#x}"), |(_, name)| (*name).to_owned())
        },
    );
    let tried = data.join(format!(".skilled-probe-{}", std::process::id()));
    let written = fs::write(&tried, b"probe").and_then(|()| fs::remove_file(&tried));
    let folder = match written {
        Ok(()) => Finding::enforced(Layer::Data, format!("{} is writable, on {kind}", data.display())),
        Err(error) => {
            Finding::missing(Layer::Data, format!("{} is not writable: {error}", data.display()), remedy)
        }
    };
    let space = match rustix::fs::statvfs(data) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let detail = format!("{} MiB are free", free / 1024 / 1024);
            if free >= LITTLE {
                Finding::enforced(Layer::Space, detail)
            } else {
                let remedy =
                    "make room: `skilled runs rm` removes runs, `skilled sandbox gc` what sandboxes left";
                Finding::missing(Layer::Space, detail, remedy)
            }
        }
        Err(errno) => Finding::unknown(Layer::Space, errno.to_string()),
    };
    vec![folder, space]
}
