"""Wheels: one that runs anywhere by the Python decoder, or with one decoder in C, for the machines that load it.

In: HACKLE_WHEEL_DECODER, the library's file name, or nothing for the wheel for any machine. Where it is not set, as in
`pip install .`, this machine's library is taken if `make native` has built it; no compiler is called here.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

NATIVE = "shared/hackle_import/native"
PLATFORMS = {
    "decoder-linux-x86_64.so": "manylinux_2_28_x86_64",
    "decoder-linux-aarch64.so": "manylinux_2_28_aarch64",
    "decoder-darwin-x86_64.dylib": "macosx_11_0_x86_64",
    "decoder-darwin-arm64.dylib": "macosx_11_0_arm64",
}


class DecoderHook(BuildHookInterface[BuilderConfig]):
    """Adds the decoder that is asked for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        name = "" if version == "editable" else self._library()
        if not name:
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{PLATFORMS[name]}"
        build_data["force_include"][f"{NATIVE}/{name}"] = f"hackle_import/native/{name}"

    def _library(self) -> str:
        asked = os.environ.get("HACKLE_WHEEL_DECODER")  # noqa: TID251 - a build hook is given nothing else
        if asked is not None:
            return asked
        loaded_here = set(platform_tags())
        built = (name for name in PLATFORMS if Path(self.root, NATIVE, name).exists())
        return next((name for name in built if PLATFORMS[name] in loaded_here), "")
