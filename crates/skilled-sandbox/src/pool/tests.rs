use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::{Command, Enforced, Files, Layout, LimitHits, Operation, Protection};

/// Counts what it is asked for.
#[derive(Default)]
struct Fake {
    prepared: AtomicUsize,
    created: AtomicUsize,
    refuses: AtomicBool,
    dead_on_claim: Arc<AtomicBool>,
}

struct Slot(Arc<AtomicBool>);

struct Nothing(Layout);

fn nothing() -> Arc<dyn Sandbox> {
    let empty = String::new;
    Arc::new(Nothing(Layout {
        workspace: empty(),
        skills: empty(),
        uploads: empty(),
        outputs: empty(),
        python: None,
    }))
}

fn refused() -> Error {
    Error::Gone { reason: "a test".to_owned() }
}

impl Warm for Slot {
    fn lives(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }

    fn claim(self: Box<Self>, _: Spec) -> BoxFuture<'static, Result<Arc<dyn Sandbox>, Error>> {
        Box::pin(async { Ok(nothing()) })
    }
}

impl Backend for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }
    fn enforces(&self) -> &'static [Protection] {
        &[]
    }
    fn create(&self, _: Spec) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, Error>> {
        self.created.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(nothing()) })
    }
    fn prepare(&self, _: Warmth) -> BoxFuture<'_, Result<Box<dyn Warm>, Error>> {
        Box::pin(async {
            if self.refuses.load(Ordering::Relaxed) {
                return Err(refused());
            }
            self.prepared.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Slot(Arc::clone(&self.dead_on_claim))) as Box<dyn Warm>)
        })
    }
}

impl Sandbox for Nothing {
    fn layout(&self) -> &Layout {
        &self.0
    }
    fn start<'a>(&'a self, _: &'a Key, _: Command) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>> {
        Box::pin(async { Err(refused()) })
    }
    fn attach<'a>(&'a self, _: &'a Key) -> BoxFuture<'a, Result<Option<Box<dyn Operation>>, Error>> {
        Box::pin(async { Ok(None) })
    }
    fn files(&self) -> &dyn Files {
        unimplemented!("nobody asks for files")
    }
    fn limits(&self) -> Enforced {
        unimplemented!("nobody asks for limits")
    }
    fn limits_hit(&self) -> LimitHits {
        LimitHits::default()
    }
    fn ended(&self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }
    fn destroy(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
    fn freeze(&self, _: Duration) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Err(refused()) })
    }
    fn thaw(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Err(refused()) })
    }
    fn leave(&self) {}
}

fn spec(python: Option<&str>) -> Spec {
    Spec {
        session_dir: PathBuf::new(),
        control_dir: PathBuf::new(),
        orphan: Duration::ZERO,
        label: String::new(),
        skills: Vec::new(),
        python: python.map(PathBuf::from),
        env: BTreeMap::from([("A".to_owned(), "b".to_owned())]),
        limits: ResourceLimits::default(),
    }
}

fn pool(backend: &Arc<Fake>) -> Pool {
    let options = Options {
        low: 2,
        high: 3,
        folder: PathBuf::new(),
        python: None,
        imports: vec!["json".to_owned()],
        limits: ResourceLimits::default(),
    };
    let spawner: Spawner = Arc::new(|work| drop(tokio::spawn(work)));
    Pool::new(Arc::clone(backend) as Arc<dyn Backend>, options, spawner)
}

#[tokio::test]
async fn it_is_filled_to_its_marks_and_each_is_used_once() {
    let backend = Arc::new(Fake::default());
    let pool = pool(&backend);
    pool.fill().await;
    assert_eq!((pool.metrics().ready, backend.prepared.load(Ordering::Relaxed)), (3, 3));
    pool.claim(spec(None)).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(pool.metrics().ready, 2, "not below the mark yet");
    pool.claim(spec(None)).await.unwrap();
    while pool.metrics().ready < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.metrics(), Metrics { warm: 2, cold: 0, failed: 0, ready: 3 });
    assert_eq!((backend.prepared.load(Ordering::Relaxed), backend.created.load(Ordering::Relaxed)), (5, 0));
}

#[tokio::test]
async fn an_empty_pool_is_a_cold_start() {
    let backend = Arc::new(Fake::default());
    backend.refuses.store(true, Ordering::Relaxed);
    let pool = pool(&backend);
    pool.fill().await;
    pool.claim(spec(None)).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!((pool.metrics().cold, pool.metrics().ready), (1, 0));
    assert!(pool.metrics().failed >= 1);
    // It recovers.
    backend.refuses.store(false, Ordering::Relaxed);
    pool.fill().await;
    assert_eq!(pool.metrics().ready, 3);
}

#[tokio::test]
async fn what_has_died_is_passed_over_and_what_does_not_fit_is_made() {
    let backend = Arc::new(Fake::default());
    let pool = pool(&backend);
    pool.fill().await;
    pool.claim(spec(Some("/another"))).await.unwrap();
    assert_eq!((pool.metrics().cold, pool.metrics().ready), (1, 3));
    backend.dead_on_claim.store(true, Ordering::Relaxed);
    pool.claim(spec(None)).await.unwrap();
    assert_eq!((pool.metrics().cold, pool.metrics().failed, pool.metrics().warm), (2, 3, 0));
}
