import { type WebhookDelivery, type WebhookEndpoint, webhookLimits, webhookStatuses } from '../contracts/webhooks.ts';
import type { BackendOptions } from './backend-connection.ts';
import type { CliCommand } from './command.ts';
import { wholeNumber } from './option-values.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';
import { ask, findEndpoint, listEndpoints, openWebhooks, type WebhooksTarget, withWebhooksTarget } from './webhooks-target.ts';
import { deliveryLines, endpointLines } from './webhooks-text.ts';

interface ListOptions extends BackendOptions {
  readonly json: boolean;
}
interface DeliveriesOptions extends ListOptions {
  readonly status?: string;
  readonly limit: string;
}
interface ReplayOptions extends BackendOptions {
  readonly since?: string;
}

const onTarget = async (options: BackendOptions, run: (target: WebhooksTarget) => Promise<void>): Promise<void> => {
  const target = await openWebhooks(options);
  try {
    await run(target);
  } finally {
    target.lambda.destroy();
  }
};

const runList = (options: ListOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const endpoints = await listEndpoints(target);
    if (options.json) {
      print(JSON.stringify(endpoints, null, 2));
      return;
    }
    print(endpoints.length === 0 ? `There are no endpoints in ${target.name}.` : `Endpoints of ${target.name}`);
    for (const line of endpoints.flatMap(endpointLines)) print(line);
  });

interface Page {
  readonly items: readonly WebhookDelivery[];
  readonly cursor?: string;
}

/** Pages of one status may be empty, and go on all the same. */
const readDeliveries = async (target: WebhooksTarget, id: string, status: string | undefined, most: number): Promise<Page> => {
  const items: WebhookDelivery[] = [];
  let cursor: string | undefined;
  do {
    const limit = String(Math.min(most - items.length, webhookLimits.pageSize.max));
    const page: Page = await ask<Page>(target, { path: `/${id}/deliveries`, query: { status, limit, cursor } });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && items.length < most);
  return { items, ...(cursor !== undefined && { cursor }) };
};

const checkStatus = (status: string | undefined): void => {
  if (status === undefined || webhookStatuses.some((each) => each === status)) return;
  throw new UserError(`--status is ${JSON.stringify(status)}.`, `Use one of ${webhookStatuses.join(', ')}.`);
};

const runDeliveries = (id: string, options: DeliveriesOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { status, json } = options;
    checkStatus(status);
    const most = wholeNumber(options.limit, '--limit');
    const { url } = await findEndpoint(target, id);
    const { items, cursor } = await readDeliveries(target, id, status, most);
    if (json) {
      print(JSON.stringify(items, null, 2));
      return;
    }
    const which = status === undefined ? '' : ` that are ${status}`;
    print(items.length === 0 ? `The log has no deliveries to ${url}${which}.` : `Deliveries to ${url}${which}, the newest first`);
    for (const line of deliveryLines(items)) print(line);
    if (cursor !== undefined) print(`There may be more: --limit ${most * 2} shows them.`);
  });

const printReplayed = ({ id, url }: WebhookEndpoint, replayed: number, since: string): void => {
  if (replayed === 0) {
    print(`Nothing that happened since ${since} has failed at ${url}; nothing was sent.`);
    return;
  }
  print(`${replayed === 1 ? '1 delivery' : `${replayed} deliveries`} to ${url} ${replayed === 1 ? 'is' : 'are'} on the way again.`);
  print(`"plinth webhooks deliveries ${id}" tells what becomes of them.`);
};

const runReplay = (id: string, delivery: string | undefined, options: ReplayOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { since } = options;
    const { replayFailed, replayOne } = await import('./webhooks-replay.ts');
    if ((delivery === undefined) === (since === undefined)) {
      throw new UserError(
        'It is not said what is to be sent again.',
        `Name a delivery ("plinth webhooks deliveries ${id}"), or give --since for all that has failed.`,
      );
    }
    const endpoint = await findEndpoint(target, id);
    if (since !== undefined) {
      printReplayed(endpoint, await replayFailed(target, endpoint, since), since);
      return;
    }
    const { type } = await replayOne(target, endpoint, delivery ?? '');
    print(`The delivery ${delivery} (${type}) to ${endpoint.url} is on the way again.`);
  });

const runEnable = (id: string, options: BackendOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { url } = await findEndpoint(target, id);
    await ask(target, { method: 'PATCH', path: `/${id}`, body: { enabled: true } });
    print(`${url} is enabled. "plinth webhooks replay ${id} --since <time>" sends what has failed.`);
  });

/** `plinth webhooks`: looks after endpoints of webhooks, on this machine and on AWS. */
export const webhooks: CliCommand = {
  register: (program) => {
    const group = program
      .command('webhooks')
      .description('Looks after outbound webhooks: how endpoints fare, and what is sent to them again');
    withWebhooksTarget(
      group.command('list', { isDefault: true }).description('Lists endpoints, and how they fare; so does "plinth webhooks" alone'),
    )
      .option('--json', 'prints JSON', false)
      .action(runList);
    withWebhooksTarget(group.command('deliveries <endpoint>').description('Lists what was sent to an endpoint, the newest first'))
      .option('--status <status>', `only those that are ${webhookStatuses.join(', ')}`)
      .option('--limit <count>', 'how many at most', String(webhookLimits.pageSize.default))
      .option('--json', 'prints JSON, with each attempt', false)
      .action(runDeliveries);
    withWebhooksTarget(group.command('replay <endpoint> [delivery]').description('Sends a delivery again, or all that have failed'))
      .option('--since <time>', 'all that have failed of what happened then or later, as in 2026-01-31T12:00:00Z')
      .action(runReplay);
    withWebhooksTarget(group.command('enable <endpoint>').description('Sends to an endpoint again that was disabled')).action(runEnable);
  },
};
