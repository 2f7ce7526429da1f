"""Trains on one dataset version, chooses by the second and is judged by the third: no customer is in two of them."""

import argparse
import json
import os
import pickle
from pathlib import Path

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int, default=50)
trees = parser.parse_args().trees

inputs = Path(os.environ.get("VH_INPUTS_DIR", "/valohai/inputs"))
outputs = Path(os.environ.get("VH_OUTPUTS_DIR", "/valohai/outputs"))


def read(part):
    folder = inputs / part
    manifests = [json.loads(path.read_text())["version"] for path in folder.glob("_manifest.*.json")]
    version = max(manifests, key=lambda manifest: manifest["date"])
    data = pd.read_parquet(folder).sort_values("customer_id")
    data["days_since_signup"] = (pd.Timestamp(version["date"]) - pd.to_datetime(data["signup_date"])).dt.days
    data["total_purchases"] = data["total_purchases"].astype(float)
    return data, version


parts = {part: read(part) for part in ("train", "validation", "test")}

# Each manifest names its siblings: these three belong together.
uris = {version["uri"] for _, version in parts.values()}
for _, version in parts.values():
    assert uris == {version["uri"], *(sibling["uri"] for sibling in version["siblings"])}, "other versions are beside"

customers = [set(data["customer_id"]) for data, _ in parts.values()]
assert len(set().union(*customers)) == sum(map(len, customers)), "a customer is in two parts"

features = ["total_purchases", "days_since_signup", "logins_30d"]
train, validation, test = (data for data, _ in parts.values())
best, accuracy = None, -1.0
for depth in (2, 4, 8):
    model = RandomForestClassifier(n_estimators=trees, max_depth=depth, random_state=42)
    model.fit(train[features], train["churn_label"])
    score = model.score(validation[features], validation["churn_label"])
    # One JSON object on a line of its own is an execution metric.
    print(json.dumps({"depth": depth, "validation": round(score, 6)}), flush=True)
    if score > accuracy:
        best, accuracy = model, score

score = best.score(test[features], test["churn_label"])
print(json.dumps({"rows": sum(map(len, customers)), "accuracy": round(score, 6)}), flush=True)
with open(outputs / "model.pkl", "wb") as file:
    pickle.dump(best, file)
