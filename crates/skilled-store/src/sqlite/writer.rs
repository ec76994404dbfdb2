//! The one task that changes the database, many changes in one transaction.
//!
//! While a commit waits for the disk, further changes queue up; the next transaction takes all of them. Each has a savepoint of its
//! own, so that one that fails takes nobody else's work back. Nobody is answered before the commit.

use std::error::Error;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteQueryResult;
use tokio::sync::{mpsc, oneshot};

use super::failed;
use crate::StoreError;

/// How many changes wait before those who bring more have to.
const WAITING: usize = 1024;
/// How many changes share a transaction.
const GROUP: usize = 256;

/// A change: what it does with the connection. It must leave transactions alone.
pub(super) type Work<T> =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send>;

/// The way to the task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Change(Box<dyn Change>),
    /// End, and say so.
    Close(oneshot::Sender<()>),
}

/// A change whatever its result.
trait Change: Send {
    /// Does it. Returns whether it succeeded; the result waits.
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;

    /// Hands out the result, or why there is none.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Pending<T> {
    work: Option<Work<T>>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send> Change for Pending<T> {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let result = work(connection).await;
            let succeeded = result.is_ok();
            self.result = Some(result);
            succeeded
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.result, committed) {
            // Refused before anything was changed; true whatever became of the others.
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(lost)) => Err(lost),
            (Some(Ok(done)), Ok(())) => Ok(done),
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // Who does not wait any more does not want to know.
        let _ = self.reply.send(answer);
    }
}

impl Writer {
    /// Starts the task, which lives as long as there is a way to it.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(connection, waiting));
        Self { queue }
    }

    pub(super) async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let pending = Pending { work: Some(work), result: None, reply };
        let sent = self.queue.send(Message::Change(Box::new(pending))).await;
        sent.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        let (done, ended) = oneshot::channel();
        // Either error means that it has ended already.
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = ended.await;
        }
    }
}

async fn run(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Message>) {
    while let Some(message) = waiting.recv().await {
        let closing = match message {
            Message::Change(first) => group(&mut connection, &mut waiting, first).await,
            Message::Close(done) => Some(done),
        };
        if let Some(done) = closing {
            waiting.close();
            // Moves the log into the database, which is then one file. Failing that, the next one to open it does.
            let _ = sqlx::Connection::close(connection).await;
            let _ = done.send(());
            return;
        }
    }
}

/// Does `first` and what else is waiting in one transaction. Returns who wants the task to end after it.
async fn group(
    connection: &mut SqliteConnection,
    waiting: &mut mpsc::Receiver<Message>,
    first: Box<dyn Change>,
) -> Option<oneshot::Sender<()>> {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE").await {
        first.answer(Err(failed("begin a change of the records")(error)));
        return None;
    }
    let mut closing = None;
    let mut done = Vec::new();
    let mut next = Some(first);
    let mut outcome = Ok(());
    while let Some(mut change) = next.take() {
        outcome = one(connection, change.as_mut()).await;
        done.push(change);
        if outcome.is_ok() && done.len() < GROUP {
            match waiting.try_recv() {
                Ok(Message::Change(change)) => next = Some(change),
                Ok(Message::Close(sender)) => closing = Some(sender),
                Err(_) => {}
            }
        }
    }
    if outcome.is_ok() {
        outcome = execute(connection, "COMMIT").await.map(|_| ());
    }
    match outcome {
        Ok(()) => done.into_iter().for_each(|change| change.answer(Ok(()))),
        Err(error) => {
            // Some errors have rolled it back already, so this one may fail.
            let _ = execute(connection, "ROLLBACK").await;
            let error = Arc::new(error);
            for change in done {
                let source: Box<dyn Error + Send + Sync> = Box::new(Arc::clone(&error));
                change.answer(Err(StoreError::Database { action: "change the records", source }));
            }
        }
    }
    closing
}

/// Does one change in a savepoint. An error means that the whole transaction is lost.
async fn one(connection: &mut SqliteConnection, change: &mut dyn Change) -> Result<(), sqlx::Error> {
    execute(connection, "SAVEPOINT change").await?;
    if !change.run(connection).await {
        execute(connection, "ROLLBACK TO change").await?;
    }
    execute(connection, "RELEASE change").await?;
    Ok(())
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<SqliteQueryResult, sqlx::Error> {
    sqlx::query(statement).execute(connection).await
}
