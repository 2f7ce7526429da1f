"""Starts the step of valohai.yaml every night, with the day of the run: a missed night is filled in by a backfill."""

from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="nightly_events",
    # 02:15 UTC every day. Weekly: "15 2 * * 1"; monthly: "15 2 1 * *".
    schedule="15 2 * * *",
    start_date=datetime(2024, 3, 4),
    catchup=False,
    # Two at once would go on from the same version.
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="snapshot",
        # VALOHAI_TOKEN comes from the environment of the worker.
        bash_command='vh project link "$VALOHAI_PROJECT" && vh execution run nightly-events --watch --date={{ ds }}',
        append_env=True,
    )
