-- +goose Up
-- Portable DDL: SQLite reads BYTEA as a name without meaning, PostgreSQL has it.
-- WITHOUT ROWID is the one thing that only SQLite knows. Times are unix
-- milliseconds, 0 = never. Numbers of people and broadcasts are time-ordered and
-- never used again (see id in store.go).

CREATE TABLE meta (
	name  TEXT  NOT NULL PRIMARY KEY,
	value BYTEA NOT NULL
) WITHOUT ROWID;

-- A channel has a small number, because a million deliveries name it. A pause
-- stands here so that it survives a restart and every process can read it.
CREATE TABLE channels (
	number       SMALLINT NOT NULL PRIMARY KEY,
	name         TEXT     NOT NULL UNIQUE,
	paused_until BIGINT   NOT NULL DEFAULT 0,
	why          TEXT     NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE people (
	id           BIGINT   NOT NULL PRIMARY KEY,
	channel      SMALLINT NOT NULL,
	lookup       BYTEA    NOT NULL UNIQUE,       -- keyed hash of channel and address
	address      BYTEA,                          -- encrypted; only of who is subscribed
	state        TEXT     NOT NULL CHECK (state IN ('stranger', 'active', 'left', 'gone')),
	lang         TEXT     NOT NULL DEFAULT '',
	hour         SMALLINT NOT NULL DEFAULT 0 CHECK (hour BETWEEN 0 AND 23),
	paused_until BIGINT   NOT NULL DEFAULT 0,
	discreet     SMALLINT NOT NULL DEFAULT 0 CHECK (discreet BETWEEN 0 AND 1),
	safe_word    BYTEA,                          -- keyed hash
	consent      TEXT     NOT NULL DEFAULT '',   -- version of the wording agreed to, or 'import'
	consent_at   BIGINT   NOT NULL DEFAULT 0,
	used_at      BIGINT   NOT NULL
) WITHOUT ROWID;

CREATE TABLE broadcasts (
	id          BIGINT   NOT NULL PRIMARY KEY,
	campaign    TEXT     NOT NULL,
	date        TEXT     NOT NULL,               -- YYYY-MM-DD in the pack's zone
	state       TEXT     NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'closed')),
	anyway      SMALLINT NOT NULL CHECK (anyway BETWEEN 0 AND 1), -- also in quiet hours
	ordered_at  BIGINT   NOT NULL,
	valid_until BIGINT   NOT NULL,
	waves       BIGINT   NOT NULL DEFAULT 0,     -- orders that added somebody: tells a sender to look from the start
	closed_at   BIGINT   NOT NULL DEFAULT 0,
	hash        BYTEA,                           -- over (subscriber, outcome, mark) of every row, when closed
	UNIQUE (campaign, date)
) WITHOUT ROWID;

CREATE TABLE broadcast_texts (
	broadcast BIGINT   NOT NULL,
	lang      TEXT     NOT NULL,
	discreet  SMALLINT NOT NULL CHECK (discreet BETWEEN 0 AND 1),
	reply     TEXT     NOT NULL,                 -- frozen when ordered
	PRIMARY KEY (broadcast, lang, discreet)
) WITHOUT ROWID;

CREATE TABLE deliveries (
	broadcast  BIGINT   NOT NULL,
	subscriber BIGINT   NOT NULL,
	channel    SMALLINT NOT NULL,
	outcome    SMALLINT NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 AND 9), -- 0: waiting; see outcome.go
	tries      SMALLINT NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 32000),
	doubt      SMALLINT NOT NULL DEFAULT 0 CHECK (doubt BETWEEN 0 AND 3),  -- times it may have arrived unseen
	not_before BIGINT   NOT NULL DEFAULT 0,      -- 0: never tried
	PRIMARY KEY (broadcast, subscriber)
) WITHOUT ROWID;

CREATE INDEX deliveries_again ON deliveries (channel, doubt, not_before) WHERE outcome = 0 AND not_before > 0;

-- What is in the air: the primary key is the bound.
CREATE TABLE air (
	channel    SMALLINT NOT NULL,
	slot       SMALLINT NOT NULL CHECK (slot BETWEEN 0 AND 63),
	broadcast  BIGINT   NOT NULL,
	subscriber BIGINT   NOT NULL,
	PRIMARY KEY (channel, slot),
	UNIQUE (broadcast, subscriber)
) WITHOUT ROWID;

-- The sheet of a closed broadcast; it stays when the rows go.
CREATE TABLE sheets (
	broadcast BIGINT   NOT NULL,
	outcome   SMALLINT NOT NULL CHECK (outcome BETWEEN 1 AND 9),
	rows      BIGINT   NOT NULL,
	marked    BIGINT   NOT NULL,
	PRIMARY KEY (broadcast, outcome)
) WITHOUT ROWID;
