"""The two entrypoints, loaded from their files as the platforms do."""

import importlib.util
import logging
from pathlib import Path

ROOT = Path(__file__).parent.parent


def aws_handler():
    """A cold start: the logger of an earlier one still writes to that test's output."""
    logging.Logger.manager.loggerDict.pop("hackle-import", None)
    return _load(ROOT / "functions" / "aws" / "handler.py")


def _load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gcp_main():
    return _load(ROOT / "functions" / "gcp" / "main.py")
