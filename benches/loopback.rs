//! The cost of a message to a room over real sockets: the whole server in one thread, its members in another.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use salon::chat::HistoryLimits;
use salon::hosts::{KINDS, Setup, initiators};
use salon::hub::{Config, ListenerKind, PeerLimits};
use salon::journal::RestoredState;
use salon::proto::ReplayLimit;
use salon::server::{Interfaces, ListenOptions, ListenerConfig, Server, ServerConfig, raise_fd_limit};

/// Messages in flight at once.
const MESSAGES: usize = 64;

/// Starts a server that runs until this program ends, and returns its port.
fn serve() -> u16 {
    let (sender, port) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let listener = ListenerConfig {
            interfaces: Interfaces::find("127.0.0.1", ListenOptions::MAIN)
                .expect("an address of this machine"),
            port: 0,
            kind: ListenerKind::Any,
            options: ListenOptions::MAIN,
            is_optional: false,
        };
        let server = ServerConfig {
            listeners: vec![listener],
            console: false,
            log: "logs".into(),
            data: None,
            weather: None,
            web: None,
            engine: None,
        };
        let config = Config {
            rooms: vec![("lobby".into(), KINDS[0])],
            people_open_rooms: false,
            room_linger: Duration::ZERO,
            hosts: Setup {
                initiators: initiators::built_in().into_iter().map(Into::into).collect(),
                interval: None,
                lull: Duration::ZERO,
                bots: Vec::new(),
                seed: 1,
            },
            spam_limit: None,
            limits: PeerLimits::default(),
            history: HistoryLimits { messages: 0, bytes: 0 },
            replay: ReplayLimit::All,
            restored: RestoredState::default(),
            outlives: false,
            memory: || None,
            tokens: None,
            cluster: None,
            password: None,
            operators: Vec::new(),
            irc: None,
            start: (Instant::now(), SystemTime::now()),
        };
        let mut server = Server::bind(server, config).expect("a free port");
        sender.send(server.port()).expect("the bench waits for it");
        server.run().expect("it runs until the bench ends");
    });
    port.recv().expect("the server starts")
}

/// Joins a room without a history.
fn join(port: u16, name: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP socket");
    writeln!(stream, "{name}").expect("the server reads");
    read_until(&mut stream, b"Type /help to see what you can do.\n");
    stream
}

fn read_until(stream: &mut TcpStream, end: &[u8]) {
    let mut heard = Vec::new();
    let mut bytes = [0; 4096];
    while !heard.ends_with(end) {
        let read = stream.read(&mut bytes).expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        heard.extend_from_slice(&bytes[..read]);
    }
}

fn benches(criterion: &mut Criterion) {
    raise_fd_limit();
    let mut group = criterion.benchmark_group("loopback");
    let text = "x".repeat(64);
    let turn = format!("{text}\n").repeat(MESSAGES);
    for members in [10, 100, 1_000] {
        let port = serve();
        let mut streams: Vec<TcpStream> = (0..members).map(|n| join(port, &format!("p{n}"))).collect();
        for (n, stream) in streams.iter_mut().enumerate() {
            if n + 1 < members {
                // Everything that came after it, up to the last.
                read_until(stream, format!("User p{} has joined the chat!\n", members - 1).as_bytes());
            }
        }
        let mut heard = vec![0; format!("p0: {text}\n").len() * MESSAGES];
        group.throughput(Throughput::Elements((members * MESSAGES) as u64));
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter(|| {
                streams[0].write_all(turn.as_bytes()).expect("the server reads");
                for stream in &mut streams {
                    stream.read_exact(&mut heard).expect("the server delivers");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(loopback, benches);
criterion_main!(loopback);
