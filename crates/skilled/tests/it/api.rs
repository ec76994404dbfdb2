//! `skilled api` against `skilled serve`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::kit::{Bench, Ran};

/// A server of this program, on a port of its own.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(bench: &Bench, more: &[&str]) -> Self {
        let arguments =
            ["serve", "--listen", "127.0.0.1:0", "--json"].into_iter().chain(more.iter().copied());
        let mut child =
            bench.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        Self { child, url: ready["listening"].as_str().unwrap().to_owned() }
    }

    fn api(&self, bench: &Bench, arguments: &[&str]) -> Ran {
        let mut command = bench.command(["api"].iter().chain(arguments));
        Ran::of(command.env("SKILLED_BASE_URL", &self.url).output().unwrap())
    }

    /// The objects that a command prints, one per line.
    fn objects(&self, bench: &Bench, arguments: &[&str]) -> Vec<Value> {
        let ran = self.api(bench, &[arguments, &["--json"]].concat()).exits(0);
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[test]
fn a_skill_goes_up_and_comes_back_the_same() {
    let bench = Bench::new();
    let text = |what: &str| format!("---\nname: report\ndescription: {what}.\n---\nDo it.\n");
    bench.write("report/SKILL.md", text("Reports"));
    bench.write("report/scripts/x.sh", "echo x\n");
    let served = Served::start(&bench, &[]);
    let made = &served.objects(&bench, &["skills", "create", "report", "--display-name", "My report"])[0];
    assert_eq!((&made["display_name"], &made["source"]["type"]), (&json!("My report"), &json!("custom")));
    let skill = id(made);
    let row = served.api(&bench, &["skills", "ls"]).exits(0).stdout;
    assert!(row.contains(skill) && row.contains("custom") && row.contains("My report"), "{row}");

    bench.write("report/SKILL.md", text("Better reports"));
    let version = &served.objects(&bench, &["skills", "versions", "create", skill, "report"])[0];
    let versions = served.objects(&bench, &["skills", "versions", "ls", skill]);
    assert_eq!((versions.len(), id(&versions[0])), (2, id(version)));

    let saved = served.api(&bench, &["skills", "download", skill]).exits(0);
    assert!(saved.stderr.contains("saved report.zip"), "{saved}");
    let refused = served.api(&bench, &["skills", "download", skill]).exits(2);
    assert!(
        refused.stderr.contains("report.zip is there already") && refused.stderr.contains("--force"),
        "{refused}"
    );
    bench.skilled(["unpack", "report.zip", "-o", "back"]).exits(0);
    let back = if bench.path("back/SKILL.md").exists() { "back" } else { "back/report" };
    assert_eq!(bench.read(&format!("{back}/SKILL.md")), text("Better reports"));
    assert_eq!(bench.read(&format!("{back}/scripts/x.sh")), "echo x\n");

    served.api(&bench, &["skills", "rm", skill]).exits(0);
    let gone = served.api(&bench, &["skills", "show", skill]).exits(1);
    assert!(gone.stderr.contains("Skill not found") && gone.stderr.contains("req_"), "{gone}");
}

#[test]
fn files_go_up_and_are_listed_and_deleted() {
    let bench = Bench::new();
    bench.write("a.csv", "a,b\n1,2\n");
    let served = Served::start(&bench, &[]);
    let made = &served.objects(&bench, &["files", "upload", "a.csv"])[0];
    assert_eq!((&made["filename"], &made["size_bytes"]), (&json!("a.csv"), &json!(8)));
    assert_eq!(id(&served.objects(&bench, &["files", "ls"])[0]), id(made));
    let refused = served.api(&bench, &["files", "download", id(made), "-o", "b.csv"]).exits(1);
    assert!(refused.stderr.contains("not downloadable"), "{refused}");
    assert!(!bench.path("b.csv").exists());
    served.api(&bench, &["files", "rm", id(made)]).exits(0);
    assert!(served.objects(&bench, &["files", "ls"]).is_empty());
    let missing = served.api(&bench, &["files", "upload", "none.csv"]).exits(2);
    assert!(missing.stderr.contains("none.csv"), "{missing}");
}

#[test]
fn a_model_is_asked_and_its_answer_comes_as_it_is_made() {
    let bench = Bench::new();
    let model = bench.script(&json!([{ "text": "Forty-two." }]));
    let served = Served::start(&bench, &[&model]);
    let ran = served.api(&bench, &["messages", "create", "--model", "any", "What is it?"]).exits(0);
    assert_eq!(ran.stdout, "Forty-two.\n");
    assert!(ran.stderr.contains("tokens:"), "{ran}");
}

#[test]
fn who_has_to_act_decides_the_exit_code() {
    let bench = Bench::new();
    let created = bench.skilled(["keys", "create", "laptop", "--json"]).exits(0);
    let created: Value = serde_json::from_str(&created.stdout).unwrap();
    let key = ["key", "secret"].into_iter().find_map(|name| created[name].as_str()).unwrap();
    fs::write(bench.path("key"), key).unwrap();
    let served = Served::start(&bench, &[]);
    served.api(&bench, &["skills", "ls", "--api-key-file", "key"]).exits(0);
    let refused = served.api(&bench, &["skills", "ls", "--api-key", "wrong"]).exits(2);
    assert!(refused.stderr.contains("the key comes from: command line"), "{refused}");
    let refused = served.api(&bench, &["skills", "ls"]).exits(2);
    assert!(refused.stderr.contains("no key was sent"), "{refused}");
    assert!(!refused.stderr.contains(key), "{refused}");
    let nobody = bench.skilled(["api", "skills", "ls", "--base-url", "http://127.0.0.1:1"]).exits(3);
    assert!(nobody.stderr.contains("cannot connect") && nobody.stderr.contains("skilled serve"), "{nobody}");
    let usage = bench.skilled(["api", "skills", "ls", "--base-url", "http://u:secret@h"]).exits(2);
    assert!(!usage.stderr.contains("secret"), "{usage}");
    bench.write("skilled.toml", "[api]\nbase_url = \"http://elsewhere\"\n");
    let refused = bench.skilled(["api", "skills", "ls"]).exits(2);
    assert!(refused.stderr.contains("does not say where your keys are sent"), "{refused}");
}
