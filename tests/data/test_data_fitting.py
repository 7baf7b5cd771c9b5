"""Samples made to match a network's input, and drawings made to look like the samples."""

import math

import numpy as np
import pytest
import torch

from explorer import data
from explorer.data.drawing import fit_drawing, prepare_drawing

DIGITS = data.get("digits")


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")[0].take(slice(20))


SHAPES = [(1,), (2,), (10,), (64,), (784,), (3072,), (1, 8, 8), (3, 8, 8), (1, 5, 5), (1, 9, 9), (1, 28, 28),
          (3, 32, 32), (1, 16, 40), (2, 8, 8), (8, 8), (0, 8, 8), ()]


@pytest.mark.parametrize("name", [dataset.name for dataset in data.DATASETS if dataset.ships
                                  and dataset.describe is None and dataset.kind is not data.TEXT])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_data_set_either_fits_exactly_or_there_is_a_reason(name, shape):
    dataset, samples = data.get(name), data.load(name)[0].take(slice(3))
    refusal = data.can_fit(dataset, shape)
    if refusal is None:
        fitted, note = data.fit(samples, shape, dataset)
        assert fitted.inputs.shape == (3, *shape) and fitted.inputs.dtype == samples.inputs.dtype
        assert (note is None) == (fitted is samples) and note == data.fit_note(dataset, shape)
        assert fitted.targets is samples.targets
    else:
        assert dataset.title in str(refusal)
        with pytest.raises(data.Misfit) as caught:
            data.fit(samples, shape, dataset)
        assert caught.value.sentence == refusal


@pytest.mark.parametrize(("name", "shape", "sentence"), [
    ("circles", (1, 28, 28), "The network takes 1×28×28 images, but Circles has 2 numbers per sample."),
    ("sine", (4,), "The network takes 4 numbers, but Sine has 1 number per sample."),
    ("digits", (2,), "The network takes 2 numbers, but Handwritten digits has 1×8×8 images (64 numbers each)."),
    ("mnist", (6, 28, 28), "The network takes 6×28×28 images, but MNIST has 1×28×28, and channels can be converted "
                           "only from 1 to 3 or from 3 to 1."),
])
def test_one_sentence_explains_what_does_not_fit(name, shape, sentence):
    assert str(data.can_fit(data.get(name), shape)) == sentence


@pytest.mark.parametrize(("name", "shape", "note"), [
    ("digits", (1, 28, 28), "8×8 images are enlarged to 20×20 and centered in 28×28, as MNIST's digits are."),
    ("digits", (3, 32, 32), "8×8 images are enlarged to 23×23 and centered in 32×32, as MNIST's digits are. "
                            "Gray is repeated in 3 channels."),
    ("digits", (1, 10, 10), "8×8 images are centered in 10×10."),
    ("digits", (64,), "Each 1×8×8 image is flattened to 64 numbers."),
    ("cifar10", (1, 28, 28), "32×32 images are resized to 28×28. Colors are converted to gray."),
    ("fashion_mnist", (1, 224, 224), "28×28 images are resized to 224×224."),
])
def test_the_note_describes_what_is_done_to_the_samples(name, shape, note):
    assert str(data.fit_note(data.get(name), shape)) == note


def test_enlarged_digits_keep_mnists_margin_and_their_look(digits):
    fitted = data.fit(digits, (1, 28, 28), DIGITS)[0].inputs
    inner = fitted[:, :, 4:24, 4:24]
    assert fitted.long().sum() == inner.long().sum()
    back = torch.nn.functional.interpolate(inner.float(), (8, 8), mode="area")
    assert (back - digits.inputs.float()).abs().mean() < 25


def test_resizing_agrees_with_torchvisions(digits):
    from torchvision.transforms.v2 import functional as F

    mine = data.fit_inputs(digits.inputs, (1, 5, 6))
    theirs = F.resize(digits.inputs, [5, 6], antialias=True)
    assert (mine.int() - theirs.int()).abs().max() <= 1


