"""The review's page and the picture of the architecture in a real browser, which is started once.

A page around them holds each in a frame of 1280 pixels, works the review as a person does, measures the picture, and
writes down what is seen then. The review's own content security policy stays in force: the frame's script is the
page's, the outer one only clicks and reads.
"""

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.project_paths import OUTPUT
from scripts.review.folding import Entry
from scripts.review.model import Review, make_review
from scripts.review.render.html_page import render_html
from scripts.review.render.wording import entries, subject
from scripts.review.replacement import facts_of, schema_folder
from tests.support.scripts.prepared_changes import prepared_changes, review_of

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(
    BROWSER is None,
    reason="no Chromium on this machine: page and picture are tested by their text and numbers, not as they look",
)

AROUND = """<!doctype html><meta charset="utf-8"><style>iframe { width: 1280px; height: 800px; border: 0 }</style>
<iframe srcdoc="%s"></iframe><iframe srcdoc="%s" style="color-scheme: dark"></iframe><iframe srcdoc="%s"></iframe>
<script>
const meet = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
const within = (one, other) =>
  one.left >= other.left && one.right <= other.right && one.top >= other.top && one.bottom <= other.bottom;
const looks = (page) => ({
  wide: page.documentElement.scrollWidth,
  background: page.defaultView.getComputedStyle(page.body).backgroundColor,
  colour: page.defaultView.getComputedStyle(page.body).color,
});
const measure = (page) => {
  const svg = page.querySelector("svg");
  const place = (one) => one.getBoundingClientRect();
  const placed = (selector) => [...svg.querySelectorAll(selector)].map((one) => ({
    name: one.textContent, at: place(one), home: one.parentNode.querySelector(":scope > rect[rx]") ?? svg, one }));
  const [texts, boxes] = [placed("text"), placed("rect[rx]")];
  const edges = [...svg.querySelectorAll("path[marker-end]")].map((one) => ({
    name: one.textContent,
    points: Array.from({ length: 200 }, (_, step) =>
      one.getPointAtLength((one.getTotalLength() * step) / 199).matrixTransform(one.getScreenCTM())),
  }));
  const lies = ({ x, y }, part) =>
    x > part.left + 1 && x < part.right - 1 && y > part.top + 1 && y < part.bottom - 1;
  const names = (found) => found.map((each) => each.name);
  return {
    ...looks(page),
    counts: [texts.length, boxes.length, edges.length],
    cut: names(texts.filter((text) => !within(text.at, place(text.home)))),
    overlapping: names(texts.filter((text, number) =>
      texts.slice(number + 1).some((other) => meet(text.at, other.at))
      || boxes.some((box) => box.one !== text.home && meet(text.at, box.at)))),
    crossing: names(edges.filter((edge) =>
      edge.points.some((point) => [...boxes, ...texts].some((part) => lies(point, part.at))))),
  };
};
addEventListener("load", () => {
  const [page, dark, picture] = [...document.querySelectorAll("iframe")].map((one) => one.contentDocument);
  const search = page.getElementById("search");
  const all = [...page.querySelectorAll("details.change")];
  const state = () => ({
    shown: all.filter((change) => !change.hidden).map((change) => change.querySelector("strong").textContent),
    open: all.filter((change) => change.open).map((change) => change.querySelector("strong").textContent),
    says: page.getElementById("shown").textContent,
  });
  const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); return state(); };
  const found = { first: state(), text: page.body.innerText, names: all.map((one) => one.dataset.danger) };
  found.searched = type("inboxtable KeySchema");
  found.nothing = type("there is no such thing");
  found.cleared = type("");
  const box = page.querySelector('input[name="danger"]');
  found.unchecked = box.value;
  box.click();
  found.filtered = state();
  box.click();
  page.getElementById("fold").click();
  found.folded = state();
  page.getElementById("unfold").click();
  found.unfolded = state();
  found.light = looks(page);
  found.dark = looks(dark);
  found.picture = measure(picture);
  found.scripts = page.scripts.length;
  found.injected = page.querySelector("img") !== null;
  found.fetched = performance.getEntriesByType("resource").length;
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script>"""
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def all_prepared() -> Review:
    """One review of the ten prepared changes, each in a stack of its own, and one with hostile text."""
    facts = facts_of(schema_folder(), "us-east-1")
    changes = [
        replace(change, path=(prepared.name, *change.path))
        for prepared in prepared_changes()
        for change in review_of(prepared, facts).changes
    ]
    worst = max(
        range(len(changes)), key=lambda number: changes[number].danger
    )  # it is unfolded: its text shows
    changes[worst] = replace(changes[worst], reasons=(*changes[worst].reasons, HOSTILE))
    return make_review("payment-webhooks-dev", "templates", changes)


