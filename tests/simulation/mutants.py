"""The protocol with one of its steps left out, or out of order. A simulator that finds nothing wrong with these proves nothing."""

import hashlib
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import get_ident
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from hackle_import import ingest
from hackle_import.errors import BadDrop
from hackle_import.ingest import kept_rejects, ledger, steps, version
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.ledger import Output
from hackle_import.ingest.rounds import Rounds
from hackle_import.ingest.steps import Steps
from hackle_import.ingest.version import Version
from hackle_import.writing.spool import DayFile
from simulation import history
from support.samples import NOW


def commit_before_upload():
    """The files follow the commit that lists them."""
    upload, commit, late = Steps.upload, Steps.commit, {}

    def upload_later(self, key, file):
        body = late[get_ident(), key] = file.path.read_bytes()  # a spool's own files do not stay
        return Output(key, file.rows, len(body), hashlib.sha256(body).hexdigest())

    def commit_first(self, version, outputs, receipt, rejects):
        done = commit(self, version, outputs, receipt, rejects)
        for output in outputs:
            with NamedTemporaryFile() as file:
                file.write(late[get_ident(), output.key])
                file.flush()
                upload(self, output.key, DayFile(0, Path(file.name), output.rows))
        return done

    return (patch.multiple(Steps, upload=upload_later, commit=commit_first),)


def given_up_too_early():
    """The last round of a drop that turned out to be broken is uploaded when the ledger has forgotten it."""
    late, give_up, stop, end = {}, Steps.give_up, Rounds.stop, Rounds.end

    def unless_broken(step):
        def left_out(self):
            if isinstance(sys.exception(), BadDrop):
                late[get_ident()] = self
            else:
                step(self)

        return left_out

    def give_up_first(self, *arguments):
        rounds = late.pop(get_ident(), None)
        try:
            return give_up(self, *arguments)
        except BaseException:
            if rounds is not None:
                stop(rounds)
            raise
        finally:
            if rounds is not None:
                end(rounds)

    early = patch.object(Steps, "give_up", give_up_first)
    return early, patch.multiple(Rounds, stop=unless_broken(stop), end=unless_broken(end))


def no_intent():
    """Uploads are announced to nobody."""
    return (patch.object(Steps, "intend", lambda self, version, keys: None),)


def unconditional_commit():
    """The ledger is overwritten whatever it says by now."""

    def save(store, drop, entry, replacing):
        return store.put(drop.state_key, msgspec.json.encode(entry)).version

    return (patch.object(ledger, "save", save),)


def names_without_version():
    """Every version of a drop has the same file names."""
    real = Attempt.output_key
    return (patch.object(Attempt, "output_key", lambda self, *rest: real(replace(self, version=Version({})), *rest)),)


def names_used_again():
    """A version that comes back takes names that a slow worker may still delete."""
    return (patch.object(Steps, "is_free", lambda self, key: True),)


def garbage_forgotten():
    """What a commit replaced is not remembered."""
    return (patch.object(ledger, "garbage_after", lambda *_: {}),)


def garbage_forgotten_by_age():
    """What nobody can write any more is taken for deleted."""

    def forget(self):
        self._entry = ledger.forget_garbage(self._entry, self._entry.garbage, self._now)

    return (patch.object(Steps, "_clean", forget),)


def settings_not_in_version():
    """What rows hang on beside the drop and its mapping is no part of the version."""
    return (_versions(lambda version: Version({name: version.rows[name] for name in ("drop", "mapping")})),)


def upload_time_not_in_version():
    """The same bytes put again are the same version, whatever the bound of `ts`."""
    real = version.version_of
    return (patch.object(ingest, "version_of", lambda found, *rest: real(replace(found, modified=NOW), *rest)),)


def _versions(change):
    real = version.version_of
    return patch.object(ingest, "version_of", lambda *given: change(real(*given)))


def a_drop_stops_the_others():
    """What one raises ends all."""
    return (patch.object(history, "attempted", lambda key, handle: handle()),)


def nothing_swept():
    """What the ledger does not list is not deleted."""
    return (patch.object(Steps, "sweep", lambda self, keys: None),)


def rejects_unchecked():
    """Nobody looks whether the rejects file is that of the version which was handled."""
    return (patch.object(kept_rejects, "in_place", lambda *_: True),)


def rejects_not_restored():
    """What another worker did to a rejects file stays."""
    return (patch.object(kept_rejects, "restore", lambda staging, drop, rejects: rejects),)


def forgotten_only_once():
    """What was taken back is made again by the next event."""
    return (patch.object(Steps, "is_forgotten", lambda self, found: False),)


def rejects_not_forgotten():
    """What a slower worker put into the place of the rejects of a drop that was taken back stays there."""
    return (
        patch.object(Steps, "leave_forgotten", lambda self, found, version, forgotten, skipped: self.leave(skipped)),
    )


def taken_back_for_ever():
    """The same bytes put again are what was taken back."""
    real, contents = version.upload_of, {}

    def remembered(found):
        contents[real(found)] = found.version
        return real(found)

    def is_forgotten(self, found):
        return contents.get(self._entry.forgotten) == found.version

    return patch.object(steps, "upload_of", remembered), patch.object(Steps, "is_forgotten", is_forgotten)


FORGETTING = (forgotten_only_once, rejects_not_forgotten, taken_back_for_ever)
MUTANTS = (
    commit_before_upload, given_up_too_early, no_intent, unconditional_commit, names_without_version, names_used_again, garbage_forgotten,
    garbage_forgotten_by_age, settings_not_in_version, upload_time_not_in_version, a_drop_stops_the_others, nothing_swept,
    rejects_unchecked, rejects_not_restored,
)  # fmt: skip
