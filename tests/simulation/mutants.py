"""The protocol with one of its rules left out. A simulator that finds nothing wrong with these proves nothing."""

import sys
from dataclasses import replace
from threading import get_ident
from unittest.mock import patch

import msgspec

from hackle_import.errors import BadDrop
from hackle_import.ingest import _Work, kept_rejects, ledger, transfer
from hackle_import.ingest.transfer import Transfer


def commit_before_upload():
    """The files follow the commit that lists them."""
    late = {}
    upload, commit = Transfer._upload, _Work.commit

    class Later:
        def put(self, key, path):
            late[key] = path.read_bytes()

    def upload_later(self, key, file):
        places, self._places = self._places, replace(self._places, lake=Later())
        upload(self, key, file)
        self._places = places

    def commit_first(self, outputs, receipt, rejects):
        done = commit(self, outputs, receipt, rejects)
        for output in outputs:
            self.places.lake.put(output.key, late[output.key])
        return done

    return patch.multiple(Transfer, _upload=upload_later), patch.multiple(_Work, commit=commit_first)


def given_up_too_early():
    """The last round of a drop that turned out to be broken is uploaded when the ledger has forgotten it."""
    late, give_up, end = {}, _Work.give_up, Transfer._end

    def end_later(self):
        if isinstance(sys.exception(), BadDrop):
            late[get_ident()] = self
        else:
            end(self)

    def give_up_first(self, *arguments):
        transfer = late.pop(get_ident(), None)
        try:
            done = give_up(self, *arguments)
            if transfer is not None:
                transfer._given_up = False
            return done
        finally:
            if transfer is not None:
                end(transfer)

    return patch.object(Transfer, "_end", end_later), patch.object(_Work, "give_up", give_up_first)


def no_intent():
    """Uploads are announced to nobody."""
    return (patch.object(_Work, "intend", lambda self, keys: None),)


def unconditional_commit():
    """The ledger is overwritten whatever it says by now."""

    def save(store, drop, entry, replacing):
        return store.put(drop.state_key, msgspec.json.encode(entry)).version

    return (patch.object(ledger, "save", save),)


def names_without_version():
    """Every version of a drop has the same file names."""
    real = transfer.output_key
    return (patch.object(transfer, "output_key", lambda drop, version, *rest: real(drop, "0" * 16, *rest)),)


def names_used_again():
    """A version that comes back takes names that a slow worker may still delete."""
    real = Transfer._key

    def key(self, day):
        self._taken = ()
        return real(self, day)

    return (patch.object(Transfer, "_key", key),)


def garbage_forgotten():
    """What a commit replaced is not remembered."""
    return (patch.object(ledger, "_garbage", lambda *_: {}),)


def rejects_unchecked():
    """Nobody looks whether the rejects file is that of the version which was handled."""
    return (patch.object(kept_rejects, "in_place", lambda *_: True),)


def rejects_not_restored():
    """What another worker did to a rejects file stays."""
    return (patch.object(kept_rejects, "restore", lambda staging, drop, rejects: rejects),)


MUTANTS = (
    commit_before_upload, given_up_too_early, no_intent, unconditional_commit, names_without_version, names_used_again, garbage_forgotten,
    rejects_unchecked, rejects_not_restored,
)  # fmt: skip
