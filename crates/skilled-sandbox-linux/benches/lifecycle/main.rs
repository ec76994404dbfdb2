//! The life of a sandbox, beside the least that the system can do and beside others: `cargo bench --bench lifecycle`.
//!
//! | task | what |
//! | --- | --- |
//! | `stages` (unless another is named) | from its making to its end, step by step |
//! | `table` | everything a session does, and the peers that the orders name |
//! | `idle NUMBER` | memory of so many sandboxes that do nothing |
//! | `rate` | whole lives, one after the other |
//! | `bombs` | a neighbour's program, quiet and while a bomb of each kind goes off |
//!
//! After the task comes a file with [`scene::Orders`], or nothing. All steps are taken in turn, round after round, so that a
//! machine whose speed drifts slows all of them alike. Prints one line of JSON per step, `{"step":"create","ns":[…]}` with
//! one number per round, or per figure, `{"figure":"…","value":…}`. `cargo xtask bench` makes tables of them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on has nothing to tell")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is its result, and its progress")]

mod bombs;
mod idle;
mod scene;
mod stages;
mod table;
mod times;

use std::fs::File;

use scene::{Orders, Scene};

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let task = words.next().unwrap_or_else(|| "stages".to_owned());
    let number = (task == "idle").then(|| words.next().expect("idle NUMBER").parse().unwrap());
    let orders = words.next().map(|file| serde_json::from_reader(File::open(file).unwrap()).unwrap());
    let scene = Scene::new(orders.unwrap_or_else(|| Orders { rounds: 60, ..Orders::default() }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match task.as_str() {
        "stages" => runtime.block_on(stages::run(&scene)),
        "table" => runtime.block_on(table::run(&scene)),
        "idle" => runtime.block_on(idle::run(&scene, number.unwrap())),
        "rate" => runtime.block_on(idle::rate(&scene)),
        // What ends and begins bombs must not wait for who measures.
        "bombs" => tokio::runtime::Runtime::new().unwrap().block_on(bombs::run(&scene)),
        other => panic!("there is no task `{other}`"),
    }
}
