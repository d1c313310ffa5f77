"""Download and verification, with scikit-learn's ``fetch_openml`` replaced by one that answers from files at hand."""

from __future__ import annotations

import gzip
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from genbench.data import uci
from genbench.data.checksums import PINNED, check_first_use, check_pinned, read_checksums, sha256, unpacked
from genbench.data.fetch import fetch
from genbench.data.files.csv_file import CsvOptions, read_csv
from genbench.data.hooks import genbench_datasets
from genbench.data.idx import read_idx
from genbench.data.images import IDX_FILES, THINGS
from genbench.data.source import DataSource
from genbench.data.verify import verify
from genbench.errors import DataError, UnknownNameError

SPECS = {spec.name: spec for spec in genbench_datasets()}


@pytest.fixture
def openml(monkeypatch):
    """Sets what OpenML answers; what it was asked is kept in ``asked``."""
    state = SimpleNamespace(answer=None, asked=None)

    def fetch_openml(**arguments):
        state.asked = arguments
        if isinstance(state.answer, Exception):
            raise state.answer
        return state.answer

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch_openml)
    return state


def _table(frame, target="class"):
    return SimpleNamespace(data=frame.drop(columns=[target]), target=frame[target])


def _fetched(name, folder):
    fetch(name, folder)
    return getattr(uci, name)(DataSource((folder,)))


def test_pima(openml, tmp_path, shared_data):
    frame = read_csv(shared_data / "uci" / "pima.csv", CsvOptions(target="target")).rename(columns={"target": "class"})
    frame["class"] = frame["class"].map({"0": "tested_negative", "1": "tested_positive"}).astype("category")
    openml.answer = _table(frame)
    dataset = _fetched("pima", tmp_path)
    assert (openml.asked["data_id"], openml.asked["as_frame"]) == (37, True)
    assert dataset.fingerprint == uci.pima(DataSource((shared_data,))).fingerprint
    assert list(tmp_path.glob("**/.download-*")) + list(tmp_path.glob("**/*.part")) == []


def test_vote_with_its_question_marks(openml, tmp_path, shared_data):
    """OpenML has n, missing and y; the data folder c0, c1 (the "?" of UCI) and c2."""
    frame = read_csv(shared_data / "uci" / "vote.csv", CsvOptions(target="target"))
    theirs = frame.replace({"c0": "n", "c2": "y", "c1": np.nan}).astype("category")
    theirs["target"] = frame["target"].map({"0": "democrat", "1": "republican"})
    openml.answer = _table(theirs, "target")
    ours, fetched = uci.vote(DataSource((shared_data,))), _fetched("vote", tmp_path)
    np.testing.assert_array_equal(ours.train.x, fetched.train.x)
    np.testing.assert_array_equal(ours.test.y, fetched.test.y)


def test_lymphography_numbers_become_categories(openml, tmp_path, shared_data):
    frame = read_csv(shared_data / "uci" / "lymphography.csv", CsvOptions(target="target"))
    theirs = frame.apply(
        lambda column: column.str.removeprefix("c").astype(float) if column.name != "target" else column
    )
    names = {"0": "fibrosis", "1": "malign_lymph", "2": "metastases", "3": "normal"}
    theirs["target"] = frame["target"].map(names)
    openml.answer = _table(theirs, "target")
    ours, fetched = uci.lymphography(DataSource((shared_data,))), _fetched("lymphography", tmp_path)
    assert fetched.fingerprint == ours.fingerprint


def test_boston_price_becomes_a_label(openml, tmp_path, shared_data):
    frame = read_csv(shared_data / "uci" / "boston.csv")
    above = (frame["target"] == "above_median").to_numpy()
    price = np.where(above, 30 + np.arange(506) / 99, 21.2)  # ties at the median, as in the real set
    price[np.flatnonzero(~above)[:200]] = 15
    openml.answer = _table(
        frame.assign(target=price, chas=frame["chas"].astype(int).astype(str).astype("category")), "target"
    )
    fetched = _fetched("boston", tmp_path)
    assert fetched.fingerprint == uci.boston(DataSource((shared_data,))).fingerprint
    openml.answer.target = pd.Series(np.arange(506.0))
    with pytest.raises(DataError, match=r"classes \{.*253.*\}, but boston has"):
        fetch("boston", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["uci", "openml"])
def test_adult_comes_in_ucis_order(openml, tmp_path, shared_data, order):
    frame = read_csv(shared_data / "uci" / "adult.csv.gz", CsvOptions(target="target"))
    if order == "openml":
        frame = pd.concat([frame.iloc[32_561:], frame.iloc[:32_561]], ignore_index=True)
    frame["target"] = frame["target"].map({"1": "<=50K", "0": ">50K"})
    openml.answer = _table(frame, "target")
    assert _fetched("adult", tmp_path).fingerprint == uci.adult(DataSource((shared_data,))).fingerprint


def test_adult_in_another_order_is_refused(openml, tmp_path, shared_data):
    frame = (
        read_csv(shared_data / "uci" / "adult.csv.gz", CsvOptions(target="target")).iloc[::-1].reset_index(drop=True)
    )
    openml.answer = _table(frame, "target")
    with pytest.raises(DataError, match="not in the order of UCI's"):
        fetch("adult", tmp_path)


