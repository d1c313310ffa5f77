"""Plugins that would end, hang or confuse whoever imports them, and observers that would do so to a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness import write_distribution

HOOK = """
from genbench import ModelSpec, hookimpl

@hookimpl
def genbench_models():
    yield ModelSpec(name="{name}", target="nowhere:Model", summary="Never run")
"""
"""Follows a source that goes on to its hook."""

FAILED = "importing {m} failed: "
IN_HOOK = "hook genbench_models failed after 1 of its records, which stay: "

AT_IMPORT = {
    "exits-with-0": ("import os\nos._exit(0)", FAILED + "its process ended by itself with exit status 0"),
    "exits-with-70": ("import os\nos._exit(70)", FAILED + "its process ended by itself with exit status 70"),
    "sys-exit": ("import sys\nsys.exit()", FAILED + "SystemExit"),
    "interrupts": ("raise KeyboardInterrupt", FAILED + "KeyboardInterrupt"),
    "generator-exit": ("raise GeneratorExit('no')", FAILED + "GeneratorExit: no"),
    "own-base": ("class Own(BaseException): pass\nraise Own('mine')", FAILED + "Own: mine"),
    "mute-error": (
        "class Mute(BaseException):\n    def __str__(self): raise KeyboardInterrupt\nraise Mute",
        FAILED + "Mute",
    ),
    "half-a-letter": ("raise BaseException('\\udcff')", FAILED + "BaseException: ?"),
    "deep-answer": (
        "import os\nfor number in range(3, 500):\n"
        "    try: os.write(number, b'[' * 10**5 + b'\\n')\n    except OSError: pass\n",
        FAILED + "its process sent something that cannot be read",
    ),
    "segfault": ("import ctypes\nctypes.string_at(0)", FAILED + "its process was killed by SIGSEGV"),
    "aborts": ("import os\nos.abort()", FAILED + "its process was killed by SIGABRT"),
    "kills-itself": ("import os\nos.kill(os.getpid(), 9)", FAILED + "its process was killed by SIGKILL"),
    "kills-its-parent": ("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(99)", FAILED + "its process was killed"),
    "kills-its-group": ("import os\nos.killpg(0, 9)", FAILED + "its process was killed by SIGKILL"),
    "real-time-signal": ("import os\nos.kill(os.getpid(), 40)", FAILED + "its process was killed by signal 40"),
    "alarm": ("import signal, time\nsignal.alarm(1)\ntime.sleep(99)", FAILED + "its process was killed by SIGALRM"),
    "processor-time": (
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass",
        FAILED + "its process was killed by SIGXCPU",
    ),
    "endless-recursion": ("def f(): f()\nf()", FAILED + "RecursionError: maximum recursion depth exceeded"),
    "deep-recursion": (
        "import sys, threading\nsys.setrecursionlimit(10**9)\n"
        "class A:\n    def __repr__(self): return repr([self])\nrepr(A())",
        FAILED,
    ),
    "becomes-another": ("import os\nos.execv('/bin/true', ['true'])", FAILED + "its process ended by itself with exit st"),
    "closes-files": ("import os\nos.closerange(3, 200)" + HOOK.format(name="a"), FAILED + "its process ended by itself"),
    "spoils-json": (
        "import json\njson.dumps = lambda *a, **k: 'rubbish'" + HOOK.format(name="a"),
        FAILED + "its process sent something that cannot be read",
    ),
    "spoils-builtins": (
        "import builtins\n"
        "for name in ('len', 'isinstance', 'getattr', 'type', 'next', 'str'): setattr(builtins, name, None)",
        FAILED,
    ),
    "writes-everywhere": (
        "import os\nfor number in range(3, 500):\n    try: os.write(number, b'rubbish\\n')\n    except OSError: pass\n",
        FAILED + "its process sent something that cannot be read",
    ),
    "forges": (
        "import os\nline = b'{\"kind\": \"record\", '\n"
        "line += b'\"hook\": \"genbench_models\", \"fields\": {\"name\": \"../../x\"}}\\n'\n"
        "for number in range(3, 500):\n    try: os.write(number, line + "
        "b'{\"kind\": \"done\"}\\n')\n    except OSError: pass\n",
        "hook genbench_models yielded a record that is not allowed: ModelSpec: name: String should match pattern",
    ),
    "asks-the-user": ("input('Your licence key? ')", FAILED + "EOFError"),
    "no-listing": (
        "def __dir__(): raise KeyboardInterrupt" + HOOK.format(name="a"),
        "looking for the hooks of {m} failed: KeyboardInterrupt",
    ),
    "no-memory": ("import resource as r\nr.setrlimit(r.RLIMIT_AS, (1, 1))\nbytearray(10**8)", FAILED + "MemoryError"),
}  # fmt: skip
"""By name: the source, and how the problem begins."""

IN_A_HOOK = {
    "hook-exits": (HOOK + "    import os\n    os._exit(3)", IN_HOOK + "its process ended by itself with exit status 3"),
    "hook-interrupts": (HOOK + "    raise KeyboardInterrupt", IN_HOOK + "KeyboardInterrupt"),
    "hook-sys-exit": (HOOK + "    raise SystemExit('enough')", IN_HOOK + "SystemExit: enough"),
    "hook-generator-exit": (HOOK + "    raise GeneratorExit", IN_HOOK + "GeneratorExit"),
    "hook-segfault": (HOOK + "    import ctypes\n    ctypes.string_at(0)", IN_HOOK + "its process was killed by SIGSEGV"),
    "hook-killed": (HOOK + "    import os\n    os.kill(0, 15)", IN_HOOK + "its process was killed by SIGTERM"),
    "hook-closes-files": (HOOK + "    import os\n    os.closerange(3, 200)", IN_HOOK + "its process ended by itself"),
    "hook-endless": (
        HOOK + "    i = 0\n    while i := i + 1:\n"
        "        yield ModelSpec(name='{name}' + str(i), target='nowhere:Model', summary='Never run')",
        "hook genbench_models yielded more than 10000 records",
    ),
    "hook-repeats": (
        HOOK + "    for i in range(5): yield ModelSpec(name='{name}', target='nowhere:Model', summary='Never run')",
        "ModelSpec 'model_of_hook-repeats' is brought by hook-repeats (hook-repeats 1.0) already; that one stays, the one "
        "of hook-repeats (hook-repeats 1.0) is left out; so are 4 more of its records",
    ),
    "hook-unchecked": (
        HOOK + "    yield ModelSpec.model_construct(name='No Name', target=7, summary=None, source='', control=0, flaw='')",
        "hook genbench_models yielded a record that is not allowed: ModelSpec: name: String should match pattern",
    ),
    "hook-own-record": (
        HOOK + "    class Own(ModelSpec):\n        def model_dump(self, **k): raise KeyboardInterrupt\n"
        "    yield Own(name='b', target='nowhere:Model', summary='Never run')",
        IN_HOOK + "KeyboardInterrupt",
    ),
    "hook-text": (
        HOOK + "    yield from 'many letters'",
        "hook genbench_models yielded a str, expected ModelSpec after 1 of its records, which stay",
    ),
}  # fmt: skip
"""The same, of which one record stays."""

HARMLESS = {
    "prints": "import sys\nprint('x' * 10**6)\nprint('y' * 10**6, file=sys.stderr)",
    "prints-in-c": "import os\nos.write(1, b'x' * 10**6)\nos.write(2, b'y' * 10**6)",
    "no-stdout": "import sys\nsys.stdout = sys.stderr = None",
    "closes-stdout": "import os, sys\nsys.stdout.close()\nos.close(2)",
    "thread-stays": "import threading, time\nthreading.Thread(target=time.sleep, args=(999,)).start()",
    "child-stays": "import subprocess\nsubprocess.Popen(['sleep', '999'])",
    "daemon-stays": "import subprocess\nsubprocess.Popen(['sleep', '999'], start_new_session=True)",
    "orphan-stays": "import subprocess\nsubprocess.run(['sh', '-c', 'setsid sleep 999 & exit 0'])",
    "forks": "import os\nos.fork()",
    "changes-folder": "import os\nos.chdir('/')\nos.environ.clear()",
    "catches-signals": "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)",
    "hides-modules": "import sys\nfor name in ('json', 'torch', 'pydantic', 'rich', 'typer'): sys.modules[name] = None",
    "few-files": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
    "at-exit": "import atexit, os\natexit.register(os._exit, 9)",
    "odd-path": "import sys\nsys.path.clear()\nsys.meta_path.clear()",
}
"""Sources with which a plugin's records are as without them."""

