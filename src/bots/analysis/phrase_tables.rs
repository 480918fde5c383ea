//! The phrases that show the intention of a text, as data.
//!
//! They are regular expressions over lower-case words without apostrophes ("whats", "dont"), separated by one space. A
//! mark, `,` or `.` or `?`, is a word of its own, and a text begins with a `.`; `@` stands for a member's name.
//!
//! Write "any words" as `(?:[^ .?]+ )*`, without a maximum: a counted repetition that can begin at every word gives the
//! matcher thousands of states, which it builds while it reads a text.

use super::{Day, Tag};

/// A text matches if a `when` pattern matches outside every `unless` match.
pub(super) struct PhrasePatterns {
    pub(super) when: &'static [&'static str],
    pub(super) unless: &'static [&'static str],
}

/// A pattern at the beginning of a sentence, after optional greetings and fillers.
macro_rules! opening {
    ($rest:literal) => {
        concat!(
            "[.?] (?:(?:@|,|so|and|but|well|ok|okay|hi|hello|hey|oh|hm+|um+|yes|yeah|no|nope|please|pls|then|also|now|btw|",
            "guys|everyone|everybody|all|there|thanks|morning|good|you|dear|lol|haha|wait|anyway|or|sorry|cool|u) )*(?:",
            $rest,
            ")"
        )
    };
}

pub(super) use opening;

/// A pattern at the beginning of a clause.
macro_rules! clause {
    ($rest:literal) => {
        concat!("[.?,] (?:(?:@|,|so|and|but|oh|ok|okay|well|please) )*(?:", $rest, ")")
    };
}

