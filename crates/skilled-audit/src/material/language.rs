//! What a text is written in.

use super::Language;

/// The language of a file, by its name, or else by its first line.
pub(super) fn of_file(path: &str, text: &str) -> Language {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path).to_ascii_lowercase();
    let by_name = match name.rsplit_once('.') {
        Some((_, extension)) => of_extension(extension),
        None => None,
    };
    by_name.or_else(|| of_name(&name)).or_else(|| of_first_line(text)).unwrap_or(Language::Prose)
}

fn of_extension(extension: &str) -> Option<Language> {
    Some(match extension {
        "md" | "mdx" | "markdown" | "mdc" | "rst" | "adoc" | "txt" | "text" | "html" | "htm" | "xhtml" => {
            Language::Prose
        }
        "sh" | "bash" | "zsh" | "ksh" | "dash" | "fish" | "bats" | "command" | "envrc" | "mk" => {
            Language::Shell
        }
        "ps1" | "psm1" | "psd1" | "bat" | "cmd" => Language::PowerShell,
        "py" | "pyw" | "pyi" | "pth" | "pyx" => Language::Python,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" => {
            Language::JavaScript
        }
        "rb" | "pl" | "pm" | "php" | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs" | "java"
        | "kt" | "swift" | "scala" | "lua" | "r" | "jl" | "ex" | "exs" | "erl" | "hs" | "ml" | "clj"
        | "vbs" | "applescript" | "scpt" | "sql" | "sol" | "dart" | "groovy" | "gradle" | "zig" | "nim"
        | "m" | "css" | "tf" | "hcl" | "bicep" | "gemspec" | "podspec" | "nix" | "ahk" | "bas" | "vba"
        | "hta" | "wsf" => Language::OtherCode,
        "json" | "jsonc" | "json5" | "jsonl" | "ipynb" | "yaml" | "yml" | "toml" | "ini" | "cfg" | "conf"
        | "xml" | "xsd" | "svg" | "csv" | "tsv" | "env" | "lock" | "plist" | "service" | "properties"
        | "yar" | "yara" | "sarif" | "ndjson" => Language::Data,
        _ => return None,
    })
}

fn of_name(name: &str) -> Option<Language> {
    Some(match name {
        "makefile" | "gnumakefile" | "justfile" | "dockerfile" | "containerfile" | ".bashrc" | ".zshrc"
        | ".profile" | ".bash_profile" | ".envrc" => Language::Shell,
        "rakefile" | "gemfile" | "jenkinsfile" | "vagrantfile" => Language::OtherCode,
        "pipfile" | ".npmrc" | ".gitconfig" | ".env" | ".gitignore" | ".gitattributes" => Language::Data,
        "pre-commit" | "post-checkout" | "post-commit" | "post-merge" | "pre-push" => Language::Shell,
        _ => return None,
    })
}

fn of_first_line(text: &str) -> Option<Language> {
    let first = text.strip_prefix('\u{feff}').unwrap_or(text).lines().next()?;
    let interpreter = first.strip_prefix("#!")?;
    let named = interpreter.split_whitespace().filter_map(|word| word.rsplit('/').next());
    named.filter(|word| !word.starts_with('-')).find_map(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match word {
            "sh" | "bash" | "zsh" | "ksh" | "dash" | "fish" | "ash" | "bats" => Some(Language::Shell),
            "python" | "pypy" | "uv" | "pipx" => Some(Language::Python),
            "node" | "deno" | "bun" | "ts-node" | "tsx" | "zx" => Some(Language::JavaScript),
            "pwsh" | "powershell" => Some(Language::PowerShell),
            "env" => None,
            _ => Some(Language::OtherCode),
        }
    })
}

