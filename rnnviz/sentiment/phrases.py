"""Short phrases of our own, praise and blame, straight and denied, to be read beside reviews.

Reviews alone do not teach what "not bad" means: of the training reviews in which it stands, 41 % praise. What these
phrases say is our opinion and no measurement. The cases of the model card have neither their words nor their frames.
"""

from itertools import product
from typing import Final

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
        (frame.format(word), _SAID[is_praise, is_denied])
        for words, forms, is_denied in frames
        for is_praise in (True, False)
        for frame, word in product(forms, words[is_praise])
    )
