"""What the plugins say of themselves, and at what cost."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from fitting import MODELS, SPECS

from genbench import Model
from genbench.model import capabilities
from genbench.signature import parameters

BRIEF = {
    "naive_bayes": {"sample", "log_prob", "log_joint", "predict_log_proba", "score"},
    "naive_bayes_shared": {"sample", "log_prob", "log_joint", "predict_log_proba", "score"},
    "gda": {"sample", "log_prob", "log_joint", "predict_log_proba", "score"},
    "gda_shared": {"sample", "log_prob", "log_joint", "predict_log_proba", "score"},
    "logistic_regression": {"predict_log_proba"},
    "nearest_neighbours": {"predict_log_proba"},
    "gaussian_mixture": {"sample", "log_prob", "score"},
    "kernel_density": {"sample", "log_prob", "log_joint", "predict_log_proba", "score"},
    "uniform": {"sample", "log_prob"},
    "independent": {"sample", "log_prob"},
    "gaussian": {"sample", "log_prob", "score"},
    "gaussian_1_percent": {"sample", "log_prob"},
    "memoriser": {"sample", "log_prob"},
    "one_point": {"sample"},
    "held_out": {"sample"},
    "class_prior": {"predict_log_proba"},
}


def test_every_model_has_the_capabilities_that_its_theory_gives() -> None:
    assert {name: set(capabilities(model)) for name, model in MODELS.items()} == BRIEF


@pytest.mark.parametrize("name", SPECS)
def test_every_model_can_be_described(name: str) -> None:
    assert issubclass(MODELS[name], Model)
    assert MODELS[name].__doc__
    for parameter in parameters(MODELS[name]):
        assert parameter.default != "required"
        assert not {"FieldInfo", "Annotated", "Optional", "int", "float", "bool", "str"} & set(
            re.findall(r"\w+", parameter.allowed)
        )


def test_listing_the_models_imports_nothing_heavy() -> None:
    code = (
        "import sys, genbench_classical as c, genbench_baselines as b; list(c.genbench_models()); list(b.genbench_models());"
        "print(sorted({'torch', 'pandas', 'sklearn', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
