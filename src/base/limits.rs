//! Every bound of the server, in one place, each with its unit.
//!
//! Nothing a peer does makes memory or a turn of the loop grow beyond what stands here.

use std::time::Duration;

/// The longest name, in characters.
pub const NAME_CHARS: usize = 32;

/// The longest message, in bytes of UTF-8 text, without its prefix and its end.
pub const MESSAGE_BYTES: usize = 4_096;

/// The longest run of bytes kept while the end of a message is awaited: a message, and room for the `NAME: ` that old
/// programs put before it.
pub const FRAME_BYTES: usize = MESSAGE_BYTES + NAME_CHARS * 4 + 2;

/// The same for a line of JSON, in which a character may take six bytes for one.
pub const JSON_FRAME_BYTES: usize = 6 * MESSAGE_BYTES + 512;

/// The most frames that a message comes in over a WebSocket.
pub const WEBSOCKET_FRAGMENTS: usize = 256;

/// What a program's line is repeated of that is not understood, in bytes.
pub const INVALID_ECHO_BYTES: usize = 256;

/// Characters of a text that may be a name at all: one of a name decomposes into at most four. What is longer is not folded.
pub const NAME_INPUT_CHARS: usize = 4 * NAME_CHARS;

/// The first bytes of a message that are looked at for another protocol's. No name takes as many, so what is longer, before a
/// name was given, comes from no person.
pub const DETECTION_BYTES: usize = 512;

/// The longest telnet subnegotiation that is skipped as one, in bytes. What is longer was none.
pub const TELNET_SUBNEGOTIATION_BYTES: usize = 64;

/// What one connection may have read in one turn of the loop, in bytes.
pub const READ_BYTES_PER_TURN: usize = 16 * 1024;

/// What one connection may say at one go, in messages. The rest waits for the next turn of the loop, as does whatever it
/// sends after that.
pub const MESSAGES_PER_TURN: usize = 256;

/// What rooms may say in one turn of the loop, in bytes of one dialect, before nobody more is heard in this turn. Much
/// less than a send queue: no turn is too much for who reads.
pub const BROADCAST_BYTES_PER_TURN: usize = 128 * 1024;

/// What all connections together are sent of the history in one turn of the loop, in bytes.
pub const REPLAY_BYTES_PER_TURN: usize = 64 * 1024;

/// How much of the history is encoded at a time for a newcomer, in bytes: what is owed to it beyond what its socket took.
pub const REPLAY_CHUNK_BYTES: usize = 16 * 1024;

/// What is still to be sent of histories, for all who came, in bytes as the history counts them, before whoever comes hears
/// the end of it only: so much that it is sent within seconds.
pub const REPLAY_BACKLOG_BYTES: usize = 128 * 1024 * 1024;

/// How many pieces of a send queue go to the socket in one system call.
pub const SLICES_PER_WRITE: usize = 64;

/// What one connection may be owed, in bytes, with [`CHUNK_OVERHEAD_BYTES`] for each piece. Who is owed more does not read, and is
/// let go.
pub const SEND_QUEUE_BYTES: usize = 1024 * 1024;

/// What all connections together may be owed, in bytes of memory: what many are owed is kept once, and counts once. When it
/// is more, whoever is owed most is let go. If an operator lets one connection be owed more than this, it is as much.
pub const TOTAL_SEND_QUEUE_BYTES: usize = 256 * 1024 * 1024;

/// What may be kept of messages whose ends have not come, for all connections together, in bytes. When it is more, whoever
/// has most of it is let go.
pub const TOTAL_PARTIAL_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// How many bytes of one connection's own are gathered in one piece of its send queue before another is begun.
pub const PRIVATE_CHUNK_BYTES: usize = 4 * 1024;

/// What a piece of a send queue costs beside its bytes, in bytes: its place in a list that has room for more.
pub const CHUNK_OVERHEAD_BYTES: usize = 64;

/// Connections at once. The system's limit of descriptors may be lower.
pub const SESSIONS: usize = 16_384;

/// New connections taken in one turn of the loop.
pub const ACCEPTS_PER_TURN: usize = 16;

/// Addresses that each port is listened on, if the operator names a host that has several.
pub const BIND_ADDRESSES: usize = 8;

/// Connections that the kernel may keep ready until they are taken. The system's own limit (`somaxconn`) may be lower.
pub const LISTEN_BACKLOG: i32 = 16_384;

/// Descriptors that are not connections: standard streams, poll, listener, signals, log, operators, and some to spare.
pub const RESERVED_DESCRIPTORS: u64 = 48;

/// Events taken from one poll.
pub const EVENTS_PER_POLL: usize = 4_096;

/// After how much silence a new connection is greeted as a person's. The oldest programs are silent for a little more than a
/// second before they give a name, and would take the greeting for a message.
pub const GREETING_DELAY: Duration = Duration::from_millis(1_500);

/// How long a new connection may take to give a name.
pub const NAME_TIMEOUT: Duration = Duration::from_secs(60);

/// How often it is looked again whether somebody gave a name, whose time is over, and who sent something that was not read.
pub const UNREAD_NAME_INTERVAL: Duration = Duration::from_millis(250);

/// How many names a person may try.
pub const NAME_TRIES: u8 = 10;

