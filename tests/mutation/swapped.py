"""Which of the changed sources pass the tests? In (standard input): JSON of `module`, its `file`, `sources`, the `lines`
that they change, and `tests`. Out: the numbers of those that pass, a line each.

Each has a process of its own, forked from one in which the tests are collected and have run once: there the code of
the functions is exchanged, and the tests run that call what was changed, the quickest first. So a change costs what its
tests take, and no more.
"""

import ast
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from enum import Enum
from pathlib import Path
from types import FunctionType

import pytest
from hypothesis import Phase, settings

LONGEST_CPU_SECONDS = 1  # of a test, beside five times what it takes on the code as it is: a change may never end
LONGEST_SECONDS = 60  # likewise, where it waits for what never comes
MOST_BYTES = 8 << 30  # of address space: a change may ask for any
OPTIONS = ["-q", "-p", "no:cacheprovider", "--assert=plain", "-o", "addopts=--import-mode=importlib"]


class Loop:
    """The plugin that runs the collected tests, once as the code is, and then for each change."""

    def __init__(self, task):
        self.task, self.file = task, task["file"]
        self.module = importlib.import_module(task["module"])
        self.functions = functions(Path(self.file).read_text())
        self.calls, self.seconds = {}, {}

    def pytest_runtestloop(self, session):
        # Nobody reads a counterexample: it need not be shrunk.
        settings.register_profile("found", settings.get_profile("tests"), phases=[Phase.explicit, Phase.generate])
        settings.load_profile("found")
        for item in session.items:
            self.calls[item] = called = set()
            trace = tracer(self.file, called)
            began = time.process_time()
            threading.settrace(trace)
            sys.settrace(trace)
            run(item)
            sys.settrace(None)
            threading.settrace(None)
            self.seconds[item] = time.process_time() - began
        if session.testsfailed:
            sys.exit("the tests fail on the code as it is")
        print(f"{len(session.items)} tests, {sum(self.seconds.values()):.1f} s", file=sys.stderr)
        if not self.passes(session, Path(self.file).read_text(), session.items):
            sys.exit("the tests fail on the code as it is, exchanged for itself")
        began = time.monotonic()
        for number, (source, line) in enumerate(zip(self.task["sources"], self.task["lines"], strict=True)):
            if self.passes(session, source, self.concerned(session.items, line)):
                print(f"\nsurvived {number}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(self.task['sources'])}, {time.monotonic() - began:.0f} s", file=sys.stderr)
        return True

    def concerned(self, items, line):
        """The tests that call the function of a line; all of them, if it is of none."""
        at = innermost(self.functions, line)
        some = [
            item for item in items if at is None or at in {innermost(self.functions, one) for one in self.calls[item]}
        ]
        return sorted(some, key=self.seconds.__getitem__)

    def passes(self, session, source, items):
        process = os.fork()
        if process:
            _, status = os.waitpid(process, 0)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
                print("a change was given up by the clock: noticed, unless the machine is busy", file=sys.stderr)
            return status == 0
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        try:
            exchange(self.module, compile(source, self.file, "exec"))
        except Exception:
            os._exit(1)
        for item in items:
            signal.setitimer(signal.ITIMER_PROF, LONGEST_CPU_SECONDS + 5 * self.seconds[item])
            signal.alarm(int(LONGEST_SECONDS + 10 * self.seconds[item]))
            run(item)
            if session.testsfailed:
                os._exit(1)
        os._exit(0)


def run(item):
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def tracer(file, called):
    def trace(frame, _event, _argument):
        if frame.f_code.co_filename == file:
            called.add(frame.f_code.co_firstlineno)

    return trace


def functions(source):
    """Where each function's body begins and ends; decorators and defaults are read when the module is loaded."""
    tree = ast.parse(source)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [
        (min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.body[0].lineno, node.end_lineno)
        for node in found
    ]


def innermost(found, line):
    inside = [one for one in found if one[0] <= line <= one[2]]
    return max(inside, default=None)


def exchange(module, code):
    """The module's functions and constants are those of the code, wherever they are known already."""
    new = {"__name__": module.__name__, "__file__": module.__file__, "__package__": module.__package__}
    exec(code, new)
    for name, value in new.items():
        old = module.__dict__.get(name)
        if name.startswith("__") or old is value:
            continue
        if isinstance(value, FunctionType) and isinstance(old, FunctionType):
            take(old, value)
        elif isinstance(value, type) and isinstance(old, type):
            if value.__module__ == module.__name__ and not issubclass(value, Enum):
                take_all(old, value)
                if defaults(old) != defaults(value):
                    replace(module, name, old, value)
        else:
            replace(module, name, old, value)


def replace(module, name, old, value):
    for other in list(sys.modules.values()):
        if getattr(other, "__dict__", {}).get(name) is old and other is not module:
            setattr(other, name, value)
    setattr(module, name, with_old_members(value, module))


def defaults(struct):
    """A Struct's own, which cannot be exchanged."""
    return [getattr(one, "factory", one) for one in getattr(struct, "__struct_defaults__", ())]


def with_old_members(value, module):
    """An Enum's members are known elsewhere as the one object that each is."""
    if isinstance(value, dict):
        return {with_old_members(key, module): with_old_members(one, module) for key, one in value.items()}
    is_own = isinstance(value, Enum) and type(value).__module__ == module.__name__
    return getattr(module, type(value).__name__)[value.name] if is_own else value


def take(old, new):
    if len(old.__code__.co_freevars) == len(new.__code__.co_freevars):
        old.__code__ = new.__code__
        old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


def take_all(old, new):
    """The methods of a class; the new one has the old one's, which know the module."""
    for name, value in list(vars(new).items()):
        was = vars(old).get(name)
        if isinstance(value, FunctionType) and isinstance(was, FunctionType) and not value.__closure__:
            take(was, value)
            setattr(new, name, was)
        elif isinstance(value, property) and isinstance(was, property):
            take(was.fget, value.fget)
        elif callable(value) and not isinstance(value, type):
            setattr(old, name, value)  # a decorator was taken away
    for name in vars(old).keys() - vars(new).keys():
        if callable(vars(old)[name]):  # a decorator made it
            delattr(old, name)


if __name__ == "__main__":
    task = json.load(sys.stdin)
    sys.exit(pytest.main([*OPTIONS, *task["tests"]], plugins=[Loop(task)]))
