/** `firebreak.yaml` as a schema. Its JSON Schema is published as `schema/firebreak.schema.json`. */
import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and dashes')
  .describe('A name: lower-case letters, digits and dashes.');

const port = z.int().min(1).max(65_535);

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'write host:port')
  .describe('host:port');

const DURATION = /^(\d+)(s|m|h|d)$/;
const duration = z
  .string()
  .regex(DURATION, 'write a number and s, m, h or d, such as 15m')
  .describe('A number and s, m, h or d.');

const time = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/,
    'write a date, or a time with its zone',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'there is no such date')
  .describe('A date (UTC; the whole day belongs to it), or an RFC 3339 time.');

const environment = z
  .strictObject({
    protected: z.boolean().default(false).describe('Destructive and unknown actions wait for people here.'),
    approvals: z
      .strictObject({
        approvers: z.int().min(1).max(9).default(1).describe('How many different people must approve.'),
        factor: z.enum(['totp']).default('totp').describe('What they prove themselves with.'),
      })
      .default({ approvers: 1, factor: 'totp' }),
    tier: z
      .enum(['advisory', 'contained', 'remote'])
      .default('advisory')
      .describe('The weakest containment whose sessions are given placeholders of this environment.'),
  })
  .describe('One environment.');

const tls = z
  .enum(['disable', 'require', 'verify-full'])
  .describe('How to connect: verify-full unless the host is a loopback address.');

const secretName = z.string().describe('The name of a secret in the vault (`firebreak secrets add`).');

const variables = z
  .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'this cannot name an environment variable'))
  .optional()
  .describe('Environment variables in which `firebreak run` gives the agent its placeholder.');

const postgres = z
  .strictObject({
    kind: z.literal('postgres'),
    variables,
    environment: name.describe('The environment that the database belongs to.'),
    upstream: z.strictObject({
      host: z.string().min(1),
      port: port.default(5432),
      database: z.string().min(1),
      tls: tls.optional(),
      ca: z.string().optional().describe('A PEM file with the authorities to trust, relative to this file.'),
    }),
    credentials: z.strictObject({
      read: secretName.optional(),
      write: secretName,
      owner: secretName.optional(),
    }),
    harmless_extensions: z
      .array(z.string().min(1))
      .default([])
      .describe('Extensions that reach nothing outside a transaction, beside those that Firebreak knows.'),
  })
  .describe('A PostgreSQL database.');

const http = z
  .strictObject({
    kind: z.literal('http'),
    variables,
    provider: z.enum(['railway']).optional().describe('A provider whose API Firebreak understands.'),
    hosts: z.array(z.string().min(1)).min(1).optional().describe("Host names; a provider's own by default."),
    environment: name
      .optional()
      .describe('The environment of everything behind it; absent: looked up for each object.'),
    credential: secretName,
    upstream: z
      .strictObject({ host: z.string().min(1), port, ca: z.string().optional() })
      .optional()
      .describe('Where to connect instead of the host itself.'),
  })
  .describe('An HTTPS API.');

export const configSchema = z
  .strictObject({
    version: z.literal(1),
    environments: z.record(
      name,
      environment.nullable().transform((value) => value ?? environment.parse({})),
    ),
    resources: z.record(name, z.discriminatedUnion('kind', [postgres, http])).default({}),
    limits: z
      .record(
        name,
        z.strictObject({
          rows: z.int().positive().optional().describe('The most rows that one action may change.'),
          destructive_per_hour: z
            .int()
            .nonnegative()
            .optional()
            .describe('The most destructive actions released in an hour.'),
        }),
      )
      .default({}),
    approvers: z
      .array(z.strictObject({ name: z.string().min(1).max(64), factors: z.array(z.enum(['totp'])).min(1) }))
      .optional()
      .describe('Who may approve. Absent: everyone who is enrolled.'),
    freeze: z
      .array(z.strictObject({ environment: name, from: time, until: time, reason: z.string().min(1) }))
      .default([]),
    policies: z
      .array(z.string())
      .default([])
      .describe('Files or folders of Cedar policies, added to the shipped ones.'),
    listen: z
      .strictObject({
        human: address.optional(),
        postgres: address.optional(),
        http: address.optional(),
        hooks: address.optional().describe('Where the hooks of agents call: a loopback address.'),
      })
      .default({}),
    egress: z
      .strictObject({ unlisted: z.enum(['allow', 'deny']).default('allow').describe('Hosts that no resource names.') })
      .default({ unlisted: 'allow' }),
    snapshots: z
      .strictObject({
        keep: duration.default('30d').describe('How long what was kept before an act can be undone from.'),
        most_bytes: z
          .int()
          .positive()
          .default(1_073_741_824)
          .describe('The most bytes that one snapshot may have on disk, compressed. More cannot be undone.'),
        local: z
          .strictObject({
            most_files: z
              .int()
              .positive()
              .default(100_000)
              .describe('The most files, folders and links that are looked at before a command that takes some away.'),
            most_bytes: z
              .int()
              .positive()
              .default(2_147_483_648)
              .describe(
                'The most bytes of large files that are copied for one command, where the disk cannot share them.',
              ),
            most_time: duration
              .default('5s')
              .describe(
                'How long looking at files may take, and copying them. Beyond it the command waits for people.',
              ),
          })
          .default({ most_files: 100_000, most_bytes: 2_147_483_648, most_time: '5s' })
          .describe('Copies of files and repositories on this machine.'),
      })
      .default({
        keep: '30d',
        most_bytes: 1_073_741_824,
        local: { most_files: 100_000, most_bytes: 2_147_483_648, most_time: '5s' },
      }),
    holds: z
      .strictObject({
        expire_after: duration.default('15m'),
        retry_within: duration
          .default('2m')
          .describe('How long the same action of the same session finds its hold again when its client has gone.'),
      })
      .default({ expire_after: '15m', retry_within: '2m' }),
  })
  .describe('Firebreak: what is protected, and how.');

export type Config = z.output<typeof configSchema>;
export type ConfigResource = Config['resources'][string];

/** Milliseconds of a text such as `15m`. */
export function durationMilliseconds(text: string): number {
  const match = DURATION.exec(text);
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new TypeError(`not a duration: \`${text}\``);
  return Number(match[1]) * unit;
}

/** Milliseconds since the epoch of a date or time; a bare date means its beginning, or its end (UTC). */
export function timeMilliseconds(text: string, edge: 'begin' | 'end'): number {
  const at = Date.parse(text);
  return edge === 'end' && !text.includes('T') ? at + 24 * 3_600_000 - 1 : at;
}

/** The published JSON Schema (draft 2020-12). */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  return { ...schema, $id: 'urn:firebreak:schema:firebreak.yaml', title: 'firebreak.yaml' };
}
