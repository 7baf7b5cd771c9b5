"""The browser components as a person meets them: what is painted, said, picked and drawn in a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.formatting import format_number
from tests.e2e.harness import waves

SCRIPT = Path(__file__).parent / "harness" / "components.py"
pytestmark = pytest.mark.e2e
ORANGE, WHITE, BLUE = (0xD5, 0x5E, 0x00), (255, 255, 255), (0x00, 0x72, 0xB2)

# Between the texts above and below a component, in the page's rem.
GAP_REM = """() => {
  const [above, below] = [...document.querySelectorAll('[data-testid=stText]')].map((e) => e.getBoundingClientRect());
  return (below.top - above.bottom) / parseFloat(getComputedStyle(document.documentElement).fontSize);
}"""


@pytest.fixture
def show(serve, open_page):
    """`show("levels")` -> the harness page with that grid on it."""

    def visit(name: str, **options) -> Page:
        page = open_page(f"{serve(SCRIPT)}/?show={name}", **options)
        if name != "key":
            page.wait_for_selector("canvas[data-painted]")
        return page

    return visit


def unit_center(page: Page, map: int, y: int, x: int, row: int = 0) -> dict[str, float]:
    """Where a unit lies on its canvas, in CSS pixels, as the canvas itself tells."""
    told = page.locator("canvas.maps").nth(row).evaluate("canvas => ({...canvas.dataset})")
    ratio, columns, pitch_x, pitch_y, unit_x, unit_y, inset = (
        float(told[name]) for name in ("ratio", "columns", "pitchX", "pitchY", "unitX", "unitY", "inset")
    )
    line, column = divmod(map, int(columns))
    return {
        "x": (column * pitch_x + inset + (x + 0.5) * unit_x) / ratio,
        "y": (line * pitch_y + inset + (y + 0.5) * unit_y) / ratio,
    }


def color_at(page: Page, map: int, y: int = 1, x: int = 1) -> tuple[int, ...]:
    """The color on the screen in the middle of a unit."""
    canvas = page.locator("canvas.maps").first
    box, place = canvas.bounding_box(), unit_center(page, map, y, x)
    clip = {"x": box["x"] + place["x"], "y": box["y"] + place["y"], "width": 1, "height": 1}
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB").getpixel((0, 0))


def hover(page: Page, map: int, y: int, x: int, row: int = 0) -> None:
    page.locator("canvas.maps").nth(row).hover(position=unit_center(page, map, y, x, row))


def tip(page: Page) -> list[str]:
    expect(page.locator(".tip")).to_be_visible()
    return page.locator(".tip > div").all_inner_texts()


def picked(page: Page, said: str) -> None:
    expect(page.get_by_text(f"picked: {said}")).to_be_visible()


def test_signed_maps_are_orange_white_and_blue_in_the_light_theme(show):
    page = show("levels", color_scheme="light")
    assert [color_at(page, map) for map in range(3)] == [ORANGE, WHITE, BLUE]
    assert color_at(page, 3) == pytest.approx((128, 184, 216), abs=1)  # half way: one scale for the row
    assert page.locator(".low").inner_text() == "−2"
    assert page.locator(".high").inner_text() == "2 mV"


def test_zero_is_near_black_in_the_dark_theme(show):
    page = show("levels", color_scheme="dark")
    assert color_at(page, 0) == ORANGE
    assert max(color_at(page, 1)) < 40
    assert color_at(page, 2) == BLUE


def test_unsigned_maps_run_from_dark_to_light(show):
    page = show("unsigned")
    low, half, high = (sum(color_at(page, map)) for map in (1, 3, 0))
    assert low < half < high
    assert page.locator(".low").inner_text() == "0"


def test_colors_stay_crisp_at_a_fractional_device_pixel_ratio(show):
    page = show("levels", device_scale_factor=1.5, color_scheme="light")
    told = page.locator("canvas.maps").evaluate("canvas => [canvas.width, canvas.getBoundingClientRect().width]")
    assert told[0] == pytest.approx(told[1] * 1.5, abs=0.1)


def test_hover_tells_the_number_that_numpy_has(show):
    page = show("wave")
    values = waves.wave(6, 28, 28)
    for map, y, x in ((0, 0, 0), (2, 27, 3), (5, 13, 27)):
        hover(page, map, y, x)
        expect(page.locator(".tip .place")).to_have_text(f"height {y}, width {x}")
        assert tip(page)[:2] == [f"channel {map}", format_number(values[map, y, x])]
        expect(page.locator(".cursor")).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator(".tip")).to_be_hidden()


def test_browser_and_figures_write_numbers_alike(show):
    page = show("numbers")
    for place, value in enumerate(waves.NUMBERS):
        hover(page, 0, 0, place)
        expect(page.locator(".tip .label")).to_have_text(f"channel {place}")
        assert tip(page)[1] == format_number(np.float32(value))


def test_arrow_keys_move_a_unit_cursor_and_enter_picks(show):
    page = show("wave")
    canvas = page.locator("canvas.maps")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        canvas.press(key)
    assert tip(page)[2] == "height 1, width 1"  # the first key shows the cursor in the corner
    canvas.press("End")
    assert tip(page)[2] == "height 27, width 27"
    canvas.press("Enter")
    picked(page, "Pick(row=0, map=5, y=27, x=27)")
    canvas.press("ArrowLeft")  # the rerun left the cursor where it was
    assert tip(page)[2] == "height 27, width 26"


def test_arrow_keys_cross_into_the_neighboring_map(show):
    page = show("levels")
    canvas = page.locator("canvas.maps")
    for key in ("Home", *["ArrowRight"] * 4):
        canvas.press(key)
    assert tip(page)[0] == "channel 1"
    assert page.locator(".spoken").inner_text().startswith("channel 1, 0")
    canvas.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


def test_a_click_reaches_python_and_frames_the_map(show):
    page = show("wave", color_scheme="light")
    page.locator("canvas.maps").click(position=unit_center(page, 3, 4, 5))
    picked(page, "Pick(row=0, map=3, y=4, x=5)")
    page.mouse.move(2, 2)
    assert color_at(page, 3, 10, 0) == (0x00, 0x72, 0xB2)  # the frame, in the theme's primary color


def test_new_data_repaints_the_same_canvas(show):
    page = show("wave")
    canvas = page.locator("canvas.maps")
    canvas.evaluate("canvas => { canvas.mark = 'kept' }")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Next").click()
    page.wait_for_function("([was]) => document.querySelector('[data-testid=stBidiComponentIsolated]')"
                           ".shadowRoot.querySelector('canvas').toDataURL() !== was", arg=[before])
    assert canvas.evaluate("canvas => canvas.mark") == "kept"
    hover(page, 1, 2, 3)
    assert tip(page)[1] == format_number(waves.wave(6, 28, 28, seed=1)[1, 2, 3])


def test_the_theme_can_change_while_the_page_is_open(show):
    page = show("levels", color_scheme="light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("Number(document.querySelector('[data-testid=stBidiComponentIsolated]')"
                           ".shadowRoot.querySelector('canvas').dataset.painted) > 1")
    expect(page.locator(".tip")).to_be_hidden()
    assert max(color_at(page, 1)) < 40


def test_a_vector_is_a_strip_of_named_cells(show):
    page = show("vectors")
    hover(page, 9, 0, 0)
    assert tip(page)[:2] == ["Ankle boot", "4.5"]
    page.locator("canvas.maps").first.click(position=unit_center(page, 9, 0, 0))
    picked(page, "Pick(row=0, map=9, y=0, x=0)")


def test_of_512_maps_the_first_64_are_shown_and_it_says_so(show):
    page = show("many", width=1024)
    expect(page.locator(".note")).to_have_text("first 64 of 512")
    hover(page, 63, 6, 6)
    assert tip(page)[0] == "channel 63"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_large_map_shows_every_fourth_pixel_and_places_stay_true(show):
    page = show("large")
    expect(page.locator(".note")).to_have_text("every 4th pixel shown")
    hover(page, 1, 10, 20)
    assert tip(page) == ["channel 1", format_number(waves.wave(2, 250, 130)[1, 40, 80]), "height 40, width 80"]


def test_what_is_no_number_is_grey_and_named(show):
    page = show("broken")
    expect(page.locator(".warning")).to_have_text("16 not a number, 32 infinite")
    for x, said in ((0, "not a number"), (4, "infinite"), (8, "minus infinite")):
        hover(page, 0, 1, x)
        expect(page.locator(".tip .value")).to_have_text(said)
    assert page.locator(".high").inner_text() == "1"


def test_markup_in_a_label_is_shown_as_text(show):
    page = show("hostile")
    hover(page, 1, 0, 0)
    assert tip(page)[0] == "<img src=x onerror=alert(2)>"
    assert page.locator(".title").inner_text() == "<img src=x onerror=alert(1)>"
    assert page.locator(".grids img").count() == 0


def test_a_row_says_in_words_what_it_shows(show):
    label = show("levels").locator("canvas.maps").get_attribute("aria-label")
    assert label.startswith("levels, 4×4×4: minimum −2, maximum 2, mean 0.25")


def test_the_browser_key_outlives_a_reload_and_takes_no_room(show):
    page = show("key")
    said = page.get_by_text(re.compile("key: [0-9a-f]{16}"))
    expect(said).to_be_visible()
    first = said.inner_text()
    page.wait_for_function(f"({GAP_REM})() <= 1.01")  # the one gap that two neighbors have anyway
    page.reload()
    expect(said).to_have_text(first)
