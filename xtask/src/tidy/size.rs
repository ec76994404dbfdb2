//! Files and functions stay small enough to be read at once.

use super::Problem;
use super::source::Source;
use super::text::is_test;

/// Lines of a file outside its tests. The aim is half of it.
const FILE: usize = 800;
/// Lines of a function from its name to its last brace. The aim is 40.
const FUNCTION: usize = 100;

/// Tests and generated tables may be longer.
pub(super) fn check(name: &str, source: &Source<'_>) -> Vec<Problem> {
    if is_test(name) || name.ends_with("/tables.rs") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let lines = source.production_lines();
    if lines > FILE {
        problems.push(Problem::new(name, 0, format!("the file has {lines} lines; split it before {FILE}")));
    }
    for it in source.functions().iter().filter(|it| !it.test && it.lines > FUNCTION) {
        let message = format!("function `{}` has {} lines; split it before {FUNCTION}", it.name, it.lines);
        problems.push(Problem::new(name, it.line, message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<(usize, String)> {
        check(name, &Source::new(text)).into_iter().map(|it| (it.line, it.message)).collect()
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let line = "struct X;\n";
        assert_eq!(found("src/a.rs", &line.repeat(800)), []);
        assert_eq!(found("src/a.rs", &line.repeat(801)).len(), 1);
        let with_tests = line.repeat(500) + "#[cfg(test)]\nmod tests {\n" + &line.repeat(500) + "}\n";
        assert_eq!(found("src/a.rs", &with_tests), []);
    }

    #[test]
    fn a_long_function_is_found_where_it_starts() {
        let function = |lines: usize| format!("\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        assert_eq!(found("src/a.rs", &function(100)), []);
        let found = found("src/a.rs", &function(101));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 2);
        assert!(found[0].1.contains("`f` has 101 lines"), "{found:?}");
    }

    #[test]
    fn tests_and_tables_are_excepted() {
        let long = "struct X;\n".repeat(801);
        for name in ["crates/a/tests/it/x.rs", "src/a/tests.rs", "src/mime/tables.rs"] {
            assert_eq!(found(name, &long), [], "{name}");
        }
        assert_eq!(found("src/contests.rs", &long).len(), 1);
    }
}
