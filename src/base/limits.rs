//! Every limit of the program, in one place, each with its unit.
//!
//! They bound the memory and the length of one turn of the loop, whatever peers do.

use std::time::Duration;

/// The longest name, in characters.
pub const NAME_CHARS: usize = 32;

/// The longest message, in bytes of UTF-8 text, without its prefix and terminator.
pub const MESSAGE_BYTES: usize = 4_096;

/// The longest frame buffered while its terminator is awaited, in bytes: a message, and the `NAME: ` that old programs
/// prefix.
pub const FRAME_BYTES: usize = MESSAGE_BYTES + NAME_CHARS * 4 + 2;

/// The same for a line of JSON, where `\u` escapes take six bytes for one.
pub const JSON_FRAME_BYTES: usize = 6 * MESSAGE_BYTES + 512;

/// The most fragments (frames) of one WebSocket message.
pub const WEBSOCKET_FRAGMENTS: u32 = 256;

/// How much of a line that cannot be parsed is quoted in the error, in bytes.
pub const INVALID_ECHO_BYTES: usize = 256;

/// The longest text checked as a name, in characters: one character of a name decomposes into at most four.
pub const NAME_INPUT_CHARS: usize = 4 * NAME_CHARS;

/// How many first bytes of a connection are examined to detect another protocol. A name is shorter, so longer input
/// before a name comes from a program.
pub const DETECTION_BYTES: usize = 512;

/// The longest telnet subnegotiation that is skipped, in bytes. Longer input is not telnet.
pub const TELNET_SUBNEGOTIATION_BYTES: u32 = 64;

/// How much one connection reads in one turn of the loop, in bytes.
pub const READ_BYTES_PER_TURN: usize = 16 * 1024;

/// How many messages of one connection are processed in one turn of the loop. The rest waits for the next turn.
pub const MESSAGES_PER_TURN: usize = 256;

/// How much rooms may broadcast in one turn of the loop, in bytes of one encoding, before the loop stops reading. Much
/// less than a send queue, so that one turn never overruns a client that reads.
pub const BROADCAST_BYTES_PER_TURN: usize = 128 * 1024;

/// Up to this many bytes, what several rooms of a connection said is copied together for one write. More is written from where it is:
/// the copy would cost more than it saves.
pub const GATHERED_COPY_BYTES: usize = 16 * 1024;

/// How much history is replayed to all connections together in one turn of the loop, in bytes.
pub const REPLAY_BYTES_PER_TURN: usize = 64 * 1024;

/// How much history is encoded at a time for one connection, in bytes.
pub const REPLAY_CHUNK_BYTES: usize = 16 * 1024;

/// How much history may wait to be replayed, for all connections together, in bytes. Beyond it, a newcomer hears only the
/// newest part. This much is sent within seconds.
pub const REPLAY_BACKLOG_BYTES: usize = 128 * 1024 * 1024;

/// How many chunks of a send queue one system call writes.
pub const SLICES_PER_WRITE: usize = 64;

/// The longest send queue of one connection, in bytes, with [`CHUNK_OVERHEAD_BYTES`] for each chunk. A connection that
/// exceeds it does not read and is closed.
pub const SEND_QUEUE_BYTES: usize = 1024 * 1024;

/// The memory of all send queues together, in bytes; shared bytes count once. When it is exceeded, the connection with
/// the largest queue is closed. If an operator allows one queue to be longer than this, that value holds instead.
pub const TOTAL_SEND_QUEUE_BYTES: usize = 256 * 1024 * 1024;

/// The memory of all incomplete frames together, in bytes. When it is exceeded, the connection that holds most is closed.
pub const TOTAL_PARTIAL_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// The size at which a chunk of bytes for one connection is full, in bytes; then the queue begins another.
pub const PRIVATE_CHUNK_BYTES: usize = 4 * 1024;

/// The memory that a chunk of a send queue takes beside its bytes, in bytes.
pub const CHUNK_OVERHEAD_BYTES: usize = 64;

/// Connections at once. The system's limit of file descriptors may be lower.
pub const SESSIONS: usize = 16_384;

/// Connections accepted in one turn of the loop.
pub const ACCEPTS_PER_TURN: usize = 16;

/// Addresses that each port listens on, if the operator names a host that has several.
pub const BIND_ADDRESSES: usize = 8;

/// Connections that the kernel queues until they are accepted. The system's limit (`somaxconn`) may be lower.
pub const LISTEN_BACKLOG: i32 = 16_384;

/// File descriptors that are not connections: standard streams, poll, listeners, signals, log, operators, refused connections
/// ([`REFUSALS_WAITING`]), and spare ones.
pub const RESERVED_DESCRIPTORS: u64 = 80;

/// How many refused connections wait at once for their first bytes. Beyond that, the one that waits longest is
/// answered without them.
pub const REFUSALS_WAITING: usize = 32;
/// How long a refused connection may take to show whether it speaks HTTP: a round trip.
pub const REFUSAL_DELAY: Duration = Duration::from_millis(200);

/// Events taken from one poll.
pub const EVENTS_PER_POLL: usize = 4_096;

/// How long a new connection is silent before it is greeted as a person. The oldest programs wait a little more than a
/// second before they send a name, and would take the greeting for a message.
pub const GREETING_DELAY: Duration = Duration::from_millis(1_500);

/// The same for a connection from an address from which a browser came as short a time ago: a browser opens connections ahead of
/// its requests, and a greeting on one of them would spoil the page.
pub const BROWSER_GREETING_DELAY: Duration = Duration::from_secs(5);

/// How many connections of browsers are remembered for this.
pub const RECENT_BROWSERS: usize = 256;

/// How long a new connection may take to send a name.
pub const NAME_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a connection whose time for a name is over, but that has unread input, is checked for a name.
pub const UNREAD_NAME_INTERVAL: Duration = Duration::from_millis(250);

/// How long the old name of a member that takes another is kept for it.
pub const RENAME_HOLD: Duration = Duration::from_secs(60);

/// The most old names that are kept at once. Beyond that, the one that was given up first is free earlier.
pub const HELD_NAMES: usize = 1_024;
/// The most of one member. Beyond that, its own that it gave up first is free earlier.
pub const HELD_NAMES_OF_ONE: usize = 4;

/// How many names a person may try.
pub const NAME_TRIES: u8 = 10;

/// How long a client is not read after a wrong password.
pub const PASSWORD_PAUSE: Duration = Duration::from_secs(1);

/// How many wrong passwords may come from one address in a minute, or at once. A class behind one address may mistype a few.
pub const WRONG_PASSWORDS_PER_MINUTE: u32 = 20;

/// How often `salon join` asks its user for the password of a server.
pub const PASSWORD_PROMPTS: usize = 3;

/// What the hash of an operator's password may take to check: memory in KiB, passes over it, and lanes.
pub const PASSWORD_HASH_KIB: u32 = 262_144;
/// See [`PASSWORD_HASH_KIB`].
pub const PASSWORD_HASH_PASSES: u32 = 16;
/// See [`PASSWORD_HASH_KIB`].
pub const PASSWORD_HASH_LANES: u32 = 16;

/// How many passwords of operators wait to be checked at most. Each takes a good part of a second.
pub const OPERATOR_CHECKS: usize = 16;

/// The most operators that may have passwords, the longest name of one in characters, and the longest file of them in bytes.
pub const OPERATORS: usize = 100;
/// See [`OPERATORS`].
pub const OPERATOR_NAME_CHARS: usize = 32;
/// See [`OPERATORS`].
pub const OPERATORS_BYTES: u64 = 65_536;

/// The longest password, in bytes: it fits a line of every dialect, and costs little to check.
pub const PASSWORD_BYTES: usize = 256;

/// How long a closing connection may take none of its last output; and, once all is sent, how long its peer may take to close
/// its side.
pub const CLOSE_LINGER: Duration = Duration::from_secs(2);

/// How long a closing connection may take to read its queue, however steadily it reads.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a request waits for the reply to an earlier question of the same connection.
pub const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection whose input has ended stays open for its replies.
pub const HALF_CLOSED_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a shutdown waits for clients to read their last lines.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest head of an HTTP request, in bytes.
pub const HTTP_HEAD_BYTES: usize = 8 * 1024;

