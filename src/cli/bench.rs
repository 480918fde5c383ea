//! The options of a bench.

use clap::Parser;

use crate::base::limits::{BENCH_MEMBERS, BENCH_MESSAGES, BENCH_RATE, BENCH_SIZE, BENCH_WINDOW};
use crate::cli::values::{bounded, parse_destination, parse_port_number};
use crate::client;
use crate::client::bench::load::{Dialects, Plan};

/// Options of a bench.
#[derive(Debug, Parser)]
#[command(after_help = BENCH_HELP)]
pub struct Bench {
    /// The server's name or address
    #[arg(short, long, alias = "Dest", value_name = "HOST", default_value = "localhost", value_parser = parse_destination)]
    pub dest: String,

    /// The server's port
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The room to fill [default: one that is opened for it, or if you are not the server's operator, its first room]
    #[arg(short, long, value_name = "ROOM")]
    pub room: Option<String>,

    /// Fill the room even if people are in it
    #[arg(long)]
    pub anyway: bool,

    /// How many members are in the room
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = bounded::<u16>(BENCH_MEMBERS))]
    pub members: u16,

    /// How many of them speak, in turn
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = bounded::<u16>(BENCH_MEMBERS))]
    pub speakers: u16,

    /// How many messages they send in all
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000, value_parser = bounded::<u32>(BENCH_MESSAGES))]
    pub messages: u32,

    /// The length of each message, without the name before it
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = bounded::<u16>(BENCH_SIZE))]
    pub size: u16,

    /// Messages a second, by all speakers together [default: as many as the window allows]
    #[arg(long, value_name = "NUMBER", value_parser = bounded::<u32>(BENCH_RATE))]
    pub rate: Option<u32>,

    /// How many messages may be in flight: sent, and not yet received by the last member
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = bounded::<u32>(BENCH_WINDOW))]
    pub window: u32,

    /// The dialect that the members speak
    #[arg(long, value_enum, default_value_t = Dialects::Line)]
    pub dialect: Dialects,

    /// Print the report as a line of JSON
    #[arg(long)]
    pub json: bool,
}

const BENCH_HELP: &str = "\
Start the server with --spam-limit off, unless the rate is low. With --bots none and --host-interval off it has no other work. \
A latency is that of one delivery, from the moment the message was due. The exit status is 0 if every member received every \
message once, all in the same order, else 1.";

impl Bench {
    /// The bench. `connections` is how many the limit of file descriptors allows. An error says what to do.
    pub fn bench(self, connections: u64) -> Result<client::bench::Bench, String> {
        let Bench {
            members,
            speakers,
            messages,
            size,
            rate,
            window,
            dialect: dialects,
            room,
            anyway,
            json,
            ..
        } = self;
        if speakers > members {
            return Err(format!(
                "{speakers} speakers are more than there are members: {members}. Raise --members, or lower --speakers."
            ));
        }
        if dialects == Dialects::Eom && speakers == members {
            return Err("in eom no speaker hears its own messages, so at least one member must only listen. Ask for more \
                        --members than --speakers."
                .into());
        }
        let plan = Plan { members, speakers, messages, size, rate, window, dialects };
        Ok(client::bench::Bench { plan, room, anyway, json, connections })
    }
}
