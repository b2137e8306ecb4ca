//! The threads that work is shared among.

use std::thread::available_parallelism;

use rayon::ThreadPoolBuilder;

/// More threads than this for each processor only get in each other's way.
const PER_PROCESSOR: usize = 8;

/// Makes the threads: as many as `RAYON_NUM_THREADS` says or there are processors, but no more than
/// help. Where the system gives fewer, what can be had; at the least the work is done on this one.
pub(super) fn make() {
    let processors = available_parallelism().map_or(1, usize::from);
    let wanted = std::env::var("RAYON_NUM_THREADS").ok();
    let wanted = wanted
        .and_then(|text| text.trim().parse().ok())
        .filter(|count| *count > 0);
    let mut count = wanted.unwrap_or(processors).min(processors * PER_PROCESSOR);
    // The threads of the program are made once, and what fails then cannot be tried again.
    while count > 1 && ThreadPoolBuilder::new().num_threads(count).build().is_err() {
        count /= 2;
    }
    let builder = ThreadPoolBuilder::new().num_threads(count);
    // It fails only where there are threads already.
    let _ = match count {
        1 => builder.use_current_thread().build_global(),
        _ => builder.build_global(),
    };
}
