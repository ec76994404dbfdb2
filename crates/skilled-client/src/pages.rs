//! Lists, page by page.

use std::collections::VecDeque;

use futures_core::Stream;
use futures_util::stream;
use reqwest::Url;
use serde::de::DeserializeOwned;
use skilled_wire::List;

use crate::call::Call;
use crate::{Client, Error, Result};

/// How the next page is asked for where the server does not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `page=` what `next_page` says.
    Page,
    /// The same, or `after_id=` the last one, for servers that only say that there is more.
    PageOrId,
}

/// The page that is next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    First,
    /// The one with this in its query.
    At(&'static str, String),
    /// There is none.
    End,
}

/// A list that is read page by page as its items are taken.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client,
    url: Url,
    style: Style,
    next: Next,
    items: VecDeque<T>,
}

impl<T: DeserializeOwned> Pages<T> {
    /// `query` holds for all pages.
    pub(crate) fn new(client: &Client, mut url: Url, query: &[(&str, String)], style: Style) -> Self {
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Self { client: client.clone(), url, style, next: Next::First, items: VecDeque::new() }
    }

    /// The next page, as the server sent it; none after the last. Items of the page before that were not taken are lost.
    ///
    /// # Errors
    ///
    /// As of any request. The page can be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<List<T>>> {
        let mut url = self.url.clone();
        match &self.next {
            Next::First => {}
            Next::At(name, value) => {
                url.query_pairs_mut().append_pair(name, value);
            }
            Next::End => return Ok(None),
        }
        let list: List<T> = self.client.json(Call::get(url)).await?;
        let following = match (&list.next_page, &list.last_id) {
            (Some(page), _) if !page.is_empty() => Next::At("page", page.clone()),
            (_, Some(last)) if self.style == Style::PageOrId && list.has_more => {
                Next::At("after_id", last.clone())
            }
            _ => Next::End,
        };
        if following != Next::End && following == self.next {
            return Err(Error::unexpected("a page of the list names itself as the next one", None));
        }
        self.next = following;
        Ok(Some(list))
    }

    /// The next item; none after the last.
    pub async fn next(&mut self) -> Option<Result<T>> {
        while self.items.is_empty() {
            match self.next_page().await {
                Ok(Some(list)) => self.items.extend(list.data),
                Ok(None) => return None,
                Err(error) => {
                    self.next = Next::End;
                    return Some(Err(error));
                }
            }
        }
        self.items.pop_front().map(Ok)
    }

    /// All items that are left.
    ///
    /// # Errors
    ///
    /// The first error of a page.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    /// The items as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<T>> {
        stream::unfold(self, |mut pages| async move { pages.next().await.map(|item| (item, pages)) })
    }
}
