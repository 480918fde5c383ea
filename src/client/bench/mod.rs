//! A load generator: members fill a room, some of them send messages, and every delivery is timed.
//!
//! It also checks every delivery: a fast server that loses, duplicates or reorders messages fails. [`load`] plans who sends
//! what when, [`check`] verifies deliveries, [`message`] encodes messages, [`arrival`] is the handshake; they have no sockets.
//! The crowd has all sockets, in one poll on one thread.

pub mod arrival;
pub mod check;
mod connection;
mod crowd;
mod errors;
pub mod load;
mod look;
mod measurement;
pub mod message;
mod own_room;
mod progress;
pub mod report;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::base::limits::{BENCH_ECHO_TIMEOUT, BENCH_IDLE_TIMEOUT, BENCH_TIMEOUT};
use crate::base::stderr::print_error;
use crate::client::Address;
use crate::wire::Dialect;
use crowd::{Counts, Crowd};
use load::{Load, Next, Plan};
use measurement::{Marks, Measurement, nanoseconds};
use message::{FIRST_MARK, LAST_MARK, Message};
use own_room::OwnRoom;
use progress::Progress;
use report::{Latency, Report, dialect_name, verdict};

/// How many speakers a sentence names.
const SPEAKERS_NAMED: usize = 3;

/// The longest wait of a turn.
const TURN: Duration = Duration::from_millis(50);

/// The resolution of the poll's timeout.
const POLL_RESOLUTION: Duration = Duration::from_millis(1);

/// The options of `salon bench`.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Members and messages.
    pub plan: Plan,
    /// The room to fill; `None`: one that is opened for it, or else the server's first room.
    pub room: Option<String>,
    /// Whether to fill it even if people are in it.
    pub anyway: bool,
    /// Whether to print the report as JSON.
    pub json: bool,
    /// How many connections the limit of file descriptors allows.
    pub connections: u64,
}

/// Measures a server, and prints the report. Returns whether every message was delivered once and in order. An error is a
/// sentence that says why nothing could be measured, and what to do.
pub fn bench(bench: &Bench, server: &Address) -> Result<bool, String> {
    let members = bench.plan.members;
    if u64::from(members) > bench.connections {
        return Err(format!(
            "the system allows this program {} connections, and {members} members need more. Raise its limit of descriptors \
             (ulimit -n), or bench with fewer --members.",
            bench.connections
        ));
    }
    let (address, stream) = errors::find(server)?;
    if !bench.anyway {
        look::look(stream, bench.room.as_deref())?;
    }
    let own = if bench.room.is_none() { OwnRoom::open(address)? } else { None };
    let room = own.as_ref().map(|own| own.name.as_str()).or(bench.room.as_deref());
    let mut crowd = Crowd::new(bench, room, server, address)?;
    let mut progress = Progress::new();
    let report = measure(bench, &mut crowd, &mut progress);
    drop(progress);
    let speakers = crowd.speakers();
    drop(crowd);
    let left = match own {
        Some(own) => own.clear(&speakers),
        None => Some(left_behind(&speakers)).filter(|_| !speakers.is_empty()),
    };
    if let Some(sentence) = left {
        print_error(&sentence);
    }
    let report = report?;
    let text = if bench.json {
        serde_json::to_string(&report).map_err(|why| format!("the report cannot be written: {why}"))?
    } else {
        report.to_string()
    };
    writeln!(io::stdout(), "{text}").map_err(|why| format!("the report cannot be printed: {why}"))?;
    Ok(report.ok)
}

/// What to do about messages that the bench cannot erase.
fn left_behind(speakers: &[String]) -> String {
    let orders: Vec<String> =
        speakers.iter().take(SPEAKERS_NAMED).map(|name| format!("forget {name}")).collect();
    let more = if speakers.len() > SPEAKERS_NAMED { ", and so on" } else { "" };
    format!(
        "The room keeps what the members said. To erase it, type at the server's console: {}{more}",
        orders.join(", ")
    )
}

