//! Builds the supervisor, a static executable, so that it can be embedded.
//!
//! A second `cargo` builds it in a folder of its own: it needs another profile and other compiler flags than the rest.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a build script talks to cargo that way")]

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let source = here.join("../skilled-supervisor");
    for path in ["src", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", source.join(path).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    let out = PathBuf::from(env::var("OUT_DIR")?);
    // One folder for all profiles and packages of the outer build: `target/supervisor`.
    let folder = out.ancestors().nth(4).ok_or("OUT_DIR is not below a target folder")?.join("supervisor");
    let target = env::var("TARGET")?;
    let status = Command::new(env::var("CARGO")?)
        .args(["build", "--quiet", "--profile", "supervisor", "--bin", "skilled-supervisor"])
        .args(["--target", &target])
        .arg("--manifest-path")
        .arg(source.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        // What the outer build asks of its own compilations (clippy, flags) is not meant for this one.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+crt-static\u{1f}-Crelocation-model=static")
        .status()?;
    if !status.success() {
        return Err(
            "the supervisor did not build; it needs a C compiler and the static C library (`apt-get install \
                    gcc libc6-dev`)"
                .into(),
        );
    }
    fs::copy(folder.join(&target).join("supervisor/skilled-supervisor"), out.join("skilled-supervisor"))?;
    Ok(())
}
