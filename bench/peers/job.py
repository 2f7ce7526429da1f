"""The job that a program of this folder is given, and what several of them need."""

import json
import os
import sys

job = json.loads(sys.argv[1])


def url(scheme="postgresql"):
    mode = "require" if job["tls"] else "disable"
    return f"{scheme}://{job['user']}@{job['host']}:{job['port']}/{job['database']}?sslmode={mode}"


def output(name):
    return os.path.join(job["out"], name)
