"""The code behind the page of characters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rnnviz.palette import Theme
from rnnviz.ui.codegen.drawing import Drawing, curves_of
from rnnviz.ui.codegen.source import Raw, literal, script, set_to

if TYPE_CHECKING:
    from rnnviz.spec import CharacterSpec
    from rnnviz.ui.pages.characters.match_payload import Pattern
    from rnnviz.ui.pages.characters.match_payload import Request as Matched
    from rnnviz.ui.pages.characters.neuron_payload import Request as Colored
    from rnnviz.ui.pages.characters.writing_payload import Request as Written


def loaded(network: str) -> str:
    """A network that reads characters, as ``model``."""
    return f"model = characters.load({literal(network)})"


# --- Temperature ---


@dataclass(frozen=True)
class TemperatureFigure:
    """The request for a figure of temperatures: all that it depends on.

    Attributes:
        network, prompt: Both empty for Raschka's example.
    """

    name: Literal["example", "bars", "entropy"]
    temperatures: tuple[float, ...]
    theme: Theme
    network: str = ""
    prompt: str = ""


def temperatures(
    request: TemperatureFigure, drawing: Drawing, logits: Sequence[float] = (), labels: Sequence[str] = ()
) -> str:
    """The script of a figure of temperatures; ``logits`` and their ``labels`` stand in place of those of a network."""
    source = [f"logits = np.array({literal(list(logits))})"]
    if not logits:
        source = [
            loaded(request.network),
            f"prompt = {literal(request.prompt)}",
            "logits = model.logits(opening(model, prompt))[-1]  # of what comes next",
        ]
    chosen = [
        f"temperatures = {literal(request.temperatures)}",
        "found = np.array([distribution(logits, t) for t in temperatures])",
        "bits = entropy(found)",
    ]
    shown = {"entropy": _CURVE, "bars": _LIKELIEST, "example": (f"labels = {literal(list(labels))}",)}
    return script(*source, *chosen, *shown[request.name], drawing.shown())


_CURVE: Final = (
    "places = np.linspace(0.05, 5.0, 100)",
    "curve = entropy(np.array([softmax(logits, t) for t in places]))",
    "chosen = list(zip(temperatures, bits.tolist()))",
)
_LIKELIEST: Final = (
    'likeliest = np.argsort(-logits, kind="stable")[:12]',
    f"signs = {literal({' ': '␣', chr(10): '↵', chr(9): '⇥'})}",
    "symbols = [model.alphabet.symbols[k] for k in likeliest]",
    "labels = [signs.get(symbol, symbol) for symbol in symbols]",
)


# --- What is written, read, tracked, matched ---


def writing(request: "Written", told: "Mapping[str, object]", t: int) -> str:
    """The script of a text that a network writes or reads.

    Args:
        told: What the picture is told beside the text.
        t: The selected step.
    """
    model, how = Raw("model"), {"count": request.count, "temperature": request.temperature, "seed": request.seed}
    done = set_to("found", "characters.generate", model, request.text, **how)
    if not request.writes:
        done = set_to("found", "characters.score", model, request.text)
    return script(
        loaded(request.network),
        done,
        "print(found.text)",
        'print(f"{found.bits.mean():.3f} bits a character")\n',
        "steps = np.arange(len(found.logits))",
        "p = found.probabilities[steps, found.ids[1:]]  # of the character that came",
        "after = list(found.text[1:])",
        'table = pd.DataFrame({"next": after, "p": p, "bits": found.bits})',
        "print(table.round(3).to_string())",
        "layer = model.spec.num_layers - 1",
        'h = model.trace(found.text[:-1]).panel("h", layer=layer)  # (time, unit)\n',
        set_to("drawn", "pictures.writing", model, Raw("found"), **told, t=t),
        "rnnviz.show(drawn).show()",
    )


def neurons(
    request: "Colored",
    begin: "Mapping[str, Any]",
    told: "Mapping[str, Any]",
    *,
    held: str = "",
    ablated: bool = False,
) -> str:
    """The script of a text in the colours of a unit, and of which units follow a property of it.

    Args:
        begin: The ``unit``, the character ``t`` and the property ``what`` that are selected.
        told: What the picture is told of network and text.
        held: The function of ``rnnviz.characters.neurons`` that gives what was measured on held-out text.
        ablated: Whether it was measured what the ablation of units changes.
    """
    signal, subject = request.signal, request.network.partition("-")[0]
    more: dict[str, object] = {"held": Raw(f"neurons.{held}(model)")} if held else {}
    more |= {"ablated": Raw("ablating.load(model)")} if ablated else {}
    at = {"begins": begin["what"], "unit": begin["unit"], "t": begin["t"]}
    return script(
        loaded(request.network),
        f"text = {literal(request.text)}",
        f"values = model.trace(text).panel({literal(signal)})  # (time, unit)",
        "read = model.alphabet.decode(model.alphabet.encode(text))",
        f"told = properties(read, {literal(subject)})",
        f"r = tracked({{{literal(signal)}: values}}, told).r[{literal(signal)}]",
        "names = [one.name for one in told]",
        f"of = r[names.index({literal(begin['what'])})]",
        "best = np.argsort(-np.abs(np.nan_to_num(of)))[:5]",
        "print({int(k): round(float(of[k]), 3) for k in best})  # units, by correlation\n",
        set_to(
            "drawn", "pictures.colored_text", Raw("read"), signal, Raw("values"), Raw("told"), **more,
            typed=Raw("text"), **{**told, **at},
        ),
        "rnnviz.show(drawn).show()",
    )  # fmt: skip


def match(request: "Matched", pattern: "Pattern", told: "Mapping[str, object]") -> str:
    """The script of a phrase, the units that are on in it, and where else in the text they are.

    Args:
        told: What the picture is told of network and text.
    """
    alone = {"alone": True} if pattern.alone else {}
    found = {**alone, "left_out": Raw("always")}
    return script(
        loaded(request.network),
        f"text = {literal(request.text)}",
        f"values = model.trace(text).panel({literal(request.signal)})  # (time, unit)",
        f"reached = levels(values, THRESHOLDS[{literal(request.signal)}])",
        f"begin, end, level = {pattern.begin}, {pattern.end}, {pattern.level}",
        set_to("units", "units_on", Raw("reached"), Raw("begin"), Raw("end"), Raw("level"), **alone),
        "always = always_on(reached, level)",
        "print(repr(text[begin:end]), units)\n",
        "length = end - begin",
        "# In the text itself; python -m rnnviz index reads the library.",
        set_to("found", "find", Raw("packed(reached)"), Raw("units"), Raw("length"), Raw("level"), **found),
        "for place in found.places[:30]:",
        "    there = text[place.start : place.start + length]",
        "    print(place.units, place.others, repr(there))\n",
        "read = model.alphabet.decode(model.alphabet.encode(text))",
        set_to(
            "drawn", "pictures.phrase", Raw("read"), request.signal, Raw("reached"), typed=Raw("text"), **told,
            span=Raw("(begin, end)"), level=Raw("level"), **alone,
        ),
        "rnnviz.show(drawn).show()",
    )  # fmt: skip


# --- Trainings ---


def curves(subject: str, drawing: Drawing) -> str:
    """The script of how the three cells of a subject, "python" or "shakespeare", learned."""
    return script(
        'cells = ("rnn", "lstm", "gru")',
        f'cards = {{cell: characters.card(f"{subject}-{{cell}}") for cell in cells}}',
        'keys = ("update", "train", "validation")',
        "courses = [",
        '    CharacterCourse(cell, *(np.array(card["curve"][key]) for key in keys))',
        "    for cell, card in cards.items()",
        '    if "curve" in card',
        "]",
        'counted = cards[courses[0].cell]["ngrams"]',
        'order = counted["order"]',
        'baseline = (f"{order}-grams", counted["validation"][order - 1])',
        drawing.shown(),
    )


def lesson(spec: "CharacterSpec", said: str, library: int = 0) -> str:
    """The script of a training on a text, run from its start.

    Args:
        said: What the caption says.
        library: Characters of the standard library that are the text; 0 for a visitor's text.
    """
    text = f"text = beginning({library})  # of the standard library"
    if not library:
        text = "# The text is not kept with the run, so it is read from its file again.\n"
        text += 'text = Path("text.txt").read_text("utf-8")'
    settings = {name: getattr(spec, name) for name in ("hidden_size", "updates", "rate", "batch", "length", "seed")}
    return script(
        text,
        set_to("spec", "CharacterSpec", Raw("text_key(text)"), spec.cell, **settings),
        "model, _ = train_on_text(spec, text, lambda event: True)  # the training",
        "card, made = model.card, spec.updates\n",
        'stride = -(-made // len(card["losses"]))',
        'ends = [min(made, (k + 1) * stride) for k in range(len(card["losses"]))]',
        'looks = tuple(map(list, zip(*card["looks"])))',
        'losses, counted = (ends, card["losses"]), card["ngrams"]["bits"]',
        "symbols = len(model.alphabet)",
        "picture = figures.lesson_picture(made, losses, looks, counted, symbols)",
        curves_of(said).shown(),
    )
