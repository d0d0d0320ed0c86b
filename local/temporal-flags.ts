/** The types the Temporal CLI knows, as it spells them. */
export type SearchAttributeType = 'Bool' | 'Datetime' | 'Double' | 'Int' | 'Keyword' | 'KeywordList' | 'Text';
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

/** Each lifts a default of `start-dev` that a measurement found to be the bottleneck. */
const SQLITE_PRAGMAS = {
  // A rollback journal with one connection and a full sync for every commit costs two thirds of the throughput.
  journal_mode: 'WAL',
  synchronous: 'NORMAL',
};

const DYNAMIC_CONFIG = {
  // 20 queue reads a second and a shard, of which start-dev has one: above it every dispatch waits for a 50 ms tick.
  'history.transferProcessorMaxPollRPS': '1000',
  // 1 s: every timer and retry delay below a second takes about a second.
  'history.timerProcessorMaxTimeShift': '"10ms"',
  // The dev server has an HTTP API besides, without a login, and takes requests that any page in a browser here can send.
  // It answers for a name alone to which no page can have one lead; nobody of ours uses it.
  'frontend.httpAllowedHosts': '["none.invalid"]',
  // Customers take turns where tasks wait: client/fairness-key.ts. Off by default.
  'matching.enableFairness': 'true',
  // The Neon queue's rate limit is divided among its partitions; with one its pace is even.
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
};

/** The flags of every `temporal server start-dev` of ours that are not about where it listens or writes. */
export function temporalFlags(searchAttributes: SearchAttributes): readonly string[] {
  return [
    ...flagged('--sqlite-pragma', SQLITE_PRAGMAS),
    ...flagged('--dynamic-config-value', DYNAMIC_CONFIG),
    ...flagged('--search-attribute', searchAttributes),
    '--log-level',
    'warn',
  ];
}

const flagged = (flag: string, values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