/// The longest request line, in bytes.
pub const HTTP_TARGET_BYTES: usize = 2 * 1024;

/// The most header fields of a request.
pub const HTTP_FIELDS: usize = 64;

/// The most requests on one connection. The last response closes it.
pub const HTTP_REQUESTS: usize = 64;

/// The timeout of an HTTP connection: for a complete request head, for progress in sending a response, and for the next
/// request.
pub const HTTP_TIMEOUT: Duration = Duration::from_secs(10);

/// The request rate of one address: the burst, and the refill in each minute. Loading the page takes two dozen requests: two
/// hundred people behind one router may do so at once.
pub const HTTP_REQUESTS_PER_MINUTE: u32 = 6_000;

/// The most HTTP connections from one address. A browser opens six.
pub const HTTP_CONNECTIONS_PER_ADDRESS: usize = 1_024;

/// How many HTTP connections are served in one turn of the loop.
pub const HTTP_SERVED_PER_TURN: usize = 16;

/// The most lines of a message of a program.
pub const MESSAGE_LINES: usize = 40;

/// The shortest time between two typing reports of a member; others are dropped. The page sends one each three seconds.
pub const TYPING_INTERVAL: Duration = Duration::from_millis(2_500);
/// How long typing reports are collected before others are told.
pub const TYPING_DELAY: Duration = Duration::from_millis(400);
/// The most members of a room that are told to be typing at once.
pub const TYPISTS: usize = 4;
/// The most typing events that are sent at once, for all rooms. Others are dropped.
pub const TYPING_TOLD_PER_TURN: usize = 2_000;

/// The most read positions that are kept, one for each name and room.
pub const READ_POSITIONS: usize = 20_000;

/// How many names a list of members for a program has at most.
pub const PROGRAM_MEMBERS: usize = 1_000;

/// The shortest time between two reports of changes to a program that watches the rooms.
pub const ROOM_WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Changes of rooms that a turn tells the members that watch them, all together. The others follow in later turns, with
/// [`ROOM_CHANGES_INTERVAL`] between.
pub const ROOM_CHANGES_PER_TURN: usize = 1_000;
/// See [`ROOM_CHANGES_PER_TURN`].
pub const ROOM_CHANGES_INTERVAL: Duration = Duration::from_millis(5);

/// The longest label of a program's request, in characters.
pub const LABEL_CHARS: usize = 32;

/// The default and the largest number of messages in one reply to a program's history query.
pub const PROGRAM_HISTORY: usize = 50;
/// See [`PROGRAM_HISTORY`].
pub const PROGRAM_HISTORY_MAX: usize = 100;

/// Private messages that are kept of two members, and their bytes, each with [`PRIVATE_OVERHEAD_BYTES`].
pub const PRIVATE_MESSAGES: usize = 100;
/// See [`PRIVATE_MESSAGES`].
pub const PRIVATE_BYTES: usize = 64 * 1024;
/// What a private message takes in memory beside its text, in bytes.
pub const PRIVATE_OVERHEAD_BYTES: usize = 128;
/// What a conversation takes in memory beside its messages, in bytes.
pub const PRIVATE_CONVERSATION_BYTES: usize = 1024;
/// Conversations that are kept of one member. Of more, the one in which nothing was written for longest is dropped.
pub const PRIVATE_CONVERSATIONS: usize = 100;
/// The bytes of all private messages that are kept, counted as [`PRIVATE_BYTES`].
pub const PRIVATE_BYTES_TOTAL: usize = 32 * 1024 * 1024;
/// To how many different members one may write privately within [`PRIVATE_RECIPIENTS_WINDOW`].
pub const PRIVATE_RECIPIENTS_PER_MINUTE: usize = 10;
/// To how many different members all members at one address may write privately within [`PRIVATE_RECIPIENTS_WINDOW`].
pub const PRIVATE_RECIPIENTS_PER_ADDRESS: usize = 50;
/// See [`PRIVATE_RECIPIENTS_PER_MINUTE`].
pub const PRIVATE_RECIPIENTS_WINDOW: Duration = Duration::from_secs(60);
/// How many names one member may ignore.
pub const IGNORED_NAMES: usize = 50;
/// The longest text of `/away`, in bytes.
pub const AWAY_BYTES: usize = 256;
/// How many similar names a refusal suggests.
pub const NEAREST_NAMES: usize = 3;
/// Among how many names similar ones are looked for.
pub const NEAREST_LOOKUPS: usize = 200;

/// How many names `/who` lists before it counts the rest.
pub const WHO_NAMES: usize = 100;
/// How many names the welcome lists before it counts the rest.
pub const WELCOME_NAMES: usize = 8;

/// How many words of a message are looked up as names, so that bots know who is addressed.
pub const MENTION_LOOKUPS: usize = 64;
/// How many of those names bots are given.
pub const MENTIONS: usize = 16;

/// How much of a message bots and hosts read, in bytes from its beginning.
pub const BOT_INPUT_BYTES: usize = 512;

/// How many words of it bots read: as many as [`BOT_INPUT_BYTES`] of English have. Text of
/// single letters has more, and bots do not read the rest of it.
pub const BOT_INPUT_WORDS: usize = 64;

/// The least that a message costs of the reading budget of bots and hosts, in bytes.
pub const BOT_INPUT_COST_MIN: usize = 64;

/// How much bots and hosts read in one turn of the loop, in bytes. Messages beyond it get no answer.
pub const BOT_INPUT_BYTES_PER_TURN: usize = 4 * 1024;

/// How much bots and hosts read from one address at once, in bytes.
pub const BOT_INPUT_BYTES_PER_ADDRESS: u32 = 32 * 1024;
/// The time in which [`BOT_INPUT_BYTES_PER_ADDRESS`] refills.
pub const BOT_INPUT_WINDOW: Duration = Duration::from_secs(16);

/// The default length of a room's history, in messages.
pub const HISTORY_MESSAGES: usize = 1_000;

/// How many messages a start scans for each message of a person that it may read back: hosts and bots may say more than people.
pub const RESTORE_SCAN_FACTOR: usize = 4;

/// The default size of a room's history, in bytes: names, texts, and [`HISTORY_ENTRY_OVERHEAD_BYTES`] for each message.
pub const HISTORY_BYTES: usize = 4 * 1024 * 1024;

/// The memory that a message in the history takes beside its name and text, in bytes.
pub const HISTORY_ENTRY_OVERHEAD_BYTES: usize = 64;

/// The largest file of conversation starters, in bytes.
pub const INITIATORS_BYTES: u64 = 1024 * 1024;

/// The range of a spam limit, in messages.
pub const SPAM_MESSAGES: std::ops::RangeInclusive<usize> = 2..=1_000;

/// The longest window of a spam limit, and the longest pause between two lines of the host.
pub const SETTING_DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// How many addresses the first screen names for those who join from elsewhere.
pub const INVITED_ADDRESSES: usize = 3;

/// The longest line that the console reads, in bytes.
pub const CONSOLE_LINE_BYTES: usize = 8 * 1024;

/// How much output the console queues for a terminal or pipe that does not read, in bytes.
pub const CONSOLE_QUEUE_BYTES: usize = 8 * 1024 * 1024;

/// How long a connection is idle before the kernel probes it (`TCP_KEEPIDLE`).
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(120);
/// The time between two probes (`TCP_KEEPINTVL`).
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// How many probes go unanswered before the kernel closes the connection (`TCP_KEEPCNT`).
pub const KEEPALIVE_PROBES: u32 = 4;

/// The longest line that a client accepts from a server, in bytes: a message, or a welcome with [`WHO_NAMES`].
pub const SERVER_LINE_BYTES: usize = 64 * 1024;

/// How long a client waits for a connection, and then for the server's first bytes.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause before a client connects again. It doubles up to [`RECONNECT_BACKOFF_MAX`] until the server lets it in.
pub const RECONNECT_BACKOFF_MIN: Duration = Duration::from_secs(1);
/// See [`RECONNECT_BACKOFF_MIN`].
pub const RECONNECT_BACKOFF_MAX: Duration = Duration::from_secs(30);

