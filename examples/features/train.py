"""Joins features and labels of one dataset version, part by part, and trains on them."""

import json
import os
from pathlib import Path

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

folder = Path(os.environ.get("VH_INPUTS_DIR", "/valohai/inputs")) / "training-data"


def read(table, part):
    """Valohai puts all files of a version into one folder: their names say which table and part they are of."""
    files = sorted(folder.glob(f"*--{table}--{part}-*.parquet"))
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


def joined(part):
    features, labels = read("features", part), read("labels", part)
    data = labels.merge(features, how="left", left_on="id", right_on="customer_id", validate="one_to_one")
    # Both are of one moment and split by the same customers: no order is of a customer that the labels lack.
    assert set(features["customer_id"]) <= set(labels["id"]), "features without a label"
    data["spent"] = data["spent"].astype(float).fillna(0.0)
    data["orders"] = data["orders"].fillna(0)
    return data.sort_values("id")


train, test = joined("train"), joined("test")
assert not set(train["id"]) & set(test["id"]), "a customer is in both parts"

columns = ["orders", "spent"]
model = RandomForestClassifier(n_estimators=20, max_depth=4, random_state=42)
model.fit(train[columns], train["churn_label"])
accuracy = round(model.score(test[columns], test["churn_label"]), 6)
# One JSON object on a line of its own is an execution metric.
print(json.dumps({"rows": len(train) + len(test), "accuracy": accuracy}), flush=True)
