"""Short texts of our own: phrases that a training reads beside reviews, and sentences that none reads, for the card.

Reviews alone do not teach what "not bad" means: of the training reviews in which it stands, 41 % praise. What the
phrases say is our opinion and no measurement, straight and denied.

The sentences are easy to misjudge. They were written before any network was asked, and all of them are kept. No network
was trained on them or chosen by them. None has a word or a frame of the phrases: a network that has only learned those
gets nothing from them here.
"""

from itertools import product
from typing import Final, Literal, NamedTuple, get_args

DESCRIBED: Final = {
    True: (
        *("splendid", "wonderful", "brilliant", "excellent", "moving", "clever", "beautiful", "gripping", "charming"),
        *("perfect", "amazing", "enjoyable", "entertaining", "interesting", "convincing", "impressive", "memorable"),
    ),
    False: (
        *("awful", "horrible", "dull", "lame", "weak", "poor", "silly", "annoying", "predictable", "disappointing"),
        *("pathetic", "ridiculous", "unwatchable", "tedious", "forgettable", "cheap", "ugly"),
    ),
}
DONE: Final = {True: ("love", "enjoy", "admire", "recommend"), False: ("hate", "despise", "loathe", "detest")}
"""Adjectives and verbs, by whether they praise."""

_STRAIGHT: Final = ("{}", "it is {}", "this was {}", "the film is {}.", "so {}!", "the acting was {}")
_DENIED: Final = (
    *("not {}", "it is not {}", "this was not {} at all", "the film isn't {}.", "it wasn't {}", "never {}"),
    *("nothing {} about it", "the acting was not {}"),
)
_I: Final = ("I {} it", "you will {} it", "I {} this film.")
_I_NEVER: Final = ("I did not {} it", "I don't {} it", "you will not {} it", "I didn't {} this film.")

_SAID: Final = {(True, False): 0.9, (False, False): 0.1, (True, True): 0.15, (False, True): 0.75}
"""The probability of praise by whether the word praises and whether it is denied: a blame denied is faint praise."""

FRAMES: Final = (*_STRAIGHT, *_DENIED, *_I, *_I_NEVER)
"""Every phrase is one of these with a word in it."""


def phrases() -> tuple[tuple[str, float], ...]:
    """Every phrase, with the probability of praise that we give it."""
    frames = ((DESCRIBED, _STRAIGHT, False), (DESCRIBED, _DENIED, True), (DONE, _I, False), (DONE, _I_NEVER, True))
    return tuple(
        (frame.format(word), _SAID[is_positive, is_denied])
        for words, forms, is_denied in frames
        for is_positive in (True, False)
        for frame, word in product(forms, words[is_positive])
    )


# --- Sentences for the card ---

Kind = Literal["negation", "contrast", "irony", "idiom", "comparison"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Case(NamedTuple):
    """A sentence, whether a person would take it for praise, and what makes it hard."""

    text: str
    is_positive: bool
    kind: Kind


def _both(kind: Kind, positive: tuple[str, ...], negative: tuple[str, ...]) -> tuple[Case, ...]:
    return tuple(
        Case(text, is_positive, kind) for is_positive, texts in ((True, positive), (False, negative)) for text in texts
    )


CASES: Final[tuple[Case, ...]] = (
    *_both(
        "negation",
        (
            "There is hardly a scene I would cut.",
            "I never once looked at my watch.",
            "Not a single joke falls flat.",
            "You won't be sorry that you bought a ticket.",
            "Nobody in our row wanted it to end.",
        ),
        (
            "I can't say that I was thrilled.",
            "None of the jokes made me laugh.",
            "It fails to build any suspense.",
            "There isn't one character worth caring about.",
            "I wouldn't sit through this a second time.",
        ),
    ),
    *_both(
        "contrast",
        (
            "The first hour drags, yet by the end I was in tears and grateful.",
            "I had feared the worst, and it turned out to be the best night of my year.",
            "The plot is nonsense, but I grinned from start to finish.",
            "Critics tore it apart; to me it is a small miracle.",
            "Although the effects look dated, the story still works like a charm.",
        ),
        (
            "Great cast, great music, and still I could not wait to leave.",
            "It starts as a masterpiece and ends as a mess.",
            "The trailer promised a thriller, the film delivered a nap.",
            "My friends adored it, while I counted the minutes.",
            "For all its lovely pictures, there is nothing underneath.",
        ),
    ),
    *_both(
        "irony",
        (
            "My only complaint is that it had to end.",
            "Be warned that you may want to see it three times.",
            "How dare they make me cry in front of my kids.",
            "I am furious that nobody told me about this film sooner.",
        ),
        (
            "Bravo for two hours in which nothing happens.",
            "A must see for everybody who likes to watch walls.",
            "What a joy it was to see the credits at last.",
            "Congratulations to whoever stayed awake.",
        ),
    ),
    *_both(
        "idiom",
        (
            "It knocked my socks off.",
            "The lead actor steals the show and hits every note.",
            "This one is a keeper.",
        ),
        (
            "It left me cold.",
            "The script is all over the place and the ending falls on its face.",
            "It never gets off the ground.",
        ),
    ),
    *_both(
        "comparison",
        (
            "It beats everything else that I saw this year.",
            "I have not laughed this hard since I was a child.",
            "Next to this, the original looks like a rehearsal.",
        ),
        (
            "The book is ten times better.",
            "I have seen more life in a bowl of soup.",
            "It is no match for the first part.",
        ),
    ),
)
