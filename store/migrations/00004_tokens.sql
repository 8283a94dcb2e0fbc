-- +goose Up
-- The tokens by which a channel speaks, where the platform changes them with each
-- use: the pair that counts is the one here.
CREATE TABLE tokens (
	channel SMALLINT NOT NULL PRIMARY KEY,
	pair    BYTEA    NOT NULL, -- both, encrypted
	got_at  BIGINT   NOT NULL, -- from the platform
	until   BIGINT   NOT NULL  -- the access token is good until then
) WITHOUT ROWID;