/// How many messages a client of ours sends within [`CLIENT_RATE_WINDOW`]: below what a server warns of, unless its spam
/// limit is lower than the default. Further messages wait.
pub const CLIENT_RATE_MESSAGES: usize = 6;
/// See [`CLIENT_RATE_MESSAGES`]. Longer than the server's four seconds, as delayed messages arrive closer together.
pub const CLIENT_RATE_WINDOW: Duration = Duration::from_millis(4_500);

/// Messages that wait in a client to be sent or to be echoed.
pub const OUTBOX_MESSAGES: usize = 100;

/// How long a client without a terminal waits at its end for the server to confirm that everything arrived: longer than
/// [`REPLY_TIMEOUT`].
pub const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a client that leaves waits for the output still queued for it.
pub const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long joins and leaves wait to be shown together.
pub const PRESENCE_DIGEST_DELAY: Duration = Duration::from_millis(500);
/// So many or more are counted instead of named.
pub const PRESENCE_DIGEST_MIN: usize = 4;

/// Names of members that a client keeps, to show and to complete. The others are counted.
pub const ROSTER_NAMES: usize = 1_000;

/// Rooms that the terminal client is in at once: each has a digit.
pub const CLIENT_ROOMS: usize = 9;
/// Tabs of private messages that the terminal client has beside its rooms.
pub const CLIENT_TABS: usize = 9;
/// Lines that the terminal client keeps of each room, to show when the user comes there.
pub const ROOM_SCROLLBACK_LINES: usize = 500;
/// How many lines that were seen before are shown again, above the new ones, when the user comes back to a room.
pub const ROOM_CONTEXT_LINES: usize = 20;
/// The members' pane takes at most one row in so many of the terminal's height.
pub const PANE_SHARE: u16 = 3;
/// On a terminal of at least this width, in columns, the members' pane is open unless the user closes it.
pub const WIDE_COLUMNS: u16 = 120;
/// The largest configuration file of the terminal client, in bytes.
pub const JOIN_CONFIG_BYTES: u64 = 64 * 1024;
/// Servers whose rooms the terminal client remembers: the last ones.
pub const SERVERS_REMEMBERED: usize = 50;
/// The largest file of remembered rooms that is read, in bytes.
pub const REMEMBERED_BYTES: u64 = 256 * 1024;

/// Lines in the editor's history.
pub const LINE_HISTORY_LINES: usize = 500;

/// The longest paste that is used, in bytes. The rest is dropped.
pub const PASTE_BYTES: usize = 1024 * 1024;

/// Keys that follow one another faster than this are not typed by hand.
pub const PASTE_GAP: Duration = Duration::from_millis(20);
/// How many such keys, with an Enter between them, are a paste.
pub const PASTE_KEYS: usize = 16;
/// The most emoji that Tab offers for the beginning of a name.
pub const EMOJI_CANDIDATES: usize = 30;

/// How long the rest of an escape sequence may take. After that, the key was Escape.
pub const ESCAPE_TIMEOUT: Duration = Duration::from_millis(50);
/// How long the rest of a paste may take.
pub const PASTE_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest address of a link that a terminal is told, in bytes. Each row of the link repeats it.
pub const LINK_TARGET_BYTES: usize = 2048;

/// Characters of a message in a notification of the desktop.
pub const ALERT_CHARACTERS: usize = 200;
/// The shortest time between two rings of a client's bell.
pub const BELL_INTERVAL: Duration = Duration::from_secs(2);

/// How long a terminal may take to report its cursor position.
pub const CURSOR_REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest text that is looked up as a place, in characters.
pub const PLACE_CHARS: usize = 64;
/// How many of its words are tried.
pub const PLACE_WORDS: usize = 8;

/// Times of a forecast that are kept; MET sends about ninety.
pub const FORECAST_STEPS: usize = 400;

/// The longest contact sent to MET Norway, in bytes.
pub const WEATHER_CONTACT_BYTES: usize = 128;

/// Questions about the weather that may be open at once.
pub const WEATHER_QUESTIONS: usize = 64;

/// Places in the forecast cache.
pub const WEATHER_CACHE_PLACES: usize = 256;
/// The size of the forecast cache, in bytes.
pub const WEATHER_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// The longest response body accepted from a forecast server, in bytes, decompressed. MET's have about 50 KiB.
pub const WEATHER_BODY_BYTES: usize = 512 * 1024;

/// The header of a file in the forecast cache, in bytes.
pub const WEATHER_CACHE_HEADER_BYTES: usize = 4 * 1024;

/// The longest `Last-Modified` that is stored, in bytes.
pub const WEATHER_LAST_MODIFIED_BYTES: usize = 128;

/// Redirects followed for one request.
pub const WEATHER_REDIRECTS: u32 = 3;

/// The timeout of a request for a forecast, in all.
pub const WEATHER_TIMEOUT: Duration = Duration::from_secs(10);

/// The average time between two requests. MET allows 20 a second for all servers of this kind together.
pub const WEATHER_REQUEST_INTERVAL: Duration = Duration::from_secs(5);

/// How many requests may be sent at once after a pause.
pub const WEATHER_BURST: u32 = 4;

/// How long a request may be queued before the asker is told to try later.
pub const WEATHER_QUEUE_TIMEOUT: Duration = Duration::from_secs(45);

/// How long no request is sent at the start of each hour, when others send theirs; a random part of as much is added.
pub const WEATHER_HOUR_DELAY: Duration = Duration::from_secs(15);

/// The shortest lifetime of a cached forecast, whatever its server says.
pub const WEATHER_TTL_MIN: Duration = Duration::from_secs(10 * 60);
/// The lifetime of a forecast whose server names none.
pub const WEATHER_TTL_DEFAULT: Duration = Duration::from_secs(45 * 60);

/// How long the cache remembers that a place has no forecast.
pub const WEATHER_NEGATIVE_TTL: Duration = Duration::from_secs(24 * 3600);

/// How much longer than necessary a forecast may be cached, so that requests spread.
pub const WEATHER_TTL_JITTER: Duration = Duration::from_secs(4 * 60);

/// The pause after a failed request. It doubles with each failure up to [`WEATHER_BACKOFF_MAX`]; both vary by up to half
/// as much again.
pub const WEATHER_BACKOFF_MIN: Duration = Duration::from_secs(20);
/// See [`WEATHER_BACKOFF_MIN`].
pub const WEATHER_BACKOFF_MAX: Duration = Duration::from_secs(3600);

/// How long no request is sent after "too many requests".
pub const WEATHER_RATE_LIMITED_PAUSE: Duration = Duration::from_secs(2 * 3600);
/// The longest `Retry-After` that is honoured.
pub const WEATHER_RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

/// The messages of all rooms that a journal in memory holds, in bytes.
pub const MEMORY_JOURNAL_BYTES: usize = 256 * 1024 * 1024;

/// Rooms of the command line and of operators that are open at once.
pub const ROOMS: usize = 64;
/// Rooms that people opened and that are open at once; and as many are remembered that closed as nobody was there.
pub const OPENED_ROOMS: usize = 1_024;
/// How many of these one person may have open.
pub const ROOMS_OF_OWNER: usize = 10;
/// How many of these people from one address may have open; and as many are remembered.
pub const ROOMS_OF_ORIGIN: usize = 64;
/// Messages of the history of a room that people opened, as of [`HISTORY_MESSAGES`].
pub const OPENED_HISTORY_MESSAGES: usize = 100;
/// Its size, as of [`HISTORY_BYTES`].
pub const OPENED_HISTORY_BYTES: usize = 64 * 1024;
/// The default of how long a room that people opened stays open while nobody is there.
pub const ROOM_LINGER: &str = "10m";
/// The longest topic, in bytes.
pub const TOPIC_BYTES: usize = 300;
/// Operators of a room, beside its owner.
pub const ROOM_OPERATORS: usize = 20;
/// Invitations that a room remembers.
pub const ROOM_INVITED: usize = 100;
/// Names that are muted in a room.
pub const ROOM_MUTED: usize = 50;
/// The shortest and the longest interval of slow mode.
pub const SLOW_MIN: Duration = Duration::from_secs(1);
/// See [`SLOW_MIN`].
pub const SLOW_MAX: Duration = Duration::from_secs(60 * 60);
/// Names of which a room in slow mode knows when they spoke.
pub const SLOW_SPEAKERS: usize = 4_096;
/// How many rooms `/rooms` lists before it counts the rest.
pub const ROOMS_LISTED: usize = 50;
/// The same in a list for programs.
pub const PROGRAM_ROOMS: usize = 256;
/// How many rooms a refusal names; of more, those with similar names.
pub const ROOMS_NAMED: usize = 10;

