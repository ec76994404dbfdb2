//! The demo: the repository's script and skill make a workbook, and a broken skill makes the run fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::kit::{Bench, Ran, managed_python, repository};

/// Reads the workbook and compares its formulas' calculated results with the CSV.
const TOTALS: &str = r#"
import csv, sys
from openpyxl import load_workbook
data = list(csv.DictReader(open(sys.argv[2], encoding="utf-8-sig")))
expected = sum(int(row["Units"]) * float(row["Unit price"]) for row in data)
formulas = load_workbook(sys.argv[1])
values = load_workbook(sys.argv[1], data_only=True)
assert formulas["Data"]["F2"].value == "=D2*E2", formulas["Data"]["F2"].value
assert formulas["Summary"]._charts, "no chart"
labels = {row[0].value: row for row in values["Summary"].iter_rows()}
regions = len({row["Region"] for row in data})
total = labels["Total"][1 + regions].value
assert abs(total - expected) < 0.01, (total, expected)
print("total", total)
"#;

/// A bench with copies of the skill and the demo's files.
fn bench() -> Bench {
    let bench = Bench::new();
    copy(&repository().join("skills/xlsx"), &bench.path("skills/xlsx"));
    for name in ["xlsx.yaml", "sales.csv", "prompt.txt"] {
        bench.write(&format!("demo/{name}"), fs::read(repository().join("demo").join(name)).unwrap());
    }
    bench
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs the demo as `cargo xtask demo` does.
fn run(bench: &Bench, python: &Path) -> Ran {
    let prompt = bench.read("demo/prompt.txt");
    let arguments = [
        "run",
        "--skills=skills/xlsx",
        "--file=demo/sales.csv",
        "--out=out",
        "--model=scripted/demo/xlsx.yaml",
    ];
    let mut command = bench.command([&arguments[..], &[prompt.trim()]].concat());
    Ran::of(command.env("SKILLED_PYTHON", python).output().unwrap())
}

#[test]
fn the_workbook_calculates_in_libreoffice_to_the_totals_of_the_data() {
    let Some(python) = managed_python() else { return };
    let bench = bench();
    run(&bench, &python).exits(0).says(&["◆ sales-report.xlsx", "wrote out/sales-report.xlsx"]);
    let workbook = bench.path("out/sales-report.xlsx");
    let interpreter = python.join("bin/python3");
    let Some(soffice) = soffice() else { return };
    let check = repository().join("xtask/python/check_workbook.py");
    succeeds(Command::new(&interpreter).arg("-I").arg(check).arg(&workbook).arg(&soffice));
    // What openpyxl wrote has no results: LibreOffice's copy has them.
    let profile = format!("-env:UserInstallation=file://{}", bench.path("profile").display());
    let mut convert = Command::new(soffice);
    convert.arg(profile).args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]);
    succeeds(convert.arg(bench.path("calculated")).arg(&workbook));
    let mut totals = Command::new(interpreter);
    totals.args(["-I", "-c", TOTALS]).arg(bench.path("calculated/sales-report.xlsx"));
    assert!(succeeds(totals.arg(bench.path("demo/sales.csv"))).starts_with("total "));
}

#[test]
fn a_skill_that_is_broken_or_gone_fails_the_run_beside_libreoffice() {
    let Some(python) = managed_python() else { return };
    for script in ["xlsx_style.py", "check.py", "recalc.py"] {
        let bench = bench();
        bench.write(&format!("skills/xlsx/scripts/{script}"), "raise SystemExit('broken on purpose')\n");
        let ran = run(&bench, &python).exits(3).says(&["broken on purpose", "model_failed"]);
        assert_eq!(bench.names("out"), [""; 0], "{script}: {ran}");
    }
    let bench = bench();
    fs::rename(bench.path("skills/xlsx"), bench.path("skills/moved")).unwrap();
    run(&bench, &python).refuses(2, &["skills/xlsx"]);
    fs::create_dir(bench.path("skills/xlsx")).unwrap();
    run(&bench, &python).refuses(2, &["no SKILL.md in skills/xlsx"]);
}

fn soffice() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("soffice")).find(|path| path.exists());
    if found.is_none() {
        let missing = "LibreOffice is not installed (apt-get install libreoffice-calc)";
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "{missing}");
        eprintln!("NOT TESTED: {missing}");
    }
    found
}

fn succeeds(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
