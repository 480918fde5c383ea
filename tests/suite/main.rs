//! Behaviour seen from outside: the hub under a clock that the test moves, and the real binary with real clients.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod support;

mod analysis;
mod bench;
mod binary;
mod bots;
mod browser;
mod chaty;
mod chaty_pace;
mod chaty_wire;
mod clients;
mod clock_jumps;
mod cluster;
mod commit_gate;
mod control;
mod control_characters;
mod crashes;
mod crowd;
mod data_folder;
mod decisions;
mod fair;
mod first_screen;
mod four_rooms;
mod full_disk;
mod fuzz;
mod ghosts;
mod hour;
mod imports;
mod join;
mod join_keys;
mod join_lines;
mod join_link;
mod join_private;
mod join_rooms;
mod join_screens;
mod journal;
mod limits;
mod lobby_swarm;
mod log_files;
mod manners;
mod manual;
mod names;
mod opened_rooms;
mod opened_rooms_kept;
mod opened_rooms_many;
mod private;
mod programs;
mod properties;
mod reactions;
mod renames;
mod rooms;
mod rooms_any_order;
mod shutdowns;
mod simulation;
mod slow_readers;
mod soak;
mod solo_swarm;
mod stalls;
mod transcripts;
mod watch;
mod weather;
mod web;
mod websocket;
