//! What an operator sees first, on screens of many sizes and in a pipe; and that a phone can read the code on it.

use std::fs;

use salon::admin::{FirstScreen, Invitation};

use crate::support::process::{Folder, Salon, command};
use crate::support::terminal::Terminal;

/// Pixels of a module, for the reader of codes.
const MODULE: usize = 4;

fn screen() -> FirstScreen {
    FirstScreen {
        invitation: Invitation {
            port: 2020,
            web: true,
            here: "localhost".into(),
            elsewhere: vec![[192, 168, 1, 20].into(), [10, 0, 0, 5].into()],
        },
        listeners: vec!["Clients of ChatyChaty connect to port 55556.".into()],
        data: Some("/home/ann/.local/state/salon".into()),
        log: "/home/ann/.local/state/salon/logs".into(),
        notices: Vec::new(),
        console: true,
    }
}

/// What stands on an empty screen of this size after it, with the prompt.
fn shown(screen: &FirstScreen, columns: u16, rows: u16) -> vt100::Parser {
    let mut emulator = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
    let text = format!("{}\nHost $> ", screen.for_terminal(columns.into(), rows.into()));
    emulator.process(text.replace('\n', "\r\n").as_bytes());
    emulator
}

/// What a phone reads from a screen whose usual colours are these, of 255: the code, if there is one.
fn scanned(screen: &vt100::Screen, usual: (u8, u8)) -> Option<String> {
    let (rows, columns) = screen.size();
    let (rows, columns) = (usize::from(u16::from(rows)), usize::from(u16::from(columns)));
    let grey = |colour, usual| match colour {
        vt100::Color::Default => usual,
        vt100::Color::Idx(16) => 0,
        vt100::Color::Idx(231) => 255,
        other => panic!("a theme may change {other:?}"),
    };
    // Each character is a module wide and two high.
    let pixel = |x: usize, y: usize| {
        let (row, column) = (y / (2 * MODULE), x / MODULE);
        let cell = screen.cell(u16::try_from(row).unwrap(), u16::try_from(column).unwrap()).unwrap();
        let (front, back) = (grey(cell.fgcolor(), usual.0), grey(cell.bgcolor(), usual.1));
        let is_upper = (y / MODULE).is_multiple_of(2);
        match cell.contents() {
            "█" => front,
            "▀" if is_upper => front,
            "▄" if !is_upper => front,
            _ => back,
        }
    };
    let (width, height) = (columns * MODULE, rows * 2 * MODULE);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let (_, text) = image.detect_grids().first()?.decode().ok()?;
    Some(text)
}

fn rows(emulator: &vt100::Parser) -> Vec<String> {
    emulator.screen().contents().lines().map(|row| row.trim_end().to_owned()).collect()
}

#[test]
fn all_of_it_stands_on_a_screen_of_80_columns_and_24_rows() {
    let emulator = shown(&screen(), 80, 24);
    let rows = rows(&emulator);
    assert!(rows[0].starts_with(&format!("Salon {} on port 2020", env!("CARGO_PKG_VERSION"))), "{rows:#?}");
    assert_eq!(rows.last().unwrap(), "Host $>");
    for line in [
        "Join from another machine (scan the code):",
        "  http://192.168.1.20:2020",
        "  http://10.0.0.5:2020",
        "  nc 192.168.1.20 2020",
        "Join from this machine:",
        "  http://localhost:2020",
        "  nc localhost 2020",
        "Clients of ChatyChaty connect to port 55556.",
        "Data: /home/ann/.local/state/salon",
        "Log: /home/ann/.local/state/salon/logs",
        "Type help for the commands, qr for a QR code. Ctrl-C stops the server.",
    ] {
        assert!(rows.iter().any(|row| row.starts_with(line)), "no {line:?} in {rows:#?}");
    }
}

#[test]
fn a_phone_reads_the_code_on_a_dark_and_on_a_light_screen() {
    let emulator = shown(&screen(), 80, 24);
    for usual in [(255, 0), (0, 255), (128, 128)] {
        assert_eq!(
            scanned(emulator.screen(), usual).as_deref(),
            Some("http://192.168.1.20:2020"),
            "{usual:?}"
        );
    }
}

