//! `salon cluster`: a cluster on one machine, for trying it; and a check of the engine of a real one.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::cluster::EngineOptions;
use super::values::parse_port_number;

/// What to do with a cluster.
#[derive(Debug, Parser)]
pub struct Cluster {
    /// What to do.
    #[command(subcommand)]
    pub command: ClusterCommand,
}

/// The commands of `salon cluster`.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    /// Start an engine of three servers and some nodes on this machine, to try a cluster. Ctrl-C stops them
    Dev(Dev),
    /// Ask each server of the engine what it knows of the log, and say what to change. Takes the options of a node
    Check(EngineOptions),
}

/// The options of `salon cluster dev`.
#[derive(Debug, Parser)]
pub struct Dev {
    /// How many nodes
    #[arg(value_name = "NODES", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub nodes: u8,

    /// The port of the first node; the others have the next ones; 0 takes any free ones
    #[arg(short, long, default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The folder for all data. What was said there goes on [default: a temporary folder, deleted at the end]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}
