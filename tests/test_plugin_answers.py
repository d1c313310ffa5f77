"""What a plugin answered is kept, and never used where the plugin might answer otherwise now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from run_ending_plugins import HOOK, write_plugins

from genbench.plugins import Registry, load_plugins


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("GENBENCH_CACHE", str(tmp_path / "cache"))
    return site


@pytest.fixture
def asked(site: Path) -> Callable[[], int]:
    """A plugin that leaves word of each import; how many there were."""
    notes = site.parent / "notes"
    write_plugins(site, {"counted": f"open({str(notes)!r}, 'a').write('!')" + HOOK.format(name="mine")})
    return lambda: len(notes.read_text())


def brought(registry: Registry) -> list[str]:
    return [name for name, one in registry.models.items() if one.plugin.distribution != "genbench"]


def test_an_answer_is_kept(asked: Callable[[], int]) -> None:
    assert [brought(load_plugins()) for _ in range(3)] == [["mine"]] * 3
    assert asked() == 1
    load_plugins(anew=True)
    assert asked() == 2


def test_a_changed_module_is_asked_again(site: Path, asked: Callable[[], int]) -> None:
    load_plugins()
    module = site / "m_counted.py"
    module.write_text(module.read_text().replace("mine", "your"))
    assert (brought(load_plugins()), asked()) == (["your"], 2)


def test_another_version_is_asked_again(site: Path, asked: Callable[[], int]) -> None:
    load_plugins()
    information = site / "counted-1.0.dist-info" / "METADATA"
    information.write_text(information.read_text().replace("1.0", "1.1"))
    load_plugins()
    assert asked() == 2


def test_another_time_limit_is_asked_again(asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    load_plugins()
    monkeypatch.setenv("GENBENCH_PLUGIN_SECONDS", "300")
    load_plugins()
    assert asked() == 2


def test_a_damaged_file_is_no_answer(asked: Callable[[], int], tmp_path: Path) -> None:
    load_plugins()
    (kept,) = (tmp_path / "cache" / "plugins").iterdir()
    whole = kept.read_text()
    damaged = ("", whole[:50], "[]", whole.replace('"events"', '"other"'), whole.replace("record", "cord"), "[" * 10**5)
    for times, text in enumerate(damaged, 2):
        kept.write_text(text)
        assert (brought(load_plugins()), asked()) == (["mine"], times)
    kept.write_bytes(b"\xff\xfe\xff")
    assert brought(load_plugins()) == ["mine"]


def test_a_record_of_the_cache_is_checked(asked: Callable[[], int], tmp_path: Path) -> None:
    load_plugins()
    (kept,) = (tmp_path / "cache" / "plugins").iterdir()
    kept.write_text(kept.read_text().replace('"mine"', '"../../mine"'))
    registry = load_plugins()
    assert brought(registry) == []
    assert "yielded a record that is not allowed: ModelSpec: name" in registry.problems[0].message


def test_a_cache_that_cannot_be_written_is_none(asked: Callable[[], int], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    for times in (1, 2):
        assert (brought(load_plugins()), asked()) == (["mine"], times)


def test_what_was_missing_is_found_once_it_is_there(site: Path) -> None:
    """An answer with a problem is not kept, nor one from before something was installed beside the plugin."""
    optional = HOOK.format(name="base") + (
        "    if __import__('importlib.util').util.find_spec('extra'):\n"
        "        yield ModelSpec(name='more', target='nowhere:Model', summary='Never run')\n"
    )
    write_plugins(site, {"needs": "import extra" + HOOK.format(name="needy"), "optional": optional})
    for _ in range(2):
        registry = load_plugins()
        (problem,) = registry.problems
        assert problem.message == "importing m_needs failed: ModuleNotFoundError: No module named 'extra'"
        assert brought(registry) == ["base"]
    (site / "extra.py").touch()
    registry = load_plugins()
    assert (registry.problems, brought(registry)) == ([], ["needy", "base", "more"])


def test_an_editable_plugin_is_asked_when_its_project_changes(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hook reads a file of the project that lies outside of the package."""
    project = site.parent / "project"
    (project / "src").mkdir(parents=True)
    names = project / "names.txt"
    names.write_text("one")
    write_plugins(site, {"edited": ""})
    (site / "m_edited.py").rename(project / "src" / "m_edited.py")
    (project / "src" / "m_edited.py").write_text(HOOK.replace('"{name}"', f"open({str(names)!r}).read()"))
    origin = {"url": project.as_uri(), "dir_info": {"editable": True}}
    (site / "edited-1.0.dist-info" / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(project / "src"))
    assert brought(load_plugins()) == ["one"]
    names.write_text("three")
    assert brought(load_plugins()) == ["three"]
