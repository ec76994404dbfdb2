//! `unsafe` lives in one file, which makes the system calls without a safe wrapper; each use says why it is sound.

use super::Problem;
use super::source::Source;

/// The file that may contain unsafe code.
const FILE: &str = "crates/skilled-supervisor/src/sys.rs";
/// The manifest of its crate, which cannot take the workspace's lints as they are.
pub(super) const MANIFEST: &str = "crates/skilled-supervisor/Cargo.toml";

pub(super) fn check(name: &str, source: &Source<'_>) -> Vec<Problem> {
    let allowed = name == FILE;
    let mut problems = Vec::new();
    for at in source.words("unsafe") {
        let line = source.line_of(at);
        if !allowed {
            let message = format!("unsafe code belongs into {FILE}");
            problems.push(Problem::new(name, line, message));
        } else if needs_reason(source.after(at + "unsafe".len())) && !has_reason(source, line) {
            problems.push(Problem::new(name, line, "write `// SAFETY:` and why this is sound above it"));
        }
    }
    problems
}

/// Blocks and implementations make a promise; an unsafe function or foreign block asks its callers for one.
fn needs_reason(rest: &str) -> bool {
    rest.starts_with('{') || rest.starts_with("impl")
}

/// Whether a comment with the reason stands on the line, within the statement it belongs to, or right above.
fn has_reason(source: &Source<'_>, line: usize) -> bool {
    let is_reason = |line: usize| source.line(line).contains("// SAFETY:");
    if is_reason(line) {
        return true;
    }
    let mut in_statement = true;
    for above in (1..line).rev() {
        let code = source.code_line(above).trim();
        if code.is_empty() {
            if is_reason(above) {
                return true;
            }
            if source.line(above).trim().is_empty() {
                return false;
            }
            // Another line of the comment: the comment ends the search upwards through the statement.
            in_statement = false;
        } else if !in_statement || code.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = FILE;

    fn lines(name: &str, text: &str) -> Vec<usize> {
        check(name, &Source::new(text)).into_iter().map(|it| it.line).collect()
    }

    #[test]
    fn unsafe_elsewhere_is_found_but_not_its_name() {
        let text =
            "#![forbid(unsafe_code)]\n// unsafe\nlet x = \"unsafe\";\n// SAFETY: none\nunsafe { y() }\n";
        for elsewhere in ["crates/skilled/src/a.rs", "crates/skilled-supervisor/src/a.rs"] {
            assert_eq!(lines(elsewhere, text), [5]);
        }
        assert_eq!(lines(HERE, text), [] as [usize; 0]);
    }

    #[test]
    fn a_block_without_a_reason_is_found() {
        assert_eq!(lines(HERE, "fn f() {\n    unsafe { y() }\n}\n"), [2]);
        assert_eq!(lines(HERE, "// SAFETY: of another\nlet a = 1;\nunsafe { y() }\n"), [3]);
        assert_eq!(lines(HERE, "// SAFETY: too far\n\nunsafe { y() }\n"), [3]);
        assert_eq!(lines(HERE, "unsafe impl Send for X {}\n"), [1]);
    }

    #[test]
    fn a_reason_may_have_lines_and_stand_above_a_statement() {
        assert_eq!(lines(HERE, "// SAFETY: one\n// two\nlet x =\n    unsafe { y() };\n"), [] as [usize; 0]);
        assert_eq!(lines(HERE, "f(\n    // SAFETY: one\n    unsafe { y() },\n);\n"), [] as [usize; 0]);
        assert_eq!(lines(HERE, "unsafe fn f();\nunsafe extern \"C\" {\n}\n"), [] as [usize; 0]);
    }
}
