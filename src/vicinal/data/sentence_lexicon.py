"""The concepts of the sentence grammar: their words, and which is a kind of which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "person", "thing", "person_trait", "thing_trait", "act_on_person", "act_on_thing", "place",
    "time",
]  # fmt: skip

# One concept a line: name [< kinds it belongs to]: its words. A verb's words are past|participle
# where the two differ.
LEXICON_TABLES: Mapping[Kind, str] = {
    "person": """
        person: person, human
        worker < person: worker, employee
        doctor < worker: doctor, physician
        lawyer < worker: lawyer, attorney
        pilot < worker: pilot, aviator
        farmer < worker: farmer, grower
        baker < worker: baker
        teacher < worker: teacher
        musician < person: musician
        pianist < musician: pianist
        violinist < musician: violinist
        singer < musician: singer, vocalist
        athlete < person: athlete
        swimmer < athlete: swimmer
        runner < athlete: runner
        boxer < athlete: boxer, fighter
        child < person: child, kid
        boy < child: boy, lad
        girl < child: girl, lass
        """,
    "thing": """
        object: object, thing
        vehicle < object: vehicle
        car < vehicle: car, automobile
        truck < vehicle: truck, lorry
        bicycle < vehicle: bicycle, bike
        boat < vehicle: boat
        instrument < object: instrument
        guitar < instrument: guitar
        violin < instrument: violin, fiddle
        flute < instrument: flute
        tool < object: tool
        hammer < tool: hammer, mallet
        saw < tool: saw
        wrench < tool: wrench, spanner
        garment < object: garment
        coat < garment: coat, jacket
        shirt < garment: shirt
        scarf < garment: scarf
        """,
    "person_trait": """
        tall: tall
        short: short
        happy: happy, glad
        delighted < happy: delighted, thrilled
        sad: sad, unhappy
        rich: rich, wealthy
        poor: poor, penniless
        clever: clever, smart
        brilliant < clever: brilliant
        foolish: foolish, silly
        young: young
        elderly: elderly, aged
        """,
    "thing_trait": """
        big: big, large
        gigantic < big: gigantic, enormous
        small: small, little
        tiny < small: tiny, minute
        red: red
        crimson < red: crimson, scarlet
        blue: blue
        navy < blue: navy
        old: old, ancient
        new: new, recent
        cheap: cheap, inexpensive
        expensive: expensive, costly
        clean: clean
        dirty: dirty, filthy
        """,
    "act_on_person": """
        contact: contacted, reached
        phone < contact: phoned, called
        visit < contact: visited
        help: helped, assisted
        teach < help: taught, instructed
        heal < help: healed, cured
        hurt: hurt, injured
        hit < hurt: hit, struck
        praise: praised, complimented
        criticize: criticized, blamed
        """,
    "act_on_thing": """
        get: got|gotten, obtained
        buy < get: bought, purchased
        steal < get: stole|stolen, swiped
        sell: sold
        move: moved, shifted
        carry < move: carried, hauled
        throw < move: threw|thrown, tossed
        damage: damaged, harmed
        smash < damage: smashed, shattered
        burn < damage: burned, scorched
        repair: repaired, fixed
        """,
    "place": """
        house: in the house, in the home
        kitchen < house: in the kitchen
        bedroom < house: in the bedroom, in the chamber
        garden: in the garden
        orchard < garden: in the orchard
        school: in the school
        classroom < school: in the classroom
        gym < school: in the gym, in the gymnasium
        station: in the station
        market: in the market, in the bazaar
        """,
    "time": """
        monday: on monday
        friday: on friday
        sunday: on sunday
        morning: in the morning
        evening: in the evening
        monday morning < monday morning: on monday morning
        monday evening < monday evening: on monday evening
        friday morning < friday morning: on friday morning
        friday evening < friday evening: on friday evening
        summer: in summer
        july < summer: in july
        winter: in winter
        january < winter: in january
        """,
}
OPPOSITES: tuple[tuple[str, str], ...] = (
    ("tall", "short"), ("happy", "sad"), ("rich", "poor"), ("clever", "foolish"),
    ("young", "elderly"), ("big", "small"), ("gigantic", "tiny"), ("red", "blue"), ("old", "new"),
    ("cheap", "expensive"), ("clean", "dirty"), ("help", "hurt"), ("praise", "criticize"),
    ("buy", "sell"), ("damage", "repair"), ("morning", "evening"), ("summer", "winter"),
)  # fmt: skip


@dataclass(frozen=True)
class Concept:
    """A meaning: its kind, the words that express it and the concepts it is a kind of."""

    name: str
    kind: Kind
    words: tuple[str, ...]
    parents: frozenset[str]


def _read_lexicon() -> dict[str, Concept]:
    lexicon: dict[str, Concept] = {}
    for kind, table in LEXICON_TABLES.items():
        names = [line.split(":")[0].split("<")[0].strip() for line in table.strip().splitlines()]
        for name, line in zip(names, table.strip().splitlines(), strict=True):
            head, words = line.split(":")
            parents = head.split("<")[1].split() if "<" in head else []
            lexicon[name] = Concept(
                name, kind, tuple(word.strip() for word in words.split(",")), frozenset(parents)
            )
    return lexicon


LEXICON: Mapping[str, Concept] = _read_lexicon()
