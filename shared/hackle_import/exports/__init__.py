"""An export: one drop that is a manifest, whose rows lie in parts elsewhere.

In: the manifest's bytes and the place that its parts lie in. Out: the rows of all parts, in the order of their keys, as
if they were one file. An export is whole, or nothing of it is written.
"""

from hackle_import.exports.manifest import Manifest, is_manifest, is_manifest_name, read_manifest
from hackle_import.exports.parts import Export, open_export

__all__ = ["Export", "Manifest", "is_manifest", "is_manifest_name", "open_export", "read_manifest"]
