import { AwsError, type AwsRequest, type AwsResponse, type LocalContext, type LocalService, type ResolvedResource } from '../service.ts';
import { checkName, checkSchedule, groupArn, type Schedule, type ScheduleInput, scheduleArn } from './schedule.ts';
import { ScheduleRuns } from './schedule-runs.ts';
import { type ScheduleGroup, ScheduleStore } from './schedule-store.ts';
import { syncTemplate } from './template-schedules.ts';

type Input = Readonly<Record<string, unknown>>;

const DEFAULT_GROUP = 'default';
const MAX_PAGE_SIZE = 100;

/** EventBridge Scheduler of a local run. */
export class SchedulerService implements LocalService {
  readonly #store: ScheduleStore;
  readonly #runs: ScheduleRuns;
  readonly #context: LocalContext;

  private constructor(store: ScheduleStore, context: LocalContext) {
    this.#store = store;
    this.#context = context;
    this.#runs = new ScheduleRuns(store, context);
  }

  static async start(resources: readonly ResolvedResource[], context: LocalContext): Promise<SchedulerService> {
    const store = new ScheduleStore(context.folder);
    store.addGroup(DEFAULT_GROUP, context.clock.now());
    syncTemplate(resources, store, context.clock.now());
    const service = new SchedulerService(store, context);
    service.#runs.start();
    return service;
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const [, collection = '', encoded] = /^\/(schedules|schedule-groups)(?:\/([^/]+))?$/.exec(request.path.replace(/\/$/, '')) ?? [];
    const name = encoded === undefined ? undefined : decodeURIComponent(encoded);
    const answer = collection === 'schedules' ? this.#schedules(name, request) : this.#groups(name, request);
    if (answer === undefined)
      throw new AwsError('UnknownOperationException', 'Local mode has no such operation of EventBridge Scheduler.', { status: 404 });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
  }

