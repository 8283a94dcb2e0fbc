-- +goose Up
-- Eight bytes of each thing encrypted that the row held and lost: by them a copy is
-- found that SQLite left in the file, when the person wants everything gone.
ALTER TABLE people ADD COLUMN erased BYTEA;
