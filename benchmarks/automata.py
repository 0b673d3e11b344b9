"""How long it takes to learn the automata of networks, how many words are asked for, and whether they are exact.

Run as ``python -m benchmarks.automata [--quick]``. Seconds are those of one core, in which others on the machine do not
count. Beside each stands what rounded hidden states give.
"""

import argparse
import time
from collections.abc import Sequence
from typing import Final

import torch

import rnnviz
from rnnviz import automata, checkpoints
from rnnviz.automata import GRAMMARS, Acceptor, Automaton
from rnnviz.grammars import is_balanced, opens_first

SEEDS: Final = 20
"""Of the random words that are compared."""

LEVELS: Final = range(2, 11)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each network; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.automata", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds of words and two roundings")
    is_quick = parser.parse_args(argv).quick
    torch.set_num_threads(1)
    rnnviz.extract(checkpoints.load("parity-gru"))  # what is loaded at the first one
    for name, grammar in GRAMMARS.items():
        network = automata.acceptor(checkpoints.load(f"{name}-gru"))
        print(f"{name}: {extracted(network, grammar.machine, 2 if is_quick else SEEDS)}", flush=True)
        print(f"    rounded: {rounded(network, grammar.machine, (2, 3) if is_quick else LEVELS)}", flush=True)
        word = automata.disagreement(network, grammar.machine, samples=500 if is_quick else 5000, length=100)
        print(f"    breaks at: {word or 'no word of at most 100 symbols that was compared'}", flush=True)
    for cell in ("rnn", "gru", "lstm"):
        network = automata.acceptor(checkpoints.load(f"brackets-{cell}"), "()", accept="0")
        word = automata.disagreement(network, is_balanced, only=opens_first, samples=0)
        machine, seconds = timed(network, 0)
        agrees = "agrees" if machine.disagreement is None else f"disagrees on {machine.disagreement}"
        print(
            f"brackets, {cell}: {len(machine)} states, {machine.queries} words, {seconds:.3f} s, {agrees}; "
            f"breaks at {word}",
            flush=True,
        )
    return 0


def extracted(network: Acceptor, rule: Automaton, seeds: int) -> str:
    """How often the automaton is that of the rule, and what it took."""
    found = [timed(network, seed) for seed in range(seeds)]
    exact = sum(machine == rule for machine, _ in found)
    agreeing = sum(machine.disagreement is None for machine, _ in found)
    queries = sorted({machine.queries for machine, _ in found})
    seconds = sorted(seconds for _, seconds in found)
    return (
        f"{len(rule)} states, exact with {exact} of {seeds} seeds, no disagreement with {agreeing}; "
        f"{queries[0]} to {queries[-1]} words; {seconds[len(seconds) // 2]:.3f} s, at most {seconds[-1]:.3f}"
    )


def timed(network: Acceptor, seed: int) -> tuple[Automaton, float]:
    """The automaton of a network, and the seconds of one core that it took."""
    begun = time.process_time()
    machine = rnnviz.extract(network, seed=seed)
    return machine, time.process_time() - begun


def rounded(network: Acceptor, rule: Automaton, levels: Sequence[int]) -> str:
    """With which numbers of levels rounded hidden states give the automaton of the rule."""
    wrong = [level for level in levels if automata.quantised(network, levels=level) != rule]
    return f"exact with {len(levels) - len(wrong)} of {len(levels)} numbers of levels; wrong with {wrong or 'none'}"


if __name__ == "__main__":
    raise SystemExit(main())
