"""`[privacy]` -> what the decoder in C does with the values of names: it asks once a name. Raises Unusual where that is
too much."""

from collections.abc import Sequence

from hackle_import.decode.privacy import Act, Tree, reached, tree_of
from hackle_import.mapping import Privacy
from hackle_import.native.answers import LEARNT_BITS
from hackle_import.native.unusual import Unusual

_MOST = 16  # nodes, and hashes in a record: as plan.h has it
_NOTHING, DROP, HASH, _WITHIN = range(4)  # plan.h's ACT_NONE and so on


class Private:
    """The nodes of the privacy's tree, the record's first; none where there is nothing to do."""

    def __init__(self, privacy: Privacy) -> None:
        self._nodes: list[Tree] = [] if privacy == Privacy() else [tree_of(privacy)]
        for node in self._nodes:  # it grows
            self._nodes += (below for below in node.values() if isinstance(below, dict))
        if len(self._nodes) >= _MOST or len(privacy.hash) >= _MOST:
            raise Unusual
        self.counts = len(self._nodes), len(privacy.hash)

    def act(self, path: Sequence[str]) -> tuple[int, int]:
        """What is to be done with a value at a path, as plan.h has it, and how many of its names that took."""
        node, act = 0, _NOTHING
        for place, name in enumerate(path if self._nodes else ()):
            act = self.learn(node, name)[1] >> LEARNT_BITS
            if act == HASH and place + 1 < len(path):
                raise Unusual  # of what lies in one object
            if act < _WITHIN:
                return act, place + 1
            node = act - _WITHIN
        return act, len(path)

    def learn(self, node: int, name: str) -> tuple[str, int]:
        """The name, and what is to be done with its value in the objects of a node."""
        found = reached(self._nodes[node], name)
        if isinstance(found, dict):
            number = next(number for number, one in enumerate(self._nodes) if one is found)
            return name, _WITHIN + number << LEARNT_BITS
        return name, (_NOTHING if found is None else DROP if found is Act.DROP else HASH) << LEARNT_BITS
