//! The targets of `tests/suite/fuzz` under libFuzzer: which, `SALON_TARGET` says. See `Cargo.toml`.

#![no_main]
#![allow(dead_code, unreachable_pub, reason = "they are a test's")]

#[path = "../tests/suite/support"]
mod support {
    pub mod scene;
    pub mod scripted_journal;
    pub mod virtual_log;
}
#[path = "../tests/suite/fuzz/targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("SALON_TARGET").unwrap_or_default();
    let found = targets::TARGETS.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, run)| *run).unwrap_or_else(|| panic!("SALON_TARGET names no target: {wanted:?}"))
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
