"""Generated files of one folder: which are stale, and writing them."""

from pathlib import Path
from typing import NamedTuple


class FileSet(NamedTuple):
    """`texts` by name is all that `folder` should hold of the files that match `pattern`."""

    folder: Path
    pattern: str
    texts: dict[str, str]

    def stale(self) -> list[Path]:
        """Files that differ, are missing, or should not be there, in order."""
        present = {path.name: path.read_text(encoding="utf-8") for path in self.folder.glob(self.pattern)}
        names = sorted(self.texts.keys() | present.keys())
        return [self.folder / name for name in names if self.texts.get(name) != present.get(name)]

    def write(self) -> list[Path]:
        """Write what is stale and remove what should not be there; returns the paths of both."""
        self.folder.mkdir(parents=True, exist_ok=True)
        changed = self.stale()
        for path in changed:
            if path.name in self.texts:
                path.write_text(self.texts[path.name], encoding="utf-8")
            else:
                path.unlink()
        return changed
