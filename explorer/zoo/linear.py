"""Networks of a single layer: linear and softmax regression."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry

LINEAR_REGRESSION = Entry(
    name="linear_regression", title="Linear regression", year=1805,
    summary="One layer, two weights and a bias: the smallest network there is.",
    worth_seeing="The weights walk to 2 and -3.4, the bias to 4.2: the numbers the data was made with.",
    source="Legendre 1805; Dive into Deep Learning, 3.1",
    recipe=Recipe(
        chain("Linear regression", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1})),
        data=Chosen("linear"),
    ).with_optimizer("sgd", lr=0.03).with_(task="regression", batch_size=10, epochs=3),
)

SOFTMAX_REGRESSION = Entry(
    name="softmax_regression", title="Softmax regression", year=1958,
    summary="Every pixel votes for every class; the class with the most votes wins.",
    worth_seeing="Each class's weights, laid out as an image, look like the digit they vote for.",
    source="Cox 1958; Dive into Deep Learning, 4.1",
    recipe=Recipe(
        chain("Softmax regression", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
              ("linear1", "linear", {"out_features": 10})),
    ).with_optimizer("sgd", lr=0.1).with_(batch_size=32, epochs=20),
)