/// Joins and leaves of one turn that operators who watch a room are told of. Further ones are only counted.
pub const ROOM_TRAFFIC_EVENTS: usize = 256;

/// The longest message on ChatyChaty's wire, in bytes: its programs read this much at a time, and take each read for
/// one message.
pub const CHATY_MESSAGE_BYTES: usize = 1_024;

/// How long a client of ChatyChaty's wire is silent before its input counts as a whole message.
pub const CHATY_FRAME_SILENCE: Duration = Duration::from_millis(20);

/// The same where the input ends within a character or within the next message's prefix: the rest is on its way.
pub const CHATY_PARTIAL_FRAME_SILENCE: Duration = Duration::from_millis(300);

/// The longest pause between two checks whether such a client has read its last message.
pub const CHATY_POLL_INTERVAL_MAX: Duration = Duration::from_millis(200);

/// The pause between two messages to such a client where it cannot be known what it has read.
pub const CHATY_MESSAGE_GAP: Duration = Duration::from_millis(20);

/// [`KEEPALIVE_IDLE`] for such a client. These three are the numbers of ChatyChaty's server.
pub const CHATY_KEEPALIVE_IDLE: Duration = Duration::from_secs(1);
/// See [`CHATY_KEEPALIVE_IDLE`].
pub const CHATY_KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
/// See [`CHATY_KEEPALIVE_IDLE`].
pub const CHATY_KEEPALIVE_PROBES: u32 = 5;

/// How many replies the bots of ChatyChaty's room give within [`CHATY_BOT_REPLIES_WINDOW`].
pub const CHATY_BOT_REPLIES: usize = 6;
/// See [`CHATY_BOT_REPLIES`].
pub const CHATY_BOT_REPLIES_WINDOW: Duration = Duration::from_secs(10);

/// How often a bot of ChatyChaty's room tries to come back while somebody else has its name.
pub const CHATY_BOT_RETURN_INTERVAL: Duration = Duration::from_secs(30);
/// Lines that a Lord's followers remember, so that none is said twice. When the list is full, it is cleared.
pub const FOLLOWER_LINES: usize = 500;

/// So soon after a suggestion, words that say neither yes nor no were typed before it was read.
pub const ROUND_READING_TIME: Duration = Duration::from_secs(3);

/// How long an answer is awaited after such words, or after words to somebody. Then they count as the answer.
pub const ROUND_TALK_WAIT: Duration = Duration::from_secs(10);

/// Seats in a realm: a Lord and followers.
pub const THRONES_SEATS: usize = 5;

/// How long followers' free seats wait for people once there is a Lord.
pub const THRONES_FILL_DELAY: Duration = Duration::from_secs(10);

/// How long everybody must be silent before bots take the free seats under a Lord that has taken the throne by a plot.
pub const THRONES_NEXT_DELAY: Duration = Duration::from_secs(45);

/// Events in one game.
pub const THRONES_EVENTS: usize = 12;

/// After so many people have lost their seats in a game, nobody else gets one in it.
pub const THRONES_LOST_SEATS: usize = 32;

/// How many followers a Lord needs to go on.
pub const THRONES_FOLLOWERS: usize = 2;
/// How many followers a good ending needs.
pub const THRONES_FOLLOWERS_FOR_GOOD: usize = 3;

/// After how long a silent Lord is warned.
pub const THRONES_EVENT_WARNING: Duration = Duration::from_secs(60);
/// After how long a silent Lord is deposed.
pub const THRONES_EVENT_TIMEOUT: Duration = Duration::from_secs(120);

/// How long followers that are people may take to answer an order.
pub const THRONES_ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// The range of the pause before a hosted follower's answer, in milliseconds.
pub const THRONES_ANSWER_DELAY_MS: std::ops::RangeInclusive<u64> = 1_000..=3_000;

/// The pause between the outcome of an event and the next event.
pub const THRONES_EVENT_DELAY: Duration = Duration::from_secs(4);

/// The highest loyalty of a follower. At zero it leaves.
pub const THRONES_LOYALTY_MAX: u8 = 10;
/// The range of a follower's loyalty at the start.
pub const THRONES_LOYALTY_INITIAL: std::ops::RangeInclusive<u8> = 5..=7;

/// The average loyalty of the remaining followers that a good ending needs.
pub const THRONES_LOYALTY_FOR_GOOD: usize = 4;

/// The highest amount of gold and of peace. At zero of either the reign ends.
pub const THRONES_MAX: u8 = 10;
/// The gold and the peace at the start.
pub const THRONES_INITIAL: u8 = 5;
/// The gold and the peace that a good ending needs.
pub const THRONES_STORES_FOR_GOOD: u8 = 3;
/// A Lord that orders the same bare number so many times in a row, or more, annoys all followers.
pub const THRONES_HABIT: usize = 3;
/// Bots of at most this loyalty side with plotters.
pub const THRONES_PLOT_LOYALTY: usize = 3;

/// Operators at once on the control socket.
pub const CONTROL_CONNECTIONS: usize = 16;

/// How long an operator on the control socket may be idle before its slot can be given to another. An operator that waits
/// for a reply is not idle.
pub const CONTROL_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an operator waits for a reply that needs the disk. Then the reply says what is known so far.
pub const OPERATOR_REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes of replies an operator may leave unread on the control socket when the next reply comes. Beyond that it
/// is disconnected. A single reply may be longer: it can name every connection.
pub const CONTROL_QUEUE_BYTES: usize = 1024 * 1024;

/// The longest reply that `salon ctl` accepts, in bytes: anybody may listen at the socket that was named.
pub const CONTROL_REPLY_BYTES: u64 = 64 * 1024 * 1024;

/// Bans at once.
pub const BANS: usize = 1_000;
/// Mutes at once.
pub const MUTES: usize = 1_000;

/// The longest reason for a ban or a mute, in bytes.
pub const MODERATION_REASON_BYTES: usize = 512;

/// Words in a duration: `1 day, 12 hours and 30 minutes` has six.
pub const DURATION_WORDS: usize = 8;

/// The shortest ban or mute.
pub const MODERATION_DURATION_MIN: Duration = Duration::from_secs(1);
/// The longest ban or mute that has an end. The end of a longer one cannot be displayed.
pub const MODERATION_DURATION_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The longest retention of messages that is not unlimited.
pub const RETENTION_MAX: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);

/// How many members with confusable names a lookup returns.
pub const CONFUSABLES_FOUND: usize = 8;

/// Nonspacing marks on one letter of a name: as many as Unicode Technical Standard 39 allows.
pub const NAME_MARKS: usize = 4;
/// How many of them may be marks that every script shares, as accents are. No language in use needs more than two beside
/// those that compose.
pub const NAME_ACCENTS: usize = 2;
/// Seats of a round.
pub const ROUND_SEATS: usize = 4;

/// How long after the first person sits down the cast takes the free seats of a round.
pub const ROUND_FILL_DELAY: Duration = Duration::from_secs(10);

/// The pause between the last guest's sitting down and the suggestion.
pub const ROUND_START_DELAY: Duration = Duration::from_secs(2);

/// How long a guest may take to answer before it is skipped.
pub const ROUND_ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The shortest pause before a cast member's answer.
pub const ROUND_ANSWER_DELAY_MIN: Duration = Duration::from_millis(1_500);
/// The longest pause before a cast member's answer.
pub const ROUND_ANSWER_DELAY_MAX: Duration = Duration::from_secs(4);

/// The pause between two cast members who come or go, and before the host's thanks.
pub const ROUND_STEP_DELAY: Duration = Duration::from_millis(1_100);

/// Names tried for each cast member: its own, and numbered ones.
pub const ROUND_NAME_TRIES: usize = 9;

/// Lines of a round's host and cast that are remembered, so that they do not come again soon: about those of eight games.
pub const ROUND_RECENT_LINES: usize = 200;

/// Suggestions of a game.
pub const ROUND_SUGGESTIONS: usize = 3;

/// How long the guests of a game may take to vote.
pub const ROUND_VOTE_TIMEOUT: Duration = Duration::from_secs(45);

