/**
 * The arguments of each operation as they come over the control socket. Objects are strict: a field that this side would
 * ignore is a field in which something can hide.
 */
import { z } from 'zod';
import type { Operations } from '#action/operations';

const name = z.string().min(1).max(200);
const text = z.string().max(10_000);
/** Milliseconds since the Unix epoch. */
const time = z.int();

const secret = z.strictObject({ name, user: name.optional(), secret: z.string().min(1) });

export const CONTROL_REQUESTS = {
  status: z.tuple([]),
  holds: z.tuple([z.strictObject({ all: z.boolean() })]),
  hold: z.tuple([name]),
  approve: z.tuple([name, z.strictObject({ approver: name, code: z.string().max(20), digest: name })]),
  reject: z.tuple([name, z.strictObject({ by: name, reason: text })]),
  approvers: z.tuple([]),
  signIn: z.tuple([name, z.string().max(20)]),
  freezes: z.tuple([]),
  freeze: z.tuple([z.strictObject({ environment: name, until: time.optional(), reason: text, by: name })]),
  unfreeze: z.tuple([z.strictObject({ environment: name, reason: text })]),
  snapshots: z.tuple([]),
  checkUndo: z.tuple([name]),
  undo: z.tuple([
    name,
    z.strictObject({
      approvals: z.array(z.strictObject({ approver: name, code: z.string().max(20) })).max(9),
      side: z.enum(['before', 'current']).optional(),
    }),
  ]),
  openSession: z.tuple([
    z.strictObject({
      agent: name,
      intent: text,
      environments: z.array(name).max(100),
      mode: z.enum(['work', 'plan']),
      tier: z.enum(['advisory', 'contained', 'remote']),
    }),
  ]),
  closeSession: z.tuple([name]),
  secrets: z.tuple([]),
  addSecret: z.tuple([secret]),
  rotateSecret: z.tuple([secret]),
  revokeSecret: z.tuple([name]),
} as const satisfies { readonly [M in keyof Operations]: z.ZodType<Parameters<Operations[M]>> };

export function isControlMethod(method: string): method is keyof Operations {
  return Object.hasOwn(CONTROL_REQUESTS, method);
}
