import { searchAttributesOf } from '../../local/registered-search-attributes.js';
import { defaultAttributeNames } from '../../tenancy/search-attributes.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, type Outcome, ok, problem } from './check.js';
import { grpcStatus, grpcStatusOf, type TemporalConnection, withTemporal } from './with-temporal.js';

/** In the order of the server's numbers. */
const types = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'] as const;

/** Temporal knows all our search attributes, each with its type; without them, no run can start. */
export const searchAttributes: Check = {
  name: 'search-attributes',
  needs: ['namespace'],
  async make(subject) {
    // The fleet's own check reports a fleet that does not load.
    const fleet = await readFleet(subject.read('TENANTRY_CONFIG')).catch(() => undefined);
    const expected = Object.entries(searchAttributesOf(fleet?.searchAttributes ?? defaultAttributeNames));
    return withTemporal(subject, async (temporal) => {
      const known = await knownAttributes(temporal);
      if (known === undefined) return byQueries(temporal, expected);
      const missing = expected.filter(([name]) => !known.has(name));
      const unfit = expected.filter(([name, type]) => known.has(name) && known.get(name) !== type);
      if (missing.length + unfit.length === 0)
        return ok(`${names(expected.map(([name]) => name))} are registered`);
      return problem(
        [
          ...missing.map(([name, type]) => `${name} (${type}) is not registered`),
          ...unfit.map(([name, type]) => `${name} is a ${known.get(name)} and not a ${type}`),
        ].join('; '),
        cureOf(temporal, missing, unfit),
      );
    });
  },
};

/** The registered attributes, by name; `undefined` when the server does not disclose them, like Temporal Cloud. */
async function knownAttributes({
  connection,
  namespace,
}: TemporalConnection): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return new Map(
      Object.entries(customAttributes).map(([name, type]) => [name, types[type] ?? String(type)]),
    );
  } catch (error) {
    const status = grpcStatusOf(error);
    const kept: (number | undefined)[] = [
      grpcStatus.unimplemented,
      grpcStatus.permissionDenied,
      grpcStatus.unauthenticated,
    ];
    if (kept.includes(status)) return undefined;
    throw error;
  }
}

async function byQueries(temporal: TemporalConnection, expected: readonly Attribute[]): Promise<Outcome> {
  const refused = await refusedInQueries(
    temporal,
    expected.map(([name]) => name),
  );
  if (refused.length === 0) return ok(`${names(expected.map(([name]) => name))} can be searched by`);
  return problem(
    `no run can be searched by ${names(refused)}`,
    `tcld namespace search-attributes add --namespace ${temporal.namespace} ${refused.map((name) => `--sa "${name}=Keyword"`).join(' ')}`,
  );
}

/** The names that are not search attributes with words as values. Every server reports that for a query. */
export async function refusedInQueries(
  { connection, namespace }: Pick<TemporalConnection, 'connection' | 'namespace'>,
  attributes: readonly string[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const name of attributes)
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query: `${name} = "none"` });
    } catch (error) {
      if (grpcStatusOf(error) !== grpcStatus.invalidArgument) throw error;
      refused.push(name);
    }
  return refused;
}

type Attribute = readonly [name: string, type: string];

/**
 * One command for each attribute: with several in one command, a dev server registers only one and reports that it
 * added all.
 */
function cureOf(
  temporal: TemporalConnection,
  missing: readonly Attribute[],
  unfit: readonly Attribute[],
): string {
  const create = [...missing, ...unfit].map(
    ([name, type]) => `${command('create', temporal, name)} --type ${type}`,
  );
  if (unfit.length === 0) return create.join('; ');
  const remove = unfit.map(([name]) => command('remove', temporal, name));
  return `set TEMPORAL_NAMESPACE to a namespace of Tenantry's own; or, if nobody else needs ${names(unfit.map(([name]) => name))}: ${[...remove, ...create].join('; ')}`;
}

function command(
  verb: 'create' | 'remove',
  { address, namespace }: TemporalConnection,
  attribute: string,
): string {
  return `temporal operator search-attribute ${verb} --address ${address} --namespace ${namespace} --name ${attribute}`;
}

const names = (list: readonly string[]) => [...list].sort().join(', ');
