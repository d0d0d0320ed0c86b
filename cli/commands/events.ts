import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { EventEndpoint, LoggedEvent, Replay } from '../../client/index.js';
import { age } from '../age.js';
import { withBackend } from '../backend.js';
import { duration } from '../duration.js';
import { examples } from '../help.js';
import { answer, answerJson, say } from '../say.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

export function eventsCommand(program: Command): void {
  const events = program
    .command('events')
    .description('what the fleet tells others of, and where it is sent')
    .addHelpText('after', examples('events endpoint add https://example.com/events', 'events list'));
  events
    .command('list')
    .description('list the log of events, the newest first')
    .option('--tenant <id>', 'only those of this tenant')
    .option('--limit <count>', 'at most so many (50)', wholeNumber)
    .option('--before <position>', 'only those below this position of the log', wholeNumber)
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('events list --tenant acme', 'events list --limit 1000 --json'))
    .action(list);
  events
    .command('replay <endpoint>')
    .description('send events to an endpoint again, each under the id that it had')
    .option('--from <time>', 'everything from this time on, in order, such as 2026-11-27T08:00:00Z', time)
    .option('--event <id>', 'this one alone')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events replay ep-5f2c81d09a --from 2026-11-27T08:00:00Z'))
    .action(replay);
  const endpoint = events
    .command('endpoint')
    .description('where events are sent')
    .addHelpText('after', examples('events endpoint add https://example.com/events', 'events endpoint list'));
  endpoint
    .command('add <url>')
    .description('send events to an address from now on, and print the secret that they are signed with')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events endpoint add https://example.com/events'))
    .action((url: string, { json }: Told) =>
      withBackend(async ({ tenantry }) => tellSecret(await tenantry.events.addEndpoint(url), json)),
    );
  endpoint
    .command('list')
    .description('list the endpoints, and how each stands')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('events endpoint list', 'events endpoint list --json'))
    .action(listEndpoints);
  endpoint
    .command('pause <endpoint>')
    .description('send it nothing more until it is resumed')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events endpoint pause ep-5f2c81d09a'))
    .action((id: string, { json }: Told) =>
      withBackend(async ({ tenantry }) => tellEndpoint(await tenantry.events.pauseEndpoint(id), json)),
    );
  endpoint
    .command('resume <endpoint>')
    .description('send it what it was not sent meanwhile, and try again what it refused')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events endpoint resume ep-5f2c81d09a'))
    .action((id: string, { json }: Told) =>
      withBackend(async ({ tenantry }) => tellEndpoint(await tenantry.events.resumeEndpoint(id), json)),
    );
  endpoint
    .command('rotate <endpoint>')
    .description('give it a new secret; messages are signed with both for a while')
    .option('--overlap <duration>', 'for how long the old one holds (1d)', duration)
    .option('--now', 'the old one holds no more')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events endpoint rotate ep-5f2c81d09a --overlap 2d'))
    .action((id: string, { overlap, now, json }: Told & { overlap?: number; now?: true }) =>
      withBackend(async ({ tenantry }) => {
        const overlapMs = now ? 0 : overlap;
        const options = overlapMs === undefined ? {} : { overlapMs };
        tellSecret(await tenantry.events.rotateSecret(id, options), json);
      }),
    );
  endpoint
    .command('delete <endpoint>')
    .description('never send it anything again')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('events endpoint delete ep-5f2c81d09a'))
    .action((id: string, { json }: Told) =>
      withBackend(async ({ tenantry }) => {
        await tenantry.events.deleteEndpoint(id);
        if (json) answerJson({ id, deleted: true });
        else answer(`endpoint ${id} is deleted`);
      }),
    );
}

interface Told {
  readonly json?: true;
}

interface ListOptions extends Told {
  readonly tenant?: string;
  readonly limit?: number;
  readonly before?: number;
}

function list({ json, ...query }: ListOptions): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const events = await tenantry.events.list(query);
    if (json) answerJson(events.map(eventView));
    else if (events.length === 0) answer('no events');
    else
      answer(
        table([
          ['position', 'at', 'type', 'of', 'state', 'id'],
          ...events.map(({ position, at, type, data, id }) => [
            String(position),
            at.toISOString(),
            type,
            String(data.tenant ?? data.rollout),
            String(data.state),
            id,
          ]),
        ]),
      );
  });
}

/** An event in the output of `--json`. Fields are only ever added. */
function eventView({ id, position, type, at, data }: LoggedEvent) {
  return { id, position, type, at: at.toISOString(), data };
}

function replay(id: string, { from, event, json }: Told & { from?: Date; event?: string }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const events = await tenantry.events.replay(id, replayOf(from, event));
    if (json) answerJson({ id, events });
    else answer(`${events} events are sent to endpoint ${id} again`);
  });
}

function replayOf(from: Date | undefined, event: string | undefined): Replay {
  if (from !== undefined && event === undefined) return { from };
  if (event !== undefined && from === undefined) return { event };
  throw new UsageError('say either --from <time> or --event <id>');
}

function listEndpoints({ json }: Told): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const endpoints = await tenantry.events.endpoints();
    if (json) answerJson(endpoints.map(endpointView));
    else if (endpoints.length === 0) answer('events are sent nowhere: see docs/events.md');
    else
      answer(
        table([
          ['endpoint', 'state', 'to be sent', 'accepted', 'address'],
          ...endpoints.map((each) => [
            each.id,
            stateOf(each),
            String(each.pending),
            each.acceptedAt === undefined ? 'nothing yet' : `${age(each.acceptedAt)} ago`,
            each.url,
          ]),
        ]),
      );
  });
}

function stateOf({ pausedAt, pausedFor, failingSince, trouble, refused }: EventEndpoint): string {
  if (pausedAt !== undefined) return pausedFor === undefined ? 'paused' : `paused: ${pausedFor}`;
  if (failingSince !== undefined) return `accepts nothing for ${age(failingSince)}: ${trouble ?? ''}`;
  if (refused !== undefined) return `refuses ${refused.subjects}: ${refused.trouble}`;
  return 'open';
}

/** An endpoint in the output of `--json`. Fields are only ever added. */
function endpointView(endpoint: EventEndpoint) {
  const { id, url, createdAt, pausedAt, pausedFor, failingSince, trouble, acceptedAt, pending, refused } =
    endpoint;
  return {
    ...{ id, url, pending },
    createdAt: createdAt.toISOString(),
    pausedAt: pausedAt?.toISOString() ?? null,
    pausedFor: pausedFor ?? null,
    failingSince: failingSince?.toISOString() ?? null,
    trouble: trouble ?? null,
    acceptedAt: acceptedAt?.toISOString() ?? null,
    refused: refused === undefined ? null : { ...refused, since: refused.since.toISOString() },
  };
}

function tellEndpoint(endpoint: EventEndpoint, json: true | undefined): void {
  if (json) answerJson(endpointView(endpoint));
  else answer(`endpoint ${endpoint.id}: ${stateOf(endpoint)}, ${endpoint.pending} events to be sent`);
}

/** Prints only the secret on standard output, so that a script can store it. */
function tellSecret({ id, secret }: { id: string; secret: string }, json: true | undefined): void {
  if (json) {
    answerJson({ id, secret });
    return;
  }
  say(`endpoint ${id}: this secret is not shown again`);
  answer(secret);
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}

function time(text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It is a time, such as 2026-11-27T08:00:00Z.');
}
