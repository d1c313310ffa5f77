"""Tables as people write them: each is read as it is meant, or refused in one line with the fix."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pandas as pd
import pytest
from own_files import CASES, all_rows, load_own, refusal

RNG = np.random.default_rng(1)
N = 40
A = np.round(RNG.normal(size=N) * 10, 2)
B = np.round(RNG.normal(size=N) * 3, 1)
PLAIN = "a,b,target\n" + "".join(f"{a},{b},{'xy'[i % 2]}\n" for i, (a, b) in enumerate(zip(A, B, strict=True)))
TRUTH = np.column_stack([A, B, np.arange(N) % 2]).astype(np.float32)
TRUTH = TRUTH[np.lexsort(TRUTH.T[::-1])]


def table(column=None, label=None, head="a,b,target", rows=N):
    """Return a CSV file with cells of a function of the row's number."""
    cells = [(column(i) if column else A[i % N], B[i % N], label(i) if label else "xy"[i % 2]) for i in range(rows)]
    return head + "\n" + "".join(f"{a},{b},{y}\n" for a, b, y in cells)


def in_zip(text, *names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text)
    return packed.getvalue()


SAME_TABLE = {
    "plain.csv": PLAIN.encode(),
    "UPPER.CSV": PLAIN.encode(),
    "text.txt": PLAIN.encode(),
    "bom.csv": PLAIN.encode("utf-8-sig"),
    "utf16.csv": PLAIN.encode("utf-16"),
    "utf16_big_endian.csv": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "carriage_returns.csv": PLAIN.replace("\n", "\r").encode(),
    "windows.csv": PLAIN.replace("\n", "\r\n").encode(),
    "blank_lines.csv": PLAIN.replace("\n", "\n\n").encode(),
    "tabs.tsv": PLAIN.replace(",", "\t").encode(),
    "tabs.tab": PLAIN.replace(",", "\t").encode(),
    "bars.csv": PLAIN.replace(",", "|").encode(),
    "semicolons.csv": PLAIN.replace(",", ";").encode(),
    "blanks.csv": PLAIN.replace(",", " , ").encode(),
    "quotes.csv": ('"' + PLAIN.strip().replace(",", '","').replace("\n", '"\n"') + '"\n').encode(),
    "no_line_end.csv": PLAIN.strip().encode(),
    "gzip.csv.gz": gzip.compress(PLAIN.encode()),
    "gzip_plain_name.csv": gzip.compress(PLAIN.encode()),
    "plain_gzip_name.csv.gz": PLAIN.encode(),
    "bzip2.csv.bz2": bz2.compress(PLAIN.encode()),
    "bzip2_plain_name.tsv": bz2.compress(PLAIN.encode()),
    "xz.csv.xz": lzma.compress(PLAIN.encode()),
    "xz_plain_name.csv": lzma.compress(PLAIN.encode()),
    "zip.csv.zip": in_zip(PLAIN, "inside/data.csv", "__MACOSX/._data.csv"),
    "zip_plain_name.csv": in_zip(PLAIN, "data.csv"),
}


@pytest.mark.parametrize("name", SAME_TABLE)
def test_one_table_in_many_dresses(tmp_path, name):
    (tmp_path / name).write_bytes(SAME_TABLE[name])
    dataset = load_own(tmp_path / name, standardise="false")
    assert dataset.spec.class_names == ("x", "y")
    np.testing.assert_array_equal(all_rows(dataset), TRUTH)


