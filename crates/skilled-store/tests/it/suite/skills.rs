use skilled_store::{
    DisplayNames, LastVersion, MAX_PAGE, NewSkill, Noun, Order, PageQuery, Records, SkillFilter, SkillRecord,
    SkillRemoval, SkillVersionRecord, StoreError, VersionRef,
};

use super::{on_every_store, skill, version};

on_every_store!(
    a_skill_comes_with_its_first_version,
    versions_rise_and_the_newest_is_the_latest,
    versions_are_found_by_every_name_and_in_their_workspace_only,
    the_last_version_goes_when_that_is_wanted,
    deleting_a_skill,
    skills_are_filtered,
    many_versions_at_once_all_get_their_own_number,
);

async fn a_skill_comes_with_its_first_version(records: &dyn Records) {
    let new = skill("skill_1", "w1", 5_000_000);
    let first = new.first.clone();
    let made = SkillRecord {
        id: "skill_1".to_owned(),
        workspace: "w1".to_owned(),
        source: "custom".to_owned(),
        display_name: "The skill_1".to_owned(),
        slug: "pdf-tools".to_owned(),
        created_at: 5000,
        updated_at: 5000,
        latest_version: Some(first.clone()),
    };
    assert_eq!(records.create_skill(new.clone()).await.unwrap(), made);
    assert_eq!(records.skill("w1", "skill_1").await.unwrap(), Some(made.clone()));
    assert_eq!(records.skill("w2", "skill_1").await.unwrap(), None);

    let same_id = NewSkill { display_names: DisplayNames::Shared, ..new.clone() };
    let error = records.create_skill(same_id).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Skill, .. }), "{error:?}");
    let second = NewSkill {
        id: "skill_2".to_owned(),
        first: version("skill_2-1", "skill_2", 5_000_000),
        ..new.clone()
    };
    let error = records.create_skill(second.clone()).await.unwrap_err();
    assert!(matches!(&error, StoreError::NameTaken { name } if name == "The skill_1"), "{error:?}");
    // The same version a second time: the skill is not made either.
    let torn = NewSkill { first, display_names: DisplayNames::Shared, ..second.clone() };
    let error = records.create_skill(torn).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::SkillVersion, .. }), "{error:?}");
    assert_eq!(records.skill("w1", "skill_2").await.unwrap(), None);
    // In another workspace the name is free, and in this one where names are shared.
    let elsewhere = skill("skill_3", "w2", 1);
    records.create_skill(NewSkill { display_name: "The skill_1".to_owned(), ..elsewhere }).await.unwrap();
    records.create_skill(NewSkill { display_names: DisplayNames::Shared, ..second }).await.unwrap();
}

