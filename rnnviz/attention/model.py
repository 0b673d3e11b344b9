"""A trained network that turns one sequence into another, step by step and as somebody would have it; its files."""

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.attention.cards import FOLDER, LARGEST, read_card
from rnnviz.attention.decoding import END, Arithmetic, Decoding
from rnnviz.attention.network import AttentionNetwork
from rnnviz.attention.recipes import NAMES, NetworkSpec, Score
from rnnviz.attention.tasks import LONGEST, Task, task
from rnnviz.checkpoints.storing import (
    FORMAT,
    card_content,
    content_of,
    packed,
    reading,
    remembered,
    unpacked_format,
    write,
)
from rnnviz.models import filled

# --- What somebody may change: the token that is said at a step, and where the network looks ---

_ROUNDING: Final = 1e-6


def check_forced(forced: Mapping[int, str], limit: int, said: tuple[str, ...]) -> dict[int, str]:
    """Tokens to be said, in the order of their steps; ``said`` is all that can be said, ``limit`` the most steps.

    Raises ValueError if a step is none of these, or a token.
    """
    for step, token in forced.items():
        check_whole("a forced step", step, 0, limit - 1)
        if token not in said:
            raise ValueError(f"a forced token must be one of {' '.join(said)}; got {token!r:.40}")
    return dict(sorted(forced.items()))


def check_edited(
    edited: Mapping[int, Mapping[int, float]], limit: int, places: int, *, has_attention: bool
) -> dict[int, dict[int, float]]:
    """Weights to be put in place of the network's, in the order of steps and places.

    ``limit`` is the most steps, ``places`` the tokens of the source. Raises ValueError if there are no weights, if a
    step, a place or a weight is not possible, or if those of a step sum to more than 1, or are all of that step and sum
    to less.
    """
    if edited and not has_attention:
        raise ValueError("only a network with attention has weights to edit; this one has none")
    for step, weights in edited.items():
        check_whole("an edited step", step, 0, limit - 1)
        for place, weight in weights.items():
            check_whole("an edited position", place, 0, places - 1)
            _check_weight(weight)
        total = math.fsum(weights.values())
        if total > 1 + _ROUNDING:
            raise ValueError(f"the edited weights of step {step} must sum to at most 1; got {total:.6g}")
        if len(weights) == places and total < 1 - _ROUNDING:
            raise ValueError(
                f"no position of step {step} is left to take the rest, so all must sum to 1; got {total:.6g}"
            )
    return {step: dict(sorted(weights.items())) for step, weights in sorted(edited.items()) if weights}


def check_whole(name: str, got: object, least: int, most: int) -> None:
    """Refuse with ValueError what is no whole number within limits."""
    if not isinstance(got, int) or isinstance(got, bool) or not least <= got <= most:
        raise ValueError(f"{name} must be a whole number in {least}..{most}; got {got!r:.40}")


def reweighted(weights: Tensor, edited: Mapping[int, float]) -> Tensor:
    """Weights of one step with some typed over, the others sharing what is left of 1 as they shared what they had.

    The weights before and after are of shape (1, 1, source) and sum to 1; the same come back where nothing is edited.
    ``edited`` is as ``check_edited`` gives it.
    """
    if not edited:
        return weights
    places = list(edited)
    typed = weights.new_tensor([edited[place] for place in places])
    others = weights.clone()
    others[..., places] = 0
    left, had = max(0.0, 1 - math.fsum(edited.values())), float(others.sum())
    if had > 0:
        others = others / had * left
    elif len(places) < weights.shape[-1]:
        others += left / (weights.shape[-1] - len(places))
    others[..., places] = typed
    return others


def _check_weight(weight: object) -> None:
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight <= 1:
        raise ValueError(f"an edited weight must be a number in 0..1; got {weight!r:.40}")


# --- The model ---

MOST_STEPS: Final = 2 * LONGEST
"""The most steps of a decoding, whatever limit is asked for."""

_SLACK: Final = 5
"""Steps beyond those of the right answer that a network is given to come to an end."""


