"""Multilayer perceptrons."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled


def playground():
    return chain("Playground", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 4}),
                 ("tanh1", "tanh", {}), ("linear2", "linear", {"out_features": 2}), ("tanh2", "tanh", {}),
                 ("linear3", "linear", {"out_features": 2}))


def mlp(width=1.0, size=28, channels=1, classes=10):
    return chain("Multilayer perceptron", ("input", "input", {"shape": [channels, size, size]}),
                 ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": scaled(width, 256)}),
                 ("relu1", "relu", {}), ("linear2", "linear", {"out_features": classes}))


PLAYGROUND = Entry(
    name="playground", title="Playground", chapter="Multilayer perceptrons", year=2016,
    summary="Two inputs, two small hidden layers: watch it bend a line around the circles.",
    worth_seeing="The decision boundary: straight at first, then it closes around the inner points.",
    source="Smilkov & Carter, TensorFlow Playground", make=playground,
    recipe=Recipe(playground(), data=Chosen("circles")).with_optimizer("sgd", lr=0.1).with_(batch_size=10, epochs=60),
    after="logistic_regression", added="Two hidden layers with tanh: the boundary may bend.",
)

MLP = Entry(
    name="mlp", title="Multilayer perceptron", chapter="Multilayer perceptrons", year=1986,
    summary="784 pixels, 256 hidden units, 10 classes: one hidden layer makes it more than linear.",
    worth_seeing="Hidden units that never fire, and those that fire for one class only.",
    source="Rumelhart et al. 1986; Dive into Deep Learning, 5.2", make=mlp,
    recipe=Recipe(mlp()).with_optimizer("sgd", lr=0.1).with_(batch_size=32, epochs=20),
    scales=("width", "size", "channels", "classes"), sizes=(8, 28, 32),
    after="softmax_regression", added="A hidden layer with ReLU between the pixels and the votes.",
)
