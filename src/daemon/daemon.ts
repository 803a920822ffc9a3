/** `firebreak up`: core, doors, pages and timers, opened in that order and closed in the opposite one. */
import { chmodSync, rmSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Addresses, Operations } from '#action/operations';
import type { Session } from '#action/session';
import { writeFileDurably } from '#base/durable-file';
import { messageOf } from '#base/errors';
import type { HookLimits } from '#intercept/hook/options';
import { createAuthority } from '#intercept/http/authority';
import { isStanding } from '#secrets/sessions';
import { createControlApp } from '#web/control-app';
import { createHumanApp } from '#web/human-app';
import { listenControl, listenHuman } from '#web/listen';
import { createAgentSessions } from './agent-sessions.js';
import { type CoreOptions, openCore } from './core.js';
import { httpDoor, postgresDoor } from './doors.js';
import { checkHookAddress, hookDoors } from './hook-doors.js';
import { isHookSession } from './hook-sessions.js';
import { createOperations, OperationError } from './operations.js';
import { splitAddress } from './settings.js';
import { expireSnapshots } from './undo.js';

export interface DaemonOptions extends Omit<CoreOptions, 'approveAt' | 'holdChanged'> {
  readonly logger: Logger;
  /** Where the vault's key lies, when it lies in a file: no agent may see it. */
  readonly keyFile?: string | undefined;
  /** What hooks are allowed instead of the usual. */
  readonly hookLimits?: Partial<HookLimits> | undefined;
}

export interface Daemon {
  readonly operations: Operations;
  readonly addresses: Addresses;
  close(): Promise<void>;
}

/**
 * The page has a loopback address of its own where the system has more than one (all of 127.0.0.0/8 on Linux), so that no
 * program of an agent, at 127.0.0.1, shares a host name and with it the page's cookies (RFC 6265, 8.5: cookies ignore ports).
 */
export const DEFAULT_ADDRESSES = {
  human: process.platform === 'linux' ? '127.0.0.2:7420' : '127.0.0.1:7420',
  postgres: '127.0.0.1:7432',
  http: '127.0.0.1:7480',
  hooks: '127.0.0.1:7371',
} as const;

/** How often holds are looked at for expiry and for freezes that begin by date: well within the promised second. */
const LOOK_MILLISECONDS = 400;
/** How often snapshots are looked at for expiry. */
const EXPIRE_MILLISECONDS = 3_600_000;

