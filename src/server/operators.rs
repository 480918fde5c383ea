//! What operators ask for, at the terminal, over the control socket, from the chat or with signals, and what they are told.

use std::time::Instant;

use log::{info, warn};

use crate::admin::{self, Answer, Reply};
use crate::journal::Ticket;
use crate::server::Server;
use crate::server::console::Console;

impl Server {
    /// Handles the signals that came.
    pub(super) fn handle_signals(&mut self) {
        let came = self.signals.take();
        self.asked_to_stop += came.ends;
        if came.hangup {
            self.got_hangup = true;
            if !self.is_terminal_closed()
                && let Err(why) = self.reloading.start("SIGHUP")
            {
                warn!("{why}");
            }
        }
        if came.resumed
            && let Some(console) = &mut self.console
        {
            console.resume();
        }
        if came.report {
            info!("SIGUSR1: {}", admin::stats_line(&self.hub, self.clock.now()));
        }
    }

    /// Whether the operator's terminal is closed, which stops the service. SIGHUP alone does not prove it: it also asks for a
    /// reload, and a shell may send it before the terminal is gone.
    fn is_terminal_closed(&self) -> bool {
        self.got_hangup && self.console.as_ref().is_some_and(Console::is_terminal_gone)
    }

    /// Runs operators' commands, from the console and the control socket.
    pub(super) fn run_commands(&mut self, now: Instant) {
        // Once the service stops, a second SIGHUP must not count as a second request.
        if self.is_terminal_closed() && !self.listeners.is_empty() {
            info!("the operator's terminal is gone, so the service stops");
            self.asked_to_stop += 1;
        }
        if let Some(console) = &mut self.console {
            console.read_once(now);
            if let Some(before) = console.wanted_words() {
                console.complete(self.admin.completions(&mut self.hub, &before, now));
            }
            while let Some(line) = console.next_line() {
                match self.admin.operate(&mut self.hub, &line, now) {
                    Answer::Done(reply) => console.reply(&reply),
                    Answer::Pending(ticket) => console.wait_for(ticket),
                    Answer::Exit => {
                        self.asked_to_stop += 1;
                        break;
                    }
                }
            }
        }
        if let Some(control) = &mut self.control {
            control.accept(now);
            self.asked_to_stop +=
                control.run_commands(now, |line| self.admin.operate(&mut self.hub, line, now));
        }
        self.asked_to_stop += self.admin.run_members(&mut self.hub, now);
        if self.admin.take_reload()
            && let Err(why) = self.reloading.start("an operator")
        {
            self.answer_reload(&[why], now);
        }
    }

    /// Delivers a late answer to an operator.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply, now: Instant) {
        if let Some(console) = &mut self.console {
            console.answer_later(ticket, reply);
        }
        if let Some(control) = &mut self.control {
            control.answer_later(ticket, reply, now);
        }
    }

    /// If files were read again, gives the hub what they say, and answers those who asked for it.
    pub(super) fn finish_reload(&mut self, now: Instant) {
        if let Some(troubles) = self.reloading.poll(&mut self.hub, now) {
            self.answer_reload(&troubles, now);
        }
    }

    fn answer_reload(&mut self, troubles: &[String], now: Instant) {
        for (ticket, reply) in self.admin.reloaded(&mut self.hub, troubles, now) {
            self.answer_later(ticket, &reply, now);
        }
    }

    /// Passes operators' passwords to the thread that checks them, and its results to the hub.
    pub(super) fn check_passwords(&mut self, now: Instant) {
        for (ticket, is_right) in self.password_checks.exchange(self.hub.password_checks()) {
            self.hub.password_checked(ticket, is_right, now);
        }
    }

    /// Tells operators that watch rooms who joined and left.
    pub(super) fn tell_watchers(&mut self) {
        let traffic = self.hub.take_traffic();
        if traffic.entries.is_empty() {
            return;
        }
        if let Some(console) = &mut self.console {
            console.tell(&traffic);
        }
        if let Some(control) = &mut self.control {
            control.tell(&traffic);
        }
        self.admin.tell_members(&mut self.hub, &traffic);
    }

    /// Prints a line on the console.
    pub(super) fn report(&mut self, line: &str) {
        if let Some(console) = &mut self.console {
            console.report(line);
        }
    }
}
