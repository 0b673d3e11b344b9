"""``python -m rnnviz agreement``: how far attention agrees with other measures of importance, over many reviews."""

import argparse
from pathlib import Path
from typing import Final

from rnnviz.cli.output import chosen

NETWORK: Final = "bilstm"
LONGEST: Final = 400
_TOLD_EVERY: Final = 100


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``agreement`` and its arguments."""
    parser = commands.add_parser(
        "agreement",
        help="measure how far attention agrees with the gradient and with leaving words out",
        description="Measure, on reviews of the test part, what the page Attention shows beside a review of one's own.",
        allow_abbrev=False,
    )
    told = "the folder aclImdb, or the file imdb_reviews.parquet with imdb_unlabelled.parquet beside it"
    parser.add_argument("--data", type=Path, metavar="PATH", required=True, help=told)
    parser.add_argument("--reviews", type=int, metavar="N", default=1_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="of the draw; default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: assets/models/sentiment/agreement.json")
    parser.set_defaults(command=_agreement)


def _agreement(arguments: argparse.Namespace) -> int:
    """Measure; the file is written once all outcomes are there."""
    import torch

    from rnnviz.sentiment import faithfulness, load
    from rnnviz.sentiment.reviews import read

    if arguments.reviews < 1:
        raise ValueError(f"--reviews must be at least 1; got {arguments.reviews}")
    torch.set_num_threads(1)
    out = chosen(arguments.out, faithfulness.MEASURED)
    model, texts = (
        load(NETWORK),
        faithfulness.draw(arguments.reviews, read(arguments.data)["test"].texts, arguments.seed),
    )
    taus: list[tuple[float, ...]] = []
    for found in faithfulness.each(model, texts, LONGEST):
        taus.append(found)
        if len(taus) % _TOLD_EVERY == 0:
            print(f"{len(taus)} of {len(texts)}", flush=True)
    kept = faithfulness.measured(model, taus, seed=arguments.seed, longest=LONGEST)
    out.write_text(faithfulness.as_text(kept), encoding="utf-8", newline="\n")
    for (one, other), column in zip(faithfulness.PAIRS, kept.taus, strict=True):
        names = f"{faithfulness.WAYS[one]} and {faithfulness.WAYS[other]}"
        print(f"{names}: tau {sum(column) / len(column):.3f} on average over {kept.texts} reviews", flush=True)
    return 0
