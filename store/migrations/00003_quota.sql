-- +goose Up
-- What a channel's plan has used up in a month: numbers only, nobody in them.
CREATE TABLE quota (
	channel    SMALLINT NOT NULL,
	month      TEXT     NOT NULL,           -- YYYY-MM in the pack's zone
	messages   BIGINT   NOT NULL DEFAULT 0, -- that the platform took, or may have taken
	refused_at BIGINT   NOT NULL DEFAULT 0, -- when the platform last said that the plan is used up; 0: it takes messages
	PRIMARY KEY (channel, month)
) WITHOUT ROWID;
