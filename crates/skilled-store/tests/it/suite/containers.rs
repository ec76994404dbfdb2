use skilled_store::{ContainerRecord, ContainerState, Noun, PageQuery, Records, StoreError};

use super::{container, on_every_store};

on_every_store!(a_container_lives_while_it_is_used, one_of_many_ends_it, containers_are_listed_and_forgotten);

fn is_missing<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::NotFound { what: Noun::Container, .. }))
}

async fn a_container_lives_while_it_is_used(records: &dyn Records) {
    let made = container("c1", "w1", 1000);
    records.create_container(made.clone()).await.unwrap();
    let again = records.create_container(made.clone()).await.unwrap_err();
    assert!(matches!(again, StoreError::Exists { what: Noun::Container, .. }), "{again:?}");
    assert_eq!(records.container("w1", "c1").await.unwrap(), Some(made.clone()));
    assert_eq!(records.container("w2", "c1").await.unwrap(), None);

    let touched = ContainerRecord { last_used_at: 1050, expires_at: 1150, ..made };
    assert_eq!(records.touch_container("w1", "c1", 1050, 1150).await.unwrap(), touched);
    assert!(is_missing(&records.touch_container("w2", "c1", 1050, 9999).await));
    assert_eq!(records.expire_containers(1149, 10).await.unwrap(), []);

    let (skills, control) = (serde_json::json!([]), serde_json::json!({"pid": 8}));
    records.describe_container("w1", "c1", skills.clone(), control.clone()).await.unwrap();
    assert!(is_missing(&records.describe_container("w2", "c1", skills.clone(), control.clone()).await));

    let expired = ContainerRecord { state: ContainerState::Expired, skills, control, ..touched };
    assert_eq!(records.expire_containers(1150, 10).await.unwrap(), std::slice::from_ref(&expired));
    assert_eq!(records.expire_containers(1150, 10).await.unwrap(), [], "once");
    assert_eq!(records.container("w1", "c1").await.unwrap(), Some(expired));
    assert!(is_missing(&records.touch_container("w1", "c1", 1150, 9999).await), "it is too late");
}

async fn one_of_many_ends_it(records: &dyn Records) {
    records.create_container(container("c1", "w1", 1000)).await.unwrap();
    assert!(is_missing(&records.end_container("w2", "c1", ContainerState::Stopped).await));
    let ending = (0..10).map(|_| records.end_container("w1", "c1", ContainerState::Stopped));
    let ended = futures_util::future::join_all(ending).await;
    assert_eq!(ended.into_iter().filter(|ended| *ended.as_ref().unwrap()).count(), 1);
    let found = records.container("w1", "c1").await.unwrap().unwrap();
    assert_eq!(found.state, ContainerState::Stopped);
    assert_eq!(records.expire_containers(u64::MAX, 10).await.unwrap(), []);
}

async fn containers_are_listed_and_forgotten(records: &dyn Records) {
    for (id, workspace) in [("c1", "w1"), ("c2", "w1"), ("c3", "w2")] {
        records.create_container(container(id, workspace, 1000)).await.unwrap();
    }
    records.end_container("w1", "c1", ContainerState::Stopped).await.unwrap();
    let ids = |workspace, state| async move {
        let page = records.containers(workspace, state, PageQuery::newest(10)).await.unwrap();
        page.items.into_iter().map(|container| container.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, None).await, ["c3", "c2", "c1"]);
    assert_eq!(ids(Some("w1"), None).await, ["c2", "c1"]);
    assert_eq!(ids(None, Some(ContainerState::Active)).await, ["c3", "c2"]);
    assert_eq!(ids(Some("w1"), Some(ContainerState::Stopped)).await, ["c1"]);

    assert!(is_missing(&records.delete_container("w1", "c2").await), "it is active");
    assert!(is_missing(&records.delete_container("w2", "c1").await));
    records.delete_container("w1", "c1").await.unwrap();
    assert_eq!(records.container("w1", "c1").await.unwrap(), None);
}