/// The phrases of each tag.
pub(super) const TAGS: &[(Tag, PhrasePatterns)] = &[
    (
        Tag::Question,
        PhrasePatterns {
            when: &[
                opening!("whats?|whatre|wheres?|whens?|why|which|whos?|whose|whom|hows?|howre|wats?|wut"),
                opening!(
                    "(?:is|isnt|was|wasnt|are|arent|were|will|wont|do|dont|does|doesnt|did|didnt|can|cant|could|couldnt|\
                     would|wouldnt|shall|should|shouldnt|have|havent|has|hasnt|had|may|might|am) (?:i|you|u|ya|we|he|she|\
                     it|they|that|this|these|those|there|the|your|my|our|anyone|anybody|someone|somebody|everyone|\
                     everybody|people|any|some|all|@)"
                ),
                opening!(
                    "(?:is|isnt|are|arent|does|do|did|was|will|can) [^ ]+ (?:[^ ]+ )?(?:a|an|the|any|fun|good|bad|better|\
                          worse|boring|your|hard|difficult|easy|really|rain|raining|snow|snowing|sunny|windy|cold|warm|hot|\
                          like|love|play|get|have|know)"
                ),
                opening!(
                    "any (?:idea|ideas|plans|news|thoughts|chance|opinions?|tips)|anyone|anybody|wanna|thoughts on|\
                          up for|fancy|got any|u like|you like|you guys like|ever been|ever tried"
                ),
                clause!(
                    "can you|could you|would you|will you|do you|dont you|did you|have you|are you|is it|is there|\
                         will it|does it|isnt it|arent you|dont you think|wont it|wasnt it|doesnt it|shall we|should we|\
                         can we|could we"
                ),
                "(?:i wonder|im wondering|i was wondering|wondering|i want to know|id like to know|i would like to know|\
                 do you know|does (?:anyone|anybody|someone) know|anyone know|any idea|tell me|tell us|remind me)",
                "(?:so|and|but|then) (?:what about|how about)",
                // Tags: "…, isn't it", "… do they", "…, right", "… or not".
                "(?:isnt|aint|arent|wasnt|werent|dont|doesnt|didnt|cant|couldnt|wont|wouldnt|shouldnt|hasnt|havent|hadnt|mustnt|\
                 neednt|shant|amnt) (?:it|he|she|they|we|you|u|ya|yall|i|that|this|those|there|one)(?: @| then| though| really| now)? [.,]",
                "(?:is|was|does|will|would|can|could|should|has|might) (?:it|he|she|there|one)(?: @| then| though| really| now)? [.]",
                "(?:do|did|are|were|have|had|can|could|will|would|shall|should|must|am) (?:you|u|ya|we|they|i|he|she)(?: @| then| though| really| now)? [.]",
                "(?:is|are|was|do|does|did|can|will|has|have) (?:it|he|she|they|we|you|u) not [.,]",
                ", (?:is|was) (?:that|this) [.]",
                "(?:dont|wouldnt|didnt|doesnt|arent) (?:you|u|ya|we|they|everyone|everybody) (?:think|agree|say|reckon|find|feel|believe)(?: so| too)?",
                "(?:eh|huh|innit|isnit|right|correct|am i right|am i wrong|yes or no|nest ce pas|or am i wrong|or is it just me)\
                 (?: (?:@|guys|all|everyone|folks|people|mate|man|bro|dude|, @|, guys|, everyone))? [.]",
                "or (?:not|what|no|nah) [.]",
                // Comparisons and requests that need no mark: "is Oslo colder than Rome", "compare …".
                opening!(
                    "(?:is|isnt|are|arent|was|wasnt|were|does|doesnt|do|did|will|would|can|has|have) (?:[^ .?]+ )+(?:than|or|vs|versus|compared) [^ .,?]+"
                ),
                opening!(
                    "(?:is|isnt|are|arent|was|were|does|do|will) [^ ]+ (?:[^ ]+ )?(?:colder|warmer|hotter|wetter|drier|nicer|bigger|\
                          windier|rainy|snowy|cloudy|foggy|stormy|humid|freezing|chilly|mild|nice|dry|wet|big|far|expensive|cheap|beautiful|\
                          open|closed|safe|ready|happy|busy|ok|okay|free|available|dead|down|up|here|online|work|rain|snow|exist|matter|help|hurt|taste|\
                          mean|count|fun|art|home|right|wrong|true|over|near|dangerous|possible|worth|interesting|popular)"
                ),
                opening!(
                    "compare|(?:is|are|was|were|does|do|did|will|can) (?:he|she|these|those|that|this|it|they)"
                ),
                opening!(
                    "(?:since when|until when|till when|by when|for how|at what time|how come|whatcha|whatchu|whaddya|whatd|howd|whod|whered|\
                          ever (?:been|tried|played|seen|eaten|heard|read|wondered|thought|done)|seen any|heard any|got plans|know any|\
                          any (?:[^ ]+ ){1,3}(?:lately|today|tonight|there|here|around|left|yet|tomorrow|please)|you (?:there|ok|okay|alright|sure|ready|coming|free|busy|hungry|serious|kidding|bored|awake|home) [.,])"
                ),
            ],
            unless: &[
                // Exclamations.
                opening!(
                    "(?:what an?|how (?:nice|lovely|cool|sad|awful|cute|sweet|funny|boring|wonderful|exciting|rude|\
                          beautiful|strange|kind|interesting|about that)) (?:[^ .?]+ )*[.]"
                ),
                // Half sentences that tell something.
                opening!("(?:when|where|whenever) (?:i|we|he|she|they|my|our|it|its|the)"),
                opening!(
                    "(?:what (?:i|we|he|she|they) [^ ]+|who (?:knows|cares)|which means|which (?:is|was) (?:a|an|the|why|what|where|when|how|nice|good|great|fine|bad|sad|ok|okay|true|not|cool|so|very|\
                          really|my|your|our|also|just|always|never|probably|then|fun|funny|odd|weird|to|in|on|at)|why not [.]|whats more|\
                          how i [^ ]+|what matters|no matter [^ ]+|that is why|guess what [.])"
                ),
                // Orders and thanks.
                opening!(
                    "(?:do that|do the|do it|do this|have the|have some|have a|have fun|will do|have you [.]|may the|\
                          all the|can do)"
                ),
                // The subject is omitted: "is so cold today".
                opening!(
                    "(?:is|was|are|were) (?:so|very|really|too|quite|pretty|not|just|still|always|never|now|nice|good|great|bad|cold|hot|warm|sunny|raining|\
                          snowing|cool|okay|ok|fine|going|getting|gonna|also|only)"
                ),
                // "So do I", "as are we", "neither can she".
                "(?:so|neither|nor|as|than|only then|here|there|like) (?:is|was|does|do|did|are|were|have|had|has|can|could|will|would|shall|should|must|am|might) [^ ]+",
                "[.?,] (?:(?:@|,|and|oh|yes|yeah) )*so (?:is|was|does|do|did|are|were|have|has|can|could|will|would) (?:i|we|you|he|she|it|they) [.,]",
                // Directions and agreement.
                "(?:turn|turns|turned|go|goes|going|swipe|keep|left|is|are|was|were|be|been|thats|its|youre|hes|shes|theyre|im|all|quite|exactly|the|to|\
                 not|absolutely|totally|completely|half|feel|feels|felt|looks|seems|sounds|just|about|that|your|my|our|their|a|human|far|bottom|top|upper|lower|\
                 on|from|always|probably|never|so|too|yes|ok|okay|oh|ah|yeah|well|too) (?:, )?(?:right|correct)",
                "(?:do|did|done|does|doing|got|get|getting|make|made|set|put|had|have) (?:it|that|this|them|things|everything) (?:right|correct)",
                "[.?] (?:(?:@|,) )*(?:eh|huh|right|correct) ",
                "(?:whether|if) (?:[^ .?]+ )*or (?:not|no)",
                "(?:believe it|ready|like it|love it|more|why) or (?:not|what|no)",
            ],
        },
    ),
    (
        Tag::Opinion,
        PhrasePatterns {
            when: &[
                "(?:what|wat|wut|whaddya) (?:do |did |would |r |are )?(?:you|u|ya|yall|people)(?: guys| all| people)? (?:really )?(?:think|thinking|reckon|like|prefer|enjoy|love|hate)",
                "do (?:you|u|ya)(?: guys| all| people| two| both| bots)? (?:really |actually |also |even |still )?(?:like|love|enjoy|prefer|hate|think|dislike|fancy|believe|agree)",
                "(?:do any of you|does any(?:one|body)|does any of you|dont (?:you|u)|you guys|did you) (?:like|love|enjoy|prefer|hate|think)",
                "what (?:do|would) (?:you|u) (?:do|wear|drink|eat|feel|say) (?:when|if|while|in)",
                "do you have (?:a favou?rite|an opinion)",
                "(?:you|u) like (?:[^ ]+ )?[^ ]+ [?]",
                "how (?:would|do|did|will) (?:you|u) (?:rate|like|find|feel about|enjoy)",
                "(?:can|could|would|will) (?:you|u) (?:please )?rate",
                "please rate",
                opening!("rate"),
                "(?:your|ur) (?:honest )?(?:opinion|opinions|thoughts|view|views|take|impression|verdict|feelings?)",
                "(?:any |some )?(?:thoughts|opinions?) (?:on|about)",
                "any thoughts",
                "(?:whats|what is|what are|whos|who is|which is|what was|whats been) (?:all )?(?:your|ur) (?:[^ ]+ )?(?:favou?rites?|fave|fav)",
                "(?:your|ur) favou?rite [^ ]+ [?]",
                "(?:which|who|what|would) (?:[^ ]+ )?(?:do|would) you (?:prefer|rather|like best|choose|pick)",
                "would you rather",
                "(?:are|r) (?:you|u) (?:also )?(?:a |an |big |huge )*(?:fans? of|fond of|into|interested in|keen on)",
                "whats better|what is better|which is better|whos better|who is better|which is worse|is better",
                opening!(
                    "is (?:[^ ]+ ){1,3}(?:fun|boring|overrated|underrated|any good|worth it|better than [^ ]+|a sport|really art|art) [?.]"
                ),
                "wdyt",
            ],
            unless: &["(?:would you like to|do you like to meet)"],
        },
    ),
    (
        Tag::Suggestion,
        PhrasePatterns {
            when: &[
                "(?:can|could|should|shall|may|cant|couldnt|shouldnt) we",
                "we (?:should|could|can|might|shall|might as well|ought to|gotta)",
                "lets",
                "let us",
                "how about",
                "(?:why dont|why not|what if) (?:we|you and i|us)",
                "why not (?:[^ .?]+ )+[?]",
                "what about (?:a |some |a game of |playing |going |having |watching )(?:[^ ]+)",
                "(?:any(?:one|body)|who|whos|some(?:one|body)) (?:wants?|want|fancies|feels like|up for|is up for|down for|would like|wanna)(?: to)?",
                "(?:do|does|would|dont) (?:you|u|any(?:one|body)|you guys|you all) (?:want to|wanna|like to|fancy|care to|feel like|want) (?:[^ ]+)",
                opening!("(?:wanna|want to|fancy|care for|up for|join me|anyone for|you want to|u wanna)"),
                "i suggest",
                "id suggest",
                "shall i",
            ],
            unless: &[
                "(?:do|does) (?:you|u|any(?:one|body)|you guys|you all) (?:like to|fancy) [^ ]+",
                "(?:what|where|how|if|as|when|wish|who|things?|all|before|which) (?:can|could|should|shall|may) we",
                "(?:what|where|how|if|as|when|wish|so|that|things?|all|before|until|whatever|everything|where) (?:[^ ]+ as )?we (?:can|could|might)",
                "we (?:could|should|can|might) (?:have|ve) (?:been|gone|done|known|seen|won|lost|left|taken|played|[^ ]+ed)",
                "we (?:could|can|might) (?:see|hear|feel|smell|not|barely|hardly|never|only|be)",
                "(?:lets you|lets me|lets us|lets them|lets him|lets her|how about (?:you|u|that|yourself|ur|your|@) [?.,])",
                "(?:let us (?:know|in|out)|lets see|lets say|lets face it|lets be honest|lets hope)",
                "who wants? to know",
            ],
        },
    ),
    (
        Tag::Greeting,
        PhrasePatterns {
            when: &[
                clause!(
                    "hi|hello|hiya|hullo|howdy|heya|hei|hallo|hola|bonjour|ciao|moin|greetings|salut|hej|yo|sup|whats up|\
                         wassup|hi+|hello+|helo|aloha|namaste"
                ),
                clause!("he+y+ (?:, )?(?:@ |you |[^ ]+ )?[.?]"),
                clause!("he+y+ (?:all|everyone|everybody|guys|folks|there|people)"),
                clause!("good (?:morning|evening|afternoon|day)"),
                clause!(
                    "(?:morning|evening|afternoon|mornin|gm) (?:@|,|[.]|all|everyone|everybody|guys|folks)"
                ),
                clause!("nice to (?:meet|see) (?:you|u|ya)"),
                clause!("welcome (?:@|to|back|,|[.])"),
            ],
            unless: &["good morning america"],
        },
    ),
    (
        Tag::Farewell,
        PhrasePatterns {
            when: &[
                clause!(
                    "bye|bye bye|goodbye|good bye|byebye|cya|ciao ciao|farewell|see (?:you|u|ya|yall)|cu|gn|good night|goodnight|\
                         nighty night|so long|take care|have a (?:nice|good|great) (?:day|evening|night|one|weekend)|ttyl"
                ),
                "(?:i have to|i got to|ive got to|i gotta|gotta|i must|got to|i should) (?:go|leave|run|be going|get going)(?: now)? [.,?]",
                "(?:im off|im leaving|im out|brb|talk to you later|catch you later)",
                "(?:and|ok|now|thanks) bye",
            ],
            unless: &["(?:see you are|see you have|see you can|so long as|so long ago)"],
        },
    ),
    (
        Tag::Thanks,
        PhrasePatterns {
            when: &[
                "thanks|thank you|thx|thanx|tnx|ty|thank u|tysm|many thanks|cheers mate|much appreciated|appreciate it",
            ],
            unless: &["(?:no thanks|thanks to|no thank you)"],
        },
    ),
];