def test_colors_turn_to_gray_by_luma_and_gray_to_three_equal_channels(digits):
    colors = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]], dtype=torch.uint8)[:, :, None, None]
    gray = data.fit_inputs(colors, (1, 1, 1)).flatten().tolist()
    assert gray == [76, 150, 29, 255]
    tripled = data.fit(digits, (3, 8, 8), DIGITS)[0].inputs
    assert all(torch.equal(tripled[:, i], digits.inputs[:, 0]) for i in range(3))


def test_fitting_in_parts_gives_the_same_as_fitting_whole(digits, monkeypatch):
    whole = data.fit_inputs(digits.inputs, (1, 28, 28), DIGITS.box_share)
    monkeypatch.setattr("explorer.data.fitting.CHUNK_SAMPLES", 7)
    assert torch.equal(data.fit_inputs(digits.inputs, (1, 28, 28), DIGITS.box_share), whole)
    assert data.fit_inputs(digits.inputs[:0], (1, 28, 28)).shape == (0, 1, 28, 28)


def test_what_would_not_fit_in_memory_is_refused_before_it_is_made(digits):
    with pytest.raises(data.Misfit, match=r"20 samples of 1×20,000×20,000 would take 8.00 GB"):
        data.fit(digits, (1, 20_000, 20_000), DIGITS)


