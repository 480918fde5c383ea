//! The words that show the subject of a text, as data.
//!
//! Phrases are in lower case, without apostrophes, and separated by commas. The longest match wins. Only whole words
//! match: "start" contains no `art`. A final sigma is an ordinary one, as in all keys of words.

use super::Subject::{self, Art, Food, Plans, Sport, Weather, Work};

/// Words that are about a subject.
pub(super) const SUBJECTS: &[(Subject, &str)] = &[
    (
        Weather,
        "weather, погода, погоду, 날씨, طقس, الطقس, καιρόσ, 天気, 天气, 天氣, forecast, forecasts, climate, umbrella, meteorologist, barometer, \
         like outside, nice outside, nice out, out there today",
    ),
    (
        Weather,
        "temperature, temperatures, temp, temps, degrees, °c, °f, celsius, fahrenheit, thermometer, \
         hot, hotter, hottest, heat, heatwave, warm, warmer, warmest, cold, colder, coldest, chilly, freezing, frosty, \
         frost, mild, humid, humidity",
    ),
    (
        Weather,
        "rain, rains, raining, rained, rainy, drizzle, drizzling, snow, snows, snowing, snowed, snowy, hail, sleet, \
         wet outside, pouring, dry outside, stays dry, stay dry, storm, storms, stormy, thunder, lightning, thunderstorm, \
         hurricane, tornado, wind, winds, windy, breeze, breezy, gale, cloud, clouds, cloudy, overcast, fog, foggy, mist, \
         misty, sun, sunny, sunshine, sunnier, icy, black ice, rainbow, wetter, wettest, drier, driest, rainier, snowier, windier, cloudier, foggier, stormier, \
         chillier, milder, icier, cooler in, cooler than in",
    ),
    (
        Sport,
        "sport, sports, sporty, athlete, athletes, athletic, athletics, gym, stadium, olympics, olympic games, world cup, \
         league, championship, tournament, goalkeeper, striker, referee, the match, a match, the game, workout, workouts, \
         work out, works out, worked out, working out, martial arts, exercise, exercises, medal",
    ),
    (
        Art,
        "art, arts, artist, artists, artistic, artwork, artworks, work of art, works of art, gallery, galleries, museum, \
         museums, exhibition, exhibitions, canvas, portrait, portraits, masterpiece, watercolour, watercolor, picasso, \
         monet, munch, rembrandt, van gogh, kandinsky, mona lisa, leonardo da vinci, frida kahlo, vermeer, culture",
    ),
    (
        Art,
        "music, musical, musician, song, songs, album, concert, concerts, band, bands, orchestra, opera, ballet, symphony, \
         film, films, movie, movies, cinema, theatre, theater, play in the theatre, novel, novels, poem, poems, poet, \
         poets, book, books, picture, pictures",
    ),
    (
        Work,
        "work, works, worked, working, worker, workers, job, jobs, boss, office, offices, meeting, meetings, colleague, \
         colleagues, coworker, coworkers, deadline, deadlines, salary, career, careers, overtime, project, projects, \
         homework, unemployed, employer, payday, intern, internship, workday",
    ),
    (
        Food,
        "food, foods, eat, eats, eating, ate, eaten, hungry, thirsty, lunch, dinner, breakfast, brunch, supper, meal, meals, \
         snack, snacks, dessert, desserts, recipe, recipes, restaurant, restaurants, cafe, café, kitchen, chef, menu, \
         vegetarian, vegan, delicious, tasty, yummy, book a table",
    ),
    (
        Food,
        "pizza, pizzas, pasta, spaghetti, lasagne, burger, burgers, sushi, ramen, noodles, soup, soups, salad, salads, \
         sandwich, sandwiches, taco, tacos, curry, kebab, rice, bread, cheese, butter, egg, eggs, bacon, meat, chicken, \
         beef, pork, fish, steak, vegetable, vegetables, potato, potatoes, tomato, tomatoes, fruit, fruits, pineapple, \
         banana, bananas, cake, cakes, cookie, cookies, chocolate, ice cream, pancake, pancakes, waffle, waffles, soup, \
         coffee, tea, beer, beers, wine, drink, drinks, juice, hot chocolate, hot dog, hot dogs, hot sauce, cold beer, \
         cold beers, cold drink, cold drinks, frozen pizza",
    ),
    (
        Plans,
        "plan, plans, planning, planned, weekend, weekends, holiday, holidays, vacation, vacations, trip, trips, travel, \
         travels, travelling, traveling, journey, itinerary, party, parties, flight, flights, hotel, hotels, appointment, \
         schedule, looking forward, meet up, going out, go out, bucket list, book a flight, book a hotel, book a room, \
         book a trip, book tickets, visit, visiting, day off, sightseeing",
    ),
    (
        Plans,
        "are you doing today, are you doing tonight, are you doing tomorrow, are you doing later, u doing tonight, \
         u doing tomorrow, you up to tonight, you up to tomorrow, you up to later",
    ),
];

