# SPDX-License-Identifier: Apache-2.0
"""How numbers are dialled in each country, from libphonenumber's metadata: the rows that DialingPlan reads."""

import random
import re
from functools import cache
from itertools import product

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata

LONGEST = 15  # digits of a number, E.164 §6.2.1
LONGEST_PREFIX = 5  # digits of an international prefix
MOST_PREFIXES = 32  # of one country
DEFAULT_INTERNATIONAL, DEFAULT_TRUNK = ["00"], "0"
# Where the metadata has only the digit that comes before the second dial tone, and what was replaced some years ago.
TRUNKS = {"BY": "80 8", "LT": "0 8"}
SHORT_CODE = 6  # digits at most
# In plans with longer numbers than this a number may be valid with and without the country code that it begins with.
LONGEST_EXACT, COMMON_LENGTH = 11, 9
ABROAD = [
    "442079460018", "12125550143", "33199001234", "8613912345678", "5511912345678", "4520123456", "493023125123", "61255501234",
    "74951234567", "390299990123", "81312345678", "919123456789", "298201234", "80012345678"]


def countries():
    """The calling codes of countries, and their main regions' metadata."""
    for code, names in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        if names[0] != "001":
            yield code, PhoneMetadata.metadata_for_region(names[0])


# ------------------------------------------------------------------------------------------------- rows

def international(metadata):
    """The international prefixes, longest first, with `?` for digits that any may stand for."""
    pattern = re.compile(metadata.international_prefix)
    strings = ("".join(digits) for length in range(1, LONGEST_PREFIX + 1) for digits in product("0123456789", repeat=length))
    found = {text: len(text) for text in strings if pattern.fullmatch(text)}
    # Carriers that are chosen with a 1 in front are left out: too many, and a national number may begin so.
    kept = {text: length for text, length in found.items() if text[0] != "1"} or found
    for length in range(LONGEST_PREFIX, 1, -1):
        for parent in {text[:-1] for text in kept if len(text) == length}:
            children = [f"{parent}{digit}" for digit in range(10)]
            drops = {kept.get(child) for child in children}
            if len(drops) == 1 and None not in drops:
                kept[parent] = drops.pop()
                for child in children:
                    del kept[child]
    if len(kept) > MOST_PREFIXES:
        raise ValueError(f"{len(kept)} international prefixes in {metadata.id}")
    return [text.ljust(kept[text], "?") for text in sorted(kept, key=lambda text: (-len(text), text))]


@cache
def bare(code, region):
    """The lengths up to six digits of numbers that are written without the trunk prefix, although the country has one."""
    metadata, chance, written = PhoneMetadata.metadata_for_region(region), random.Random(code), {}
    for length in metadata.general_desc.possible_length:
        if not 0 < length <= SHORT_CODE or not metadata.national_prefix:
            continue
        for digits in chance.sample(range(10 ** length), min(10 ** length, 20000)):
            number = phonenumbers.PhoneNumber(country_code=code, national_number=digits)
            if digits >= 10 ** (length - 1) and phonenumbers.is_valid_number(number):
                text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
                written.setdefault(length, set()).add("".join(filter(str.isdigit, text)) == str(digits))
    return sorted(length for length, kinds in written.items() if kinds == {True})


def trunk_prefixes(metadata):
    return TRUNKS.get(metadata.id, metadata.national_prefix or "")


def own(metadata):
    """How long the longest number is that is no longer than usual where plans have no fixed length; 0 for others."""
    kinds = [one.possible_length for one in (metadata.fixed_line, metadata.mobile) if one]
    return COMMON_LENGTH if metadata.national_prefix and max(max(one) for one in kinds) > LONGEST_EXACT else 0


def row(code, metadata):
    area = [length for length in metadata.general_desc.possible_length_local_only if length > SHORT_CODE]
    trunk, prefixes, short = trunk_prefixes(metadata), international(metadata), bare(code, metadata.id)
    parts = [str(code)]
    parts += [f"own: {own(metadata)}"] if own(metadata) else []
    parts += [f"area: {area}"] if area else []
    parts += [f"bare: {short}"] if short else []
    parts += [f'trunk: "{trunk}"'] if trunk != DEFAULT_TRUNK else []
    parts += [f'international: "{" ".join(prefixes)}"'] if prefixes != DEFAULT_INTERNATIONAL else []
    return f"        Row({', '.join(parts)}),\n"


def codes_source(header):
    """The Swift file of the possible lengths. Where regions share a code its main one decides, as in libphonenumber."""
    lines = []
    for code, names in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, names[0])
        possible = [length for length in metadata.general_desc.possible_length if 0 < length <= LONGEST - len(str(code))]
        lines.append(f"        {code} {' '.join(map(str, possible))}\n")
    return header + f'''/// The assigned country codes, one a line, each with the lengths that national numbers of its plan may have.
enum CountryCodeLengths {{
    static let lines = """
{"".join(lines)}        """
}}
'''


def source(header):
    """The Swift file of the rows."""
    rows = "".join(row(code, metadata) for code, metadata in countries())
    return header + f"""/// How numbers are dialled in each country, by country code; `DialingPlan` says what a row means.
enum DialingPrefixes {{
    typealias Row = DialingPlan.Row

    static let rows: [Row] = [
{rows}    ]
}}
"""


# ------------------------------------------------------------------------------------------------- test data

