//! The tools in the sandboxes that sessions run in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use skilled_sandbox::{Backend as _, ResourceLimits, SkillMount, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use skilled_tool::{Call, Outcome, ToolSet};
use skilled_toolset::{Operations, Options, tools};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::kit::text;

const BOTH: [Isolation; 2] = [Isolation::Full, Isolation::None];

/// A session in a real sandbox, with one skill.
struct Real {
    operations: Arc<Operations>,
    tools: ToolSet,
    host: TempDir,
}

impl Real {
    async fn new(isolation: Isolation, options: Options) -> Self {
        let host = tempfile::tempdir().unwrap();
        let snapshot = host.path().join("snapshot");
        std::fs::create_dir(&snapshot).unwrap();
        std::fs::write(snapshot.join("SKILL.md"), "---\nname: s\n---\nDo it well.\n").unwrap();
        let spec = Spec {
            session_dir: host.path().join("session"),
            control_dir: host.path().join("control"),
            orphan: std::time::Duration::from_secs(20),
            label: "a test".to_owned(),
            skills: vec![SkillMount { name: "s".to_owned(), snapshot }],
            python: None,
            env: BTreeMap::new(),
            limits: ResourceLimits::default(),
        };
        let sandbox = LinuxBackend::new(isolation).create(spec).await.unwrap();
        let operations = Arc::new(Operations::new(sandbox, options));
        let tools = ToolSet::new(tools(&operations)).unwrap();
        Self { operations, tools, host }
    }

    fn host(&self, name: &str) -> PathBuf {
        self.host.path().join(name)
    }

    async fn call(&self, tool: &str, input: Value) -> Outcome {
        let call = Call {
            operation: skilled_sandbox::Key::fresh("op").unwrap().to_string(),
            input,
            cancel: CancellationToken::new(),
        };
        self.tools.get(tool).unwrap().call(call).await
    }

    async fn ok(&self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        assert!(!outcome.is_error, "{outcome:?}");
        text(&outcome)
    }

    async fn fails(&self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        assert!(outcome.is_error, "{outcome:?}");
        text(&outcome)
    }
}

#[tokio::test]
async fn a_job_goes_from_the_skill_to_the_user() {
    for isolation in BOTH {
        let real = Real::new(isolation, Options::default()).await;
        let layout = real.operations.layout().clone();
        let skill = format!("{}/s/SKILL.md", layout.skills);
        assert!(real.ok("view", json!({"path": skill})).await.contains("     4\tDo it well.\n"));
        real.ok("bash", json!({"command": "mkdir d && cd d && name=$'a\\nb.csv'"})).await;
        real.ok("bash", json!({"command": "echo x,y >\"$name\"; pwd"})).await;
        real.ok("create_file", json!({"path": "d/note.md", "file_text": "one\ntwo\n"})).await;
        real.ok("str_replace", json!({"path": "d/note.md", "old_str": "two", "new_str": "three"})).await;
        assert_eq!(real.ok("bash", json!({"command": "cat note.md"})).await, "one\nthree\n");
        let outcome = real.call("present_files", json!({"paths": ["d/a\nb.csv", "d/note.md"]})).await;
        assert_eq!(
            text(&outcome),
            "Presented a\\nb.csv: text/csv, 4 B.\nPresented note.md: text/markdown, 10 B.\n"
        );
        assert_eq!(outcome.files[0].path, format!("{}/a\nb.csv", layout.outputs));
        assert_eq!(std::fs::read(real.host("session/outputs/a\nb.csv")).unwrap(), b"x,y\n");
        let collected = real.operations.collect(&CancellationToken::new()).await.unwrap();
        assert_eq!((collected.files, collected.skipped), (outcome.files, vec![]));
        let said = real.ok("view", json!({"path": layout.workspace})).await;
        assert!(said.contains("  d/\n    a\\nb.csv  (4 B)\n    note.md  (10 B)\n"), "{said}");
    }
}

#[tokio::test]
async fn only_results_are_presented() {
    for isolation in BOTH {
        let real = Real::new(isolation, Options::default()).await;
        let skills = real.operations.layout().skills.clone();
        real.ok("bash", json!({"command": format!("ln -s /etc/passwd p; ln -s {skills}/s s")})).await;
        for path in ["p", "s/SKILL.md", "/etc/passwd", "/proc/self/environ"] {
            let outcome = real.call("present_files", json!({"paths": [path]})).await;
            assert!(outcome.is_error && outcome.files.is_empty(), "{path}: {outcome:?}");
        }
        assert!(std::fs::read_dir(real.host("session/outputs")).unwrap().next().is_none());
    }
}

#[tokio::test]
async fn a_timeout_leaves_nothing_running() {
    for isolation in BOTH {
        let real = Real::new(isolation, Options::default()).await;
        // It has detached itself from the shell that started it, twice over.
        let command = "mkfifo alive; (setsid bash -c 'exec 5<>alive; echo on >&5; exec sleep 1000' &) & head -n 1 alive";
        assert_eq!(real.ok("bash", json!({"command": command})).await, "on\n");
        let command = "trap '' INT TERM; sleep 1000";
        let said = real.fails("bash", json!({"command": command, "timeout_seconds": 1})).await;
        assert!(said.starts_with("[Killed after 1 s"), "{said}");
        // Nobody holds the other end: what is read from it ends at once.
        let command = "exec 5<>alive 6<alive 5>&-; cat <&6; echo ended";
        assert_eq!(real.ok("bash", json!({"command": command})).await, "ended\n");
    }
}

#[tokio::test]
async fn a_large_file_is_copied_whole() {
    for isolation in BOTH {
        let real = Real::new(isolation, Options::default()).await;
        real.ok("bash", json!({"command": "head -c 20000000 /dev/zero >large; sha256sum <large >sum"})).await;
        let sum = real.ok("bash", json!({"command": "cat sum"})).await;
        let outcome = real.call("present_files", json!({"paths": ["large"]})).await;
        let digest = format!("sha256:{}", sum.split_whitespace().next().unwrap());
        assert_eq!((outcome.files[0].bytes, &outcome.files[0].digest), (20_000_000, &digest));
        assert_eq!(std::fs::metadata(real.host("session/outputs/large")).unwrap().len(), 20_000_000);
    }
}

#[tokio::test]
async fn system_folders_cannot_be_written_and_skills_stay_what_they_are() {
    let real = Real::new(Isolation::Full, Options::default()).await;
    let said = real.fails("create_file", json!({"path": "/usr/new", "file_text": ""})).await;
    assert!(said.contains("Files can be made in /workspace and /mnt/session/outputs."), "{said}");
    real.ok("str_replace", json!({"path": "/skills/s/SKILL.md", "old_str": "well", "new_str": "badly"}))
        .await;
    assert!(real.ok("view", json!({"path": "/skills/s/SKILL.md"})).await.contains("badly"));
    assert!(std::fs::read_to_string(real.host("snapshot/SKILL.md")).unwrap().contains("well"));
}
