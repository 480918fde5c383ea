//! The cost of decoding messages, whole and cut at every position.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use salon::wire::Decoder;

const MESSAGES: usize = 64;

/// Messages of 64 bytes in both dialects, and the name sent before them.
fn streams() -> [(&'static str, &'static str, Vec<u8>); 2] {
    let text = "x".repeat(56);
    [
        ("line", "ann\n", format!("ann: {text}\n").repeat(MESSAGES).into_bytes()),
        ("eom", "ann: ann::EOMsg::", format!("ann: {text}::EOMsg::").repeat(MESSAGES).into_bytes()),
    ]
}

/// Decodes a name and then the pieces, and counts the messages in these.
fn decode<'a>(name: &str, pieces: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut decoder = Decoder::default();
    decoder.feed(name.as_bytes());
    assert!(decoder.next_frame().is_some());
    decoder.on_name_accepted();
    let mut frames = 0;
    for piece in pieces {
        decoder.feed(piece);
        while let Some(frame) = decoder.next_frame() {
            black_box(frame);
            frames += 1;
        }
    }
    frames
}

fn benches(criterion: &mut Criterion) {
    for (dialect, name, bytes) in streams() {
        let mut group = criterion.benchmark_group(format!("decode/{dialect}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for (cut, size) in [("whole", bytes.len()), ("packets of 1,448", 1_448), ("bytes", 1)] {
            group.bench_function(cut, |b| {
                b.iter(|| assert_eq!(decode(name, black_box(&bytes).chunks(size)), MESSAGES));
            });
        }
        // One message, cut in two at each position.
        let message = &bytes[..bytes.len() / MESSAGES];
        group.throughput(Throughput::Bytes((message.len() * (message.len() + 1)) as u64));
        group.bench_function("cut in two at every place", |b| {
            b.iter(|| {
                for at in 0..=message.len() {
                    let (head, tail) = black_box(message).split_at(at);
                    assert_eq!(decode(name, [head, tail].into_iter()), 1);
                }
            });
        });
        group.finish();
    }
}

criterion_group!(decoding, benches);
criterion_main!(decoding);