/// How long a connection that is being closed may take nothing of its last lines, and then, once it has them, may take to
/// close its side.
pub const CLOSE_LINGER: Duration = Duration::from_secs(2);

/// How long a connection that is being closed may take to read all that it is owed, however steadily it reads.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long whatever comes after the answer to a question waits for that answer: another question, or leaving.
pub const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection whose input has ended stays for all the answers that it is owed.
pub const HALF_CLOSED_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the end of the service waits for clients to take their last lines.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest head of an HTTP request, in bytes.
pub const HTTP_HEAD_BYTES: usize = 8 * 1024;

/// The longest line that a request begins with, in bytes.
pub const HTTP_TARGET_BYTES: usize = 2 * 1024;

/// Fields of a request.
pub const HTTP_FIELDS: usize = 64;

/// Requests of one connection, one after the other.
pub const HTTP_REQUESTS: usize = 64;

/// How long the head of a request may take to come, an answer to be taken in part, and a connection to be silent between two.
pub const HTTP_WITHIN: Duration = Duration::from_secs(10);

/// Requests from one address, at once and again in each minute. A page takes two dozen.
pub const HTTP_PER_MINUTE: u32 = 600;

/// Connections that ask for pages and are served in one turn of the loop.
pub const HTTP_SERVED_PER_TURN: usize = 16;

/// Names of a room's members that a program is told at once.
pub const PROGRAM_MEMBERS: usize = 1_000;

/// How often a program that watches the rooms hears of changes, at most.
pub const ROOM_WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// The longest name that a program gives a request, in characters.
pub const LABEL_CHARS: usize = 32;

/// How many messages a program is told of a history unless it asks for another number, and at most.
pub const PROGRAM_HISTORY: usize = 50;
/// See [`PROGRAM_HISTORY`].
pub const PROGRAM_HISTORY_MAX: usize = 100;

/// Names that `/who` and the welcome list before they count the rest.
pub const WHO_NAMES: usize = 100;
/// See [`WHO_NAMES`]; for the welcome.
pub const WELCOME_NAMES: usize = 8;

/// Words of a message that are looked up as names, so that bots know who is spoken to, and how many names they are told.
pub const MENTION_LOOKUPS: usize = 64;
/// See [`MENTION_LOOKUPS`].
pub const MENTIONS: usize = 16;

/// What bots and hosts read of a message, in bytes: its beginning. Nobody answers the end of a longer one.
pub const BOT_INPUT_BYTES: usize = 512;

/// Words that bots read of it: as many as so many bytes of English have. Single letters would be more.
pub const BOT_INPUT_WORDS: usize = 64;

/// What a message costs at least that a bot or a host reads, in bytes.
pub const BOT_INPUT_COST_MIN: usize = 64;

/// What bots and hosts read in one turn of the loop, in bytes. What is said beyond that goes unanswered.
pub const BOT_INPUT_BYTES_PER_TURN: usize = 4 * 1024;

/// What bots and hosts read at once of those who come from one address, in bytes, and the time in which as much comes back.
pub const BOT_INPUT_BYTES_PER_ADDRESS: u32 = 32 * 1024;
/// See [`BOT_INPUT_BYTES_PER_ADDRESS`].
pub const BOT_INPUT_WINDOW: Duration = Duration::from_secs(16);

/// Messages that the history keeps unless told otherwise.
pub const HISTORY_MESSAGES: usize = 1_000;

/// Bytes that the history keeps unless told otherwise: names, texts, and [`HISTORY_ENTRY_OVERHEAD_BYTES`] for each message.
pub const HISTORY_BYTES: usize = 4 * 1024 * 1024;

/// What a message in the history costs beside its name and text, in bytes.
pub const HISTORY_ENTRY_OVERHEAD_BYTES: usize = 64;

/// A file of conversation initiators, in bytes.
pub const INITIATORS_BYTES: u64 = 1024 * 1024;

/// Messages of a spam limit, at least and at most.
pub const SPAM_MESSAGES: std::ops::RangeInclusive<usize> = 2..=1_000;

/// The longest window of a spam limit, and the longest pause between two lines of the host.
pub const SETTING_DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// The longest line that the console takes, in bytes.
pub const CONSOLE_LINE_BYTES: usize = 8 * 1024;

/// What the console may be owed by a terminal or pipe that does not take it, in bytes.
pub const CONSOLE_QUEUE_BYTES: usize = 8 * 1024 * 1024;

/// Idle seconds before the kernel asks whether a peer is still there, between two such questions, and how many go
/// unanswered before the connection is given up.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(120);
/// See [`KEEPALIVE_IDLE`].
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// See [`KEEPALIVE_IDLE`].
pub const KEEPALIVE_PROBES: u32 = 4;

/// The longest line that a client takes from a server, in bytes: a message, or a welcome with [`WHO_NAMES`].
pub const SERVER_LINE_BYTES: usize = 64 * 1024;

/// How long a client waits for a connection to be made, and then for the server's first word on it.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause before a client connects again; it doubles up to [`RECONNECT_BACKOFF_MAX`] until it is let in.
pub const RECONNECT_BACKOFF_MIN: Duration = Duration::from_secs(1);
/// See [`RECONNECT_BACKOFF_MIN`].
pub const RECONNECT_BACKOFF_MAX: Duration = Duration::from_secs(30);

