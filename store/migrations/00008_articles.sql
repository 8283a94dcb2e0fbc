-- +goose Up
-- What goes to everybody who follows an account: one row for all, apart from the
-- deliveries, because nobody knows who they are.
CREATE TABLE articles (
	broadcast  BIGINT   NOT NULL PRIMARY KEY,
	channel    SMALLINT NOT NULL,
	outcome    SMALLINT NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 AND 9), -- unknown from when it begins until it ends; see outcome.go
	tries      SMALLINT NOT NULL DEFAULT 0,
	not_before BIGINT   NOT NULL DEFAULT 0
) WITHOUT ROWID;
