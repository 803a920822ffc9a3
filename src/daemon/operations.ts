/** What people can ask, done. The same object serves the page, the control socket, and commands that run without a daemon. */

import { tierSuffices } from '#action/environment';
import { viewHold } from '#action/hold-view';
import type { FreezeView, Operations, SecretView, Status } from '#action/operations';
import { OWN_SERVER } from '#analyze/analyze';
import { ApproveError } from '#approve/errors';
import { FirebreakError } from '#base/errors';
import { Secret } from '#base/secret';
import type { Freeze } from '#policy/freeze';
import { logSize } from '#record/read-entries';
import { SecretsError } from '#secrets/errors';
import { logFolderReader } from '#store/log-files';
import { nearest } from './config/nearest.js';
import { type Core, OPERATOR_SESSION } from './core.js';
import { secretsOf } from './database-settings.js';
import { packageVersion } from './shipped.js';
import { undoingOf } from './undo.js';
import { warningsOf } from './warnings.js';

export class OperationError extends FirebreakError<
  'ENVIRONMENT_UNKNOWN' | 'DAEMON_DOWN' | 'REFUSED' | 'ADDRESS_UNUSABLE'
> {}

/** What only a running daemon has. */
export interface Running {
  readonly addresses: Status['addresses'];
  readonly startedAt: number;
  readonly openSession: Operations['openSession'];
  readonly closeSession: Operations['closeSession'];
  /** Resources whose door is open. */
  readonly ready: (resource: string) => boolean;
}

