"""What is built is what the platforms load: format, machine, the C library that it asks for, hardening."""

import platform
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import SymbolTableSection

from fuzz.plans import write_plans, write_texts
from hackle_import.native import library as native

FOLDER = Path(native.__file__).parent
EXPORTED = set(re.findall(r"^API .*?(hackle_\w+)\(", (FOLDER / "c" / "hackle.h").read_text(), re.MULTILINE))
OTHER = {"x86_64": "aarch64", "aarch64": "x86_64"}.get(platform.machine(), "aarch64")
QEMU = shutil.which(f"qemu-{OTHER}-static") or shutil.which(f"qemu-{OTHER}")


@pytest.fixture(params=["x86_64", "aarch64"])
def elf(request):
    with (FOLDER / f"decoder-linux-{request.param}.so").open("rb") as file:
        yield request.param, ELFFile(file)


def test_a_linux_library_is_for_its_machine(elf):
    machine, file = elf
    assert (file.elfclass, file.little_endian, file["e_type"]) == (64, True, "ET_DYN")
    assert file["e_machine"] == {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}[machine]


def test_a_linux_library_asks_for_no_c_library_younger_than_2_28(elf):
    needed = [section for section in elf[1].iter_sections() if isinstance(section, GNUVerNeedSection)]
    names = [version.name for section in needed for _, versions in section.iter_versions() for version in versions]
    assert names
    assert max(tuple(map(int, name.removeprefix("GLIBC_").split("."))) for name in names) <= (2, 28)


def test_a_linux_library_is_hardened(elf):
    """Neither stack nor data can be executed, and what the loader wrote is read-only from then on."""
    segments = {segment["p_type"]: segment["p_flags"] for segment in elf[1].iter_segments()}
    writable_code = [one for one in elf[1].iter_segments("PT_LOAD") if one["p_flags"] & 3 == 3]
    assert segments["PT_GNU_STACK"] & 1 == 0
    assert "PT_GNU_RELRO" in segments
    assert writable_code == []
    (dynamic,) = (section for section in elf[1].iter_sections() if isinstance(section, DynamicSection))
    assert any(tag.entry.d_tag == "DT_FLAGS" and tag.entry.d_val & 8 for tag in dynamic.iter_tags())  # BIND_NOW


def test_a_linux_library_exports_its_interface_only(elf):
    (symbols,) = (
        section
        for section in elf[1].iter_sections()
        if isinstance(section, SymbolTableSection) and section.name == ".dynsym"
    )
    assert (
        {one.name for one in symbols.iter_symbols() if one["st_shndx"] != "SHN_UNDEF"}
        == EXPORTED
        > {"hackle_new", "hackle_free"}
    )


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 0x01000007), ("arm64", 0x0100000C)])
def test_a_macos_library_is_for_its_machine_and_signed_where_it_must_be(machine, number):
    """mach-o/loader.h: MH_MAGIC_64, the machine, MH_DYLIB; LC_CODE_SIGNATURE, without which arm64 loads nothing."""
    body = (FOLDER / f"decoder-darwin-{machine}.dylib").read_bytes()
    magic, cpu, _, kind, commands = struct.unpack_from("<5I", body)
    assert (magic, cpu, kind) == (0xFEEDFACF, number, 6)
    found, at = set(), 32
    for _ in range(commands):
        command, size = struct.unpack_from("<2I", body, at)
        found.add(command)
        at += size
    assert 0x1D in found or machine == "x86_64"


@pytest.mark.skipif(QEMU is None, reason="Debian's qemu-user-static runs the other processor's programs: install it")
def test_arm64_gives_what_x86_64_gives(tmp_path):
    """The same programs, built by the same compiler, on the golden cases and every plan."""
    plans, texts = tmp_path / "plans", tmp_path / "texts"
    plans.mkdir()
    texts.mkdir()
    write_plans(plans)
    write_texts(texts)
    given = [
        digests(plans, texts, tmp_path, machine, run) for machine, run in ((platform.machine(), []), (OTHER, [QEMU]))
    ]
    assert len(set(given[0])) > 50
    assert given[0] == given[1]


def digests(plans, texts, folder, machine, run):
    program = folder / machine
    source = Path(__file__).parents[1] / "fuzz" / "drive.c"
    subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", "-std=c17", "-O2", "-static", "-target", f"{machine}-linux-musl",
         f"-I{FOLDER / 'c'}", "-o", program, source], check=True,
    )  # fmt: skip
    files = sorted(texts.iterdir())
    done = [
        subprocess.run([*run, program, plan, *files], check=True, capture_output=True)
        for plan in sorted(plans.iterdir())
    ]
    return [line for one in done for line in one.stdout.split()]
