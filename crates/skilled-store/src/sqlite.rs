//! Records in one SQLite database.
//!
//! All changes go through one task ([`writer`]), which puts those that wait into one transaction, so that many writers share the
//! cost of a sync. Reads go to a few connections of their own, which writers do not hold up (write-ahead log).
//! Nothing of the database library is visible outside of this module.

mod batches;
mod containers;
mod copy;
mod cursor;
mod files;
mod keys;
mod list;
mod migrations;
mod references;
mod skills;
mod threads;
mod usage;
mod value;
mod writer;

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool};

use crate::{Answer, Records, StoreError};

pub(crate) use copy::{check_copy, copy_database};
use writer::{Work, Writer};

/// Only the owner may look into records.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// How many reads go on at once; more wait.
const READERS: u32 = 4;
/// How long one process waits for another one's write.
const BUSY: Duration = Duration::from_secs(20);

/// [`Records`] in a file, with a write-ahead log beside it. Needs a tokio runtime, in which its writer lives.
///
/// A clone is another handle of the same.
#[derive(Debug, Clone)]
pub struct SqliteRecords {
    readers: SqlitePool,
    writer: Writer,
}

impl SqliteRecords {
    /// Opens the records in `file` for a server: makes them where there are none, brings an older schema up to date, and clears
    /// away what a killed process had begun. Hold [`DataDir::serve`](crate::DataDir::serve) meanwhile. Records of a newer
    /// program are [`StoreError::Newer`].
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        prepare(file).map_err(|source| StoreError::Database {
            action: "make the file of the records",
            source: Box::new(source),
        })?;
        let mut connection = connect(file).await?;
        migrations::upgrade(&mut connection, file).await?;
        batches::clear_unfinished(&mut connection).await?;
        // The database and its log have names now that must not be lost.
        if let Some(folder) = file.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| {
                StoreError::Database { action: "sync the folder of the records", source: Box::new(source) }
            })?;
        }
        Self::over(connection, file).await
    }

    /// Opens the records in `file` beside a server that may be running, as to make a key. The schema must be the one this program
    /// knows.
    pub async fn attach(file: &Path) -> Result<Self, StoreError> {
        let mut connection = connect(file).await?;
        migrations::require_current(&mut connection, file).await?;
        Self::over(connection, file).await
    }

    async fn over(connection: SqliteConnection, file: &Path) -> Result<Self, StoreError> {
        let reading = options(file).pragma("query_only", "ON");
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(reading).await;
        let readers = readers.map_err(failed("open the records for reading"))?;
        Ok(Self { readers, writer: Writer::start(connection) })
    }

    /// Has `work` done in a transaction of the writer, and waits until that is durable.
    async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T, StoreError> {
        self.writer.write(work).await
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolClosed => StoreError::Closed,
            other => failed("open the records for reading")(other),
        })
    }
}

impl Records for SqliteRecords {
    fn check(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut reader = self.reader().await?;
            sqlx::query("SELECT 1").execute(&mut *reader).await.map_err(failed("read the records"))?;
            self.write(Box::new(|_| Box::pin(async { Ok(()) }))).await
        })
    }

    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move { copy_database(&mut *self.reader().await?, file).await })
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.writer.close().await;
            self.readers.close().await;
            Ok(())
        })
    }
}

/// Makes the folder and the file with their modes, which the log takes over from it.
fn prepare(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(file)?;
    Ok(())
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // Each commit waits for the disk; less would lose acknowledged changes with the machine.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

async fn connect(file: &Path) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(&options(file)).await.map_err(failed("open the records"))
}

/// Opens a database that nobody writes to, without changing it.
async fn connect_to_copy(file: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let options = options.disable_statement_logging();
    SqliteConnection::connect_with(&options).await.map_err(failed("open the copied records"))
}

/// Opens the records of a server that may be running, for reading.
pub(crate) async fn connect_beside(file: &Path) -> Result<SqliteConnection, StoreError> {
    let mut connection = connect(file).await?;
    migrations::require_current(&mut connection, file).await?;
    Ok(connection)
}

/// Where the database file lies is said by [`StoreError::Newer`] and its like.
fn path_of(file: &Path) -> PathBuf {
    file.to_owned()
}

/// Returns what makes our error of one of the database.
fn failed(action: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| match source {
        sqlx::Error::PoolClosed => StoreError::Closed,
        source => StoreError::Database { action, source: Box::new(source) },
    }
}