def is_possible(number):
    """Whether the number can be dialled from abroad; phonenumbers.is_possible_number takes those of an area too."""
    fits = len(phonenumbers.format_number(number, PhoneNumberFormat.E164)) <= LONGEST + 1
    return fits and phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def abroad(digits):
    """The digits as they stand if they begin with a country code in whose plan they are possible; else None."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return None
    exact = phonenumbers.format_number(number, PhoneNumberFormat.E164) == f"+{digits}"
    return digits if exact and len(digits) > SHORT_CODE and is_possible(number) else None


def is_known(digits):
    """Whether the number, country code first, is valid."""
    return digits is not None and phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))


def read(digits, metadata):
    """The number that somebody in the country means, country code first, and whether it is valid; None, False for none."""
    try:
        number = phonenumbers.parse(digits, metadata.id)
    except NumberParseException:
        return None, False
    if is_possible(number):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], phonenumbers.is_valid_number(number)
    if len(digits) in metadata.general_desc.possible_length_local_only:
        return None, False
    return abroad(digits), False


def numbers(code, count, chance):
    """Valid national numbers: the examples of all kinds and regions, with their last digits changed, and any of each length."""
    kinds = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "uan")
    regions = [PhoneMetadata.metadata_for_region(name) for name in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]]
    examples = sorted({one.example_number for region in regions for kind in kinds
                       if (one := getattr(region, kind)) and one.example_number})
    possible = [length for length in regions[0].general_desc.possible_length if 0 < length <= LONGEST - len(str(code))]
    found = {example: True for example in examples}
    for _ in range(400 * count):
        if len(found) >= count:
            break
        example, length = chance.choice(examples), chance.choice(possible)
        kept = example[:chance.randrange(len(example))] if chance.random() < 0.7 else ""
        length = len(example) if kept else length
        digits = kept + "".join(chance.choice("0123456789") for _ in range(length - len(kept)))
        number = phonenumbers.parse(f"+{code}{digits}")
        if phonenumbers.is_valid_number(number) and phonenumbers.national_significant_number(number) == digits:
            found[digits] = True
    # Some cannot be dialled from abroad, such as 310-1234 in Canada.
    return sorted(digits for digits in found if len(digits) in possible)[:count]


def ways(code, metadata, digits):
    """How a valid number may be written in its country, by the letters of the test: t behind the trunk prefix, n without, c
    with the country code; and what phonenumbers writes, if that is another."""
    trunk = trunk_prefixes(metadata).split(" ")[0]
    number = phonenumbers.parse(f"+{code}{digits}")
    written = "".join(filter(str.isdigit, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)))
    found = {"n": digits, "c": f"{code}{digits}"}
    found |= {"t": trunk + digits} if trunk else {}
    return found | ({} if written in found.values() else {written: written})


def example(code, metadata, digits):
    """A number of the test data: national digits, the letters of the ways that lead to it, and what leads elsewhere.

    Nothing is said of what phonenumbers makes no valid number of, of what is dialled within an area, and of up to six digits
    without a trunk prefix, which are a short code or an extension here."""
    letters, others = "", []
    for name, written in ways(code, metadata, digits).items():
        number, is_valid = read(written, metadata)
        is_bare = name == "n" and (not metadata.national_prefix or len(written) in bare(code, metadata.id))
        is_short = name in ("n", "c") and len(written) <= SHORT_CODE and not is_bare
        # Where the plan has no fixed length, a long number with a country code in front has it, whatever else is valid.
        is_long = bool(own(metadata)) and len(written) > own(metadata)
        is_whole = name == "n" and is_long and written.startswith(str(code)) and is_known(abroad(written))
        if is_short or is_whole or not is_valid or len(written) in metadata.general_desc.possible_length_local_only:
            continue
        if number == f"{code}{digits}" and len(name) == 1 or name == "c" and is_long:
            letters += name
        else:
            others.append(f",{written}>{number}")
    return f"{digits}={''.join(sorted(letters))}{''.join(others)}"


def examples(count, seed=12):
    """The lines of the test data: country code; lengths that are possible; foreign numbers that are read as they stand, by
    their letters; national numbers with the ways to write them."""
    chance = random.Random(seed)
    for code, metadata in countries():
        tried = ((length, phonenumbers.PhoneNumber(country_code=code, national_number=10 ** (length - 1)))
                 for length in range(1, LONGEST + 1 - len(str(code))))
        possible = ",".join(str(length) for length, number in tried if is_possible(number))
        foreign = "".join(chr(ord("a") + place) for place, number in enumerate(ABROAD) if read(number, metadata)[0] == number)
        found = " ".join(example(code, metadata, digits) for digits in numbers(code, count, chance))
        yield f"{code} {possible} {foreign or '-'} {found}"


def test_source(header, count=50):
    """The Swift file of the test data."""
    lines = "".join(f"        {line}\n" for line in examples(count))
    return header + f'''/// Numbers as they are written in each country, a line for each: its country code, the lengths of its national numbers, those
/// of `abroad` that are read as they stand, by letters; then national numbers. Behind each the ways of writing in which
/// libphonenumber reads it: `t` behind the trunk prefix, `n` without it, `c` with the country code; and what it reads otherwise.
enum DialingExamples {{
    static let abroad = "{" ".join(ABROAD)}"

    static let lines = """
{lines}        """
}}
'''
