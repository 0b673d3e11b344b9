"""The general sentences of the texts: of always, of never, of all cells and of none; each with the test that claims it.

``python -m tests.statements.general`` writes ``docs/statements.md``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.serving import ROOT

DOCUMENT: Final = "docs/statements.md"

_GENERAL: Final = re.compile(r"\b(always|never|all cells|no (cell|network|seed))\b(?! state)", re.IGNORECASE)
_ENDS: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z*“(#])")


@dataclass(frozen=True)
class Claim:
    """What makes a sentence true.

    Attributes:
        test: ``file::function``, from the folder of the tests.
        over: Seeds and settings over which it is tried; or that it holds by definition, which the test shows.
    """

    test: str
    over: str


_HERE: Final = "statements/test_general.py"
CLAIMS: Final[Mapping[str, Claim]] = {
    "the reason is not the size of a state but lengths that training never had": Claim(
        f"{_HERE}::test_networks_that_reverse_fail_beyond_the_lengths_of_their_training", "2 networks with attention"
    ),
    "the decoder has never had to count so far": Claim(
        f"{_HERE}::test_networks_that_reverse_fail_beyond_the_lengths_of_their_training", "all 3 networks"
    ),
    "and never their order": Claim(
        f"{_HERE}::test_a_temperature_keeps_the_order", "20 draws, all 41 temperatures of the control"
    ),
    "The same settings and the same text always open the same run": Claim(
        f"{_HERE}::test_equal_settings_are_one_run", "20 seeds, 3 cells"
    ),
    "it is never farther than": Claim(
        "ui/test_cliff_view.py::test_the_prose_about_the_descent_along_the_cliff_is_true", "this descent"
    ),
    "But it never lands on the steep strip": Claim(
        "ui/test_cliff_view.py::test_the_prose_about_the_descent_along_the_cliff_is_true", "this descent"
    ),
    "at 1 and above no network has a finite number left": Claim(
        f"{_HERE}::test_no_unclipped_network_is_left_at_a_rate_of_1_and_above", "20 seeds, all rates from 1"
    ),
    "the norm before clipping never exceeds": Claim(
        "statements/test_clipping.py::test_the_clipped_irnn_is_better_than_without_memory", "this run"
    ),
    "No cell learned the task “Copy”": Claim(
        "test_comparison.py::test_what_the_text_below_says_of_failures", "5 cells, 3 distances, 3 seeds"
    ),
    "no cell learned “Latch” at its longest distance": Claim(
        "test_comparison.py::test_what_the_text_below_says_of_failures", "3 cells, 3 seeds"
    ),
    "At the origin lie the gates that are never either": Claim(
        f"{_HERE}::test_where_a_gate_lies_that_is_never_shut_and_never_open", "by definition; 20 seeds, 2 cells"
    ),
    "it must never be nearly shut": Claim(
        f"{_HERE}::test_where_a_gate_lies_that_is_open_at_almost_every_step", "by definition"
    ),
    "A gate that is always $f$ leaves": Claim(f"{_HERE}::test_what_a_constant_gate_leaves", "20 gates, 50 steps"),
    "In a plain RNN the state of the unit is always 0": Claim(
        f"{_HERE}::test_a_unit_without_weights_is_0_in_a_plain_rnn", "20 seeds, tanh and ReLU"
    ),
    "is never smaller than either": Claim(
        f"{_HERE}::test_the_frobenius_norm_is_the_largest", "20 seeds, 3 cells, all sizes of the control"
    ),
    "never lengthens short ones": Claim(f"{_HERE}::test_clipping_never_lengthens", "20 seeds, 5 thresholds"),
    "All cells learn to add over": Claim(f"{_HERE}::test_who_adds_over_short_distances", "5 cells, 3 seeds"),
    "The baseline always outputs 1": Claim(f"{_HERE}::test_the_baseline_of_adding", "20 seeds, all distances"),
    "In the latch task the distance is always the full one": Claim(
        f"{_HERE}::test_the_distance_of_the_latch", "20 seeds, all distances"
    ),
    "All cells solve the task over": Claim(f"{_HERE}::test_who_solves_the_order_of_few_letters", "5 cells, 3 seeds"),
    "the LSTM without it solves the task for no seed": Claim(
        "statements/test_memory.py::test_where_a_forget_bias_of_1_brings_the_lstm_to_the_gru_and_past_it", "3 seeds"
    ),
    "no cell solves the task with all": Claim(
        "statements/test_memory.py::test_who_solves_the_latch_with_the_shortest_window", "5 cells, 3 seeds"
    ),
    "the shortest window that always holds": Claim(
        f"{_HERE}::test_the_longest_window_holds_what_must_be_remembered", "by definition; 20 seeds, 4 tasks"
    ),
    "Before the end the target is always a blank": Claim(
        f"{_HERE}::test_the_copy_task_asks_for_blanks_first", "20 seeds, all distances"
    ),
    "but never that of a bag of words": Claim(
        f"{_HERE}::test_a_bag_of_words_does_not_see_the_order", "20 orders of each review that ships"
    ),
    "A network that always predicts 0.5": Claim(f"{_HERE}::test_the_loss_of_one_half", "both labels"),
    "No network was trained on these sentences": Claim(
        "sentiment/test_phrases.py::test_no_case_has_the_frame_of_a_phrase", "all 40 sentences, all phrases"
    ),
    "so the same input always gives the same state": Claim(
        f"{_HERE}::test_without_a_loop_the_same_input_gives_the_same_state", "20 seeds, 2 activations"
    ),
    "The first column never changes": Claim(
        f"{_HERE}::test_the_first_step_does_not_depend_on_the_recurrent_weights", "20 seeds, 3 cells"
    ),
    "there the last column never changes": Claim(
        f"{_HERE}::test_the_first_step_does_not_depend_on_the_recurrent_weights", "20 seeds, 3 cells"
    ),
}
"""By words that stand in one general sentence only."""


def sentences() -> Iterator[tuple[str, str]]:
    """The general sentences of the pages and the tours, each with its file; what only asks claims nothing."""
    for folder in ("assets/text", "assets/tours"):
        for path in sorted((ROOT / folder).glob("*.md")):
            words = " ".join(re.sub(r"<!--.*?-->", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL).split())
            for sentence in _ENDS.split(words):
                if _GENERAL.search(sentence) and not sentence.endswith("?"):
                    yield path.relative_to(ROOT).as_posix(), sentence


def claims_of(sentence: str) -> list[Claim]:
    """The claims whose words stand in a sentence."""
    return [claim for words, claim in CLAIMS.items() if words in sentence]


def document() -> str:
    """The list of all, as Markdown."""
    rows = [
        f"| {sentence.replace('|', '&#124;')} | `{path}` | {claim.over} | `{claim.test.rpartition('::')[2]}` |"
        for path, sentence in sentences()
        for claim in claims_of(sentence)
    ]
    return "\n".join(
        [
            "# General sentences and what makes them true",
            "",
            "Sentences of the pages and tours that speak of always, of never, of all cells or of none. Each has a test",
            "that tries it over the seeds and settings named here; the tests fail if a sentence of this kind comes",
            "without one. `python -m tests.statements.general` writes this list.",
            "",
            "| Sentence | Where | Tried over | Test |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    (ROOT / DOCUMENT).write_text(document(), encoding="utf-8")