async fn versions_rise_and_the_newest_is_the_latest(records: &dyn Records) {
    records.create_skill(skill("skill_1", "w1", 5_000_000)).await.unwrap();
    let later = records.add_version("w1", version("v2", "skill_1", 7_000_000)).await.unwrap();
    assert_eq!(later.epoch_us, 7_000_000);
    // A clock that went back, or two uploads in the same microsecond.
    let raised = records.add_version("w1", version("v3", "skill_1", 6_000_000)).await.unwrap();
    assert_eq!(raised, SkillVersionRecord { epoch_us: 7_000_001, ..version("v3", "skill_1", 6_000_000) });
    let found = records.skill("w1", "skill_1").await.unwrap().unwrap();
    assert_eq!(found.latest_version, Some(raised.clone()));
    assert_eq!(found.updated_at, 7000);

    // A number that was given is not given again.
    let deleted = records.delete_version("w1", "skill_1", &VersionRef::Latest, LastVersion::Keep, 9000).await;
    assert_eq!(deleted.unwrap(), raised);
    let found = records.skill("w1", "skill_1").await.unwrap().unwrap();
    assert_eq!((found.latest_version, found.updated_at), (Some(later), 9000));
    let again = records.add_version("w1", version("v4", "skill_1", 7_000_001)).await.unwrap();
    assert_eq!(again.epoch_us, 7_000_002);

    let renamed = SkillVersionRecord { name: "other".to_owned(), ..version("v5", "skill_1", 8_000_000) };
    let error = records.add_version("w1", renamed).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::OtherSlug { slug, given } if slug == "pdf-tools" && given == "other"),
        "{error:?}"
    );
    for (workspace, skill) in [("w2", "skill_1"), ("w1", "skill_9")] {
        let error = records.add_version(workspace, version("v6", skill, 1)).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: Noun::Skill, .. }), "{error:?}");
    }
    let ids = |order| {
        let query = PageQuery { order, ..PageQuery::newest(MAX_PAGE) };
        async move {
            let page = records.versions("w1", "skill_1", query).await.unwrap();
            page.items.into_iter().map(|version| version.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(ids(Order::NewestFirst).await, ["v4", "v2", "skill_1-1"]);
    assert_eq!(ids(Order::OldestFirst).await, ["skill_1-1", "v2", "v4"]);
}

async fn versions_are_found_by_every_name_and_in_their_workspace_only(records: &dyn Records) {
    records.create_skill(skill("skill_1", "w1", 5)).await.unwrap();
    records.create_skill(skill("skill_2", "w1", 5)).await.unwrap();
    let second = records.add_version("w1", version("v2", "skill_1", 7)).await.unwrap();
    let first = version("skill_1-1", "skill_1", 5);
    let find = |workspace, skill, wanted: VersionRef| async move {
        records.version(workspace, skill, &wanted).await.unwrap()
    };
    assert_eq!(find("w1", "skill_1", VersionRef::Latest).await, Some(second.clone()));
    assert_eq!(find("w1", "skill_1", VersionRef::Epoch(5)).await, Some(first.clone()));
    assert_eq!(find("w1", "skill_1", VersionRef::Id("skill_1-1".to_owned())).await, Some(first));
    for (workspace, skill, wanted) in [
        ("w2", "skill_1", VersionRef::Latest),
        ("w1", "skill_9", VersionRef::Latest),
        ("w1", "skill_2", VersionRef::Id("v2".to_owned())),
        ("w1", "skill_2", VersionRef::Epoch(7)),
        ("w1", "skill_1", VersionRef::Epoch(6)),
    ] {
        assert_eq!(find(workspace, skill, wanted.clone()).await, None, "{workspace} {skill} {wanted:?}");
    }
    let error = records.versions("w2", "skill_1", PageQuery::newest(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { what: Noun::Skill, .. }), "{error:?}");
    for (workspace, wanted) in [("w2", VersionRef::Latest), ("w1", VersionRef::Epoch(6))] {
        let error = records.delete_version(workspace, "skill_1", &wanted, LastVersion::Delete, 1).await;
        assert!(matches!(error, Err(StoreError::NotFound { .. })), "{error:?}");
    }
    assert_eq!(find("w1", "skill_1", VersionRef::Latest).await, Some(second));
}

async fn the_last_version_goes_when_that_is_wanted(records: &dyn Records) {
    let made = records.create_skill(skill("skill_1", "w1", 5_000_000)).await.unwrap();
    let delete =
        |last| async move { records.delete_version("w1", "skill_1", &VersionRef::Latest, last, 9000).await };
    let refused = delete(LastVersion::Keep).await.unwrap_err();
    assert!(matches!(&refused, StoreError::LastVersion { skill } if skill == "skill_1"), "{refused:?}");
    assert_eq!(records.skill("w1", "skill_1").await.unwrap(), Some(made.clone()), "nothing was changed");
    assert_eq!(Some(delete(LastVersion::Delete).await.unwrap()), made.latest_version);
    let bare = SkillRecord { latest_version: None, updated_at: 9000, ..made };
    assert_eq!(records.skill("w1", "skill_1").await.unwrap(), Some(bare));
    let next = records.add_version("w1", version("v2", "skill_1", 1)).await.unwrap();
    assert_eq!(next.epoch_us, 5_000_001);
}

async fn deleting_a_skill(records: &dyn Records) {
    let made = records.create_skill(skill("skill_1", "w1", 5)).await.unwrap();
    let latest = records.add_version("w1", version("v2", "skill_1", 6)).await.unwrap();
    let delete = |workspace, removal| records.delete_skill(workspace, "skill_1", removal, 9000);
    let refused = delete("w1", SkillRemoval::WithoutVersions).await.unwrap_err();
    assert!(matches!(refused, StoreError::HasVersions { versions: 2, .. }), "{refused:?}");
    let foreign = delete("w2", SkillRemoval::WithVersions).await.unwrap_err();
    assert!(matches!(foreign, StoreError::NotFound { what: Noun::Skill, .. }), "{foreign:?}");
    let page = records.versions("w1", "skill_1", PageQuery::newest(10)).await.unwrap();
    assert_eq!(page.items.len(), 2, "nothing was changed");

    let gone = delete("w1", SkillRemoval::WithVersions).await.unwrap();
    assert_eq!(gone, SkillRecord { latest_version: Some(latest), ..made });
    assert_eq!(records.skill("w1", "skill_1").await.unwrap(), None);
    assert_eq!(records.version("w1", "skill_1", &VersionRef::Latest).await.unwrap(), None);

    records.create_skill(skill("skill_1", "w1", 5)).await.unwrap();
    let latest = VersionRef::Latest;
    records.delete_version("w1", "skill_1", &latest, LastVersion::Delete, 1).await.unwrap();
    delete("w1", SkillRemoval::WithoutVersions).await.unwrap();
}

async fn skills_are_filtered(records: &dyn Records) {
    for (id, workspace, source) in
        [("skill_1", "w1", "custom"), ("skill_2", "w1", "plugin"), ("skill_3", "w2", "custom")]
    {
        let new = NewSkill { source: source.to_owned(), ..skill(id, workspace, 5) };
        records.create_skill(new).await.unwrap();
    }
    let ids = |filter| async move {
        let page = records.skills("w1", filter, PageQuery::newest(10)).await.unwrap();
        page.items.into_iter().map(|skill| skill.id).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(ids(SkillFilter::default()).await, ["skill_2", "skill_1"]);
    assert_eq!(ids(SkillFilter { source: some("custom"), ..Default::default() }).await, ["skill_1"]);
    assert_eq!(
        ids(SkillFilter { slug: some("pdf-tools"), ..Default::default() }).await,
        ["skill_2", "skill_1"]
    );
    assert_eq!(ids(SkillFilter { slug: some("x"), ..Default::default() }).await, [""; 0]);
    let named = SkillFilter { display_name: some("The skill_2"), ..Default::default() };
    assert_eq!(ids(named).await, ["skill_2"]);
}

async fn many_versions_at_once_all_get_their_own_number(records: &dyn Records) {
    records.create_skill(skill("skill_1", "w1", 100)).await.unwrap();
    let adding =
        (0..50).map(|number| records.add_version("w1", version(&format!("v{number}"), "skill_1", 100)));
    let added = futures_util::future::join_all(adding).await;
    let mut numbers: Vec<u64> = added.into_iter().map(|added| added.unwrap().epoch_us).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (101..151).collect::<Vec<_>>());
}
