"""A table of BigQuery to Parquet by Google's own client: read_bigquery.py JOB, where JOB is JSON. Tells at its end what it took."""

import json
import resource
import sys
import time

begin = time.perf_counter()

import pyarrow.parquet as pq
from google.cloud import bigquery, bigquery_storage

job = json.loads(sys.argv[1])
storage = bigquery_storage.BigQueryReadClient(client_options={"api_endpoint": job["storage"]})
if job["way"] == "list_rows":
    client = bigquery.Client(project=job["project"], client_options={"api_endpoint": job["rest"]})
    rows = client.list_rows(f"{job['project']}.bench.{job['table']}")
    pq.write_table(rows.to_arrow(bqstorage_client=storage), job["out"])
else:
    # Without LZ4, which list_rows() asks for, and a batch at a time: the least that the client can do.
    path = f"projects/{job['project']}/datasets/bench/tables/{job['table']}"
    wanted = bigquery_storage.ReadSession(table=path, data_format=bigquery_storage.DataFormat.ARROW)
    parent = f"projects/{job['project']}"
    session = storage.create_read_session(parent=parent, read_session=wanted, max_stream_count=1)
    pages = storage.read_rows(session.streams[0].name).rows(session).pages
    first = next(pages).to_arrow()
    with pq.ParquetWriter(job["out"], first.schema) as writer:
        writer.write_batch(first)
        for page in pages:
            writer.write_batch(page.to_arrow())

used = resource.getrusage(resource.RUSAGE_SELF)
took = {"cpu": used.ru_utime + used.ru_stime, "seconds": time.perf_counter() - begin, "peak": used.ru_maxrss * 1024}
print(json.dumps(took), file=sys.stderr, flush=True)
