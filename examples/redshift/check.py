"""Reads a version's table or query once more, by Amazon's own client, and holds rows and digest against the manifest.

    python check.py FOLDER

It logs in as Tidemark does, by the identity of the machine; RSCLUSTERIDENTIFIER or RSWORKGROUP, RSDATABASE and RSREGION say where.
Redshift keeps no earlier moments: what has been written since the version was made shows as a difference. All rows are held in memory.
"""

import json
import os
import sys
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import redshift_connector

# In Tidemark's repository; elsewhere a copy of that file lies beside this one.
sys.path.append("test/readers")
from digest import digest, fingerprint, sums_of


def login():
    """Host, port, user and password: one that is made for the identity of the machine, for 15 minutes."""
    region, database = os.environ["RSREGION"], os.environ["RSDATABASE"]
    if "RSWORKGROUP" in os.environ:
        service, name = boto3.client("redshift-serverless", region), os.environ["RSWORKGROUP"]
        at = service.get_workgroup(workgroupName=name)["workgroup"]["endpoint"]
        made = service.get_credentials(workgroupName=name, dbName=database)
        return {"host": at["address"], "port": at["port"], "user": made["dbUser"], "password": made["dbPassword"]}
    service, name = boto3.client("redshift", region), os.environ["RSCLUSTERIDENTIFIER"]
    at = service.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["Endpoint"]
    made = service.get_cluster_credentials_with_iam(ClusterIdentifier=name, DbName=database)
    return {"host": at["Address"], "port": at["Port"], "user": made["DbUser"], "password": made["DbPassword"]}


def read(query, schema):
    """The rows of a query, in the types of the version's files."""
    connection = redshift_connector.connect(database=os.environ["RSDATABASE"], sslmode="verify-full", **login())
    cursor = connection.cursor()
    cursor.execute("SET timezone TO 'UTC'")
    cursor.execute(query)
    values = list(zip(*cursor.fetchall())) or [()] * len(schema)
    connection.close()
    return pa.table([pa.array(column, field.type) for column, field in zip(values, schema, strict=True)], schema=schema)


folder = Path(sys.argv[1])
version = json.loads(next(folder.glob("_manifest.*.json")).read_text())["version"]
(table,) = version["tables"]
schema = pq.read_schema(next(folder.rglob("*.parquet")))
request = table["request"]
rows, total, _ = sums_of(read(request.get("query") or f"SELECT * FROM {request['table']}", schema))

found = {"rows": rows, "digest": digest(fingerprint(schema), rows, total)}
print(json.dumps(found), flush=True)
if found != {"rows": version["rows"], "digest": version["digest"]}:
    sys.exit(f"The version has {version['rows']} rows, {version['digest']}: something was written since, or one of the two is wrong")
