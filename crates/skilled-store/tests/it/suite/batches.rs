use skilled_store::{
    BatchCounts, BatchOutcome, BatchRecord, BatchResult, BatchStatus, ClaimedRequest, Finished,
    MAX_BATCH_REQUESTS, NewBatchRequest, Noun, PageQuery, Records, StoreError,
};

use super::{batch, on_every_store, requests};

on_every_store!(
    a_batch_is_run_to_its_end,
    what_is_wrong_with_a_batch_is_said_before_it_is_kept,
    claims_go_to_one_and_run_out,
    the_oldest_batch_goes_first,
    canceling_ends_what_waits_and_waits_for_what_runs,
    a_batch_whose_time_is_over_ends,
    results_are_kept_until_they_are_given_up,
    a_large_batch_is_whole,
    many_workers_finish_every_request_once,
);

async fn claim(records: &dyn Records, holder: &str, now: u64, limit: u32) -> Vec<ClaimedRequest> {
    records.claim_requests(holder, now, now + 100, limit).await.unwrap()
}

async fn finish(records: &dyn Records, position: u32, outcome: BatchOutcome) -> Finished {
    records.finish_request("b1", position, outcome, Some("{}".to_owned()), 3000).await.unwrap()
}

fn counts(processing: u64, succeeded: u64, errored: u64, canceled: u64, expired: u64) -> BatchCounts {
    BatchCounts { processing, succeeded, errored, canceled, expired }
}

async fn a_batch_is_run_to_its_end(records: &dyn Records) {
    let new = batch("b1", "w1", 1000);
    let made = BatchRecord { counts: counts(2, 0, 0, 0, 0), ..new.clone() };
    assert_eq!(records.create_batch(new.clone(), requests(2)).await.unwrap(), made);
    assert_eq!(records.batch("w1", "b1").await.unwrap(), Some(made.clone()));
    assert_eq!(records.batch("w2", "b1").await.unwrap(), None);
    let error = records.create_batch(new, requests(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::Batch, .. }), "{error:?}");
    assert_eq!(records.batch("w1", "b1").await.unwrap(), Some(made.clone()), "the first one stays");

    let claimed = claim(records, "r1", 2000, 10).await;
    let request = |position: u32| ClaimedRequest {
        workspace: "w1".to_owned(),
        key: "key_1".to_owned(),
        batch_id: "b1".to_owned(),
        position,
        custom_id: format!("c{position}"),
        params: format!("{{\"max_tokens\":{position}}}"),
        attempts: 1,
    };
    assert_eq!(claimed, [request(0), request(1)]);
    assert_eq!(finish(records, 1, BatchOutcome::Errored).await, Finished::Kept);
    assert_eq!(finish(records, 1, BatchOutcome::Succeeded).await, Finished::TooLate);
    let error = records.delete_batch("w1", "b1").await.unwrap_err();
    assert!(matches!(&error, StoreError::NotEnded { batch } if batch == "b1"), "{error:?}");
    assert_eq!(records.batch_results("w1", "b1", None, 10).await.unwrap(), []);
    assert_eq!(finish(records, 0, BatchOutcome::Succeeded).await, Finished::KeptAndEnded);

    let ended = BatchRecord {
        status: BatchStatus::Ended,
        ended_at: Some(3000),
        counts: counts(0, 1, 1, 0, 0),
        ..made
    };
    assert_eq!(records.batch("w1", "b1").await.unwrap(), Some(ended));
    let result = |position: u32, outcome| BatchResult {
        position,
        custom_id: format!("c{position}"),
        outcome,
        result: Some("{}".to_owned()),
    };
    let results = [result(0, BatchOutcome::Succeeded), result(1, BatchOutcome::Errored)];
    assert_eq!(records.batch_results("w1", "b1", None, 10).await.unwrap(), results);
    assert_eq!(records.batch_results("w1", "b1", None, 1).await.unwrap(), results[..1]);
    assert_eq!(records.batch_results("w1", "b1", Some(0), 10).await.unwrap(), results[1..]);
    assert_eq!(records.batch_results("w1", "b1", Some(1), 10).await.unwrap(), []);
    let foreign = records.batch_results("w2", "b1", None, 10).await.unwrap_err();
    assert!(matches!(foreign, StoreError::NotFound { what: Noun::Batch, .. }), "{foreign:?}");
    let error = records.cancel_batch("w1", "b1", 4000).await.unwrap_err();
    assert!(matches!(error, StoreError::Ended { .. }), "{error:?}");
}

