//! Adding up usage.

use skilled_message::UnixMillis;
use sqlx::sqlite::SqliteRow;

use super::value::{get, int, number};
use super::{SqliteRecords, failed};
use crate::{Amounts, Answer, StoreError, Usage, UsageFilter, UsageRecord};

const MILLIS_OF_A_DAY: u64 = 24 * 60 * 60 * 1000;

/// Sums that would be too large stop at the largest number.
const ADD: &str = "\
INSERT INTO usage (workspace, day, key_id, model, requests, input_tokens, output_tokens, cache_read_tokens, \
                   cache_write_tokens, container_millis) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
ON CONFLICT (workspace, day, key_id, model) DO UPDATE SET \
    requests = min(requests, 9223372036854775807 - $5) + $5, \
    input_tokens = min(input_tokens, 9223372036854775807 - $6) + $6, \
    output_tokens = min(output_tokens, 9223372036854775807 - $7) + $7, \
    cache_read_tokens = min(cache_read_tokens, 9223372036854775807 - $8) + $8, \
    cache_write_tokens = min(cache_write_tokens, 9223372036854775807 - $9) + $9, \
    container_millis = min(container_millis, 9223372036854775807 - $10) + $10";

fn usage(row: &SqliteRow) -> Result<UsageRecord, StoreError> {
    Ok(UsageRecord {
        workspace: get(row, "workspace")?,
        key: get(row, "key_id")?,
        day: u32::try_from(number(row, "day")?).unwrap_or(u32::MAX),
        model: get(row, "model")?,
        amounts: Amounts {
            requests: number(row, "requests")?,
            input_tokens: number(row, "input_tokens")?,
            output_tokens: number(row, "output_tokens")?,
            cache_read_tokens: number(row, "cache_read_tokens")?,
            cache_write_tokens: number(row, "cache_write_tokens")?,
            container_millis: number(row, "container_millis")?,
        },
    })
}

impl Usage for SqliteRecords {
    fn add_usage<'a>(
        &'a self,
        workspace: &'a str,
        key: &'a str,
        model: &'a str,
        at: UnixMillis,
        amounts: Amounts,
    ) -> Answer<'a, ()> {
        let (workspace, key, model) = (workspace.to_owned(), key.to_owned(), model.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let Amounts {
                    requests,
                    input_tokens,
                    output_tokens,
                    cache_read_tokens,
                    cache_write_tokens,
                    container_millis,
                } = amounts;
                let mut add = sqlx::query(ADD).bind(workspace).bind(int(at / MILLIS_OF_A_DAY));
                add = add.bind(&key).bind(model);
                for amount in [
                    requests,
                    input_tokens,
                    output_tokens,
                    cache_read_tokens,
                    cache_write_tokens,
                    container_millis,
                ] {
                    add = add.bind(int(amount));
                }
                add.execute(&mut *connection).await.map_err(failed("add up usage"))?;
                let sql =
                    "UPDATE keys SET last_used_at = $2 WHERE id = $1 AND coalesce(last_used_at, -1) < $2";
                let noted = sqlx::query(sql).bind(key).bind(int(at)).execute(connection).await;
                noted.map_err(failed("note the use of a key"))?;
                Ok(())
            })
        })))
    }

    fn usage(&self, filter: UsageFilter) -> Answer<'_, Vec<UsageRecord>> {
        Box::pin(async move {
            let sql = "SELECT * FROM usage WHERE ($1 IS NULL OR workspace = $1) AND day >= $2 AND day < $3 \
                       ORDER BY workspace, day, key_id, model";
            let found = sqlx::query(sql).bind(filter.workspace).bind(i64::from(filter.days.start));
            let found = found.bind(i64::from(filter.days.end)).fetch_all(&mut *self.reader().await?).await;
            found.map_err(failed("read the usage"))?.iter().map(usage).collect()
        })
    }
}