/// A question anywhere in a sentence, recognized by its word order: "in Oslo, how cold is it".
pub(super) const INNER_QUESTION: &str = "(?:what|where|when|why|how|which|who)(?: [^ ]+)?\
    (?: (?:is|are|do|does|did|can|could|would|will|should|was|have) (?:you|u|we|it|they|there|i|he|she|your|the|a|an|this|that|my))\
    |(?:whats|wheres|hows|whos) (?:the|your|it|that|going|up|up with|everyone|everybody|life)";

/// The phrases of each day.
pub(super) const DAYS: &[(Day, PhrasePatterns)] = &[
    (
        Day::Now,
        PhrasePatterns {
            when: &["now|right now|currently|at the moment|at this moment|atm|rn|just now|at present"],
            unless: &[
                "(?:now that|for now|by now|until now|till now|from now|now and then|now and again|even now|every now|up to now)",
                "[.] (?:(?:ok|okay|so|and|well) )?now ,",
            ],
        },
    ),
    (Day::Today, PhrasePatterns { when: &["today|todays|this (?:morning|afternoon)|2day"], unless: &[] }),
    (Day::Tonight, PhrasePatterns { when: &["tonight|tonights|this evening|tonite|2night"], unless: &[] }),
    (
        Day::Tomorrow,
        PhrasePatterns {
            when: &["tomorrow|tomorrows|tomorow|tommorow|tommorrow|tmrw|tmr|tmrrw|2morrow"],
            unless: &["(?:day after tomorrow|like theres no tomorrow)"],
        },
    ),
    (
        Day::Another,
        PhrasePatterns {
            when: &[
                "(?:on |this |next |last |every )?(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
                "(?:this|next|last|the|on the|at the|coming|every) (?:weekend|week|month|year|summer|winter|spring|autumn|fall)",
                "yesterday|day after tomorrow|day before yesterday|the other day|last night",
                "in (?:january|february|march|april|may|june|july|august|september|october|november|december)",
                "in (?:the )?(?:summer|winter|spring|autumn|fall)",
                "in (?:a|an|one|two|three|four|five|six|seven|[0-9]+) (?:days?|weeks?|months?|years?)",
            ],
            unless: &[],
        },
    ),
];