/// The language of a code fence, by its label, or else by how its content starts. `None` when it is part of the prose.
pub(super) fn of_fence(label: &str, content: &str) -> Option<Language> {
    let label = label.trim_start_matches(['{', '.']);
    let word = label.split(|c: char| c.is_whitespace() || ",{}:".contains(c)).next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "" => of_unlabelled(content),
        "shell" | "console" | "shell-session" | "shellsession" | "terminal" | "sh-session" | "dockerfile"
        | "docker" | "makefile" | "make" | "just" => Some(Language::Shell),
        "powershell" | "pwsh" | "posh" | "batch" | "dos" => Some(Language::PowerShell),
        "python" | "python3" | "pycon" | "ipython" => Some(Language::Python),
        "javascript" | "typescript" | "node" | "nodejs" => Some(Language::JavaScript),
        "ruby" | "perl" | "golang" | "rust" | "csharp" | "kotlin" | "objc" | "diff" | "patch" => {
            Some(Language::OtherCode)
        }
        "markdown" | "plaintext" | "plain" | "mermaid" | "html" | "xml" => None,
        _ => match of_extension(&word) {
            Some(Language::Prose) => None,
            Some(language) => Some(language),
            None => Some(Language::OtherCode),
        },
    }
}

/// Commands whose lines are told apart from prose by their first word.
const COMMANDS: [&str; 40] = [
    "curl", "wget", "bash", "sh", "sudo", "npm", "npx", "pnpm", "yarn", "pip", "pip3", "python", "python3",
    "node", "git", "cat", "echo", "export", "chmod", "mkdir", "cp", "mv", "rm", "docker", "kubectl", "brew",
    "apt", "apt-get", "uv", "uvx", "cargo", "tar", "ssh", "scp", "crontab", "source", "eval", "base64", "nc",
    "openssl",
];

fn of_unlabelled(content: &str) -> Option<Language> {
    if let Some(language) = of_first_line(content) {
        return Some(language);
    }
    let first = content.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let word = first.split_whitespace().next()?;
    let looks_like_python =
        (word == "import" || word == "from" || word == "def") && !first.contains(['{', ';', '\'']);
    match word {
        "$" => Some(Language::Shell),
        "PS>" | ">PS" => Some(Language::PowerShell),
        _ if COMMANDS.contains(&word) => Some(Language::Shell),
        _ if looks_like_python => Some(Language::Python),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_name_then_by_first_line() {
        let cases = [
            ("SKILL.md", "", Language::Prose),
            ("scripts/run.PY", "", Language::Python),
            ("bin/tool", "#!/usr/bin/env -S uv run --script\n", Language::Python),
            ("bin/tool", "#!/usr/bin/env python3.12\n", Language::Python),
            ("bin/tool", "#!/bin/sh -e\n", Language::Shell),
            ("bin/tool", "#!/usr/bin/env node\n", Language::JavaScript),
            ("bin/tool", "#!/usr/bin/ruby\n", Language::OtherCode),
            ("LICENSE", "Apache", Language::Prose),
            ("Makefile", "", Language::Shell),
            ("a.zip!/b/c.ps1", "", Language::PowerShell),
            (".mcp.json", "", Language::Data),
        ];
        for (path, text, language) in cases {
            assert_eq!(of_file(path, text), language, "{path} {text:?}");
        }
    }

    #[test]
    fn fences_by_label_then_by_content() {
        let cases = [
            ("bash", "", Some(Language::Shell)),
            ("{.python .numberLines}", "", Some(Language::Python)),
            ("ts title=\"a.ts\"", "", Some(Language::JavaScript)),
            ("json", "", Some(Language::Data)),
            ("haskell", "", Some(Language::OtherCode)),
            ("text", "curl x", None),
            ("", "\n# first\ncurl https://example.com | sh\n", Some(Language::Shell)),
            ("", "import os\n", Some(Language::Python)),
            ("", "Once upon a time\n", None),
        ];
        for (label, content, language) in cases {
            assert_eq!(of_fence(label, content), language, "{label:?} {content:?}");
        }
    }
}
