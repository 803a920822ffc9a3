import type { Answer } from '#action/question';
import type { Clock } from '#base/clock';
import { ResolveError } from './errors.js';
import type { ProviderAccess } from './provider-access.js';
import { buildIndex, deploymentReply, indexKey, projectsReply, type RailwayIndex } from './railway-index.js';
import { deploymentQuery, type Part, projectsQuery } from './railway-queries.js';

/** More pages of projects than this, or more milliseconds for all of them, and the look-up gives up. */
const MAX_PAGES = 50;
const MAX_WALK = 15_000;

export interface ObjectQuestion {
  readonly resource: string;
  readonly objectKind: string;
  readonly objectId: string;
}

/**
 * Looks up which environments an object of a Railway workspace belongs to. Keeps what it learnt for `keepFor`
 * milliseconds, so that one request of an agent costs one look-up, and is asked afresh right before a release.
 */
export class RailwayResolver {
  readonly #access: ProviderAccess;
  readonly #clock: Clock;
  readonly #keepFor: number;
  readonly #indexes = new Map<string, { readonly index: Promise<RailwayIndex>; readonly at: number }>();

  constructor(access: ProviderAccess, clock: Clock, keepFor: number) {
    this.#access = access;
    this.#clock = clock;
    this.#keepFor = keepFor;
  }

  /**
   * @returns undefined when the workspace has no such object, or we cannot see all of it
   * @throws ResolveError when the provider gave no trustworthy reply
   */
  async resolve(question: ObjectQuestion, fresh: boolean, signal: AbortSignal): Promise<Answer | undefined> {
    if (question.objectKind === 'deployment') return this.#deployment(question, signal);
    const index = await this.#index(
      question.resource,
      question.objectKind === 'service' ? 'services' : 'volumes',
      fresh,
    );
    const found = index.get(indexKey(question.objectKind, question.objectId));
    return found && { kind: 'provider-environments', environments: found.environments, name: found.name };
  }

  async #deployment(question: ObjectQuestion, signal: AbortSignal): Promise<Answer | undefined> {
    const body = deploymentQuery(question.objectId);
    const reply = deploymentReply.safeParse(await this.#access.graphql(question.resource, body, signal));
    if (!reply.success) throw unexpected(question.resource, reply.error);
    const { deployment } = reply.data.data;
    if (deployment.id !== question.objectId) return undefined;
    return { kind: 'provider-environments', environments: [deployment.environment.name] };
  }

  #index(resource: string, part: Part, fresh: boolean): Promise<RailwayIndex> {
    const key = `${part} ${resource}`;
    const kept = this.#indexes.get(key);
    const age = kept === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - kept.at;
    if (kept !== undefined && !fresh && age >= 0 && age < this.#keepFor) return kept.index;
    const entry = { index: this.#walk(resource, part), at: this.#clock.now() };
    this.#indexes.set(key, entry);
    // A failure is not worth keeping: the next question asks again. Whoever awaits `entry.index` still sees the error.
    entry.index.catch(() => {
      if (this.#indexes.get(key) === entry) this.#indexes.delete(key);
    });
    return entry.index;
  }

  /** Not bound to the asker's signal: others may wait for the same walk. */
  async #walk(resource: string, part: Part): Promise<RailwayIndex> {
    const signal = AbortSignal.timeout(MAX_WALK);
    const projects = [];
    let after: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const reply = projectsReply.safeParse(await this.#access.graphql(resource, projectsQuery(part, after), signal));
      if (!reply.success) throw unexpected(resource, reply.error);
      const { edges, pageInfo } = reply.data.data.projects;
      projects.push(...edges.map((edge) => edge.node));
      if (!pageInfo.hasNextPage) return buildIndex(projects);
      if (!pageInfo.endCursor || pageInfo.endCursor === after) break;
      after = pageInfo.endCursor;
    }
    throw new ResolveError('PROVIDER_REPLY', `railway never finished listing the projects of \`${resource}\``);
  }
}

function unexpected(resource: string, cause: unknown): ResolveError {
  return new ResolveError('PROVIDER_REPLY', `railway answered for \`${resource}\` with errors or in an unknown shape`, {
    hint: 'check that the credential of this resource may read the workspace',
    cause,
  });
}