async fn what_is_wrong_with_a_batch_is_said_before_it_is_kept(records: &dyn Records) {
    let twice = [requests(3), requests(1)].concat();
    let error = records.create_batch(batch("b1", "w1", 1), twice).await.unwrap_err();
    assert!(matches!(&error, StoreError::DuplicateCustomId { custom_id } if custom_id == "c0"), "{error:?}");
    for given in [0, MAX_BATCH_REQUESTS + 1] {
        let error = records.create_batch(batch("b1", "w1", 1), requests(given)).await.unwrap_err();
        assert!(matches!(error, StoreError::BadCount { limit: 100_000, .. }), "{error:?}");
    }
    assert_eq!(records.batch("w1", "b1").await.unwrap(), None);
    assert_eq!(claim(records, "r1", 2, 10).await, []);
}

async fn claims_go_to_one_and_run_out(records: &dyn Records) {
    records.create_batch(batch("b1", "w1", 1000), requests(2)).await.unwrap();
    assert_eq!(claim(records, "r1", 2000, 1).await[0].position, 0);
    assert_eq!(claim(records, "r2", 2000, 10).await[0].position, 1);
    assert_eq!(claim(records, "r3", 2099, 10).await, []);
    records.renew_request("b1", 1, "r2", 2300).await.unwrap();
    let error = records.renew_request("b1", 1, "r1", 2300).await.unwrap_err();
    assert!(matches!(error, StoreError::NotHeld { what: Noun::BatchRequest, .. }), "{error:?}");
    let again = claim(records, "r3", 2100, 10).await;
    assert_eq!((again.len(), again[0].position, again[0].attempts), (1, 0, 2));
    // Given back by who holds it, not by who held it.
    records.return_request("b1", 0, "r1").await.unwrap();
    assert_eq!(claim(records, "r4", 2101, 10).await, []);
    records.return_request("b1", 0, "r3").await.unwrap();
    assert_eq!(claim(records, "r4", 2101, 10).await[0].attempts, 3);
    // Who was too slow may still be the first to have a result.
    assert_eq!(finish(records, 0, BatchOutcome::Succeeded).await, Finished::Kept);
    for limit in [0, 1001] {
        let error = records.claim_requests("r1", 1, 2, limit).await.unwrap_err();
        assert!(matches!(error, StoreError::BadLimit { max: 1000, .. }), "{error:?}");
    }
}

async fn the_oldest_batch_goes_first(records: &dyn Records) {
    records.create_batch(batch("b2", "w1", 2000), requests(2)).await.unwrap();
    records.create_batch(batch("b3", "w2", 1000), requests(2)).await.unwrap();
    records.create_batch(batch("b1", "w1", 2000), requests(1)).await.unwrap();
    let claimed = claim(records, "r1", 3000, 4).await;
    let order: Vec<_> = claimed.iter().map(|request| (request.batch_id.as_str(), request.position)).collect();
    assert_eq!(order, [("b3", 0), ("b3", 1), ("b1", 0), ("b2", 0)]);
}

async fn canceling_ends_what_waits_and_waits_for_what_runs(records: &dyn Records) {
    let made = records.create_batch(batch("b1", "w1", 1000), requests(4)).await.unwrap();
    claim(records, "r1", 2000, 2).await;
    let foreign = records.cancel_batch("w2", "b1", 2050).await.unwrap_err();
    assert!(matches!(foreign, StoreError::NotFound { what: Noun::Batch, .. }), "{foreign:?}");
    let canceling = BatchRecord {
        status: BatchStatus::Canceling,
        cancel_initiated_at: Some(2050),
        counts: counts(2, 0, 0, 2, 0),
        ..made
    };
    assert_eq!(records.cancel_batch("w1", "b1", 2050).await.unwrap(), canceling);
    assert_eq!(
        records.cancel_batch("w1", "b1", 2060).await.unwrap(),
        canceling,
        "a second time changes nothing"
    );
    assert_eq!(claim(records, "r2", 9000, 10).await, []);
    let error = records.renew_request("b1", 0, "r1", 9000).await.unwrap_err();
    assert!(matches!(error, StoreError::NotHeld { .. }), "who runs it hears of it: {error:?}");
    assert_eq!(finish(records, 0, BatchOutcome::Succeeded).await, Finished::Kept);
    // The other one was being run by somebody who was killed.
    assert_eq!(records.sweep_batches(2099).await.unwrap(), 0);
    assert_eq!(records.sweep_batches(2100).await.unwrap(), 1);
    let ended = BatchRecord {
        status: BatchStatus::Ended,
        ended_at: Some(2100),
        counts: counts(0, 1, 0, 3, 0),
        ..canceling
    };
    assert_eq!(records.batch("w1", "b1").await.unwrap(), Some(ended));
    let results = records.batch_results("w1", "b1", None, 10).await.unwrap();
    assert_eq!((results[1].outcome, &results[1].result), (BatchOutcome::Canceled, &None));

    records.create_batch(batch("b2", "w1", 1000), requests(3)).await.unwrap();
    let ended = records.cancel_batch("w1", "b2", 2000).await.unwrap();
    assert_eq!((ended.status, ended.ended_at), (BatchStatus::Ended, Some(2000)), "nobody ran any of it");
}