/// What a client of ours says at most within [`CLIENT_RATE_WINDOW`], in messages: below what a server warns of unless its spam
/// limit is lower than usual. The rest waits.
pub const CLIENT_RATE_MESSAGES: usize = 6;
/// See [`CLIENT_RATE_MESSAGES`]. Longer than the server's four seconds, as messages may be delayed and arrive closer together.
pub const CLIENT_RATE_WINDOW: Duration = Duration::from_millis(4_500);

/// Messages that wait in a client until they may be sent, or until they come back.
pub const OUTBOX_MESSAGES: usize = 100;

/// How long a client without a terminal, which is to know whether all was heard, waits for that as it leaves: longer than
/// the server lets it wait for an answer.
pub const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a client that leaves waits for what it is still owed.
pub const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long comings and goings wait to be shown together, and from how many on they are counted instead of named.
pub const PRESENCE_DIGEST_DELAY: Duration = Duration::from_millis(500);
/// See [`PRESENCE_DIGEST_DELAY`].
pub const PRESENCE_DIGEST_MIN: usize = 4;

/// Names of those present that a client keeps, to show and to complete. The others are counted.
pub const ROSTER_NAMES: usize = 1_000;

/// Lines of one's own that can be called back.
pub const LINE_HISTORY_LINES: usize = 500;

/// The longest paste that is looked at, in bytes. The rest is dropped.
pub const PASTE_BYTES: usize = 1024 * 1024;

/// How long the rest of a key may take that begins as Escape does, and the rest of a paste.
pub const ESCAPE_TIMEOUT: Duration = Duration::from_millis(50);
/// See [`ESCAPE_TIMEOUT`].
pub const PASTE_TIMEOUT: Duration = Duration::from_secs(2);

/// The shortest time between two rings of a client's bell, whoever says its user's name how often.
pub const BELL_INTERVAL: Duration = Duration::from_secs(2);

/// How long a terminal may take to say where its cursor is.
pub const CURSOR_REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest text that is looked up as a place, in characters, and the words of it that are tried.
pub const PLACE_CHARS: usize = 64;
/// See [`PLACE_CHARS`].
pub const PLACE_WORDS: usize = 8;

/// Times of a forecast that are taken; MET sends about ninety.
pub const FORECAST_STEPS: usize = 400;

/// The longest contact that is told to MET Norway, in bytes.
pub const WEATHER_CONTACT_BYTES: usize = 128;

/// Questions about the weather that may be open at once.
pub const WEATHER_QUESTIONS: usize = 64;

/// Places whose forecasts are kept, and the bytes of all of them.
pub const WEATHER_CACHE_PLACES: usize = 256;
/// See [`WEATHER_CACHE_PLACES`].
pub const WEATHER_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// The longest answer that is taken from a forecast's server, in bytes, unpacked. MET's have about 50 KiB.
pub const WEATHER_BODY_BYTES: usize = 512 * 1024;

/// The head of a file in the weather's cache, in bytes.
pub const WEATHER_CACHE_HEADER_BYTES: usize = 4 * 1024;

/// The longest `Last-Modified` that is kept, in bytes.
pub const WEATHER_LAST_MODIFIED_BYTES: usize = 128;

/// Redirects that are followed for one request.
pub const WEATHER_REDIRECTS: u32 = 3;

/// How long a request for a forecast may take in all.
pub const WEATHER_TIMEOUT: Duration = Duration::from_secs(10);

/// How much time lies between two requests on average. MET bears 20 a second from all servers of this kind together.
pub const WEATHER_REQUEST_INTERVAL: Duration = Duration::from_secs(5);

/// How many requests may come at once after a pause.
pub const WEATHER_BURST: u32 = 4;

/// How long a request may be put off before the one who waits for it is told to ask later.
pub const WEATHER_QUEUE_TIMEOUT: Duration = Duration::from_secs(45);

/// How much of each hour's beginning passes without a request, and at most as much again.
pub const WEATHER_HOUR_DELAY: Duration = Duration::from_secs(15);

/// How long a forecast is good at least, whatever is said, and how long if nothing is said.
pub const WEATHER_TTL_MIN: Duration = Duration::from_secs(10 * 60);
/// See [`WEATHER_TTL_MIN`].
pub const WEATHER_TTL_DEFAULT: Duration = Duration::from_secs(45 * 60);

/// How long it is remembered that a place has no forecast.
pub const WEATHER_NEGATIVE_TTL: Duration = Duration::from_secs(24 * 3600);

/// By how much at most a forecast is kept longer than it has to be, so that requests spread.
pub const WEATHER_TTL_JITTER: Duration = Duration::from_secs(4 * 60);

/// The pause after a failed request, which doubles with each, and the longest one; both are up to half as long again.
pub const WEATHER_BACKOFF_MIN: Duration = Duration::from_secs(20);
/// See [`WEATHER_BACKOFF_MIN`].
pub const WEATHER_BACKOFF_MAX: Duration = Duration::from_secs(3600);

/// How long nothing is requested after "too many requests", and the longest time that a server may ask for.
pub const WEATHER_RATE_LIMITED_PAUSE: Duration = Duration::from_secs(2 * 3600);
/// See [`WEATHER_RATE_LIMITED_PAUSE`].
pub const WEATHER_RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