HANGS = {
    "sleeps": ("import time\ntime.sleep(9999)", FAILED),
    "burns": ("import os\nos.nice(19)\nwhile True: pass", FAILED),
    "hangs-in-c": ("import os\nos.nice(19)\nsum(range(10**15))", FAILED),
    "stops": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", FAILED),
    "deadlock": ("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", FAILED),
    "stubborn": (
        "import signal, time\nfor n in set(signal.valid_signals()) - {9, 19}:\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(9999)",
        FAILED,
    ),
    "prints-on": ("import os, time\nos.nice(19)\nwhile True:\n    print('y' * 999)\n    time.sleep(0.001)", FAILED),
    "hook-hangs": (HOOK + "    import time\n    time.sleep(9999)", IN_HOOK),
}

OBSERVER = """
import os, signal, subprocess, sys, threading, time
from genbench import hookimpl
{first}
@hookimpl
def genbench_job_finished(job, result):
    {body}
"""
"""An observer whose ``body`` is one line of Python."""

OBSERVERS = {
    "raises": ("raise ValueError(job['model'])", "ValueError: first"),
    "exits-python": ("sys.exit(4)", "SystemExit: 4"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "own-base": ("raise type('Own', (BaseException,), {{}})('mine')", "Own: mine"),
    "generator-exit": ("raise GeneratorExit", "GeneratorExit"),
    "wants-more": ("job['colour']", "KeyError: 'colour'"),
    "reads-stdin": ("input()", "EOFError"),
    "half-a-letter": ("raise ValueError('\\udcff')", "ValueError: ?"),
    "exits": ("os._exit(0)", "its process ended by itself with exit status 0; it is told of no further job of this run"),
    "exits-later": ("os._exit(5) if job['model'] == 'second' else None", "its process ended by itself with exit status 5; "),
    "segfault": ("__import__('ctypes').string_at(0)", "its process was killed by SIGSEGV; "),
    "killed": ("os.kill(os.getpid(), 9)", "its process was killed by SIGKILL; "),
    "kills-its-parent": ("os.kill(os.getppid(), 9); time.sleep(99)", "its process was killed; "),
    "kills-its-group": ("os.kill(0, 9)", "its process was killed by SIGKILL; "),
    "closes-files": ("os.closerange(0, 200)", "its process ended by itself with exit status 1; "),
    "becomes-another": ("os.execv('/bin/true', ['true'])", "its process ended by itself with exit status 0; "),
    "writes-everywhere": (
        "[os.write(n, b'rubbish') for n in range(3, 500) if os.path.exists(f'/proc/self/fd/{{n}}')]",
        "its process ",
    ),
    "sleeps": ("time.sleep(9999)", "it was stopped after "),
    "burns": ("os.nice(19); exec('while True: pass')", "it was stopped after "),
    "stops": ("os.kill(os.getpid(), 19)", "it was stopped after "),
    "changes-result": ("result.clear(); job.clear()", ""),
    "changes-process": ("os.chdir('/'); os.environ.clear(); signal.signal(15, signal.SIG_IGN)", ""),
    "prints": ("print(job['model'])", ""),
    "prints-much": ("print('x' * 10**7)", ""),
    "closes-stdout": ("sys.stdout.close(); os.closerange(1, 3)", ""),
    "no-stdout": ("sys.stdout = None", ""),
    "forks": ("os.fork()", ""),
    "child-stays": ("subprocess.Popen(['sleep', '999'], start_new_session=True)", ""),
    "thread-stays": ("threading.Thread(target=time.sleep, args=(999,), daemon=True).start()", ""),
}  # fmt: skip
"""By name: what it does with a job, and the one warning that it costs, if any. It is told of ``first`` and ``second``."""


def module_of(name: str) -> str:
    return "m_" + name.replace("-", "_")


def observer(name: str, first: str = "") -> str:
    return OBSERVER.format(first=first, body=OBSERVERS[name][0].format())


def write_plugins(site: Path, sources: Mapping[str, str]) -> None:
    """Put a distribution for each source into a folder of installed packages; its module is :func:`module_of` the name."""
    for name, source in sources.items():
        write_distribution(site, name, {module_of(name): source}, {name: module_of(name)})
