# SPDX-License-Identifier: Apache-2.0
"""How numbers are dialled in each country, from libphonenumber's metadata: the rows that DialingPlan reads."""

import re
from itertools import product

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneMetadata

LONGEST = 15  # digits of a number, E.164 §6.2.1
LONGEST_PREFIX = 5  # digits of an international prefix
MOST_PREFIXES = 32  # of one country
DEFAULT_INTERNATIONAL, DEFAULT_TRUNK = ["00"], "0"
# Where the metadata has only the digit that comes before the second dial tone.
TRUNKS = {"BY": "80"}
# Longer plans leave no length that tells a number with country code from one without.
LONGEST_EXACT, COMMON_LENGTH = 11, 9
SHORT_CODE = 6  # digits at most
ABROAD = "442079460000"


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


def lengths(*descriptions):
    """The lengths of national numbers of these kinds."""
    return {length for one in descriptions if one for length in one.possible_length if length > 0}


def own_beginning(code, table):
    """The length of the longest national number, fixed or mobile, that begins with the country code itself; 0 for none."""
    known = {}

    def holds(state):
        if state < len(table.classes):
            return table.classes[state][3] in "FME" and table.classes[state][4] == "v"
        if state not in known:
            known[state] = any(holds(table.child(state, digit)) for digit in range(10))
        return known[state]

    def begins(length):
        state = table.value(len(str(code)) + length)
        for digit in str(code) * 2:
            state = table.child(state, int(digit))
        return holds(state)

    return max((length for length in range(len(str(code)), 16 - len(str(code))) if begins(length)), default=0)


def row(code, metadata, table):
    usual = lengths(metadata.fixed_line, metadata.mobile)
    area = sorted(metadata.general_desc.possible_length_local_only)
    trunk = TRUNKS.get(metadata.id, metadata.national_prefix or "")
    own = COMMON_LENGTH if trunk and max(usual) > LONGEST_EXACT else own_beginning(code, table)
    prefixes = international(metadata)
    parts = [str(code), f"{min(usual)}...{max(usual)}"]
    parts += [f"own: {own}"] if own else []
    parts += [f"area: {[length for length in area if length > SHORT_CODE]}"] if area and area[-1] > SHORT_CODE else []
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


def source(header, table):
    """The Swift file of the rows."""
    rows = "".join(row(code, metadata, table) for code, metadata in countries())
    return header + f"""/// How numbers are dialled in each country, by country code; `DialingPlan` says what a row means.
enum DialingPrefixes {{
    typealias Row = DialingPlan.Row

    static let rows: [Row] = [
{rows}    ]
}}
"""


# ------------------------------------------------------------------------------------------------- test data

def canonical(written, region):
    """What phonenumbers makes of a number as it is written in a region; nothing where it is not valid."""
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]


def examples(code, metadata):
    """Numbers, country code first, each with ways to write it, as far as phonenumbers reads them so."""
    region, trunk = metadata.id, TRUNKS.get(metadata.id, metadata.national_prefix or "")
    ways = {}
    for kind in (metadata.fixed_line, metadata.mobile, metadata.toll_free):
        number = kind and kind.example_number
        if number:
            ways[f"{code}{number}"] = [f"{trunk}{number}"] if trunk else []
            # Six digits may be a short code, and some numbers of services are too short to be told from others.
            ways[f"{code}{number}"] += [number] if len(number) > 6 else []
            ways[f"{code}{number}"] += [f"{code}{number}"] if kind != metadata.toll_free and len(f"{code}{number}") > 6 else []
    prefixes = [prefix.replace("?", "0") for prefix in international(metadata)]
    ways[ABROAD] = [prefix + ABROAD for prefix in prefixes if len(prefix + ABROAD) < 17]
    return {number: [way for way in written if canonical(way, region) == number] for number, written in ways.items()}


def test_source(header):
    """The Swift file of the test data."""
    lines = []
    for code, metadata in countries():
        ways = [" ".join([f"+{number}"] + written) for number, written in sorted(examples(code, metadata).items()) if written]
        lines.append(f"        {code} {' '.join(ways)}\n")
    return header + f'''/// Numbers as they are written in each country. In a line its country code; then numbers with `+`, each with what
/// libphonenumber reads as that number.
enum DialingExamples {{
    static let lines = """
{"".join(lines)}        """
}}
'''
