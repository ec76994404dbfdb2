//! A store whose process is killed at random moments, again and again: nothing acknowledged is lost, nothing is half visible.
//!
//! A child does everything at once and says what was acknowledged, each with enough to check it. It is killed (`kill -9`); then
//! the store is opened here, and everything that was ever acknowledged must be there as it was said, everything that can be seen
//! must be whole, and what content is referred to must be exactly what records name.
//!
//! Small here; `cargo xtask soak store` asks for two hundred kills by the environment.

mod look;
mod work;

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::child::{Running, Task};
use look::Expected;
pub(crate) use work::work;

/// How many kills.
const ASK: &str = "SKILLED_SOAK_STORE";
const FEW: usize = 20;
/// A child is killed after fewer acknowledgements than this, so that a busy machine does not leave it nothing to do, …
const HEARD: u64 = 120;
/// … and a random time below so many microseconds.
const LATEST: u64 = 15_000;

/// Numbers that differ from run to run, and can be had again by their seed (`splitmix64`, Steele and others 2014).
#[derive(Debug, Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next one, below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// So many bytes, the same for the same seed.
    pub(crate) fn bytes(seed: u64, count: usize) -> Vec<u8> {
        let mut numbers = Self(seed);
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&numbers.below(u64::MAX).to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "each run is another one, and a soak asks by the environment")]
fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let kills = std::env::var(ASK).map_or(FEW, |text| text.parse().unwrap());
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let started = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut numbers, mut expected) = (Numbers(seed), Expected::default());
    let mut made = 0;
    for round in 0..kills {
        let mut child = Running::start(&[], Task::Busy, folder.path(), numbers.below(u64::MAX));
        assert_eq!(child.next().as_deref(), Some("begin"), "round {round}");
        let mut heard = Vec::new();
        for _ in 0..numbers.below(HEARD) {
            heard.push(child.next().unwrap());
        }
        // Time is what a random moment is made of, so nothing can be waited for instead.
        std::thread::sleep(Duration::from_micros(numbers.below(LATEST)));
        heard.extend(child.kill());
        for said in heard {
            expected.hear(&said);
            made += usize::from(!said.starts_with("delete "));
        }
        runtime.block_on(expected.check(folder.path()));
    }
    assert!(made > kills, "hardly anything was acknowledged, so nothing was tried");
    let outcome = serde_json::json!({
        "kills": kills,
        "acknowledged": made,
        "files": expected.files_seen,
        "versions": expected.versions_seen,
        "batches": expected.batches_seen,
        "threads": expected.threads_seen,
        "unacknowledged": expected.unacknowledged,
        "lost": 0,
        "torn": 0,
        "milliseconds": started.elapsed().as_millis() as u64,
    });
    // `println!` would be captured by the test harness.
    writeln!(std::io::stdout().lock(), "\nsoak: {outcome}").unwrap();
}
