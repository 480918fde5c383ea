//! Word lists that help to find places in a text, and the look-ups in them.
//!
//! They do not list places; the weather module does. They show which words are not places, and where a place ends.

use std::sync::LazyLock;

use super::word_tables::Words;

/// Common words. They belong to a place only if they are written with a capital.
const COMMON: &str = "a atm rn about after again ago all almost already also although always am among an and another any anybody \
    anyone anything are as ask away back be because been before being best better between big bit boring both but by called \
    can cant come comes coming could day days did different do does doesnt doing done dont down during each early else enough \
    even ever every everybody everyone everything example except far fast feel few fine first for from front fun funny get \
    gets getting give go goes going good got great guess had happy hard has hate have having he hear heard help her here hey \
    him his hope hour hours how however i id if ill im in instead into is isnt it its ive just keep kind know knows last late \
    lately later least less let lets like likes little live lives living long look looking looks lot lots love loves made make \
    makes making many may maybe me mean might mine minute minutes month months more most much must my myself near need never \
    new next nice no nobody none normally not nothing now of off often oh ok old on once one only or other others our out over \
    own part people person play playing please pretty probably quite rather really right said same say see seems seen sense she \
    should since small so some somebody someone something somewhere soon still stuff such sure take tell terrible than that \
    thats the their them then there theres these they thing things think this those though through time times to together too \
    took towards try two u under until up us usually very want wants was watch way we week weeks well were what whatever whats \
    when where whether which while who whole whos why wife will with within without wont work world would year years yes \
    yesterday yet you your youre yours yesterday hi hello thanks thank pls plz lol haha guys mate man dude bro folks all \
    amazing awesome awful bad beautiful brilliant cool crap crappy crazy dreadful fantastic fresh glorious gorgeous horrible \
    lovely lousy miserable nasty odd perfect pleasant rubbish strange stupid typical ugly unbelievable weird wonderful wild \
    autumn spring summer winter season seasonal local current currently average exact actual outside inside indoors outdoors \
    app apps channel report reports station stations sucks permitting balloon changes change changed turned turns map maps \
    data news update updates check site website page service information info conditions today todays tonight tonights tomorrow \
    tomorrows tomorow tommorow tommorrow tmrw tmr morning afternoon evening night midnight noon moment weekend monday tuesday \
    wednesday thursday friday saturday sunday these days where wheres hows how is usual gone per versus vs via et etc using \
    used use compared comparing around across along above below behind beside beyond despite inside like near opposite past \
    regarding round unlike upon because therefore thus meanwhile actually basically honestly obviously apparently especially \
    generally exactly suddenly today daily weekly whenever wherever everywhere anywhere nowhere degrees bot bots chat channel \
    channels room rooms feels felt becoming became become stopped started start stop stays stay works worked happens happened \
    happen matters asked told answer question questions";

/// Words that never begin a place after "in" or "at", with a capital or without.
const NOT_PLACES: &str = "a an my your our his her their its this that these those some any every no each all both one two \
    three four five six seven eight nine ten which what whose i it me you we us them him he she they who addition advance \
    agreement all bed between bloom bits books brackets bulk case cash chaos charge church circles class code colour color \
    common conclusion contact context contrast control danger danish dark darkness days dead death debt demand depth detail \
    details disguise doubt dutch english error ease effect fact fear fashion favor favour finnish flames flight focus force \
    form french french front full fun future general german greek group groups half harmony hell here heaven hindsight history \
    hospital hours house italian japanese jail javascript java kind korean latin law least length lieu life light limbo line \
    literature love maths math mathematics memory mind minutes months motion music name nature need norwegian office one order \
    other others our pain pairs panic paper parallel part particular pajamas peace pencil person perl photos pieces place \
    places politics polish portuguese practice prague's principle print prison private progress public python question queue \
    quotes reality reply response retrospect return reverse ruby russian rust sanskrit school science seconds secret sequence \
    shape shock short sight silence singular slow spanish spirit spite style stock summary swedish sync tears terms theory \
    there three through time times today tomorrow tonight top total touch town translation transit trouble truth tune turn two \
    uniform unison use vain via vietnamese view weeks winter words work writing years yesterday arabic chinese hindi \
    january february march april may june july august september october november december monday tuesday wednesday thursday \
    friday saturday sunday summer spring autumn fall christmas easter halloween morning night noon midnight dawn dusk sunrise \
    sunset lunch dinner breakfast home first last once present hand large random any best worst most peak rest risk stake war \
    will work university college uni sea heart all ease stockings ai art arts sports sport bots chat";