/// Rooms that are open at once.
pub const ROOMS: usize = 64;

/// The longest message of ChatyChaty's wire, in bytes: its programs read so many at a time, and take a read for a message.
pub const CHATY_MESSAGE_BYTES: usize = 1_024;

/// After how much silence what was sent on ChatyChaty's wire counts as a whole message.
pub const CHATY_FRAME_SILENCE: Duration = Duration::from_millis(20);

/// The same where it ends within a character, or within what begins the next message: its rest is still under way.
pub const CHATY_PARTIAL_FRAME_SILENCE: Duration = Duration::from_millis(300);

/// The longest pause between two questions whether a client of ChatyChaty's wire has read its last message.
pub const CHATY_POLL_INTERVAL_MAX: Duration = Duration::from_millis(200);

/// How long after its last message such a client is sent the next where nobody can tell whether it has read it.
pub const CHATY_MESSAGE_GAP: Duration = Duration::from_millis(20);

/// Idle time before the kernel asks whether such a client is still there, between two such questions, and how many go
/// unanswered: the numbers of ChatyChaty's server.
pub const CHATY_KEEPALIVE_IDLE: Duration = Duration::from_secs(1);
/// See [`CHATY_KEEPALIVE_IDLE`].
pub const CHATY_KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
/// See [`CHATY_KEEPALIVE_IDLE`].
pub const CHATY_KEEPALIVE_PROBES: u32 = 5;

/// Answers that the bots of ChatyChaty's room give at most within [`CHATY_BOT_REPLIES_WINDOW`], whatever is said.
pub const CHATY_BOT_REPLIES: usize = 6;
/// See [`CHATY_BOT_REPLIES`].
pub const CHATY_BOT_REPLIES_WINDOW: Duration = Duration::from_secs(10);

/// How often a bot of ChatyChaty's room tries to come back whose name somebody else took.
pub const CHATY_BOT_RETURN_INTERVAL: Duration = Duration::from_secs(30);
/// Lines that followers of a Lord remember, so that none is said twice. Then they forget all of them.
pub const FOLLOWER_LINES: usize = 500;

/// Seats in a realm: a Lord and followers.
pub const THRONES_SEATS: usize = 5;

/// How long empty seats of followers wait for somebody to take them, from when there is a Lord.
pub const THRONES_FILL_DELAY: Duration = Duration::from_secs(10);

/// Events in one game.
pub const THRONES_EVENTS: usize = 12;

/// How many followers a Lord needs to go on, and how many for a good end.
pub const THRONES_FOLLOWERS: usize = 2;
/// See [`THRONES_FOLLOWERS`].
pub const THRONES_FOLLOWERS_FOR_GOOD: usize = 3;

/// How long a Lord may take to answer an event.
pub const THRONES_EVENT_TIMEOUT: Duration = Duration::from_secs(120);

/// How long followers that the host does not speak for may take to answer an order.
pub const THRONES_ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// The pause before a hosted follower's answer, in milliseconds: at least, and at most.
pub const THRONES_ANSWER_DELAY_MS: std::ops::RangeInclusive<u64> = 1_000..=3_000;

/// The pause between what became of an event and the next event.
pub const THRONES_EVENT_DELAY: Duration = Duration::from_secs(4);

/// The most loyalty that a follower can have, and what it may begin with. Without any it leaves.
pub const THRONES_LOYALTY_MAX: u8 = 10;
/// See [`THRONES_LOYALTY_MAX`].
pub const THRONES_LOYALTY_INITIAL: std::ops::RangeInclusive<u8> = 5..=7;

/// How much loyalty the followers that are left must have on average for a good end.
pub const THRONES_LOYALTY_FOR_GOOD: usize = 7;

/// Operators at once on the control socket.
pub const CONTROL_CONNECTIONS: usize = 16;

/// How long an operator on the control socket may be silent, and have nothing to wait for, and still keep its place when
/// another needs one.
pub const CONTROL_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an operator waits at most for an answer that the disk has to give. Then he is told how it stands.
pub const OPERATOR_REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers that an operator may leave unread on the control socket, in bytes, when another comes. Who leaves more is let go.
/// A single answer may be longer: it names every connection.
pub const CONTROL_QUEUE_BYTES: usize = 1024 * 1024;

/// The longest answer that `salon ctl` takes, in bytes: whoever listens at a socket that was named may be anybody.
pub const CONTROL_REPLY_BYTES: u64 = 64 * 1024 * 1024;

/// Bans at once, and mutes at once.
pub const BANS: usize = 1_000;
/// See [`BANS`].
pub const MUTES: usize = 1_000;

/// The longest reason for a ban or a mute, in bytes.
pub const MODERATION_REASON_BYTES: usize = 512;

/// Words that may make up a time: `1 day, 12 hours and 30 minutes` has six.
pub const DURATION_WORDS: usize = 8;

/// The shortest and the longest time of a ban or a mute that has an end. Beyond, its end could not be told.
pub const MODERATION_DURATION_MIN: Duration = Duration::from_secs(1);
/// See [`MODERATION_DURATION_MIN`].
pub const MODERATION_DURATION_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The longest time that messages may be kept for, if not for ever.
pub const RETENTION_MAX: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);

/// Members whose names look like one that is asked for, at most, that are found.
pub const CONFUSABLES_FOUND: usize = 8;

