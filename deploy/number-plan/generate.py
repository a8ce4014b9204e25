#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the number plan of Stirrup from the metadata of libphonenumber, as the package `phonenumbers` has it.

    pip install phonenumbers
    deploy/number-plan/generate.py              writes the tables and their test data
    deploy/number-plan/generate.py --dialing    only how numbers are dialled
    deploy/number-plan/generate.py --check N    compares the table with phonenumbers on N numbers, writes nothing
    deploy/number-plan/generate.py --examples N writes N numbers of each country, as they are dialled, to standard output:
                                                DIALING_EXAMPLES=FILE swift test --filter DialingPlanTests compares them

Sources/SIP/NumberPlan.swift reads the number plan; Tests/SIPTests/NumberPlanTests.swift its test data.
Sources/SIP/DialingPlan.swift reads how numbers are dialled; Tests/SIPTests/DialingPlanTests.swift its test data.
"""

import argparse
import random
import sys
from pathlib import Path

import dialing
import phonenumbers
from diagram import KINDS, LENGTHS, LONGEST, NO_COUNTRY, NOWHERE, TYPES, UNASSIGNED, UNKNOWN, VALID, Diagram, national
from phonenumbers import NumberParseException
from phonenumbers.phonemetadata import PhoneMetadata

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "Sources/SIP/NumberPlanTable.swift"
NUMBERS = ROOT / "Tests/SIPTests/NumberPlanNumbers.swift"
PREFIXES = ROOT / "Sources/SIP/DialingPrefixes.swift"
CODES = ROOT / "Sources/SIP/CountryCodeLengths.swift"
EXAMPLES = ROOT / "Tests/SIPTests/DialingExamples.swift"

BASE, FIRST = 57, 0x23  # a word is three characters from "#" to "[", digits to this base: nothing that a literal escapes


# ------------------------------------------------------------------------------------------------- files

HEADER = """// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file
//
// Made by deploy/number-plan/generate.py; not to be edited. {what}
// of libphonenumber, by The Libphonenumber Authors, under the Apache License 2.0 (https://github.com/google/libphonenumber),
// as the Python package phonenumbers {version} has it.

"""


def rows(text, width):
    return [text[i:i + width] for i in range(0, len(text), width)]


def literal(text, width):
    """A string literal in lines, without an end of line in it."""
    return '"""\n' + "\\\n".join(f"        {row}" for row in rows(text, width)) + '\n        """'


class Table:
    """The diagram as text: words of three characters, first the roots by length, then the nodes; and the classes."""

    def __init__(self, classes, words):
        self.classes, self.words = classes, words

    @classmethod
    def of(cls, diagram):
        reached = reachable(diagram)
        places = {node: place for place, node in enumerate(reached)}
        children = [child for node in reached for child in diagram.nodes[node]]
        classes = sorted({child for child in children + diagram.roots if isinstance(child, str)})
        numbers = {name: number for number, name in enumerate(classes)}
        words = [numbers[c] if isinstance(c, str) else len(classes) + places[c] for c in diagram.roots + children]
        return cls(classes, "".join(map(cls.word, words)))

    @staticmethod
    def word(value):
        if value >= BASE ** 3:
            raise ValueError("too many nodes for three characters")
        return "".join(chr(FIRST + value // BASE ** place % BASE) for place in (2, 1, 0))

    @classmethod
    def read(cls):
        """The table as the Swift file has it."""
        literals = TABLE.read_text().split('"""')
        classes, words = ("".join(line.strip().removesuffix("\\") for line in text.split("\n")) for text in literals[1:4:2])
        return cls(rows(classes, 5), words)

    def value(self, at):
        first, second, third = (ord(character) - FIRST for character in self.words[at * 3:at * 3 + 3])
        return (first * BASE + second) * BASE + third

    def find(self, digits):
        state = self.value(len(digits))
        for digit in digits:
            state = self.child(state, int(digit))
        return self.classes[state]

    def child(self, state, digit):
        """Where a digit leads; a class stays what it is."""
        if state < len(self.classes):
            return state
        return self.value(LONGEST + 1 + (state - len(self.classes)) * 10 + digit)

    def source(self):
        header = HEADER.format(what="Facts from the metadata", version=phonenumbers.__version__)
        return header + f"""/// The decision diagram that `NumberPlan` walks.
enum NumberPlanTable {{
    /// The version of libphonenumber's metadata.
    static let version: StaticString = "{phonenumbers.__version__}"
    /// How many classes there are: words below this are a class, others a node.
    static let classCount = {len(self.classes)}
    /// Five characters each: region, kind, validity.
    static let classes: StaticString = {literal("".join(self.classes), 1000)}
    /// Words of three characters, to the base {BASE} from "#": {LONGEST + 1} roots by length, then ten children a node.
    static let words: StaticString = {literal(self.words, 1000)}
}}
"""


def reachable(diagram):
    """The nodes that a number can come to, parents first, so that neighbours in a walk are near each other."""
    found, todo = {}, [root for root in reversed(diagram.roots) if not isinstance(root, str)]
    while todo:
        node = todo.pop()
        if node not in found:
            found[node] = True
            todo += [child for child in reversed(diagram.nodes[node]) if not isinstance(child, str)]
    return list(found)