/** @throws FirebreakError when anything cannot be opened; what was opened by then is closed again. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { logger, config } = options;
  const addresses: { human: string; postgres?: string; http?: string; hooks?: string } = {
    human: config.listen.human ?? DEFAULT_ADDRESSES.human,
  };
  const onDefect = (text: string) => logger.error({ defect: text }, 'something went wrong');
  const report = (defect: unknown) =>
    onDefect(defect instanceof Error ? (defect.stack ?? defect.message) : messageOf(defect));

  const toClose: (() => void | Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of toClose.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        report(error); // The rest is closed all the same.
      }
    }
  };

  try {
    const core = await openCore({ ...options, approveAt: () => `http://${addresses.human}` });
    toClose.push(() => core.close());
    // Whoever waited before this start is gone, and so are the sessions: their placeholders open nothing any more. Agents with a
    // standing placeholder come back, and find what they waited for; so do those that hooks told to.
    const comesBack = (session: Session) => isHookSession(session) && ('comes-back' as const);
    await core.holds.withdrawAll('the daemon was restarted', (session) => comesBack(session) || isStanding(session));
    for (const id of core.sessions.ids()) {
      await core.placeholders.revoke({ sessionId: id });
      await core.sessions.close(id, core.clock.now());
    }
    rmSync(core.state.sessions, { recursive: true, force: true });
    toClose.push(() => core.holds.withdrawAll('the daemon was stopped', comesBack));

    const authority = await createAuthority({ clock: core.clock });
    writeFileDurably(core.state.caFile, authority.caPem);
    const kinds = new Set([...core.settings.resources.values()].map((resource) => resource.kind));
    if (kinds.has('postgres')) {
      const door = await postgresDoor(core, authority, onDefect);
      toClose.push(() => door.close());
      const where = config.listen.postgres ?? DEFAULT_ADDRESSES.postgres;
      await listening(door.listen(splitAddress(where)), where, 'listen.postgres');
      addresses.postgres = shownAddress(where, door.address);
    }
    if (kinds.has('http')) {
      const door = httpDoor(core, authority, undefined);
      toClose.push(() => door.close());
      const where = config.listen.http ?? DEFAULT_ADDRESSES.http;
      await listening(door.listen(splitAddress(where)), where, 'listen.http');
      addresses.http = shownAddress(where, door.address);
    }

    const hooks = hookDoors(core, onDefect, options.hookLimits);
    const hooksAt = config.listen.hooks ?? DEFAULT_ADDRESSES.hooks;
    checkHookAddress(hooksAt);
    toClose.push(() => hooks.network.close());
    await listening(hooks.network.listen(splitAddress(hooksAt)), hooksAt, 'listen.hooks');
    addresses.hooks = shownAddress(hooksAt, hooks.network.address);
    // The lock is ours, so a socket that stands there was left by a crash.
    rmSync(core.state.hookSocket, { force: true });
    toClose.push(() => hooks.local.close());
    await hooks.local.listen({ path: core.state.hookSocket });
    chmodSync(core.state.hookSocket, 0o600);

    const sessions = createAgentSessions(core, {
      postgres: () => addresses.postgres,
      hooks: () => addresses.hooks,
      onDefect,
      hidden: [core.state.path, ...(options.keyFile === undefined ? [] : [options.keyFile])],
    });
    toClose.push(() => sessions.closeAll());
    const operations = createOperations(core, {
      addresses,
      startedAt: core.clock.now(),
      openSession: (request) => sessions.open(request),
      closeSession: (id) => sessions.close(id),
      ready: () => true,
    });

    const human = await listening(
      listenHuman(
        createHumanApp({ operations, clock: core.clock, origins: () => [`http://${addresses.human}`], report }),
        splitAddress(addresses.human),
      ),
      addresses.human,
      'listen.human',
    );
    toClose.push(() => human.close());
    addresses.human = human.address;
    rmSync(core.state.controlSocket, { force: true });
    const control = await listenControl(createControlApp({ operations, report }), core.state.controlSocket);
    toClose.push(() => control.close());

    const look = setInterval(() => {
      core.holds.expireOverdue().then(core.lookAtHolds).catch(report);
    }, LOOK_MILLISECONDS);
    toClose.push(() => clearInterval(look));

    const expire = () => expireSnapshots(core.snapshots, core.note).catch(report);
    const expiring = setInterval(() => void expire(), EXPIRE_MILLISECONDS);
    toClose.push(() => clearInterval(expiring));

    await core.note({ act: 'daemon-started', by: 'firebreak', subject: core.policies.version, ok: true });
    await expire();
    return {
      operations,
      addresses,
      async close() {
        // The record may be what failed; closing goes on without it.
        await core
          .note({ act: 'daemon-stopped', by: 'firebreak', subject: core.policies.version, ok: true })
          .catch(report);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function listening<T>(opening: Promise<T>, where: string, key: string): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw new OperationError(
      'ADDRESS_UNUSABLE',
      `cannot listen on ${where}: ${taken ? 'another program does' : messageOf(cause)}`,
      {
        hint: `choose another address with \`${key}\` in firebreak.yaml`,
        cause,
      },
    );
  }
}

function shownAddress(where: string, bound: unknown): string {
  const port = typeof bound === 'object' && bound !== null && 'port' in bound ? bound.port : splitAddress(where).port;
  const { host } = splitAddress(where);
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