/// Greetings, thanks and fillers. A sentence of only these needs no answer.
pub(super) const LIGHT: &str = "hi hello hey heey heyy hiya howdy yo greetings good morning evening afternoon day welcome \
    dear thanks thank thx ty you u so much very well ok okay oh ah yes yeah yep no nope wow please sorry bye goodbye night \
    cool nice great sure really haha lol hm hmm um right indeed exactly of course not why too all everyone everybody guys \
    folks there again hei hallo sup cheers congrats but also then now anyway";

/// Words that address the name right after them.
pub(super) const ADDRESS_WORDS: &str = "hi hello hey heey heyy hiya howdy yo thanks thx cheers bye goodbye morning \
    evening afternoon night dear welcome ok okay yes no sorry";

/// Words that, right after a name at the beginning, show that the name is addressed: "weather bot how…".
pub(super) const AFTER_ADDRESSED_NAME: &str = "what whats how hows who whos where wheres why when which please tell \
    show give say lets thanks thank hi hello rate answer your weather forecast temperature";

/// Auxiliary verbs: before a pronoun, they begin a question, as in "weather bot is it…".
pub(super) const AUXILIARIES: &str =
    "is are was do does did can could will would should shall have has dont isnt arent";

/// Pronouns that may follow one of [`AUXILIARIES`].
pub(super) const PRONOUNS: &str = "you u it we they there i that this";