/// The pause between a game's end and the next game.
pub const ROUND_NEXT_DELAY: Duration = Duration::from_secs(15);

/// The shortest pause before an answer of a bot that connects from outside.
pub const SOLO_ANSWER_DELAY_MIN: Duration = Duration::from_millis(1_200);
/// The longest pause before such an answer.
pub const SOLO_ANSWER_DELAY_MAX: Duration = Duration::from_millis(3_500);
/// How long a keyword bot is silent after an answer.
pub const SOLO_COOLDOWN: Duration = Duration::from_secs(3);

/// Members of a bench, each with a connection.
pub const BENCH_MEMBERS: std::ops::RangeInclusive<u64> = 1..=SESSIONS as u64;

/// Messages of a bench. Each takes eight bytes, to compare their order.
pub const BENCH_MESSAGES: std::ops::RangeInclusive<u64> = 1..=10_000_000;

/// The length of a bench's messages, in bytes: at least their payload, at most [`MESSAGE_BYTES`].
pub const BENCH_SIZE: std::ops::RangeInclusive<u64> = 32..=MESSAGE_BYTES as u64;

/// The send rate of a bench, in messages a second.
pub const BENCH_RATE: std::ops::RangeInclusive<u64> = 1..=1_000_000;

/// Messages of a bench in flight at once.
pub const BENCH_WINDOW: std::ops::RangeInclusive<u64> = 1..=10_000;

/// Members of a bench that may join at the same time.
pub const BENCH_JOINS_IN_FLIGHT: usize = 256;

/// Prefixes of names that a bench tries.
pub const BENCH_PREFIXES: usize = 5;

/// How long a bench waits when nothing arrives.
pub const BENCH_TIMEOUT: Duration = Duration::from_secs(10);

/// How long after all others the sender of the first mark may hear it. After that the room counts as one that does not
/// echo.
pub const BENCH_ECHO_TIMEOUT: Duration = Duration::from_millis(250);

/// A bench that misses messages sends its last mark when nothing has arrived for this long. Nothing can arrive behind that mark.
pub const BENCH_IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes that a bench reads at once.
pub const BENCH_READ_BYTES: usize = 256 * 1024;

/// How many members whose results disagree with the others' a bench examines.
pub const BENCH_DIAGNOSED_MEMBERS: usize = 100;

/// The range of latencies that a bench records, in nanoseconds.
pub const BENCH_LATENCY_NS: std::ops::RangeInclusive<u64> = 1_000..=120_000_000_000;

/// How often a bench shows its progress.
pub const BENCH_PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// How many bytes of broadcasts may await their commit, in one encoding, before the loop stops reading (backpressure).
pub const UNCOMMITTED_BYTES_MAX: usize = 8 * BROADCAST_BYTES_PER_TURN;

/// How long a batch lingers to take more records while an earlier batch of its room is in flight. Then it is sealed
/// (group commit).
pub const BATCH_LINGER: Duration = Duration::from_millis(2);

/// How long a batch may be in flight. After that the gate enters degraded mode: messages are delivered before they are
/// durable, and the rooms are told.
pub const COMMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How many bytes of messages may wait for the journal in degraded mode. Messages beyond that are delivered and never
/// stored.
pub const DEGRADED_BACKLOG_BYTES: usize = 8 * 1024 * 1024;

/// The pause before a failed operation of the journal is tried again.
pub const JOURNAL_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How many ids of a stream one record reserves, so that no id is given twice after a crash.
pub const ID_RESERVATION: u64 = 1_024;

/// The most messages in one query result.
pub const RESULT_MESSAGES_MAX: usize = 1_000;
/// How many messages a query returns unless it names a number.
pub const RESULT_MESSAGES_DEFAULT: usize = 20;

/// The size of one query result, in bytes, as [`crate::journal::Message::cost`] counts them.
pub const RESULT_BYTES_MAX: usize = 256 * 1024;

/// The shortest retention of messages.
pub const RETENTION_MIN: Duration = Duration::from_secs(60);
/// The smallest size limit of the journal, in bytes.
pub const RETENTION_BYTES_MIN: u64 = 1024 * 1024;

/// How long a shutdown waits for the last commit.
pub const FINAL_COMMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How many first characters of a word are in the search index.
pub const INDEXED_WORD_CHARS: usize = 32;

/// The most words in one search.
pub const SEARCH_WORDS: usize = 16;
/// The longest search, in bytes as it is typed.
pub const SEARCH_BYTES: usize = 1_024;
/// How many tokens of a search the index is asked for. Messages that contain all of them are then compared as a whole.
pub const SEARCH_TOKENS: usize = 32;

/// The time limit of a query's first try.
pub const QUICK_QUERY_TIMEOUT: Duration = Duration::from_millis(20);
/// The time limit of a query's second try, which other queries do not wait for. A result that is still incomplete says
/// so.
pub const THOROUGH_QUERY_TIMEOUT: Duration = Duration::from_millis(250);

/// After how many steps of `SQLite`'s virtual machine the time limit is checked: some microseconds.
pub const QUERY_CHECK_STEPS: i32 = 200;

/// How many bytes of messages the journal in memory searches in one turn of the loop, with 64 for each message; and how many of
/// private messages are searched in a turn, with [`PRIVATE_OVERHEAD_BYTES`] for each.
pub const QUERY_BYTES_PER_TURN: usize = 32 * 1024;

/// How many replies may be queued before no further query starts.
pub const QUEUED_REPLIES_MAX: usize = 2;

/// How many messages in a row may be older than the time asked for before a query stops. Clocks jump, but not for long.
pub const SKIPPED_IN_A_ROW_MAX: usize = 1_000;
/// The same, counted over the whole query.
pub const SKIPPED_IN_ALL_MAX: usize = 10_000;

/// How many messages the search index may lag behind before it is updated while the journal is idle.
pub const INDEX_LAG: usize = 256;
/// How many messages it may lag behind before it is updated although the journal is busy.
pub const INDEX_LAG_MAX: usize = 768;
/// How many messages one indexing step takes.
pub const INDEX_STEP_MESSAGES: usize = 128;

/// How many bytes of text one indexing step takes, plus at most one message.
pub const INDEX_STEP_BYTES: usize = 16 * 1024;

/// How many rows of a replaced search index are deleted between two looks at the clock; a row is about a page.
pub const OLD_INDEX_STEP_ROWS: i64 = 8;

/// The pause between two indexing steps while the journal is busy.
pub const INDEX_INTERVAL: Duration = Duration::from_millis(20);

/// How long after a commit the journal counts as idle.
pub const JOURNAL_IDLE_DELAY: Duration = Duration::from_millis(50);

/// How many messages one step of retention deletes, between two commits.
pub const RETENTION_STEP_MESSAGES: usize = 32;

/// After how many records the journal checks for expired messages.
pub const RETENTION_CHECK_RECORDS: usize = 256;
/// How often it checks otherwise.
pub const RETENTION_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// How far the wall clock must jump to count as set. Then the ends of bans and mutes move with it.
pub const CLOCK_JUMP: Duration = Duration::from_secs(5);

/// How far the age clock may step at once to follow the wall clock without an operator's confirmation; at most a tenth of
/// the retention.
pub const AGE_CLOCK_STEP_MAX: Duration = Duration::from_secs(3 * 24 * 3600);
/// The shortest time between two such steps.
pub const AGE_CLOCK_STEP_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the log repeats that an operator has to confirm the clock.
pub const AGE_CLOCK_WARN_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// How many messages one erasure step examines.
pub const ERASURE_STEP_MESSAGES: usize = 2_048;
/// How many messages one erasure step deletes.
pub const ERASURE_STEP_DELETES: usize = 32;

/// About how long one maintenance step (erasing, indexing) may hold up commits.
pub const MAINTENANCE_STEP: Duration = Duration::from_millis(2);
/// How many times as long maintenance then rests while the journal is busy.
pub const MAINTENANCE_REST_FACTOR: u32 = 3;

/// How often the progress of maintenance is published for operators.
pub const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// How many unused pages of the journal's file are returned to the system at once.
pub const VACUUM_STEP_PAGES: i64 = 64;

/// How long a commit may stay unsynced, unless each commit is synced.
pub const SYNC_INTERVAL: Duration = Duration::from_secs(5);

