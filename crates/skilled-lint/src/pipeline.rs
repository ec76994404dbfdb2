//! Work on several threads, with its results in order.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Items that are handed over at once, so that threads seldom wait for each other.
const BATCH: usize = 16;
/// Batches on their way for each thread. What is read ahead is bounded by the two.
const AHEAD: usize = 4;

type Outcome<R> = Result<Vec<R>, Box<dyn Any + Send>>;

/// Does `work` on every item, on `threads` threads, and hands the results to `done` on the calling thread, in the order
/// of the items.
///
/// Items are taken from the iterator on the calling thread, only a few hundred ahead of the results that are handed over:
/// memory does not grow with their number. When `done` breaks, no more items are taken and no more results handed over.
/// A panic in `work` goes on in the caller.
pub fn check_all<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    threads: NonZeroUsize,
    work: impl Fn(T) -> R + Sync,
    mut done: impl FnMut(R) -> ControlFlow<()>,
) {
    let mut items = items.into_iter();
    if threads.get() == 1 {
        // Whether everything was taken does not matter to the caller.
        let _ = items.try_for_each(|item| done(work(item)));
        return;
    }
    let window = threads.get() * AHEAD;
    let (to_work, queue) = sync_channel::<(usize, Vec<T>)>(window);
    let (to_caller, finished) = sync_channel::<(usize, Outcome<R>)>(window);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            let (queue, to_caller, work) = (&queue, to_caller.clone(), &work);
            scope.spawn(move || serve(queue, &to_caller, work));
        }
        drop(to_caller);
        // Moved in, so that the workers see the end of the queue when this returns or unwinds.
        conduct(&mut items, window, to_work, &finished, &mut done);
    });
}

/// One worker: takes batches until there are none.
fn serve<T, R>(
    queue: &Mutex<Receiver<(usize, Vec<T>)>>,
    to_caller: &SyncSender<(usize, Outcome<R>)>,
    work: &impl Fn(T) -> R,
) {
    loop {
        let next = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok((number, batch)) = next else { return };
        let outcome = catch_unwind(AssertUnwindSafe(|| batch.into_iter().map(work).collect()));
        if to_caller.send((number, outcome)).is_err() {
            return;
        }
    }
}

/// The calling thread: keeps the queue full and hands results over in order.
fn conduct<T, R>(
    items: &mut impl Iterator<Item = T>,
    window: usize,
    to_work: SyncSender<(usize, Vec<T>)>,
    finished: &Receiver<(usize, Outcome<R>)>,
    done: &mut impl FnMut(R) -> ControlFlow<()>,
) {
    let mut waiting: BTreeMap<usize, Vec<R>> = BTreeMap::new();
    let (mut sent, mut delivered) = (0, 0);
    let mut more = true;
    loop {
        while more && sent - delivered < window {
            let batch: Vec<T> = items.by_ref().take(BATCH).collect();
            more = batch.len() == BATCH;
            if !batch.is_empty() {
                if to_work.send((sent, batch)).is_err() {
                    return;
                }
                sent += 1;
            }
        }
        if sent == delivered {
            return;
        }
        let Ok((number, outcome)) = finished.recv() else { return };
        match outcome {
            Ok(results) => waiting.insert(number, results),
            Err(panic) => {
                drop(to_work);
                resume_unwind(panic)
            }
        };
        while let Some(results) = waiting.remove(&delivered) {
            delivered += 1;
            if results.into_iter().try_for_each(&mut *done).is_break() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [1, 2, 5] {
            let mut results = Vec::new();
            check_all(
                0..1_000_u64,
                threads(count),
                |item| item * item,
                |result| {
                    results.push(result);
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(results, (0..1_000).map(|item| item * item).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_more_than_a_window_is_taken_ahead() {
        let taken = std::cell::Cell::new(0);
        let mut delivered = 0;
        let items = (0..10_000).inspect(|_| taken.set(taken.get() + 1));
        check_all(
            items,
            threads(2),
            |item| item,
            |_| {
                delivered += 1;
                assert!(taken.get() <= delivered + 2 * AHEAD * BATCH);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(delivered, 10_000);
    }

    #[test]
    fn it_stops_when_the_caller_has_enough() {
        let mut results = Vec::new();
        check_all(
            0..,
            threads(2),
            |item| item,
            |result| {
                results.push(result);
                if result == 40 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(results, (0..=40).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let work = |item: i32| assert_ne!(item, 300, "the work fails");
        let result = catch_unwind(|| check_all(0..100_000, threads(2), work, |()| ControlFlow::Continue(())));
        assert!(result.is_err());
    }
}
