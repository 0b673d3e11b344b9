"""The call that draws a figure, written once: pages draw the figure by it, scripts have its text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from rnnviz.ui.codegen.source import Raw, set_to

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme


class Drawing:
    """A call of a function of ``rnnviz.figures``.

    Attributes:
        function: Its name.
        args, named: Plain data, the same on the page and in the script; or ``Raw``, what a script computes in the lines
            before the call, and a page gives to ``figure``.
        unknown: Words in the figure that the network does not know, which are marked, and what it gets for them.
    """

    def __init__(self, function: str, /, *args: object, **named: object) -> None:
        self.function, self.args, self.named = function, args, named
        self.unknown: tuple[Sequence[str], str] = ((), "")

    def marking(self, words: Sequence[str], mark: str = "[UNK]") -> Self:
        """The same call, after which words that the network does not know are marked in the figure."""
        self.unknown = (list(dict.fromkeys(words)), mark)
        return self

    def line(self) -> str:
        """The statements of a script, which define ``fig``."""
        drawn = set_to("fig", f"figures.{self.function}", *self.args, **self.named)
        words, mark = self.unknown
        if not words:
            return drawn
        told = {} if mark == "[UNK]" else {"mark": mark}
        return f"{drawn}\n{set_to('fig', 'figures.unknown_marked', Raw('fig'), words, **told)}"

    def shown(self) -> str:
        """The last statements of a script, which draw the figure and open it."""
        return f"{self.line()}\nrnnviz.show(fig).show()"

    def figure(self, *values: object, theme: "Theme", **named: object) -> "Figure":
        """The figure on a page.

        Args:
            *values: In place of what is ``Raw`` among ``args``, in the same order.
            **named: The same of ``named``.

        Raises:
            TypeError: If they are not all of those, and no others.
        """
        from rnnviz import figures

        computed = [each for each in self.args if isinstance(each, Raw)]
        by_name = [name for name, each in self.named.items() if isinstance(each, Raw)]
        if len(values) != len(computed) or named.keys() != set(by_name):
            wanted = f"{len(computed)} values and by name {by_name}"
            raise TypeError(f"{self.function} must be given {wanted}; got {len(values)} and {list(named)}")
        left = iter(values)
        args = [next(left) if isinstance(each, Raw) else each for each in self.args]
        drawn: Figure = getattr(figures, self.function)(*args, theme=theme, **{**self.named, **named})
        return figures.unknown_marked(drawn, *self.unknown)


def curves_of(said: str) -> Drawing:
    """The call that draws ``picture``, the curves of a training on texts; ``said`` is what the caption says."""
    return Drawing("review_curve", Raw("picture"), caption=[said])
