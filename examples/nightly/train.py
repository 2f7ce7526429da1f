"""Reads a chain of increments as one table, by three kinds of inputs, and says which version each of them was."""

import json
import os
from pathlib import Path

import pandas as pd

for name in ["fixed", "aliased", "newest"]:
    folder = Path(os.environ.get("VH_INPUTS_DIR", "/valohai/inputs")) / name
    manifests = [json.loads(path.read_text())["version"] for path in folder.glob("_manifest.*.json")]
    # The input holds the manifests of the whole chain: the version is the one from which no other goes on.
    parents = {manifest.get("parent", {}).get("uri") for manifest in manifests}
    [version] = [manifest for manifest in manifests if manifest["uri"] not in parents]
    # Names that begin with "_" are passed over: all shards of the chain are one table to pandas.
    events = pd.read_parquet(folder, columns=["event_id", "customer_id"])
    # An event that was changed comes once more in a later version: the last one counts, if events change at all.
    assert events["event_id"].is_unique
    assert len(events) == version.get("chain", version)["rows"]
    print(json.dumps({"input": name, "version": version["uri"], "rows": len(events)}), flush=True)
