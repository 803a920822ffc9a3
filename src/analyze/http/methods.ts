import type { HttpAction } from '#action/action';
import { headerValues } from './headers.js';

/** What a method means by itself (RFC 9110, 9.3; the IANA method registry says which are safe). */
export type MethodMeaning = 'read' | 'write' | 'destroy';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'REPORT', 'SEARCH']);

const OVERRIDE_HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

/** Safe methods count only as they are registered, in capitals; a destructive one however it is written. */
export function meaningOf(method: string): MethodMeaning {
  if (SAFE.has(method)) return 'read';
  return ['DELETE', 'PURGE', 'UNLINK', 'BAN'].includes(method.toUpperCase()) ? 'destroy' : 'write';
}

/**
 * The methods that a server may take the request for: its own, and those that override headers or a `_method` parameter
 * ask for. Whether the server honours them is unknown, so each counts.
 */
export function methodsOf(action: HttpAction, url: URL, formMethods: readonly string[]): readonly string[] {
  const overrides = [
    ...OVERRIDE_HEADERS.flatMap((name) => headerValues(action.headers, name)),
    ...url.searchParams.getAll('_method'),
    ...formMethods,
  ].map((method) => method.trim().toUpperCase());
  return [...new Set([action.method, ...overrides])].slice(0, 10);
}
