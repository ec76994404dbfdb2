//! Durations of one thing, measured again and again.

use std::time::Duration;

/// Durations in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn min(&self) -> f64 {
        self.at(0.0)
    }

    pub(super) fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub(super) fn p95(&self) -> f64 {
        self.at(0.95)
    }

    pub(super) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// The smallest sample that at least this share of all does not exceed, in milliseconds. Without samples: not a
    /// number.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).map_or(f64::NAN, |it| it.as_secs_f64() * 1000.0)
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<T: IntoIterator<Item = Duration>>(durations: T) -> Self {
        Self(durations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_sorted_samples() {
        let samples: Samples = (1..=20).rev().map(Duration::from_millis).collect();
        let milliseconds = [samples.min(), samples.median(), samples.p95()];
        assert!(milliseconds.iter().zip([1.0, 10.0, 19.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!(Samples::default().median().is_nan());
    }
}
