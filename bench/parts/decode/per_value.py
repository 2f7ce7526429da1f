"""CPU microseconds for each row of a query, by ConnectorX into Arrow."""

import json
import resource
import sys

import connectorx

job = json.loads(sys.argv[1])
connectorx.read_sql(job["url"], "SELECT 1", return_type="arrow")
before = resource.getrusage(resource.RUSAGE_SELF)
table = connectorx.read_sql(job["url"], job["query"], return_type="arrow")
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"rows": table.num_rows, "cpu": cpu, "type": str(table.schema.field(0).type)}))
