"""One table after the other, in one process: what happened to each goes out as a line of JSON, as soon as it is known."""

import json
import os
import sys
import tempfile
import traceback

job = json.loads(sys.argv[1])
mysql = job["engine"] == "mysql"


def url(postgres, mysql_scheme="mysql"):
    return f"{mysql_scheme if mysql else postgres}://{job['user']}@{job['host']}:{job['port']}/{job['database']}"


def each(read):
    """Calls read(table, folder) for every table. What is said on stderr meanwhile, by whatever library, is kept with the table."""
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for table in job["tables"]:
        print(json.dumps({"begins": table}), file=lines, flush=True)
        folder = os.path.join(job["out"], table)
        os.makedirs(folder, exist_ok=True)
        print(json.dumps({"table": table, **outcome(read, table, folder)}), file=lines, flush=True)


def outcome(read, table, folder):
    before = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        failure = None
        try:
            read(table, folder)
        # A panic of Rust is no Exception.
        except BaseException as error:
            failure = "".join(traceback.format_exception_only(error)).strip()
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)
        said.seek(0)
        return {"failure": failure, "said": said.read().decode("utf-8", "replace")[:4000]}
