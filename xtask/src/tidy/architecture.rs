//! Which crate may depend on which, and that ARCHITECTURE.md names them all.

use std::collections::BTreeSet;

use super::Problem;
use crate::workspace::Package;

/// The file with the code map.
pub(super) const MAP: &str = "ARCHITECTURE.md";

/// Every crate this workspace has or is planned to have, lowest first: a crate may depend on those before it.
const ORDER: [&str; 26] = [
    "skilled-archive",
    "skilled-format",
    "skilled-report",
    "skilled-lint",
    "skilled-audit",
    "skilled-package",
    "skilled-checkpoint",
    "skilled-message",
    "skilled-tool",
    "skilled-registry",
    "skilled-disclosure",
    "skilled-model",
    "skilled-sandbox",
    "skilled-supervisor",
    "skilled-sandbox-linux",
    "skilled-egress",
    "skilled-toolset",
    "skilled-agent",
    "skilled-store",
    "skilled-wire",
    "skilled-client",
    "skilled-container",
    "skilled-server",
    "skilled-mcp",
    "skilled-eval",
    "skilled",
];
/// What tests share: never part of a program, and low enough that every crate's tests may use it.
const TESTKIT: &str = "skilled-testkit";
const TESTKIT_USES: [&str; 2] = ["skilled-message", "skilled-model"];
/// The default backend: everybody else holds an `Arc<dyn Backend>`, so that another one can take its place.
const BACKEND: [&str; 2] = ["skilled-supervisor", "skilled-sandbox-linux"];
const MAY_NAME_BACKEND: [&str; 4] = ["skilled-supervisor", "skilled-sandbox-linux", "skilled", "xtask"];

/// Dependencies point downwards only.
pub(super) fn check_direction(packages: &[Package]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in packages {
        let file = format!("{}/Cargo.toml", package.folder);
        if package.name != "xtask" && package.name != TESTKIT && position(&package.name).is_none() {
            let message = format!(
                "crate `{}` has no place in the order of crates (xtask/src/tidy/architecture.rs)",
                package.name
            );
            problems.push(Problem::new(&file, 0, message));
        }
        for dependency in &package.dependencies {
            if let Some(reason) = objection(&package.name, &dependency.name, dependency.dev) {
                let message =
                    format!("`{}` must not depend on `{}`: {reason}", package.name, dependency.name);
                problems.push(Problem::new(&file, 0, message));
            }
        }
    }
    problems
}

fn position(name: &str) -> Option<usize> {
    ORDER.iter().position(|it| *it == name)
}

/// Why `user` may not depend on `used`.
fn objection(user: &str, used: &str, dev: bool) -> Option<&'static str> {
    let backend_for_tests = dev && BACKEND.contains(&used);
    if used == TESTKIT {
        return (!dev).then_some("it is for tests only; make it a dev-dependency");
    }
    if user == TESTKIT {
        return (!TESTKIT_USES.contains(&used))
            .then_some("every crate's tests use the test kit, so it stays below them");
    }
    if BACKEND.contains(&used) && !dev && !MAY_NAME_BACKEND.contains(&user) {
        return Some("only the binary names a backend; take an `Arc<dyn Backend>`");
    }
    // A crate without a place is reported where it is declared, once.
    let is_below = match (position(used), position(user)) {
        (Some(used), Some(user)) => used < user,
        _ => used != "xtask",
    };
    (!is_below && !backend_for_tests).then_some("dependencies point to crates lower in the order")
}

/// The code map names exactly the crates there are.
pub(super) fn check_map(packages: &[Package], map: &str) -> Vec<Problem> {
    let there: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let first = map.lines().position(|line| line.trim() == "## Code map");
    let Some(first) = first else {
        return vec![Problem::new(MAP, 0, "has no section `## Code map`")];
    };
    let section = map.lines().zip(1..).skip(first + 1).take_while(|(line, _)| !line.starts_with("## "));
    let mut named = BTreeSet::new();
    let mut problems = Vec::new();
    for (line, number) in section {
        for word in line.split('`').skip(1).step_by(2) {
            let is_crate = there.contains(word) || position(word).is_some() || word == TESTKIT;
            if is_crate && !there.contains(word) {
                problems.push(Problem::new(MAP, number, format!("there is no crate `{word}`")));
            }
            named.insert(word);
        }
    }
    for name in there.difference(&named) {
        problems.push(Problem::new(MAP, first + 1, format!("the code map does not name `{name}`")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependency = |&(name, dev): &(&str, bool)| Dependency { name: name.to_owned(), dev };
        Package {
            name: name.into(),
            folder: format!("crates/{name}"),
            license: None,
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    #[track_caller]
    fn check(name: &str, dependencies: &[(&str, bool)], expected: &str) {
        let found = check_direction(&[package(name, dependencies)]);
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(text.is_empty(), expected.is_empty(), "{text:?}");
        assert!(text.iter().all(|it| it.contains(expected)), "{text:?}");
    }

    #[test]
    fn dependencies_point_downwards() {
        check("skilled-agent", &[("skilled-model", false), ("skilled-tool", false)], "");
        check("skilled-model", &[("skilled-agent", false)], "lower in the order");
        check("skilled-model", &[("skilled-agent", true)], "lower in the order");
        check("skilled-model", &[("skilled-model", true)], "lower in the order");
        check("xtask", &[("skilled", false)], "");
        check("skilled-model", &[("xtask", false)], "lower in the order");
    }

    #[test]
    fn an_unknown_crate_has_no_place() {
        check("skilled-utils", &[], "no place");
        check("skilled-agent", &[("skilled-utils", false)], "");
    }

    #[test]
    fn the_backend_is_named_by_the_binary_only() {
        check("skilled", &[("skilled-sandbox-linux", false)], "");
        check("skilled-sandbox-linux", &[("skilled-supervisor", false)], "");
        check("skilled-toolset", &[("skilled-sandbox-linux", false)], "Arc<dyn Backend>");
        check("skilled-toolset", &[("skilled-sandbox-linux", true)], "");
        check("skilled-sandbox", &[("skilled-sandbox-linux", true)], "");
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        check("skilled-agent", &[("skilled-testkit", true)], "");
        check("skilled-agent", &[("skilled-testkit", false)], "dev-dependency");
        check("skilled-testkit", &[("skilled-model", false), ("skilled-message", false)], "");
        check("skilled-testkit", &[("skilled-agent", false)], "stays below");
    }

    #[test]
    fn the_code_map_names_what_is_there_and_nothing_else() {
        let packages = [package("skilled-tool", &[]), package("skilled", &[])];
        let good =
            "# A\n\n## Code map\n\n`skilled-tool`, and `skilled`.\n\n## More\n\n`skilled-wire` to come\n";
        assert_eq!(check_map(&packages, good), []);
        let text = |map: &str| {
            check_map(&packages, map).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert!(text("## Code map\n`skilled`\n").contains("does not name `skilled-tool`"));
        assert!(
            text("## Code map\n`skilled` `skilled-tool`\n`skilled-wire`\n").contains(":3: there is no crate")
        );
        assert!(text("").contains("no section"));
    }
}
