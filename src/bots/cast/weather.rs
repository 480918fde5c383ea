//! Answers about the weather.

use std::time::{Duration, Instant};

use crate::bots::analysis::{Day, Place, Tag};
use crate::bots::cast::people::may_address;
use crate::bots::cast::{Cast, CastAction, PLANNED_MAX, PendingForecast, PendingPlace, Planned};
use crate::bots::lines::{Cue, Filling};
use crate::bots::reply::{AnalysedMessage, is_repeatable};
use crate::bots::{Character, forecast};
use crate::weather::{CITIES_CREDIT, City, FORECAST_CREDIT, Lookup, Report, When, cities};

/// How long a "which place?" and a weather question wait for their answers.
const PLACE_TIMEOUT: Duration = Duration::from_secs(60);
const FORECAST_TIMEOUT: Duration = Duration::from_secs(60);

/// The longest answer to "which place?", in words.
const PLACE_WORDS: usize = 6;

impl Cast {
    /// The answer to a weather question. `None`: no forecast is available.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let Some(at) = self.pending_forecasts.iter().position(|pending| pending.ticket == ticket) else {
            return;
        };
        let pending = self.pending_forecasts.remove(at);
        match pending.to.clone().filter(|_| pending.is_private) {
            Some(name) => self.privately(&name, |cast| cast.tell_forecast(pending, report, now)),
            None => self.tell_forecast(pending, report, now),
        }
    }

    fn tell_forecast(&mut self, pending: PendingForecast, report: Option<&Report>, now: Instant) {
        let PendingForecast { to, character, city, since, .. } = pending;
        let Some(report) = report else {
            let filling = Filling { name: to.as_deref(), place: Some(city.name), ..Filling::default() };
            return self.plan(character, Cue::Asleep, &filling, now);
        };
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        let mood =
            bot.lines.choose(forecast::mood(report), &Filling::default(), &mut self.rng).unwrap_or_default();
        let text = format!("{} {mood} {FORECAST_CREDIT}, {CITIES_CREDIT}.", forecast::describe(report));
        // The delay counts from the message, not from the forecast.
        self.plan_text(character, text, to.as_deref(), since, now);
    }

    /// Answers a message about the weather: with a forecast, or with the question for a place.
    pub(super) fn answer_about_weather(
        &mut self,
        message: &AnalysedMessage<'_>,
        cue: Cue,
        name: Option<&str>,
        now: Instant,
    ) {
        let character = Character::Weather;
        let filling = Filling { name, activity: message.activity(), ..Filling::default() };
        let asks = message.is(Tag::Question) && !message.is(Tag::Opinion);
        let when = match message.analysis.day {
            None | Some(Day::Now) => When::Now,
            Some(Day::Today) => When::Today,
            Some(Day::Tonight) => When::Tonight,
            Some(Day::Tomorrow) => When::Tomorrow,
            Some(Day::Another) if asks => return self.plan(character, Cue::Later, &filling, now),
            Some(Day::Another) => return self.plan(character, cue, &filling, now),
        };
        if message.analysis.place.is_none() {
            if !asks {
                return self.plan(character, cue, &filling, now);
            }
            self.await_place(name, None, when, now);
            return self.plan(character, Cue::Place, &filling, now);
        }
        for place in message.analysis.place.iter().chain(&message.analysis.others) {
            match look_up(place) {
                Lookup::One(city) => self.ask_weather(name, city, when, now),
                Lookup::Unknown => {
                    self.await_place(name, None, when, now);
                    let place = Some(place.name.as_str()).filter(|name| is_repeatable(name));
                    let cue = if place.is_some() { Cue::Unknown } else { Cue::Place };
                    self.plan(character, cue, &Filling { place, ..filling }, now);
                }
                unclear => {
                    self.await_place(name, Some(&place.name), when, now);
                    let text = forecast::which(&place.name, place.within.as_deref(), &unclear);
                    self.plan_text(character, text, name, now, now);
                }
            }
        }
    }

    /// Requests a forecast, or says that none is available if too many questions are open.
    pub(super) fn ask_weather(&mut self, name: Option<&str>, city: City, when: When, now: Instant) {
        self.pending_forecasts
            .retain(|pending| now.saturating_duration_since(pending.since) < FORECAST_TIMEOUT);
        if self.pending_forecasts.len() >= PLANNED_MAX || self.planned.len() >= PLANNED_MAX {
            let filling = Filling { name, place: Some(city.name), ..Filling::default() };
            return self.plan(Character::Weather, Cue::Asleep, &filling, now);
        }
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        let to = name.map(str::to_owned);
        self.pending_forecasts.push(PendingForecast {
            to,
            ticket,
            character: Character::Weather,
            city,
            since: now,
            is_private: false,
        });
        let action = CastAction::Weather { ticket, city, when };
        self.planned.push(Planned { at: now, action, to: None, is_greeting: false });
    }

    /// Remembers a person that was asked which place it means, and the ambiguous name, if any. Its next message may be the
    /// answer.
    fn await_place(&mut self, name: Option<&str>, place: Option<&str>, when: When, now: Instant) {
        self.pending_place = name.map(|name| PendingPlace {
            name: name.to_owned(),
            place: place.map(str::to_owned),
            when,
            until: now + PLACE_TIMEOUT,
        });
    }

    /// The city if a message to the forecaster contains nothing else: "weather bot, Oslo?".
    pub(super) fn bare_place(&self, message: &AnalysedMessage<'_>) -> Option<City> {
        let forecaster = self.bots.iter().find(|bot| bot.character == Character::Weather)?;
        if message.analysis.addressed != [forecaster.name.as_str()] {
            return None;
        }
        let words: Vec<&str> = message.text.split_whitespace().filter(|word| !may_address(word)).collect();
        let place = words.join(" ");
        let is_short = !words.is_empty() && words.len() <= 3;
        cities::parse(place.trim_end_matches(['?', '!', '.'])).filter(|_| is_short)
    }

    /// The city and time, if the text answers the question for a place.
    pub(super) fn awaited(&mut self, name: &str, text: &str, now: Instant) -> Option<(City, When)> {
        let PendingPlace { place: several, when, .. } =
            self.pending_place.take_if(|pending| pending.name == name && now < pending.until)?;
        let text = text.trim().trim_end_matches(['.', '!', '?']);
        let text = text.strip_suffix("please").unwrap_or(text).trim_end_matches([',', ' ']);
        let text = ["The one ", "the one "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        let place = ["in ", "In ", "at "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        if place.split_whitespace().count() > PLACE_WORDS {
            return None;
        }
        let of_these = several.and_then(|several| cities::find(&several, Some(place)));
        of_these.or_else(|| cities::ask(place).likeliest()).map(|city| (city, when))
    }
}

/// Looks up a place. A word that is also a plain word counts as its area only if there is such a place: "portland, me".
fn look_up(place: &Place) -> Lookup {
    let within = place.within.as_deref().or(place.perhaps_within.as_deref());
    match cities::look_up(&place.name, within) {
        Lookup::Elsewhere(_) | Lookup::Unknown if place.within.is_none() => {
            cities::look_up(&place.name, None)
        }
        found => found,
    }
}
