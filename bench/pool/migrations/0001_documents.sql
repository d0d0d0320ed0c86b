create table documents (id bigint generated always as identity primary key, body text not null, at timestamptz not null default now());
create index documents_by_time on documents (at);
