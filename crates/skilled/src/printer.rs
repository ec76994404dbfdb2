//! The only place that writes to the terminal: standard output is data, standard error everything else.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use skilled_sandbox::Stream;

use crate::error::Error;

/// Writes saved data to standard output. A reader that has gone away ends the program quietly.
pub(crate) fn data(text: &str) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        if error.kind() == io::ErrorKind::BrokenPipe {
            quit(0);
        }
        lost(&error);
        quit(1);
    }
}

/// Writes what a run under way has to say to standard output. A reader that has gone away does not end the run: its
/// files are still wanted.
pub(crate) fn stream(text: &str) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        lost(&error);
    }
}

/// Says, once, that what belongs on standard output is not there.
fn lost(error: &io::Error) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        note(&format!("error: cannot write to standard output: {error}"));
    }
}

/// Writes the model's words to standard output. On a terminal they cannot steer it.
pub(crate) fn words(text: &str) {
    stream(&harmless(text));
}

/// Writes what a program in a sandbox wrote, to the stream that it meant. As data, it is unchanged.
pub(crate) fn output(stream: Stream, bytes: &[u8]) {
    match stream {
        Stream::Stdout => {
            let mut stdout = io::stdout().lock();
            if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
                if error.kind() == io::ErrorKind::BrokenPipe {
                    quit(0);
                }
                lost(&error);
                quit(1);
            }
        }
        Stream::Stderr => {
            // Nowhere is left to complain.
            let _ = io::stderr().lock().write_all(bytes);
        }
    }
}

/// Text of a model or a user as standard output gets it: unchanged, unless that is a terminal, which it cannot steer.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if io::stdout().is_terminal() { Cow::Owned(tame(text)) } else { Cow::Borrowed(text) }
}

/// Text without what would steer a terminal.
pub(crate) fn tame(text: &str) -> String {
    let steers = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
    text.chars().filter(|it| !steers(*it)).collect()
}

/// Writes a line to standard error.
pub(crate) fn note(line: &str) {
    // Nowhere is left to complain.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes without a line's end to standard error.
pub(crate) fn part(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Shows an error: what, why, and what to do next.
pub(crate) fn error(error: &Error) {
    let mut chain = error.chain();
    note(&format!("error: {}", chain.next().unwrap_or_default()));
    for cause in chain {
        note(&format!("  because: {cause}"));
    }
    for hint in error.hints() {
        note(&format!("  hint: {hint}"));
    }
}

/// Shows something the user should know.
pub(crate) fn warning(message: &str, help: Option<&str>) {
    note(&format!("warning: {message}"));
    if let Some(help) = help {
        note(&format!("  hint: {help}"));
    }
}

/// A count on standard error, for people who wait; the next output replaces it.
pub(crate) struct Progress {
    what: &'static str,
    count: usize,
    shown: bool,
}

impl Progress {
    /// Steps between two counts that are shown.
    const EVERY: usize = 512;

    /// Counts `what`, such as `skills checked`.
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, count: 0, shown: false }
    }

    /// Counts one more.
    pub(crate) fn step(&mut self) {
        self.count += 1;
        if self.count.is_multiple_of(Self::EVERY) && is_watched() {
            part(&format!("\r\x1b[K… {} {}", self.count, self.what));
            self.shown = true;
        }
    }

    /// Takes the count from the screen.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            part("\r\x1b[K");
        }
    }
}

/// Whether a person watches standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

#[expect(clippy::exit, reason = "as other filters do when nobody takes their output")]
fn quit(code: i32) -> ! {
    process::exit(code)
}
