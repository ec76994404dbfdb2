//! Values of rows, and numbers as the database has them.

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row, Type};

use super::failed;
use crate::{Noun, StoreError};

/// A number as the database keeps it. What is too large for it becomes its largest one.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads one column.
pub(super) fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    column: &'static str,
) -> Result<T, StoreError> {
    row.try_get(column).map_err(failed("read a record"))
}

/// Reads a number, which is never negative.
pub(super) fn number(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    Ok(get::<i64>(row, column)?.try_into().unwrap_or(0))
}

/// Reads a number that may be missing.
pub(super) fn optional_number(row: &SqliteRow, column: &'static str) -> Result<Option<u64>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.map(|number| number.try_into().unwrap_or(0)))
}

/// Reads a value that has a text form.
pub(super) fn parsed<T>(
    row: &SqliteRow,
    what: Noun,
    column: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text: &str = get(row, column)?;
    parse(text).ok_or_else(|| StoreError::Damaged { what, column, value: text.chars().take(200).collect() })
}

/// Returns what makes [`StoreError::Exists`] of the database's refusal to keep a second row of the same key.
pub(super) fn exists(what: Noun, id: &str) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
    let id = id.to_owned();
    move |error| match &error {
        sqlx::Error::Database(refused) if refused.is_unique_violation() => StoreError::Exists { what, id },
        _ => failed("keep a record")(error),
    }
}

pub(super) fn not_found(what: Noun, id: &str) -> StoreError {
    StoreError::NotFound { what, id: id.to_owned() }
}
