"""The hooks of the evaluations in ending_evaluations.py."""

import re
from pathlib import Path

from genbench import EvaluationSpec, hookimpl

SOURCE = Path(__file__).with_name("ending_evaluations.py").read_text()


@hookimpl
def genbench_evaluations():
    for name in re.findall(r"@evaluation\ndef (\w+)", SOURCE):
        target = f"ending_evaluations:{name}"
        yield EvaluationSpec(name=name, target=target, summary="Ends", table=name, metrics=("number",))