/// Marks on one letter of a name that take no column of their own: as many as Unicode Technical Standard 39 allows. Of those
/// that go with every script, as accents do, no language in use needs more than two beside those that compose.
pub const NAME_MARKS: usize = 4;
/// See [`NAME_MARKS`].
pub const NAME_ACCENTS: usize = 2;
/// Seats of a round.
pub const ROUND_SEATS: usize = 4;

/// How long after the first person sat down the cast takes the free seats of a round.
pub const ROUND_FILL_DELAY: Duration = Duration::from_secs(10);

/// How long it takes from the last guest's sitting down to the suggestion.
pub const ROUND_START_DELAY: Duration = Duration::from_secs(2);

/// How long a guest may think about the answer. Who does not answer is passed over.
pub const ROUND_ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// What a guest of the cast needs for an answer: at least, and at most.
pub const ROUND_ANSWER_DELAY_MIN: Duration = Duration::from_millis(1_500);
/// See [`ROUND_ANSWER_DELAY_MIN`].
pub const ROUND_ANSWER_DELAY_MAX: Duration = Duration::from_secs(4);

/// How much time lies between two guests of the cast who come or go, and before the host's thanks.
pub const ROUND_STEP_DELAY: Duration = Duration::from_millis(1_100);

/// Names that are tried for each guest of the cast: its own, and numbered ones.
pub const ROUND_NAME_TRIES: usize = 9;

/// Lines of a round's host and its cast that are remembered, so that they are not said again: about those of a round.
pub const ROUND_RECENT_LINES: usize = 12;

/// What a bot from outside needs for an answer, at least and at most, and how long a chatterer is silent after one.
pub const PLAYER_ANSWER_DELAY_MIN: Duration = Duration::from_millis(1_200);
/// See [`PLAYER_ANSWER_DELAY_MIN`].
pub const PLAYER_ANSWER_DELAY_MAX: Duration = Duration::from_millis(3_500);
/// See [`PLAYER_ANSWER_DELAY_MIN`].
pub const PLAYER_COOLDOWN: Duration = Duration::from_secs(3);

/// Members of a bench, each a connection.
pub const BENCH_MEMBERS: std::ops::RangeInclusive<u64> = 1..=SESSIONS as u64;

/// Messages of a bench; eight bytes are kept for each, so that their order can be compared.
pub const BENCH_MESSAGES: std::ops::RangeInclusive<u64> = 1..=10_000_000;

/// The length of a bench's messages, in bytes: what they have to carry, and what a message may have.
pub const BENCH_SIZE: std::ops::RangeInclusive<u64> = 32..=MESSAGE_BYTES as u64;

/// Messages a second that a bench may be asked for.
pub const BENCH_RATE: std::ops::RangeInclusive<u64> = 1..=1_000_000;

/// Messages of a bench that may be under way at once.
pub const BENCH_WINDOW: std::ops::RangeInclusive<u64> = 1..=10_000;

/// Members of a bench that may be coming in at once.
pub const BENCH_JOINS_IN_FLIGHT: usize = 256;

/// Prefixes of names that a bench tries.
pub const BENCH_PREFIXES: usize = 5;

/// How long a bench waits when nothing comes any more.
pub const BENCH_TIMEOUT: Duration = Duration::from_secs(10);

/// How long who said the first mark may take longer than all others to hear it, before the room counts as one that does
/// not echo.
pub const BENCH_ECHO_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a bench that is owed something goes without hearing anything before it says the last mark, behind which nothing
/// can come any more.
pub const BENCH_IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes that a bench reads at once.
pub const BENCH_READ_BYTES: usize = 256 * 1024;

/// Members that do not fit together with the others and are looked at more closely.
pub const BENCH_DIAGNOSED_MEMBERS: usize = 100;

/// The latencies that a bench can tell apart, in nanoseconds: at least and at most.
pub const BENCH_LATENCY_NS: std::ops::RangeInclusive<u64> = 1_000..=120_000_000_000;

/// How often a bench shows how far it is.
pub const BENCH_PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What rooms may have said and not yet been let hear, because it is not kept yet, in bytes of one dialect, before nobody is
/// listened to until some of it is.
pub const UNCOMMITTED_BYTES_MAX: usize = 8 * BROADCAST_BYTES_PER_TURN;

/// How long what was said is gathered, at most, while what was said before in its room is on its way to be kept. Then it is
/// handed over too.
pub const BATCH_LINGER: Duration = Duration::from_millis(2);

/// How long what was said waits to be kept before it is heard all the same, and the rooms are told.
pub const COMMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// What may be handed over to be kept while nothing can be, in bytes. What is said beyond that is never kept.
pub const DEGRADED_BACKLOG_BYTES: usize = 8 * 1024 * 1024;

/// The pause before it is tried again to keep what could not be kept.
pub const JOURNAL_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Ids of a thread that are set aside at once, so that none is given twice, whatever happens.
pub const ID_RESERVATION: u64 = 1_024;

/// Messages that are found at once, at most, and unless a number was asked for.
pub const RESULT_MESSAGES_MAX: usize = 1_000;
/// See [`RESULT_MESSAGES_MAX`].
pub const RESULT_MESSAGES_DEFAULT: usize = 20;

