"""Modules that are loaded when they are first used: each worker collects every test, and runs few that need them."""

from importlib import import_module


class lazily:  # noqa: N801 - it stands for a module
    """The module of this name. Python's own LazyLoader would load it at once: pytest asks whatever a test's module
    holds for its class, whether it is a test, and whether it is a mock."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        if name.startswith("__") or name == "_mock_name":
            raise AttributeError(name)
        return getattr(import_module(self._name), name)