  async dump(): Promise<unknown> {
    return { ...this.#store.dump(), runs: this.#runs.dump() };
  }

  async dispose(): Promise<void> {
    await this.#runs.stop();
    this.#store.database.close();
  }

  #schedules(name: string | undefined, request: AwsRequest): unknown {
    const { method, query } = request;
    if (name === undefined) return method === 'GET' ? this.#listSchedules(request) : undefined;
    const input = method === 'POST' || method === 'PUT' ? parse(request.body) : {};
    const group = String(input['GroupName'] ?? query.get('groupName') ?? DEFAULT_GROUP);
    const place = { GroupName: group, Name: name };
    const arn = scheduleArn(place, this.#context.account);
    const authorize = (verb: string): void => request.authorize(`scheduler:${verb}Schedule`, arn);
    switch (method) {
      case 'POST':
        authorize('Create');
        return this.#create(place, input, request);
      case 'PUT':
        authorize('Update');
        return this.#update(place, input, request);
      case 'GET':
        authorize('Get');
        return this.#describe(this.#find(place));
      case 'DELETE':
        authorize('Delete');
        if (!this.#store.delete(group, name)) throw notFound(`Schedule ${name} does not exist.`);
        return {};
      default:
        return undefined;
    }
  }

  #create(place: Pick<Schedule, 'GroupName' | 'Name'>, input: Input, request: AwsRequest): unknown {
    checkName(place.Name);
    const checked = checkSchedule(input);
    this.#authorizeRole(checked, place, request);
    if (this.#store.group(place.GroupName) === undefined) throw notFound(`Schedule group ${place.GroupName} does not exist.`);
    const clientToken = typeof input['ClientToken'] === 'string' ? input['ClientToken'] : undefined;
    const ScheduleArn = scheduleArn(place, this.#context.account);
    const before = this.#store.get(place.GroupName, place.Name);
    if (before !== undefined) {
      // A client that got no answer sends the same request again.
      if (clientToken !== undefined && before.clientToken === clientToken) return { ScheduleArn };
      throw new AwsError('ConflictException', `Schedule ${place.Name} already exists.`, { status: 409 });
    }
    const now = this.#context.clock.now();
    this.#store.put({ ...checked, ...place, createdAt: now, modifiedAt: now, clientToken });
    this.#runs.look();
    return { ScheduleArn };
  }

  /** An update replaces everything: what is left out takes its default. */
  #update(place: Pick<Schedule, 'GroupName' | 'Name'>, input: Input, request: AwsRequest): unknown {
    const checked = checkSchedule(input);
    this.#authorizeRole(checked, place, request);
    const { createdAt, clientToken } = this.#find(place);
    this.#store.put({ ...checked, ...place, createdAt, clientToken, modifiedAt: this.#context.clock.now() });
    this.#runs.look();
    return { ScheduleArn: scheduleArn(place, this.#context.account) };
  }

  /** Who makes the schedule must be allowed to pass the role on, and the role must let the scheduler have it, for the schedule's group. */
  #authorizeRole({ Target }: ScheduleInput, { GroupName }: Pick<Schedule, 'GroupName'>, request: AwsRequest): void {
    const { account } = this.#context;
    request.authorize('iam:PassRole', Target.RoleArn, { 'iam:PassedToService': 'scheduler.amazonaws.com' });
    try {
      this.#context.authorizeService('scheduler.amazonaws.com', 'sts:AssumeRole', Target.RoleArn, groupArn(GroupName, account));
    } catch (cause) {
      const message = 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.';
      throw new AwsError('ValidationException', message, { cause });
    }
  }

  #find({ GroupName, Name }: Pick<Schedule, 'GroupName' | 'Name'>): Schedule {
    const found = this.#store.get(GroupName, Name);
    if (found === undefined) throw notFound(`Schedule ${Name} does not exist.`);
    return found;
  }

  #describe({ createdAt, modifiedAt, clientToken: _, ...schedule }: Schedule): unknown {
    const Arn = scheduleArn(schedule, this.#context.account);
    return { ...schedule, Arn, CreationDate: createdAt / 1_000, LastModificationDate: modifiedAt / 1_000 };
  }

  #listSchedules(request: AwsRequest): unknown {
    const { query } = request;
    const group = query.get('ScheduleGroup') ?? undefined;
    const prefix = query.get('NamePrefix') ?? '';
    const state = query.get('State') ?? undefined;
    request.authorize('scheduler:ListSchedules', scheduleArn({ GroupName: group ?? '*', Name: '*' }, this.#context.account));
    const limit = Math.min(Number(query.get('MaxResults') ?? MAX_PAGE_SIZE), MAX_PAGE_SIZE);
    const after = readToken(query.get('NextToken'));
    const matching = this.#store
      .list(after, -1)
      .filter(
        ({ GroupName, Name, State }) =>
          (group === undefined || GroupName === group) && Name.startsWith(prefix) && (state === undefined || State === state),
      );
    const page = matching.slice(0, limit);
    const last = page.at(-1);
    return {
      Schedules: page.map(({ GroupName, Name, State, Target, createdAt, modifiedAt }) => ({
        ...{ GroupName, Name, State, Target: { Arn: Target.Arn } },
        Arn: scheduleArn({ GroupName, Name }, this.#context.account),
        CreationDate: createdAt / 1_000,
        LastModificationDate: modifiedAt / 1_000,
      })),
      ...(last !== undefined &&
        matching.length > limit && { NextToken: Buffer.from(JSON.stringify([last.GroupName, last.Name])).toString('base64url') }),
    };
  }

  #groups(name: string | undefined, request: AwsRequest): unknown {
    const { method } = request;
    const authorize = (verb: string): void => request.authorize(`scheduler:${verb}`, groupArn(name ?? '*', this.#context.account));
    if (name === undefined) {
      if (method !== 'GET') return undefined;
      authorize('ListScheduleGroups');
      return { ScheduleGroups: this.#store.groups().map((group) => this.#describeGroup(group)) };
    }
    switch (method) {
      case 'POST':
        authorize('CreateScheduleGroup');
        if (this.#store.group(checkName(name)) !== undefined)
          throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, { status: 409 });
        this.#store.addGroup(name, this.#context.clock.now());
        return { ScheduleGroupArn: groupArn(name, this.#context.account) };
      case 'GET':
        authorize('GetScheduleGroup');
        return this.#describeGroup(this.#findGroup(name));
      case 'DELETE':
        authorize('DeleteScheduleGroup');
        if (name === DEFAULT_GROUP) throw new AwsError('ValidationException', 'The default group cannot be deleted.');
        this.#store.deleteGroup(this.#findGroup(name).name);
        return {};
      default:
        return undefined;
    }
  }

  #findGroup(name: string): ScheduleGroup {
    const found = this.#store.group(name);
    if (found === undefined) throw notFound(`Schedule group ${name} does not exist.`);
    return found;
  }

  #describeGroup({ name, createdAt }: ScheduleGroup): unknown {
    const time = createdAt / 1_000;
    return { Name: name, Arn: groupArn(name, this.#context.account), State: 'ACTIVE', CreationDate: time, LastModificationDate: time };
  }
}

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message, { status: 404 });

function parse(body: Buffer): Input {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Input;
  } catch {
    // Falls through to the same answer as for a body of another type.
  }
  throw new AwsError('ValidationException', 'The request body is not a JSON object.');
}

function readToken(token: string | null): [string, string] {
  if (token === null) return ['', ''];
  try {
    const [group, name] = JSON.parse(Buffer.from(token, 'base64url').toString());
    return [String(group), String(name)];
  } catch {
    throw new AwsError('ValidationException', 'Invalid NextToken.');
  }
}
