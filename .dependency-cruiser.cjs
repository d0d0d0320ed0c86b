// The arrows between the rooms, checked. `npx depcruise --config .dependency-cruiser.cjs .`

const { exports: publicExports = {} } = require('./package.json');

/** Each room: what it may import of ours, what of that as types only, and why it is so narrow. */
const rooms = {
  tenancy: {
    may: [],
    why: 'The rules know nothing of the machinery, so that a workflow can run them and a reader can trust them alone.',
  },
  neon: {
    may: ['tenancy'],
    why: 'The API client speaks of failures in the words of tenancy and knows nobody who calls it.',
  },
  connections: {
    may: [],
    why: 'How a connection to Postgres is made, what becomes of it when it breaks, and how one to Temporal is closed, is the same whoever it is for.',
  },
  catalog: {
    may: ['tenancy', 'connections'],
    why: 'The catalog stores what tenancy defines; who reads or writes it is not its business.',
  },
  secrets: {
    may: ['tenancy'],
    why: 'A store of secrets knows what it is to keep, and its own service. A fleet names it; nobody of ours imports it, so that nobody loads what is not used.',
  },
  payloads: {
    may: ['tenancy'],
    why: 'What Temporal keeps of runs is encrypted the same by workers, clients and the codec server, whoever they work for.',
  },
  traces: {
    may: ['tenancy'],
    why: 'What sends traces stands on packages that not everybody installs, so it is loaded where traces are asked for, and nowhere else.',
  },
  activities: {
    may: ['tenancy', 'neon', 'catalog', 'connections', 'setup'],
    why: 'Side effects use the two outside worlds and the rules, and tell as set-up does whose a folder is; they never know which workflow asked.',
  },
  workflows: {
    may: ['tenancy'],
    types: ['activities'],
    why: 'A workflow is replayed: it calls activities by their types, and one real import would bundle I/O into it.',
  },
  worker: {
    may: ['tenancy', 'neon', 'catalog', 'payloads', 'traces', 'activities', 'workflows'],
    why: 'The process wires the rooms together; the ways to start or drive it lie above.',
  },
  client: {
    may: ['tenancy', 'catalog', 'connections', 'payloads', 'traces'],
    types: ['workflows'],
    why: 'Backend code imports this: it names workflows by type and carries none of their code, nor the Neon client.',
  },
  cli: {
    may: ['tenancy', 'connections', 'client', 'worker', 'payloads', 'traces', 'local'],
    why: 'The command is a thin face: what it can do, the client, the worker or the local stack can do without it.',
  },
  postgres: {
    may: [],
    why: 'Clusters on this machine, and processes on a leash, are the same whoever they are for. Of Neon it knows nothing.',
  },
  emulator: {
    may: ['postgres'],
    why: 'It stands in for Neon: code shared with us would let the same mistake hide on both sides.',
  },
  local: {
    may: ['tenancy', 'connections', 'worker', 'emulator', 'postgres', 'setup'],
    why: 'The embedded stack starts and stops the processes, and shares the lock of set-up; of tenants it knows the words alone.',
  },
};

const any = (names) => `^(${names.join('|')})/`;
const oursExcept = (names) => `^(?!node_modules/|${names.map((name) => `${name}/`).join('|')})`;
const exported = JSON.stringify(publicExports).match(/(?<="\.\/)[^"*]+\.[a-z]+(?=")/g) ?? [];

const arrows = Object.entries(rooms).map(([room, { may, types = [], why }]) => ({
  name: `${room}-imports-only-${[...may, ...types].join('-') || 'itself'}`,
  comment: why,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: oursExcept([room, ...may, ...types]), dependencyTypesNot: ['core'] },
}));

const typesOnly = Object.entries(rooms)
  .filter(([, { types }]) => types)
  .map(([room, { types, why }]) => ({
    name: `${room}-takes-only-types-of-${types.join('-')}`,
    comment: why,
    severity: 'error',
    from: { path: `^${room}/` },
    to: { path: any(types), dependencyTypesNot: ['type-only'] },
  }));

/** Rooms that a workflow bundles, and the only packages each may use. */
const packages = {
  tenancy: ['zod', '@noble/hashes', '@temporalio/common'],
  workflows: ['@temporalio/workflow', '@temporalio/common'],
};

const pure = Object.entries(packages).map(([room, allowed]) => ({
  name: `${room}-does-no-io`,
  comment:
    'It runs in the workflow sandbox: no module of Node, and of the packages only those that do no I/O.',
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
    pathNot: `^node_modules/(${allowed.join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...arrows,
    ...typesOnly,
    ...pure,
    {
      name: 'examples-use-the-package',
      comment:
        'An example shows what a user of the package can do; a look behind the exports would be a lie.',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: oursExcept(['examples']),
        pathNot: exported.map((file) => `^${file}$`),
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'traces-load-their-packages-alone',
      comment: 'They are optional: whoever else imports one needs it to be installed.',
      severity: 'error',
      from: { path: oursExcept(['traces', 'test', 'bench']) },
      to: { path: '^node_modules/(@opentelemetry/(?!api/)|@temporalio/interceptors-opentelemetry/)' },
    },
    {
      name: 'traces-are-loaded-where-asked-for',
      comment:
        'What needs the optional packages is imported when traces are asked for, never from the first line.',
      severity: 'error',
      from: { pathNot: any(['test', 'bench']) },
      to: {
        path: '^traces/(sdk|client-tracing|worker-tracing)\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'a-backend-loads-no-index-of-temporals',
      comment:
        'Node reads every file behind this index to find the names in it, which takes longer than the rest of the client: import the file that has the name.',
      severity: 'error',
      from: { path: any(['client', 'tenancy', 'catalog', 'connections', 'payloads']) },
      to: {
        path: '^node_modules/@temporalio/common/lib/index\\.',
        dependencyTypesNot: ['type-only', 'require'],
      },
    },
    {
      name: 'nobody-imports-the-edges',
      comment:
        'Commands, the embedded stack, benchmarks and tests are ends of the arrows; only the ends use each other.',
      severity: 'error',
      // An example imports exports alone: see above.
      from: { pathNot: any(['cli', 'local', 'bench', 'test', 'examples', 'node_modules']) },
      to: { path: any(['cli', 'local', 'bench', 'test']) },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: { pathNot: '^node_modules/' },
      to: { circular: true },
    },
    {
      name: 'no-missing-modules',
      comment: 'An import that leads nowhere would slip past every rule above.',
      severity: 'error',
      from: { pathNot: '^node_modules/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '(^|/)(dist|\\.tenantry)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Sees `import type` too, and tells it apart.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['tenantry-source', 'import', 'types', 'node', 'default'],
    },
  },
};
