# SPDX-License-Identifier: Apache-2.0
"""The decision diagram over the digits of a number, country code first, made of libphonenumber's metadata.

For each length one root, ten children a node, and a leaf as soon as what is left cannot change the answer. Equal nodes are
one. A leaf is a class, which is text: region in three characters, kind and validity in one each.
"""

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata

LONGEST = 15  # E.164 §6.2.1

# In the order in which libphonenumber asks; the letters are those of NumberPlan.Kind.
KINDS = {
    "premium_rate": "P", "toll_free": "T", "shared_cost": "S", "voip": "I", "personal_number": "N", "pager": "G", "uan": "U",
    "voicemail": "V", "fixed_line": "F", "mobile": "M",
}
EITHER, UNKNOWN = "E", "-"
TYPES = {
    PhoneNumberType.PREMIUM_RATE: "P", PhoneNumberType.TOLL_FREE: "T", PhoneNumberType.SHARED_COST: "S",
    PhoneNumberType.VOIP: "I", PhoneNumberType.PERSONAL_NUMBER: "N", PhoneNumberType.PAGER: "G", PhoneNumberType.UAN: "U",
    PhoneNumberType.VOICEMAIL: "V", PhoneNumberType.FIXED_LINE: "F", PhoneNumberType.MOBILE: "M",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: EITHER, PhoneNumberType.UNKNOWN: UNKNOWN,
}
# The letters of NumberPlan.Validity. A number that can only be dialled within its area lacks the area code: too short.
LENGTHS = {
    ValidationResult.IS_POSSIBLE: "n", ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "s", ValidationResult.TOO_SHORT: "s",
    ValidationResult.INVALID_LENGTH: "w", ValidationResult.TOO_LONG: "l",
}
VALID, UNASSIGNED, NO_COUNTRY = "v", "a", "c"
NOWHERE = "-- "  # of a country code that several regions share, and none has the number


# ------------------------------------------------------------------------------------------------- regular expressions

class Pattern:
    """A regular expression as libphonenumber writes them, read into a shared automaton: groups, classes, \\d, ? {n} {n,m}."""

    def __init__(self, automaton, text):
        self.automaton, self.text, self.at = automaton, text, 0

    def compile(self, state):
        """Adds the expression behind `state`; the state behind all of it."""
        end = self.alternatives(state)
        if self.at != len(self.text):
            self.fail()
        return end

    def fail(self):
        raise ValueError(f"cannot read {self.text!r} at {self.at}")

    def peek(self):
        return self.text[self.at:self.at + 1]

    def alternatives(self, start):
        end = self.automaton.state()
        while True:
            state = start
            while self.peek() not in ("", "|", ")"):
                state = self.repeated(state)
            self.automaton.join(state, end)
            if self.peek() != "|":
                return end
            self.at += 1

    def repeated(self, state):
        begin = self.at
        end = self.atom(state)
        after, low, high = self.quantifier()
        if (low, high) == (1, 1):
            return end
        # Read anew as often as it is needed; what was read above is left without a way out.
        skips = []
        for count in range(high):
            if count >= low:
                skips.append(state)
            self.at = begin
            state = self.atom(state)
        for skipped in skips:
            self.automaton.join(skipped, state)
        self.at = after
        return state

    def quantifier(self):
        if self.peek() == "?":
            self.at += 1
            return self.at, 0, 1
        if self.peek() == "{":
            close = self.text.index("}", self.at)
            bounds = self.text[self.at + 1:close].split(",")
            self.at = close + 1
            return self.at, int(bounds[0]), int(bounds[-1])
        return self.at, 1, 1

    def atom(self, state):
        if self.text.startswith("(?:", self.at) or self.peek() == "(":
            self.at += 3 if self.text.startswith("(?:", self.at) else 1
            end = self.alternatives(state)
            if self.peek() != ")":
                self.fail()
            self.at += 1
            return end
        end = self.automaton.state()
        for digit in self.digits():
            self.automaton.step(state, digit, end)
        return end

    def digits(self):
        if self.text.startswith("\\d", self.at):
            self.at += 2
            return range(10)
        if self.peek() == "[":
            close = self.text.index("]", self.at)
            body = self.text[self.at + 1:close].replace("\\d", "0-9")
            self.at = close + 1
            digits = []
            while body:
                last = body[2] if body[1:2] == "-" else body[0]
                digits += range(int(body[0]), int(last) + 1)
                body = body[3:] if body[1:2] == "-" else body[1:]
            return digits
        if not self.peek().isdigit():
            self.fail()
        self.at += 1
        return [int(self.text[self.at - 1])]


class Automaton:
    """Many patterns side by side; a set of states is an integer, one bit each."""

    def __init__(self):
        self.steps, self.empty = [], []
        self.start = self.state()

    def state(self):
        self.steps.append([0] * 10)
        self.empty.append(0)
        return len(self.steps) - 1

    def join(self, source, target):
        self.empty[source] |= 1 << target

    def step(self, source, digit, target):
        self.steps[source][digit] |= 1 << target

    def add(self, text, then_anything=False):
        """The bit of the state in which the digits so far are what `text` says, or begin with it."""
        begin = self.state()
        self.join(self.start, begin)
        end = Pattern(self, text).compile(begin)
        if then_anything:
            for digit in range(10):
                self.step(end, digit, end)
        return 1 << end

    def closure(self, states):
        found, todo = states, states
        while todo:
            lowest = todo & -todo
            todo ^= lowest
            new = self.empty[lowest.bit_length() - 1] & ~found
            found |= new
            todo |= new
        return found

    def next(self, states, digit):
        reached = 0
        while states:
            lowest = states & -states
            states ^= lowest
            reached |= self.steps[lowest.bit_length() - 1][digit]
        return self.closure(reached)