export function createOperations(core: Core, running: Running | undefined): Operations {
  const { config, settings, holds, freezes, factors, vault, placeholders, broker, clock } = core;

  const needDaemon = (): never => {
    throw new OperationError('DAEMON_DOWN', 'no firebreak daemon runs on this state folder', {
      hint: 'start it with `firebreak up`',
    });
  };

  function checkEnvironment(name: string): void {
    const declared = settings.environments.map((environment) => environment.name);
    if (declared.includes(name)) return;
    const close = nearest(name, declared);
    throw new OperationError('ENVIRONMENT_UNKNOWN', `the environment \`${name}\` is not declared in firebreak.yaml`, {
      hint: close === undefined ? `declared: ${declared.join(', ')}` : `did you mean \`${close}\`?`,
    });
  }

  async function activeApprovers(): Promise<readonly string[]> {
    const enrolled = await factors.approvers();
    return settings.approvers === undefined ? enrolled : enrolled.filter((name) => settings.approvers?.includes(name));
  }

  async function checkApprover(name: string): Promise<void> {
    // FAIL-CLOSED: when the configuration names the approvers, nobody else may approve, enrolled or not.
    if (settings.approvers !== undefined && !settings.approvers.includes(name)) {
      throw new ApproveError('APPROVER_UNKNOWN', `\`${name}\` is not among the approvers of firebreak.yaml`);
    }
  }

  const usedBy = (secret: string) =>
    Object.entries(config.resources)
      .filter(([, resource]) => secretsOf(resource).includes(secret))
      .map(([name]) => name);

  /** Whose password a secret is; undefined when its file is damaged, for which rotating is the way out. */
  async function userOf(name: string): Promise<string | undefined> {
    try {
      return (await vault.read('credentials', name)).user;
    } catch (error) {
      if (error instanceof SecretsError && error.code === 'VAULT_DAMAGED') return undefined;
      throw error;
    }
  }

  const viewFreeze = (freeze: Freeze): FreezeView => ({
    ...freeze,
    inForce: freeze.from <= clock.now() && clock.now() <= (freeze.until ?? Infinity),
  });

  return {
    ...undoingOf(core, checkApprover),
    async status() {
      const approvers = await activeApprovers();
      return {
        version: packageVersion,
        pid: process.pid,
        startedAt: running?.startedAt ?? clock.now(),
        stateFolder: core.state.path,
        addresses: running?.addresses ?? needDaemon(),
        environments: settings.environments.map(({ name, protected: guarded }) => ({
          name,
          protected: guarded,
          frozen: freezes.of(name)?.reason,
        })),
        resources: [...settings.resources.values()].map(({ name, kind, environments }) => ({
          name,
          kind,
          environments,
          ready:
            (running?.ready(name) ?? false) &&
            secretsOf(config.resources[name]).every((secret) => vault.has('credentials', secret)),
        })),
        waitingHolds: (await holds.list()).filter((hold) => hold.state === 'waiting').length,
        openSessions: core.sessions.count(),
        logSize: await logSize(logFolderReader(core.state.log)),
        approvers,
        policyVersion: core.policies.version,
        warnings: warningsOf(core, approvers),
      };
    },

    holds: async (options) => (await holds.list(options)).map(viewHold),
    async hold(id) {
      const hold = await holds.get(id);
      if (hold === undefined)
        throw new ApproveError('HOLD_UNKNOWN', `there is no hold \`${id}\``, {
          hint: '`firebreak holds` lists those that wait',
        });
      return viewHold(hold);
    },
    async approve(id, { approver, code, digest }) {
      await checkApprover(approver);
      return viewHold(await holds.approve(id, approver, code, digest));
    },
    reject: async (id, { by, reason }) => viewHold(await holds.reject(id, by, reason)),
    approvers: activeApprovers,
    async signIn(approver, code) {
      await checkApprover(approver);
      await factors.check(approver, code);
      await core.note({ act: 'signed-in', by: approver, subject: approver, ok: true });
    },

    freezes: async () => freezes.list().map(viewFreeze),
    async freeze({ environment, until, reason, by }) {
      checkEnvironment(environment);
      return viewFreeze(await freezes.freeze(environment, until, reason, by));
    },
    async unfreeze({ environment, reason }) {
      checkEnvironment(environment);
      if (running === undefined) needDaemon();
      return new Promise((resolve, reject) => {
        void core
          .submit({
            action: { kind: 'tool', server: OWN_SERVER, name: 'unfreeze', arguments: { environment, reason } },
            session: OPERATOR_SESSION,
            environments: [],
            door: {
              signal: new AbortController().signal,
              held: ({ holdId }) => resolve({ holdId }),
              async execute(permit) {
                permit.redeem({
                  kind: 'tool',
                  server: OWN_SERVER,
                  name: 'unfreeze',
                  arguments: { environment, reason },
                });
                await freezes.unfreeze(environment, 'firebreak');
                return { ok: true, summary: `the freeze of ${environment} is lifted` };
              },
            },
          })
          .then((outcome) => {
            // When it was held the promise is settled already, and these say nothing more.
            if (outcome.kind === 'executed') resolve({ holdId: undefined });
            else if (outcome.kind === 'refused')
              reject(new OperationError('REFUSED', outcome.refusal.reason, { hint: outcome.refusal.hint }));
            else reject(new OperationError('REFUSED', outcome.reason));
          });
      });
    },

    openSession: (request) => (running === undefined ? needDaemon() : running.openSession(request)),
    closeSession: (id) => (running === undefined ? needDaemon() : running.closeSession(id)),

    async secrets() {
      return vault.list('credentials').map((secret): SecretView => ({ ...secret, usedBy: usedBy(secret.name) }));
    },
    async addSecret({ name, user, secret }) {
      if (vault.has('credentials', name)) {
        throw new SecretsError('SECRET_EXISTS', `the vault has a secret \`${name}\` already`, {
          hint: `replace it with \`firebreak secrets rotate ${name}\``,
        });
      }
      await vault.write('credentials', name, { user, secret: new Secret(secret) }, clock.now());
      await broker.refresh(name);
      await core.note({ act: 'secret-added', by: 'operator', subject: name, ok: true });
      const issued = [];
      for (const resource of usedBy(name)) {
        for (const environment of environmentsFor(core, resource)) {
          // FAIL-CLOSED: a standing placeholder comes with no fence, so an environment that demands one gets none.
          if (!tierSuffices('advisory', settings.environmentOf(environment).tier)) continue;
          const { placeholder, text } = await placeholders.issue({ environment, resource });
          await core.note({
            act: 'placeholder-issued',
            by: 'operator',
            subject: resource,
            detail: `${placeholder.id} of ${environment}`,
            ok: true,
          });
          const declared = config.resources[resource];
          issued.push({
            resource,
            environment,
            kind: declared?.kind ?? 'http',
            text: text.reveal(),
            database: declared?.kind === 'postgres' ? declared.upstream.database : undefined,
          });
        }
      }
      return issued;
    },
    async rotateSecret({ name, user, secret }) {
      const known = user ?? (await userOf(name));
      await vault.write('credentials', name, { user: known, secret: new Secret(secret) }, clock.now());
      await broker.refresh(name);
      await core.note({ act: 'secret-rotated', by: 'operator', subject: name, ok: true });
    },
    async revokeSecret(name) {
      if (!vault.remove('credentials', name)) {
        throw new SecretsError('SECRET_MISSING', `the vault has no secret \`${name}\``, {
          hint: '`firebreak secrets list` shows what it has',
        });
      }
      await broker.refresh(name);
      let count = 0;
      for (const resource of usedBy(name)) count += (await placeholders.revoke({ resource })).length;
      await core.note({
        act: 'secret-revoked',
        by: 'operator',
        subject: name,
        detail: `${count} placeholders revoked`,
        ok: true,
      });
      return { placeholders: count };
    },
  };
}

/**
 * The environments for which a resource's placeholders can be issued: its own; when it is looked up for each object, every
 * declared one.
 */
export function environmentsFor(core: Core, resource: string): readonly string[] {
  const facts = core.settings.resources.get(resource);
  if (facts === undefined) return [];
  return facts.environments.length > 0
    ? facts.environments
    : core.settings.environments.map((environment) => environment.name);
}