#[test]
fn the_code_never_pushes_the_rest_away() {
    let many: Vec<String> = (0..4).map(|n| format!("An operator closed room {n}.")).collect();
    let full = FirstScreen { notices: many, ..screen() };
    let far = FirstScreen { log: format!("/{}", "long/".repeat(60)).into(), ..screen() };
    for (screen, columns, height, has_code) in [
        (&screen(), 80, 24, true),
        (&screen(), 200, 60, true),
        (&screen(), 76, 24, false),
        (&screen(), 80, 22, false),
        (&screen(), 40, 24, false),
        (&full, 80, 24, false),
        (&full, 80, 30, true),
        (&far, 80, 24, false),
    ] {
        let emulator = shown(screen, columns, height);
        let rows = rows(&emulator);
        assert!(rows[0].starts_with("Salon "), "{columns}×{height}: {rows:#?}");
        assert_eq!(scanned(emulator.screen(), (255, 0)).is_some(), has_code, "{columns}×{height}: {rows:#?}");
    }
}

#[test]
fn only_ways_that_work_are_told() {
    let without_page =
        FirstScreen { invitation: Invitation { web: false, ..screen().invitation }, ..screen() };
    let alone =
        FirstScreen { invitation: Invitation { elsewhere: Vec::new(), ..screen().invitation }, ..screen() };
    for screen in [&without_page, &alone] {
        let emulator = shown(screen, 80, 24);
        assert_eq!(scanned(emulator.screen(), (255, 0)), None);
        assert!(!emulator.screen().contents().contains("QR"), "{}", emulator.screen().contents());
    }
    let text = without_page.for_terminal(80, 24);
    assert!(!text.contains("http") && text.contains("  nc 10.0.0.5 2020\n"), "{text}");
    let text = alone.for_log();
    assert!(!text.contains("192.168") && text.contains("http://localhost:2020, nc localhost 2020"), "{text}");
    let six =
        Invitation { elsewhere: vec!["fd00::2".parse().unwrap()], here: "::1".into(), ..screen().invitation };
    let text = FirstScreen { invitation: six, ..screen() }.for_log();
    assert!(text.contains("Join from another machine: http://[fd00::2]:2020, nc fd00::2 2020\n"), "{text}");
    assert!(text.contains("Join from this machine: http://[::1]:2020, nc ::1 2020\n"), "{text}");
}

#[test]
fn a_log_has_plain_lines() {
    let salon = Salon::start(&[]);
    let here = salon.line("Join from this machine: ");
    assert_eq!(here, format!("Join from this machine: http://localhost:{0}, nc localhost {0}", salon.port));
    assert_eq!(salon.line("Salon "), format!("Salon {}", env!("CARGO_PKG_VERSION")));
    let folder = fs::canonicalize(salon.folder.path()).unwrap();
    assert_eq!(salon.line("Data: "), format!("Data: {}", folder.join("salon").display()));
    assert_eq!(salon.line("Log: "), format!("Log: {}", folder.join("salon/logs").display()));
}

#[test]
fn the_first_screen_of_the_program() {
    let folder = Folder::new();
    let mut terminal = Terminal::new(80, 24);
    let options = ["serve", "--port", "0", "--chaty-port", "off", "--host-interval", "off"];
    let mut salon = terminal.run(&mut command(folder.path(), &options));
    terminal.shows("Host $>");
    let rows = terminal.screen();
    let first: Vec<&str> = rows[0].split_whitespace().collect();
    let port = first[4];
    assert_eq!(first[..4], ["Salon", env!("CARGO_PKG_VERSION"), "on", "port"], "{rows:#?}");
    assert!(
        rows.iter().any(|row| row.trim_end().starts_with(&format!("  nc localhost {port}"))),
        "{rows:#?}"
    );
    assert!(!rows.iter().any(|row| row.starts_with("Commands:")), "{rows:#?}");
    // Whether this machine has an address that others reach depends on the machine.
    let elsewhere = rows.iter().skip_while(|row| !row.starts_with("Join from another machine")).nth(1);
    let url = elsewhere.map(|row| row.split_whitespace().next().unwrap().to_owned());
    if url.as_ref().is_none_or(|url| !url.contains('[')) {
        assert_eq!(scanned(terminal.cells(), (255, 0)), url, "{rows:#?}");
    }
    terminal.type_keys("help kick\r");
    terminal.shows("kick NAME|ADDRESS:PORT [REASON]");
    terminal.type_keys("help\r");
    terminal.shows_row_with("tell everybody and stop the server");
    terminal.type_keys("exit\r");
    assert_eq!(terminal.until_ended(&mut salon), Some(0));
}

#[test]
fn a_server_for_this_machine_alone_invites_nobody_else() {
    let salon = Salon::start(&["--bind", "127.0.0.1", "--web", "off"]);
    assert_eq!(salon.line("Join from "), format!("Join from this machine: nc localhost {}", salon.port));
}
