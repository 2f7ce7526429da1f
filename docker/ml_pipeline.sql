-- The role that takes snapshots: it can read, and nothing else. A password for a server on this machine only.
CREATE ROLE ml_pipeline LOGIN PASSWORD 'ml_pipeline';
GRANT USAGE ON SCHEMA public TO ml_pipeline;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ml_pipeline;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ml_pipeline;