/// Bytes of messages that are found at once, as [`crate::journal::Message::cost`] counts them.
pub const RESULT_BYTES_MAX: usize = 256 * 1024;

/// The shortest time that messages may be kept, and the least that may be used of the disk for them, in bytes.
pub const RETENTION_MIN: Duration = Duration::from_secs(60);
/// See [`RETENTION_MIN`].
pub const RETENTION_BYTES_MIN: u64 = 1024 * 1024;

/// How long the end of the service waits for the disk to have what was said.
pub const FINAL_COMMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The first characters of a word that the index has.
pub const INDEXED_WORD_CHARS: usize = 32;

/// What may be looked for at once: so many words, and so many bytes as they are typed; and how many of their tokens the index
/// is asked for. What has all of these is looked at as a whole.
pub const SEARCH_WORDS: usize = 16;
/// See [`SEARCH_WORDS`].
pub const SEARCH_BYTES: usize = 1_024;
/// See [`SEARCH_WORDS`].
pub const SEARCH_TOKENS: usize = 32;

/// How long it may take to look something up, at first; and at the second try, for which others need not wait. What is not
/// found by then is not told, which is told.
pub const QUICK_QUERY_TIMEOUT: Duration = Duration::from_millis(20);
/// See [`QUICK_QUERY_TIMEOUT`].
pub const THOROUGH_QUERY_TIMEOUT: Duration = Duration::from_millis(250);

/// After how many steps of `SQLite`'s machine it is looked whether that time is over: some microseconds.
pub const QUERY_CHECK_STEPS: i32 = 200;

/// Bytes of messages that the journal in memory looks at in one turn of the loop, with 64 for each message.
pub const QUERY_BYTES_PER_TURN: usize = 32 * 1024;

/// Answers that may wait until they are told before nothing more is looked up.
pub const QUEUED_REPLIES_MAX: usize = 2;

/// How many messages in a row may be older than what is asked for before nothing younger is expected behind them: clocks
/// jump, but not for ever. And how many may be in all.
pub const SKIPPED_IN_A_ROW_MAX: usize = 1_000;
/// See [`SKIPPED_IN_A_ROW_MAX`].
pub const SKIPPED_IN_ALL_MAX: usize = 10_000;

/// Messages that the index of words may be behind before it is brought up to date in a pause, and before it is done in any
/// case; and how many are indexed at once.
pub const INDEX_LAG: usize = 256;
/// See [`INDEX_LAG`].
pub const INDEX_LAG_MAX: usize = 768;
/// See [`INDEX_LAG`].
pub const INDEX_STEP_MESSAGES: usize = 128;

/// Bytes of messages whose words are indexed at once: one message more, at most.
pub const INDEX_STEP_BYTES: usize = 16 * 1024;

/// Rows of an index of words that is used no more, which are deleted between two looks at the clock: pages, about.
pub const OLD_INDEX_STEP_ROWS: i64 = 8;

/// How often some messages are indexed where there is no pause.
pub const INDEX_INTERVAL: Duration = Duration::from_millis(20);

/// How long after a commit the journal is taken to have a pause.
pub const JOURNAL_IDLE_DELAY: Duration = Duration::from_millis(50);

/// Messages that are deleted at once because they are too old or too many, between two commits.
pub const RETENTION_STEP_MESSAGES: usize = 32;

/// After how many messages, and after how long, it is looked whether some are too old or too many.
pub const RETENTION_CHECK_RECORDS: usize = 256;
/// See [`RETENTION_CHECK_RECORDS`].
pub const RETENTION_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// By how much the clock on the wall has to be off at once to have jumped: then what is to end after some time is moved with it.
pub const CLOCK_JUMP: Duration = Duration::from_secs(5);

/// How far the clock on the wall may be ahead at most for messages to grow old by it at once, without an operator's word; and a
/// tenth of what they are kept for, if that is less.
pub const AGE_CLOCK_STEP_MAX: Duration = Duration::from_secs(3 * 24 * 3600);
/// For how long no other such step is made at once.
pub const AGE_CLOCK_STEP_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the log is told that an operator is to confirm the clock.
pub const AGE_CLOCK_WARN_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// Messages whose names are compared at once when a name's are to be forgotten, and how many of them are erased at once.
pub const ERASURE_STEP_MESSAGES: usize = 2_048;
/// See [`ERASURE_STEP_MESSAGES`].
pub const ERASURE_STEP_DELETES: usize = 32;

/// How long a step of the journal's own work (to forget, to index) holds up commits, about; and how many times as long it then
/// rests while people talk.
pub const MAINTENANCE_STEP: Duration = Duration::from_millis(2);
/// See [`MAINTENANCE_STEP`].
pub const MAINTENANCE_REST_FACTOR: u32 = 3;

/// How often it is written down for operators how far such work has come.
pub const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Unused pages of the journal's file that are given back to the system at once.
pub const VACUUM_STEP_PAGES: i64 = 64;

/// After how long what was committed is made safe from a power cut, unless each commit is.
pub const SYNC_INTERVAL: Duration = Duration::from_secs(5);

/// How long the journal's reader, which does that, may have other things to do before the writer does it.
pub const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(10);

