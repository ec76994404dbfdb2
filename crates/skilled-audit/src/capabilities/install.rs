//! Commands that install packages.

use super::needs::{self, Needs, Place};
use crate::rules::text::dependencies::{self, Registry};

/// Where the packages of an installer come from, the words behind its command, and whether only the first is a package.
#[expect(clippy::unnested_or_patterns, reason = "one line for each way to install")]
fn installer<'w>(name: &str, arguments: &'w [&'w str]) -> Option<(&'static str, &'w [&'w str], bool)> {
    let (registry, rest, one) = match (name, arguments) {
        ("pip" | "pip3" | "pipx", ["install", rest @ ..])
        | ("uv", ["pip", "install", rest @ ..] | ["add", rest @ ..] | ["tool", "install", rest @ ..])
        | ("python" | "python3", ["-m", "pip", "install", rest @ ..])
        | ("poetry" | "pdm" | "rye", ["add", rest @ ..]) => ("pypi", rest, false),
        ("uvx", rest) | ("pipx", ["run", rest @ ..]) | ("uv", ["tool", "run", rest @ ..]) => {
            ("pypi", rest, true)
        }
        ("npm" | "pnpm" | "yarn" | "bun", ["install" | "i" | "add", rest @ ..]) => ("npm", rest, false),
        ("yarn", ["global", "add", rest @ ..]) => ("npm", rest, false),
        ("npx" | "bunx" | "pnpx", rest) | ("pnpm" | "yarn", ["dlx", rest @ ..]) => ("npm", rest, true),
        ("cargo", ["install" | "add", rest @ ..]) => ("cargo", rest, false),
        ("gem", ["install", rest @ ..]) => ("gem", rest, false),
        ("go", ["install" | "get", rest @ ..]) => ("go", rest, false),
        ("apt" | "apt-get", ["install", rest @ ..] | [_, "install", rest @ ..]) => ("apt", rest, false),
        ("brew", ["install", rest @ ..]) => ("brew", rest, false),
        ("apk", ["add", rest @ ..]) => ("apk", rest, false),
        ("dnf" | "yum", ["install", rest @ ..]) => ("dnf", rest, false),
        ("conda" | "mamba", ["install", rest @ ..]) => ("conda", rest, false),
        _ => return None,
    };
    Some((registry, rest, one))
}

/// Notes what a command installs.
pub(super) fn packages(name: &str, arguments: &[&str], place: Place<'_>, needs: &mut Needs<'_>) {
    if name == "uv" {
        let with =
            arguments.windows(2).filter(|pair| pair[0] == "--with").flat_map(|pair| pair[1].split(','));
        for word in with {
            if let Some((name, version)) = dependencies::named(Registry::Pypi, word) {
                needs::package(Registry::Pypi, name, version, place, needs);
            }
        }
    }
    let Some((registry, words, one)) = installer(name, arguments) else { return };
    let mut value = false;
    for word in words {
        if std::mem::take(&mut value) {
            continue;
        }
        if word.starts_with('-') {
            // What is named by `--from` or `--package` is installed; other values are no packages.
            value = matches!(
                *word,
                "-r" | "--requirement"
                    | "-c"
                    | "--constraint"
                    | "--python"
                    | "--prefix"
                    | "-e"
                    | "--editable"
                    | "-i"
                    | "--index-url"
                    | "--extra-index-url"
                    | "--registry"
                    | "--find-links"
                    | "-f"
                    | "--trusted-host"
                    | "-t"
                    | "--target"
                    | "--root"
                    | "--path"
                    | "--git"
                    | "--features"
                    | "--version"
                    | "--with"
            );
            continue;
        }
        let local = word.starts_with(['.', '/', '$', '<', '{', '~', '[', '('])
            || word.contains("://")
            || word.contains(['<', '$']) && !matches!(registry, "pypi");
        if !local {
            match registry {
                "pypi" | "npm" => {
                    let registry = if registry == "pypi" { Registry::Pypi } else { Registry::Npm };
                    if let Some((name, version)) = dependencies::named(registry, word) {
                        needs::package(registry, name, version, place, needs);
                    }
                }
                _ => needs.add(|found| &mut found.packages, &format!("{registry}:{word}"), place),
            }
        }
        if one {
            break;
        }
    }
}
