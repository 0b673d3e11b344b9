"""The scripts that compute and show what the programs of the page show."""

from rnnviz.ui.codegen.source import Raw, script, set_to


def sentiment(title: str, block: str) -> str:
    """Run the sentiment program and show it, block by block with its values, at first this block."""
    return script(
        "data = listings.pairs(synthetic.reviews(2_000, seed=0))",
        "blocks = listings.SENTIMENT",
        "values, names = listings.execute(blocks, data=data)",
        "for name, more in summary.counted(names).items():",
        "    values[name] = values.get(name, ()) + more",
        *_shown("sentiment", title, block),
    )


def manual(title: str, block: str) -> str:
    """Run the RNN by hand and show it, block by block with its values, at first this block."""
    return script(
        "blocks = listings.MANUAL",
        "values, names = listings.execute(blocks)",
        *_shown("manual", title, block),
    )


def _shown(name: str, title: str, block: str) -> tuple[str, ...]:
    picture = Raw("picture")
    return (
        f"picture = pictures.schematics.{name}()",
        set_to("drawn", "pictures.listing", Raw("blocks"), Raw("values"), picture, title=title, block=block),
        "rnnviz.show(drawn).show()",
    )
