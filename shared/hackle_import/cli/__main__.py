"""`python -m hackle_import.cli` is `hackle-import`."""

from hackle_import.cli import main

main()
