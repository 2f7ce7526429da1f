"""Trains a churn model on a dataset version: the same version gives the same model, whatever the database holds today."""

import argparse
import json
import os
import pickle
from pathlib import Path

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int, default=50)
trees = parser.parse_args().trees

inputs = Path(os.environ.get("VH_INPUTS_DIR", "/valohai/inputs")) / "training-data"
outputs = Path(os.environ.get("VH_OUTPUTS_DIR", "/valohai/outputs"))

# The manifest lies beside the data. Its date, and not today's, makes the features of a version always the same.
manifests = [json.loads(path.read_text()) for path in inputs.glob("_manifest.*.json")]
manifest = max(manifests, key=lambda one: one["version"]["date"])
version = manifest["version"]
query_date = pd.Timestamp(version["date"])

# Names that begin with "_" are passed over: a version is a folder of Parquet files to pandas.
data = pd.read_parquet(inputs, columns=["customer_id", "signup_date", "total_purchases", "churn_label"])
data = data.sort_values("customer_id")
data["days_since_signup"] = (query_date - pd.to_datetime(data["signup_date"])).dt.days
data["total_purchases"] = data["total_purchases"].astype(float)

X_train, X_test, y_train, y_test = train_test_split(
    data[["total_purchases", "days_since_signup"]], data["churn_label"], test_size=0.2, random_state=42
)
model = RandomForestClassifier(n_estimators=trees, max_depth=8, random_state=42)
model.fit(X_train, y_train)

# One JSON object on a line of its own is an execution metric.
accuracy = round(model.score(X_test, y_test), 6)
print(json.dumps({"rows": len(data), "accuracy": accuracy}), flush=True)
with open(outputs / "model.pkl", "wb") as file:
    pickle.dump(model, file)

# Which data trained this model? The version's id goes with it: from a model one finds back to the rows (docs/proof.md).
trained_on = {
    "tidemark.trained-on": version["uri"],
    "tidemark.id": manifest["id"],
    "tidemark.digest": version["digest"],
}
metadata = {
    "valohai.model-versions": [
        {"model_uri": "model://churn/", "model_release_note": f"trained on {version['uri']}, id {manifest['id']}"}
    ],
    "accuracy": accuracy,
    **trained_on,
}
(outputs / "valohai.metadata.jsonl").write_text(json.dumps({"file": "model.pkl", "metadata": metadata}) + "\n")