@dataclass(frozen=True, eq=False)
class AttentionModel:
    """A trained network that reads a source and says an output.

    ``task`` is what it learned to do: ``task.samples`` are sources worth a look, ``task.right`` knows the answer.
    ``card`` is what it was made of and what was measured of it, as plain data.

    >>> from rnnviz import attention
    >>> model = attention.load("reverse-additive")
    >>> model.score
    'additive'
    >>> "".join(model.decode("31415").text)
    '51413'
    """

    name: str
    network: AttentionNetwork
    task: Task
    card: Mapping[str, Any]

    @property
    def score(self) -> Score:
        """How a query and a place of the source are compared."""
        return self.network.spec.score

    def check(self, source: object) -> None:
        """Refuse what the network cannot read with ValueError, which says what was wrong, expected and got."""
        self.task.check(source)

    def decode(
        self,
        source: str,
        *,
        forced: Mapping[int, str] | None = None,
        edited: Mapping[int, Mapping[int, float]] | None = None,
        limit: int | None = None,
    ) -> Decoding:
        """What the network says of a source: at each step the likeliest token, which it reads at the next.

        Args:
            source: A token each character; upper and lower case are the same to the network.
            forced: By step from 0, the token that is said whatever the logits say, and read at the next step. Steps
                after the end have no effect.
            edited: By step and place of the source, both from 0, weights that are put in place of the network's. The
                other places of that step share what is left of 1 in proportion to what they had, equally if they had
                nothing.
            limit: The most steps; by default a few more than the right answer takes.

        Raises:
            ValueError: If the source cannot be read, or what is forced, edited or the limit is not possible.
        """
        self.check(source)
        limit = self._limit(len(source)) if limit is None else limit
        check_whole("limit", limit, 1, MOST_STEPS)
        run = _Run(
            self,
            check_forced(forced or {}, limit, self.task.said),
            check_edited(edited or {}, limit, len(source), has_attention=self.score != "none"),
        )
        with torch.inference_mode():
            return run.run(source, limit)

    def arithmetic(self, decoding: Decoding, step: int) -> Arithmetic:
        """Every number of the look at the source at one step, counted from 0, of a decoding of this network.

        Raises:
            ValueError: If the network has no attention, the decoding is of another one, or has no such step.
        """
        if decoding.scores is None or decoding.weights is None or decoding.context is None:
            raise ValueError(f"only a network with attention looks at its source; {self.name} has none")
        if decoding.network != self.name:
            raise ValueError(f"the decoding must be one of {self.name}; got one of {decoding.network}")
        check_whole("step", step, 0, decoding.steps - 1)
        query, keys = decoding.queries[step], decoding.encoded
        weights, context, scores = decoding.weights[step], decoding.context[step], decoding.scores[step]
        with torch.inference_mode():
            terms = self._terms(torch.from_numpy(query.copy()), torch.from_numpy(keys.copy()))
            row = torch.from_numpy(scores.copy())
            exponentials = torch.exp(row - row.max())
        return Arithmetic(
            step=step,
            score="additive" if self.score == "additive" else "dot",
            query=query,
            keys=keys,
            **terms,
            scores=scores,
            largest=float(scores.max()),
            exponentials=exponentials.numpy(),
            total=float(exponentials.sum()),
            softmax=(exponentials / exponentials.sum()).numpy(),
            weights=weights,
            weighted=weights[:, None] * keys,
            context=context,
        )

    def _terms(self, query: Tensor, keys: Tensor) -> dict[str, Any]:
        """The terms that a score is the sum of, and how they come about; arrays."""
        network = self.network
        if network.query is None or network.key is None or network.bias is None or network.v is None:
            nothing = dict.fromkeys(("from_query", "from_keys", "bias", "summed", "activated", "v"))
            return nothing | {"products": (keys * query).numpy()}  # (source, unit)
        from_query, from_keys = functional.linear(query, network.query.weight), network.key(keys)
        summed = from_query + from_keys + network.bias  # (source, attention unit)
        activated, v = torch.tanh(summed), network.v.weight[0]
        tensors = {
            "from_query": from_query,
            "from_keys": from_keys,
            "bias": network.bias,
            "summed": summed,
            "activated": activated,
            "v": v,
            "products": v * activated,
        }
        return {name: tensor.numpy() for name, tensor in tensors.items()}

    def _limit(self, length: int) -> int:
        right = length + 1 if self.task.name == "reverse" else len("YYYY-MM-DD") + 1
        return right + _SLACK