async fn a_batch_whose_time_is_over_ends(records: &dyn Records) {
    records.create_batch(batch("b1", "w1", 1000), requests(3)).await.unwrap();
    records.claim_requests("r1", 10_000, 99_000, 2).await.unwrap();
    assert_eq!(finish(records, 0, BatchOutcome::Succeeded).await, Finished::Kept);
    assert_eq!(claim(records, "r2", 11_000, 10).await, [], "it is over");
    assert_eq!(records.sweep_batches(10_999).await.unwrap(), 0);
    assert_eq!(records.sweep_batches(11_000).await.unwrap(), 1);
    assert_eq!(records.sweep_batches(11_000).await.unwrap(), 0, "once");
    let ended = records.batch("w1", "b1").await.unwrap().unwrap();
    assert_eq!((ended.status, ended.counts), (BatchStatus::Ended, counts(0, 1, 0, 0, 2)));
    assert_eq!(finish(records, 1, BatchOutcome::Succeeded).await, Finished::TooLate);
}

async fn results_are_kept_until_they_are_given_up(records: &dyn Records) {
    records.create_batch(batch("b1", "w1", 1000), requests(1)).await.unwrap();
    records.create_batch(batch("b2", "w1", 1000), requests(1)).await.unwrap();
    records.cancel_batch("w1", "b1", 2000).await.unwrap();
    assert_eq!(records.archive_batches(2000, 5000, 10).await.unwrap(), 0);
    assert_eq!(records.batch_results("w1", "b1", None, 10).await.unwrap().len(), 1);
    assert_eq!(records.archive_batches(2001, 5000, 10).await.unwrap(), 1);
    assert_eq!(records.batch_results("w1", "b1", None, 10).await.unwrap(), []);
    assert_eq!(records.batch("w1", "b1").await.unwrap().unwrap().archived_at, Some(5000));
    let foreign = records.delete_batch("w2", "b1").await.unwrap_err();
    assert!(matches!(foreign, StoreError::NotFound { what: Noun::Batch, .. }), "{foreign:?}");
    records.delete_batch("w1", "b1").await.unwrap();
    let page = records.batches("w1", PageQuery::newest(10)).await.unwrap();
    assert_eq!(page.items.iter().map(|batch| batch.id.as_str()).collect::<Vec<_>>(), ["b2"]);
}

async fn a_large_batch_is_whole(records: &dyn Records) {
    // More than a step of it by number, and by size.
    let large = |number| NewBatchRequest {
        custom_id: format!("c{number}"),
        params: "x".repeat(if number % 10 == 0 { 1 << 20 } else { 10 }),
    };
    records.create_batch(batch("b1", "w1", 1000), (0..1200).map(large).collect()).await.unwrap();
    let ended = records.cancel_batch("w1", "b1", 2000).await.unwrap();
    assert_eq!(ended.counts, counts(0, 0, 0, 1200, 0));
    let (mut positions, mut after) = (Vec::new(), None);
    loop {
        let page = records.batch_results("w1", "b1", after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        positions.extend(page.iter().map(|result| (result.position, result.custom_id.clone())));
    }
    let expected: Vec<_> = (0..1200).map(|number| (number, format!("c{number}"))).collect();
    assert_eq!(positions, expected);
}

async fn many_workers_finish_every_request_once(records: &dyn Records) {
    records.create_batch(batch("b1", "w1", 1000), requests(200)).await.unwrap();
    let holders: Vec<String> = (0..8).map(|number| format!("r{number}")).collect();
    let work = holders.iter().map(|holder| async move {
        let mut done = Vec::new();
        loop {
            let claimed = claim(records, holder, 2000, 3).await;
            if claimed.is_empty() {
                return done;
            }
            for request in claimed {
                let kept = finish(records, request.position, BatchOutcome::Succeeded).await;
                assert_ne!(kept, Finished::TooLate, "{request:?}");
                done.push(request.position);
            }
        }
    });
    let mut done = futures_util::future::join_all(work).await.concat();
    done.sort_unstable();
    assert_eq!(done, (0..200).collect::<Vec<_>>());
    let ended = records.batch("w1", "b1").await.unwrap().unwrap();
    assert_eq!((ended.status, ended.counts), (BatchStatus::Ended, counts(0, 200, 0, 0, 0)));
}
