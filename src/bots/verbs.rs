//! The verbs that followers know, their inflected forms, and the tempers that like them.

use std::collections::HashMap;
use std::sync::LazyLock;

use Temper::{Bold, Dutiful, Gentle, Greedy};

/// A follower's temper. It decides which verbs the follower likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Temper {
    /// Likes fights and adventures.
    Bold,
    /// Likes kindness.
    Gentle,
    /// Likes gains and pleasures.
    Greedy,
    /// Likes order and duty.
    Dutiful,
}

/// A verb.
#[derive(Debug, PartialEq, Eq)]
pub struct Verb {
    base: &'static str,
    /// The past and the past participle in all their forms. Empty for a regular verb.
    irregular: &'static [&'static str],
    liked_by: &'static [Temper],
}

const fn regular(base: &'static str, liked_by: &'static [Temper]) -> Verb {
    Verb { base, irregular: &[], liked_by }
}

const fn irregular(
    base: &'static str,
    irregular: &'static [&'static str],
    liked_by: &'static [Temper],
) -> Verb {
    Verb { base, irregular, liked_by }
}

/// All verbs.
static VERBS: [Verb; 112] = [
    regular("accept", &[Gentle, Greedy]),
    regular("adopt", &[Gentle]),
    regular("apologise", &[Gentle, Dutiful]),
    regular("arrest", &[Dutiful]),
    regular("ask", &[Dutiful]),
    regular("attack", &[Bold]),
    regular("banish", &[Dutiful, Bold]),
    regular("bargain", &[Greedy]),
    regular("behead", &[Bold]),
    regular("besiege", &[Bold]),
    regular("borrow", &[Greedy]),
    regular("bribe", &[Greedy]),
    irregular("build", &["built"], &[Dutiful]),
    irregular("burn", &["burnt", "burned"], &[Bold]),
    regular("bury", &[Dutiful, Gentle]),
    irregular("buy", &["bought"], &[Greedy]),
    irregular("catch", &["caught"], &[Bold, Dutiful]),
    regular("celebrate", &[Gentle, Bold]),
    regular("challenge", &[Bold]),
    regular("chase", &[Bold]),
    regular("climb", &[Bold]),
    regular("close", &[Dutiful]),
    regular("collect", &[Greedy]),
    regular("comfort", &[Gentle]),
    regular("cook", &[Gentle, Greedy]),
    regular("count", &[Greedy, Dutiful]),
    regular("dance", &[Gentle, Bold]),
    regular("defend", &[Dutiful, Bold]),
    irregular("dig", &["dug"], &[Dutiful]),
    irregular("drink", &["drank", "drunk"], &[Greedy, Bold]),
    irregular("eat", &["ate", "eaten"], &[Greedy, Gentle]),
    regular("escape", &[Gentle]),
    regular("execute", &[Bold]),
    regular("feast", &[Greedy, Bold]),
    irregular("feed", &["fed"], &[Gentle]),
    irregular("fight", &["fought"], &[Bold]),
    irregular("flee", &["fled"], &[Gentle]),
    irregular("forgive", &["forgave", "forgiven"], &[Gentle]),
    regular("fortify", &[Dutiful]),
    regular("free", &[Gentle]),
    irregular("give", &["gave", "given"], &[Gentle]),
    irregular("go", &["went", "gone"], &[Gentle, Dutiful]),
    regular("guard", &[Dutiful]),
    irregular("hang", &["hanged", "hung"], &[Bold]),
    regular("heal", &[Gentle]),
    regular("help", &[Gentle, Dutiful]),
    irregular("hide", &["hid", "hidden"], &[Greedy]),
    regular("hire", &[Greedy]),
    regular("hug", &[Gentle]),
    regular("hunt", &[Bold]),
    regular("ignore", &[Greedy]),
    regular("invite", &[Gentle]),
    regular("jail", &[Dutiful]),
    regular("judge", &[Dutiful]),
    irregular("keep", &["kept"], &[Greedy]),
    regular("kill", &[Bold]),
    regular("laugh", &[Bold, Gentle]),
    irregular("lead", &["led"], &[Bold]),
    regular("listen", &[Gentle, Dutiful]),
    regular("march", &[Bold, Dutiful]),
    regular("marry", &[Gentle, Greedy]),
    regular("negotiate", &[Greedy, Gentle]),
    regular("obey", &[Dutiful]),
    regular("open", &[Gentle, Bold]),
    regular("pardon", &[Gentle]),
    regular("patrol", &[Dutiful]),
    irregular("pay", &["paid"], &[Dutiful]),
    regular("plant", &[Gentle, Dutiful]),
    regular("play", &[Gentle, Greedy]),
    regular("praise", &[Gentle, Dutiful]),
    regular("pray", &[Dutiful]),
    regular("protect", &[Dutiful, Gentle]),
    regular("punish", &[Dutiful, Bold]),
    regular("release", &[Gentle]),
    regular("repair", &[Dutiful]),
    regular("retreat", &[Gentle]),
    regular("reward", &[Gentle, Greedy]),
    irregular("ride", &["rode", "ridden"], &[Bold]),
    regular("rob", &[Greedy, Bold]),
    irregular("run", &["ran"], &[Gentle]),
    regular("save", &[Gentle, Greedy]),
    regular("scout", &[Bold, Dutiful]),
    regular("search", &[Dutiful]),
    irregular("sell", &["sold"], &[Greedy]),
    irregular("send", &["sent"], &[Dutiful]),
    regular("share", &[Gentle]),
    irregular("shoot", &["shot"], &[Bold]),
    irregular("sing", &["sang", "sung"], &[Gentle, Bold]),
    irregular("sleep", &["slept"], &[Greedy, Gentle]),
    regular("spare", &[Gentle]),
    irregular("speak", &["spoke", "spoken"], &[Gentle, Dutiful]),
    regular("spy", &[Greedy, Bold]),
    irregular("steal", &["stole", "stolen"], &[Greedy]),
    regular("storm", &[Bold]),
    regular("surrender", &[Gentle]),
    irregular("sweep", &["swept"], &[Dutiful]),
    irregular("swim", &["swam", "swum"], &[Bold]),
    regular("talk", &[Gentle, Dutiful]),
    regular("taste", &[Greedy, Bold]),
    regular("tax", &[Greedy, Dutiful]),
    irregular("teach", &["taught"], &[Gentle, Dutiful]),
    regular("thank", &[Gentle, Dutiful]),
    irregular("throw", &["threw", "thrown"], &[Bold]),
    regular("trade", &[Greedy]),
    regular("train", &[Dutiful, Bold]),
    regular("trap", &[Greedy, Bold]),
    regular("travel", &[Bold]),
    regular("visit", &[Gentle]),
    regular("wait", &[Dutiful]),
    regular("warn", &[Dutiful]),
    regular("welcome", &[Gentle]),
    irregular("write", &["wrote", "written"], &[Dutiful]),
];

