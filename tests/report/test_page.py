"""The page of a run: what it holds is what the tables hold, and nothing that a plugin brought can do more than be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from harness import CommandLine, one_error_line
from pages import QUICK, Page, page_of, rows_of, write_run

from genbench.report.charts import alike, trade_offs
from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.loading import read_run

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "../../etc/passwd",
    "=HYPERLINK(1)",
    "a" * 10_000,
    "\u202egnp.exe",
    "{{ 7 * 7 }}",
    "<!--",
]


def test_every_row_of_the_committed_results_is_there(quick_page: Path) -> None:
    run = read_run(QUICK)
    page = Page(quick_page.read_text(encoding="utf-8"))
    by_name = {table["name"]: table for table in page.data["tables"]}
    of_pairs = {name: len(rows) for name, rows in run.pairs.items()}
    assert set(of_pairs) == {"crossings", "paired_tests"}
    rows = run.rows["table"].value_counts().to_dict()
    assert {name: table["rows"] for name, table in by_name.items()} == rows | of_pairs
    likelihood = run.rows[run.rows["table"] == "likelihood"]
    sent = by_name["likelihood"]["data"]
    assert np.array([sent["model"]["words"][code] for code in sent["model"]["codes"]]).tolist() == [
        *likelihood["model"]
    ]
    np.testing.assert_allclose(np.array(sent["value"], dtype=float), likelihood["value"], rtol=1e-5)
    kinds = [chart["kind"] for chart in page.data["charts"]]
    assert {"curves", "points", "ranks"} <= set(kinds)
    assert len(page.all("figure")) == len(kinds)
    assert all(panel["where"]["metric"] for chart in page.data["charts"] if chart["kind"] == "curves" for panel in chart["panels"])  # fmt: skip  # noqa: E501


def test_nothing_on_the_page_leads_elsewhere(quick_page: Path) -> None:
    page = Page(quick_page.read_text(encoding="utf-8"))
    for _, attributes in page.elements:
        for name in ("src", "href", "action", "data", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:")), attributes
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_hostile_names_are_text(tmp_path: Path) -> None:
    lines = [
        {
            "dataset": name,
            "model": name,
            "metric": name,
            "estimator": name,
            "unit": name,
            "value": value,
            "examples": size,
        }
        for name in HOSTILE
        for value, size in ((1.0, 10), (2.0, 20))
    ]
    failures = rows_of(*({"dataset": n, "model": n, "metric": n, "status": "failed"} for n in HOSTILE))
    folder = write_run(tmp_path / "run", {"hostile": rows_of(*lines), "failures": failures.assign(reason=HOSTILE)})
    page = page_of(folder)
    assert len(page.all("script")) == 2
    assert not page.all("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    words = page.data["tables"][0]["data"]["model"]["words"]
    assert HOSTILE[0] in words
    assert max(map(len, words)) <= 200
    assert not any("\u202e" in word for word in words)
    assert "{{ 7 * 7 }}" in page.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_the_best_is_marked_within_one_estimator_and_never_a_control(tmp_path: Path) -> None:
    frame = rows_of(
        {"dataset": "d", "model": "a", "metric": "nll", "value": 3.0},
        {"dataset": "d", "model": "b", "metric": "nll", "value": 2.0},
        {"dataset": "d", "model": "control", "metric": "nll", "value": 1.0},
        {"dataset": "d", "model": "a", "metric": "nll", "value": 0.5, "estimator": "bound"},
        {"dataset": "e", "model": "a", "metric": "share", "value": 0.5, "better": "higher"},
        {"dataset": "e", "model": "b", "metric": "share", "value": 0.4, "better": "higher"},
        {"dataset": "e", "model": "a", "metric": "p", "value": 0.4, "better": ""},
        {"dataset": "e", "model": "b", "metric": "p", "value": 0.3, "better": ""},
    )
    table = page_of(write_run(tmp_path / "run", {"t": frame}, controls=("control",))).data["tables"][0]
    assert table["best"] == [1, 4]
    assert table["controls"] == [2]


def test_tables_of_pairs_have_sections_that_say_how_to_read_them_and_no_best(quick_page: Path) -> None:
    page = Page(quick_page.read_text(encoding="utf-8"))
    names = [table["name"] for table in page.data["tables"]]
    assert names[-3:] == ["crossings", "paired_tests", "failures"]
    for name in ("crossings", "paired_tests"):
        table = page.data["tables"][names.index(name)]
        assert "best" not in table
        assert table["names"] == ["first", "second"]
        assert table["filters"] == ["dataset", "first", "second"]
        assert TABLES_OF_PAIRS[name].caption in page.text
        kept = {key for column in table["columns"] for key in (column["key"], "ci_low", "ci_high")}
        assert kept == {"dataset", "first", "second", *TABLES_OF_PAIRS[name].columns}


def test_runs_of_models_that_do_not_differ() -> None:
    p = np.array([[1, 0.9, 0.2, 0.01], [0.9, 1, 0.3, 0.02], [0.2, 0.3, 1, 0.4], [0.01, 0.02, 0.4, 1]])
    assert alike(p) == [(0, 2), (2, 3)]
    assert alike(np.eye(3)) == []
    assert alike(np.ones((3, 3))) == [(0, 2)]


def test_the_front_holds_the_models_that_no_other_beats_in_both(tmp_path: Path) -> None:
    seconds = {"cheap": 1.0, "middle": 2.0, "dear": 3.0, "wasteful": 4.0, "control": 0.1}
    distance = {"cheap": 9.0, "middle": 5.0, "dear": 6.0, "wasteful": 1.0, "control": 0.1}
    tables = {
        name: rows_of(*({"dataset": "d", "model": m, "metric": metric, "value": v} for m, v in values.items()))
        for name, metric, values in (("cost", "train_seconds", seconds), ("q", "frechet_distance", distance))
    }
    (chart,) = trade_offs(read_run(write_run(tmp_path / "run", tables, controls=("control",))))
    front = {point["name"] for point in chart.spec["panels"][0]["points"] if point["front"]}
    assert front == {"cheap", "middle", "wasteful"}


def test_pictures_of_what_jobs_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = {
        "seeds": np.arange(2),
        "samples": rng.random((2, 64, 1, 8, 8)),
        "nearest": rng.random((2, 64, 1, 8, 8)),
        "real": rng.random((64, 1, 8, 8)),
        "reconstructions": rng.random((2, 8, 1, 8, 8)),
        "interpolations": rng.random((2, 8, 8, 1, 8, 8)),
        "traversals": rng.random((2, 3, 8, 1, 8, 8)),
    }
    points = {
        "seeds": np.arange(1), "samples": rng.random((1, 40, 2)), "nearest": rng.random((1, 40, 2)),
        "real": rng.random((50, 2)), "centres": np.array([[0.5, 0.5], [0.25, 0.75]]),
        "log_density": -rng.random((16, 16)), "extent": np.array([0.0, 1.0, 0.0, 1.0]),
    }  # fmt: skip
    frame = rows_of(
        *({"dataset": d, "model": m, "metric": "x", "value": 1.0} for m, d in (("vae", "digits"), ("gan", "ring8")))
    )
    kept = {("vae", "digits"): images, ("gan", "ring8"): points}
    page = page_of(write_run(tmp_path / "run", {"t": frame}, kept))
    titles = [image["alt"].split(":")[0] for image in page.all("img")]
    assert titles == [
        "Samples beside real examples", "Nearest training examples", "Reconstructions", "Interpolations", "Traversals",
    ]  # fmt: skip
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    dots, modes = (one["d"] for one in page.all("path") if one["class"] in ("dots", "modes"))
    assert dots.count("M") == 40
    assert modes == "M96 100h8M100 96v8M46 50h8M50 46v8"  # the second lies at a quarter, and a quarter from the top
    assert len(page.all("image")) == 1


def test_a_run_without_a_single_value_has_a_page(tmp_path: Path) -> None:
    failures = rows_of({"dataset": "d", "model": "m", "metric": "job", "status": "timeout"}).assign(reason="too slow")
    page = page_of(write_run(tmp_path / "one", {"failures": failures}))
    assert "too slow" in page.text
    assert page.data["charts"] == []
    assert page_of(write_run(tmp_path / "none", {"failures": failures.iloc[:0]})).data["charts"] == []


def test_the_command(genbench_here: CommandLine) -> None:
    one_error_line(genbench_here("report", "nowhere"), "nowhere", "holds neither a run")
    lines = [{"dataset": "d", "model": m, "metric": "nll", "value": v} for m, v in (("a", 1.0), ("b", 2.0))]
    for name in ("first", "second"):
        write_run(genbench_here.cwd / name, {"t": rows_of(*lines)})
    done = genbench_here("report", "first", "second")
    assert done.returncode == 0, done.stderr
    tables = Page((genbench_here.cwd / "first" / "report.html").read_text(encoding="utf-8")).data["tables"]
    assert [table["name"] for table in tables] == ["comparison", "t"]
    assert tables[0]["data"]["verdict"]["words"] == ["= not significant"]


@pytest.mark.slow
def test_a_hundred_thousand_rows_make_a_page_that_can_be_sent(tmp_path: Path) -> None:
    places = [(d, m, k, e) for d in range(10) for m in range(100) for k in range(10) for e in range(10)]
    rng = np.random.default_rng(0)
    frame = rows_of({}).loc[[0] * len(places)].reset_index(drop=True)
    for column, part in (("dataset", 0), ("model", 1), ("metric", 2)):
        frame[column] = [f"{column}_{place[part]}" for place in places]
    frame["examples"] = [10 * (1 + place[3]) for place in places]
    frame["value"] = rng.normal(size=len(places))
    frame["ci_low"], frame["ci_high"] = frame["value"] - 0.1, frame["value"] + 0.1
    page = page_of(write_run(tmp_path / "run", {"t": frame}))
    assert (tmp_path / "run" / "page.html").stat().st_size < 15e6
    assert page.data["tables"][0]["rows"] == 100_000