/// Activities: the name of each, and other words for it.
pub(super) const ACTIVITIES: &[(Subject, &[(&str, &str)])] = &[
    (
        Sport,
        &[
            ("football", "footballer, footballers, soccer"),
            ("tennis", ""),
            ("table tennis", "ping pong, pingpong"),
            ("basketball", ""),
            ("volleyball", "beach volleyball"),
            ("handball", ""),
            ("baseball", ""),
            ("badminton", ""),
            ("golf", "golfing"),
            ("rugby", ""),
            ("cricket", ""),
            ("hockey", ""),
            ("ice hockey", ""),
            ("chess", ""),
            ("running", "run, runs, ran, go for a run, marathon, marathons"),
            ("jogging", "jog, jogs, jogged"),
            ("swimming", "swim, swims, swam"),
            ("skiing", "ski, skis, skied"),
            ("snowboarding", "snowboard"),
            ("skating", "skate, skates, skated, ice skating, ice skate"),
            ("skateboarding", "skateboard"),
            ("cycling", "cycle, cycled, bike, biking, bicycle, bike ride, ride a bike, riding a bike"),
            ("hiking", "hike, hikes, hiked"),
            ("climbing", "climb, climbs, climbed, bouldering"),
            ("surfing", "surf, surfed"),
            ("sailing", "sail, sailed"),
            ("rowing", "row a boat"),
            ("kayaking", "kayak"),
            ("boxing", ""),
            ("judo", ""),
            ("karate", ""),
            ("yoga", ""),
            ("bowling", ""),
            ("fencing", ""),
            ("fishing", "go fish"),
            ("horse riding", "ride a horse"),
            ("darts", ""),
        ],
    ),
    (
        Art,
        &[
            ("painting", "paint, paints, painted, paintings"),
            ("drawing", "draw, draws, drew, drawn, drawings"),
            ("sketching", "sketch, sketches, sketched"),
            ("sculpting", "sculpt, sculpture, sculptures"),
            ("pottery", "ceramics"),
            ("photography", "photo, photos, photograph, photographs, take pictures"),
            ("singing", "sing, sings, sang, karaoke"),
            ("dancing", "dance, dances, danced"),
            ("reading", "read, reads"),
            ("poetry", ""),
            ("knitting", "knit, knits, knitted"),
            ("guitar", "play the guitar"),
            ("piano", "play the piano"),
            ("violin", "play the violin"),
        ],
    ),
    (
        Food,
        &[
            ("cooking", "cook, cooks, cooked"),
            ("baking", "bake, bakes, baked"),
            ("barbecue", "bbq, barbecues, barbecuing, grill, grilling"),
        ],
    ),
    (Plans, &[("camping", "camp"), ("a picnic", "picnic"), ("a road trip", "road trip")]),
];

/// Last parts of a compound whose first part gives the subject: "snow-covered", "work-related".
pub(super) const COMPOUND_ENDS: &str = "related free covered soaked swept drenched like wise ish loving lover lovers mad crazy \
    obsessed themed inspired player players fan fans report reports";

