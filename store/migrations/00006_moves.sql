-- +goose Up
-- Codes by which subscribers move to another app: one each, for ten minutes, used once.
CREATE TABLE moves (
	person BIGINT NOT NULL PRIMARY KEY,
	code   BYTEA  NOT NULL UNIQUE, -- keyed hash
	until  BIGINT NOT NULL
) WITHOUT ROWID;
