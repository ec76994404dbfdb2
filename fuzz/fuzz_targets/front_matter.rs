#![no_main]

#[path = "../checks/front_matter.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
