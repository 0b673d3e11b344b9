"""The script of a search for the places where the units of a range or of a group are on."""

from typing import TYPE_CHECKING, Final

from rnnviz.checkpoints import EXACT
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.ui.codegen.networks import traced
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.selection import Selection, checkpoint_of
from rnnviz.ui.selection.fields import MAX_ENTRY

if TYPE_CHECKING:
    from rnnviz.checkpoints import Checkpoint
    from rnnviz.ui.pages.hidden_states.groups import Group

DRAWN: Final = 200
"""Sequences that are drawn from a task."""

MOST_STEPS: Final = 100_000
"""The most steps that are searched."""

MOST_VALUES: Final = 4_000_000
"""The most values of a signal on a visitor's own text, steps times units: 16 MB."""

WIDE: Final = 512
"""Units from which on fewer values are searched: a step takes time by the square of its units."""


def script_of(selection: Selection, group: "Group", said: str, text: str = "") -> str:
    """The script: the network, the sequences, its states on them, and the places.

    Args:
        group: The units that are searched for; those of a range have no name.
        said: What the sequences are.
        text: The visitor's own that is searched; empty for others.
    """
    where = {"layer": group.layer, "direction": group.direction}
    alone = {"alone": True} if group.alone else {}
    return script(
        traced(selection),
        _lines(selection, text) if text else _sequences(selection, said),
        set_to("there", "states_on", Raw("rnn"), Raw("corpus"), Raw("known.vectors"), group.signal, **where),
        f"threshold, length = {literal(group.threshold)}, {group.length}",
        f"units = {literal(list(group.units))}  # on at each of these steps",
        "always = always_on(reached_by(there, threshold), 1)",
        set_to(
            "found", "find", Raw("bits_of(there, threshold)"), Raw("units"), Raw("length"), 1,
            **alone, left_out=Raw("always"),
        ),
        'print(f"{found.complete:,} places")',
        "for place in found.places[:30]:",
        '    words = " ".join(corpus.tokens[place.start : place.start + length])',
        "    print(place.units, place.others, corpus.place(place.start), repr(words))",
    )  # fmt: skip


def _lines(selection: Selection, text: str) -> str:
    """Lines that define ``corpus`` of a visitor's own text, which stands in the script if it is short."""
    known = checkpoint_of(selection.model)
    if known is None:
        raise ValueError("only a trained network searches a text; got an untrained one")
    each = "exact_characters_of(line)" if known.splits == EXACT else "words_of(line)"
    split = "own.split_all(known, lines)" if known.tokenizer else f"[{each} for line in lines]"
    is_short = len(text) <= MAX_ENTRY
    lines = [
        f"own_text = {literal(text)}" if is_short else
        'own_text = Path("text.txt").read_text(encoding="utf-8")  # saved there',
        r'lines = [line for line in own_text.split("\n") if line.strip()]',
        f"sequences = {split}",
        f"corpus = TokenCorpus.of(sequences, most={most_steps(known):_})",
    ]  # fmt: skip
    return "\n".join(lines)


def most_steps(known: "Checkpoint") -> int:
    """The most steps of a visitor's own text that are searched."""
    units = known.model.hidden_size
    return min(MOST_STEPS, MOST_VALUES // units * WIDE // max(WIDE, units))


def _sequences(selection: Selection, said: str) -> str:
    """Lines that define ``corpus``; they need ``known``."""
    known = checkpoint_of(selection.model)
    if known is None:
        raise ValueError("only a trained network has sequences to be searched; got an untrained one")
    if known.family.startswith(REVIEWS):
        texts = 'texts = synthetic.reviews(2_000, seed=0)["train"].texts'
        if not said.startswith("synthetic"):
            texts = (
                'every = read(Path("aclImdb"))["test"].texts  # the data set, where you have it\n'
                "chosen = random_of(0).permutation(len(every))[:2_000]\n"
                "texts = [every[k] for k in chosen]"
            )
        split = f"tokens_of(text, has_marks={known.splits == 'review'})[:2_500]"
    else:
        texts = f"texts = [task(known.task).example(seed).text for seed in range(1, {DRAWN + 1})]"
        split = f"{'characters_of' if known.splits == 'characters' else 'words_of'}(text)"
    return f"{texts}\nsequences = [{split} for text in texts]\ncorpus = TokenCorpus.of(sequences, most={MOST_STEPS:_})"
