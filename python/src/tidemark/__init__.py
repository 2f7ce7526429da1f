"""A query on a live database becomes an immutable, verifiable dataset version.

The work is done by the command line that comes with this package; these functions run it, and read what it made.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from typing import Any, Dict, List, Mapping, Optional

from ._bucket import in_bucket, without_settings
from ._program import run
from ._version import Version, open_version, version_of

__all__ = ["TidemarkError", "Version", "adopt", "open", "snapshot", "verify"]

#: Options that are given as variables, so that what may be secret in them is in no file.
_variables = {"source": "TIDEMARK_SOURCE"}
#: Maps that are one text as flags.
_texts = ("tables", "expect", "expect-warn")


class TidemarkError(Exception):
    """What the command line ended with: its message, ``hint``, and ``exit_code`` (docs/exit-codes.md)."""

    def __init__(self, message: str, hint: Optional[str], exit_code: int) -> None:
        super().__init__(message if hint is None else f"{message}\n{hint}")
        self.hint = hint
        self.exit_code = exit_code


def snapshot(config: Optional[str] = None, *, env: Optional[Mapping[str, str]] = None, **options: Any) -> Version:
    """Makes a version of a database's rows.

    :param config: a configuration file; options go before what it says
    :param env: variables besides those of this process
    :param options: those of ``tidemark snapshot --help``, with ``_`` for ``-``
    :raises TidemarkError:
    """
    return _made(["snapshot"], config, env, options)


def adopt(location: str, *, env: Optional[Mapping[str, str]] = None, **options: Any) -> Version:
    """Makes a version of Parquet files that another engine wrote. Options are those of ``tidemark adopt --help``.

    :raises TidemarkError:
    """
    return _made(["adopt", os.fspath(location)], None, env, options)


def verify(
    location: str,
    *,
    id: Optional[str] = None,
    signer: Optional[str] = None,
    quick: bool = False,
    env: Optional[Mapping[str, str]] = None,
) -> Dict[str, Any]:
    """Checks a version: every file, every row. Gives what ``tidemark verify --json`` prints.

    :param id: the id that the version must have, or its beginning
    :param signer: the public key that must have signed it, or the path of its file
    :param quick: sizes and hashes alone
    :raises TidemarkError: where something is not as the manifest says
    """
    asked = [] if id is None else ["--id", id]
    asked += [] if signer is None else ["--signer", os.fspath(signer)]
    asked += ["--quick"] if quick else []
    return _result(["verify", os.fspath(location), "--json", *asked], env)


def open(location: str, *, env: Optional[Mapping[str, str]] = None) -> Version:
    """A version that is there, by its folder or the path of its manifest, on this machine or in a bucket (``s3://…``). Reads its manifest alone.

    :param env: variables besides those of this process, to read the manifest in a bucket with
    """
    where = os.fspath(location)
    return _open_in_bucket(where, env) if in_bucket(where) else open_version(where)


def _made(words: List[str], config: Optional[str], env: Optional[Mapping[str, str]], options: Mapping[str, Any]) -> Version:
    named = {name.rstrip("_").replace("_", "-"): value for name, value in options.items() if value is not None}
    variables = {_variables[name]: str(named.pop(name)) for name in list(named) if name in _variables}
    given = [] if config is None else [os.fspath(config)]
    # A file takes values as they are: lists, maps of columns, tables with options of their own.
    with tempfile.TemporaryDirectory(prefix="tidemark-") as folder:
        if named and config is None:
            path = os.path.join(folder, "options.json")
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                json.dump(named, file, default=os.fspath)
            given = [path]
            named = {}
        flags = [flag for name, value in named.items() for flag in _flags(name, value)]
        try:
            told = _result([*words, *given, "--json", *flags], {**(env or {}), **variables})
        except TidemarkError as error:
            # Where in that file something stands says nothing to who gave options.
            file = re.escape(folder) + r"[^:)\n]*"
            error.args = (re.sub(rf" \({file}\)|{file}: ", "", str(error)),)
            raise
    location = told["location"]
    if os.path.isdir(location):
        return open_version(location)
    try:
        if in_bucket(location):
            return _open_in_bucket(location, env)
    except TidemarkError:
        pass  # It is made all the same: some may write to a bucket, and not read.
    return Version(told["version"], told["id"], told["digest"], told["rows"], location, {})


def _open_in_bucket(location: str, env: Optional[Mapping[str, str]]) -> Version:
    manifest = _result(["show", location, "--json"], env)
    place, *settings = location.split("?", 1)
    if place.endswith(".json"):
        place = place.rsplit("/", 1)[0]
    elif not place.rstrip("/").endswith("/" + manifest["version"]["uri"].rsplit("/", 1)[-1]):
        raise ValueError(f"{without_settings(location)} is not the folder of a version: {manifest['version']['uri']} is in it")
    return version_of("?".join([place.rstrip("/"), *settings]), manifest)


def _flags(name: str, value: Any) -> List[str]:
    if isinstance(value, bool):
        return [f"--{name}"] if value else []
    if isinstance(value, Mapping) and (name in _texts or any(isinstance(one, (Mapping, list, tuple)) for one in value.values())):
        return [f"--{name}", json.dumps(value, default=os.fspath)]
    if isinstance(value, Mapping):
        return [word for key, one in value.items() for word in (f"--{name}", f"{key}={one}")]
    values = value if isinstance(value, (list, tuple)) else [value]
    return [word for one in values for word in (f"--{name}", str(one))]


def _result(words: List[str], env: Optional[Mapping[str, str]]) -> Dict[str, Any]:
    code, output, said = run(words, env)
    if code == 0:
        return json.loads(output)
    found = re.search(r"^error: (.*?)(?:\nhint: (.*))?\Z", said.strip(), re.M | re.S)
    message, hint = found.groups() if found else (said.strip() or f"tidemark ended with code {code}", None)
    raise TidemarkError(message, hint, code)
