"""Record batches that memory has no room for: written to one temporary file, read back one by one."""

from pathlib import Path

import pyarrow as pa

REMEMBERED_BYTES = 16 << 20


class Overflow:
    """The file exists from the first batch on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pa.OSFile | None = None
        self._read: dict[int, pa.RecordBatch] = {}

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self._file.tell()) if self._file is not None else 0

    def put(self, batch: pa.RecordBatch) -> int:
        """Where `get` finds it again."""
        if self._file is None:
            self._file = pa.OSFile(str(self._path), "wb")
        place = self.size
        with pa.ipc.new_stream(self._file, batch.schema) as stream:
            stream.write_batch(batch)
        return place

    def get(self, place: int) -> pa.RecordBatch:
        """What was got last is remembered: days that overflowed together are read one after the other."""
        if place not in self._read:
            with pa.OSFile(str(self._path)) as file:
                file.seek(place)
                self._read[place] = pa.ipc.open_stream(file).read_next_batch()
            while len(self._read) > 1 and sum(batch.nbytes for batch in self._read.values()) > REMEMBERED_BYTES:
                del self._read[next(iter(self._read))]
        return self._read[place]

    def close(self) -> None:
        """Removes the file."""
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)
