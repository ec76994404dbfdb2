//! What a skill needs.

use skilled_audit::{Audit, Needed};

use crate::text::audited;

fn names(needed: &Needed) -> Vec<&str> {
    needed.keys().map(String::as_str).collect()
}

fn skill(front: &str, body: &str, files: &[(&str, &str)]) -> Audit {
    let text =
        format!("---\nname: notes\ndescription: Keeps meeting notes. Use for minutes.\n{front}---\n{body}\n");
    let mut all = vec![("SKILL.md", &*text)];
    all.extend(files);
    audited(&all)
}

const SCRIPT: &str = r#"#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["httpx==0.27.0", "rich>=13"]
# ///
"""Sends notes. See https://docs.example.org/api for more."""
import os
import subprocess
import helper
from bs4 import BeautifulSoup
import httpx, requests

BASE = "https://api.notes.example.net/v1"
NS = "http://schemas.openxmlformats.org/spreadsheetml"

def send(target):
    # not https://comment.example.net
    httpx.post(f"{BASE}/notes", headers={"key": os.environ["NOTES_API_KEY"]})
    requests.get(target)
    subprocess.run(["pandoc", "-o", "x.docx", "/etc/notes.conf"])
    os.system("git log | wc -l")
    open(os.path.expanduser("~/.config/notes.toml"))
"#;

const SETUP: &str = "#!/bin/bash\nset -e\n# curl https://old.example.net\nHOST=https://cdn.example.net\nTOKEN=$(gh auth token)\n\
    sudo apt-get install -y ffmpeg\npip install 'left==1.2' pillow -r requirements.txt\nnpx -y @scope/tool@2.0.0 run\n\
    if ! curl -sf \"$HOST/x\" -H \"Authorization: $TOKEN $SLACK_BOT_TOKEN\" | jq . > $HOME/.notes/out; then exit 1; fi\n\
    find . -name '*.md' | xargs -n 1 sed -i s/a/b/ 2>/dev/null\nwget \"$1\"\n";

#[test]
fn a_skill_with_every_kind_of_need() {
    let body = "Run `curl https://status.example.net/x` or `git`.\nSee [docs](https://prose.example.net) and https://bare.example.net.\n\
        State: !`uname -a`\n\n```bash\n$ python3 scripts/send.py --to me\nSent to https://output.example.net\n```\n\n\
        ```python\nimport pandas\nfrom made_up_module import x\n```";
    let found = skill(
        "allowed-tools: Read Bash(git *)\nhooks:\n  Stop:\n    - hooks:\n        - type: command\n          command: notify-send done\n",
        body,
        &[
            ("scripts/send.py", SCRIPT),
            ("scripts/helper.py", "import json\n"),
            ("setup.sh", SETUP),
            ("requirements.txt", "numpy==2.1.0\n# comment\nscipy\n"),
            (".mcp.json", "{\"mcpServers\": {\"db\": {\"command\": \"npx\", \"args\": [\"-y\", \"db-mcp\"], \"env\": {\"DB_PASSWORD\": \"x\"}}, \"web\": {\"url\": \"https://mcp.example.net/sse\"}}}"),
            ("package.json", "{\"scripts\": {\"postinstall\": \"node build.js\", \"test\": \"vitest\"}, \"dependencies\": {\"left-pad\": \"1.3.0\"}}"),
        ],
    )
    .capabilities;
    assert_eq!(
        names(&found.hosts),
        ["*", "api.notes.example.net", "cdn.example.net", "mcp.example.net", "status.example.net"]
    );
    assert_eq!(
        names(&found.commands),
        [
            "apt-get",
            "curl",
            "find",
            "gh",
            "git",
            "jq",
            "node",
            "notify-send",
            "npx",
            "pandoc",
            "pip",
            "python3",
            "scripts/send.py",
            "sed",
            "sudo",
            "uname",
            "wc",
            "wget",
            "xargs"
        ]
    );
    assert_eq!(names(&found.files), ["/etc/notes.conf", "~/.config/notes.toml", "~/.notes/out"]);
    assert_eq!(names(&found.secrets), ["DB_PASSWORD", "NOTES_API_KEY", "SLACK_BOT_TOKEN"]);
    assert_eq!(
        names(&found.packages),
        [
            "apt:ffmpeg",
            "npm:@scope/tool@2.0.0",
            "npm:db-mcp",
            "npm:left-pad@1.3.0",
            "pypi:beautifulsoup4",
            "pypi:httpx==0.27.0",
            "pypi:left==1.2",
            "pypi:numpy==2.1.0",
            "pypi:pandas",
            "pypi:pillow",
            "pypi:requests",
            "pypi:rich",
            "pypi:scipy"
        ]
    );
    assert_eq!(names(&found.tools), ["Bash(git *)", "Read"]);
    assert_eq!(
        names(&found.automatic),
        [
            "!`uname -a`",
            "MCP server db: npx -y db-mcp",
            "MCP server web: https://mcp.example.net/sse",
            "hook Stop: notify-send done",
            "npm postinstall: node build.js"
        ]
    );
    let place = &found.hosts["api.notes.example.net"][0];
    assert_eq!((&*place.file, place.line), ("scripts/send.py", 12));
}

#[test]
fn prose_needs_nothing() {
    let body = "Ask about `git`, curl and [a page](https://example.net). Set OPENAI_API_KEY if you must; see ~/.ssh/config.\n\
        Use `requests` or `pandas.read_excel(path, dtype=str)`.\n\n```text\ncurl https://example.net\n```\n\n\
        ```json\n{\"url\": \"https://example.net\"}\n```";
    assert_eq!(
        skill("", body, &[("references/a.md", body)]).capabilities,
        skilled_audit::Capabilities::default()
    );
}

#[test]
fn other_languages_have_needs_too() {
    let found = skill(
        "",
        "Text.",
        &[
            (
                "a.mjs",
                "import fs from 'node:fs';\nimport x from './x.js';\nimport { z } from \"@scope/z/deep\";\nconst axios = require('axios');\n\
                 const { A_TOKEN, PORT } = process.env;\nawait fetch(`https://js.example.net/${id}`);\nawait $`gh pr list`;\n\
                 /a(b)/.exec(\"rm -rf x\");\nfs.readFileSync(path.join(os.homedir(), '.npmrc'));\n",
            ),
            ("b.ps1", "Invoke-WebRequest -Uri https://ps.example.net/x\n$k = $env:PS_API_KEY\n"),
            ("c.go", "// https://comment.example.net\nexec.Command(\"ls\", \"/opt/x\")\nos.Getenv(\"GO_SECRET\")\nhttp.Get(\"https://go.example.net\")\n"),
        ],
    )
    .capabilities;
    assert_eq!(names(&found.hosts), ["go.example.net", "js.example.net", "ps.example.net"]);
    assert_eq!(names(&found.commands), ["gh", "ls"]);
    assert_eq!(names(&found.secrets), ["A_TOKEN", "GO_SECRET", "PS_API_KEY"]);
    assert_eq!(names(&found.packages), ["npm:@scope/z", "npm:axios"]);
    assert_eq!(names(&found.files), ["/opt/x", "~/.npmrc"]);
}

#[test]
fn needs_and_places_are_bounded() {
    let many: Vec<String> =
        (0..3000).map(|at| format!("curl https://h{at}.example.net {}\n", "x".repeat(200))).collect();
    let found = skill("", "Text.", &[("a.sh", &many.concat())]).capabilities;
    assert_eq!(found.hosts.len(), 500);
    assert_eq!(found.commands["curl"].len(), 5);
}
