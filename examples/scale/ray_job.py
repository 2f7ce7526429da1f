"""Makes a version by tasks of a Ray cluster, one for each member:

    ray job submit --working-dir . -- python ray_job.py 3 npx tidemark snapshot --table customer_data \
        --dataset dataset://customer-data/2024-q1 --out s3://my-bucket/versions

Connections come from DB_* of the machines, or of the job's environment (--runtime-env-json).
"""

import subprocess
import sys

import ray

count, command = int(sys.argv[1]), sys.argv[2:]


# A member that fails is not begun again: others write what it had.
@ray.remote(scheduling_strategy="SPREAD", max_retries=0)
def member(index: int) -> tuple[int, str]:
    done = subprocess.run([*command, "--member", f"{index}/{count}"], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


ray.init()
results = ray.get([member.remote(index) for index in range(count)])
for index, (code, said) in enumerate(results):
    print(f"member {index}: exit code {code}\n{said}")
# The version is there when member 0 says so.
sys.exit(results[0][0])
