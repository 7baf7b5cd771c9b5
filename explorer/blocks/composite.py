"""Block of the user's own, whose definition is a network in the document."""

from explorer.blocks.block import Block
from explorer.spec import Name, Number

COMPOSITE = Block(
    name="composite", title="Own block", family="composite", inputs=("input",),
    summary="A block of your own, made of other blocks.",
    params=(
        Name("definition", "Made of", help="The name of its definition in this network."),
        Number("repeat", "Repeat", 1, low=1, high=1_000_000, integer=True,
               help="How many copies follow one another. Each has its own weights."),
    ),
    formula=r"y = f_r(\dots f_2(f_1(x)))", source="Dive into Deep Learning, 6.1",
)