/// The verbs by each of their forms.
static BY_FORM: LazyLock<HashMap<String, &'static Verb>> = LazyLock::new(|| {
    VERBS.iter().flat_map(|verb| verb.forms().into_iter().map(move |form| (form, verb))).collect()
});

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&BY_FORM);
}

impl Temper {
    /// All tempers.
    pub const ALL: [Temper; 4] = [Bold, Gentle, Greedy, Dutiful];

    /// Whether this temper likes the verb.
    pub fn likes(self, verb: &Verb) -> bool {
        verb.liked_by.contains(&self)
    }

    /// The temper as a word.
    pub fn word(self) -> &'static str {
        match self {
            Bold => "bold",
            Gentle => "gentle",
            Greedy => "greedy",
            Dutiful => "dutiful",
        }
    }
}

impl Verb {
    /// The verb of which `word`, in lower case, is a form.
    pub fn find(word: &str) -> Option<&'static Verb> {
        BY_FORM.get(word).copied()
    }

    /// The base form: `eat`.
    pub fn base(&self) -> &'static str {
        self.base
    }

    /// The gerund: `eating`.
    pub fn gerund(&self) -> String {
        let base = self.base;
        if let Some(stem) = base.strip_suffix("ie") {
            return format!("{stem}ying");
        }
        let keeps_its_e = ["ee", "oe", "ye"].iter().any(|end| base.ends_with(end));
        match base.strip_suffix('e') {
            Some(stem) if !keeps_its_e => format!("{stem}ing"),
            _ => format!("{}ing", doubled(base)),
        }
    }

    /// All forms: `eat`, `eats`, `eating`, `ate`, `eaten`.
    pub fn forms(&self) -> Vec<String> {
        let mut forms = vec![self.base.to_owned(), third(self.base), self.gerund()];
        if self.irregular.is_empty() {
            forms.push(past(self.base));
        }
        forms.extend(self.irregular.iter().map(ToString::to_string));
        // Both spellings: "apologise" and "apologize".
        if let Some(stem) = self.base.strip_suffix("ise") {
            let with_z =
                |form: &String| Some(format!("{stem}iz{}", form.strip_prefix(stem)?.strip_prefix("is")?));
            forms.extend(forms.iter().filter_map(with_z).collect::<Vec<_>>());
        }
        forms
    }
}