/// How long the reader thread may take for a checkpoint before the writer does it.
pub const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(10);

/// The length of `SQLite`'s write-ahead log, in pages, at which it is checkpointed.
pub const WAL_CHECKPOINT_PAGES: i64 = 1_000;
/// The length at which it is restarted; readers make way for that.
pub const WAL_RESTART_PAGES: i64 = 1_500;
/// The length at which commits wait for the restart.
pub const WAL_PAGES_MAX: i64 = 2_500;

/// The largest write-ahead log, in bytes: [`WAL_PAGES_MAX`], and what the last commit and the last maintenance step add.
pub const WAL_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long the gate stays closed to readers while the log is restarted.
pub const WAL_GATE_TIMEOUT: Duration = Duration::from_millis(300);

/// Records of one commit, unless a single batch has more.
pub const COMMIT_RECORDS: usize = 512;
/// Bytes of messages in one commit, unless a single batch has more.
pub const COMMIT_BYTES: usize = 1024 * 1024;

/// The largest journal file whose pages are all checked before the server starts, in bytes. A larger one is checked while
/// the server runs; if the start finds it damaged, its messages are recovered while the server runs.
pub const STARTUP_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// How long one step of that check reads.
pub const CHECK_STEP: Duration = Duration::from_millis(4);
/// The pause after such a step.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// How often the journal checks that its file is still in place.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How long the journal waits for another program's lock before it reports it.
pub const FILE_LOCK_TIMEOUT: Duration = Duration::from_millis(500);

/// The default number of connections to the chat at once from one address: a hundred people behind one router, and some bots.
pub const CONNECTIONS_PER_ADDRESS: usize = 128;

/// The default number of new connections from one address in a minute: twice as many as it may have
/// at once.
pub const NEW_CONNECTIONS_PER_MINUTE: u32 = 256;

/// Addresses whose connection rate is tracked at once. See [`crate::limits::admission`] for what happens beyond.
pub const TRACKED_ADDRESSES: usize = 16_384;

/// How many addresses have their refusals logged by name within [`REFUSAL_LOG_INTERVAL`]. The others are counted
/// together.
pub const REFUSAL_LOG_ADDRESSES: usize = 64;
/// See [`REFUSAL_LOG_ADDRESSES`].
pub const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(60);

/// How long before an idle member is disconnected it is warned, if there is an idle timeout.
pub const IDLE_WARNING: Duration = Duration::from_secs(60);

/// How long a connection with queued output may accept none of it. Longer than somebody shuts a laptop to change trains,
/// and shorter than TCP's own timeout ([`KEEPALIVE_IDLE`]), so that the log says why it ended.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(180);

/// The range that an operator may set [`SEND_QUEUE_BYTES`] to, in bytes.
pub const SEND_QUEUE_BYTES_RANGE: std::ops::RangeInclusive<u64> =
    SEND_QUEUE_BYTES as u64..=1024 * 1024 * 1024;

/// Points that a member may spend on commands at once. `limits/command_budget.rs` has the costs: a program can join all
/// its rooms as it comes.
pub const COMMAND_POINTS: u32 = 50;
/// The time in which [`COMMAND_POINTS`] refill.
pub const COMMAND_WINDOW: Duration = Duration::from_secs(50);

/// Rooms that a program may be in at once.
pub const ROOMS_PER_PROGRAM: usize = 16;
/// Of how many rooms that it left the server knows what somebody heard there who is in one room at a time.
pub const ROOMS_LEFT_REMEMBERED: usize = 16;
/// How many rooms an IRC client may be in: people put all rooms that they know into its list.
pub const ROOMS_PER_IRC_CLIENT: usize = 64;
/// The longest line of an IRC client that is read, in bytes: tags (8,191, as its message tags say), a message of [`MESSAGE_BYTES`], and a
/// command with its targets.
pub const IRC_LINE_BYTES: usize = 8_191 + MESSAGE_BYTES + 512;
/// The most bytes of tags that an IRC client may send with a line, without the `@` and the space behind them (`message-tags`).
pub const IRC_TAG_BYTES: usize = 4_094;
/// The longest line that is sent to an IRC client, in bytes: without its tags, with its end (RFC 2812, section 2.3).
pub const IRC_SENT_BYTES: usize = 512;
/// The longest name of the server for IRC clients, in characters (RFC 2812, section 1.1).
pub const IRC_SERVER_NAME_CHARS: usize = 63;
/// The longest name of the network for IRC clients, in characters.
pub const IRC_NETWORK_CHARS: usize = 63;
/// The longest message of the day, in bytes and in lines.
pub const MOTD_BYTES: u64 = 16_384;
/// See [`MOTD_BYTES`].
pub const MOTD_LINES: usize = 100;
/// How many messages a connection may send before it has a name: IRC clients ask a dozen things first.
pub const NAMELESS_MESSAGES: u16 = 100;
/// How many names of members that left, or that took another one, are remembered (WHOWAS).
pub const GONE_NAMES: usize = 256;
/// The longest real name that an IRC client may give its member, in bytes (SETNAME).
pub const IRC_REAL_NAME_BYTES: usize = 128;
/// How many targets one command of an IRC client may have: rooms to join, or names to ask about.
pub const IRC_TARGETS: usize = 64;
/// How many names a member may have in its list of those of which it hears whether somebody has them.
pub const MONITORED_NAMES: usize = 100;
/// The longest label of an IRC client's line, in bytes (`ircv3.net/specs/extensions/labeled-response`).
pub const IRC_LABEL_BYTES: usize = 64;
/// How many names to ask about cost an IRC client a point of [`IRC_POINTS`].
pub const IRC_NAMES_PER_POINT: usize = 4;
/// The longest key of a name, in characters, that is looked up for clients that ask about many names. Only names in ligatures of
/// whole phrases have longer ones.
pub const LOOKUP_KEY_CHARS: usize = 2 * NAME_CHARS;
/// How many readers one message of an IRC client may have.
pub const IRC_MESSAGE_TARGETS: usize = 4;
/// How many points of commands an IRC client may spend at once. What goes beyond waits: it is not read until then.
pub const IRC_POINTS: u32 = 250;
/// The time in which [`IRC_POINTS`] refill.
pub const IRC_POINTS_WITHIN: Duration = Duration::from_secs(25);
/// How much of what an IRC client hears may wait to be sent, in bytes, before what it asks next waits, too.
pub const IRC_ANSWER_BYTES: usize = 128 * 1024;
/// How long it waits then, at least.
pub const IRC_ANSWER_PAUSE: Duration = Duration::from_millis(20);

/// Combining marks on one character. No language in use needs more than six; tens of them paint over the lines above and
/// below.
pub const MARKS_PER_CHARACTER: usize = 8;

/// How long a member is silent before somebody from its address may have it probed as a ghost of a lost connection.
pub const GHOST_IDLE_MIN: Duration = Duration::from_secs(5);

/// How long a probe takes.
pub const GHOST_PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a member's machine may acknowledge none of the data in flight. After that the member counts as a ghost.
pub const GHOST_ACK_TIMEOUT: Duration = Duration::from_secs(8);

/// How often one member may be probed, as it is told of each probe.
pub const GHOST_PROBE_INTERVAL: Duration = Duration::from_secs(30);

/// The longest line in the editor, in bytes: more than a message, so that the error can say by how much it is too long.
pub const EDITOR_BYTES: usize = 16 * 1024;

/// How much is written in one turn of the loop from send queues, and again from broadcasts, in bytes, with
/// [`WRITE_SYSCALL_COST`] for each write. The rest waits for the next turn.
pub const WRITE_COST_PER_TURN: usize = 512 * 1024;

/// What a write costs beside its bytes: a system call takes about as long as copying this many bytes.
pub const WRITE_SYSCALL_COST: usize = 8 * 1024;

/// How many messages of query results are encoded in one turn of the loop.
pub const REPLY_MESSAGES_PER_TURN: usize = 64;

/// How many members are read in one turn of the loop.
pub const READS_PER_TURN: usize = 64;
/// How many other connections are read in one turn: those without a name, or closing. Members come first.
pub const NEWCOMERS_READ_PER_TURN: usize = 16;

