//! When a failed request is sent again.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

/// The rules of repetition: exponential backoff with jitter, unless the server says how long to wait.
///
/// Only requests that failed before the first byte of their answer are sent again: after connection errors and the
/// statuses 408, 409, 429 and 5xx (529 included), and after any status if the server sends `x-should-retry: true`, but
/// never with `x-should-retry: false` nor when a quota is used up.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. At least 1.
    pub max_attempts: u32,
    /// The pause after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// The longest pause that doubling leads to.
    pub max_delay: Duration,
    /// The longest pause that a server can ask for. If it asks for more, the request fails at once and says so.
    pub max_retry_after: Duration,
    /// What spreads the clients that failed together: the backoff is shortened by up to a quarter of itself.
    pub jitter: Jitter,
}

impl Default for RetryPolicy {
    /// Five attempts, with about 0.5, 1, 2 and 4 seconds between them; up to two minutes if the server asks for it.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_mins(2),
            jitter: Jitter::random(),
        }
    }
}

impl RetryPolicy {
    /// Returns how long to wait after attempt number `attempt` (from 1) failed, or nothing if it was the last.
    pub fn delay(&self, attempt: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        if let Some(asked) = retry_after {
            return (asked <= self.max_retry_after).then_some(asked);
        }
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let backoff = self.first_delay.saturating_mul(factor).min(self.max_delay);
        Some(backoff.mul_f64(1.0 - 0.25 * self.jitter.next()))
    }
}

/// A source of numbers from 0 to 1.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Returns numbers that differ from call to call and from process to process. Not for secrets.
    pub fn random() -> Self {
        Self::from_fn(|| {
            // Every `RandomState` has other keys, seeded by the operating system: enough to spread retries.
            let bits = RandomState::new().build_hasher().finish() >> 11;
            bits as f64 / (1_u64 << 53) as f64
        })
    }

    /// Returns the numbers that `next` returns, cut to 0..=1.
    pub fn from_fn(next: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    fn next(&self) -> f64 {
        let number = (self.0)();
        if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0) }
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(jitter: f64) -> RetryPolicy {
        RetryPolicy { jitter: Jitter::from_fn(move || jitter), ..RetryPolicy::default() }
    }

    #[test]
    fn pauses_double_up_to_the_limit_and_end_with_the_attempts() {
        let policy = RetryPolicy { max_attempts: 8, ..policy(0.0) };
        let millis: Vec<_> = (1..=8).map(|n| policy.delay(n, None).map(|delay| delay.as_millis())).collect();
        let expected = [500, 1000, 2000, 4000, 8000, 8000, 8000].map(Some);
        assert_eq!(millis, [expected.as_slice(), &[None]].concat());
    }

    #[test]
    fn jitter_shortens_by_at_most_a_quarter() {
        for (jitter, millis) in [(0.0, 500), (0.5, 437), (1.0, 375), (7.0, 375), (f64::NAN, 500)] {
            assert_eq!(policy(jitter).delay(1, None).unwrap().as_millis(), millis, "{jitter}");
        }
        let random = RetryPolicy::default();
        let delays: Vec<_> = (0..32).map(|_| random.delay(1, None).unwrap()).collect();
        assert!(delays.iter().all(|delay| (375..=500).contains(&delay.as_millis())), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    }

    #[test]
    fn the_server_decides_how_long_to_wait_within_the_limit() {
        let policy = policy(1.0);
        assert_eq!(policy.delay(1, Some(Duration::from_mins(2))), Some(Duration::from_mins(2)));
        assert_eq!(policy.delay(1, Some(Duration::ZERO)), Some(Duration::ZERO));
        assert_eq!(policy.delay(1, Some(Duration::from_secs(121))), None);
        assert_eq!(policy.delay(5, Some(Duration::ZERO)), None);
    }

    #[test]
    fn huge_attempts_do_not_overflow() {
        let policy = RetryPolicy { max_attempts: u32::MAX, ..policy(0.0) };
        assert_eq!(policy.delay(u32::MAX - 1, None), Some(Duration::from_secs(8)));
    }
}
