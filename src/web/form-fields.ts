/** The page's forms, read strictly: a field too many, too few or twice is refused before anything is done. */
import type { Context } from 'hono';
import { z } from 'zod';
import { WebError } from './errors.js';

const name = z.string().trim().min(1, 'is missing').max(200, 'is too long');
const reason = z.string().trim().min(1, 'is missing').max(500, 'is too long');
const code = z.string().regex(/^\s*\d{3}\s?\d{3}\s*$/, 'has six digits');

export const FORMS = {
  signIn: z.strictObject({ approver: name, code, next: z.string().max(200) }),
  approve: z.strictObject({ approver: name, code, digest: z.string().max(200) }),
  reject: z.strictObject({ reason }),
  freeze: z.strictObject({ environment: name, length: name, reason }),
  lift: z.strictObject({ environment: name, reason }),
} as const;

/** @throws WebError `REQUEST_INVALID` */
export async function readForm<F extends z.ZodObject>(c: Context, form: F): Promise<z.output<F>> {
  const fields = await textFields(c);
  const read = form.safeParse(fields);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path[0];
  throw new WebError(
    'REQUEST_INVALID',
    field === undefined ? 'this form has unknown fields' : `the ${String(field)} ${issue?.message}`,
    {
      hint:
        field === 'code'
          ? 'type the six digits that your authenticator app shows now'
          : 'correct it and send the form again',
    },
  );
}

/** What was typed into a field, to show it again; empty when there is no such field. */
export async function typedInto(c: Context, field: string): Promise<string> {
  return (await textFields(c))[field] ?? '';
}

async function textFields(c: Context): Promise<Readonly<Record<string, string>>> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw new WebError('REQUEST_INVALID', 'this is not a form of the page');
  const pairs = [...new URLSearchParams(await c.req.text())];
  const fields = Object.fromEntries(pairs);
  if (Object.keys(fields).length !== pairs.length)
    throw new WebError('REQUEST_INVALID', 'a field of this form came twice');
  return fields;
}