@dataclass(eq=False)
class _Run:
    """One decoding on its way: a row of each a step."""

    model: AttentionModel
    forced: Mapping[int, str]
    edited: Mapping[int, Mapping[int, float]]
    output: list[str] = field(default_factory=list)
    rows: dict[str, list[Tensor]] = field(default_factory=dict)

    def run(self, source: str, limit: int) -> Decoding:
        """Step by step to the end or the limit."""
        network, said = self.model.network, self.model.task.said
        encoded, start = network.encode(torch.from_numpy(self.model.task.encode([source])))
        state, before = start, network.spec.said
        while len(self.output) < limit and self.output[-1:] != [END]:
            queries, state = network.follow(torch.tensor([[before]]), state)
            logits = self._look_and_say(queries, encoded)
            token = self.forced.get(len(self.output), said[int(logits.argmax())])
            before = said.index(token)
            self.output.append(token)
        arrays: dict[str, Any] = dict.fromkeys(("scores", "weights", "context"))
        arrays |= {name: torch.cat(rows).numpy() for name, rows in self.rows.items()}
        return Decoding(
            network=self.model.name,
            score=self.model.score,
            source=tuple(source),
            output=tuple(self.output),
            symbols=said,
            encoded=encoded[0].numpy(),
            start=start[0].numpy(),
            **arrays,
            forced=self.forced,
            edited=self.edited,
        )

    def _look_and_say(self, queries: Tensor, encoded: Tensor) -> Tensor:
        """The logits of one step, all that leads to them being kept."""
        network, context = self.model.network, None
        if network.spec.score != "none":
            scores = network.scores(queries, encoded)
            weights = reweighted(torch.softmax(scores, -1), self.edited.get(len(self.output), {}))
            context = weights @ encoded
            self._keep(scores=scores, weights=weights, context=context)
        combined = network.combined(queries, context)
        logits: Tensor = network.head(combined)
        self._keep(queries=queries, combined=combined, logits=logits, probabilities=torch.softmax(logits, -1))
        return logits

    def _keep(self, **tensors: Tensor) -> None:
        for name, tensor in tensors.items():
            self.rows.setdefault(name, []).append(tensor[0])


# --- Files: the numbers in one, the card in another that people can read ---


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> AttentionModel:
    """A trained network, one of ``NAMES``; nothing in its files is ever executed.

    It is in eval mode and without gradients on its parameters. It is shared, so only use it and do not change it.

    Raises:
        ValueError: If there is none of that name, or its files are damaged.

    >>> from rnnviz import attention
    >>> model = attention.load("reverse-dot")
    >>> "".join(model.decode("2718", forced={0: "5"}).text)
    '5172'
    """
    if name not in NAMES:
        raise ValueError(f"a network must be one of {', '.join(NAMES)}; got {name!r:.80}")
    with reading(f"the network {name} in {folder}"):
        return _read(Path(folder) / f"{name}.safetensors", name)


def save(model: AttentionModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a network and its card as ``<name>.safetensors`` and ``<name>.json``.

    Equal networks give equal bytes of the first. Each file is replaced as a whole; a missing folder is made.
    """
    about = {
        "format": FORMAT,
        "name": model.name,
        "task": model.task.name,
        "network": asdict(model.network.spec),
    }
    tensors = {name: parameter.detach().numpy() for name, parameter in model.network.named_parameters()}
    folder = Path(folder)
    return (
        write(folder / f"{model.name}.safetensors", packed(tensors, about)),
        write(folder / f"{model.name}.json", card_content(model.card)),
    )


@remembered(2 * len(NAMES))
def _read(path: Path, name: str) -> AttentionModel:
    tensors, about = unpacked_format(content_of(path, LARGEST))
    if about["name"] != name:
        raise ValueError(f"its name must be {name}; got {about['name']!r:.80}")
    learned, spec = task(about["task"]), NetworkSpec(**about["network"])
    if (spec.read, spec.said) != (len(learned.read), len(learned.said)):
        raise ValueError(f"{learned.name} has {len(learned.read)} and {len(learned.said)} symbols; got another number")
    network = filled(lambda: AttentionNetwork(spec), tensors)
    return AttentionModel(name, network, learned, read_card(path.with_suffix(".json")))
