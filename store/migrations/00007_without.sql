-- +goose Up
-- Channels to whose people a broadcast does not go, because the month's plan has no
-- room for its date: their names, apart by spaces, decided with its first recipients.
ALTER TABLE broadcasts ADD COLUMN without TEXT NOT NULL DEFAULT '';
