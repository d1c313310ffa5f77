"""The hooks of the models in leaking_models.py, found in its source, so that nothing heavy is imported."""

import re
from pathlib import Path

from genbench import ModelSpec, hookimpl

SOURCE = Path(__file__).with_name("leaking_models.py").read_text()
NAMES = [name.replace("_", "") for name in re.findall(r"@change\ndef (\w+)", SOURCE)]


@hookimpl
def genbench_models():
    for name in NAMES:
        yield ModelSpec(name=name, target=f"leaking_models:{name.title()}", summary="Leaks")
    yield ModelSpec(name="changesinlogprob", target="leaking_models:ChangesInLogProb", summary="Leaks")
