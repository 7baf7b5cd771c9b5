"""One run whose charts are drawn, with full instruments: units that can die, units that can saturate."""

import pytest

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.training import RunStore, Session

NETWORK = chain("Mixed", ("input", "input", {"shape": [1, 8, 8]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 16}), ("relu1", "relu", {}),
                ("linear2", "linear", {"out_features": 16}), ("sigmoid1", "sigmoid", {}),
                ("linear3", "linear", {"out_features": 10}))


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    recipe = Recipe(NETWORK).with_optimizer("adam", lr=0.01).with_(batch_size=64, epochs=3, threads=1, device="cpu",
                                                                 instruments="full")
    run = RunStore(tmp_path_factory.mktemp("charts")).create(recipe)
    Session(run).execute()
    return run
