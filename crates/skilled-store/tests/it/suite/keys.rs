use skilled_store::{
    Amounts, KeyRecord, Noun, Records, StoreError, UsageFilter, UsageRecord, WorkspaceRecord,
};

use super::{key, on_every_store};

on_every_store!(
    keys_open_their_workspace_until_they_are_revoked,
    names_and_hashes_are_unique,
    usage_adds_up_per_key_day_and_model,
    sums_stop_at_the_largest_number,
);

fn workspace(number: u8) -> WorkspaceRecord {
    let created_at = u64::from(number);
    WorkspaceRecord { id: format!("wrkspc_{number}"), name: format!("team {number}"), created_at }
}

async fn keys_open_their_workspace_until_they_are_revoked(records: &dyn Records) {
    for number in [2, 1] {
        records.create_workspace(workspace(number)).await.unwrap();
    }
    assert_eq!(records.workspaces().await.unwrap(), [workspace(1), workspace(2)]);
    assert_eq!(records.workspace_by_name("team 2").await.unwrap(), Some(workspace(2)));
    assert_eq!(records.workspace_by_name("team 3").await.unwrap(), None);
    assert!(!records.any_key().await.unwrap());

    let (first, second) = (key(1, "wrkspc_1"), key(2, "wrkspc_2"));
    for key in [&second, &first] {
        records.create_key(key.clone()).await.unwrap();
    }
    assert!(records.any_key().await.unwrap());
    assert_eq!(records.keys(None).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(records.keys(Some("wrkspc_2")).await.unwrap(), [second]);
    assert_eq!(records.live_key(first.hash).await.unwrap(), Some(first.clone()));
    assert_eq!(records.live_key([9; 32]).await.unwrap(), None);

    let revoked = KeyRecord { revoked_at: Some(5000), ..first.clone() };
    assert_eq!(records.revoke_key(&first.id, 5000).await.unwrap(), revoked);
    assert_eq!(records.revoke_key(&first.id, 6000).await.unwrap(), revoked, "a second time changes nothing");
    assert_eq!(records.live_key(first.hash).await.unwrap(), None);
    assert_eq!(records.keys(Some("wrkspc_1")).await.unwrap(), [revoked]);
    let missing = records.revoke_key("key_9", 1).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { what: Noun::Key, id } if id == "key_9"));
}

async fn names_and_hashes_are_unique(records: &dyn Records) {
    records.create_workspace(workspace(1)).await.unwrap();
    let same_name = WorkspaceRecord { id: "wrkspc_x".to_owned(), ..workspace(1) };
    let error = records.create_workspace(same_name).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Workspace, id } if id == "team 1"));
    let same_id = WorkspaceRecord { name: "other".to_owned(), ..workspace(1) };
    let error = records.create_workspace(same_id).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Workspace, id } if id == "wrkspc_1"));

    records.create_key(key(1, "wrkspc_1")).await.unwrap();
    let same_hash = KeyRecord { id: "key_x".to_owned(), ..key(1, "wrkspc_1") };
    let error = records.create_key(same_hash).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Key, .. }), "{error:?}");
    let error = records.create_key(key(2, "wrkspc_9")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { what: Noun::Workspace, .. }), "{error:?}");
    assert_eq!(records.keys(None).await.unwrap(), [key(1, "wrkspc_1")]);
}

const DAY: u64 = 86_400_000;

async fn usage_adds_up_per_key_day_and_model(records: &dyn Records) {
    records.create_workspace(workspace(1)).await.unwrap();
    records.create_key(key(1, "wrkspc_1")).await.unwrap();
    let amounts = Amounts {
        requests: 1,
        input_tokens: 10,
        output_tokens: 5,
        cache_read_tokens: 4,
        cache_write_tokens: 3,
        container_millis: 2000,
    };
    for (key, model, at) in [
        ("key_1", "m1", 3 * DAY),
        ("key_1", "m1", 4 * DAY - 1),
        ("key_1", "m2", 3 * DAY),
        ("key_1", "m1", 4 * DAY),
        ("", "m1", 5 * DAY),
    ] {
        records.add_usage("wrkspc_1", key, model, at, amounts).await.unwrap();
    }
    records.add_usage("wrkspc_2", "key_9", "m1", 3 * DAY, amounts).await.unwrap();
    let twice = Amounts {
        requests: 2,
        input_tokens: 20,
        output_tokens: 10,
        cache_read_tokens: 8,
        cache_write_tokens: 6,
        container_millis: 4000,
    };
    let row = |workspace: &str, day, key: &str, model: &str, amounts| UsageRecord {
        workspace: workspace.to_owned(),
        key: key.to_owned(),
        day,
        model: model.to_owned(),
        amounts,
    };
    let of = |workspace: Option<&str>, days| UsageFilter { workspace: workspace.map(str::to_owned), days };
    assert_eq!(
        records.usage(of(Some("wrkspc_1"), 0..u32::MAX)).await.unwrap(),
        [
            row("wrkspc_1", 3, "key_1", "m1", twice),
            row("wrkspc_1", 3, "key_1", "m2", amounts),
            row("wrkspc_1", 4, "key_1", "m1", amounts),
            row("wrkspc_1", 5, "", "m1", amounts),
        ]
    );
    assert_eq!(
        records.usage(of(None, 4..5)).await.unwrap(),
        [row("wrkspc_1", 4, "key_1", "m1", amounts)],
        "the end of the days is not among them"
    );
    // Order does not matter for the time of the last use.
    records.add_usage("wrkspc_1", "key_1", "m1", DAY, amounts).await.unwrap();
    assert_eq!(records.keys(None).await.unwrap()[0].last_used_at, Some(4 * DAY));
}

async fn sums_stop_at_the_largest_number(records: &dyn Records) {
    let most = Amounts { requests: i64::MAX as u64, input_tokens: u64::MAX, ..Amounts::default() };
    for _ in 0..2 {
        records.add_usage("w", "k", "m", 0, most).await.unwrap();
    }
    let most = Amounts { input_tokens: i64::MAX as u64, ..most };
    let found = records.usage(UsageFilter { workspace: None, days: 0..1 }).await.unwrap();
    assert_eq!(found[0].amounts, most);
}
