//! What is counted, as Prometheus reads it (text format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counters, gauges and durations. Names and labels come from the code, never from a client, so that their number stays
/// bounded.
#[derive(Debug, Default)]
pub struct Metrics {
    families: Mutex<BTreeMap<&'static str, Family>>,
}

#[derive(Debug)]
struct Family {
    kind: &'static str,
    series: BTreeMap<String, Series>,
}

#[derive(Debug)]
enum Series {
    Value(i64),
    Times { buckets: [u64; BOUNDS.len()], count: u64, sum: Duration },
}

/// The upper ends of the buckets of durations, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

impl Metrics {
    /// Adds to a counter, whose name ends with `_total`.
    pub fn count(&self, name: &'static str, labels: &[(&str, &str)], more: u64) {
        self.change(name, "counter", labels, i64::try_from(more).unwrap_or(i64::MAX));
    }

    /// Changes a gauge.
    pub fn gauge(&self, name: &'static str, labels: &[(&str, &str)], change: i64) {
        self.change(name, "gauge", labels, change);
    }

    /// Notes how long something took; the name ends with `_seconds`.
    pub fn took(&self, name: &'static str, labels: &[(&str, &str)], time: Duration) {
        let empty = || Series::Times { buckets: [0; BOUNDS.len()], count: 0, sum: Duration::ZERO };
        self.with(name, "histogram", labels, empty, |series| {
            if let Series::Times { buckets, count, sum } = series {
                let bucket = BOUNDS.iter().position(|bound| time.as_secs_f64() <= *bound);
                if let Some(bucket) = bucket.and_then(|at| buckets.get_mut(at)) {
                    *bucket += 1;
                }
                *count += 1;
                *sum += time;
            }
        });
    }

    fn change(&self, name: &'static str, kind: &'static str, labels: &[(&str, &str)], change: i64) {
        self.with(
            name,
            kind,
            labels,
            || Series::Value(0),
            |series| {
                if let Series::Value(value) = series {
                    *value = value.saturating_add(change);
                }
            },
        );
    }

    fn with(
        &self,
        name: &'static str,
        kind: &'static str,
        labels: &[(&str, &str)],
        empty: impl FnOnce() -> Series,
        change: impl FnOnce(&mut Series),
    ) {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        let family = families.entry(name).or_insert_with(|| Family { kind, series: BTreeMap::new() });
        change(family.series.entry(written(labels)).or_insert_with(empty));
    }

    /// Everything, as text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, family) in families.iter() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "# TYPE {name} {}", family.kind);
            for (labels, series) in &family.series {
                match series {
                    Series::Value(value) => {
                        let _ = writeln!(out, "{name}{} {value}", braces(labels, ""));
                    }
                    Series::Times { buckets, count, sum } => {
                        let mut below = 0;
                        for (bound, bucket) in BOUNDS.iter().zip(buckets) {
                            below += bucket;
                            let le = format!("le=\"{bound}\"");
                            let _ = writeln!(out, "{name}_bucket{} {below}", braces(labels, &le));
                        }
                        let _ = writeln!(out, "{name}_bucket{} {count}", braces(labels, "le=\"+Inf\""));
                        let _ = writeln!(out, "{name}_sum{} {}", braces(labels, ""), sum.as_secs_f64());
                        let _ = writeln!(out, "{name}_count{} {count}", braces(labels, ""));
                    }
                }
            }
        }
        out
    }
}

fn written(labels: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in labels {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let comma = if out.is_empty() { "" } else { "," };
        let _ = write!(out, "{comma}{name}=\"{value}\"");
    }
    out
}

fn braces(labels: &str, more: &str) -> String {
    let comma = if labels.is_empty() || more.is_empty() { "" } else { "," };
    if labels.is_empty() && more.is_empty() { String::new() } else { format!("{{{labels}{comma}{more}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.count("a_total", &[("status", "200"), ("of", "a\"b")], 2);
        metrics.count("a_total", &[("status", "200"), ("of", "a\"b")], 1);
        metrics.gauge("open", &[], 3);
        metrics.gauge("open", &[], -1);
        metrics.took("t_seconds", &[], Duration::from_millis(2));
        let text = metrics.render();
        assert!(text.contains("# TYPE a_total counter\na_total{status=\"200\",of=\"a\\\"b\"} 3\n"), "{text}");
        assert!(text.contains("# TYPE open gauge\nopen 2\n"), "{text}");
        assert!(
            text.contains("t_seconds_bucket{le=\"0.001\"} 0\nt_seconds_bucket{le=\"0.0025\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("t_seconds_bucket{le=\"+Inf\"} 1\nt_seconds_sum 0.002\nt_seconds_count 1\n"),
            "{text}"
        );
    }
}
