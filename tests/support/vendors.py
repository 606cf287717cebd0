"""Which preset a golden case is an export for: the longest name of one that its folder's name begins with."""

from hackle_import.mapping import PRESETS, load_mapping, preset


def vendor_of(case):
    return max((name for name in PRESETS if case.startswith(f"{name}-")), key=len, default=None)


def mapping_of(folder):
    """The case's own mapping, its vendor's, or none."""
    if (path := folder / "mapping.toml").exists():
        return load_mapping(path.read_bytes(), "golden")
    vendor = vendor_of(folder.name)
    return preset(vendor) if vendor else None
