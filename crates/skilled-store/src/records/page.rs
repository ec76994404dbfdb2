//! Lists, page by page.

/// The most items of one page.
pub const MAX_PAGE: u32 = 1000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// At most so many items, 1 to [`MAX_PAGE`].
    pub limit: u32,
    /// In which order.
    pub order: Order,
    /// From where on.
    pub start: Start,
}

/// The order of a list: by the time of making, then by the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first, as most lists are.
    NewestFirst,
    /// Oldest first.
    OldestFirst,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the beginning of the list.
    First,
    /// Where [`Page::next`] of the page before says. Any other text, or a cursor of another list or order, is
    /// [`StoreError::BadCursor`](crate::StoreError::BadCursor).
    At(String),
    /// Behind the item with this id, in the order of the list. There must be one.
    After(String),
    /// Just before the item with this id: the page ends there, in the order of the list. There must be one.
    Before(String),
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order that was asked for.
    pub items: Vec<T>,
    /// Whether there are more in the direction that was read: before the first one for [`Start::Before`], behind the last
    /// one otherwise.
    pub has_more: bool,
    /// What to give as [`Start::At`] for the page behind this one; none where there is nothing more. Opaque, bounded (at most
    /// 256 bytes), made of letters, digits, `-` and `_`. It stays good when items come and go.
    pub next: Option<String>,
}

impl PageQuery {
    /// The first `limit` items, newest first.
    pub const fn newest(limit: u32) -> Self {
        Self { limit, order: Order::NewestFirst, start: Start::First }
    }

    /// The same list, from `start` on.
    #[must_use]
    pub fn from(self, start: Start) -> Self {
        Self { start, ..self }
    }
}