fn measure(bench: &Bench, crowd: &mut Crowd<'_>, progress: &mut Progress) -> Result<Report, String> {
    let plan = &bench.plan;
    let begun = Instant::now();
    crowd.join(progress)?;
    let joined = begun.elapsed();
    let echoes = first_mark(crowd, plan)?;
    let listener = plan.listener(echoes).ok_or(
        "every member speaks, and this room does not echo, so no member hears everything. Ask for more --members than \
         --speakers.",
    )?;
    crowd.counts = Counts::default();
    let mut measurement = Measurement::new(plan, echoes)?;
    let said = speak(crowd, &mut measurement, plan, listener, progress)?;
    let said_plan = Plan { messages: said, ..plan.clone() };
    let fault = measurement.check.fault(|speaker| said_plan.share(speaker));
    let mut report = Report {
        members: plan.members,
        speakers: plan.speakers,
        size: plan.size,
        window: plan.window,
        rate: plan.rate,
        dialect: dialect_name(plan),
        joined_s: joined.as_secs_f64(),
        messages: said,
        seconds: 0.0,
        messages_per_second: 0.0,
        deliveries: measurement.check.deliveries(),
        expected: said_plan.deliveries(echoes),
        deliveries_per_second: 0.0,
        latency_us: Latency::of(&measurement.latencies),
        bytes_said: crowd.counts.said,
        bytes_heard: crowd.counts.heard,
        others: crowd.counts.others,
        ok: fault.is_none() && said == plan.messages,
        verdict: verdict(fault.as_ref(), |member| crowd.name(member)),
    };
    report.rates(measurement.last_heard.saturating_duration_since(measurement.start));
    Ok(report)
}

/// Sends the first mark and waits until all members have received it: then they have received everything before it, too. Returns
/// whether the room echoes messages to `line` clients.
fn first_mark(crowd: &mut Crowd<'_>, plan: &Plan) -> Result<bool, String> {
    let mut marks = Marks::new(plan, FIRST_MARK);
    let is_eom = plan.dialect(plan.marker()) == Dialect::Eom;
    crowd.say(marks.mark(), 0);
    loop {
        crowd.turn(TURN, &mut marks)?;
        let (count, echoed) = marks.heard_by();
        let others = count - u16::from(echoed);
        if others + 1 == plan.members && (echoed || is_eom || marks.quiet() > BENCH_ECHO_TIMEOUT) {
            return Ok(echoed || is_eom);
        }
        if marks.quiet() > BENCH_TIMEOUT {
            return Err(format!(
                "{count} of {} members hear what is said in this room. Choose one where everybody hears everybody, such as a \
                 lobby.",
                plan.members
            ));
        }
    }
}

/// Carries out the plan, until everything is delivered or nothing comes any more. Returns how many messages were sent.
fn speak(
    crowd: &mut Crowd<'_>,
    measurement: &mut Measurement,
    plan: &Plan,
    listener: u16,
    progress: &mut Progress,
) -> Result<u32, String> {
    let (mut load, mut is_marked) = (Load::new(plan.clone()), false);
    loop {
        let wait = loop {
            let now = Instant::now();
            match load.next(measurement.check.heard_by(listener), now - measurement.start) {
                Next::Say(message, due) => {
                    crowd.say(message, nanoseconds(due));
                    measurement.last_heard = measurement.last_heard.max(now);
                }
                Next::At(due) => {
                    measurement.last_heard = measurement.last_heard.max(now);
                    // The poll's timeout has whole milliseconds: spin for the last one.
                    let wait = (measurement.start + due).saturating_duration_since(now);
                    break wait.saturating_sub(POLL_RESOLUTION).min(TURN);
                }
                Next::Wait | Next::Done => break TURN,
            }
        };
        crowd.turn(wait, measurement)?;
        let now = Instant::now();
        progress.show(now, measurement.check.deliveries(), measurement.expected, "deliveries");
        let quiet = now.saturating_duration_since(measurement.last_heard);
        if measurement.is_over() || quiet > BENCH_TIMEOUT {
            return Ok(load.said());
        }
        let is_complete =
            measurement.check.deliveries() >= measurement.expected || quiet > BENCH_IDLE_TIMEOUT;
        if load.said() == plan.messages && is_complete && !is_marked {
            // The last mark: whoever has received it receives nothing more, neither missing nor duplicate messages.
            crowd.say(Message { speaker: plan.marker(), number: LAST_MARK }, 0);
            is_marked = true;
        }
    }
}