/// After how many pages of the journal's log (`SQLite`'s WAL) it is copied to the file that it belongs to, from how many on it
/// is begun anew, for which who reads makes way, and from how many on commits wait for that.
pub const WAL_CHECKPOINT_PAGES: i64 = 1_000;
/// See [`WAL_CHECKPOINT_PAGES`].
pub const WAL_RESTART_PAGES: i64 = 1_500;
/// See [`WAL_CHECKPOINT_PAGES`].
pub const WAL_PAGES_MAX: i64 = 2_500;

/// Bytes that the journal's log takes of the disk at most: what [`WAL_PAGES_MAX`] are, with what the last commit and the last
/// of the journal's own work add to them.
pub const WAL_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long who reads may be waited for until the log can be begun anew, and how long who wants to read waits for that.
pub const WAL_GATE_TIMEOUT: Duration = Duration::from_millis(300);

/// Records of one commit, and bytes of their messages, unless what is to be kept together is more.
pub const COMMIT_RECORDS: usize = 512;
/// See [`COMMIT_RECORDS`].
pub const COMMIT_BYTES: usize = 1024 * 1024;

/// The largest file of the journal that is checked page by page before each start, in bytes. A larger one is checked beside
/// service; and if it turns out at the start that it is damaged, what can be read of it is brought in beside service.
pub const STARTUP_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// How long messages of such a file are read at once, and the pause after that.
pub const CHECK_STEP: Duration = Duration::from_millis(4);
/// See [`CHECK_STEP`].
pub const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// How often it is looked whether the journal's file is still where it was.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How long the journal waits for another program that has its file locked before it says so.
pub const FILE_LOCK_TIMEOUT: Duration = Duration::from_millis(500);

/// Connections at once from one address, unless told otherwise: a class behind one router, with a bot for each.
pub const CONNECTIONS_PER_ADDRESS: usize = 64;

/// New connections from one address in a minute, unless told otherwise: all that it may have at once, and again.
pub const NEW_CONNECTIONS_PER_MINUTE: u32 = 120;

/// Addresses whose last connections are remembered at once. Of more, none is forgotten: see [`crate::hub`]'s admission.
pub const TRACKED_ADDRESSES: usize = 16_384;

/// Addresses whose refusals are told one by one in the log within [`REFUSAL_LOG_INTERVAL`]. Those of others are counted.
pub const REFUSAL_LOG_ADDRESSES: usize = 64;
/// See [`REFUSAL_LOG_ADDRESSES`].
pub const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(60);

/// How long before a silent member is let go it is told so, if members are let go for silence at all.
pub const IDLE_WARNING: Duration = Duration::from_secs(60);

/// How long who is owed something may take none of it. Longer than somebody shuts a laptop to change trains, and shorter
/// than TCP waits ([`KEEPALIVE_IDLE`]), so that the log says why it ended.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(180);

/// What one connection may be owed, in bytes, as an operator may set it.
pub const SEND_QUEUE_BYTES_RANGE: std::ops::RangeInclusive<u64> =
    SEND_QUEUE_BYTES as u64..=1024 * 1024 * 1024;

/// Points that a member may spend on commands at once, and the time in which as many come back. What each costs stands in
/// `limits/command_budget.rs`: a program may join all of its rooms as it comes.
pub const COMMAND_POINTS: u32 = 50;
/// See [`COMMAND_POINTS`].
pub const COMMAND_WINDOW: Duration = Duration::from_secs(50);

/// Rooms that a program may be in at once.
pub const ROOMS_PER_PROGRAM: usize = 16;

/// Marks that may stand on one character. No language in use puts more than six there; tens of them paint over the lines
/// above and below.
pub const MARKS_PER_CHARACTER: usize = 8;

/// How long nothing has come from a member before somebody at its address may find out whether it is a ghost of his.
pub const GHOST_IDLE_MIN: Duration = Duration::from_secs(5);

/// How long that takes.
pub const GHOST_PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long its machine acknowledges nothing of what is under way to it before it is taken for a ghost.
pub const GHOST_ACK_TIMEOUT: Duration = Duration::from_secs(8);

/// How often that may be found out of one member, since it is told.
pub const GHOST_PROBE_INTERVAL: Duration = Duration::from_secs(30);

/// The longest line that somebody may be typing, in bytes: more than a message, so that it can be said how much more.
pub const EDITOR_BYTES: usize = 16 * 1024;

/// What is written in one turn of the loop to those who are owed something of their own, and again to rooms, in bytes, with
/// [`WRITE_SYSCALL_COST`] for each write. The rest goes on in the next turn.
pub const WRITE_COST_PER_TURN: usize = 512 * 1024;

/// What a write costs beside its bytes: it takes about as long as copying so many.
pub const WRITE_SYSCALL_COST: usize = 8 * 1024;

/// Messages of an answer to who looks something up that are made ready for it in one turn of the loop.
pub const REPLY_MESSAGES_PER_TURN: usize = 64;

/// How many members are read from in one turn of the loop, and how many others, who come or leave: who is in goes before.
pub const READS_PER_TURN: usize = 64;
/// See [`READS_PER_TURN`].
pub const NEWCOMERS_READ_PER_TURN: usize = 16;

/// How often those are read of whose last bytes nothing came (pieces of messages, blank lines), and how many of them at once.
/// Shorter than a key is pressed, and few enough that they cost the loop a tenth of its time.
pub const FRAGMENT_READ_INTERVAL: Duration = Duration::from_millis(2);
/// See [`FRAGMENT_READ_INTERVAL`].
pub const FRAGMENT_READS_AT_ONCE: usize = 32;

