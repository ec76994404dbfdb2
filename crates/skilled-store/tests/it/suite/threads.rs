use skilled_store::{Continue, Noun, ObjectKind, Records, StoreError, ThreadRecord};

use super::{digest, on_every_store, thread};

on_every_store!(
    a_thread_is_continued_once,
    of_many_one_continues,
    a_lease_that_ran_out_can_be_taken,
    what_expired_is_not_continued,
);

fn begun(continued: &Continue) -> bool {
    matches!(continued, Continue::Begun(_))
}

async fn a_thread_is_continued_once(records: &dyn Records) {
    let first = thread("msg_1", "w1", 1);
    records.create_thread(first.clone()).await.unwrap();
    let error = records.create_thread(first.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Thread, .. }), "{error:?}");
    let begin = |workspace, message, holder| records.begin_continue(workspace, message, holder, 1000, 1500);
    assert_eq!(begin("w2", "msg_1", "r1").await.unwrap(), Continue::NotFound);
    assert_eq!(begin("w1", "msg_9", "r1").await.unwrap(), Continue::NotFound);
    assert_eq!(begin("w1", "msg_1", "r1").await.unwrap(), Continue::Begun(first.clone()));
    assert_eq!(begin("w1", "msg_1", "r2").await.unwrap(), Continue::InFlight);

    // Somebody else cannot give it back, nor finish it.
    records.abort_continue("w1", "msg_1", "r2").await.unwrap();
    let next = thread("msg_2", "w1", 2);
    let error = records.finish_continue("w1", "msg_1", "r2", next.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotHeld { what: Noun::Thread, .. }), "{error:?}");
    assert_eq!(begin("w1", "msg_2", "r2").await.unwrap(), Continue::NotFound);
    assert_eq!(begin("w1", "msg_1", "r2").await.unwrap(), Continue::InFlight);
    records.abort_continue("w1", "msg_1", "r1").await.unwrap();
    assert!(begun(&begin("w1", "msg_1", "r2").await.unwrap()));
    // One that exists already undoes the whole.
    records.create_thread(thread("msg_3", "w1", 3)).await.unwrap();
    let error = records.finish_continue("w1", "msg_1", "r2", thread("msg_3", "w1", 4)).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Thread, .. }), "{error:?}");

    records.finish_continue("w1", "msg_1", "r2", next.clone()).await.unwrap();
    let continued = Continue::AlreadyContinued { by: "msg_2".to_owned() };
    assert_eq!(begin("w1", "msg_1", "r3").await.unwrap(), continued);
    assert_eq!(begin("w1", "msg_2", "r3").await.unwrap(), Continue::Begun(next));
    let stale = records.unreferenced(ObjectKind::Blob, 9999, None, 10).await.unwrap();
    assert_eq!(stale, [digest(1).to_string()], "what was continued needs its conversation no more");
}

async fn of_many_one_continues(records: &dyn Records) {
    records.create_thread(thread("msg_1", "w1", 1)).await.unwrap();
    let holders: Vec<String> = (0..20).map(|number| format!("r{number}")).collect();
    let trying = holders.iter().map(|holder| records.begin_continue("w1", "msg_1", holder, 1000, 1500));
    let tried = futures_util::future::join_all(trying).await;
    let tried: Vec<_> = tried.into_iter().map(Result::unwrap).collect();
    assert_eq!(tried.iter().filter(|tried| begun(tried)).count(), 1);
    assert_eq!(tried.iter().filter(|tried| **tried == Continue::InFlight).count(), 19);
}

async fn a_lease_that_ran_out_can_be_taken(records: &dyn Records) {
    records.create_thread(thread("msg_1", "w1", 1)).await.unwrap();
    let begin = |holder, now| records.begin_continue("w1", "msg_1", holder, now, now + 100);
    assert!(begun(&begin("r1", 1000).await.unwrap()));
    assert_eq!(begin("r2", 1099).await.unwrap(), Continue::InFlight);
    assert!(begun(&begin("r2", 1100).await.unwrap()));
    let error = records.finish_continue("w1", "msg_1", "r1", thread("msg_2", "w1", 2)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotHeld { .. }), "{error:?}");
    // Late, but nobody has taken it meanwhile.
    records.finish_continue("w1", "msg_1", "r2", thread("msg_2", "w1", 2)).await.unwrap();
}

async fn what_expired_is_not_continued(records: &dyn Records) {
    for (message, content, expires_at) in [("msg_1", 1, 1200), ("msg_2", 2, 1300)] {
        let thread = ThreadRecord { expires_at, ..thread(message, "w1", content) };
        records.create_thread(thread).await.unwrap();
    }
    let begin = |now| records.begin_continue("w1", "msg_1", "r1", now, now + 1);
    assert!(begun(&begin(1199).await.unwrap()));
    assert_eq!(begin(1200).await.unwrap(), Continue::NotFound);
    assert_eq!(records.delete_expired_threads(1200, 10).await.unwrap(), 1);
    assert_eq!(records.delete_expired_threads(1200, 10).await.unwrap(), 0);
    assert_eq!(begin(1000).await.unwrap(), Continue::NotFound);
    let stale = records.unreferenced(ObjectKind::Blob, 9999, None, 10).await.unwrap();
    assert_eq!(stale, [digest(1).to_string()]);
}
