//! One way to read a list page by page.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::cursor::{ListName, Place};
use super::failed;
use super::value::{get, not_found};
use crate::{MAX_PAGE, Noun, Order, Page, PageQuery, Start, StoreError};

/// A list: what is read from where. All texts of SQL are ours.
pub(super) struct List<'a> {
    /// Its name in cursors.
    pub(super) name: &'static str,
    /// Whose it is, in cursors.
    pub(super) owner: &'a str,
    /// What its items are.
    pub(super) what: Noun,
    /// `SELECT columns FROM tables`, which ends with a condition to which more can be added by `AND`.
    pub(super) select: &'static str,
    /// The column of the order key.
    pub(super) key: &'static str,
    /// The column of the id.
    pub(super) id: &'static str,
    /// Conditions of the form `column = value`.
    pub(super) equal: Vec<(&'static str, &'a str)>,
}

impl List<'_> {
    pub(super) async fn page<T>(
        &self,
        connection: &mut SqliteConnection,
        query: PageQuery,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        check_limit(query.limit)?;
        let name = ListName { list: self.name, owner: self.owner, order: query.order };
        let backwards = matches!(query.start, Start::Before(_));
        let place = match query.start {
            Start::First => None,
            Start::At(cursor) => Some(Place::from_cursor(&cursor, name)?),
            Start::After(id) | Start::Before(id) => Some(self.place_of(connection, &id).await?),
        };
        let descending = (query.order == Order::NewestFirst) != backwards;
        let mut rows = self.rows(connection, place, descending, query.limit + 1).await?;
        let has_more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        if backwards {
            rows.reverse();
        }
        // Before an item there is always that item to go on with.
        let next = match rows.last() {
            Some(last) if has_more || backwards => self.place(last)?.to_cursor(name),
            _ => None,
        };
        let items = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, has_more, next })
    }

    async fn rows(
        &self,
        connection: &mut SqliteConnection,
        place: Option<Place>,
        descending: bool,
        limit: u32,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let Self { key, id, .. } = self;
        let mut sql = self.filtered();
        let (direction, beyond) = if descending { ("DESC", "<") } else { ("ASC", ">") };
        if let Some(place) = place {
            sql.push(format_args!(" AND ({key}, {id}) {beyond} ("));
            sql.push_bind(place.key).push(", ").push_bind(place.id).push(")");
        }
        sql.push(format_args!(" ORDER BY {key} {direction}, {id} {direction} LIMIT "));
        sql.push_bind(i64::from(limit));
        sql.build().fetch_all(connection).await.map_err(failed("read a list of records"))
    }

    async fn place_of(&self, connection: &mut SqliteConnection, id: &str) -> Result<Place, StoreError> {
        let mut sql = self.filtered();
        sql.push(format_args!(" AND {} = ", self.id)).push_bind(id);
        let row = sql.build().fetch_optional(connection).await.map_err(failed("read a list of records"))?;
        self.place(&row.ok_or_else(|| not_found(self.what, id))?)
    }

    fn filtered(&self) -> QueryBuilder<Sqlite> {
        let mut sql = QueryBuilder::new(self.select);
        for (column, value) in &self.equal {
            sql.push(format_args!(" AND {column} = ")).push_bind((*value).to_owned());
        }
        sql
    }

    fn place(&self, row: &SqliteRow) -> Result<Place, StoreError> {
        let plain = |column: &'static str| column.rsplit('.').next().unwrap_or(column);
        Ok(Place { key: get(row, plain(self.key))?, id: get(row, plain(self.id))? })
    }
}

/// Refuses pages of nothing and of too much.
pub(super) fn check_limit(given: u32) -> Result<(), StoreError> {
    match given {
        1..=MAX_PAGE => Ok(()),
        _ => Err(StoreError::BadLimit { given, max: MAX_PAGE }),
    }
}
