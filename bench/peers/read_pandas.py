"""pandas.read_sql, then to_csv: everything is in memory."""

import pandas
import sqlalchemy

from job import job, output, url

engine = sqlalchemy.create_engine(url("postgresql+psycopg2"))
with engine.connect() as connection:
    pandas.read_sql(sqlalchemy.text(job["sql"]), connection).to_csv(output("data.csv"), index=False)
