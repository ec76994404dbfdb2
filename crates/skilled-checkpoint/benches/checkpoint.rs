//! What checkpoints cost, beside copying and archiving the folder: 1,000 files, 10 MB. Prints medians and 95th
//! percentiles in milliseconds. Run by `cargo bench -p skilled-checkpoint`; the first argument is the number of rounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a program to be read")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, UNIX_EPOCH};

use skilled_checkpoint::{Checkpoints, Folder, Restore, Settings};

const FILES: usize = 1_000;
const BYTES: usize = 10_000;
const CHANGED: usize = 10;

fn main() {
    let rounds = std::env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(20);
    let mut table = Table::default();
    for round in 0..rounds {
        measure(round, &mut table);
    }
    table.print();
    keep_many();
}

fn measure(round: usize, table: &mut Table) {
    let session = tempfile::tempdir().unwrap();
    let workspace = session.path().join("workspace");
    fill(&workspace, round);
    let store = session.path().join("checkpoints");
    let checkpoints = Checkpoints::open(&store, Settings::default()).unwrap();
    let folders = [Folder::new("workspace", &workspace).unwrap()];
    let take = || checkpoints.take(&folders, "", UNIX_EPOCH).unwrap();

    let first = table.time("first take", take);
    wait_for_a_tick();
    take();
    table.time("take, nothing changed", take);
    change(&workspace, round);
    table.time("take, 10 files changed", take);
    table.time("restore of 10 changes", || {
        checkpoints.restore(&first.checkpoint.id, &folders, Restore::default()).unwrap()
    });
    table.time("restore, nothing changed", || {
        checkpoints.restore(&first.checkpoint.id, &folders, Restore::default()).unwrap()
    });
    let fork = [Folder::new("workspace", session.path().join("fork")).unwrap()];
    table.time("fork", || checkpoints.fork(&first.checkpoint.id, &fork, Restore::default()).unwrap());
    let tar = session.path().join("export.tar");
    table.time("export", || {
        checkpoints.export(&first.checkpoint.id, &mut fs::File::create(&tar).unwrap()).unwrap();
    });
    let other = Checkpoints::open(&session.path().join("other"), Settings::default()).unwrap();
    table.time("import", || other.import(&mut fs::File::open(&tar).unwrap()).unwrap());
    table.time("list", || checkpoints.list().unwrap());

    let copy = session.path().join("copy");
    table.time("cp -a", || run(Command::new("cp").arg("-a").args([&workspace, &copy])));
    let archive = session.path().join("archive.tar");
    table.time("tar -cf", || {
        run(Command::new("tar").current_dir(&workspace).arg("-cf").args([&archive, Path::new(".")]));
    });
}

/// What hundreds of checkpoints cost.
fn keep_many() {
    const CHECKPOINTS: usize = 300;
    let session = tempfile::tempdir().unwrap();
    let workspace = session.path().join("workspace");
    fill(&workspace, 0);
    let store = session.path().join("checkpoints");
    let checkpoints = Checkpoints::open(&store, Settings::default()).unwrap();
    let folders = [Folder::new("workspace", &workspace).unwrap()];
    let take = || checkpoints.take(&folders, "", UNIX_EPOCH).unwrap();
    take();
    let one = used(&store);
    (0..CHECKPOINTS).for_each(|_| drop(take()));
    let same = used(&store);
    for round in 0..CHECKPOINTS {
        fs::write(workspace.join("folder-3/file-3.txt"), format!("{round}")).unwrap();
        take();
    }
    println!("\nstore of 1 checkpoint: {} KiB on disk", one / 1024);
    println!("{CHECKPOINTS} more of the same: {} KiB more", (same - one) / 1024);
    println!("{CHECKPOINTS} more, one file changed each: {} KiB more", (used(&store) - same) / 1024);
    let mut table = Table::default();
    table.time("list of 601", || checkpoints.list().unwrap());
    table.time("take beside 601", take);
    table.time("collect garbage", || checkpoints.collect_garbage().unwrap());
    table.print();
}

fn fill(workspace: &Path, round: usize) {
    for number in 0..FILES {
        let folder = workspace.join(format!("folder-{}", number % 50));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("file-{number}.txt")), content(number, round)).unwrap();
    }
}

fn change(workspace: &Path, round: usize) {
    for number in 0..CHANGED {
        let path = workspace.join(format!("folder-{number}/file-{number}.txt"));
        fs::write(path, content(number + FILES, round)).unwrap();
    }
}

/// Bytes that differ between files and rounds and do not compress.
fn content(number: usize, round: usize) -> Vec<u8> {
    let mut state = (number as u64) << 32 | round as u64 | 1 << 63;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..BYTES).map(next).collect()
}

/// Until files that were written before count as settled.
fn wait_for_a_tick() {
    std::thread::sleep(Duration::from_millis(80));
}

fn used(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut pending = vec![PathBuf::from(folder)];
    let mut bytes = 0;
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            bytes += metadata.blocks() * 512;
            if metadata.is_dir() {
                pending.push(entry.path());
            }
        }
    }
    bytes
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success());
}

#[derive(Default)]
struct Table(Vec<(&'static str, Vec<Duration>)>);

impl Table {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let taken = start.elapsed();
        match self.0.iter_mut().find(|(it, _)| *it == name) {
            Some((_, times)) => times.push(taken),
            None => self.0.push((name, vec![taken])),
        }
        result
    }

    fn print(&mut self) {
        println!("{:26} {:>9} {:>9}", "ms", "median", "p95");
        for (name, times) in &mut self.0 {
            times.sort_unstable();
            let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
            println!("{name:26} {:9.2} {:9.2}", at(50), at(95));
        }
    }
}
