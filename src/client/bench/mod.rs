//! A bench: members fill a room, some of them speak, and it is measured how fast all of them hear it.
//!
//! It checks what it measures: a server that loses, doubles or swaps messages gets no good marks for being fast. [`load`]
//! says who says what when, [`check`] whether it was heard as it should be, [`message`] how it looks, [`arrival`] how one
//! comes into a room; they know no sockets. The crowd has those; one thread and one poll drive all of it.

pub mod arrival;
pub mod check;
mod connection;
mod crowd;
mod errors;
pub mod load;
mod measurement;
pub mod message;
mod progress;
pub mod report;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::base::limits::{BENCH_ECHO_TIMEOUT, BENCH_IDLE_TIMEOUT, BENCH_TIMEOUT};
use crate::client::Address;
use crate::wire::Dialect;
use crowd::{Counts, Crowd};
use load::{Load, Next, Plan};
use measurement::{Marks, Measurement, nanoseconds};
use message::{FIRST_MARK, LAST_MARK, Message};
use progress::Progress;
use report::{Latency, Report, dialect_name, verdict};

/// How long a turn waits if nothing is to be done at a certain time.
const TURN: Duration = Duration::from_millis(50);

/// How exactly a poll can wait.
const TURN_LEAST: Duration = Duration::from_millis(1);

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Who says what to whom.
    pub plan: Plan,
    /// The room; none: the one that everybody comes to.
    pub room: Option<String>,
    /// Whether the report is for programs.
    pub json: bool,
    /// How many connections the system has room for.
    pub connections: u64,
}

/// Measures, and prints what was found. Reconnect whether all was heard as it should be; an error is a sentence that says why
/// there is nothing to report, and what to do.
pub fn bench(bench: &Bench, server: &Address) -> Result<bool, String> {
    let members = bench.plan.members;
    if u64::from(members) > bench.connections {
        return Err(format!(
            "the system allows this program {} connections, and {members} members need more. Raise its limit of descriptors \
             (ulimit -n), or bench with fewer --members.",
            bench.connections
        ));
    }
    let mut progress = Progress::new();
    let report = measure(bench, server, &mut progress)?;
    drop(progress);
    let text = if bench.json {
        serde_json::to_string(&report).map_err(|why| format!("the report cannot be written: {why}"))?
    } else {
        report.to_string()
    };
    writeln!(io::stdout(), "{text}").map_err(|why| format!("the report cannot be printed: {why}"))?;
    Ok(report.ok)
}

fn measure(bench: &Bench, server: &Address, progress: &mut Progress) -> Result<Report, String> {
    let plan = &bench.plan;
    let begun = Instant::now();
    let mut crowd = Crowd::new(bench, server)?;
    crowd.join(progress)?;
    let joined = begun.elapsed();
    let echoes = first_mark(&mut crowd, plan)?;
    let listener = plan.listener(echoes).ok_or(
        "every member speaks, and this room does not echo, so no member hears everything. Ask for more --members than \
         --speakers.",
    )?;
    crowd.counts = Counts::default();
    let mut measurement = Measurement::new(plan, echoes)?;
    let said = speak(&mut crowd, &mut measurement, plan, listener, progress)?;
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

/// Somebody says something, so that it is known that all hear it, and have heard whatever came before. Reconnect whether
/// who says something in `line` hears it, too.
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

/// Has the plan carried out, until all have heard all, or nothing comes any more. Reconnect how many messages were said.
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
                    // The poll counts in milliseconds: the last one is spent awake.
                    let wait = (measurement.start + due).saturating_duration_since(now);
                    break wait.saturating_sub(TURN_LEAST).min(TURN);
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
            // Behind it nothing can come any more: neither what is missing nor what is doubled.
            crowd.say(Message { speaker: plan.marker(), number: LAST_MARK }, 0);
            is_marked = true;
        }
    }
}
