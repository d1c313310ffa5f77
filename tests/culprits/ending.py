"""The hooks of the models in ending_models.py, and of models whose modules cannot be imported."""

import re
from pathlib import Path

from genbench import ModelSpec, hookimpl

HERE = Path(__file__).parent
MODELS = re.findall(r"@end\ndef (\w+)", (HERE / "ending_models.py").read_text())
MODULES = sorted(path.stem for path in HERE.glob("bad_import_*.py"))


@hookimpl
def genbench_models():
    for name in MODELS:
        yield ModelSpec(name=name, target=f"ending_models:{name.title()}", summary="Ends")
    for name in MODULES:
        yield ModelSpec(name=name, target=f"{name}:Absent", summary="Ends when it is imported")
