//! Engines on this machine, for trying a cluster and for tests: `nats-server` from the `PATH`, with the configuration that the
//! log needs.

mod config;
mod process;

pub use config::{EngineConfig, Ports, Tls, configuration};
pub use process::{EngineProcess, LocalEngines, bind_free_port, find, free_ports};
