//! What a person's answer to a suggestion speaks of: a table of words, by topic.

use std::sync::LazyLock;

use crate::bots::clauses;
use crate::bots::orders::is_question;
use crate::bots::phrase_table::PhraseTable;

/// A topic of an answer. Guests have lines for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Food,
    Sleep,
    Weather,
    Money,
    Time,
    Danger,
    Body,
    Animals,
    Machines,
    Music,
    Family,
    Sport,
    Laughter,
    Rudeness,
    Question,
}

/// The words and phrases of each topic, separated by commas.
const WORDS: [(Topic, &str); 14] = [
    (
        Topic::Food,
        "food, eat, eating, hungry, breakfast, lunch, dinner, supper, snack, snacks, cake, cakes, cookie, cookies, \
         biscuit, biscuits, chocolate, ice cream, pizza, pasta, bread, cheese, soup, salad, fruit, apple, apples, \
         banana, bananas, chips, crisps, fries, burger, burgers, sandwich, sandwiches, pancakes, waffles, curry, \
         rice, sushi, kebab, popcorn, sugar, coffee, tea, beer, beers, wine, whisky, gin, rum, lemonade, juice, milk, \
         cocoa, water, drink, drinks, drinking, thirsty, cook, cooking, bake, baking, barbecue, restaurant, recipe",
    ),
    (
        Topic::Sleep,
        "sleep, sleeping, sleepy, asleep, tired, exhausted, nap, naps, bed, bedtime, pillow, sofa, couch, blanket, \
         pyjamas, pajamas, dream, dreams, dreaming, lazy, rest, resting, snooze, yawn, wake, woke",
    ),
    (
        Topic::Weather,
        "weather, rain, raining, rainy, rains, snow, snowing, storm, thunder, wind, windy, sun, sunny, sunshine, cold, \
         freezing, hot, warm, wet, fog, foggy, clouds, cloudy, umbrella, winter, summer, heat",
    ),
    (
        Topic::Money,
        "money, expensive, cheap, price, prices, pay, paying, cost, costs, broke, afford, free of charge, rich, euros, \
         dollars, crowns, salary, wallet, bill, tickets, ticket, rent, budget",
    ),
    (
        Topic::Time,
        "time, no time, late, later, busy, tomorrow, tonight, monday, tuesday, wednesday, thursday, friday, saturday, \
         sunday, weekend, next week, hurry, soon, deadline, homework, exam, exams, schedule, calendar, meeting, \
         minute, minutes, hour, hours, work tomorrow, afterwards, early",
    ),
    (
        Topic::Danger,
        "danger, dangerous, scared, scary, afraid, fear, fears, risky, risk, police, illegal, crime, jail, prison, \
         arrested, caught, trouble, accident, drown, sharks, shark, fall, falling, heights, explode, fire, safe, safety, \
         lawyer, alarm",
    ),
    (
        Topic::Body,
        "knee, knees, back, leg, legs, foot, feet, toe, toes, arm, arms, hand, hands, shoulder, shoulders, head, headache, \
         stomach, hips, hip, ankle, ankles, muscles, bones, bone, sore, shoes, shoe, socks, trousers, hair, lungs, \
         out of breath",
    ),
    (
        Topic::Animals,
        "dog, dogs, cat, cats, horse, horses, bird, birds, duck, ducks, cow, cows, sheep, goat, goats, rabbit, rabbits, \
         hamster, fish, otter, otters, whale, whales, bear, bears, wolf, snake, snakes, spider, spiders, bee, bees, \
         squirrel, squirrels, penguin, penguins, pigeon, pigeons, moose, elk, donkey, pet, pets, puppy, kitten",
    ),
    (
        Topic::Machines,
        "computer, computers, laptop, keyboard, mouse, screen, phone, phones, internet, wifi, code, coding, program, \
         programming, python, rust, java, linux, server, servers, terminal, bug, bugs, software, robot, robots, ai, app, \
         website, printer, battery, charger, car, cars, train, bus, tram, bike, bicycle, plane, engine, video game, \
         video games, netflix, youtube",
    ),
    (
        Topic::Music,
        "music, song, songs, sing, singing, dance, dancing, guitar, piano, violin, drums, band, concert, karaoke, \
         radio, playlist, disco, opera, jazz, metal, rock, party, parties",
    ),
    (
        Topic::Family,
        "mum, mom, mother, dad, father, parents, grandma, grandmother, grandpa, grandfather, sister, brother, sisters, \
         brothers, wife, husband, girlfriend, boyfriend, kid, kids, children, son, daughter, aunt, uncle, cousin, \
         family, baby, neighbour, neighbours, neighbor, neighbors, friend, friends, boss, teacher",
    ),
    (
        Topic::Sport,
        "sport, sports, football, soccer, basketball, tennis, table tennis, ping pong, volleyball, badminton, handball, \
         hockey, golf, rugby, cricket, chess, yoga, gym, run, running, jog, jogging, swim, swimming, cycle, cycling, \
         climb, climbing, ski, skiing, skate, skating, hike, hiking, walk, walking, race, marathon, train hard, workout",
    ),
    (Topic::Laughter, "haha, hahaha, hahahaha, hehe, hihi, lol, lmao, rofl, xd, funny, hilarious"),
    (
        Topic::Rudeness,
        "stupid, idiot, idiots, boring, shut up, dumb, sucks, crap, shit, damn, hell, fuck, fucking, hate, ugly, loser, \
         losers, lame, rubbish, nonsense, annoying",
    ),
];