/// How often connections are read whose last input completed no message (fragments, blank lines). Shorter than a key
/// press.
pub const FRAGMENT_READ_INTERVAL: Duration = Duration::from_millis(2);
/// How many of them are read at once: so few that they take a tenth of the loop's time.
pub const FRAGMENT_READS_AT_ONCE: usize = 32;

/// How many connections with leftover input of earlier turns are resumed in one turn of the loop.
pub const RESUMED_PER_TURN: usize = 32;

/// How many connections are closed in one turn of the loop.
pub const CLOSES_PER_TURN: usize = 16;

/// How many connections get a name in one turn of the loop.
pub const NAME_CLAIMS_PER_TURN: usize = 16;

/// The longest lifetime of a cached forecast, whatever its server says.
pub const WEATHER_TTL_MAX: Duration = Duration::from_secs(24 * 3600);

/// How many messages a bot from outside may have queued. Further ones are dropped.
pub const SOLO_QUEUED_MESSAGES: usize = 16;

/// How often the loop turns although nothing happens, so that it notices when the process was suspended.
pub const TURN_INTERVAL: Duration = Duration::from_millis(250);

/// How far the hub's time may advance from one turn to the next. A longer step means that the process was suspended.
pub const MAX_CLOCK_STEP: Duration = Duration::from_millis(500);

/// How long after a stall the input that is read counts as sent during the stall.
pub const STALL_CREDIT_WINDOW: Duration = Duration::from_secs(10);
/// The longest stall that is credited.
pub const STALL_CREDIT_MAX: Duration = Duration::from_secs(5 * 60);

/// How many reads the recovery of a damaged file makes in the gaps between the parts that it could read.
pub const RECOVERY_READS: usize = 50_000;

/// How many ids of a stream recovery skips if its last id is unknown: joins and leaves have ids too, and are not stored.
pub const RECOVERY_SKIPPED_IDS: u64 = 1 << 24;

/// How many bytes of one sender may await their release, with [`INFLIGHT_MESSAGE_BYTES`] for each message, before its
/// socket is not read (flow control).
pub const INFLIGHT_BYTES: usize = 16 * 1024;
/// See [`INFLIGHT_BYTES`].
pub const INFLIGHT_MESSAGE_BYTES: usize = 64;

/// How many bytes of log lines may wait for the disk, with [`LOG_LINE_OVERHEAD_BYTES`] for each line. Lines beyond that
/// are counted and dropped.
pub const LOG_QUEUE_BYTES: usize = 4 * 1024 * 1024;

/// The memory that a queued log line takes beside its text, in bytes.
pub const LOG_LINE_OVERHEAD_BYTES: usize = 96;

/// How many log lines one write takes.
pub const LOG_LINES_PER_WRITE: usize = 1_000;

/// How long the end of the program waits for the log to be written.
pub const LOG_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// How often standard error repeats that the log cannot be written.
pub const LOG_WARN_INTERVAL: Duration = Duration::from_secs(60);

/// What the headers of an entry may take beside it, in bytes: its id, and what the protocol of the engine adds.
pub const ENGINE_HEADER_BYTES: usize = 4 * 1024;

/// The longest name of a node, in characters. It is a token of the engine's subjects.
pub const NODE_NAME_CHARS: usize = 32;

/// How many entries that are ahead of a gap wait for it to be filled. Others are fetched later.
pub const ENGINE_AHEAD_ENTRIES: usize = 1_024;
/// How much these entries take, in bytes.
pub const ENGINE_AHEAD_BYTES: usize = 4 * 1024 * 1024;

/// How much may wait between the engine's thread and the loop before the thread reads no more, in bytes, with
/// [`ENGINE_EVENT_BYTES`] for each event.
pub const ENGINE_EVENTS_BYTES: usize = 4 * 1024 * 1024;
/// The memory that a waiting event takes beside its bytes.
pub const ENGINE_EVENT_BYTES: usize = 128;

/// How many messages of the engine wait to be read, for each of two subscriptions. The engine's client drops what comes beyond
/// that, and it is fetched later.
pub const ENGINE_UNREAD_MESSAGES: usize = 256;

/// How many messages to the engine wait to be sent.
pub const ENGINE_UNSENT_MESSAGES: usize = 64;

/// How many entries one fetch asks for: fewer than [`ENGINE_UNREAD_MESSAGES`], so that none is dropped.
pub const ENGINE_FETCH_ENTRIES: usize = 128;
/// How many bytes it asks for.
pub const ENGINE_FETCH_BYTES: usize = 1024 * 1024;

/// How long after the last entry of a fetch it counts as failed.
pub const ENGINE_FETCH_TIMEOUT: Duration = Duration::from_secs(1);

/// How soon an entry is fetched that is known to exist, and fetched again if the server that was asked does not have it yet.
pub const ENGINE_FETCH_AGAIN: Duration = Duration::from_millis(10);

/// After this much silence the next entry is fetched, as live messages may be lost.
pub const ENGINE_SILENCE: Duration = Duration::from_millis(250);

/// How long the engine may take to acknowledge a batch before it is sent again.
pub const ENGINE_ACK_TIMEOUT: Duration = Duration::from_secs(1);

/// How soon a batch is sent again that no server took.
pub const ENGINE_RESEND_DELAY: Duration = Duration::from_millis(50);

/// How soon a batch is sent again that the engine refused.
pub const ENGINE_REFUSED_RETRY: Duration = Duration::from_millis(250);

/// How long the engine remembers which batches it has, so that a batch that is sent twice is in the log once.
pub const ENGINE_DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// When a batch that was not heard is given up: long before [`ENGINE_DUPLICATE_WINDOW`] ends.
pub const ENGINE_GIVE_UP_AFTER: Duration = Duration::from_secs(60);

/// How long a node that is connected may not hear what it sends before it connects to another server.
pub const ENGINE_ECHO_TIMEOUT: Duration = Duration::from_secs(3);

/// How often the engine is asked about the log until it answers.
pub const ENGINE_ASK_INTERVAL: Duration = Duration::from_millis(250);

/// How long the creation of the log may take before it is asked for again.
pub const ENGINE_CREATE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the log may seem shorter than what was heard of it: a leader that was just elected may not know all of it yet.
pub const ENGINE_SHORT_LOG_PATIENCE: Duration = Duration::from_secs(10);

/// How often the connection to the engine is probed. After two probes without an answer it counts as dead.
pub const ENGINE_PING_INTERVAL: Duration = Duration::from_secs(1);

/// How long a connection to the engine may take, with TLS and authentication.
pub const ENGINE_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the pause is after all servers of the engine were tried in vain.
pub const ENGINE_RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// How long the log keeps its entries.
pub const ENGINE_LOG_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The largest size of a new log, in bytes.
pub const ENGINE_LOG_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How long the engine keeps snapshots: longer than the entries that follow them.
pub const ENGINE_SNAPSHOTS_AGE: Duration = Duration::from_secs(8 * 24 * 3600);
/// The largest size of all snapshots, in bytes.
pub const ENGINE_SNAPSHOTS_BYTES: u64 = 512 * 1024 * 1024;
/// How long the engine has to say which snapshots there are, and to take or give one. A leader's death takes up to 11 s.
pub const ENGINE_SNAPSHOT_PATIENCE: Duration = Duration::from_secs(20);

/// The longest file with a key or a certificate of the engine, in bytes.
pub const ENGINE_CREDENTIALS_BYTES: u64 = 64 * 1024;

/// How long the processes of a cluster on one machine have to stop.
pub const DEV_CLUSTER_STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How many servers of the engine may be named.
pub const ENGINE_SERVERS: usize = 16;

/// The bytes of a batch that a node writes into the log of a cluster. The engine refuses longer entries.
pub const SHARED_BATCH_BYTES: usize = 256 * 1024;

/// The records of a batch. The id of a message is [`SHARED_IDS_FROM`] and the place of its batch in the log, followed by that of
/// its record in the batch, in [`SHARED_INDEX_BITS`].
pub const SHARED_RECORDS_PER_BATCH: usize = 1 << SHARED_INDEX_BITS;

/// See [`SHARED_RECORDS_PER_BATCH`].
pub const SHARED_INDEX_BITS: u32 = 10;

/// The ids of messages in shared rooms are above this one, and those that one server alone gives are below: so a room that had
/// messages before it was shared goes on. All are below 2^53, which programs can hold.
pub const SHARED_IDS_FROM: u64 = 1 << 40;

