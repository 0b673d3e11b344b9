"""The code behind the view of a network as an automaton."""

from rnnviz import checkpoints
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.pages.dynamics.machines import Case, reading, sizes
from rnnviz.written import probability


def drawing(case: Case, word: str, step: int) -> Drawing:
    """The call that draws the automaton of a network."""
    found = reading(case, word)
    p = float(found.probabilities[step - 1])
    verdict, p = ("accepts", p) if found.accepted[step - 1] else ("rejects", 1 - p)
    said = [
        f"The network should accept: {case.rule}.",
        f"The automaton of this network: {sizes(checkpoints.load(case.network))}.",
        f"Here the network itself {verdict} with probability {probability(p)}.",
    ]
    return Drawing("automaton", Raw("machine"), word=word, step=step, caption=said)


def figure(case: Case, drawn: Drawing) -> str:
    """The script of the automaton."""
    return script(_loaded(case), "machine = rnnviz.extract(network)", drawn.shown())


def caption_of(case: Case) -> str:
    """What stands under the drawing of the network on a word."""
    return f"{sizes(checkpoints.load(case.network))}. The target follows the rule."


def read(case: Case, word: str, t: int) -> str:
    """The script of the network and its automaton on a word: a table, and the network unrolled over the word."""
    rule = f"automata.GRAMMARS[{literal(case.grammar)}].holds(text)"
    if not case.grammar:
        rule = "grammars.is_balanced(text) if grammars.opens_first(text) else None"
    return script(
        _loaded(case),
        "machine = rnnviz.extract(network)",
        set_to("found", "automata.reading", Raw("network"), word),
        'columns = {"input": list(found.word), "p": found.probabilities}',
        'columns |= {"network": found.accepted, "state": machine.run(found.word)[1:]}',
        "print(pd.DataFrame(columns).to_string())\n",
        "beginnings = [found.word[: k + 1] for k in range(len(found.word))]",
        f"targets = [\n    {rule}\n    for text in beginnings\n]",
        set_to("drawn", "pictures.accepted", Raw("found"), Raw("targets"), caption=caption_of(case), t=t),
        "rnnviz.show(drawn).show()",
    )


def _loaded(case: Case) -> str:
    known = Raw(f'checkpoints.load("{case.network}")')
    return set_to("network", "automata.acceptor", known, case.alphabet, accept=case.accept)