@pytest.mark.parametrize("quoted", [False, True])
def test_decimal_commas(tmp_path, quoted):
    text = PLAIN.replace(",", '";"').replace("\n", '"\n"').strip('"') if quoted else PLAIN.replace(",", ";")
    (tmp_path / "a.csv").write_text((('"' if quoted else "") + text).replace(".", ","))
    np.testing.assert_array_equal(all_rows(load_own(tmp_path / "a.csv", decimal="comma", standardise="false")), TRUTH)
    assert "or give decimal=comma" in refusal(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text(PLAIN)
    assert "leave decimal=comma out" in refusal(tmp_path / "b.csv", decimal="comma")


LABELS = {
    "19_digits": (lambda i: 1577134800018226901 + i % 3, 3),
    "30_digits": (lambda i: 10**29 + i % 3, 3),
    "leading_zero": (lambda i: ("01", "1", "10")[i % 3], 3),
    "decimal": (lambda i: ("1", "1.0")[i % 2], 2),
    "exponent": (lambda i: ("1e3", "1000")[i % 2], 2),
    "case": (lambda i: ("TRUE", "True", "true")[i % 3], 3),
    "bools": (lambda i: ("True", "False")[i % 2], 2),
    "none": (lambda i: ("None", "some")[i % 2], 2),
    "dash": (lambda i: ("-", "+")[i % 2], 2),
    "blanks": (lambda i: (" a ", "a", "b")[i % 3], 2),
    "commas": (lambda i: ('"a,b"', '"b,a"')[i % 2], 2),
    "umlauts": (lambda i: ("größer", "kleiner")[i % 2], 2),
    "infinity": (lambda i: ("inf", "-inf")[i % 2], 2),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_are_read_as_they_are_written(tmp_path, name):
    label, classes = LABELS[name]
    (tmp_path / "a.csv").write_text(table(label=label), encoding="utf-8")
    dataset = load_own(tmp_path / "a.csv")
    written = {str(label(i)).strip(' "') for i in range(N)}
    assert set(dataset.spec.class_names) == written
    assert dataset.spec.classes == classes


@pytest.mark.parametrize("name", ["leading_zero", "decimal", "exponent", "case"])
def test_classes_that_are_written_alike_are_told(tmp_path, name):
    (tmp_path / "a.csv").write_text(table(label=LABELS[name][0]))
    (warning,) = load_own(tmp_path / "a.csv").warnings
    assert warning.endswith("are taken as different; if they are the same, write them alike")


@pytest.mark.parametrize("text", ["NA", "nan", "null", "N/A", "?", "<NA>", "#N/A"])
def test_class_called_as_a_missing_value_is(tmp_path, text):
    (tmp_path / "a.csv").write_text(table(label=lambda i: (text, "some")[i % 2]))
    message = refusal(tmp_path / "a.csv")
    assert f"(written {text}, or left empty) in 20 rows; give missing=drop; if {text} is a class, give na=[]" in message
    assert load_own(tmp_path / "a.csv", na="[]").spec.class_names == tuple(sorted((text, "some")))


def test_dropped_class_is_told(tmp_path):
    (tmp_path / "a.csv").write_text(table(label=lambda i: ("NA", "EU", "US")[i % 3]))
    dataset = load_own(tmp_path / "a.csv", missing="drop")
    assert dataset.spec.class_names == ("EU", "US")
    assert dataset.warnings[0].startswith(
        "14 rows are left out because their label is missing (written NA, or left empty)"
    )


@pytest.mark.parametrize(
    ("text", "na"),
    [("-", "-"), ("-", "[-,x1]"), ("-999", "-999"), ("-999", "[-999]"), ("unknown", "[unknown]"), ("none", "[none]")],
)
def test_texts_that_mean_missing(tmp_path, text, na):
    (tmp_path / "a.csv").write_text(table(column=lambda i: text if i % 10 == 0 else A[i]))
    dataset = load_own(tmp_path / "a.csv", na=na)
    assert dataset.spec.support == "real"
    assert dataset.notes[0].startswith("a: 4 missing values imputed")
    if text != "-999":
        assert f"or say with na=[{text}] that this means missing" in refusal(tmp_path / "a.csv")


def test_text_that_means_missing_in_categories(tmp_path):
    (tmp_path / "a.csv").write_text(table(column=lambda i: ("NA", "EU", "US")[i % 3]))
    assert "a: coded 0, 1, ... for EU, US, (missing)" in load_own(tmp_path / "a.csv").notes
    assert "a: coded 0, 1, ... for EU, NA, US" in load_own(tmp_path / "a.csv", na="[]").notes


CELLS_REFUSED = {
    "percent": (lambda i: f"{i} %", "holds numbers (percentages), but '0 %' in line 2"),
    "some_percent": (lambda i: f"{i}%" if i % 2 else i, "but '1%' in line 3 is none that can be used; write percentages"),
    "per_mille": (lambda i: f"{i}.5‰", "(percentages)"),
    "dollars": (lambda i: f'"${i + 1},200.50"', "holds numbers (amounts of money), but '$1,200.50'"),
    "euros": (lambda i: f'"{i + 1}.200,50 €"', "write amounts as plain numbers, without the currency"),
    "code": (lambda i: f"USD {i}", "(amounts of money)"),
    "negative_amount": (lambda i: f"-£{i}.20", "(amounts of money)"),
    "thousands": (lambda i: f'"{i + 1},200"', "write numbers without separators of thousands"),
    "apostrophes": (lambda i: f"{i + 1}'200'000", "write numbers without separators of thousands"),
    "narrow_spaces": (lambda i: f"{i + 1}\u202f200", "write numbers without separators of thousands"),
    "underscores": (lambda i: f"{i + 1}_200", "write numbers without separators of thousands"),
    "hexadecimal": (lambda i: f"0x{i:02X}", "write numbers in plain decimal digits"),
    "long_minus": (lambda i: f"−{i}.5", "with an ordinary minus"),
    "accountant": (lambda i: f"({i}.50)", "write numbers in plain decimal digits"),
    "decimal_comma": (lambda i: f'"{i},5"', "write numbers with a decimal point, or give decimal=comma"),
    "one_word": (lambda i: "unknown" if i == 3 else i, "but 'unknown' in line 5 is none that can be used; leave a missing"),
    "infinite": (lambda i: "inf" if i == 3 else i, "but 'inf' in line 5"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS_REFUSED)
def test_numbers_in_another_form_are_told_as_such(tmp_path, name):
    cell, expected = CELLS_REFUSED[name]
    (tmp_path / "a.csv").write_text(table(column=cell), encoding="utf-8")
    message = refusal(tmp_path / "a.csv")
    assert expected in message
    assert message.endswith("or name the column in categorical= if these are categories")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (lambda i: f"{i % 7} kg", "holds numbers with the unit 'kg', which are taken as categories without an order"),
        (lambda i: f"{i % 7}.5°C", "holds numbers with the unit '°C'"),
        (lambda i: f"2024-0{i % 7 + 1}-01", "holds dates, which are taken as 7 categories"),
        (lambda i: 1577134800018226900 + i * 7919 % 400, "holds whole numbers above 9,007,199,254,740,992"),
        (lambda i: 10**25 + 10**24 * (i * 7 % 39), "of which neighbours become equal (are these identifiers?)"),
        (lambda i: 5 if i == 7 else 0, "is 0 in 199 of 200 rows, where densities may be as high as they like"),
        (
            lambda i: A[i % N] if i % 2 else 3,
            "is 3 in every row of the class 'x', where densities given the class may be",
        ),
    ],
    ids=["unit", "degrees", "dates", "identifiers", "long_identifiers", "nearly_constant", "constant_in_class"],
)
def test_columns_that_are_read_with_a_warning(tmp_path, cell, expected):
    (tmp_path / "a.csv").write_text(table(column=cell, rows=200), encoding="utf-8")
    assert any(expected in warning and "ignore=[a]" in warning for warning in load_own(tmp_path / "a.csv").warnings)


@pytest.mark.parametrize(
    "cell", [lambda i: f"+{i * i % 37}.5", lambda i: f"{i * i % 37}e-1", lambda i: f"{i * i % 37} "]
)
def test_numbers_in_forms_that_are_read(tmp_path, cell):
    (tmp_path / "a.csv").write_text(table(column=cell))
    values = load_own(tmp_path / "a.csv", standardise="false")
    np.testing.assert_allclose(all_rows(values)[:, 0], sorted(float(cell(i)) for i in range(N)), rtol=1e-6)


REFUSED = {
    "row_for_header": (PLAIN.partition("\n")[2].encode(), "has no header: its first line holds"),
    "no_name": (table(head=",b,target").encode(), "column 1 has no name in the header"),
    "trailing_separator": (PLAIN.replace("\n", ",\n").encode(), "if lines end with a separator, remove that"),
    "longer_rows": (PLAIN.replace("x\n", "x,\n").encode(), "line 2 has 4 cells, but the header has 3"),
    "repeated_name": (table(head="a,a,target").encode(), "more than one column called 'a'; rename one of them"),
    "latin_1": (PLAIN.replace("x", "ä").encode("latin-1"), "is not UTF-8 (line 2); save it as UTF-8"),
    "utf16_without_mark": (PLAIN.encode("utf-16-le"), "line 1 holds a NUL byte"),
    "one_row": (b"a,b,target\n1,2,x\n", "two classes are needed at least (give target=none"),
    "all_different": (table(label=lambda i: f"n{i}").encode(), "a single row has the target n0, n1"),
    "regression": (table(label=lambda i: A[i]).encode(), "is regression, not classes; use target=none"),
    "zstd": (b"\x28\xb5\x2f\xfd....", "is compressed with zstd, which is not read; unpack it"),
    "zip_of_two": (in_zip(PLAIN, "a.csv", "b.csv"), "is a ZIP archive of 2 files; unpack it and give one of them"),
    "excel": (
        in_zip("", "[Content_Types].xml", "xl/workbook.xml"),
        "is an Excel file or another document; save the sheet",
    ),
    "old_excel": (b"\xd0\xcf\x11\xe0" + bytes(600), "is an old Excel file; save the sheet as CSV"),
    "damaged_bzip2": (bz2.compress(PLAIN.encode())[:-9], "truncated bzip2 file"),
    "damaged_xz": (lzma.compress(PLAIN.encode())[:40] + bytes(9), "is not a sound xz file"),
    "pickle": (b"\x80\x04\x95" + bytes(99), "is a pickle, which is never loaded"),
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(99), "is a single image; give a folder of images"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file; write the arrays with numpy.savez"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    contents, expected = REFUSED[name]
    (tmp_path / "a.csv").write_bytes(contents)
    assert expected in refusal(tmp_path / "a.csv")


def test_header_may_hold_words_that_mean_missing(tmp_path):
    (tmp_path / "a.csv").write_text(table(head="nan,inf,target"))
    assert [column.name for column in load_own(tmp_path / "a.csv").spec.columns] == ["nan", "inf"]


def test_one_column_without_labels(tmp_path):
    (tmp_path / "a.csv").write_text("v\n" + "\n".join(map(str, A)))
    np.testing.assert_array_equal(
        all_rows(load_own(tmp_path / "a.csv", target="none", standardise="false"))[:, 0], np.sort(A.astype(np.float32))
    )


def test_many_numbers_are_classes_if_the_user_says_so(tmp_path):
    (tmp_path / "a.csv").write_text(table(label=lambda i: i % 100, rows=400))
    assert "or name it in categorical= if the numbers are classes" in refusal(tmp_path / "a.csv")
    assert load_own(tmp_path / "a.csv", categorical="target").spec.class_names == tuple(map(str, range(100)))


FRAME = pd.DataFrame({
    "a": A, "whole": np.arange(N) * 7 % 11, "small": B.astype(np.float32),
    "kind": [("u", "v", None)[i % 3] for i in range(N)],
    "flag": np.arange(N) % 3 == 0, "holes": pd.array([None if i % 5 == 0 else i % 7 for i in range(N)], dtype="Int64"),
    "group": pd.Categorical([("k", "l")[i % 2] for i in range(N)]), "target": 2**60 + np.arange(N) % 2,
})  # fmt: skip


@pytest.mark.parametrize("name", ["a.parquet", "a.pq", "a.csv"])
def test_parquet(tmp_path, name):
    pytest.importorskip("pyarrow")
    FRAME.to_parquet(tmp_path / name)
    dataset = load_own(tmp_path / name, standardise="false")
    assert dataset.spec.class_names == (str(2**60), str(2**60 + 1))
    assert dataset.spec.categories == (0, 0, 0, 3, 2, 0, 2)
    rows = all_rows(dataset)
    np.testing.assert_array_equal(rows[:, 0], np.sort(A.astype(np.float32)))
    np.testing.assert_array_equal(rows[:, 1], (np.arange(N) * 7 % 11)[np.lexsort((B, A))])


def test_parquet_that_cannot_be_used(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [[1, 2], [3]], "target": ["x", "y"]}).to_parquet(path)
    assert "column 'a' holds values such as" in refusal(path)
    FRAME.to_parquet(path)
    assert "is a Parquet file, which takes no option decimal" in refusal(path, decimal="comma")
    assert "has no column 'gruop'; did you mean 'group'?" in refusal(path, categorical="gruop")
    path.write_bytes(path.read_bytes()[:200])
    assert "is not a sound Parquet file" in refusal(path)


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert "pip install 'genbench[parquet]'" in refusal(tmp_path / "a.parquet")


def test_a_table_that_does_not_fit_is_one_line(tmp_path, monkeypatch):
    from genbench.data.files import contents, csv_file

    (tmp_path / "a.csv").write_text(PLAIN)
    monkeypatch.setattr(contents, "_free_memory", lambda: 1000)
    assert "GiB are free; raise limits.memory_gb in the protocol, or give a smaller file" in refusal(tmp_path / "a.csv")

    def no_memory(*arguments):
        raise MemoryError

    monkeypatch.setattr(csv_file, "_parsed", no_memory)
    monkeypatch.setattr(csv_file, "check_memory", lambda *arguments: None)
    assert "takes more memory than a job may use; raise limits.memory_gb" in refusal(tmp_path / "a.csv")


class TestCases:
    """Files that were seen to go wrong."""

    def test_nineteen_digits(self):
        assert load_own(CASES / "ids.csv").spec.classes == 4

    def test_leading_zeros(self):
        assert load_own(CASES / "labels_01_1.csv").spec.class_names == ("01", "1", "10")

    def test_class_na(self):
        assert "if NA is a class, give na=[]" in refusal(CASES / "nan_label.csv")
        assert load_own(CASES / "nan_label.csv", na="[]").spec.class_names == ("EU", "NA", "US")

    def test_gzip_under_a_plain_name(self):
        assert load_own(CASES / "gz_noext.csv").spec.classes == 2

    def test_oversampled(self):
        assert (
            "24 of the 24 test examples are among the training examples"
            in load_own(CASES / "oversampled.csv").warnings[0]
        )

    @pytest.mark.parametrize("name", ["site.csv", "site_test.npz"])
    def test_column_without_spread(self, name):
        dataset = load_own(CASES / name)
        assert dataset.spec.dim == 2
        assert "is 7 in every training row and is left out" in dataset.warnings[0]
        assert ("another value stands in" in dataset.warnings[0]) == (name == "site_test.npz")

    def test_constant_in_a_class(self):
        assert "is 3 in every row of the class '1'" in load_own(CASES / "const_in_class.csv").warnings[0]

    def test_nothing_is_said_of_a_sound_file(self):
        assert load_own(CASES / "plain.csv").warnings == ()
