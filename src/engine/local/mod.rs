//! Engines on this machine, for trying a cluster and for tests: `nats-server` from the `PATH`, with the configuration that the
//! log needs.

mod config;
mod process;

pub use config::{EngineConfig, Ports, Tls, configuration};
pub use process::{EngineProcess, LocalEngines, find, free_ports, on_free_port};
