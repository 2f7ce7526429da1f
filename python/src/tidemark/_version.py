"""A version, as its manifest tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._bucket import filesystem, in_bucket, without_settings


@dataclass(frozen=True)
class Version:
    """A dataset version. Nothing of it changes any more."""

    #: ``dataset://orders/2024-06-30``
    uri: str
    #: SHA-256 over all that the version is.
    id: str
    #: Says whether two versions hold the same rows.
    digest: str
    rows: int
    #: Its folder, or its place in a bucket.
    location: str
    #: The manifest; empty for a version that has just been made in a bucket which may not be read.
    manifest: Mapping[str, Any] = field(repr=False)

    def files(self, split: Optional[str] = None, table: Optional[str] = None) -> List[str]:
        """Paths of its files, and of those that it goes on from, the oldest first.

        :param split: a part of the split; all, where none is given
        :param table: a table's name in the version; needed where there are several
        """
        if not self.manifest:
            raise ValueError(f"{self.location} could not be read: open it with credentials that may")
        version = self.manifest["version"]
        chosen = _table(version["tables"], table)
        targets = [target for target in chosen["targets"] if split is None or target.get("split") == split]
        if not targets:
            parts = sorted({target["split"] for target in chosen["targets"] if "split" in target})
            raise ValueError(f'there is no split "{split}": {", ".join(parts) if parts else "the version has none"}')
        paths = [shard["path"] for target in targets for shard in target["shards"]]
        if version.get("inherits"):
            if split is not None or len(version["tables"]) > 1:
                raise ValueError("of a version that goes on from others all files of one table can be listed; see docs/reading.md")
            older = [(one["uri"], shard["path"]) for one in version["inherits"] for shard in one["files"]]
        else:
            older = []
        return [self._path(uri, path) for uri, path in [*older, *((version["uri"], path) for path in paths)]]

    def to_arrow(self, split: Optional[str] = None, table: Optional[str] = None, columns: Optional[Sequence[str]] = None) -> Any:
        """Its rows as a ``pyarrow.Table``: the columns of the newest file. Needs ``tidemark-data[arrow]``."""
        import pyarrow.dataset
        import pyarrow.parquet

        paths, store = self.files(split, table), None
        if in_bucket(self.location):
            paths, store = [path[len("s3://") :] for path in paths], filesystem(self.location)
        schema = pyarrow.parquet.read_schema(paths[-1], filesystem=store)
        # The files are the columns: folders repeat what stands in them, and take nothing away.
        rows = pyarrow.dataset.dataset(paths, format="parquet", schema=schema, filesystem=store)
        return rows.to_table(columns=None if columns is None else list(columns))

    def to_pandas(self, split: Optional[str] = None, table: Optional[str] = None, columns: Optional[Sequence[str]] = None) -> Any:
        """Its rows as a ``pandas.DataFrame``. Needs ``tidemark-data[pandas]``."""
        return self.to_arrow(split, table, columns).to_pandas()

    def _path(self, uri: str, path: str) -> str:
        if in_bucket(self.location):
            return "/".join([without_settings(self.location).rsplit("/", 1)[0], uri.rsplit("/", 1)[-1], path])
        here = Path(self.location)
        # In its own folder, as the run left it; or all in one folder, as Valohai mounts a dataset version.
        places = [here.parent / uri.rsplit("/", 1)[-1] / path, here / path, here / Path(path).name]
        for place in places:
            if place.is_file():
                return str(place)
        raise FileNotFoundError(f"{path} of {uri} is neither at {places[0]} nor at {places[-1]}")


def open_version(location: str) -> Version:
    """A version in a folder, or by its manifest."""
    path = Path(location)
    manifests = [path] if path.is_file() else sorted(path.glob("_manifest.*.json"))
    if len(manifests) != 1:
        raise FileNotFoundError(f"{location} holds {len(manifests)} manifests, and a version has one (_manifest.<version>.json)")
    return version_of(str(manifests[0].parent), json.loads(manifests[0].read_text(encoding="utf-8")))


def version_of(location: str, manifest: Mapping[str, Any]) -> Version:
    """A version whose manifest has been read."""
    version = manifest["version"]
    return Version(version["uri"], manifest["id"], version["digest"], version["rows"], location, manifest)


def _table(tables: Sequence[Mapping[str, Any]], name: Optional[str]) -> Mapping[str, Any]:
    names = [table["name"] for table in tables]
    if name is None and len(tables) == 1:
        return tables[0]
    for table in tables:
        if table["name"] == name:
            return table
    raise ValueError(f'table={name!r} is none of {", ".join(names)}')
