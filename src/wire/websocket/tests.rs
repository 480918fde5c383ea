use super::*;
use crate::proto::{LogEntry, Notice, ReplayExtent, RoomEvent};
use crate::wire::lines;

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(MASKED | u8::try_from(short).unwrap()),
        middle @ 126..=0xffff => {
            bytes.push(MASKED | 0x7e);
            bytes.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            bytes.push(MASKED | 0x7f);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Decodes bytes in pieces of this size: the texts, the replies, and the close code.
fn read(bytes: &[u8], size: usize) -> (Vec<String>, Vec<u8>, Option<CloseCode>) {
    let (mut socket, mut texts, mut reply) = (WebSocket::default(), Vec::new(), Vec::new());
    for piece in bytes.chunks(size) {
        socket.feed(piece);
        while let Some(frame) = socket.next_frame() {
            let Frame::Text(text) = frame else { panic!("{frame:?}") };
            texts.push(text);
        }
        reply.extend(socket.take_reply().unwrap_or_default());
    }
    (texts, reply, socket.end)
}

#[test]
fn frames_decode_the_same_however_they_are_cut() {
    let joined = |parts: &[Vec<u8>]| parts.concat();
    let close = frame(0x88, &[3, 232]);
    for (bytes, texts, reply, end) in [
        (frame(0x81, b"{}"), vec!["{}"], vec![], None),
        (frame(0x81, b""), vec![""], vec![], None),
        // A ping between two halves of a message.
        (
            joined(&[frame(0x01, b"He"), frame(0x89, b"p"), frame(0x80, b"llo")]),
            vec!["Hello"],
            vec![0x8a, 1, b'p'],
            None,
        ),
        (joined(&[frame(0x01, &[0xc3]), frame(0x80, &[0xb6])]), vec!["ö"], vec![], None),
        (frame(0x8a, b"late"), vec![], vec![], None),
        (
            joined(&[frame(0x81, b"a"), close.clone(), frame(0x81, b"b")]),
            vec!["a"],
            vec![],
            Some(CloseCode::Normal),
        ),
        (frame(0x88, b""), vec![], vec![], Some(CloseCode::Normal)),
        (frame(0x81, &[0xff]), vec![], vec![], Some(CloseCode::NoUtf8)),
        (frame(0x82, b"x"), vec![], vec![], Some(CloseCode::NoText)),
        (frame(0x88, &[3]), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x88, &[3, 237]), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x88, &[3, 232, 0xff]), vec![], vec![], Some(CloseCode::NoUtf8)),
        (frame(0xc1, b"x"), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x83, b"x"), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x80, b"x"), vec![], vec![], Some(CloseCode::Protocol)),
        (joined(&[frame(0x01, b"a"), frame(0x81, b"b")]), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x09, b"x"), vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x89, &[0; 126]), vec![], vec![], Some(CloseCode::Protocol)),
        (vec![0x81, 0x01, b'x'], vec![], vec![], Some(CloseCode::Protocol)),
        (vec![0x81, MASKED | 0x7e, 0, 5, 0, 0, 0, 0], vec![], vec![], Some(CloseCode::Protocol)),
        (frame(0x81, &vec![b'x'; JSON_FRAME_BYTES]), vec![&"x".repeat(JSON_FRAME_BYTES)], vec![], None),
        (frame(0x81, &vec![b'x'; JSON_FRAME_BYTES + 1]), vec![], vec![], Some(CloseCode::TooBig)),
        (frame(0x81, &vec![b'x'; 1 << 20]), vec![], vec![], Some(CloseCode::TooBig)),
        (
            joined(&[frame(0x01, b""), frame(0x00, b"").repeat(WEBSOCKET_FRAGMENTS as usize)]),
            vec![],
            vec![],
            Some(CloseCode::TooBig),
        ),
    ] {
        let expected = (texts.iter().map(|text| (*text).to_owned()).collect(), reply, end);
        for size in [1, 2, 3, 7, 1_024, usize::MAX] {
            assert_eq!(
                read(&bytes, size),
                expected,
                "{:?} in pieces of {size}",
                &bytes[..bytes.len().min(16)]
            );
        }
    }
}

#[test]
fn an_oversized_frame_is_refused_by_its_header() {
    let mut socket = WebSocket::default();
    socket.feed(&frame(0x81, &vec![b'x'; 1 << 20])[..14]);
    assert_eq!((socket.next_frame(), socket.end, socket.memory()), (None, Some(CloseCode::TooBig), 0));
    socket.feed(&[0; 1_000]);
    assert_eq!((socket.next_frame(), socket.memory()), (None, 0));
    let mut socket = WebSocket::default();
    socket.feed(&frame(0x81, b"whole"));
    assert!(socket.next_frame().is_some() && socket.next_frame().is_none());
    assert_eq!(socket.memory(), 0, "an idle one keeps nothing");
}

#[test]
fn the_close_frame_is_returned_once_and_echoes_the_peers_code() {
    let mut socket = WebSocket::default();
    assert_eq!(socket.close_frame(CloseCode::Policy).unwrap()[..], [0x88, 2, 3, 240]);
    assert_eq!(socket.close_frame(CloseCode::Policy), None);
    let mut socket = WebSocket::default();
    socket.feed(&frame(0x81, &[0xff]));
    assert!(socket.next_frame().is_none() && socket.is_over());
    assert_eq!(socket.close_frame(CloseCode::Normal).unwrap()[..], [0x88, 2, 3, 239]);
}

#[test]
fn each_length_has_its_header() {
    for length in [1, 60, 100, 120, 200, 5_000, 65_400, 65_600, 70_000] {
        let event = Event::Live(LogEntry {
            room: "lobby".into(),
            id: 1,
            time: std::time::SystemTime::UNIX_EPOCH,
            event: RoomEvent::HostSaid { text: "x".repeat(length).into() },
            edited: None,
        });
        let notice = Event::Notice(Notice::Text("x".repeat(length).into()));
        for event in [event, notice] {
            let (mut line, mut framed) = (BytesMut::new(), BytesMut::from(&b"before"[..]));
            json::encode(&event, None, lines::joined, &mut line);
            encode(&event, None, lines::joined, &mut framed);
            let json = &line[..line.len() - 1];
            let framed = &framed[b"before".len()..];
            let header = match json.len() {
                short @ 0..=125 => vec![0x81, u8::try_from(short).unwrap()],
                middle @ 126..=0xffff => {
                    [&[0x81, 126][..], &u16::try_from(middle).unwrap().to_be_bytes()].concat()
                }
                long => [&[0x81, 127][..], &(long as u64).to_be_bytes()].concat(),
            };
            assert_eq!(framed[..header.len()], header);
            assert_eq!(framed[header.len()..], *json);
        }
    }
    let mut nothing = BytesMut::new();
    encode(
        &Event::ReplayStart { is_first: true, extent: ReplayExtent::default() },
        None,
        lines::joined,
        &mut nothing,
    );
    assert!(nothing.is_empty(), "JSON has no form for it");
}

#[test]
fn reads_that_end_within_a_header_do_not_grow_the_buffer() {
    let pong = frame(0x8a, &[7; 125]);
    let (mut socket, reads) = (WebSocket::default(), [&pong[1..], &pong[..1]].concat());
    socket.feed(&pong[..1]);
    for _ in 0..1_000 {
        socket.feed(&reads);
        assert!(socket.next_frame().is_none() && socket.end.is_none());
        assert!(socket.memory() < 4 * pong.len(), "{} bytes are kept", socket.memory());
    }
}
