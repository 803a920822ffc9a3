/** Sessions that `firebreak run` opens: placeholders of their own, an HTTPS door and an authority of their own. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tierSuffices } from '#action/environment';
import type { IssuedPlaceholder, OpenedSession, SessionRequest } from '#action/operations';
import type { Session } from '#action/session';
import { makePrivateFolder } from '#base/durable-file';
import { messageOf } from '#base/errors';
import { createAuthority } from '#intercept/http/authority';
import { offerLease } from '#launch/lease';
import { HOOK_SOCKET, HTTP_SOCKET, leasePath, POSTGRES_SOCKET, sessionFolder } from '#launch/session-paths';
import type { Core } from './core.js';
import { httpDoor, postgresDoor } from './doors.js';
import { sessionHookDoor } from './hook-doors.js';
import { environmentsFor, OperationError } from './operations.js';

interface Closable {
  close(): Promise<void>;
}

export interface AgentSessions {
  open(request: SessionRequest): Promise<OpenedSession>;
  close(id: string): Promise<void>;
  closeAll(): Promise<void>;
}

export function createAgentSessions(
  core: Core,
  standing: {
    readonly postgres: () => string | undefined;
    readonly hooks: () => string | undefined;
    readonly onDefect: (text: string) => void;
    /** Files and folders that no agent may see. */
    readonly hidden: readonly string[];
  },
): AgentSessions {
  const open = new Map<string, readonly Closable[]>();

  /** Placeholders for every resource of every environment that the session may have. */
  async function issue(session: Session) {
    const placeholders: IssuedPlaceholder[] = [];
    const refused: { environment: string; reason: string }[] = [];
    for (const environment of session.environments) {
      const demanded = core.settings.environmentOf(environment).tier;
      // FAIL-CLOSED: a session weaker than an environment demands gets no placeholder of it.
      if (!tierSuffices(session.tier, demanded)) {
        refused.push({ environment, reason: `it demands the tier ${demanded}, and this session is ${session.tier}` });
        continue;
      }
      for (const [resource, facts] of core.settings.resources) {
        if (!environmentsFor(core, resource).includes(environment)) continue;
        const { placeholder, text } = await core.placeholders.issue({ environment, resource, sessionId: session.id });
        await core.note({
          act: 'placeholder-issued',
          by: session.id,
          subject: resource,
          detail: `${placeholder.id} of ${environment}`,
          ok: true,
        });
        const declared = core.config.resources[resource];
        placeholders.push({
          resource,
          kind: facts.kind,
          environment,
          text: text.reveal(),
          database: declared?.kind === 'postgres' ? declared.upstream.database : undefined,
          variables: declared?.variables,
        });
      }
    }
    return { placeholders, refused };
  }

  /** Doors on sockets that can be put into a namespace, or on ports when nothing is contained. */
  async function openDoors(session: Session) {
    const authority = await createAuthority({ clock: core.clock });
    const http = httpDoor(core, authority, session);
    if (session.tier === 'advisory') {
      await http.listen({ host: '127.0.0.1', port: 0 });
      const { address } = http;
      const shown = typeof address === 'string' ? address : `127.0.0.1:${address.port}`;
      const postgres = standing.postgres();
      return {
        authority,
        closables: [http],
        http: { address: shown },
        postgres: postgres === undefined ? undefined : { address: postgres },
        hooks: { address: standing.hooks() },
      };
    }
    const folder = sessionFolder(core.state.sessions, session.id);
    makePrivateFolder(folder);
    const postgres = await postgresDoor(core, authority, standing.onDefect);
    const sockets = {
      http: join(folder, HTTP_SOCKET),
      postgres: join(folder, POSTGRES_SOCKET),
      hooks: join(folder, HOOK_SOCKET),
    };
    const hooks = sessionHookDoor(core, session, standing.onDefect);
    await http.listen({ path: sockets.http });
    await postgres.listen({ path: sockets.postgres });
    await hooks.listen({ path: sockets.hooks });
    const folderGone = { close: async () => rmSync(folder, { recursive: true, force: true }) };
    return {
      authority,
      closables: [http, postgres, hooks, folderGone],
      http: { socket: sockets.http },
      postgres: { socket: sockets.postgres },
      hooks: { socket: sockets.hooks, address: standing.hooks() },
    };
  }

  async function close(id: string): Promise<void> {
    const doors = open.get(id);
    if (doors === undefined) return;
    open.delete(id);
    await core.placeholders.revoke({ sessionId: id });
    for (const door of doors) await door.close();
    await core.sessions.close(id, core.clock.now());
    await core.note({ act: 'session-closed', by: 'firebreak', subject: id, ok: true });
  }

  return {
    async open(request) {
      for (const environment of request.environments) {
        if (!core.settings.environments.some(({ name }) => name === environment)) {
          throw new OperationError(
            'ENVIRONMENT_UNKNOWN',
            `the environment \`${environment}\` is not declared in firebreak.yaml`,
          );
        }
      }
      const session: Session = { id: core.ids.next('ses'), ...request };
      const detail = `${request.agent}, ${request.tier}, ${request.environments.join(', ')}${request.intent === '' ? '' : `: ${request.intent}`}`;
      await core.note({ act: 'session-opened', by: 'operator', subject: session.id, detail, ok: true });
      await core.sessions.open(session, core.clock.now());
      const doors = await openDoors(session);
      // However the launcher ends, its session does not outlive it.
      makePrivateFolder(core.state.sessions);
      const lease = await offerLease(leasePath(core.state.sessions, session.id), () => {
        close(session.id).catch((error: unknown) => standing.onDefect(messageOf(error)));
      });
      open.set(session.id, [...doors.closables, lease]);
      const { placeholders, refused } = await issue(session);
      return {
        session,
        httpDoor: doors.http,
        postgresDoor: doors.postgres,
        hookDoor: doors.hooks,
        caPem: doors.authority.caPem,
        placeholders,
        refused,
        hidden: standing.hidden,
      };
    },
    close,
    async closeAll() {
      for (const id of [...open.keys()]) await close(id);
    },
  };
}