/// With how many connections a turn of the loop goes on that sent more than an earlier turn took.
pub const RESUMED_PER_TURN: usize = 32;

/// How many connections are closed in one turn of the loop.
pub const CLOSES_PER_TURN: usize = 16;

/// How many come in within one turn of the loop by giving a name.
pub const NEWCOMERS_PER_TURN: usize = 16;

/// How long a forecast is good at most, whatever its server says.
pub const WEATHER_TTL_MAX: Duration = Duration::from_secs(24 * 3600);

/// What a bot from outside may be about to say at once, in messages. What it would say beside that it does not.
pub const PLAYER_QUEUED_MESSAGES: usize = 16;

/// How often the loop has a turn even if nothing happens, so that it knows when it was kept from running.
pub const TURN_INTERVAL: Duration = Duration::from_millis(250);

/// How far the hub's time goes from one turn of the loop to the next at most. What takes longer kept the loop from running.
pub const MAX_CLOCK_STEP: Duration = Duration::from_millis(500);

/// How long after nobody could be listened to what is read counts as said meanwhile, and in how much of that time at most.
pub const STALL_CREDIT_WINDOW: Duration = Duration::from_secs(10);
/// See [`STALL_CREDIT_WINDOW`].
pub const STALL_CREDIT_MAX: Duration = Duration::from_secs(5 * 60);

/// How often it is tried to read something of a damaged file's messages between what could be read of them.
pub const RECOVERY_READS: usize = 50_000;

/// Ids of a conversation that are passed over if nobody knows any more which were given: of those who came and went, of whom
/// nothing is kept.
pub const RECOVERY_SKIPPED_IDS: u64 = 1 << 24;

/// What somebody may have said and nobody hears yet, in bytes, with [`INFLIGHT_MESSAGE_BYTES`] for each message, before nothing
/// more is read from him.
pub const INFLIGHT_BYTES: usize = 16 * 1024;
/// See [`INFLIGHT_BYTES`].
pub const INFLIGHT_MESSAGE_BYTES: usize = 64;

/// What may wait for the log's disk, in bytes, with [`LOG_LINE_OVERHEAD_BYTES`] for each line. What does not fit is counted instead.
pub const LOG_QUEUE_BYTES: usize = 4 * 1024 * 1024;

/// What a line of the log takes in memory beside its text, in bytes.
pub const LOG_LINE_OVERHEAD_BYTES: usize = 96;

/// How many lines of the log are gathered for one write.
pub const LOG_LINES_PER_WRITE: usize = 1_000;

/// How long the end of the program waits for the log to be written.
pub const LOG_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// How often the operator is told that the log cannot be written, at most.
pub const LOG_WARN_INTERVAL: Duration = Duration::from_secs(60);

const _: () = {
    assert!(
        TURN_INTERVAL.as_millis() < MAX_CLOCK_STEP.as_millis(),
        "who waits for nothing is not kept from running"
    );
    assert!(
        WRITE_STALL_TIMEOUT.as_secs()
            < KEEPALIVE_IDLE.as_secs() + KEEPALIVE_PROBES as u64 * KEEPALIVE_INTERVAL.as_secs(),
        "who does not read is told so before TCP gives up"
    );
    assert!(
        GHOST_ACK_TIMEOUT.as_secs() < GHOST_PROBE_TIMEOUT.as_secs(),
        "a ghost can be silent for long enough"
    );
    assert!(GHOST_PROBE_TIMEOUT.as_secs() < GHOST_PROBE_INTERVAL.as_secs(), "it is found out once at a time");
    assert!(SERVER_LINE_BYTES > 2 * JSON_FRAME_BYTES, "any message fits a line for a client");
    assert!(FRAME_BYTES > MESSAGE_BYTES, "a whole message fits a frame");
    assert!(READ_BYTES_PER_TURN > FRAME_BYTES, "a turn reads at least one whole frame");
    assert!(SEND_QUEUE_BYTES > 4 * (REPLAY_CHUNK_BYTES + 2 * FRAME_BYTES), "no replay overruns a send queue");
    assert!(SEND_QUEUE_BYTES > 4 * BROADCAST_BYTES_PER_TURN, "no turn overruns a send queue");
    assert!(SEND_QUEUE_BYTES > 2 * RESULT_BYTES_MAX, "what is found fits a send queue");
    assert!(
        TOTAL_SEND_QUEUE_BYTES > 64 * SEND_QUEUE_BYTES,
        "one alone does not overrun what all may be owed"
    );
    assert!(REPLAY_CHUNK_BYTES <= REPLAY_BYTES_PER_TURN, "a turn sends at least one part of a replay");
    assert!(ROOMS < 1 << 16, "a room fits a question's ticket");
    assert!(CHATY_MESSAGE_BYTES > 4 * (NAME_CHARS * 4 + 4), "a part of a message is mostly text");
    assert!(WEATHER_NEGATIVE_TTL.as_secs() <= WEATHER_TTL_MAX.as_secs(), "what is kept is believed");
    assert!(WEATHER_CACHE_BYTES > WEATHER_BODY_BYTES, "one forecast can be kept");
};
