//! Pages and cursors, by the list of files; the other lists are read by the same code.

use skilled_store::{
    FileFilter, MAX_PAGE, Noun, Order, Page, PageQuery, Quota, Records, SkillFilter, Start, StoreError,
};

use super::{batch, file, on_every_store, requests, skill};

on_every_store!(
    pages_hold_everything_once_in_both_orders,
    pages_before_and_behind_an_item,
    a_list_that_changes_is_still_read_well,
    cursors_are_good_for_their_own_list,
    every_list_has_pages,
);

/// Seven files, several of the same moment.
async fn fill(records: &dyn Records) {
    for (id, created_at) in [("a", 1), ("e", 2), ("b", 2), ("d", 2), ("c", 2), ("f", 3), ("g", 3)] {
        records.create_file(file(id, "w1", created_at), Quota::Unlimited).await.unwrap();
        records.create_file(file(&format!("{id}2"), "w2", created_at), Quota::Unlimited).await.unwrap();
    }
}

const OLDEST_FIRST: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

async fn page(records: &dyn Records, limit: u32, order: Order, start: Start) -> Page<String> {
    let query = PageQuery { limit, order, start };
    let page = records.files("w1", FileFilter::default(), query).await.unwrap();
    let items = page.items.into_iter().map(|file| file.id).collect();
    Page { items, has_more: page.has_more, next: page.next }
}

async fn pages_hold_everything_once_in_both_orders(records: &dyn Records) {
    fill(records).await;
    let mut newest_first = OLDEST_FIRST;
    newest_first.reverse();
    for (order, expected) in [(Order::OldestFirst, OLDEST_FIRST), (Order::NewestFirst, newest_first)] {
        for limit in [1, 2, 3, 6, 7, 8, MAX_PAGE] {
            let (mut seen, mut start, mut pages) = (Vec::new(), Start::First, 0);
            loop {
                let page = page(records, limit, order, start).await;
                assert_eq!(page.has_more, page.next.is_some());
                seen.extend(page.items);
                pages += 1;
                match page.next {
                    Some(next) => start = Start::At(next),
                    None => break,
                }
            }
            assert_eq!(seen, expected, "{order:?}, {limit} a page");
            assert_eq!(pages, 7_u32.div_ceil(limit), "{order:?}, {limit} a page");
        }
    }
}

async fn pages_before_and_behind_an_item(records: &dyn Records) {
    fill(records).await;
    let newest = Order::NewestFirst;
    let at = |start, limit| page(records, limit, newest, start);
    let after = |id: &str| Start::After(id.to_owned());
    let before = |id: &str| Start::Before(id.to_owned());
    let shown = |page: Page<String>| (page.items.concat(), page.has_more);
    assert_eq!(shown(at(after("e"), 2).await), ("dc".to_owned(), true));
    assert_eq!(shown(at(after("c"), 2).await), ("ba".to_owned(), false));
    assert_eq!(shown(at(after("a"), 2).await), (String::new(), false));
    assert_eq!(shown(at(before("d"), 2).await), ("fe".to_owned(), true));
    assert_eq!(shown(at(before("e"), 2).await), ("gf".to_owned(), false));
    assert_eq!(shown(at(before("g"), 2).await), (String::new(), false));
    // What comes behind the page before an item is that item.
    let next = at(before("d"), 2).await.next.unwrap();
    assert_eq!(shown(at(Start::At(next), 2).await), ("dc".to_owned(), true));
    for start in [after("z"), before("z"), after("a2")] {
        let query = PageQuery { limit: 2, order: newest, start };
        let error = records.files("w1", FileFilter::default(), query).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: Noun::File, .. }), "{error:?}");
    }
}

async fn a_list_that_changes_is_still_read_well(records: &dyn Records) {
    fill(records).await;
    let first = page(records, 3, Order::NewestFirst, Start::First).await;
    assert_eq!(first.items, ["g", "f", "e"]);
    // The last one of the page goes, and so does the next one; others come before and behind.
    for id in ["e", "d"] {
        records.delete_file("w1", id, 5).await.unwrap();
    }
    for (id, created_at) in [("h", 9), ("0", 2)] {
        records.create_file(file(id, "w1", created_at), Quota::Unlimited).await.unwrap();
    }
    let rest = page(records, 10, Order::NewestFirst, Start::At(first.next.unwrap())).await;
    assert_eq!(rest.items, ["c", "b", "0", "a"]);
}

async fn cursors_are_good_for_their_own_list(records: &dyn Records) {
    fill(records).await;
    let cursor = page(records, 2, Order::NewestFirst, Start::First).await.next.unwrap();
    assert!(cursor.len() <= 256 && cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    let newest = |cursor: &str| PageQuery::newest(2).from(Start::At(cursor.to_owned()));
    let oldest = PageQuery { order: Order::OldestFirst, ..newest(&cursor) };
    let other_page = PageQuery { limit: 5, ..newest(&cursor) };
    let all = FileFilter::default;
    assert_eq!(records.files("w1", all(), other_page).await.unwrap().items.len(), 5);
    let errors = [
        records.files("w1", all(), oldest).await.unwrap_err(),
        records.files("w2", all(), newest(&cursor)).await.unwrap_err(),
        records.files("w1", all(), newest(&cursor[1..])).await.unwrap_err(),
        records.files("w1", all(), newest("")).await.unwrap_err(),
        records.files("w1", all(), newest(&"A".repeat(100_000))).await.unwrap_err(),
        records.skills("w1", SkillFilter::default(), newest(&cursor)).await.unwrap_err(),
        records.batches("w1", newest(&cursor)).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::BadCursor), "{error:?}");
    }
    for limit in [0, MAX_PAGE + 1] {
        let error = records.files("w1", all(), PageQuery::newest(limit)).await.unwrap_err();
        assert!(matches!(error, StoreError::BadLimit { max: MAX_PAGE, .. }), "{error:?}");
    }
}

async fn every_list_has_pages(records: &dyn Records) {
    for number in 1..=3 {
        records.create_skill(skill(&format!("s{number}"), "w1", number)).await.unwrap();
        records.create_batch(batch(&format!("b{number}"), "w1", number), requests(1)).await.unwrap();
    }
    let second = |next: Option<String>| PageQuery::newest(2).from(Start::At(next.unwrap()));
    let page = records.skills("w1", SkillFilter::default(), PageQuery::newest(2)).await.unwrap();
    let page = records.skills("w1", SkillFilter::default(), second(page.next)).await.unwrap();
    assert_eq!(page.items.iter().map(|skill| skill.id.as_str()).collect::<Vec<_>>(), ["s1"]);
    let page = records.batches("w1", PageQuery::newest(2)).await.unwrap();
    let page = records.batches("w1", second(page.next)).await.unwrap();
    assert_eq!(page.items.iter().map(|batch| batch.id.as_str()).collect::<Vec<_>>(), ["b1"]);
}
