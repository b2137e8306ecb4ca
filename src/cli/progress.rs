//! A sign of life on long work, where a person sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::check::Progress;

/// How long a person waits without wondering.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the bar moves.
const FRAME: Duration = Duration::from_millis(100);

const COUNTING: &str = "{spinner} {msg} {bar:20} {human_pos} of {human_len} ({elapsed})";
const WAITING: &str = "{spinner} {msg} ({elapsed})";

/// A bar on standard error; nothing is left of it when it is stopped.
pub(super) struct Bar(Option<(Sender<()>, JoinHandle<()>)>);

impl Bar {
    /// Follows `progress`, if it is wanted and standard error is a terminal.
    pub(super) fn start(wanted: bool, progress: &Arc<Progress>) -> Self {
        if !wanted || !terminal::draws_on_stderr() {
            return Self(None);
        }
        let (stop, stopped) = mpsc::channel();
        let progress = Arc::clone(progress);
        let thread = thread::Builder::new().spawn(move || follow(&progress, &stopped));
        // Where no thread can be made there is no bar.
        Self(thread.ok().map(|thread| (stop, thread)))
    }

    /// Takes the bar off the screen.
    pub(super) fn stop(self) {
        if let Some((stop, thread)) = self.0 {
            drop(stop);
            // A bar that failed is no reason to fail.
            let _ = thread.join();
        }
    }
}

fn follow(progress: &Progress, stopped: &Receiver<()>) {
    let goes_on = |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !goes_on(PATIENCE) {
        return;
    }
    // Every setting draws, so nothing is drawn before all are made.
    let hidden = ProgressDrawTarget::hidden();
    let bar = ProgressBar::with_draw_target(None, hidden).with_elapsed(PATIENCE);
    set(&bar, progress);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    while goes_on(FRAME) {
        set(&bar, progress);
        bar.tick();
    }
    bar.finish_and_clear();
}

fn set(bar: &ProgressBar, progress: &Progress) {
    let count =
        |number: &AtomicUsize| u64::try_from(number.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
    let (read, files) = (count(&progress.read), count(&progress.files));
    let (made, verdicts) = (count(&progress.decided.made), count(&progress.decided.of));
    let (template, message, done, all) = match (files, verdicts) {
        (0, _) => (WAITING, "looking for files", 0, 0),
        _ if read < files => (COUNTING, "reading files", read, files),
        _ if made < verdicts => (COUNTING, "evaluating rules", made, verdicts),
        _ => (WAITING, "checking", 0, 0),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar.set_length(all);
    bar.set_position(done);
    bar.set_message(message);
}