def test_numbers():
    """The example numbers of all regions and kinds, and some of each region with a digit changed, added or taken off."""
    chance, numbers = random.Random(164), set()
    for code, names in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        for name in names:
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
            examples = sorted({getattr(getattr(metadata, kind), "example_number", None) for kind in KINDS} - {None})
            numbers.update(f"{code}{example}" for example in examples)
            numbers.update(mutated(chance, f"{code}{chance.choice(examples)}") for _ in range(2))
    return sorted(numbers)


def test_source():
    classes = {}
    for number in test_numbers():
        answer = expected(number)[0]
        classes.setdefault(answer[:3], {}).setdefault(answer[3:], []).append(number)
    lines = [
        " ".join([region.strip()] + [" ".join([answer] + numbers) for answer, numbers in sorted(answers.items())])
        for region, answers in sorted(classes.items())]
    header = HEADER.format(what="Example numbers of the metadata", version=phonenumbers.__version__)
    return header + """/// What libphonenumber says of numbers. A line for each region; in it the letters of a kind and of a validity, as the table
/// has them, and the numbers that have both.
enum NumberPlanNumbers {
    static let lines = \"\"\"
""" + "".join(f"        {line}\n" for line in lines) + '''        """
}
'''


# ------------------------------------------------------------------------------------------------- what phonenumbers says

def expected(digits):
    """The class that phonenumbers gives a number, and whether it takes a national prefix off the number first."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException as error:
        return NOWHERE + UNKNOWN + (NO_COUNTRY if error.error_type == NumberParseException.INVALID_COUNTRY_CODE else "s"), False
    rest = digits[len(str(number.country_code)):]
    is_stripped = phonenumbers.national_significant_number(number) != rest
    if is_stripped:
        number = national(number.country_code, rest)
    validity = LENGTHS[phonenumbers.is_possible_number_with_reason(number)]
    if phonenumbers.is_valid_number(number):
        validity = VALID
    region = phonenumbers.region_code_for_number(number) or NOWHERE
    return region.ljust(3) + TYPES[phonenumbers.number_type(number)] + validity, is_stripped


def mutated(chance, digits):
    """The number with a digit changed, added or taken off."""
    at, digit = chance.randrange(len(digits)), str(chance.randrange(10))
    way = chance.randrange(3)
    return (digits[:at] + (digit if way < 2 else "") + digits[at + (way != 1):])[:LONGEST]


def candidates(chance):
    """Numbers to compare: of any digits, behind a country code, and near valid ones."""
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    near = test_numbers()
    while True:
        yield "".join(chance.choices("0123456789", k=chance.randint(3, LONGEST)))
        code = str(chance.choice(codes))
        yield code + "".join(chance.choices("0123456789", k=chance.randint(2, LONGEST - len(code))))
        number = chance.choice(near)
        # The beginning stays, so that most are numbers of the country; the rest is any.
        keep = min(chance.randint(2, len(number)), len(number))
        yield number[:keep] + "".join(chance.choices("0123456789", k=len(number) - keep))
        yield mutated(chance, number)


def check(count):
    """Compares the table that is written with phonenumbers; the number of differences."""
    table, chance, differences, stripped = Table.read(), random.Random(count), 0, 0
    for number, digits in zip(range(count), candidates(chance)):
        found, (wanted, is_stripped) = table.find(digits), expected(digits)
        stripped += is_stripped
        # libphonenumber does not know area codes: one without a valid number is possible, and nobody's. It does not parse a
        # single national digit, and then says no region.
        if found[-1] == UNASSIGNED:
            found = found[:-1] + "n"
        if wanted == NOWHERE + UNKNOWN + "s" == NOWHERE + found[3:]:
            found = wanted
        if found != wanted:
            differences += 1
            print(f"+{digits}: {found!r} in the table, {wanted!r} in phonenumbers")
    print(f"{count} numbers, {differences} differences")
    print(f"{stripped} of them begin with a national prefix, which phonenumbers.parse takes off: compared as they are written")
    return differences


def write_dialing():
    header = HEADER.format(what="Facts from the metadata", version=phonenumbers.__version__)
    PREFIXES.write_text(dialing.source(header))
    CODES.write_text(dialing.codes_source(header))
    header = HEADER.format(what="Example numbers of the metadata", version=phonenumbers.__version__)
    EXAMPLES.write_text(dialing.test_source(header))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", type=int, metavar="N", help="compare on N numbers")
    arguments.add_argument("--dialing", action="store_true", help="write only how numbers are dialled")
    arguments.add_argument("--examples", type=int, metavar="N", help="print N numbers of each country")
    given = arguments.parse_args()
    if given.check is not None:
        sys.exit(1 if check(given.check) else 0)
    if given.examples is not None:
        for line in dialing.examples(given.examples, seed=given.examples):
            print(line)
        return
    if given.dialing:
        write_dialing()
        return
    table = Table.of(Diagram())
    TABLE.write_text(table.source())
    NUMBERS.write_text(test_source())
    write_dialing()
    print(f"{len(table.words) // 30} nodes, {len(table.classes)} classes, {len(table.words) + 5 * len(table.classes)} bytes")


if __name__ == "__main__":
    main()
