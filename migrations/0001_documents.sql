-- Up Migration

create extension if not exists vector;

create table documents (
  id bigint generated always as identity primary key,
  title text not null,
  body text not null,
  embedding vector(3),
  created_at timestamptz not null default now()
);

create index on documents using hnsw (embedding vector_cosine_ops);

-- Down Migration

drop table documents;
drop extension vector;