def test_optdigits_in_another_order_is_refused(openml, tmp_path, shared_data):
    frame = read_csv(shared_data / "uci" / "optdigits.csv")
    frame["target"] = frame["target"].astype(int).astype(str)
    openml.answer = _table(frame, "target")
    assert _fetched("optdigits", tmp_path).fingerprint == uci.optdigits(DataSource((shared_data,))).fingerprint
    openml.answer = _table(frame.iloc[::-1], "target")
    with pytest.raises(DataError, match="not in the order of UCI's"):
        fetch("optdigits", tmp_path)


def test_lenses_need_no_network(openml, tmp_path):
    openml.answer = AssertionError("asked")
    assert _fetched("lenses", tmp_path).spec.categories == (3, 2, 2, 2)


def test_another_data_set_is_refused_and_nothing_is_written(openml, tmp_path):
    openml.answer = _table(pd.DataFrame({"a": [1.0, 2.0], "class": ["tested_negative", "tested_positive"]}))
    with pytest.raises(DataError, match="OpenML's data set 37 has the classes"):
        fetch("pima", tmp_path)
    assert not (tmp_path / "uci").exists()


@pytest.fixture
def mnist_answer(shared_data):
    arrays = [read_idx(shared_data / "mnist" / name) for name in IDX_FILES]
    data = np.concatenate([arrays[0], arrays[2]]).reshape(70_000, 784)
    return SimpleNamespace(data=data, target=np.concatenate([arrays[1], arrays[3]]).astype(str).astype(object))


def test_mnist_of_another_content_is_refused(openml, tmp_path, mnist_answer):
    mnist_answer.data[0, 0] += 1
    openml.answer = mnist_answer
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz made from .* does not have the published MD5"):
        fetch("mnist-binary", tmp_path)
    assert openml.asked["data_id"] == 554


@pytest.mark.slow
def test_mnist_whole(openml, tmp_path, mnist_answer, shared_data):
    openml.answer = mnist_answer
    paths = fetch("mnist", tmp_path)
    for path in paths:
        assert gzip.decompress(path.read_bytes()) == gzip.decompress((shared_data / "mnist" / path.name).read_bytes())
    findings = verify(DataSource((tmp_path,)), SPECS["mnist"])
    assert all(finding.ok for finding in findings)
    assert "SHA-256 and pinned contents as recorded" in findings[0].text
    assert set(read_checksums(tmp_path)) == set(SPECS["mnist"].files)


def test_unbalanced_fashion_mnist_is_refused(openml, tmp_path):
    openml.answer = SimpleNamespace(
        data=np.zeros((70_000, 784), np.uint8), target=np.zeros(70_000).astype(int).astype(str)
    )
    with pytest.raises(DataError, match=r"images a class, expected 6000 of each"):
        fetch("fashion_mnist", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("names", [list("0123456789"), list(THINGS)])
def test_cifar10(openml, tmp_path, names):
    labels = np.arange(60_000) % 10
    data = np.zeros((60_000, 3072), np.uint8)
    data[:, 5] = np.arange(60_000) // 10_000
    openml.answer = SimpleNamespace(data=data, target=np.array(names, dtype=object)[labels])
    paths = fetch("cifar10", tmp_path)
    records = np.fromfile(paths[5], np.uint8).reshape(10_000, 3073)
    assert records[:, 0].tolist() == labels[50_000:].tolist()
    assert set(records[:, 6]) == {5}


@pytest.mark.parametrize(
    "error", [OSError("no route to host"), ValueError("md5 checksum of local file does not match\nhint")]
)
def test_failed_download_is_one_line(openml, tmp_path, error):
    openml.answer = error
    with pytest.raises(DataError) as caught:
        fetch("pima", tmp_path)
    assert "\n" not in str(caught.value)
    assert str(error).splitlines()[0] in str(caught.value)


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="fetching 'lenses' into"):
        fetch("lenses", tmp_path / "file")