/// What may wait to be written into the log, in bytes of records. Beyond it, what members say in shared rooms is refused.
pub const SHARED_QUEUE_BYTES: usize = 1024 * 1024;

/// How many entries of the log are carried out in one turn of the loop.
pub const SHARED_ENTRIES_PER_TURN: usize = 256;

/// How often a node tells the others that it lives.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// How often any other node says that it lives until one that says nothing is down.
pub const HEARTBEATS_UNTIL_DOWN: u32 = 8;

/// How long a node that does not hear itself goes on with the hosts of shared rooms: less than others need to declare it down.
pub const UNHEARD_HOSTS: Duration = Duration::from_secs(4);

/// How long members of shared rooms are told nothing while the log stands still: a planned restart of the engine is shorter.
pub const UNHEARD_NOTICE: Duration = Duration::from_secs(2);

/// How long the log stands still until shared rooms refuse what is said: the death of the engine's leader takes up to 11 s.
pub const UNHEARD_REFUSAL: Duration = Duration::from_secs(15);

/// How often a node repeats which members it has, for nodes that do not have the whole log. Much less than the log is kept.
pub const ROSTER_INTERVAL: Duration = Duration::from_secs(3600);

/// How many private messages go to another node in one packet.
pub const PRIVATE_MESSAGES_PER_PACKET: usize = 64;

/// What a private message takes in a packet beside its text, in bytes.
pub const PACKET_OVERHEAD_BYTES: usize = 64;

/// The private messages that may wait to be sent to another node, in bytes.
pub const PRIVATE_QUEUE_BYTES: usize = 1024 * 1024;

/// How often private messages are sent again to a node that does not answer: packets may be lost.
pub const PRIVATE_RESEND_INTERVAL: Duration = Duration::from_secs(1);

/// How long a node has to answer what became of a private message. Longer than it takes until a dead one is declared down.
pub const PRIVATE_ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// The nodes of a cluster: every one hears all.
pub const NODES: usize = 50;

/// How many hashes of the log are kept to be compared with those of other nodes, one for each entry.
pub const HASHES_KEPT: usize = 4_096;

/// How many entries of the log lie between two snapshots. With three nodes that are idle these are three hours.
pub const SNAPSHOT_INTERVAL: u64 = 32_768;

/// The entries that the log keeps for nodes that were away, for [`LOG_KEPT_FOR`] at most. Ten nodes that are idle write them in
/// somewhat more than two days.
pub const LOG_KEPT_ENTRIES: u64 = 2_000_000;
/// See [`LOG_KEPT_ENTRIES`]: more than a weekend.
pub const LOG_KEPT_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

/// How many snapshots nodes know: more than lie in [`LOG_KEPT_ENTRIES`].
pub const SNAPSHOTS_KNOWN: usize = 96;

/// The largest snapshot, in bytes. Beyond it none is stored.
pub const SNAPSHOT_BYTES: usize = 64 * 1024 * 1024;
/// The pieces in which the engine keeps a snapshot, in bytes: it takes no large entries.
pub const SNAPSHOT_PIECE_BYTES: usize = 128 * 1024;

/// The longest name of a version of Salon that a node says, in bytes.
pub const RELEASE_BYTES: usize = 64;

/// How many operators' decisions of a kind, and edits, nodes remember for those that come later.
pub const DECISIONS_KEPT: usize = 1_024;
/// For how long they remember what messages were edited to: as long as the log keeps what was said.
pub const EDITS_KEPT_FOR: Duration = ENGINE_LOG_AGE;

const _: () = {
    assert!(
        TURN_INTERVAL.as_millis() < MAX_CLOCK_STEP.as_millis(),
        "an idle loop is not mistaken for a suspended one"
    );
    assert!(
        WRITE_STALL_TIMEOUT.as_secs()
            < KEEPALIVE_IDLE.as_secs() + KEEPALIVE_PROBES as u64 * KEEPALIVE_INTERVAL.as_secs(),
        "a stalled connection is closed before TCP gives up"
    );
    assert!(
        GHOST_ACK_TIMEOUT.as_secs() < GHOST_PROBE_TIMEOUT.as_secs(),
        "a probe is long enough to detect a ghost"
    );
    assert!(
        GHOST_PROBE_TIMEOUT.as_secs() < GHOST_PROBE_INTERVAL.as_secs(),
        "a member is probed once at a time"
    );
    assert!(SERVER_LINE_BYTES > 2 * JSON_FRAME_BYTES, "any message fits a client's line");
    assert!(FRAME_BYTES > MESSAGE_BYTES, "a whole message fits a frame");
    assert!(READ_BYTES_PER_TURN > FRAME_BYTES, "a turn reads at least one whole frame");
    assert!(SEND_QUEUE_BYTES > 4 * (REPLAY_CHUNK_BYTES + 2 * FRAME_BYTES), "no replay overruns a send queue");
    assert!(SEND_QUEUE_BYTES > 4 * BROADCAST_BYTES_PER_TURN, "one turn does not overrun a send queue");
    assert!(SEND_QUEUE_BYTES > 2 * RESULT_BYTES_MAX, "a query result fits a send queue");
    assert!(
        TOTAL_SEND_QUEUE_BYTES > 64 * SEND_QUEUE_BYTES,
        "one queue does not exceed the total of all queues"
    );
    assert!(REPLAY_CHUNK_BYTES <= REPLAY_BYTES_PER_TURN, "a turn replays at least one chunk");
    assert!(ROOMS + OPENED_ROOMS < 1 << 16, "a room id fits a question's ticket");
    assert!(CHATY_MESSAGE_BYTES > 4 * (NAME_CHARS * 4 + 4), "a part of a message is mostly text");
    assert!(
        WEATHER_NEGATIVE_TTL.as_secs() <= WEATHER_TTL_MAX.as_secs(),
        "a negative answer does not outlive the longest lifetime"
    );
    assert!(WEATHER_CACHE_BYTES > WEATHER_BODY_BYTES, "the cache holds at least one forecast");
    assert!(ENGINE_FETCH_ENTRIES < ENGINE_UNREAD_MESSAGES, "what a fetch brings is not dropped");
    assert!(ENGINE_FETCH_BYTES >= SHARED_BATCH_BYTES, "a fetch brings at least one entry");
    assert!(SNAPSHOT_PIECE_BYTES <= SHARED_BATCH_BYTES, "a fetch brings at least one piece of a snapshot");
    assert!(
        SNAPSHOTS_KNOWN as u64 * SNAPSHOT_INTERVAL > LOG_KEPT_ENTRIES + 2 * SNAPSHOT_INTERVAL,
        "the snapshot that the log is trimmed to is known"
    );
    assert!(
        ENGINE_SNAPSHOTS_AGE.as_secs() > ENGINE_LOG_AGE.as_secs()
            && ENGINE_LOG_AGE.as_secs() > LOG_KEPT_FOR.as_secs(),
        "a snapshot is there as long as the entries after it"
    );
    assert!(
        2 * ENGINE_GIVE_UP_AFTER.as_secs() <= ENGINE_DUPLICATE_WINDOW.as_secs(),
        "no batch is sent again that the engine may have forgotten"
    );
};

/// For how long a member may erase a message of its own, or give it another text.
pub const AMEND_WITHIN: Duration = Duration::from_secs(2 * 60);
/// How many of its own messages a member may erase or edit: the last ones. With the usual spam limit nobody says many more in
/// [`AMEND_WITHIN`].
pub const OWN_MESSAGES: usize = 64;
/// How many erasures and new texts may wait for their commit. While there are so many, as the disk does not answer, no message can
/// be erased or edited.
pub const UNSTORED_AMENDMENTS: usize = 1_024;
/// How long a text that its author erased or replaced may stand in the write-ahead log of the journal.
pub const AMENDED_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The sizes of a session, a member and a connection's output, in bytes: most of what an idle connection takes, and there may be
/// thousands. What few of them need is in a box of its own.
pub const SESSION_BYTES: usize = 416;
/// See [`SESSION_BYTES`].
pub const MEMBER_BYTES: usize = 200;
/// See [`SESSION_BYTES`].
pub const OUTBOX_BYTES: usize = 128;
