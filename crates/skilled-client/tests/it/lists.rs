//! Lists.

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use skilled_client::FileList;
use skilled_client::skilled_wire::SkillSourceType;

use crate::kit::{Place, error, file};

fn page(ids: &[&str], more: &Value) -> Value {
    let data: Vec<Value> = ids.iter().map(|id| file(id, "a")).collect();
    let mut page = json!({ "data": data });
    for (name, value) in more.as_object().unwrap() {
        page[name] = value.clone();
    }
    page
}

#[tokio::test]
async fn pages_are_read_as_their_items_are_taken() {
    let place = Place::new();
    place.answers(&page(&["file_1", "file_2"], &json!({ "next_page": "p/2=" })));
    // An empty page is not the last one.
    place.answers(&page(&[], &json!({ "next_page": "p3" })));
    place.answers(&page(&["file_3"], &json!({ "next_page": null, "has_more": true })));
    let mut pages = place.client.files().list(&FileList::default()).unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap().id, "file_1");
    assert_eq!(place.lines(), ["GET /v1/files?limit=100"]);
    let rest: Vec<String> = pages.into_stream().map(|it| it.unwrap().id).take(2).collect().await;
    assert_eq!(rest, ["file_2", "file_3"]);
    let expected = [
        "GET /v1/files?limit=100",
        "GET /v1/files?limit=100&page=p%2F2%3D",
        "GET /v1/files?limit=100&page=p3",
    ];
    assert_eq!(place.lines(), expected);
}

#[tokio::test]
async fn older_lists_go_on_after_the_last_id() {
    let place = Place::new();
    place
        .answers(&page(&["file_1"], &json!({ "has_more": true, "first_id": "file_1", "last_id": "file_1" })));
    place.answers(&page(&["file_2"], &json!({ "has_more": false, "last_id": "file_2" })));
    let all = place.client.files().list(&FileList::default()).unwrap().all().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(place.lines()[1], "GET /v1/files?limit=100&after_id=file_1");
}

#[tokio::test]
async fn a_list_that_goes_in_circles_ends() {
    let place = Place::new();
    for _ in 0..3 {
        place.answers(&page(&["file_1"], &json!({ "next_page": "again" })));
    }
    let failed = place.client.files().list(&FileList::default()).unwrap().all().await.unwrap_err();
    assert!(failed.to_string().contains("names itself"), "{failed}");
    assert_eq!(place.lines().len(), 2);
}

#[tokio::test]
async fn a_list_ends_after_an_error() {
    let place = Place::new();
    place.fails(400, &error("invalid_request_error", "no"));
    let mut pages = place.client.files().list(&FileList::default()).unwrap();
    pages.next().await.unwrap().unwrap_err();
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn lists_are_narrowed_by_their_query() {
    let place = Place::new();
    for _ in 0..4 {
        place.answers(&json!({ "data": [] }));
    }
    let ids = FileList { ids: vec!["file_1".to_owned(), "file_2".to_owned()], scope_id: None };
    place.client.files().list(&ids).unwrap().all().await.unwrap();
    let scope = FileList { ids: Vec::new(), scope_id: Some("sesn_1".to_owned()) };
    place.client.files().list(&scope).unwrap().all().await.unwrap();
    place.client.skills().list(Some(SkillSourceType::Anthropic)).unwrap().all().await.unwrap();
    place.client.skills().versions("skill_1").list().unwrap().all().await.unwrap();
    assert_eq!(
        place.lines(),
        [
            "GET /v1/files?ids%5B%5D=file_1&ids%5B%5D=file_2",
            "GET /v1/files?limit=100&scope_id=sesn_1",
            "GET /v1/skills?limit=100&source=anthropic",
            "GET /v1/skills/skill_1/versions?limit=100",
        ]
    );
}
