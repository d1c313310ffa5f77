"""The hooks of the data sets in bad_sets_code.py."""

import re
from pathlib import Path

from genbench import DatasetSpec, hookimpl

NAMES = re.findall(r"\ndef (\w+)\(source\)", Path(__file__).with_name("bad_sets_code.py").read_text())


@hookimpl
def genbench_datasets():
    for name in NAMES:
        yield DatasetSpec(name=name, target=f"bad_sets_code:{name}", summary="A data set")
    yield DatasetSpec(name="noimport", target="bad_import_keyboard:load", summary="A data set")
