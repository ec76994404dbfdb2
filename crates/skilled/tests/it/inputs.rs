//! Broken inputs: each says what is wrong and what to do, with the right exit code, and leaves nothing behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::kit::{Bench, is_root, text};

/// A bench with a model that says hello.
fn ready() -> Bench {
    let bench = Bench::with_skill();
    bench.script(&json!([text("Hello.")]));
    bench
}

const MODEL: &str = "--model=scripted/script.yaml";

/// Runs with arguments that are refused, and looks that no run and no output folder is left.
#[track_caller]
fn refused(bench: &Bench, arguments: &[&str], texts: &[&str]) {
    bench.skilled(arguments).refuses(2, texts);
    assert_eq!(bench.names("data/runs"), [""; 0], "{arguments:?}");
}

#[test]
fn no_skills_are_fine() {
    let bench = ready();
    let ran = bench.skilled(["run", "hi", MODEL]).exits(0).says(&["skills: none", "end_turn · 1 round ·"]);
    assert_eq!(ran.stdout, "Hello.\n");
    assert!(!ran.stderr.contains("warning"), "{ran}");
}

#[test]
fn paths_without_skills_are_refused() {
    let bench = ready();
    bench.write("none/README.md", "");
    bench.write("lower/greet/skill.md", "---\nname: greet\ndescription: Greets.\n---\n");
    bench.write("file.txt", "");
    let cases: [(&str, &[&str]); 5] = [
        ("missing", &["missing", "check the path"]),
        ("none", &["no SKILL.md in none", "a skill is a folder with a file SKILL.md"]),
        ("lower", &["rename lower/greet/skill.md to SKILL.md"]),
        ("lower/greet", &["rename lower/greet/skill.md to SKILL.md"]),
        ("file.txt", &["file.txt is not a folder", "give the folder that holds SKILL.md"]),
    ];
    for (path, texts) in cases {
        refused(&bench, &["run", "hi", MODEL, "--skills", path], texts);
        // The good skill beside it does not hide the mistake.
        refused(&bench, &["run", "hi", MODEL, "--skills", "skills", path], texts);
    }
}

#[test]
fn invalid_front_matter_alone_is_an_error_and_among_good_skills_a_warning() {
    let bench = ready();
    bench.write("skills/bad/SKILL.md", "---\nname: bad\n---\nno description\n");
    refused(&bench, &["run", "hi", MODEL, "--skills", "skills/bad"], &["skills/bad", "description"]);
    let ran = bench.skilled(["run", "hi", MODEL, "--skills", "skills"]).exits(0);
    let ran = ran.says(&["warning: ", "skills/bad", "description", "skills: greet\n"]);
    assert_eq!(ran.stdout, "Hello.\n");
    let warnings = bench.events();
    assert!(warnings.iter().any(|event| event["type"] == "warning"), "{warnings:?}");
}

