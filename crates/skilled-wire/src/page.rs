//! Lists.

use serde::{Deserialize, Serialize};

/// One page of a list, for every generation of clients: those that go on with `page`, and those that go on with
/// `after_id` and `before_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct List<T> {
    /// What is on the page.
    pub data: Vec<T>,
    /// Whether there is more after it, in the direction in which it was asked.
    #[serde(default)]
    pub has_more: bool,
    /// The id of the first one; null on an empty page.
    #[serde(default)]
    pub first_id: Option<String>,
    /// The id of the last one; null on an empty page.
    #[serde(default)]
    pub last_id: Option<String>,
    /// What to send as `page` for the next page; null on the last one.
    #[serde(default)]
    pub next_page: Option<String>,
}

impl<T> List<T> {
    /// A page; `id` names one of what is on it.
    pub fn new(data: Vec<T>, next_page: Option<String>, id: impl Fn(&T) -> &str) -> Self {
        let (first_id, last_id) =
            (data.first().map(|it| id(it).to_owned()), data.last().map(|it| id(it).to_owned()));
        Self { data, has_more: next_page.is_some(), first_id, last_id, next_page }
    }
}
