-- +goose Up
-- Ids of recent messages of both sides of a chat, so that they can be removed:
-- 48 hours, because no bot can remove an older one.
CREATE TABLE messages (
	chat    BYTEA    NOT NULL, -- keyed hash of channel and address
	id      TEXT     NOT NULL, -- the platform's
	channel SMALLINT NOT NULL,
	theirs  SMALLINT NOT NULL CHECK (theirs BETWEEN 0 AND 1), -- the person's own
	at      BIGINT   NOT NULL,
	PRIMARY KEY (chat, id)
) WITHOUT ROWID;

-- Opened texts of discreet mode, which are removed again. Of subscribers only,
-- whose address we hold anyhow; a row lives for a day at most, and some hours more
-- while the platform cannot be reached.
CREATE TABLE removals (
	chat    BYTEA    NOT NULL,
	id      TEXT     NOT NULL,
	channel SMALLINT NOT NULL,
	address BYTEA    NOT NULL, -- encrypted
	due     BIGINT   NOT NULL,
	until   BIGINT   NOT NULL, -- from then on nobody can remove it
	PRIMARY KEY (chat, id)
) WITHOUT ROWID;

-- Deletions under way: whatever a kill leaves here the next start finishes.
CREATE TABLE leaving (
	lookup  BYTEA    NOT NULL PRIMARY KEY,
	channel SMALLINT NOT NULL,
	address BYTEA    NOT NULL, -- encrypted
	at      BIGINT   NOT NULL
) WITHOUT ROWID;

ALTER TABLE people ADD COLUMN open_minutes SMALLINT NOT NULL DEFAULT 0 CHECK (open_minutes BETWEEN 0 AND 1440); -- 0: never chosen
