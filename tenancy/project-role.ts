/**
 * What a project at Neon is to its tenant. `live`: the one that it lives in, or is to. `next`: the one that a move makes.
 * `former`: one that a move left, until its grace is over. `condemned`: it is to go, or may yet turn up and then is. `gone`: Neon
 * has none.
 */
export type ProjectRole = 'live' | 'next' | 'former' | 'condemned' | 'gone';