#[test]
fn unreadable_files_are_named() {
    let bench = ready();
    bench.write("closed.txt", "secret");
    bench.write("one/data.csv", "1");
    bench.write("two/data.csv", "2");
    fs::set_permissions(bench.path("closed.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    refused(
        &bench,
        &["run", "hi", MODEL, "--file", "missing.csv"],
        &["cannot read missing.csv", "No such file", "--file"],
    );
    refused(&bench, &["run", "hi", MODEL, "--file", "one"], &["one is not a regular file", "hint: "]);
    let same = ["run", "hi", MODEL, "--file", "one/data.csv", "two/data.csv"];
    refused(&bench, &same, &["one/data.csv and two/data.csv", "rename one"]);
    if !is_root() {
        refused(
            &bench,
            &["run", "hi", MODEL, "--file", "closed.txt"],
            &["cannot read closed.txt", "Permission denied"],
        );
        fs::set_permissions(bench.path("skills/greet/SKILL.md"), fs::Permissions::from_mode(0o000)).unwrap();
        refused(&bench, &["run", "hi", MODEL, "--skills", "skills"], &["SKILL.md", "Permission denied"]);
    }
}

#[test]
fn a_model_that_cannot_be_had_is_refused() {
    let bench = ready();
    bench.write("bad.yaml", "conversations:\n  - name: x\n    turnz: []\n");
    bench.write("empty.yaml", "");
    let cases: [(&str, &[&str]); 9] = [
        ("nonsense", &["\"nonsense\" is not a model name", "PROVIDER/NAME"]),
        ("anthropic/", &["PROVIDER/NAME"]),
        ("", &["PROVIDER/NAME"]),
        (
            "acme/large",
            &["there is no provider `acme`", "`anthropic`, `openai`, `scripted`", "OPENAI_BASE_URL"],
        ),
        ("anthropic/claude", &["no API key for the provider `anthropic`", "ANTHROPIC_API_KEY"]),
        ("openai/gpt", &["no API key for the provider `openai`", "OPENAI_API_KEY", "OPENAI_BASE_URL"]),
        ("scripted/missing.yaml", &["missing.yaml", "No such file", "check the path"]),
        ("scripted/bad.yaml", &["bad.yaml", "turnz", "line 3", "docs/scripted-model.md"]),
        ("scripted/empty.yaml", &["empty.yaml", "docs/scripted-model.md"]),
    ];
    for (model, texts) in cases {
        refused(&bench, &["run", "hi", "--model", model, "--out", "out"], texts);
    }
    assert!(!bench.path("out").exists(), "a refused run makes no output folder");
    let three = ["no model is chosen", "--model", "skilled.toml", "SKILLED_MODEL", "ANTHROPIC_API_KEY"];
    refused(&bench, &["run", "hi"], &three);
}

#[test]
fn a_wrong_address_of_a_provider_is_refused() {
    let bench = ready();
    let mut command = bench.command(["run", "hi", "--model", "openai/gpt"]);
    let output = command.env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", "not a url").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("not a url") && error.contains("OPENAI_BASE_URL"), "{error}");
}

#[test]
fn a_prompt_that_an_option_has_swallowed_is_found() {
    let bench = Bench::with_skill();
    let arguments = ["run", MODEL, "--skills", "skills", "make me a budget"];
    bench
        .skilled(arguments)
        .refuses(2, &["\"make me a budget\" was taken as a path", "put the prompt first"]);
}

#[test]
fn an_unknown_sandbox_is_refused() {
    let bench = ready();
    refused(
        &bench,
        &["run", "hi", MODEL, "--sandbox", "docker"],
        &["no sandbox `docker`", "`linux`", "`none`"],
    );
    assert_eq!(bench.names("data"), [""; 0], "nothing was made");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused_before_the_run() {
    let bench = ready();
    bench.write("file", "kept");
    for out in ["file", "file/below"] {
        let texts = ["cannot write to the output folder", out, "name another folder with --out"];
        refused(&bench, &["run", "hi", MODEL, "--out", out], &texts);
    }
    assert_eq!(bench.read("file"), "kept");
    if !is_root() {
        fs::create_dir(bench.path("closed")).unwrap();
        fs::set_permissions(bench.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
        refused(&bench, &["run", "hi", MODEL, "--out", "closed"], &["closed", "Permission denied", "--out"]);
    }
}

#[test]
fn prompts_come_from_arguments_and_pipes() {
    let bench = ready();
    let expects = json!([{ "expect": { "contains": "greet\n  Ada" }, "text": "Hello." }]);
    bench.script(&expects);
    for arguments in [&["run", MODEL][..], &["run", "-", MODEL]] {
        assert_eq!(bench.piped(arguments, b"greet\n  Ada\n").exits(0).stdout, "Hello.\n");
    }
    for (arguments, input) in
        [(&["run", "", MODEL][..], ""), (&["run", "-", MODEL], " \n"), (&["run", MODEL], "")]
    {
        bench.piped(arguments, input.as_bytes()).refuses(2, &["the prompt is empty", "hint: "]);
    }
    bench.piped(&["run", "-", MODEL], b"caf\xe9").refuses(2, &["the prompt is not UTF-8", "hint: "]);
    let latin1 = [OsStr::new("run"), OsStr::from_bytes(b"caf\xe9"), OsStr::new(MODEL)];
    bench.skilled(latin1).refuses(2, &["the prompt is not UTF-8", "hint: "]);
    let long = vec![b'x'; 4 * 1024 * 1024 + 1];
    bench.piped(&["run", "-", MODEL], &long).refuses(2, &["4 MiB", "--file"]);
    assert_eq!(bench.names("data/runs").len(), 2);
}

#[test]
fn limits_are_checked_before_the_run() {
    let bench = ready();
    let cases: [(&str, &str, &[&str]); 8] = [
        ("--budget", "much", &["\"much\" is not a budget", "200k", "$0.50"]),
        ("--budget", "-5", &["not a budget"]),
        ("--budget", "$0.50", &["the price of scripted/script.yaml is unknown", "in tokens"]),
        ("--timeout", "1d", &["1d", "10m"]),
        ("--timeout", "0", &["'0'", "10m"]),
        ("--max-rounds", "0", &["'0'", "1.."]),
        ("--max-rounds", "many", &["many"]),
        ("--all-outputs", "", &["--out"]),
    ];
    for (option, value, texts) in cases {
        let option = if value.is_empty() { option.to_owned() } else { format!("{option}={value}") };
        refused(&bench, &["run", "hi", MODEL, &option], texts);
    }
}

#[test]
fn a_settings_file_is_read_strictly() {
    let bench = ready();
    bench.write("skilled.toml", "model = 'scripted/script.yaml'\nsandboks = 'linux'\n");
    refused(&bench, &["run", "hi"], &["skilled.toml", "sandboks", "line 2"]);
    bench.write("skilled.toml", "model = scripted\n");
    refused(&bench, &["run", "hi"], &["skilled.toml", "line 1"]);
    bench.write("skilled.toml", "model = 'scripted/script.yaml'\nmax_rounds = 0\n");
    refused(&bench, &["run", "hi"], &["skilled.toml", "max_rounds"]);
    bench.write("skilled.toml", "model = 'scripted/script.yaml'\nbudget = 'lots'\n");
    refused(&bench, &["run", "hi"], &["\"lots\" is not a budget", "skilled.toml"]);
    bench.write("skilled.toml", "model = 'scripted/script.yaml'\n");
    bench.skilled(["run", "hi"]).exits(0);
}

#[test]
fn a_data_directory_that_cannot_be_used_is_named() {
    let bench = ready();
    bench.write("file", "");
    bench
        .skilled(["run", "hi", MODEL, "--data", "file/x"])
        .refuses(2, &["file/x", "Not a directory", "--data"]);
}

#[test]
fn a_finding_about_a_skill_is_a_warning_with_its_place_and_a_remedy() {
    let bench = ready();
    bench.write("skills/odd/SKILL.md", "---\nname: odd\ndescription: [open\n---\n");
    let ran = bench.skilled(["run", "hi", MODEL, "--skills", "skills/odd"]).exits(0);
    let ran = ran.says(&["warning: SKILL.md of the skill odd, 3:14: ", "[read-as-text]\n  hint: Put quotes"]);
    assert_eq!(ran.stderr.matches("warning").count(), 2, "one more for Python: {ran}");
}
