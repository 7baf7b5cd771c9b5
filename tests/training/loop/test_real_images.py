"""Networks of the zoo learn real photographs and handwriting, where these lie in the data folder."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import data, training, zoo
from explorer.data import Samples
from explorer.data.dataset import find_file
from explorer.recipe import AUGMENTATIONS, SCHEDULES, Chosen, choose
from explorer.training.loop.parts import Parts

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def cifar_images(archive: zipfile.ZipFile, split: str) -> Samples:
    """The photographs of one split, in a folder a class: uint8 (sample, channel, height, width)."""
    paths = sorted(path for path in archive.namelist() if f"/{split}/" in path and path.endswith(".jpg"))
    images = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(path))).convert("RGB")) for path in paths])
    targets = torch.tensor([NAMES.index(Path(path).parent.name) for path in paths])
    return Samples(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), targets, NAMES)


@pytest.mark.slow
def test_resnet20_of_half_width_learns_cifar_images() -> None:
    file = find_file("cifar10-images.zip")
    if file is None:
        pytest.skip("cifar10-images.zip is not in the data folder (EXPLORER_DATA)")
    with zipfile.ZipFile(file) as archive:
        train, test = cifar_images(archive, "train"), cifar_images(archive, "test")
    steps = choose(AUGMENTATIONS, "flip", {}), choose(AUGMENTATIONS, "crop", {"padding": 2})
    recipe = zoo.recipe("resnet20").with_(batch_size=64, epochs=12, threads=1, augmentation=steps,
                                          schedule=choose(SCHEDULES, "one_cycle", {})).with_optimizer("adam", lr=0.003)
    trainer = training.Trainer(recipe, Parts(train, test.take(slice(0, 0)), test))
    while not trainer.finished:
        trainer.train_step()
    accuracy = trainer.evaluate_test()["accuracy"]
    assert accuracy >= 0.6  # guessing is right in one of ten


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_digits", "swin_digits"])
def test_small_transformers_read_handwriting_after_five_epochs(name: str, tmp_path: Path) -> None:
    if not data.is_available("mnist"):
        pytest.skip("MNIST is not in the data folder (EXPLORER_DATA)")
    recipe = zoo.recipe(name).with_(data=Chosen("mnist"), epochs=5)
    _, status = training.train(recipe, training.RunStore(tmp_path))
    assert status.summary["test_accuracy"] >= 0.95
