//! Links between the Markdown files of the project lead somewhere.

use super::Problem;

/// Checks every `[text](target)` and `[name]: target` whose target is a path; `names` are the project's files.
///
/// Code is left out. Whether a heading named after `#` exists is not checked.
pub(super) fn check(name: &str, text: &str, names: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut fence = None;
    for (line, number) in text.lines().zip(1..) {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                for target in targets(line) {
                    if is_path(&target) && !leads_to(name, &target, names) {
                        problems.push(Problem::new(
                            name,
                            number,
                            format!("the link to `{target}` leads nowhere"),
                        ));
                    }
                }
            }
        }
    }
    problems
}

fn targets(line: &str) -> Vec<String> {
    // Every second piece between backticks is code.
    let prose: Vec<&str> = line.split('`').step_by(2).collect();
    let prose = prose.join("`");
    let mut targets: Vec<String> = Vec::new();
    for (at, _) in prose.match_indices("](") {
        let rest = &prose[at + 2..];
        let end = rest.find(')').unwrap_or(rest.len());
        targets.extend(rest[..end].split_whitespace().next().map(str::to_owned));
    }
    if prose.starts_with('[')
        && let Some((_, rest)) = prose.split_once("]: ")
    {
        targets.extend(rest.split_whitespace().next().map(str::to_owned));
    }
    targets
}

fn is_path(target: &str) -> bool {
    !(target.starts_with('#') || target.contains("://") || target.starts_with("mailto:"))
}

fn leads_to(name: &str, target: &str, names: &[&str]) -> bool {
    let target = target.trim_matches(['<', '>']);
    let target = target.split('#').next().unwrap_or_default().replace("%20", " ");
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let folder = format!("{path}/");
    path.is_empty() || names.iter().any(|it| **it == *path || it.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["README.md", "docs/guide.md", "crates/a/src/lib.rs"];

    fn lines(name: &str, text: &str) -> Vec<usize> {
        check(name, text, &NAMES).into_iter().map(|it| it.line).collect()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert_eq!(
            lines("README.md", "[a](docs/none.md)\nx [b](docs/guide.md) [c](guide.md)\n[d]: none\n"),
            [1, 2, 3]
        );
        assert_eq!(lines("docs/guide.md", "[a](../../README.md)\n"), [1]);
    }

    #[test]
    fn good_links_and_code_are_left_alone() {
        let text = "[a](docs/guide.md#part) [b](./crates/a/) [c](https://x.y) [d](#here) `[e](none)`\n```\n[f](none)\n```\n";
        assert_eq!(lines("README.md", text), [] as [usize; 0]);
        assert_eq!(lines("docs/guide.md", "[a](../README.md \"title\")\n"), [] as [usize; 0]);
    }

    #[test]
    fn a_fence_ends_only_with_its_own_mark() {
        assert_eq!(lines("README.md", "```\n~~~\n[a](none)\n```\n[b](none)\n"), [5]);
    }
}
