//! What is used, added up before it is written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use skilled_message::UnixMillis;
use skilled_store::{Amounts, Records, StoreError};

const DAY: UnixMillis = 24 * 60 * 60 * 1000;
/// How many sums may wait; more are written at once with the next ones.
const MOST: usize = 10_000;

/// What was used since it was last written, by workspace, key, model and day. A server that is killed forgets at most what
/// came since then, some seconds.
#[derive(Debug, Default)]
pub struct UsageSums(Mutex<BTreeMap<Account, Sum>>);

/// What was used, and when last.
#[derive(Debug, Default)]
struct Sum {
    amounts: Amounts,
    last: UnixMillis,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    workspace: String,
    key: String,
    model: String,
    day: UnixMillis,
}

impl UsageSums {
    /// Adds what `key` used of `model`; empty names mean none.
    pub fn add(&self, workspace: &str, key: &str, model: &str, at: UnixMillis, amounts: Amounts) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = Account {
            workspace: workspace.into(),
            key: key.into(),
            model: model.into(),
            day: at / DAY * DAY,
        };
        if sums.len() >= MOST && !sums.contains_key(&account) {
            tracing::warn!("usage is not counted: too many sums wait to be written");
            return;
        }
        let entry = sums.entry(account).or_default();
        entry.last = entry.last.max(at);
        let sum = &mut entry.amounts;
        let Amounts {
            requests,
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            container_millis,
        } = amounts;
        for (sum, more) in [
            (&mut sum.requests, requests),
            (&mut sum.input_tokens, input_tokens),
            (&mut sum.output_tokens, output_tokens),
            (&mut sum.cache_read_tokens, cache_read_tokens),
            (&mut sum.cache_write_tokens, cache_write_tokens),
            (&mut sum.container_millis, container_millis),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// Writes what has been added. What cannot be written waits for the next time.
    pub(crate) async fn write(&self, records: &dyn Records) -> Result<(), StoreError> {
        let sums = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut failed = Ok(());
        for (account, Sum { amounts, last }) in sums {
            let Account { workspace, key, model, .. } = &account;
            if failed.is_ok() {
                failed = records.add_usage(workspace, key, model, last, amounts).await;
                if failed.is_ok() {
                    continue;
                }
            }
            self.add(workspace, key, model, last, amounts);
        }
        failed
    }
}