static TABLE: LazyLock<PhraseTable<Topic>> = LazyLock::new(|| PhraseTable::new(&WORDS));

impl Topic {
    /// All topics.
    #[cfg(test)]
    pub(super) fn all() -> impl Iterator<Item = Topic> {
        WORDS.into_iter().map(|(topic, _)| topic).chain([Topic::Question])
    }

    /// The cue of the lines about it.
    pub(super) fn cue(self) -> &'static str {
        match self {
            Topic::Food => "on food",
            Topic::Sleep => "on sleep",
            Topic::Weather => "on weather",
            Topic::Money => "on money",
            Topic::Time => "on time",
            Topic::Danger => "on danger",
            Topic::Body => "on body",
            Topic::Animals => "on animals",
            Topic::Machines => "on machines",
            Topic::Music => "on music",
            Topic::Family => "on family",
            Topic::Sport => "on sport",
            Topic::Laughter => "on laughter",
            Topic::Rudeness => "on rudeness",
            Topic::Question => "on a question",
        }
    }
}

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&TABLE);
}

/// The topic of an answer, and the word that speaks of it: of the words in `known`, which everybody used before, none
/// counts. Things count before laughter and rude words. A question without any of them is a topic of its own.
pub(super) fn find_topic(text: &str, known: &str) -> Option<(Topic, Option<String>)> {
    let known = clauses(known).concat();
    let clauses = clauses(text);
    let mut found = clauses.iter().flat_map(|words| TABLE.find(words));
    let is_new = |word: &str| !word.split(' ').all(|word| known.iter().any(|known| known == word));
    let mut weak = None;
    for (word, topic) in found.by_ref().filter(|(word, _)| is_new(word)) {
        match topic {
            Topic::Laughter | Topic::Rudeness => weak = weak.or(Some((topic, Some(word)))),
            _ => return Some((topic, Some(word))),
        }
    }
    weak.or_else(|| is_question(text).then_some((Topic::Question, None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_topics() {
        for (text, topic) in [
            ("Only if there is cake.", Some((Topic::Food, "cake"))),
            ("I'm too TIRED, sorry", Some((Topic::Sleep, "tired"))),
            ("In this weather?", Some((Topic::Weather, "weather"))),
            ("haha, my dog would love that", Some((Topic::Animals, "dog"))),
            ("lol no", Some((Topic::Laughter, "lol"))),
            ("that is boring, shut up", Some((Topic::Rudeness, "boring"))),
            ("Ice cream first!", Some((Topic::Food, "ice cream"))),
            ("Why me?", None),
            ("Yes!", None),
            ("cupcakes, catalogue, brunch", None),
            ("", None),
        ] {
            let expected = topic.map(|(topic, word)| (topic, Some(word.to_owned())));
            let found = find_topic(text, "the tram").filter(|(topic, _)| *topic != Topic::Question);
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(find_topic("Why me?", ""), Some((Topic::Question, None)));
    }

    #[test]
    fn words_of_the_suggestion_say_nothing() {
        assert_eq!(find_topic("I love coffee", "drink coffee"), None);
        assert_eq!(
            find_topic("coffee with my cat", "drink coffee"),
            Some((Topic::Animals, Some("cat".into())))
        );
        assert_eq!(find_topic("ice cream!", "skip the queue for ice cream"), None);
    }

    #[test]
    fn no_word_is_known_twice_and_all_are_as_they_are_heard() {
        let mut words: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words.split(", ")).collect();
        for word in &words {
            assert_eq!(clauses(word).concat().join(" "), *word);
        }
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
