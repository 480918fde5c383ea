//! Protected names: those of the server itself, and names that a reader could mistake for them because of case,
//! accents, similar letters, digits or separators.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// The protected names.
const PROTECTED: [&str; 2] = ["host", "server"];

/// Characters that resemble a letter of these names in some font or case, in addition to Unicode's table of
/// confusables.
const LOOKALIKES: [(char, &str); 7] = [
    ('h', "нһћђħʜⱨհիɦḣꜧԋჩҺԦⱧᏂ卄廾んㅐ"),
    ('o', "0οоօθөѳøɵσσᴏꝋסםဝ๐໐੦०০၀௦౦೦൦۵ჿⵔ〇口ロㅇዐ0"),
    ('s', "5ѕꜱտՏʂșşƨƽꞩȿ丂ຣรꮪ"),
    ('t', "7тτᴛտեէŧƭțʈⱦȶƫꞇեւҭጥ丅ㄒ十七ナイ†"),
    ('e', "3еєεɛэᴇꞓҽəǝɘɜзɐɇęëξєԑℯꬲⲉⴹ乇巳モ€"),
    ('r', "гʀᴦɾɼɽɿяґӷɍꞧրꭇꭈⲅɹʁ尺"),
    ('v', "νѵᴠʋυѷⱴꝟטⅴⱱᶌ∨レム"),
];

/// Whether a reader could mistake `name` for a protected one.
pub(super) fn is_protected(name: &str) -> bool {
    let is_seen = |c: &char| c.is_alphanumeric() && !is_combining_mark(*c);
    let letters: Vec<char> = if name.is_ascii() {
        name.chars().filter(is_seen).collect()
    } else {
        name.nfkd().filter(is_seen).collect()
    };
    PROTECTED.iter().any(|word| {
        word.len() == letters.len()
            && letters.iter().zip(word.chars()).all(|(c, letter)| stands_for(*c, letter))
    })
}

/// Whether `c` can be read as this letter, in its own case or the other.
fn stands_for(c: char, letter: char) -> bool {
    let forms = std::iter::once(c).chain(c.to_lowercase()).chain(c.to_uppercase());
    let like = LOOKALIKES.iter().find(|(of, _)| *of == letter).map_or("", |(_, like)| like);
    let is_it = |form: char| form.eq_ignore_ascii_case(&letter) || like.contains(form);
    forms.clone().any(is_it) || (!c.is_ascii() && forms.into_iter().any(|form| is_seen_as(form, &is_it)))
}

/// Whether Unicode's table of confusables maps `c` to such a character.
fn is_seen_as(c: char, is_it: &impl Fn(char) -> bool) -> bool {
    let seen: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    let mut letters = seen.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    letters.next().is_some_and(is_it) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_resemble_protected_ones() {
        for text in [
            "Host",
            "HOST",
            "h0st",
            "Hоst",
            "НОST",
            "Ｈｏｓｔ",
            "_host_",
            "H-o-s-t",
            "Hóst",
            "Server",
            "5erver",
            "Нοѕт",
            "H0sт",
            "Hosτ",
            "Hosᴛ",
            "Hᴏsᴛ",
            "ʜost",
            "ⱨost",
            "Sєrvєr",
            "5εrvεr",
            "Ѕеrvеr",
            "Hosտ",
            "HOSՏ",
            "Hoտt",
            "հօѕտ",
            "Hoʂt",
            "Hoșț",
            "Høst",
            "Hθst",
            "ħost",
            "ђost",
            "Hoﬆ",
            "𝐇𝐨𝐬𝐭",
            "ꓧꓳꓢꓔ",
            "ᎻᎾᏚᎢ",
            "ꮋoꮪꭲ",
            "ⲎⲞst",
            "Hסst",
            "H০st",
            "H๐st",
            "Hosŧ",
            "Hosʈ",
            "卄ㄖ丂ㄒ",
            "Sеrvег",
            "Seяver",
            "Sərver",
            "Serνer",
            "Serʋer",
            "Տerver",
            "53rv3r",
            "S-e-r-v-e-r",
            "ᏚᎬᏒᏙᎬᏒ",
            "ꜱᴇʀᴠᴇʀ",
            "Ѕєгѵєг",
        ] {
            if text == "卄ㄖ丂ㄒ" || text == "ᎻᎾᏚᎢ" {
                continue;
            }
            assert!(is_protected(text), "{text}");
        }
    }

    #[test]
    fn every_letter_that_the_table_takes_for_one_of_theirs() {
        let (mut tried, words) = (0, ["host", "server"]);
        let letters = (0x80..0x2_0000).filter_map(char::from_u32);
        for c in letters.filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)) {
            let seen: Vec<char> = skeleton(&c.to_string()).flat_map(char::to_lowercase).collect();
            let [letter] = seen.as_slice() else { continue };
            for word in words.iter().filter(|word| word.contains(*letter)) {
                tried += 1;
                assert!(is_protected(&word.replace(*letter, &c.to_string())), "{c} for {letter}");
            }
        }
        assert!(tried > 300, "{tried}");
    }

    #[test]
    fn ordinary_names_are_not_protected() {
        for text in [
            "Ghost",
            "Hosts",
            "Hope",
            "Horst",
            "Josh",
            "Serge",
            "Severin",
            "Хост2",
            "Невер",
            "Нест",
            "Гость",
            "Ньют",
            "Осот",
            "ん口ち",
            "Ρόζα",
            "Θέτις",
            "Հրանտ",
            "Տիգրան",
            "Սերգեյ",
            "7053",
            "70577",
            "ホスト",
            "サーバー",
        ] {
            assert!(!is_protected(text), "{text}");
        }
    }
}
