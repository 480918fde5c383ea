//! What a Lord's words order: an option of the event, or something of its own. Everything else is talk.

use crate::bots::{Action, is_question, named, numbered, ordered};
use crate::hosts::thrones::events::Event;

/// What a Lord orders.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// An option, by its index, and its number if that was all that was said.
    Option(usize, Option<usize>),
    /// Something else, with these actions.
    Own(Vec<Action>),
}

/// What a text without names orders. `None`: it is talk.
pub(super) fn order(text: &str, event: &Event) -> Option<Order> {
    if is_question(text) {
        return None;
    }
    let actions = ordered(text);
    let mut wanted = actions.iter().flatten().filter(|action| !action.is_negated);
    let number = numbered(text).filter(|number| *number <= event.options.len());
    wanted
        .find_map(|action| event.offered.iter().position(|verb| *verb == action.verb))
        .map(|at| Order::Option(at, None))
        .or_else(|| number.map(|number| Order::Option(number - 1, Some(number))))
        .or_else(|| named(text, &event.options).map(|at| Order::Option(at, None)))
        .or_else(|| actions.map(Order::Own))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::base::limits::THRONES_EVENT_DELAY;
    use crate::bots::parse_order;
    use crate::hosts::thrones::events::Teller;
    use crate::hosts::thrones::game::{Game, Phase};
    use crate::hosts::thrones::realm::Realm;
    use crate::hosts::thrones::rules::Effect;
    use crate::proto::Kind;

    #[test]
    fn an_option_is_chosen_by_its_words_its_action_and_its_number() {
        let followers = ["Edd", "Osha"].map(ToOwned::to_owned);
        for seed in 0..100 {
            let mut rng = StdRng::seed_from_u64(seed);
            let event = Teller::new().tell(&followers, 5, &mut rng);
            for (at, option) in event.options.iter().enumerate() {
                let gerund = parse_order(option)[0].gerund();
                let number = at + 1;
                for text in [
                    option.clone(),
                    format!("Let us {option}!"),
                    format!("ok, we should {option} then"),
                    gerund,
                    format!("hm, {option}"),
                ] {
                    assert_eq!(order(&text, &event), Some(Order::Option(at, None)), "{text}: {}", event.text);
                }
                for text in
                    [number.to_string(), format!("ok ({number})!"), format!("I think {number} is best")]
                {
                    let expected = Some(Order::Option(at, Some(number)));
                    assert_eq!(order(&text, &event), expected, "{text}: {}", event.text);
                }
            }
        }
    }

    /// What a text says to the event of the table below: an option's number from 1, "own", "talk", or "to " and a name.
    fn heard(realm: &Realm, text: &str) -> String {
        match realm.host.order_in(text) {
            Some(Order::Option(at, _)) => (at + 1).to_string(),
            Some(Order::Own(_)) => "own".to_owned(),
            None => realm.host.addressed(text).first().map_or("talk".to_owned(), |name| format!("to {name}")),
        }
    }

    #[test]
    fn what_a_lord_types_is_an_order_or_talk_or_talk_to_somebody() {
        let mut realm = Realm::new(1);
        for name in ["Ann", "Nora", "Rico"] {
            realm.come(name, Kind::Person);
        }
        for (name, text) in [("Nora", "/follow"), ("Ann", "/lord"), ("Ann", "/begin")] {
            realm.speak(name, text);
        }
        realm.wait(THRONES_EVENT_DELAY);
        let options = ["burn the furniture", "march south", "pray to whoever listens"];
        let event = Event {
            text: String::new(),
            offered: options.iter().filter_map(|option| Some(parse_order(option).first()?.verb)).collect(),
            options: options.map(ToOwned::to_owned).to_vec(),
            effects: vec![Effect::default(); 3],
        };
        let Some(Game { phase: Phase::Asked(asked), .. }) = &mut realm.host.game else { panic!() };
        asked.event = event;
        let bot = realm.hosted()[0].clone();
        let wrong: Vec<String> = TABLE
            .iter()
            .flat_map(|(expected, texts)| texts.split(" | ").map(move |text| (expected, text)))
            .map(|(expected, text)| (expected.replace("BOT", &bot), text.replace("BOT", &bot)))
            .filter_map(|(expected, text)| {
                let heard = heard(&realm, &text);
                (heard != expected).then(|| format!("{text}: {heard}, not {expected}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    const TABLE: [(&str, &str); 8] = [
        (
            "1",
            "1 | 1! | option 1 | the first one | Burn it! | burn the furniture | ok, burn the furniture then | \
               the furniture | Burning. | I think burning the furniture is best | let it be burnt | hmm, 1 | \
               number one, please | 1, obviously | first",
        ),
        (
            "2",
            "(2) | two | ok 2 | let's go with 2 | I take number 2 | it's cold in here. 2 | march! | We march south. | \
               south | haha ok 2 | Nora, 2 | 2, let them freeze | no, we march | 2 it is",
        ),
        (
            "3",
            "3 obviously | the third one | praying | let us pray | well then, pray to whoever listens | third!",
        ),
        (
            "own",
            "Hang him! | let him be fed | Let us eat and be merry! | Do not burn anything. | They shall be hanged. | eat | \
             Eating! | I want him pardoned | feed them all | fight | I order you to fight | give them the soup | \
             let the cook go home | never sell it | have the cook jailed | the cook shall hang | help them | Let them be gnomes.",
        ),
        (
            "talk",
            "hahaha | let me think | hello everybody | thanks, good point | one moment please | lol | ok | brb | ... | \
             sorry, I was away | hmm | Hm. | wait did it take my hmm as an order | wait | wait a second | give me a sec | \
             one second | 1 sec | brb 2 min | back in 3 minutes | :3 | <3 | 1 or 2 | politics | I had to eat something, back now | \
             I laughed so hard | thank you all | welcome back | help! | hang on | go on | listen everybody | poor fellow | \
             I like this game | it is hard | not the first one | me first | 4 | 12 | let me ask my wife | good morning | \
             I am going to get a coffee | sorry, talking to my mother | he ate my lunch | nice weather | we lost 3 gold | \
             I will eat later | fed up with this | this is fun | play nice | oh no | I wish him no harm. | yes | no | \
             I am reading, it takes a while | my cat burned the house down :D | good luck | so many choices | close call | \
             they went home | none of those | ha! | score: 12 | I have no idea what to do | nobody knows | I give up | \
             that sounds dangerous | we are out of gold soon",
        ),
        (
            "to Nora",
            "Nora hahaha | thanks Nora | well said, Nora! | @Nora you are quiet | Nora: hang him for me",
        ),
        (
            "to BOT",
            "BOT, what now? | BOT are you with me? | poor BOT | What do you think, BOT? | BOT, burn it for me",
        ),
        ("to Rico", "Rico, I like your hat | nice hat, Rico"),
    ];
}
