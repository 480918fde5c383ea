//! A swarm of bots from outside, connected to a scene.

use std::time::Duration;

use salon::client::bot_swarm::{Swarm, SwarmEvent};
use salon::client::link::Output;
use salon::hub::SessionId;

use crate::support::scene::Scene;

/// A swarm, connected to a scene.
pub struct Outside {
    pub bots: Box<dyn Swarm>,
    pub sessions: Vec<Option<SessionId>>,
    /// The sentences that `salon bots` prints.
    pub news: Vec<String>,
    /// The names of bots that have ended.
    pub out: Vec<String>,
}

impl Outside {
    pub fn new(bots: impl Swarm + 'static) -> Outside {
        Outside {
            sessions: vec![None; bots.count()],
            bots: Box::new(bots),
            news: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Passes bytes in both directions until there are no more.
    pub fn exchange(&mut self, scene: &mut Scene) {
        let mut busy = true;
        while busy {
            busy = false;
            while let Some(event) = self.bots.poll(scene.now) {
                busy = true;
                match event {
                    SwarmEvent::Link(index, Output::Connect) => {
                        self.sessions[index] = Some(scene.connect());
                        self.bots.link(index).connected(scene.now);
                    }
                    SwarmEvent::Report(sentence) if !sentence.is_empty() => self.news.push(sentence),
                    SwarmEvent::Ended(name, _) => self.out.push(name),
                    _ => {}
                }
            }
            for (index, session) in self.sessions.iter().enumerate() {
                let Some(session) = *session else { continue };
                let link = self.bots.link(index);
                let bytes = link.unsent().to_vec();
                if !bytes.is_empty() {
                    link.sent(bytes.len());
                    scene.send(session, &bytes);
                    busy = true;
                }
            }
            for (index, session) in self.sessions.iter().enumerate() {
                let heard = session.map(|session| scene.heard(session)).unwrap_or_default();
                if !heard.is_empty() {
                    self.bots.link(index).received(heard.as_bytes(), scene.now);
                    busy = true;
                }
            }
        }
    }

    /// Lets time pass for the swarm and the scene.
    pub fn pass(&mut self, scene: &mut Scene, seconds: u64) {
        for _ in 0..seconds {
            scene.wait(Duration::from_secs(1));
            self.bots.handle_timeout(scene.now);
            for question in self.bots.weather_questions() {
                self.bots.weather(question.ticket, None, scene.now);
            }
            self.exchange(scene);
        }
    }
}
