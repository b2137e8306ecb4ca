//! The threads that work is shared among.

use std::thread::available_parallelism;

use rayon::ThreadPoolBuilder;

/// More threads than this for each processor only get in each other's way.
const PER_PROCESSOR: usize = 8;

/// So much may be on the stack of each thread: what the first thread of a program has on most systems.
pub(super) const STACK_BYTES: usize = 8 << 20;

/// Does `work` on one of as many threads as `RAYON_NUM_THREADS` says or there are processors, but no
/// more than help; it shares what it does among them. Where the system gives fewer, those that can be
/// had; at the least the work is done on this one.
pub(super) fn among<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let processors = available_parallelism().map_or(1, usize::from);
    let wanted = std::env::var("RAYON_NUM_THREADS").ok();
    let wanted = wanted
        .and_then(|text| text.trim().parse().ok())
        .filter(|count| *count > 0);
    let mut count = wanted.unwrap_or(processors).min(processors * PER_PROCESSOR);
    while count > 1 {
        let builder = ThreadPoolBuilder::new().num_threads(count);
        if let Ok(pool) = builder.stack_size(STACK_BYTES).build() {
            let result = pool.install(work);
            // The program ends here; what is being freed need not be waited for.
            std::mem::forget(pool);
            return result;
        }
        count /= 2;
    }
    let builder = ThreadPoolBuilder::new().num_threads(1);
    // It fails only where there are threads already.
    let _ = builder.use_current_thread().build_global();
    work()
}
