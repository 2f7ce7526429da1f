"""Trains on the one CSV file of a dataset version, as a script does that knows pandas alone."""

import json
import os
import pickle

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

inputs = os.environ.get("VH_INPUTS_DIR", "/valohai/inputs")
outputs = os.environ.get("VH_OUTPUTS_DIR", "/valohai/outputs")

df = pd.read_csv(f"{inputs}/training-data/customer_data_snapshot.csv")

X = df[["total_purchases", "days_since_signup"]]
y = df["churn_label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)

model = RandomForestClassifier(n_estimators=50, max_depth=8, random_state=42)
model.fit(X_train, y_train)

# One JSON object on a line of its own is an execution metric.
print(json.dumps({"rows": len(df), "accuracy": round(model.score(X_test, y_test), 6)}), flush=True)
with open(f"{outputs}/model.pkl", "wb") as file:
    pickle.dump(model, file)