def test_pixels_become_numbers_from_zero_to_one_and_numbers_stay():
    assert data.to_float(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx([0, 0.2, 1])
    points = torch.tensor([-3.0, 300.0])
    assert data.to_float(points) is points


def canvas(*strokes, side=280, width=22):
    """Ink 255 on 0: thick straight strokes between (row, column) ends."""
    rows, columns = np.mgrid[0:side, 0:side]
    image = np.zeros((side, side))
    for (r0, c0), (r1, c1) in strokes:
        length = (r1 - r0) ** 2 + (c1 - c0) ** 2
        along = np.clip(((rows - r0) * (r1 - r0) + (columns - c0) * (c1 - c0)) / length, 0, 1)
        near = np.hypot(rows - r0 - along * (r1 - r0), columns - c0 - along * (c1 - c0)) < width / 2
        image[near] = 255
    return image.astype(np.uint8)


ONE = canvas(((20, 60), (140, 60)))
SEVEN = canvas(((30, 100), (30, 250)), ((30, 250), (200, 150)))
DASH = canvas(((250, 30), (250, 240)))
DOT = canvas(((100.0, 100.0), (100.0, 100.1)))
DRAWINGS = {"one": ONE, "seven": SEVEN, "dash": DASH, "dot": DOT, "wide canvas": np.pad(SEVEN, ((0, 0), (0, 300)))}


def extent(image, level=12):
    rows, columns = np.nonzero(image > level)
    return max(np.ptp(rows), np.ptp(columns)) + 1


def center_of(image):
    mass = image.astype(float)
    return [(mass.sum(1 - axis) * np.arange(28)).sum() / mass.sum() for axis in (0, 1)]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_becomes_twenty_pixels_long_centered_by_mass(name):
    prepared = prepare_drawing(DRAWINGS[name])
    assert prepared.shape == (28, 28) and prepared.dtype == np.uint8 and prepared.max() == 255
    assert abs(extent(prepared) - 20) <= 1
    assert np.abs(np.array(center_of(prepared)) - 14).max() <= 0.51


def test_where_and_how_bright_and_how_large_it_is_drawn_does_not_matter():
    reference = prepare_drawing(SEVEN).astype(int)
    moved = np.roll(SEVEN, (37, -41), axis=(0, 1))
    for other in (moved, SEVEN / 255.0, SEVEN // 3, np.kron(SEVEN, np.ones((2, 2)))):
        assert np.abs(prepare_drawing(other).astype(int) - reference).mean() < 1


def test_faint_noise_on_the_paper_is_not_ink():
    noisy = np.maximum(SEVEN, np.random.RandomState(0).randint(0, 5, SEVEN.shape))
    assert np.array_equal(prepare_drawing(noisy), prepare_drawing(SEVEN))


def test_lopsided_ink_stays_inside_the_frame():
    heavy = np.zeros((280, 280))
    heavy[20:260, 20:24] = 255
    heavy[240:260, 20:260] = 255
    heavy[100:260, 20:120] = 255
    prepared = prepare_drawing(heavy)
    assert abs(extent(prepared) - 20) <= 1


@pytest.mark.parametrize("empty", [np.zeros((280, 280)), np.zeros((280, 280), np.uint8), np.zeros((0, 0)),
                                   np.full((9, 9), np.nan), np.full((9, 9), -1.0)], ids=str)
def test_an_empty_drawing_is_none(empty):
    assert prepare_drawing(empty) is None


def test_a_drawing_in_color_is_refused():
    with pytest.raises(ValueError, match="one gray image"):
        prepare_drawing(np.zeros((28, 28, 3)))


def test_a_single_pixel_and_a_full_canvas_are_drawings():
    pixel = np.zeros((280, 280))
    pixel[5, 5] = 1
    assert extent(prepare_drawing(pixel)) == 20
    assert math.isclose(extent(prepare_drawing(np.ones((50, 50)))), 20)


@pytest.mark.parametrize(("name", "shape"), [("digits", (1, 8, 8)), ("digits", (64,)), ("digits", (1, 28, 28)),
                                             ("digits", (3, 32, 32)), ("mnist", (1, 28, 28)), ("mnist", (784,)),
                                             ("cifar10", (3, 32, 32)), ("fashion_mnist", (1, 224, 224))])
def test_a_drawing_goes_into_any_network_that_the_data_set_goes_into(name, shape):
    drawn = fit_drawing(prepare_drawing(SEVEN), shape, data.get(name))
    assert drawn.shape == (1, *shape) and drawn.dtype == torch.uint8 and drawn.max() > 150


def test_a_drawing_for_mnist_is_left_as_it_is_and_for_digits_fills_the_frame():
    prepared = prepare_drawing(ONE)
    assert np.array_equal(fit_drawing(prepared, (1, 28, 28), data.get("mnist"))[0, 0].numpy(), prepared)
    small = fit_drawing(prepared, (1, 8, 8), DIGITS)[0, 0]
    assert (small.max(1).values > 50).all() and (small[:, :2] == 0).all() and (small[:, -2:] == 0).all()


def test_a_drawing_does_not_go_where_the_data_set_does_not():
    with pytest.raises(data.Misfit):
        fit_drawing(prepare_drawing(ONE), (2,), data.get("circles"))


def test_a_real_digit_enlarged_ten_times_comes_back(real_mnist):
    images = real_mnist[1].inputs[:200, 0].numpy()
    back = np.array([prepare_drawing(np.kron(image, np.ones((10, 10)))) for image in images])
    assert np.abs(back.astype(int) - images).mean() < 6
    assert np.abs(np.array([center_of(image) for image in back]) - 14).max() < 1


def test_drawings_look_like_the_digits_a_network_was_trained_on(real_mnist):
    train = data.load("digits")[0]
    drawings = real_mnist[1].take(slice(500))

    def recognized(shape, images):
        known = data.fit(train, shape, DIGITS)[0].inputs.flatten(1).float()
        nearest = torch.cdist(images.flatten(1).float(), known).argmin(1)
        return float((train.targets[nearest] == drawings.targets).float().mean())

    for shape in ((1, 8, 8), (1, 28, 28)):
        framed = torch.cat([fit_drawing(image, shape, DIGITS) for image in drawings.inputs[:, 0].numpy()])
        assert recognized(shape, framed) > 0.6
    assert recognized((1, 8, 8), data.fit_inputs(drawings.inputs, (1, 8, 8))) < 0.45
