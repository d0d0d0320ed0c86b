-- Up Migration

create extension vector;

create table documents (
  id bigint generated always as identity primary key,
  title text not null,
  revision integer not null default 0
);

create table chunks (
  id bigint generated always as identity primary key,
  document_id bigint not null references documents,
  body text not null,
  embedding vector(256) not null,
  written integer
);
