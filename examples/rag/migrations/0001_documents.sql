-- What a tenant's workspace holds: its documents, each of their versions as it was uploaded, and the passages that search reads.

create extension if not exists vector;

create table documents (
  id uuid primary key,
  title text not null,
  -- The file's name, or the URL; absent for a text that was pasted.
  origin text,
  tags text[] not null default '{}',
  newest_version integer not null default 1,
  -- Of the newest version: the same document twice is one.
  content_hash bytea not null,
  -- What search reads; absent until a version is live.
  live_version integer,
  -- From then on search finds it no more; its rows go a moment later.
  deleted_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index documents_content on documents (content_hash) where deleted_at is null;
-- Of its hash: an index takes no text of more than 2,700 bytes, and a URL may be longer.
create unique index documents_origin on documents (md5(origin)) where deleted_at is null;

create table versions (
  document_id uuid not null references documents on delete cascade,
  version integer not null,
  kind text not null check (kind in ('text', 'markdown', 'html', 'pdf', 'docx')),
  content bytea not null,
  -- What was extracted; passages are places in it.
  text text,
  state text not null default 'queued' check (state in ('queued', 'extracting', 'embedding', 'live', 'failed', 'overtaken')),
  -- Why it failed, in a sentence for its owner.
  reason text,
  -- How often its reading has begun. One that takes the worker with it, time and again, is given up.
  readings integer not null default 0,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (document_id, version)
);

create table passages (
  -- Made of the document, the version and the place, so that the same work twice is one row.
  id bytea primary key,
  document_id uuid not null,
  version integer not null,
  ordinal integer not null,
  -- The headings above it, outermost first, joined by ' › '.
  heading text not null,
  -- Where it stands in the version's text, in UTF-16 units.
  from_offset integer not null,
  to_offset integer not null,
  text text not null,
  text_hash bytea not null,
  tokens integer not null,
  words tsvector not null generated always as (
    setweight(to_tsvector('english', heading), 'A') || setweight(to_tsvector('english', text), 'B')
  ) stored,
  foreign key (document_id, version) references versions on delete cascade
);
create index passages_version on passages (document_id, version, ordinal);
create index passages_text on passages (text_hash);
create index passages_words on passages using gin (words);

-- The models whose vectors are kept, each in a table of its own that the application makes: app.vectors_<id>.
create table embedding_models (
  id smallint primary key,
  model text not null unique,
  dimensions integer not null,
  state text not null check (state in ('filling', 'live', 'leaving'))
);
-- Search asks one model.
create unique index embedding_models_live on embedding_models (state) where state = 'live';