def told(review: Review) -> list[Entry]:
    return list(entries(review))


def browse(folder: Path, page: str, picture: str) -> dict[str, Any]:
    around = folder / "around.html"
    around.write_text(AROUND % tuple(map(html.escape, (page, page, picture))), encoding="utf-8")
    done = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000", "--dump-dom"),
            around.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(html.unescape(found[1]))
    return result


@pytest.fixture(scope="module")
def review() -> Review:
    return all_prepared()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, review: Review) -> dict[str, Any]:
    picture = (OUTPUT / "architecture.svg").read_text("utf-8")
    style = "<!doctype html><style>body { margin: 0 } svg { width: 100%; height: auto }</style>"
    return browse(tmp_path_factory.mktemp("browser"), render_html(review), style + picture)


def test_it_opens_with_every_change_and_the_dangerous_ones_unfolded(
    seen: dict[str, Any], review: Review
) -> None:
    assert len(seen["first"]["shown"]) == len(told(review))
    dangerous = [subject(entry)[0] for entry in told(review) if entry.danger.name not in ("ADDS", "CHANGES")]
    assert sorted(seen["first"]["open"]) == sorted(dangerous)


def test_a_replacement_is_shown_as_such(seen: dict[str, Any], review: Review) -> None:
    assert seen["searched"]["shown"] == ["09-table-key/Data/InboxTable"]
    assert "Will fail" in seen["text"]
    assert seen["names"].count("DESTROYS_DATA") == sum(
        entry.danger.name == "DESTROYS_DATA" for entry in told(review)
    )


def test_search_and_filter_hide_what_does_not_fit(seen: dict[str, Any], review: Review) -> None:
    assert seen["nothing"]["shown"] == []
    assert seen["nothing"]["says"] == f"0 of {len(told(review))} shown"
    assert seen["cleared"]["shown"] == seen["first"]["shown"]
    left = [entry for entry in told(review) if entry.danger.name != seen["unchecked"]]
    assert len(seen["filtered"]["shown"]) == len(left) < len(told(review))


def test_it_folds_and_unfolds_as_a_whole(seen: dict[str, Any], review: Review) -> None:
    assert seen["folded"]["open"] == []
    assert len(seen["unfolded"]["open"]) == len(told(review))


def test_what_a_template_says_never_becomes_code(seen: dict[str, Any]) -> None:
    assert HOSTILE in seen["text"]
    assert seen["scripts"] == 1
    assert seen["injected"] is False


def test_nothing_is_fetched(seen: dict[str, Any]) -> None:
    assert seen["fetched"] == 0


def brightness(colour: str) -> int:
    """The sum of red, green and blue, from 0 to 765, of `rgb(28, 30, 33)`."""
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_the_page_fits_1280_pixels_and_is_readable_where_the_screen_is_dark(seen: dict[str, Any]) -> None:
    assert seen["light"]["wide"] <= 1280
    assert brightness(seen["light"]["background"]) > 600 > 200 > brightness(seen["light"]["colour"])
    assert brightness(seen["dark"]["background"]) < 200 < 600 < brightness(seen["dark"]["colour"])


def test_the_picture_cuts_no_text_at_1280_pixels_and_no_line_runs_through_a_box_or_a_text(
    seen: dict[str, Any],
) -> None:
    picture = seen["picture"]
    assert picture["wide"] == 1280
    assert all(count > 40 for count in picture["counts"])  # texts, boxes and lines are found at all
    assert (picture["cut"], picture["overlapping"], picture["crossing"]) == ([], [], [])
