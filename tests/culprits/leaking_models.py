"""Models that each change, in a way of their own, what lives longer than a job, and then do their work as ever."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import ctypes
import decimal
import gc
import json
import locale
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from genbench import Model

CHANGES: dict[str, Callable[..., Any]] = {}


def change(function: Callable[..., Any]) -> Callable[..., Any]:
    CHANGES[function.__name__.replace("_", "")] = function
    return function


class Leaking(Model):
    """A unit Gaussian around the mean. Its ``change`` is called when it is fitted."""

    deterministic_fit = True
    change: Callable[..., Any]

    def fit(self, train: Any, validation: Any, context: Any) -> None:
        self.mean = train.x.mean(0).clone()
        type(self).change(train, validation, context)

    def log_prob(self, x: Any) -> Any:
        return torch.distributions.Normal(self.mean, 1.0, validate_args=False).log_prob(x).flatten(1).sum(1).float()


class ChangesInLogProb(Leaking):
    """Centres the examples that it is asked for in place, as a careless author would."""

    change = staticmethod(lambda *given: None)

    def log_prob(self, x: Any) -> Any:
        x -= self.mean
        return -0.5 * x.square().flatten(1).sum(1)


@change
def scales_training_examples(train, validation, context):
    train.x.mul_(2).sub_(1)


@change
def zeroes_labels(train, validation, context):
    train.y.zero_()
    validation.y.zero_()


@change
def spoils_validation(train, validation, context):
    validation.x.fill_(7)


@change
def spoils_every_array_in_memory(train, validation, context):
    for found in gc.get_objects():
        if type(found).__name__ == "Split" and isinstance(found.x, np.ndarray):
            with contextlib.suppress(ValueError):
                found.x[...] = 5


@change
def sets_default_dtype(*given):
    torch.set_default_dtype(torch.float64)


@change
def sets_default_device(*given):
    torch.set_default_device("meta")


@change
def disables_gradients(*given):
    torch.set_grad_enabled(False)


@change
def enables_inference_mode(*given):
    torch.inference_mode().__enter__()


@change
def raises_on_underflow(*given):
    np.seterr(all="raise")


@change
def lowers_matmul_precision(*given):
    torch.set_float32_matmul_precision("medium")


@change
def detects_anomalies(*given):
    torch.autograd.set_detect_anomaly(True)


@change
def takes_all_threads(*given):
    torch.set_num_threads(7)


@change
def flushes_denormals(*given):
    torch.set_flush_denormal(True)


@change
def wants_deterministic_algorithms(*given):
    torch.use_deterministic_algorithms(True)


@change
def seeds_generators(*given):
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    random.seed(99)


@change
def changes_folder(*given):
    os.chdir("/")


@change
def changes_umask(*given):
    os.umask(0o777)


@change
def sets_an_alarm(*given):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 600)


@change
def ignores_signals(*given):
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@change
def blocks_signals(*given):
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))


@change
def leaves_a_thread(*given):
    def work():
        while True:
            torch.set_default_dtype(torch.float64)
            time.sleep(0.001)

    threading.Thread(target=work, daemon=True).start()


@change
def leaves_a_stubborn_thread(*given):
    threading.Thread(target=time.sleep, args=(600,)).start()


@change
def leaves_a_child(*given):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)


@change
def changes_environment(*given):
    os.environ.update(OMP_NUM_THREADS="3", GENBENCH_CACHE="/nowhere", PYTHONPATH="/nowhere", TMPDIR="/nowhere")


@change
def lowers_open_files(*given):
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


@change
def lowers_processes(*given):
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))


@change
def lowers_core_size(*given):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@change
def lowers_stack(*given):
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))


@change
def silences_stdout(*given):
    sys.stdout = None


@change
def closes_stderr(*given):
    sys.stderr.close()


@change
def closes_standard_streams(*given):
    for descriptor in (0, 1, 2):
        os.close(descriptor)


@change
def patches_a_statistic(*given):
    import genbench.evaluation.intervals as module

    for name, found in list(vars(module).items()):
        if callable(found) and getattr(found, "__module__", "") == module.__name__ and not isinstance(found, type):
            setattr(module, name, lambda *arguments, **options: (_ for _ in ()).throw(RuntimeError("patched")))


@change
def patches_the_worker(*given):
    import genbench.execution.result as result
    import genbench.execution.worker as worker

    worker.resolve = result.result_of = lambda *arguments: None


@change
def patches_exit(*given):
    os._exit = lambda code: None


@change
def patches_clock(*given):
    time.perf_counter = time.time = lambda: 0.0


@change
def patches_builtins(*given):
    builtins.divmod = lambda a, b: (0, 0)


@change
def patches_torch(*given):
    torch.Tensor.logsumexp = lambda self, *arguments, **options: self
    torch.cdist = lambda a, b: torch.zeros(len(a), len(b))


@change
def patches_numpy(*given):
    np.quantile = np.percentile = lambda *arguments, **options: 0.0


@change
def turns_warnings_into_errors(*given):
    warnings.simplefilter("error")


@change
def disables_collection(*given):
    gc.disable()


@change
def lowers_recursion(*given):
    sys.setrecursionlimit(200)


@change
def disables_logging(*given):
    logging.disable(logging.CRITICAL)


@change
def hides_modules(*given):
    for name in ("scipy.stats", "sklearn.svm", "pandas"):
        sys.modules[name] = None


@change
def clears_paths(*given):
    sys.path.clear()


@change
def registers_at_exit(*given):
    atexit.register(os.kill, os.getppid(), signal.SIGKILL)


@change
def lowers_priority(*given):
    os.nice(5)


@change
def pins_itself(*given):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@change
def lowers_decimal_precision(*given):
    decimal.getcontext().prec = 1


@change
def sets_locale(*given):
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C")


@change
def encodes_json_strangely(*given):
    json.encoder.FLOAT_REPR = repr
    json.JSONEncoder.item_separator = ";"


@change
def survives_its_parent(*given):
    ctypes.CDLL(None).prctl(1, 0)


for _name, _function in CHANGES.items():
    globals()[_name.title()] = type(_name.title(), (Leaking,), {"change": staticmethod(_function)})