/// Places that take a "the": "the lake", "the Netherlands".
const THE_PLACES: &str = "lake lakes beach park museum gym cinema theatre theater station airport mountains mountain forest \
    woods city centre center town village harbour harbor river garden gardens pool stadium pub bar restaurant cafe café library \
    zoo mall countryside north south east west hotel kitchen office sea seaside coast island islands desert square market \
    supermarket shop bank hospital church school university club bakery arena rink opera gallery fjord valley hills bay docks \
    netherlands hague alps bahamas philippines maldives us usa uk uae states himalayas rockies pyrenees andes amazon \
    caribbean arctic antarctic sahara midwest bronx highlands hebrides azores algarve gambia congo seychelles lofoten";

/// First words of places with more than one word.
const PREFIXES: &str = "ste ft new los las san santa santo são sao saint st mt mount fort port cape el la le rio buenos den hong kuala \
    abu tel ho north south east west upper lower great grand little salt lake palm long baton des sri costa novi addis phnom \
    santiago puerto ciudad villa bad aix saudi sierra burkina united czech dominican southern northern western eastern ras \
    st. nova côte val vila kansas mexico panama oklahoma guatemala quezon isle the";

/// Last words of places with more than one word.
const SUFFIXES: &str = "city beach bay island islands valley springs falls park lake airport kingdom states republic heights \
    harbour harbor hill hills county district village town square street station";

/// Words between the parts of a place.
const CONNECTORS: &str =
    "an de do da del della di der den am upon of la le les los el sur sous al im ob nad на";

/// Words after which "in" and "at" do not introduce a place ("interested in", "look at"), except in a text about the weather.
const LEADING_NOWHERE: &str = "believe believes believed interested good bad great terrible better best look looks looking \
    looked laugh laughing shout smile point result results succeed involved invest log logged fill join bring give check plug \
    kick trust stare staring angry mad participate specialise specialize engage yell";

/// Words before "to" and a place.
const TRAVEL: &str = "go going went travel travelling traveling trip fly flying move moving moved drive driving been come coming welcome";

/// Words before "from" and a place.
const ORIGIN: &str = "im am are come comes greetings hello hi";

/// Words that a place may stand right beside: "weather Bergen", "oslo forecast".
const HEADS: &str =
    "погода погоду 날씨 طقس الطقس καιρόσ 天気 天气 天氣 weather forecast temperature temperatures temp";

/// Words that may accompany a place in a bare weather question: "please", "now", "forecast".
const ASKING: &str = "please pls now today tonight tomorrow tmrw the current в في στην στη στο погода погоду 날씨 طقس الطقس καιρόσ for in at and so hi hello hey ok forecast weather \
    temperature temp report what about how right morning evening this";

/// Codes of countries and their parts, as people add them to a place: "Portland, ME". Many are words, too.
const AREA_CODES: &str = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok \
    or pa ri sc sd tn tx ut vt va wa wv wi wy dc ab bc mb nb nl ns nt nu on pe qc sk yt nsw vic qld tas act uk us usa uae gb fr \
    es it se no dk fi be at ch pl ie au nz jp cn br mx pt cz hu ro gr tr ru ua za eg kr cr";

/// Area codes that people often mean as words even in capitals.
const OFTEN_SAID: &str = "ok hi no us it";

