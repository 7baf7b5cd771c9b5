"""Networks of a single layer: the perceptron, linear, logistic and softmax regression."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry

_POINT = ("input", "input", {"shape": [2]})


def linear_regression():
    return chain("Linear regression", _POINT, ("linear1", "linear", {"out_features": 1}))


def perceptron():
    return chain("Perceptron", _POINT, ("linear1", "linear", {"out_features": 1}), ("step1", "step", {}))


def logistic_regression():
    return chain("Logistic regression", _POINT, ("linear1", "linear", {"out_features": 2}))


def softmax_regression():
    return chain("Softmax regression", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                 ("linear1", "linear", {"out_features": 10}))


LINEAR_REGRESSION = Entry(
    name="linear_regression", title="Linear regression", chapter="Linear networks", year=1805,
    summary="One layer, two weights and a bias: the smallest network there is.",
    worth_seeing="The weights move to 2 and -3.4, the bias to 4.2: the numbers that generated the data.",
    source="Legendre 1805; Dive into Deep Learning, 3.1", make=linear_regression,
    recipe=Recipe(linear_regression(), data=Chosen("linear"))
    .with_optimizer("sgd", lr=0.03).with_(task="regression", batch_size=10, epochs=3),
)

PERCEPTRON = Entry(
    name="perceptron", title="Perceptron", chapter="Linear networks", year=1958,
    summary="A weighted sum, then a step: it fires, or it does not.",
    worth_seeing="The step on its card: flat on both sides, so that no small change of a weight changes anything.",
    source="Rosenblatt 1958; Dive into Deep Learning, 5.1", make=perceptron,
    untrained="A step has no slope that gradient descent could follow, and the perceptron's own learning rule is not "
              "gradient descent. Logistic regression uses a smooth step instead.",
    after="linear_regression", added="A step at the end turns the sum into a yes or no.",
)

LOGISTIC_REGRESSION = Entry(
    name="logistic_regression", title="Logistic regression", chapter="Linear networks", year=1958,
    summary="Two classes, one straight line: the sigmoid of a weighted sum is the chance of the second class. "
            "Written with a score for each class, whose difference is that sum.",
    worth_seeing="The decision boundary turns until it lies between the clouds, then only the confidence grows.",
    source="Cox 1958; Dive into Deep Learning, 4.1", make=logistic_regression,
    recipe=Recipe(logistic_regression(), data=Chosen("gaussians"))
    .with_optimizer("sgd", lr=0.1).with_(batch_size=10, epochs=20),
    after="perceptron", added="A smooth step, the sigmoid, has a slope everywhere: gradient descent can follow it.",
)

SOFTMAX_REGRESSION = Entry(
    name="softmax_regression", title="Softmax regression", chapter="Linear networks", year=1958,
    summary="Every pixel votes for every class; the class with the most votes wins.",
    worth_seeing="Each class's weights, laid out as an image, look like the digit they vote for.",
    source="Cox 1958; Dive into Deep Learning, 4.1", make=softmax_regression,
    recipe=Recipe(softmax_regression()).with_optimizer("sgd", lr=0.1).with_(batch_size=32, epochs=20),
    after="logistic_regression", added="A sum for each of ten classes; softmax turns them into probabilities.",
)
