//! The program `salon`: runs a subcommand, and prints its error.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use clap::Parser;
use clap::error::ErrorKind;
use log::{error, info, warn};
use salon::admin::create_default_path;
use salon::base::stderr;
use salon::base::text::sanitize;
use salon::bots::Character;
use salon::cli::{
    Bench, Bots, Cli, Cluster, ClusterCommand, Command, Ctl, Dev, EngineOptions, Join, JoinConfig, Serve,
    Setting, command_line, exit_with_usage_error, hash_password, help, report, rooms_file,
};
use salon::client::link::Identity;
use salon::client::preferences::Preferences;
use salon::client::{Address, Control, SwarmConfig};
use salon::dev_cluster::DevCluster;
use salon::server::{Reload, Server, ServerConfig, ignore_harmless_signals, raise_fd_limit};
use salon::{client, dev_cluster, engine, hosts, logging};

fn main() -> ExitCode {
    if let Err(why) = ignore_harmless_signals() {
        print_error(&format!("signals that this program ignores may end it: {why}"));
    }
    let result = match Cli::parse().command {
        Command::Serve(options) => serve(&options).map(|()| true),
        Command::Join(options) => join(options),
        Command::Bots(options) => visit(options),
        Command::Ctl(options) => control(options),
        Command::Bench(options) => measure(options),
        Command::Cluster(Cluster { command: ClusterCommand::Dev(options) }) => {
            let Dev { nodes, port, data } = options;
            dev_cluster::run(&DevCluster { nodes, port, data }).map(|()| true)
        }
        Command::Cluster(Cluster { command: ClusterCommand::Check(options) }) => check_engine(&options),
        Command::HashPassword => print_hash().map(|()| true),
        Command::Help { topic } => help(topic.as_deref()).map(|()| true),
    };
    let status = match result {
        Ok(true) => ExitCode::SUCCESS,
        // An error message was printed already.
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            error!("{}", why.escape_debug());
            print_error(&why);
            ExitCode::FAILURE
        }
    };
    log::logger().flush();
    status
}

fn print_error(why: &str) {
    let lines: Vec<_> = why.split('\n').map(|line| sanitize(line.as_bytes())).collect();
    stderr::print_error(&format!("salon: {}", lines.join("\n")));
}

/// Returns whether all is well.
fn check_engine(options: &EngineOptions) -> Result<bool, String> {
    let Some(settings) = options.settings(rand::random())? else {
        return Err("Name the servers of the engine and this node: salon cluster check --cluster one,two,three --node one".into());
    };
    let (text, is_well) = report(&engine::check(&settings)?);
    println!("{text}");
    Ok(is_well)
}

fn print_hash() -> Result<(), String> {
    let hash = hash_password()?;
    writeln!(std::io::stdout(), "{hash}").map_err(|why| format!("the hash cannot be shown: {why}"))
}

fn serve(options: &Serve) -> Result<(), String> {
    let mut config = options.config(rand::random())?;
    config.tokens = Some(rand::random());
    let nonce = rand::random();
    let first = config.rooms.first().map_or("", |(room, _)| room);
    config.cluster = options.sharing.node(first, nonce);
    let data = options.data()?;
    let log = logging::start(logging::Settings {
        folder: options.log_folder(),
        level: options.log_level,
        keep: options.keep_logs.value(),
    })
    .map_err(|why| format!("the log cannot be opened: {why}"))?;
    let room = raise_fd_limit();
    let server = ServerConfig {
        listeners: options.listeners()?,
        console: !options.no_console,
        log: options.log_folder(),
        data,
        weather: options.weather.settings(rand::random()),
        web: options.web(),
        engine: options.sharing.connection.settings(nonce)?,
    };
    prepare(config.hosts.bots.clone());
    let mut server = Server::bind(server, config)?;
    info!("the service starts on port {}, for up to {room} connections", server.port());
    info!("settings: {}", command_line());
    open_control(&mut server, options)?;
    server
        .set_reload(Reload { reopen_log: Box::new(move || log.reopen()), read: Arc::new(options.reread()) });
    if options.no_console {
        // If standard output is closed there is nobody to tell.
        let _ = writeln!(std::io::stdout(), "{}", server.greeting());
    }
    server.run().map_err(|why| format!("the service has to stop: {why}"))
}

/// Builds the bots' tables in a thread during the start. Without the thread, each is built on first use.
fn prepare(bots: Vec<Character>) {
    let started = thread::Builder::new().name("tables".into()).spawn(move || hosts::prepare(&bots));
    if let Err(why) = started {
        warn!("no thread can prepare the bots' tables, so the first messages take longer: {why}");
    }
}

/// Opens the control socket. If the socket of `--control` fails, so does the start; the default one may fail.
fn open_control(server: &mut Server, options: &Serve) -> Result<(), String> {
    match &options.control {
        Some(Setting::On(path)) => return server.open_control(path),
        Some(Setting::Off) => return Ok(()),
        None => {}
    }
    if let Err(why) = create_default_path(server.port()).and_then(|path| server.open_control(&path)) {
        warn!("salon ctl cannot be used: {}", why.escape_debug());
        print_error(&format!("salon ctl cannot be used: {why} The service goes on."));
    }
    Ok(())
}

fn join(options: Join) -> Result<bool, String> {
    let config = JoinConfig::load()?;
    let (address, name) = options.destination(&config);
    let identity = Identity { name, bot: false, room: options.room };
    let password = options.password.password()?;
    let preferences = Preferences { history: options.history, ..config.preferences() };
    client::join(identity, address, options.commands, rooms_file(), &preferences, password)
        .map_err(|why| format!("the terminal cannot be used: {why}"))
}

fn visit(options: Bots) -> Result<bool, String> {
    // Each bot needs a descriptor.
    raise_fd_limit();
    let bots =
        options.bots().unwrap_or_else(|why| exit_with_usage_error("bots", ErrorKind::InvalidValue, &why));
    let address = Address::new(&options.dest, options.port);
    let config = SwarmConfig {
        bots,
        count: options.count.into(),
        room: options.room,
        password: options.password.password()?,
        weather: options.weather.settings(rand::random()),
    };
    client::run_bots(config, &address).map_err(|why| format!("the bots have to stop: {why}"))
}

fn control(options: Ctl) -> Result<bool, String> {
    let Ctl { control, port, json, words } = options;
    client::control(&Control { path: control, port, json, words })
        .map_err(|why| format!("the command cannot be read, or its answer cannot be shown: {why}"))
}

fn measure(options: Bench) -> Result<bool, String> {
    let address = Address::new(&options.dest, options.port);
    let bench = options
        .bench(raise_fd_limit())
        .unwrap_or_else(|why| exit_with_usage_error("bench", ErrorKind::ArgumentConflict, &why));
    client::bench::bench(&bench, &address)
}
