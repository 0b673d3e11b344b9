"""A trained network that turns one sequence into another, step by step, and as somebody else would have it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.attention.decoding import END, Arithmetic, Decoding
from rnnviz.attention.editing import check_edited, check_forced, check_whole, reweighted
from rnnviz.attention.network import AttentionNetwork
from rnnviz.attention.recipes import Score
from rnnviz.attention.tasks import LONGEST, Task

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
    >>> "".join(model.decode("31415").said)
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
