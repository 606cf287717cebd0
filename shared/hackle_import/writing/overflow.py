"""Record batches that memory has no room for: written to one temporary file, read back one by one."""

from pathlib import Path

import pyarrow as pa


class Overflow:
    """The file exists from the first batch on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pa.OSFile | None = None

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
        with pa.OSFile(str(self._path)) as file:
            file.seek(place)
            return pa.ipc.open_stream(file).read_next_batch()

    def close(self) -> None:
        """Removes the file."""
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)