/// Countries and their parts, as people add them to a place: "Paris, Texas".
const COUNTRIES: &[&str] = &[
    "afghanistan, albania, algeria, argentina, armenia, australia, austria, bangladesh, belarus, belgium, bolivia, bosnia, \
     brazil, bulgaria, cambodia, cameroon, canada, chile, china, colombia, costa rica, croatia, cuba, cyprus, czechia, \
     czech republic, denmark, ecuador, egypt, england, estonia, ethiopia, finland, france, georgia, germany, ghana, greece, \
     greenland, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, jamaica, japan, jordan, kazakhstan, \
     kenya, latvia, lebanon, lithuania, luxembourg, malaysia, malta, mexico, moldova, morocco, nepal, netherlands, \
     new zealand, nigeria, north korea, northern ireland, norway, pakistan, palestine, panama, peru, philippines, poland, \
     portugal, puerto rico, romania, russia, saudi arabia, scotland, senegal, serbia, slovakia, slovenia, south africa, \
     south korea, spain, sri lanka, sudan, sweden, switzerland, syria, taiwan, tanzania, thailand, tunisia, turkey, uganda, \
     ukraine, united kingdom, united states, uk, us, usa, uae, uruguay, venezuela, vietnam, wales, zambia, zimbabwe",
    "alabama, alaska, arizona, arkansas, california, colorado, connecticut, florida, hawaii, idaho, illinois, indiana, iowa, \
     kansas, kentucky, louisiana, maine, maryland, massachusetts, michigan, minnesota, missouri, montana, nebraska, nevada, \
     new hampshire, new jersey, new mexico, ohio, oklahoma, oregon, pennsylvania, south carolina, tennessee, texas, utah, \
     vermont, virginia, wisconsin, wyoming, ontario, quebec, alberta, british columbia, bavaria, tuscany, catalonia, dc, il, \
     ny, ca, tx",
];

/// Defines a look-up in a list of words.
macro_rules! look_up {
    ($($(#[$what:meta])* $name:ident in $list:ident;)*) => {
        $($(#[$what])*
        pub(super) fn $name(key: &str) -> bool {
            static WORDS: LazyLock<Words> = LazyLock::new(|| $list.split(' ').collect());
            WORDS.contains(key)
        })*

        /// Builds the lookup tables, so that no message waits for them.
        pub(super) fn prepare() {
            $($name("");)*
            is_no_place("");
            is_country("");
        }
    };
}

look_up! {
    /// Whether this is a common word.
    is_common in COMMON;
    /// Whether "in" or "at" after this word rarely introduces a place.
    leads_to_no_place in LEADING_NOWHERE;
    /// Whether "to" after this word introduces a place.
    is_travel in TRAVEL;
    /// Whether "from" after this word introduces a place.
    is_origin in ORIGIN;
    /// Whether a place may stand right beside this word.
    is_head in HEADS;
    /// Whether this word may accompany a place in a bare weather question.
    is_asking in ASKING;
    /// Whether this word, after "the", is a place.
    is_the_place in THE_PLACES;
    /// Whether this word begins a place of several words.
    is_prefix in PREFIXES;
    /// Whether this word ends a place of several words.
    is_suffix in SUFFIXES;
    /// Whether this is an area code.
    is_area_code in AREA_CODES;
    /// Whether this area code is often meant as a word even in capitals.
    is_often_said in OFTEN_SAID;
    /// Whether this word stands between two parts of a place.
    is_connector in CONNECTORS;
}

/// Whether this word cannot begin a place, even after "in" or "at".
pub(super) fn is_no_place(key: &str) -> bool {
    static WORDS: LazyLock<Words> = LazyLock::new(|| NOT_PLACES.split(' ').collect());
    WORDS.contains(key) || key.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether this is a country, or a well-known part of one.
pub(super) fn is_country(keys: &str) -> bool {
    static NAMES: LazyLock<Words> =
        LazyLock::new(|| COUNTRIES.iter().flat_map(|list| list.split(',')).map(str::trim).collect());
    NAMES.contains(keys)
}
