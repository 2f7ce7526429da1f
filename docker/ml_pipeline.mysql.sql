-- The user that takes snapshots: it can read, and hold writers up for the moment that several connections share. A password for a server on this machine only.
CREATE USER 'ml_pipeline'@'%' IDENTIFIED BY 'ml_pipeline';
GRANT SELECT, LOCK TABLES ON shop.* TO 'ml_pipeline'@'%';