/// Phrases that contain one of the words above and are not about its subject.
pub(super) const IDIOMS: &[&str] = &[
    // heat, cold and sky
    "a cold, bad cold, the common cold, cold feet, cold war, cold case, cold call, cold blood, in cold blood, cold start, \
     cold turkey, hot topic, hot take, hot takes, hot seat, hotfix, hot wheels, get wind of, wind up, wind down, second wind, \
     the cloud, cloud storage, cloud server, cloud computing, on cloud nine, brain storm, in the heat of the moment, \
     heat up the, take by storm, rain check, raincheck, under the weather, rain on my parade, warm up, warm welcome, \
     warm regards, degrees of freedom, hail a cab, hail a taxi, rain man",
    "storm out, storm off, storm of protest, storm of criticism, storm of applause, perfect storm, a perfect storm, storm in a teacup, \
     weather the storm, weathered the storm, the calm before the storm, storm trooper, storm troopers, by storm, \
     cook up a storm, dance up a storm, twitter storm, shit storm, \
     fair weather friend, fair weather friends, fair weather fan, fair weather fans, in all weathers, snowed under, snow white, snow job, \
     its a breeze, be a breeze, such a breeze, breeze through, shoot the breeze, wind instrument, wind instruments, throw caution to the wind, gone with the wind, \
     long winded, get wind, got wind, out of the cloud, in the cloud, to the cloud, cloud native, cloud based, \
     cloud the issue, head in the clouds, silver lining, every cloud, under a cloud, rainbow six, rainbow table, rainbow tables, rainy day fund, \
     right as rain, raining money, make it rain, made it rain, purple rain, come rain or shine, rain or shine, \
     lightning fast, lightning talk, lightning talks, lightning speed, like lightning, steal my thunder, stole my thunder, \
     steal your thunder, greased lightning, brain fog, foggiest idea, the foggiest, brain freeze, ray of sunshine, hello sunshine, \
     good morning sunshine, morning sunshine, place in the sun, sun microsystems, \
     heat is on, the heat is on, take the heat, feel the heat, dead heat, in the heat of",
    "hot potato, hot potatoes, hot stuff, hot water, hot mess, hot shot, hot spot, hot spots, hot desk, hot desking, hot key, hot keys, hot head, \
     hot swap, hot fix, hot reload, hot reloading, hot air, hot off the press, hot on the heels, hot tub, hot plate, hot rod, hot pink, \
     hot temper, hot girl, hot guy, hot chick, you are hot, youre hot, shes hot, hes hot, she is hot, he is hot, \
     running hot, runs hot, red hot, red hot chili peppers, white hot, piping hot, hot chili peppers, \
     a hot minute, blow hot and cold, hot and bothered, out cold, cold calling, cold calls, cold shoulder, the cold shoulder, left out in the cold, \
     cold brew, cold cuts, cold comfort, cold fusion, cold hearted, cold blooded, cold sweat, cold storage, \
     cold boot, cold snap judgement, stone cold, the cold war, catch a cold, caught a cold, my cold, your cold, cold sore, cold sores, \
     cold hard cash, cold play, coldplay, warm to the idea, warm fuzzy, warm hug, house warming, \
     chill out, a third degree, degrees of separation, honours degrees",
    // words of the arts
    "state of the art, the art of, get the picture, the big picture, big picture, draw a conclusion, draw conclusions, \
     draw the line, draw attention, book club is, by the book, read receipt, read only, read receipts, read this, read that, \
     read it, read my, read your, read the, face the music, photo id, it was a draw",
    "art of war, con artist, con artists, off the books, in my good books, \
     in his bad books, cook the book, one for the books, booked solid, dancing around the, dance around the, song and dance, \
     for a song, music to my ears, swan song, broken record, draw the curtains, draw a blank, drew a blank, draw the short straw, \
     luck of the draw, draw near, drawing near, quick on the draw, back to the drawing board, drawing board, paint the town red, \
     read between the lines, read the room, read my lips, mind reading, read only memory, take it as read, \
     in the picture, out of the picture, picture this, band aid, band aids, band together, rubber band, rubber bands",
    // words of sports
    "good sport, a good sport, bad sport, a bad sport, poor sport, spoil sport, be a sport, blood sport, sports car, sports cars, \
     sport coat, sports bra, not cricket, thats not cricket, thats just not cricket, par for the course, league of legends, \
     out of my league, out of your league, out of his league, out of her league, big league, \
     game of thrones, sink or swim, swim against the tide, on thin ice, skate over, skating on thin ice, jump the gun, \
     climb the ladder, climb the career ladder, climbing the walls, take a hike, price hike, price hikes, on your bike, sail through, \
     plain sailing, smooth sailing, that ship has sailed, ship has sailed, shadow boxing, saved by the bell, \
     run for president, run for office, running for president, running for office, run for it, run its course, run out of steam, dry run, test run, \
     run of the mill, home run, hit and run, run the risk, running joke, running gag, running water, running costs, \
     run a business, run a company, run a server, run a test, run the tests, run the risk of, runs in the family, run through, \
     run by, in the running, hit the ground running, wild goose chase, fishing for information, fishing for likes",
    // words of work
    "it works, that works, this works, it worked, that worked, does it work, does this work, does that work, doesnt work, \
     does not work, didnt work, did not work, dont work, wont work, not working, isnt working, stopped working, still works, \
     work around, work arounds, net working, paper work, leg work, frame work, frame works, patch work, \
     clock work, guess work, fire work, fire works, \
     works for me, work for me, works for you, work for you, works fine, works now, works great, good job, great job, \
     nice job, well done job, good work, great work, nice work, nose job, office hours of",
    // running, riding, playing
    "run out, run out of, ran out, ran out of, running out, running out of, running late, running low, run into, ran into, \
     run the server, run the program, run it, run this, run away, ran away, in the long run, runs on, running on, up and running, \
     surf the web, surf the internet, surfing the web, surfing the internet, life cycle, bike shed, climb down, \
     whats the matter, fishing for compliments, ring a bell, exercise caution, in the same league",
    // words of food
    "piece of cake, a piece of cake, cup of tea, my cup of tea, your cup of tea, food for thought, chicken out, spam and eggs, \
     eat my words, eat your words, eats memory, bread and butter, big cheese, small potatoes, couch potato, \
     drink and drive, fruit of, apple pie order, cook the books",
    // words of plans
    "third party, a third party, search party, flight of stairs, power trip, guilt trip, trip over, tripped over, plan b",
];
