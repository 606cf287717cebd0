"""Wheels: one that runs anywhere by the Python decoder, or with one decoder in C, for the machines that load it.

In: HACKLE_WHEEL_DECODER, the library's file name; without it, the wheel for any machine. `make native` comes first.
"""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = "shared/hackle_import/native"
PLATFORMS = {
    "decoder-linux-x86_64.so": "manylinux_2_28_x86_64",
    "decoder-linux-aarch64.so": "manylinux_2_28_aarch64",
    "decoder-darwin-x86_64.dylib": "macosx_11_0_x86_64",
    "decoder-darwin-arm64.dylib": "macosx_11_0_arm64",
}


class DecoderHook(BuildHookInterface):
    """Adds the decoder that is asked for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        name = os.environ.get("HACKLE_WHEEL_DECODER")  # noqa: TID251 - a build hook is given nothing else
        if not name:
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{PLATFORMS[name]}"
        build_data["force_include"][f"{NATIVE}/{name}"] = f"hackle_import/native/{name}"