def test_wrong_name_has_a_suggestion(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'fashion_mnist'"):
        fetch("fashion-mnist", tmp_path)


def test_every_fetchable_record_has_a_recipe():
    from genbench.data.fetch import RECIPES

    assert {name for name, spec in SPECS.items() if spec.fetchable} == set(RECIPES)


def test_checksums_of_several_sets_stand_together(tmp_path):
    (tmp_path / "SHA256SUMS").write_text("ab" * 32 + "  other/file.bin\n")
    fetch("lenses", tmp_path)
    assert list(read_checksums(tmp_path)) == ["other/file.bin", "uci/lenses.csv"]


def test_verify_finds_damage_absence_and_what_does_not_load(tmp_path):
    source = DataSource((tmp_path,))
    assert [f.ok for f in verify(source, SPECS["lenses"])] == [False]
    (path,) = fetch("lenses", tmp_path)
    assert [f.ok for f in verify(source, SPECS["lenses"])] == [True, True]
    path.write_text(path.read_text().replace("soft", "hard"))
    (finding,) = verify(source, SPECS["lenses"])
    assert not finding.ok
    assert "its SHA-256 is not the one in SHA256SUMS" in finding.text
    (tmp_path / "SHA256SUMS").unlink()
    (finding,) = verify(source, SPECS["lenses"])
    assert not finding.ok
    assert "not those that are known for good" in finding.text
    path.with_name("pima.csv").write_text("a,b\n1,2\n")
    findings = verify(source, SPECS["pima"])
    assert [f.ok for f in findings] == [True, False]
    assert "no checksum is recorded" in findings[0].text


def _answer(classes=(500, 268), **changes):
    """As much of pima as its recipe looks at."""
    frame = pd.DataFrame({"plas": np.arange(768.0), "age": 30.0})
    for (row, column), value in changes.get("cells", {}).items():
        frame.loc[row, column] = value
    names = ["tested_negative"] * classes[0] + ["tested_positive"] * classes[1]
    return _table(frame.assign(**{"class": names}))


def test_what_was_fetched_once_is_held_to(openml, tmp_path):
    openml.answer = _answer()
    (path,) = fetch("pima", tmp_path)
    before = path.read_bytes(), (tmp_path / "SHA256SUMS").read_text()
    assert fetch("pima", tmp_path) == (path,)  # the same again
    openml.answer = _answer(cells={(3, "plas"): 4.0})
    with pytest.raises(DataError, match=r"uci/pima.csv is not what it was when it was first fetched") as error:
        fetch("pima", tmp_path)
    assert "\n" not in str(error.value)
    assert "remove its line there" in str(error.value)
    assert (path.read_bytes(), (tmp_path / "SHA256SUMS").read_text()) == before
    (tmp_path / "SHA256SUMS").write_text("")  # as the line says
    fetch("pima", tmp_path)
    assert path.read_bytes() != before[0]


def test_a_damaged_file_is_mended_by_what_it_was(openml, tmp_path):
    openml.answer = _answer()
    (path,) = fetch("pima", tmp_path)
    sound = path.read_bytes()
    path.write_bytes(sound[:-3])
    with pytest.raises(DataError, match="is damaged: its SHA-256 is not the one in SHA256SUMS"):
        uci.pima(DataSource((tmp_path,)))
    path.unlink()
    fetch("pima", tmp_path)
    assert path.read_bytes() == sound


def test_the_same_contents_may_be_packed_otherwise(openml, tmp_path):
    packed = [gzip.compress(b"1,2\n" * 1000, level, mtime=0) for level in (1, 9)]
    assert packed[0] != packed[1]
    for contents in packed:
        (tmp_path / "x.gz").write_bytes(packed[0])
        (tmp_path / "SHA256SUMS").write_text(f"{sha256(tmp_path / 'x.gz')}  x.gz\n")
        check_first_use(tmp_path, {"x.gz": contents})
    with pytest.raises(DataError, match="not what it was"):
        check_first_use(tmp_path, {"x.gz": gzip.compress(b"1,3\n")})


@pytest.mark.parametrize("name", PINNED)
def test_pinned_contents_are_those_at_hand_and_no_others(shared_data, name):
    contents = (shared_data / name).read_bytes()
    check_pinned(name, contents)
    check_pinned(name, unpacked(contents))
    for other in (b"", contents[:0] + b"x", unpacked(contents)[:-1], unpacked(contents) + b"\0", gzip.compress(b"x")):
        with pytest.raises(DataError, match="not those that are known for good"):
            check_pinned(name, other)


BAD_RECORDS = [
    b"abc  uci/lenses.csv\n", b"uci/lenses.csv\n", b"\xff\xfe\n", b"zz" * 32 + b"  x\n", b"{}\n", b"ab" * 32 + b"\n",
    b"ab" * 32 + b"uci/lenses.csv\n", b"ab" * 33 + b"  x\n",
]  # fmt: skip


@pytest.mark.parametrize("record", BAD_RECORDS)
def test_a_record_that_is_none_is_one_line(record, tmp_path):
    (tmp_path / "SHA256SUMS").write_bytes(record)
    with pytest.raises(DataError, match="SHA256SUMS is not of the form"):
        fetch("lenses", tmp_path)
    assert not (tmp_path / "uci").exists()


@pytest.mark.parametrize("record", ["{0}  uci/lenses.csv", "{1} *uci/lenses.csv\r", "\n\n{0}  uci/lenses.csv\n\n"])
def test_records_of_other_tools(record, tmp_path):
    pin = PINNED["uci/lenses.csv"]
    (tmp_path / "SHA256SUMS").write_text(record.format(pin, pin.upper()))
    assert read_checksums(tmp_path) == {"uci/lenses.csv": pin}


def test_verify_the_data_folder(shared_data):
    source = DataSource((shared_data,))
    for name in ("mnist", "pima", "adult"):
        assert all(finding.ok for finding in verify(source, SPECS[name]))


def test_verify_bundled_sets():
    (finding,) = verify(DataSource(), SPECS["iris"])
    assert finding.ok
    assert finding.text == "iris loads: 90 / 30 / 30 rows, shape (4,), 3 classes"
