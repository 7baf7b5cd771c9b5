"""Recurrent networks: an LSTM that reads an image row by row, and a character-level RNN."""

from dataclasses import replace

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

CHARACTERS = 28  # the letters, the space and the full stop of data.texts


def row_lstm(width=1.0, size=28, channels=1, classes=10):
    """Make an LSTM whose tokens are the rows of the image; only the state after the last row is used."""
    net = chain(
        "LSTM on rows",
        ("input", "input", {"shape": [channels, size, size]}),
        ("rows", "reshape", {"shape": [size, channels * size]}),
        ("lstm1", "lstm", {"hidden_size": scaled(width, 128)}),
        ("linear1", "linear", {"out_features": classes}),
    )
    return net.with_(edges=(*net.edges[:-1], replace(net.edges[-1], source_port=1)))


def char_rnn(width=1.0, size=32, classes=CHARACTERS):
    """Make an RNN that reads `size` characters at once, out of `classes` different ones."""
    return chain(
        "Character RNN",
        ("input", "input", {"shape": [size], "dtype": "int64"}),
        ("one_hot1", "one_hot", {"classes": classes}),
        ("rnn1", "rnn", {"hidden_size": scaled(width, 32)}),
        ("linear1", "linear", {"out_features": classes}),
    )


def reads_alice(net):
    """Make the recipe of a network that learns to write like the book."""
    return Recipe(net, data=Chosen("alice"), schedule=Chosen("cosine")).with_(
        task="next_token", batch_size=32, clip_norm=1.0)


ROW_LSTM = Entry(
    name="row_lstm", title="LSTM on rows", chapter="Recurrent networks", year=1997,
    summary="Reads a digit as 28 rows of 28 pixels, one after another, and answers after the last.",
    worth_seeing="The states, row by row: what the network remembers while the digit goes by.",
    source="Hochreiter & Schmidhuber 1997; Dive into Deep Learning, 10.1", make=row_lstm,
    recipe=Recipe(row_lstm(), schedule=Chosen("cosine")).with_optimizer("adam", lr=0.003)
    .with_(batch_size=32, epochs=15, clip_norm=1.0),
    scales=("width", "size", "channels", "classes"), sizes=(28, 32),
    after="char_rnn", added="Gates and a memory cell: the network remembers over long sequences.",
)

CHAR_RNN = Entry(
    name="char_rnn", title="Character RNN", chapter="Recurrent networks", year=1990,
    summary="One state reads 32 characters one by one and predicts the next after each.",
    worth_seeing="The same few weights at every character; only the state changes.",
    source="Elman 1990; Dive into Deep Learning, 9.6", make=char_rnn,
    recipe=reads_alice(char_rnn()).with_optimizer("adam", lr=0.01).with_(epochs=20),
    scales=("width", "size", "classes"), sizes=(16, 32, 64),
    after="mlp", added="The hidden layer reads its own last state, too: the network has a memory.",
)
