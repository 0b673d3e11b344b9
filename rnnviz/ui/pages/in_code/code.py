"""The scripts that compute what the programs of the page show."""

from rnnviz.ui.codegen.source import script

_PRINTED = """\
for block in blocks:
    print(f"# {block.title}\\n{block.source}")
    for value in values.get(block.name, ()):
        print(value.name, value.kind, *value.rows, sep="\\n")"""


def sentiment() -> str:
    """Run the sentiment program and print each block with its values."""
    return script(
        "data = listings.pairs(synthetic.reviews(2_000, seed=0))",
        "blocks = listings.SENTIMENT",
        "values, names = listings.execute(blocks, data=data)",
        _PRINTED,
    )


def manual() -> str:
    """Run the RNN by hand and print each block with its values."""
    return script("blocks = listings.MANUAL", "values, names = listings.execute(blocks)", _PRINTED)
