"""Attribution over the test set as a person browses it: mistakes of a class, another class explained, one looked at."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from explorer import network, zoo
from explorer.formatting import format_number
from explorer.probes import PROBES, Subject, compute_probe
from explorer.probes.attribution_rows import rows_of
from explorer.probes.sample_answers import answers_of
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e


def kept(app, name: str, data: str) -> Run:
    """A run with two kept steps of weights that were only drawn."""
    run = app.store.create(zoo.recipe(name).with_(data=Chosen(data), device="cpu"))
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in (0, 1):
        keeper.keep(step, network.build(run.recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    return kept(app, "lenet_relu", "digits")


def subject_of(run: Run, step: int = 1) -> Subject:
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, step))
    part = samples.test_part(run.recipe)
    return Subject(model, part.inputs(slice(0, len(part))), run.recipe, part.class_names,
                   target=part.targets(slice(0, len(part))), samples=part)


def mistakes_of(subject: Subject, true: int) -> list[int]:
    """The places of the mistakes of a class, the most confident first."""
    answers = answers_of(subject)
    wrong = np.flatnonzero((answers.right == 0) & (answers.expected == true))
    return sorted(wrong.tolist(), key=lambda place: (-answers.confidence[place], place))


def attribution(page: Page, view: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(view, exact=True).click()


def field(part: Locator, name: str) -> Locator:
    return part.locator(f"select[data-field={name}]")


def evaluate_all(page: Page) -> None:
    """Waits until all samples are evaluated; on a busy machine the rest of them waits for a click."""
    page.wait_for_function("""() => {
      const button = document.querySelector('.attributed-tools .inspector-button');
      if (button?.textContent === 'Evaluate all' && !button.hidden) button.click();
      return button?.hidden;
    }""")


def places_shown(page: Page) -> list[int]:
    return page.locator(".attributed-row").evaluate_all("rows => rows.map((row) => Number(row.dataset.place))")


def test_mistakes_of_a_class_are_browsed_explained_for_another_class_and_one_is_looked_at(lenet, app, visit):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=attribution")
    attribution(page, "Over the test set")
    part = page.locator('[data-part="attributed"]')
    evaluate_all(page)
    part.get_by_role("radio", name="Mistakes").click()
    field(part, "target").select_option("4")
    subject = subject_of(lenet)
    expected = mistakes_of(subject, 4)
    assert len(expected) > 12
    expect(part.locator(".attributed-pager")).to_contain_text(f"1–12 of {len(expected)}")
    expect(part.locator(".attributed-row")).to_have_count(12)
    assert places_shown(page) == expected[:12]
    expect(part.locator(".attributed-row").first).to_have_attribute("aria-label", f"Sample {expected[0]}: "
           f"{subject.samples.part.class_names[int(answers_of(subject).predicted[expected[0]])]} "
           f"({round(100 * float(answers_of(subject).confidence[expected[0]]))} %), right would be 4")

    field(part, "of").select_option("true")
    field(part, "less").select_option("predicted")
    rows = rows_of(subject, expected[:3], ["saliency"], "true-predicted")
    value = format_number(float(rows.maps[0][0, 14, 14]))
    expect(part.locator(".attributed-row")).to_have_count(12)
    page.wait_for_function("""(value) => {
      const canvas = document.querySelector('.attributed-row canvas');
      if (!canvas) return false;  // its row is on the way
      const box = canvas.getBoundingClientRect();
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + 206.5, clientY: box.top + 38.5 }));
      return document.querySelector('[data-part="attributed"] .inspector-line').textContent.endsWith(`: ${value}`);
    }""", arg=value)

    part.get_by_role("button", name="Next samples").click()
    expect(part.locator(".attributed-row").first).to_have_attribute("data-place", str(expected[12]))
    part.locator(".attributed-row").first.click()
    expect(page.locator('[data-part="attribution"]')).to_be_visible()
    expect(page.locator('[data-part="input"]')).to_contain_text(f"Test sample {expected[12]}")
    predicted = int(answers_of(subject).predicted[expected[12]])
    assert page.evaluate("layerscopeInspector.store.look.of") == f"4-{predicted}"

    attribution(page, "Over the test set")  # what was chosen is still chosen
    expect(part.locator(".attributed-row[aria-pressed=true]")).to_have_attribute("data-place", str(expected[12]))

    part.get_by_role("radio", name="Right").click()  # the true class less the predicted one is nothing for these
    expect(part.locator(".attributed-row")).to_have_count(0)
    expect(part).to_contain_text("No sample fits these choices.")


def test_another_step_and_other_methods_bring_their_own_rows(lenet, app, visit):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=attribution")
    attribution(page, "Over the test set")
    part = page.locator('[data-part="attributed"]')
    expect(part.locator(".attributed-row")).to_have_count(12)
    field(part, "add").select_option("input_x_gradient")
    expect(part.locator(".attributed-chips button")).to_have_count(3)
    page.get_by_role("button", name="Previous kept step").click()
    evaluate_all(page)
    part.get_by_role("radio", name="Mistakes").click()
    field(part, "target").select_option("7")
    expected = mistakes_of(subject_of(lenet, step=0), 7)
    expect(part.locator(".attributed-count")).to_contain_text(f"{len(expected)} of ")
    page.wait_for_function("(first) => document.querySelector('.attributed-row')?.dataset.place === first",
                           arg=str(expected[0]))


def test_the_samples_on_which_two_methods_differ_most_are_computed_and_one_is_looked_at(lenet, app, visit):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=attribution")
    attribution(page, "Where methods differ")
    page.get_by_role("button", name="Compute").click()
    part = page.locator('[data-part="attributed"]')
    (rows,) = compute_probe(PROBES.get("method_differences"), subject_of(lenet), {})
    expect(part.locator(".attributed-row")).to_have_count(len(rows.places))
    assert places_shown(page)[0] == rows.places[0]
    part.locator(".attributed-row").first.click()
    expect(page.locator('[data-part="input"]')).to_contain_text(f"Test sample {rows.places[0]}")


@pytest.mark.parametrize("name", ["linear_regression", "playground"])
def test_numbers_and_tables_have_rows_of_their_own(name, app, visit):
    run = kept(app, name, zoo.recipe(name).data.name)
    page = visit(f"{app.url}/inspect?run={run.id}&view=attribution")
    attribution(page, "Over the test set")
    part = page.locator('[data-part="attributed"]')
    expect(part.locator(".attributed-row").first).to_be_visible()
    assert page.locator(".attributed-note").first.is_hidden()
