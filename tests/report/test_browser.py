"""The page in a browser: it works from disk, for the eye, the keyboard and a screen reader, on a phone and on a desk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import rows_of, write_run

from genbench.report.page import write_report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
WIDTHS = (390, 1440)
MARKS = ", ".join(f".{name}" for name in ("k0", "k1", "k2", "k3", "k4", "k5", "k6", "kc"))
EMPTY_FIGURES = (
    "[...document.querySelectorAll('figure.chart')].filter((one) => !one.querySelector('svg')).map((one) => one.id)"
)
EMPTY_PANELS = f"""[...document.querySelectorAll('figure.chart .panels svg')]
    .filter((one) => !one.querySelector('{MARKS}')).map((one) => one.textContent)"""
HOSTILE = "</script><img src=x onerror=alert(1)>"


class Watched:
    """A page that notes what it complains of and what it asks the network for."""

    def __init__(self, browser: Any, path: Path, width: int, scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.set_default_timeout(300_000)
        self.complaints: list[str] = []
        self._asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self._asked.append(request.url))
        self.page.goto(path.as_uri())

    @property
    def requests(self) -> list[str]:
        """All but the page itself and what it holds."""
        return [url for url in self._asked if url != self.page.url and not url.startswith("data:")]

    def draw_all(self) -> None:
        self.page.evaluate("document.querySelectorAll('details.gallery').forEach(one => { one.open = true; })")
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")

    def check_figures_and_width(self) -> None:
        """Each panel of each figure shows something, each image is one, nothing overflows, nobody complained or asked."""
        assert self.page.evaluate(EMPTY_FIGURES) == []
        assert self.page.evaluate(EMPTY_PANELS) == []
        assert self.page.evaluate("[...document.images].filter((one) => !one.naturalWidth).length") == 0
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert self.complaints == []
        assert self.requests == []

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_all_figures_are_there_and_nothing_is_complained_of_or_asked_for(
    browser: Any, quick_page: Path, width: int
) -> None:
    watched = Watched(browser, quick_page, width, "dark" if width < 1000 else "light")
    watched.draw_all()
    assert watched.page.locator("figure.chart").count() > 50
    watched.check_figures_and_width()
    watched.page.close()


def test_figures_are_drawn_when_they_come_into_sight(browser: Any, quick_page: Path) -> None:
    watched = Watched(browser, quick_page, 1440)
    first = watched.page.locator("#figures figure.chart").first
    assert first.locator(".panels svg").count() == 0
    first.scroll_into_view_if_needed()
    first.locator(".panels svg").first.wait_for()
    first.locator("summary").click()
    first.locator("details tbody tr").first.wait_for()
    assert first.locator("details tbody tr").count() > 10
    measured = watched.page.locator("details.measured:visible").first
    measured.locator("summary").click()
    measured.locator("tbody tr").first.wait_for()
    watched.page.close()


def test_tables_sort_filter_and_turn_leaves(browser: Any, quick_page: Path) -> None:
    watched = Watched(browser, quick_page, 1440)
    section = watched.page.locator("section", has=watched.page.get_by_role("heading", name="Sample quality"))
    name = f"#{section.get_attribute('id')}"
    models = section.locator("th[data-key=model] button")
    models.click()
    assert section.locator("th[data-key=model]").get_attribute("aria-sort") == "ascending"
    competing = f"{name} tbody tr:not(.control) th bdi"
    rising = watched.texts(competing)
    assert rising == sorted(rising)
    assert len(rising) > 3
    models.click()
    assert section.locator("th[data-key=model]").get_attribute("aria-sort") == "descending"
    assert watched.texts(competing) == rising[::-1]
    section.locator("select[data-key=dataset]").select_option("ring8")
    section.locator("input").fill("GAN")
    shown = watched.texts(f"{name} tbody th bdi")
    assert shown
    assert all("gan" in model for model in shown)
    assert set(watched.texts(f"{name} tbody td:nth-child(8)")) == {"ring8"}
    section.locator("input").fill("")
    for key in ("metric", "estimator", "examples", "n"):
        chosen = section.locator(f"select[data-key={key}]")
        if chosen.is_visible():
            chosen.select_option(index=0)  # all of them
    section.get_by_role("button", name="Next").click()
    assert section.get_by_role("status").inner_text().startswith("rows 51 to 100 of ")
    watched.page.close()


def test_tables_of_pairs_sort_filter_and_are_searched_by_either_model(browser: Any, quick_page: Path) -> None:
    watched = Watched(browser, quick_page, 1440)
    section = watched.page.locator("section", has=watched.page.get_by_role("heading", name="Crossings"))
    name = f"#{section.get_attribute('id')}"
    section.locator("th[data-key=crossing] button").click()
    numbers = [float(text) for text in watched.texts(f"{name} td.crossing") if text != "–"]
    assert len(numbers) > 3
    assert numbers == sorted(numbers)
    assert section.locator("svg.bar").count() == len(numbers)
    section.locator("select[data-key=dataset]").select_option("digits")
    section.locator("input").fill("logistic")
    pairs = list(zip(*[iter(watched.texts(f"{name} tbody th bdi"))] * 2, strict=True))
    assert {0, 1} == {place for pair in pairs for place in (0, 1) if pair[place] == "logistic_regression"}
    assert all("logistic_regression" in pair for pair in pairs)
    watched.page.close()


def test_by_keyboard_one_can_skip_to_the_results(browser: Any, quick_page: Path) -> None:
    watched = Watched(browser, quick_page, 390)
    watched.page.keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert watched.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    watched.page.keyboard.press("Enter")
    assert watched.page.evaluate("document.activeElement.id") == "main"
    watched.page.close()


def serious_faults(page: Any) -> list[tuple[str, str]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Any, quick_page: Path, scheme: str) -> None:
    watched = Watched(browser, quick_page, 1440, scheme)
    watched.page.locator("#figures").scroll_into_view_if_needed()
    assert serious_faults(watched.page) == []
    watched.page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_with_pictures(browser: Any, pictured_run: Path, width: int) -> None:
    watched = Watched(browser, pictured_run / "report.html", width, "dark" if width < 1000 else "light")
    watched.draw_all()
    watched.check_figures_and_width()
    shown = {
        (article.locator("h4 bdi").inner_text(), article.locator("xpath=../..").locator("summary h3").inner_text()): [
            text.split(".")[0] for text in article.locator("figure:not(.chart) figcaption").all_inner_texts()
        ]
        for article in watched.page.locator("#models article").all()
    }
    of_images = ["Samples beside real examples", "Nearest training examples"]
    paths = ["Reconstructions", "Interpolations", "Traversals", "Arithmetic between classes"]
    assert shown == {
        ("gda", "digits"): of_images,
        ("naive_bayes", "digits"): of_images,
        ("vae", "digits"): [*of_images, *paths],
        ("memoriser", "digits"): of_images,
        ("vae", "ring8"): ["Samples in the plane"],
        ("memoriser", "ring8"): ["Samples in the plane"],
    }
    assert watched.page.locator("svg.plane .modes").count() == 2
    assert "6 ok" in watched.texts("dl.facts dd")[-1]
    assert serious_faults(watched.page) == []
    watched.page.close()


def test_hostile_names_do_nothing(browser: Any, tmp_path: Path) -> None:
    line = {"dataset": HOSTILE, "model": HOSTILE, "metric": HOSTILE, "estimator": HOSTILE, "unit": HOSTILE}
    frame = rows_of(*({**line, "value": value, "examples": size} for value, size in ((1.0, 10), (2.0, 20))))
    write_report(write_run(tmp_path / "run", {"t": frame}), tmp_path / "page.html")
    watched = Watched(browser, tmp_path / "page.html", 390)
    watched.draw_all()
    assert watched.complaints == []
    assert watched.requests == []
    assert watched.page.locator("img[src=x]").count() == 0
    assert HOSTILE in watched.texts("section.table tbody th bdi")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.page.close()
