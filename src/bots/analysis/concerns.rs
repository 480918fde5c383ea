//! Finds questions that bots answer truthfully (is this a bot? who is here?), and serious matters that they do not joke about.

use std::sync::LazyLock;

use super::Concern;
use super::phrase_tables::{PhrasePatterns, opening};
use super::phrases::{PhraseMatcher, Plain};
use super::word_tables::Words;
use super::words::Word;

/// Question words. They begin a question that yes or no does not answer.
static QUESTION_WORDS: LazyLock<Words> = LazyLock::new(|| {
    "what whats whatre wat wats wut who whos whose whom when whens where wheres why which how hows howre"
        .split(' ')
        .collect()
});

/// The concerns, the most serious first, each with its phrases.
const CONCERNS: &[(Concern, PhrasePatterns)] = &[
    (
        Concern::Crisis,
        PhrasePatterns {
            when: &[
                "(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|hang|hanging|drown|shoot|poison) (?:myself|my self|me self)",
                "(?:end|ending) (?:it all|my life|my own life)|take my (?:own )?life|taking my own life",
                "(?:want|wanna|going|gonna|ready|like|wish i could|wish to|just) (?:to )?die",
                "i wish i (?:was|were|had been) (?:dead|never born)|better off (?:dead|without me)",
                "(?:dont|do not|didnt) (?:want to|wanna) (?:live|be alive|exist|wake up|be here)(?: any ?more| anymore)?",
                "(?:no|any) reason to live|nothing to live for|(?:tired|sick) of (?:living|life|being alive)|life is not worth living|life isnt worth living",
                "(?:i )?cant (?:go on|do this)(?: anymore| any more)|self harm|selfharm|suicide|suicidal|(?:gonna|want to|wanna|ima) kms",
                "take an overdose|took an overdose|overdosed|(?:took|take|swallowed) (?:too many|all my|all the|all of my) pills",
                "(?:want to|wanna|going to|gonna) (?:end it|disappear forever|just disappear|disappear|be dead|not exist)|(?:no one|noone|nobody) (?:would|will) (?:even )?miss me",
                "i hate my life|(?:my )?life is (?:pointless|meaningless|over|worthless)|hate myself",
                "jump(?:ing)? (?:off|from|in front of) (?:a|the) (?:bridge|roof|building|train|cliff)",
            ],
            unless: &[
                "(?:kill|killing) myself laughing|cut myself (?:shaving|a|some|another|off)|suicide squad|die (?:of laughter|laughing)",
                "hurt myself (?:playing|running|skiing|cycling|climbing|at)",
                "(?:committed|commits|attempted|by|of) suicide",
                "(?:dont|do not) wanna be here (?:all|on)|(?:dont|do not) want to be here (?:all|on)",
            ],
        },
    ),
    (
        Concern::Grave,
        PhrasePatterns {
            when: &[
                "died|dies|dead|death|deaths|dying|passed away|passed on|funeral|funerals|buried|burying|cremated|obituary|mourning|mourn|grieving|grief",
                "(?:committed|commits|attempted|by|of) suicide|widow|widower|orphan|miscarriage|stillborn|stillbirth",
                "cancer|tumou?r|leukaemia|leukemia|chemo|chemotherapy|terminally ill|terminal illness|dementia|alzheimers|alzheimer|parkinsons",
                "had a stroke|heart attack|intensive care|hospital|hospice|ambulance|in a coma|surgery|diagnosed|seriously ill|very ill|so ill|really ill",
                "(?:im|i am|is|was|are|fell|feel|feeling) (?:very |so |really |too )?(?:ill|sick|suicidal|depressed|heartbroken|lonely|miserable)|depression|panic attack|panic attacks|nervous breakdown",
                "so (?:sad|lonely)|(?:im|i am|ive been|i have been|i feel|feeling) (?:very |really |too |a bit |a little |a little bit |quite |rather |pretty |just |still |feeling )*(?:sad|lonely|unhappy|miserable|heartbroken|depressed)|(?:feel|feeling) (?:very |so |really |a bit |a little |quite |rather |pretty )*(?:down|low)(?: today| tonight| lately)? [.?,]|stop crying|crying all|cried (?:all|myself)|in tears|divorced?|breaking up|broke up with|dumped me|left me for",
                "lost (?:my|his|her|our|their) (?:job|home|house|wife|husband|partner|mother|mom|mum|father|dad|son|daughter|child|children|kids|kid|baby|brother|sister|twin|friend|best friend|dog|cat|grandmother|grandma|nan|grandfather|grandpa|grandad|aunt|uncle|cousin|boyfriend|girlfriend|family|sight|leg|arm|will to live)",
                "got fired|was fired|been fired|laid off|burgled|evicted|homeless|bankrupt|car accident|car crash|bad accident|terrible accident|an accident|accident",
                "(?:was|were|got|been|being|gets|is|are) (?:raped|murdered|stabbed|shot|killed|beaten|assaulted|attacked|abused|mugged|robbed|kidnapped|bullied|harassed|tortured|molested)",
                "(?:he|she|they|dad|father|mother|mom|mum|husband|wife|boyfriend|girlfriend|brother|sister|uncle|boss|somebody|someone|stepdad|stepfather) (?:always |often |still |just )?(?:beats|beat|hits|hit|hurts|kicks|chokes|abuses|abused|raped|stabbed|shot|threatened|threatens|attacked|touches|touched) (?:me|us|her|him|them|my)",
                "(?:have|has|got|caught|with) (?:the )?(?:flu|covid|pneumonia|malaria|hiv|diabetes|epilepsy|sepsis)|run over by|was run over|got run over|(?:burned|burnt) down",
                "(?:feel|feeling) (?:so |very |really |completely )?(?:alone|hopeless|worthless|empty|suicidal)|(?:nobody|no one|noone) (?:likes|loves|cares about|wants) me",
                "(?:girlfriend|boyfriend|wife|husband|partner|fiancee|fiance) (?:has |just )?(?:left|dumped|cheated on) me|(?:dog|cat|horse|hamster|grandma|grandpa|mum|mom|dad) (?:just )?passed",
                "(?:put|putting) (?:our|my|the|his|her) (?:dog|cat|horse) (?:down|to sleep)|rip|rest in peace|gone missing|went missing",
                "(?:he|she|they|somebody|someone) (?:will|would|is going to|wants to|wanted to|tried to|might) (?:kill|hurt|rape|beat|shoot|stab) (?:me|us|him|her|them|my)|shoot up|(?:have|has|had|with|got) a gun|(?:a|the) bomb|bombs|in (?:a|the) war|(?:a|civil|the) war (?:in|is|started|broke)",
                "rape|rapist|murder|murdered|murderer|domestic violence|sexual assault|sexual abuse|child abuse|school shooting|mass shooting|shooting (?:at|in)|terror attack|terrorist attack|bombing|bombed|massacre|genocide|torture",
                "(?:ill|i will|im going to|i am going to|im gonna|gonna|want to|wanna|could) (?:kill|murder|stab|shoot|hurt|strangle) (?:you|him|her|them|someone|somebody|everyone|everybody|people|my|(?:@ )*@)",
                "killed (?:my|his|her|our|their|a|two|three|many|people|in|by|himself|herself|themselves)|(?:hurt|hurts|cut|cuts|hurting|cutting) (?:himself|herself)|earthquake|at war|the war in|war broke out|war started",
            ],
            unless: &[
                "dead (?:tired|end|ends|line|lines|heat|link|links|code|pixel|pixels|weight|easy|simple|slow|good|funny|serious|wrong|right|battery|batteries|lift|lifts|pool|sea|poets society)|(?:walking|grateful|red|evil) dead|drop dead gorgeous",
                "(?:phone|laptop|battery|computer|server|line|internet|wifi|router|chat|room|place|party|tablet|mouse|link|site|page|it|this|thread|screen|connection|process|disk) (?:is|was|just|has|went|are|seems|looks) (?:died|dead|dying)|(?:phone|laptop|battery|computer|server|internet|wifi|router|connection|process|disk) died|is this (?:place |room |chat )?dead",
                "(?:bored|scared|tickled|worked|frightened|starved|talked|loved|love|sick) (?:me |you |us |him |her )?to death|death (?:metal|star|stars|valley|note|stranding|ray|match)|life and death|shaun of the dead|black death|dying (?:to|of laughter|laughing|for a|for some|from laughter)|to die for|die hard|died (?:laughing|of laughter)|dies (?:down|out)|death of a salesman",
                "(?:killed|kills|killing) (?:it|time|the)|(?:(?:im|i am|is|was|are|feel|feeling|we are) (?:very |so |really |too )?)?sick (?:of|and tired)|murder (?:mystery|mysteries|on the)|get away with murder|that was sick|(?:is|was) sick (?:bro|dude)|trick was sick|attacked the problem|cancer (?:star sign|horoscope|zodiac)",
                "(?:was|were|got|been) shot (?:on|in|with|by a) (?:film|location|video|digital|iphone|black)|by accident",
                "(?:got|was|were) (?:beaten|killed) (?:at|by|in the (?:final|game|match|second|first)|[0-9]+)|shooting in (?:raw|manual|black)",
                "buried (?:in|under) (?:work|emails|paperwork|snow|homework)|star wars|art of war|war and peace|could kill (?:you|him|her|them) for|hit me up|(?:(?:he|she|they|you|dad|brother|sister|boss|somebody|someone|that) (?:always |just )?)?(?:beat|beats|hit|hits) (?:me|us|him|her|them) (?:at|in|by|to|up for|with a (?:snowball|pillow|question))|that beats me|(?:great|economic|tropical|deep) depression|depression (?:over|from) the|bombs away|bomb defuser|an accident with the",
                "(?:(?:ha)+h?|ha ha(?: ha)*|(?:he)+|lol|lmao|rofl) (?:[,.] )?(?:im|i am|we are|were|am) (?:literally |so |just |actually )?(?:dying|dead)|(?:im|i am) (?:literally |so |just |actually )?(?:dying|dead) (?:[,.] )?(?:that|this|it|you|he|she|they) (?:is|was|are|were|s) (?:so |too |just )*(?:funny|hilarious|good|great|silly|brilliant)|(?:im|i am) (?:dying|dead) (?:[,.] )?(?:(?:ha)+h?|ha ha|(?:he)+|lol|lmao|rofl)",
                "(?:joke|trick|song|track|beat|goal|save|shot|move|moves|solo|riff|film|movie|game|party|concert|that|this) (?:is|was|s) (?:so |really |just )?sick",
                "(?:the|my) death of (?:me|us|him|her|them|you)|(?:bores?|boring|laughs?|laughing|scares?|worries|works?) (?:me |us |him |her |them |you |myself |himself |herself )?to death",
                "(?:hospital|ambulance|surgery|accident)(?: [a-z]+){0,3}(?: [,.])? (?:(?:ha)+|ha ha(?: ha)*|hehe|lol|lmao|rofl)",
                "(?:the|a) bomb (?:party|recipe)|bath bombs?|photo bombs?|you are the bomb|youre the bomb|let it rip|rip off|rip (?:the|a|it|my|open|up)|i could murder a|grief counsel|good grief|(?:dead|die|died|death) in (?:game|the game|chess|minecraft|tetris|my game)",
            ],
        },
    ),
    (
        Concern::Games,
        PhrasePatterns {
            when: &[
                "how (?:do|does|can|could|to|would|should) (?:i |you |we |one |people )?(?:play|start|join|begin|find|get into) (?:a |an |the |any |some |one of the |another )*(?:games?|round|thrones)",
                "(?:are|is) there (?:any |some |a )?games? (?:here|to play|in here|on here|(?:on|in) this (?:server|place|chat)|(?:i|we) can play)|are there (?:any |some )?games [.?,]",
                "(?:what|which) games (?:are|can|do|is|does|may)|where (?:are|do i find|can i find) (?:the |any )?games|(?:what|which) can (?:i|we|one) play here",
                "(?:can|could|may) (?:i|we|one|you) play (?:a |any |some |the )?games? (?:here|in here|on here)",
                "i (?:want to|wanna|would like to|d like to|id like to) play (?:a|some|one of the|the) games?(?: here)? [.?,]",
            ],
            unless: &[],
        },
    ),
    (
        Concern::Help,
        PhrasePatterns {
            when: &[
                opening!(
                    "(?:i |we )?(?:need |want )?(?:some )?help(?: me| us)?(?: out)?(?: here)?(?: please| pls| plz)? [.?,]"
                ),
                opening!(
                    "(?:can|could|will|would) (?:you|u|ya|anyone|anybody|someone|somebody|(?:@ )*@) (?:please )?help(?: me| us)?(?: out)?(?: here)?(?: please| pls)? [.?,]"
                ),
                opening!("(?:commands|instructions|manual|man|usage|menu|options) [.?]"),
                "what (?:can|do|should|could|must|shall|am) (?:i|we|one|people|you|supposed) (?:to )?(?:do|type|write|say|enter|press)(?: in)? (?:here|now|on here|to start|to begin|first|next|this room|this chat|this place)",
                opening!(
                    "what (?:do|should|can|could|must) (?:i|we) (?:type|write|enter|press|say|do)(?: now)? [.?,]"
                ),
                opening!("what now [.?]|now what [.?]"),
                "(?:what|which) (?:are (?:the |your )?|is the list of )?(?:commands|rules (?:here|of this)|rules [.?,])|list (?:of )?(?:the )?commands|show (?:me )?(?:the |all )?commands|any commands|what commands",
                "how (?:does|do|is|can) (?:this|i use this|you use this|we use this|one use this)(?: chat| room| place| server| thing| site| app| program| work)*(?: work| used)? [.?,]",
                "how (?:do|does|can|to|would|could) (?:i |you |we |one )?(?:(?:leave|quit|exit) (?:here|this|the|salon|again|[.?,])|log out|logout|log off|get out|disconnect|stop this|close this|change my (?:name|nick|nickname)|change (?:the )?(?:room|rooms|channel)|switch (?:room|rooms|channel)|join (?:a|another|the|other) (?:room|rooms|other)|go to (?:another|the other) room|see who|send a message|get started|(?:start|begin) (?:here|this|chatting|talking|[.?,]))",
                "how (?:can|do|could) (?:i|we|you) (?:get (?:some )?help|(?:see|use|talk to|speak to|speak with|call|find|list) (?:the |other |your |these |all )*(?:rooms?|bots?|people|commands|history|users))",
                opening!(
                    "i (?:dont|do not) (?:get it|get this|understand|understand this|understand anything|understand it) [.?,]"
                ),
                "(?:i dont|i do not|dont|no idea|not sure) (?:know |sure )?(?:what to do|how this works|what to type|what to say here|how to use this)",
                "(?:im|i am|am|i m) (?:new|lost|confused)(?: to this| around)?(?: here)? [.?,]|new here|first time (?:here|on here)|my first time [.?,]",
            ],
            unless: &["help with|help (?:my|him|her|them|with)"],
        },
    ),
    (
        Concern::Room,
        PhrasePatterns {
            when: &[
                opening!(
                    "(?:what|wat|wtf|what the hell|what the heck|what the fuck) is this(?: all about| about| for| here| even| then| now)? [.?,]"
                ),
                opening!(
                    "(?:whats|wats|whats the point of|what is the point of|whats the purpose of|what is the purpose of) this(?: all about| about| for| here| even)? [.?,]"
                ),
                "(?:what is|whats|wats|wtf is|what the hell is|describe|explain|about) this (?:place|room|chat|chatroom|server|site|website|thing|app|program|channel|service|group)",
                "what (?:kind|sort|type) of (?:a )?(?:place|room|chat|server|site|website|thing|app|program|service) (?:is|are)|what (?:place|room|server|chat|site) (?:is|am) (?:this|i in)",
                "where (?:am i|are we|is this)(?: now| here| exactly)? [.?,]|where did i (?:end up|land|get)|where have i (?:landed|ended up)",
                "(?:what is|whats|wats) (?:salon|the lobby|lobby|a lobby|going on here|happening here|this lobby)",
                opening!(
                    "(?:what is|whats|wats|what the hell is) (?:going on|happening|all this) [.?,]|explain (?:this|it) [.?,]"
                ),
                "(?:who|what) are (?:all )?(?:these|those|the|all the|all of these)(?: many| other)* bots|why (?:are there|so many|all these|all the) (?:so many |all these )?bots",
                "what (?:happens|goes on|do people do|does one do|do you all do|are people doing|are you all doing|is there to do) (?:in )?here",
                "who (?:runs|owns|made|built|wrote|created|hosts|is running|operates) (?:this|salon|it here)|(?:who is|whos) (?:the )?(?:host|admin|operator|owner|mod|moderator|in charge)",
            ],
            unless: &[],
        },
    ),
    (
        Concern::People,
        PhrasePatterns {
            when: &[
                "(?:anyone|anybody|any body|any one|someone|somebody|any people|any humans|any human|real people|other people|people|humans|persons) (?:else |real |human |actually |really |still )*(?:here|there|around|online|home|awake|alive|listening|reading this|out there|in here|on here)(?: today| tonight| now| at all| right now)? [.?,]",
                "(?:is|are) (?:there )?(?:anyone|anybody|any people|any humans|any human|somebody|someone|people|humans) (?:else )?(?:here |there )?(?:real|human|here|there|around|in this room|on this server) [.?,]",
                opening!(
                    "(?:anyone|anybody|any one|someone|somebody)(?: home)? [.?]|(?:whos|who is) there [.?,]"
                ),
                "am i (?:all |really |here )?(?:alone|by myself)|am i the only (?:one|person|human)|just me (?:here|in here)|(?:is it )?only me (?:here|in here)",
                "who (?:is|else is|all is|are) (?:here|online|around|in here|in this room|on here)|(?:whos|whos all|who else) (?:here|online|around|in here|on)",
                "(?:who is|whos|who else is|who elses|who) (?:else |is |still |also |all )*(?:awake|up|around|online) [.?,]",
                "how many (?:people|users|persons|humans|of you|members|folks) (?:are )?(?:here|there|online|in here|in this|on)|is (?:this place|this room|this chat|it) empty|is this (?:place |room |chat )?(?:dead|empty)",
            ],
            unless: &["there (?:anyone|anybody|somebody|someone) (?:here |there )?who"],
        },
    ),
    (
        Concern::IsBot,
        PhrasePatterns {
            when: &[
                "(?:are|r) (?:you|u|ya|(?:@ )*@|any of you|all of you|you all|you guys) (?:guys |all |just |really |actually |even |here |all of you )*(?:a |an |some |just a |only a |really a |the )?(?:real |actual |living |normal |chat ?)*(?:bots?|chatbots?|robots?|humans?|persons?|people|real|ai|program|programs|machine|machines|computer|computers|alive|chatgpt|gpt|sentient|automated|fake|scripts?|software) [.?,]",
                "(?:are|r) (?:you|u|ya) (?:a |an )?(?:real |chat ?)?(?:bot|chatbot|robot|human|person|ai|program|machine|computer) or",
                "(?:is|was) (?:this|that|it|(?:@ )*@|he|she|everyone|everybody|everyone here|everybody here) (?:just |only |really |all )*(?:a |an )?(?:real |chat ?)?(?:bot|bots|robot|robots|human|real person|ai) [.?,]",
                "(?:am i|are we) (?:really |just |actually )?(?:talking|speaking|chatting|writing) (?:to|with) (?:a |an )?(?:real |chat ?)?(?:bot|bots|robot|robots|human|person|people|ai|program|machine|machines|computer|somebody real|someone real)",
                opening!(
                    "(?:u|you) (?:a |an |guys )?(?:real )?(?:bots?|robots?|humans?|person|real|ai) [.?,]"
                ),
                "do (?:you|u) have (?:feelings|a body|a soul|emotions|a brain|a heart|a face)",
                "(?:bots?|humans?|person|people|robots?|real|ai) or (?:a |an )?(?:bots?|humans?|person|people|robots?|not|fake|ai) [.?]",
                "(?:you are|youre|ur|u r|your) (?:all |just |only |clearly |obviously )*(?:a |an )?(?:stupid |dumb |chat ?)?(?:bots?|robots?|ai|program|programs|machine|machines) [.?,]",
                "(?:which|who|how many) (?:of you )?(?:here )?(?:is|are) (?:a |the )?(?:bot|bots|human|humans|real)",
            ],
            unless: &[],
        },
    ),
    (
        Concern::Identity,
        PhrasePatterns {
            when: &[
                "who (?:are|r) (?:you|u|ya)(?: guys| all| people| bots| exactly| really| anyway| then| even| again| and)* [.?,]",
                "what (?:are|r) (?:you|u|ya)(?: guys| all| people| bots| exactly| really| anyway| then| even| for)* [.?,]",
                opening!("(?:who|what) is (?:(?:@ )*@|this person|that|this guy|this bot) [.?,]"),
                opening!("(?:whos|whats) (?:(?:@ )*@|this person|this guy|this bot) [.?,]"),
                opening!("who is this|whos this"),
                "who am i (?:talking|speaking|chatting) (?:to|with)",
                "(?:what is|whats|wats|tell me|say) (?:your|ur) name|do you have a name",
                "what (?:can|do|could|does|else can) (?:you|u|(?:@ )*@|ya)(?: guys| bots| all)? (?:actually |even )?(?:do|know|talk about|understand)(?: here| for me| for us| all day)? [.?,]",
                "what can i (?:ask|say to|do with|talk about with) (?:you|u|(?:@ )*@)|what are you (?:good at|able to do|made of|made for|here for)|how do you (?:bots )?work",
                "introduce (?:yourself|yourselves)|(?:tell me |tell us |something |more )+about (?:yourself|yourselves|you) [.?,]|(?:who|why) (?:made|built|wrote|created|programmed|invented|are you) (?:you|here|u)",
            ],
            unless: &[],
        },
    ),
];

static MATCHERS: LazyLock<Vec<(Concern, PhraseMatcher)>> =
    LazyLock::new(|| CONCERNS.iter().map(|(concern, table)| (*concern, PhraseMatcher::new(table))).collect());

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&QUESTION_WORDS);
    LazyLock::force(&MATCHERS);
}

/// The most serious concern of a text.
pub(super) fn find(plain: &Plain) -> Option<Concern> {
    MATCHERS.iter().find(|(_, phrases)| phrases.are_in(plain)).map(|(concern, _)| *concern)
}

/// Whether the text contains a question word. "Why not …" and "how about …" are suggestions, to which yes is an answer.
pub(super) fn has_question_word(words: &[Word]) -> bool {
    let next = |at: usize| words.get(at + 1).map_or("", |word| word.key.as_str());
    words.iter().enumerate().any(|(at, word)| match word.key.as_str() {
        "why" if matches!(next(at), "not" | "dont") => false,
        "how" if next(at) == "about" => false,
        key => !word.is_name && QUESTION_WORDS.contains(key),
    })
}