# ------------------------------------------------------------------------------------------------- what libphonenumber says

class Region:
    """The patterns of one region, asked in the order in which libphonenumber's `_number_type_helper` asks them."""

    def __init__(self, automaton, metadata):
        self.name = metadata.id
        self.leading = automaton.add(metadata.leading_digits, then_anything=True) if metadata.leading_digits else None
        self.general = self.description(automaton, metadata.general_desc)
        self.kinds = [(letter, self.description(automaton, getattr(metadata, kind))) for kind, letter in KINDS.items()]
        self.is_same = metadata.same_mobile_and_fixed_line_pattern

    @staticmethod
    def description(automaton, desc):
        if desc is None or not desc.national_number_pattern:
            return None
        return automaton.add(desc.national_number_pattern), frozenset(desc.possible_length)

    @staticmethod
    def matches(description, states, length):
        return description is not None and states & description[0] != 0 and (not description[1] or length in description[1])

    def kind(self, states, length):
        if not self.matches(self.general, states, length):
            return UNKNOWN
        fits = {letter: self.matches(description, states, length) for letter, description in self.kinds}
        for letter in KINDS.values():
            if fits[letter] and letter == "F":
                return EITHER if self.is_same or fits["M"] else "F"
            if fits[letter] and not (letter == "M" and self.is_same):
                return letter
        return UNKNOWN


class Country:
    """A country code: the regions that share it, the first that has a number wins."""

    def __init__(self, code):
        self.code = code
        names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        self.automaton = Automaton()
        self.regions = [
            Region(self.automaton, PhoneMetadata.metadata_for_region_or_calling_code(code, name)) for name in names]
        self.begin = self.automaton.closure(1 << self.automaton.start)

    def length_class(self, length):
        if length < 2:
            return "s"
        return LENGTHS[phonenumbers.is_possible_number_with_reason(national(self.code, "1" * length))]

    def leaf(self, states, length):
        region = self.regions[0]
        if len(self.regions) > 1:
            region = next((region for region in self.regions if self.has(region, states, length)), None)
        kind = region.kind(states, length) if region else UNKNOWN
        validity = self.length_class(length) if kind == UNKNOWN else VALID
        return (region.name.ljust(3) if region else NOWHERE) + kind + validity

    @staticmethod
    def has(region, states, length):
        if region.leading is not None:
            return states & region.leading != 0
        return region.kind(states, length) != UNKNOWN


def national(code, digits):
    """The number with exactly these national digits, nothing taken off."""
    zeros = min(len(digits) - len(digits.lstrip("0")), len(digits) - 1)
    return PhoneNumber(
        country_code=code, national_number=int(digits), italian_leading_zero=True if zeros else None,
        number_of_leading_zeros=zeros if zeros > 1 else None)


# ------------------------------------------------------------------------------------------------- the diagram

class Diagram:
    """Nodes are tuples of ten; a child is a node's number, or a class, which is text."""

    def __init__(self):
        self.nodes, self.numbers = [], {}
        countries = {str(code): Country(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)}
        self.roots = [self.international(countries, "", length) for length in range(LONGEST + 1)]

    def node(self, children):
        if isinstance(children[0], str) and all(child == children[0] for child in children):
            return children[0]
        if children not in self.numbers:
            self.numbers[children] = len(self.nodes)
            self.nodes.append(children)
        return self.numbers[children]

    def international(self, countries, code, left):
        """The diagram behind the digits `code` of a country code, with `left` digits to come."""
        if code in countries:
            state = self.national(countries[code], left)
            return self.without_area_codes(state) if code == "1" and left == 10 else state
        if not any(other.startswith(code) for other in countries):
            return NOWHERE + UNKNOWN + NO_COUNTRY
        if left == 0:
            return NOWHERE + UNKNOWN + "s"
        return self.node(tuple(self.international(countries, code + str(digit), left - 1) for digit in range(10)))

    def national(self, country, length):
        """The diagram of the national digits, `length` of them."""
        memory = {}

        def build(states, left):
            if left == 0 or states == 0:
                return country.leaf(states, length)
            if (states, left) not in memory:
                children = (build(country.automaton.next(states, digit), left - 1) for digit in range(10))
                memory[states, left] = self.node(tuple(children))
            return memory[states, left]

        return build(country.begin, length)

    def without_area_codes(self, state, depth=3):
        """`state`, with UNASSIGNED for every area code of the NANP in which no number is valid."""
        if not self.has_valid(state):
            return NOWHERE + UNKNOWN + UNASSIGNED
        if depth == 0 or isinstance(state, str):
            return state
        return self.node(tuple(self.without_area_codes(child, depth - 1) for child in self.nodes[state]))

    def has_valid(self, state):
        if isinstance(state, str):
            return state[-1] == VALID
        return any(map(self.has_valid, self.nodes[state]))