/// The third person: `goes`, `marries`, `eats`.
fn third(base: &str) -> String {
    match y_after_consonant(base) {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| base.ends_with(end)) => format!("{base}es"),
        None => format!("{base}s"),
    }
}

/// The regular past: `married`, `spared`, `robbed`, `waited`.
fn past(base: &str) -> String {
    match y_after_consonant(base) {
        Some(stem) => format!("{stem}ied"),
        None if base.ends_with('e') => format!("{base}d"),
        None => format!("{}ed", doubled(base)),
    }
}

/// `base` without a final `y` that follows a consonant: `marr` of "marry".
fn y_after_consonant(base: &str) -> Option<&str> {
    base.strip_suffix('y').filter(|stem| stem.chars().last().is_some_and(|c| !is_vowel(c)))
}

/// `base` with its last consonant doubled as before an ending: after a single vowel, if the word has one syllable (`robb`)
/// or the consonant is an l (`travell`).
fn doubled(base: &str) -> String {
    let mut ends = base.chars().rev();
    let (Some(last), Some(middle), Some(first)) = (ends.next(), ends.next(), ends.next()) else {
        return base.to_owned();
    };
    let is_closed = !is_vowel(last) && !"wxy".contains(last) && is_vowel(middle) && !is_vowel(first);
    if is_closed && (last == 'l' || syllables(base) == 1) { format!("{base}{last}") } else { base.to_owned() }
}

/// The number of runs of vowels.
fn syllables(word: &str) -> usize {
    word.split(|c| !is_vowel(c)).filter(|run| !run.is_empty()).count()
}

fn is_vowel(c: char) -> bool {
    "aeiou".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_in_all_their_forms() {
        for forms in [
            "eat eats eating ate eaten",
            "go goes going went gone",
            "hang hangs hanging hanged hung",
            "ride rides riding rode ridden",
            "run runs running ran",
            "pay pays paying paid",
            "flee flees fleeing fled",
            "free frees freeing freed",
            "hug hugs hugging hugged",
            "marry marries marrying married",
            "spy spies spying spied",
            "pray prays praying prayed",
            "obey obeys obeying obeyed",
            "spare spares sparing spared",
            "tax taxes taxing taxed",
            "punish punishes punishing punished",
            "teach teaches teaching taught",
            "pardon pardons pardoning pardoned",
            "visit visits visiting visited",
            "travel travels travelling travelled",
            "patrol patrols patrolling patrolled",
            "heal heals healing healed",
            "fight fights fighting fought",
            "swim swims swimming swam swum",
            "throw throws throwing threw thrown",
            "open opens opening opened",
            "burn burns burning burnt burned",
        ] {
            let forms: Vec<&str> = forms.split(' ').collect();
            let verb = Verb::find(forms[0]).unwrap_or_else(|| panic!("no verb {}", forms[0]));
            assert_eq!(verb.forms(), forms);
            for form in &forms {
                assert_eq!(Verb::find(form), Some(verb), "{form}");
            }
        }
        assert_eq!(Verb::find("juggle"), None);
    }

    #[test]
    fn forms_are_unique_and_each_verb_is_liked() {
        let mut forms: Vec<String> = VERBS.iter().flat_map(Verb::forms).collect();
        forms.sort_unstable();
        let count = forms.len();
        forms.dedup();
        assert_eq!(forms.len(), count);
        assert!(VERBS.iter().all(|verb| (1..Temper::ALL.len()).contains(&verb.liked_by.len())));
        for temper in Temper::ALL {
            assert!(VERBS.iter().filter(|verb| temper.likes(verb)).count() >= 20, "{temper:?}");
        }
    }
}
