//! Threads.

use skilled_message::UnixMillis;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::references::{refer, release};
use super::value::{exists, get, int, number, optional_number, parsed};
use super::{SqliteRecords, failed};
use crate::{Answer, Continue, Noun, ObjectKind, StoreError, ThreadRecord, Threads};

fn thread(row: &SqliteRow) -> Result<ThreadRecord, StoreError> {
    Ok(ThreadRecord {
        message_id: get(row, "message_id")?,
        workspace: get(row, "workspace")?,
        conversation: parsed(row, Noun::Thread, "conversation", |text| text.parse().ok())?,
        container_id: get(row, "container_id")?,
        created_at: number(row, "created_at")?,
        expires_at: number(row, "expires_at")?,
        continued_by: get(row, "continued_by")?,
    })
}

async fn create(connection: &mut SqliteConnection, thread: ThreadRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO threads (message_id, workspace, conversation, container_id, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let conversation = thread.conversation.to_string();
    let clash = exists(Noun::Thread, &thread.message_id);
    let kept = sqlx::query(sql).bind(thread.message_id).bind(thread.workspace).bind(&conversation);
    let kept = kept.bind(thread.container_id).bind(int(thread.created_at)).bind(int(thread.expires_at));
    kept.execute(&mut *connection).await.map_err(clash)?;
    refer(connection, ObjectKind::Blob, &conversation).await
}

async fn begin(
    connection: &mut SqliteConnection,
    (workspace, message_id, holder): (&str, &str, &str),
    now: UnixMillis,
    lease_until: UnixMillis,
) -> Result<Continue, StoreError> {
    let found = sqlx::query("SELECT * FROM threads WHERE workspace = $1 AND message_id = $2");
    let found = found.bind(workspace).bind(message_id).fetch_optional(&mut *connection).await;
    let Some(row) = found.map_err(failed("look for a thread"))? else { return Ok(Continue::NotFound) };
    let thread = thread(&row)?;
    if thread.expires_at <= now {
        return Ok(Continue::NotFound);
    }
    if let Some(by) = thread.continued_by {
        return Ok(Continue::AlreadyContinued { by });
    }
    if optional_number(&row, "lease_until")?.is_some_and(|until| until > now) {
        return Ok(Continue::InFlight);
    }
    let taken = sqlx::query("UPDATE threads SET holder = $2, lease_until = $3 WHERE message_id = $1");
    let taken = taken.bind(message_id).bind(holder).bind(int(lease_until)).execute(connection).await;
    taken.map_err(failed("continue a thread"))?;
    Ok(Continue::Begun(thread))
}

async fn finish(
    connection: &mut SqliteConnection,
    (workspace, message_id, holder): (&str, &str, &str),
    next: ThreadRecord,
) -> Result<(), StoreError> {
    let sql = "UPDATE threads SET continued_by = $4, holder = NULL, lease_until = NULL \
               WHERE workspace = $1 AND message_id = $2 AND holder = $3 AND continued_by IS NULL \
               RETURNING conversation";
    let held = sqlx::query(sql).bind(workspace).bind(message_id).bind(holder).bind(&next.message_id);
    let held = held.fetch_optional(&mut *connection).await.map_err(failed("continue a thread"))?;
    let Some(row) = held else {
        let (what, id, holder) = (Noun::Thread, message_id.to_owned(), holder.to_owned());
        return Err(StoreError::NotHeld { what, id, holder });
    };
    let now = next.created_at;
    create(connection, next).await?;
    // It cannot be continued again, so nobody needs it any more.
    release(connection, ObjectKind::Blob, get(&row, "conversation")?, now).await
}

impl Threads for SqliteRecords {
    fn create_thread(&self, thread: ThreadRecord) -> Answer<'_, ()> {
        Box::pin(self.write(Box::new(move |connection| Box::pin(create(connection, thread)))))
    }

    fn begin_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
        now: UnixMillis,
        lease_until: UnixMillis,
    ) -> Answer<'a, Continue> {
        let (workspace, message, holder) = (workspace.to_owned(), message_id.to_owned(), holder.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(
                async move { begin(connection, (&workspace, &message, &holder), now, lease_until).await },
            )
        })))
    }

    fn finish_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
        next: ThreadRecord,
    ) -> Answer<'a, ()> {
        let (workspace, message, holder) = (workspace.to_owned(), message_id.to_owned(), holder.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { finish(connection, (&workspace, &message, &holder), next).await })
        })))
    }

    fn abort_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
    ) -> Answer<'a, ()> {
        let (workspace, message, holder) = (workspace.to_owned(), message_id.to_owned(), holder.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE threads SET holder = NULL, lease_until = NULL \
                           WHERE workspace = $1 AND message_id = $2 AND holder = $3";
                let given_back = sqlx::query(sql).bind(workspace).bind(message).bind(holder);
                given_back.execute(connection).await.map_err(failed("give a thread back"))?;
                Ok(())
            })
        })))
    }

    fn delete_expired_threads(&self, now: UnixMillis, limit: u32) -> Answer<'_, u64> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM threads WHERE message_id IN \
                           (SELECT message_id FROM threads WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) \
                           RETURNING conversation, continued_by";
                let gone = sqlx::query(sql).bind(int(now)).bind(i64::from(limit));
                let gone = gone.fetch_all(&mut *connection).await.map_err(failed("delete old threads"))?;
                for row in &gone {
                    if get::<Option<&str>>(row, "continued_by")?.is_none() {
                        release(connection, ObjectKind::Blob, get(row, "conversation")?, now).await?;
                    }
                }
                Ok(gone.len() as u64)
            })
        })))
    }
}
